//! Common slips have one finding each, which says what to write.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use mapwright::Sources;
use mapwright_tests::{findings, sources};

const IDENTIFY: &str = "\
message: identify
payload:
  person:
    name: traits.name
    flag: settings.flag
    region: settings.region
steps:
  find: { operation: find, capture: { id: response.body.id } }
  send: { operation: send, when: not captures.id, body: person }
  put: { operation: put, when: captures.id, body: person, params: { id: captures.id } }
";

/// The files of the made-up destination with a body schema, and the findings after one change of them.
fn slip(file: &str, right: &str, wrong: &str) -> String {
    let mut files: Sources = sources(IDENTIFY);
    let version = mapwright_tests::VERSION.replace("path: /send", "path: /send, schema: person.json");
    files.insert("mappings/acme/1.0/version.yaml", version);
    files.insert(
        "schemas/acme/1.0/person.json",
        r#"{ "type": "object", "additionalProperties": false, "properties": { "name": {}, "flag": {}, "region": {} } }"#,
    );
    files.insert(
        "mappings/acme/2.0/version.yaml",
        "version: '2.0'\nextends: '1.0'\nheaders: { X-New: { value: a } }\n",
    );
    files.insert(
        "mappings/acme/2.0/identify.yaml",
        "message: identify\nremove: [steps.find]\npayload: { person: { name: { as: trim } } }\nsteps: { send: { remove: [when] }, put: { when: traits.id, params: { id: traits.id } } }\n",
    );
    assert_eq!(findings(&files), "");
    let path = format!("mappings/acme/{file}");
    let text = files.get(&path).unwrap();
    assert!(text.contains(right), "{right}");
    files.insert(path.clone(), text.replacen(right, wrong, 1));
    format!("# {file}: {wrong}\n{}", findings(&files))
}

#[test]
fn one_cause_is_one_finding() {
    let version = "1.0/version.yaml";
    let mapping = "1.0/identify.yaml";
    let all = [
        slip("destination.yaml", "settings:", "setings:"),
        slip("destination.yaml", "hosts:", "hots:"),
        slip(version, "operations:", "operatons:"),
        slip(
            version,
            "server:\n  switch: settings.region\n  cases: { us: { value: https://api.acme.example.com }, eu: { value: https://eu.acme.example.com } }",
            "server: https://api.acme.example.com",
        ),
        slip(version, "\"/things/{id}\" }\n  put", "\"/things/{{ settings.flag }}\" }\n  put"),
        slip("2.0/identify.yaml", "name: { as: trim }", "name: { from: { frist: [traits.name] } }"),
        slip(version, "operations:", "operations: ["),
        slip(
            version,
            "{ template: \"Bearer {{ settings.apiKey }}\" }",
            "{ template: \"Bearer {{ settings.apiKey }}\\n\" }",
        ),
        slip(version, "{ template: \"Bearer {{ settings.apiKey }}\" }", "{ value: \"a\\r\\nb\" }"),
        slip(mapping, "body: person }", "bdoy: person }"),
        slip(mapping, "payload:", "payloda:"),
        slip(mapping, "steps:", "stesp:"),
        slip(mapping, "capture:", "captures:"),
        slip(mapping, "name: traits.name", "name: [traits.name"),
        slip("2.0/version.yaml", "extends: '1.0'", "extends: '1.00'"),
        slip("2.0/identify.yaml", "payload: {", "payload: ["),
        slip(mapping, "payload:\n  person:", "payload: [\n  person:"),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn the_mistake_is_named() {
    let row = |row: &str| {
        format!("message: identify\nsteps: {{ send: {{ operation: send, body: {{ a: {row} }} }} }}\n")
    };
    let mut text = String::new();
    for mapping in [
        "message: identify\nsteps:\n  send:\n    operation: send\n  when: traits.a\n    body: { a: userId }\n".to_owned(),
        "message: identify\npayload:\n  p:\n    a:\n      - userId\n      anonymousId\n".to_owned(),
        "message: identify\nskip:\n  - when: traits.a\n  reason: a\n".to_owned(),
        "message: identify\nsteps:\n  send: a: b\n".to_owned(),
        row("{ each: traits.a, to: item.kind == \"x\" }"),
        row("not traits.a"),
        row("apiKey"),
        row("{ template: \"{{ apiKey }}\" }"),
        row("{ template: \"{{ apiKye }}\" }"),
        "message: identify\nsteps: { send: { operation: send, body: { a: userId }, on: [{ status: 429, class: throttle, after: headers.retry-after }] } }\n".to_owned(),
    ] {
        text += &format!("{mapping}\n{}\n\n", findings(&sources(&mapping)));
    }
    text += &slip(
        "1.0/version.yaml",
        "{ template: \"Bearer {{ settings.apiKey }}\" }",
        "{ template: \"Bearer {{ apiKey }}\" }",
    );
    text += &slip("destination.yaml", "settings:", "rates: { all: { requests: 10, per: 3 } }\nsettings:");
    insta::assert_snapshot!(text);
}

#[test]
fn a_syntax_error_hides_no_other_faults_of_its_file() {
    let wrong = "payload:\n  person: [\n    name: traits.name";
    let mut text = IDENTIFY.replacen("payload:\n  person:\n    name: traits.name", wrong, 1);
    text =
        text.replace("operation: find", "opration: find").replace("not captures.id", "not captures.id and");
    insta::assert_snapshot!(findings(&sources(&text)));
}

/// The files of a destination with every key that a file may have at its top.
fn full() -> Vec<(&'static str, String)> {
    let destination = "\
title: Acme
description: what it is
names: [Acme]
versions: { default: '1.0', setting: apiVersion, aliases: { v1: '1.0' } }
settings:
  apiKey: { type: string, required: true, secret: true }
  flag: { type: boolean }
hosts: ['api.acme.example.com']
responses: [{ status: 409, class: done }]
rates: { default: { requests: 10, per: 1s } }
error: { code: response.body.code }
unsupported: { skip: nothing to do }
";
    let version = "\
version: '1.0'
description: the first
server: { value: https://api.acme.example.com }
headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
query: { k: settings.flag }
values: { email: traits.email }
sets: { reserved: [email] }
tables: { gender: { f: female } }
conversions: { word: [trim, lowercase] }
order: { user: userId }
warn: [{ when: traits.odd, code: odd, message: it is odd }]
requirements: { user: { any: [userId], otherwise: a user is needed } }
payload: { person: { name: { from: traits.name, as: word }, sex: { from: traits.sex, as: { lookup: gender } } } }
steps: { find: { operation: find, capture: { id: response.body.id } } }
responses: [{ status: 410, class: done }]
unsupported: { skip: nothing to do }
operations:
  find: { method: GET, path: /find, rate: default }
  send: { method: POST, path: /send, rate: default }
";
    let identify = "\
message: identify
description: saves a person
skip: [{ when: traits.internal, reason: internal }]
values: { found: [captures.id, userId] }
order: { company: traits.company }
payload: { rest: { all: { rest_of: traits, omit: [$reserved] }, email: $email, id: $found } }
require: [user]
warn: [{ when: traits.rare, code: rare, message: it is rare }]
steps:
  find: { use: find }
  send: { operation: send, body: person }
  more: { operation: send, body: rest }
variants: { short: { when: traits.short, remove: [steps.more] } }
";
    let tests = "\
settings: { apiKey: key }
now: 2024-05-01T12:00:00Z
tests:
  - name: a person is saved
    event: { type: identify, userId: u1, traits: { name: Ada } }
    expect: { requests: [{ step: find }, { step: send }, { step: more }] }
";
    vec![
        ("mappings/acme/destination.yaml", destination.to_owned()),
        ("mappings/acme/1.0/version.yaml", version.to_owned()),
        ("mappings/acme/1.0/identify.yaml", identify.to_owned()),
        ("mappings/acme/1.0/identify.test.yaml", tests.to_owned()),
    ]
}

/// Ways to write a word wrongly.
fn misspelt(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let (last, rest) = chars.split_last().unwrap();
    let text = |chars: &[char]| chars.iter().collect::<String>();
    let mut swapped = chars.clone();
    swapped.swap(1, 2);
    vec![
        format!("{word}{last}"),
        text(rest),
        text(&swapped),
        format!("{}{}", word[..1].to_uppercase(), &word[1..]),
    ]
}

#[test]
fn a_misspelt_key_at_the_top_of_a_file_is_one_finding() {
    let files = full();
    let sources = |files: &[(&str, String)]| -> Sources { files.iter().cloned().collect() };
    assert_eq!(findings(&sources(&files)), "");
    let mut many = String::new();
    for (at, (path, text)) in files.iter().enumerate() {
        for key in text.lines().filter_map(|line| line.split_once(':').map(|(key, _)| key)) {
            if key.starts_with([' ', '-']) {
                continue;
            }
            for wrong in misspelt(key).into_iter().filter(|wrong| wrong != key) {
                let mut changed = files.clone();
                let start =
                    if text.starts_with(key) { 0 } else { text.find(&format!("\n{key}:")).unwrap() + 1 };
                changed[at].1.replace_range(start..start + key.len(), &wrong);
                let found = findings(&sources(&changed));
                let is_one = found.lines().count() == 1
                    && found.contains("unknown-key")
                    && found.contains(&format!("`{wrong}`"));
                if !is_one {
                    many += &format!("{path} {wrong}\n{found}\n\n");
                }
            }
        }
    }
    assert_eq!(many, "");
}

#[test]
fn an_edit_in_a_list_says_what_to_write() {
    let send = "steps: { send: { operation: send, body: { a: userId } } }";
    let row = |row: &str| format!("steps: {{ send: {{ operation: send, body: {{ a: {row} }} }} }}");
    let mut text = String::new();
    for mapping in [
        row("{ from: [{ first: traits.a }] }"),
        row("{ from: [{ first: [traits.a] }] }"),
        row("[{ last: [traits.a] }]"),
        row("{ join: [{ without: traits.a }] }"),
        row("{ first: traits.a, name: traits.b }"),
        format!("skip: [{{ first: {{ when: traits.a, reason: a }} }}]\n{send}"),
        format!("require: [{{ last: {{ any: [userId], otherwise: a }} }}]\n{send}"),
        format!("warn: [{{ without: odd }}]\n{send}"),
        "steps: { send: { operation: send, body: { a: userId }, on: [{ first: [{ status: 404, class: done }] }] } }".to_owned(),
        // a misspelt key of a variant has been two findings
        format!("{send}\nvariants: {{ v: {{ when: traits.a, stepss: {{ send: {{ body: {{ b: userId }} }} }} }} }}"),
        format!("{send}\nvariants: {{ v: {{ when: traits.a, nonsense: 1 }} }}"),
    ] {
        text += &format!("{mapping}\n{}\n\n", findings(&sources(&format!("message: identify\n{mapping}\n"))));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_syntax_error_is_one_finding_in_files_that_are_laid_over_others() {
    for (file, right, wrong) in [
        (
            "2.0/version.yaml",
            "headers: {",
            "values: { name: { first: [traits.title] }, other: { replace: true, from: a } }\nheaders: [{",
        ),
        (
            "2.0/identify.yaml",
            "message: identify\n",
            "message: identify\nvalues: { a: { without: [traits.a] } }\nwarn: [{ when: traits.a, code: x\n",
        ),
    ] {
        let found = slip(file, right, wrong);
        assert!(found.matches("mappings/").count() == 1 && found.contains("yaml-syntax"), "{found}");
    }
}

#[test]
fn a_name_in_quotes_has_its_column() {
    let mapping = IDENTIFY.replace(
        "    flag: settings.flag\n",
        "    flag: { from: settings.flag, when: \"$plain and traits.a\" }\n    other: { from: traits.b, when: 'traits.b and $single' }\n    escaped: { from: traits.c, when: \"'\\\\x' != $escaped\" }\n    text: { template: \"a {{ $printed }}\" }\n",
    );
    let found = findings(&sources(&mapping));
    let at = |name: &str| {
        let line =
            found.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {found}"));
        line.split(' ').next().unwrap().rsplit(':').next().unwrap().to_owned()
    };
    let column = |name: &str| {
        let line = mapping.lines().find(|line| line.contains(name)).unwrap();
        (line.find(name).unwrap() + 1).to_string()
    };
    for name in ["$plain", "$single", "$printed"] {
        assert_eq!(at(name), column(name), "{name}");
    }
    // of a string with escapes, the whole is marked
    assert_eq!(at("$escaped"), column("\"'\\\\x'"));
}
