//! Events that both versions map.

use mapwright::Plans;
use mapwright_language::spec::MigrationSpec;
use serde_json::{Map, Value};

use crate::destination::{requests, shown};
use crate::document::{Block, Section};
use crate::text::Text;

/// The examples of a migration.
pub(super) fn section(
    migration: Option<&MigrationSpec>,
    plans: &Plans,
    destination: &str,
    versions: [&str; 2],
) -> Section {
    let mut section = Section::new("More examples");
    for (at, event) in migration.iter().flat_map(|migration| &migration.examples).enumerate() {
        let title = format!("Example {}", at + 1);
        section.sections.push(example(&title, &event.value, plans, destination, versions));
    }
    section
}

/// An event, and its requests by both versions.
pub(super) fn example(
    title: &str,
    event: &Value,
    plans: &Plans,
    destination: &str,
    versions: [&str; 2],
) -> Section {
    let mut section = Section::new(title).with(Block::json(event));
    for version in versions {
        let Some(plan) = plans.versions(destination).find(|plan| plan.version() == version) else { continue };
        let lead = Text::plain(format!("{} {version}: ", plan.title()));
        match requests(plan, &Map::new(), event) {
            Ok(sent) => {
                let always = sent.iter().filter(|request| request.when.is_none()).count();
                let count = match sent.len() {
                    1 => "1 request".to_owned(),
                    all if all == always => format!("{all} requests"),
                    all => format!("{always} to {all} requests, depending on responses"),
                };
                section.blocks.push(Block::Paragraph(lead.and(Text::plain(count)).and(".")));
                section.blocks.extend(shown(&sent));
            }
            Err(reason) => section.blocks.push(Block::Paragraph(lead.and(Text::plain(reason)).and("."))),
        }
    }
    section
}
