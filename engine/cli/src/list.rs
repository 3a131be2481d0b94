//! `mapwright list`: lists destinations, versions and messages.

use std::fmt::Write as _;

use mapwright::{EventSource, Plan, Plans};
use serde_json::json;

use crate::args::ListArgs;
use crate::error::CommandError;
use crate::{mappings, output, terminal};

pub(crate) fn run(args: &ListArgs) -> Result<u8, CommandError> {
    let plans = mappings::checked(&args.mappings, None)?.compile();
    let text = match args {
        ListArgs { json: true, .. } => as_json(&plans),
        ListArgs { sources: true, .. } => sources(&plans),
        _ => as_text(&plans),
    };
    output::print(terminal::stdout(), text.as_bytes())
}

fn as_text(plans: &Plans) -> String {
    let mut text = String::new();
    let versions = plans.destinations().flat_map(|destination| plans.versions(destination));
    let width = versions.map(|plan| plan.version().chars().count()).max().unwrap_or(0).min(WIDEST);
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

/// The widest column; what is longer is out of line.
const WIDEST: usize = 80;

/// A table of the sources of each destination.
fn sources(plans: &Plans) -> String {
    let mut text = String::new();
    for destination in plans.destinations() {
        let Some(plan) = plans.versions(destination).find(|plan| plan.is_default()) else { continue };
        let _ = writeln!(text, "{destination}  {}", plan.title());
        if plan.sources().next().is_none() {
            let _ = writeln!(
                text,
                "  every source, in cloud mode: {}",
                plan.messages().collect::<Vec<_>>().join(", ")
            );
            continue;
        }
        let listed = |messages: &[String]| match messages {
            [] => "-".to_owned(),
            messages => messages.join(", "),
        };
        let row = |EventSource { name, cloud, device, .. }| [name.to_owned(), listed(cloud), listed(device)];
        let head = ["source", "cloud mode", "device mode"].map(str::to_owned);
        let rows: Vec<[String; 3]> = std::iter::once(head).chain(plan.sources().map(row)).collect();
        let width = |column: fn(&[String; 3]) -> &String| {
            rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0).min(WIDEST)
        };
        let (names, clouds) = (width(|[name, ..]| name), width(|[_, cloud, _]| cloud));
        for [name, cloud, device] in &rows {
            let _ = writeln!(text, "  {name:<names$}  {cloud:<clouds$}  {device}");
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
    let source = |source: EventSource<'_>| json!({ "source": source.name, "cloud": source.cloud, "device": source.device });
    let destinations: Vec<_> = plans
        .destinations()
        .map(|name| {
            json!({
                "destination": name,
                "title": plans.versions(name).next().map_or("", Plan::title),
                "sources": plans.versions(name).find(|plan| plan.is_default()).map_or_else(Vec::new, |plan| plan.sources().map(source).collect()),
                "versions": plans.versions(name).map(version).collect::<Vec<_>>(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(destinations))
}
