//! Where the items of a batch are in the body that they share.

use mapwright_check::names::{What, name_read, own_reads};
use mapwright_convert::{PathStep, Root, Shape, Source, Type, find};
use mapwright_findings::Span;
use mapwright_language::decode::Named;
use mapwright_language::names::is_item_name;
use mapwright_language::spec::{BatchSpec, Expression, Form, Name, RowSpec};

use crate::known::{Compiled, Knows, Verdict, choices, compile, decide};
use crate::view::{Becomes, ItemOf, is_items, made_of};

/// A batch whose body is looked at.
pub(super) struct Batch<'b, 'c> {
    /// What is known of its items.
    pub knows: Knows<'b, 'c>,
    /// The operation.
    pub operation: &'b str,
    /// What it says.
    pub spec: &'b BatchSpec,
}

/// What keeps items out of a place in the body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guard {
    /// A condition around the place.
    Condition(Span),
    /// A choice may have no case.
    Case(Span),
    /// Items may have the same name.
    Key(Span),
}

/// A place in the body where items are.
#[derive(Debug)]
pub(super) struct ItemsPlace<'b> {
    /// What keeps items out.
    pub guards: Vec<Guard>,
    /// `where`, which selects items.
    pub filter: Option<(&'b Expression, Compiled)>,
    /// What becomes of each; without it, they stay as they are, or in a form that is not looked at.
    pub each: Option<EachItem<'b>>,
    /// What becomes of each, if it has nothing of it.
    pub constant: Option<Span>,
}

/// What becomes of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct EachItem<'b> {
    /// Its name in the rows.
    pub name: Option<&'b str>,
    /// The name of the member, if it becomes one.
    pub key: Option<&'b RowSpec>,
    /// The value.
    pub to: &'b RowSpec,
}

impl<'b, 'c> Batch<'b, 'c> {
    /// The places of the items in a row.
    pub(super) fn spots(&self, row: &'b RowSpec, outer: &[Guard]) -> Vec<ItemsPlace<'b>> {
        let mut guards = outer.to_vec();
        let condition = |expression: &Expression, compiled: Compiled| {
            (decide(&[&compiled]) != Verdict::Always).then_some(Guard::Condition(expression.span))
        };
        guards.extend(row.when.as_ref().and_then(|when| condition(when, compile(self.knows, when))));
        let unless = row.unless.as_ref();
        guards.extend(unless.and_then(|unless| condition(unless, compile(self.knows, unless).negated())));
        let (mut filter, mut each, mut constant) = (None, None, None);
        if let Form::Each { list, filter: condition, key, name, to } = &row.form
            && is_items(list)
        {
            let name = name.as_ref().map(|name| name.value.as_str());
            let alike = key.as_ref().filter(|key| !self.is_distinct(key, name));
            guards.extend(alike.map(|key| Guard::Key(key.span)));
            let condition = condition.as_ref().map(|filter| (filter, compile(self.of_items(name), filter)));
            filter = condition.filter(|(_, compiled)| decide(&[compiled]) != Verdict::Always);
            each = Some(EachItem { name, key: key.as_deref(), to });
            constant = (!reads_item(to)).then_some(to.span);
        } else if let Form::Switch { on, cases, otherwise } = &row.form {
            let mut rows = cases.iter().map(|(_, row)| row).chain(otherwise.as_deref());
            if rows.all(|row| self.spots(row, &[]).is_empty()) {
                return Vec::new();
            }
            let is_covered = otherwise.is_some() || row.default.is_some() || self.is_covered(on, cases);
            guards.extend((!is_covered).then_some(Guard::Case(on.span)));
        } else if !is_items(row) {
            let inside = made_of(row).filter(|(becomes, _)| !matches!(becomes, Becomes::Nothing));
            return inside.flat_map(|(_, row)| self.spots(row, &guards)).collect();
        }
        vec![ItemsPlace { guards, filter, each, constant }]
    }

    /// What is known of the items where they have this name.
    pub(super) fn of_items(&self, name: Option<&'b str>) -> Knows<'b, 'c> {
        Knows { item: Some(ItemOf::Batch { operation: self.operation, name }), ..self.knows }
    }

    /// Whether each item has a name of its own.
    fn is_distinct(&self, key: &RowSpec, name: Option<&str>) -> bool {
        let id = self.spec.id.as_ref().filter(|_| self.spec.merge);
        let is_of_id =
            |call: &str| id.is_some_and(|id| id.conversions.iter().any(|known| known.name.value == call));
        let calls = key.conversions.iter().map(|call| call.name.value.as_str());
        if calls.filter(|call| !is_of_id(call)).any(makes_alike) {
            return false;
        }
        let Some(steps) = of_item(key, name) else { return !matches!(key.form, Form::Value(_)) };
        if let Some(id) = id {
            return of_item(id, None).is_none_or(|id| id == steps);
        }
        let [PathStep::Key(member)] = steps else { return true };
        match self.knows.members(self.operation, member) {
            Some(members) => members.iter().all(|(_, row)| row.as_ref().is_none_or(|row| is_own(row))),
            None => true,
        }
    }

    /// Whether a choice by a setting has a case for each value.
    fn is_covered(&self, on: &RowSpec, cases: &Named<RowSpec>) -> bool {
        let path = on.form.source().and_then(|source| path_of(&source.value));
        if !on.is_plain() || !matches!(path, Some((Root::Settings, _))) {
            return true;
        }
        choices(self.knows, on)
            .is_some_and(|choices| !choices.missing && choices.without(cases).next().is_none())
    }
}

/// Whether a row is the id that each event has of its own.
pub(super) fn is_own(row: &RowSpec) -> bool {
    let path = row.form.source().and_then(|source| path_of(&source.value));
    matches!(path, Some((Root::Event, [PathStep::Key(first)])) if first == "messageId")
}

/// Whether a conversion makes the same of different values.
fn makes_alike(call: &str) -> bool {
    find(call).is_some_and(|known| {
        known.bounds()
            || known.gives == Type::Boolean
            || matches!(known.shape, Shape::Lowercase | Shape::Uppercase | Shape::Looked(_) | Shape::Count)
    })
}

/// The path of a source that has no filter.
pub(super) fn path_of(source: &Source) -> Option<(Root, &[PathStep])> {
    match source {
        Source::Path(path) if path.rest.is_none() => Some((path.root, &path.steps)),
        _ => None,
    }
}

/// The path in an item that a row reads, where the item has this name.
pub(super) fn of_item<'r>(row: &'r RowSpec, name: Option<&str>) -> Option<&'r [PathStep]> {
    match (path_of(&row.form.source()?.value)?, name) {
        ((Root::Item, steps), None) => Some(steps),
        ((Root::Event, [PathStep::Key(first), rest @ ..]), Some(name)) if first == name => Some(rest),
        _ => None,
    }
}

/// Whether a row, or one inside of it, has something of an item, whatever its name; a named value may have it.
pub(super) fn reads_item(row: &RowSpec) -> bool {
    let is_item = |what: &What<'_>| matches!(what, What::Value(..) | What::Path(Root::Item, _));
    let is_named = |name: &Name| match name_read(name) {
        Some(What::Path(Root::Event, [PathStep::Key(first), ..])) => is_item_name(first),
        what => what.is_some_and(|what| is_item(&what)),
    };
    let mut found = row.flawed;
    if let Form::Template(template) = &row.form {
        found |= template.gives(is_named);
    } else {
        own_reads(row, &mut |read| found |= is_item(&read.what));
    }
    found || row.inside().into_iter().any(|(_, row)| reads_item(row))
}
