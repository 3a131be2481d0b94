//! Reports in JSON.

use mapwright::Severity;
use schemars::JsonSchema;
use serde::Serialize;

use crate::escape::is_unsafe;
use crate::report::Report;

/// The output of `validate-mappings --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Report of validate-mappings")]
struct Output<'r> {
    /// All findings, ordered by position.
    findings: Vec<Found<'r>>,
    /// The numbers of findings and checked items.
    summary: Summary,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
struct Found<'r> {
    /// The stable id of its rule, for `validate-mappings --explain`.
    rule: &'r str,
    /// The severity.
    severity: Level,
    /// What is wrong.
    message: &'r str,
    /// Where it is.
    place: At<'r>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'r str>,
    /// Related positions.
    related: Vec<Related<'r>>,
    /// For a failing test: the expected (`-`) and the actual (`+`) lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'r str>,
}

/// The severity of a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// The mapping cannot be used.
    Error,
    /// The mapping can be used, but probably not as intended.
    Warning,
}

/// A position in a file.
#[derive(Serialize, JsonSchema)]
struct At<'r> {
    /// The file.
    path: &'r str,
    /// The line, from 1.
    line: usize,
    /// The column in characters, from 1.
    column: usize,
    /// The line of the end, from 1.
    end_line: usize,
    /// The column after the last character, from 1.
    end_column: usize,
    /// The first byte, and the byte after the last, from 0.
    bytes: (usize, usize),
}

/// A position that is related to a finding.
#[derive(Serialize, JsonSchema)]
struct Related<'r> {
    /// Where it is.
    place: At<'r>,
    /// Its relation to the finding.
    label: &'r str,
}

/// The numbers of findings and checked items.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// The number of errors.
    errors: usize,
    /// The number of warnings.
    warnings: usize,
    /// The number of mapping files.
    files: usize,
    /// The number of mappings.
    mappings: usize,
    /// The number of mapping tests.
    tests: usize,
    /// The number of events in these tests.
    cases: usize,
    /// The number of tests that versions inherit, each counted for every version that runs it.
    inherited_tests: usize,
    /// The number of events in these.
    inherited_cases: usize,
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

/// Returns the JSON Schema of the JSON format.
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
            inherited_tests: checked.inherited_tests,
            inherited_cases: checked.inherited_cases,
        },
    };
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    // the remaining unsafe characters are in strings, where JSON can escape them
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
