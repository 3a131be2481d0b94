//! The rows inside of a row, and what each is to it.

use mapwright_convert::Source;
use serde_json::Value;

use crate::spec::{ArgsSpec, DefaultSpec, Form, RowSpec};
use mapwright_findings::At;

/// What a row is to the row that it is inside of.
#[derive(Debug, Clone, Copy)]
pub enum Role<'r> {
    /// An alternative of `from`.
    Alternative(usize),
    /// The name of the member that `from` reads, or that `each` or a computed name makes.
    Key,
    /// A part of `join`.
    JoinPart(usize),
    /// A list of `concat`.
    ConcatPart(usize),
    /// An object of `merge`.
    MergePart(usize),
    /// A field of an object.
    Field(&'r At<String>),
    /// An item of `list`.
    Item(usize),
    /// The list of `each`.
    EachList,
    /// What an item of `each` becomes.
    EachTo,
    /// The value of the member with a computed name.
    ComputedTo,
    /// A template that operators write.
    Template,
    /// What such a template can read.
    With(&'r At<String>),
    /// The value that selects a case.
    SwitchOn,
    /// A case of `switch`.
    Case(&'r At<String>),
    /// The `else` of `switch`.
    Otherwise,
    /// What the conversion at this position calculates with.
    Operand(usize),
    /// The default.
    Default,
}

impl Form {
    /// Returns the source, if the row does nothing but read it.
    pub fn source(&self) -> Option<&At<Source>> {
        if let Form::Source(source) = self { Some(source) } else { None }
    }

    /// Returns the constant value of the row, if it states one.
    pub fn value(&self) -> Option<&Value> {
        if let Form::Value(value) = self { Some(value) } else { None }
    }
}

impl RowSpec {
    /// Returns the rows directly inside of this one, in the order in which they are written.
    pub fn inside(&self) -> Vec<(Role<'_>, &RowSpec)> {
        fn numbered<'r>(rows: &'r [RowSpec], role: fn(usize) -> Role<'r>) -> Vec<(Role<'r>, &'r RowSpec)> {
            rows.iter().enumerate().map(|(at, row)| (role(at), row)).collect()
        }
        let mut all = match &self.form {
            Form::Source(_) | Form::Value(_) | Form::Template(_) | Form::RestOf { .. } => Vec::new(),
            Form::First { alternatives, key } => {
                let mut all = numbered(alternatives, Role::Alternative);
                all.extend(key.iter().map(|key| (Role::Key, &**key)));
                all
            }
            Form::Join { parts, .. } => numbered(parts, Role::JoinPart),
            Form::Concat(parts) => numbered(parts, Role::ConcatPart),
            Form::Merge(parts) => numbered(parts, Role::MergePart),
            Form::Object(fields) => fields.iter().map(|(name, row)| (Role::Field(name), row)).collect(),
            Form::List(items) => numbered(items, Role::Item),
            Form::Computed { key, to } => vec![(Role::Key, &**key), (Role::ComputedTo, &**to)],
            Form::Each { list, name: _, filter: _, key, to } => {
                let key = key.iter().map(|key| (Role::Key, &**key));
                let list = std::iter::once((Role::EachList, &**list));
                list.chain(key).chain([(Role::EachTo, &**to)]).collect()
            }
            Form::Written { from, with } => {
                let with = with.iter().map(|(name, row)| (Role::With(name), row));
                std::iter::once((Role::Template, &**from)).chain(with).collect()
            }
            Form::Switch { on, cases, otherwise } => {
                let on = std::iter::once((Role::SwitchOn, &**on));
                let cases = cases.iter().map(|(name, row)| (Role::Case(name), row));
                on.chain(cases).chain(otherwise.iter().map(|row| (Role::Otherwise, &**row))).collect()
            }
        };
        for (at, call) in self.conversions.iter().enumerate() {
            if let ArgsSpec::Operand(row) = &call.args {
                all.push((Role::Operand(at), row));
            }
        }
        if let Some(DefaultSpec::Row(row)) = &self.default {
            all.push((Role::Default, row));
        }
        all
    }
}
