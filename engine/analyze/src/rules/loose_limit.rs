//! Conversions and batches that limit a value to more than the schemas of its bodies allow, or than it can have.

use std::collections::BTreeMap;

use mapwright_convert::Shape;
use mapwright_findings::rules::loose_limit::{Loose, report, report_bytes, report_few_items, report_items};
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{BatchSpec, Encoding, Form, Role, RowSpec};
use serde_json::{Map, Value};

use crate::facts::{AllItems, Facts, Sent, all_items, most_bytes};
use crate::schema::{PointerStep, Spot, takes};
use crate::view::{Call, RowView};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    check_batches(facts, reports);
    for flow in &facts.flows {
        let mut found = BTreeMap::new();
        for sent in flow.sent.iter().filter(|sent| !sent.spot.is_closed()) {
            let Some(row) = flow.view.rows.row(sent.row) else { continue };
            check_calls(&row.calls, sent, &mut found);
            if row.calls.is_empty() && matches!(row.spec.form, Form::Each { key: None, .. }) {
                let inside = row.inside.iter().filter_map(|id| flow.view.rows.row(*id));
                let is_list = |row: &&RowView<'_>| matches!(row.parent, Some((_, Role::EachList)));
                inside.filter(is_list).for_each(|list| check_calls(&list.calls, sent, &mut found));
            }
        }
        for (limit, mut operations) in found {
            operations.dedup();
            let Limit { span, conversion, field, is_least, given, allowed } = limit;
            let (given, allowed) = (f64::from_bits(given), f64::from_bits(allowed));
            let loose =
                Loose { conversion, given, allowed, field: &field, is_least, operations: &operations };
            report(reports, span, &loose);
        }
    }
}

/// A limit that is too high, of the bodies of some operations.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Limit<'l> {
    span: Span,
    conversion: &'l str,
    field: String,
    is_least: bool,
    /// The bits of the limits, which have an order.
    given: u64,
    allowed: u64,
}

/// Looks at how many items a batch may have, where the schema of its body says it.
fn check_batches(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let version = facts.view.version;
    let operations = &version.spec.operations;
    for (name, operation) in operations {
        let Some((batch, body, most)) = operation
            .batch
            .as_ref()
            .and_then(|batch| Some((batch, batch.body.as_ref()?, batch.most.as_ref()?)))
        else {
            continue;
        };
        let many = batch.operation.as_ref();
        let sent = many.and_then(|many| by_name(operations, &many.value)).unwrap_or(operation);
        if matches!(sent.encoding, None | Some(Encoding::Json)) {
            check_bytes(batch, body, most.value, reports);
        }
        let file = sent.schema.as_ref().map(|schema| schema.value.as_str());
        let Some(schema) = file.and_then(|file| facts.view.schemas.get(version, file)) else { continue };
        let operation = many.map_or(name.value.as_str(), |many| many.value.as_str());
        for AllItems { path, by_id, .. } in all_items(body) {
            let [least, word] =
                if by_id { ["minProperties", "maxProperties"] } else { ["minItems", "maxItems"] };
            let pointer: Vec<PointerStep<'_>> = path.iter().map(|name| PointerStep::Field(name)).collect();
            let Some(spot) = schema.at(&pointer) else { continue };
            let field = path.join(".");
            let loose = |given: u64, allowed| Loose {
                conversion: "most",
                given: given as f64,
                allowed,
                field: &field,
                is_least: false,
                operations: std::slice::from_ref(&operation),
            };
            // one item alone is sent with the operation itself
            let fewest = if many.is_some() { 2 } else { 1 };
            let required = floor(&spot, |schema| schema.get(least)?.as_f64());
            if let Some(required) = required.filter(|required| *required > fewest as f64) {
                let at_most = required > most.value as f64;
                let given = if at_most { most.value } else { fewest };
                report_few_items(reports, most.span, given, at_most, &loose(given, required));
                break;
            }
            let Some(allowed) = bound(&spot, |schema| schema.get(word)?.as_f64()) else { continue };
            if most.value as f64 > allowed {
                report_items(reports, most.span, most.value, &loose(most.value, allowed));
                break;
            }
        }
    }
}

/// Looks at the bytes of a batch, which the number and the bytes of its items may keep it from.
fn check_bytes(batch: &BatchSpec, body: &RowSpec, items: u64, reports: &mut Reports) {
    let Some((bytes, item)) = batch.bytes.as_ref().zip(batch.item_bytes.as_ref()) else { return };
    let [given, of_item] = [bytes, item].map(|bytes| u64::try_from(bytes.value.0).ok());
    let Some((given, of_item)) = given.zip(of_item) else { return };
    if let Some(most) = most_bytes(body, items, of_item).filter(|most| *most < given) {
        report_bytes(reports, bytes.span, items, of_item, most);
    }
}

/// Whether a conversion only limits what is in an object.
fn limits_objects(call: &Call<'_>) -> bool {
    matches!(call.definition.shape, Shape::KeysAtMost(_) | Shape::NamesAtMost(_) | Shape::TextsAtMost(_))
}

/// Looks at the conversions of a row, the last one first.
fn check_calls<'l>(calls: &[Call<'l>], sent: &Sent<'l>, found: &mut BTreeMap<Limit<'l>, Vec<&'l str>>) {
    for (at, call) in calls.iter().enumerate().rev() {
        check_call(call, sent, found);
        // what comes before another conversion may be made shorter by that
        let before = at.checked_sub(1).and_then(|at| calls.get(at));
        if !limits_objects(call) || !before.is_some_and(limits_objects) {
            break;
        }
    }
}

fn check_call<'l>(call: &Call<'l>, sent: &Sent<'l>, found: &mut BTreeMap<Limit<'l>, Vec<&'l str>>) {
    let stated = |name: &str| call.spec.argument(name).and_then(Value::as_f64);
    let own = |word: &'static str| bound(&sent.spot, |schema| schema.get(word)?.as_f64());
    let of = |outer: &'static str| bound(&sent.spot, |schema| schema.get(outer)?.get("maxLength")?.as_f64());
    let (given, allowed) = match call.definition.shape {
        Shape::AtMost(max) => (stated(max), own("maxLength")),
        Shape::Items(Some(max)) => (stated(max), own("maxItems")),
        Shape::KeysAtMost(max) => (stated(max), own("maxProperties")),
        Shape::NamesAtMost(max) => (stated(max), of("propertyNames")),
        Shape::TextsAtMost(max) => (stated(max), of_members(sent)),
        Shape::Between(_, max) => (stated(max), own("maximum")),
        _ => return,
    };
    let mut add = |given: f64, allowed: f64, is_least| {
        let field = sent.path.join(".");
        let (conversion, given, allowed) = (call.definition.name, given.to_bits(), allowed.to_bits());
        let limit = Limit { span: call.span, conversion, field, is_least, given, allowed };
        found.entry(limit).or_default().push(sent.target.operation);
    };
    if let Some((given, allowed)) = given.zip(allowed).filter(|(given, allowed)| given > allowed) {
        add(given, allowed, false);
    }
    if let Shape::Between(min, _) = call.definition.shape {
        let allowed = floor(&sent.spot, |schema| schema.get("minimum")?.as_f64());
        if let Some((given, allowed)) = stated(min).zip(allowed).filter(|(given, allowed)| given < allowed) {
            add(given, allowed, true);
        }
    }
}

/// The length of texts that all members have that the schema does not name.
fn of_members(sent: &Sent<'_>) -> Option<f64> {
    let inner = sent.target.schema.child(&sent.spot, PointerStep::EachMember)?;
    // an alternative for another kind of values says nothing of texts
    let texts =
        inner.alternatives.iter().filter(|schemas| schemas.iter().all(|schema| takes(schema, "string")));
    let of_all = |schemas: &Vec<&Map<String, Value>>| {
        schemas.iter().filter_map(|schema| schema.get("maxLength")?.as_f64()).min_by(f64::total_cmp)
    };
    let limits: Option<Vec<f64>> = texts.map(of_all).collect();
    limits?.into_iter().max_by(f64::total_cmp)
}

/// The lower limit that holds in every alternative, if there is one.
fn floor(spot: &Spot<'_>, of: impl Fn(&Map<String, Value>) -> Option<f64>) -> Option<f64> {
    bound(spot, |schema| of(schema).map(|limit| -limit)).map(|limit| -limit)
}

/// The limit that holds in every alternative, if there is one.
fn bound(spot: &Spot<'_>, of: impl Fn(&Map<String, Value>) -> Option<f64>) -> Option<f64> {
    let of_all = |schemas: &Vec<&Map<String, Value>>| {
        schemas.iter().filter_map(|schema| of(schema)).min_by(f64::total_cmp)
    };
    let limits: Option<Vec<f64>> = spot.alternatives.iter().map(of_all).collect();
    limits?.into_iter().max_by(f64::total_cmp)
}
