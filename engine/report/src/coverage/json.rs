//! Coverage in JSON.

use mapwright::{Coverage, CoveredPoint};
use schemars::JsonSchema;
use serde::Serialize;

use crate::coverage::part::Part;
use crate::coverage::table::groups;
use crate::escape;

/// What the tests of mappings reach: the output of `validate-mappings --coverage-output json=FILE`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Coverage of validate-mappings")]
struct CoverageOutput<'c> {
    /// All points.
    total: Count,
    /// The points of each version, file by file.
    groups: Vec<Group<'c>>,
    /// Every point of every version, by version and position.
    points: Vec<Reachable<'c>>,
}

/// How many points are reached.
#[derive(Serialize, JsonSchema)]
struct Count {
    /// The number of points that are reached.
    reached: usize,
    /// The number of points.
    all: usize,
}

/// The points of a version in one file, or in its counterparts in the versions that it extends.
#[derive(Serialize, JsonSchema)]
struct Group<'c> {
    /// The destination and the version, as in `acme/1`.
    version: &'c str,
    /// The name of the file without its extension: a message type, `version` or `destination`.
    file: &'c str,
    /// How many points are reached, by kind.
    kinds: Vec<Kind>,
}

/// The points of one kind.
#[derive(Serialize, JsonSchema)]
struct Kind {
    /// The kind.
    kind: &'static str,
    /// How many are reached.
    #[serde(flatten)]
    count: Count,
}

/// Something that an event can reach or not.
#[derive(Serialize, JsonSchema)]
struct Reachable<'c> {
    /// The destination and the version, as in `acme/1`.
    version: &'c str,
    /// The kind: `rows`, `fallbacks`, `conversions`, `conditions`, `variants`, `steps`, `rules`, `recoveries`, `rejections`, `warnings` or `choices`.
    kind: &'static str,
    /// What happens when it is reached.
    text: &'c str,
    /// The file, perhaps of a version that this one extends.
    path: &'c str,
    /// The line, counted from 1.
    line: usize,
    /// The column, counted from 1.
    column: usize,
    /// How often tests have reached it.
    times: u64,
}

/// Returns the JSON Schema of the report.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(CoverageOutput<'static>).to_value()
}

pub(crate) fn render(coverage: &Coverage) -> String {
    let of = |Part { reached, all }: Part| Count { reached, all };
    let groups = groups(coverage).into_iter().map(|group| Group {
        version: group.version,
        file: group.file,
        kinds: group
            .kinds
            .into_iter()
            .map(|(kind, part)| Kind { kind: kind.name(), count: of(part) })
            .collect(),
    });
    escape::json(&CoverageOutput {
        total: of(Part::of(coverage.points.iter().map(|point| point.times))),
        groups: groups.collect(),
        points: coverage.points.iter().map(Reachable::of).collect(),
    })
}

impl<'c> Reachable<'c> {
    fn of(point: &'c CoveredPoint) -> Self {
        Reachable {
            version: &point.version,
            kind: point.kind.name(),
            text: &point.text,
            path: &point.place.path,
            line: point.place.line,
            column: point.place.column,
            times: point.times,
        }
    }
}
