//! The body of a batch: its row, evaluated over the document that the items are.

use crate::bound::BoundPlan;
use crate::eval::fault::{RowError, RowFault};
use crate::eval::lazy::lazy_values;
use crate::eval::listener::{Listener, Nobody};
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::limits::Limits;
use crate::plan::BatchPlan;
use mapwright_json::{Limits as JsonLimits, Scratch, scan_written};

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
