//! Renders an explanation as a tree.

use std::fmt::Write as _;

use mapwright::{
    Became, Body, Explanation, FieldTrace, Plan, Request, SdkCall, StepTrace, StepVerdict, TraceEvent,
};
use serde_json::Value;

use crate::line;

/// How the path of what is spread in an object ends.
const SPREAD: &str = "....";

/// The longest value that is shown in full.
const LONGEST: usize = 100;

pub(super) fn write(plan: &Plan, explanation: &Explanation) -> String {
    let mut text = String::new();
    if !explanation.message.is_empty() {
        let variant =
            explanation.variant.as_ref().map(|name| format!(", variant `{name}`")).unwrap_or_default();
        let _ = writeln!(text, "{} for {} {}{variant}", explanation.message, plan.title(), plan.version());
    }
    let of_step = |step: Option<usize>| -> Vec<&FieldTrace> {
        explanation.fields.iter().filter(|field| field.instruction == step).collect()
    };
    heading(&mut text, "fields", &of_step(None), |text, field| self::field(text, 2, field));
    let mut seen: Vec<usize> = Vec::new();
    heading(&mut text, "steps", &explanation.steps, |text, step| {
        self::step(text, step);
        // the fields of all iterations of a repeated step are listed together
        if !seen.contains(&step.instruction) {
            seen.push(step.instruction);
            of_step(Some(step.instruction)).into_iter().for_each(|field| self::field(text, 4, field));
        }
    });
    heading(&mut text, "warnings", &explanation.warnings, |text, warning| {
        let field = warning.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        let _ = writeln!(text, "  {field}{} ({})", warning.message, warning.code);
    });
    if explanation.cut {
        text.push_str("\ntruncated (limit `explain_bytes`)\n");
    }
    match &explanation.became {
        Became::Mapped(requests) if requests.is_empty() => text.push_str("\nmapped, without requests\n"),
        Became::Mapped(requests) => heading(&mut text, "requests", requests, request),
        Became::Calls(calls) if calls.is_empty() => text.push_str("\nmapped, without calls\n"),
        Became::Calls(calls) => heading(&mut text, "calls", calls, call),
        Became::Skipped(skip) => {
            let _ = writeln!(text, "\nskipped: {} (rule `{}`)", skip.reason, skip.rule);
        }
        Became::Rejected(rejection) => {
            let field = rejection.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            let _ = writeln!(text, "\nrejected: {field}{} (code `{}`)", rejection.message, rejection.code);
            if let Some(mapping) = &rejection.mapping {
                let _ = writeln!(text, "  at {mapping}");
            }
        }
    }
    text.trim_start().to_owned()
}

fn heading<'a, T>(text: &mut String, name: &str, items: &'a [T], mut item: impl FnMut(&mut String, &'a T)) {
    if !items.is_empty() {
        let _ = writeln!(text, "\n{name}");
        items.iter().for_each(|one| item(text, one));
    }
}

fn field(text: &mut String, indent: usize, field: &FieldTrace) {
    let value = match &field.value {
        Some(value) => format!("= {}", short(value)),
        None => "is absent".to_owned(),
    };
    let (name, parts) = named(field);
    let _ = writeln!(text, "{:indent$}{name} {value}  ({})", "", field.mapping);
    let winner = field.winner.as_deref();
    events(text, indent + 2, parts, winner);
}

/// The name of a field, and what happened in it. What is spread in an object, and members with computed names, are one field of it.
fn named(field: &FieldTrace) -> (String, &[TraceEvent]) {
    let Some(object) = field.field.strip_suffix(SPREAD) else { return (field.field.clone(), &field.events) };
    let events = match field.events.as_slice() {
        [TraceEvent::Within { form, events }] if form == "merge" => events.as_slice(),
        events => events,
    };
    let is_computed =
        |event: &TraceEvent| matches!(event, TraceEvent::Within { form, .. } if form == "computed name");
    match events.iter().all(is_computed) {
        true => (format!("{object}, members with computed names"), events),
        false => (format!("{object}, other members"), events),
    }
}

fn events(text: &mut String, indent: usize, events: &[TraceEvent], winner: Option<&str>) {
    let is_winner = |event: &TraceEvent| matches!(event, TraceEvent::Tried { source, found: Some(_) } if winner == Some(source));
    let taken = events.iter().rposition(is_winner);
    for (place, event) in events.iter().enumerate() {
        let _ = write!(text, "{:indent$}", "");
        let _ = match event {
            TraceEvent::Tried { source, found } => {
                let found = found.as_ref().map_or_else(|| "missing".to_owned(), short);
                let taken = if taken == Some(place) { "  <- used" } else { "" };
                writeln!(text, "{source}: {found}{taken}")
            }
            TraceEvent::RuledOut { key, condition } => {
                let key = if key == "when" { "only when" } else { key };
                writeln!(text, "not used: {key} {condition}")
            }
            TraceEvent::Made { form, value } => writeln!(text, "{form}: {}", short(value)),
            TraceEvent::Chose { case } => writeln!(text, "case `{case}`"),
            TraceEvent::LeftOut { names } => writeln!(text, "omitted: {}", names.join(", ")),
            TraceEvent::Converted { conversion, before, after } => {
                if before == after {
                    writeln!(text, "as {conversion}: unchanged")
                } else {
                    let after = after.as_ref().map_or_else(|| "nothing".to_owned(), short);
                    let before = before.as_ref().map(short).unwrap_or_default();
                    writeln!(text, "as {conversion}: {before} -> {after}")
                }
            }
            TraceEvent::Failed { conversion, message } => writeln!(text, "{conversion} fails: {message}"),
            TraceEvent::Defaulted { value } => writeln!(text, "default: {}", short(value)),
            TraceEvent::Within { form, .. } => writeln!(text, "{form}"),
            other => writeln!(text, "{other:?}"),
        };
        if let TraceEvent::Within { events: inner, .. } = event {
            self::events(text, indent + 2, inner, None);
        }
    }
}

fn step(text: &mut String, step: &StepTrace) {
    let condition = step.condition.as_deref().unwrap_or_default();
    let _ = match step.verdict {
        StepVerdict::Made => writeln!(text, "  {} runs", step.step),
        StepVerdict::Waits => writeln!(text, "  {} depends on a response: when {condition}", step.step),
        StepVerdict::NotMade => writeln!(text, "  {} does not run: only when {condition}", step.step),
    };
}

fn request(text: &mut String, request: &Request<'_>) {
    let when = request.when.as_ref().map(|when| format!(", when {when}")).unwrap_or_default();
    let _ = writeln!(text, "  {}{when}\n    {} {}", request.step, request.method, request.url);
    for (name, value) in request.headers() {
        let _ = writeln!(text, "    {name}: {value}");
    }
    match &request.body {
        Some(Body::Json(json)) => self::json(text, json),
        Some(body) => {
            let _ = writeln!(text, "    {}", String::from_utf8_lossy(body.bytes()));
        }
        None => {}
    }
    if let Some(item) = request.batch() {
        let operation = item.operation();
        let by: Vec<&str> = item.by().map(|value| value.unwrap_or("nothing")).collect();
        let _ = match (item.is_alone(), by.as_slice()) {
            (true, _) => writeln!(text, "    is sent alone: `unless` of the batch of `{operation}` holds"),
            (false, []) => writeln!(text, "    may share a request of `{operation}` with other items"),
            (false, by) => {
                let by = by.join(", ");
                writeln!(text, "    may share a request of `{operation}` with other items whose `by` is {by}")
            }
        };
    }
}

fn call(text: &mut String, call: &SdkCall) {
    let _ = writeln!(text, "  {}\n    {}", call.step, call.function);
    json(text, call.json());
}

fn json(text: &mut String, json: &[u8]) {
    let mut pretty = Vec::new();
    line::pretty(json, &mut pretty);
    for line in String::from_utf8_lossy(&pretty).lines() {
        let _ = writeln!(text, "    {line}");
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}
