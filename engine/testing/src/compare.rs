//! Compares results with expectations.

use std::collections::HashSet;

use serde_json::Value;

use crate::diff;
use crate::play::{End, Played};
use crate::violation::shown;
use mapwright_convert::{PathStep, Val, parse_path};
use mapwright_findings::At;
use mapwright_findings::rules::failing_test::Difference;
use mapwright_findings::{Span, Texts};
use mapwright_language::spec::{ExpectSpec, FailureSpec, RejectedSpec, RequestSpec};
use mapwright_language::yaml::{Data, Node};
use mapwright_plan::plan::Call;
use mapwright_plan::rejection::Rejection;
use mapwright_plan::request::Request;
use mapwright_plan::run::Failure;

/// Returns all differences between a case and its expectation.
pub(crate) fn compare(expect: &ExpectSpec, played: &Played<'_>, texts: &Texts) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut comparison = Comparison { played, texts, differences: &mut differences };
    match (&expect.requests, &expect.rejected, &expect.skipped) {
        (Some(requests), _, _) => comparison.sent(requests, expect),
        (None, Some(rejected), _) => comparison.rejected(rejected),
        (None, None, Some(skipped)) => comparison.skipped(skipped),
        (None, None, None) => {}
    }
    comparison.script_used();
    if let Some(warnings) = &expect.warnings {
        comparison.warnings(warnings);
    }
    if let Some(result) = &expect.result {
        comparison.result(result);
    }
    differences
}

/// The most positions whose lines in the mapping and the test are looked up.
const MOST_PLACES: usize = 20;

struct Comparison<'c, 'p> {
    played: &'c Played<'p>,
    texts: &'c Texts,
    differences: &'c mut Vec<Difference>,
}

impl Comparison<'_, '_> {
    fn differs(&mut self, message: String, places: Vec<(Span, String)>, diff: Option<String>) {
        self.differences.push(Difference { message, places, diff });
    }

    /// Compares a value on a single line.
    fn line(&mut self, what: &str, expected: &At<String>, found: &str, made: Option<(Span, String)>) {
        if expected.value == found {
            return;
        }
        let places = std::iter::once((expected.span, "expected here".to_owned())).chain(made).collect();
        let message = format!("{what} differs");
        self.differs(message, places, Some(diff::of(what, &expected.value, found)));
    }

    fn rejected(&mut self, expected: &At<RejectedSpec>) {
        let End::Rejected(rejection) = &self.played.end else {
            let message = format!("expected a rejection, but {}", self.what_came());
            return self.differs(message, vec![(expected.span, "expected here".to_owned())], None);
        };
        let made = self.line_of(rejection).map(|span| (span, "this rejects the event".to_owned()));
        let field = rejection.field.as_deref().unwrap_or("nothing");
        let spec = &expected.value;
        let parts = [
            ("the rejection's code", &spec.code, rejection.code.as_str()),
            ("the rejection's message", &spec.message, rejection.message.as_str()),
            ("the rejection's field", &spec.field, field),
        ];
        for (what, expected, found) in parts {
            if let Some(expected) = expected {
                self.line(what, expected, found, made.clone());
            }
        }
    }

    /// Returns the mapping line that a rejection names.
    fn line_of(&self, rejection: &Rejection) -> Option<Span> {
        let (path, line) = rejection.mapping.as_deref()?.rsplit_once(':')?;
        self.texts.line(path, line.parse().ok()?)
    }

    fn skipped(&mut self, expected: &At<String>) {
        match &self.played.end {
            End::Skipped(skip) if expected.value == skip.rule => {}
            End::Skipped(skip) => self.line("the reason for the skip", expected, &skip.reason, None),
            _ => {
                let message = format!("expected a skip, but {}", self.what_came());
                self.differs(message, vec![(expected.span, "expected here".to_owned())], None);
            }
        }
    }

    fn what_came(&self) -> String {
        let count = match self.played.requests.len() {
            0 => "no request is made".to_owned(),
            1 => "a request is made".to_owned(),
            many => format!("{many} requests are made"),
        };
        match &self.played.end {
            End::Skipped(skip) => format!("the event is skipped: {}", skip.reason),
            End::Rejected(rejection) if self.played.requests.is_empty() => {
                format!("the event is rejected: {} (`{}`)", rejection.message, rejection.code)
            }
            End::Rejected(rejection) => {
                format!("{count}, then the run is rejected: {} (`{}`)", rejection.message, rejection.code)
            }
            End::Failed(failure) => format!("{count}, then the run fails: {failure} (`{}`)", failure.code),
            End::Preview | End::Done | End::Retry | End::Unanswered => count,
        }
    }

    fn sent(&mut self, expected: &At<Vec<RequestSpec>>, expect: &ExpectSpec) {
        let unsent = match &self.played.end {
            End::Skipped(_) => Some(("skip", None)),
            End::Rejected(rejection) => Some(("rejection", self.line_of(rejection))),
            _ => None,
        };
        if let Some((what, line)) = unsent {
            let wanted = match expected.value.is_empty() {
                true => format!("no request and no {what} is expected"),
                false => "requests are expected".to_owned(),
            };
            let places = match line {
                Some(span) => vec![(span, "this rejects the event".to_owned())],
                None => vec![(expected.span, expected_label(expected))],
            };
            return self.differs(format!("{wanted}, but {}", self.what_came()), places, None);
        }
        let found = &self.played.requests;
        if expected.value.len() == found.len() {
            for (at, (expected, found)) in expected.value.iter().zip(found).enumerate() {
                self.request(at, expected, found);
            }
        } else {
            self.count(expected);
        }
        self.ending(expect);
    }

    /// Reports a different number of requests.
    fn count(&mut self, expected: &At<Vec<RequestSpec>>) {
        let found = &self.played.requests;
        let wanted = expected.value.iter().enumerate().map(|(at, spec)| {
            let found = found.get(at);
            let stated = |stated: &Option<At<String>>, found: Option<&str>| {
                stated.as_ref().map(|at| at.value.as_str()).or(found).unwrap_or("…").to_owned()
            };
            let step = stated(&spec.step, found.map(|found| found.step.as_ref()));
            let method = stated(&spec.method, found.map(|found| found.method));
            let url = stated(&spec.url, found.map(|found| found.url.as_ref()));
            format!("{step}: {method} {url}\n")
        });
        let came = found.iter().map(|found| format!("{}: {} {}\n", found.step, found.method, found.url));
        let diff = diff::of("the requests", &wanted.collect::<String>(), &came.collect::<String>());
        let number = |count: usize| match count {
            0 => "none".to_owned(),
            1 => "one".to_owned(),
            many => many.to_string(),
        };
        let message = format!(
            "{} expected, {} made",
            requests_are(&number(expected.value.len()), expected.value.len()),
            match found.len() {
                1 => "one is".to_owned(),
                count => format!("{} are", number(count)),
            }
        );
        let mut places = vec![(expected.span, expected_label(expected))];
        let unexpected = found.get(expected.value.len()).and_then(|request| self.call(request));
        places.extend(unexpected.map(|call| (call.span, "this step makes one more".to_owned())));
        self.differs(message, places, Some(diff));
    }

    fn call(&self, request: &Request<'_>) -> Option<&Call> {
        self.played.provenance?.call(request)
    }

    fn request(&mut self, at: usize, expected: &RequestSpec, found: &Request<'_>) {
        let name = format!("request {} (`{}`)", at + 1, found.step);
        let step = self.call(found).map(|call| (call.span, "this step makes it".to_owned()));
        if let Some(expected) = &expected.step {
            self.line(&format!("the step of request {}", at + 1), expected, &found.step, step.clone());
        }
        if let Some(expected) = &expected.method {
            self.line(&format!("the method of {name}"), expected, found.method, step.clone());
        }
        if let Some(expected) = &expected.url {
            self.line(&format!("the URL of {name}"), expected, &found.url, step.clone());
        }
        if let Some(expected) = &expected.when {
            let when = found.when.as_deref().unwrap_or("always");
            self.line(&format!("the condition of {name}"), expected, when, step.clone());
        }
        for (header, value) in &expected.headers {
            self.header(&name, header, value, found);
        }
        let body = found.json().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
        for (stated, whole) in [(&expected.body, true), (&expected.body_includes, false)] {
            if let Some(stated) = stated {
                self.body(&name, stated, whole, body.as_ref(), found);
            }
        }
        for path in &expected.body_lacks {
            self.lacks(&name, path, body.as_ref(), found);
        }
    }

    fn header(&mut self, request: &str, header: &At<String>, expected: &At<Value>, found: &Request<'_>) {
        let name = header.value.as_str();
        let came =
            found.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let wanted = match &expected.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        if wanted.as_deref() == came {
            return;
        }
        let made = self.call(found).and_then(|call| self.played.provenance?.header(call, name));
        let made = made.map(|span| (span, "this sets the header".to_owned()));
        let places = std::iter::once((expected.span, "expected here".to_owned())).chain(made).collect();
        let what = format!("the header `{name}` of {request}");
        let absent = || "missing".to_owned();
        let diff = diff::of(&what, &wanted.unwrap_or_else(absent), &came.map_or_else(absent, str::to_owned));
        self.differs(format!("{what} differs"), places, Some(diff));
    }

    fn body(
        &mut self,
        name: &str,
        expected: &Node,
        whole: bool,
        found: Option<&Value>,
        request: &Request<'_>,
    ) {
        let what = format!("the body of {name}");
        let Some(found) = found else {
            let places = vec![(expected.span, "expected here".to_owned())];
            return self.differs(format!("{what} is missing"), places, None);
        };
        let mut leaves = Vec::new();
        difference(expected, found, whole, &mut Vec::new(), &mut leaves);
        if leaves.is_empty() {
            return;
        }
        let mut places = Vec::new();
        // a finding shows only the first positions
        for leaf in leaves.iter().take(MOST_PLACES) {
            let made = self.call(request).and_then(|call| self.played.provenance?.body(call, &leaf.path));
            places.extend(
                leaf.expected.map(|node| (node.span, format!("expected {}", shown(&node.to_json())))),
            );
            places.extend(made.map(|span| {
                (
                    span,
                    leaf.found
                        .map_or("this has no value".to_owned(), |v| format!("this produced {}", shown(v))),
                )
            }));
        }
        let wanted = expected.to_json();
        let found = if whole { found.clone() } else { included(found, &wanted) };
        let diff = diff::of(&what, &diff::pretty(&wanted), &diff::pretty(&in_order_of(&found, &wanted)));
        let fields: Vec<String> = leaves.iter().map(|leaf| format!("`{}`", leaf.path.join("."))).collect();
        let message = match fields.as_slice() {
            [one] if one == "``" => format!("{what} differs"),
            [one] => format!("{what} differs at {one}"),
            [one, other] => format!("{what} differs at {one} and {other}"),
            [one, others @ ..] => format!("{what} differs at {one} and {} other places", others.len()),
            [] => return,
        };
        self.differs(message, places, Some(diff));
    }

    fn lacks(&mut self, name: &str, path: &At<String>, body: Option<&Value>, request: &Request<'_>) {
        let steps = match parse_path(&format!("$.{}", path.value)) {
            Ok(parsed) if parsed.rest.is_none() => parsed.steps,
            _ => {
                let step = |name: &str| {
                    name.parse().map_or_else(|_| PathStep::Key(name.to_owned()), PathStep::Index)
                };
                path.value.split('.').map(step).collect()
            }
        };
        let found = body.and_then(|body| Val::from(body.clone()).follow(&steps));
        let Some(found) = found.map(|found| found.to_json()) else { return };
        let steps: Vec<String> = steps.iter().map(PathStep::text).collect();
        let made = self.call(request).and_then(|call| self.played.provenance?.body(call, &steps));
        let made = made.map(|span| (span, format!("this produced {}", shown(&found))));
        let places = std::iter::once((path.span, "expected to be missing".to_owned())).chain(made).collect();
        self.differs(format!("the body of {name} has `{}`", path.value), places, None);
    }

    /// Compares the outcome of the run; `done` by default.
    fn ending(&mut self, expect: &ExpectSpec) {
        let (found, problem) = match &self.played.end {
            End::Done => ("done", String::new()),
            End::Retry => ("retry", "the last request is retried".to_owned()),
            End::Failed(failure) => ("failed", format!("{failure} (`{}`)", failure.code)),
            // the script is too short, or there is none
            _ => return,
        };
        let wanted = match (&expect.outcome, &expect.failure) {
            (Some(outcome), _) => outcome.value.as_str(),
            (None, Some(_)) => "failed",
            (None, None) => "done",
        };
        if wanted != found {
            let stated = expect.outcome.as_ref().map(|outcome| (outcome.span, "expected here".to_owned()));
            let step = self.played.requests.last().and_then(|request| self.call(request));
            let step = step.map(|call| (call.span, "at this step".to_owned()));
            let mut message = format!("expected the outcome `{wanted}`, found `{found}`");
            if !problem.is_empty() {
                message.extend([": ", &problem]);
            }
            self.differs(message, stated.into_iter().chain(step).collect(), None);
        }
        if let (End::Failed(failure), Some(expected)) = (&self.played.end, &expect.failure) {
            self.failure(&expected.value, failure);
        }
    }

    fn failure(&mut self, expected: &FailureSpec, found: &Failure) {
        if let Some(code) = &expected.code {
            self.line("the failure's code", code, &found.code, None);
        }
        if let Some(status) = &expected.status {
            let wanted = At { value: status.value.to_string(), span: status.span };
            let found = found.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            self.line("the failure's status", &wanted, &found, None);
        }
        if let Some(items) = &expected.items {
            let wanted = At { value: shown(&items.value.clone().into()), span: items.span };
            let found = found.items.iter().map(|failed| failed.item.clone()).collect();
            self.line("the failure's items", &wanted, &shown(&found), None);
        }
    }

    fn script_used(&mut self) {
        let played = self.played;
        if let End::Unanswered = played.end {
            let last = played.requests.last();
            let message = format!(
                "the script has no response for request {} (`{}`)",
                played.requests.len(),
                last.map_or("", |request| request.step.as_ref())
            );
            let step = last.and_then(|request| self.call(request));
            let places = step.map(|call| (call.span, "this step makes it".to_owned())).into_iter().collect();
            self.differs(message, places, None);
        } else if played.used < played.responses {
            let message =
                format!("the script has {} responses, but the run uses {}", played.responses, played.used);
            self.differs(message, Vec::new(), None);
        }
    }

    fn result(&mut self, expected: &At<Value>) {
        let found = self.played.result.clone().unwrap_or(Value::Null);
        if expected.value == found {
            return;
        }
        let (wanted, came) = (diff::pretty(&expected.value), diff::pretty(&found));
        let places = vec![(expected.span, "expected here".to_owned())];
        self.differs("the result differs".to_owned(), places, Some(diff::of("the result", &wanted, &came)));
    }

    fn warnings(&mut self, expected: &At<Vec<String>>) {
        let found: Vec<&str> = self.played.warnings.iter().map(|warning| warning.code.as_str()).collect();
        if expected.value == found {
            return;
        }
        let wanted: String = expected.value.iter().map(|code| format!("{code}\n")).collect();
        let came: String = found.iter().map(|code| format!("{code}\n")).collect();
        let places = vec![(expected.span, "expected here".to_owned())];
        let mut message = "the warnings differ".to_owned();
        let texts: Vec<String> =
            self.played.warnings.iter().map(|w| format!("`{}`: {}", w.code, w.message)).collect();
        if !texts.is_empty() {
            message.extend([" (", &texts.join(", "), ")"]);
        }
        self.differs(message, places, Some(diff::of("the warnings", &wanted, &came)));
    }
}

fn expected_label(expected: &At<Vec<RequestSpec>>) -> String {
    if expected.value.is_empty() { "none is expected" } else { "these are expected" }.to_owned()
}

fn requests_are(number: &str, count: usize) -> String {
    match count {
        0 => "no request is".to_owned(),
        1 => format!("{number} request is"),
        _ => format!("{number} requests are"),
    }
}

/// Returns whether a body is the expected one.
pub(crate) fn equal(expected: &Node, request: &Request<'_>) -> bool {
    let body = request.json().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    body.is_some_and(|body| {
        let mut leaves = Vec::new();
        difference(expected, &body, true, &mut Vec::new(), &mut leaves);
        leaves.is_empty()
    })
}

/// A position where two bodies differ.
struct Leaf<'c> {
    path: Vec<String>,
    expected: Option<&'c Node>,
    found: Option<&'c Value>,
}

/// Collects the positions where a body differs. If the expectation is only a part of the body, further members are allowed.
fn difference<'c>(
    expected: &'c Node,
    found: &'c Value,
    whole: bool,
    path: &mut Vec<String>,
    leaves: &mut Vec<Leaf<'c>>,
) {
    match (&expected.data, found) {
        (Data::Map(entries), Value::Object(members)) => {
            for (key, node) in entries {
                path.push(key.text.clone());
                match members.get(&key.text) {
                    Some(found) => difference(node, found, whole, path, leaves),
                    None => leaves.push(Leaf { path: path.clone(), expected: Some(node), found: None }),
                }
                path.pop();
            }
            let stated: HashSet<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
            for (key, found) in members.iter().filter(|_| whole) {
                if !stated.contains(key.as_str()) {
                    let path = path.iter().chain([key]).cloned().collect();
                    leaves.push(Leaf { path, expected: None, found: Some(found) });
                }
            }
        }
        (Data::List(nodes), Value::Array(items)) if nodes.len() == items.len() => {
            for (at, (node, found)) in nodes.iter().zip(items).enumerate() {
                path.push(at.to_string());
                // items are compared as a whole: a partial comparison of lists would be too weak
                difference(node, found, true, path, leaves);
                path.pop();
            }
        }
        (Data::Number(wanted, _), Value::Number(found)) if same_number(wanted, found) => {}
        _ if expected.to_json() == *found => {}
        _ => leaves.push(Leaf { path: path.clone(), expected: Some(expected), found: Some(found) }),
    }
}

/// Compares numbers by value: `1` and `1.0` are equal in JSON.
fn same_number(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

/// Returns the part of a body that an expectation states.
fn included(found: &Value, wanted: &Value) -> Value {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => found
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), included(value, wanted.get(key)?))))
            .collect(),
        _ => found.clone(),
    }
}

/// Returns a value with its members in the order of another, so that a diff shows only differences.
fn in_order_of(value: &Value, model: &Value) -> Value {
    match (value, model) {
        (Value::Object(members), Value::Object(model)) => {
            let known = model.iter().filter_map(|(key, inner)| {
                members.get(key).map(|value| (key.clone(), in_order_of(value, inner)))
            });
            let others = members.iter().filter(|(key, _)| !model.contains_key(*key));
            known.chain(others.map(|(key, value)| (key.clone(), value.clone()))).collect()
        }
        (Value::Array(items), Value::Array(model)) => items
            .iter()
            .enumerate()
            .map(|(at, item)| model.get(at).map_or_else(|| item.clone(), |model| in_order_of(item, model)))
            .collect(),
        (Value::Number(a), Value::Number(b)) if same_number(a, b) => model.clone(),
        _ => value.clone(),
    }
}
