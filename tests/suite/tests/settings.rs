//! Settings: secrets are redacted, and values that cannot be sent are refused.

use mapwright::{Outcome, Plan, Scratch};
use mapwright_tests::{DESTINATION, VERSION, compile, preview};
use serde_json::{Value, json};

const IDENTIFY: &str = "message: identify\nsteps: { send: { operation: send, body: { id: userId } } }\n";

/// Returns the plan of a destination whose server contains a secret.
fn plan() -> Plan {
    let server = "server: { template: 'https://{{ settings.apiKey }}.acme.example.com' }\nheaders";
    let cut = VERSION.find("server:").unwrap()..VERSION.find("headers").unwrap() + "headers".len();
    let mut version = VERSION.to_owned();
    version.replace_range(cut, server);
    let files = [
        (
            "mappings/acme/destination.yaml",
            DESTINATION.replace("hosts: [", "hosts: [\"*.acme.example.com\", "),
        ),
        ("mappings/acme/1.0/version.yaml", version),
        ("mappings/acme/1.0/identify.yaml", IDENTIFY.to_owned()),
    ];
    compile(&files.into_iter().collect()).plan("acme", None, &Value::Null).unwrap().clone()
}

#[test]
fn what_cannot_be_sent_is_refused_even_where_it_is_hidden() {
    let plans = compile(&mapwright_tests::sources(IDENTIFY));
    let plan = plans.plan("acme", None, &Value::Null).unwrap();
    let settings = json!({ "apiKey": "a\r\nX-Evil: 1" });
    let message = "the settings make a header `Authorization` that cannot be sent: a header's value has visible ASCII characters and spaces only";
    assert_eq!(plan.bind(&settings).unwrap_err().to_string(), message);
    assert_eq!(plan.bind_redacted(&settings).unwrap_err().to_string(), message);
}

#[test]
fn an_error_shows_no_secret() {
    let plan = plan();
    let error = plan.bind(&json!({ "apiKey": "evil.example.com/s3cret" })).unwrap_err().to_string();
    assert!(error.starts_with("the settings lead to `https://[redacted].acme.example.com`: "), "{error}");
    assert!(plan.bind(&json!({ "apiKey": "eu" })).is_ok());
}

#[test]
fn a_secret_that_is_a_host_is_hidden_in_it() {
    let settings = json!({ "apiKey": "eu" });
    let mapper = plan().bind_redacted(&settings).unwrap();
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(r#"{"type":"identify","userId":"u1"}"#, 0, &mut scratch) else {
        panic!()
    };
    assert_eq!(run.request().unwrap().unwrap().url, "https://[redacted].acme.example.com/send");
}

#[test]
fn what_is_made_of_a_secret_hides_it() {
    for row in [
        "settings.apiKey",
        "{ template: '{{ settings.apiKey|upper }}' }",
        "{ from: settings.apiKey, as: [uppercase, { truncate: 5 }] }",
        "{ from: settings.apiKey, as: sha256 }",
        "{ from: userId, as: { hmac_sha256: settings.apiKey } }",
        "{ list: [settings.apiKey, settings] }",
    ] {
        let identify = format!(
            "message: identify\npayload: {{ body: {{ id: {row} }} }}\nsteps: {{ send: {{ operation: send, query: {{ q: {row} }}, body: body }} }}\n"
        );
        let plans = compile(&mapwright_tests::sources(&identify));
        let shown = |secret: &str| {
            let settings = json!({ "apiKey": secret });
            let mapper = plans.plan("acme", None, &settings).unwrap().bind_redacted(&settings).unwrap();
            let event = json!({ "type": "identify", "userId": "u1" });
            let explained = mapper.explain(&event, 0, &mut Scratch::new());
            let fields = serde_json::to_string(&explained.fields).unwrap();
            (preview(&mapper, &event), fields)
        };
        assert_eq!(shown("s3cret"), shown("another one"), "{row}");
    }
}

#[test]
fn a_conversion_that_takes_a_secret_does_not_refuse_what_hides_it() {
    let account = "\n  account: { type: integer, secret: true }\nhosts:";
    for row in [
        "{ from: settings.account, as: integer }",
        "{ template: '17{{ settings.account }}', as: unix_seconds }",
        "{ from: [traits.id, settings.account], as: [number, string] }",
    ] {
        let identify = format!(
            "message: identify\npayload: {{ body: {{ id: {row} }} }}\nsteps: {{ send: {{ operation: send, body: body }} }}\n"
        );
        let mut sources = mapwright_tests::sources(&identify);
        sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("\nhosts:", account));
        let plans = compile(&sources);
        let settings = json!({ "apiKey": "key", "account": 12_345_678 });
        let plan = plans.plan("acme", None, &settings).unwrap();
        let event = json!({ "type": "identify" });
        assert!(
            preview(&plan.bind(&settings).unwrap(), &event).body()["id"].to_string().contains("12345678"),
            "{row}"
        );
        let shown = preview(&plan.bind_redacted(&settings).unwrap(), &event).body();
        assert!(shown["id"].as_str().unwrap().ends_with("[redacted]"), "{row}: {shown}");
        // a value of the event is refused all the same
        if row.contains("traits.id") {
            let event = json!({ "type": "identify", "traits": { "id": "x" } });
            preview(&plan.bind_redacted(&settings).unwrap(), &event).rejection();
        }
    }
}

#[test]
fn neither_does_a_rejection_or_a_warning() {
    let secret = "s3cret-\"quoted\"-and-longer-than-anything-that-messages-show-whole-s3cret";
    let rows = [
        "{ from: settings.apiKey, as: integer ON }",
        "{ template: 'Bearer {{ settings.apiKey }}', as: integer ON }",
        "{ object: { key: settings.apiKey }, as: number ON }",
        "{ from: payload.part.token, as: unix_seconds ON }",
        "{ from: settings.apiKey, as: { multiply: { value: 2 } } ON }",
        "{ value: 2, as: { multiply: settings.apiKey } ON }",
        "{ rest_of: [payload.part], as: { map_values: integer } ON }",
    ];
    for row in rows {
        for on_error in ["", ", on_error: omit"] {
            let identify = format!(
                "message: identify\npayload: {{ part: {{ token: settings.apiKey }}, body: {{ id: {} }} }}\nsteps: {{ send: {{ operation: send, body: body }} }}\n",
                row.replace(" ON", on_error)
            );
            let plans = compile(&mapwright_tests::sources(&identify));
            let settings = json!({ "apiKey": secret });
            let mapper = plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap();
            let mut scratch = Scratch::new();
            let shown = match mapper.map(r#"{"type":"identify"}"#, 0, &mut scratch) {
                Outcome::Rejected { rejection, .. } => rejection.to_string(),
                Outcome::Mapped(mut run) => {
                    run.preview().unwrap();
                    run.warnings().iter().map(|warning| warning.message.clone()).collect()
                }
                other => format!("{other:?}"),
            };
            assert!(shown.contains("a value that holds a secret, which is not shown"), "{row}: {shown}");
            assert!(!shown.contains("s3cret"), "{row}: {shown}");
        }
    }
}

#[test]
fn a_short_secret_hides_only_values_in_which_it_stands_alone() {
    let identify = "message: identify\npayload: { body: { id: { template: '{{ traits.id }}', as: integer } } }\nsteps: { send: { operation: send, body: body } }\n";
    let plans = compile(&mapwright_tests::sources(identify));
    for (secret, id, hidden) in [
        ("k", "kiwi", false),
        ("key", "monkey", false),
        ("1", "1x", false),
        ("key", "keys and monkeys", false),
        ("key", "Bearer key", true),
        ("key", r"a\nkey", true),
        ("a-a", "xa-a-a", true),
        ("1", "x=1", true),
        ("keys", "monkeys", true),
    ] {
        let settings = json!({ "apiKey": secret });
        let mapper = plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap();
        let event = format!(r#"{{"type":"identify","traits":{{"id":"{id}"}}}}"#);
        let mut scratch = Scratch::new();
        let Outcome::Rejected { rejection, .. } = mapper.map(event.as_str(), 0, &mut scratch) else {
            panic!("`{id}` is no integer")
        };
        let shown = rejection.to_string();
        assert_eq!(shown.contains("a value that holds a secret"), hidden, "{secret} {id}: {shown}");
    }
}

/// Returns the problems of a table in the settings, one per line.
fn table_problems(table: Value) -> String {
    let table_spec = r#"
  events:
    type: list
    items:
      from: { type: string, required: true }
      to: { type: string, required: true, error: an event needs a name }
      count: { type: integer, default: 1 }
      mode: { one_of: [all, some], alias: [kind] }
      token: { type: string, secret: true }
      region: { type: string, required: true, when: settings.flag }
hosts:"#;
    let mut sources = mapwright_tests::sources(IDENTIFY);
    sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("\nhosts:", table_spec));
    let plans = compile(&sources);
    let plan = plans.plan("acme", None, &Value::Null).unwrap();
    let bound = plan.bind(&json!({ "apiKey": "key", "events": table }));
    bound.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn the_rows_of_a_table_are_as_they_are_declared() {
    assert_eq!(
        table_problems(json!([
            { "from": "a", "to": "b", "count": 2, "mode": "all", "token": "t", "more": true },
            { "from": "a", "to": "b", "kind": "some" },
        ])),
        ""
    );
    // a settings form leaves an empty row
    assert_eq!(table_problems(json!([{ "from": "", "to": null }, {}])), "");
    assert_eq!(
        table_problems(json!([
            { "from": "a", "to": "b" },
            "a",
            { "from": 5, "to": ["b"], "count": "2", "kind": "none", "token": 12 },
        ])),
        "the setting `events[1]` takes an object, found text\n\
         the setting `events[2].from` takes text, found `5`: write it in quotes\n\
         the setting `events[2].to` takes text, found `[\"b\"]`\n\
         the setting `events[2].count` takes a whole number, found `\"2\"`\n\
         the setting `events[2].mode` must be one of `all` or `some`, found `\"none\"`\n\
         the setting `events[2].token` takes text, found a secret of the wrong type: write it in quotes"
    );
    assert_eq!(
        table_problems(json!([{ "from": "a", "to": "b" }, { "to": "b" }, { "from": "a", "to": "" }])),
        "the setting `events[1].from` is required\nan event needs a name (`events[2].to`)"
    );
    assert_eq!(
        table_problems(json!([{ "form": "a", "to": "b" }])),
        "the setting `events[0].from` is required (`form` is given: did you mean that?)"
    );
    assert_eq!(table_problems(json!({ "a": "b" })), "the setting `events` takes a list, found an object");
}

#[test]
fn a_value_that_is_not_allowed_is_named_in_the_words_of_the_destination() {
    let declared = r#"
  currency: { type: string, pattern: "^[A-Z]{3}$", default: USD, error: the currency is not a code of three letters }
  shop: { type: string, pattern: "^[a-z-]+$" }
  token: { type: string, secret: true, pattern: "^sk_" }
  area: { type: string, one_of: [us, eu], error: the area is unknown }
  rows: { type: list, error: the rows are unreadable, items: { id: { type: string, pattern: "^[0-9]+$", error: an id has digits only } } }
  pages: { type: integer, error: the pages are not counted }
  names: { type: pattern, error: the names are no expression }
  key: { type: string, required: true, error: the key is missing }
hosts:"#;
    let mut sources = mapwright_tests::sources(IDENTIFY);
    sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("\nhosts:", declared));
    let plans = compile(&sources);
    let plan = plans.plan("acme", None, &Value::Null).unwrap();
    let problems = |settings: Value| {
        let mut all = json!({ "apiKey": "key", "key": "k" });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        plan.bind(&all).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let fits = json!({ "currency": "EUR", "shop": "my-shop", "token": "sk_1", "area": "eu", "rows": [{ "id": "7" }, {}] });
    assert_eq!(problems(fits), "");
    assert_eq!(problems(json!({ "currency": "", "shop": null })), "");
    let wrong = json!({ "currency": "eur", "shop": "My shop", "token": "pk_1", "area": "uk", "rows": [{ "id": "a" }, "b"], "pages": "7", "names": "(", "key": 1 });
    assert_eq!(
        problems(wrong),
        "the currency is not a code of three letters: the setting `currency` must match `^[A-Z]{3}$`, found `\"eur\"`\n\
         the setting `shop` must match `^[a-z-]+$`, found `\"My shop\"`\n\
         the setting `token` must match `^sk_`, found another secret\n\
         the area is unknown: the setting `area` must be one of `us` or `eu`, found `\"uk\"`\n\
         an id has digits only: the setting `rows[0].id` must match `^[0-9]+$`, found `\"a\"`\n\
         the rows are unreadable: the setting `rows[1]` takes an object, found `\"b\"`\n\
         the pages are not counted: the setting `pages` takes a whole number, found `\"7\"`\n\
         the setting `key` takes text, found `1`: write it in quotes\n\
         the names are no expression: the setting `names` is not a pattern that can be read: unclosed group"
    );
}

#[test]
fn what_a_row_leaves_out_has_its_default_and_its_secrets_are_hidden() {
    let table = "\n  events: { type: list, items: { name: { default: none }, token: { secret: true }, mode: { alias: [kind] } } }\nhosts:";
    let identify =
        "message: identify\nsteps: { send: { operation: send, body: { events: settings.events } } }\n";
    let mut sources = mapwright_tests::sources(identify);
    sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("\nhosts:", table));
    let plans = compile(&sources);
    let plan = plans.plan("acme", None, &Value::Null).unwrap();
    let settings = json!({ "apiKey": "key", "events": [{ "token": "t0p", "kind": "all" }, { "name": "" }] });
    for (mapper, token) in
        [(plan.bind(&settings).unwrap(), "t0p"), (plan.bind_redacted(&settings).unwrap(), "[redacted]")]
    {
        let mut scratch = Scratch::new();
        let event = r#"{ "type": "identify" }"#;
        let Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!() };
        let request = run.request().unwrap().unwrap();
        let body: Value = serde_json::from_slice(request.body.as_ref().unwrap().bytes()).unwrap();
        let first = json!({ "token": token, "mode": "all", "name": "none" });
        assert_eq!(body, json!({ "events": [first, { "name": "" }] }));
    }
}

#[test]
fn only_a_list_has_columns() {
    let mut sources = mapwright_tests::sources(IDENTIFY);
    let table = "\n  events: { type: object, items: { name: { type: integer, default: a } } }\nhosts:";
    sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("\nhosts:", table));
    assert_eq!(
        mapwright_tests::findings(&sources),
        "mappings/acme/destination.yaml:9:11 invalid-value: `events` has columns in `items` but is not a list \
         (write `type: list`, or remove `items`)\n\
         mappings/acme/destination.yaml:9:68 invalid-value: the default `\"a\"` of `name` has the wrong type \
         (change the default or the type)"
    );
}
