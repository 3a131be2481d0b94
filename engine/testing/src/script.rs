//! Reads test files into scripts: merges settings, reads and changes events, and prepares responses.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::fixtures::fixture;
use crate::limits::{Room, TEST_BYTES, TEST_CASES};
use crate::stated::Stated;
use mapwright_convert::{PathStep, Root, parse_path};
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::Sources;
use mapwright_findings::rules::failing_test::CaseName;
use mapwright_findings::rules::{
    conflicting_keys, invalid_path, invalid_value, missing_file, missing_key, unknown_setting,
};
use mapwright_findings::{KnownNames, Unread};
use mapwright_language::spec::{CaseSpec, ExpectSpec, ResponseSpec, TestSpec};
use mapwright_language::yaml::Node;
use mapwright_plan::headers::Headers;
use mapwright_plan::response::Response;

/// A test that is ready to play.
#[derive(Debug)]
pub(crate) struct Script<'t> {
    /// The event, which cases change.
    pub event: Value,
    /// Several events in place of it, as JSON text.
    pub events: Option<Vec<Vec<u8>>>,
    pub name: &'t At<String>,
    pub settings: Value,
    /// Where the settings stand, each laid over those before.
    pub settings_at: Vec<&'t Node>,
    /// Where the event comes from.
    pub source: Option<&'t str>,
    /// The time in epoch milliseconds.
    pub now: i64,
    /// The responses; `None` for a test of the preview.
    pub responses: Option<Vec<Response>>,
    /// The same, as the test states them.
    pub answers: &'t [ResponseSpec],
    pub cases: Vec<Case<'t>>,
}

/// One event of a test, with its expectation.
#[derive(Debug)]
pub(crate) struct Case<'t> {
    /// The name; `None` for a test without cases.
    pub name: Option<CaseName>,
    /// What it changes in the event.
    change: Option<&'t CaseSpec>,
    /// Its settings, if they are others than those of the test.
    pub settings: Option<Value>,
    /// What it expects, if the test says so.
    pub expect: Option<&'t ExpectSpec>,
}

/// The code of what is rejected since its settings cannot be used.
pub(crate) const UNUSABLE: &str = "invalid_settings";

/// What a test can refer to.
pub(crate) struct TestScope<'s> {
    /// Returns the names of all settings.
    pub settings: BTreeSet<&'s str>,
    /// The names of the destination's sources.
    pub event_sources: Vec<&'s str>,
    /// The files that it may read its event from.
    pub sources: &'s Sources,
    /// The folder of the test file, with a trailing `/`.
    pub folder: &'s str,
}

/// The default time of tests.
const NOW: &str = "2024-01-01T00:00:00Z";

/// Reads a test. `None` means that an error was reported.
pub(crate) fn read<'t>(
    stated: &'t Stated<'_>,
    around: &TestScope<'_>,
    room: &mut Room,
    reports: &mut Reports,
) -> Option<Script<'t>> {
    let test = stated.test.as_ref();
    let settings = settings(&stated.settings, around, reports);
    let now = now(stated.now, reports);
    let responses = match &test.responses {
        None => Some(None),
        Some(list) => {
            let responses: Vec<_> = list.value.iter().map(|spec| response(spec, around, reports)).collect();
            responses.into_iter().collect::<Option<Vec<_>>>().map(Some)
        }
    };
    let expectations = test.expect.iter().chain(test.cases.iter().filter_map(|case| case.expect.as_ref()));
    // all cases are checked, so that all errors are reported
    let expected = expectations.filter(|expect| !usable(expect, test, reports)).count() == 0;
    let events = together(test, room, reports);
    let cases = event(test, around, reports)
        .and_then(|event| cases(test, &event, room, reports).map(|cases| (event, cases)));
    let cases = cases.and_then(|(event, mut cases)| {
        for case in &mut cases {
            if let Some(own) = case.change.and_then(|change| change.settings.as_ref()) {
                let all: Vec<&Node> = stated.settings.iter().copied().chain([own]).collect();
                case.settings = Some(self::settings(&all, around, reports)?);
            }
        }
        Some((event, cases))
    });
    let source = test.source.as_ref().map(|source| around.source(source, reports));
    let (settings, now, responses, (event, cases)) = (settings?, now?, responses?, cases?);
    let source = match source {
        Some(known) => Some(known?),
        None => None,
    };
    let events = events?;
    let answers = test.responses.as_ref().map_or(&[][..], |stated| &stated.value);
    let (name, settings_at) = (&test.name, stated.settings.clone());
    expected.then_some(Script {
        event,
        events,
        name,
        settings,
        settings_at,
        source,
        now,
        responses,
        answers,
        cases,
    })
}

pub(crate) fn settings(stated: &[&Node], around: &TestScope<'_>, reports: &mut Reports) -> Option<Value> {
    let mut merged = Map::new();
    for node in stated {
        for (key, _) in node.as_map().unwrap_or_default() {
            if !around.settings.contains(key.text.as_str()) {
                let known = KnownNames::new(around.settings.iter().copied(), Unread::default());
                unknown_setting::report(reports, key.span, &key.text, &known);
            }
        }
        match node.to_json() {
            Value::Object(settings) => merged.extend(settings),
            _ => {
                invalid_value::report(
                    reports,
                    node.span,
                    "settings must be a map",
                    "write settings such as `{ apiKey: key }`",
                );
                return None;
            }
        }
    }
    Some(Value::Object(merged))
}

pub(crate) fn now(stated: Option<&At<String>>, reports: &mut Reports) -> Option<i64> {
    let text = stated.map_or(NOW, |now| now.value.as_str());
    match text.parse::<Timestamp>() {
        Ok(time) => Some(time.as_millisecond()),
        Err(_) => {
            let span = stated?.span;
            let message = format!("`{text}` is not a time with an offset");
            invalid_value::report(reports, span, message, format!("write it as `{NOW}`"));
            None
        }
    }
}

fn response(spec: &ResponseSpec, around: &TestScope<'_>, reports: &mut Reports) -> Option<Response> {
    let status = u16::try_from(spec.status.value).ok().filter(|status| (100..=599).contains(status));
    if status.is_none() {
        let message = format!("`{}` is not a valid status", spec.status.value);
        invalid_value::report(reports, spec.status.span, message, "a status is a number from 100 to 599");
    }
    let body = match (&spec.body, &spec.text, &spec.body_file) {
        (Some(body), None, None) => body.to_string().into_bytes(),
        (None, Some(text), None) => text.clone().into_bytes(),
        (None, None, Some(file)) => around.fixture(file, "contains a single body", reports)?.into(),
        (None, None, None) => Vec::new(),
        _ => {
            let message = "`body`, `text` and `body_file` are mutually exclusive";
            conflicting_keys::report_at(reports, spec.span, message);
            return None;
        }
    };
    let headers = spec.headers.iter().map(|(name, value)| (name.value.clone(), value.0.clone()));
    let headers: Headers = headers.collect();
    Some(Response::new(status?, headers, body))
}

/// Returns whether an expectation is valid.
fn usable(expect: &ExpectSpec, test: &TestSpec, reports: &mut Reports) -> bool {
    let scripted = test.responses.is_some();
    if !several(expect, test, reports) {
        return false;
    }
    let stated = [
        expect.requests.is_some(),
        expect.calls.is_some(),
        expect.rejected.is_some(),
        expect.skipped.is_some(),
    ];
    match stated.iter().filter(|stated| **stated).count() {
        0 => {
            let message =
                "an expectation needs one of the keys `requests`, `calls`, `rejected` and `skipped`";
            missing_key::report_at(reports, expect.span, message);
            return false;
        }
        1 => {}
        _ => {
            let message = "`requests`, `calls`, `rejected` and `skipped` are mutually exclusive";
            conflicting_keys::report_at(reports, expect.span, message);
            return false;
        }
    }
    if let Some(outcome) = &expect.outcome {
        const OUTCOMES: [&str; 3] = ["done", "failed", "retry"];
        if !OUTCOMES.contains(&outcome.value.as_str()) {
            let message = format!("`{}` is not an outcome", outcome.value);
            invalid_value::report(reports, outcome.span, message, "expected `done`, `failed` or `retry`");
            return false;
        }
    }
    let ending = expect.outcome.as_ref().map(|outcome| outcome.span);
    let ending = ending.or(expect.failure.as_ref().map(|failure| failure.span));
    if let Some(span) = ending.or(expect.retry.as_ref().map(|retry| retry.span))
        && !scripted
    {
        let message = "without `responses`, nothing is sent and the run has no outcome";
        invalid_value::report(reports, span, message, "add `responses`, or remove the outcome");
        return false;
    }
    true
}

/// How one of several events can end.
const ENDS: [&str; 5] = ["done", "failed", "retry", "rejected", "skipped"];

/// Whether an expectation is about as many events as the test has.
fn several(expect: &ExpectSpec, test: &TestSpec, reports: &mut Reports) -> bool {
    let Some(events) = &test.events else {
        if let Some(stated) = &expect.events {
            let message = "`events` of an expectation requires `events` of the test";
            missing_key::report_at(reports, stated.span, message);
            return false;
        }
        return true;
    };
    let of_one = [
        ("rejected", expect.rejected.as_ref().map(|at| at.span)),
        ("skipped", expect.skipped.as_ref().map(|at| at.span)),
        ("outcome", expect.outcome.as_ref().map(|at| at.span)),
        ("failure", expect.failure.as_ref().map(|at| at.span)),
        ("retry", expect.retry.as_ref().map(|at| at.span)),
        ("warnings", expect.warnings.as_ref().map(|at| at.span)),
        ("result", expect.result.as_ref().map(|at| at.span)),
        ("order", expect.order.as_ref().map(|at| at.span)),
    ];
    if let Some((key, span)) = of_one.into_iter().find_map(|(key, span)| Some((key, span?))) {
        let message = format!("`{key}` is about one event, and the test has several");
        let advice = "write what becomes of each event in `events`";
        invalid_value::report(reports, span, message, advice);
        return false;
    }
    let Some(stated) = &expect.events else { return true };
    if test.responses.is_none() {
        let message = "without `responses`, nothing is sent, and no event has an outcome";
        invalid_value::report(reports, stated.span, message, "add `responses`, or remove `events`");
        return false;
    }
    if stated.value.len() != events.value.len() {
        let message =
            format!("the test has {} events, and {} outcomes", events.value.len(), stated.value.len());
        let advice = "write what becomes of each event, in their order";
        invalid_value::report(reports, stated.span, message, advice);
        return false;
    }
    for outcome in stated.value.iter().filter_map(|end| end.0.outcome.as_ref()) {
        if !ENDS.contains(&outcome.value.as_str()) {
            let message = format!("`{}` is not an outcome", outcome.value);
            let help = "expected `done`, `failed`, `retry`, `rejected` or `skipped`";
            invalid_value::report(reports, outcome.span, message, help);
            return false;
        }
    }
    true
}

/// Reads several events.
fn together(test: &TestSpec, room: &mut Room, reports: &mut Reports) -> Option<Option<Vec<Vec<u8>>>> {
    let Some(events) = &test.events else { return Some(None) };
    let other = [
        ("event", test.event.as_ref().map(|node| node.span)),
        ("event_file", test.event_file.as_ref().map(|at| at.span)),
        ("cases", test.cases.first().map(|case| case.span)),
    ];
    if let Some((key, span)) = other.into_iter().find_map(|(key, span)| Some((key, span?))) {
        return conflicting_keys::report(reports, ("events", events.span), (key, span));
    }
    if events.value.is_empty() {
        let advice = "add the events, or state one with `event`";
        invalid_value::report(reports, events.span, "the test has no events", advice);
        return None;
    }
    if events.value.len() > TEST_CASES {
        let message = format!("the test has more than {TEST_CASES} events (limit `test_cases`)");
        invalid_value::report(reports, test.name.span, message, "divide it into several tests");
        return None;
    }
    let events: Vec<Vec<u8>> =
        events.value.iter().map(|event| event.to_json().to_string().into_bytes()).collect();
    if !room.takes(events.iter().map(Vec::len).sum()) {
        let message = format!("the events of the test file have more than {TEST_BYTES} bytes");
        invalid_value::report(reports, test.name.span, message, "use smaller events, or fewer");
        return None;
    }
    Some(Some(events))
}

fn event(test: &TestSpec, around: &TestScope<'_>, reports: &mut Reports) -> Option<Value> {
    match (&test.event, &test.event_file) {
        _ if test.events.is_some() => Some(Value::Null),
        (Some(event), None) => Some(event.to_json()),
        (None, Some(file)) => around.event(file, reports),
        (Some(_), Some(_)) => {
            conflicting_keys::report_at(
                reports,
                test.span,
                "`event` and `event_file` are mutually exclusive",
            );
            None
        }
        (None, None) => {
            missing_key::report_at(
                reports,
                test.span,
                "a test needs one of the keys `event`, `event_file` and `events`",
            );
            None
        }
    }
}

impl TestScope<'_> {
    /// The name of a source that the destination has.
    fn source<'t>(&self, source: &'t At<String>, reports: &mut Reports) -> Option<&'t str> {
        if self.event_sources.contains(&source.value.as_str()) {
            return Some(&source.value);
        }
        let message = format!("the destination has no source `{}`", source.value);
        let help = match self.event_sources.as_slice() {
            [] => "list it in `sources` of `destination.yaml`".to_owned(),
            known => reports.suggest(&source.value, known.iter().copied()),
        };
        invalid_value::report(reports, source.span, message, help);
        None
    }

    fn event(&self, file: &At<String>, reports: &mut Reports) -> Option<Value> {
        let text = self.fixture(file, "contains a single event", reports)?;
        // that it is JSON is known
        serde_json::from_str(text).ok()
    }

    /// The text of a JSON file that a test names: below its folder, or else among the fixtures.
    fn fixture(&self, file: &At<String>, contains: &str, reports: &mut Reports) -> Option<&str> {
        let name = file.value.as_str();
        if name.contains('\\') || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            let message = format!("`{name}` is not a path below a folder");
            let help =
                "write a path such as `identify.json`, below the folder of the test or of the fixtures";
            invalid_value::report(reports, file.span, message, help);
            return None;
        }
        let Some((path, text)) = fixture(name, self.folder, self.sources) else {
            missing_file::report_fixture(reports, file.span, &format!("{}{name}", self.folder));
            return None;
        };
        let problem = match (
            self.sources.layers(&path).last().and_then(|layer| layer.broken),
            serde_json::from_str::<IgnoredAny>(text),
        ) {
            (Some(at), _) => format!("invalid UTF-8 from byte {at} on"),
            (None, Err(error)) => error.to_string(),
            (None, Ok(_)) => return Some(text),
        };
        let message = format!("`{name}` is not valid JSON: {problem}");
        invalid_value::report(reports, file.span, message, format!("such a file {contains}"));
        None
    }
}

fn cases<'t>(
    test: &'t TestSpec,
    event: &Value,
    room: &mut Room,
    reports: &mut Reports,
) -> Option<Vec<Case<'t>>> {
    let events = test.cases.len().max(1);
    if events > TEST_CASES {
        let message = format!("the test has more than {TEST_CASES} cases (limit `test_cases`)");
        invalid_value::report(reports, test.name.span, message, "divide it into several tests");
        return None;
    }
    if !room.takes(event.to_string().len().saturating_mul(events)) {
        let message = format!(
            "the events of the test file have more than {TEST_BYTES} bytes; an event counts for each test and case (limit `test_bytes`)"
        );
        invalid_value::report(reports, test.name.span, message, "use smaller events, or fewer cases");
        return None;
    }
    if test.cases.is_empty() {
        return Some(vec![Case { name: None, change: None, settings: None, expect: test.expect.as_ref() }]);
    }
    let cases: Vec<_> = test
        .cases
        .iter()
        .map(|case| {
            change(&mut event.clone(), case, reports)?;
            Some(Case {
                name: Some(CaseName { value: case_name(case), span: case.span }),
                change: Some(case),
                settings: None,
                expect: case.expect.as_ref().or(test.expect.as_ref()),
            })
        })
        .collect();
    cases.into_iter().collect()
}

impl Case<'_> {
    /// Whether it is about settings that cannot be used.
    pub(crate) fn expects_unusable_settings(&self) -> bool {
        let code = self.expect.and_then(|expect| expect.rejected.as_ref()?.value.code.as_ref());
        code.is_some_and(|code| code.value == UNUSABLE)
    }
}

impl<'t> Script<'t> {
    /// One without an event: those that come are made one by one.
    pub(crate) fn bare(name: &'t At<String>, now: i64) -> Self {
        Self {
            event: Value::Null,
            events: None,
            name,
            settings: Value::Null,
            settings_at: Vec::new(),
            source: None,
            now,
            responses: None,
            answers: &[],
            cases: Vec::new(),
        }
    }

    /// Where the settings of a case stand, each laid over those before.
    pub(crate) fn settings_of(&self, case: &Case<'t>) -> Vec<&'t Node> {
        let own = case.change.and_then(|change| change.settings.as_ref());
        self.settings_at.iter().copied().chain(own).collect()
    }

    /// The number of its events.
    pub(crate) fn events(&self) -> usize {
        self.events.as_ref().map_or(self.cases.len(), Vec::len)
    }

    /// Returns the event of a case.
    pub(crate) fn event(&self, case: &Case<'_>) -> Vec<u8> {
        let text = match case.change {
            None => self.event.to_string(),
            Some(spec) => {
                let mut event = self.event.clone();
                // errors of the change were reported when the test was read
                change(&mut event, spec, &mut Reports::default());
                event.to_string()
            }
        };
        text.into_bytes()
    }
}

/// Returns the name of a case: the stated name, or else its changes.
fn case_name(case: &CaseSpec) -> String {
    case.name.as_ref().map(|name| name.value.clone()).unwrap_or_else(|| {
        let set = case.set.iter().map(|(path, _)| format!("set {}", path.value));
        let unset = case.unset.iter().map(|path| format!("unset {}", path.value));
        let settings = case.settings.iter().flat_map(|settings| settings.as_map().unwrap_or_default());
        let settings = settings.map(|(name, _)| format!("settings.{}", name.text));
        let changes = set.chain(unset).chain(settings).collect::<Vec<_>>().join(", ");
        if changes.is_empty() { "unchanged".to_owned() } else { changes }
    })
}

fn change(event: &mut Value, case: &CaseSpec, reports: &mut Reports) -> Option<()> {
    let mut changed = Some(());
    for path in &case.unset {
        let done = steps(path, reports).filter(|steps| unset(event, steps) || nothing_there(path, reports));
        changed = changed.and(done.map(drop));
    }
    for (path, value) in &case.set {
        let done =
            steps(path, reports).filter(|steps| set(event, steps, value) || not_settable(path, reports));
        changed = changed.and(done.map(drop));
    }
    changed
}

fn nothing_there(path: &At<String>, reports: &mut Reports) -> bool {
    let message = format!("the event has no `{}` to unset", path.value);
    invalid_value::report(reports, path.span, message, "`unset` names a value of the test's event");
    false
}

fn not_settable(path: &At<String>, reports: &mut Reports) -> bool {
    let message = format!("`{}` cannot be set in the test's event", path.value);
    let help = "its parent is not an object, or is a list with fewer items";
    invalid_value::report(reports, path.span, message, help);
    false
}

/// Returns the steps of a path into the event.
fn steps(path: &At<String>, reports: &mut Reports) -> Option<Vec<PathStep>> {
    match parse_path(&path.value) {
        Ok(parsed) if parsed.root == Root::Event && parsed.rest.is_none() => Some(parsed.steps),
        Ok(_) => {
            let message = format!("`{}` is not a singular path into the event", path.value);
            invalid_value::report(reports, path.span, message, "write a path such as `traits.email`");
            None
        }
        Err(error) => invalid_path::report(reports, path.span, &path.value, &error.message, error.help),
    }
}

fn set(at: &mut Value, steps: &[PathStep], value: &Value) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *at = value.clone();
        return true;
    };
    match (step, &mut *at) {
        (PathStep::Key(key), Value::Object(members)) => {
            set(members.entry(key.as_str()).or_insert(Value::Null), rest, value)
        }
        (PathStep::Index(index), Value::Array(items)) if *index <= items.len() => {
            if *index == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(*index).is_some_and(|item| set(item, rest, value))
        }
        (PathStep::Key(_), Value::Null) => {
            *at = Value::Object(Map::new());
            set(at, steps, value)
        }
        (PathStep::Index(_), Value::Null) => {
            *at = Value::Array(Vec::new());
            set(at, steps, value)
        }
        _ => false,
    }
}

fn unset(at: &mut Value, steps: &[PathStep]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    match (step, at) {
        (PathStep::Key(key), Value::Object(members)) if rest.is_empty() => {
            members.shift_remove(key).is_some()
        }
        (PathStep::Key(key), Value::Object(members)) => {
            members.get_mut(key).is_some_and(|inner| unset(inner, rest))
        }
        (PathStep::Index(index), Value::Array(items)) if rest.is_empty() => {
            let there = *index < items.len();
            if there {
                items.remove(*index);
            }
            there
        }
        (PathStep::Index(index), Value::Array(items)) => {
            items.get_mut(*index).is_some_and(|inner| unset(inner, rest))
        }
        _ => false,
    }
}
