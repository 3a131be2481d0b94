//! Conversions that limit a value to more than the schemas of its bodies allow.

use mapwright_convert::Shape;
use mapwright_findings::Reports;
use mapwright_findings::rules::loose_limit::{Loose, report};
use serde_json::{Map, Value};

use crate::facts::{Facts, Sent, argument};
use crate::schema::{PointerStep, takes};
use crate::view::Call;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for flow in &facts.flows {
        for sent in flow.sent.iter().filter(|sent| !sent.spot.is_closed()) {
            let Some(row) = flow.view.rows.row(sent.row) else { continue };
            for (at, call) in row.calls.iter().enumerate().rev() {
                check_call(call, sent, reports);
                // what comes before another conversion may be made shorter by that
                let before = at.checked_sub(1).and_then(|at| row.calls.get(at));
                if !limits_objects(call) || !before.is_some_and(limits_objects) {
                    break;
                }
            }
        }
    }
}

/// Whether a conversion only limits what is in an object.
fn limits_objects(call: &Call<'_>) -> bool {
    matches!(call.definition.shape, Shape::KeysAtMost(_) | Shape::NamesAtMost(_) | Shape::TextsAtMost(_))
}

fn check_call(call: &Call<'_>, sent: &Sent<'_>, reports: &mut Reports) {
    let stated = |name: &str| argument(call.spec, name).and_then(Value::as_f64);
    let own = |word: &'static str| bound(sent, |schema| schema.get(word)?.as_f64());
    let of = |outer: &'static str| bound(sent, |schema| schema.get(outer)?.get("maxLength")?.as_f64());
    let (given, allowed) = match call.definition.shape {
        Shape::AtMost(max) => (stated(max), own("maxLength")),
        Shape::Items(Some(max)) => (stated(max), own("maxItems")),
        Shape::KeysAtMost(max) => (stated(max), own("maxProperties")),
        Shape::NamesAtMost(max) => (stated(max), of("propertyNames")),
        Shape::TextsAtMost(max) => (stated(max), of_members(sent)),
        Shape::Between(_, max) => (stated(max), own("maximum")),
        _ => return,
    };
    if let Some((given, allowed)) = given.zip(allowed).filter(|(given, allowed)| given > allowed) {
        let loose = Loose {
            conversion: call.definition.name,
            given,
            allowed,
            field: &sent.path.join("."),
            operation: sent.target.operation,
        };
        report(reports, call.span, &loose);
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

/// The limit that holds in every alternative, if there is one.
fn bound(sent: &Sent<'_>, of: impl Fn(&Map<String, Value>) -> Option<f64>) -> Option<f64> {
    let of_all = |schemas: &Vec<&Map<String, Value>>| {
        schemas.iter().filter_map(|schema| of(schema)).min_by(f64::total_cmp)
    };
    let limits: Option<Vec<f64>> = sent.spot.alternatives.iter().map(of_all).collect();
    limits?.into_iter().max_by(f64::total_cmp)
}
