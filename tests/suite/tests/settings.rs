//! Settings: secrets stay hidden, and what cannot be sent is refused.

use mapwright::{Outcome, Plan, Scratch};
use mapwright_tests::{DESTINATION, VERSION, compile};
use serde_json::{Value, json};

const IDENTIFY: &str = "message: identify\nsteps: { send: { operation: send, body: { id: userId } } }\n";

/// The plan of a destination whose server is named by a secret.
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
fn neither_does_a_rejection_or_a_warning() {
    let secret = "s3cret-\"quoted\"-and-longer-than-anything-that-messages-show-whole-s3cret";
    let rows = [
        "{ from: settings.apiKey, as: integer ON }",
        "{ template: 'Bearer {{ settings.apiKey }}', as: integer ON }",
        "{ object: { key: settings.apiKey }, as: number ON }",
        "{ from: payload.part.token, as: unix_seconds ON }",
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
