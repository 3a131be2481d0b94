//! `lost-items`: items of a batch that are not in its body, or of a list that are not in the object made of it.
//!
//! Page: `docs/rules/lost-items.md`. Fixtures: `tests/data/rules/lost-items/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "lost-items",
    severity: Severity::Warning,
    summary: "items of a batch of which nothing is in its body, or that its responses do not name; items of a list that are not in the object made of it",
    doc: include_str!("lost_items.md"),
};

/// Reports a condition in the body of a batch that leaves all items out where it does not allow them.
pub fn report_condition(reports: &mut Reports, span: Span) {
    report(
        reports,
        span,
        "the body of the batch leaves out its items where this condition does not allow them",
        "remove the condition, or put the items in another place where it does not",
    );
}

/// Reports that no list of a body takes the items whose member `name` is `value`.
pub fn report_value(reports: &mut Reports, span: Span, name: &str, value: &str) {
    let message = format!("the body of the batch leaves out the items whose `{name}` is {value}");
    report(reports, span, &message, "add a list for them, correct the condition, or send them another way");
}

/// Reports what becomes of an item, if it may have no value.
pub fn report_absent(reports: &mut Reports, span: Span) {
    report(
        reports,
        span,
        "the body of the batch leaves out the items for which this has no value",
        "write what is sent of every item, or reject the event where it has no value",
    );
}

/// Reports what becomes of an item, if it has nothing of it.
pub fn report_constant(reports: &mut Reports, span: Span) {
    report(
        reports,
        span,
        "the body of the batch has nothing of its items: this is the same for all of them",
        "read the `item`",
    );
}

/// Reports a choice without a case for some values.
pub fn report_case(reports: &mut Reports, span: Span) {
    report(
        reports,
        span,
        "the body of the batch leaves out its items where no case applies",
        "add `else` with the items",
    );
}

/// Reports names of members of a body that several items may have.
pub fn report_key(reports: &mut Reports, span: Span) {
    report(
        reports,
        span,
        "the body of the batch keeps one of the items whose `key` is the same, and leaves out the others",
        "write the same row as `id` of the batch, with `merge: true`, or send a list",
    );
}

/// Reports a key that is the same for all items of a list.
pub fn report_same_key(reports: &mut Reports, span: Span) {
    let message = "the object keeps one of the items and leaves out the others: their `key` is the same";
    let help = "read what tells the items apart, such as `item.id`, or read the one item without `each`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports an id with which all items become one.
pub fn report_id(reports: &mut Reports, span: Span) {
    report(
        reports,
        span,
        "`merge` makes one of all items: their `id` is the same",
        "write what identifies an item, or remove `merge`",
    );
}

/// Reports an id of which there are few, so that many items become one.
pub fn report_few(reports: &mut Reports, span: Span, values: &[String]) {
    let named = values.iter().take(MOST_VALUES).cloned().collect::<Vec<_>>().join(", ");
    let more = if values.len() > MOST_VALUES { ", …" } else { "" };
    let message = format!(
        "`merge` makes one of all items of the same `id`, which has {} values: {named}{more}",
        values.len()
    );
    report(reports, span, &message, "write what identifies an item, or remove `merge`");
}

/// Reports an id by which items are merged, and that the body does not have.
pub fn report_nameless(reports: &mut Reports, span: Span, member: &str) {
    let message = format!("items are merged by `item.{member}`, which the body of the batch leaves out");
    let help = format!(
        "send `item.{member}` with the item, or remove `merge`: the API cannot tell whose the merged values are"
    );
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a condition of items that another list of the body takes as well.
pub fn report_twice(reports: &mut Reports, span: Span) {
    let message = "the body of the batch has these items twice: another list takes them as well";
    let help = "write conditions of which one holds for each item";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports places of items that stand in lists of some of them.
pub fn report_index_of_lists(reports: &mut Reports, span: Span) {
    let message = "`index` counts all items of the batch, and no list of its body has all of them";
    let help = "add `among` with the condition of the items that the API counts; otherwise another item counts as failed, and the one that has failed as delivered";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports places of items that are members of an object.
pub fn report_index_of_members(reports: &mut Reports, span: Span) {
    let message = "`index` is a place in a list, and the items are members of an object";
    let help = "find them by what the API names them by: `id`, which the batch states as well";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// So many values are named.
const MOST_VALUES: usize = 4;

fn report(reports: &mut Reports, span: Span, message: &str, advice: &str) {
    let help = format!("{advice}; an item that is not sent counts as delivered");
    reports.add(Report::new(&RULE, span, message).help(help));
}
