//! `mapwright check-connection` as a process, to the Intercom sandbox over a real socket.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "common/sandbox.rs"]
mod sandbox;

use intercom_sandbox::{Attribute, DataType, Fault, Model, Sandbox};
use sandbox::{Ended, TOKEN, World};
use serde_json::json;

const EVENTS: &str = concat!(
    r#"{"type":"identify","userId":"u1","traits":{"plan":"pro","score":1,"age":3,"beta":true,"company":{"id":"c1","name":"C","seats":5}}}"#,
    "\n",
    r#"{"type":"identify","userId":"u2","traits":{"plan":"free","score":1.5,"renewed_at":1714564800}}"#,
    "\n",
    r#"{"type":"track","userId":"u1","event":"Order","properties":{"unheard_of":1}}"#,
    "\n",
    r#"{"type":"identify","traits":{"nobody":1}}"#,
    "\n",
);

/// Returns a workspace that defines one attribute and does not create others automatically.
fn strict() -> World {
    World::with(|_| {
        let plan = Attribute::new(Model::Contact, "plan", DataType::String);
        Sandbox::builder().token(TOKEN).no_rate_limit().attribute(plan)
    })
}

#[test]
fn a_connection_that_works_is_shown() {
    for version in ["1.4", "2.10"] {
        let world = strict();
        let ended = world.run(&["check-connection", "--api-version", version]).exits(0);
        assert_eq!(
            ended.stdout,
            format!("Intercom {version} accepts requests\nworkspace: Sandbox\nregion: US\n")
        );
        assert_eq!(ended.stderr, "");
        assert!(world.state().contacts.is_empty());
    }
}

#[test]
fn a_connection_that_does_not_work_says_why() {
    let world = strict();
    world.write("wrong", "zQ7x-wrong");
    let args = ["check-connection", "--secret", "apiKey=@wrong"];
    let ended = Ended::of(world.without_token(&args).output().unwrap()).exits(2);
    assert_eq!(
        ended.stderr,
        "error: Intercom 2.10 does not accept requests: `account` was answered with 401: check the access token, and that \
         `apiServer` is the region of the workspace (Access Token Invalid)\n"
    );
    world.sandbox().set_outage(Some(Fault::Error503));
    let ended = world.run(&["check-connection"]).exits(2);
    assert!(ended.stderr.contains("503"), "{}", ended.stderr);
    assert_eq!(world.stats().total, 1 + 3);
}

#[test]
fn attributes_that_are_missing_are_listed_and_made() {
    let world = strict();
    world.write("events.ndjson", EVENTS);
    let ended = world.run(&["check-connection", "events.ndjson"]).exits(1);
    insta::assert_snapshot!(ended.stdout);
    // the listed attributes are those that break the delivery
    world.run(&["send", "events.ndjson", "--limit", "2"]).exits(1);
    let ended = world.run(&["check-connection", "events.ndjson", "--create", "--json"]).exits(0);
    let found: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(found["about"], json!({ "workspace": "Sandbox", "region": "US" }));
    assert_eq!(found["missing"].as_array().unwrap().len(), 5);
    let ended = world.run(&["check-connection", "events.ndjson"]).exits(0);
    assert!(ended.stdout.ends_with("attributes: all used attributes are defined\n"), "{}", ended.stdout);
    world.run(&["send", "events.ndjson", "--limit", "2"]).exits(0);
    assert_eq!(world.state().contacts[0].custom_attributes["score"], json!(1));
}

#[test]
fn a_version_that_makes_attributes_itself_needs_none() {
    let world = strict();
    world.write("events.ndjson", EVENTS);
    let ended =
        world.run(&["check-connection", "events.ndjson", "--create", "--api-version", "1.4"]).exits(0);
    assert!(
        ended.stdout.ends_with("attributes: this version does not require definitions\n"),
        "{}",
        ended.stdout
    );
}

#[test]
fn what_commands_ask_for_is_no_event() {
    let world = strict();
    let events = concat!(
        r#"{"type":"declare","properties":{"kind":"contact","name":"sneaked_in","type":"string"}}"#,
        "\n{\"type\":\"check\"}\n"
    );
    world.write("events.ndjson", events);
    let ended = world.run(&["send", "events.ndjson"]).exits(0);
    assert!(ended.stderr.contains("skipped    2 (unsupported_message 2)"), "{}", ended.stderr);
    assert_eq!(world.stats().total, 0);
}

#[cfg(unix)]
#[test]
fn a_signal_is_no_answer_of_the_destination() {
    let world = World::new();
    world.sandbox().set_outage(Some(intercom_sandbox::Fault::HangBefore));
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let before = world.stats().total;
        let mut running = world.start(&["check-connection"]);
        sandbox::until("a request hangs", || world.stats().total > before);
        sandbox::until("it is over", || {
            running.signal(signal);
            running.is_over()
        });
        let ended = running.end().exits(code);
        assert_eq!(ended.stderr, "stopped before the destination had answered\n");
    }
}
