//! Cost is linear in the bytes of an event and in the text of a mapping; what is not is bounded by a named limit.
//!
//! Each case is a line of a table: a name, and how to make an input of a size. The test finds a size at which the work takes measurable time;
//! an input of 32 times that size must take less than 243 times the time and memory.
//!
//! `LINEAR_SHOW=1` prints each measurement, and `LINEAR_ONLY=join` runs only the cases with `join` in their name.

mod bounds;
mod conversions;
mod events;
mod mappings;
mod measure;
mod values;

use measure::{Case, Growth, alone, show};

fn check(cases: Vec<Case>, most_memory: f64) {
    let _alone = alone();
    let only = std::env::var("LINEAR_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.name.contains(&only)) {
        show(&format!("… {}", case.name));
        let growth = Growth::of(case);
        show(&format!("{growth}; {:.0} bytes of memory per byte", growth.memory_per_byte()));
        if !growth.is_linear() {
            wrong.push(format!("{growth}"));
        } else if growth.memory_per_byte()
            > if case.name.ends_with("explained") { 700.0 } else { most_memory }
        {
            wrong.push(format!("{growth}; {:.0} bytes of memory per byte", growth.memory_per_byte()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn events() {
    check(events::cases(), 150.0);
}

#[test]
fn conversions() {
    // without optimization, all of them take minutes
    let step = if cfg!(debug_assertions) { 5 } else { 1 };
    check(conversions::cases().into_iter().step_by(step).collect(), 150.0);
}

#[test]
fn mappings() {
    check(mappings::cases(values::MAPPINGS), 1_000.0);
}
