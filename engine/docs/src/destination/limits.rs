//! Limits: of rates, of batches, of values, and those that only prose states.

use mapwright_describe::{Conversion, Description, Row};

use super::texts::Texts;
use crate::document::{Block, Section, Table, merged_rows};
use crate::text::Text;

/// The limits of all versions.
pub(super) fn section(all: &[Description], texts: &Texts) -> Section {
    let mut section = Section::new("Limits");
    let mut stated: Vec<(Vec<String>, Vec<Text>)> = Vec::new();
    for (limit, versions) in texts.limits() {
        // what all of them say holds for the destination
        let versions = if versions.len() == all.len() { Vec::new() } else { versions };
        match stated.iter_mut().find(|(known, _)| *known == versions) {
            Some((_, limits)) => limits.push(Text::from(&limit)),
            None => stated.push((versions, vec![Text::from(&limit)])),
        }
    }
    section.blocks.extend(stated.into_iter().map(|(versions, limits)| match versions.is_empty() {
        true => Block::List(limits),
        false => Block::Only(versions, vec![Block::List(limits)]),
    }));
    for of_version in [rates as fn(&Description) -> Option<Section>, batches, values] {
        let all_versions =
            all.iter().filter_map(|version| Some((version.version.clone(), of_version(version)?)));
        section.sections.extend(merged_rows(all_versions.collect()).into_iter().map(|mut section| {
            if section.versions.len() == all.len() {
                section.versions.clear();
            }
            section
        }));
    }
    section
}

fn rates(version: &Description) -> Option<Section> {
    let mut table = Table::new("Rate limits", &["Group", "Limit", "Operations", "Headers that state it"]);
    for rate in &version.rates {
        let uses = version.operations.iter().filter(|operation| operation.rate.as_ref() == Some(&rate.name));
        let uses: Vec<Text> = uses.map(|operation| Text::code(&*operation.name)).collect();
        let every = uses.len() == version.operations.len();
        let uses = if every { Text::plain("all") } else { Text::joined(uses, ", ") };
        let headers = Text::joined(rate.headers.iter().map(Text::code), ", ");
        let limit = format!("{} requests in {}", rate.requests, spoken(rate.seconds));
        table.rows.push(vec![Text::code(&*rate.name), Text::plain(limit), uses, headers]);
    }
    let section = Section::new("Rates")
        .with(Block::paragraph("Requests of a group share a limit. A response may state another one."));
    table.block().map(|block| section.with(block))
}

fn spoken(seconds: u64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        3600 => "an hour".to_owned(),
        seconds if seconds % 3600 == 0 => format!("{} hours", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

fn batches(version: &Description) -> Option<Section> {
    let mut table = Table::new("Requests that several events share", &["Operation", "In a request"]);
    for operation in &version.operations {
        if let Some(batch) = &operation.batch {
            table.rows.push(vec![Text::code(&*operation.name), Text::plain(batch)]);
        }
    }
    table.block().map(|block| Section::new("Batches").with(block))
}

/// The limits of the values in bodies.
fn values(version: &Description) -> Option<Section> {
    let mut table = Table::new("Limits of values", &["Message", "Field", "Limit"]);
    for message in version.messages.iter().filter(|message| message.variant.is_none()) {
        for (part, row) in message.parts.iter().flat_map(|part| part.rows.iter().map(move |row| (part, row)))
        {
            let limits = limits(row);
            if !limits.is_empty() {
                let field = format!("{}.{}", part.name, row.target);
                table.rows.push(vec![Text::plain(&*message.name), Text::code(field), limits]);
            }
        }
    }
    table.names = 1;
    table.block().map(|block| Section::new("Values").with(block))
}

fn limits(row: &Row) -> Text {
    let own = row.conversions.iter().chain(row.sources.iter().flat_map(|source| &source.conversions));
    let mut texts: Vec<String> = Vec::new();
    for text in own.filter(|conversion| conversion.bounds).map(Conversion::text) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Text::joined(texts.into_iter().map(Text::code), ", ")
}
