//! A report as text for a terminal. As pages, it is a document of the crate `mapwright-docs`.

use std::fmt::Write as _;

use crate::report::DiffReport;

/// Renders the report as text: the changes of each mapping under its name, the most severe first.
pub fn text(report: &DiffReport) -> String {
    let mut out = String::new();
    for diff in &report.diffs {
        let _ = writeln!(out, "{}: {}", diff.title(), diff.counted());
        for (name, changes) in diff.groups() {
            let _ = writeln!(out, "\n{name}");
            for change in changes {
                let _ = writeln!(out, "  {:<11}  {}", change.level.word(), change.sentence());
                let places = change.places();
                if !places.is_empty() {
                    let _ = writeln!(out, "  {:<11}    {places}", "");
                }
            }
        }
        out.push('\n');
    }
    let sections = report.sections().into_iter().map(|(title, lines)| {
        let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        format!("{title}\n{lines}")
    });
    out += &sections.collect::<Vec<_>>().join("\n");
    match out.trim_end() {
        "" => "no changes\n".to_owned(),
        report => format!("{report}\n"),
    }
}
