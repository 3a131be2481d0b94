//! Places that versions, mappings and variants share: what is wrong with one counts only if it is wrong wherever the place is used.

use std::collections::BTreeMap;

use mapwright_findings::{Reports, Rule, Span};

/// Adds a finding.
pub(crate) type Tell = Box<dyn FnOnce(&mut Reports)>;

/// The places that were checked, and those with a finding.
#[derive(Default)]
pub(crate) struct Everywhere {
    places: BTreeMap<(Span, &'static str, &'static str), PlaceTally>,
}

#[derive(Default)]
struct PlaceTally {
    times: usize,
    found: usize,
    tell: Option<Tell>,
}

impl Everywhere {
    /// Notes that a rule has checked a place; `tell` adds its finding. `aspect` distinguishes several things at one place.
    pub(crate) fn look(&mut self, rule: &'static Rule, span: Span, aspect: &'static str, tell: Option<Tell>) {
        let seen = self.places.entry((span, rule.id, aspect)).or_default();
        seen.times += 1;
        if let Some(tell) = tell {
            seen.found += 1;
            seen.tell.get_or_insert(tell);
        }
    }

    /// Adds what was found wherever its place is used.
    pub(crate) fn report(self, reports: &mut Reports) {
        for seen in self.places.into_values().filter(|seen| seen.found == seen.times) {
            if let Some(tell) = seen.tell {
                tell(reports);
            }
        }
    }
}
