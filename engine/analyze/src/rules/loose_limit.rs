//! Conversions that limit a value to more than the schemas of its bodies allow.

use mapwright_convert::Shape;
use mapwright_findings::Reports;
use mapwright_findings::rules::loose_limit::{Loose, report};
use serde_json::{Map, Value};

use crate::facts::{Facts, Sent, argument};
use crate::view::Call;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for flow in &facts.flows {
        for sent in flow.sent.iter().filter(|sent| !sent.spot.is_closed()) {
            let Some(row) = flow.view.rows.row(sent.row) else { continue };
            // what comes after it may shorten the value further
            if let Some(call) = row.calls.last() {
                check_call(call, sent, reports);
            }
        }
    }
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

/// The limit that holds in every alternative, if there is one.
fn bound(sent: &Sent<'_>, of: impl Fn(&Map<String, Value>) -> Option<f64>) -> Option<f64> {
    let of_all = |schemas: &Vec<&Map<String, Value>>| {
        schemas.iter().filter_map(|schema| of(schema)).min_by(f64::total_cmp)
    };
    let limits: Option<Vec<f64>> = sent.spot.alternatives.iter().map(of_all).collect();
    limits?.into_iter().max_by(f64::total_cmp)
}
