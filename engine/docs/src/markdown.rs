//! A document as Markdown, as GitHub and GitLab read it.

use std::fmt::Write as _;

use crate::document::{Block, Document, Section, Table};
use crate::mermaid;
use crate::text::{Span, Text, visible};

/// Renders a document as Markdown.
pub fn markdown(document: &Document) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {}", line(&Text::plain(&*document.title)));
    blocks(&mut text, &document.lead);
    for section in &document.sections {
        self::section(&mut text, section, 2);
    }
    if !document.made.is_empty() {
        let _ = writeln!(text, "\n---\n\n{}", line(&Text::marked(&document.made)));
    }
    text
}

fn section(text: &mut String, section: &Section, level: usize) {
    let versions = match section.versions.as_slice() {
        [] => String::new(),
        versions => format!(" ({})", line(&Text::plain(versions.join(", ")))),
    };
    let _ = writeln!(text, "\n{} {}{versions}", "#".repeat(level.min(6)), line(&section.title));
    blocks(text, &section.blocks);
    for inner in &section.sections {
        self::section(text, inner, level + 1);
    }
}

fn blocks(text: &mut String, blocks: &[Block]) {
    for block in blocks {
        text.push('\n');
        self::block(text, block);
    }
}

fn block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph(paragraph) => {
            let _ = writeln!(text, "{}", opening(&line(paragraph)));
        }
        Block::List(items) => items.iter().for_each(|item| {
            let _ = writeln!(text, "- {}", opening(&line(item)));
        }),
        Block::Checklist(items) => items.iter().for_each(|item| {
            let _ = writeln!(text, "- [ ] {}", opening(&line(item)));
        }),
        Block::Note(note) => {
            let _ = writeln!(text, "> **Note:** {}", line(note));
        }
        Block::Table(table) => self::table(text, table),
        Block::Code { language, text: code } => fenced(text, language, code),
        Block::Sequence(sequence) => fenced(text, "mermaid", &mermaid::mermaid(sequence)),
        Block::Only(versions, inner) => {
            let _ = writeln!(text, "*In {}:*", line(&Text::plain(versions.join(", "))));
            blocks(text, inner);
        }
    }
}

fn fenced(text: &mut String, language: &str, code: &str) {
    let fence = "`".repeat(longest_run(code).max(2) + 1);
    let _ = writeln!(text, "{fence}{language}\n{}\n{fence}", code.trim_end_matches('\n'));
}

fn table(text: &mut String, table: &Table) {
    let row = |text: &mut String, cells: &[Text]| {
        text.push('|');
        for cell in cells {
            let _ = write!(text, " {} |", joined(cell, true));
        }
        text.push('\n');
    };
    row(text, &table.head);
    let _ = writeln!(text, "|{}", "---|".repeat(table.head.len()));
    for (at, cells) in table.rows.iter().enumerate() {
        match table.versions.get(at).filter(|versions| !versions.is_empty()) {
            None => row(text, cells),
            Some(versions) => {
                let named = |(column, cell): (usize, &Text)| match column == table.names {
                    true => cell.clone().line(Text::plain(format!("({})", versions.join(", ")))),
                    false => cell.clone(),
                };
                row(text, &cells.iter().enumerate().map(named).collect::<Vec<_>>());
            }
        }
    }
}

/// A string on one line.
fn line(text: &Text) -> String {
    joined(text, false)
}

/// A string on one line, perhaps in a table, where code cannot have a `|` as it is.
fn joined(text: &Text, in_table: bool) -> String {
    let mut line = String::new();
    for span in text.spans() {
        match span {
            Span::Plain(plain) => line.push_str(&escaped(plain)),
            Span::Code(code) => line.push_str(&self::code(code, in_table)),
            Span::Strong(strong) => {
                let _ = write!(line, "**{}**", escaped(strong));
            }
            Span::Link { text, to } => {
                let _ = write!(line, "[{}]({})", escaped(text), to.replace('|', "%7C"));
            }
            Span::Break => line.push_str("<br>"),
        }
    }
    line
}

/// Code within a line, whatever it contains.
fn code(code: &str, in_table: bool) -> String {
    let shown = if in_table { visible(code).replace('|', "\\|") } else { visible(code) };
    if shown.is_empty() {
        return String::new();
    }
    let run = longest_run(&shown);
    let fence = "`".repeat(if run == 0 { 1 } else { run + 1 });
    let edge = |c: Option<char>| matches!(c, Some('`' | ' '));
    let room = if edge(shown.chars().next()) || edge(shown.chars().last()) { " " } else { "" };
    format!("{fence}{room}{shown}{room}{fence}")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A string of which nothing is markup.
fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let escape = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '$' => true,
            '&' => chars.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#'),
            // within a word it means nothing
            '_' => !(is_word(before) && is_word(chars.peek().copied())),
            _ => false,
        };
        if escape {
            escaped.push('\\');
        }
        escaped.push(c);
        before = Some(c);
    }
    escaped
}

/// A line that begins a block, and whose first characters begin no other kind of block.
fn opening(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let is_numbered =
        digits > 0 && line.get(digits..).is_some_and(|rest| rest.starts_with(". ") || rest.starts_with(") "));
    match (line.starts_with(['#', '-', '+', '=']), is_numbered) {
        (true, _) => format!("\\{line}"),
        (_, true) => {
            let (number, rest) = line.split_at_checked(digits).unwrap_or((line, ""));
            format!("{number}\\{rest}")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            line(&Text::plain("a_b <b>|x| _c_ & &amp; [d](e)")),
            "a_b \\<b\\>\\|x\\| \\_c\\_ & \\&amp; \\[d\\](e)"
        );
        assert_eq!(
            (line(&Text::code("a|b")), joined(&Text::code("a|b"), true)),
            ("`a|b`".into(), "`a\\|b`".into())
        );
        assert_eq!(line(&Text::code("a`b``c`")), "``` a`b``c` ```");
        assert_eq!(opening("1. a"), "1\\. a");
        assert_eq!(opening("- a"), "\\- a");
    }
}
