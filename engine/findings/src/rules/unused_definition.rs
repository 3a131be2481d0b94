//! `unused-definition`: something that is defined and that nothing uses.
//!
//! Page: `docs/rules/unused-definition.md`. Fixtures: `tests/data/rules/unused-definition/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unused-definition",
    severity: Severity::Warning,
    summary: "something that is defined and that nothing uses",
    doc: include_str!("unused_definition.md"),
};

/// How many fixtures a finding names.
const SHOWN: usize = 3;

/// What can be defined and not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A setting.
    Setting,
    /// A column of a setting.
    Column,
    /// A rate-limit group.
    Rate,
    /// A host that requests may go to.
    Host,
    /// A named value.
    Value,
    /// A value set.
    Set,
    /// A table.
    Table,
    /// A named conversion.
    Conversion,
    /// A payload part.
    Part,
    /// A field of a payload part that no step sends.
    Field,
    /// A requirement.
    Requirement,
    /// A shared step.
    Step,
    /// An operation.
    Operation,
    /// A capture.
    Capture,
    /// A body schema.
    Schema,
    /// The item of a loop.
    Item,
    /// The `id` of the items of a batch.
    ItemId,
}

/// Reports a definition that has no effect.
pub fn report(reports: &mut Reports, span: Span, what: Kind, name: &str) {
    let last = match what {
        Kind::Schema | Kind::Host => name,
        Kind::ItemId => "id",
        _ => name.rsplit('.').next().unwrap_or(name),
    };
    let (says, help) = match what {
        Kind::Setting => (
            "no version reads the setting",
            format!(
                "read it as `settings.{name}`, remove it, or write `unused: true` if operators may give it nevertheless"
            ),
        ),
        Kind::Column => (
            "nothing reads the column",
            format!(
                "read it as `item.{last}`, remove it, or write `unused: true` if operators may give it nevertheless"
            ),
        ),
        Kind::Rate => (
            "no operation is in the rate group",
            format!("name it in an operation: `rate: {name}`, or remove it"),
        ),
        Kind::Host => ("no server of any version is there", "name a server there, or remove it".to_owned()),
        Kind::Value => ("nothing reads the value", format!("read it as `${name}`, or remove it")),
        Kind::Set => ("nothing uses the set", format!("use it as `${name}`, or remove it")),
        Kind::Table => {
            ("no conversion uses the table", format!("use it: `as: {{ lookup: {name} }}`, or remove it"))
        }
        Kind::Conversion => {
            ("no row of any version uses the conversion", format!("use it: `as: {name}`, or remove it"))
        }
        Kind::Part => (
            "no step sends the part, and nothing reads a field of it",
            format!("send it: `body: {name}`, or remove it"),
        ),
        Kind::Field => (
            "no step sends the part that the field is in, and nothing reads it",
            format!("read it as `payload.{name}`, or remove it"),
        ),
        Kind::Requirement => {
            ("no mapping names the requirement", format!("name it: `require: [{name}]`, or remove it"))
        }
        Kind::Step => {
            ("no mapping uses the step", format!("use it: `{name}: {{ use: {name} }}`, or remove it"))
        }
        Kind::Operation => {
            ("no step calls the operation", format!("call it: `operation: {name}`, or remove it"))
        }
        Kind::Capture => ("nothing reads the capture", format!("read it as `captures.{name}`, or remove it")),
        Kind::Item => (
            "nothing in the loop reads the item by the name",
            format!("read it as `{name}`, or remove the name: then it is `item`"),
        ),
        Kind::Schema => (
            "no operation names the schema, and no schema refers to it",
            format!("name it in an operation: `schema: {name}`, or remove the file"),
        ),
        Kind::ItemId => (
            "no response rule finds items of the batch by it, and none are merged",
            "write `id` in the `failed` of a response rule, `merge: true` in the batch, or remove it"
                .to_owned(),
        ),
    };
    let report = Report::new(&RULE, span, format!("`{last}` has no effect: {says}")).help(help);
    // a schema is a file, of which a line is nothing; a setting may be in use by operators
    reports.add(match what {
        Kind::Schema | Kind::Setting | Kind::Host | Kind::ItemId => report,
        _ => report.mend(Mend::remove_line(span)),
    });
}

/// Reports a setting that says that nothing uses it, and that is used.
pub fn report_used(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` says `unused: true`, and is read");
    reports.add(Report::new(&RULE, span, message).help("remove `unused: true`, or what reads the setting"));
}

/// Reports fixtures that no test reads, at what names their folder.
pub fn report_fixtures(reports: &mut Reports, span: Span, files: &[&str]) {
    let named: Vec<String> = files.iter().take(SHOWN).map(|file| format!("`{file}`")).collect();
    let others = match files.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("no test reads {}{others}", named.join(", "));
    let help = "name the file in a test, as `event_file` or `body_file`, or remove it";
    reports.add(Report::new(&RULE, span, message).help(help));
}
