//! Random mappings: every form and modifier of a row, every conversion of the table, conditions, templates, and operations with
//! queries, headers and parameters.

use std::sync::LazyLock;

use mapwright::Sources;
use mapwright_convert::{EXAMPLE_SCOPE, definitions};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The settings of all random mappings.
pub const SETTINGS: &str = "
apiKey: key
region: eu
secret: s3cret
customMappings: [{ from: Order Completed, to: abc123 }, { from: Signed Up, to: def456 }]
setOnce: [{ property: plan }, { property: referrer }]
columns: [{ from: firstName, to: first_name }]
text: 't{{ name }}{% if other %} of {{ other|upper }}{% endif %}'
place: o.a[0]
found: '^[a-m1-5]'
";

const DESTINATION: &str = r#"
title: Acme
names: [Acme]
versions: { default: "1.0" }
settings:
  apiKey: { type: string, secret: true, required: true }
  region: { type: string, one_of: [us, eu], default: us }
  flag: { type: boolean, default: false }
  secret: { type: string }
  customMappings: { type: list, items: { from: { type: string }, to: { type: string } } }
  setOnce: { type: list, items: { property: { type: string } } }
  columns: { type: list, items: { from: { type: string }, to: { type: string } } }
  text: { type: template }
  place: { type: path }
  found: { type: pattern }
hosts: [api.acme.example.com]
"#;

/// The files of a mapping whose parts are random.
#[derive(Debug, Clone)]
pub struct Mapping {
    version: Value,
    identify: Value,
}

impl Mapping {
    /// Returns the files. JSON is YAML, too.
    pub fn sources(&self) -> Sources {
        let defined = EXAMPLE_SCOPE.find("sets:").map_or("", |at| &EXAMPLE_SCOPE[at..]);
        let version: Vec<String> =
            self.version.as_object().unwrap().iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let identify: Vec<String> =
            self.identify.as_object().unwrap().iter().map(|(key, value)| format!("{key}: {value}")).collect();
        [
            ("mappings/acme/destination.yaml", DESTINATION.to_owned()),
            ("mappings/acme/1.0/version.yaml", format!("{}\n{defined}", version.join("\n"))),
            ("mappings/acme/1.0/identify.yaml", identify.join("\n")),
        ]
        .into_iter()
        .collect()
    }
}

/// What rows of a place can read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    /// A named value.
    Value,
    /// A field of the first part.
    First,
    /// A field of the second part, which reads the first.
    Second,
    /// A row of a step, which reads parts and captures.
    Step,
    /// A row in `to`.
    Item,
}

const OF_EVENT: [&str; 16] = [
    "traits.a",
    "traits.b",
    "traits.email",
    "traits.date",
    "traits.list",
    "traits.o",
    "traits.o.a",
    "traits",
    "traits.list[0]",
    "traits.list[1].a",
    "userId",
    "context.traits.a",
    "context.traits",
    "properties.plan",
    "traits['odd key']",
    "properties",
];
const OF_CALLER: [&str; 6] = [
    "settings.region",
    "settings.flag",
    "settings.customMappings",
    "options.lookup",
    "now",
    "settings.apiKey",
];
const OF_ITEM: [&str; 3] = ["item", "item.a", "item.o.b"];
const OF_PARTS: [&str; 4] = ["payload.first.f0", "payload.first.f1", "payload.first.f0.a", "payload.first"];
const OF_VALUES: [&str; 5] = ["$v0", "$v1", "$v1.a", "$list", "$one"];
const OF_RESPONSES: [&str; 3] = ["captures.id", "captures.n", "payload.second.f0"];
const LISTS: [&str; 3] = ["$.traits.list[*]", "$.traits..a", "$.properties[*].b"];

fn sources(place: Place) -> BoxedStrategy<&'static str> {
    let event = prop::sample::select(&OF_EVENT[..]);
    let caller = prop::sample::select(&OF_CALLER[..]);
    let both = prop_oneof![6 => event, 1 => caller].boxed();
    if place == Place::Value {
        return both;
    }
    let both = prop_oneof![5 => both, 1 => prop::sample::select(&OF_VALUES[..])].boxed();
    match place {
        Place::Value => both,
        Place::First => both,
        Place::Second => prop_oneof![3 => both, 1 => prop::sample::select(&OF_PARTS[..])].boxed(),
        Place::Item => prop_oneof![2 => both, 3 => prop::sample::select(&OF_ITEM[..])].boxed(),
        Place::Step => prop_oneof![
            2 => both, 1 => prop::sample::select(&OF_PARTS[..]), 2 => prop::sample::select(&OF_RESPONSES[..])
        ]
        .boxed(),
    }
}

/// Returns sources as expressions write them.
fn names(place: Place) -> BoxedStrategy<String> {
    sources(place).prop_map(|source| source.replace('\'', "\"")).boxed()
}

fn expressions(place: Place) -> BoxedStrategy<String> {
    let literals =
        prop::sample::select(&["1", "2.5", "\"a\"", "true", "none", "\"\"", "[1, \"a\"]", "-3"][..]);
    let leaf = prop_oneof![4 => names(place), 1 => literals.prop_map(str::to_owned)];
    leaf.prop_recursive(3, 8, 2, move |inner| {
        let binary =
            prop::sample::select(&["and", "or", "==", "!=", "<", "<=", ">", "in", "not in", "~"][..]);
        let arithmetic = prop::sample::select(&["+", "-", "*", "//", "%", "/", "**"][..]);
        let filter = prop::sample::select(
            &[
                "lower",
                "upper",
                "trim",
                "length",
                "default(\"d\")",
                "int",
                "float",
                "string",
                "first",
                "last",
                "bool",
                "abs",
                "round(1)",
                "join(\",\")",
                "replace(\"a\", \"b\")",
                "list",
                "title",
            ][..],
        );
        let test = prop::sample::select(
            &[
                "defined",
                "undefined",
                "none",
                "string",
                "number",
                "mapping",
                "sequence",
                "true",
                "even",
                "startingwith(\"a\")",
                "matching(\"^[a-d]|1\")",
                "integer",
            ][..],
        );
        prop_oneof![
            1 => (names(place), arithmetic, names(place)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            3 => (inner.clone(), binary, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            2 => (inner.clone(), filter).prop_map(|(a, filter)| format!("({a})|{filter}")),
            2 => (inner.clone(), test).prop_map(|(a, test)| format!("(({a}) is {test})")),
            1 => inner.clone().prop_map(|a| format!("(not {a})")),
            1 => (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            1 => names(place).prop_map(|a| format!("({a} is matching(settings.found))")),
        ]
    })
    .boxed()
}

fn templates(place: Place) -> BoxedStrategy<String> {
    let piece = prop_oneof![
        2 => expressions(place).prop_map(|expression| format!("{{{{ {expression} }}}}")),
        1 => "[a-z /]{1,5}",
        1 => (expressions(place), expressions(place)).prop_map(|(test, value)| {
            format!("{{% if {test} %}}{{{{ {value} }}}}{{% else %}}-{{% endif %}}")
        }),
        1 => (names(place), expressions(place)).prop_map(|(list, value)| {
            format!("{{% for x in {list} %}}{{{{ loop.index }}}}{{{{ x }}}}{{{{ {value} }}}}{{% endfor %}}")
        }),
    ];
    // text beside an expression makes it a template
    prop::collection::vec(piece, 1..3).prop_map(|pieces| format!("t{}", pieces.concat())).boxed()
}

/// The calls of the examples of all conversions; some are several calls.
static CALLS: LazyLock<Vec<Vec<Value>>> = LazyLock::new(|| {
    let examples = definitions().flat_map(|definition| definition.examples);
    let calls = examples.map(|example| match serde_saphyr::from_str(example.call).unwrap() {
        Value::Array(calls) => calls,
        call => vec![call],
    });
    calls.collect()
});

/// Returns the calls of an example, or one whose names come from the event.
fn conversions() -> impl Strategy<Value = Vec<Value>> {
    let examples = (0..CALLS.len()).prop_map(|at| CALLS[at].clone());
    let named = prop::sample::select(vec![
        json!({ "pick": ["a", "traits.list", "options.lookup"] }),
        json!({ "omit": ["traits.plan", "$list"] }),
        json!({ "only": ["text", "traits.plan"] }),
    ]);
    prop_oneof![12 => examples, 1 => named.prop_map(|call| vec![call])]
}

/// Adds modifiers to a form.
fn modified(form: BoxedStrategy<Value>, place: Place) -> BoxedStrategy<Value> {
    let chain = prop_oneof![
        5 => Just(None),
        4 => conversions().prop_map(|calls| Some(json!(calls))),
        1 => (conversions(), conversions()).prop_map(|(a, b)| Some(json!([a, b].concat()))),
    ];
    let keep = prop::sample::select(vec![json!(["null"]), json!(["empty"]), json!(["null", "empty"])]);
    (
        form,
        chain,
        prop::option::weighted(0.15, expressions(place)),
        prop::option::weighted(0.1, expressions(place)),
        prop::option::weighted(
            0.15,
            prop::sample::select(vec![
                json!({ "value": "d" }),
                json!(7),
                json!("userId"),
                json!({ "a": ["traits.a", "now"] }),
            ]),
        ),
        prop::option::weighted(0.2, keep),
        prop::option::weighted(0.2, prop::sample::select(vec!["omit", "null", "reject"])),
        prop::option::weighted(0.7, Just("omit")),
    )
        .prop_map(|(form, chain, when, unless, default, keep, on_missing, on_error)| {
            let mut row = form;
            let members = row.as_object_mut().unwrap();
            let on_error = on_error.filter(|_| chain.is_some());
            let modifiers = [
                ("as", chain),
                ("when", when.map(Value::from)),
                ("unless", unless.map(Value::from)),
                ("on_missing", on_missing.filter(|_| default.is_none()).map(Value::from)),
                ("default", default),
                ("keep", keep),
                ("on_error", on_error.map(Value::from)),
            ];
            members.extend(modifiers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
            row
        })
        .boxed()
}

fn constants() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("text"),
        json!(1),
        json!(2.50),
        json!(true),
        json!([1, "a", null]),
        json!({ "a": { "b": 1 }, "c": [] }),
    ])
}

fn rows(place: Place) -> BoxedStrategy<Value> {
    let source = sources(place).prop_map(Value::from);
    let list = prop::collection::vec(sources(place), 2..4).prop_map(Value::from);
    let of_list = prop::sample::select(&["first", "last", "list", "count", "unique", "sum"][..]);
    let plural = (prop::sample::select(&LISTS[..]), of_list)
        .prop_map(|(path, of_list)| json!({ "from": path, "as": of_list, "on_error": "omit" }));
    let leaf = prop_oneof![
        4 => source.clone(),
        2 => list.clone(),
        1 => modified(constants().prop_map(|value| json!({ "value": value })).boxed(), place),
        3 => modified(prop_oneof![source, list].prop_map(|from| json!({ "from": from })).boxed(), place),
        1 => modified(templates(place).prop_map(|text| json!({ "template": text })).boxed(), place),
        1 => plural,
        1 => modified(rests(place), place),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let some = || prop::collection::vec(inner.clone(), 1..4);
        let field = prop::sample::select(&["a", "b", "plan", "x"][..]);
        let fields = prop::collection::btree_map(field, inner.clone(), 1..4);
        let case = prop::sample::select(&["a", "b", "true", "eu", "12"][..]);
        let cases = prop::collection::btree_map(case, inner.clone(), 1..3);
        let item = if place == Place::Item { inner.clone() } else { rows_of_items() };
        let forms = prop_oneof![
            some().prop_map(|rows| json!({ "from": rows })),
            (some(), prop::option::of(prop::sample::select(&["", ", ", "\""][..]))).prop_map(
                |(rows, with)| {
                    let mut form = json!({ "join": rows });
                    if let Some(with) = with {
                        form["with"] = with.into();
                    }
                    form
                }
            ),
            some().prop_map(|rows| json!({ "concat": rows })),
            some().prop_map(|rows| json!({ "merge": rows })),
            some().prop_map(|rows| json!({ "list": rows })),
            fields.prop_map(|fields| json!({ "object": fields })),
            (computed(place), inner.clone(), inner.clone())
                .prop_map(|(name, one, other)| json!({ "object": { "a": one, name: other } })),
            (
                inner.clone(),
                prop::option::of(expressions(Place::Item)),
                prop::option::of(prop::sample::select(&OF_ITEM[..])),
                item
            )
                .prop_map(|(each, filter, key, to)| {
                    let mut form = json!({ "each": each, "to": to });
                    if let Some(filter) = filter {
                        form["where"] = filter.into();
                    }
                    if let Some(key) = key {
                        form["key"] = key.into();
                    }
                    form
                }),
            (inner.clone(), cases, prop::option::of(inner.clone())).prop_map(|(switch, cases, other)| {
                let mut form = json!({ "switch": switch, "cases": cases });
                if let Some(other) = other {
                    form["else"] = other;
                }
                form
            }),
            (sources(place), inner.clone()).prop_map(|(from, key)| json!({ "from": from, "key": key })),
            // what operators write
            sources(place).prop_map(|from| json!({ "from": from, "key": "settings.place" })),
            (inner.clone(), inner.clone()).prop_map(|(name, other)| {
                json!({ "template": { "from": "settings.text", "with": { "name": name, "other": other } } })
            }),
        ];
        modified(forms.boxed(), place)
    })
    .boxed()
}

/// Returns names of fields that are templates.
fn computed(place: Place) -> BoxedStrategy<String> {
    prop_oneof![
        2 => names(place).prop_map(|name| format!("{{{{ {name} }}}}")),
        1 => templates(place).prop_map(|text| format!("x{text}{{{{ 1 }}}}")),
    ]
    .boxed()
}

fn rows_of_items() -> BoxedStrategy<Value> {
    let source = sources(Place::Item).prop_map(Value::from);
    let template = templates(Place::Item).prop_map(|text| json!({ "template": text }));
    prop_oneof![
        2 => source.clone(),
        1 => modified(prop_oneof![source.prop_map(|from| json!({ "from": from })), template].boxed(), Place::Item),
        1 => prop::collection::btree_map(
            prop::sample::select(&["a", "b"][..]), sources(Place::Item), 1..3
        ).prop_map(|fields| json!({ "object": fields })),
    ]
    .boxed()
}

fn rests(place: Place) -> BoxedStrategy<Value> {
    let of = prop::sample::subsequence(vec!["traits", "context.traits", "properties", "traits.o"], 1..3);
    let omit = prop::sample::subsequence(vec!["email", "$address", "a", "options.lookup"], 0..3);
    let rest = (of, omit).prop_map(|(of, omit)| {
        let mut form = json!({ "rest_of": of });
        if !omit.is_empty() {
            form["omit"] = omit.into();
        }
        form
    });
    // an item has no part that could read the other members
    if place == Place::Item { Just(json!({ "from": "item" })).boxed() } else { rest.boxed() }
}

fn part(name: &'static str, place: Place) -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec(rows(place), 2..5);
    let spread = prop::option::weighted(0.2, rests(place));
    let computed = prop::option::weighted(0.15, (computed(place), rows(place)));
    let own = prop::sample::subsequence(vec!["f1", "f0", "plan"], 1..3);
    let own =
        prop::option::weighted(0.3, modified(own.prop_map(|own| json!({ "from": own })).boxed(), place));
    (fields, spread, own, computed).prop_map(move |(fields, spread, own, computed)| {
        let mut part = Map::new();
        // a field of its own part; one of this name is there only if an object is spread
        part.extend(own.map(|mut row| {
            let names = row["from"].as_array().unwrap().clone();
            let names = names.iter().map(Value::as_str).map(Option::unwrap);
            let names = names.filter(|own| *own != "plan" || spread.is_some());
            row["from"] = names.map(|own| format!("payload.{name}.{own}")).collect();
            ("own".to_owned(), row)
        }));
        part.extend(fields.into_iter().enumerate().map(|(at, row)| (format!("f{at}"), row)));
        part.extend(spread.map(|row| ("...".to_owned(), row)));
        part.extend(computed);
        part.into()
    })
}

/// What an operation says of items in one request.
fn batches() -> impl Strategy<Value = Value> {
    let items = prop::sample::select(&["item.f0", "item.f1", "item.own", "item.f0.a"][..]);
    let by = prop::collection::vec(items.clone(), 0..3);
    let body = prop::sample::select(vec![
        json!("items"),
        json!({ "all": "items", "of": "settings.region", "at": "now" }),
        json!({ "all": { "each": "items", "where": "item.f0", "to": { "one": "item.f0", "more": "item" } } }),
        json!({ "each": "items", "key": "item.f1", "to": "item" }),
        json!({ "all": "items", "count": { "from": "items", "as": "count" }, "first": { "from": "items", "as": "first" } }),
    ]);
    let unless = prop::option::weighted(0.3, items.clone());
    let id = prop::option::weighted(0.5, items);
    (by, body, unless, id, any::<bool>()).prop_map(|(by, body, unless, id, merge)| {
        let mut batch = json!({ "most": 3, "by": by, "body": body });
        batch["merge"] = (merge && id.is_some()).into();
        let others = [("unless", unless), ("id", id)];
        let others =
            others.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?))));
        batch.as_object_mut().unwrap().extend(others);
        batch
    })
}

prop_compose! {
    fn versions()(
        query in rows(Place::First),
        json in rests(Place::First),
        header in rows(Place::First),
        values in (rows(Place::Value), rows(Place::Value), sources(Place::Value)),
        form in any::<bool>(),
        batch in batches(),
        told in prop::collection::vec(rows(Place::Second), 0..3),
    ) -> Value {
        let mut json = json;
        json["as"] = "json_text".into();
        let text = |row: Value| json!({ "from": [row], "as": "string", "on_error": "omit" });
        json!({
            "version": "\"1.0\"".trim_matches('"'),
            "server": { "value": "https://api.acme.example.com" },
            "headers": { "Authorization": { "template": "Bearer {{ settings.apiKey }}" } },
            "query": { "key": text(json!("settings.apiKey")) },
            "values": { "v0": values.0, "v1": { "from": [{ "from": "$list", "when": "$v0" }, values.1] },
                "list": ["traits.b", "traits.o.a", values.2], "one": values.2 },
            "operations": {
                "find": { "method": "GET", "path": "/things", "query": { "op": json, "q": text(query) } },
                "save": { "method": "POST", "path": "/things", "encoding": if form { "form" } else { "json" } },
                "put": { "method": "PUT", "path": "/things/{id}", "headers": { "X-Of": text(header) } },
                "bulk": { "method": "POST", "path": "/bulk", "batch": batch },
                "tell": { "call": "Acme.tell", "arguments": told },
            },
        })
    }
}

prop_compose! {
    fn identifies()(
        first in part("first", Place::First),
        second in part("second", Place::Second),
        query in rows(Place::Second),
        extra in rows(Place::Step),
        id in rows(Place::Step),
        third in prop::bool::weighted(0.3),
        looped in prop::option::of((prop::sample::select(&LISTS[..]), rows(Place::Item), any::<bool>())),
        guard in expressions(Place::Step),
        required in prop::option::weighted(0.3, expressions(Place::Second)),
        warned in prop::option::weighted(0.3, expressions(Place::Second)),
        skipped in prop::option::weighted(0.15, expressions(Place::Second)),
        text in templates(Place::First),
        together in prop::option::weighted(0.3, expressions(Place::Second)),
        calls in prop::option::weighted(0.2, (prop::collection::vec(rows(Place::Second), 0..4), expressions(Place::Second))),
    ) -> Value {
        let found = json!({ "operation": "find", "query": { "s": { "from": [query], "as": "string" } },
            "capture": { "id": "response.body.id", "n": { "from": ["response.body.n", "response.headers.x-id"] } },
            "on": [{ "status": 404, "class": "done" }] });
        let put = json!({ "operation": "put", "when": "captures.id", "body": "second",
            "params": { "id": { "from": [id, "captures.id", { "value": "none" }], "as": "string" } } });
        let save = json!({ "operation": "save", "unless": "captures.id", "body": "first",
            "on": [{ "status": 409, "capture": { "id": "response.body.data[0].id" }, "then": "put_again" }] });
        let again = json!({ "operation": "put", "when": guard, "body": { "extra": extra, "text": { "template": text } },
            "params": { "id": { "from": ["captures.id", { "value": "none" }], "as": "string" } },
            "warn": [{ "when": "response.status == 404", "code": "gone", "message": "was not there" }] });
        let mut steps = Map::new();
        let all = [("find", found), ("put", put), ("save", save), ("put_again", again)];
        steps.extend(all.into_iter().map(|(name, step)| (name.to_owned(), step)));
        let mut payload = json!({ "first": first, "second": second });
        if let Some((list, row, in_part)) = looped {
            let body = if in_part { json!("of_item") } else { json!({ "one": row }) };
            if in_part {
                payload["of_item"] = json!({ "one": row, "two": "payload.of_item.one", "three": ["payload.first.f0", "item.a"] });
            }
            steps.insert("each".to_owned(), json!({ "operation": "save", "for_each": { "from": list, "as": "list" },
                "body": body }));
        }
        if third {
            // of `second`, a field may read a capture and another one none
            payload["third"] = json!({ "one": "payload.second.f0", "other": ["payload.second.f1", "payload.first.f0"] });
            steps.insert("third".to_owned(), json!({ "operation": "save", "body": "third" }));
        }
        if let Some(unless) = together {
            steps.insert("together".to_owned(), json!({ "operation": "bulk", "unless": unless, "body": "first" }));
        }
        // an event becomes requests or calls
        if let Some((arguments, when)) = calls {
            let of_item = payload.get("of_item").map(|_| json!({ "operation": "tell",
                "for_each": { "from": LISTS[0], "as": "list" }, "arguments": ["payload.of_item", "item", "payload.second"] }));
            steps = Map::new();
            steps.insert("tell".to_owned(), json!({ "operation": "tell" }));
            steps.insert("more".to_owned(), json!({ "operation": "tell", "when": when, "arguments": arguments }));
            steps.extend(of_item.map(|step| ("each".to_owned(), step)));
        }
        let mut mapping = json!({ "message": "identify", "payload": payload, "steps": steps });
        if let Some(that) = required {
            mapping["require"] = json!([{ "that": that, "otherwise": "it does not hold" }]);
        }
        if let Some(when) = warned {
            mapping["warn"] = json!([{ "when": when, "code": "odd", "message": "it is odd" }]);
        }
        if let Some(when) = skipped {
            mapping["skip"] = json!([{ "when": when, "reason": "it is skipped" }]);
        }
        mapping
    }
}

/// Returns random mappings; some have errors.
pub fn mappings() -> impl Strategy<Value = Mapping> {
    (versions(), identifies()).prop_map(|(version, identify)| Mapping { version, identify })
}
