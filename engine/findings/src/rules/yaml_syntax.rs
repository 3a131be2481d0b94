//! `yaml-syntax`: a file that is not valid YAML.
//!
//! Page: `docs/rules/yaml-syntax.md`. Fixtures: `tests/data/rules/yaml-syntax/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::{FileId, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "yaml-syntax",
    severity: Severity::Error,
    summary: "a file that is not valid YAML",
    doc: include_str!("yaml_syntax.md"),
};

/// Reports an error of the YAML reader. `message` is its message.
pub fn report(reports: &mut Reports, span: Span, message: &str) {
    let (message, help) = explain(message);
    reports.add(Report::new(&RULE, span, message).maybe_help(help));
}

/// The parser's message, our message, and the help.
const WORDS: [(&str, &str, &str); 22] = [
    ("mapping values are not allowed", "unexpected `:`", "put a string that contains `: ` in quotes"),
    (
        "illegal placement of ':'",
        "unexpected `:`",
        "close the bracket before it, or put the string in quotes",
    ),
    ("unclosed quote", "the quote is not closed", "close the string with the quote that opens it"),
    ("tabs disallowed", "unexpected tab", "indent with spaces"),
    ("found a tab", "a tab follows this", "indent with spaces"),
    (
        "alias references unknown anchor",
        "the alias refers to no anchor",
        "define the anchor `&name` before its alias `*name`, or put a string that starts with `*` in quotes",
    ),
    (
        "recursive references require weak recursion",
        "the alias refers to a value that contains the alias",
        "write the value out, or refer to another anchor",
    ),
    (
        "block mapping, did not find expected key",
        "expected a key here",
        "the keys of one map start in the same column",
    ),
    (
        "did not find expected '-'",
        "expected `- ` here",
        "the items of one list start in the same column, and the keys of an item below its first key",
    ),
    ("did not find expected ',' or '}'", "expected `,` or `}` here", FLOW),
    ("did not find expected ',' or ']'", "expected `,` or `]` here", FLOW),
    ("expected string scalar", "a key must be text", "put a string such as `{{ name }}` in quotes"),
    ("deserialize null into string", "a key must be text", "put it in quotes"),
    (
        "multiple YAML documents",
        "a second document starts here",
        "a file holds a single document: remove `---`",
    ),
    (
        "trailing content after single-quoted",
        "text follows a closing quote",
        "inside `'…'`, write a quote twice: `''`",
    ),
    (
        "trailing content after double-quoted",
        "text follows a closing quote",
        "inside `\"…\"`, write a quote as `\\\"`",
    ),
    (
        "unknown escape character",
        "unexpected `\\`",
        "inside `\"…\"`, write it twice; inside `'…'`, it is literal",
    ),
    (
        "simple key expected ':'",
        "expected `:` after this key",
        "start an item of a list with `- `, and indent all lines of a multi-line string",
    ),
    ("block sequence entries are not allowed", "a list cannot start here", "start it on a line of its own"),
    (
        "scanning an anchor or alias",
        "expected a name after `*` or `&`",
        "put a string that starts with `*` or `&` in quotes, or that contains `[` inside `{…}` or `[…]`",
    ),
    ("misplaced bracket", "unmatched closing bracket", "remove it, or put the string in quotes"),
    ("non-finite float", "JSON does not support this number", "put it in quotes if it is text"),
];

const FLOW: &str = "inside `{…}` and `[…]`, put a string that contains one of `[]{},` in quotes";

fn explain(message: &str) -> (String, Option<String>) {
    if let Some((_, ours, help)) = WORDS.iter().find(|(theirs, _, _)| message.contains(theirs)) {
        return ((*ours).to_owned(), Some((*help).to_owned()));
    }
    if let Some(path) = message.strip_prefix("unquoted index ") {
        let quote = if path.contains('"') { '\'' } else { '"' };
        let help =
            format!("inside `{{…}}` and `[…]`, brackets are those of YAML: write `{quote}{path}{quote}`");
        return (format!("`{path}` must be in quotes here"), Some(help));
    }
    if let Some((key, above)) = message.strip_prefix("misplaced key ").and_then(|m| m.split_once(" below ")) {
        let help = format!(
            "indent it like the keys of its map, and start an item of a list with `- `; if it is text that continues from `{above}`, put all of the text in quotes"
        );
        return (format!("the key `{key}` stands below `{above}`, which has a value already"), Some(help));
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
        return (format!("a string cannot start with {odd}"), Some("put it in quotes".to_owned()));
    }
    if let Some(limit) = message.strip_prefix("budget breached: ") {
        return over(limit);
    }
    (message.replace('\'', "`"), None)
}

/// What is limited, by its name in the reader's message; what it is for people; and what to do.
const LIMITS: [(&str, &str, &str); 3] = [
    (
        "Nodes",
        "values (limit `yaml_values`), counting again what aliases repeat",
        "divide the file, or repeat less with aliases: an alias of an alias multiplies what there is",
    ),
    (
        "Aliases",
        "aliases (limit `yaml_aliases`)",
        "write a value in place of some, or name what they stand for in `values`",
    ),
    ("Depth", "levels of lists and maps in each other (limit `yaml_depth`)", "nest less"),
];

/// The message about a limit, such as `Nodes { nodes: 100001 }`: the first number that is too much.
fn over(limit: &str) -> (String, Option<String>) {
    let name = limit.split([' ', '(']).next().unwrap_or(limit);
    let number = limit.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse::<u64>().ok());
    if let (Some((_, what, help)), Some(number)) = (LIMITS.iter().find(|known| known.0 == name), number) {
        let most = number.saturating_sub(1);
        return (format!("the file has more than {most} {what}"), Some((*help).to_owned()));
    }
    // the library's name of what is limited, such as `MaxScalarBytes`
    let words: String = name
        .chars()
        .map(|c| if c.is_uppercase() { format!(" {}", c.to_lowercase()) } else { c.to_string() })
        .collect();
    (format!("the file is too large: limit on{words}"), Some("divide the file".to_owned()))
}

/// Returns whether the YAML reader's message is that a second document starts.
pub fn is_second_document(message: &str) -> bool {
    message.contains("multiple YAML documents")
}

/// Reports a file that is not valid UTF-8.
pub fn report_bytes(reports: &mut Reports, file: FileId, at: usize) {
    let span = Span { file, start: at as u32, end: at as u32 };
    let message = format!("the file is not valid UTF-8 from byte {at} on");
    reports.add(Report::new(&RULE, span, message).help("save it as UTF-8"));
}
