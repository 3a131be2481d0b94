//! What is said of events that are skipped or rejected, and what becomes of types without a mapping.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use mapwright::Sources;
use mapwright_tests::{Became, DESTINATION, VERSION, bind, compile, findings, mapper, preview, sources};
use serde_json::{Value, json};

const IDENTIFY: &str = "message: identify\nsteps: { send: { operation: send } }";

fn files(of_destination: &str, of_version: &str) -> Sources {
    [
        ("mappings/acme/destination.yaml", format!("{DESTINATION}{of_destination}")),
        ("mappings/acme/1.0/version.yaml", format!("{VERSION}{of_version}")),
        ("mappings/acme/1.0/identify.yaml", IDENTIFY.to_owned()),
    ]
    .into_iter()
    .collect()
}

fn told(sources: &Sources, event: &Value) -> (&'static str, String) {
    match preview(&bind(&compile(sources), "acme", json!({})), event) {
        Became::Skipped(skip) => (skip.rule, skip.reason),
        Became::Rejected(rejection) => {
            assert_eq!(rejection.code, "unsupported_message");
            ("rejected", rejection.message)
        }
        Became::Mapped(_) => ("mapped", String::new()),
    }
}

#[test]
fn a_type_without_a_mapping_is_skipped_or_rejected_as_the_files_say() {
    let event = json!({ "type": "Alias", "userId": "u1" });
    let reject = "unsupported: { reject: '{{ type }} of {{ userId }} is not for {{ settings.region }}' }\n";
    let skip = "unsupported: { skip: nothing to do }\n";
    let (rule, reason) = told(&files("", ""), &event);
    assert_eq!(
        (rule, reason.as_str()),
        ("unsupported_message", "message type `alias` is not supported: Acme 1.0 maps identify")
    );
    assert_eq!(told(&files(reject, ""), &event), ("rejected", "Alias of u1 is not for us".to_owned()));
    assert_eq!(told(&files(reject, skip), &event), ("unsupported_message", "nothing to do".to_owned()));
    // an event that is for others is not rejected
    let other = json!({ "type": "alias", "integrations": { "ACME": false } });
    assert_eq!(told(&files(reject, ""), &other).0, "integrations");
    assert_eq!(told(&files(reject, ""), &json!({ "type": "identify" })).0, "mapped");
    // what it prints is missing, or a secret: the text of the mapping
    let secret = "unsupported: { reject: 'for {{ settings.apiKey }}' }\n";
    assert_eq!(told(&files(secret, ""), &event).1, "for {{ settings.apiKey }}");
    let both = files("unsupported: { reject: a, skip: b }\n", "");
    insta::assert_snapshot!(findings(&both));
    let neither = files("", "unsupported: {}\n");
    insta::assert_snapshot!(findings(&neither));
}

#[test]
fn reasons_and_requirements_say_values() {
    let mapper = mapper(
        r#"
message: identify
skip: [{ when: traits.plan == "free", reason: "the plan {{ traits.plan }} is not sent" }]
payload: { it: { size: { from: traits.size, as: integer, on_error: omit } } }
require:
  - that: not payload.it.size or payload.it.size < 10
    otherwise: "a size of {{ payload.it.size }} is too large, {{ traits.name }}"
    code: too_large
steps: { send: { operation: send, body: it } }
"#,
        json!({}),
    );
    let event = |traits: Value| json!({ "type": "identify", "traits": traits });
    let Became::Skipped(skip) = preview(&mapper, &event(json!({ "plan": "free" }))) else { panic!() };
    assert_eq!(skip.reason, "the plan free is not sent");
    let rejected = |traits| preview(&mapper, &event(traits)).rejection().message;
    assert_eq!(rejected(json!({ "size": "12", "name": "Ada" })), "a size of 12 is too large, Ada");
    assert_eq!(
        rejected(json!({ "size": 12 })),
        "a size of {{ payload.it.size }} is too large, {{ traits.name }}"
    );
    let wrong = "message: identify\nskip: [{ when: traits.a, reason: '{{ payload.it }}' }]\nrequire: [{ any: [userId], otherwise: '{{ nme }}' }]\nsteps: { send: { operation: send } }";
    insta::assert_snapshot!(findings(&sources(wrong)));
}

#[test]
fn a_requirement_of_the_version_is_used_by_name() {
    let version = format!(
        "{VERSION}requirements:\n  user: {{ any: [userId], otherwise: a user is required, code: no_user }}\n"
    );
    let files = |require: &str| -> Sources {
        let identify = format!(
            "message: identify\nrequire: [{require}, {{ any: [traits.a], otherwise: a is required }}]\nsteps: {{ send: {{ operation: send }} }}"
        );
        [
            ("mappings/acme/destination.yaml", DESTINATION.to_owned()),
            ("mappings/acme/1.0/version.yaml", version.clone()),
            ("mappings/acme/1.0/identify.yaml", identify),
        ]
        .into_iter()
        .collect()
    };
    let mapper = bind(&compile(&files("user")), "acme", json!({}));
    let rejection = preview(&mapper, &json!({ "type": "identify" })).rejection();
    assert_eq!((rejection.code.as_str(), rejection.message.as_str()), ("no_user", "a user is required"));
    assert_eq!(rejection.mapping.as_deref(), Some("mappings/acme/1.0/version.yaml:13"));
    let rejection = preview(&mapper, &json!({ "type": "identify", "userId": "u" })).rejection();
    assert_eq!(rejection.message, "a is required");
    insta::assert_snapshot!(findings(&files("usr")));
}
