//! Settings that are not stated are made up, so that a sandbox starts without any.

use std::hash::{DefaultHasher, Hash, Hasher};

use mapwright::{Mapper, Plan, Setting, SettingsError};
use serde_json::Value;

/// The prefixes of made-up strings, in the two mappers.
const MARKS: [&str; 2] = ["any", "other"];

/// A version bound twice, with different made-up settings: what is equal in both depends neither on them nor on a switch that is not stated.
pub(crate) struct Bound {
    pub(crate) mapper: Mapper,
    pub(crate) other: Mapper,
    /// The texts that were made up, as they are in each of the two.
    pub(crate) texts: Vec<(String, String)>,
    /// The settings that were made up because they are required.
    pub(crate) required: Vec<(String, Value)>,
}

/// Binds the given settings, and makes up the others: required ones, and strings with a default, since the sender may have stated another
/// value.
pub(crate) fn bound(plan: &Plan, given: &Value) -> Result<Bound, SettingsError> {
    let words: TextOf = |mark, name| format!("{mark}-{name}");
    let digits: TextOf = |mark, name| format!("{:016x}", hash(mark, name));
    // a default may be the only valid value, such as a part of a host; a key may have to be base64 or hexadecimal; a switch may require a
    // missing setting
    let all = [(true, true, words), (true, false, words), (false, true, words), (false, false, words)];
    let all = all.into_iter().chain([(false, true, digits)]);
    let tried = all
        .into_iter()
        .find_map(|(defaults, switches, text)| both(plan, given, (defaults, switches), text).ok());
    tried.map_or_else(|| both(plan, given, (false, false), digits), Ok)
}

/// Makes up a string: of a mark and the name of its setting.
type TextOf = fn(&str, &str) -> String;

fn hash(mark: &str, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (mark, name).hash(&mut hasher);
    hasher.finish()
}

fn both(
    plan: &Plan,
    given: &Value,
    (defaults, switches): (bool, bool),
    text_of: TextOf,
) -> Result<Bound, SettingsError> {
    let missing: Vec<Setting<'_>> = plan
        .settings()
        .filter(|setting| !is_given(setting, given))
        .filter(|setting| setting.required || (defaults && is_free_text(setting)))
        .collect();
    let made_up = |number: usize, mark: &str| {
        let mut settings = given.as_object().cloned().unwrap_or_default();
        for setting in &missing {
            settings.insert(setting.name.to_owned(), setting.stand_in(&text_of(mark, setting.name), number)?);
        }
        Ok::<_, SettingsError>(Value::Object(settings))
    };
    let [first, second] = MARKS;
    let (first, mut second) = (made_up(0, first)?, made_up(1, second)?);
    if let (true, Some(second)) = (switches, second.as_object_mut()) {
        let open = plan.settings().filter(|setting| !is_given(setting, given));
        second.extend(open.filter_map(|setting| Some((setting.name.to_owned(), other_choice(&setting)?))));
    }
    let text = |settings: &Value, name: &str| settings.get(name).and_then(Value::as_str).map(str::to_owned);
    let texts = missing
        .iter()
        .filter(|setting| setting.one_of.is_empty())
        .filter_map(|setting| Some((text(&first, setting.name)?, text(&second, setting.name)?)));
    let required = missing.iter().filter(|setting| setting.required);
    let required = required
        .filter_map(|setting| Some((setting.name.to_owned(), first.get(setting.name)?.clone())))
        .collect();
    let given = if given.is_object() { [&first, &second] } else { [given; 2] };
    Ok(Bound {
        mapper: plan.bind(given[0])?,
        other: plan.bind(given[1])?,
        texts: texts.filter(|(first, second)| first != second).collect(),
        required,
    })
}

fn is_given(setting: &Setting<'_>, given: &Value) -> bool {
    let mut names = setting.alias.iter().map(String::as_str).chain([setting.name]);
    let stated = |value: &Value| !value.is_null() && value.as_str() != Some("");
    names.any(|name| given.get(name).is_some_and(stated))
}

/// Returns the value of a switch that differs from its usual one.
fn other_choice(setting: &Setting<'_>) -> Option<Value> {
    let usual = setting.default.or(setting.one_of.first());
    match setting.kind {
        Some("boolean") => Some(Value::Bool(usual != Some(&Value::Bool(true)))),
        _ => setting.one_of.iter().find(|choice| Some(*choice) != usual).cloned(),
    }
}

fn is_free_text(setting: &Setting<'_>) -> bool {
    let is_free = setting.one_of.is_empty() && setting.pattern.is_none();
    setting.kind == Some("string") && is_free && setting.default.is_some()
}
