//! Order keys: which events must be delivered in order.

use mapwright::{Mapper, Plans, Scratch};
use mapwright_tests::mapper;
use serde_json::{Value, json};

fn keys(mapper: &Mapper, event: &Value) -> Vec<String> {
    let mut scratch = Scratch::new();
    let keys = mapper.order_keys(event, 0, &mut scratch);
    keys.into_iter().map(|key| format!("{}={}", key.name, key.value)).collect()
}

const MAPPING: &str = r#"
message: identify
order:
  user: { from: [userId, anonymousId], as: string }
  teams: "$.traits.teams[*]"
  when: { from: timestamp, as: unix_seconds }
steps: { send: { operation: send } }
variants:
  moved:
    when: context.moved
    order: { user: traits.old_id }
"#;

#[test]
fn every_row_that_has_a_value_is_a_key() {
    let mapper = mapper(MAPPING, json!({}));
    let event = json!({ "type": "identify", "userId": 7, "anonymousId": "a1" });
    assert_eq!(keys(&mapper, &event), ["user=7"]);
    assert_eq!(keys(&mapper, &json!({ "type": "Identify", "anonymousId": "a1" })), ["user=a1"]);
    assert_eq!(keys(&mapper, &json!({ "type": "identify", "userId": "" })), [""; 0]);
}

#[test]
fn a_list_is_one_key_for_each_item() {
    let mapper = mapper(MAPPING, json!({}));
    let event =
        json!({ "type": "identify", "userId": "u1", "traits": { "teams": ["a", 2, null, { "x": 1 }] } });
    assert_eq!(keys(&mapper, &event), ["user=u1", "teams=a", "teams=2", "teams={\"x\":1}"]);
}

#[test]
fn a_row_that_rejects_gives_no_key() {
    let mapper = mapper(MAPPING, json!({}));
    let event = json!({ "type": "identify", "userId": "u1", "timestamp": "some day" });
    assert_eq!(keys(&mapper, &event), ["user=u1"]);
}

#[test]
fn a_variant_has_its_own() {
    let mapper = mapper(MAPPING, json!({}));
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "old_id": "u0" }, "context": { "moved": true } });
    assert_eq!(keys(&mapper, &event), ["user=u0"]);
}

#[test]
fn what_cannot_be_mapped_has_none() {
    let mapper = mapper(MAPPING, json!({}));
    let mut scratch = Scratch::new();
    for bytes in ["{", "[]", "{}", r#"{"type":"page","userId":"u1"}"#] {
        assert_eq!(mapper.order_keys(bytes, 0, &mut scratch), [], "{bytes}");
    }
}

fn intercom(version: &str) -> Mapper {
    let plans: Plans = mapwright::Spec::load(&mapwright_builtin::sources()).check().unwrap().compile();
    let settings = json!({ "apiKey": "key" });
    plans.plan("intercom", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

#[test]
fn the_shipped_mappings_order_by_user_email_and_company() {
    for version in ["1.4", "2.10"] {
        let mapper = intercom(version);
        let identify = json!({ "type": "identify", "userId": "u1", "anonymousId": "a1", "traits": { "email": "A@example.com" } });
        assert_eq!(keys(&mapper, &identify), ["user=u1", "email=a@example.com"]);
        let track = json!({ "type": "track", "event": "e", "anonymousId": "a1" });
        assert_eq!(keys(&mapper, &track), ["user=a1"]);
        let group = json!({ "type": "group", "userId": "u1", "groupId": 5 });
        assert_eq!(keys(&mapper, &group), ["user=u1", "company=5"]);
        let delete = json!({ "regulationType": "suppress_with_delete", "users": [{ "userId": "u1" }, { "userId": 2 }] });
        assert_eq!(keys(&mapper, &delete), ["user=u1", "user=2"]);
    }
}

#[test]
fn rates_tell_where_the_api_says_its_limit() {
    let mapper = intercom("2.10");
    let [rate] = mapper.rates() else { panic!("one group") };
    assert_eq!((rate.name.as_str(), rate.requests, rate.per.as_secs()), ("default", 1666, 10));
    assert_eq!(rate.headers.reset.as_deref(), Some("X-RateLimit-Reset"));
    assert_eq!(mapper.plan().version(), "2.10");
}

#[test]
fn an_error_is_told_in_the_words_of_the_api() {
    let mapper = intercom("2.10");
    let mut scratch = Scratch::new();
    let event = r#"{"type":"identify","userId":"u1"}"#;
    let mapwright::Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!("mapped") };
    run.request().unwrap().unwrap();
    let body = json!({ "errors": [{ "code": "unauthorized", "message": "Access Token Invalid" }] });
    let response = mapwright::Response::new(401, [], body.to_string().into_bytes());
    let error = run.api_error(&response);
    assert_eq!(
        (error.code.as_deref(), error.message.as_deref()),
        (Some("unauthorized"), Some("Access Token Invalid"))
    );
    let html = mapwright::Response::new(401, [], b"<html>");
    assert_eq!(run.api_error(&html), mapwright::ApiError::default());
}

#[test]
fn an_order_reads_the_event_alone() {
    let mapping = "
message: identify
order: { user: payload.thing.id, other: captures.id }
payload: { thing: { id: userId } }
steps: { send: { operation: send, body: thing, capture: { id: response.body.id } } }
";
    let findings = mapwright_tests::findings(&mapwright_tests::sources(mapping));
    assert_eq!(findings.matches("misplaced-name").count(), 2, "{findings}");
}

#[test]
fn a_key_of_a_step_orders_its_requests_until_it_cannot_come_again() {
    let mapping = r#"
message: identify
order: { user: userId }
steps:
  look: { operation: find }
  team:
    order: { team: "$.teams[*]", user: userId }
    when: traits.team
    steps:
      save: { operation: send, on: [{ status: 409, then: tag }] }
      tag: { operation: put, params: { id: item.id }, for_each: traits.tags }
  last: { operation: send, on: [{ status: 404, then: look }] }
"#;
    for (back, last_is_past) in [(true, false), (false, true)] {
        let mapping = if back {
            mapping.to_owned()
        } else {
            mapping.replace(", on: [{ status: 404, then: look }]", "")
        };
        let mapper = mapper(&mapping, json!({}));
        let event = json!({ "type": "identify", "userId": "u1", "teams": ["a", "u1"], "traits": { "team": 1, "tags": [{ "id": "x" }] } });
        let mut scratch = Scratch::new();
        let keys = mapper.order_keys(&event, 0, &mut scratch);
        let told: Vec<(&str, &str, usize)> =
            keys.iter().map(|key| (key.name, key.value.as_str(), key.steps.len())).collect();
        // what orders the whole event orders its steps already
        assert_eq!(told, [("user", "u1", 0), ("team", "a", 1), ("team", "u1", 1)]);
        let steps = keys[1].steps[0].clone();
        drop(keys);
        let mapwright::Outcome::Mapped(mut run) = mapper.map(&event, 0, &mut scratch) else { panic!() };
        let mut seen = Vec::new();
        loop {
            let Some(request) = run.request().unwrap() else { break };
            let (step, ordered) = (request.step.to_string(), steps.contains(request.instruction));
            seen.push((step, ordered, run.can_reach(&steps)));
            run.respond(&mapwright::Response::new(200, [], "{}"), 0).unwrap();
        }
        let seen: Vec<(&str, bool, bool)> =
            seen.iter().map(|(step, ordered, ahead)| (step.as_str(), *ordered, *ahead)).collect();
        let expected = [
            ("look", false, true),
            ("save", true, true),
            ("tag", true, true),
            ("last", false, !last_is_past),
        ];
        assert_eq!(seen, expected);
    }
}

#[test]
fn an_order_of_a_step_reads_the_event_alone() {
    let mapping = "
message: identify
payload: { thing: { id: userId } }
steps: { send: { operation: send, for_each: teams, order: { a: payload.thing.id, b: captures.id, c: item }, body: thing, capture: { id: response.body.id } } }
";
    let findings = mapwright_tests::findings(&mapwright_tests::sources(mapping));
    assert_eq!(findings.matches("misplaced-name").count(), 3, "{findings}");
}
