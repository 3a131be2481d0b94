//! Items of batches that are not in the bodies that they share.

use mapwright_check::names::{What, name_read, own_reads};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::lost_items::{
    RULE, report_absent, report_case, report_condition, report_constant, report_id, report_key, report_value,
};
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::Named;
use mapwright_language::spec::{BatchSpec, Expr, Expression, Form, Name, OnMissing, Role, RowSpec, StepSpec};
use serde_json::Value;

use crate::everywhere::{Everywhere, Tell};
use crate::known::{
    Compiled, Knows, Verdict, always, canonical, choices, compile, decide, is_alike, scope_of,
};
use crate::values::{Known, ValueSet};
use crate::view::{FlowView, ItemOf, StepView, VersionView, is_items};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for (name, operation) in &version.version.spec.operations {
        let Some(spec) = operation.batch.as_deref() else { continue };
        let Some(body) = &spec.body else { continue };
        let item = Some(ItemOf::Batch { operation: &name.value, name: None });
        let knows = Knows { item, ..scope_of(version, None) };
        let of = Batch { knows, operation: &name.value, spec };
        everywhere.look(&RULE, body.span, "body", of.lost(&of.places(body, &[])));
        if let Some(id) = spec.id.as_ref().filter(|_| spec.merge) {
            let span = id.span;
            let tell =
                is_alike(of.knows, id).then(|| -> Tell { Box::new(move |reports| report_id(reports, span)) });
            everywhere.look(&RULE, span, "id", tell);
        }
    }
}

/// A batch whose body is checked.
struct Batch<'b, 'c> {
    knows: Knows<'b, 'c>,
    operation: &'b str,
    spec: &'b BatchSpec,
}

/// The reason why items may not get into a place of the body.
#[derive(Clone)]
enum Guard<'b> {
    /// A condition around the place.
    Condition(Span),
    /// `where`, which selects items.
    Where(&'b Expression, Compiled),
    /// The row of an item may be absent.
    Absent(Span),
    /// The row of an item does not read it.
    Constant(Span),
    /// A choice may have no case.
    Case(Span),
    /// Items may have the same name.
    Key(Span),
}

impl<'b> Batch<'b, '_> {
    /// The places of the items in a row, each with what may keep items out.
    fn places(&self, row: &'b RowSpec, outer: &[Guard<'b>]) -> Vec<Vec<Guard<'b>>> {
        let mut guards = outer.to_vec();
        let condition = |expression: &Expression, compiled: Compiled| {
            (decide(&[&compiled]) != Verdict::Always).then_some(Guard::Condition(expression.span))
        };
        guards.extend(row.when.as_ref().and_then(|when| condition(when, compile(self.knows, when))));
        let unless = row.unless.as_ref();
        guards.extend(unless.and_then(|unless| condition(unless, compile(self.knows, unless).negated())));
        match &row.form {
            Form::Source(_) if is_items(row) => vec![guards],
            Form::Each { list, filter, key, name, to } if is_items(list) => {
                let name = name.as_ref().map(|name| name.value.as_str());
                let item = Some(ItemOf::Batch { operation: self.operation, name });
                let knows = Knows { item, ..self.knows };
                if let Some(filter) = filter {
                    let compiled = compile(knows, filter);
                    guards.extend(
                        (decide(&[&compiled]) != Verdict::Always).then_some(Guard::Where(filter, compiled)),
                    );
                } else if !reads_item(to) {
                    guards.push(Guard::Constant(to.span));
                } else if self.may_lack(knows, to, name) {
                    guards.push(Guard::Absent(to.span));
                }
                if let Some(key) = key.as_ref().filter(|key| !self.is_distinct(key, name)) {
                    guards.push(Guard::Key(key.span));
                }
                vec![guards]
            }
            Form::Switch { on, cases, otherwise } => {
                let rows: Vec<&RowSpec> =
                    cases.iter().map(|(_, row)| row).chain(otherwise.as_deref()).collect();
                let places: Vec<_> = rows.iter().map(|row| self.places(row, &[])).collect();
                if places.iter().all(Vec::is_empty) {
                    return Vec::new();
                }
                let is_covered = otherwise.is_some() || row.default.is_some() || self.is_covered(on, cases);
                if !is_covered {
                    guards.push(Guard::Case(on.span));
                }
                vec![guards]
            }
            Form::Source(_)
            | Form::Each { .. }
            | Form::First { .. }
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf { .. }
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_) => {
                let inside = row.inside().into_iter();
                let inside = inside.filter(|(role, _)| !matches!(role, Role::Key | Role::Operand(_)));
                inside.flat_map(|(_, row)| self.places(row, &guards)).collect()
            }
        }
    }

    /// Whether what becomes of an item may have no value.
    fn may_lack(&self, knows: Knows<'_, '_>, to: &RowSpec, name: Option<&str>) -> bool {
        if to.default.is_some() || to.on_missing != OnMissing::Omit {
            return false;
        }
        let is = |condition: &Expression, wanted| decide(&[&compile(knows, condition)]) == wanted;
        if to.when.as_ref().is_some_and(|when| !is(when, Verdict::Always))
            || to.unless.as_ref().is_some_and(|unless| !is(unless, Verdict::Never))
        {
            return true;
        }
        let Some([PathStep::Key(member)]) = of_item(to, name) else { return false };
        let members = self.knows.members(self.operation, member).unwrap_or_default();
        members.iter().any(|(flow, row)| {
            let is_given = |row: &&RowSpec| {
                row.on_missing == OnMissing::Reject || always(scope_of(self.knows.version, Some(flow)), row)
            };
            flow.require.is_empty() && row.as_ref().is_some_and(|row| !is_given(row))
        })
    }

    /// Whether each item has a name of its own.
    fn is_distinct(&self, key: &RowSpec, name: Option<&str>) -> bool {
        let Some(steps) = of_item(key, name) else { return !matches!(key.form, Form::Value(_)) };
        if self.spec.merge {
            let id = self.spec.id.as_ref().and_then(|id| of_item(id, None));
            return id.is_none_or(|id| id == steps);
        }
        let [PathStep::Key(member)] = steps else { return true };
        // each event has an id of its own
        let is_own = |row: &&RowSpec| {
            let path = row.form.source().and_then(|source| path_of(&source.value));
            matches!(path, Some((Root::Event, [PathStep::Key(first)])) if first == "messageId")
        };
        match self.knows.members(self.operation, member) {
            Some(members) => members.iter().all(|(_, row)| row.as_ref().is_none_or(is_own)),
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

    /// Returns the report about items that are certainly omitted.
    fn lost(&self, places: &[Vec<Guard<'b>>]) -> Option<Tell> {
        if places.iter().any(Vec::is_empty) {
            return None;
        }
        let tell = |report: fn(&mut Reports, Span), span: Span| -> Option<Tell> {
            Some(Box::new(move |reports| report(reports, span)))
        };
        if let [guards] = places {
            return guards.iter().find_map(|guard| match guard {
                Guard::Condition(span) => tell(report_condition, *span),
                Guard::Where(condition, compiled) => self.lost_value(condition, compiled),
                Guard::Absent(span) => tell(report_absent, *span),
                Guard::Constant(span) => tell(report_constant, *span),
                Guard::Case(span) => tell(report_case, *span),
                Guard::Key(span) => tell(report_key, *span),
            });
        }
        // each place takes the items for which its only condition holds
        let conditions = places.iter().map(|guards| match guards.as_slice() {
            [Guard::Where(condition, compiled)] => Some((*condition, compiled.clone())),
            _ => None,
        });
        let all = conditions.collect::<Option<Vec<_>>>()?.into_iter();
        let (condition, any) = all.reduce(|(condition, one), (_, other)| (condition, one.or(other)))?;
        self.lost_value(condition, &any)
    }

    /// A value of the only name that a condition compares, for which it does not hold.
    fn lost_value(&self, condition: &Expression, compiled: &Compiled) -> Option<Tell> {
        let mut variables = compiled.variables.iter();
        let (Some((key, variable)), None) = (variables.next(), variables.next()) else { return None };
        // a condition that never holds has a finding of its own
        if decide(&[compiled]) == Verdict::Never {
            return None;
        }
        let at = condition.names.iter().position(|name| canonical(name) == *key)?;
        let is_lost = |value: &&Value| {
            let mut only = compiled.clone();
            let known = Known::OneOf { values: ValueSet::of([(*value).clone()]), missing: false };
            only.variables.values_mut().for_each(|variable| variable.known = known.clone());
            decide(&[&only]) == Verdict::Never
        };
        let value = match &variable.known {
            Known::OneOf { values, .. } => format!("`{}`", values.iter().find(is_lost)?),
            // of texts that events are free to choose, one is none of those that a mapping states
            Known::Anything | Known::Text | Known::Present => {
                let is_free = self.is_free(condition.names.get(at)?);
                is_free
                    .then_some(&Value::from("\u{fffd}"))
                    .filter(is_lost)
                    .map(|_| "another value".to_owned())?
            }
            Known::Cased(_) | Known::Status | Known::Typed { .. } => return None,
        };
        let (span, name) = (condition.span, Expr::Name(at).spelled(&condition.names));
        Some(Box::new(move |reports| report_value(reports, span, &name, &value)))
    }

    /// Whether a name is a member of the items that is read of events, and no condition says which events become items.
    fn is_free(&self, name: &Name) -> bool {
        let member = match name_read(name) {
            Some(What::Path(Root::Item, [PathStep::Key(member)])) => member,
            _ => return false,
        };
        let calls =
            |step: &StepView<'_>| step.operation.is_some_and(|(name, _)| name.value == self.operation);
        let is_open = |flow: &FlowView<'_>| {
            let bare = |step: &StepView<'_>| {
                let StepSpec { when, unless, for_each, .. } = step.spec;
                when.is_none() && unless.is_none() && for_each.is_none() && step.group.is_none()
            };
            flow.spec.skip.is_empty()
                && flow.require.is_empty()
                && flow.mapping.variants.is_empty()
                && flow.steps.iter().filter(|step| calls(step)).all(bare)
        };
        let is_read = |row: &RowSpec| {
            let path = row.form.source().and_then(|source| path_of(&source.value));
            row.is_plain()
                && matches!(path, Some((Root::Event, [PathStep::Key(first), ..])) if first != "type")
        };
        let members = self.knows.members(self.operation, member).unwrap_or_default();
        !members.is_empty()
            && members.into_iter().all(|(flow, row)| is_open(flow) && row.is_some_and(is_read))
    }
}

/// The path of a source that has no filter.
fn path_of(source: &Source) -> Option<(Root, &[PathStep])> {
    match source {
        Source::Path(path) if path.rest.is_none() => Some((path.root, &path.steps)),
        _ => None,
    }
}

/// The path in an item that a row reads, where the item has this name.
fn of_item<'r>(row: &'r RowSpec, name: Option<&str>) -> Option<&'r [PathStep]> {
    match (path_of(&row.form.source()?.value)?, name) {
        ((Root::Item, steps), None) => Some(steps),
        ((Root::Event, [PathStep::Key(first), rest @ ..]), Some(name)) if first == name => Some(rest),
        _ => None,
    }
}

/// Whether a row, or one inside of it, reads an item, whatever its name; a named value may read it.
fn reads_item(row: &RowSpec) -> bool {
    let mut found = row.flawed;
    own_reads(row, &mut |read| found |= matches!(read.what, What::Value(..) | What::Path(Root::Item, _)));
    found || row.inside().into_iter().any(|(_, row)| reads_item(row))
}
