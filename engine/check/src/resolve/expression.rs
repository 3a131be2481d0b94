//! Conditions and templates.

use crate::resolve::{Resolver, Want};
use mapwright_convert::{NamedValue, PathStep, Root, SourcePath};
use mapwright_findings::Span;
use mapwright_language::spec::{Expression, Name, Template};
use mapwright_plan::plan;

impl Resolver<'_, '_> {
    pub(crate) fn condition(&mut self, spec: &Expression) -> Option<plan::Condition> {
        let before = self.context.mark();
        let places = self.names(&spec.names, spec.span);
        let patterns = self.check_patterns(&spec.names, spec.span, [&spec.expr]);
        // reading a value in a condition does not exclude it from `rest_of`
        self.context.forget(before);
        patterns?;
        let (text, expr) = (spec.text.clone(), spec.expr.clone());
        Some(plan::Condition { text, span: spec.span, places: places?, expr })
    }

    pub(crate) fn template(&mut self, spec: &Template) -> Option<plan::Template> {
        let places = self.names(&spec.names, spec.span)?;
        self.check_patterns_in(&spec.names, spec.span, &spec.parts)?;
        Some(plan::Template::new(places, spec.parts.clone()))
    }

    /// Resolves a message to the user. What it prints is not excluded from `rest_of`.
    pub(crate) fn said(&mut self, spec: &Template) -> Option<plan::Said> {
        let before = self.context.mark();
        let template = self.template(spec);
        self.context.forget(before);
        Some(plan::Said { template: template?, written: spec.text.clone() })
    }

    /// Resolves all names, and reports those that are unknown.
    fn names(&mut self, names: &[Name], span: Span) -> Option<Vec<plan::Place>> {
        let places: Vec<_> = names.iter().map(|name| self.name(name, span)).collect();
        places.into_iter().collect()
    }

    fn name(&mut self, name: &Name, span: Span) -> Option<plan::Place> {
        if let Some(value) = name.value() {
            let steps = name.steps.get(1..).unwrap_or_default().to_vec();
            let named = NamedValue { name: value.to_owned(), steps, written: name.text() };
            self.context.in_expression = true;
            let place = self.value_place(&named, name.inside(span));
            self.context.in_expression = false;
            return place;
        }
        if name.is_path() {
            let steps = name.steps.get(1..).unwrap_or_default().to_vec();
            let path =
                SourcePath { root: Root::Event, steps, rest: None, literal: true, written: name.text() };
            return self.place(&path, name.inside(span), Want::One);
        }
        let Some(PathStep::Key(first)) = name.steps.first() else { return None };
        let root = Root::named(first);
        let steps = match root {
            Some(_) => name.steps.get(1..).unwrap_or_default().to_vec(),
            None => name.steps.clone(),
        };
        let (root, written) = (root.unwrap_or(Root::Event), name.text());
        let path = SourcePath { root, steps, rest: None, literal: false, written };
        self.context.in_expression = true;
        let place = self.place(&path, name.inside(span), Want::One);
        self.context.in_expression = false;
        place
    }
}
