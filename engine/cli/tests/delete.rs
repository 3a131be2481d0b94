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
        let ended = world.run(&args).exits(1);
        assert_eq!(left(&world), ["u0", "u2"]);
        let mut lines = ended.lines();
        lines.sort_by_key(|line| line["userId"].to_string());
        let requests: u64 = lines.iter().map(|line| line["requests"].as_u64().unwrap()).sum();
        assert_eq!(requests, world.stats().total - sent);
        let outcomes = [("ghost", "not_found"), ("u1", "deleted"), ("u3", "deleted")];
        for (line, (user, outcome)) in lines.iter().zip(outcomes) {
            assert_eq!((&line["userId"], &line["outcome"]), (&json!(user), &json!(outcome)));
            assert_eq!((&line["destination"], &line["version"]), (&json!("intercom"), &json!(version)));
            assert!(line["time"].as_str().unwrap().ends_with('Z'));
        }
        let status = if version == "1.4" { 404 } else { 200 };
        assert_eq!((&lines[0]["code"], &lines[0]["status"]), (&json!("user_not_found"), &json!(status)));
        assert!(ended.stderr.starts_with("deleted 2, not found 1, "), "{}", ended.stderr);
        world
            .run(&["delete", "--user-id", "ghost", "--yes", "--allow-missing", "--api-version", version])
            .exits(0);
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
    assert_eq!(lines.next(), Some("userId,outcome,destination,version,requests,status,time,code,message"));
    let mut users: Vec<&str> = lines.map(|line| line.split(",2,200,").next().unwrap()).collect();
    users.sort_unstable();
    assert_eq!(users, ["u0,deleted,intercom,2.10", "u2,deleted,intercom,2.10"]);
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

#[test]
fn every_dialect_of_csv_deletes_or_is_refused() {
    for file in [
        "email;userId\nu0@example.com;u0\n;u2\n",
        "email\tUser ID\nu0@example.com\tu0\n\tu2\n",
        "user_id|email\nu0|\nu2|\n",
        "sep=;\nuserId;email\nu0;\nu2;\n",
    ] {
        let world = with_users(3, "2.10");
        world.write("users.csv", file);
        let ended = world.run(&["delete", "--file", "users.csv", "--yes"]).exits(0);
        assert!(ended.lines().iter().all(|line| line["outcome"] == "deleted"), "{file:?}: {ended:?}");
        assert_eq!(left(&world), ["u1"], "{file:?}");
    }
    let world = with_users(3, "2.10");
    let sent = world.stats().total;
    for file in [
        "external_id\nu0\nu2\n",
        "email;customer\nu0@example.com;u0\n",
        "userId,name\nu0,\"Ada\nu2,Bob\n",
        "\"u0\nu2\n",
        "userId\n u0 \n",
    ] {
        world.write("users.csv", file);
        let ended = world.run(&["delete", "--file", "users.csv", "--yes"]).exits(2);
        assert!(ended.stderr.contains("nobody was deleted"), "{file:?}: {}", ended.stderr);
    }
    for id in ["", "  "] {
        let ended = world.run(&["delete", "--user-id", "u0", "--user-id", id, "--yes"]).exits(2);
        assert!(ended.stderr.contains("`--user-id` requires an id"), "{}", ended.stderr);
    }
    assert_eq!((left(&world).len(), world.stats().total), (3, sent));
}

#[test]
fn a_user_who_was_sent_with_a_number_is_deleted_with_that_number() {
    for number in ["123456789012345678901234567890", "18446744073709551616", "1.0", "1e3", "-5"] {
        for version in ["1.4", "2.10"] {
            let world = World::new();
            let event = format!(
                "{{\"type\":\"identify\",\"userId\":{number},\"traits\":{{\"email\":\"a@example.com\"}}}}\n"
            );
            world.write("events.ndjson", event);
            world.run(&["send", "events.ndjson", "--api-version", version]).exits(0);
            world.write("users.json", format!("{{\"userId\":{number}}}\n"));
            let args = ["delete", "--file", "users.json", "--yes", "--api-version", version];
            let ended = world.run(&args).exits(0);
            assert_eq!(ended.lines()[0]["userId"], number);
            assert_eq!(ended.lines()[0]["outcome"], "deleted");
            assert_eq!(left(&world), Vec::<String>::new(), "{number}");
        }
    }
}

#[test]
fn a_report_names_those_who_are_left() {
    let world = with_users(3, "2.10");
    world.write("users", "u0\nghost\nu0\n");
    let ended = world.run(&["delete", "--file", "users", "--yes", "--report", "report.ndjson"]).exits(1);
    assert!(ended.stderr.contains("left out: 1 named more than once"), "{}", ended.stderr);
    let ended = world.run(&["delete", "--file", "report.ndjson", "--yes"]).exits(1);
    assert_eq!(ended.lines().len(), 1);
    assert_eq!(ended.lines()[0]["userId"], "ghost");
    assert!(ended.stderr.contains("left out: 1 whom the report calls deleted"), "{}", ended.stderr);
}

#[test]
fn an_event_deletes_nobody_unless_the_operator_allows_it() {
    for version in ["1.4", "2.10"] {
        let world = with_users(2, version);
        for event in [
            r#"{"type":"delete","users":[{"userId":"u1"}]}"#,
            r#"{"regulationType":"suppress_with_delete","users":[{"userId":"u1"}]}"#,
        ] {
            world.write("stream.ndjson", format!("{event}\n"));
            let ended = world.run(&["send", "stream.ndjson", "--api-version", version]).exits(1);
            let letter = &ended.lines()[0];
            assert_eq!(
                (&letter["outcome"], &letter["error"]["code"]),
                (&json!("rejected"), &json!("destructive"))
            );
            assert!(letter["error"]["message"].as_str().unwrap().contains("--allow-delete"), "{letter}");
            let ended = world.run(&["send", "stream.ndjson", "--api-version", version, "--dry-run"]).exits(1);
            assert!(ended.stdout.contains("destructive"), "{}", ended.stdout);
        }
        assert_eq!(left(&world), ["u0", "u1"]);
        world.run(&["send", "stream.ndjson", "--api-version", version, "--allow-delete"]).exits(0);
        assert_eq!(left(&world), ["u0"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_goes_to_a_pipe_too_and_one_that_cannot_be_written_says_where_it_ends() {
    let world = with_users(2, "2.10");
    let shell = |script: &str| {
        let mut command = std::process::Command::new("bash");
        let program = world.command(&["delete", "--file", "users", "--yes"]);
        command.args(["-c", script]).arg(program.get_program()).args(program.get_args());
        command.current_dir(world.folder.path()).stdin(std::process::Stdio::null());
        Ended::of(command.output().unwrap())
    };
    world.write("users", "u0\n");
    shell("\"$0\" \"$@\" --report >(cat > piped); code=$?; wait; exit $code").exits(0);
    sandbox::until("the pipe is read", || world.path("piped").exists() && world.read("piped").contains('\n'));
    assert_eq!(world.lines("piped")[0]["outcome"], "deleted");
    // no file may have more than a thousand bytes: a line is cut
    world.write("users", (0..40).map(|n| format!("ghost{n}\n")).collect::<String>());
    for name in ["report.ndjson", "report.csv"] {
        let ended =
            shell(&format!("trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\" --concurrency 1 --report {name}"))
                .exits(2);
        let said = format!("error: cannot write `{name}`: File too large");
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
        let report = world.read(name);
        assert!(report.ends_with('\n') && report.len() <= 1_024, "{report}");
        let lines = report.lines().filter(|line| line.contains("ghost")).count();
        assert!(lines > 0, "{report}");
        let first =
            format!("the first user who is not in it is `ghost{lines}`, with the outcome `not_found`");
        assert!(ended.stderr.contains(&first), "{}", ended.stderr);
        // it can be read
        world.run(&["delete", "--file", name, "--yes", "--allow-missing"]).exits(0);
    }
}
