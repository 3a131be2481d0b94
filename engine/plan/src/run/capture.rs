//! What is captured from responses, and the pages of a step.

use serde_json::Value;

use crate::eval::listener::{Listener, Nobody};
use crate::plan::{Call, Instruction, Page, Row};
use crate::rejection::Rejection;
use crate::request::Stale;
use crate::response::ResponseView;
use crate::run::state::Run;
use mapwright_convert::Warning;

impl<'e> Run<'e> {
    /// How many pages the step at an instruction has had, if it continues to the next one.
    pub(crate) fn pages_at(&self, at: usize) -> usize {
        self.pages.filter(|(step, _)| *step == at).map_or(0, |(_, pages)| pages)
    }

    /// Captures values of a response. After so many pages before it, its lists and objects are joined to theirs.
    pub(crate) fn capture(
        &mut self,
        rows: &'e [(usize, Row)],
        view: &ResponseView<'_>,
        pages: usize,
    ) -> Result<(), Box<Rejection>> {
        if rows.is_empty() {
            return Ok(());
        }
        for (capture, value) in self.captured(rows.iter().map(|(capture, row)| (*capture, row)), view)? {
            // a later response that does not have the value leaves what an earlier one gave
            let Some(value) = value else { continue };
            let known = self.buffers.captures.take(capture).filter(|_| pages > 0);
            let (value, items) = joined(known, value);
            if items > self.mapper.limits.items {
                return Err(self.too_many_items());
            }
            self.buffers.captures.set(capture, Some(value));
        }
        Ok(())
    }

    fn captured<'r>(
        &mut self,
        rows: impl Iterator<Item = (usize, &'r Row)>,
        view: &ResponseView<'_>,
    ) -> Result<Vec<(usize, Option<Value>)>, Box<Rejection>> {
        match self.tally {
            None => self.captured_with(rows, view, Nobody),
            tally => self.captured_with(rows, view, tally),
        }
    }

    fn captured_with<'r>(
        &mut self,
        rows: impl Iterator<Item = (usize, &'r Row)>,
        view: &ResponseView<'_>,
        listener: impl Listener,
    ) -> Result<Vec<(usize, Option<Value>)>, Box<Rejection>> {
        let mut values: Vec<(usize, Option<Value>)> = Vec::new();
        let mut evaluator = self.evaluator(listener);
        let scope = self.scope(Some(view), None);
        for (capture, row) in rows {
            let value = evaluator.value(&scope, row).map_err(|error| self.rejection(error))?;
            values.push((capture, value.map(mapwright_convert::exact_tree)));
        }
        drop(scope);
        self.warnings.append(&mut evaluator.warnings);
        Ok(values)
    }

    /// Continues to the next page, if there is one: then the step is made again.
    pub(crate) fn turn_page(
        &mut self,
        call: &'e Call,
        view: &ResponseView<'_>,
    ) -> Result<(), Box<Rejection>> {
        let Some(Page { next, capture, most, span: _ }) = &call.page else { return Ok(()) };
        let made = self.captured([(*capture, next)].into_iter(), view)?;
        let next = made.into_iter().find_map(|(_, value)| value).filter(|next| *next != Value::Bool(false));
        let pages = self.pages_at(self.at) + 1;
        let before = self.buffers.captures.take(*capture);
        let warning = match next {
            None => None,
            Some(next) if pages > 1 && before.as_ref() == Some(&next) => Some((
                "page_repeats",
                format!("page {pages} of `{}` leads to itself, and no more pages are read", call.name),
            )),
            Some(_) if pages >= *most => Some((
                "page_limit",
                format!("`{}` has more than {most} pages, and the others are not read", call.name),
            )),
            Some(next) => {
                self.buffers.captures.set(*capture, Some(next));
                self.pages = Some((self.at, pages));
                self.repeats = true;
                return Ok(());
            }
        };
        // the next event of the step starts with its first page
        self.buffers.captures.set(*capture, None);
        self.pages = None;
        self.warnings.extend(warning.map(|(code, message)| Warning::new(code, message)));
        Ok(())
    }

    /// Whether the step is to be made again, since what was kept of it is too old. Once for an event.
    pub(crate) fn renews(&mut self, call: &Call) -> Result<bool, Box<Rejection>> {
        let Some(cache) = &call.cache else { return Ok(false) };
        if cache.renew.when.is_none() || self.refetched.contains(&self.at) || !self.passes(&cache.renew)? {
            return Ok(false);
        }
        self.renew(self.at, Stale::Lacking);
        self.repeats = true;
        Ok(true)
    }

    /// Has the step at an instruction requested again, if its responses are kept.
    pub(crate) fn renew(&mut self, at: usize, why: Stale) {
        if self.keeps(at) {
            self.refetched.insert(at);
            self.renewing = Some((at, why));
        }
    }

    /// Whether the step at an instruction was requested again, which happens once.
    pub(crate) fn was_renewed(&self, at: usize) -> bool {
        self.keeps(at) && self.refetched.contains(&at)
    }

    fn keeps(&self, at: usize) -> bool {
        matches!(self.flow.program.get(at), Some(Instruction::Call(call)) if call.cache.is_some())
    }
}

/// Joins a capture of earlier pages with that of a later one. Returns it with the number of its items or members. Items follow each other;
/// of members with the same name, and of other values, the later one takes precedence.
fn joined(known: Option<Value>, later: Value) -> (Value, usize) {
    match (known, later) {
        (Some(Value::Array(mut known)), Value::Array(more)) => {
            known.extend(more);
            let items = known.len();
            (Value::Array(known), items)
        }
        (Some(Value::Object(mut known)), Value::Object(more)) => {
            known.extend(more);
            let members = known.len();
            (Value::Object(known), members)
        }
        (_, later) => (later, 0),
    }
}
