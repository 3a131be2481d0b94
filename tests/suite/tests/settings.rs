//! Settings: secrets stay hidden, and what cannot be sent is refused.

use mapwright::Plan;
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
