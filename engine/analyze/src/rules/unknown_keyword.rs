//! Words in JSON Schemas that are keywords but for a letter.

use mapwright_findings::Reports;
use mapwright_findings::rules::unknown_keyword::{report, report_format, report_required};
use mapwright_language::schemas::SchemaFile;
use serde_json::{Map, Value};

use crate::facts::Facts;

/// Keywords of the drafts from 4 to 2020-12.
const KEYWORDS: [&str; 60] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// More keywords, and words of OpenAPI and editors, which are not slips.
const OTHERS: [&str; 16] = [
    "uniqueItems",
    "writeOnly",
    "id",
    "nullable",
    "discriminator",
    "xml",
    "externalDocs",
    "example",
    "markdownDescription",
    "enumNames",
    "enumDescriptions",
    "deprecationMessage",
    "errorMessage",
    "defaultSnippets",
    "doNotSuggest",
    "version",
];

/// Formats of the drafts, and of OpenAPI.
const FORMATS: [&str; 24] = [
    "date",
    "date-time",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uuid",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "int32",
    "int64",
    "float",
    "double",
    "password",
];

/// Keywords whose members are schemas.
const MAPS: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

/// Keywords that are a schema, or a list of schemas.
const SCHEMAS: [&str; 17] = [
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "additionalProperties",
    "propertyNames",
    "unevaluatedProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "contentSchema",
    "dependencies",
];

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for file in facts.view.version.schemas.values() {
        if let Ok(schema) = serde_json::from_str::<Value>(&file.text) {
            Walk { file, path: Vec::new(), reports }.schema(&schema);
        }
        for patch in &file.patches {
            Walk { file, path: Vec::new(), reports }.schema(&patch.to_json());
        }
    }
}

struct Walk<'w> {
    file: &'w SchemaFile,
    path: Vec<String>,
    reports: &'w mut Reports,
}

impl Walk<'_> {
    fn within(&mut self, step: &str, schema: &Value) {
        self.path.push(step.to_owned());
        self.schema(schema);
        self.path.pop();
    }

    fn schema(&mut self, schema: &Value) {
        let Value::Object(members) = schema else {
            if let Value::Array(items) = schema {
                items.iter().enumerate().for_each(|(at, item)| self.within(&at.to_string(), item));
            }
            return;
        };
        for (word, value) in members {
            self.word(members, word, value);
            if MAPS.contains(&word.as_str()) {
                self.path.push(word.clone());
                for (name, schema) in value.as_object().into_iter().flatten() {
                    self.within(name, schema);
                }
                self.path.pop();
            } else if SCHEMAS.contains(&word.as_str()) {
                self.within(word, value);
            }
        }
    }

    fn word(&mut self, members: &Map<String, Value>, word: &str, value: &Value) {
        let place = |walk: &Self, word: &str| {
            let path: Vec<String> = walk.path.iter().cloned().chain([word.to_owned()]).collect();
            walk.file.span(&path)
        };
        let is_known = KEYWORDS.contains(&word) || OTHERS.contains(&word) || word.starts_with("x-");
        if !is_known && let Some(near) = near(self.reports, word, &KEYWORDS) {
            let span = place(self, word);
            report(self.reports, span, word, near);
        }
        match (word, value) {
            ("format", Value::String(format)) if !FORMATS.contains(&format.as_str()) => {
                if let Some(near) = near(self.reports, format, &FORMATS) {
                    let span = place(self, word);
                    report_format(self.reports, span, format, near);
                }
            }
            ("required", Value::Array(names)) => {
                let known: Vec<&str> = members
                    .get("properties")
                    .and_then(Value::as_object)
                    .map(|properties| properties.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                for name in names.iter().filter_map(Value::as_str).filter(|name| !known.contains(name)) {
                    let free: Vec<&str> = known
                        .iter()
                        .copied()
                        .filter(|known| !names.iter().any(|name| name == known))
                        .collect();
                    if let Some(near) = near(self.reports, name, &free) {
                        let span = place(self, word);
                        report_required(self.reports, span, name, near);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The word that is meant, if it differs by so little that it is a slip.
fn near<'n>(reports: &mut Reports, word: &str, known: &[&'n str]) -> Option<&'n str> {
    const SHORTEST: usize = 4;
    const LONG: usize = 12;
    let near = reports.nearest(word, known.iter().copied())?;
    // in a long word, the end of a plural is a slip too: `additionalProperty`
    let most = if near.len() > LONG { 2 } else { 1 };
    let is_slip = word.len() >= SHORTEST && near.len() >= SHORTEST && word.len().abs_diff(near.len()) <= most;
    is_slip.then_some(near)
}
