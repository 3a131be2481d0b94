//! `mapwright diff`, from the outside: versions, folders, revisions and events.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{line, root, run, run_in};
use serde_json::Value;
use tempfile::TempDir;

const DESTINATION: &str = "\
title: Acme
names: [Acme]
versions: { default: '1', aliases: { newest: '2' } }
settings: { key: { type: string, secret: true, required: true }, region: { type: string, one_of: [us, eu], default: us } }
hosts: [api.acme.example.com]
rates: { all: { requests: 60, per: 1m } }
";

const VERSION: &str = "\
version: '1'
server: { value: https://api.acme.example.com }
headers: { Authorization: { template: 'Bearer {{ settings.key }}' } }
values: { id: { from: [userId, traits.id], as: string } }
operations: { save: { method: POST, path: /people, rate: all } }
";

const IDENTIFY: &str = "\
message: identify
payload:
  person:
    id: $id
    mail: { from: [traits.email, context.traits.email], as: string }
    extra: { rest_of: [traits], as: [{ flatten: { separator: . } }, { limit_keys: 5 }] }
require: [{ any: [payload.person.id, payload.person.mail], otherwise: an id or an email is required }]
steps: { save: { operation: save, body: person } }
";

const SECOND: &str = "\
version: '2'
extends: '1'
operations:
  find: { method: POST, path: /search, rate: all }
  save: { method: PUT, path: '/people/{person_id}', declared: { person: extra } }
";

const SECOND_IDENTIFY: &str = "\
message: identify
remove: [payload.person.mail]
payload:
  person:
    email: { from: [traits.email, context.traits.email], as: string }
    plan: { from: traits.plan, as: { truncate: 3 } }
    extra: { as: [{ flatten: { separator: _ } }, { limit_keys: 9 }] }
require: [{ any: [payload.person.id, payload.person.email], otherwise: an id or an email is required }]
steps:
  find:
    before: save
    operation: find
    body: { id: payload.person.id, email: payload.person.email }
    capture: { person_id: response.body.id }
";

/// A folder with the mappings of two versions.
fn acme() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1/version.yaml", VERSION),
        ("mappings/acme/1/identify.yaml", IDENTIFY),
        ("mappings/acme/2/version.yaml", SECOND),
        ("mappings/acme/2/identify.yaml", SECOND_IDENTIFY),
        (
            "events.ndjson",
            r#"{"type":"identify","userId":"u1","traits":{"email":"team@example.com","plan":"gold","address":{"city":"Rome"}}}
{"type":"identify","userId":"u2","traits":{"email":"team@example.com"}}
{"type":"identify","userId":"u3"}
{"type":"identify"}
{"type":"track","event":"x"}
"#,
        ),
    ] {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const SIDES: [&str; 6] = ["diff", "acme/1", "acme/newest", "--no-builtin", "--mappings", "mappings"];

#[test]
fn two_versions() {
    let folder = acme();
    let run = |more: &[&str]| run_in(folder.path(), [&SIDES[..], more].concat());
    insta::assert_snapshot!("versions", run(&[]));
    insta::assert_snapshot!("versions_markdown", run(&["--format", "markdown"]));
    let page = run(&["--format", "html"]).stdout;
    let (_, main) = page.split_once("<main").unwrap();
    insta::assert_snapshot!("versions_html", main.split_once("</main>").unwrap().0);
    insta::assert_snapshot!("versions_json", run(&["--format", "json", "--breaking"]));
    let same = run_in(folder.path(), ["diff", "acme/1", "acme/1", "--no-builtin", "--mappings", "mappings"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "acme/1 → acme/1: no changes\n"), "{same}");
}

#[test]
fn events() {
    let folder = acme();
    let run = |more: &[&str]| {
        let events = ["--events", "events.ndjson", "--set", "key=k", "--now", "2024-05-01T12:00:00Z"];
        run_in(folder.path(), [&SIDES[..], &events, more].concat())
    };
    let shown = run(&[]);
    let (_, events) = shown.stdout.split_once("\nevents\n").unwrap();
    insta::assert_snapshot!("events", events);
    assert!(!shown.stdout.contains("Rome") && !shown.stdout.contains("team@"), "{shown}");
    assert!(run(&["--show-values"]).stdout.contains("`team@example.com`"));
    let threads = |threads: &str| run(&["--threads", threads, "--format", "json"]).stdout;
    assert_eq!(threads("1"), threads("4"));
    let report: Value = serde_json::from_str(&threads("1")).unwrap();
    assert_eq!(report["events"]["identity"]["merges"][0]["lines"], serde_json::json!([1, 2]));
    let unset = run_in(folder.path(), [&SIDES[..], &["--events", "events.ndjson"]].concat());
    assert!(unset.code == Some(2) && unset.stderr.contains("the setting `key`"), "{unset}");
}

/// A second version whose calls are those of the first, but for what they send.
const THIRD: &str = "\
version: '3'
extends: '2'
operations:
  save: { schema: person.json }
";

#[test]
fn doubles_of_the_api() {
    let folder = acme();
    write(folder.path(), "mappings/acme/3/version.yaml", THIRD);
    let schema = r#"{ "type": "object", "properties": { "plan": { "enum": ["gol"] } } }"#;
    write(folder.path(), "schemas/acme/3/person.json", schema);
    let third = "message: identify\npayload: { person: { id: { as: [string, uppercase] }, extra: { as: [{ flatten: { separator: . } }] } } }\n";
    write(folder.path(), "mappings/acme/3/identify.yaml", third);
    let more = r#"{"type":"identify","userId":"u1","traits":{"email":"team@example.com","plan":"silver"}}"#;
    let events = fs::read_to_string(folder.path().join("events.ndjson")).unwrap();
    write(folder.path(), "more.ndjson", &format!("{events}{more}\n"));
    let run = |sides: [&str; 2], more: &[&str]| {
        let fixed =
            ["--no-builtin", "--mappings", "mappings", "--events", "more.ndjson", "--set", "key=s3cret"];
        let now = ["--now", "2024-05-01T12:00:00Z", "--sandbox"];
        run_in(folder.path(), [&["diff"][..], &sides, &fixed, &now, more].concat())
    };
    let shown = run(["acme/2", "acme/3"], &[]);
    let (_, doubles) = shown.stdout.split_once("\ndelivered to doubles\n").unwrap();
    insta::assert_snapshot!("doubles", doubles);
    assert!(!shown.stdout.contains("team@") && !shown.stdout.contains("s3cret"), "{shown}");
    let values = run(["acme/2", "acme/3"], &["--show-values", "--format", "json"]);
    assert!(!values.stdout.contains("s3cret"), "{values}");
    let report: Value = serde_json::from_str(&values.stdout).unwrap();
    let doubles = &report["doubles"];
    assert_eq!((doubles["events"].as_u64(), values.code), (Some(6), Some(1)), "{values}");
    // what is the same on both sides has no differences, whatever the doubles made up
    let same = run(["acme/2", "acme/2"], &[]);
    assert_eq!(same.code, Some(0), "{same}");
    let (_, same) = same.stdout.split_once("\ndelivered to doubles\n").unwrap();
    assert!(same.starts_with("  0 of 6 differ\n") && !same.contains(", before 0"), "{same}");
    for (format, part) in [("markdown", "## final state"), ("html", "final state<")] {
        let shown = run(["acme/2", "acme/3"], &["--format", format]);
        assert!(shown.stdout.contains(part), "{shown}");
    }
    let piped = [&SIDES[..], &["--events", "-", "--set", "key=k", "--sandbox"]].concat();
    let piped = run_in(folder.path(), piped);
    assert!(piped.code == Some(2) && piped.stderr.contains("state a file"), "{piped}");
}

/// A change of a schema alone.
/// Events that wait in batches, of an API whose paths name nothing.
const LEDGER: [(&str, &str); 5] = [
    (
        "mappings/ledger/destination.yaml",
        "{ title: Ledger, names: [Ledger], hosts: [api.ledger.example.com], versions: { default: '1' } }",
    ),
    (
        "mappings/ledger/1/version.yaml",
        "\
version: '1'
server: { value: https://api.ledger.example.com }
operations:
  book:
    method: POST
    path: /entries
    batch: { most: 2, body: { entries: items } }
",
    ),
    (
        "mappings/ledger/1/track.yaml",
        "message: track\npayload: { entry: { name: event, user: userId } }\nsteps: { book: { operation: book, body: entry } }\n",
    ),
    ("mappings/ledger/2/version.yaml", "version: '2'\nextends: '1'\n"),
    ("mappings/ledger/2/track.yaml", "message: track\npayload: { entry: { user: { as: uppercase } } }\n"),
];

#[test]
fn doubles_of_what_has_no_state() {
    let folder = tempfile::tempdir().unwrap();
    LEDGER.iter().for_each(|(path, text)| write(folder.path(), path, text));
    let events: String = (1..=5)
        .map(|user| format!("{{\"type\":\"track\",\"event\":\"Paid\",\"userId\":\"u{user}\"}}\n"))
        .collect();
    write(folder.path(), "events.ndjson", &events);
    let sides = ["diff", "ledger/1", "ledger/2", "--no-builtin", "--mappings", "mappings"];
    let shown = run_in(folder.path(), [&sides[..], &["--events", "events.ndjson", "--sandbox"]].concat());
    let (_, doubles) = shown.stdout.split_once("\ndelivered to doubles\n").unwrap();
    insta::assert_snapshot!("doubles_of_batches", doubles);
    // calls of an SDK reach no double
    let parley = "../../../../tests/mappings/parley/mappings";
    let events = folder.path().join("events.ndjson");
    let sides = ["diff", "parley/web", "parley/web", "--no-builtin", "--mappings", parley];
    let calls =
        run(line(&[&sides, &["--events", events.to_str().unwrap(), "--settings", "{}", "--sandbox"]]));
    assert!(calls.code == Some(2) && calls.stderr.contains("`parley/web` makes no requests"), "{calls}");
}

#[test]
fn schemas_of_bodies() {
    let folder = acme();
    fs::remove_dir_all(folder.path().join("mappings/acme/2")).unwrap();
    write(
        folder.path(),
        "mappings/acme/destination.yaml",
        &DESTINATION.replace("newest: '2'", "newest: '1'"),
    );
    let with = |schema: &str| {
        write(
            folder.path(),
            "mappings/acme/1/version.yaml",
            &VERSION.replace("rate: all", "rate: all, schema: person.json"),
        );
        write(folder.path(), "schemas/acme/1/person.json", schema);
    };
    with(
        r##"{
  "type": "object",
  "required": ["id"],
  "properties": {
    "id": { "type": "string", "maxLength": 40 },
    "mail": { "type": "string", "format": "email" },
    "plan": { "enum": ["a", "b"] },
    "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" } },
    "old": { "type": "object", "properties": { "inner": {} } },
    "extra": {}
  },
  "$defs": { "tag": { "type": "object", "properties": { "name": { "type": "integer" }, "of": { "$ref": "#/$defs/tag" } } } }
}"##,
    );
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    with(
        r##"{
  "type": "object",
  "required": ["mail"],
  "additionalProperties": false,
  "properties": {
    "id": { "type": ["string", "null"], "maxLength": 20 },
    "mail": { "type": "string", "format": "idn-email" },
    "plan": { "enum": ["a", "b", "c"] },
    "tags": { "type": "array", "maxItems": 5, "items": { "$ref": "#/$defs/tag" } },
    "email_verified": { "type": "boolean" },
    "extra": {}
  },
  "$defs": { "tag": { "type": "object", "properties": { "name": { "type": "number" }, "of": { "$ref": "#/$defs/tag" } } } }
}"##,
    );
    let run = |more: &[&str]| {
        run_in(
            folder.path(),
            [&["diff", "--no-builtin", "--against", "HEAD", "--only", "acme/1"], more].concat(),
        )
    };
    insta::assert_snapshot!("schemas", run(&[]));
}

fn git(folder: &Path, arguments: &[&str]) {
    let plain = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    let ran = Command::new("git").arg("-C").arg(folder).args(plain).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn a_revision_and_folders() {
    let folder = acme();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    let run = |more: &[&str]| run_in(folder.path(), [&["diff", "--no-builtin"], more].concat());
    let same = run(&["--against", "HEAD"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "no changes\n"), "{same}");
    // both versions have the line, which only one of them states
    write(folder.path(), "mappings/acme/1/version.yaml", &VERSION.replace("traits.id]", "traits.key]"));
    insta::assert_snapshot!("against", run(&["--against", "HEAD"]));
    insta::assert_snapshot!("against_only", run(&["--against", "HEAD", "--only", "acme/2", "--breaking"]));
    let unknown = run(&["--against", "HEAD", "--only", "acme/3"]);
    assert_eq!(unknown.code, Some(2), "{unknown}");
    assert!(unknown.stderr.contains("`acme` has no version `3`"), "{unknown}");
    let several = run(&["--against", "HEAD", "--events", "events.ndjson", "--set", "key=k"]);
    insta::assert_snapshot!("against_several", several);
    let unknown = run(&["--against", "nowhere"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("nowhere"), "{unknown}");
    // a version that is gone, and one that is new
    write(folder.path(), "other/mappings/acme/destination.yaml", &DESTINATION.replace("'2'", "'3'"));
    write(folder.path(), "other/mappings/acme/1/version.yaml", VERSION);
    write(folder.path(), "other/mappings/acme/1/identify.yaml", IDENTIFY);
    write(folder.path(), "other/mappings/acme/3/version.yaml", &SECOND.replace("'2'", "'3'"));
    write(folder.path(), "other/mappings/acme/3/identify.yaml", SECOND_IDENTIFY);
    insta::assert_snapshot!("folders", run(&["mappings", "other"]));
    let mixed = run(&["mappings", "acme/1"]);
    assert!(mixed.code == Some(2) && mixed.stderr.contains("both must be versions"), "{mixed}");
}

#[test]
fn a_check_against_a_revision() {
    let folder = acme();
    let tests = "tests:\n  - name: the mail is sent\n    settings: { key: k }\n    event: { type: identify, userId: u1, traits: { email: a@example.com } }\n    expect: { requests: [{ body: { id: u1, mail: a@example.com } }] }\n";
    write(folder.path(), "mappings/acme/1/identify.test.yaml", tests);
    let second = tests.replace("requests: [{ body: { id: u1, mail", "requests: [{}, { body: { id: u1, email");
    let second = second
        .replace("}] }\n", "}] }\n    responses: [{ status: 200, body: { id: p1 } }, { status: 200 }]\n");
    write(folder.path(), "mappings/acme/2/identify.test.yaml", &second);
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
        let rules = "breaking-change,failing-test,unused-suppression";
        let ran = command.current_dir(folder.path()).args(["--against", "HEAD", "--select", rules]).output();
        let ran = ran.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!("exit {:?}\n{}--- stderr\n{}", ran.status.code(), text(&ran.stdout), text(&ran.stderr))
    };
    insta::assert_snapshot!("check_unchanged", check());
    write(
        folder.path(),
        "mappings/acme/1/version.yaml",
        &VERSION.replace("as: string }", "as: [string, uppercase] }"),
    );
    let tests = tests.replace("id: u1", "id: U1");
    write(folder.path(), "mappings/acme/1/identify.test.yaml", &tests);
    write(folder.path(), "mappings/acme/2/identify.test.yaml", &second.replace("id: u1", "id: U1"));
    write(
        folder.path(),
        "mappings/acme/1/identify.yaml",
        &IDENTIFY.replace("limit_keys: 5", "limit_keys: 4"),
    );
    write(folder.path(), "mappings/acme/destination.yaml", &DESTINATION.replace("[us, eu]", "[us]"));
    insta::assert_snapshot!("check_changed", check());
    // somebody has said why, where it stands, and the team has another level
    let allowed = |limit: &str, key: &str| {
        let line = format!("limit_keys: {limit} }}] }} # mapwright: allow(breaking-change) nobody has five");
        write(folder.path(), "mappings/acme/1/identify.yaml", &IDENTIFY.replace("limit_keys: 5 }] }", &line));
        write(folder.path(), "mapwright.toml", &format!("[rules]\nbreaking-change = \"{key}\"\n"));
        check()
    };
    insta::assert_snapshot!("check_allowed", allowed("4", "warn"));
    // the comment has nothing to allow any more, which only a comparison can know
    insta::assert_snapshot!("check_allowed_in_vain", allowed("5", "allow"));
    let plain =
        Command::new(env!("CARGO_BIN_EXE_validate-mappings")).current_dir(folder.path()).output().unwrap();
    assert!(!String::from_utf8_lossy(&plain.stdout).contains("unused-suppression"), "{plain:?}");
}

/// How a difference is reported that was seen when a workspace moved from one version to the other.
enum Told {
    /// By the comparison alone.
    OnPaper(&'static [&'static str]),
    /// With events.
    ByEvents(&'static [&'static str]),
}
use Told::{ByEvents, OnPaper};

/// What was seen on events that 1.4 and 2.10 of Intercom mapped and delivered, in the order of the list that was made then.
const SEEN: [(&str, Told); 15] = [
    (
        "a call becomes a search, then create or update, and calls for the company",
        ByEvents(&["the calls are `POST /contacts/search`", "calls (", " at the limit), before"]),
    ),
    (
        "user_id is external_id, created is created_at",
        OnPaper(&[
            "`user.user_id` is now `contact.external_id`",
            "`event.created` is now `event.created_at`",
        ]),
    ),
    (
        "two users with one email become one contact",
        ByEvents(&["2 users become one, by `email`: lines 1, 2"]),
    ),
    (
        "a group whose user is unknown: nobody is attached",
        OnPaper(&[
            "the step `save_member` is gone: `POST /users`",
            "`attach_company` is new: `POST /contacts/{contact_id}/companies`, if `captures.contact_id",
            "contact_not_found",
        ]),
    ),
    (
        "attributes must be declared",
        ByEvents(&[
            "the members of `custom_attributes` must be defined as attributes of a contact before",
            "attributes to define before",
            "`address_city` of a contact, a new name",
        ]),
    ),
    (
        "names of attributes: a dot becomes an underscore, and a dot of the trait itself drops it",
        ByEvents(&[
            "joined by `_`, before by `.`",
            "names have one of `.$`, before one of `$`",
            "`address.city` in `contact.custom_attributes` is now `address_city`",
            "`contact.custom_attributes.plan.tier` removed",
        ]),
    ),
    (
        "attributes that are fields, and roles that are refused",
        OnPaper(&[
            "`traits.avatar`",
            "now `contact.avatar` reads it",
            "now `contact.role` reads it, converted by",
            "roles, missing fail",
            "now `contact.owner_id` reads it",
            "now `contact.last_seen_at` reads it",
        ]),
    ),
    (
        "attributes of traits, or else of the context; now of both",
        OnPaper(&[
            "takes the rest of `context.traits and then traits`, before of `traits, or else context.traits`",
        ]),
    ),
    (
        "fields of the old version only",
        OnPaper(&[
            "`user.update_last_request_at` is sent no more",
            "`user.last_seen_user_agent` is sent no more",
        ]),
    ),
    (
        "the company is calls of its own, with more attributes",
        OnPaper(&[
            "`user.companies[0].name` has moved to `company.name`",
            "`user.companies[0].remove` is sent no more",
            "`company.custom_attributes`: the limit `the number of attributes` is `250`, before `100`",
        ]),
    ),
    (
        "regions",
        OnPaper(&["the server is `\"https://api.intercom.io\" if settings.apiServer is \"standard\", else"]),
    ),
    (
        "reverse ETL: the user id is not sent with an email",
        OnPaper(&[
            "identify, variant retl",
            "`contact.external_id` has a value if",
            "not (traits.email or context.traits.email",
        ]),
    ),
    (
        "a deletion is done at once",
        OnPaper(&["`POST /user_delete_requests` is used no more", "`DELETE /contacts/{contact_id}` is used"]),
    ),
    (
        "a race of two creations, and archived contacts",
        OnPaper(&["the step `create_contact`: `409:", "the step `unarchive_contact` is new"]),
    ),
    (
        "the option lookup",
        OnPaper(&["the option `lookup` of an event decides something, which meant nothing"]),
    ),
];

const MOVED: &str = r#"{"type":"identify","userId":"u1","traits":{"email":"Team@example.com","address":{"city":"Paris"},"plan.tier":"a"}}
{"type":"identify","userId":"u2","traits":{"email":"team@example.com","avatar":"a.png","vip":true,"company":{"id":"c1","seats":3}}}
{"type":"identify","userId":"u1","traits":{"email":"new@example.com"}}
{"type":"group","groupId":"g","userId":"u1","traits":{"size":"12.5"}}
{"type":"track","userId":"u1","event":"x","properties":{"a":1}}
{"type":"alias","userId":"u1"}
{"type":"identify"}
"#;

#[test]
fn what_was_seen_when_a_workspace_moved_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "events.ndjson", MOVED);
    let sides = ["diff", "intercom/1.4", "intercom/2.10"];
    let paper = run_in(folder.path(), sides);
    assert_eq!(paper.code, Some(1), "{paper}");
    let events = ["--events", "events.ndjson", "--set", "apiKey=k", "--now", "2024-05-01T12:00:00Z"];
    let both = run_in(folder.path(), [&sides[..], &events].concat());
    for (seen, told) in &SEEN {
        let (texts, report) = match told {
            OnPaper(texts) => (texts, &paper.stdout),
            ByEvents(texts) => (texts, &both.stdout),
        };
        for text in *texts {
            assert!(report.contains(text), "{seen}: {text}\n{report}");
        }
    }
    let (_, events) = both.stdout.split_once("\nevents\n").unwrap();
    insta::assert_snapshot!("intercom_events", events);
}

#[test]
fn the_shipped_versions() {
    let folder = root();
    let ran = run_in(&folder, ["diff", "intercom/2.10", "intercom/2.14"]);
    insta::assert_snapshot!("intercom_2_14", ran);
    let ran = run_in(&folder, ["diff", "intercom/2.14", "intercom/2.16"]);
    insta::assert_snapshot!("intercom_2_16", ran);
}
