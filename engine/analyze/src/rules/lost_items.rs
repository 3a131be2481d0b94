//! Items of batches of which nothing reaches the body that they share, or that answers name by places which they do not have there.

mod keys;
mod lacks;
mod spots;
mod told;

use mapwright_check::names::{What, condition_reads, each_read, name_read};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::lost_items::{
    RULE, report_absent, report_case, report_condition, report_constant, report_few, report_id, report_key,
    report_nameless, report_twice, report_value,
};
use mapwright_findings::{Reports, Span};
use mapwright_language::spec::{Expr, Expression, Name, RowSpec, StepSpec};
use serde_json::Value;

use crate::everywhere::{Everywhere, Tell};
use crate::known::{BodyOf, Compiled, Knows, Verdict, canonical, compile, decide, is_alike, scope_of};
use crate::values::{Known, ValueSet};
use crate::view::{FlowView, ItemOf, StepView, VersionView};

use keys::keys;
use lacks::{Items, NothingOf, Why, members_read};
use spots::{Batch, Guard, ItemsPlace, of_item, path_of, reads_item};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    keys(&version.rows, everywhere);
    version.flows.iter().for_each(|flow| keys(&flow.rows, everywhere));
    for (name, operation) in &version.version.spec.operations {
        let Some(spec) = operation.batch.as_deref() else { continue };
        let Some(body) = &spec.body else { continue };
        let item = Some(ItemOf::Batch { operation: &name.value, name: None });
        let knows = Knows { item, ..scope_of(version, None) };
        let of = Batch { knows, operation: &name.value, spec };
        let spots = of.spots(body, &[]);
        everywhere.look(&RULE, body.span, "body", of.lost(&spots));
        of.twice(&spots, everywhere);
        told::check(version, (&name.value, operation), &spots, everywhere);
        if let Some(id) = spec.id.as_ref().filter(|_| spec.merge) {
            everywhere.look(&RULE, id.span, "id", of.merged(id));
            everywhere.look(&RULE, id.span, "nameless", of.nameless(id, body));
        }
    }
}

/// Adds a finding that says nothing but where.
fn tell(report: fn(&mut Reports, Span), span: Span) -> Tell {
    Box::new(move |reports| report(reports, span))
}

impl<'b, 'c> Batch<'b, 'c> {
    /// What is known to be left out.
    fn lost(&self, spots: &[ItemsPlace<'b>]) -> Option<Tell> {
        // what has nothing of the items does not count beside what has something
        let (bare, full): (Vec<&ItemsPlace<'b>>, Vec<&ItemsPlace<'b>>) =
            spots.iter().partition(|spot| spot.constant.is_some());
        if let [bare, ..] = bare.as_slice()
            && full.is_empty()
        {
            return bare.constant.map(|span| tell(report_constant, span));
        }
        match full.as_slice() {
            [spot] => {
                let guard = spot.guards.first().map(|guard| match guard {
                    Guard::Condition(span) => tell(report_condition, *span),
                    Guard::Case(span) => tell(report_case, *span),
                    Guard::Key(span) => tell(report_key, *span),
                });
                if guard.is_some() {
                    return guard;
                }
            }
            several if several.iter().any(|spot| !spot.guards.is_empty()) => return None,
            _ => {}
        }
        // each takes the items for which its condition holds
        let filters = full.iter().map(|spot| spot.filter.clone()).collect::<Option<Vec<_>>>();
        let any = filters.and_then(|filters| {
            filters.into_iter().reduce(|(condition, one), (_, other)| (condition, one.or(other)))
        });
        any.and_then(|(condition, any)| self.lost_value(condition, &any)).or_else(|| {
            let bodies = self.knows.bodies(self.operation)?;
            bodies.iter().find_map(|body| self.lacking(body, &full))
        })
    }

    /// What has nothing of items that one step makes.
    fn lacking(&self, body: &BodyOf<'b, 'c>, spots: &[&ItemsPlace<'b>]) -> Option<Tell> {
        let (mut taken, mut lacking) = (Vec::new(), Vec::new());
        for spot in spots {
            let name = spot.each.and_then(|each| each.name);
            // conditions over items of different names are not held against each other
            if name.is_some() && spots.len() > 1 {
                return None;
            }
            let knows = Knows { flow: Some(body.flow), ..self.of_items(name) };
            let condition = spot.filter.as_ref().map(|(filter, _)| compile(knows, filter));
            match (self.lack(knows, body, spot), condition) {
                (Some(lack), condition) => lacking.push((condition, lack)),
                (None, Some(condition)) => taken.push(condition.negated()),
                (None, None) => return None,
            }
        }
        lacking.into_iter().find_map(|(condition, lack)| {
            let all: Vec<&Compiled> = condition.iter().chain(&taken).collect();
            (decide(&all) != Verdict::Never).then(|| match lack.why {
                Why::Absent(span) => tell(report_absent, span),
                Why::Case(span) => tell(report_case, span),
            })
        })
    }

    /// What a place lacks of the items that one step makes.
    fn lack(&self, knows: Knows<'b, 'c>, body: &BodyOf<'b, 'c>, spot: &ItemsPlace<'b>) -> Option<NothingOf> {
        let each = spot.each?;
        let items = Items { knows, operation: self.operation, body, name: each.name };
        let lack = each.key.and_then(|key| items.lack(key)).or_else(|| items.lack(each.to))?;
        let Some((filter, _)) = &spot.filter else { return Some(lack) };
        // a condition may select just the items that have it
        let read = members_read(each.to)?;
        let mut is_asked = false;
        condition_reads(filter, &mut |asked| {
            is_asked |= match asked.what {
                What::Path(Root::Item, [PathStep::Key(member), ..]) => read.contains(member),
                What::Path(root, _) => root == Root::Item,
                What::Value(..) => true,
            };
        });
        (lack.is_free && !is_asked).then_some(lack)
    }

    /// Items that two lists of a body take, in the same form.
    fn twice(&self, spots: &[ItemsPlace<'b>], everywhere: &mut Everywhere) {
        let to = |spot: &ItemsPlace<'b>| match spot.each {
            None => Some(&[] as &[PathStep]),
            Some(each) if each.name.is_none() && each.key.is_none() && each.to.is_plain() => {
                of_item(each.to, None)
            }
            Some(_) => None,
        };
        for (at, spot) in spots.iter().enumerate() {
            let Some((filter, own)) = spot.filter.as_ref().filter(|_| spot.guards.is_empty()) else {
                continue;
            };
            let is_other = |(place, other): &(usize, &ItemsPlace<'b>)| {
                *place != at && other.guards.is_empty() && to(spot).is_some() && to(other) == to(spot)
            };
            let takes_all = |(_, other): (usize, &ItemsPlace<'b>)| match &other.filter {
                None => decide(&[own]) != Verdict::Never,
                // one that never holds has a finding of its own
                Some((_, other)) => {
                    decide(&[own]) == Verdict::Open
                        && decide(&[own, &other.clone().negated()]) == Verdict::Never
                }
            };
            let is_twice = spots.iter().enumerate().filter(is_other).any(takes_all);
            let span = filter.span;
            everywhere.look(&RULE, span, "twice", is_twice.then(|| tell(report_twice, span)));
        }
    }

    /// What makes one of items that are of different people or things.
    fn merged(&self, id: &RowSpec) -> Option<Tell> {
        let span = id.span;
        if is_alike(self.knows, id) || !reads_item(id) {
            return Some(tell(report_id, span));
        }
        let source = id.form.source().filter(|_| id.is_plain())?;
        let Known::OneOf { values, .. } = self.knows.source(&source.value) else { return None };
        let mut few: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        few.sort();
        few.dedup();
        (few.len() > 1).then(|| -> Tell { Box::new(move |reports| report_few(reports, span, &few)) })
    }

    /// An id by which items are merged, and that the body has nowhere.
    fn nameless(&self, id: &RowSpec, body: &RowSpec) -> Option<Tell> {
        let [PathStep::Key(member)] = of_item(id, None)? else { return None };
        if self.has_whole(body) {
            return None;
        }
        let mut is_sent = false;
        each_read(body, &mut |read| {
            is_sent |= match read.what {
                What::Path(_, steps) => steps.is_empty() || steps.contains(&PathStep::Key(member.clone())),
                What::Value(..) => true,
            };
        });
        let (span, member) = (id.span, member.clone());
        (!is_sent).then(|| -> Tell { Box::new(move |reports| report_nameless(reports, span, &member)) })
    }

    /// Whether a place has the items as they are, or has more of them than is looked at.
    fn has_whole(&self, body: &'b RowSpec) -> bool {
        let spots = self.spots(body, &[]);
        spots.is_empty() || spots.iter().any(|spot| spot.each.is_none())
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
