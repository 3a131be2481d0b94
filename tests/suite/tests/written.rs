//! What operators write: templates, paths and patterns are read when settings are bound, and what cannot be read is a fault of the settings.

use mapwright::Plans;
use mapwright_tests::{compile, findings, preview, sources};
use serde_json::{Value, json};

const SETTINGS: &str = "
settings:
  apiKey: { type: string }
  region: { type: string, one_of: [us, eu], default: us }
  text: { type: template }
  place: { type: path }
  word: { type: string }
  rows: { type: list, items: { name: { type: pattern }, text: { type: template }, other: { type: string } } }
";

const BEFORE: &str = "
title: Acme
names: [Acme]
versions: { default: '1.0' }
hosts: [api.acme.example.com, eu.acme.example.com]";

fn files(row: &str) -> mapwright::Sources {
    let mut sources = sources(&format!(
        "message: identify\npayload:\n  thing:\n    field: {row}\n    other: userId\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    ));
    sources.insert("mappings/acme/destination.yaml", format!("{BEFORE}{SETTINGS}"));
    sources
}

fn plans(row: &str) -> Plans {
    compile(&files(row))
}

fn of(row: &str, settings: Value, traits: Value) -> Value {
    let plans = plans(row);
    let mapper = mapwright_tests::bind(&plans, "acme", settings);
    let event = json!({ "type": "identify", "userId": "u1", "event": "Order Completed", "traits": traits });
    preview(&mapper, &event).body()["field"].take()
}

fn refused(row: &str, settings: Value) -> String {
    let plans = plans(row);
    match plans.plan("acme", None, &settings).unwrap().bind(&settings) {
        Ok(_) => "bound".to_owned(),
        Err(error) => error.to_string(),
    }
}

const FILLED: &str = "{ template: { from: settings.text, with: { name: traits.name, all: traits } } }";

#[test]
fn a_template_reads_what_it_is_given_and_nothing_else() {
    let text = |text: &str, traits: Value| of(FILLED, json!({ "text": text }), traits);
    assert_eq!(
        text("Hi {{ name }} of {{ all.city }}", json!({ "name": "A", "city": "U" })),
        json!("Hi A of U")
    );
    assert_eq!(text("Hi {{ name }}", json!({})), Value::Null);
    assert_eq!(
        text("{% if all.vip %}!{% endif %}{{ name | upper }}", json!({ "name": "a", "vip": true })),
        json!("!A")
    );
    assert_eq!(
        text("{% for x in all.tags %}{{ x }};{% endfor %}", json!({ "tags": ["a", "b"] })),
        json!("a;b;")
    );
    assert_eq!(of(FILLED, json!({}), json!({ "name": "A" })), Value::Null);
    // bounded: the items of the loops are paid for
    let loops = "{% for a in all.t %}{% for b in all.t %}{{ b }}{% endfor %}{% endfor %}";
    let plans = plans(FILLED);
    let mapper = mapwright_tests::bind(&plans, "acme", json!({ "text": loops }));
    let many: Vec<u32> = (0..400).collect();
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "t": many } });
    let rejection = preview(&mapper, &event).rejection();
    assert_eq!(
        rejection.message,
        "the template cannot be filled in: it exceeds the limit `template_fuel` of 20000"
    );
}

#[test]
fn a_path_goes_to_any_depth_from_where_it_is_read() {
    let row = "{ from: [traits, $.context], key: settings.place }";
    let of = |place: &str, traits: Value| of(row, json!({ "place": place }), traits);
    assert_eq!(of("address.city", json!({ "address": { "city": "U" } })), json!("U"));
    assert_eq!(of("$.products[1].sku", json!({ "products": [{ "sku": 1 }, { "sku": 2 }] })), json!(2));
    assert_eq!(of("['a.b'].c", json!({ "a.b": { "c": 3 } })), json!(3));
    assert_eq!(of("a.b", json!({ "a.b": 1 })), Value::Null);
    // a word is a name as it was
    let word = "{ from: traits, key: settings.word }";
    assert_eq!(self::of(word, json!({ "word": "a.b" }), json!({ "a.b": 1, "a": { "b": 2 } })), json!(1));
}

#[test]
fn the_first_row_whose_pattern_is_found_counts() {
    let row = "{ each: settings.rows, where: event is matching(item.name), to: { template: { from: item.text, with: { event: event } } }, as: first }";
    let of = |rows: Value| of(row, json!({ "rows": rows }), json!({}));
    let a = json!({ "name": "^Order", "text": "a {{ event }}" });
    let b = json!({ "name": "(?i)COMPLETED$", "text": "b" });
    assert_eq!(of(json!([a, b])), json!("a Order Completed"));
    assert_eq!(of(json!([{ "name": "^Basket", "text": "c" }, b, a])), json!("b"));
    assert_eq!(of(json!([{ "text": "c" }])), Value::Null);
    // linear, however the pattern is written
    assert_eq!(of(json!([{ "name": "^(([A-Za-z ])+)+!$", "text": "c" }, a])), json!("a Order Completed"));
}

#[test]
fn what_cannot_be_read_is_a_fault_of_the_settings() {
    let path = "{ from: traits, key: settings.place }";
    let pattern = "{ each: settings.rows, where: event is matching(item.name), to: { template: { from: item.text, with: { event: event } } } }";
    let long = "x".repeat(10_001);
    let cases = [
        (FILLED, json!({ "text": "Hi {{ name" })),
        (FILLED, json!({ "text": "Hi {{ nam }}" })),
        (FILLED, json!({ "text": "Hi {{ settings.apiKey }}" })),
        (FILLED, json!({ "text": "{% include 'x' %}" })),
        (FILLED, json!({ "text": "{{ range(10) }}" })),
        (FILLED, json!({ "text": "{{#each name}}{{/each}}" })),
        (FILLED, json!({ "text": "{% if name is matching('^A') %}Hi{% endif %}" })),
        (FILLED, json!({ "text": 5 })),
        (FILLED, json!({ "text": long })),
        (path, json!({ "place": "a..b" })),
        (path, json!({ "place": "a[*].b" })),
        (path, json!({ "place": "$" })),
        (
            pattern,
            json!({ "rows": [{ "name": "a(", "text": "{{ event }}" }, { "name": "a", "text": "{{ evnt }}" }] }),
        ),
        (pattern, json!({ "rows": [{ "name": "(a{1,1000}){1,1000}" }] })),
        (pattern, json!({ "rows": [{ "name": "(a)\\1" }] })),
    ];
    let all: Vec<String> = cases.into_iter().map(|(row, settings)| refused(row, settings)).collect();
    insta::assert_snapshot!(all.join("\n").replace(&long, "…"));
}

#[test]
fn what_operators_do_not_write_is_found() {
    let rows = [
        "{ template: { from: settings.word, with: { a: userId } } }",
        "{ template: { from: traits.text, with: { a: userId } } }",
        "{ template: { from: [settings.text, traits.text] } }",
        "{ each: settings.rows, to: { template: { from: item.other } } }",
        "{ template: { with: { a: userId } } }",
        "{ from: traits, key: [settings.place, settings.word] }",
        "{ from: userId, when: event is matching(5) }",
        "{ from: userId, when: event is matching(settings.word) }",
        "{ from: userId, when: event is matching }",
        "{ template: \"{% if event is matching(traits.a) %}a{% endif %}\" }",
    ];
    let all: Vec<String> = rows.iter().map(|row| format!("# {row}\n{}", findings(&files(row)))).collect();
    insta::assert_snapshot!(all.join("\n"));
    let mut sources = files("userId");
    let settings = "\nsettings:\n  a: { type: template, default: '{{ a' }\n  b: { type: pattern, secret: true }\n  c: { type: path, one_of: [a.b, 'a[*]'] }\n  apiKey: { type: string }\n  region: { type: string, one_of: [us, eu], default: us }\n";
    sources.insert("mappings/acme/destination.yaml", format!("{BEFORE}{settings}"));
    insta::assert_snapshot!(findings(&sources));
}
