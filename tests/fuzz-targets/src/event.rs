//! Any bytes as an event, for every plan.

use std::cell::RefCell;

use mapwright::{Response, Scratch};
use serde_json::{Value, json};

use crate::json::has_plain_numbers;
use crate::outcome::{Became, drive, preview};
use crate::plans::{Ready, SECRET, ready};

thread_local! {
    /// Reused for all inputs, so that leftovers of one input would affect the next.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Maps any bytes as an event, with every plan.
pub fn event(data: &[u8]) {
    let value: Option<Value> = serde_json::from_slice(data).ok();
    let written = value.as_ref().map(Value::to_string);
    let plain = value.is_some() && has_plain_numbers(data);
    let (mut mapped, mut skipped, mut rejected) = (0, 0, 0);
    for plan in ready() {
        let became = SCRATCH.with_borrow_mut(|scratch| preview(&plan.mapper, &plan.shape, data, scratch));
        match &became {
            Became::Mapped { .. } => mapped += 1,
            Became::Skipped { .. } => skipped += 1,
            Became::Rejected { .. } => rejected += 1,
        }
        let fresh = |plan: &Ready| preview(&plan.mapper, &plan.shape, data, &mut Scratch::new());
        assert_eq!(became, fresh(plan), "{}: buffers of earlier events show", plan.name);

        // both readers have the same depth limit
        let unreadable = became.rejection().is_some_and(|rejection| rejection.offset.is_some());
        assert_eq!(unreadable, value.is_none(), "{}: {became:?}", plan.name);
        let (Some(value), Some(written)) = (&value, &written) else { continue };

        let of_tree = preview(&plan.mapper, &plan.shape, value, &mut Scratch::new());
        let of_text = preview(&plan.mapper, &plan.shape, written.as_str(), &mut Scratch::new());
        assert_eq!(of_tree, of_text, "{}: a tree and its text differ", plan.name);
        if plain {
            became.assert_like(&of_tree, &plan.name);
        }
        if matches!(became, Became::Mapped { .. }) {
            for script in scripts() {
                drive(&plan.mapper, &plan.shape, data, &script);
            }
        }
        redacted(plan, written);
    }
    assert_eq!(mapped + skipped + rejected, ready().len());
}

/// Checks that redacted secrets do not appear, unless the event contains them.
fn redacted(plan: &Ready, event: &str) {
    let marks = [SECRET, "s3cret", "YWRhOnMzY3JldC"];
    if marks.iter().any(|mark| event.contains(mark)) {
        return;
    }
    let shown = format!("{:?}", preview(&plan.redacted, &plan.shape, event, &mut Scratch::new()));
    assert!(!marks.iter().any(|mark| shown.contains(mark)), "{}: {shown}", plan.name);
}

/// Returns responses that lead through all steps, with ids that look like paths.
fn scripts() -> [Vec<Response>; 2] {
    let answer = |status: u16, body: Value| Response::new(status, [], body.to_string());
    let found = json!({
        "id": "../../a?b#c", "data": [{ "id": "%2e%2e/x\r\n" }], "members": [],
        "errors": [{ "message": "archived id=..", "code": "x" }],
    });
    [
        vec![answer(200, found.clone()); 8],
        vec![
            answer(200, json!({ "data": [] })),
            answer(409, found.clone()),
            answer(200, found),
            answer(404, json!({})),
        ],
    ]
}
