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
    let mut found = validate(&sources, &Options::default()).findings;
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
