//! What becomes of the events of one mapping, in all versions that have it.

use mapwright::Plans;
use std::collections::HashSet;

use mapwright_describe::{Description, Message, Naming, Row};
use serde_json::Map;

use super::calls::calls;
use super::example;
use super::fields::{field_row, fields};
use super::texts::Texts;
use crate::document::{Block, Section, Table, merged, merged_rows};
use crate::text::Text;
use crate::usual::usual_place;

/// The sections of all mappings.
pub(super) fn sections(all: &[Description], texts: &Texts, plans: &Plans) -> Vec<Section> {
    let mut names: Vec<&str> = Vec::new();
    for message in all.iter().rev().flat_map(|version| &version.messages) {
        if !names.contains(&message.name.as_str()) {
            names.push(&message.name);
        }
    }
    names.sort_by_key(|name| usual_place(name));
    // what commands ask for is not an event
    let is_event = |name: &&str| {
        all.iter()
            .flat_map(|version| &version.messages)
            .any(|message| message.name == **name && !message.types.is_empty())
    };
    names.into_iter().filter(is_event).map(|name| section(name, all, texts, plans)).collect()
}

/// A kind of section within that of a mapping: versions that agree share it.
type Kind<'f> = &'f dyn Fn(&Description, &Message) -> Vec<Section>;

fn section(name: &str, all: &[Description], texts: &Texts, plans: &Plans) -> Section {
    let of_name = |version: &Description, variant: bool| -> Vec<Message> {
        let is_it = |message: &&Message| message.name == name && message.variant.is_some() == variant;
        version.messages.iter().filter(is_it).cloned().collect()
    };
    let mut section = Section::new(Text::plain(name));
    let having: Vec<&Description> =
        all.iter().filter(|version| !of_name(version, false).is_empty()).collect();
    if having.len() < all.len() {
        section.versions = having.iter().map(|version| version.version.clone()).collect();
    }
    let opening = having.iter().flat_map(|version| {
        of_name(version, false).into_iter().map(|message| {
            let mut opening = Section::new(Text::default());
            opening.blocks = self::opening(&message);
            opening.blocks.extend(texts.mapping(&version.version, name));
            (version.version.clone(), opening)
        })
    });
    for part in merged(opening.collect()) {
        match part.versions.len() == having.len() {
            true => section.blocks.extend(part.blocks),
            false => section.blocks.push(Block::Only(part.versions, part.blocks)),
        }
    }

    let example =
        |version: &Description, _: &Message| example(version, name, texts, plans).into_iter().collect();
    let kinds: [Kind<'_>; 6] = [&example, &rejections, &tables, &custom, &flow, &warnings];
    for kind in kinds {
        let mut of_titles: Vec<(Text, Vec<(String, Section)>)> = Vec::new();
        for version in &having {
            for made in of_name(version, false).iter().flat_map(|message| kind(version, message)) {
                let entry = (version.version.clone(), made);
                match of_titles.iter_mut().find(|(title, _)| *title == entry.1.title) {
                    Some((_, known)) => known.push(entry),
                    None => of_titles.push((entry.1.title.clone(), vec![entry])),
                }
            }
        }
        for (_, of_versions) in of_titles {
            section.sections.extend(for_all(merged_rows(of_versions), having.len()));
        }
    }
    let mut of_variants: Vec<(String, Section)> = Vec::new();
    for version in &having {
        let base = of_name(version, false);
        for message in of_name(version, true) {
            of_variants
                .extend(base.iter().map(|base| (version.version.clone(), variant(version, base, &message))));
        }
    }
    section.sections.extend(for_all(merged(of_variants), having.len()));
    section
}

/// Sections that all versions share hold for all.
fn for_all(sections: Vec<Section>, versions: usize) -> impl Iterator<Item = Section> {
    sections.into_iter().map(move |mut section| {
        if section.versions.len() == versions {
            section.versions.clear();
        }
        section
    })
}

fn opening(message: &Message) -> Vec<Block> {
    let mut blocks: Vec<Block> = message.about.iter().map(|about| Block::paragraph(about)).collect();
    if message.types.len() > 1 {
        let types = Text::joined(message.types.iter().map(Text::code), ", ");
        blocks.push(Block::Paragraph(Text::from("For events of the types ").and(types).and(".")));
    }
    if message.destructive {
        blocks.push(Block::Note(
            "This removes something for good. It is done only with the consent of the operator.".into(),
        ));
    }
    blocks
}

fn example(version: &Description, name: &str, texts: &Texts, plans: &Plans) -> Option<Section> {
    let event = texts.example(&version.version, name)?;
    let mut section = Section::new("Example").with(Block::paragraph("An event:")).with(Block::json(event));
    let plan = plans.versions(&version.destination).find(|plan| plan.version() == version.version)?;
    match example::requests(plan, &Map::new(), event) {
        Ok(requests) => {
            section = section.with(Block::paragraph("Its requests, in their order:"));
            section.blocks.extend(example::shown(&requests));
        }
        Err(reason) => section = section.with(Block::Paragraph(Text::plain(reason))),
    }
    Some(section)
}

/// What an event needs, and which events are skipped.
fn rejections(_: &Description, message: &Message) -> Vec<Section> {
    let mut section = Section::new("Requirements");
    let mut table = Table::new("What an event needs", &["It needs", "Otherwise it is rejected with"]);
    for required in &message.requirements {
        let mut needs = Text::code(&*required.text);
        if let Some(when) = &required.when {
            needs = needs.and(", when ").and(Text::code(when));
        }
        table.rows.push(vec![
            needs,
            Text::plain(&*required.otherwise).and(" (").and(Text::code(&*required.code)).and(")"),
        ]);
    }
    section.blocks.extend(table.block());
    let mut skips = Table::new("Events that are skipped", &["An event is skipped when", "Reason"]);
    skips.rows =
        message.skips.iter().map(|skip| vec![Text::code(&*skip.when), Text::plain(&*skip.reason)]).collect();
    section.blocks.extend(skips.block());
    if section.is_empty() { Vec::new() } else { vec![section] }
}

/// Trait tables, one per payload part, and those of bodies that steps state themselves.
fn tables(version: &Description, message: &Message) -> Vec<Section> {
    let mut sections = Vec::new();
    for part in &message.parts {
        let title = Text::from("Fields of ").and(Text::code(&*part.name));
        let mut section = Section::new(title);
        if !part.operations.is_empty() {
            let sent = Text::joined(part.operations.iter().map(|name| endpoint(version, name)), ", ");
            section.blocks.push(Block::Paragraph(Text::from("Sent to ").and(sent).and(".")));
        }
        let envelopes = part.operations.iter().filter_map(|name| envelope(version, name));
        let envelopes: Vec<Text> = envelopes.map(Text::code).collect();
        let of = if envelopes.is_empty() { version.title.as_str() } else { "the item" };
        section.blocks.extend(envelopes.into_iter().map(|envelope| {
            Block::Paragraph(Text::from("An item, of which the request has: ").and(envelope).and("."))
        }));
        let Some(table) = fields(format!("Fields of {}", part.name), of, &part.rows) else {
            continue;
        };
        sections.push(section.with(table));
    }
    for step in &message.steps {
        let rows: Vec<Row> =
            step.params.iter().chain(&step.query).chain(&step.headers).chain(&step.body).cloned().collect();
        let title = Text::from("Fields of the step ").and(Text::code(&*step.name));
        if let Some(table) = fields(format!("Fields of the step {}", step.name), &version.title, &rows) {
            sections.push(Section::new(title).with(table));
        }
    }
    sections
}

fn endpoint(version: &Description, operation: &str) -> Text {
    match version.operations.iter().find(|known| known.name == operation) {
        Some(known) => Text::code(format!("{} {}", known.method, known.path)),
        None => Text::code(operation),
    }
}

/// What the request of an operation has of the items of its batch, if they do not stand in it as they are.
fn envelope<'d>(version: &'d Description, operation: &str) -> Option<&'d str> {
    version.operations.iter().find(|known| known.name == operation)?.envelope.as_deref()
}

/// Members that no row names: custom attributes.
fn custom(_: &Description, message: &Message) -> Vec<Section> {
    let mut section = Section::new("Custom attributes");
    for (part, row) in message.parts.iter().flat_map(|part| part.rows.iter().map(move |row| (part, row))) {
        let Some(naming) = &row.naming else { continue };
        let place = Text::code(format!("{}.{}", part.name, row.target.trim_end_matches('.')));
        let sources = Text::joined(row.sources.iter().map(|source| Text::code(&*source.text)), ", ");
        let mut items = Vec::new();
        if let Some(separator) = &naming.separator {
            let example = format!("address{separator}city");
            items.push(
                Text::from("Nested members are joined by ")
                    .and(Text::code(separator))
                    .and(", as in ")
                    .and(Text::code(example))
                    .and("."),
            );
        }
        if let Some(longest) = naming.longest {
            items.push(Text::plain(format!("Names have up to {longest} characters.")));
        }
        if let Some(without) = &naming.without {
            let characters = Text::joined(without.chars().map(|c| Text::code(c.to_string())), ", ");
            items.push(
                Text::from("Names must not have ")
                    .and(characters)
                    .and("; others are dropped, with a warning."),
            );
        }
        if let Some(most) = naming.most {
            items.push(Text::plain(format!("Up to {most} are sent; the rest is dropped, with a warning.")));
        }
        let omitted = omitted(naming);
        if !omitted.is_empty() {
            let names = Text::joined(omitted.into_iter().map(Text::code), ", ");
            items.push(Text::from("Not among them: ").and(names).and("."));
        }
        section
            .blocks
            .push(Block::Paragraph(place.and(" has what no other row reads of ").and(sources).and(".")));
        section.blocks.push(Block::List(items));
    }
    if section.is_empty() { Vec::new() } else { vec![section] }
}

/// What is not among the members that no row names. Of a member that rows read in part, the rest is; a list stays as a whole.
fn omitted(naming: &Naming) -> Vec<&str> {
    let head = |part: &str| part.split(['.', '[']).next().unwrap_or(part).to_owned();
    let partly: HashSet<String> = naming.parts.iter().map(|part| head(part)).collect();
    let whole = naming.reserved.iter().filter(|name| !partly.contains(*name));
    let mut all: Vec<&str> = whole.chain(&naming.parts).map(String::as_str).collect();
    all.retain(|name| !name.contains('['));
    all.sort_unstable();
    all
}

fn flow(version: &Description, message: &Message) -> Vec<Section> {
    let mut table = Table::new("Steps in their order", &["Step", "Call", "When", "What it is for"]);
    for step in message.steps.iter().filter(|step| step.endpoint.is_some()) {
        let call = step.endpoint.as_ref().map(Text::code).unwrap_or_default();
        let when = Text::joined(step.conditions.iter().map(Text::code), " and ");
        let mut when = if when.is_empty() { Text::plain("always") } else { when };
        if let Some(each) = &step.each {
            when = when.and(", for each of ").and(Text::code(each));
        }
        let about = step.about.as_ref().map(Text::from).unwrap_or_default();
        table.rows.push(vec![Text::code(&*step.name), call, when, about]);
    }
    let Some(table) = table.block() else { return Vec::new() };
    vec![Section::new("Calls").with(Block::Sequence(calls(version, message))).with(table)]
}

fn warnings(_: &Description, message: &Message) -> Vec<Section> {
    let mut table = Table::new("Warnings", &["Code", "When", "Message"]);
    for warning in message.warnings.iter().chain(message.steps.iter().flat_map(|step| &step.warnings)) {
        let when = warning.when.as_ref().map(Text::code).unwrap_or_default();
        table.rows.push(vec![Text::code(&*warning.code), when, Text::from(&warning.message)]);
    }
    table.block().map(|block| Section::new("Warnings").with(block)).into_iter().collect()
}

/// What a variant does otherwise than its mapping.
fn variant(version: &Description, base: &Message, variant: &Message) -> Section {
    let name = variant.variant.clone().unwrap_or_default();
    let mut section = Section::new(Text::from("Variant ").and(Text::code(&*name)));
    if let Some(when) = &variant.when {
        let text = Text::from("For events for which ").and(Text::code(when)).and(" holds.");
        section.blocks.push(Block::Paragraph(text.and(" The rest is as above.")));
    }
    section.blocks.extend(
        variant
            .about
            .iter()
            .filter(|about| base.about.as_ref() != Some(about))
            .map(|about| Block::paragraph(about)),
    );
    for part in &variant.parts {
        let known = base.parts.iter().find(|known| known.name == part.name);
        let is_same = |row: &Row| {
            known.is_some_and(|known| known.rows.iter().any(|other| field_row(other) == field_row(row)))
        };
        let rows: Vec<Row> = part.rows.iter().filter(|row| !is_same(row)).cloned().collect();
        section.blocks.extend(fields(
            format!("Fields of {} in the variant {name}", part.name),
            &version.title,
            &rows,
        ));
    }
    // the conditions and calls of steps, wherever their files say them
    let told = |message: &Message| -> Vec<(String, Option<String>, Vec<String>)> {
        let steps = message.steps.iter();
        steps.map(|step| (step.name.clone(), step.endpoint.clone(), step.conditions.clone())).collect()
    };
    if told(base) != told(variant) {
        section.blocks.extend(flow(version, variant).into_iter().flat_map(|flow| flow.blocks));
    }
    section
}
