//! Path parameters that an operation states for all of its steps.

use mapwright_tests::{DESTINATION, VERSION, bind, compile, findings, list, preview};
use mapwright_validate::{Options, validate};
use serde_json::json;

const OPERATIONS: &str = "
  app: { method: POST, path: '/apps/{app}/users/{id}', params: { app: settings.app, id: { from: userId, as: string } }, idempotent: true }
";

fn sources(operations: &str, identify: &str) -> mapwright::Sources {
    let destination = DESTINATION.replace("  flag:", "  app: {}\n  flag:");
    let version = format!("{VERSION}{}", operations.trim_start_matches('\n'));
    [
        ("mappings/acme/destination.yaml", destination.as_str()),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", identify),
    ]
    .into_iter()
    .collect()
}

#[test]
fn a_step_has_those_of_its_operation_and_may_state_others() {
    let identify = "message: identify
payload: { thing: { a: userId } }
steps:
  first: { operation: app, body: thing }
  second: { operation: app, params: { id: anonymousId }, body: thing }
  items: { for_each: traits.list, operation: app, params: { id: item.id }, body: thing }
";
    let mapper =
        bind(&compile(&sources(OPERATIONS, identify)), "acme", json!({ "app": "a/1", "region": "us" }));
    let event = json!({ "type": "identify", "userId": 7, "anonymousId": "an", "traits": { "list": [{ "id": "i" }] } });
    let urls: Vec<String> =
        preview(&mapper, &event).sent().iter().map(|request| request.line.clone()).collect();
    let of = |id: &str| format!("POST https://api.acme.example.com/apps/a%2F1/users/{id}");
    assert_eq!(urls, [of("7"), of("an"), of("i")]);
}

#[test]
fn what_they_are_is_checked_once() {
    let operations = "
  app: { method: POST, path: '/apps/{app}/users/{id}', params: { ap: settings.app, app: settings.ap, id: [traits] } }
";
    let identify = "message: identify
steps:
  first: { operation: app }
  second: { operation: app, params: { id: userId, other: userId } }
";
    insta::assert_snapshot!(findings(&sources(operations, identify)));
}

#[test]
fn a_setting_that_only_they_read_is_used() {
    let identify = "message: identify\nsteps: { first: { operation: app } }\n";
    let report = validate(&sources(OPERATIONS, identify), &Options::default());
    let unused: Vec<_> =
        report.findings.iter().filter(|finding| finding.rule.id == "unused-definition").cloned().collect();
    assert!(!list(&unused).contains("`app`"), "{}", list(&unused));
}
