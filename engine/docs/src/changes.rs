//! The page of what changes between versions, and of what events show of it.

use mapwright_diff::{Diff, DiffReport};

use crate::document::{Block, Document, Section, Table};
use crate::text::Text;

/// Makes a page of a report of `mapwright diff`.
pub fn changes(report: &DiffReport) -> Document {
    let mut sections = Vec::new();
    let (title, lead) = match report.diffs.as_slice() {
        // the only comparison is the page itself
        [diff] => {
            sections.extend(of_mappings(diff));
            (diff.title(), vec![Block::Paragraph(Text::plain(format!("{}.", diff.counted())))])
        }
        [] => ("No changes".to_owned(), Vec::new()),
        diffs => {
            for diff in diffs {
                let counted = Block::Paragraph(Text::plain(format!("{}.", diff.counted())));
                let mut section = Section::new(Text::plain(diff.title())).with(counted);
                section.sections = of_mappings(diff);
                sections.push(section);
            }
            (format!("Changes of {} versions", diffs.len()), Vec::new())
        }
    };
    let mut events = Section::new("Events");
    for (title, lines) in report.sections() {
        let items = lines.iter().map(|line| Text::quoted(line)).collect();
        events.sections.push(Section::new(Text::plain(title)).with(Block::List(items)));
    }
    if !events.is_empty() {
        sections.push(events);
    }
    Document { title, lead, versions: Vec::new(), chosen: None, sections, made: String::new() }
}

/// The changes of each mapping, as a table.
fn of_mappings(diff: &Diff) -> Vec<Section> {
    let section = |(name, changes): (String, Vec<&mapwright_diff::Change>)| {
        let mut table = Table::new(format!("What changes for {name}"), &["Level", "Change", "Places"]);
        table.names = 1;
        for change in changes {
            let level = Text::plain(change.level.word());
            table.rows.push(vec![level, Text::quoted(&change.sentence()), Text::plain(change.places())]);
        }
        Section::new(Text::plain(name)).with(Block::Table(table))
    };
    diff.groups().into_iter().map(section).collect()
}
