//! What judges the responses to batches, and what response rules say of their items.

use crate::resolve::available::Only;
use crate::resolve::reads::{What, condition_reads, each_read};
use crate::resolve::{Resolver, Want, row};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::{conflicting_keys, invalid_value, missing_key};
use mapwright_language::spec::{
    BatchSpec, Class, FailedSpec, Fault, Form, ItemClass, OperationSpec, ResponseRuleSpec, RowSpec,
    TemplatePart,
};
use mapwright_plan::plan::{FailedRule, ItemName, Row};

/// Where a response rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleOf {
    Step,
    Operation,
    /// An operation whose responses may be those of several events; whether their items have ids.
    Batch {
        /// Whether their items have ids.
        has_id: bool,
        /// Whether another operation takes two and more items.
        alone: bool,
    },
    /// A version or a destination.
    Version,
}

impl<'c> Resolver<'c, '_> {
    /// Resolves something of which only this can be read, with the named values that it reads.
    pub(crate) fn with_only<R>(&mut self, only: Option<Only>, resolve: impl FnOnce(&mut Self) -> R) -> R {
        if only.is_none() {
            return resolve(self);
        }
        // those that others read
        self.make_values();
        self.context.only = only;
        let resolved = resolve(self);
        self.make_values();
        self.context.only = None;
        resolved
    }

    /// How the response rules of an operation judge, if its responses are those of several events.
    pub(crate) fn answers_for_many(&self, name: &str, spec: &OperationSpec) -> Option<RuleOf> {
        let operations = self.version.spec.operations.iter();
        let others = operations.filter_map(|(_, operation)| operation.batch.as_ref());
        let others = others.filter(|batch| batch.operation.as_ref().is_some_and(|many| many.value == name));
        let mut batches: Vec<&BatchSpec> = others.map(AsRef::as_ref).collect();
        let own = spec.batch.as_deref();
        let is_sent_by_another =
            |own: &BatchSpec| own.operation.as_ref().is_some_and(|many| many.value != name);
        let alone = batches.is_empty() && own.is_some_and(is_sent_by_another);
        batches.extend(own);
        let has_id = batches.iter().all(|batch| batch.id.is_some() || batch.flawed);
        (!batches.is_empty()).then_some(RuleOf::Batch { has_id, alone })
    }

    /// What rules can read that judge the responses of all operations.
    pub(crate) fn only_answers(&self) -> Option<Only> {
        let batched = self.version.spec.operations.iter().any(|(_, operation)| operation.batch.is_some());
        batched.then_some(Only::Answer)
    }

    /// Reports what a rule says of the items of a batch where there are none.
    pub(crate) fn items_of_rule(&mut self, spec: &ResponseRuleSpec, of: RuleOf) {
        if let Some(into) = spec.into.as_ref().filter(|_| spec.class != Some(Class::Split)) {
            missing_key::report_at(self.reports, into.span, "`into` requires `class: split`");
        }
        if let RuleOf::Batch { alone, .. } = of {
            if alone && spec.class == Some(Class::Split) {
                let message = "`class: split` splits nothing: the operation is sent with one item, and the one that `batch` names with two and more";
                let advice = "move the rule to the `responses` of that operation, or write `class: give_up`";
                invalid_value::report(self.reports, spec.span, message, advice);
            }
            return;
        }
        let advice = "move the rule to the `responses` of an operation with a `batch`, or to those of the operation that its `batch` names";
        if spec.class == Some(Class::Split) {
            let message = "`class: split` splits a batch, and here is none";
            invalid_value::report(self.reports, spec.span, message, advice);
        }
        if let Some(failed) = spec.failed.first() {
            let message = "`failed` names items of a batch, and here is none";
            invalid_value::report(self.reports, failed.span, message, advice);
        }
    }

    /// Resolves which items of a batch a response names.
    pub(crate) fn failed(&mut self, spec: &'c FailedSpec, of: RuleOf) -> Option<FailedRule> {
        let each = self.row_alone(&spec.each, Want::Many);
        self.of_response(spec, each.is_some());
        let item = self.item_of(&spec.each);
        let outer = self.context.item.replace(item);
        let filter = row::flip(spec.filter.as_ref().map(|filter| self.condition(filter)));
        let name = self.item_name(spec, of);
        let code = row::flip(spec.code.as_ref().map(|row| self.row_alone(row, Want::One)));
        let message = row::flip(spec.message.as_ref().map(|row| self.row_alone(row, Want::One)));
        self.context.item = outer;
        Some(FailedRule {
            each: each?,
            filter: filter?,
            name: name?,
            code: code?,
            message: message?,
            class: spec.class.unwrap_or(ItemClass::GiveUp),
            fault: spec.fault.unwrap_or(Fault::Event),
            span: spec.span,
        })
    }

    /// Reports a list that is not part of the response; one that cannot be read has a finding.
    fn of_response(&mut self, spec: &FailedSpec, is_read: bool) {
        // a body that is a string is one entry, which may name an item if a pattern extracts the name
        let name = spec.index.as_ref().or(spec.id.as_ref());
        let is_whole = name.is_some_and(|name| reads_plainly(name, Root::Item, |steps| steps.is_empty()));
        let is_text = |steps: &[PathStep]| matches!(steps, [PathStep::Key(part)] if part == "text");
        if is_whole && reads_plainly(&spec.each, Root::Response, is_text) {
            let message = "the text of the response is one entry, which names no item";
            let advice = "read the list of failures, such as `response.body.errors`";
            invalid_value::report(self.reports, spec.each.span, message, advice);
        }
        let is_one = |steps: &[PathStep]| {
            is_text(steps) || matches!(steps, [PathStep::Key(part), _] if part == "headers")
        };
        let of_entry = |what: &What<'_>| matches!(what, What::Path(Root::Item, steps) if !steps.is_empty());
        if name.is_some_and(|name| reads_any(name, &of_entry))
            && reads_plainly(&spec.each, Root::Response, is_one)
        {
            let message = "the entry is text, which has no members that could name an item";
            let advice = "read the list of failures, such as `response.body.errors`, or take the name out of the text: `item` with a conversion";
            invalid_value::report(self.reports, spec.each.span, message, advice);
        }
        if is_read && !reads_any(&spec.each, &is_answered) {
            let message = "`each` reads nothing of the response that could name items";
            let advice = "read the list of failures, such as `response.body.errors`";
            invalid_value::report(self.reports, spec.each.span, message, advice);
        }
    }

    /// Resolves the row that names an item, which must differ from entry to entry.
    fn name_row(&mut self, key: &str, spec: &'c RowSpec) -> Option<Row> {
        let row = self.row_alone(spec, Want::One)?;
        if key == "index"
            && let Some(text) = no_digits(spec)
        {
            let message = format!("`index` is never a whole number: its template has the text `{text}`");
            let advice = "read the position of the item, such as `index: item.index`; an item that is not named counts as the rule says of the others";
            invalid_value::report(self.reports, spec.span, message, advice);
        }
        let of_entry = |what: &What<'_>| is_answered(what) || matches!(what, What::Path(Root::Item, _));
        if !reads_any(spec, &of_entry) {
            let message = format!(
                "`{key}` reads nothing of the entry, so that every entry names the same item or none"
            );
            let advice = format!("read what names the item, such as `{key}: item.{key}`");
            invalid_value::report(self.reports, spec.span, message, advice);
        }
        Some(row)
    }

    /// Reports what is read of the body of a response that has none.
    pub(crate) fn body_of_status(&mut self, spec: &ResponseRuleSpec) {
        let all_bare = spec.status.iter().all(|range| (range.first..=range.last).all(has_no_body));
        if spec.status.is_empty() || !all_bare {
            return;
        }
        let of_body = |what: &What<'_>| matches!(what, What::Path(Root::Response, [PathStep::Key(part), ..]) if part == "body" || part == "text");
        let mut in_condition = false;
        spec.when
            .iter()
            .for_each(|when| condition_reads(when, &mut |read| in_condition |= of_body(&read.what)));
        let rows = spec.capture.iter().map(|(_, row)| row).chain(&spec.after);
        let read = rows.filter(|row| reads_any(row, &of_body) && !row.flawed).map(|row| row.span);
        for span in spec.when.iter().filter(|_| in_condition).map(|when| when.span).chain(read) {
            let message = "a response with such a status has no body, which is read here";
            let advice = "correct the status, or read `response.headers`";
            invalid_value::report(self.reports, span, message, advice);
        }
        for failed in spec.failed.iter().filter(|failed| reads_any(&failed.each, &of_body)) {
            let message = "a response with such a status has no body, which could name items";
            let advice = "correct the status, or remove `failed`";
            invalid_value::report(self.reports, failed.each.span, message, advice);
        }
    }

    fn item_name(&mut self, spec: &'c FailedSpec, of: RuleOf) -> Option<ItemName> {
        match (&spec.index, &spec.id) {
            (_, Some(id)) if spec.among.is_some() => {
                let among = spec.among.as_ref().map_or(spec.span, |among| among.span);
                conflicting_keys::report(self.reports, ("among", among), ("id", id.span))
            }
            (Some(index), Some(id)) => {
                conflicting_keys::report(self.reports, ("index", index.span), ("id", id.span))
            }
            (None, None) if spec.flawed => None,
            (None, None) => {
                let message = "`failed` requires `index` or `id`, which says what item an entry is about";
                let help =
                    "write `index: item.…` for its position in the batch, or `id: item.…` for its `id`";
                missing_key::report_with(self.reports, spec.span, message, help);
                None
            }
            (Some(index), None) => {
                let row = self.name_row("index", index);
                let outer = self.context.only.replace(Only::Item);
                let among = row::flip(spec.among.as_ref().map(|among| self.condition(among)));
                self.context.only = outer;
                Some(ItemName::Index(row?, among?))
            }
            (None, Some(id)) => {
                if matches!(of, RuleOf::Batch { has_id: false, .. }) {
                    let message = "`failed` finds items by `id`, which the `batch` does not state";
                    let help = "add the row of an item that identifies it to the `batch`, such as `id: item.email`; or find items by their position, with `index`";
                    missing_key::report_with(self.reports, id.span, message, help);
                }
                self.name_row("id", id).map(ItemName::Id)
            }
        }
    }
}

/// Whether something is read of the response that may name items; a named value may read it.
fn is_answered(what: &What<'_>) -> bool {
    match what {
        What::Path(Root::Response, [PathStep::Key(part), ..]) => part != "status",
        What::Path(root, _) => *root == Root::Response,
        What::Value(..) => true,
    }
}

/// Whether a row gives what is at a path, as it is.
fn reads_plainly(row: &RowSpec, root: Root, is: impl Fn(&[PathStep]) -> bool) -> bool {
    let Some(Source::Path(path)) = row.form.source().map(|source| &source.value) else { return false };
    row.is_plain() && path.rest.is_none() && path.root == root && is(&path.steps)
}

/// Whether a row reads something, or could not be read itself.
fn reads_any(row: &RowSpec, is: &dyn Fn(&What<'_>) -> bool) -> bool {
    let mut found = row.flawed;
    each_read(row, &mut |read| found |= is(&read.what));
    found
}

/// The text that a template always has, and that no whole number has.
fn no_digits(row: &RowSpec) -> Option<&str> {
    let Form::Template(template) = &row.form else { return None };
    let is_other = |text: &&str| text.chars().any(|c| !c.is_ascii_digit() && c != '+' && c != '-');
    let texts = template.parts.iter().filter_map(|part| match part {
        TemplatePart::Text(text) => Some(text.trim()),
        TemplatePart::Print(_) | TemplatePart::If { .. } | TemplatePart::For { .. } => None,
    });
    texts.filter(|_| row.conversions.is_empty()).find(is_other)
}

/// Whether responses with a status have no body: RFC 9110, 6.4.1 and 15.3.6.
fn has_no_body(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 205 | 304)
}
