//! Reports with one line per finding, in the form that editors and other tools know from compilers.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use mapwright::{Finding, Severity};
use mapwright_validate::Report;

use crate::escape::escape;
use crate::look::Look;
use crate::summary::summary;
use crate::words;

pub(crate) fn render(report: &Report, look: Look) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text += &line(finding, look);
        text.push('\n');
    }
    match look.summary {
        true => text + &summary(report) + "\n",
        false => text,
    }
}

/// Returns `path:line:column: severity: message [rule] (help)`.
pub(crate) fn line(finding: &Finding, look: Look) -> String {
    let place = &finding.place;
    let severity = finding.severity();
    let style = match severity {
        _ if !look.color => Style::new(),
        Severity::Error => AnsiColor::BrightRed.on_default().effects(Effects::BOLD),
        Severity::Warning => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
        Severity::Hint => AnsiColor::BrightGreen.on_default().effects(Effects::BOLD),
    };
    let rule = finding.rule.id;
    let rule = match look.links {
        true => format!("\u{1b}]8;;{}\u{1b}\\{rule}\u{1b}]8;;\u{1b}\\", words::page(finding.rule)),
        false => rule.to_owned(),
    };
    let mut line = format!(
        "{}:{}:{}: {style}{severity}{style:#}: {} [{rule}]",
        escape(&place.path),
        place.line,
        place.column,
        escape(&finding.message),
    );
    if let Some(help) = words::help(finding) {
        // writing to a string cannot fail
        let _ = write!(line, " ({help})");
    }
    line
}
