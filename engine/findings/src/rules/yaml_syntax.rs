//! `yaml-syntax`: a file that is not YAML.
//!
//! Page: `docs/rules/yaml-syntax.md`. Fixtures: `tests/data/rules/yaml-syntax/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::{FileId, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "yaml-syntax",
    severity: Severity::Error,
    summary: "a file that is not YAML",
    doc: include_str!("yaml_syntax.md"),
};

/// `message` is what the YAML reader says.
pub fn report(reports: &mut Reports, span: Span, message: &str) {
    let (message, help) = explain(message);
    reports.add(Report::new(&RULE, span, message).maybe_help(help));
}

/// What the reader says, what we say, and what to do about it.
const WORDS: [(&str, &str, &str); 21] = [
    ("mapping values are not allowed", "a `:` cannot stand here", "a text with `: ` in it needs quotes"),
    (
        "illegal placement of ':'",
        "a `:` cannot stand here",
        "close the bracket before it, or put the text in quotes",
    ),
    ("unclosed quote", "the quote is not closed", "end the text with the quote that it starts with"),
    ("tabs disallowed", "a tab cannot stand here", "indent with spaces"),
    ("found a tab", "a tab follows this", "indent with spaces"),
    (
        "alias references unknown anchor",
        "the alias names no anchor",
        "an anchor `&name` comes before its alias `*name`; a text that starts with `*` needs quotes",
    ),
    (
        "block mapping, did not find expected key",
        "expected a key here",
        "the keys of one map start in the same column",
    ),
    ("did not find expected '-'", "expected `- ` here", "the items of one list start in the same column"),
    ("did not find expected ',' or '}'", "expected `,` or `}` here", FLOW),
    ("did not find expected ',' or ']'", "expected `,` or `]` here", FLOW),
    ("expected string scalar", "a key has to be text", "a text like `{{ name }}` needs quotes"),
    ("deserialize null into string", "a key has to be text", "put it in quotes"),
    (
        "multiple YAML documents",
        "a second document starts here",
        "one file holds one document: take `---` away",
    ),
    (
        "trailing content after single-quoted",
        "text follows a closing quote",
        "inside `'…'` a quote is written twice: `''`",
    ),
    (
        "trailing content after double-quoted",
        "text follows a closing quote",
        "inside `\"…\"` a quote is written `\\\"`",
    ),
    (
        "unknown escape character",
        "a `\\` cannot stand here",
        "inside `\"…\"` it is written twice; `'…'` takes it as it is",
    ),
    (
        "simple key expected ':'",
        "expected `:` after this key",
        "indent the lines of a text that goes over several lines",
    ),
    ("block sequence entries are not allowed", "a list cannot start here", "start it on a line of its own"),
    (
        "scanning an anchor or alias",
        "expected a name after `*` or `&`",
        "a text that starts with `*` or `&` needs quotes, and so does one with `[` inside `{…}` or `[…]`",
    ),
    ("misplaced bracket", "this bracket closes nothing", "take it away, or put the text in quotes"),
    ("non-finite float", "JSON has no such number", "put it in quotes if it is text"),
];

const FLOW: &str = "inside `{…}` and `[…]` a text with one of `[]{},` needs quotes";

fn explain(message: &str) -> (String, Option<String>) {
    if let Some((_, ours, help)) = WORDS.iter().find(|(theirs, _, _)| message.contains(theirs)) {
        return ((*ours).to_owned(), Some((*help).to_owned()));
    }
    if let Some(open) = message.strip_prefix("unclosed bracket ") {
        let open = open.trim_matches('\'');
        let close = if open == "{" { "}" } else { "]" };
        return (format!("`{open}` is not closed"), Some(format!("add `{close}`")));
    }
    if let Some((open, close)) =
        message.strip_prefix("mismatched bracket ").and_then(|m| m.split_once(" closed by "))
    {
        let (open, close) = (open.trim_matches('\''), close.trim_matches('\''));
        return (
            format!("`{open}` is closed by `{close}`"),
            Some("close brackets in the order in which they were opened".to_owned()),
        );
    }
    if let Some(odd) = message.strip_prefix("unexpected character: ") {
        let odd = odd.strip_prefix('`').and_then(|odd| odd.strip_suffix('\'')).unwrap_or(odd);
        let odd = if odd == "`" { "a backtick".to_owned() } else { format!("`{odd}`") };
        return (format!("a text cannot start with {odd}"), Some("put it in quotes".to_owned()));
    }
    if let Some(limit) = message.strip_prefix("budget breached: ") {
        let help = "files are bounded in depth, size and the number of aliases";
        return (format!("the file is too large ({limit})"), Some(help.to_owned()));
    }
    (message.replace('\'', "`"), None)
}

/// A file that is no text.
pub fn report_bytes(reports: &mut Reports, file: FileId, at: usize) {
    let span = Span { file, start: at as u32, end: at as u32 };
    let message = format!("the file is not UTF-8: it cannot be read from byte {at} on");
    reports.add(Report::new(&RULE, span, message).help("save it as UTF-8"));
}
