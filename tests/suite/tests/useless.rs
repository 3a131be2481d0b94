//! What says nothing, or cannot hold, is found: one finding for a cause.

use mapwright_tests::{DESTINATION, VERSION, list};
use mapwright_validate::{Options, validate};

/// The findings of the made-up destination with these files, but for that it has no tests.
fn show(title: &str, files: &[(&str, &str)]) -> String {
    let base = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", VERSION),
        (
            "mappings/acme/1.0/identify.yaml",
            "message: identify\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\n",
        ),
    ];
    let mut sources: mapwright::Sources = base.into_iter().collect();
    for (path, text) in files {
        sources.insert(*path, *text);
    }
    let mut report = validate(&sources, &Options::default());
    report.one_per_cause();
    let mut found = report.findings;
    // of what the made-up destination has, most tests use a part
    const OF_THE_BASE: [&str; 3] = ["untested-mapping", "unused-definition", "idempotence"];
    found.retain(|finding| !OF_THE_BASE.contains(&finding.rule.id));
    format!("# {title}\n{}\n", list(&found))
}
#[test]
fn each_has_one_finding() {
    let i = "mappings/acme/1.0/identify.yaml";
    let t = "mappings/acme/1.0/identify.test.yaml";
    let all = [
        show(
            "from []",
            &[(
                i,
                "message: identify\npayload: { thing: { a: { from: [] }, b: [], c: { join: [] }, d: { merge: [] }, e: { concat: [] }, f: { list: [] }, g: { rest_of: [] }, h: { from: userId, as: [] }, k: userId } }\nsteps: { send: { operation: send, body: thing } }\n",
            )],
        ),
        show(
            "then self",
            &[(
                i,
                "message: identify\nsteps: { send: { operation: send, on: [{ status: 409, then: send }] } }\n",
            )],
        ),
        show(
            "then self group",
            &[(
                i,
                "message: identify\nsteps: { g: { steps: { send: { operation: send, on: [{ status: 409, then: g }] } } } }\n",
            )],
        ),
        show(
            "two tests",
            &[(
                t,
                "tests:\n  - { name: a, settings: { apiKey: k }, event: { type: identify, userId: u }, expect: { requests: [{ step: send }] } }\n  - { name: a, settings: { apiKey: k }, event: { type: identify, userId: u }, expect: { requests: [{}] } }\n",
            )],
        ),
        show(
            "two cases",
            &[(
                t,
                "tests:\n  - { name: a, settings: { apiKey: k }, event: { type: identify, userId: u }, cases: [{ name: x, set: { userId: a } }, { name: x, set: { userId: b } }], expect: { requests: [{ step: send }] } }\n",
            )],
        ),
        show(
            "status",
            &[(
                t,
                "tests:\n  - { name: a, settings: { apiKey: k }, event: { type: identify, userId: u }, responses: [{ status: 99999 }], expect: { requests: [{ step: send }] } }\n",
            )],
        ),
        show(
            "remove message",
            &[
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\nremove: [server]\n"),
                ("mappings/acme/1.1/identify.yaml", "message: identify\nremove: [message]\n"),
            ],
        ),
        show(
            "remove message of another",
            &[
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                ("mappings/acme/1.1/identify.yaml", "remove: [message, steps.send.operation]\n"),
            ],
        ),
        show(
            "replace in variant",
            &[(
                i,
                "message: identify\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\nvariants: { v: { when: traits.a, replace: true, payload: { thing: { b: userId } } } }\n",
            )],
        ),
        show(
            "before y",
            &[(
                i,
                "message: identify\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing }, other: { operation: find, before: y } }\n",
            )],
        ),
        show(
            "before y inherited",
            &[
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/identify.yaml",
                    "message: identify\nsteps: { other: { operation: find, before: y } }\n",
                ),
            ],
        ),
        show(
            "before y new file",
            &[
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/track.yaml",
                    "message: track\nsteps: { other: { operation: find, before: y } }\n",
                ),
            ],
        ),
        show(
            "---",
            &[(
                i,
                "message: identify\npayload: { thing: { a: userId } }\n---\nsteps: { send: { operation: send, body: thing } }\n",
            )],
        ),
        show(
            "--- in version",
            &[("mappings/acme/1.0/version.yaml", &format!("{VERSION}---\nvalues: {{}}\n"))],
        ),
        show(
            "--- at the end",
            &[(
                i,
                "message: identify\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\n---\n",
            )],
        ),
        show(
            "destinations",
            &[
                ("mappings/a/destination.yaml", "extends: b\ntitle: A\nnames: [A]\n"),
                ("mappings/b/destination.yaml", "extends: a\ntitle: B\nnames: [B]\n"),
            ],
        ),
        show("destination self", &[("mappings/a/destination.yaml", "extends: a\ntitle: A\nnames: [A]\n")]),
        show(
            "versions",
            &[
                ("mappings/acme/2/version.yaml", "version: '2'\nextends: '3'\n"),
                ("mappings/acme/3/version.yaml", "version: '3'\nextends: '2'\n"),
            ],
        ),
        show(
            "use circle",
            &[
                (
                    "mappings/acme/1.0/version.yaml",
                    &format!("{VERSION}steps:\n  a: {{ use: b }}\n  b: {{ use: a }}\n  c: {{ use: c }}\n"),
                ),
                (i, "message: identify\nsteps: { a: { use: a } }\n"),
            ],
        ),
        show(
            "extends zz",
            &[
                ("mappings/acme/1.0/version.yaml", &format!("extends: 1.2\n{VERSION}")),
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
            ],
        ),
        show(
            "extends zz 2",
            &[
                ("mappings/acme/zz/version.yaml", "version: zz\nextends: zy\n"),
                ("mappings/acme/zx/version.yaml", "version: zx\nextends: zz\n"),
            ],
        ),
        show(
            "keep",
            &[
                (
                    i,
                    "message: identify\npayload: { thing: { a: { from: userId, keep: [null, empty] } } }\nsteps: { send: { operation: send, body: thing } }\n",
                ),
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/identify.yaml",
                    "message: identify\npayload: { thing: { a: { keep: { without: [null] } } } }\n",
                ),
            ],
        ),
        show(
            "keep text",
            &[
                (
                    i,
                    "message: identify\npayload: { thing: { a: { from: userId, keep: [null, empty] } } }\nsteps: { send: { operation: send, body: thing } }\n",
                ),
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/identify.yaml",
                    "message: identify\npayload: { thing: { a: { keep: { without: ['null'], last: [null] } } } }\n",
                ),
            ],
        ),
        show(
            "before in version",
            &[(
                "mappings/acme/1.0/version.yaml",
                &format!("{VERSION}steps:\n  a: {{ operation: send, before: y }}\n"),
            )],
        ),
        show(
            "before in variant",
            &[(
                i,
                "message: identify\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\nvariants: { v: { when: traits.a, steps: { more: { operation: find, after: y } } } }\n",
            )],
        ),
        show(
            "before in group",
            &[
                (i, "message: identify\nsteps: { g: { steps: { send: { operation: send } } } }\n"),
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/identify.yaml",
                    "message: identify\nsteps: { g: { steps: { more: { operation: find, before: y } } }, h: { steps: { more: { operation: find, before: y } } } }\n",
                ),
            ],
        ),
        show(
            "before its own later one",
            &[
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/identify.yaml",
                    "message: identify\nsteps: { more: { operation: find, before: other }, other: { operation: find } }\n",
                ),
            ],
        ),
        show(
            "--- twice",
            &[(
                i,
                "message: identify\npayload: { thing: { a: userId } }\n---\nsteps: { send: { operation: send, body: thing } }\n---\nrequire: []\n---\nx: y\n",
            )],
        ),
        show("--- dest", &[("mappings/acme/destination.yaml", &format!("{DESTINATION}---\nrates: {{}}\n"))]),
        show(
            "then paging",
            &[(
                i,
                "message: identify\nsteps: { send: { operation: send, on: [{ status: 409, capture: { a: response.body.next }, then: send }] } }\n",
            )],
        ),
        show(
            "replace in inherited variant",
            &[
                (
                    i,
                    "message: identify\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\nvariants: { v: { when: traits.a, payload: { thing: { b: userId } } } }\n",
                ),
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\n"),
                (
                    "mappings/acme/1.1/identify.yaml",
                    "message: identify\nvariants: { v: { replace: true, when: traits.b, payload: { thing: { c: userId } } } }\n",
                ),
            ],
        ),
        show(
            "tables",
            &[
                (
                    "mappings/acme/1.0/version.yaml",
                    &format!("{VERSION}tables: {{ a: 5, b: [x], c: text, d: null, e: {{ x: y }} }}\n"),
                ),
                (
                    i,
                    "message: identify\npayload: { thing: { a: { from: traits.a, as: { lookup: a } }, b: { from: traits.b, as: { lookup: e } } } }\nsteps: { send: { operation: send, body: thing } }\n",
                ),
            ],
        ),
        show(
            "rename",
            &[(
                i,
                "message: identify\npayload: { thing: { a: { from: traits, as: { rename: { table: { a: { b: 1 } } } } }, b: { from: traits, as: { rename: { table: { a: null } } } } } }\nsteps: { send: { operation: send, body: thing } }\n",
            )],
        ),
        show(
            "use circle of group",
            &[
                (
                    "mappings/acme/1.0/version.yaml",
                    &format!(
                        "{VERSION}steps:\n  a: {{ steps: {{ x: {{ use: b }} }} }}\n  b: {{ steps: {{ y: {{ use: a }} }} }}\n"
                    ),
                ),
                (i, "message: identify\nsteps: { a: { use: a } }\n"),
            ],
        ),
    ];
    insta::assert_snapshot!(all.concat());
}

const I: &str = "mappings/acme/1.0/identify.yaml";
const T: &str = "mappings/acme/1.0/identify.test.yaml";
const V: &str = "mappings/acme/1.0/version.yaml";
const S: &str = "schemas/acme/1.0/s.json";

/// A mapping with this payload part `thing`, and these steps.
fn mapping(thing: &str, steps: &str) -> String {
    format!("message: identify\npayload:\n  thing: {thing}\nsteps:\n{steps}")
}

/// The made-up version in which `send` has a schema.
fn with_schema(more: &str) -> String {
    format!("{}{more}", VERSION.replace("path: /send", "path: /send, schema: s.json"))
}

#[test]
fn names_that_are_never_there_are_found_where_they_are_read() {
    let send = "  send: { operation: send, body: thing }\n";
    let batch = VERSION.replace(
        "path: /send",
        "path: /send, batch: { most: 10, by: [item.lst, item.who.idd], id: item.event_id, merge: true, unless: item.tst, body: { events: { each: items, where: item.nme, to: { n: item.name } }, x: \"items[0].lst\" } }",
    );
    let item =
        "{ list: userId, event_id: messageId, who: { id: userId }, name: traits.name, test: traits.test }";
    let open = "{ ...: traits, list: userId }";
    let properties = "\
settings: { apiKey: key }
properties:
  - name: what is misspelt
    event: { userId: u1 }
    must:
      - not requests[0].bdy
      - not requests[0].body.nmae
      - requests[0].step != \"sned\"
      - outcome != \"maped\"
      - not traits.emial
      - not rejection.cod
      - not requests[0].headers.Authorisation
      - not skipped.reason
  - name: what is right
    must: not requests or requests[0].body.name is undefined or requests[0].headers.authorization
";
    let all = [
        show("a batch", &[(V, &batch), (I, &mapping(item, send))]),
        show("a batch of anything", &[(V, &batch), (I, &mapping(open, send))]),
        show("properties", &[(T, properties), (I, &mapping("{ name: traits.name }", send))]),
        show(
            "a capture that is misspelt where it is made",
            &[(
                I,
                &mapping(
                    "{ a: userId }",
                    "  find: { operation: find, capture: { idd: response.body.id } }\n  send: { operation: send, body: thing, unless: captures.id }\n  put: { operation: put, body: thing, when: captures.id }\n",
                ),
            )],
        ),
        show(
            "a capture that only a later step makes",
            &[(
                I,
                &mapping(
                    "{ a: userId }",
                    "  find: { operation: find, capture: { idd: response.body.id } }\n  put: { operation: put, body: thing, when: captures.id }\n  send: { operation: send, unless: captures.id, body: thing, capture: { id: response.body.id } }\n",
                ),
            )],
        ),
        show(
            "entries below a key that is not known",
            &[
                (V, &format!("{VERSION}paths: {{ name: [traits.name], email: traits.email }}\n")),
                (I, &mapping("{ a: $name, b: $email, c: $phone }", send)),
            ],
        ),
        show(
            "a shared step that is removed",
            &[
                (
                    V,
                    &format!(
                        "{VERSION}steps: {{ look: {{ operation: find, capture: {{ id: response.body.id }} }} }}\n"
                    ),
                ),
                (
                    I,
                    &mapping(
                        "{ a: userId }",
                        "  find: { use: look }\n  put: { operation: put, when: captures.id, body: thing }\n",
                    ),
                ),
                ("mappings/acme/1.1/version.yaml", "version: '1.1'\nextends: '1.0'\nremove: [steps.look]\n"),
            ],
        ),
        show(
            "a capture that is only needed where it is not",
            &[(
                I,
                &mapping(
                    "{ a: userId }",
                    "  find: { operation: find, capture: { id: response.body.id } }\n  put: { operation: put, body: thing, when: not captures.id }\n  get: { operation: get, unless: captures.id or traits.x, params: { id: captures.id } }\n",
                ),
            )],
        ),
    ];
    insta::assert_snapshot!(all.concat());
}

#[test]
fn faults_are_told_where_they_stand() {
    let send = "  send: { operation: send, body: thing }\n";
    let basic = "auth: { basic: { username: settings.apiKey } }";
    let basic = VERSION
        .replace("headers: { Authorization: { template: \"Bearer {{ settings.apiKey }}\" } }", basic)
        .replace("path: /send", "path: /send, headers: { Authorization: { value: a } }");
    let schema = r#"{ "properties": { "e": { "enum": ["a", "b"] }, "l": { "items": { "enum": ["a", "b"] } }, "n": { "type": "integer" } } }"#;
    let table = with_schema("tables: { t: { x: a, y: c } }\n");
    let lists = "{ e: { from: traits.k, as: { lookup: t } }, l: { value: [a, x] }, m: { from: traits.o, as: { map_values: [trim, { truncate: x }, intger] } } }";
    let of_schema = |text: &str| show(text.get(..40).unwrap_or(text), &[(V, &with_schema("")), (S, text)]);
    let deep = format!("{}{{}}{}", "{\"not\":".repeat(130), "}".repeat(130));
    let property = "\
settings: { apiKey: key }
properties:
  - { name: one, event: { userId: u1 } }
  - { name: two, event: { userId: u2 } }
tests:
  - name: a text
    event: { type: identify, userId: u1, traits: { n: x } }
    expect: { requests: [{ body: { n: x } }] }
";
    let all = [
        show(
            "secrets in names",
            &[(
                I,
                &mapping(
                    "{ a: { \"{{ settings.apiKey }}\": userId } }",
                    "  send: { operation: send, body: thing, query: { \"{{ settings.apiKey }}\": userId } }\n",
                ),
            )],
        ),
        show(
            "a secret as the name of a member",
            &[(I, &mapping("{ a: { \"{{ settings.apiKey }}\": userId } }", send))],
        ),
        show(
            "a body of a request that reads",
            &[(I, &mapping("{ a: userId }", "  find: { operation: find, body: thing }\n"))],
        ),
        show(
            "a header that an authorization sets",
            &[
                (V, &basic),
                (
                    I,
                    &mapping(
                        "{ a: userId }",
                        "  send: { operation: send, body: thing }\n  find: { operation: find, headers: { authorization: { value: b } } }\n",
                    ),
                ),
            ],
        ),
        show(
            "entries of tables and lists",
            &[(V, &table), (S, schema), (I, &mapping(&lists.replace(", { truncate: x }, intger", ""), send))],
        ),
        show("conversions inside of others", &[(I, &mapping(lists, send))]),
        show(
            "what tests and properties show of one row",
            &[(V, &with_schema("")), (S, schema), (T, property), (I, &mapping("{ n: traits.n }", send))],
        ),
        of_schema(r##"{ "$ref": "#" }"##),
        of_schema("{ \"properties\": { \"a\": {},\n\"a\": {} } }"),
        of_schema("\u{feff}{}"),
        of_schema(&deep),
        of_schema(r##"{ "properties": { "a": { "$ref": "https://example.com/a.json" } } }"##),
        of_schema(r##"{ "properties": { "a": { "$ref": "#/$defs/a" } } }"##),
        of_schema(r#"{ "properties": { "a": { "pattern": "(a{1000}){1000}" } } }"#),
    ];
    insta::assert_snapshot!(all.concat());
}
