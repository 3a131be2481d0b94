//! The lines of the files in which something is not reached, with marks of what.

use std::fmt::Write as _;

use mapwright::{Coverage, Sources};

use crate::coverage::files::{Point, files};
use crate::escape::escape;
use crate::words::count;

pub(crate) fn render(coverage: &Coverage, sources: &Sources) -> String {
    let mut text = String::new();
    for file in files(coverage) {
        let missed = |point: &&Point<'_>| !point.missed_by.is_empty();
        let open: Vec<_> = file.lines.iter().filter(|line| line.points.iter().any(|p| missed(&p))).collect();
        if open.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let points = file.points();
        let all = count(points.all, "point is", "points are");
        // writing to a string cannot fail
        let _ = writeln!(text, "{}: {} of {all} reached", escape(file.path), points.reached);
        let written: Vec<&str> =
            sources.get(file.path).map(|file| file.lines().collect()).unwrap_or_default();
        let margin = open.last().map_or(0, |line| line.number.to_string().len());
        for line in open {
            let source = written.get(line.number.saturating_sub(1)).copied().unwrap_or_default();
            let _ = writeln!(text, "{:>margin$} | {}", line.number, escape(source).trim_end());
            for point in line.points.iter().filter(missed) {
                let _ = writeln!(text, "{:>margin$} | {}", "", mark(point, source));
            }
        }
    }
    if text.is_empty() { "everything is reached\n".to_owned() } else { text }
}

/// The last column that is marked.
const WIDEST: usize = 500;

/// What is not reached, under the place where it stands.
fn mark(point: &Point<'_>, source: &str) -> String {
    // a mark far to the right shows nothing, and many of them are longer than the file
    let place = match point.place.column.saturating_sub(1) {
        before @ 0..=WIDEST => {
            // columns count characters, of which some are shown escaped
            let before: String = source.chars().take(before).collect();
            " ".repeat(escape(&before).chars().count()) + "^"
        }
        _ => format!("column {}:", point.place.column),
    };
    let versions = point.missed_by.join(", ");
    let of = if point.times == 0 { String::new() } else { format!(" by the tests of {}", escape(&versions)) };
    format!("{place} not reached{of}: {}", escape(point.text))
}
