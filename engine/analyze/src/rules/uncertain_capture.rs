//! Captures that a path needs and that may be absent there.

use mapwright_check::names::{What, name_read, own_reads};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::Span;
use mapwright_findings::rules::uncertain_capture::{RULE, Why, report};
use mapwright_language::spec::{Class, Expr, Expression, RowSpec, Test};

use crate::everywhere::{Everywhere, Tell};
use crate::view::{FlowView, Place, Reading, RuleOf, RuleView, Site, StepId, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for flow in &version.flows {
        for (at, step) in flow.steps.iter().enumerate() {
            let Some((operation, spec)) = step.operation else { continue };
            for name in spec.path_text().split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let (capture, span) = match spec.param_for(step.spec, name) {
                    Some(row) => match captured(row) {
                        Some(capture) => (capture, row.span),
                        None => continue,
                    },
                    None => (name, step.spec.operation.as_ref().map_or(operation.span, |at| at.span)),
                };
                let why = missing(flow, capture, StepId(at));
                let text = capture.to_owned();
                let tell = why.map(|(why, set)| -> Tell {
                    Box::new(move |reports| report(reports, span, &text, why, set))
                });
                everywhere.look(&RULE, span, "parameter", tell);
            }
        }
    }
}

/// The capture that a row passes on as it is.
fn captured(row: &RowSpec) -> Option<&str> {
    match &row.form.source().filter(|_| row.default.is_none())?.value {
        Source::Path(path) if path.root == Root::Captures => path.first_key(),
        _ => None,
    }
}

/// Returns why a capture may be absent in a step that is sent anyway, and where it is set; `None` if it is present or the reason is unknown.
fn missing(flow: &FlowView<'_>, capture: &str, at: StepId) -> Option<(Why, Span)> {
    let mut setters = flow.rows.roots.iter().filter_map(|root| match root.place {
        Place::Capture(step, name) if name.value == capture => Some((Some(step), name.span)),
        Place::RuleCapture(_, _, name) if name.value == capture => Some((None, name.span)),
        _ => None,
    });
    if let (Some((Some(setter), span)), None) = (setters.next(), setters.next())
        && setter == at
        && flow.step(at)?.spec.page.is_some()
    {
        return Some((Why::FirstPage, span));
    }
    let mut around = Some(at);
    while let Some(id) = around {
        let step = flow.step(id)?;
        let without = |condition: &Option<Expression>, holds| {
            condition.as_ref().is_some_and(|condition| is_without(condition, &condition.expr, capture, holds))
        };
        if without(&step.spec.when, true) || without(&step.spec.unless, false) {
            let set = flow.captures.iter().find(|set| set.name == capture)?;
            return Some((Why::OnlyWithout, set.span));
        }
        if decides(flow, id, capture) {
            return None;
        }
        around = flow.step(id)?.group;
    }
    let (mut found, mut by_rules) = (None, Vec::new());
    for root in &flow.rows.roots {
        let (setter, name) = match root.place {
            Place::Capture(step, name) if name.value == capture => (step, name),
            Place::RuleCapture(step, rule, name) if name.value == capture => {
                by_rules.push((step, rule, name.span));
                continue;
            }
            _ => continue,
        };
        // of several, another one may have set it
        if found.is_some() || setter.0 >= at.0 {
            return None;
        }
        let row = flow.rows.rows.get(root.rows.start)?.spec;
        found = Some((why(flow, setter, at, row)?, name.span));
    }
    match by_rules.as_slice() {
        [] => found,
        // the target of a recovery has its captures
        [(setter, rule, span)] if found.is_none() && goes_past(flow, *setter, *rule, at) => {
            Some((Why::OnlyByRule, *span))
        }
        _ => None,
    }
}

/// Whether a step is also made after responses of the step before it for which a rule of that one does not count, whatever else happens.
fn goes_past(flow: &FlowView<'_>, setter: StepId, rule: usize, at: StepId) -> bool {
    let (Some(set), Some(used)) = (flow.step(setter), flow.step(at)) else { return false };
    let is_error = |rule: &RuleView<'_>| {
        !rule.spec.status.is_empty() && rule.spec.status.iter().all(|range| range.first >= 400)
    };
    let bare = used.spec.when.is_none() && used.spec.unless.is_none() && used.spec.for_each.is_none();
    setter.0 + 1 == at.0
        && set.group == used.group
        && bare
        && set.spec.for_each.is_none()
        && set.rules.get(rule).is_some_and(is_error)
        // what is found need not continue here
        && set.rules.iter().all(|rule| rule.then.is_none() || is_error(rule))
}

/// Whether an expression holds, or does not, only where a capture is absent.
fn is_without(condition: &Expression, expr: &Expr, capture: &str, holds: bool) -> bool {
    let is_capture = |expr: &Expr| {
        let Expr::Name(at) = expr else { return false };
        let read = condition.names.get(*at).and_then(name_read);
        matches!(read, Some(What::Path(Root::Captures, [PathStep::Key(name)])) if name == capture)
    };
    let inner = |expr: &Expr, holds| is_without(condition, expr, capture, holds);
    match expr {
        Expr::Not(of) => inner(of, !holds),
        Expr::And(a, b) if holds => inner(a, true) || inner(b, true),
        Expr::And(a, b) => inner(a, false) && inner(b, false),
        Expr::Or(a, b) if holds => inner(a, true) && inner(b, true),
        Expr::Or(a, b) => inner(a, false) || inner(b, false),
        Expr::Is(of, Test::Undefined, None) => holds && is_capture(of),
        Expr::Is(of, Test::Defined, None) => !holds && is_capture(of),
        expr => !holds && is_capture(expr),
    }
}

/// Whether a condition of a step depends on a capture, or on something that is not looked into.
fn decides(flow: &FlowView<'_>, id: StepId, capture: &str) -> bool {
    flow.rows.reads.iter().any(|read| {
        read.site == Site::Step(id)
            && match &read.reading {
                Reading::Path(Root::Captures, steps) => {
                    matches!(steps.first(), Some(PathStep::Key(name)) if name == capture)
                }
                Reading::Value(name, _) => !reads_event_only(flow, name),
                Reading::Path(..) => false,
            }
    })
}

/// Whether a condition of a step, or of a group around it, depends on any capture.
fn reads_captures(flow: &FlowView<'_>, id: StepId) -> bool {
    let is_capture = |reading: &Reading| match reading {
        Reading::Path(Root::Captures | Root::Payload, _) => true,
        Reading::Value(name, _) => !reads_event_only(flow, name),
        Reading::Path(..) => false,
    };
    let mut around = Some(id);
    while let Some(id) = around {
        if flow.rows.reads.iter().any(|read| read.site == Site::Step(id) && is_capture(&read.reading)) {
            return true;
        }
        around = flow.step(id).and_then(|step| step.group);
    }
    false
}

/// Whether a named value reads the event and the settings itself, and nothing else.
fn reads_event_only(flow: &FlowView<'_>, name: &str) -> bool {
    let Some(root) = flow.value_root(name).and_then(|root| flow.rows.root(root)) else { return false };
    flow.rows.rows.get(root.rows.clone()).unwrap_or_default().iter().all(|row| {
        let mut is_event = true;
        own_reads(row.spec, &mut |read| {
            is_event &= matches!(read.what, What::Path(Root::Event | Root::Settings | Root::Options, _));
        });
        is_event
    })
}

fn why(flow: &FlowView<'_>, setter: StepId, at: StepId, row: &RowSpec) -> Option<Why> {
    let (set, used) = (flow.step(setter)?, flow.step(at)?);
    if set.group != used.group || set.spec.for_each.is_some() {
        return None;
    }
    let text = |expression: &Option<Expression>| expression.as_ref().map(|condition| condition.text.clone());
    let conditions = (text(&set.spec.when), text(&set.spec.unless));
    if conditions != (None, None) {
        // what is required or skipped may make the condition certain
        let is_free = flow.require.is_empty() && flow.spec.skip.is_empty();
        let is_bare = (text(&used.spec.when), text(&used.spec.unless)) == (None, None);
        if is_free && is_bare {
            return Some(Why::StepMayNotRun);
        }
        // another capture may show whether this one is present
        if reads_captures(flow, at) {
            return None;
        }
    }
    // a rule may end the event where the value is missing
    let ends = |rule: &RuleView<'_>| {
        matches!(rule.of, RuleOf::Step | RuleOf::Operation)
            && rule.spec.when.is_some()
            && rule.spec.class != Some(Class::Done)
    };
    if set.rules.iter().any(ends) {
        return None;
    }
    let takes_error = |rule: &RuleView<'_>| {
        rule.spec.class == Some(Class::Done)
            && rule.spec.capture.is_empty()
            && rule.spec.status.iter().any(|range| range.first >= 400)
    };
    if set.rules.iter().any(takes_error) {
        return Some(Why::ErrorIsDone);
    }
    match &row.form.source().filter(|_| row.default.is_none())?.value {
        Source::Path(path) if path.steps.iter().any(|step| matches!(step, PathStep::Index(_))) => {
            Some(Why::ListMayBeEmpty)
        }
        _ => None,
    }
}
