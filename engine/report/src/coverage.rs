//! What the tests of mappings reach, for people and for programs: one module per format.

mod cobertura;
mod files;
mod json;
mod lcov;
mod lines;
mod part;
mod table;

use std::fmt;

use mapwright::{Coverage, Place, PointKind, Sources};

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
fn percent(coverage: &Coverage, kind: Option<PointKind>) -> f64 {
    let of_kind = coverage.points.iter().filter(|point| kind.is_none_or(|kind| point.kind == kind));
    Part::of(of_kind.map(|point| point.times)).percent()
}

/// That the tests reach less than they have to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Miss {
    /// There is nothing to reach.
    Nothing,
    /// They reach less of a kind, or of everything.
    Less {
        /// The kind.
        kind: Option<PointKind>,
        /// How much they reach, in percent.
        reached: f64,
        /// How much they have to.
        wanted: f64,
    },
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Miss::Nothing => {
                f.write_str("no version could be used, so that there is nothing for tests to reach")
            }
            Miss::Less { kind, reached, wanted } => {
                let of = kind.map_or("what there is", PointKind::name);
                // less than all, however little is missing
                let reached = (reached * 10.0).floor() / 10.0;
                write!(f, "the tests reach {reached:.1} % of {of}, which is less than {wanted} %")
            }
        }
    }
}

/// Returns which of these percentages are not reached, of a kind each or of everything.
///
/// ```
/// use mapwright_report::coverage_misses;
///
/// let nothing = mapwright::Coverage::default();
/// assert!(coverage_misses(&nothing, &[]).is_empty());
/// assert_eq!(coverage_misses(&nothing, &[(None, 90.0)]).len(), 1);
/// ```
pub fn misses(coverage: &Coverage, least: &[(Option<PointKind>, f64)]) -> Vec<Miss> {
    if coverage.points.is_empty() {
        return least.first().map(|_| Miss::Nothing).into_iter().collect();
    }
    let of = |&(kind, wanted): &(Option<PointKind>, f64)| {
        let reached = percent(coverage, kind);
        (reached < wanted).then_some(Miss::Less { kind, reached, wanted })
    };
    least.iter().filter_map(of).collect()
}

/// Returns what is not reached of the kinds of which too little is, by place.
pub(crate) fn missed<'c>(coverage: &'c Coverage, misses: &[Miss]) -> Vec<(&'c Place, &'c str)> {
    let is_meant = |of: PointKind| {
        let is = |miss: &Miss| matches!(miss, Miss::Less { kind, .. } if kind.is_none_or(|kind| kind == of));
        misses.iter().any(is)
    };
    let points = files::files(coverage).into_iter().flat_map(|file| file.lines).flat_map(|line| line.points);
    let open = points.filter(|point| !point.missed_by.is_empty() && is_meant(point.kind));
    open.map(|point| (point.place, point.text)).collect()
}
