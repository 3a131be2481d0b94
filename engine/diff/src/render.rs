//! Reports for people: text, Markdown and HTML. Each has the changes of a mapping under its name, the gravest first.

use std::fmt::Write as _;

use mapwright_describe::Place;

use crate::change::{Change, Diff};
use crate::events::EventsReport;
use crate::level::Level;
use crate::report::DiffReport;

/// The changes of a mapping, with its name.
fn groups(diff: &Diff) -> Vec<(String, Vec<&Change>)> {
    let mut groups: Vec<(String, Vec<&Change>)> = Vec::new();
    for change in &diff.changes {
        let name = match (&change.message, &change.variant) {
            (None, _) => "all messages".to_owned(),
            (Some(message), None) => message.clone(),
            (Some(message), Some(variant)) => format!("{message}, variant {variant}"),
        };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, changes)) => changes.push(change),
            None => groups.push((name, vec![change])),
        }
    }
    groups.iter_mut().for_each(|(_, changes)| changes.sort_by_key(|change| change.level));
    groups
}

/// How many changes there are, in words.
fn counted(diff: &Diff) -> String {
    let all = diff.changes.len();
    if all == 0 {
        return "no changes".to_owned();
    }
    let levels = Level::ALL.iter().filter(|level| diff.count(**level) > 0);
    let levels: Vec<String> =
        levels.map(|level| format!("{} {}", diff.count(*level), level.word())).collect();
    format!("{all} {}: {}", if all == 1 { "change" } else { "changes" }, levels.join(", "))
}

/// A change as a sentence, with the mappings that have it too.
fn sentence(change: &Change) -> String {
    match change.also.as_slice() {
        [] => change.what.sentence(),
        also => format!("{} (also in {})", change.what.sentence(), also.join(", ")),
    }
}

fn place(place: Option<&Place>) -> Option<String> {
    place.map(|Place { file, line }| format!("{file}:{line}"))
}

/// Both places, as far as there are any.
fn places(change: &Change) -> String {
    match (place(change.old_place.as_ref()), place(change.new_place.as_ref())) {
        (Some(old), Some(new)) if old == new => old,
        (Some(old), Some(new)) => format!("{old} → {new}"),
        (Some(old), None) => format!("{old} →"),
        (None, Some(new)) => format!("→ {new}"),
        (None, None) => String::new(),
    }
}

/// The report as text.
pub fn text(report: &DiffReport) -> String {
    let mut out = String::new();
    for diff in &report.diffs {
        let _ = writeln!(out, "{} → {}: {}", diff.old.name(), diff.new.name(), counted(diff));
        for (name, changes) in groups(diff) {
            let _ = writeln!(out, "\n{name}");
            for change in changes {
                let _ = writeln!(out, "  {:<11}  {}", change.level.word(), sentence(change));
                let places = places(change);
                if !places.is_empty() {
                    let _ = writeln!(out, "  {:<11}    {places}", "");
                }
            }
        }
        out.push('\n');
    }
    if let Some(events) = &report.events {
        let _ =
            writeln!(out, "{}", headings(events, |title| format!("{title}\n"), |line| format!("  {line}\n")));
    }
    finished(&out)
}

/// A report that says something, with one line break at its end.
fn finished(report: &str) -> String {
    match report.trim_end() {
        "" => "no changes\n".to_owned(),
        report => format!("{report}\n"),
    }
}

/// What events show, section by section.
fn headings(events: &EventsReport, head: impl Fn(&str) -> String, line: impl Fn(&str) -> String) -> String {
    let sections = events.sections().into_iter().map(|(title, lines)| {
        let lines: String = lines.iter().map(|text| line(text)).collect();
        format!("{}{lines}", head(&title))
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// The report as Markdown.
pub fn markdown(report: &DiffReport) -> String {
    let mut out = String::new();
    for diff in &report.diffs {
        let _ = writeln!(out, "# {} → {}\n\n{}.\n", diff.old.name(), diff.new.name(), counted(diff));
        for (name, changes) in groups(diff) {
            let _ = writeln!(out, "## {name}\n\n| level | change | places |\n|---|---|---|");
            for change in changes {
                let cell = |text: &str| text.replace('|', "\\|");
                let _ = writeln!(
                    out,
                    "| {} | {} | {} |",
                    change.level.word(),
                    cell(&sentence(change)),
                    cell(&places(change))
                );
            }
            out.push('\n');
        }
    }
    if let Some(events) = &report.events {
        out += "# Events\n\n";
        out += &headings(events, |title| format!("## {title}\n\n"), |line| format!("- {line}\n"));
    }
    finished(&out)
}

/// Looks of the page: light and dark by the reader's choice, and fit for a phone and for print.
const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1d2126; --paper: #fff; --line: #c9ced6; --soft: #f2f4f7; --breaking: #a3180f; --behavioural: #7a4a00; --cosmetic: #4d5661; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171b; --line: #3b424c; --soft: #1f242b; --breaking: #ff9d94; --behavioural: #f2c277; --cosmetic: #b3bcc8; } }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
code { font: 0.9em ui-monospace, monospace; background: var(--soft); overflow-wrap: anywhere; }
ul { list-style: none; padding: 0; } li { border-top: 1px solid var(--line); padding: 0.5rem 0; }
.level { font-weight: 600; } .breaking { color: var(--breaking); } .behavioural { color: var(--behavioural); } .cosmetic { color: var(--cosmetic); }
.places { display: block; font: 0.85rem ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { max-width: none; } li { break-inside: avoid; } }
";

/// The report as one HTML page that needs nothing else.
pub fn html(report: &DiffReport) -> String {
    let mut body = String::new();
    for diff in &report.diffs {
        let title = escaped(&format!("{} → {}", diff.old.name(), diff.new.name()));
        let _ = writeln!(body, "<h1>{title}</h1>\n<p>{}.</p>", escaped(&counted(diff)));
        for (name, changes) in groups(diff) {
            let _ = writeln!(body, "<h2>{}</h2>\n<ul>", escaped(&name));
            for change in changes {
                let level = change.level.word();
                let _ = write!(
                    body,
                    "<li><span class=\"level {level}\">{level}</span> {}",
                    coded(&sentence(change))
                );
                let places = places(change);
                if !places.is_empty() {
                    let _ = write!(body, "<span class=\"places\">{}</span>", escaped(&places));
                }
                body += "</li>\n";
            }
            body += "</ul>\n";
        }
    }
    if let Some(events) = &report.events {
        body += "<h1>Events</h1>\n";
        for (title, lines) in events.sections() {
            let _ = writeln!(body, "<h2>{}</h2>\n<ul>", escaped(&title));
            lines.iter().for_each(|line| {
                let _ = writeln!(body, "<li>{}</li>", coded(line));
            });
            body += "</ul>\n";
        }
    }
    let title = report
        .diffs
        .first()
        .map_or_else(|| "no changes".to_owned(), |diff| format!("{} → {}", diff.old.name(), diff.new.name()));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escaped(&title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text in which what stands in backticks is code.
fn coded(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.split('`').enumerate() {
        match at % 2 {
            0 => out += &escaped(piece),
            _ => out += &format!("<code>{}</code>", escaped(piece)),
        }
    }
    out
}
