//! What the tests of mappings reach, for people and for programs: one module per format.

mod cobertura;
mod files;
mod json;
mod lcov;
mod lines;
mod part;
mod table;

use mapwright::{Coverage, PointKind, Sources};

pub use json::schema;
use part::Part;

/// The format of a report of coverage. More formats may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoverageFormat {
    /// A table for people.
    Text,
    /// JSON for programs: one object, described by [`coverage_schema`](crate::coverage_schema).
    Json,
    /// The tracefile of LCOV.
    Lcov,
    /// Cobertura XML.
    Cobertura,
    /// The lines of the files in which something is not reached.
    Lines,
}

/// Renders what the tests reach. `sources` are the files by the paths that findings show.
///
/// ```
/// use mapwright_report::{CoverageFormat, render_coverage};
///
/// let text = render_coverage(&Default::default(), &Default::default(), CoverageFormat::Text);
/// assert_eq!(text, "there is nothing to reach\n");
/// ```
pub fn render(coverage: &Coverage, sources: &Sources, format: CoverageFormat) -> String {
    match format {
        CoverageFormat::Text => table::render(coverage),
        CoverageFormat::Json => json::render(coverage),
        CoverageFormat::Lcov => lcov::render(coverage),
        CoverageFormat::Cobertura => cobertura::render(coverage),
        CoverageFormat::Lines => lines::render(coverage, sources),
    }
}

/// How much of a kind is reached, or of everything, in percent; of nothing, all is.
pub fn percent(coverage: &Coverage, kind: Option<PointKind>) -> f64 {
    let of_kind = coverage.points.iter().filter(|point| kind.is_none_or(|kind| point.kind == kind));
    Part::of(of_kind.map(|point| point.times)).percent()
}
