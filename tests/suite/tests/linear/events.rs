//! Events of every size: each form of a row, each way in which a row reads.

use std::sync::Arc;

use mapwright::{BatchItem, Limits, Mapper, Outcome, Scratch};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile, sources};
use serde_json::json;

use crate::measure::{Case, Work};

/// Makes the traits of an event.
pub type Traits = fn(usize) -> String;

pub fn list(n: usize, item: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..n).map(item).collect();
    format!("[{}]", items.join(","))
}

pub fn object(n: usize, member: impl Fn(usize) -> (String, String)) -> String {
    let members: Vec<String> = (0..n).map(member).map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn texts(n: usize) -> String {
    list(n, |i| format!("\"t{i}\""))
}

fn objects(n: usize) -> String {
    list(n, |i| format!(r#"{{"id":{i},"name":"n{i}","tags":["a","b"]}}"#))
}

fn members(n: usize) -> String {
    object(n, |i| (format!("k{i}"), i.to_string()))
}

/// Names that begin and end alike.
fn alike(n: usize) -> String {
    object(n, |i| (format!("a_common_beginning_{i:08}_a_common_end"), i.to_string()))
}

/// Objects inside of each other, a hundred deep.
fn deep(n: usize) -> String {
    list(n.div_ceil(100), |_| format!("{}1{}", r#"{"name":1,"a":"#.repeat(100), "}".repeat(100)))
}

fn text(n: usize) -> String {
    format!("\"{}\"", "ab, ".repeat(n))
}

/// A row and what it reads; `L` in the traits is what grows.
const ROWS: &[(&str, &str, &str, Traits)] = &[
    ("read", "traits.v", r#"{"v":L}"#, objects),
    ("read the last item", "traits.v[0]", r#"{"v":L}"#, texts),
    ("join", r#"{ join: [traits.v], with: "," }"#, r#"{"v":L}"#, texts),
    ("join twice", r#"{ join: [traits.v, traits.v], with: "," }"#, r#"{"v":L}"#, texts),
    ("concat", "{ concat: [traits.v, traits.w, traits.v] }", r#"{"v":L,"w":1}"#, texts),
    ("merge", "{ merge: [traits.v, traits.w] }", r#"{"v":L,"w":L}"#, members),
    ("merge alike", "{ merge: [traits.v, traits.w] }", r#"{"v":L,"w":L}"#, alike),
    (
        "rest_of",
        "{ rest_of: [traits.v, traits.w], omit: [k7, traits.o] }",
        r#"{"v":L,"w":L,"o":"k8"}"#,
        members,
    ),
    ("rest_of alike", "{ rest_of: [traits.v, traits.w] }", r#"{"v":L,"w":L}"#, alike),
    ("rest_of flat", r#"{ rest_of: [traits.v], as: [{ flatten: "_" }, scalars] }"#, r#"{"v":{"d":L}}"#, deep),
    ("object", "{ a: traits.v, b: { c: traits.v } }", r#"{"v":L}"#, objects),
    ("spread", r#"{ "...": traits.v, k7: { value: 1 } }"#, r#"{"v":L}"#, members),
    ("list", "{ list: [traits.v, traits.v] }", r#"{"v":L}"#, objects),
    ("each", "{ each: traits.v, to: { id: item.id, name: item.name } }", r#"{"v":L}"#, objects),
    ("each of one", "{ each: traits.v, to: item.name }", r#"{"v":L}"#, objects),
    ("each where", "{ each: traits.v, where: 'item.id in [1, 2, 3]', to: item.name }", r#"{"v":L}"#, objects),
    (
        "each in each",
        "{ each: traits.v, to: { each: item.tags, to: { template: 'x{{ item }}' } } }",
        r#"{"v":L}"#,
        objects,
    ),
    (
        "each of a made list",
        "{ each: { from: traits.v, as: list }, to: { each: item, to: item.name } }",
        r#"{"v":[L]}"#,
        objects,
    ),
    (
        "each in each of a made item",
        "{ each: { from: traits.t, as: parse_json }, to: { each: item.v, to: { join: [item] } } }",
        r#"{"t":J}"#,
        texts,
    ),
    ("each reads far", "{ each: traits.v, to: { a: traits.w.z, b: item } }", r#"{"v":L,"w":{"z":1}}"#, texts),
    (
        "switch",
        "{ each: traits.v, to: { switch: item, cases: { t1: { value: 1 }, t2: { value: 2 } }, else: { value: 3 } } }",
        r#"{"v":L}"#,
        texts,
    ),
    (
        "first of",
        "{ from: [traits.a, traits.b, { from: traits.v, when: 'traits.v' }] }",
        r#"{"v":L}"#,
        objects,
    ),
    ("member", "{ from: traits.v, key: traits.k }", r#"{"v":L,"k":"k3"}"#, members),
    ("member of each", "{ each: traits.v, to: { from: item, key: { value: name } } }", r#"{"v":L}"#, objects),
    ("default", "{ from: traits.v, as: { only: text }, default: { value: x } }", r#"{"v":L}"#, objects),
    ("template", "{ template: 'a {{ traits.v }} b {{ traits.v }}' }", r#"{"v":L}"#, objects),
    ("template of text", "{ template: 'a {{ traits.v }} b {{ traits.v }}' }", r#"{"v":L}"#, text),
    ("template with a filter", "{ template: '{{ traits.v|upper }}' }", r#"{"v":L}"#, text),
    ("template that joins", "{ template: '{{ traits.v|join(\", \") }}' }", r#"{"v":L}"#, texts),
    ("template that replaces", "{ template: '{{ traits.v|replace(\"a\", \"b\") }}' }", r#"{"v":L}"#, text),
    ("template that counts", "{ template: '{{ traits.v|length }}' }", r#"{"v":L}"#, objects),
    (
        "template that loops",
        "{ template: '{% for i in traits.v %}{{ i }}{% endfor %}' }",
        r#"{"v":L}"#,
        texts,
    ),
    (
        "template that loops and looks",
        "{ template: '{% for i in traits.v %}{% if i in traits.v %}x{% endif %}{% endfor %}' }",
        r#"{"v":L}"#,
        texts,
    ),
    ("template that adds", "{ template: '{{ traits.v ~ traits.v }}' }", r#"{"v":L}"#, text),
    ("template of titles", "{ template: '{{ traits.v|title|trim|lower|capitalize }}' }", r#"{"v":L}"#, text),
    ("template of the last", "{ template: '{{ traits.v|last }}{{ traits.v|first }}' }", r#"{"v":L}"#, texts),
    ("condition", "{ value: 1, when: 'traits.v' }", r#"{"v":L}"#, objects),
    ("equal objects", "{ value: 1, when: 'traits.v == traits.w' }", r#"{"v":L,"w":L}"#, objects),
    (
        "equal texts",
        "{ value: 1, when: 'traits.v == traits.w or traits.v < traits.w' }",
        r#"{"v":L,"w":L}"#,
        text,
    ),
    ("text in text", "{ value: 1, when: '\"abc\" in traits.v' }", r#"{"v":L}"#, text),
    ("long text in text", "{ value: 1, when: 'traits.w in traits.v' }", r#"{"v":L,"w":W}"#, text),
    ("in a list", "{ value: 1, when: 'traits.w in traits.v' }", r#"{"v":L,"w":"x"}"#, texts),
    (
        "in a list of objects",
        "{ value: 1, when: 'traits.w in traits.v' }",
        r#"{"v":L,"w":{"id":1}}"#,
        objects,
    ),
    ("name in an object", "{ value: 1, when: '\"x\" in traits.v' }", r#"{"v":L}"#, members),
    ("filter in a condition", "{ value: 1, when: 'traits.v|length > 3' }", r#"{"v":L}"#, objects),
    (
        "each looks in a constant",
        "{ each: traits.v, where: 'item in [\"t1\", \"t2\"]', to: item }",
        r#"{"v":L}"#,
        texts,
    ),
    ("plural path", "{ from: 'traits.v[*].name', as: count }", r#"{"v":L}"#, objects),
    ("plural path, kept", "{ concat: ['traits.v[*].name'] }", r#"{"v":L}"#, objects),
    (
        "plural path of each",
        "{ each: traits.v, to: { from: 'item.tags[*]', as: { join: ',' } } }",
        r#"{"v":L}"#,
        objects,
    ),
    (
        "plural path of a made item",
        "{ each: { from: traits.t, as: parse_json }, to: { concat: ['item.v[*]'] } }",
        r#"{"t":J}"#,
        texts,
    ),
    ("all inside", "{ from: '$.traits..*', as: count }", r#"{"v":L}"#, objects),
    ("all inside, deep", "{ from: '$.traits..*', as: count }", r#"{"v":L}"#, deep),
    ("all inside, kept", "{ concat: ['$.traits..name'] }", r#"{"v":L}"#, deep),
    ("all inside, written", "{ concat: ['$.traits..a'] }", r#"{"v":L}"#, deep),
    ("all of a name", "{ from: '$..name', as: count }", r#"{"v":L}"#, objects),
    ("slice", "{ from: 'traits.v[2:-2:2]', as: count }", r#"{"v":L}"#, objects),
    ("filter of a path", "{ from: '$.traits.v[?@.id > 5]', as: count }", r#"{"v":L}"#, objects),
    (
        "filter with a path from the root",
        "{ from: '$.traits.v[?@.id == $.traits.w]', as: count }",
        r#"{"v":L,"w":3}"#,
        objects,
    ),
    (
        "filter that searches",
        "{ from: '$.traits.v[?search(@.name, \"1\")]', as: count }",
        r#"{"v":L}"#,
        objects,
    ),
    (
        "filter that matches",
        "{ from: '$.traits.v[?match(@.name, \"n.*\")]', as: count }",
        r#"{"v":L}"#,
        objects,
    ),
    ("unions", "{ from: 'traits.v[0,1,*]', as: count }", r#"{"v":L}"#, objects),
];

/// What a filter of a path goes through again for each item is bounded, and nothing more.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.items = usize::MAX;
    limits.event_bytes = 1 << 30;
    limits.request_bytes = 1 << 30;
    limits.url_bytes = 1 << 30;
    limits
}

pub fn event(traits: &str) -> String {
    format!(r#"{{"type":"identify","userId":"u1","traits":{traits}}}"#)
}

/// An event goes through a mapper: as bytes and as a tree, mapped and explained.
pub fn cases_of(
    name: &str,
    mapper: Mapper,
    make: impl Fn(usize) -> String + Clone + Send + 'static,
) -> Vec<Case> {
    let mapper = Arc::new(mapper);
    let (of_bytes, of_tree, of_explain) = (mapper.clone(), mapper.clone(), mapper);
    let (make_tree, make_explain) = (make.clone(), make.clone());
    vec![
        Case::new(format!("{name}, mapped"), move |n| {
            let (mapper, text) = (of_bytes.clone(), make(n));
            Work {
                bytes: text.len(),
                run: Box::new(move || done(mapper.map(text.as_str(), NOW, &mut Scratch::new()))),
            }
        }),
        Case::new(format!("{name}, mapped from a tree"), move |n| {
            let (mapper, text) = (of_tree.clone(), make_tree(n));
            let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
            Work {
                bytes: text.len(),
                run: Box::new(move || done(mapper.map(&tree, NOW, &mut Scratch::new()))),
            }
        }),
        Case::new(format!("{name}, explained"), move |n| {
            let (mapper, text) = (of_explain.clone(), make_explain(n));
            Work {
                bytes: text.len(),
                run: Box::new(move || drop(mapper.explain(text.as_str(), NOW, &mut Scratch::new()))),
            }
        }),
    ]
}

/// Every request, as a preview and as a run whose requests are answered.
fn done(outcome: Outcome<'_>) {
    if let Outcome::Mapped(mut run) = outcome {
        let _ = run.preview();
    }
}

/// Events that become one item of a batch.
fn merged() -> Case {
    let version = VERSION.replace(
        "send: { method: POST, path: /send }",
        "send: { method: POST, path: /send, batch: { most: 2, body: items, id: item.id, merge: true } }",
    );
    let identify = "message: identify\npayload: { thing: { id: userId, x: traits.x } }\nsteps: { send: { operation: send, body: thing } }\n";
    let mut sources = sources(identify);
    sources.insert("mappings/acme/1.0/version.yaml", version.as_str());
    let mapper = bind(&compile(&sources), "acme", json!({})).with_limits(limits());
    Case::new("items merged into one", move |n| {
        let item = |i: usize| {
            let (text, mut scratch) = (event(&format!(r#"{{"x":{{"k{i}":1}}}}"#)), Scratch::new());
            match mapper.map(text.as_str(), NOW, &mut scratch) {
                Outcome::Mapped(mut run) => run.request().unwrap().unwrap().batch().unwrap().clone(),
                other => panic!("{other:?}"),
            }
        };
        let (items, mapper): (Vec<BatchItem>, _) = ((0..n).map(item).collect(), mapper.clone());
        let run = move || {
            let mut batcher = mapper.batcher();
            for item in &items {
                assert!(batcher.add(item.clone(), ()).complete.is_empty());
            }
            let ready = batcher.take_all().pop().unwrap().prepare(NOW).ready;
            assert_eq!(ready.len(), 1);
        };
        Work { bytes: n * 30, run: Box::new(run) }
    })
}

fn mapper_of(row: &str) -> Mapper {
    let identify = format!(
        "message: identify\npayload:\n  thing:\n    x: {row}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    );
    mapwright_tests::mapper(&identify, json!({})).with_limits(limits())
}

/// Items that are looked up in a table of the settings, or are to be found among its names.
fn looked_up() -> Case {
    Case::new("look-ups in settings", |n| {
        let row =
            |conversion| format!("{{ each: traits.v, to: {{ from: [{{ t1: item }}], as: {conversion} }} }}");
        let identify = format!(
            "message: identify\npayload:\n  thing:\n    texts: {{ each: traits.v, to: {{ from: item, as: {{ lookup: settings.rows }} }} }}\n    \
             renamed: {}\n    picked: {}\nsteps:\n  send: {{ operation: send, body: thing }}\n",
            row("{ rename: settings.rows }"),
            row("{ pick: { names: settings.rows, column: from } }"),
        );
        let mut sources = sources(&identify);
        let rows = "  rows: { type: list, items: { from: { type: string }, to: { type: string } } }\n  flag:";
        sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("  flag:", rows));
        let rows: Vec<_> = (0..n).map(|i| json!({ "from": format!("t{i}"), "to": "x" })).collect();
        let mapper = bind(&compile(&sources), "acme", json!({ "rows": rows })).with_limits(limits());
        let text = event(&format!(r#"{{"v":{}}}"#, texts(n)));
        let run = move || done(mapper.map(text.as_str(), NOW, &mut Scratch::new()));
        Work { bytes: n * 40, run: Box::new(run) }
    })
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![merged(), looked_up()];
    for (name, row, traits, grows) in ROWS {
        let mapper = mapper_of(row);
        let make = move |n| {
            let grown = grows(n);
            let escaped = serde_json::Value::from(format!(r#"{{"v":{grown}}}"#)).to_string();
            let half = serde_json::Value::from("ab".to_owned() + &", ab".repeat(n / 2) + "x").to_string();
            event(&traits.replace('L', &grown).replace('J', &escaped).replace('W', &half))
        };
        cases.extend(cases_of(name, mapper, make));
    }
    cases
}
