//! `mapwright docs` and `mapwright explain --html`, from the outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{ACME, TO_ACME, line, run};

#[test]
fn the_page_of_a_made_up_destination_is_markdown() {
    insta::assert_snapshot!(run(line(&[&["docs", "acme"], &ACME])));
}

#[test]
fn pages_and_guides_are_written_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    let pages = pages.to_str().unwrap();
    let ran = run(line(&[&["docs", "acme", "-o", pages], &ACME]));
    assert_eq!(ran.code, Some(0), "{ran}");
    // versions may be named by their aliases
    let ran = run(line(&[&["docs", "acme", "--migrate", "1.0", "latest", "-o", pages], &ACME]));
    assert_eq!(ran.code, Some(0), "{ran}");
    let mut names: Vec<String> = std::fs::read_dir(pages)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.contains(&"acme.html".to_owned()) && names.contains(&"acme.md".to_owned()), "{names:?}");
    assert!(names.iter().filter(|name| name.starts_with("acme-1.0-")).count() == 2, "{names:?}");
    let printed = run(line(&[&["docs", "acme", "--format", "html"], &ACME]));
    assert_eq!(printed.stdout, std::fs::read_to_string(format!("{pages}/acme.html")).unwrap());
}

#[test]
fn what_does_not_exist_is_said() {
    let mut all = String::new();
    for args in [&["docs", "acmee"][..], &["docs", "acme", "--migrate", "1.0", "3.0"], &["docs"]] {
        let ran = run(line(&[args, &ACME]));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?} {ran}");
        all += &ran.stderr;
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_event_is_explained_on_a_page_also_one_that_is_rejected_or_broken() {
    let explain = |args: &[&str]| run(line(&[&["explain"], args, &TO_ACME]));
    for line in ["1", "2", "5", "9", "12"] {
        let ran = explain(&["acme/events.ndjson", "--line", line, "--html"]);
        assert!(ran.code < Some(2), "{ran}");
        assert!(ran.stdout.starts_with("<!doctype html>") && ran.stdout.ends_with("</html>\n"), "{ran}");
    }
    let event = r#"{"type": "identify", "userId": "zq-1", "traits": {"email": "zq@example.com"}}"#;
    assert!(explain(&[event, "--html"]).stdout.contains("zq@example.com"));
    let redacted = explain(&[event, "--html", "--redact"]);
    assert!(
        !redacted.stdout.contains("zq") && redacted.stdout.contains("Values of the event are hidden"),
        "{redacted}"
    );
    // a diagram shows paths, of which a value can be a part
    let event = r#"{"type": "identify", "traits": {"email": "zq@example.com", "tags": ["zqtag"]}}"#;
    let shown = explain(&[event, "--html", "--set", "tags=true"]);
    assert!(shown.stdout.contains("/tags/zqtag"), "{shown}");
    let redacted = explain(&[event, "--html", "--redact", "--set", "tags=true"]);
    assert!(redacted.stdout.contains("/tags/…") && !redacted.stdout.contains("zq"), "{redacted}");
    // only a page hides them
    assert_eq!(explain(&[event, "--redact"]).code, Some(2));
}

/// The page of a destination with these settings, operations and mapping `track`.
fn page(settings: &str, operations: &str, track: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let of_version = "version: \"1\"\nserver: { value: https://api.acme.example.com }\n";
    let files = [
        (
            "destination.yaml",
            format!(
                "title: Acme\nnames: [Acme]\nversions: {{ default: \"1\" }}\nhosts: [api.acme.example.com]\nsettings:\n{settings}"
            ),
        ),
        ("1/version.yaml", format!("{of_version}operations:\n{operations}")),
        ("1/track.yaml", format!("message: track\n{track}")),
    ];
    for (path, text) in files {
        let path = folder.path().join("acme").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let ran = run(line(&[&["docs", "acme", "--no-builtin", "--mappings", folder.path().to_str().unwrap()]]));
    assert_eq!(ran.code, Some(0), "{ran}");
    ran.stdout
}

#[test]
fn a_setting_says_which_values_it_may_have() {
    let settings = "  currency: { type: string, pattern: \"^[A-Z]{3}$\", default: USD }\n";
    let sent = "steps: { send: { operation: send, body: { currency: settings.currency } } }\n";
    let page = page(settings, "  send: { method: POST, path: /send }\n", sent);
    assert!(page.contains("| `currency` |  | string that matches `^[A-Z]{3}$` | `USD` |"), "{page}");
}

/// Operations with a batch whose request takes items apart, and one whose request has them as they are.
const BATCHES: &str = r#"
  track:
    method: POST
    path: /track
    batch: { most: 75, body: { events: { each: items, where: item.list == "events", to: item.data } } }
  import: { method: POST, path: /import, batch: { most: 50, body: { rows: items } } }
"#;

#[test]
fn a_page_tells_items_from_what_is_sent_and_partly_read_objects_from_whole_ones() {
    let track = r#"
payload:
  event:
    name: { from: event, as: { truncate: 255 } }
    amount: { from: properties.amount, as: [integer, { range: { min: 1, max: 100 } }], on_error: omit }
    city: properties.address.city
    first: "properties.tags[0]"
    plan: properties.plan.name
    whole: properties.plan
    more: { rest_of: [properties], omit: [secretive] }
  item: { list: { value: events }, data: payload.event }
  row: { name: event }
steps:
  send: { operation: track, body: item }
  keep: { operation: import, body: row }
"#;
    let page = page("  key: { type: string }\n", BATCHES, track);
    for line in [
        "- Not among them: `address.city`, `amount`, `plan`, `secretive`.",
        "An item, of which the request has: ",
        "| Event | Field of the item | Conversion and absence |",
        "Sent to `POST /import`.\n\n| Event | Field of Acme | Conversion and absence |",
        "| track | `event.name` | `truncate: 255` |",
        "| track | `event.amount` | `range: min 1, max 100` |",
        "| `track` | up to 75 items |",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[test]
fn examples_have_settings_that_match_their_patterns() {
    let settings = "  listId: { type: string, required: true, pattern: \"^[a-z]{3}[0-9]+$\" }\n";
    let send = "  send: { method: POST, path: \"/lists/{list}\", idempotent: true }\n";
    let sent = "docs: { example: { type: track, event: Sent } }\nsteps: { send: { operation: send, params: { list: settings.listId }, body: { name: event } } }\n";
    let of = |settings: &str| page(settings, send, sent);
    assert!(of(settings).contains("`POST https://api.acme.example.com/lists/abc0`"), "{}", of(settings));
    let unknown = of(&settings.replace("[0-9]+$", "a{5000}$"));
    let said =
        "the setting `listId` matches `^[a-z]{3}a{5000}$`, and no text is known that does: state the setting";
    assert!(unknown.replace('\\', "").contains(said), "{unknown}");
}

#[test]
fn pages_say_what_is_dropped_and_show_paths_as_code_and_the_columns_of_lists() {
    let settings = "  rows: { type: list, items: { find: { type: pattern, required: true }, name: { type: string, pattern: \"^[a-z]+$\" }, area: { default: eu } } }\n";
    let sent = "payload:
  part:
    page: { from: properties.url, as: { only: url } }
    name: { from: properties.names, as: [first, { only: text }] }
    row: { each: settings.rows, where: event is matching(item.find), to: item.name, as: first }
steps: { send: { operation: send, body: part } }
";
    let page = page(settings, "  send: { method: POST, path: /send }\n", sent);
    for row in [
        "| `rows` |  | list<br>`find`: pattern, **required**<br>`name`: string that matches `^[a-z]+$`<br>`area`: any, otherwise `eu` |",
        "| `properties.url` | `page` | as `only: url`<br>any other value is dropped |",
        "as `first`, then `only: text`<br>an invalid value rejects the event |",
        "where event is matching(`item.find`): `item.name`",
    ] {
        assert!(page.contains(row), "{row}\n{page}");
    }
}

#[test]
fn a_page_has_what_stands_in_paths_and_headers_and_why_a_row_rejects() {
    let track = r#"
payload:
  part: { name: { from: event, on_missing: reject, error: an event has a name } }
steps:
  send:
    operation: send
    params: { list: { from: properties.list, on_missing: reject, error: a list is required } }
    query: { mode: { value: fast } }
    headers: { X-Time: { from: timestamp, as: unix_seconds, error: a time is required } }
    body: part
"#;
    let page =
        page("  key: { type: string }\n", "  send: { method: POST, path: \"/lists/{list}\" }\n", track);
    for row in [
        "| `event` | `name` | **required**<br>rejected with `an event has a name` |",
        "| `properties.list` | `list` | **required**<br>rejected with `a list is required` |",
        "| `timestamp` | `X-Time` | as `unix_seconds`<br>an invalid value rejects the event<br>rejected with `a time is required` |",
    ] {
        assert!(page.contains(row), "{row}\n{page}");
    }
}
