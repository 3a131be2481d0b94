//! No output contains secrets, whatever the command, the event and the error.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{ACME, command, line};
use proptest::prelude::*;

/// Text that does not occur in output by chance, with characters that YAML, JSON, URLs and headers treat differently.
fn secret() -> impl Strategy<Value = String> {
    "[ -~]{0,6}".prop_map(|rest| format!("zQ7x{}vW9k", rest.replace('\u{7f}', "")))
}

/// Returns the secret itself, and its encoded forms.
fn traces(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let encoded: String = secret
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    vec![secret.to_owned(), json.trim_matches('"').to_owned(), encoded, "zQ7x".to_owned(), "vW9k".to_owned()]
}

fn runs(secret: &str) -> Vec<Vec<String>> {
    let set = format!("apiKey={secret}");
    let second = format!("clientSecret={secret}");
    let inline = serde_json::json!({ "apiKey": secret, "clientSecret": secret }).to_string();
    let number = serde_json::json!({ "apiKey": { "x": secret }, "clientSecret": [secret] }).to_string();
    let typo = serde_json::json!({ "apikey": secret }).to_string();
    let cut_off = inline.get(..inline.len() - 1).unwrap().to_owned();
    let leak = r#"{"type":"identify","traits":{"email":"a@example.com","leak":true,"tags":["t"]}}"#;
    let owned = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let mut runs = Vec::new();
    for settings in [&["--set", &set, "--set", &second][..], &["--settings", &inline]] {
        runs.push(owned(&line(&[&["map", "acme/events.ndjson", "--verify"], settings])));
        runs.push(owned(&line(&[&["map", "acme/events.ndjson", "--pretty"], settings])));
        runs.push(owned(&line(&[&["explain", leak], settings])));
        runs.push(owned(&line(&[&["explain", leak, "--json"], settings])));
    }
    for settings in [&number, &typo, &cut_off] {
        runs.push(owned(&["map", "acme/events.ndjson", "--settings", settings]));
    }
    runs.push(owned(&["map", "acme/events.ndjson", "--set", &set, "--set", &set.replace('=', ".x=")]));
    runs.push(owned(&["map", "acme/events.ndjson", "--set", secret.split('=').next().unwrap()]));
    runs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 8, ..ProptestConfig::default() })]

    #[test]
    fn no_output_has_a_secret(secret in secret()) {
        for args in runs(&secret) {
            let all: Vec<&str> = args.iter().map(String::as_str).collect();
            let output = command(line(&[&all, &ACME])).output().unwrap();
            for text in [output.stdout, output.stderr] {
                let text = String::from_utf8_lossy(&text);
                for trace in traces(&secret) {
                    prop_assert!(!text.contains(&trace), "`mapwright {}` writes\n{}", args.join(" "), text);
                }
            }
        }
    }
}
