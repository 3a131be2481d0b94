//! Whether a step runs, and for which items: its condition, the list that it is repeated for, and what happens when an item fails.

use std::time::Duration;

use crate::duration::seconds;
use crate::resolve::reads::{What, each_read};
use crate::resolve::{Item, Resolver, Stage, Want, part, row};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::At;
use mapwright_findings::rules::{conflicting_keys, invalid_value, misplaced_name, missing_key};
use mapwright_language::limits::PAGES;
use mapwright_language::spec::{OnFailure, PageSpec, StepSpec};
use mapwright_plan::plan::{CachePlan, Guard, Page, Reads, Repeat};

/// The longest that a response is kept, in seconds: a year.
const LONGEST_CACHE: u64 = 365 * 24 * 60 * 60;

/// The condition of a step, and the loop with its item, if it is repeated.
type Entrance<'c> = (Option<Guard>, Option<Box<Repeat>>, Option<Item<'c>>);

impl<'c> Resolver<'c, '_> {
    /// Resolves the condition of a step, and the parts that it reads.
    pub(crate) fn guard(&mut self, spec: &StepSpec) -> Option<Guard> {
        self.context.parts_read.clear();
        let captures_before = self.context.captures_read.len();
        let read_before = self.reads_so_far();
        let stage = std::mem::replace(&mut self.context.stage, Stage::Guard);
        let when = row::flip(spec.when.as_ref().map(|when| self.condition(when)));
        let unless = row::flip(spec.unless.as_ref().map(|unless| self.condition(unless)));
        self.context.stage = stage;
        self.note_asked(read_before);
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        let captures = part::captures(self.context.captures_read.get(captures_before..));
        Some(Guard { when: when?, unless: unless?, reads, captures })
    }

    /// Resolves the guard and the loop of a step, and returns the item in the loop.
    pub(crate) fn enter(&mut self, name: &At<String>, spec: &StepSpec) -> Entrance<'c> {
        let guard = self.guard(spec);
        let Some(each) = &spec.for_each else { return (guard, None, None) };
        let continues = self.continues(name, spec);
        let captures_before = self.context.captures_read.len();
        let read_before = self.reads_so_far();
        let list = self.row_alone(each, Want::Many);
        let item = self.item_of(each);
        let outer = self.context.item.replace(item);
        let filter = row::flip(spec.filter.as_ref().map(|filter| self.condition(filter)));
        self.context.item = outer;
        self.note_asked(read_before);
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        let captures = part::captures(self.context.captures_read.get(captures_before..));
        let repeat = |(list, filter)| Box::new(Repeat { list, filter, reads, captures, continues });
        (guard, list.zip(filter).map(repeat), Some(item))
    }

    /// The name of a step that continues after an item that fails.
    fn continues(&mut self, name: &At<String>, spec: &StepSpec) -> Option<String> {
        let on_failure = spec.on_failure.as_ref().filter(|it| it.value == OnFailure::Continue)?;
        if self.context.item.is_some() && !self.context.on_its_own {
            let place = "write it at the step with the outermost `for_each`, whose items fail one by one";
            misplaced_name::report(self.reports, on_failure.span, "on_failure: continue", place);
        }
        let groups = self.context.groups.iter().map(String::as_str);
        Some(groups.chain([name.value.as_str()]).collect::<Vec<_>>().join("."))
    }

    /// Reports what only a repeated step has, at one that is not repeated.
    /// Resolves how a step continues to the next page.
    pub(crate) fn page(&mut self, spec: &PageSpec) -> Option<Page> {
        let capture = self.context.captures.place(&spec.next.name.value)?;
        let next = self.row_alone(&spec.next.row, Want::One)?;
        let mut depends = spec.next.row.flawed;
        each_read(&spec.next.row, &mut |read| {
            depends |= match read.what {
                // the status is the same on every page
                What::Path(Root::Response, [PathStep::Key(part), ..]) => part != "status",
                What::Path(root, _) => matches!(root, Root::Response | Root::Captures | Root::Payload),
                What::Value(..) => true,
            };
        });
        if !depends {
            let message = "`next` reads nothing of the response that names a page, so that every page leads to the same one";
            let advice = "read what the API names the next page by, such as `response.body.next`";
            invalid_value::report(self.reports, spec.next.row.span, message, advice);
        }
        Some(Page { next, capture, most: usize::try_from(spec.most.value).ok()?, span: spec.span })
    }

    /// Resolves how long the response of a step is kept.
    pub(crate) fn cache(&mut self, spec: &StepSpec) -> Option<Option<CachePlan>> {
        let Some(cache) = &spec.cache else { return Some(None) };
        let written = &cache.time.value.0;
        let time = seconds(written);
        if time.is_none() && !written.is_empty() {
            let message = format!("`{written}` is not a length of time");
            invalid_value::report(
                self.reports,
                cache.time.span,
                message,
                "write a time such as `30s`, `10m` or `1h`",
            );
        }
        if time.is_some_and(|time| time > LONGEST_CACHE) {
            let message = format!("`{written}` is longer than a year");
            invalid_value::report(self.reports, cache.time.span, message, "write `8760h` or less");
        }
        if spec.capture.is_empty() && !spec.flawed {
            let message = "a response is kept of which nothing is captured";
            invalid_value::report(self.reports, cache.span, message, "add `capture`, or remove `cache`");
        }
        let captures_before = self.context.captures_read.len();
        let when = row::flip(cache.renew.as_ref().map(|renew| self.condition(renew)));
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        let captures = part::captures(self.context.captures_read.get(captures_before..));
        let renew = Guard { when: when?, unless: None, reads, captures };
        Some(Some(CachePlan { time: Duration::from_secs(time?), renew }))
    }

    /// Reports what a step says of pages that it cannot have.
    pub(crate) fn check_page(&mut self, spec: &StepSpec) {
        if let Some(cache) = spec.cache.as_ref().filter(|_| spec.operation.is_none() && spec.shared.is_none())
        {
            let message = "`cache` belongs to a step with an `operation`";
            conflicting_keys::report_at(self.reports, cache.span, message);
        }
        let Some(page) = &spec.page else { return };
        if spec.operation.is_none() && spec.shared.is_none() && !spec.flawed {
            let message = "`page` belongs to a step with an `operation`";
            conflicting_keys::report_at(self.reports, page.span, message);
        }
        let next = &page.next.name;
        if let Some((capture, _)) = spec.capture.iter().find(|(name, _)| name.value == next.value) {
            let message = format!("`capture` and `page` both set `captures.{}`", next.value);
            conflicting_keys::report_at(self.reports, capture.span, &message);
        }
        let most = &page.most;
        if !(2..=PAGES).contains(&most.value) {
            let message = format!("a step cannot have {} pages at most", most.value);
            let help = format!("write a number from 2 to {PAGES} (limit `pages`)");
            invalid_value::report(self.reports, most.span, message, help);
        }
    }

    pub(crate) fn needs_for_each(&mut self, spec: &StepSpec) {
        if spec.for_each.is_some() || spec.flawed {
            return;
        }
        let filter = spec.filter.as_ref().map(|filter| ("where", filter.span));
        let on_failure = spec.on_failure.as_ref().map(|on_failure| ("on_failure", on_failure.span));
        for (key, span) in filter.into_iter().chain(on_failure) {
            let message = format!("a step with `{key}` requires the key `for_each`");
            missing_key::report_at(self.reports, span, &message);
        }
    }
}
