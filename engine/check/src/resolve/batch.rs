//! Batches of operations.

use crate::resolve::available::Only;
use crate::resolve::{Resolver, Want, row};
use mapwright_convert::{Root, Source};
use mapwright_findings::At;
use mapwright_findings::rules::{invalid_value, misplaced_name, missing_key, unknown_operation};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{
    BatchListsSpec, BatchSpec, Form, Method, OperationSpec, RowSpec, StepSpec, Wait,
};
use mapwright_plan::plan::{BatchLists, BatchPlan};

/// The most items of a batch: as many as one event may have.
const MOST_ITEMS: u64 = 10_000;
/// The most bytes of a body: by default, the limit `request_bytes` of a mapper, which may be less.
const MOST_BYTES: usize = MOST_MIB << 20;
const MOST_MIB: usize = 4;

impl<'c> Resolver<'c, '_> {
    /// Resolves the batch of an operation.
    pub(crate) fn batch(&mut self, name: &str, spec: &'c BatchSpec) -> Option<BatchPlan> {
        let (most, body) = self.batch_limits(spec).zip(spec.body.as_ref())?;
        let many = row::flip(spec.operation.as_ref().map(|many| self.many(name, many)));
        let outer = std::mem::take(&mut self.context);
        self.context.item = Some(self.item_of(body));
        let of_item = self.with_only(Some(Only::Item), |this| {
            let by: Vec<_> = spec.by.iter().map(|row| this.row_alone(row, Want::One)).collect();
            let unless = row::flip(spec.unless.as_ref().map(|unless| this.condition(unless)));
            let id = row::flip(spec.id.as_ref().map(|id| this.row_alone(id, Want::One)));
            let lists = row::flip(spec.lists.as_ref().map(|lists| this.batch_lists(lists)));
            Some((by.into_iter().collect::<Option<Vec<_>>>()?, lists?, unless?, id?))
        });
        self.context.item = None;
        // the body reads a document of its own
        std::mem::swap(&mut self.trie, &mut self.batch_trie);
        let row = self.with_only(Some(Only::Items), |this| this.row_alone(body, Want::One));
        std::mem::swap(&mut self.trie, &mut self.batch_trie);
        self.context = outer;
        self.body_has_items(spec, body, most);
        let operations = &self.version.spec.operations;
        let sent = spec.operation.as_ref().map_or(name, |many| &many.value);
        if let Some(sent) = by_name(operations, sent) {
            self.batch_fits_encoding(body, sent);
            self.body_fits_bytes(spec, body, sent);
        }
        let (by, lists, unless, id) = of_item?;
        Some(BatchPlan {
            by,
            most: usize::try_from(most).unwrap_or(usize::MAX),
            lists,
            bytes: spec.bytes.as_ref().map(|bytes| bytes.value.0),
            item_bytes: spec.item_bytes.as_ref().map(|bytes| bytes.value.0),
            wait: spec.wait.as_ref().map_or(Wait::DEFAULT, |wait| wait.value).0,
            unless,
            id,
            merge: spec.merge,
            schema: spec.schema.as_ref().map(|schema| schema.value.clone()),
            body: row?,
            many: many?,
            span: spec.span,
        })
    }

    fn batch_lists(&mut self, spec: &'c BatchListsSpec) -> Option<BatchLists> {
        let by = self.row_alone(&spec.by, Want::One)?;
        Some(BatchLists { by, most: usize::try_from(spec.most.value).unwrap_or(usize::MAX) })
    }

    /// Checks the numbers of a batch, and returns how many items it may have.
    fn batch_limits(&mut self, spec: &BatchSpec) -> Option<u64> {
        for (key, is_stated) in [("most", spec.most.is_some()), ("body", spec.body.is_some())] {
            if !is_stated && !spec.flawed {
                missing_key::report_at(self.reports, spec.span, &format!("a batch requires the key `{key}`"));
            }
        }
        match &spec.most {
            Some(most) if most.value < 2 => {
                let message = format!("with `most: {}`, no request has two items", most.value);
                let advice = "write how many items a request may have, or remove the `batch`";
                invalid_value::report(self.reports, most.span, message, advice);
            }
            Some(most) if most.value > MOST_ITEMS => {
                let message = format!("{} items are more than a request may have", most.value);
                let advice = format!("write `most: {MOST_ITEMS}` or less");
                invalid_value::report(self.reports, most.span, message, advice);
            }
            _ => {}
        }
        if let Some(lists) = &spec.lists {
            let most = spec.most.as_ref().map_or(MOST_ITEMS, |most| most.value);
            if lists.most.value == 0 {
                let message = "with `most: 0`, no list has an item";
                invalid_value::report(
                    self.reports,
                    lists.most.span,
                    message,
                    "write how many items a list may have",
                );
            } else if lists.most.value >= most {
                let message =
                    format!("`most` of `lists` has no effect: all lists together have up to {most} items");
                let advice = "write fewer than in `most` of the batch, or remove `lists`";
                invalid_value::report(self.reports, lists.most.span, message, advice);
            }
        }
        // an item is limited by the body, unless that has a limit of its own
        let of_item = spec.item_bytes.as_ref().filter(|_| spec.bytes.is_none());
        for (key, bytes) in [("bytes", spec.bytes.as_ref()), ("item_bytes", of_item)] {
            let Some(bytes) = bytes.filter(|bytes| bytes.value.0 > MOST_BYTES) else { continue };
            let message = format!("no body has more than {MOST_MIB} MiB (limit `request_bytes`)");
            let advice = format!("write `{key}: {MOST_MIB}MiB` or less");
            invalid_value::report(self.reports, bytes.span, message, advice);
        }
        if let (Some(item), Some(all)) = (&spec.item_bytes, &spec.bytes)
            && item.value > all.value
        {
            let message = "an item may be larger than the whole body";
            let advice = "write fewer `item_bytes` than `bytes`";
            invalid_value::report(self.reports, item.span, message, advice);
        }
        let shared = spec.by.iter().map(|row| ("by", row));
        for row in spec.by.iter().filter(|row| is_item(row)) {
            let message =
                "`by` is the whole item, so that only items that are equal in everything share a request";
            let advice =
                "write what the items of a request have in common, such as `by: item.list_id`, or remove it";
            invalid_value::report(self.reports, row.span, message, advice);
        }
        for (key, row) in shared.chain(spec.lists.as_ref().map(|lists| ("by` of `lists", &lists.by))) {
            if matches!(row.form, Form::Value(_)) && row.is_plain() {
                let message = format!("`{key}` has no effect: all items have this value");
                let advice = "write a row over `item`, or remove it";
                invalid_value::report(self.reports, row.span, message, advice);
            }
        }
        if spec.merge && spec.id.is_none() && !spec.flawed {
            missing_key::report_at(self.reports, spec.span, "`merge` requires `id`");
        }
        spec.most.as_ref().map(|most| most.value)
    }

    /// Returns the position of the operation that several items are sent with.
    fn many(&mut self, name: &str, many: &At<String>) -> Option<usize> {
        let operations = &self.version.spec.operations;
        let place = operations.place(&many.value);
        let Some((place, (_, spec))) = place.and_then(|at| Some((at, operations.get(at)?))) else {
            unknown_operation::report(self.reports, many.span, &many.value, &operations.known());
            return None;
        };
        let problem = if many.value == name {
            "it is the operation of the batch itself".to_owned()
        } else if spec.batch.is_some() {
            "it has a `batch` of its own".to_owned()
        } else if spec.call.is_some() {
            "it calls a function of an SDK".to_owned()
        } else if spec.method == Some(Method::Get) {
            "a request with the method `GET` has no body".to_owned()
        } else if spec.path_text().contains('{') {
            format!("its path `{}` has a parameter", spec.path_text())
        } else {
            return Some(place);
        };
        let message = format!("`{}` cannot take the items of a batch: {problem}", many.value);
        let advice = "name an operation that takes several items at one path";
        invalid_value::report(self.reports, many.span, message, advice);
        None
    }

    /// Reports what a step cannot have if the response to its request is that of several events.
    pub(crate) fn batched_step(&mut self, spec: &StepSpec, called: &At<String>, operation: &OperationSpec) {
        if operation.batch.is_none() {
            return;
        }
        if spec.body.is_none() && !spec.flawed {
            let message =
                format!("a step of `{}` requires a `body`, which is the item of its batch", called.value);
            missing_key::report_at(self.reports, called.span, &message);
        }
        let capture = spec.capture.first().map(|(name, _)| ("capture", name.span));
        let on = spec.on.first().map(|rule| ("on", rule.span));
        let warn = spec.warn.first().map(|warn| ("warn", warn.span));
        let page = spec.page.as_ref().map(|page| ("page", page.next.name.span));
        for (key, span) in [capture, on, warn, page].into_iter().flatten() {
            let advice = format!(
                "`{}` has a `batch`, whose response is that of several events; its own `responses` judge it",
                called.value
            );
            misplaced_name::report(self.reports, span, key, &advice);
        }
    }
}

/// Whether a row is the item as it is.
fn is_item(row: &RowSpec) -> bool {
    let path = row.form.source().filter(|_| row.is_plain()).map(|source| &source.value);
    matches!(path, Some(Source::Path(path)) if path.root == Root::Item && path.steps.is_empty() && path.rest.is_none())
}
