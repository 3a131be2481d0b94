//! The invariants of every request.

use mapwright::{Body, Request};
use url::Url;

use crate::json;
use crate::plans::Shape;

/// Whether requests may contain placeholders for unknown responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// All responses are known.
    All,
    /// `{name}` stands for a value of a future response.
    Preview,
}

/// Panics if the request does not match its operation, or could be parsed as a different request.
pub(crate) fn check(request: &Request<'_>, shape: &Shape, known: Known) {
    check_url(&request.url, &request.operation, shape, known);
    check_headers(request);
    match &request.body {
        Some(Body::Json(bytes)) => json::assert_strict(bytes),
        Some(Body::Form(text)) => {
            assert!(text.bytes().all(|byte| of_query(byte) || byte == b'%'), "form {text:?}");
        }
        Some(Body::Xml(text)) => {
            let mut reader = quick_xml::Reader::from_str(text);
            while reader.read_event().expect("well-formed XML") != quick_xml::events::Event::Eof {}
        }
        Some(other) => panic!("a body of an unchecked encoding: {other:?}"),
        None => {}
    }
    assert!(request.when.is_none() || known == Known::Preview, "{request:?}");
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn of_query(byte: u8) -> bool {
    unreserved(byte) || matches!(byte, b'=' | b'&')
}

/// Returns whether all bytes are `allowed` or percent-encoded.
fn encoded(text: &str, allowed: fn(u8) -> bool) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fine = match byte {
            b'%' => {
                [bytes.next(), bytes.next()].iter().flatten().filter(|b| b.is_ascii_hexdigit()).count() == 2
            }
            _ => allowed(byte),
        };
        if !fine {
            return false;
        }
    }
    true
}

fn placeholder(segment: &str) -> bool {
    let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| {
        name == "…" || name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn check_url(text: &str, operation: &str, shape: &Shape, known: Known) {
    let template = shape.operations.get(operation).unwrap_or_else(|| panic!("no operation {operation}"));
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let server = shape.servers.iter().find_map(|server| {
        path.strip_prefix(server.trim_end_matches('/'))
            .filter(|rest| rest.starts_with('/'))
            .map(|rest| (server, rest))
    });
    let Some((server, path)) = server else { panic!("{text:?} is at none of {:?}", shape.servers) };

    let (wanted, segments) = (template.split('/'), path.split('/'));
    assert_eq!(wanted.clone().count(), segments.clone().count(), "{text:?} for {template}");
    for (wanted, segment) in wanted.zip(segments) {
        if wanted.starts_with('{') {
            let fine = !matches!(segment, "" | "." | "..") && encoded(segment, unreserved)
                || known == Known::Preview && placeholder(segment);
            assert!(fine, "{segment:?} for {wanted} in {text:?}");
        } else {
            assert_eq!(wanted, segment, "{text:?} for {template}");
        }
    }
    assert!(encoded(query, of_query), "query of {text:?}");

    // and the same for another URL parser
    let (url, server) = (Url::parse(text).expect("a URL"), Url::parse(server).expect("a URL"));
    assert_eq!((url.scheme(), url.host_str(), url.port()), ("https", server.host_str(), None), "{text:?}");
    assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None), "{text:?}");
    let count =
        |url: &Url| url.path().trim_start_matches('/').split('/').filter(|part| !part.is_empty()).count();
    assert_eq!(count(&url), count(&server) + template.split('/').count() - 1, "{text:?} for {template}");
}

fn check_headers(request: &Request<'_>) {
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in request.headers() {
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        assert!(!name.is_empty() && name.bytes().all(of_name), "header {name:?}");
        assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')), "header {name}: {value:?}");
        let name = name.to_ascii_lowercase();
        assert!(!seen.contains(&name), "header {name} twice");
        seen.push(name);
    }
}
