//! Conditions and templates.

use crate::check::resolve::{Resolver, Want};
use crate::check::rules::invalid_condition;
use crate::plan::{self, Test};
use crate::source::Span;
use crate::spec::{Expr, Expression, Is, Name, PathStep, Root, SourcePath, Template, TemplatePart};

impl Resolver<'_, '_> {
    pub fn condition(&mut self, spec: &Expression) -> Option<plan::Condition> {
        let before = self.around.slots_read.len();
        // an unknown name is reported once per expression
        let places: Vec<bool> = spec.names.iter().map(|name| self.name(name, spec.span).is_some()).collect();
        let expr = places.iter().all(|known| *known).then(|| self.expr(&spec.expr, spec)).flatten();
        // reading a value in a condition does not exclude it from `rest_of`
        self.around.slots_read.truncate(before);
        Some(plan::Condition { text: spec.text.clone(), expr: expr? })
    }

    fn expr(&mut self, expr: &Expr, spec: &Expression) -> Option<plan::Expr> {
        let pair = |this: &mut Self, a: &Expr, b: &Expr| {
            Some((Box::new(this.expr(a, spec)?), Box::new(this.expr(b, spec)?)))
        };
        Some(match expr {
            Expr::Const(value) => plan::Expr::Const(value.clone()),
            Expr::Name(at) => plan::Expr::Place(self.name(spec.names.get(*at)?, spec.span)?),
            Expr::Not(inner) => plan::Expr::Not(Box::new(self.expr(inner, spec)?)),
            Expr::And(a, b) => pair(self, a, b).map(|(a, b)| and(*a, *b))?,
            Expr::Or(a, b) => pair(self, a, b).map(|(a, b)| or(*a, *b))?,
            Expr::In(a, b) => pair(self, a, b).map(|(a, b)| plan::Expr::Test(Test::In(a, b)))?,
            Expr::Compare(a, compare, b) => {
                pair(self, a, b).map(|(a, b)| plan::Expr::Test(Test::Compare(a, *compare, b)))?
            }
            Expr::Is(inner, is) => plan::Expr::Test(match (self.expr(inner, spec)?, is) {
                (plan::Expr::Place(place), Is::Defined) => Test::Defined(place, true),
                (plan::Expr::Place(place), Is::Undefined) => Test::Defined(place, false),
                (inner, is) => Test::Is(Box::new(inner), *is),
            }),
            Expr::Jinja(text) => plan::Expr::Jinja(self.compiled(text, spec)?),
        })
    }

    pub fn template(&mut self, spec: &Template) -> Option<plan::Template> {
        let known: Vec<bool> = spec.names.iter().map(|name| self.name(name, spec.span).is_some()).collect();
        if known.contains(&false) {
            return None;
        }
        let Some(parts) = &spec.parts else {
            return self.jinja(&spec.text, &spec.names, spec.span).map(plan::Template::Jinja);
        };
        let parts = parts.iter().map(|part| match part {
            TemplatePart::Text(text) => Some(Ok(text.clone())),
            TemplatePart::Name(at) => Some(Err(self.name(spec.names.get(*at)?, spec.span)?)),
        });
        Some(plan::Template::Parts(parts.collect::<Option<Vec<_>>>()?))
    }

    fn compiled(&mut self, text: &str, spec: &Expression) -> Option<plan::Jinja> {
        let part = self.jinja(text, &spec.names, spec.span)?;
        match crate::spec::jinja().compile_expression_owned(text.to_owned()) {
            Ok(expression) => Some(plan::Jinja { expression: Some(expression), ..part }),
            Err(error) => invalid_condition::report(self.reports, spec.span, text, &error, None),
        }
    }

    fn jinja(&mut self, text: &str, names: &[Name], span: Span) -> Option<plan::Jinja> {
        let names = names.iter().map(|name| Some((name.steps.clone(), self.name(name, span)?)));
        Some(plan::Jinja {
            text: text.to_owned(),
            expression: None,
            names: names.collect::<Option<Vec<_>>>()?,
        })
    }

    fn name(&mut self, name: &Name, span: Span) -> Option<plan::Place> {
        let Some(PathStep::Key(first)) = name.steps.first() else { return None };
        let root = Root::named(first);
        let steps = match root {
            Some(_) => name.steps.get(1..).unwrap_or_default().to_vec(),
            None => name.steps.clone(),
        };
        let (root, written) = (root.unwrap_or(Root::Event), name.text());
        let path = SourcePath { root, steps, rest: None, literal: false, written };
        self.around.in_expression = true;
        let place = self.place(&path, inside(span, name), Want::One);
        self.around.in_expression = false;
        place
    }
}

/// Returns the position of a name, if the expression is on one line and unescaped.
fn inside(span: Span, name: &Name) -> Span {
    let start = span.start + name.at.0 as u32;
    let end = span.start + name.at.1 as u32;
    if start < end && end <= span.end { Span { start, end, ..span } } else { span }
}

/// Converts `(a and b) and c` to the equivalent `a and (b and c)`, which ends as soon as `a` is false.
fn and(a: plan::Expr, b: plan::Expr) -> plan::Expr {
    match a {
        plan::Expr::And(first, second) => plan::Expr::And(first, Box::new(and(*second, b))),
        a => plan::Expr::And(Box::new(a), Box::new(b)),
    }
}

/// Converts `(a or b) or c` to `a or (b or c)`.
fn or(a: plan::Expr, b: plan::Expr) -> plan::Expr {
    match a {
        plan::Expr::Or(first, second) => plan::Expr::Or(first, Box::new(or(*second, b))),
        a => plan::Expr::Or(Box::new(a), Box::new(b)),
    }
}
