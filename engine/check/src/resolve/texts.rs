//! Places that hold one text, such as headers: a value that is known to be a list or an object cannot stand there.

use std::collections::HashMap;

use crate::resolve::Resolver;
use mapwright_convert::{Type, find};
use mapwright_findings::rules::{duplicate_key, invalid_value};
use mapwright_findings::{At, Reports, Span};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{RowSpec, SettingType};
use mapwright_plan::plan::{Form, Place, Row, Slot};
use serde_json::Value;

/// The types that have no text of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Several {
    List,
    Object,
}

/// Objects of every event.
const OBJECTS: [&str; 5] = ["traits", "properties", "context", "integrations", "options"];

impl Resolver<'_, '_> {
    /// Reports what a row gives that is known to be a list or an object, where only a string can be sent, as in a header.
    pub(crate) fn one_text(&mut self, row: &Row, what: &str) {
        let mut found = Vec::new();
        self.several(row, &mut found);
        for (span, several) in found {
            let (kind, advice) = match several {
                Several::List => {
                    ("a list", "write `join: [source], with: \",\"` for its items, or `as: json_text`")
                }
                Several::Object => ("an object", "read one of its members, or write `as: json_text`"),
            };
            invalid_value::report(self.reports, span, format!("{what} cannot be {kind}"), advice);
        }
    }

    fn several(&self, row: &Row, found: &mut Vec<(Span, Several)>) {
        let constant = |value: &Value| match value {
            Value::Array(_) => Some(Several::List),
            Value::Object(_) => Some(Several::Object),
            _ => None,
        };
        let mut note = |several: Option<Several>| found.extend(several.map(|several| (row.span, several)));
        note(row.default.as_ref().and_then(constant));
        if let Some(last) = row.conversions.last() {
            return note(match find(last.name()).map(|definition| definition.gives) {
                Some(Type::List) => Some(Several::List),
                Some(Type::Object) => Some(Several::Object),
                _ => None,
            });
        }
        match &row.form {
            Form::Value(value) => note(constant(&value.value)),
            Form::List(_) | Form::Concat(_) | Form::Each { key: None, .. } => note(Some(Several::List)),
            Form::Object(_)
            | Form::Computed { .. }
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Each { .. } => {
                note(Some(Several::Object));
            }
            Form::Places(places) => {
                // one finding for a row, even if several of its places are lists
                note(places.list().iter().find_map(|place| self.several_at(place)));
            }
            Form::First(rows) => rows.iter().for_each(|row| self.several(row, found)),
            Form::Switch { cases, otherwise, .. } => {
                let cases = cases.iter().map(|(_, row)| row);
                cases.chain(otherwise.as_deref()).for_each(|row| self.several(row, found));
            }
            Form::Member { .. }
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Combined { .. } => {}
        }
    }

    fn several_at(&self, place: &Place) -> Option<Several> {
        if place.query.is_some() {
            return Some(Several::List);
        }
        match &place.slot {
            Slot::Setting(steps) => {
                let [mapwright_convert::PathStep::Key(name)] = steps.as_slice() else { return None };
                match by_name(&self.destination.spec.settings, name)?.kind? {
                    SettingType::List => Some(Several::List),
                    SettingType::Object => Some(Several::Object),
                    _ => None,
                }
            }
            Slot::Part { steps, .. } if steps.is_empty() => Some(Several::Object),
            Slot::Set(_) => Some(Several::List),
            _ => OBJECTS.contains(&place.text.as_str()).then_some(Several::Object),
        }
    }
}

/// Reports names of headers that differ only in their case, which HTTP ignores.
pub(crate) fn same_header(headers: &Named<RowSpec>, reports: &mut Reports) {
    let mut first: HashMap<String, (&str, Span)> = HashMap::new();
    for (name, _) in headers {
        let known = *first.entry(name.value.to_ascii_lowercase()).or_insert((&name.value, name.span));
        // the same name twice is found where the file is read
        if known.0 != name.value {
            duplicate_key::report_header(reports, name.span, &name.value, known);
        }
    }
}

/// Reports a header name that is not a token; RFC 9110, 5.6.2.
pub(crate) fn header_name(name: &At<String>, reports: &mut Reports) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.value.is_empty() || !name.value.chars().all(is_token) {
        let message = format!("`{}` is not a valid header name", name.value);
        let advice = "a header name consists of ASCII letters, digits and `-`, such as `Content-Type`";
        invalid_value::report(reports, name.span, message, advice);
    }
}

/// Headers that HTTP uses to frame and route requests; RFC 9110, 7.6.1 and RFC 9112, 6.
const OF_THE_CLIENT: [&str; 9] = [
    "Connection",
    "Content-Length",
    "Host",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// Reports a header that the HTTP client sets.
pub(crate) fn of_client(name: &At<String>, reports: &mut Reports) {
    if OF_THE_CLIENT.iter().any(|known| name.value.eq_ignore_ascii_case(known)) {
        let message = format!("the header `{}` cannot be set", name.value);
        invalid_value::report(reports, name.span, message, "remove it; the HTTP client sets it");
    }
}

/// Reports the name of a query parameter that looks like a template, which it is not.
pub(crate) fn query_name(name: &At<String>, reports: &mut Reports) {
    if name.value.contains("{{") || name.value.contains("{%") {
        let message =
            format!("`{}` is not a template: the names of query parameters are sent as they are", name.value);
        let advice = format!(
            "write a computed name in an object that is spread: `\"...\": {{ object: {{ \"{}\": … }} }}`",
            name.value
        );
        invalid_value::report(reports, name.span, message, advice);
    }
}
