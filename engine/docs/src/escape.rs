//! Text in HTML.

use crate::text::visible;

/// Returns a string of which nothing is markup, for content and for quoted attributes.
pub(crate) fn html(text: &str) -> String {
    escaped(&visible(text))
}

/// The same for code of several lines.
pub(crate) fn html_lines(text: &str) -> String {
    let lines = text.lines().map(|line| {
        // the indentation of code counts
        let rest = line.trim_start_matches(' ');
        format!("{}{}", " ".repeat(line.len() - rest.len()), html(rest))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
