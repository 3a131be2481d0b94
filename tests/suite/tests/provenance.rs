//! What is wrong with a request is said of the step that makes it, whatever other steps are called.

use mapwright::{Became, Outcome, Schemas, Scratch, Sources, Spec, TestRun};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile};
use serde_json::{Value, json};

/// Two groups with a step of the same name and operation.
const IDENTIFY: &str = r#"message: identify
steps:
  first:
    when: traits.first
    steps:
      save:
        operation: check
        headers: { X-Kind: { value: first } }
        body: { kind: { value: first }, age: traits.age }
  second:
    steps:
      save:
        operation: check
        headers: { X-Kind: { value: second } }
        body: { kind: { value: second }, age: traits.age }
"#;

const TEST: &str = "
settings: { apiKey: key }
tests:
  - name: header and body
    event: { type: identify, traits: { age: 1 } }
    expect:
      requests:
        - { headers: { X-Kind: third }, body: { kind: third, age: 1 } }
";

const SCHEMA: &str = r#"{ "type": "object", "properties": { "age": { "type": "integer" } } }"#;

fn sources(test: &'static str) -> Sources {
    let version: &'static str =
        format!("{VERSION}  check: {{ method: POST, path: /check, schema: check.json }}\n").leak();
    let mut files = vec![
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version),
        ("mappings/acme/1.0/identify.yaml", IDENTIFY),
        ("schemas/acme/1.0/check.json", SCHEMA),
    ];
    if !test.is_empty() {
        files.push(("mappings/acme/1.0/identify.test.yaml", test));
    }
    files.into_iter().collect()
}

fn event(first: bool) -> Value {
    json!({ "type": "identify", "traits": { "first": first, "age": "old" } })
}

#[test]
fn a_body_that_its_schema_refuses_names_the_line_of_its_own_step() {
    let plans = compile(&sources(""));
    let (mapper, schemas) = (bind(&plans, "acme", json!({})), Schemas::new(&plans));
    for (first, lines) in [(true, vec![9, 15]), (false, vec![15])] {
        let event = event(first).to_string();
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(event.as_str(), NOW, &mut scratch) else { panic!() };
        let requests = run.preview().unwrap();
        let found: Vec<String> = requests
            .iter()
            .map(|request| schemas.verify(&run, request).unwrap_err().mapping.unwrap())
            .collect();
        let wanted: Vec<String> =
            lines.iter().map(|line| format!("mappings/acme/1.0/identify.yaml:{line}")).collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn a_test_that_fails_names_the_lines_of_the_step_that_sends() {
    let sources = sources(TEST);
    let plans = Spec::load(&sources).check().unwrap_or_else(|found| panic!("{found}")).compile();
    let found = TestRun::new(&plans, &Schemas::new(&plans), &sources).findings;
    let lines: Vec<usize> = found
        .iter()
        .flat_map(|finding| &finding.related)
        .filter(|(place, _)| place.path.ends_with("identify.yaml"))
        .map(|(place, _)| place.line as usize)
        .collect();
    assert_eq!(lines, [14, 15], "{found:?}");
}

#[test]
fn an_explanation_tells_steps_of_one_name_apart() {
    let mapper = bind(&compile(&sources("")), "acme", json!({}));
    let explanation = mapper.explain(&event(true), NOW, &mut Scratch::new());
    let Became::Mapped(requests) = &explanation.became else { panic!("{explanation:?}") };
    let of_requests: Vec<usize> = requests.iter().map(|request| request.instruction).collect();
    let of_steps: Vec<usize> = explanation.steps.iter().map(|step| step.instruction).collect();
    assert_eq!(of_steps, of_requests);
    assert_ne!(of_steps[0], of_steps[1]);
    for (step, kind) in of_steps.into_iter().zip(["first", "second"]) {
        let fields = explanation.fields.iter().filter(|field| field.instruction == Some(step));
        let kinds: Vec<&Value> = fields
            .filter(|field| field.field == "body.kind")
            .filter_map(|field| field.value.as_ref())
            .collect();
        assert_eq!(kinds, [kind]);
    }
}
