//! `mapwright delete` as a process, to the Intercom sandbox over a real socket.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "common/sandbox.rs"]
mod sandbox;

use sandbox::{Ended, World, events};
use serde_json::json;

fn with_users(users: usize, version: &str) -> World {
    let world = World::new();
    world.write("events.ndjson", events(users * 2));
    world.run(&["send", "events.ndjson", "--api-version", version]).exits(0);
    world
}

fn left(world: &World) -> Vec<String> {
    world.state().contacts.into_iter().filter_map(|contact| contact.external_id).collect()
}

#[test]
fn users_are_deleted_and_the_report_says_so() {
    for version in ["1.4", "2.10"] {
        let world = with_users(4, version);
        let sent = world.stats().total;
        let args = [
            "delete",
            "--user-id",
            "u1",
            "--user-id",
            "u3",
            "--user-id",
            "ghost",
            "--yes",
            "--api-version",
            version,
        ];
        let ended = world.run(&args).exits(0);
        assert_eq!(left(&world), ["u0", "u2"]);
        let mut lines = ended.lines();
        lines.sort_by_key(|line| line["userId"].to_string());
        let requests: u64 = lines.iter().map(|line| line["requests"].as_u64().unwrap()).sum();
        assert_eq!(requests, world.stats().total - sent);
        for (line, user) in lines.iter().zip(["ghost", "u1", "u3"]) {
            assert_eq!((&line["userId"], &line["outcome"]), (&json!(user), &json!("delivered")));
            assert_eq!((&line["destination"], &line["version"]), (&json!("intercom"), &json!(version)));
            assert!(line["time"].as_str().unwrap().ends_with('Z'));
        }
        assert!(ended.stderr.starts_with("deleted or not found 3, "), "{}", ended.stderr);
    }
}

#[test]
fn a_file_of_users_makes_a_report_in_csv() {
    let world = with_users(3, "2.10");
    world.write("users.csv", "email,userId\nu0@example.com,u0\n,u2\n");
    let ended = world.run(&["delete", "--file", "users.csv", "--report", "report.csv", "--yes"]).exits(0);
    assert_eq!(ended.stdout, "");
    assert_eq!(left(&world), ["u1"]);
    let report = world.read("report.csv");
    let mut lines = report.lines();
    assert_eq!(lines.next(), Some("userId,outcome,destination,version,requests,time,code,message"));
    let mut users: Vec<&str> = lines.map(|line| line.split(",2,").next().unwrap()).collect();
    users.sort_unstable();
    assert_eq!(users, ["u0,delivered,intercom,2.10", "u2,delivered,intercom,2.10"]);
    // an existing report is never overwritten
    let ended = world.run(&["delete", "--file", "users.csv", "--report", "report.csv", "--yes"]).exits(2);
    assert!(ended.stderr.contains("cannot write `report.csv`"), "{}", ended.stderr);
}

#[test]
fn it_asks_first_and_does_nothing_without_an_answer() {
    let world = with_users(2, "2.10");
    let ended = world.run(&["delete", "--user-id", "u1"]).exits(2);
    assert_eq!(
        ended.stderr,
        "error: deleting users requires a confirmation, and there is no terminal; `--yes` deletes the user\n"
    );
    assert_eq!(left(&world), ["u0", "u1"]);
    world.write("users.csv", "userId\nu0\n\"\"\n");
    let ended = world.run(&["delete", "--file", "users.csv", "--yes"]).exits(2);
    assert_eq!(ended.stderr, "error: line 3 of `users.csv` has no user id; nobody was deleted\n");
    assert_eq!(left(&world), ["u0", "u1"]);
}

#[test]
fn those_who_are_left_are_in_the_report_and_can_be_deleted_later() {
    let world = with_users(2, "2.10");
    world.write("wrong", "zQ7x-wrong");
    let users: String = (0..6_000).map(|n| format!("u{n}\n")).collect();
    world.write("users", users);
    let args =
        ["delete", "--file", "users", "--yes", "--secret", "apiKey=@wrong", "--report", "report.ndjson"];
    let ended = Ended::of(world.without_token(&args).output().unwrap()).exits(2);
    assert!(ended.stderr.contains("check the access token"), "{}", ended.stderr);
    let lines = world.lines("report.ndjson");
    assert_eq!(lines.len(), 6_000);
    assert!(lines.iter().all(|line| line["outcome"] == "unfinished"));
    let two: Vec<String> = lines
        .iter()
        .filter(|line| line["userId"] == "u0" || line["userId"] == "u1")
        .map(ToString::to_string)
        .collect();
    world.write("left.ndjson", two.join("\n"));
    world.run(&["delete", "--file", "left.ndjson", "--yes"]).exits(0);
    assert!(left(&world).is_empty());
}
