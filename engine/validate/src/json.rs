//! Reports for machines.

use mapwright::Severity;
use schemars::JsonSchema;
use serde::Serialize;

use crate::escape::is_unsafe;
use crate::report::Report;

/// What `validate-mappings --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Report of validate-mappings")]
struct Output<'r> {
    /// All findings, by place.
    findings: Vec<Found<'r>>,
    /// How much was checked and found.
    summary: Summary,
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
struct Found<'r> {
    /// The stable id of the rule that found it; `validate-mappings --explain` tells more.
    rule: &'r str,
    /// How bad it is.
    severity: Level,
    /// What is wrong.
    message: &'r str,
    /// Where it stands.
    place: At<'r>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'r str>,
    /// Other places that belong to it.
    related: Vec<Related<'r>>,
    /// For a test that fails: what was expected (`-`) and what came (`+`), line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'r str>,
}

/// How bad a finding is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// The mapping cannot be used.
    Error,
    /// The mapping can be used, but probably not as meant.
    Warning,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
struct At<'r> {
    /// The file.
    path: &'r str,
    /// Line, from 1.
    line: usize,
    /// Column in characters, from 1.
    column: usize,
    /// Line of the end, from 1.
    end_line: usize,
    /// Column after the last character, from 1.
    end_column: usize,
    /// First byte and the byte after the last, from 0.
    bytes: (usize, usize),
}

/// A place that belongs to a finding.
#[derive(Serialize, JsonSchema)]
struct Related<'r> {
    /// Where it is.
    place: At<'r>,
    /// What it has to do with the finding.
    label: &'r str,
}

/// How much was checked and found.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// Findings that are errors.
    errors: usize,
    /// Findings that are warnings.
    warnings: usize,
    /// Files of mappings.
    files: usize,
    /// Files of message types.
    mappings: usize,
    /// Mapping tests that were run.
    tests: usize,
    /// Events that the tests sent through the engine.
    cases: usize,
}

impl<'r> At<'r> {
    fn of(place: &'r mapwright::Place) -> Self {
        Self {
            path: &place.path,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            bytes: place.bytes,
        }
    }
}

/// The JSON Schema of the JSON format.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Output<'static>).to_value()
}

pub(crate) fn render(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| Found {
        rule: finding.rule.id,
        severity: match finding.severity() {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
        },
        message: &finding.message,
        place: At::of(&finding.place),
        help: finding.help.as_deref(),
        related: finding
            .related
            .iter()
            .map(|(place, label)| Related { place: At::of(place), label: label.as_str() })
            .collect(),
        diff: finding.diff.as_deref(),
    });
    let checked = report.checked;
    let output = Output {
        findings: findings.collect(),
        summary: Summary {
            errors: report.errors(),
            warnings: report.warnings(),
            files: checked.files,
            mappings: checked.mappings,
            tests: checked.tests,
            cases: checked.cases,
        },
    };
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    // what is left of such characters stands in strings, where JSON has another way to write them
    if text.chars().any(is_unsafe) {
        text = text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
            match is_unsafe(c) {
                true => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
                false => safe.push(c),
            }
            safe
        });
    }
    text
}
