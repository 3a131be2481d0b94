//! Reports of checks for people and for programs: one module per format. A report is data; nothing is decided here.
//!
//! Text from files is hostile in all of them: controls, ends of lines and characters that change the direction of text are escaped, so that a
//! mapping can neither steer a terminal nor pretend to be another finding.
//!
//! ```
//! use mapwright::Sources;
//! use mapwright_report::{Format, Look, render};
//! use mapwright_validate::{Options, validate};
//!
//! let mut sources = Sources::new();
//! sources.insert("mappings/acme/destination.yaml", "title: Acme\nnmaes: [Acme]\nversions: { default: \"1\" }\n");
//! let report = validate(&sources, &Options::default());
//! assert!(render(&report, &sources, Format::Text(Look::PLAIN)).contains("help: did you mean `names`?"));
//! assert!(render(&report, &sources, Format::Sarif).contains("\"ruleId\": \"unknown-key\""));
//! ```

mod checkstyle;
mod concise;
mod coverage;
mod escape;
mod format;
mod github;
mod gitlab;
mod json;
mod junit;
mod look;
mod mutants;
mod sarif;
mod statistics;
mod summary;
mod text;
mod words;
mod xml;

use mapwright::Sources;
use mapwright_validate::Report;

pub use coverage::{
    CoverageFormat, Miss, misses as coverage_misses, render as render_coverage, schema as coverage_schema,
};
pub use escape::is_unsafe;
pub use format::{FORMATS, Format, FormatName};
pub use github::{mutants_github, mutants_step_summary, step_summary};
pub use json::schema as json_schema;
pub use look::Look;
pub use mutants::{mutants_json, mutants_text};
pub use statistics::{statistics, statistics_json};
pub use summary::tests_summary;
pub use text::render_findings;

/// Renders a report. `sources` are the files that it is about, by the paths that findings show.
pub fn render(report: &Report, sources: &Sources, format: Format) -> String {
    match format {
        Format::Text(look) => text::render(report, sources, look),
        Format::Concise(look) => concise::render(report, look),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
        Format::Checkstyle => checkstyle::render(report),
    }
}
