//! What can be known of a valid spec beyond its names.
//!
//! A [version](view::VersionView) is looked at once: its rows with their places, its steps, what everything reads. What is concluded from that, the
//! [facts](facts::Facts), is computed once for all rules. Each rule is a file in `rules/` that finds; its messages are in the crate of findings.

pub mod event;
pub mod facts;
mod near;
mod rules;
pub mod schema;
pub mod view;

use mapwright_check::{Checked, Valid};
use mapwright_findings::{Finding, Reports};

use crate::facts::Facts;
use crate::view::VersionView;

/// Looks at every version without errors, and returns what is wrong in it: in the order of places, each once however many versions inherit it.
pub fn analyze(valid: &Valid<Checked>) -> Vec<Finding> {
    let mut reports = Reports::default();
    for (destination, version) in valid.versions() {
        reports.set_heir(version.heir());
        let view = VersionView::new(destination, version);
        rules::run(&Facts::new(&view), &mut reports);
    }
    reports.set_heir(None);
    reports.into_findings(&valid.catalog().texts)
}
