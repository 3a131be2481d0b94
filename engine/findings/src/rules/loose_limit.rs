//! `loose-limit`: a limit of a conversion or a batch that is beyond that of the operation's schema.
//!
//! Page: `docs/rules/loose-limit.md`. Fixtures: `tests/data/rules/loose-limit/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "loose-limit",
    severity: Severity::Warning,
    summary: "a limit of a conversion or a batch that is beyond that of the operation's schema",
    doc: include_str!("loose_limit.md"),
};

/// A limit that is too high.
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
    /// The operation.
    pub operation: &'l str,
}

/// Reports a batch of more items than the API takes.
pub fn report_items(reports: &mut Reports, span: Span, given: u64, loose: &Loose<'_>) {
    let Loose { allowed, field, operation, .. } = loose;
    let place = if field.is_empty() { "the body".to_owned() } else { format!("`{field}`") };
    let message = format!(
        "the batch may have {given} items, but the schema of `{operation}` allows {allowed} in {place}"
    );
    let report = Report::new(&RULE, span, message).help(format!("write {allowed}, or correct the schema"));
    reports.add(report.mend(Mend::guess(span, given.to_string(), allowed.to_string())));
}

/// Reports a limit that lets through what the API refuses.
pub fn report(reports: &mut Reports, span: Span, loose: &Loose<'_>) {
    let Loose { conversion, given, allowed, field, operation } = loose;
    let message = format!(
        "`{conversion}` allows up to {given} in `{field}`, but the schema of `{operation}` only {allowed}"
    );
    let report = Report::new(&RULE, span, message).help(format!("write {allowed}, or correct the schema"));
    reports.add(report.mend(Mend::guess(span, given.to_string(), allowed.to_string())));
}
