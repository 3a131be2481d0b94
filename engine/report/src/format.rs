//! The formats of reports, with their names.

use crate::look::Look;

/// The format of a report. More formats may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Text for people: source lines with annotations.
    Text(Look),
    /// Text for people and editors: one line per finding.
    Concise(Look),
    /// JSON for programs: one object, described by [`json_schema`](crate::json_schema).
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Commands of GitHub Actions that annotate the changed files.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// JUnit XML: each mapping test is a test case, and each other finding a failed one.
    Junit,
    /// Checkstyle XML.
    Checkstyle,
}

/// A format as people name it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FormatName {
    /// The name.
    pub name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    of: fn(Look) -> Format,
}

/// All formats, by their names.
pub const FORMATS: [FormatName; 8] = [
    named("text", "For people, with source lines", Format::Text),
    named("concise", "For people and editors, one line per finding", Format::Concise),
    named("json", "For programs; see schemas/validate-report.schema.json", |_| Format::Json),
    named("sarif", "For code scanning: SARIF 2.1.0", |_| Format::Sarif),
    named("github", "For GitHub Actions: annotations, and a summary of the step", |_| Format::Github),
    named("gitlab", "For GitLab: a report of code quality", |_| Format::Gitlab),
    named("junit", "For lists of tests: JUnit XML", |_| Format::Junit),
    named("checkstyle", "For code review: Checkstyle XML", |_| Format::Checkstyle),
];

const fn named(name: &'static str, summary: &'static str, of: fn(Look) -> Format) -> FormatName {
    FormatName { name, summary, of }
}

impl FormatName {
    /// Returns the format that looks like this, if it is one for people.
    ///
    /// ```
    /// use mapwright_report::{FORMATS, Format, Look};
    ///
    /// let json = FORMATS.iter().find(|format| format.name == "json").unwrap();
    /// assert_eq!(json.with(Look::PLAIN), Format::Json);
    /// ```
    pub fn with(&self, look: Look) -> Format {
        (self.of)(look)
    }
}

impl Format {
    /// Returns whether readers of the format look for files in the root of a repository, wherever the command ran.
    pub fn is_of_repositories(&self) -> bool {
        matches!(self, Format::Sarif | Format::Github | Format::Gitlab)
    }
}
