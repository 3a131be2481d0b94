//! `useless-modifier`: a modifier that can never apply.
//!
//! Page: `docs/rules/useless-modifier.md`. Fixtures: `tests/data/rules/useless-modifier/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "useless-modifier",
    severity: Severity::Warning,
    summary: "a modifier that can never apply",
    doc: include_str!("useless_modifier.md"),
};

/// Why a modifier never applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The row always has a value.
    Always,
    /// The default is a value.
    Default,
    /// Nothing is converted.
    NoConversion,
    /// The row never rejects an event.
    NeverRejects,
    /// The setting has a default.
    Given,
    /// The setting is not required, and takes any value.
    AnyValue,
    /// No body is sent.
    NoBody,
    /// Nothing has failed.
    Done,
    /// Neither what is signed nor what is sent has the time.
    NoTime,
    /// Only one part is signed.
    OnePart,
    /// No other event has the same request, which has this.
    NotShared(&'static str),
    /// No other event has a request that could be the same, since it has the `messageId`.
    NotTogether,
    /// No other event is in the same group, since `by` has the `messageId`.
    OwnGroup,
    /// Nothing is captured of the pages.
    NoCapture,
    /// What is captured is nothing of the response, and it is captured for every event.
    NoAnswer,
}

/// Reports a modifier that has no effect.
pub fn report(reports: &mut Reports, span: Span, key: &str, because: Because) {
    let why = match because {
        Because::Done => "with `class: done`, nothing has failed",
        Because::NoTime => "neither what is signed nor what is sent has the `timestamp`",
        Because::OnePart => "only one part is signed, so that nothing stands between parts",
        Because::NotShared("now") => "every request has another time, so that no two events share a response",
        Because::NotShared(_) => {
            "every request has another `messageId`, so that no two events share a response"
        }
        Because::NotTogether => {
            "every request has another `messageId` beside its body, so that no two events share one"
        }
        Because::OwnGroup => {
            "`by` is another `messageId` for every event, so that no two events share a request"
        }
        Because::NoCapture => "nothing is captured of the pages",
        Because::NoAnswer => "it reads nothing of the response, and has the same value without the step",
        Because::Always => "the row always has a value",
        Because::Default => "the row has a `default`, which is a value",
        Because::NoConversion => "the row has no conversion that could fail",
        Because::NeverRejects => "the row never rejects an event",
        Because::Given => "the setting has a `default`, so that it is always given",
        Because::AnyValue => "the setting is not `required`, and any value fits it",
        Because::NoBody => "no step calls the operation with a `body`",
    };
    let help = match because {
        Because::Done => format!("remove `{key}`, or correct the `class`"),
        Because::NoTime => format!("remove `{key}`, or write `timestamp` in `sign`, `headers` or `query`"),
        Because::OnePart => format!("remove `{key}`, or write in `sign` what else the API signs"),
        Because::NotShared(name) => format!("remove `{key}`, or do not send `{name}` in the request"),
        Because::NotTogether => {
            format!("remove `{key}`, or send `messageId` in the body only, if the API takes it there")
        }
        Because::OwnGroup => format!("remove `{key}`, or group the items by what several of them have"),
        Because::NoCapture => format!("remove `{key}`, or add `capture`"),
        Because::NoAnswer => {
            format!(
                "remove `{key}`, and read what it has where `captures` is read, or capture something of the response"
            )
        }
        Because::NeverRejects => "remove it, or reject the event: `on_missing: reject`".to_owned(),
        Because::NoConversion => "remove it, or convert the value with `as`".to_owned(),
        Because::Given => "remove `required`, or the default".to_owned(),
        Because::AnyValue => "add `required: true`, `type` or `one_of`, or remove the message".to_owned(),
        Because::NoBody => "remove it, or add `body` to a step that calls the operation".to_owned(),
        Because::Always | Because::Default => format!("remove `{key}`, or what makes the value certain"),
    };
    let report = Report::new(&RULE, span, format!("`{key}` has no effect: {why}")).help(help);
    reports.add(report.mend(Mend::remove_key(span, key)));
}

/// Reports what tells the items of a batch apart, if all of them have the same.
pub fn report_alike(reports: &mut Reports, span: Span, key: &str) {
    let message = format!("`{key}` has no effect: all items have the same value");
    let help = "read a member of the `item` that differs, or remove it";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a conversion that changes nothing: the one before has done so, or the one after does.
pub fn report_conversion(reports: &mut Reports, span: Span, conversion: &str, other: &str, is_before: bool) {
    let message = match is_before {
        true => format!("`{conversion}` has no effect after `{other}`, which gives such a value"),
        false => {
            format!("`{conversion}` has no effect before `{other}`, which takes any value as a list of one")
        }
    };
    reports.add(Report::new(&RULE, span, message).help("remove it"));
}
