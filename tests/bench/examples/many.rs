//! Writes a folder of mappings with so many message files, each with tests: `cargo run -p mapwright-bench --example many -- 500 /tmp/many`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::write_with_newline,
    reason = "a tool"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The message files of a version.
const MESSAGES: [&str; 5] = ["identify", "track", "group", "page", "screen"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(number), Some(folder)) =
        (arguments.next().and_then(|number| number.parse().ok()), arguments.next())
    else {
        eprintln!("expected a number of message files, and a folder");
        std::process::exit(2);
    };
    for at in 0..number {
        let (destination, message) = (at / MESSAGES.len(), MESSAGES[at % MESSAGES.len()]);
        let place = format!("{folder}/mappings/d{destination}");
        if at % MESSAGES.len() == 0 {
            write(&format!("{place}/destination.yaml"), &of_destination(destination));
            write(&format!("{place}/1/version.yaml"), VERSION);
            write(&format!("{folder}/schemas/d{destination}/1/thing.json"), THING);
        }
        write(&format!("{place}/1/{message}.yaml"), &of_message(at, message));
        write(&format!("{place}/1/{message}.test.yaml"), &tests(at, message));
    }
}

fn write(path: &str, text: &str) {
    let path = Path::new(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder that can be made");
    fs::write(path, text).expect("a file that can be written");
}

fn of_destination(at: usize) -> String {
    format!(
        "title: Destination {at}\nnames: [D{at}]\nversions: {{ default: \"1\" }}\nhosts: [api.example.com]\nsettings:\n  apiKey: {{ type: string, secret: true, required: true }}\n  region: {{ type: string, one_of: [us, eu], default: us }}\n"
    )
}

const VERSION: &str = r#"version: "1"
server: { value: https://api.example.com }
headers: { Authorization: { template: "Bearer {{ settings.apiKey }}" } }
operations:
  find: { method: GET, path: /things, idempotent: true }
  create: { method: POST, path: /things, schema: thing.json }
  update: { method: PUT, path: "/things/{thing_id}", schema: thing.json, idempotent: true }
values:
  email: [traits.email, context.traits.email, properties.email]
  user_id: { from: [userId, traits.id, anonymousId], as: id, on_error: next }
sets:
  reserved: [email, name, plan]
order:
  user: $user_id
"#;

const THING: &str = r#"{
  "type": "object",
  "required": ["kind"],
  "properties": {
    "kind": { "type": "string" }, "external_id": { "type": "string" }, "email": { "type": "string" },
    "name": { "type": "string", "maxLength": 100 }, "plan": { "enum": ["free", "team", "business"] },
    "seats": { "type": "integer" }, "created_at": { "type": "integer" }, "region": { "type": "string" },
    "address": { "type": "object", "properties": { "city": { "type": "string" }, "country": { "type": "string" } } },
    "tags": { "type": "array", "items": { "type": "string" } },
    "more": { "type": "object" }
  }
}
"#;

fn of_message(at: usize, message: &str) -> String {
    format!(
        r#"message: {message}
description: Saves a thing, number {at}.
payload:
  thing:
    kind: {{ value: {message}_{at} }}
    external_id: $user_id
    email: {{ from: $email, as: [string, lowercase], on_error: omit }}
    name: {{ from: [traits.name, context.traits.name, properties.name], as: [string, {{ truncate: 100 }}], on_error: omit }}
    plan: {{ switch: properties.plan, cases: {{ pro: {{ value: business }}, basic: {{ value: team }} }}, else: {{ value: free }} }}
    seats: {{ from: [traits.seats, properties.seats], as: integer, on_error: omit }}
    created_at: {{ from: [traits.createdAt, timestamp], as: unix_seconds, on_error: omit }}
    region: settings.region
    address:
      city: {{ from: [traits.address.city, context.traits.address.city], as: string, on_error: omit }}
      country: {{ from: [traits.address.country, context.traits.address.country], as: string, on_error: omit }}
    tags: {{ each: properties.tags, where: item is string, to: item }}
    more:
      rest_of: [properties]
      omit: [$reserved]
      as: [{{ flatten: "_" }}, scalars]
require:
  - {{ any: [payload.thing.external_id, payload.thing.email], otherwise: an id or an email is needed }}
steps:
  find:
    operation: find
    query: {{ email: payload.thing.email }}
    when: payload.thing.email
    capture: {{ thing_id: "response.body.data[0].id" }}
  update: {{ operation: update, when: captures.thing_id, body: thing }}
  create: {{ operation: create, unless: captures.thing_id, body: thing }}
"#
    )
}

fn tests(at: usize, message: &str) -> String {
    let mut text = "settings: { apiKey: key }\ntests:\n".to_owned();
    for (name, event, expected) in [
        (
            "a thing that is found",
            "traits: { email: Alex@Example.com, seats: 5 }, properties: { plan: pro, tags: [a, 1] }",
            "      requests: [{ step: find }, { step: update }]\n",
        ),
        (
            "a thing that is new",
            "traits: { email: alex@example.com, name: Alex }",
            "      requests: [{ step: find }, { step: create }]\n",
        ),
        (
            "an event without an id",
            "traits: { name: Alex }",
            "      rejected: { message: an id or an email is needed }\n",
        ),
    ] {
        let found = if name.contains("found") { "[{ id: t1 }]" } else { "[]" };
        // writing to a string cannot fail
        let _ = write!(text, "  - name: {name} {at}\n    event: {{ type: {message}, {event} }}\n");
        if !name.contains("without") {
            let _ = write!(
                text,
                "    responses: [{{ status: 200, body: {{ data: {found} }} }}, {{ status: 200, body: {{ id: t1 }} }}]\n"
            );
        }
        let _ = write!(text, "    expect:\n{expected}");
    }
    text
}
