//! Tracking plans that a `mapwright.toml` names: what they say of fields, of their types and of the names of events.

use mapwright::Sources;
use mapwright_tests::list;
use mapwright_validate::{Options, validate};

const VERSION: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
operations:
  send: { method: POST, path: /send, schema: thing.json }
"#;

const THING: &str = r#"{ "type": "object", "properties": {
  "amount": { "type": "integer" }, "plan": { "enum": ["free", "paid"] }, "kind": { "type": "string" } } }"#;

/// What is found in a mapping of `track` with these rows, by a plan of what its properties are.
fn found(config: &str, plan: &str, rows: &str) -> String {
    let mapping = format!(
        "message: track\npayload:\n  thing:\n{rows}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    );
    let sources: Sources = [
        ("mapwright.toml", config),
        ("plans/order.json", plan),
        ("schemas/acme/1/thing.json", THING),
        (
            "mappings/acme/destination.yaml",
            "title: Acme\nnames: [Acme]\nversions: { default: \"1\" }\nhosts: [api.acme.example.com]\n",
        ),
        ("mappings/acme/1/version.yaml", VERSION),
        ("mappings/acme/1/track.yaml", &mapping),
    ]
    .into_iter()
    .collect();
    list(&validate(&sources, &Options::default().with_tests(false)).findings)
}

const CONFIG: &str = "[[tracking_plans]]\nfiles = [\"plans\"]\nmessages = [\"track\"]\nevents = [\"Order Completed\", \"Order Refunded\"]\ndescribes = \"properties\"\n";

const PLAN: &str = r##"{ "type": "object", "properties": {
  "amount": { "type": ["integer", "null"] }, "at": { "type": "string", "format": "date-time" },
  "plan": { "enum": ["free", "team"] }, "note": { "$ref": "#/$defs/note" } },
  "$defs": { "note": { "anyOf": [{ "type": "string" }, { "type": "number" }] } } }"##;

#[test]
fn types_and_names_of_events_are_those_of_the_plan() {
    let right = "    amount: properties.amount\n    kind: { from: properties.note, as: string }\n    plan: { value: paid, when: 'event == \"Order Refunded\"' }";
    assert_eq!(found(CONFIG, PLAN, right), "");
    let wrong = "    amount: properties.at\n    plan: { from: properties.plan, when: 'event == \"Order Compelted\"' }\n    kind: { from: properties.amount, when: 'properties.amuont > 1' }";
    insta::assert_snapshot!(found(CONFIG, PLAN, wrong));
}

#[test]
fn a_plan_that_allows_other_names_only_says_which_are_near() {
    let open =
        PLAN.replacen("\"type\": \"object\"", "\"type\": \"object\", \"additionalProperties\": true", 1);
    assert_eq!(found(CONFIG, &open, "    kind: { from: properties.other, as: string }"), "");
    let near = found(CONFIG, &open, "    amount: { from: properties.amuont, as: integer }");
    assert!(near.contains("unknown-event-field") && near.contains("properties.amount"), "{near}");
}

#[test]
fn a_schema_may_be_a_boolean() {
    let plan = r#"{ "type": "object", "properties": { "any": true, "never": false } }"#;
    assert_eq!(found(CONFIG, plan, "    kind: { from: properties.any, as: string }"), "");
    let never = found(CONFIG, plan, "    kind: { from: properties.never, as: string }");
    assert!(never.contains("unplanned-field") && !never.contains("did you mean"), "{never}");
}

#[test]
fn what_is_wrong_in_the_configuration_has_its_place_in_it() {
    let config = "schemas = [\"../else\"]\n[[tracking_plans]]\nfiles = [\"plans/oder.json\", \"plans/order.json\"]\nmessages = [\"trak\"]\ndescribes = \"property\"\nevent = []\n[[tracking_plans]]\n[[paths]]\nrules = { unknown = \"warn\" }\n[[paths]]\nfiles = []\n";
    insta::assert_snapshot!(found(config, "[1]", "    kind: { from: event }"));
    let broken = found(CONFIG, "{ \"type\": object }", "    kind: { from: event }");
    insta::assert_snapshot!(broken);
}

#[test]
fn what_would_be_passed_over_in_a_plan_is_told() {
    let plan = r##"{ "type": "object", "required": "amount", "properties": { "amount": { "type": "integr" }, "at": { "$ref": "#/$defs/tiem" },
      "plan": { "$ref": "other.json" }, "note": 1, "kind": { "enum": "a" } }, "$defs": { "time": { "type": "string" } } }"##;
    let told = found(CONFIG, plan, "    amount: { from: properties.amount, as: integer }");
    for text in [
        "at `/required`: expected a list of names",
        "at `/properties/amount/type`: there is no type `integr` (did you mean `integer`?)",
        "at `/properties/at/$ref`: `#/$defs/tiem` leads nowhere",
        "at `/properties/plan/$ref`: `other.json` is not in the file",
        "at `/properties/note`: expected a schema",
        "at `/properties/kind/enum`: expected a list of values",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
}

#[test]
fn very_many_unknown_rules_take_time_in_proportion() {
    let config: String = std::iter::once("[rules]\n".to_owned())
        .chain((0..20_000).map(|at| format!("unused-definitoin-{at} = \"allow\"\n")))
        .collect();
    let start = std::time::Instant::now();
    let told = found(&config, "{}", "    kind: { from: event, as: string }");
    assert_eq!(told.matches("unknown rule").count(), 20_000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
