//! `loose-limit`: a limit of a conversion or a batch that is beyond that of the operation's schema, or never reached.
//!
//! Page: `docs/rules/loose-limit.md`. Fixtures: `tests/data/rules/loose-limit/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "loose-limit",
    severity: Severity::Warning,
    summary: "a limit of a conversion or a batch that is beyond that of the operation's schema, or never reached",
    doc: include_str!("loose_limit.md"),
};

/// A limit that is too high, or one that is too low of the least.
#[derive(Debug)]
pub struct Loose<'l> {
    /// The conversion that limits.
    pub conversion: &'l str,
    /// Its limit.
    pub given: f64,
    /// That of the schema.
    pub allowed: f64,
    /// The field, as a path in the body.
    pub field: &'l str,
    /// Whether it is the least that is let through.
    pub is_least: bool,
    /// The operations whose schemas allow less.
    pub operations: &'l [&'l str],
}

/// Reports a batch of more items than the API takes.
pub fn report_items(reports: &mut Reports, span: Span, given: u64, loose: &Loose<'_>) {
    let Loose { allowed, field, operations, .. } = loose;
    let operations = all_of(operations.iter().copied());
    let place = if field.is_empty() { "the body".to_owned() } else { format!("`{field}`") };
    let message = format!(
        "the batch may have {given} items, but the schema of {operations} allows {allowed} in {place}"
    );
    let report = Report::new(&RULE, span, message).help(format!("write {allowed}, or correct the schema"));
    reports.add(report.mend(Mend::guess(span, given.to_string(), allowed.to_string())));
}

/// Reports a batch of fewer items than the API takes: `given` is how many it may have, or the most that it has.
pub fn report_few_items(reports: &mut Reports, span: Span, given: u64, at_most: bool, loose: &Loose<'_>) {
    let Loose { allowed, field, operations, .. } = loose;
    let operations = all_of(operations.iter().copied());
    let place = if field.is_empty() { "the body".to_owned() } else { format!("`{field}`") };
    let items = if given == 1 { "item" } else { "items" };
    let (may, help) = match at_most {
        true => ("has at most", format!("write {allowed} or more, or correct the schema")),
        false => (
            "may have",
            "correct the schema, or name an operation for several items under `operation` of the batch"
                .to_owned(),
        ),
    };
    let message = format!(
        "the batch {may} {given} {items}, but the schema of {operations} requires {allowed} in {place}"
    );
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports the bytes of a batch, which so many items of so many bytes never have.
pub fn report_bytes(reports: &mut Reports, span: Span, items: u64, item_bytes: u64, most: u64) {
    let message = format!(
        "`bytes` is never reached: {items} items of {item_bytes} bytes make a body of at most {most} bytes"
    );
    let help = "write less, remove `bytes`, or correct `most` or `item_bytes`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a limit that lets through what the API refuses.
pub fn report(reports: &mut Reports, span: Span, loose: &Loose<'_>) {
    let Loose { conversion, given, allowed, field, is_least, operations } = loose;
    let operations = all_of(operations.iter().copied());
    let way = if *is_least { "down" } else { "up" };
    let message = format!(
        "`{conversion}` allows {way} to {given} in `{field}`, but the schema of {operations} only {allowed}"
    );
    let report = Report::new(&RULE, span, message).help(format!("write {allowed}, or correct the schema"));
    reports.add(report.mend(Mend::guess(span, given.to_string(), allowed.to_string())));
}
