//! The body of a batch: its row, evaluated over the document that the items are.

use crate::bound::BoundPlan;
use crate::eval::fault::{RowError, RowFault};
use crate::eval::lazy::lazy_values;
use crate::eval::listener::{Listener, Nobody};
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::limits::Limits;
use crate::plan::{BatchLists, BatchPlan};
use mapwright_convert::Val;
use mapwright_json::{Json, Limits as JsonLimits, Scratch, Text, scan_written, walk};
use serde_json::Value;

/// The JSON text of the body around some items.
pub(crate) fn envelope(
    mapper: &BoundPlan,
    batch: &BatchPlan,
    items: &[&[u8]],
    now: i64,
) -> Result<Vec<u8>, RowError> {
    match mapper.tally.as_deref() {
        None => written(mapper, batch, items, now, Nobody),
        tally => written(mapper, batch, items, now, tally),
    }
}

fn written<L: Listener>(
    mapper: &BoundPlan,
    batch: &BatchPlan,
    items: &[&[u8]],
    now: i64,
    listener: L,
) -> Result<Vec<u8>, RowError> {
    let document = document(items);
    let mut scratch = Scratch::new();
    let limits = JsonLimits { bytes: usize::MAX, ..JsonLimits::default() };
    let doc = scan_written(&mapper.plan.batch_trie, &document, &mut scratch, &limits).map_err(|error| {
        let message = format!("the items cannot stand in one body: {error}");
        RowFault::new("limit_exceeded", message, batch.span)
    })?;
    let rows = lazy_values(&mapper.plan.lazy);
    let scope =
        Scope { tally: mapper.tally.as_deref(), ..Scope::of_settings(&mapper.settings, &doc, now, rows) };
    // each event may have so many, and a body may list its items more than once
    let Limits { items: most, .. } = mapper.limits;
    let limits = Limits { items: most.max(items.len().saturating_mul(LISTS)), ..mapper.limits };
    let value = Evaluator::new(listener, &limits).value(&scope, &batch.body)?;
    let mut out = Vec::with_capacity(document.len() + 64);
    match value {
        Some(value) => value.write(&mut out),
        None => out.extend_from_slice(b"{}"),
    }
    Ok(out)
}

/// The list of the body that the item of a scope stands in.
pub(crate) fn list_of<'a, L: Listener>(
    lists: &'a BatchLists,
    scope: &Scope<'a>,
    evaluator: &mut Evaluator<L>,
) -> Result<Option<String>, RowError> {
    Ok(evaluator.named(scope, "lists", &lists.by)?.map(|value| value.to_string()))
}

/// The list that an item stands in by its text, which others have been merged into.
pub(super) fn list_of_text(
    mapper: &BoundPlan,
    lists: &BatchLists,
    item: &str,
    now: i64,
) -> Result<Option<String>, RowError> {
    let mut scratch = Scratch::new();
    let nothing = walk(&mapper.plan.trie, &Value::Null, &mut scratch);
    let rows = lazy_values(&mapper.plan.lazy);
    let scope = Scope::of_settings(&mapper.settings, &nothing, now, rows);
    let scope = scope.with_item(Val::Json(Json::Text(Text::written(item))));
    list_of(lists, &scope, &mut Evaluator::new(Nobody, &mapper.limits))
}

/// How many lists of all items a body may have.
const LISTS: usize = 16;

fn document(items: &[&[u8]]) -> Vec<u8> {
    let bytes: usize = items.iter().map(|item| item.len() + 1).sum();
    let mut document = Vec::with_capacity(bytes + 16);
    document.extend_from_slice(b"{\"items\":[");
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            document.push(b',');
        }
        document.extend_from_slice(item);
    }
    document.extend_from_slice(b"]}");
    document
}
