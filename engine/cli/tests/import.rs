//! The command `mapwright import`: mappings in the formats of other platforms.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Ran, run_in};

fn import(folder: &Path, line: &str) -> Ran {
    run_in(folder, ["import"].into_iter().chain(line.split(' ')))
}

/// Imports into a new mapping for `track`, and checks that it is right. Returns what a mapping of it makes of an event.
fn mapped(folder: &Path, line: &str, event: &str) -> serde_json::Value {
    let ran = run_in(folder, ["new", "destination", "acme"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = import(folder, &format!("{line} --into acme/1/track"));
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
    let output = command.args(["mappings", "--format", "concise"]).current_dir(folder).output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    let others = report.lines().filter(|line| line.ends_with(']') || line.ends_with(')'));
    for line in others.filter(|line| line.contains(".yaml:")) {
        assert!(line.contains("[todo]"), "{report}");
    }
    // somebody has looked at it
    let path = folder.join("mappings/acme/1/track.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, after) = text.split_once("\nskip:\n").unwrap();
    let (_, after) = after.split_once("\n\n").unwrap();
    let after = after.replace("# steps:\n", "steps:\n").replace("\n#   ", "\n  ");
    fs::write(&path, format!("{before}\n{after}")).unwrap();
    fs::write(folder.join("event.json"), event).unwrap();
    let ran = run_in(
        folder,
        ["map", "event.json", "--mappings", ".", "--destination", "acme", "--set", "apiKey=k", "--quiet"],
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    let mapped: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    mapped["requests"][0]["body"].clone()
}

const ROWS: &str = r#"[
  { "destKey": "email", "sourceKeys": "emailOnly", "sourceFromGenericMap": true, "required": true },
  { "destKey": "user.age", "sourceKeys": ["traits.age", "context.traits.age"], "metadata": { "type": "toInt" }, "required": false },
  { "destKey": "user.id", "sourceKeys": ["userId", "anonymousId"], "metadata": { "type": ["toString", "toLower"] } },
  { "destKey": "value", "sourceKeys": { "operation": "multiplication", "args": [{ "sourceKeys": "properties.price" }, { "sourceKeys": "properties.quantity", "default": 1 }] } },
  { "destKey": "currency", "sourceKeys": "properties.currency", "metadata": { "defaultValue": "USD" } },
  { "destKey": "source", "metadata": { "defaultValue": "web" } },
  { "destKey": "kind", "sourceKeys": "properties.kind", "metadata": { "multikeyMap": [{ "sourceVal": ["a", "b"], "destVal": "letter" }] } },
  { "destKey": "phone", "sourceKeys": "traits.phone", "metadata": { "type": "removeSpacesAndDashes" } },
  { "destKey": "extra", "sourceKeys": "properties", "metadata": { "excludes": ["price", "quantity"] } },
  { "destKey": "value", "sourceKeys": "properties.value", "metadata": { "type": "numberForRevenue" } },
  { "destKey": "tags", "sourceKeys": "properties.tags", "metadata": { "type": "getListOfMultiItems", "allowedKeyCheck": [] } },
  { "destKey": "odd", "sourceKeys": "somethingElse", "sourceFromGenericMap": true },
  { "destKey": "items.0.name", "sourceKeys": "properties.name", "linkAudience": true },
  { "destKey": "user", "sourceKeys": "traits" },
  { "sourceKeys": "traits.x" },
  5
]"#;

#[test]
fn rows_of_rudderstack_become_a_part() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.json"), ROWS).unwrap();
    let ran = import(folder.path(), "rudderstack rows.json --part event");
    insta::assert_snapshot!(ran);
    let event = r#"{ "type": "track", "event": "Bought", "userId": "U1", "context": { "traits": { "email": "ada@example.com", "age": "36" } },
        "traits": { "phone": "+44 20-7946" }, "properties": { "price": 2.5, "quantity": 3, "kind": "b", "other": 1 } }"#;
    let body = mapped(folder.path(), "rudderstack rows.json --part event", event);
    insta::assert_snapshot!(format!("{body:#}"));
}

const PRESETS: &str = r#"{ "presets": [
  {
    "name": "Order Completed",
    "subscribe": "type = \"track\" and event = \"Order Completed\"",
    "mapping": {
      "id": { "@if": { "exists": { "@path": "$.userId" }, "then": { "@path": "$.userId" }, "else": { "@path": "$.anonymousId" } } },
      "email": { "@case": { "operator": "lower", "value": { "@path": "$.context.traits.email" } } },
      "greeting": { "@template": "Hi {{context.traits.firstName}} {{{ traits.last }}}!" },
      "channel": "web",
      "vip": true,
      "level": { "@if": { "exists": { "@path": "$.properties.vip" }, "then": "gold", "else": "standard" } },
      "state": { "@if": { "blank": { "@path": "$.properties.state" }, "then": "unknown", "else": { "@path": "$.properties.state" } } },
      "address": { "city": { "@path": "$.traits.address.city" }, "from": { "@literal": "here" } },
      "products": { "@arrayPath": ["$.properties.products", { "sku": { "@path": "$.product_id" }, "price": { "@path": "$.price" }, "kind": "item" }] },
      "coupons": { "@arrayPath": ["$.properties.coupons"] },
      "raw": { "@json": { "mode": "encode", "value": { "@path": "$.properties.meta" } } },
      "all": { "@path": "$" },
      "merged": { "@merge": { "objects": [], "direction": "right" } },
      "odd": { "@template": "{{#if a}}b{{/if}}" },
      "none": null
    }
  },
  7
] }"#;

#[test]
fn presets_of_segment_become_parts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("presets.json"), PRESETS).unwrap();
    let ran = import(folder.path(), "segment presets.json");
    insta::assert_snapshot!(ran);
    let event = r#"{ "type": "track", "event": "Order Completed", "anonymousId": "a1", "context": { "traits": { "email": "Ada@Example.com", "firstName": "Ada" } },
        "properties": { "products": [{ "product_id": "p1", "price": 3 }, { "product_id": "p2" }], "coupons": "one", "meta": { "a": 1 } } }"#;
    let body = mapped(folder.path(), "segment presets.json", event);
    insta::assert_snapshot!(format!("{body:#}"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("broken.json", "[{".to_owned()),
        ("text.json", "\"rows\"".to_owned()),
        ("object.json", "{}".to_owned()),
        ("deep.json", "[".repeat(10_000)),
        ("latin.json", String::new()),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("latin.json"), b"\xff\xfe").unwrap();
    let mut said = String::new();
    for line in [
        "rudderstack broken.json",
        "rudderstack text.json",
        "rudderstack object.json",
        "rudderstack deep.json",
        "rudderstack latin.json",
        "rudderstack gone.json",
        "segment broken.json",
        "segment text.json",
    ] {
        let ran = import(folder.path(), line);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{line}\n{ran}");
        said += &format!("$ mapwright import {line}\n{}\n", ran.stderr);
    }
    insta::assert_snapshot!(said);
}

const API: &str = r##"openapi: 3.0.3
info: { title: "Acme: API", version: "2.1" }
servers: [{ url: "https://{region}.acme.example.com/v2", variables: { region: { default: eu } } }]
security: [{ token: [] }]
paths:
  /contacts:
    parameters: [{ $ref: "#/components/parameters/Trace" }]
    post:
      operationId: createContact
      parameters:
        - { name: notify, in: query, required: true, schema: { type: boolean, default: false } }
        - { name: page, in: query, schema: { type: integer } }
        - { name: session, in: cookie, required: true }
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Contact" }
      responses:
        200:
          description: The contact
          headers: { X-RateLimit-Limit: {}, X-RateLimit-Remaining: {}, X-RateLimit-Reset: {} }
          content: { application/json: { schema: { $ref: "#/components/schemas/Contact" } } }
        "404": { description: "Not\n found" }
        "422": { $ref: "#/components/responses/Invalid" }
        429: { description: Too many }
        default: { description: Anything }
  /contacts/{contact-id}/tags:
    put:
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { tag: { type: string } } } } } }
      responses: { 204: { description: Done } }
  /files:
    post:
      operationId: upload
      requestBody: { content: { multipart/form-data: { schema: { type: object } } } }
    get:
      operationId: listFiles
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
  parameters:
    Trace: { name: X-Trace, in: header, required: true, schema: { type: string, enum: [one, two] } }
  responses:
    Invalid:
      description: Invalid
      content: { application/json: { schema: { $ref: "#/components/schemas/Errors" } } }
  schemas:
    Errors: { type: object, properties: { errors: { type: array, items: { type: object, properties: { code: { type: string }, message: { type: string } } } } } }
    Contact:
      type: object
      required: [id, email, secret]
      properties:
        id: { type: string, readOnly: true, example: c1 }
        email: { type: string, format: email }
        secret: { type: string, writeOnly: true }
        name: { type: string, nullable: true, enum: [a, b] }
        age: { type: integer, minimum: 0, exclusiveMinimum: true }
        parent: { nullable: true, allOf: [{ $ref: "#/components/schemas/Contact" }] }
        address: { allOf: [{ $ref: "#/components/schemas/Place" }, { required: [city] }] }
        pet:
          oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }]
          discriminator: { propertyName: kind, mapping: { hound: "#/components/schemas/Dog" } }
        gone: { $ref: "#/components/schemas/Gone" }
        elsewhere: { $ref: "other.yaml#/X" }
      x-internal: yes
    Place: { type: object, properties: { city: { type: string } }, additionalProperties: false }
    Cat: { type: object, properties: { kind: { type: string } } }
    Dog: { type: object, properties: { kind: { type: string } } }
"##;

fn validated(folder: &Path, options: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
    let output =
        command.args(["mappings", "--format", "concise"]).args(options).current_dir(folder).output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    report.lines().filter(|line| !line.contains("[todo]")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn operations_of_a_document_start_a_destination() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("api.yaml"), API).unwrap();
    let ran = run_in(
        folder.path(),
        [
            "import",
            "openapi",
            "api.yaml",
            "--into",
            "acme/2.1",
            "--operation",
            "createContact",
            "--operation",
            "PUT /contacts/{contact-id}/tags",
            "--operation",
            "upload",
            "--operation",
            "createContact",
        ],
    );
    assert_eq!(ran.code, Some(1), "{ran}");
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let mut written = format!("{ran}");
    for path in [
        "mappings/acme/destination.yaml",
        "mappings/acme/2.1/version.yaml",
        "schemas/acme/2.1/create-contact.json",
        "schemas/acme/2.1/create-contact-response.json",
    ] {
        written += &format!("\n==> {path}\n{}", read(path));
    }
    insta::assert_snapshot!(written);
    insta::assert_snapshot!("operations_are_right_at_once", validated(folder.path(), &[]));

    // another one is for a version that is there
    let ran = run_in(
        folder.path(),
        ["import", "openapi", "api.yaml", "--into", "acme/2.1", "--operation", "listFiles"],
    );
    insta::assert_snapshot!("operations_for_a_version_that_is_there", ran);
    // schemas are not written over
    let ran = run_in(
        folder.path(),
        ["import", "openapi", "api.yaml", "--into", "acme/2.1", "--operation", "createContact"],
    );
    assert!(ran.code == Some(2) && ran.stderr.contains("exists already"), "{ran}");

    // a mapping that sends such a body
    let mapping = "message: identify\npayload:\n  contact: { email: traits.email, secret: { value: x } }\nsteps:\n  send: { operation: create_contact, body: contact }\n";
    fs::write(folder.path().join("mappings/acme/2.1/identify.yaml"), mapping).unwrap();
    let test = "settings: { apiKey: key }\nnow: 2024-05-01T12:00:00Z\ntests:\n  - name: it is sent\n    event: { type: identify, userId: u1, traits: { email: ada@example.com } }\n    expect:\n      requests:\n        - { url: \"https://eu.acme.example.com/v2/contacts?notify=false\", body: { email: ada@example.com, secret: x } }\n";
    fs::write(folder.path().join("mappings/acme/2.1/identify.test.yaml"), test).unwrap();
    validated(folder.path(), &[]);
}

#[test]
fn odd_documents_are_told_or_read_as_far_as_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut deep = String::from("{\"type\":\"object\"}");
    for _ in 0..90 {
        deep = format!("{{\"items\":{deep}}}");
    }
    let with = |schema: &str| {
        format!(
            "{{\"openapi\":\"3.1.0\",\"paths\":{{\"/a\":{{\"post\":{{\"operationId\":\"a\",\"requestBody\":{{\"content\":{{\"application/json\":{{\"schema\":{schema}}}}}}}}}}}}},\"components\":{{\"schemas\":{{\"A\":{{\"$ref\":\"#/components/schemas/A\"}},\"a b\":{{\"type\":[\"string\",\"null\"]}}}}}}}}"
        )
    };
    let mut said = String::new();
    for (name, text) in [
        ("empty", String::new()),
        ("list", "[]".to_owned()),
        ("broken", "{".to_owned()),
        ("tab", "openapi: 3.0.0\n\tpaths: {}".to_owned()),
        ("swagger", "swagger: '2.0'\n".to_owned()),
        ("four", "openapi: 4.0.0\n".to_owned()),
        ("none", "openapi: 3.0.0\n".to_owned()),
        ("odd", "openapi: 3.0.0\npaths: { /a: { post: 5, get: { operationId: b } }, /b: 7 }\n".to_owned()),
        ("twice", "openapi: 3.0.0\npaths: { $ref: '#/paths' }\n".to_owned()),
        ("itself", with(r##"{"$ref":"#/components/schemas/A"}"##)),
        ("deep", with(&deep)),
        (
            "words",
            with(
                r##"{"properties":5,"allOf":[],"required":true,"oneOf":{},"items":[1],"exclusiveMinimum":true,"nullable":true,"discriminator":5,"enum":3,"$ref":7}"##,
            ),
        ),
        (
            "spaces",
            with(r##"{"properties":{"x":{"$ref":"#/components/schemas/a%20b"},"y":{"$ref":"#/%zz"}}}"##),
        ),
        ("true", with("true")),
    ] {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("api"), text).unwrap();
        let ran = run_in(&path, ["import", "openapi", "api", "--into", "acme/1", "--operation", "a"]);
        said += &format!("== {name}: {ran}\n");
        if ran.code != Some(2) {
            said += &validated(&path, &[]);
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn an_authorization_that_is_not_imported_is_listed() {
    for (schemes, said) in [
        (
            r#"{"k":{"type":"apiKey","in":"cookie","name":"sid"}}"#,
            "security: requests are authorized by `apiKey cookie sid`, which is not imported",
        ),
        (
            r#"{"k":{"type":"http","scheme":"digest"}}"#,
            "security: requests are authorized by `http digest`, which is not imported",
        ),
        (r#"{"other":{"type":"http","scheme":"bearer"}}"#, "security: the scheme `k` is not defined"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            r#"{{"openapi":"3.1.0","security":[{{"k":[]}}],"components":{{"securitySchemes":{schemes}}},"paths":{{"/a":{{"post":{{"operationId":"a"}}}}}}}}"#
        );
        fs::write(folder.path().join("api.json"), text).unwrap();
        let ran =
            run_in(folder.path(), ["import", "openapi", "api.json", "--into", "acme/1", "--operation", "a"]);
        assert!(ran.to_string().contains(said), "{ran}");
        let version = fs::read_to_string(folder.path().join("mappings/acme/1/version.yaml")).unwrap();
        assert!(!version.contains("Authorization"), "{version}");
    }
}

/// Documents say more than requests can: names that no header has, paths with more than a path, patterns of other languages.
const UNUSUAL: &str = r##"{
  "openapi": "3.0.0",
  "servers": [{ "url": "https://api.acme.example.com" }],
  "components": { "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "the key" } } },
  "paths": {
    "/#Action=Start": { "post": { "operationId": "Start", "parameters": [{ "in": "header", "name": "X-Action", "required": true, "schema": { "enum": ["Start"] } }] } },
    "/#Action=Stop": { "post": { "operationId": "start" } },
    "/people list?kind=all&page={page}": {
      "get": {
        "parameters": [
          { "in": "query", "name": "kind", "required": true },
          { "in": "header", "name": "Content-Length", "required": true },
          { "in": "header", "name": "Api Key", "required": true }
        ]
      },
      "put": {
        "operationId": "save",
        "requestBody": {
          "content": {
            "application/json": {
              "schema": {
                "properties": { "a": { "pattern": "^\\p{XDigit}$" }, "b": { "pattern": "^[a-z]{1,9}$" } },
                "patternProperties": { "^\\p{XDigit}": {}, "^x-": { "type": "string" } }
              }
            }
          }
        }
      }
    }
  }
}"##;

#[test]
fn what_no_request_has_is_left_out_and_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("api.json"), UNUSUAL).unwrap();
    let names = ["Start", "start", "GET /people list?kind=all&page={page}", "save"];
    let wanted = names.iter().flat_map(|name| ["--operation", name]);
    let line = ["import", "openapi", "api.json", "--into", "acme/1"].into_iter().chain(wanted);
    let ran = run_in(folder.path(), line);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let version = read("mappings/acme/1/version.yaml");
    let schema = read("schemas/acme/1/save.json");
    insta::assert_snapshot!(format!("{ran}\n==> version.yaml\n{version}\n==> save.json\n{schema}"));
    let found = validated(folder.path(), &["--no-tests", "--deny-warnings"]);
    assert_eq!(found.lines().count(), 1, "{found}");
}

/// A document in several files, with what is wrong in it, and what has changed when it is imported again.
#[test]
fn documents_in_several_files_are_patched_and_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    write("secret.yaml", "X: { type: string }\n");
    write(
        "docs/api.yaml",
        r##"openapi: 3.1.0
info: { title: Acme, version: "1" }
servers: [{ url: "https://api.acme.example.com" }]
paths: { /people: { $ref: "paths/people.yaml" } }
components: { schemas: { Name: { type: string, maxLength: 9 } } }
"##,
    );
    write(
        "docs/paths/people.yaml",
        r##"post:
  operationId: createPerson
  requestBody: { content: { application/json: { schema: { $ref: "../models.yaml#/Person" } } } }
  responses: { "200": { content: { application/json: { schema: { $ref: "#/answer" } } } } }
answer: { type: object, required: [id], properties: { id: { type: integer }, person: { $ref: "../models.yaml#/Person" } } }
"##,
    );
    write(
        "docs/models.yaml",
        r##"Person:
  type: object
  properties:
    name: { $ref: "api.yaml#/components/schemas/Name" }
    friend: { $ref: "#/Person" }
    far: { $ref: "https://acme.example.com/far.yaml#/X" }
    secret: { $ref: "../secret.yaml#/X" }
    missing: { $ref: "missing.yaml#/X" }
"##,
    );
    write("docs/patch.yaml", "components: { schemas: { Name: { maxLength: 20, minLength: null } } }\n");
    let import = |more: &[&str]| {
        let usual = ["import", "openapi", "docs/api.yaml", "--into", "acme/1", "--operation", "createPerson"];
        run_in(folder.path(), [&usual[..], more].concat())
    };
    let first = import(&["--patch", "docs/patch.yaml"]);
    let schema = read("schemas/acme/1/create-person.json");
    insta::assert_snapshot!(
        "several_files",
        format!("{first}\n{schema}\n{}", read("mappings/acme/1/version.yaml"))
    );
    insta::assert_snapshot!("several_files_are_right", validated(folder.path(), &[]));
    // the patch is forgotten, and a field is gone
    write("docs/models.yaml", &read("docs/models.yaml").replace("    friend: { $ref: \"#/Person\" }\n", ""));
    insta::assert_snapshot!("imported_again", import(&["--update"]));
    assert!(!read("schemas/acme/1/create-person.json").contains("friend"));
    let same = import(&["--update"]);
    assert_eq!(same.stdout, "no schema has changed\n", "{same}");
    write("docs/patch.yaml", "a: [\n");
    let broken = import(&["--patch", "docs/patch.yaml"]);
    assert!(broken.code == Some(2) && broken.stderr.contains("the patch: line"), "{broken}");
}

#[test]
fn a_schema_over_a_limit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut schemas = String::new();
    for at in 0..60 {
        let next = (at + 1) % 60;
        schemas += &format!(
            "    S{at}: {{ type: object, properties: {{ next: {{ $ref: '#/components/schemas/S{next}' }} }} }}\n"
        );
    }
    let document = format!(
        "openapi: 3.0.1\ninfo: {{ title: Acme, version: '1' }}\nservers: [{{ url: 'https://api.acme.example.com' }}]\npaths:\n  /people:\n    post:\n      operationId: save\n      requestBody: {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/S0' }} }} }} }}\n      responses: {{ '200': {{ description: done }} }}\ncomponents:\n  schemas:\n{schemas}"
    );
    fs::write(folder.path().join("api.yaml"), document).unwrap();
    let ran =
        run_in(folder.path(), ["import", "openapi", "api.yaml", "--into", "acme/1", "--operation", "save"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("(limit `schema_cycle`)"), "{ran}");
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_no_part_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    // a file of more than a block cannot be written
    let command =
        format!("trap '' XFSZ; ulimit -f 1; exec '{}' new destination acme", env!("CARGO_BIN_EXE_mapwright"));
    let ran =
        std::process::Command::new("sh").arg("-c").arg(command).current_dir(folder.path()).output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    let mut folders = vec![folder.path().to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            assert!(path.is_dir(), "{} is left", path.display());
            folders.push(path);
        }
    }
}
