//! `mapwright map`, from the outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::Write;

use common::{ACME, Ran, TO_ACME, fixtures, line, root, run, run_in, run_with, without_speed};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

fn map(args: &[&str]) -> Ran {
    run(line(&[&["map"], &TO_ACME, args]))
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_event_becomes_a_line() {
    insta::assert_snapshot!(map(&["acme/events.ndjson"]));
}

#[test]
fn events_that_share_a_line_have_a_column() {
    let events = br#"[{"type":"page"}, {"type":"nonsense"},
{"type":"page"}, 1]"#;
    let ran = run_with(line(&[&["map"], &TO_ACME]), events);
    let places: Vec<_> =
        lines(&ran).iter().map(|line| (line["line"].clone(), line["column"].clone())).collect();
    let expected = [(1, json!(2)), (1, json!(19)), (2, Value::Null), (2, json!(18))];
    assert_eq!(places, expected.map(|(line, column)| (json!(line), column)), "{ran}");
}

#[test]
fn bodies_that_break_their_schema_are_rejected_with_verify() {
    let ran = map(&["acme/events.ndjson", "--verify", "-q"]);
    let rejected: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("schema_violation")).collect();
    assert_eq!(
        rejected,
        [concat!(
            r#"{"line":11,"status":"rejected","error":{"code":"schema_violation","field":"person.age","#,
            r#""message":"expected 150 or less, found `200`","fault":"event","#,
            r#""mapping":"acme/mappings/acme/1.0/identify.yaml:7","schema":"/properties/age/maximum"}}"#,
        )]
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn a_schema_that_cannot_be_used_verifies_nothing_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "mappings/lone/destination.yaml",
        "title: Lone\nnames: [Lone]\nversions: { default: \"1\" }\nhosts: [api.example.com]\n",
    );
    let operations = "operations: { save: { method: POST, path: /, schema: body.json } }";
    write(
        "mappings/lone/1/version.yaml",
        &format!("version: \"1\"\nserver: {{ value: https://api.example.com }}\n{operations}\n"),
    );
    write(
        "mappings/lone/1/identify.yaml",
        "message: identify\nsteps: { save: { operation: save, body: { id: userId } } }\n",
    );
    write("schemas/lone/1/body.json", r#"{ "type": 5 }"#);
    let of_folder = ["--no-builtin", "--mappings", "."];
    for command in [&["map", "--verify"][..], &["sandbox", "lone"]] {
        let ran = run_in(folder.path(), line(&[command, &of_folder]));
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("error[invalid-schema]"), "{ran}");
    }
}

#[test]
fn secrets_show_only_when_asked_for() {
    let ran = map(&["acme/events.ndjson"]);
    assert!(!ran.stdout.contains("sekrit") && ran.stdout.contains("[redacted]"), "{ran}");
    let ran = map(&["acme/events.ndjson", "--show-secrets"]);
    assert!(ran.stdout.contains("Bearer sekrit-one") && ran.stdout.contains("key=sekrit-two"), "{ran}");
    assert!(!ran.stdout.contains("redacted"), "{ran}");
}

#[test]
fn pretty_lines_say_the_same() {
    let plain = map(&["acme/events.ndjson"]);
    let pretty = map(&["acme/events.ndjson", "--pretty"]);
    let read: Vec<Value> =
        serde_json::Deserializer::from_str(&pretty.stdout).into_iter().map(Result::unwrap).collect();
    assert_eq!(read, lines(&plain));
    assert!(pretty.stdout.starts_with("{\n  \"line\": 1,\n  \"status\": \"mapped\",\n"), "{pretty}");
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let text = std::fs::read_to_string(fixtures().join("acme/events.ndjson")).unwrap();
    let many = text.repeat(400);
    let one = run_with(line(&[&["map", "--threads", "1", "-q"], &TO_ACME]), many.as_bytes());
    assert_eq!(one.stdout.lines().count(), 14 * 400);
    for threads in ["2", "3", "4", "5", "6", "7", "8"] {
        let ran = run_with(line(&[&["map", "--threads", threads, "-q"], &TO_ACME]), many.as_bytes());
        assert!(ran.stdout == one.stdout, "{threads} threads write something else than one");
    }
}

#[test]
fn files_are_named_when_there_are_several() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.json"), "[\n {\"type\":\"page\"},\n {\"type\":\"page\"}\n]").unwrap();
    let mut gzip = GzEncoder::new(std::fs::File::create(path("b\u{1b}[31m")).unwrap(), Compression::fast());
    gzip.write_all(b"{\"type\":\"page\"}\n{\"type\":").unwrap();
    gzip.finish().unwrap();
    let acme = fixtures().join("acme");
    let args = [
        "map",
        "--no-builtin",
        "--set",
        "apiKey=k",
        "a.json",
        "b\u{1b}[31m",
        "missing\u{1b}[31m",
        "--mappings",
    ];
    let ran = run_in(folder.path(), args.map(Into::into).into_iter().chain([acme.into_os_string()]));
    insta::assert_snapshot!(ran);
}

#[test]
fn json_that_breaks_off_is_rejected_with_its_place() {
    for (form, input) in [
        ("lines", b"{\"type\":\"page\"}\n{\"type\": page}\n{\"type\":\"page\"}\n{\"a\":\"\xfe\"}\n".as_slice()),
        ("array", b"[{\"type\":\"page\"},\n {\"type\": ],\n {\"type\":\"page\"}"),
        ("values", b"{\n  \"type\": \"page\"\n}\n{\n  \"type\": tru\n}\n{\n  \"type\" \"page\"\n}\n{\"type\":\"page\"}"),
    ] {
        let ran = run_with(line(&[&["map"], &TO_ACME]), input);
        insta::assert_snapshot!(format!("broken_{form}"), ran);
    }
}

#[test]
fn the_output_can_go_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.ndjson");
    let path = path.to_str().unwrap();
    let ran = map(&["acme/events.ndjson", "-o", path, "--limit", "2"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran}");
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 2);

    let before = std::fs::read(path).unwrap();
    let ran = run(["map", path, "-o", path].into_iter().chain(TO_ACME));
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("is also the input"), "{ran}");
    assert_eq!(std::fs::read(path).unwrap(), before);
}

#[test]
fn settings_come_from_files_exports_and_single_values() {
    let url = |args: &[&str]| {
        let event = br#"{"type":"identify","traits":{"email":"a@example.com","tags":["t"]}}"#;
        let ran = run_with(line(&[&["map", "-q"], &ACME, args]), event);
        let mapped = lines(&ran).first().cloned().unwrap_or_else(|| panic!("{ran}"));
        let requests = mapped["requests"].as_array().unwrap().clone();
        (requests[0]["url"].as_str().unwrap().split('?').next().unwrap().to_owned(), requests.len())
    };
    let (us, eu) = ("https://api.acme.example.com/people", "https://api.eu.acme.example.com/people");
    assert_eq!(url(&["--settings", "acme/settings.yaml"]), (eu.to_owned(), 3));
    assert_eq!(url(&["--settings", "acme/export.json"]), (us.to_owned(), 2));
    assert_eq!(url(&["--settings", " {\"apiKey\":\"k\",\"apiServer\":\"eu\"}"]), (eu.to_owned(), 3));
    assert_eq!(
        url(&["--set", "apiKey=1234", "--set", "apiServer=eu", "--set", "tags=false"]),
        (eu.to_owned(), 2)
    );
    assert_eq!(url(&["--settings", "acme/settings.yaml", "--set", "apiServer=us"]), (us.to_owned(), 3));
    assert_eq!(url(&["--settings", "acme/settings.yaml", "--set", "apiVersion=1.0"]), (eu.to_owned(), 3));
    assert_eq!(url(&["--settings", "acme/settings.yaml", "--api-version", "latest"]), (eu.to_owned(), 3));
}

#[test]
fn what_keeps_the_command_from_running_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        name.to_owned()
    };
    let acme = fixtures().join("acme").display().to_string();
    let broken = fixtures().join("broken").display().to_string();
    let number = file("number.yaml", "apiKey: sekrit\napiVersion: 2.10\n");
    let typo = file("typo.yaml", "apiKye: sekrit\napiServer: asia\ntags: yes\n");
    let bad_json = file("bad.json", "{\"apiKey\": \"sekrit\",\n \"x\": sekrit}");
    let bad_yaml = file("bad.yaml", "apiKey: \"sekrit\n x: [sekrit\n");
    let list = file("list.yaml", "- sekrit\n");
    let empty = file("empty.yaml", "# nothing yet\n");
    let twice = file("twice.yaml", "apiKey: sekrit\ntags: true\napiKey: sekrit2\n");
    let twice_json = file("twice.json", "{\"apiKey\": \"sekrit\",\n \"tags\": {\"a\": 1, \"a\": 2}}");
    let bracket = file("bracket.yaml", "tags: [sekrit\n");
    let quoted = file("quoted.yaml", "apiKey: 'sekrit's'\n");
    let alias = file("alias.yaml", "apiKey: *sekrit\n");
    let tab = file("tab.yaml", "apiKey: sekrit\n\ttags: sekrit\n");
    let deep_tab = file("deep-tab.yaml", "apiKey: sekrit\ntags:\n  \t\n\t- sekrit\n");
    let unquoted = file("unquoted.yaml", "apiKey: 12345\n");
    file("plain.yml", "a: 1");
    std::fs::create_dir_all(folder.path().join("yml/acme")).unwrap();
    file("yml/acme/destination.yml", "title: x");
    std::fs::create_dir_all(folder.path().join("over/intercom/9.9")).unwrap();
    file("over/intercom/9.9/version.yaml", "version: \"9.9\"\nextends: \"2.10\"\n");
    std::fs::create_dir_all(folder.path().join("empty")).unwrap();
    let one = format!("{acme}/mappings/acme");
    let with = |args: &[&str]| [&["map", "--no-builtin", "--mappings", &acme], args].concat().join("\u{0}");
    let cases = [
        with(&[]),
        with(&["--settings", "missing.yaml"]),
        with(&["--settings", &bad_json]),
        with(&["--settings", &bad_yaml]),
        with(&["--settings", "{\"apiKey\": \"sekrit\", sekrit}"]),
        with(&["--settings", &list]),
        with(&["--settings", &empty]),
        with(&["--settings", &twice]),
        with(&["--settings", &twice_json]),
        with(&["--settings", "{\"apiKey\": \"sekrit\", \"apiKey\": \"sekrit2\"}"]),
        with(&["--settings", &bracket]),
        with(&["--settings", &quoted]),
        with(&["--settings", &alias]),
        with(&["--settings", &tab]),
        with(&["--settings", &deep_tab]),
        with(&["--settings", &unquoted]),
        with(&["--settings", "[\"sekrit\"]"]),
        with(&["--settings", "\"sekrit\""]),
        with(&["--settings", "[sekrit"]),
        with(&["--settings", "null"]),
        with(&["--settings", "apiKey=sekrit"]),
        with(&["--settings", &number]),
        with(&["--settings", &typo]),
        with(&["--set", "apiKey"]),
        with(&["--set", "a..b=sekrit"]),
        with(&["--set", "apiKey=sekrit", "--set", "apiKey.x=sekrit"]),
        with(&["--set", "apiKey=sekrit", "--set", "limits=12"]),
        with(&["--set", "apiKey=sekrit", "--api-version", "2"]),
        with(&["--set", "apiKey=sekrit", "--api-version", "lates"]),
        with(&["--set", "apiKey=sekrit", "--destination", "amce"]),
        with(&["--set", "apiKey=sekrit", "--now", "yesterday"]),
        with(&["--set", "apiKey=sekrit", "missing.ndjson"]),
        with(&["--set", "apiKey=sekrit", "-o", "missing/out"]),
        with(&["--threads", "0"]),
        with(&["--sett", "x"]),
        format!("map\u{0}--mappings\u{0}{acme}"),
        "map\u{0}--no-builtin".to_owned(),
        "map\u{0}--mappings\u{0}missing".to_owned(),
        "map\u{0}--mappings\u{0}empty".to_owned(),
        "map\u{0}--mappings\u{0}yml".to_owned(),
        "map\u{0}--no-builtin\u{0}--mappings\u{0}over".to_owned(),
        format!("map\u{0}--mappings\u{0}{one}"),
        format!("map\u{0}--no-builtin\u{0}--mappings\u{0}{broken}"),
    ];
    let mut all = String::new();
    for case in cases {
        let args: Vec<&str> = case.split('\u{0}').collect();
        let ran = run_in(folder.path(), &args);
        assert_eq!(ran.stdout, "", "{args:?}\n{ran}");
        let shown = args.join(" ");
        all += &format!("$ mapwright {shown}\n{}exit {}\n\n", without_speed(&ran.stderr), ran.code.unwrap());
    }
    let all = all.replace(&fixtures().display().to_string(), "…");
    assert!(!all.lines().any(|line| !line.starts_with("$ ") && line.contains("sekrit")), "{all}");
    insta::assert_snapshot!(all);
}

#[test]
fn unknown_settings_are_complained_about() {
    let ran = run_with(line(&[&["map", "--set", "apiServr=eu"], &TO_ACME]), b"");
    let said = "warning: the setting `apiServr` is not declared: did you mean `apiServer`?\n";
    assert!(ran.code == Some(0) && ran.stderr.starts_with(said), "{ran}");
}

#[test]
fn the_shipped_samples_map_to_both_versions() {
    for version in ["1.4", "2.10"] {
        let ran = run_in(
            &root(),
            [
                "map",
                "tests/data/samples/events.ndjson",
                "--settings",
                "tests/data/samples/settings.yaml",
                "--verify",
            ]
            .into_iter()
            .chain(["--now", "2024-05-01T12:00:00Z", "--pretty", "--api-version", version]),
        );
        insta::assert_snapshot!(format!("samples_{version}"), ran);
    }
    let region = |server: &str| {
        let settings = json!({ "apiKey": "k", "apiServer": server }).to_string();
        run_in(&root(), ["map", "tests/data/samples/events.ndjson", "--settings", settings.as_str(), "-q"])
    };
    for (server, host) in [("eu", "https://api.eu.intercom.io/"), ("au", "https://api.au.intercom.io/")] {
        let ran = region(server);
        assert_eq!(ran.code, Some(0), "{ran}");
        for line in lines(&ran) {
            let requests = line["requests"].as_array().unwrap();
            assert!(
                requests.iter().all(|request| request["url"].as_str().unwrap().starts_with(host)),
                "{line}"
            );
        }
    }
}

#[test]
fn limits_have_one_name_in_every_form_of_input() {
    let deep = format!("{{\"type\":\"identify\",\"traits\":{}{}}}", "[".repeat(127), "]".repeat(127));
    let large = format!("{{\"type\":\"identify\",\"userId\":\"{}\"}}", "u".repeat(5 << 20));
    for (event, limit) in [(deep, "(limit `event_depth`)"), (large, "(limit `event_bytes`)")] {
        for input in [event.clone(), format!("[{event}]")] {
            let ran = run_with(["map", "-q"].into_iter().chain(TO_ACME), input.as_bytes());
            let [line] = &lines(&ran)[..] else { panic!("{ran}") };
            assert_eq!(line["error"]["code"], "limit_exceeded", "{line}");
            assert!(line["error"]["message"].as_str().unwrap().contains(limit), "{line}");
        }
    }
}

#[test]
fn one_of_several_destinations_is_named_by_somebody() {
    let folder = tempfile::tempdir().unwrap();
    let event = r#"{"type":"identify","userId":"u1"}"#;
    let map = |settings: &str, variable: &str| {
        let path = folder.path().join("settings.json");
        std::fs::write(&path, settings).unwrap();
        let mut command = common::command(["map", "-q", "--settings"]);
        command.arg(&path).env("MAPWRIGHT_DESTINATION", variable);
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), event.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(if output.status.success() { output.stdout } else { output.stderr }).unwrap()
    };
    let nobody = map("{}", "");
    assert!(nobody.starts_with("error: there are several destinations; select one with `--destination`, or as `destination` in the settings: "), "{nobody}");
    for (settings, variable) in [
        (r#"{"apiKey":"k"}"#, "intercom"),
        (r#"{"apiKey":"k","destination":"intercom"}"#, ""),
        (r#"{"Config":{"apiKey":"k"},"DestinationDefinition":{"Name":"INTERCOM"}}"#, ""),
        // the settings are those of the destination that they name
        (r#"{"apiKey":"k","destination":"intercom"}"#, "zendesk"),
    ] {
        let mapped = map(settings, variable);
        assert!(mapped.contains("api.intercom.io"), "{settings}: {mapped}");
    }
    let unknown = map(r#"{"destination":"intercon"}"#, "");
    assert!(unknown.contains("did you mean `intercom`"), "{unknown}");
}
