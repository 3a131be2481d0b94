//! What holds for a destination as a whole: versions, settings, sources, messages.

use mapwright_describe::{Description, Setting};
use mapwright_diff::{Change, Level, diff};
use mapwright_plan::settings::COMMON;

use super::texts::Texts;
use crate::document::{Block, Section, Table};
use crate::text::Text;
use crate::usual::usual_place;

/// The versions, and what they say of themselves.
pub(super) fn versions(all: &[Description], texts: &Texts) -> Section {
    let mut section = Section::new("Versions");
    let mut table = Table::new("Versions of the API", &["Version", "Selected by", "Extends"]);
    for version in all {
        let choice = &version.choice;
        let default = (version.version == choice.default).then(|| Text::plain("default"));
        let aliases = choice.aliases.iter().filter(|(_, of)| **of == version.version).map(|(name, _)| name);
        let names = choice
            .setting
            .iter()
            .flat_map(|_| aliases.clone().map(Text::code).chain([Text::code(&*version.version)]));
        let extends = version.bases.first().map(Text::code).unwrap_or_default();
        table.rows.push(vec![
            Text::code(&*version.version),
            Text::joined(default.into_iter().chain(names), ", "),
            extends,
        ]);
    }
    if all.len() > 1 {
        let setting = all.iter().find_map(|version| version.choice.setting.as_ref());
        if let Some(setting) = setting {
            let text = Text::from("The setting ").and(Text::code(setting)).and(" selects the version.");
            section.blocks.push(Block::Paragraph(text));
        }
        section.blocks.extend(table.block());
    }
    let mut told: Vec<(Block, Vec<String>)> = Vec::new();
    for version in all {
        for block in texts.version(&version.version) {
            match told.iter_mut().find(|(known, _)| *known == block) {
                Some((_, versions)) => versions.push(version.version.clone()),
                None => told.push((block, vec![version.version.clone()])),
            }
        }
    }
    section.blocks.extend(told.into_iter().map(|(block, versions)| match versions.len() == all.len() {
        true => block,
        false => Block::Only(versions, vec![block]),
    }));
    section.sections.extend(all.iter().filter_map(|version| stated(version, all)));
    section
}

/// What a version does otherwise than the one that it extends.
fn stated(version: &Description, all: &[Description]) -> Option<Section> {
    let base = all.iter().find(|known| version.bases.first() == Some(&known.version))?;
    let mut items: Vec<Text> = Vec::new();
    // what bodies may have is in the guide
    let is_told = |change: &&Change| change.level != Level::Cosmetic && !change.what.is_of_schema();
    for change in diff(base, version).changes.iter().filter(is_told) {
        let mut item = Text::from(&change.what.sentence());
        if let Some(message) = &change.message {
            item = Text::plain(format!("{message}: ")).and(item);
        }
        if !items.contains(&item) {
            items.push(item);
        }
    }
    let title = format!("{} compared with {}", version.version, base.version);
    let mut section = Section::new(Text::plain(title));
    section.versions = vec![version.version.clone()];
    section.blocks.push(match items.is_empty() {
        true => Block::paragraph("Nothing that is sent differs."),
        false => Block::List(items),
    });
    Some(section)
}

/// What operators configure.
pub(super) fn settings(all: &[Description]) -> Section {
    let mut section = Section::new("Settings");
    let mut table = Table::new("What operators configure", &["Setting", "Description", "Values", "Default"]);
    let mut unread: Vec<&str> = Vec::new();
    let Some(first) = all.first() else { return section };
    for setting in &first.settings {
        let readers: Vec<&str> = all
            .iter()
            .filter(|version| version.settings.iter().any(|known| known.name == setting.name && known.read))
            .map(|version| version.version.as_str())
            .collect();
        let selects = all.iter().any(|version| version.choice.setting.as_ref() == Some(&setting.name));
        let is_unread = readers.is_empty() && !selects;
        if is_unread && setting.about.is_none() {
            unread.push(&setting.name);
            continue;
        }
        table.rows.push(row(setting, all, &readers, selects));
    }
    section.blocks.extend(table.block());
    let (engine, others): (Vec<&str>, Vec<&str>) = unread.into_iter().partition(|name| COMMON.contains(name));
    let list = |names: &[&str]| Text::joined(names.iter().map(|name| Text::code(*name)), ", ");
    if !engine.is_empty() {
        let text = list(&engine).and(
            ": consent, filters of events and the connection mode. They are read before an event is mapped.",
        );
        section.blocks.push(Block::Paragraph(text));
    }
    if !others.is_empty() {
        let text = list(&others).and(": accepted, and not read by the mappings.");
        section.blocks.push(Block::Paragraph(text));
    }
    section
}

fn row(setting: &Setting, all: &[Description], readers: &[&str], selects: bool) -> Vec<Text> {
    let mut about = setting.about.as_ref().map(Text::from).unwrap_or_default();
    if selects && setting.about.is_none() {
        about = "Selects the version.".into();
    }
    if !readers.is_empty() && readers.len() < all.len() {
        let versions = readers.iter().map(|version| Text::code(*version));
        about = about.line(Text::from("Read by ").and(Text::joined(versions, ", ")).and("."));
    }
    if setting.secret {
        about = about.line("Secret: it is never printed.");
    }
    let names = std::iter::once(&setting.name).chain(&setting.aliases).map(Text::code);
    vec![Text::lines(names), about, values(setting), default(setting)]
}

/// Which values it may have; a list, which its columns may have.
fn values(setting: &Setting) -> Text {
    let values = match (setting.one_of.as_slice(), &setting.kind) {
        ([], Some(kind)) => Text::plain(kind),
        ([], None) => Text::plain("any"),
        (values, _) => Text::joined(values.iter().map(|value| Text::code(unquoted(value))), ", "),
    };
    let values = match &setting.pattern {
        Some(pattern) => values.and(" that matches ").and(Text::code(pattern)),
        None => values,
    };
    setting.columns.iter().fold(values, |all, column| {
        let line = Text::code(&column.name).and(": ").and(values_of_column(column));
        let line = match &column.about {
            Some(about) => line.and(". ").and(Text::from(about)),
            None => line,
        };
        all.line(line)
    })
}

fn values_of_column(column: &Setting) -> Text {
    let values = values(column);
    match (&column.default, column.required) {
        (None, false) => values,
        (Some(_), _) if column.secret => values,
        (Some(_), _) => values.and(", otherwise ").and(default(column)),
        (None, true) => values.and(", ").and(default(column)),
    }
}

fn default(setting: &Setting) -> Text {
    match (&setting.default, setting.required, &setting.when) {
        (Some(default), ..) if !setting.secret => Text::code(unquoted(default)),
        (Some(_), ..) => Text::default(),
        (None, true, None) => Text::strong("required"),
        (None, true, Some(when)) => Text::strong("required").and(" when ").and(Text::code(when)),
        (None, false, _) => Text::default(),
    }
}

/// A JSON text as operators write it.
fn unquoted(json: &str) -> &str {
    json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(json)
}

/// Which source of events sends what.
pub(super) fn sources(version: &Description) -> Section {
    let mut section = Section::new("Connection modes and sources");
    let mut table = Table::new("Sources, and what they send", &["Source", "Cloud mode", "Device mode"]);
    let list = |messages: &[String]| match messages {
        [] => Text::plain("–"),
        messages => Text::plain(messages.join(", ")),
    };
    for source in &version.sources {
        table.rows.push(vec![Text::plain(spoken(&source.name)), list(&source.cloud), list(&source.device)]);
    }
    let has_device = version.sources.iter().any(|source| !source.device.is_empty());
    match table.block() {
        Some(table) => {
            section.blocks.push(table);
            let text = if has_device {
                "This page is about cloud mode. In device mode, an SDK of the destination sends the events by itself."
            } else {
                "All sources send in cloud mode."
            };
            section.blocks.push(Block::paragraph(text));
        }
        None => section
            .blocks
            .push(Block::paragraph("Every source sends every supported message, in cloud mode.")),
    }
    section
}

/// The name of a source for readers.
fn spoken(name: &str) -> String {
    match name {
        "amp" => "AMP".to_owned(),
        "ios" => "iOS".to_owned(),
        name => {
            let mut words = name.split('_').map(|word| {
                let mut chars = word.chars();
                chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
            });
            let first: String = words.next().unwrap_or_default();
            words.fold(first, |all, word| format!("{all} {word}"))
        }
    }
}

/// Which version supports which messages.
pub(super) fn messages(all: &[Description]) -> Section {
    let mut section = Section::new("Supported messages");
    let names: Vec<&str> = all.iter().map(|version| version.version.as_str()).collect();
    let head: Vec<&str> = std::iter::once("Message").chain(names).collect();
    let mut table = Table::new("Supported messages by version", &head);
    // versions are data, and no text with marks
    for (at, version) in all.iter().enumerate() {
        if let Some(cell) = table.head.get_mut(at + 1) {
            *cell = Text::plain(&*version.version);
        }
    }
    for kind in types(all) {
        let mut row = vec![Text::plain(kind)];
        row.extend(all.iter().map(|version| {
            let has = version.messages.iter().any(|message| message.types.iter().any(|known| known == kind));
            Text::plain(if has { "yes" } else { "–" })
        }));
        table.rows.push(row);
    }
    section.blocks.extend(table.block());
    let rejecting = all.iter().any(|version| version.unsupported.rejected);
    let message = all.iter().find_map(|version| version.unsupported.message.as_ref());
    let mut text = Text::from(if rejecting {
        "Events of other types are rejected"
    } else {
        "Events of other types are skipped"
    });
    if let Some(message) = message {
        text = text.and(": ").and(Text::code(message));
    }
    section.blocks.push(Block::Paragraph(text.and(".")));
    section
}

/// The types of events that some version maps, in the order of the mappings.
fn types(all: &[Description]) -> Vec<&str> {
    let mut types = Vec::new();
    for kind in all.iter().flat_map(|version| &version.messages).flat_map(|message| &message.types) {
        if !types.contains(&kind.as_str()) {
            types.push(kind.as_str());
        }
    }
    types.sort_by_key(|kind| usual_place(kind));
    types
}
