//! Secrets are taken out of texts in whatever form they stand there.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use mapwright::{Mapper, Outcome, REDACTED, Redactor, Response, Scratch, Sources};
use mapwright_report::{Format, Look, render};
use mapwright_tests::{DESTINATION, compile};
use mapwright_validate::{Options, validate};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A secret in which every way of writing has something to escape.
const SECRET: &str = "k/y+\"1\" é&<𝄞>=";

fn redact(secret: &str, text: &str) -> String {
    Redactor::new([secret]).redact(text).into_owned()
}

#[test]
fn every_form_of_a_secret_is_found() {
    for text in [
        SECRET,
        // URLs: all that can be escaped, what has to be, small letters, as a form
        "k%2Fy%2B%221%22%20%C3%A9%26%3C%F0%9D%84%9E%3E%3D",
        "k/y+%221%22%20%C3%A9&%3C%F0%9D%84%9E%3E=",
        "k%2fy%2b%221%22%20%c3%A9%26%3c%f0%9d%84%9e%3e%3d",
        "%6B/y%2B%221%22+%C3%A9%26%3C%F0%9D%84%9E%3E%3D",
        // twice
        "k%252Fy%252B%25221%2522%2520%25C3%25A9%2526%253C%25F0%259D%2584%259E%253E%253D",
        // JSON: what has to be escaped, slashes, everything, for HTML, within another JSON text
        r#"k/y+\"1\" é&<𝄞>="#,
        r#"k\/y+\"1\" \u00e9&<\uD834\uDD1E>="#,
        r#"\u006B\u002fy+\u00221\u0022 \u00E9\u0026\u003C\ud834\udd1e\u003e="#,
        r#"k\/y+\\\"1\\\" \\u00e9&<𝄞>="#,
        // HTML
        "k/y+&quot;1&quot; é&amp;&lt;𝄞&gt;=",
        "k&#x2F;y&#43;&#34;1&#34; &#233;&amp;&lt;&#x1D11E;&gt;&#x3D;",
        // a URL in JSON, JSON in a URL
        r"k%2Fy%2B%221%22%20%C3%A9%26\u003C%F0%9D%84%9E%3E=",
        "k/y+%5C%221%5C%22%20%C3%A9%26%3C%F0%9D%84%9E%3E%3D",
    ] {
        assert_eq!(redact(SECRET, &format!("before {text} behind")), "before [redacted] behind", "{text}");
        assert_eq!(redact(SECRET, &format!("x{text}x")), "x[redacted]x", "{text}");
    }
}

#[test]
fn base64_of_what_contains_a_secret_is_found() {
    let in_json = Value::from(SECRET).to_string();
    let redactor = Redactor::new([SECRET, "abcd", "s3cret-token"]);
    for before in ["", "u", "us", "user:", "{\"password\":\"", "\u{0}\u{1}\u{2}\u{3}"] {
        for secret in [
            SECRET,
            "abcd",
            "s3cret-token",
            in_json.trim_matches('"'),
            "k%2Fy%2B%221%22%20%C3%A9%26%3C%F0%9D%84%9E%3E%3D",
        ] {
            for behind in ["", "\"", "\"}", ", and more"] {
                let clear = format!("{before}{secret}{behind}");
                for encoded in
                    [STANDARD.encode(&clear), STANDARD_NO_PAD.encode(&clear), URL_SAFE_NO_PAD.encode(&clear)]
                {
                    for text in [
                        format!("Authorization: Basic {encoded}"),
                        format!("/auth/{encoded}/me"),
                        encoded.replace('+', "%2b").replace('/', "%2f").replace('=', "%3D"),
                        encoded.replace('/', "\\/"),
                    ] {
                        let redacted = redactor.redact(&text);
                        assert!(redacted.contains(REDACTED), "{clear}: {text}");
                        // what is left holds no digit that has bits of it
                        let left: usize = redacted.replace(REDACTED, "").len();
                        assert!(
                            left <= text.len() - (secret.len() * 4).div_ceil(3),
                            "{clear}: {text}: {redacted}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_short_secret_counts_where_it_stands_alone() {
    for (secret, text, redacted) in [
        ("ab", "unable: `ab` is no token, ab", "unable: `[redacted]` is no token, [redacted]"),
        ("a-a", "xa-a-a", "xa-[redacted]"),
        ("1", "answered with 401: key=1", "answered with 401: key=[redacted]"),
        ("é", "é née", "[redacted] née"),
        ("key", r#"{"a":"\nkey"}"#, r#"{"a":"\n[redacted]"}"#),
        ("key", "a%20key%20monkey", "a%20[redacted]%20monkey"),
        // `ada:key`, `monkey`
        ("key", "Basic YWRhOmtleQ== bW9ua2V5", "Basic [redacted] bW9ua2V5"),
        ("abcd", "xabcdx abcd", "x[redacted]x [redacted]"),
    ] {
        assert_eq!(redact(secret, text), redacted, "{secret}");
    }
}

#[test]
fn spaces_around_a_secret_do_not_count() {
    let redactor = Redactor::new([" s3cret \n", "", "  "]);
    assert_eq!(redactor.redact("`s3cret`,  s3cret "), "`[redacted]`,  [redacted] ");
    assert_eq!(redactor.redact(" \n "), " \n ");
}

#[test]
fn secrets_that_overlap_leave_nothing_of_each_other() {
    let redactor = Redactor::new(["abcdef", "abcd", "defghi"]);
    for text in ["abcdefghi", "abcdef", "abcd", "defghi"] {
        assert_eq!(redactor.redact(text), REDACTED, "{text}");
    }
    assert_eq!(redactor.redact("abcdabcd"), "[redacted][redacted]");
}

#[test]
fn bytes_need_be_no_text() {
    let redactor = Redactor::new(["s3cret", "k"]);
    assert_eq!(
        *redactor.redact_bytes(b"\xff\xfes3cret\xff k\xc3"),
        *b"\xff\xfe[redacted]\xff [redacted]\xc3"
    );
    assert!(matches!(redactor.redact_bytes(b"\xff\xfe"), Cow::Borrowed(_)));
}

#[test]
fn what_was_sealed_can_be_put_back() {
    let redactor = Redactor::named([
        ("apiKey".to_owned(), "s3cret\u{1a}x".to_owned()),
        ("events[0].token".to_owned(), "k".to_owned()),
    ]);
    let later = Redactor::named([
        ("apiKey".to_owned(), "another".to_owned()),
        ("events[0].token".to_owned(), "k".to_owned()),
    ]);
    for (text, sealed, after) in [
        (&b"nothing"[..], Some(&b"nothing"[..]), Some(&b"nothing"[..])),
        (
            b"s3cret\x1ax and k, s3cret\x1ax",
            Some(b"\x1aapiKey\x1a and \x1aevents[0].token\x1a, \x1aapiKey\x1a"),
            Some(b"another and k, another"),
        ),
        (b"a\x1ab\x1a\x1a\xff", Some(b"a\x1a\x1ab\x1a\x1a\x1a\x1a\xff"), Some(b"a\x1ab\x1a\x1a\xff")),
        // not as it is: it could not be put back as it was
        (b"%73%33cret%1Ax", None, None),
    ] {
        let found = redactor.seal(text);
        assert_eq!(found.as_deref(), sealed);
        let Some(sealed) = found else { continue };
        assert_eq!(redactor.unseal(&sealed).as_deref(), Some(text));
        assert_eq!(later.unseal(&sealed).as_deref(), after);
    }
    let unknown = Redactor::default();
    assert_eq!(unknown.unseal(b"\x1aapiKey\x1a"), None);
    assert_eq!(redactor.unseal(b"\x1aapiKey"), None);
}

/// Text with what could be taken for escapes, and without anything that base64 is written with.
fn neutral() -> impl Strategy<Value = String> {
    "[ .,;:!?()\"'<>&%\\\\\n\u{e9}\u{416}\u{4e2d}\u{1d11e}=#]{0,40}"
}

/// Writes each character in a way of its own.
fn mixed(secret: &str, ways: &[u8]) -> String {
    let escape = |(at, c): (usize, char)| {
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).bytes();
        match ways[at % ways.len()] {
            0 => bytes.map(|byte| format!("%{byte:02X}")).collect(),
            1 => bytes.map(|byte| format!("%{byte:02x}")).collect(),
            // in clear it would be an escape
            _ if c == '%' => "%25".to_owned(),
            _ => c.to_string(),
        }
    };
    secret.chars().enumerate().map(escape).collect()
}

/// Ways to write a secret.
fn forms(secret: &str, ways: &[u8]) -> Vec<String> {
    let json = Value::from(secret).to_string();
    let units = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    let html = secret.chars().map(|c| format!("&#{};", u32::from(c)));
    let basic = format!("ada:{secret}");
    vec![
        secret.to_owned(),
        mixed(secret, ways),
        json[1..json.len() - 1].to_owned(),
        units.collect(),
        html.collect(),
        STANDARD.encode(&basic),
        URL_SAFE_NO_PAD.encode(&basic),
    ]
}

proptest! {
    #[test]
    fn no_form_of_a_secret_is_left(
        secrets in prop::collection::vec("[!-~\u{e9}\u{4e2d}\u{1d11e}][ -~]{0,12}[!-~\u{e9}\u{4e2d}\u{1d11e}]{0,3}", 1..4),
        ways in prop::collection::vec(0_u8..4, 1..8),
        around in prop::collection::vec(neutral(), 2..4),
    ) {
        let redactor = Redactor::new(secrets.clone());
        for secret in &secrets {
            let secret = secret.trim();
            for form in forms(secret, &ways) {
                // a short one does not count within a word
                let text = around.iter().map(|text| format!("{text} {form} ")).collect::<String>();
                let redacted = redactor.redact(&text);
                prop_assert!(!redacted.contains(&format!(" {form} ")), "`{form}` is left in `{redacted}`");
                let short = secret.chars().count() < 4;
                prop_assert!(short || !redacted.contains(&form), "`{form}` is left in `{redacted}`");
                prop_assert!(redactor.contains_secret(&text));
                prop_assert_eq!(redactor.redact_bytes(text.as_bytes()).into_owned(), redacted.as_bytes());
                if let Some(sealed) = redactor.seal(text.as_bytes()) {
                    prop_assert!(redactor.unseal(&sealed).as_deref() == Some(text.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn what_holds_no_secret_comes_back_as_it_is(
        secrets in prop::collection::vec("[a-zA-Z0-9][ -~]{0,12}", 0..4),
        text in neutral(),
    ) {
        // letters and digits are what the text does not have
        prop_assume!(secrets.iter().all(|secret| !secret.trim().is_empty()));
        let redactor = Redactor::new(secrets);
        prop_assert!(matches!(redactor.redact(&text), Cow::Borrowed(same) if same == text));
        prop_assert!(!redactor.contains_secret(&text));
    }

    #[test]
    fn no_bytes_are_too_odd(secrets in prop::collection::vec(any::<String>(), 0..4), bytes in any::<Vec<u8>>()) {
        let redactor = Redactor::new(secrets);
        let redacted = redactor.redact_bytes(&bytes).into_owned();
        prop_assert!(redacted == bytes || redacted.windows(REDACTED.len()).any(|part| part == REDACTED.as_bytes()));
        if let Some(sealed) = redactor.seal(&bytes) {
            prop_assert!(redactor.unseal(&sealed).as_deref() == Some(&bytes[..]));
        }
        let _ = redactor.unseal(&bytes);
    }
}

const DECLARED: &str = "
settings:
  apiKey: { type: string, secret: true, required: true, alias: [token, restKey] }
  account: { type: integer, secret: true }
  share: { type: number, secret: true }
  signing: { type: object, secret: true }
  events: { type: list, items: { name: { type: string }, key: { secret: true, alias: [pixel] } } }
  region: { type: string, default: us }
  note: { type: string }
hosts:";

/// A mapper of settings of all kinds.
fn mapper_of(settings: &Value) -> Mapper {
    let start = DESTINATION.find("\nsettings:").unwrap();
    let end = DESTINATION.find("\nhosts:").unwrap() + "\nhosts:".len();
    let mut destination = DESTINATION.to_owned();
    destination.replace_range(start..end, DECLARED);
    destination.push_str("error: { code: response.body.code, message: response.body.message }\n");
    let identify = "
message: identify
payload: { body: { key: settings.apiKey, list: settings.events, id: userId, echo: captures.echo } }
steps:
  find: { operation: find, query: { key: settings.apiKey }, capture: { echo: response.body.echo } }
  send: { operation: send, body: body }
";
    let mut sources = mapwright_tests::sources(identify);
    sources.insert("mappings/acme/destination.yaml", destination);
    compile(&sources).plan("acme", None, settings).unwrap().bind(settings).unwrap()
}

#[test]
fn secrets_are_found_under_every_name_and_in_every_place_of_the_settings() {
    let settings = json!({
        "token": "by-alias",
        "restKey": "by-second-alias",
        "account": 471_147,
        "share": 1234.0,
        "signing": { "keys": ["in-a-list", { "deep": "in-an-object" }], "on": true },
        "events": [{ "name": "open-name", "key": "in-a-table" }, { "pixel": 9876 }],
        "region": "us",
        "note": "open-note",
    });
    let redactor = mapper_of(&settings).redactor().clone();
    for secret in [
        "by-alias",
        "by-second-alias",
        "471147",
        "1234.0",
        "1234",
        "in-a-list",
        "in-an-object",
        "in-a-table",
        "9876",
    ] {
        assert_eq!(redactor.redact(&format!("`{secret}`")), "`[redacted]`", "{secret}");
    }
    let open = "open-name us open-note true keys deep";
    assert_eq!(redactor.redact(open), open);
}

#[test]
fn what_a_program_prints_of_the_engine_shows_no_secret() {
    let settings = json!({ "apiKey": "s3cret/key", "events": [{ "key": "in-a-table" }] });
    let mapper = mapper_of(&settings);
    let (mut scratch, mut shown) = (Scratch::new(), vec![format!("{mapper:?}")]);
    let event = r#"{"type":"identify","userId":"u1"}"#;
    let response = |status: u16, text: &str| {
        let body = json!({ "code": text, "message": format!("no app for {text}"), "echo": text });
        Response::new(status, [("Location", format!("/?key={text}").as_str())], body.to_string())
    };
    {
        let Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!() };
        let found = response(200, "s3cret/key");
        for _ in 0..2 {
            let request = run.request().unwrap().unwrap();
            shown.push(format!("{request:?} {:?}", request.body));
            shown.push(format!("{:?}", request.into_owned()));
            run.respond(&found, 0).unwrap();
            shown.push(format!("{run:?}"));
        }
        shown.push(format!("{:?}", run.preview().unwrap()));
        shown.push(format!("{found:?}"));
    }
    shown.push(format!("{scratch:?}"));
    let outcome = mapper.map(event, 0, &mut scratch);
    shown.push(format!("{outcome:?}"));
    let Outcome::Mapped(mut run) = outcome else { panic!() };
    run.request().unwrap();
    for text in ["s3cret/key", "s3cret%2fkey", "YWRhOnMzY3JldC9rZXk="] {
        let refused = response(400, text);
        let error = run.api_error(&refused);
        shown.push(format!("{error:?} {:?}", run.respond(&refused, 0)));
        assert!(error.message.unwrap().starts_with("no app for "));
    }
    let mut scratch = Scratch::new();
    let explanation = mapper.explain(event, 0, &mut scratch);
    shown.push(format!("{explanation:?} {:?}", explanation.fields));
    shown.push(format!("{:?}", mapper.redactor()));
    for text in shown {
        for trace in ["s3cret", "in-a-table", "M6czNjcmV0L2tleQ", "zM2NyZXQva2V5", "nMzY3JldC9rZX"] {
            assert!(!text.contains(trace), "{text}");
        }
    }
}

#[test]
fn errors_of_settings_show_no_secret() {
    let plans = |columns: &str| {
        let mut sources = mapwright_tests::sources(
            "message: identify\nsteps: { send: { operation: send, body: { id: userId } } }\n",
        );
        sources.insert("mappings/acme/destination.yaml", DESTINATION.replace("\nhosts:", columns));
        compile(&sources)
    };
    let table = "\n  events: { type: list, items: { name: { type: string }, key: { type: string, secret: true } } }\nhosts:";
    for (settings, expected) in [
        (json!({ "events": { "key": "s3cret" } }), "the setting `events` takes a list, found an object"),
        (json!({ "events": ["s3cret"] }), "the setting `events[0]` takes an object, found text"),
        (
            json!({ "events": [{ "name": 1, "key": 4711 }] }),
            "the setting `events[0].name` takes text, found `1`: write it in quotes\nthe setting `events[0].key` takes text, found a secret of the wrong type: write it in quotes",
        ),
        (
            json!({ "region": "s3cret-key" }),
            "the setting `region` must be one of `us` or `eu`, found `\"[redacted]\"`",
        ),
    ] {
        let plans = plans(table);
        let mut all = json!({ "apiKey": "s3cret-key" });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let plan = plans.plan("acme", None, &Value::Null).unwrap();
        assert_eq!(plan.bind(&all).unwrap_err().to_string(), expected);
        assert_eq!(plan.bind_redacted(&all).unwrap_err().to_string(), expected);
    }
}

/// A secret that is longer than what a report shows of a value.
const LONG: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJlLW9mLWFjbWU";
/// A mapping that sends secrets in every form, with tests that fail in every way; only the settings of the tests state them.
const LEAKING: [(&str, &str); 6] = [
    (
        "mappings/acme/destination.yaml",
        "\
title: Acme
names: [Acme]
versions: { default: '1' }
settings:
  apiKey: { type: string, secret: true, required: true }
  pin: { type: integer, secret: true, required: true }
  token: { type: string, secret: true, required: true }
hosts: [api.acme.example.com]
",
    ),
    (
        "mappings/acme/1/version.yaml",
        "\
version: '1'
server: { value: https://api.acme.example.com }
headers: { X-Key: settings.apiKey }
operations:
  send: { method: POST, path: '/send/{key}', idempotent: true, schema: person.json, answer_schema: answer.json }
",
    ),
    (
        "mappings/acme/1/identify.yaml",
        "\
message: identify
payload:
  person:
    key: settings.apiKey
    text: { template: 'see {{ settings.apiKey }}!' }
    pin: settings.pin
    token: { template: 'see {{ settings.token }}!' }
    escaped: { from: settings.apiKey, as: url_encode }
    all: { object: { key: settings.apiKey, pin: settings.pin, token: settings.token } }
steps:
  send: { operation: send, params: { key: settings.apiKey }, query: { pin: settings.pin }, body: person }
",
    ),
    (
        "mappings/acme/1/identify.test.yaml",
        r#"
settings: { apiKey: "top/s3cr3t key+1!", pin: 471147, token: LONG }
tests:
  - name: other values
    event: { type: identify, userId: u1 }
    expect:
      requests:
        - url: https://api.acme.example.com/send
          headers: { X-Key: another }
          body: { key: 1, text: 1, pin: 1, token: 1, escaped: 1, all: 1 }
  - name: none of them
    event: { type: identify, userId: u1 }
    expect: { requests: [{ body_lacks: [key, text, pin, token, escaped, all] }] }
  - name: no request
    event: { type: identify, userId: u1 }
    expect: { requests: [] }
  - name: a response with secrets
    event: { type: identify, userId: u1 }
    responses: [{ status: 200, body_file: answer.json }]
    expect: { requests: [{ step: send }] }
  - name: the name has LONG
    event: { type: identify, userId: u1 }
    cases: [{ name: and so has the case 471147, set: { userId: u2 } }]
    expect: { requests: [] }
properties:
  - name: one that reads them
    must: payload.person.text == 'see' or payload.person.token == 'see' or payload.person.pin == 1
  - name: the schema
    must: outcome == 'mapped'
"#,
    ),
    (
        "schemas/acme/1/person.json",
        r#"{ "properties": { "text": { "maxLength": 3 }, "pin": { "maximum": 1 }, "token": { "maxLength": 3 },
            "escaped": { "pattern": "^a$" }, "all": { "maxProperties": 1 } } }"#,
    ),
    (
        "schemas/acme/1/answer.json",
        r#"{ "properties": { "id": { "type": "integer" } }, "additionalProperties": false }"#,
    ),
];

#[test]
fn no_report_of_a_failing_test_has_a_secret() {
    let mut sources: Sources =
        LEAKING.iter().map(|(path, text)| (*path, text.replace("LONG", LONG))).collect();
    let answer = json!({ "id": format!("see {LONG}!"), "top/s3cr3t key+1!": 471147 });
    sources.insert("mappings/acme/1/answer.json", answer.to_string());
    let report = validate(&sources, &Options::default());
    let found = |rule: &str| report.findings.iter().filter(|found| found.rule.id == rule).count();
    let counts = ["failing-test", "schema-violation", "answer-violation"].map(found);
    let plain = Look::PLAIN;
    assert_eq!(counts, [5, 5, 2], "{}", render(&report, &Sources::new(), Format::Text(plain)));
    // without the sources no lines of them are quoted
    for format in [
        Format::Text(plain),
        Format::Concise(plain),
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
    ] {
        let shown = render(&report, &Sources::new(), format);
        assert!(shown.contains(REDACTED), "{format:?}: {shown}");
        for trace in ["s3cr3t", "471147", "eyJhbGci", "top%2F", "top/"] {
            assert!(!shown.contains(trace), "{format:?} has `{trace}`: {shown}");
        }
    }
}
