//! Reports in JSON.

use mapwright::{Finding, Fix, Severity};
use mapwright_validate::{Report, Suppression};
use schemars::JsonSchema;
use serde::Serialize;

use crate::escape;

/// The output of `validate-mappings --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Report of validate-mappings")]
struct Output<'r> {
    /// All findings, ordered by position.
    findings: Vec<Found<'r>>,
    /// Findings that do not count, ordered by position.
    suppressed: Vec<Silenced<'r>>,
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
    /// How it can be mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Mended<'r>>,
    /// What stays the same where the lines around it move.
    fingerprint: &'r str,
}

/// A finding that does not count.
#[derive(Serialize, JsonSchema)]
struct Silenced<'r> {
    /// The finding.
    finding: Found<'r>,
    /// What suppresses it.
    by: Silence,
    /// Why, as the comment says.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
}

/// What suppresses a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Silence {
    /// A comment in the file.
    Comment,
    /// A baseline.
    Baseline,
}

/// Edits that mend a finding.
#[derive(Serialize, JsonSchema)]
struct Mended<'r> {
    /// What they do.
    title: &'r str,
    /// Whether the result is certain to be what was meant.
    safe: bool,
    /// The edits, which do not overlap.
    edits: Vec<Edited<'r>>,
}

/// Text in place of other text.
#[derive(Serialize, JsonSchema)]
struct Edited<'r> {
    /// What is replaced.
    place: At<'r>,
    /// What takes its place.
    text: &'r str,
}

/// The severity of a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// The mapping cannot be used.
    Error,
    /// The mapping can be used, but probably not as intended.
    Warning,
    /// The mapping can be used as intended, and could be written better.
    Hint,
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
    /// The number of hints.
    hints: usize,
    /// The number of findings that do not count.
    suppressed: usize,
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

impl<'r> Found<'r> {
    fn of(finding: &'r Finding) -> Self {
        let related = finding.related.iter();
        let related = related.map(|(place, label)| Related { place: At::of(place), label: label.as_str() });
        Self {
            rule: finding.rule.id,
            severity: match finding.severity() {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Hint => Level::Hint,
            },
            message: &finding.message,
            place: At::of(&finding.place),
            help: finding.help.as_deref(),
            related: related.collect(),
            diff: finding.diff.as_deref(),
            fix: finding.fix.as_ref().map(Mended::of),
            fingerprint: &finding.fingerprint,
        }
    }
}

impl<'r> Mended<'r> {
    fn of(fix: &'r Fix) -> Self {
        let edits = fix.edits.iter();
        let edits = edits.map(|edit| Edited { place: At::of(&edit.place), text: &edit.text });
        Self { title: &fix.title, safe: fix.safe, edits: edits.collect() }
    }
}

/// Returns the JSON Schema of the JSON format.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Output<'static>).to_value()
}

pub(crate) fn render(report: &Report) -> String {
    let findings = report.findings.iter().map(Found::of);
    let suppressed = report.suppressed.iter().map(|suppressed| Silenced {
        finding: Found::of(&suppressed.finding),
        by: match suppressed.by {
            Suppression::Comment { .. } => Silence::Comment,
            Suppression::Baseline => Silence::Baseline,
        },
        reason: match &suppressed.by {
            Suppression::Comment { reason, .. } => reason.as_deref(),
            Suppression::Baseline => None,
        },
    });
    let checked = report.checked;
    let output = Output {
        findings: findings.collect(),
        suppressed: suppressed.collect(),
        summary: Summary {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            hints: report.count(Severity::Hint),
            suppressed: report.suppressed.len(),
            files: checked.files,
            mappings: checked.mappings,
            tests: checked.tests,
            cases: checked.cases,
            inherited_tests: checked.inherited_tests,
            inherited_cases: checked.inherited_cases,
        },
    };
    escape::json(&output)
}
