//! `mapwright explain`, from the outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Ran, TO_ACME, line, run, run_with};
use serde_json::Value;

fn explain(args: &[&str]) -> Ran {
    run(line(&[&["explain"], args, &TO_ACME]))
}

#[test]
fn a_mapped_event_is_a_tree() {
    insta::assert_snapshot!(explain(&["acme/events.ndjson"]));
}

/// Also where it goes into a file or a pager.
#[test]
fn text_of_an_event_does_not_turn_the_text_around_it() {
    let ran =
        explain(&["{\"type\": \"identify\", \"traits\": {\"email\": \"a\u{202e}b\u{2066}c\u{200f}\"}}"]);
    assert!(ran.stdout.contains("\\u{202e}"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(mapwright_report::is_unsafe), "{}", ran.stdout);
}

#[test]
fn dropped_values_say_why() {
    insta::assert_snapshot!(explain(&["acme/events.ndjson", "--line", "2"]));
}

#[test]
fn rejected_events_and_variants_are_explained() {
    insta::assert_snapshot!("rejected", explain(&["acme/events.ndjson", "--line", "5"]));
    insta::assert_snapshot!("may_be_rejected", explain(&["acme/events.ndjson", "--line", "7"]));
    insta::assert_snapshot!("variant", explain(&["acme/events.ndjson", "--line", "11"]));
    insta::assert_snapshot!("skipped", explain(&["acme/events.ndjson", "--line", "9"]));
    insta::assert_snapshot!("broken", explain(&["acme/events.ndjson", "--line", "12"]));
    insta::assert_snapshot!("cut_off", explain(&["{\n\"type\":"]));
}

#[test]
fn json_has_all_of_it() {
    let ran = explain(&["acme/events.ndjson", "--line", "2", "--json"]);
    insta::assert_snapshot!(ran);
    let read: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(read["requests"].as_array().unwrap().len(), 2);
    let mapped = run(line(&[&["map", "acme/events.ndjson"], &TO_ACME]));
    let mapped: Value = serde_json::from_str(mapped.stdout.lines().nth(1).unwrap()).unwrap();
    assert_eq!((&read["requests"], &read["warnings"]), (&mapped["requests"], &mapped["warnings"]));
    for line in ["5", "9", "12"] {
        let ran = explain(&["acme/events.ndjson", "--line", line, "--json"]);
        insta::assert_snapshot!(format!("json_{line}"), ran);
    }
}

#[test]
fn events_come_from_files_standard_input_and_the_command_line() {
    let event = r#"{"type":"track","event":"x"}"#;
    let inline = explain(&[event]);
    assert_eq!(inline.code, Some(0), "{inline}");
    let piped = run_with(line(&[&["explain", "-"], &TO_ACME]), event.as_bytes());
    assert_eq!(piped.to_string(), inline.to_string());
}

#[test]
fn what_is_not_there_is_said() {
    let mut all = String::new();
    for args in [
        &["missing.json"][..],
        &["acme/events.ndjson", "--line", "3"],
        &["acme/events.ndjson", "--line", "99"],
        &["/dev/null"],
        &[],
    ] {
        let ran = explain(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?} {ran}");
        all += &ran.stderr;
    }
    insta::assert_snapshot!(all);
}
