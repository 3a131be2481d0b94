//! Cost is linear in the bytes of an event and in the text of a mapping; what is not is bounded by a named limit.
//!
//! Each case is a line of a table: a name, and how to make an input of a size. The test finds a size at which the work takes measurable time;
//! an input of 32 times that size must take less than 243 times the time and memory (without optimization, 16 and 81 times).
//!
//! `LINEAR_SHOW=1` prints each measurement, and `LINEAR_ONLY=join` runs only the cases with `join` in their name.

mod bounds;
mod conversions;
mod events;
mod mappings;
mod measure;
mod redaction;
mod sets;
mod values;

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use measure::{Case, Growth, show};

static ONE: Mutex<()> = Mutex::new(());

fn check(cases: Vec<Case>, most_memory: f64) {
    // one test after the other, each on all cores
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let only = std::env::var("LINEAR_ONLY").unwrap_or_default();
    let all = cases.len();
    let cases = Mutex::new(cases.into_iter().filter(|case| case.name.contains(&only)));
    let wrong = Mutex::new(Vec::new());
    let next = || cases.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(case) = next() {
                    let found = fault(&case, most_memory);
                    wrong.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap_or_default();
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Says how a case is not linear.
fn fault(case: &Case, most_memory: f64) -> Option<String> {
    show(&format!("… {}", case.name));
    let growth = Growth::of(case);
    let memory = growth.memory_per_byte();
    show(&format!("{growth}; {memory:.0} bytes of memory per byte"));
    let most_memory = if case.name.ends_with("explained") { 700.0 } else { most_memory };
    match growth.is_linear() {
        true if memory <= most_memory => None,
        true => Some(format!("{growth}; {memory:.0} bytes of memory per byte")),
        false => Some(growth.to_string()),
    }
}

/// All cases, or one in so many without optimization: all of them take minutes there.
fn some(cases: Vec<Case>, of: usize) -> Vec<Case> {
    let step = if cfg!(debug_assertions) { of } else { 1 };
    cases.into_iter().step_by(step).collect()
}

#[test]
fn events() {
    check(some(events::cases(), 2), 150.0);
}

#[test]
fn conversions() {
    check(some(conversions::cases(), 5), 150.0);
}

#[test]
fn mappings() {
    // optimized, the inputs are sixteen times as large, and count in full
    let most_memory = if cfg!(debug_assertions) { 1_000.0 } else { 4_000.0 };
    check(some(mappings::cases(values::MAPPINGS), 2), most_memory);
}

#[test]
fn conditions_over_sets() {
    let most_memory = if cfg!(debug_assertions) { 1_000.0 } else { 4_000.0 };
    check(mappings::cases_of(sets::MAPPINGS), most_memory);
}

#[test]
fn redaction() {
    check(redaction::cases(), 80.0);
}
