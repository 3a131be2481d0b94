//! Settings: a file or JSON, and single values that override it, from the environment, from files and from the command line.

mod file;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use mapwright::{Plan, Setting};
use serde_json::{Map, Value};

use crate::args::SettingsArgs;
use crate::error::CommandError;
use crate::terminal;
use crate::variable::variable;

pub(crate) use file::read_yaml;

/// Reads the settings of a destination, which any of its plans declares. In ascending precedence: `--settings`, the
/// environment, `--secret`, `--set`.
pub(crate) fn read(
    args: &SettingsArgs,
    plan: Option<&Plan>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Value, CommandError> {
    let declared: Vec<Setting<'_>> = plan.into_iter().flat_map(Plan::settings).collect();
    let version_setting = plan.and_then(Plan::version_setting);
    let is_text = |name: &str| {
        version_setting == Some(name)
            || declared.iter().any(|setting| is_called(setting, name) && setting.kind == Some("string"))
    };
    let mut settings = match args.settings.as_deref() {
        None => Value::Object(Map::new()),
        Some(argument) => unwrapped(file::parse(argument)?, &declared),
    };
    for name in declared.iter().map(|setting| setting.name).chain(version_setting) {
        if let Some(text) = environment(&variable(name)).filter(|text| !text.is_empty())
            && let Some(settings) = settings.as_object_mut()
        {
            settings.insert(name.to_owned(), value_of(&text, is_text(name)));
        }
    }
    for secret in &args.secrets {
        let (key, path) = secret.split_once("=@").ok_or(CommandError::SecretWithoutFile)?;
        let text = file::read(Path::new(path), &format!("--secret {key}=@…"))?;
        put(&mut settings, key, value_of(text.trim_end_matches(['\r', '\n']), is_text(key)))?;
    }
    for set in &args.sets {
        let (key, text) = set.split_once('=').ok_or(CommandError::SetWithoutValue)?;
        // base64 padding, not a key and a value: the key would be repeated as an unknown setting
        let is_name = |name: &str| plan.is_none_or(|plan| plan.takes_setting(name));
        if text.bytes().all(|byte| byte == b'=') && !key.split('.').next().is_some_and(is_name) {
            return Err(CommandError::SetWithoutValue);
        }
        put(&mut settings, key, value_of(text, is_text(key)))?;
    }
    Ok(settings)
}

/// The destination that the settings name: the key `destination`, or the definition of one that RudderStack exported.
pub(crate) fn destination(args: &SettingsArgs) -> Result<Option<String>, CommandError> {
    let Some(argument) = args.settings.as_deref() else { return Ok(None) };
    let settings = file::parse(argument)?;
    let places = [
        "/destination",
        "/destinationDefinition/name",
        "/DestinationDefinition/Name",
        "/destinationDefinition/Name",
    ];
    Ok(places.into_iter().find_map(|place| settings.pointer(place)?.as_str()).map(str::to_owned))
}

/// Returns the files that the settings are read from.
pub(crate) fn files(args: &SettingsArgs) -> Vec<PathBuf> {
    let named = args.settings.as_deref().filter(|argument| !argument.to_str().is_some_and(file::is_inline));
    let secrets = args.secrets.iter().filter_map(|secret| Some(secret.split_once("=@")?.1));
    named.map(PathBuf::from).into_iter().chain(secrets.map(PathBuf::from)).collect()
}

fn is_called(setting: &Setting<'_>, name: &str) -> bool {
    setting.name == name || setting.alias.iter().any(|alias| alias == name)
}

/// Warns about secrets that other users of the machine can read in the process list.
pub(crate) fn warn_of_exposed(args: &SettingsArgs, plan: &Plan) {
    for name in exposed(args, plan) {
        terminal::complain(&format!(
            "warning: other users of this machine can read `{name}` on the command line; use `{}`, or `--secret {name}=@FILE`",
            variable(name)
        ));
    }
}

/// Returns the names of secret settings whose values are on the command line.
fn exposed<'p>(args: &SettingsArgs, plan: &'p Plan) -> Vec<&'p str> {
    let inline = args.settings.as_deref().and_then(OsStr::to_str).filter(|text| file::is_inline(text));
    let inline = inline.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let given = |name: &str| {
        args.sets.iter().any(|set| set.split(['=', '.']).next() == Some(name))
            || inline.as_ref().is_some_and(|inline| inline.pointer(&format!("/{name}")).is_some())
            || inline.as_ref().is_some_and(|inline| inline.pointer(&format!("/Config/{name}")).is_some())
    };
    plan.settings()
        .filter(|setting| setting.holds_secrets)
        .filter(|setting| given(setting.name) || setting.alias.iter().any(|alias| given(alias)))
        .map(|setting| setting.name)
        .collect()
}

/// The key that names the destination of the settings.
const DESTINATION: &str = "destination";

/// Unwraps the settings of a destination that RudderStack exported, which are in `Config`.
fn unwrapped(settings: Value, declared: &[Setting<'_>]) -> Value {
    let Value::Object(mut settings) = settings else { return settings };
    for wrapper in ["Config", "config"] {
        let is_setting = declared.iter().any(|setting| setting.name == wrapper);
        if !is_setting
            && settings.get(wrapper).is_some_and(Value::is_object)
            && let Some(inner) = settings.remove(wrapper)
        {
            return inner;
        }
    }
    if !declared.iter().any(|setting| setting.name == DESTINATION) {
        settings.remove(DESTINATION);
    }
    Value::Object(settings)
}

/// Parses a value as JSON, or takes it as text. For text settings, only a quoted value is parsed as JSON.
fn value_of(text: &str, is_text: bool) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if !is_text || value.is_string() => value,
        _ => Value::from(text),
    }
}

fn put(settings: &mut Value, key: &str, value: Value) -> Result<(), CommandError> {
    let names: Vec<&str> = key.split('.').collect();
    let (Some((last, outer)), false) = (names.split_last(), names.contains(&"")) else {
        return Err(CommandError::SetKey { key: key.to_owned() });
    };
    let no_object = |outer: &str| CommandError::SetInto { key: key.to_owned(), outer: outer.to_owned() };
    let mut at = settings;
    for name in outer {
        let object = at.as_object_mut().ok_or_else(|| no_object(name))?;
        at = object.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    }
    let last_outer = outer.last().copied().unwrap_or("--settings");
    at.as_object_mut().ok_or_else(|| no_object(last_outer))?.insert((*last).to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(settings: Value, key: &str, value: &str) -> Result<Value, String> {
        let mut settings = settings;
        put(&mut settings, key, value_of(value, false)).map_err(|error| error.to_string())?;
        Ok(settings)
    }

    #[test]
    fn values_are_json_or_text() {
        for (text, value) in [
            ("true", json!(true)),
            ("12", json!(12)),
            ("eu", json!("eu")),
            ("\"12\"", json!("12")),
            ("[{\"a\": 1}]", json!([{ "a": 1 }])),
            ("", json!("")),
            ("{broken", json!("{broken")),
        ] {
            assert_eq!(set(json!({}), "key", text), Ok(json!({ "key": value })), "{text}");
        }
        assert_eq!(value_of("2.10", true), json!("2.10"));
        assert_eq!(value_of("\"2.10\"", true), json!("2.10"));
    }

    #[test]
    fn dots_reach_into_objects() {
        assert_eq!(set(json!({}), "a.b.c", "1"), Ok(json!({ "a": { "b": { "c": 1 } } })));
        assert_eq!(set(json!({ "a": { "x": 1 } }), "a.b", "2"), Ok(json!({ "a": { "x": 1, "b": 2 } })));
        assert_eq!(
            set(json!({ "a": 1 }), "a.b", "2"),
            Err("`--set a.b=…` selects a member of `a`, which is not an object".to_owned())
        );
        assert_eq!(
            set(json!({}), "a..b", "2"),
            Err("`--set a..b=…` takes names separated by dots, found an empty name".to_owned())
        );
    }

    #[test]
    fn variables_are_named_after_settings() {
        for (setting, name) in [
            ("apiKey", "MAPWRIGHT_API_KEY"),
            ("mobileApiKeyIOS", "MAPWRIGHT_MOBILE_API_KEY_IOS"),
            ("IOSKey", "MAPWRIGHT_IOS_KEY"),
            ("useV2Api", "MAPWRIGHT_USE_V2_API"),
            ("snake_case", "MAPWRIGHT_SNAKE_CASE"),
            ("with-dash", "MAPWRIGHT_WITH_DASH"),
        ] {
            assert_eq!(variable(setting), name);
        }
    }

    #[test]
    fn exported_destinations_are_unwrapped() {
        let export = json!({ "ID": "x", "Config": { "apiKey": "k" } });
        assert_eq!(unwrapped(export.clone(), &[]), json!({ "apiKey": "k" }));
        assert_eq!(unwrapped(export.clone(), &[Setting::new("Config")]), export);
        assert_eq!(unwrapped(json!({ "config": 1 }), &[]), json!({ "config": 1 }));
    }
}
