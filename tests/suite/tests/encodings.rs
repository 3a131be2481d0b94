//! Bodies that are not sent as plain JSON: XML, forms, and compressed ones.

use std::io::Read as _;

use mapwright::{Body, Outcome, Request, Scratch, Sources};
use mapwright_tests::{NOW, bind, compile, findings, list, sources};
use mapwright_validate::{Options, validate};
use serde_json::{Value, json};

/// Files of an operation with these keys, and a mapping with this payload, whose part `thing` is sent.
fn files(operation: &str, payload: &str) -> Sources {
    let mut files = sources(&format!(
        "message: identify\npayload: {payload}\nsteps: {{ send: {{ operation: save, body: thing }} }}\n"
    ));
    let version = files.get("mappings/acme/1.0/version.yaml").unwrap();
    let with = format!("operations:\n  save: {{ method: PUT, path: /save, {operation} }}\n");
    files.insert("mappings/acme/1.0/version.yaml", version.replacen("operations:\n", &with, 1));
    files
}

/// The request for an event with these traits, or why it is rejected.
fn request(operation: &str, payload: &str, traits: &Value) -> Result<Request<'static>, String> {
    let mapper = bind(&compile(&files(operation, payload)), "acme", json!({}));
    let event = json!({ "type": "identify", "userId": "u1", "traits": traits });
    let mut scratch = Scratch::new();
    let mut run = match mapper.map(&event, NOW, &mut scratch) {
        Outcome::Mapped(run) => run,
        Outcome::Rejected { rejection, .. } => return Err(rejection.message),
        outcome => panic!("{outcome:?}"),
    };
    Ok(run.request().map_err(|rejection| rejection.message)?.unwrap().into_owned())
}

/// The body before it is compressed.
fn text<'r>(request: &'r Request<'_>) -> &'r str {
    std::str::from_utf8(request.body.as_ref().unwrap().bytes()).unwrap()
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// The document without its declaration.
fn xml(payload: &str, traits: &Value) -> Result<String, String> {
    let request = request("encoding: xml", payload, traits)?;
    assert!(request.headers().any(|header| header == ("Content-Type", "application/xml")), "{request:?}");
    assert_eq!(text(&request).as_bytes(), request.sent_body().unwrap().as_ref());
    Ok(text(&request).strip_prefix(DECLARATION).unwrap().to_owned())
}

#[test]
fn names_and_prefixes_are_checked_where_they_are_written() {
    let all = [
        r#"{ "l:a": userId }"#,
        r#"{ x: { y: { "l:a": { from: traits.n, as: string } } } }"#,
        r#"{ x: { each: traits.list, to: { "l:a": item.id, "1x": item.id, "@l:b": item.id } } }"#,
        r#"{ child: { object: { "@xmlns:l": { value: urn }, a: userId } }, "l:b": userId }"#,
        r#"{ object: { "@xmlns:l": { value: "" }, "l:a": userId } }"#,
        r#"{ switch: userId, cases: { a: { list: [userId] } }, else: userId }"#,
        r#"{ object: { "@xmlns:l": { value: urn }, a: { "l:b": userId }, c: { each: traits.list, to: { "l:d": item } } } }"#,
        r#"{ "l:a": $written }"#,
    ];
    let found: Vec<String> = all
        .iter()
        .map(|root| {
            let files = files("encoding: xml", &format!("{{ thing: {{ root: {root} }} }}\nvalues: {{ written: {{ object: {{ \"@xmlns:l\": {{ value: urn }} }} }} }}"));
            let mut found = validate(&files, &Options::default()).findings;
            found.retain(|finding| !["untested-mapping", "unused-definition", "idempotence"].contains(&finding.rule.id));
            format!("{root}\n{}", list(&found))
        })
        .collect();
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn an_object_becomes_a_well_formed_document() {
    let payload = "{ thing: { Person: { object: { \"@id\": userId, Name: traits.name, Tag: traits.tags, Empty: { value: '' }, Note: { object: { \"@lang\": { value: en }, \"#text\": traits.note } }, Age: traits.age } } } }";
    let traits = json!({ "name": "A <b> & \"c\" \u{7}\u{1F600}", "tags": ["x", 1, true], "note": "é\r\n]]>", "age": 3.5 });
    assert_eq!(
        xml(payload, &traits).unwrap(),
        "<Person id=\"u1\"><Name>A &lt;b&gt; &amp; &quot;c&quot; \u{FFFD}\u{1F600}</Name><Tag>x</Tag><Tag>1</Tag><Tag>true</Tag>\
         <Note lang=\"en\">é&#13;\n]]&gt;</Note><Age>3.5</Age></Person>"
    );
    assert_eq!(xml(payload, &json!({})).unwrap(), "<Person id=\"u1\"><Note lang=\"en\"/></Person>");
    // what an attribute would lose
    let attribute = "{ thing: { a: { object: { \"@b\": traits.name } } } }";
    assert_eq!(xml(attribute, &json!({ "name": "1\n2\t\"" })).unwrap(), "<a b=\"1&#10;2&#9;&quot;\"/>");
    let text =
        "{ thing: { \"s:Envelope\": { object: { \"@xmlns:s\": { value: urn }, \"#text\": traits.name } } } }";
    assert_eq!(xml(text, &json!({ "name": "n" })).unwrap(), "<s:Envelope xmlns:s=\"urn\">n</s:Envelope>");
    let null = "{ thing: { a: { object: { b: { from: traits.b, on_missing: null } }, keep: empty } } }";
    assert_eq!(xml(null, &json!({})).unwrap(), "<a><b/></a>");
}

#[test]
fn what_xml_cannot_hold_rejects_the_event() {
    let rest = "{ thing: { Person: { rest_of: [traits] } } }";
    let because = |payload: &str, traits: Value| xml(payload, &traits).unwrap_err();
    insta::assert_snapshot!(
        [
            because(rest, json!({ "first name": 1 })),
            because(rest, json!({ "a:": 1 })),
            because(rest, json!({ "a:b:c": 1 })),
            because(rest, json!({ ":a": 1 })),
            because(rest, json!({ "@id": [1] })),
            because("{ thing: { Person: traits.list } }", json!({ "list": [1, 2] })),
            because("{ thing: { Person: traits.missing } }", json!({})),
        ]
        .join("\n")
    );
    assert_eq!(
        xml(rest, &json!({ "list": [[1, 2], 3] })).unwrap(),
        "<Person><list>1</list><list>2</list><list>3</list></Person>"
    );
}

#[test]
fn what_can_never_be_sent_in_an_encoding_is_a_finding() {
    let found = |payload: &str| findings(&files("encoding: xml", payload));
    insta::assert_snapshot!([
        found("{ thing: { Name: traits.name, Age: traits.age } }"),
        found("{ thing: { \"...\": { rest_of: [traits] } } }"),
        found("{ thing: { Person: { object: { \"first name\": traits.name, \"@2nd\": traits.age, \"#text\": userId } } } }"),
        findings(&files("encoding: xlm, compress: zip", "{ thing: { a: userId } }")),
    ]
    .join("\n"));
}

#[test]
fn a_compressed_body_is_compressed_when_it_is_sent() {
    let payload = "{ thing: { text: traits.text } }";
    let request = request("compress: gzip", payload, &json!({ "text": "x".repeat(10_000) })).unwrap();
    assert!(request.headers().any(|header| header == ("Content-Encoding", "gzip")), "{request:?}");
    let sent = request.sent_body().unwrap();
    assert!(sent.len() < 100, "{}", sent.len());
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(sent.as_ref()).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text(&request));
}

#[test]
fn a_compressed_request_is_one_of_the_http_crate() {
    let mapper = bind(&compile(&files("compress: gzip", "{ thing: { id: userId } }")), "acme", json!({}));
    let mut scratch = Scratch::new();
    let event = json!({ "type": "identify", "userId": "u1" });
    let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!("not mapped") };
    let request = run.request().unwrap().unwrap().into_owned();
    assert!(matches!(request.body, Some(Body::Json(_))));
    let sent = request.sent_body().unwrap().into_owned();
    let borrowed = http::Request::try_from(&request).unwrap();
    let owned = http::Request::try_from(request).unwrap();
    assert_eq!((borrowed.body(), owned.body()), (&sent, &sent));
    assert_eq!(owned.headers()["content-encoding"], "gzip");
}
