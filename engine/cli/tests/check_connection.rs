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

/// Returns a workspace whose attributes differ from what is sent in every way.
fn differing() -> World {
    World::with(|_| {
        let of = |name: &str, data_type| Attribute::new(Model::Contact, name, data_type);
        let tier = ["free", "pro"].map(str::to_owned).into();
        [
            of("plan", DataType::String),
            Attribute { options: tier, ..of("tier", DataType::Options) },
            of("renewed_at", DataType::Date),
            of("score", DataType::Float),
            of("age", DataType::Integer),
            Attribute { archived: true, ..of("old", DataType::String) },
            Attribute::new(Model::Company, "seats", DataType::Integer),
        ]
        .into_iter()
        .fold(Sandbox::builder().token(TOKEN).no_rate_limit(), |builder, attribute| {
            builder.attribute(attribute)
        })
    })
}

const DIFFERING: [&str; 6] = [
    r#"{"type":"identify","userId":"u1","traits":{"plan":"pro","tier":"pro","score":1,"age":3,"renewed_at":1714564800}}"#,
    r#"{"type":"identify","userId":"u2","traits":{"tier":"gold","renewed_at":"2024-05-01"}}"#,
    r#"{"type":"identify","userId":"u3","traits":{"old":"x","age":3.5,"plan":true}}"#,
    r#"{"type":"identify","userId":"u4","traits":{"tier":"gold","age":"4","company":{"id":"c1","name":"C","seats":"five"}}}"#,
    r#"{"type":"identify","userId":"u5","traits":{"fresh":1}}"#,
    r#"{"type":"identify","userId":"u6","traits":{"fresh":"one"}}"#,
];

#[test]
fn what_definitions_refuse_is_named_with_lines_and_the_fix() {
    for version in ["2.10", "2.16"] {
        let world = differing();
        world.write("events.ndjson", DIFFERING.join("\n"));
        let ended = world.run(&["check-connection", "events.ndjson", "--api-version", version]).exits(1);
        insta::assert_snapshot!("refused", ended.stdout.replace(version, "[version]"));
        assert!(world.state().contacts.is_empty());
    }
}

/// Each event that is named breaks its delivery, and no other does: the delivery to the same workspace is the judge.
#[test]
fn the_named_lines_are_those_that_the_api_refuses() {
    for (at, event) in DIFFERING.iter().enumerate() {
        let world = differing();
        world.write("event.ndjson", event);
        let ended = world.run(&["check-connection", "event.ndjson"]);
        let expected = i32::from(at > 0);
        assert_eq!(ended.code, Some(expected), "{event}: {}", ended.stdout);
        world.run(&["send", "event.ndjson"]).exits(expected);
    }
}

#[test]
fn what_is_refused_is_in_the_report_for_programs() {
    let world = differing();
    world.write("a.ndjson", DIFFERING[1]);
    world.write("b.ndjson", format!("{}\n{}", DIFFERING[0], DIFFERING[2]));
    let ended = world.run(&["check-connection", "a.ndjson", "b.ndjson", "--json"]).exits(1);
    let found: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let b = json!([{ "file": "b.ndjson", "line": 2 }]);
    let refused = found["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 5, "{refused:#?}");
    assert_eq!(
        refused[0],
        json!({
            "kind": "contact", "name": "age", "problem": "type", "defined": "integer", "takes": ["integer"], "sent": "number",
            "events": 1, "lines": b, "advice": "send integer, or define it again for values of the type number"
        })
    );
    assert_eq!(refused[1]["problem"], "archived");
    assert_eq!(
        refused[4],
        json!({
            "kind": "contact", "name": "tier", "problem": "option", "value": "gold",
            "events": 1, "lines": [{ "file": "a.ndjson", "line": 1 }], "advice": "add the option `gold`, or send `free` or `pro`"
        })
    );
    assert_eq!(found["missing"], json!([]));
}

/// What is created takes the type of most values; what does not fit it is reported before.
#[test]
fn values_of_several_types_are_told_before_an_attribute_is_made() {
    let world = strict();
    world.write("events.ndjson", DIFFERING[4..].join("\n"));
    let ended = world.run(&["check-connection", "events.ndjson", "--create"]).exits(1);
    let said = "  contact fresh (string, in 2 events: lines 1, 2): created\n\
        attributes whose definition refuses what is sent:\n  \
        contact fresh takes string, not integer (in 1 event: line 1)\n    \
        send string\n";
    assert!(ended.stdout.ends_with(said), "{}", ended.stdout);
    let again = world.run(&["check-connection", "events.ndjson"]).exits(1);
    assert!(
        again.stdout.contains("contact fresh takes string, not integer (in 1 event: line 1)"),
        "{}",
        again.stdout
    );
}

#[test]
fn many_values_that_are_no_option_are_told_in_short() {
    let world = differing();
    let event = |value: u32| {
        format!(r#"{{"type":"identify","userId":"u{value}","traits":{{"tier":"t{value:02}"}}}}"#)
    };
    world.write("events.ndjson", (1..=30).map(event).collect::<Vec<_>>().join("\n"));
    let ended = world.run(&["check-connection", "events.ndjson"]).exits(1);
    let said = "  contact tier does not have the options of more values (in 10 events: lines 21, 22, 23, 24, 25 and 5 more)\n    \
        add the values to the options, or send `free` or `pro`\n";
    assert!(ended.stdout.ends_with(said), "{}", ended.stdout);
    assert_eq!(ended.stdout.matches("does not have the option `").count(), 20);
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
