//! Conditions and templates whose names are resolved.

use mapwright_findings::Span;
use mapwright_language::spec::{Expr, Filter, Operator, TemplatePart};

use crate::plan::place::Place;

/// A condition, resolved.
#[derive(Debug)]
pub struct Condition {
    /// The condition as it is written.
    pub text: String,
    /// Its position.
    pub span: Span,
    /// The places of the names in the expression.
    pub places: Vec<Place>,
    /// Its syntax tree.
    pub expr: Expr,
}

impl Condition {
    /// Returns true if it makes or lists values, so that it can exceed the limit `template_fuel`.
    pub fn may_exceed(&self) -> bool {
        may_exceed(&self.expr)
    }
}

fn may_exceed(expr: &Expr) -> bool {
    let itself = match expr {
        Expr::Concat(..) | Expr::Slice(..) | Expr::Arithmetic(_, Operator::Add, _) => true,
        Expr::Filter(_, filter, _) => matches!(filter, Filter::List | Filter::Join | Filter::Replace),
        // only templates have loops
        Expr::Item(_)
        | Expr::Loop(..)
        | Expr::Arithmetic(..)
        | Expr::Const(_)
        | Expr::Pattern(_)
        | Expr::Name(_)
        | Expr::Not(_)
        | Expr::Negative(_)
        | Expr::And(..)
        | Expr::Or(..)
        | Expr::Compare(..)
        | Expr::Is(..)
        | Expr::If { .. }
        | Expr::Member(..)
        | Expr::List(_)
        | Expr::Object(_) => false,
    };
    itself || expr.inside().into_iter().any(may_exceed)
}

/// A template, resolved.
#[derive(Debug)]
pub struct Template {
    /// The places of the names in it.
    places: Vec<Place>,
    parts: Vec<TemplatePart>,
    has_loop: bool,
}

impl Template {
    /// Creates a template of parts that read these places.
    pub fn new(places: Vec<Place>, parts: Vec<TemplatePart>) -> Self {
        let has_loop = parts.iter().any(TemplatePart::has_loop);
        Self { places, parts, has_loop }
    }

    /// Returns the places of the names in the template.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Returns the parts in order.
    pub fn parts(&self) -> &[TemplatePart] {
        &self.parts
    }

    /// Returns true if the template may read a place repeatedly.
    pub fn has_loop(&self) -> bool {
        self.has_loop
    }

    /// Returns true if the template only prints names between strings, so that it cannot exceed the limit `template_fuel`.
    pub fn is_plain(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, TemplatePart::Text(_) | TemplatePart::Print(Expr::Name(_))))
    }
}

/// A message to the user.
#[derive(Debug)]
pub struct Said {
    /// The message.
    pub template: Template,
    /// The message as the mapping writes it.
    pub written: String,
}
