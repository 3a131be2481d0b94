//! Trait tables: which values of an event a request contains, and what is done with them.

use mapwright_describe::{Conversion, Invalid, Missing, Row, Source, SourceKind};

use crate::document::{Block, Table};
use crate::text::Text;

/// The table of rows, with its caption.
pub(crate) fn fields(caption: impl Into<String>, title: &str, rows: &[Row]) -> Option<Block> {
    let mut table = Table::new(caption, &["Event", "Field", "Conversion and absence"]);
    if let Some(field) = table.head.get_mut(1) {
        *field = Text::plain(format!("Field of {title}"));
    }
    table.names = 1;
    table.rows = rows.iter().map(field_row).collect();
    table.block()
}

/// A row of a trait table.
pub(crate) fn field_row(row: &Row) -> Vec<Text> {
    let mut target = match row.target.strip_suffix("...") {
        Some(object) => {
            let object = object.trim_end_matches('.');
            if object.is_empty() { "other members".into() } else { Text::code(object).and(", other members") }
        }
        None => Text::code(&*row.target),
    };
    let types: Vec<&str> = row.types.iter().map(String::as_str).filter(|kind| *kind != "null").collect();
    if !types.is_empty() {
        target = target.line(Text::plain(types.join(" or ")));
    }
    // a condition of every source is one of the row
    let shared: Vec<&String> = match row.sources.split_first() {
        Some((first, rest)) => {
            let everywhere =
                |condition: &&String| rest.iter().all(|source| source.conditions.contains(condition));
            first.conditions.iter().filter(everywhere).collect()
        }
        None => Vec::new(),
    };
    let sources = row.sources.iter().map(|source| self::source(source, &shared));
    vec![Text::lines(sources), target, treatment(row, &shared)]
}

fn source(source: &Source, shared: &[&String]) -> Text {
    let mut text = match source.kind {
        SourceKind::Path => Text::code(&*source.text),
        SourceKind::Constant => Text::from("the constant ").and(Text::code(&*source.text)),
        SourceKind::Template => Text::from("the template ").and(Text::code(&*source.text)),
        SourceKind::Rest => Text::from("the rest of ").and(words(&source.text)),
        SourceKind::Made => words(&source.text),
    };
    if !source.conversions.is_empty() {
        text = text.and(", as ").and(conversions(&source.conversions));
    }
    let own = source.conditions.iter().filter(|condition| !shared.contains(condition));
    let conditions = Text::joined(own.map(Text::code), " and ");
    if !conditions.is_empty() {
        text = text.and(", when ").and(conditions);
    }
    text
}

/// A string of paths and words between them: paths are code.
fn words(text: &str) -> Text {
    let is_path = |path: &str| {
        path.contains('.') && !path.contains(['"', '{', '}']) && path.chars().any(char::is_alphabetic)
    };
    let is_word = |path: &str| {
        matches!(path, "traits" | "properties" | "context" | "options" | "userId" | "anonymousId")
    };
    let mut spoken = Text::default();
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            spoken = spoken.and(Text::plain(" "));
        }
        let (before, path, after) = parts(word);
        spoken = match is_path(path) || is_word(path) {
            true => spoken.and(Text::plain(before)).and(Text::code(path)).and(Text::plain(after)),
            false => spoken.and(Text::plain(word)),
        };
    }
    spoken
}

/// What stands before a path, such as the `matching(` of a condition, the path, and what stands after it.
fn parts(word: &str) -> (&str, &str, &str) {
    let ended = word.trim_end_matches([',', ')', ':']);
    let is_call = |before: &str| before.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '('));
    let path = ended.rsplit_once('(').filter(|(before, _)| is_call(before)).map_or(ended, |(_, path)| path);
    let (start, end) = (ended.len() - path.len(), ended.len());
    (word.get(..start).unwrap_or(""), path, word.get(end..).unwrap_or(""))
}

fn conversions(all: &[Conversion]) -> Text {
    Text::joined(all.iter().map(|conversion| Text::code(conversion.text())), ", then ")
}

/// What is done with a value, and without one.
fn treatment(row: &Row, shared: &[&String]) -> Text {
    let mut lines = Vec::new();
    if let Some(about) = &row.about {
        lines.push(Text::from(about));
    }
    let conditions = row
        .conditions
        .iter()
        .chain(shared.iter().copied().filter(|condition| !row.conditions.contains(condition)));
    let conditions = Text::joined(conditions.map(Text::code), " and ");
    if !conditions.is_empty() {
        lines.push(Text::from("only when ").and(conditions));
    }
    if !row.conversions.is_empty() {
        lines.push(Text::from("as ").and(conversions(&row.conversions)));
    }
    // a source with conversions of its own may say something else
    let invalid = row.absence.invalid.or_else(|| row.sources.iter().find_map(|source| source.invalid));
    match invalid {
        None if row.conversions.is_empty() => {}
        None => lines.push("any other value is dropped".into()),
        Some(Invalid::Reject) => lines.push("an invalid value rejects the event".into()),
        Some(Invalid::Omit) => lines.push("an invalid value is dropped, with a warning".into()),
        Some(Invalid::Next) => lines.push("an invalid value gives way to the next, with a warning".into()),
    }
    match &row.absence.missing {
        Missing::Omit => {}
        Missing::Reject => lines.push(Text::strong("required")),
        Missing::Null => lines.push(Text::code("null").and(" without a value")),
        Missing::Default(default) => lines.push(Text::code(default).and(" without a value")),
    }
    let rejects = matches!(row.absence.missing, Missing::Reject) || invalid == Some(Invalid::Reject);
    if let Some(error) = row.absence.error.as_ref().filter(|_| rejects) {
        lines.push(Text::from("rejected with ").and(Text::code(error)));
    }
    if !row.absence.keeps.is_empty() {
        let kept = row.absence.keeps.iter().map(Text::code);
        let count = if row.absence.keeps.len() == 1 { " counts as a value" } else { " count as values" };
        lines.push(Text::joined(kept, " and ").and(count));
    }
    Text::lines(lines)
}
