//! Items of which nothing becomes of a row: what the row reads of them may be absent.

use mapwright_check::names::{What, each_read, name_read};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::Span;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{
    ConversionSpec, DefaultSpec, Expr, Expression, Form, OnMissing, RowSpec, Template, TemplatePart,
};
use serde_json::Value;

use crate::known::{BodyOf, Knows, Verdict, always, choices, compile, decide, scope_of};
use crate::values::is_absent;
use crate::view::{Becomes, Place, Reading, RowId, RowView, Site, made_of};

use super::spots::{is_own, of_item};

/// Why nothing may become of an item.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    /// This has no value.
    Absent(Span),
    /// No case applies.
    Case(Span),
}

/// What a row lacks for an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct NothingOf {
    /// Why.
    pub why: Why,
    /// Whether nothing but what is in the event decides it: no condition and no choice of the mapping.
    pub is_free: bool,
}

/// The items that one step makes, and what the rows of the batch's body make of them.
pub(super) struct Items<'b, 'k, 'c> {
    /// What is known of them.
    pub knows: Knows<'k, 'c>,
    /// The operation of the batch.
    pub operation: &'b str,
    /// Their members.
    pub body: &'b BodyOf<'k, 'c>,
    /// The name of an item in the rows.
    pub name: Option<&'b str>,
}

impl Items<'_, '_, '_> {
    /// What a row lacks for one of them, as far as it is known.
    pub(super) fn lack(&self, row: &RowSpec) -> Option<NothingOf> {
        let absent = |is_free| Some(NothingOf { why: Why::Absent(row.span), is_free });
        if row.flawed || !row.keep.is_empty() || row.on_missing != OnMissing::Omit {
            return None;
        }
        match &row.default {
            Some(DefaultSpec::Value(value)) if !is_absent(value) => return None,
            Some(DefaultSpec::Row(row)) => drop(self.lack(row)?),
            _ => {}
        }
        let is = |condition: &Option<Expression>, wanted| {
            condition.as_ref().is_none_or(|condition| decide(&[&compile(self.knows, condition)]) == wanted)
        };
        if !is(&row.when, Verdict::Always) || !is(&row.unless, Verdict::Never) {
            return absent(false);
        }
        match &row.form {
            Form::Source(source) => {
                let is_free = match (of_item(row, self.name), &source.value) {
                    (Some([]), _) => self.all_lack(self.left(&row.conversions)?),
                    (Some([PathStep::Key(member), rest @ ..]), _) => self.member_lacks(member, rest),
                    (None, Source::Named(value)) if self.name.is_none() && value.steps.is_empty() => {
                        let values = &self.knows.version.version.spec.values;
                        self.lack(&by_name(values, &value.name)?.0).map(|lack| lack.is_free)
                    }
                    _ => None,
                };
                absent(is_free?)
            }
            Form::Template(template) => absent(self.template_lacks(template)?),
            Form::RestOf { sources, omit } => {
                let [source] = sources.as_slice() else { return None };
                let is_item = matches!(&source.value, Source::Path(path) if path.root == Root::Item && path.steps.is_empty() && path.rest.is_none());
                let names = omit.iter().map(|name| plain(&name.value)).collect::<Option<Vec<_>>>()?;
                let left = self.body.names().filter(|name| !names.contains(name)).collect();
                absent(self.all_lack(left).filter(|_| is_item && self.name.is_none())?)
            }
            Form::Switch { on, cases, otherwise } => {
                if otherwise.is_none() && row.default.is_none() && !self.has_case(on, cases) {
                    return Some(NothingOf { why: Why::Case(on.span), is_free: true });
                }
                // which of them is taken, the mapping decides
                let rows = cases.iter().map(|(_, row)| row).chain(otherwise.as_deref());
                absent(all(rows.map(|row| self.lack(row).map(|lack| lack.is_free)))?)
            }
            Form::Value(_) | Form::Written { .. } | Form::Each { .. } | Form::First { key: Some(_), .. } => {
                None
            }
            // what is made of others lacks a value if all of them do
            Form::First { key: None, .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_) => {
                let parts = made_of(row).filter(|(becomes, _)| !matches!(becomes, Becomes::Nothing));
                absent(all(parts.map(|(_, row)| self.lack(row).map(|lack| lack.is_free)))?)
            }
        }
    }

    /// The members of an item that conversions leave.
    fn left(&self, conversions: &[ConversionSpec]) -> Option<Vec<&str>> {
        let mut left: Vec<&str> = self.body.names().collect();
        for call in conversions {
            let names = match call.argument("names").filter(|_| call.argument("column").is_none())? {
                Value::Array(names) => names.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?,
                name => vec![name.as_str()?],
            };
            let names = names.into_iter().map(plain).collect::<Option<Vec<_>>>()?;
            match call.name.value.as_str() {
                "pick" => left.retain(|name| names.contains(name)),
                "omit" => left.retain(|name| !names.contains(name)),
                _ => return None,
            }
        }
        // an item that nothing is taken from is there
        (!conversions.is_empty()).then_some(left)
    }

    /// Whether an item may have none of these members; and whether nothing but the event decides it.
    fn all_lack(&self, members: Vec<&str>) -> Option<bool> {
        match members.is_empty() {
            true => Some(true),
            false => all(members.into_iter().map(|member| self.member_lacks(member, &[]))),
        }
    }

    /// Whether an item may lack what is at a path in a member; and whether nothing but the event decides it.
    fn member_lacks(&self, member: &str, rest: &[PathStep]) -> Option<bool> {
        match self.body.member(member) {
            Some(row) => self.row_lacks(row, rest),
            // one that no item has has a finding of its own
            None => {
                let others = Knows { flow: None, ..self.knows }.members(self.operation, member)?;
                others.iter().any(|(_, row)| row.is_some()).then_some(true)
            }
        }
    }

    fn row_lacks(&self, id: RowId, rest: &[PathStep]) -> Option<bool> {
        let flow = self.body.flow;
        let row = flow.rows.row(id)?;
        if row.spec.flawed || row.spec.on_missing != OnMissing::Omit || !row.spec.keep.is_empty() {
            return None;
        }
        if let ([PathStep::Key(first), inner @ ..], Form::Object(_)) = (rest, &row.spec.form) {
            let is_it =
                |becomes: &Becomes<'_>| matches!(becomes, Becomes::Member(name) if name.value == *first);
            let (_, member) = flow.rows.made_of(row).find(|(becomes, _)| is_it(becomes))?;
            return self.row_lacks(member, inner);
        }
        if rest.is_empty() && is_own(row.spec) {
            return None;
        }
        let scope = scope_of(self.knows.version, Some(flow));
        let may_lack = match rest {
            [] => !always(scope, row.spec),
            // whatever the event has there
            _ => {
                row.spec.only_reads()
                    && matches!(row.spec.form.source().map(|source| &source.value), Some(Source::Path(path)) if path.root == Root::Event)
            }
        };
        (may_lack && flow.require.is_empty() && !self.is_asked_for(row)).then(|| is_free(row.spec))
    }

    /// Whether a condition on the way to the step reads what a row reads, or the row itself.
    fn is_asked_for(&self, row: &RowView<'_>) -> bool {
        let flow = self.body.flow;
        let mut steps = vec![self.body.step];
        while let Some(group) = steps.last().and_then(|step| flow.step(*step)?.group) {
            steps.push(group);
        }
        let asks = |site: Site| match site {
            Site::Skip(_) | Site::Variant => true,
            Site::Step(step) => steps.contains(&step),
            _ => false,
        };
        let Some(root) = flow.rows.root(row.root) else { return true };
        let own = match root.place {
            Place::Part(part, name) => {
                let steps = vec![PathStep::Key(part.to_owned()), PathStep::Key(name.value.clone())];
                Some(Reading::Path(Root::Payload, steps))
            }
            _ => None,
        };
        let is_own = |site: Site| matches!(site, Site::Row(at) if root.rows.contains(&at.0));
        let reads = &flow.rows.reads;
        let read: Vec<&Reading> =
            reads.iter().filter(|read| is_own(read.site)).map(|read| &read.reading).chain(&own).collect();
        let mut asked = reads.iter().filter(|read| asks(read.site));
        asked.any(|asked| read.iter().any(|read| meets(&asked.reading, read)))
    }

    /// Whether a template prints nothing but what an item may lack; and whether nothing but the event decides it.
    fn template_lacks(&self, template: &Template) -> Option<bool> {
        all(template.parts.iter().filter(|part| !is_blank(part)).map(|part| {
            let TemplatePart::Print(Expr::Name(at)) = part else { return None };
            match (name_read(template.names.get(*at)?)?, self.name) {
                (What::Path(Root::Item, [PathStep::Key(member), rest @ ..]), None) => {
                    self.member_lacks(member, rest)
                }
                (
                    What::Path(Root::Event, [PathStep::Key(first), PathStep::Key(member), rest @ ..]),
                    Some(name),
                ) if first == name => self.member_lacks(member, rest),
                _ => None,
            }
        }))
    }

    /// Whether a choice has a case for each of them, or whether that is not known.
    fn has_case(&self, on: &RowSpec, cases: &Named<RowSpec>) -> bool {
        if let Some(choices) = choices(self.knows, on) {
            let is_case = |text: &String| cases.iter().any(|(name, _)| name.value == *text);
            return choices.is_cased || !choices.missing && choices.values.names().iter().all(is_case);
        }
        // of texts that events are free to choose, some have no case
        let Some([PathStep::Key(member)]) = of_item(on, self.name).filter(|_| on.is_plain()) else {
            return true;
        };
        let row = self.body.member(member).and_then(|row| self.body.flow.rows.row(row));
        let is_read = row.is_some_and(|row| {
            row.spec.is_plain()
                && matches!(row.spec.form.source().map(|source| &source.value), Some(Source::Path(path)) if path.root == Root::Event)
                && !self.is_asked_for(row)
        });
        !is_read
    }
}

/// Whether all parts may be lacking at once. Of several, conditions may make sure that one is there.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let parts = parts.collect::<Option<Vec<bool>>>()?;
    match parts.as_slice() {
        [] => None,
        [only] => Some(*only),
        several => several.iter().all(|is_free| *is_free).then_some(true),
    }
}

/// Whether no condition and no choice of a row decides whether it has a value.
fn is_free(row: &RowSpec) -> bool {
    row.when.is_none()
        && row.unless.is_none()
        && !matches!(row.form, Form::Switch { .. })
        && row.inside().into_iter().all(|(_, row)| is_free(row))
}

fn is_blank(part: &TemplatePart) -> bool {
    matches!(part, TemplatePart::Text(text) if text.is_empty())
}

/// A name that stands for itself, and for no set, path or setting.
fn plain(name: &str) -> Option<&str> {
    (!name.contains(['$', '.', '['])).then_some(name)
}

/// Whether one of two readings is the other, or is in it.
fn meets(one: &Reading, other: &Reading) -> bool {
    match (one, other) {
        (Reading::Path(root, one), Reading::Path(other_root, other)) => {
            root == other_root && (one.starts_with(other) || other.starts_with(one))
        }
        (Reading::Value(one, _), Reading::Value(other, _)) => one == other,
        _ => false,
    }
}

/// The members of an item that a row reads, by their names; nothing, if it reads all of them.
pub(super) fn members_read(row: &RowSpec) -> Option<Vec<String>> {
    let mut members = Some(Vec::new());
    each_read(row, &mut |read| match read.what {
        What::Path(Root::Item, [PathStep::Key(member), ..]) => {
            members.iter_mut().for_each(|all| all.push(member.clone()));
        }
        What::Path(Root::Item, _) => members = None,
        _ => {}
    });
    members
}
