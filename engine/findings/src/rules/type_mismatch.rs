//! `type-mismatch`: a value of a type that its operation's schema or encoding does not allow, or that is not a time to wait.
//!
//! Page: `docs/rules/type-mismatch.md`. Fixtures: `tests/data/rules/type-mismatch/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::rules::value_mismatch::placed;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "type-mismatch",
    severity: Severity::Error,
    summary: "a value of a type that its operation's schema does not allow",
    doc: include_str!("type_mismatch.md"),
};

/// A value of the wrong type: where it goes, what it is, what is allowed there, and how to make it that.
#[derive(Debug)]
pub struct Mistyped<'m> {
    /// The field, as a path in the body.
    pub field: &'m str,
    /// What the value is.
    pub given: &'m str,
    /// What the schema allows.
    pub allowed: &'m str,
    /// The operations that are sent it.
    pub operations: &'m [String],
    /// What the author can do.
    pub advice: &'m str,
    /// Where the value is made, if that is elsewhere.
    pub made_at: Option<Span>,
    /// The row that sends it, if an entry of a table or a list is reported.
    pub row: Option<Span>,
}

/// Reports a value of the wrong type.
pub fn report(reports: &mut Reports, span: Span, mistyped: &Mistyped<'_>) {
    let Mistyped { field, given, allowed, operations, advice, made_at, row } = mistyped;
    let value = if field.is_empty() { "the body".to_owned() } else { format!("`{field}`") };
    let message = format!("{value} is {given}, but {} takes {allowed}", one_of(operations.iter()));
    let report = Report::new(&RULE, span, message).help(*advice);
    reports.add(placed(report, *made_at, *row));
}

/// Reports a value that the encoding of its body cannot write; `place` says what it can.
pub fn report_encoded(
    reports: &mut Reports,
    span: Span,
    field: &str,
    given: &str,
    (place, help): (&str, &str),
) {
    let message = format!("{field} is {given}, but {place}");
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a time to wait that is of a type that is none.
pub fn report_wait(reports: &mut Reports, span: Span, given: &str) {
    let message = format!("`after` is {given}, but a wait is a number of seconds or a time");
    let help = "read the seconds until the next attempt, or a time, of the response";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports what names an item of a batch, or a failure, that is of a type which does not.
pub fn report_said(reports: &mut Reports, span: Span, key: &str, given: &str) {
    let wanted = match key {
        "index" => "the position of an item is a whole number, or the text of one",
        "id" => "the id of an item is text or a number",
        _ => "what the API says of a failure is text or a number",
    };
    let message = format!("`{key}` is {given}, but {wanted}");
    let help = "read a single value of the entry, or correct its `answer_schema`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports something in which `key` looks for a member, and that has none.
pub fn report_key(reports: &mut Reports, span: Span, given: &str) {
    let message = format!("`key` finds a member of an object, and this is {given}");
    let help = "read an object, such as a table: `{ each: …, key: …, to: … }`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports what identifies the items of a batch, and is of a type that does not.
pub fn report_id(reports: &mut Reports, span: Span, given: &str) {
    let message = format!("`id` is {given}, but the id of an item is text or a number");
    reports.add(
        Report::new(&RULE, span, message).help("read a single value of the item, such as `item.data.id`"),
    );
}

/// Reports what `each` or `for_each` goes through, if it is never a list.
pub fn report_looped(reports: &mut Reports, span: Span, key: &str, given: &str) {
    let message = format!("`{key}` goes through a list, and this is {given}");
    let help = format!("read a list, or remove `{key}` and read the value itself instead of its item");
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports what the next page is named by, and is of a type that names none.
pub fn report_next(reports: &mut Reports, span: Span, given: &str) {
    let message = format!("`next` is {given}, but what names the next page is text or a number");
    let help = "read what the API takes for the next page, such as `response.body.next`, or correct its `answer_schema`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports what is spread in an object, and has no members.
pub fn report_spread(reports: &mut Reports, span: Span, given: &str) {
    let message = format!("`...` adds the members of an object, and this is {given}");
    let help = "read an object, or give the value a name";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a header or a parameter of a path that is no single text.
pub fn report_text(reports: &mut Reports, span: Span, (what, name): (&str, &str), given: &str) {
    let message = format!("the {what} `{name}` is {given}, but it takes a single text");
    let help = "read a single value, or convert it, such as with `join` or `json_text`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a key or a password that is not text.
pub fn report_secret(reports: &mut Reports, span: Span, given: &str) {
    let message = format!("a key or a password is text, and this is {given}");
    reports.add(Report::new(&RULE, span, message).help("read a setting with `type: string`"));
}

/// Reports an index of something that is text.
pub fn report_index(reports: &mut Reports, span: Span, of: &str, index: i64) {
    let message = format!("`{of}[{index}]` finds an item of a list, and `{of}` is text");
    let end = match index {
        -1 => String::new(),
        index => index.saturating_add(1).to_string(),
    };
    let help = format!("to take a character, write a slice: `{of}[{index}:{end}]`");
    reports.add(Report::new(&RULE, span, message).help(help));
}
