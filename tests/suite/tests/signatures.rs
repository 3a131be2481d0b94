//! Authorizations: what requests carry of them, what is shown, and what is refused.

use mapwright::{Mapper, Outcome, Request, Scratch, SigningContext, Sources};
use mapwright_tests::{NOW, compile, findings, sources};
use serde_json::{Value, json};

const MAPPING: &str = "message: identify\npayload: { person: { email: traits.email } }\nsteps: { send: { operation: save, body: person } }\n";

/// A destination whose version has this `auth`, and whose operation `save` has these keys.
fn files(auth: &str, operation: &str) -> Sources {
    let mut files = sources(MAPPING);
    let version = files.get("mappings/acme/1.0/version.yaml").unwrap();
    let version = version.lines().filter(|line| !line.starts_with("headers:")).collect::<Vec<_>>().join("\n");
    let with = format!("auth: {auth}\noperations:\n  save: {{ method: PUT, path: /save, {operation} }}\n");
    files.insert("mappings/acme/1.0/version.yaml", version.replacen("operations:\n", &with, 1));
    let destination = files.get("mappings/acme/destination.yaml").unwrap();
    let with =
        "settings:\n  keyId: { type: string, required: true }\n  key: { type: string, secret: true }\n";
    files.insert("mappings/acme/destination.yaml", destination.replacen("settings:\n", with, 1));
    files
}

const SETTINGS: &str = r#"{ "apiKey": "token", "key": "a key", "keyId": "k1" }"#;

fn mapper(auth: &str, operation: &str, redacted: bool) -> Mapper {
    let plans = compile(&files(auth, operation));
    let settings: Value = serde_json::from_str(SETTINGS).unwrap();
    let plan = plans.plan("acme", None, &settings).unwrap();
    if redacted { plan.bind_redacted(&settings).unwrap() } else { plan.bind(&settings).unwrap() }
}

fn request(mapper: &Mapper) -> Request<'static> {
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "email": "a@example.com" } });
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!() };
    run.request().unwrap().unwrap().into_owned()
}

fn header(request: &Request<'_>, name: &str) -> Option<String> {
    request.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

const HMAC: &str = "{ hmac: { key: settings.key, sign: [url, nonce], query: { n: nonce, s: signature }, headers: { X-Key: settings.keyId, X-Sig: signature } } }";

#[test]
fn a_request_that_is_signed_again_has_the_new_signature_only() {
    let mut request = request(&mapper(HMAC, "", false));
    assert!(request.is_unsigned());
    let plain = request.url.to_string();
    request.sign(&SigningContext::new(NOW, "a"));
    let (url, first) = (request.url.to_string(), header(&request, "X-Sig"));
    assert!(!request.is_unsigned() && url.starts_with(&format!("{plain}?n=a&s=")), "{url}");
    request.sign(&SigningContext::new(NOW, "b"));
    assert!(request.url.starts_with(&format!("{plain}?n=b&s=")), "{}", request.url);
    assert_ne!(first, header(&request, "X-Sig"));
    assert_eq!(request.headers().filter(|(name, _)| *name == "X-Sig").count(), 1);
    request.sign(&SigningContext::new(NOW, "a"));
    assert_eq!((request.url.to_string(), header(&request, "X-Sig")), (url, first));
}

#[test]
fn what_the_signature_does_not_stand_in_is_signed_with_the_rest() {
    let signed = |auth: &str| {
        let mut request = request(&mapper(auth, "", false));
        request.sign(&SigningContext::new(NOW, "n"));
        header(&request, "X-Sig").unwrap()
    };
    let by_header = signed(
        "{ hmac: { key: settings.key, sign: { header: X-Time }, headers: { X-Time: timestamp, X-Sig: signature } } }",
    );
    assert_eq!(
        by_header,
        signed(
            "{ hmac: { key: settings.key, sign: timestamp, headers: { X-Time: timestamp, X-Sig: signature } } }"
        )
    );
    let by_query = signed(
        "{ hmac: { key: settings.key, sign: query, query: { t: timestamp }, headers: { X-Sig: signature } } }",
    );
    let by_parts = signed(
        "{ hmac: { key: settings.key, sign: [{ value: t= }, timestamp], headers: { X-Time: timestamp, X-Sig: signature } } }",
    );
    assert_eq!(by_query, by_parts);
}

#[test]
fn the_operations_own_authorization_takes_the_place_of_the_versions() {
    let basic = "{ basic: { username: settings.keyId, password: settings.key } }";
    let own = request(&mapper(HMAC, &format!("auth: {basic}"), false));
    assert!(!own.is_unsigned());
    assert_eq!(header(&own, "Authorization").unwrap(), "Basic azE6YSBrZXk=");
    let mut own = request(&mapper(basic, &format!("auth: {HMAC}"), false));
    own.sign(&SigningContext::new(NOW, "n"));
    assert_eq!((header(&own, "Authorization"), header(&own, "X-Key").as_deref()), (None, Some("k1")));
}

#[test]
fn nothing_that_is_shown_tells_of_the_key() {
    let oauth = "{ oauth1: { consumer_key: settings.keyId, consumer_secret: settings.key } }";
    let wsse = "{ wsse: { username: settings.keyId, password: settings.key } }";
    let encoded = HMAC.replace("sign:", "key_encoding: text, sign:");
    for (auth, name, shown) in [
        (encoded.as_str(), "X-Sig", "[redacted]"),
        (oauth, "Authorization", "oauth_signature=\"[redacted]\""),
        (wsse, "X-WSSE", "PasswordDigest=\"[redacted]\""),
    ] {
        let mut request = request(&mapper(auth, "", true));
        request.sign(&SigningContext::new(NOW, "n"));
        let value = header(&request, name).unwrap();
        assert!(value.contains(shown), "{value}");
        assert!(!format!("{request:?}{}", request.url).contains("a key"));
    }
    // a key that is not text has no such form once it is redacted
    let base64 = HMAC.replace("sign:", "key_encoding: base64, sign:");
    let plans = compile(&files(&base64, ""));
    let settings = json!({ "apiKey": "token", "key": "YSBrZXk=", "keyId": "k1" });
    let plan = plans.plan("acme", None, &settings).unwrap();
    assert!(plan.bind_redacted(&settings).is_ok() && plan.bind(&settings).is_ok());
    let wrong = json!({ "apiKey": "token", "key": "no*key", "keyId": "k1" });
    let error = plan.bind(&wrong).unwrap_err().to_string();
    assert_eq!(error, "the settings give no authorization: `key` of `auth`: it is not base64");
}

#[test]
fn an_authorization_without_a_value_is_a_fault_of_the_settings() {
    let plans = compile(&files("{ wsse: { username: settings.keyId, password: settings.key } }", ""));
    let bound = |settings: Value| {
        let plan = plans.plan("acme", None, &settings).unwrap();
        plan.bind(&settings).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(
        bound(json!({ "apiKey": "token", "keyId": "k" })),
        Err("the settings give no authorization: `password` of `auth`: it has no value".to_owned())
    );
    assert_eq!(
        bound(json!({ "apiKey": "token", "keyId": "a\"b", "key": "k" })),
        Err("the settings give no authorization: `username` of `auth`: it contains `\"` or `\\`".to_owned())
    );
}

#[test]
fn what_is_no_authorization_is_found() {
    let headers = "headers: { X-Sig: signature }";
    let mut text = String::new();
    for (auth, operation) in [
        (
            "{ basic: { username: settings.keyId }, wsse: { username: settings.keyId, password: settings.key } }",
            "",
        ),
        ("{}", ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: [], {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, {headers} }} }}"), ""),
        ("{ hmac: { key: settings.key, sign: body } }", ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: [body, signature], {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: bodi, {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: {{ header: X-Tme }}, {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: traits.email, {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, algorithm: md5, sign: body, {headers} }} }}"), ""),
        (
            "{ hmac: { key: settings.key, sign: nonce, headers: { X-Sig: signature, X-Body: body, 'X Y': nonce } } }",
            "",
        ),
        (
            &format!(
                "{{ hmac: {{ key: settings.key, sign: [{{ value: x }}, settings.keyId], {headers} }} }}"
            ),
            "",
        ),
        (&format!("{{ hmac: {{ key: settings.key, sign: [timestamp, nonce, body], {headers} }} }}"), ""),
        (
            "{ hmac: { key: settings.key, sign: [timestamp], query: { t: [timestamp, { value: '.' }, signature] } } }",
            "",
        ),
        (
            &format!("{{ hmac: {{ key: settings.key, sign: body, {headers} }} }}"),
            "headers: { x-sig: userId }, auth: { basic: { username: settings.keyId } }",
        ),
        (
            "{ basic: { username: settings.keyId } }",
            &format!(
                "headers: {{ x-sig: userId }}, auth: {{ hmac: {{ key: settings.key, sign: body, {headers} }} }}"
            ),
        ),
        (
            "{ oauth1: { consumer_key: settings.keyId, consumer_secret: settings.key, token_secret: settings.key, algorithm: sha512 } }",
            "",
        ),
        ("{ hmac: { key: settings.key, sign: body, headers: { X-Sig: signature, x-sig: signature } } }", ""),
        ("{ wsse: { username: [a], password: { list: [settings.key] }, header: 'a b' } }", ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: [{{ header: X-Sig }}, body], {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: [query, {{ value: x }}], {headers} }} }}"), ""),
        (
            &format!("{{ hmac: {{ key: settings.key, sign: query, {headers} }} }}"),
            "query: { a: settings.keyId }",
        ),
        (
            &format!("{{ hmac: {{ key: settings.key, sign: {{ header: X-Key }}, {headers} }} }}"),
            "headers: { X-Key: { value: k } }",
        ),
        (&format!("{{ hmac: {{ key: {{ value: k }}, sign: body, {headers} }} }}"), ""),
        ("{ basic: { username: { value: u }, password: { value: p } } }", ""),
        ("{ basic: { username: settings.key } }", ""),
        ("{ basic: { username: settings.key, password: settings.key } }", ""),
        ("{ hmac: { key: settings.key, sign: body, query: { s: signature } } }", "query: { s: userId }"),
        ("{ hmac: { key: settings.key, sign: body, with: '.', headers: { Content-Type: signature } } }", ""),
        ("{ hmac: { key: settings.key, sign: body, headers: { Host: signature } } }", ""),
        ("{ basic: { username: { value: 'a:b' }, password: settings.key } }", ""),
        ("{ wsse: { username: { value: 'a\"b' }, password: settings.key, header: host } }", ""),
        ("{ wsse: { username: settings.key, password: settings.key } }", ""),
        ("{ oauth1: { consumer_key: settings.key, consumer_secret: settings.key } }", ""),
    ] {
        text += &format!("{auth} / {operation}\n");
        for finding in findings(&files(auth, operation)).lines() {
            text += &format!("    {finding}\n");
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_some_request_has_is_signed() {
    let headers = "headers: { X-Sig: signature }";
    for (auth, operation) in [
        ("{ basic: { username: settings.key, password: { value: x } } }", ""),
        ("{ basic: { username: settings.keyId, password: settings.key } }", ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: [query, body], {headers} }} }}"), ""),
        (&format!("{{ hmac: {{ key: settings.key, sign: query, {headers} }} }}"), "query: { a: userId }"),
        (
            &format!(
                "{{ hmac: {{ key: settings.key, sign: query, query: {{ t: timestamp }}, {headers} }} }}"
            ),
            "",
        ),
        (
            &format!("{{ hmac: {{ key: settings.key, sign: {{ header: X-Id }}, {headers} }} }}"),
            "headers: { X-Id: userId }",
        ),
        (
            &format!(
                "{{ hmac: {{ key: settings.key, sign: [{{ header: Content-Type }}, body], {headers} }} }}"
            ),
            "",
        ),
    ] {
        assert_eq!(findings(&files(auth, operation)), "", "{auth}");
    }
    // a header and a query of the step, and an operation beside the one without a body
    let auth = format!("{{ hmac: {{ key: settings.key, sign: [{{ header: X-Id }}], {headers} }} }}");
    let mut own = files(&auth, "");
    let mapping = MAPPING.replace("body: person", "headers: { X-Id: userId }, body: person");
    own.insert("mappings/acme/1.0/identify.yaml", mapping);
    assert_eq!(findings(&own), "");
}

#[test]
fn a_body_that_no_request_has_is_not_signed() {
    let auth = "{ hmac: { key: settings.key, sign: body, headers: { X-Sig: signature } } }";
    let mut own = files(auth, "");
    own.insert(
        "mappings/acme/1.0/identify.yaml",
        "message: identify\nsteps: { send: { operation: save } }\n",
    );
    let found = findings(&own);
    assert!(found.contains("nothing of the request is signed"), "{found}");
    let content_type = auth.replace("sign: body", "sign: [{ header: Content-Type }, url]");
    let mut own = files(&content_type, "");
    own.insert(
        "mappings/acme/1.0/identify.yaml",
        "message: identify\nsteps: { send: { operation: save } }\n",
    );
    let found = findings(&own);
    assert!(found.contains("no request has the header `Content-Type`"), "{found}");
}
