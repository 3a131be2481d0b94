//! What a test should expect, after what was found: of the stated keys, their values as they came.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::compare::{
    Subject, included, lacking, not_included, order_keys, redacted_in, redacted_in_call, secrets,
};
use crate::play::{Again, End, Played};
use crate::schemas::Schemas;
use mapwright_convert::Warning;
use mapwright_plan::request::Request;
use mapwright_plan::run::Failure;
use mapwright_plan::sdk::SdkCall;

/// What a case should expect, or why that cannot be said.
pub(crate) type NewExpectation = Result<Value, String>;

/// Returns what a case should expect. `stated` is what it expects so far.
pub(crate) fn found(
    stated: Option<&Value>,
    played: &Played<'_>,
    subject: Subject<'_>,
    schemas: &Schemas,
) -> NewExpectation {
    if !played.events.is_empty() {
        return Err("a test of several events is written by hand".to_owned());
    }
    let stated = stated.and_then(Value::as_object);
    let states = |key: &str| stated.is_some_and(|stated| stated.contains_key(key));
    other_reason(played, schemas, states("rejected"))?;
    if let Some(requests) = stated.and_then(|stated| stated.get("requests")) {
        keeps_included(requests, played)?;
    }
    let kind = match &played.end {
        End::Rejected(_) => "rejected",
        End::Skipped(_) => "skipped",
        _ if !played.calls.is_empty() => "calls",
        // of an event that becomes nothing, either may be stated
        _ if states("calls") && played.requests.is_empty() => "calls",
        _ => "requests",
    };
    // of a different kind of end, only what is about every event stays
    let about_all = |key: &str| ["warnings", "order", "secrets"].contains(&key);
    let base: Map<String, Value> = match stated {
        Some(stated) if stated.contains_key(kind) => stated.clone(),
        Some(stated) => std::iter::once((kind.to_owned(), Value::Null))
            .chain(stated.iter().filter(|(key, _)| about_all(key)).map(|(k, v)| (k.clone(), v.clone())))
            .collect(),
        None => json!({ kind: null }).as_object().cloned().unwrap_or_default(),
    };
    let mut expect = Map::new();
    for (key, value) in &base {
        let value = match key.as_str() {
            "requests" => Some(requests(value, played, subject)),
            "calls" => Some(calls(value, played, subject)),
            "rejected" => rejected(value, played),
            "skipped" => skipped(value, played),
            "warnings" => Some(warnings(value, played)),
            "result" => Some(played.result.clone().unwrap_or(Value::Null)),
            "order" => Some(order(subject)),
            "secrets" => Some(json!(secrets(subject))),
            "failure" => failure(value, played),
            "retry" => retry(value, played),
            "outcome" => outcome(played).map(Value::from),
            _ => Some(value.clone()),
        };
        expect.extend(value.map(|value| (key.clone(), value)));
    }
    add_ending(&mut expect, played);
    if stated.is_none() && !played.warnings.is_empty() {
        expect.insert("warnings".to_owned(), warnings(&Value::Null, played));
    }
    if stated.is_none()
        && let Some(result) = &played.result
    {
        expect.insert("result".to_owned(), result.clone());
    }
    Ok(Value::Object(expect))
}

/// A reason to fail that no expectation takes away.
fn other_reason(played: &Played<'_>, schemas: &Schemas, rejected: bool) -> Result<(), String> {
    match &played.end {
        End::Unanswered => {
            let last = played.requests.last().map_or("", |request| request.step.as_ref());
            return Err(format!("there is no response for request {} (`{last}`)", played.requests.len()));
        }
        End::Rejected(rejection) if rejection.code == "invalid_settings" && !rejected => {
            return Err("its settings are not valid".to_owned());
        }
        _ if played.used < played.responses.len() => {
            return Err(format!("it uses {} of its {} responses", played.used, played.responses.len()));
        }
        _ => {}
    }
    if let Some(unmatched) = played.unmatched.first() {
        return Err(format!("the response to request {} names {}", unmatched.request, unmatched.text));
    }
    let mut refused = played.sent().flat_map(|sent| played.refusals(sent, schemas));
    match refused.next() {
        Some(refusal) => Err(format!("a body violates its schema: {}", refusal.text)),
        None => Ok(()),
    }
}

/// A part of a body stays that part: without one of its members, the test would expect less.
fn keeps_included(stated: &Value, played: &Played<'_>) -> Result<(), String> {
    let stated = stated.as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs = paired_steps(stated, &steps(played));
    for (request, stated) in played.requests.iter().zip(pairs) {
        let Some(wanted) = stated.and_then(|stated| stated.get("body_includes")) else { continue };
        if let Some(name) = body(request).and_then(|body| not_included(&body, wanted)) {
            let step = &request.step;
            return Err(format!(
                "`body_includes` of `{step}` has `{name}`, which the body lacks: remove it there, or state it in `body_lacks`"
            ));
        }
    }
    Ok(())
}

fn requests(stated: &Value, played: &Played<'_>, subject: Subject<'_>) -> Value {
    let stated = stated.as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs = paired_steps(stated, &steps(played));
    let found = played.requests.iter().zip(pairs);
    let found = found.map(|(found, stated)| match stated {
        Some(stated) => stated_of(stated, found, subject),
        None => new(found),
    });
    found.collect()
}

fn calls(stated: &Value, played: &Played<'_>, subject: Subject<'_>) -> Value {
    let stated = stated.as_array().map(Vec::as_slice).unwrap_or_default();
    let steps: Vec<&str> = played.calls.iter().map(|call| call.step.as_str()).collect();
    let pairs = paired_steps(stated, &steps);
    let found = played.calls.iter().zip(pairs);
    let found = found.map(|(found, stated)| match stated.and_then(Value::as_object) {
        Some(stated) => {
            stated.iter().map(|(key, value)| (key.clone(), of_call(key, value, found, subject))).collect()
        }
        None => ["step", "call", "arguments"]
            .map(|key| (key.to_owned(), of_call(key, &Value::Null, found, subject)))
            .into_iter()
            .collect::<Value>(),
    });
    found.collect()
}

/// The value of a key that is stated of a call.
fn of_call(key: &str, stated: &Value, call: &SdkCall, subject: Subject<'_>) -> Value {
    match key {
        "step" => call.step.as_str().into(),
        "call" => call.function.as_str().into(),
        "arguments" => call.arguments().into(),
        "redacted" => {
            let places = subject.mapper.map(|mapper| redacted_in_call(call, mapper.redactor()));
            json!(places.unwrap_or_default())
        }
        _ => stated.clone(),
    }
}

/// Whether something that is stated is about something that was found.
type Fits<'f, T> = &'f dyn Fn(&Value, &T) -> bool;

/// For each of what was found, what is stated of it. The first way to fit counts first; what fits in no way is what is left, if it is as much.
fn paired<'v, T>(stated: &'v [Value], found: &[T], ways: &[Fits<'_, T>]) -> Vec<Option<&'v Value>> {
    let mut pairs = vec![None; found.len()];
    let mut left: Vec<&Value> = stated.iter().collect();
    for fits in ways {
        for (pair, found) in pairs.iter_mut().zip(found).filter(|(pair, _)| pair.is_none()) {
            let first = left.iter().position(|stated| fits(stated, found));
            *pair = first.map(|at| left.remove(at));
        }
    }
    if stated.len() == found.len() {
        let empty = pairs.iter_mut().filter(|pair| pair.is_none());
        empty.zip(left).for_each(|(pair, stated)| *pair = Some(stated));
    }
    pairs
}

/// For each of the steps that made something, what is stated of it.
fn paired_steps<'v>(stated: &'v [Value], steps: &[&str]) -> Vec<Option<&'v Value>> {
    let step = |stated: &Value| stated.get("step").and_then(Value::as_str).map(str::to_owned);
    let is_of = |stated: &Value, made: &&str| step(stated).is_some_and(|step| step == *made);
    paired(stated, steps, &[&is_of, &|stated, _| step(stated).is_none()])
}

/// The steps of all requests.
fn steps<'p>(played: &'p Played<'_>) -> Vec<&'p str> {
    played.requests.iter().map(|request| request.step.as_ref()).collect()
}

fn body(request: &Request<'_>) -> Option<Value> {
    serde_json::from_slice(request.json()?).ok()
}

/// A request that nothing is stated of.
fn new(request: &Request<'_>) -> Value {
    let mut all = Map::new();
    all.insert("step".to_owned(), request.step.as_ref().into());
    all.insert("method".to_owned(), request.method.into());
    all.insert("url".to_owned(), request.url.as_ref().into());
    all.extend(body(request).map(|body| ("body".to_owned(), body)));
    all.extend(request.when.as_ref().map(|when| ("when".to_owned(), when.as_str().into())));
    Value::Object(all)
}

/// The values of what is stated of a request.
fn stated_of(stated: &Value, request: &Request<'_>, subject: Subject<'_>) -> Value {
    let Some(stated) = stated.as_object() else { return new(request) };
    let body = body(request);
    let mut all = Map::new();
    for (key, value) in stated {
        let value = match key.as_str() {
            "step" => Some(request.step.as_ref().into()),
            "method" => Some(request.method.into()),
            "url" => Some(request.url.as_ref().into()),
            "headers" => Some(headers(value, request)),
            "body" => body.clone(),
            "body_includes" => body.as_ref().map(|body| included(body, value)),
            "body_lacks" => lacks(value, body.as_ref()),
            // a request that is always sent has none
            "when" => {
                request.when.as_deref().or(Some("always").filter(|_| value == "always")).map(Value::from)
            }
            "rate" => Some(request.rate.as_deref().map_or(Value::Null, Value::from)),
            "idempotent" => Some(request.idempotent.into()),
            "redacted" => {
                let places = subject.mapper.map(|mapper| redacted_in(request, mapper.redactor()));
                Some(json!(places.unwrap_or_default()))
            }
            "declared" => {
                let names = subject.mapper.map(|mapper| mapper.declared(request)).unwrap_or_default();
                Some(names.into_iter().map(|declared| declared.name).collect())
            }
            _ => Some(value.clone()),
        };
        all.extend(value.map(|value| (key.clone(), value)));
    }
    Value::Object(all)
}

fn headers(stated: &Value, request: &Request<'_>) -> Value {
    let names = stated.as_object().into_iter().flatten();
    let all = names.map(|(name, stated)| {
        let found = request.headers().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let written = stated.as_str().map_or_else(|| stated.to_string(), str::to_owned);
        let is_same = |text: &str| written == text;
        let value = match found {
            Some((_, text)) if is_same(text) => stated.clone(),
            Some((_, text)) => text.into(),
            None => Value::Null,
        };
        (name.clone(), value)
    });
    Value::Object(all.collect())
}

/// The stated paths that are missing still.
fn lacks(stated: &Value, body: Option<&Value>) -> Option<Value> {
    let all: Vec<&Value> = match stated {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let is_missing = |path: &&&Value| path.as_str().is_none_or(|path| lacking(path, body).is_none());
    let left: Vec<Value> = all.iter().filter(is_missing).map(|path| (*path).clone()).collect();
    (!left.is_empty()).then_some(Value::Array(left)).map(|left| match (stated, left) {
        (Value::Array(_), left) => left,
        (one, _) => one.clone(),
    })
}

fn rejected(stated: &Value, played: &Played<'_>) -> Option<Value> {
    let End::Rejected(rejection) = &played.end else { return None };
    let Some(stated) = stated.as_object() else {
        return Some(json!({ "code": rejection.code, "message": rejection.message }));
    };
    let found = |key: &str| match key {
        "code" => rejection.code.as_str().into(),
        "message" => rejection.message.as_str().into(),
        "fault" => rejection.fault.name().into(),
        _ => rejection.field.clone().into(),
    };
    let keys = stated.keys().map(|key| (key.clone(), found(key)));
    Some(Value::Object(keys.collect()))
}

fn skipped(stated: &Value, played: &Played<'_>) -> Option<Value> {
    let End::Skipped(skip) = &played.end else { return None };
    let known: HashSet<&str> = [skip.rule, skip.reason.as_str()].into();
    match stated.as_str() {
        Some(stated) if known.contains(stated) => Some(stated.into()),
        _ if skip.rule == "mapping" => Some(skip.reason.as_str().into()),
        _ => Some(skip.rule.into()),
    }
}

/// The codes of the warnings, or of those of which more is stated, as much as that.
fn warnings(stated: &Value, played: &Played<'_>) -> Value {
    let one = std::slice::from_ref(stated);
    let all = stated.as_array().map_or(one, Vec::as_slice);
    let code =
        |stated: &Value| stated.get("code").or(Some(stated)).and_then(Value::as_str).map(str::to_owned);
    let pairs = paired(
        all,
        &played.warnings,
        &[
            &|stated, warning| warned(stated, warning) == *stated,
            &|stated, warning| code(stated).is_some_and(|code| code == warning.code),
            &|stated, _| code(stated).is_none(),
        ],
    );
    let found = played.warnings.iter().zip(pairs);
    found.map(|(warning, stated)| warned(stated.unwrap_or(&Value::Null), warning)).collect()
}

/// The values of what is stated of a warning; its code, if that is not a map.
fn warned(stated: &Value, warning: &Warning) -> Value {
    let Some(stated) = stated.as_object() else { return warning.code.as_str().into() };
    let found = |key: &str| match key {
        "code" => Value::from(warning.code.as_str()),
        "message" => warning.message.as_str().into(),
        _ => warning.field.clone().into(),
    };
    stated.keys().map(|key| (key.clone(), found(key))).collect()
}

fn order(subject: Subject<'_>) -> Value {
    let keys = order_keys(subject).into_iter().map(|(key, value, steps)| match steps.is_empty() {
        true => json!({ "key": key, "value": value }),
        false => json!({ "key": key, "value": value, "steps": steps }),
    });
    keys.collect()
}

fn outcome(played: &Played<'_>) -> Option<&'static str> {
    match &played.end {
        End::Done => Some("done"),
        End::Failed(_) => Some("failed"),
        End::Retry(_) => Some("retry"),
        _ => None,
    }
}

fn failure(stated: &Value, played: &Played<'_>) -> Option<Value> {
    let End::Failed(failure) = &played.end else { return None };
    let Some(stated) = stated.as_object() else { return Some(new_failure(failure)) };
    let mut all = Map::new();
    for (key, value) in stated {
        let found = match key.as_str() {
            "code" => failure.code.as_str().into(),
            "status" => failure.status.map_or(Value::Null, Value::from),
            "fault" => failure.fault.name().into(),
            "advice" => failure.advice.clone().into(),
            "api" => value.as_object().map(|stated| said(stated, failure)).into(),
            "items" => failure.items.iter().map(|failed| failed.item.clone()).collect(),
            _ => value.clone(),
        };
        all.insert(key.clone(), found);
    }
    Some(Value::Object(all))
}

/// The values of what is stated of the API's own error.
fn said(stated: &Map<String, Value>, failure: &Failure) -> Map<String, Value> {
    let found = |key: &str| match key {
        "code" => failure.api.code.clone(),
        _ => failure.api.message.clone(),
    };
    stated.keys().map(|key| (key.clone(), found(key).into())).collect()
}

fn new_failure(failure: &Failure) -> Value {
    let mut all = Map::new();
    all.insert("code".to_owned(), failure.code.as_str().into());
    all.extend(failure.status.map(|status| ("status".to_owned(), status.into())));
    all.insert("fault".to_owned(), failure.fault.name().into());
    Value::Object(all)
}

fn seconds(again: &Again) -> Value {
    let Some(after) = again.after else { return Value::Null };
    match after.subsec_nanos() {
        0 => after.as_secs().into(),
        _ => after.as_secs_f64().into(),
    }
}

fn retry(stated: &Value, played: &Played<'_>) -> Option<Value> {
    let End::Retry(again) = &played.end else { return None };
    let mut all = json!({ "after": seconds(again), "throttle": again.throttle });
    if let (Some(all), true) = (all.as_object_mut(), again.renew.is_some() || stated.get("renew").is_some()) {
        all.insert("renew".to_owned(), again.renew.clone().into());
    }
    match (stated.as_object(), all) {
        (Some(stated), Value::Object(mut all)) => {
            all.retain(|key, _| stated.contains_key(key));
            Some(Value::Object(all))
        }
        (_, all) => Some(all),
    }
}

/// States how the run ends, if that does not go without saying.
fn add_ending(expect: &mut Map<String, Value>, played: &Played<'_>) {
    let says = ["outcome", "failure", "retry"].iter().any(|key| expect.contains_key(*key));
    if says {
        return;
    }
    let added = match &played.end {
        End::Failed(failure) => Some(("failure", new_failure(failure))),
        End::Retry(_) => retry(&Value::Null, played).map(|retry| ("retry", retry)),
        _ => None,
    };
    expect.extend(added.map(|(key, value)| (key.to_owned(), value)));
}
