//! What the rows inside of a row are to its value: for everything that asks what a value is made of.

use mapwright_findings::At;
use mapwright_language::spec::{FIELD_SPREAD, Form, Role, RowSpec};

/// What the value of a row becomes in that of the row that it is right inside of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Becomes<'r> {
    /// The value, if it is the one that is taken.
    Whole,
    /// The member of this name.
    Member(&'r At<String>),
    /// A member with a computed name.
    Named,
    /// Its members are among the members.
    Members,
    /// An item of the list; nothing is known of its place, if it is what each item of a list becomes.
    Item(Option<usize>),
    /// Its items are among the items.
    Items,
    /// A piece of the text.
    Text,
    /// Its items, or one of its members, are what the value is made of.
    Source,
    /// Nothing: it is a name, decides, or is calculated with.
    Nothing,
}

/// What a row becomes that is this to a row of a form.
pub(crate) fn becomes<'r>(form: &Form, role: Role<'r>) -> Becomes<'r> {
    match role {
        Role::Alternative(_) if matches!(form, Form::First { key: Some(_), .. }) => Becomes::Source,
        Role::Alternative(_) | Role::Case(_) | Role::Otherwise | Role::Default => Becomes::Whole,
        Role::Field(name) if name.value == FIELD_SPREAD => Becomes::Members,
        Role::Field(name) => Becomes::Member(name),
        Role::MergePart(_) => Becomes::Members,
        Role::ComputedTo => Becomes::Named,
        Role::EachTo if matches!(form, Form::Each { key: Some(_), .. }) => Becomes::Named,
        Role::EachTo => Becomes::Item(None),
        Role::Item(at) => Becomes::Item(Some(at)),
        Role::ConcatPart(_) => Becomes::Items,
        Role::JoinPart(_) | Role::Template | Role::With(_) => Becomes::Text,
        Role::EachList => Becomes::Source,
        Role::Key | Role::SwitchOn | Role::Operand(_) => Becomes::Nothing,
    }
}

/// The rows right inside of a row, and what each becomes. What a row reads itself, states or writes with a template is none of them.
pub(crate) fn made_of(row: &RowSpec) -> impl Iterator<Item = (Becomes<'_>, &RowSpec)> {
    row.inside().into_iter().map(|(role, inside)| (becomes(&row.form, role), inside))
}
