//! Comparisons of something with what it can never be.

use mapwright_findings::rules::impossible_comparison::{Choices, Compared, RULE, report};
use mapwright_json::Kind;
use mapwright_language::spec::{Comparison, Expr, Expression, SettingType};
use serde_json::Value;

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Atom, Knows, Verdict, decide, scope_of};
use crate::values::Known;
use crate::view::{Rows, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    of_rows(scope_of(version, None), &version.rows, everywhere);
    for flow in &version.flows {
        of_rows(scope_of(version, Some(flow)), &flow.rows, everywhere);
    }
}

fn of_rows(knows: Knows<'_, '_>, rows: &Rows<'_>, everywhere: &mut Everywhere) {
    for condition in &rows.conditions {
        everywhere.look(
            &RULE,
            condition.expression.span,
            "comparison",
            tell(knows.of_condition(condition), condition.expression),
        );
    }
}

fn tell(knows: Knows<'_, '_>, expression: &Expression) -> Option<Tell> {
    let (span, names) = (expression.span, &expression.names);
    Atom::all(knows, expression).into_iter().find_map(|atom| -> Option<Tell> {
        let verdict = decide(&[&atom.condition]);
        if verdict == Verdict::Open || atom.is_constant() {
            return None;
        }
        let text = atom.whole.spelled(names);
        let name = match (&atom.left, &atom.right) {
            (Expr::Name(at), _) | (_, Expr::Name(at)) => names.get(*at),
            _ => None,
        };
        let is_text = matches!(
            (&atom.left, &atom.right),
            (Expr::Const(Value::String(_)), _) | (_, Expr::Const(Value::String(_)))
        );
        let choices = name.and_then(|name| match knows.name(name) {
            // a string that is compared with one of several numbers is not a misspelled choice
            Known::OneOf { values, .. } => {
                (values.names().len() == values.len() || !is_text).then(|| (name.text(), values))
            }
            Known::Cased(values) => Some((name.text(), values)),
            _ => None,
        });
        let always = verdict == Verdict::Always;
        let is_empty = matches!(atom.operator, Comparison::In | Comparison::NotIn)
            && (matches!(&atom.right, Expr::List(items) if items.is_empty())
                || matches!(&atom.right, Expr::Const(value) if value.as_array().is_some_and(Vec::is_empty)));
        let may_be_text = |known: &Known| {
            matches!(known, Known::Present | Known::Cased(_) | Known::Typed { kind: SettingType::Text, .. })
        };
        let are_alike = match (&atom.left, &atom.right) {
            (Expr::Const(left), Expr::Const(right)) => Kind::from(left) == Kind::from(right),
            // a present value is never the empty string
            (Expr::Const(constant), _) | (_, Expr::Const(constant)) => {
                constant.is_string()
                    && atom.condition.variables.values().all(|variable| may_be_text(&variable.known))
            }
            _ => false,
        };
        let wanted = match (&atom.left, &atom.right) {
            (Expr::Const(value), _) | (_, Expr::Const(value)) => value.as_str().map(str::to_owned),
            _ => None,
        };
        let compared = match are_alike {
            _ if is_empty => Compared::EmptyList,
            true => Compared::Alike,
            false => Compared::Types,
        };
        Some(Box::new(move |reports| {
            let choices = choices.as_ref().map(|(name, values)| Choices {
                name,
                values: values.names(),
                is_one: wanted.as_ref().is_some_and(|wanted| values.has_name(wanted)),
            });
            report(reports, span, &text, always, choices, wanted.as_deref(), compared)
        }))
    })
}
