//! Indexes of text, in conditions and templates: only lists have items.

use mapwright_convert::PathStep;
use mapwright_findings::rules::type_mismatch::report_index;
use mapwright_findings::{Reports, Span};
use mapwright_language::spec::{Expr, Filter, Name, SettingType};
use serde_json::Value;

use crate::known::Knows;
use crate::values::Known;
use crate::view::Rows;

pub(super) fn check(knows: Knows<'_, '_>, rows: &Rows<'_>, reports: &mut Reports) {
    for condition in &rows.conditions {
        let expression = condition.expression;
        let mut indexed = Indexed {
            knows: knows.of_condition(condition),
            names: &expression.names,
            span: expression.span,
            reports,
        };
        indexed.look(&expression.expr);
    }
    for view in &rows.templates {
        let (template, knows) = (view.template, knows.at(view.site));
        let mut indexed = Indexed { knows, names: &template.names, span: template.span, reports };
        for part in &template.parts {
            part.each_expression(&mut |expr| indexed.look(expr));
        }
    }
}

/// Looks at the expressions of one condition or template.
struct Indexed<'i, 'k, 'c> {
    knows: Knows<'k, 'c>,
    names: &'i [Name],
    span: Span,
    reports: &'i mut Reports,
}

impl Indexed<'_, '_, '_> {
    fn look(&mut self, expr: &Expr) {
        let (whole, span, index) = match expr {
            Expr::Member(of, key) => {
                // as it stands before the index, in brackets where it has to
                let whole = expr.spelled(self.names);
                let of_text = whole.rsplit_once('[').map_or("", |(of, _)| of).to_owned();
                (of_text, self.span, constant(key).filter(|_| self.is_text(of)))
            }
            Expr::Name(at) => match self.names.get(*at).map(|name| (name, name.steps.split_last())) {
                Some((name, Some((PathStep::Index(index), steps)))) => {
                    let of = Name { steps: steps.to_vec(), ..name.clone() };
                    let index = i64::try_from(*index).ok().filter(|_| is_text(&self.knows.name(&of)));
                    (of.text(), name.inside(self.span), index)
                }
                _ => return,
            },
            _ => (String::new(), self.span, None),
        };
        if let Some(index) = index {
            report_index(self.reports, span, &whole, index);
        }
        expr.inside().into_iter().for_each(|inner| self.look(inner));
    }

    /// Whether an expression never has another value than text.
    fn is_text(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Const(value) => value.is_string(),
            Expr::Pattern(_) | Expr::Concat(..) => true,
            Expr::Name(at) => self.names.get(*at).is_some_and(|name| is_text(&self.knows.name(name))),
            Expr::Slice(of, _) => self.is_text(of),
            Expr::If { then, otherwise, .. } => {
                self.is_text(then) && otherwise.as_ref().is_none_or(|otherwise| self.is_text(otherwise))
            }
            Expr::Filter(_, filter, _) => match filter {
                Filter::Capitalize
                | Filter::Join
                | Filter::Lower
                | Filter::Replace
                | Filter::String
                | Filter::Title
                | Filter::Trim
                | Filter::Upper => true,
                Filter::Abs
                | Filter::Bool
                | Filter::Default
                | Filter::First
                | Filter::Float
                | Filter::Int
                | Filter::Last
                | Filter::Length
                | Filter::List
                | Filter::Round => false,
            },
            Expr::Item(_)
            | Expr::Loop(..)
            | Expr::Not(_)
            | Expr::Negative(_)
            | Expr::And(..)
            | Expr::Or(..)
            | Expr::Compare(..)
            | Expr::Arithmetic(..)
            | Expr::Is(..)
            | Expr::Member(..)
            | Expr::List(_)
            | Expr::Object(_) => false,
        }
    }
}

fn is_text(known: &Known) -> bool {
    match known {
        Known::Text | Known::Cased(_) | Known::Typed { kind: SettingType::Text, .. } => true,
        Known::OneOf { values, .. } => !values.is_empty() && values.iter().all(Value::is_string),
        Known::Anything | Known::Present | Known::Status | Known::Typed { .. } => false,
    }
}

/// The index that a constant is.
fn constant(key: &Expr) -> Option<i64> {
    match key {
        Expr::Const(value) => value.as_i64(),
        Expr::Negative(of) => constant(of)?.checked_neg(),
        _ => None,
    }
}
