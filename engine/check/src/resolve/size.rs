//! The size of the mappings of a version, which is limited.

use mapwright_findings::rules::invalid_value;
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::Named;
use mapwright_language::limits::{PARTS, RESTS, STEPS, VERSION_ROWS};
use mapwright_language::spec::{MappingSpec, RowSpec, StepSpec, VersionSpec};

/// The rows that every mapping has of its version: those of named values and payload parts.
pub(crate) fn shared_rows(version: &VersionSpec) -> usize {
    let values = version.values.iter().map(|(_, value)| rows_of(&value.0));
    let fields = version.payload.iter().flat_map(|(_, part)| &part.0).map(|(_, row)| rows_of(row));
    values.chain(fields).fold(0, usize::saturating_add)
}

fn rows_of(row: &RowSpec) -> usize {
    row.inside().into_iter().fold(1, |rows, (_, inside)| rows.saturating_add(rows_of(inside)))
}

/// The size of all mappings of a version.
#[derive(Debug, Default)]
pub(crate) struct Size {
    rows: usize,
    rests: usize,
    /// Whether it exceeds a limit, which has been reported.
    exceeded: bool,
}

/// A limit: its value, its name, and what it counts.
type Limit = (usize, &'static str, &'static str);

impl Size {
    /// Counts rows. Returns whether they are within the limit.
    pub(crate) fn rows(&mut self, count: usize, span: Span, reports: &mut Reports) -> bool {
        let counted = "rows; those of shared parts and named values count for each mapping, and those of parts and of lists of sources for each use";
        self.rows = self.rows.saturating_add(count);
        self.rows <= VERSION_ROWS || self.exceeds((VERSION_ROWS, "version_rows", counted), span, reports)
    }

    /// Counts a row of the form `rest_of`. Returns whether it is within the limit.
    pub(crate) fn rest(&mut self, span: Span, reports: &mut Reports) -> bool {
        self.rests += 1;
        self.rests <= RESTS || self.exceeds((RESTS, "rests", "rows of the form `rest_of`"), span, reports)
    }

    /// Whether a mapping can have one more named value that is made on its own.
    pub(crate) fn apart(&mut self, count: usize, span: Span, reports: &mut Reports) -> bool {
        count < PARTS
            || self.exceeds(
                (PARTS, "parts", "named values of one mapping that are made on their own"),
                span,
                reports,
            )
    }

    fn exceeds(&mut self, (most, limit, counted): Limit, span: Span, reports: &mut Reports) -> bool {
        if !std::mem::replace(&mut self.exceeded, true) {
            let message =
                format!("the mappings of the version have more than {most} {counted} (limit `{limit}`)");
            invalid_value::report(
                reports,
                span,
                message,
                "share less between mappings, or split the version",
            );
        }
        false
    }
}

/// Reports a mapping with more steps or parts than can be compared with each other. `shared` is the number of parts of its version.
pub(crate) fn within_limits(spec: &MappingSpec, shared: usize, reports: &mut Reports) -> Option<()> {
    for (count, most, limit) in [
        (count_steps(&spec.steps), STEPS, "steps"),
        (shared.saturating_add(spec.payload.len()), PARTS, "parts"),
    ] {
        if count > most {
            let message = format!("the mapping has more than {most} {limit} (limit `{limit}`)");
            invalid_value::report(
                reports,
                spec.span,
                message,
                "use fewer, or split the mapping into variants",
            );
            return None;
        }
    }
    Some(())
}

fn count_steps(steps: &Named<StepSpec>) -> usize {
    steps.iter().map(|(_, step)| 1 + count_steps(&step.steps)).sum()
}
