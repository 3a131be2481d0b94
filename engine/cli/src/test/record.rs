//! `mapwright test --record`: makes a test of an event and of what the API answers.

mod answers;

use std::ffi::OsStr;
use std::path::Path;

use mapwright::{
    Plan, Plans, Redactor, Setting, SettingsError, Sources, Spec, TestName, TestOptions, added_test,
    test_names,
};
use mapwright_report::{Format, Look, render};
use mapwright_validate::{mend, run_tests};
use serde_json::{Map, Value, json};

use crate::args::TestArgs;
use crate::destination::selected;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::explain::with_event;
use crate::target::Clock;
use crate::validate::fixes;
use crate::validate::outputs::print;
use crate::validate::roots::roots;
use crate::whole::WholeFile;
use crate::{dead_letter, mappings, rejection, settings, terminal};

/// Adds the test of an event to the file that it belongs in.
pub(super) fn record(args: &TestArgs, event: &OsStr) -> Result<u8, CommandError> {
    let [root] = roots(&args.paths, None)?.try_into().map_err(|_| CommandError::RecordInSeveral)?;
    let own = root.sources()?;
    let all = |own: &Sources| mappings::beside(own, args.builtin);
    let (aim, clock) = (&args.recording.aim, Clock::new(args.recording.now.as_deref())?);
    let sources = all(&own).without_tests();
    let plans = Spec::load(&sources).check().map_err(|found| CommandError::Findings {
        report: mappings::render(&found.findings, &sources.by_shown_path()),
    })?;
    let plans = plans.compile();
    let destination = selected(&own, aim)?;
    let given =
        settings::read(&aim.given, plans.versions(&destination).next(), |name| std::env::var(name).ok())?;
    let plan = plans.plan(&destination, aim.api_version.as_deref(), &given)?.clone();
    settings::warn_of_exposed(&aim.given, &plan);
    let unfit = |error| {
        let destination = format!("{} {}", plan.title(), plan.version());
        CommandError::Settings { destination, error }
    };
    let mapper = plan.bind(&given).map_err(unfit)?;
    let event: Value = with_event(event, args.recording.line, |event| {
        let unusable =
            |rejection: mapwright::Rejection| CommandError::RecordEvent { reason: rejection.message };
        let bytes = event.json.as_ref().map_err(|fault| unusable(rejection::of_fault(fault).0))?;
        let opened = dead_letter::open(bytes, event.place).map_err(|rejection| unusable(*rejection))?;
        let reason = |error: serde_json::Error| CommandError::RecordEvent { reason: error.to_string() };
        serde_json::from_slice(opened.event.as_ref()).map_err(reason)
    })?;
    let now = clock.now();
    let answers = match (&args.recording.answers, args.recording.send) {
        (Some(file), _) => Some(answers::read(file)?),
        (None, true) => Some(answers::sent(&mapper, &event, now, args.recording.base_url.as_ref(), &own)?),
        (None, false) => None,
    };

    let redactor = mapper.redactor();
    let Some((folder, message)) = place(&plans, &plan, &event) else {
        return Err(CommandError::RecordEvent {
            reason: format!("{} has no mapping for its type", plan.title()),
        });
    };
    let path = format!("{folder}{message}.test.yaml");
    let version = format!("{folder}version.yaml");
    if own.get(&version).is_none() {
        return Err(CommandError::RecordElsewhere { version: format!("{destination}/{}", plan.version()) });
    }
    let shown =
        own.shown(&version).trim_end_matches("version.yaml").to_owned() + &format!("{message}.test.yaml");
    let before = own.get(&path);
    let name = args.recording.name.clone();
    let name = name.unwrap_or_else(|| format!("a recorded {message} event"));
    let name = unused(redactor.redact(&name).into_owned(), before);
    let mut test = Map::new();
    test.insert("name".to_owned(), name.as_str().into());
    test.insert("settings".to_owned(), stand_ins(&plan, &given, redactor).map_err(unfit)?);
    test.insert("now".to_owned(), written_time(now).into());
    test.insert("event".to_owned(), clean(&event, redactor));
    test.extend(answers.map(|answers| ("responses".to_owned(), clean(&answers, redactor))));
    let first_line = own.iter().filter(|(path, _)| path.ends_with(".test.yaml"));
    let first_line = first_line
        .filter_map(|(_, text)| text.lines().next().filter(|line| line.starts_with("# yaml-language-server")))
        .next();
    let Some(text) = added_test(before, first_line, &Value::Object(test)) else {
        return Err(CommandError::RecordInto { file: shown });
    };
    let mut with_test = own.clone();
    with_test.insert_as(path.clone(), shown.clone(), text);

    let check = |own: &Sources| {
        let mut options = TestOptions::default();
        options.updates = true;
        let is_it = |test: &TestName<'_>| test.name == name && test.folder == folder;
        options.wanted = Some(Box::new(is_it));
        run_tests(&all(own), &options)
    };
    let mended = mend(&with_test, &check, &|_, _| true);
    if mended.report.fails(false) {
        let look = Look { summary: false, ..Look::PLAIN };
        let report = render(&mended.report, &all(&mended.sources).by_shown_path(), Format::Text(look));
        terminal::complain(&format!("{report}error: the test is not written, since it would not pass"));
        return Ok(REJECTED);
    }
    let text = mended.sources.get(&path).unwrap_or("");
    // whatever a secret was made to: it does not get into the file
    let added = text.lines().filter(|line| !before.is_some_and(|before| before.contains(line)));
    if added.into_iter().any(|line| redactor.redact(line) != line) {
        return Err(CommandError::RecordSecret);
    }
    if args.diff {
        return print(&fixes::diff(&own, &mapwright_validate::Mended { changed: vec![path], ..mended }))
            .map(|()| REJECTED);
    }
    WholeFile::new(Path::new(&shown))?.write(text.as_bytes())?;
    let line = mended.report.tests.first().map_or(1, |test| test.place.line);
    terminal::complain(&format!("{shown}:{line}: recorded `{name}`; review what it expects"));
    Ok(DONE)
}

/// The folder of the version and the mapping of an event.
fn place(plans: &Plans, plan: &Plan, event: &Value) -> Option<(String, String)> {
    let kind = event.get("type")?.as_str()?;
    let catalog = plans.catalog();
    let destination = catalog.destinations.iter().find(|known| known.name == plan.destination())?;
    let version = destination.versions.iter().find(|known| known.number.0 == plan.version())?;
    let mapping = version.mappings.iter().find(|mapping| {
        let names = &mapping.spec.message.names;
        names.iter().any(|name| name.value.eq_ignore_ascii_case(kind))
            || mapping.message.eq_ignore_ascii_case(kind)
    })?;
    Some((mapping.folder.clone(), mapping.message.clone()))
}

/// The settings without their secrets, which something of the same form takes the place of.
fn stand_ins(plan: &Plan, given: &Value, redactor: &Redactor) -> Result<Value, SettingsError> {
    let mut all = Map::new();
    for setting in plan.settings() {
        let mut names = std::iter::once(setting.name).chain(setting.alias.iter().map(String::as_str));
        if let Some(value) = names.find_map(|name| given.get(name)) {
            let text = format!("test-{}", setting.name);
            all.insert(setting.name.to_owned(), stand_in(&setting, value, (&text, 0), redactor)?);
        }
    }
    Ok(Value::Object(all))
}

/// The value of a setting, or of a column in the row of this number, without secrets. `text` takes the place of those that have no pattern.
fn stand_in(
    setting: &Setting<'_>,
    value: &Value,
    (text, row): (&str, usize),
    redactor: &Redactor,
) -> Result<Value, SettingsError> {
    let columns: Vec<Setting<'_>> = setting.columns().filter(|_| !setting.secret).collect();
    if let (Value::Array(rows), false) = (value, columns.is_empty()) {
        let rows = rows.iter().enumerate().map(|(row, members)| {
            let Value::Object(members) = members else {
                return Ok(without_secrets(members, false, text, redactor));
            };
            let members = members.iter().map(|(name, value)| {
                let is_it = |column: &&Setting<'_>| column.name == name || column.alias.contains(name);
                let value = match columns.iter().find(is_it) {
                    Some(column) => stand_in(column, value, (text, row), redactor)?,
                    None => without_secrets(value, false, text, redactor),
                };
                Ok((name.clone(), value))
            });
            members.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        });
        return rows.collect();
    }
    let matching = match setting.pattern.and(value.as_str()) {
        Some(given) if setting.secret || redactor.redact(given) != given => setting.stand_in(text, row)?,
        _ => Value::Null,
    };
    Ok(without_secrets(value, setting.secret, matching.as_str().unwrap_or(text), redactor))
}

fn without_secrets(value: &Value, secret: bool, stand_in: &str, redactor: &Redactor) -> Value {
    let inner = |value: &Value| without_secrets(value, secret, stand_in, redactor);
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), inner(value))).collect(),
        Value::Array(items) => items.iter().map(inner).collect(),
        Value::String(text) if secret || redactor.redact(text) != text.as_str() => stand_in.into(),
        Value::Number(_) if secret => json!(12_345),
        other => other.clone(),
    }
}

/// A value in which nothing of a secret shows.
fn clean(value: &Value, redactor: &Redactor) -> Value {
    match value {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (redactor.redact(name).into_owned(), clean(value, redactor)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(|item| clean(item, redactor)).collect(),
        Value::String(text) => redactor.redact(text).into(),
        Value::Number(number) => match redactor.redact(&number.to_string()) {
            text if text == number.to_string().as_str() => value.clone(),
            text => text.into(),
        },
        other => other.clone(),
    }
}

/// A name that no test of the file has.
fn unused(name: String, file: Option<&str>) -> String {
    let used = file.map(test_names).unwrap_or_default();
    let is_used = |name: &str| used.iter().any(|used| used == name);
    if !is_used(&name) {
        return name;
    }
    let mut names = (2..).map(|number| format!("{name} ({number})"));
    names.find(|name| !is_used(name)).unwrap_or(name)
}

fn written_time(now: i64) -> String {
    jiff::Timestamp::from_millisecond(now)
        .map_or_else(|_| "2024-01-01T00:00:00Z".to_owned(), |time| time.to_string())
}
