//! `mapwright list`: lists destinations, versions and messages.

use std::fmt::Write as _;

use mapwright::{Plan, Plans};
use serde_json::json;

use crate::args::ListArgs;
use crate::error::CommandError;
use crate::{mappings, output, terminal};

pub(crate) fn run(args: &ListArgs) -> Result<u8, CommandError> {
    let plans = mappings::checked(&args.mappings, None)?.compile();
    let text = if args.json { as_json(&plans) } else { as_text(&plans) };
    output::print(terminal::stdout(), text.as_bytes())
}

fn as_text(plans: &Plans) -> String {
    let mut text = String::new();
    let versions = plans.destinations().flat_map(|destination| plans.versions(destination));
    let width = versions.map(|plan| plan.version().chars().count()).max().unwrap_or(0);
    for destination in plans.destinations() {
        let title = plans.versions(destination).next().map_or("", Plan::title);
        let _ = writeln!(text, "{destination}  {title}");
        for plan in plans.versions(destination) {
            let messages: Vec<&str> = plan.messages().collect();
            let default = plan.is_default().then_some("default");
            let names: Vec<&str> = default.into_iter().chain(plan.aliases()).collect();
            let names = if names.is_empty() { String::new() } else { format!("  ({})", names.join(", ")) };
            let _ = writeln!(text, "  {:<width$}  {}{names}", plan.version(), messages.join(", "));
        }
    }
    text
}

fn as_json(plans: &Plans) -> String {
    let version = |plan: &Plan| {
        json!({
            "version": plan.version(),
            "default": plan.is_default(),
            "aliases": plan.aliases().collect::<Vec<_>>(),
            "messages": plan.messages().collect::<Vec<_>>(),
        })
    };
    let destinations: Vec<_> = plans
        .destinations()
        .map(|name| {
            json!({
                "destination": name,
                "title": plans.versions(name).next().map_or("", Plan::title),
                "versions": plans.versions(name).map(version).collect::<Vec<_>>(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(destinations))
}
