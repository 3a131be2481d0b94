//! The guide from one version of a destination to another: what to do, what changes in the configuration and in sending events, with examples that
//! both versions map.

mod checklist;
mod examples;

use mapwright::Plans;
use mapwright_check::{Checked, Valid};
use mapwright_describe::{Description, Message, describe};
use mapwright_diff::{Change, ChangeKind, Diff, Level, diff, shortened};

use crate::destination::Texts;
use crate::document::{Block, Document, Section, Table};
use crate::text::Text;
use crate::usual::usual_place;

/// Makes the guide from one version to another. Nothing, if there is no such destination or version.
pub fn guide(valid: Valid<Checked>, destination: &str, from: &str, to: &str) -> Option<Document> {
    let (old, new) = (describe(&valid, destination, from)?, describe(&valid, destination, to)?);
    let texts = Texts::of(valid.catalog(), destination)?;
    let plans = valid.compile();
    let mut found = diff(&old, &new);
    found.changes.retain(|change| !is_reserved(change, &new));
    let migration = texts.migration(from, to);

    let names = format!("{} {from} to {to}", new.title);
    let mut lead = vec![Block::paragraph(&format!(
        "Configuration changes and differences in sending events when migrating from {} {from} to {to}.",
        new.title
    ))];
    lead.extend(
        migration.iter().flat_map(|migration| &migration.text).flat_map(|text| Block::paragraphs(text)),
    );
    lead.push(Block::paragraph(&format!(
        "There are {} changes: {} are breaking, since somebody has to act, {} change what is sent, and {} change nothing that is sent.",
        found.changes.len(),
        found.count(Level::Breaking),
        found.count(Level::Behavioural),
        found.count(Level::Cosmetic)
    )));
    let mut sections = vec![
        checklist::section(&old, &new, &found, migration),
        configuration(&new, &found),
        sending(&old, &new, &found, &texts, &plans),
        answers(&found),
    ];
    let mut notes = Section::new("What the mappings do not say");
    for (title, note) in migration.iter().flat_map(|migration| &migration.notes) {
        let mut section = Section::new(Text::from(&title.value));
        section.blocks = Block::paragraphs(note);
        notes.sections.push(section);
    }
    sections.push(notes);
    sections.push(examples::section(migration, &plans, destination, [from, to]));
    Some(Document {
        title: format!("Migration guide: {names}"),
        lead,
        versions: Vec::new(),
        chosen: None,
        sections: sections.into_iter().filter(|section| !section.is_empty()).collect(),
        made: format!(
            "Made by `mapwright docs {destination} --migrate {from} {to}` from the mappings of both versions."
        ),
    })
}

/// Whether a trait that a field read is no custom attribute either, since the new version leaves it out.
fn is_reserved(change: &Change, new: &Description) -> bool {
    let ChangeKind::FieldToAttribute { attributes, .. } = &change.what else { return false };
    let of_message = new.messages.iter().filter(|message| Some(&message.name) == change.message.as_ref());
    let rows = of_message.flat_map(|message| &message.parts).flat_map(|part| &part.rows);
    let reserved: Vec<&String> =
        rows.filter_map(|row| row.naming.as_ref()).flat_map(|naming| &naming.reserved).collect();
    attributes.iter().all(|name| reserved.iter().any(|known| name.rsplit('.').next() == Some(known.as_str())))
}

/// The longest code that is shown in full.
const LONGEST: usize = 160;

/// Returns tables of changes: those that require an action, and the others.
fn tables<'c>(what: &str, changes: impl Iterator<Item = &'c Change>) -> Vec<Block> {
    let changes: Vec<&Change> = changes.collect();
    let levels = [(Level::Breaking, "somebody has to act"), (Level::Behavioural, "other values or requests")];
    let mut blocks = Vec::new();
    for (level, meaning) in levels {
        let mut table = Table::new(format!("Changes of {what}: {meaning}"), &[]);
        table.head = vec![match level {
            Level::Breaking => "Breaking: somebody has to act".into(),
            _ => "Behaviour: other values or requests".into(),
        }];
        for change in changes.iter().filter(|change| change.level == level) {
            let row = vec![Text::from(&shortened(&change.what.sentence(), LONGEST))];
            if !table.rows.contains(&row) {
                table.rows.push(row);
            }
        }
        blocks.extend(table.block());
    }
    blocks
}

/// Whether the lists of calls show a change.
fn is_call(what: &ChangeKind) -> bool {
    matches!(
        what,
        ChangeKind::CallsChanged { .. }
            | ChangeKind::StepAdded { .. }
            | ChangeKind::StepRemoved { .. }
            | ChangeKind::StepMoved { .. }
    )
}

/// What operators have to know: settings, servers, limits.
fn configuration(new: &Description, found: &Diff) -> Section {
    let mut section = Section::new("Configuration changes");
    if let Some(setting) = &new.choice.setting {
        let text = Text::from("The setting ").and(Text::code(setting)).and(" selects the version: ");
        let aliases = new.choice.aliases.iter().filter(|(_, of)| **of == new.version).map(|(name, _)| name);
        let names = aliases.chain([&new.version]).map(Text::code);
        let default = if new.choice.default == new.version { ". It is the default." } else { "." };
        section.blocks.push(Block::Paragraph(text.and(Text::joined(names, " or ")).and(default)));
    }
    let of_all =
        found.changes.iter().filter(|change| change.message.is_none() && is_configuration(&change.what));
    section.blocks.extend(tables("settings, servers and limits", of_all));
    section
}

fn is_configuration(what: &ChangeKind) -> bool {
    !is_answer(what) && !is_endpoint(what) && !what.is_of_schema()
}

fn is_answer(what: &ChangeKind) -> bool {
    matches!(
        what,
        ChangeKind::AnswerAdded { .. }
            | ChangeKind::AnswerRemoved { .. }
            | ChangeKind::AnswerChanged { .. }
            | ChangeKind::CodeChanged { .. }
    )
}

fn is_endpoint(what: &ChangeKind) -> bool {
    matches!(
        what,
        ChangeKind::EndpointAdded { .. }
            | ChangeKind::EndpointRemoved { .. }
            | ChangeKind::EndpointChanged { .. }
    )
}

/// What becomes of events, mapping by mapping.
fn sending(old: &Description, new: &Description, found: &Diff, texts: &Texts, plans: &Plans) -> Section {
    let mut section = Section::new("Differences in sending events");
    let mut names: Vec<&String> = Vec::new();
    for name in found.changes.iter().filter_map(|change| change.message.as_ref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| usual_place(name));
    for name in names {
        let mut own = Section::new(Text::plain(name));
        own.blocks.extend(calls(old, new, name));
        let changes: Vec<&Change> = found
            .changes
            .iter()
            .filter(|change| change.message.as_ref() == Some(name) && !is_call(&change.what))
            .collect();
        let of_mapping = changes.iter().copied().filter(|change| change.variant.is_none());
        own.blocks.extend(tables(name, of_mapping));
        if let Some(event) = texts.example(&new.version, name).or_else(|| texts.example(&old.version, name)) {
            own.sections.push(examples::example(
                "Example",
                event,
                plans,
                &new.destination,
                [&old.version, &new.version],
            ));
        }
        let mut variants: Vec<&String> =
            changes.iter().filter_map(|change| change.variant.as_ref()).collect();
        variants.dedup();
        for variant in variants {
            let of_variant =
                changes.iter().copied().filter(|change| change.variant.as_ref() == Some(variant));
            // what the mapping itself says holds for its variants
            let is_told = |change: &&Change| {
                changes.iter().any(|known| known.variant.is_none() && known.what == change.what)
            };
            let blocks = tables(
                &format!("the variant {variant} of {name}"),
                of_variant.filter(|change| !is_told(change)),
            );
            if !blocks.is_empty() {
                let mut section = Section::new(Text::from("Variant ").and(Text::code(variant)));
                section.blocks = blocks;
                own.sections.push(section);
            }
        }
        section.sections.push(own);
    }
    for (title, what, is_of) in [
        ("Endpoints", "endpoints", is_endpoint as fn(&ChangeKind) -> bool),
        ("What bodies may have", "the schemas of bodies", ChangeKind::is_of_schema),
    ] {
        let all = found.changes.iter().filter(|change| change.message.is_none() && is_of(&change.what));
        let mut inner = Section::new(title);
        inner.blocks = tables(what, all);
        if !inner.is_empty() {
            section.sections.push(inner);
        }
    }
    section
}

/// The calls of a mapping in both versions.
fn calls(old: &Description, new: &Description, name: &str) -> Option<Block> {
    let of = |version: &Description| -> Vec<String> {
        let is_it = |message: &&Message| message.name == name && message.variant.is_none();
        let steps = version.messages.iter().find(is_it).map_or(&[][..], |message| message.steps.as_slice());
        steps
            .iter()
            .filter_map(|step| {
                let endpoint = step.endpoint.as_ref()?;
                let depends = !step.conditions.is_empty() || step.each.is_some();
                Some(format!("{endpoint}{}", if depends { " (if needed)" } else { "" }))
            })
            .collect()
    };
    let lines = |calls: Vec<String>| match calls.is_empty() {
        true => Text::plain("–"),
        false => Text::lines(calls.into_iter().map(|call| match call.strip_suffix(" (if needed)") {
            Some(call) => Text::code(call).and(" (if needed)"),
            None => Text::code(call),
        })),
    };
    let mut table = Table::new(format!("Calls of {name}, in their order"), &[]);
    table.head = vec![Text::plain("Version"), Text::plain("Calls")];
    table.rows = vec![
        vec![Text::plain(&*old.version), lines(of(old))],
        vec![Text::plain(&*new.version), lines(of(new))],
    ];
    table.block()
}

/// What responses mean.
fn answers(found: &Diff) -> Section {
    let mut section = Section::new("Responses");
    let changes = found.changes.iter().filter(|change| change.message.is_none() && is_answer(&change.what));
    section.blocks.extend(tables("what responses mean", changes));
    section
}
