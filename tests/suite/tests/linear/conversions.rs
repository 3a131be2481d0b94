//! Every conversion of the table, as its examples call it, with values of every kind and size.

use std::collections::BTreeMap;

use mapwright::convert::{Type, definitions};
use mapwright::{Scratch, Sources};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile};
use serde_json::{Value, json};

use crate::events::{Traits, event, list, object};
use crate::measure::{Case, Work};

const TEXT: &[Type] = &[Type::Any, Type::Text, Type::Scalar, Type::Numeric, Type::Date];
const LIST: &[Type] = &[Type::Any, Type::List];
const OBJECT: &[Type] = &[Type::Any, Type::Object];

/// Values that grow, and the types that they are of.
const VALUES: &[(&str, &[Type], Traits)] = &[
    ("words", TEXT, |n| format!("\"{}\"", "Ab 1, ".repeat(n))),
    ("one letter", TEXT, |n| format!("\"{}\"", "a".repeat(4 * n))),
    ("digits", TEXT, |n| format!("\"{}\"", "1".repeat(4 * n))),
    ("spaces", TEXT, |n| format!("\"a{}b\"", " ".repeat(4 * n))),
    ("capitals", TEXT, |n| format!("\"{}\"", "ÉΣ'".repeat(n))),
    ("escapes", TEXT, |n| format!("\"{}\"", "\\u00e9\\n".repeat(n))),
    ("a path", TEXT, |n| format!("\"https://example.com/{}?a#b\"", "a/../".repeat(n))),
    ("a host", TEXT, |n| format!("\"https://{}.example.com/\"", "aé.".repeat(n))),
    ("a long label", TEXT, |n| format!("\"https://{}.example.com/\"", "é".repeat(n))),
    ("an address", TEXT, |n| format!("\"{}@example.com\"", "a.".repeat(n))),
    ("a date", TEXT, |n| format!("\"Mon May 19 2019 18:34:24 GMT+0000 ({})\"", "a ".repeat(n))),
    ("JSON", TEXT, |n| Value::from(list(n, |i| format!("{{\"a\":[{i}]}}"))).to_string()),
    ("dense JSON", TEXT, |n| Value::from(list(4 * n, |_| "0".to_owned())).to_string()),
    ("texts", LIST, |n| list(n, |i| format!("\"t {i}\""))),
    ("the same texts", LIST, |n| list(n, |_| "\"t\"".to_owned())),
    ("numbers", LIST, |n| list(n, |i| format!("{i}.5"))),
    ("objects", LIST, |n| list(n, |i| format!("{{\"id\":{i},\"plan\":\"p\"}}"))),
    ("lists", LIST, |n| list(n, |i| format!("[{i},[\"a\"]]"))),
    ("members", OBJECT, |n| object(n, |i| (format!("Key {i}"), format!("\"v{i}\"")))),
    ("numbers by name", OBJECT, |n| object(n, |i| (format!("k{i}"), i.to_string()))),
    ("objects by name", OBJECT, |n| {
        object(n, |i| (format!("k{i}"), format!("{{\"amount\":{i},\"l\":[1,{{}}]}}")))
    }),
    ("lists by name", OBJECT, |n| object(n, |i| (format!("k{i}"), format!("[{i},\"a\"]")))),
    ("names alike", OBJECT, |n| {
        object(n, |i| (format!("a_common_beginning_{i:08}_a_common_end"), "1".to_owned()))
    }),
    ("names that become one", OBJECT, |n| {
        object(n, |i| (format!("?{}", " ".repeat(i % 50)), "1".to_owned()))
    }),
    ("one name", OBJECT, |n| object(n, |i| ("k".to_owned(), i.to_string()))),
    ("deep objects", OBJECT, |n| {
        object(n.div_ceil(100), |i| {
            (format!("k{i}"), format!("{}1{}", r#"{"a":1,"b":"#.repeat(100), "}".repeat(100)))
        })
    }),
    ("deep lists", LIST, |n| list(n.div_ceil(100), |_| format!("{}1{}", "[1,".repeat(100), "]".repeat(100)))),
];

const SETTINGS: &str = r#"
  secret: { type: string }
  team: { type: string }
  customMappings: { type: list, items: { from: { type: string }, to: { type: string } } }
  setOnce: { type: list, items: { property: { type: string } } }
  columns: { type: list, items: { from: { type: string }, to: { type: string } } }
"#;

const SHARED: &str = "
sets: { address: [street, city] }
tables: { gender: { f: female, m: male } }
";

fn settings() -> Value {
    json!({
        "secret": "s3cret",
        "team": "acme-",
        "customMappings": [{ "from": "Order Completed", "to": "abc123" }],
        "setOnce": [{ "property": "plan" }],
        "columns": [{ "from": "firstName", "to": "first_name" }],
    })
}

/// All calls of the examples, and what their conversions take; and some more.
fn calls() -> BTreeMap<&'static str, Type> {
    let examples = definitions().flat_map(|definition| {
        definition.examples.iter().map(move |example| (example.call, definition.takes))
    });
    let more = [
        (r#"replace: { pattern: "\\s+", with: "_" }"#, Type::Text),
        (r#"extract: "(a*)*b""#, Type::Text),
        (r#"replace: { text: a, with: bcd }"#, Type::Text),
        ("map_keys: [uppercase, { prefix: x }]", Type::Object),
        ("map_values: { lookup: { table: { a: b }, missing: keep } }", Type::Object),
    ];
    examples.chain(more).collect()
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (call, takes) in calls() {
        let chain = match (call.starts_with('['), call.contains(':')) {
            (true, _) => call.to_owned(),
            (false, true) => format!("[ {{ {call} }} ]"),
            (false, false) => format!("[ {call} ]"),
        };
        let identify = format!(
            "message: identify\npayload:\n  thing:\n    x:\n      from: traits.v\n      as: {chain}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
        );
        let sources: Sources = [
            (
                "mappings/acme/destination.yaml",
                DESTINATION.replace("settings:", &format!("settings:{SETTINGS}")),
            ),
            ("mappings/acme/1.0/version.yaml", format!("{VERSION}{SHARED}")),
            ("mappings/acme/1.0/identify.yaml", identify),
        ]
        .into_iter()
        .collect();
        let mapper = std::sync::Arc::new(bind(&compile(&sources), "acme", settings()));
        for (name, _, value) in VALUES.iter().filter(|(_, types, _)| types.contains(&takes)) {
            let mapper = mapper.clone();
            cases.push(Case::new(format!("`{call}` of {name}"), move |n| {
                let (mapper, text) = (mapper.clone(), event(&format!("{{\"v\":{}}}", value(n))));
                Work {
                    bytes: text.len(),
                    run: Box::new(move || drop(mapper.map(text.as_str(), NOW, &mut Scratch::new()))),
                }
            }));
        }
    }
    cases
}
