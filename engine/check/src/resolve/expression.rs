//! Conditions and templates.

use crate::resolve::{Resolver, Want};
use mapwright_convert::{PathStep, Root, SourcePath};
use mapwright_findings::Span;
use mapwright_language::spec::{Expression, Name, Template};
use mapwright_plan::plan;

impl Resolver<'_, '_> {
    pub(crate) fn condition(&mut self, spec: &Expression) -> Option<plan::Condition> {
        let before = self.context.slots_read.len();
        let places = self.names(&spec.names, spec.span);
        // reading a value in a condition does not exclude it from `rest_of`
        self.context.slots_read.truncate(before);
        Some(plan::Condition { text: spec.text.clone(), places: places?, expr: spec.expr.clone() })
    }

    pub(crate) fn template(&mut self, spec: &Template) -> Option<plan::Template> {
        let places = self.names(&spec.names, spec.span)?;
        Some(plan::Template::new(places, spec.parts.clone()))
    }

    /// Resolves all names, and reports those that are unknown.
    fn names(&mut self, names: &[Name], span: Span) -> Option<Vec<plan::Place>> {
        let places: Vec<_> = names.iter().map(|name| self.name(name, span)).collect();
        places.into_iter().collect()
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
        self.context.in_expression = true;
        let place = self.place(&path, inside(span, name), Want::One);
        self.context.in_expression = false;
        place
    }
}

/// Returns the position of a name, if the expression is on one line and unescaped.
fn inside(span: Span, name: &Name) -> Span {
    let start = span.start + name.at.0 as u32;
    let end = span.start + name.at.1 as u32;
    if start < end && end <= span.end { Span { start, end, ..span } } else { span }
}
