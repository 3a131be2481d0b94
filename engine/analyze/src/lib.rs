//! What can be known of a valid spec beyond its names.
//!
//! A [version](view::VersionView) is looked at once: its rows with their places, its steps, what everything reads. What is concluded from that, the
//! [facts](facts::Facts), is computed once for all rules. Each rule is a file in `rules/` that finds; its messages are in the crate of findings.

pub mod event;
mod everywhere;
pub mod facts;
pub mod index;
mod known;
mod near;
mod never;
mod rules;
pub mod schema;
mod tracking;
mod uses;
mod values;
pub mod view;

use mapwright_check::{Checked, Valid};
use mapwright_convert::Patterns;
use mapwright_findings::{Finding, Reports};

pub use crate::event::MESSAGES;
pub use crate::never::{Never, never};
pub use crate::tracking::{DESCRIBED, Described, PlanFault, TrackingPlan, TrackingPlans, faults_of_plan};

use crate::everywhere::Everywhere;
use crate::facts::Facts;
use crate::rules::Across;
use crate::view::VersionView;

/// Looks at the names of all destinations alone, and returns those that stand for two of them.
pub fn ambiguous_names(valid: &Valid<Checked>) -> Vec<Finding> {
    let mut reports = Reports::default();
    rules::ambiguous_name::check(valid.catalog(), &mut reports);
    reports.into_findings(&valid.catalog().texts)
}

/// Looks at every version without errors, and returns what is wrong in it: in the order of places, each once however many versions inherit it.
/// `plans` are what a team says of its events.
pub fn analyze(valid: &Valid<Checked>, plans: &TrackingPlans) -> Vec<Finding> {
    let (mut reports, mut everywhere) = (Reports::default(), Everywhere::default());
    let (mut across, patterns) = (Across::default(), Patterns::default());
    for (destination, version) in valid.versions() {
        reports.set_heir(version.heir());
        let view = VersionView::new(destination, version, plans);
        rules::run(&Facts::new(&view, &patterns), &mut reports);
        rules::look(&view, &mut everywhere);
        across.add(&view);
    }
    reports.set_heir(None);
    rules::look_at_destinations(valid.catalog(), &mut everywhere);
    everywhere.report(&mut reports);
    across.report(valid.catalog(), &mut reports);
    reports.into_findings(&valid.catalog().texts)
}
