//! The tracefile of LCOV. A line is hit if something of it is reached, and each point is a branch of its line.

use std::fmt::Write as _;

use mapwright::Coverage;

use crate::coverage::files::{File, files};
use crate::escape::escape;

pub(crate) fn render(coverage: &Coverage) -> String {
    let mut text = String::new();
    for file in files(coverage) {
        // writing to a string cannot fail
        let _ = record(&mut text, &file);
    }
    text
}

fn record(text: &mut String, file: &File<'_>) -> std::fmt::Result {
    writeln!(text, "TN:")?;
    writeln!(text, "SF:{}", escape(file.path))?;
    for line in &file.lines {
        for (at, point) in line.points.iter().enumerate() {
            // of a line that is not hit, it is not known of its branches
            match line.times() {
                0 => writeln!(text, "BRDA:{},0,{at},-", line.number)?,
                _ => writeln!(text, "BRDA:{},0,{at},{}", line.number, point.times)?,
            }
        }
    }
    let (points, lines) = (file.points(), file.lines());
    writeln!(text, "BRF:{}\nBRH:{}", points.all, points.reached)?;
    for line in &file.lines {
        writeln!(text, "DA:{},{}", line.number, line.times())?;
    }
    writeln!(text, "LF:{}\nLH:{}\nend_of_record", lines.all, lines.reached)
}
