//! What responses of the API mean, and what can be done.

use mapwright_describe::{Description, Response};

use crate::document::{Block, Section, Table, merged_rows};
use crate::text::Text;

/// What responses mean in all versions.
pub(super) fn section(all: &[Description]) -> Section {
    let mut section = Section::new("Responses and what to do").with(Block::paragraph(
        "The first rule that fits a response counts: those of the step, of its operation, of the version, of the destination. \
         Without one, 2xx is a success, 3xx, 407, 408, 429 and 5xx are sent again, and anything else fails the event.",
    ));
    let of_all = all.iter().filter_map(|version| {
        let block = table("What responses mean, whatever the operation", &version.responses)?;
        Some((version.version.clone(), Section::new("Every operation").with(block)))
    });
    section.sections.extend(merged_rows(of_all.collect()));
    let mut names: Vec<&str> = Vec::new();
    for operation in all.iter().flat_map(|version| &version.operations) {
        if !operation.responses.is_empty() && !names.contains(&operation.name.as_str()) {
            names.push(&operation.name);
        }
    }
    for name in names {
        let of_versions =
            all.iter().filter_map(|version| Some((version.version.clone(), of_operation(version, name)?)));
        section.sections.extend(merged_rows(of_versions.collect()));
    }
    for section in &mut section.sections {
        if section.versions.len() == all.len() {
            section.versions.clear();
        }
    }
    section
}

/// What the responses of an operation mean before the rules of all operations count.
pub(crate) fn of_operation(version: &Description, operation: &str) -> Option<Section> {
    let operation = version.operations.iter().find(|known| known.name == operation)?;
    let block = table(format!("What responses to {} mean", operation.name), &operation.responses)?;
    let title = Text::code(format!("{} {}", operation.method, operation.path));
    Some(Section::new(title).with(block))
}

/// A table of rules.
pub(crate) fn table(caption: impl Into<String>, rules: &[Response]) -> Option<Block> {
    let mut table = Table::new(caption, &["Response", "Meaning", "What to do"]);
    table.rows = rules.iter().map(row).collect();
    table.block()
}

fn row(rule: &Response) -> Vec<Text> {
    let mut answer = match rule.statuses.as_slice() {
        [] => Text::plain("any"),
        statuses => Text::plain(statuses.join(", ")),
    };
    if let Some(when) = &rule.when {
        answer = answer.and(", when ").and(Text::code(when));
    }
    let advice = rule.advice.as_ref().map(Text::from).unwrap_or_default();
    vec![answer, meaning(rule), advice]
}

/// What a rule says of a response.
fn meaning(rule: &Response) -> Text {
    let mut text = Text::from(match (rule.class.as_deref(), rule.fault.as_deref()) {
        (Some("done"), _) => "success",
        (Some("retry"), _) => "the request is sent again",
        (Some("throttle"), _) => "the rate limit: requests wait",
        (Some("split"), _) => "the batch is divided",
        (Some("give_up"), Some("settings")) => "failure: the settings have to change",
        (Some("give_up"), Some("destination")) => "failure: the destination has to change",
        (Some("give_up"), _) => "failure: the event has to change",
        _ => "read",
    });
    if let Some(after) = &rule.after {
        text = text.and(" after ").and(Text::code(after));
    }
    if let Some(times) = rule.times {
        text = text.and(format!(", up to {times} times").as_str());
    }
    if let Some(then) = &rule.then {
        text = text.and("; the step ").and(Text::code(then)).and(" continues");
    }
    for items in &rule.failed {
        text = text.and("; the items in ").and(Text::code(&items.each));
        if let Some(filter) = &items.filter {
            text = text.and(" with ").and(Text::code(filter));
        }
        text = text.and(match items.class.as_str() {
            "retry" => " are sent again",
            "done" => " are delivered",
            _ => " have failed",
        });
    }
    if let Some(code) = &rule.code {
        text = text.and(" (").and(Text::code(code)).and(")");
    }
    text
}
