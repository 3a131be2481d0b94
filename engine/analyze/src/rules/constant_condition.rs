//! Conditions, and parts of them, that hold for every event or for none.

use mapwright_findings::rules::constant_condition::{RULE, report, report_both, report_met, report_part};
use mapwright_language::spec::{Expr, Expression, Needs};

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Atom, Knows, Verdict, compile, compile_part, decide, is_given, parts, scope_of};
use crate::view::{Rows, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let is_heir = !version.version.bases.is_empty();
    of_rows(scope_of(version, None), &version.rows, is_heir, everywhere);
    for flow in &version.flows {
        let knows = scope_of(version, Some(flow));
        of_rows(knows, &flow.rows, is_heir || flow.variant.is_some(), everywhere);
        for requirement in &flow.require {
            for need in &requirement.any {
                met(knows, need, everywhere);
            }
        }
        for row in &flow.rows.rows {
            both(knows, row.spec.when.as_ref(), row.spec.unless.as_ref(), everywhere);
        }
        for step in &flow.steps {
            both(knows, step.spec.when.as_ref(), step.spec.unless.as_ref(), everywhere);
        }
    }
}

/// `is_heir`: a condition may be laid over an inherited one.
fn of_rows(knows: Knows<'_, '_>, rows: &Rows<'_>, is_heir: bool, everywhere: &mut Everywhere) {
    for condition in &rows.conditions {
        // `when: true` takes an inherited condition away
        if is_heir && matches!(condition.expression.expr, Expr::Const(_)) {
            continue;
        }
        everywhere.look(
            &RULE,
            condition.expression.span,
            "condition",
            tell(knows.of_condition(condition), condition.expression),
        );
    }
}

fn tell(knows: Knows<'_, '_>, expression: &Expression) -> Option<Tell> {
    let span = expression.span;
    let verdict = decide(&[&compile(knows, expression)]);
    // a comparison that decides it has a finding of its own
    let atoms = Atom::all(knows, expression);
    let decided = |atom: &Atom| !atom.is_constant() && decide(&[&atom.condition]) != Verdict::Open;
    if atoms.iter().any(decided) {
        return None;
    }
    if verdict != Verdict::Open {
        return Some(Box::new(move |reports| report(reports, span, verdict == Verdict::Always)));
    }
    let part = parts(&expression.expr).into_iter().find_map(|part| {
        let verdict = decide(&[&compile_part(knows, part, &expression.names)]);
        (verdict != Verdict::Open).then(|| (part.spelled(&expression.names), verdict == Verdict::Always))
    });
    part.map(|(text, always)| -> Tell { Box::new(move |reports| report_part(reports, span, &text, always)) })
}

/// One of the needs of `any`; the requirement is always met if it always has a value.
fn met(knows: Knows<'_, '_>, need: &Needs, everywhere: &mut Everywhere) {
    let Needs::Source(source) = need else { return };
    let span = source.span;
    let tell = is_given(knows, &source.value)
        .then(|| -> Tell { Box::new(move |reports| report_met(reports, span)) });
    everywhere.look(&RULE, span, "met", tell);
}

/// Checks a `when` and an `unless` that never hold together.
fn both(
    knows: Knows<'_, '_>,
    when: Option<&Expression>,
    unless: Option<&Expression>,
    everywhere: &mut Everywhere,
) {
    let (Some(when), Some(unless)) = (when, unless) else { return };
    let (a, b) = (compile(knows, when), compile(knows, unless));
    let each_open = decide(&[&a]) == Verdict::Open && decide(&[&b]) == Verdict::Open;
    let never = each_open && decide(&[&a, &b.negated()]) == Verdict::Never;
    let (span, other) = (unless.span, when.span);
    let tell = never.then(|| -> Tell { Box::new(move |reports| report_both(reports, span, other)) });
    everywhere.look(&RULE, span, "both", tell);
}
