//! What can never happen with the rows of a version: that a conversion refuses a value, that a row has none.

use std::collections::HashSet;

use mapwright_findings::Span;
use mapwright_language::catalog::{Destination, Version};
use mapwright_language::spec::{OnMissing, RowSpec};

use crate::facts::Typing;
use crate::known::{always, scope_of};
use crate::tracking::TrackingPlans;
use crate::view::{FlowView, RowId, Rows, VersionView};

/// Rows with which something never happens, whatever the event: by their positions, wherever they are used.
#[derive(Debug, Default)]
pub struct Never {
    /// No conversion refuses a value.
    pub refused: HashSet<Span>,
    /// They are never without a value, nor would they be without their `default`.
    pub missing: HashSet<Span>,
}

/// Looks at the rows of a version.
pub fn never(destination: &Destination, version: &Version) -> Never {
    let plans = TrackingPlans::default();
    let view = VersionView::new(destination, version, &plans);
    let mut found = NeverCollector::default();
    found.rows(&view, None, &view.rows, &Typing::of_batches(&view));
    for flow in &view.flows {
        found.rows(&view, Some(flow), &flow.rows, &Typing::new(&view, flow));
    }
    let NeverCollector { mut never, may_refuse, may_miss } = found;
    never.refused.retain(|span| !may_refuse.contains(span));
    never.missing.retain(|span| !may_miss.contains(span));
    never
}

#[derive(Default)]
struct NeverCollector {
    never: Never,
    may_refuse: HashSet<Span>,
    may_miss: HashSet<Span>,
}

impl NeverCollector {
    fn rows(
        &mut self,
        view: &VersionView<'_>,
        flow: Option<&FlowView<'_>>,
        rows: &Rows<'_>,
        types: &Typing<'_, '_>,
    ) {
        for (at, row) in rows.rows.iter().enumerate() {
            let span = row.spec.span;
            if !row.calls.is_empty() {
                match types.may_refuse(RowId(at)) {
                    true => self.may_refuse.insert(span),
                    false => self.never.refused.insert(span),
                };
            }
            // where a condition does not hold, it is not asked for a value
            let bare = RowSpec {
                when: None,
                unless: None,
                default: None,
                on_missing: OnMissing::Omit,
                ..row.spec.clone()
            };
            match always(scope_of(view, flow), &bare) {
                true => self.never.missing.insert(span),
                false => self.may_miss.insert(span),
            };
        }
    }
}
