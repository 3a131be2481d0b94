//! Compares a request with what is expected of it.

use serde_json::Value;

use super::body::{Leaf, difference, in_order_of, included};
use super::comparison::{Comparison, written};
use crate::diff;
use mapwright_convert::{PathStep, Val, parse_path};
use mapwright_findings::At;
use mapwright_findings::rules::failing_test::Difference;
use mapwright_language::spec::RequestSpec;
use mapwright_language::yaml::Node;
use mapwright_plan::redact::Redactor;
use mapwright_plan::request::Request;
use mapwright_plan::sdk::SdkCall;

/// The most positions whose lines in the mapping and the test are looked up.
const MOST_PLACES: usize = 20;

impl Comparison<'_, '_> {
    pub(super) fn request(&mut self, at: usize, expected: &RequestSpec, found: &Request<'_>) {
        let name = format!("request {} (`{}`)", at + 1, found.step);
        let step = self.step(found.instruction).map(|call| (call.span, "this step makes it".to_owned()));
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
        if let Some(rate) = &expected.rate {
            let found = found.rate.as_deref().map_or(Value::Null, Value::from);
            let wanted = At { value: written(&rate.value), span: rate.span };
            self.line(&format!("the rate group of {name}"), &wanted, &written(&found), step.clone());
        }
        if let Some(idempotent) = &expected.idempotent {
            let wanted = At { value: idempotent.value.to_string(), span: idempotent.span };
            let what = format!("`idempotent` of {name}");
            self.line(&what, &wanted, &found.idempotent.to_string(), step.clone());
        }
        if let Some(declared) = &expected.declared {
            let names = self.subject.mapper.map(|mapper| mapper.declared(found)).unwrap_or_default();
            let names: Vec<String> = names.into_iter().map(|declared| declared.name).collect();
            self.lines(&format!("the declared names of {name}"), declared, &names);
        }
        if let Some(redacted) = &expected.redacted {
            let places = self.subject.mapper.map(|mapper| redacted_in(found, mapper.redactor()));
            self.lines(&format!("what is redacted of {name}"), redacted, &places.unwrap_or_default());
        }
        for (header, value) in &expected.headers {
            self.header(&name, header, value, found);
        }
        let body = found.json().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
        for (stated, whole) in [(&expected.body, true), (&expected.body_includes, false)] {
            if let Some(stated) = stated {
                let what = format!("the body of {name}");
                self.body(&what, stated, whole, body.as_ref(), found.instruction);
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
        let made = self.step(found.instruction).and_then(|call| self.played.provenance?.header(call, name));
        let made = made.map(|span| (span, "this sets the header".to_owned()));
        let places = std::iter::once((expected.span, "expected here".to_owned())).chain(made).collect();
        let what = format!("the header `{name}` of {request}");
        let absent = || "missing".to_owned();
        let diff = diff::of(&what, &wanted.unwrap_or_else(absent), &came.map_or_else(absent, str::to_owned));
        self.differs(format!("{what} differs"), places, Some(diff));
    }

    /// Compares a body, or a list of arguments, which is `what`, of the step at an instruction.
    pub(super) fn body(
        &mut self,
        what: &str,
        expected: &Node,
        whole: bool,
        found: Option<&Value>,
        instruction: usize,
    ) {
        let Some(found) = found else {
            let places = vec![(expected.span, "expected here".to_owned())];
            return self.differs(format!("{what} is missing"), places, None);
        };
        let mut leaves = Vec::new();
        difference(expected, found, whole, &mut Vec::new(), &mut leaves);
        if leaves.is_empty() {
            return;
        }
        let (mut places, mut made_by) = (Vec::new(), Some(Vec::new()));
        let rows_of = |leaf: &Leaf<'_>| {
            let call = self.step(instruction).zip(self.played.provenance);
            call.map_or_else(Vec::new, |(call, provenance)| provenance.body_rows(call, &leaf.path))
        };
        // what is there under another name explains what is missing beside it
        let renamed = |leaf: &Leaf<'_>| {
            let (_, object) = leaf.path.split_last().filter(|_| leaf.found.is_none())?;
            let is_other = |other: &&Leaf<'_>| {
                other.expected.is_none()
                    && other.path.split_last().is_some_and(|(_, around)| around == object)
            };
            leaves.iter().find(is_other)
        };
        // a finding shows only the first positions
        for leaf in leaves.iter().take(MOST_PLACES) {
            let made = rows_of(leaf).first().copied();
            let rows = rows_of(renamed(leaf).unwrap_or(leaf));
            places.extend(
                leaf.expected.map(|node| (node.span, format!("expected {}", self.shown(&node.to_json())))),
            );
            made_by = made_by.filter(|_| made.is_some()).map(|mut all| {
                all.push(rows);
                all
            });
            places.extend(made.map(|span| {
                (
                    span,
                    leaf.found.map_or("this has no value".to_owned(), |v| {
                        format!("this produced {}", self.shown(v))
                    }),
                )
            }));
        }
        let wanted = expected.to_json();
        let found = if whole { found.clone() } else { included(found, &wanted) };
        let diff = diff::of(what, &diff::pretty(&wanted), &diff::pretty(&in_order_of(&found, &wanted)));
        let fields: Vec<String> = leaves.iter().map(|leaf| format!("`{}`", leaf.path.join("."))).collect();
        let message = match fields.as_slice() {
            [one] if one == "``" => format!("{what} differs"),
            [one] => format!("{what} differs at {one}"),
            [one, other] => format!("{what} differs at {one} and {other}"),
            [one, others @ ..] => format!("{what} differs at {one} and {} other places", others.len()),
            [] => return,
        };
        // of those that are not shown it is not known
        let made_by = made_by.filter(|_| leaves.len() <= MOST_PLACES).unwrap_or_default();
        self.differences.push(Difference { message, places, made_by, diff: Some(diff) });
    }

    fn lacks(&mut self, name: &str, path: &At<String>, body: Option<&Value>, request: &Request<'_>) {
        let Some(found) = lacking(&path.value, body) else { return };
        let steps: Vec<String> = steps(&path.value).iter().map(PathStep::text).collect();
        let made = self.step(request.instruction).and_then(|call| self.played.provenance?.body(call, &steps));
        let made = made.map(|span| (span, format!("this produced {}", self.shown(&found))));
        let places = std::iter::once((path.span, "expected to be missing".to_owned())).chain(made).collect();
        self.differs(format!("the body of {name} has `{}`", path.value), places, None);
    }
}

/// The value in a body at a path that it must not have.
pub(crate) fn lacking(path: &str, body: Option<&Value>) -> Option<Value> {
    body.and_then(|body| Val::from(body.clone()).follow(&steps(path))).map(|found| found.to_json())
}

fn steps(path: &str) -> Vec<PathStep> {
    match parse_path(&format!("$.{path}")) {
        Ok(parsed) if parsed.rest.is_none() => parsed.steps,
        _ => {
            let step =
                |name: &str| name.parse().map_or_else(|_| PathStep::Key(name.to_owned()), PathStep::Index);
            path.split('.').map(step).collect()
        }
    }
}

/// Where a request shows a secret: in the URL, in which headers, and where in the body.
pub(crate) fn redacted_in(request: &Request<'_>, redactor: &Redactor) -> Vec<String> {
    let mut places = Vec::new();
    if redactor.contains_secret(&request.url) {
        places.push("url".to_owned());
    }
    let headers = request.headers().filter(|(_, value)| redactor.contains_secret(value));
    places.extend(headers.map(|(name, _)| format!("headers.{}", name.to_lowercase())));
    match request.json().map(serde_json::from_slice::<Value>) {
        Some(Ok(body)) => redacted_at(&body, "body", redactor, &mut places),
        _ => {
            let text = request.body.as_ref().map(|body| String::from_utf8_lossy(body.bytes()).into_owned());
            if text.is_some_and(|text| redactor.contains_secret(&text)) {
                places.push("body".to_owned());
            }
        }
    }
    places
}

/// Where a call shows a secret: where in its arguments.
pub(crate) fn redacted_in_call(call: &SdkCall, redactor: &Redactor) -> Vec<String> {
    let mut places = Vec::new();
    redacted_at(&call.arguments().into(), "arguments", redactor, &mut places);
    places
}

fn redacted_at(value: &Value, path: &str, redactor: &Redactor, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                redacted_at(value, &format!("{path}.{name}"), redactor, places);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                redacted_at(value, &format!("{path}.{at}"), redactor, places);
            }
        }
        value if redactor.redact_json(value) != *value => places.push(path.to_owned()),
        _ => {}
    }
}
