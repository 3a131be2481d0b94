//! Reports in SARIF 2.1.0, which code scanning and editors read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use mapwright::{Edit, Finding, Fix, Place, Rule, Severity};
use mapwright_validate::{Report, Suppressed, Suppression};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::escape::{self, escape};
use crate::words::{self, TOOL};

/// What relative paths are relative to.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    column_kind: &'static str,
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    results: Vec<SarifResult<'r>>,
}

/// A folder that paths are relative to.
#[derive(Serialize)]
struct Base {
    description: Text,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    help_uri: String,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

/// A finding. SARIF calls it a result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'r> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [SarifLocation; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation>,
    partial_fingerprints: BTreeMap<&'static str, &'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix<'r>>,
    /// Empty where there is none: without it, nothing would be said about it.
    suppressions: Vec<SarifSuppression<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

/// A fix.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix<'r> {
    description: Text,
    artifact_changes: Vec<Change<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'r> {
    artifact_location: Artifact,
    replacements: Vec<Replacement<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'r> {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Inserted<'r>>,
}

#[derive(Serialize)]
struct Inserted<'r> {
    text: &'r str,
}

/// A suppression.
#[derive(Serialize)]
struct SarifSuppression<'r> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<Cow<'r, str>>,
}

pub(crate) fn render(report: &Report) -> String {
    let all = report.findings.iter().map(|finding| (finding, None));
    let silent = report.suppressed.iter().map(|Suppressed { finding, by }| (finding, Some(by)));
    let all: Vec<(&Finding, Option<&Suppression>)> = all.chain(silent).collect();
    let rules: BTreeMap<&str, &Rule> = all.iter().map(|(found, _)| (found.rule.id, found.rule)).collect();
    let results = all.into_iter().map(|(finding, by)| SarifResult {
        rule_id: finding.rule.id,
        rule_index: rules.range(..finding.rule.id).count(),
        level: level(finding.severity()),
        message: text(&words::message(finding)),
        locations: [location(&finding.place, None, None)],
        related_locations: finding
            .related
            .iter()
            .enumerate()
            .map(|(at, (place, label))| location(place, Some(at + 1), Some(text(&escape(label)))))
            .collect(),
        partial_fingerprints: BTreeMap::from([("mapwright/v1", finding.fingerprint.as_str())]),
        fixes: finding.fix.iter().map(mended).collect(),
        suppressions: by.map(silence).into_iter().collect(),
    });
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            column_kind: "unicodeCodePoints",
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                Base { description: text("the root of the repository, or the folder where the check ran") },
            )]),
            results: results.collect(),
            tool: Tool {
                driver: Driver {
                    name: TOOL,
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.into_values().map(descriptor).collect(),
                },
            },
        }],
    };
    escape::json(&log)
}

fn descriptor(rule: &Rule) -> Descriptor {
    Descriptor {
        id: rule.id,
        short_description: Text { text: rule.summary.to_owned() },
        // GitHub asks for it; the first paragraph says what the rule is about
        full_description: text(&rule.doc.split("\n\n").next().unwrap_or(rule.summary).replace('\n', " ")),
        help: Help { text: rule.doc, markdown: rule.doc },
        help_uri: words::page(rule),
        default_configuration: Configuration { level: level(rule.severity) },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

/// A message. Text in brackets before text in parentheses would be a link.
fn text(text: &str) -> Text {
    Text { text: text.replace("](", "\\](") }
}

fn location(place: &Place, id: Option<usize>, message: Option<Text>) -> SarifLocation {
    SarifLocation {
        id,
        physical_location: Physical { artifact_location: artifact(place), region: region(place) },
        message,
    }
}

fn artifact(place: &Place) -> Artifact {
    /// What a path in a URI says as it is.
    const PATH: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    let path = utf8_percent_encode(&place.path, PATH);
    match place.path.starts_with('/') {
        true => Artifact { uri: format!("file://{path}"), uri_base_id: None },
        false => Artifact { uri: path.to_string(), uri_base_id: Some(ROOT) },
    }
}

fn region(place: &Place) -> Region {
    Region {
        start_line: place.line,
        start_column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
        byte_offset: place.bytes.0,
        byte_length: place.bytes.1.saturating_sub(place.bytes.0),
    }
}

fn mended(fix: &Fix) -> SarifFix<'_> {
    let changes = fix.edits.chunk_by(|a, b| a.place.path == b.place.path).filter_map(|edits| {
        let artifact_location = artifact(&edits.first()?.place);
        Some(Change { artifact_location, replacements: edits.iter().map(replacement).collect() })
    });
    SarifFix { description: text(&escape(&fix.title)), artifact_changes: changes.collect() }
}

fn replacement(edit: &Edit) -> Replacement<'_> {
    let inserted_content = (!edit.text.is_empty()).then_some(Inserted { text: &edit.text });
    Replacement { deleted_region: region(&edit.place), inserted_content }
}

fn silence(by: &Suppression) -> SarifSuppression<'_> {
    match by {
        Suppression::Comment { reason, .. } => {
            SarifSuppression { kind: "inSource", justification: reason.as_deref().map(escape) }
        }
        Suppression::Baseline => SarifSuppression { kind: "external", justification: None },
    }
}
