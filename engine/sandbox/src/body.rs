//! Bodies of requests, whatever their encoding, as the objects that they were made from.

use std::borrow::Cow;
use std::io::Read as _;
use std::sync::OnceLock;

use flate2::read::MultiGzDecoder;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use mapwright::{Compression, Encoding, Endpoint, Plan, Schemas, Violation};
use serde_json::{Map, Value};

use crate::items::ItemCounter;
use crate::refusal::Refusal;
use crate::xml;

/// The most bytes of a body after it is unpacked.
const UNPACKED: usize = 16 << 20;

/// The most values of a form or of XML that are read as something else than text.
const MENDED: usize = 100;

/// A body that is what the encoding of its operation says.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The text as it was sent, but unpacked.
    pub(crate) text: String,
    /// How many items it has; none, if that cannot be said.
    pub(crate) items: Option<u64>,
    /// The text as an object. That of JSON is made only when something looks into it: of large batches, it is most of the work.
    value: OnceLock<Value>,
}

impl Body {
    /// The body as an object, whatever its encoding.
    pub(crate) fn value(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_str(&self.text).unwrap_or_default())
    }
}

/// Reads the body of a request as the operation says.
pub(crate) fn read(
    endpoint: &Endpoint,
    counter: &ItemCounter,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<Body>, Refusal> {
    let operation = || endpoint.operation.clone();
    match (body.is_empty(), endpoint.has_body) {
        (true, Some(true)) => return Err(Refusal::NoBody { operation: operation() }),
        (true, _) => return Ok(None),
        (false, Some(false)) => return Err(Refusal::Body { operation: operation(), bytes: body.len() }),
        (false, _) => {}
    }
    let encoding = endpoint.encoding;
    media_type(encoding, headers)?;
    let unpacked = unpacked(endpoint, headers, body)?;
    let unreadable = |problem: String| Refusal::Unreadable { encoding, problem };
    let text = std::str::from_utf8(&unpacked).map_err(|error| unreadable(error.to_string()))?;
    let (items, value) = match encoding {
        Encoding::Json => {
            let items = counter.in_text(text).map_err(|error| unreadable(error.to_string()))?;
            (items, OnceLock::new())
        }
        Encoding::Form => counted(counter, form(text)),
        Encoding::Xml => counted(counter, xml::read(text).map_err(unreadable)?),
    };
    Ok(Some(Body { text: text.to_owned(), items, value }))
}

fn counted(counter: &ItemCounter, value: Value) -> (Option<u64>, OnceLock<Value>) {
    (counter.in_value(&value), value.into())
}

/// A body for people.
pub(crate) fn shown(headers: &HeaderMap, body: &[u8]) -> String {
    let unpacked =
        (stated(headers, CONTENT_ENCODING).as_deref() == Some("gzip")).then(|| gunzip(body).ok()).flatten();
    String::from_utf8_lossy(unpacked.as_deref().unwrap_or(body)).into_owned()
}

fn stated(headers: &HeaderMap, name: hyper::header::HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase())
}

fn media_type(encoding: Encoding, headers: &HeaderMap) -> Result<(), Refusal> {
    let expected = match encoding {
        Encoding::Json => "application/json",
        Encoding::Form => "application/x-www-form-urlencoded",
        Encoding::Xml => "application/xml",
    };
    let Some(stated) = stated(headers, CONTENT_TYPE) else {
        return Err(Refusal::MediaType { found: "of no stated type".to_owned(), expected });
    };
    let kind = stated.split(';').next().unwrap_or_default().trim();
    let fits = match encoding {
        Encoding::Json => kind.ends_with("/json") || kind.ends_with("+json"),
        Encoding::Form => kind == expected,
        Encoding::Xml => kind.ends_with("/xml") || kind.ends_with("+xml"),
    };
    match fits {
        true => Ok(()),
        false => Err(Refusal::MediaType { found: format!("`{kind}`"), expected }),
    }
}

fn unpacked<'b>(endpoint: &Endpoint, headers: &HeaderMap, body: &'b [u8]) -> Result<Cow<'b, [u8]>, Refusal> {
    let stated = stated(headers, CONTENT_ENCODING).filter(|stated| stated != "identity");
    match (endpoint.compression, stated.as_deref()) {
        (None, None) => Ok(Cow::Borrowed(body)),
        (Some(Compression::Gzip), Some("gzip")) => gunzip(body)
            .map(Cow::Owned)
            .map_err(|problem| Refusal::Compression { found: problem, expected: "a body in gzip" }),
        (Some(Compression::Gzip), found) => {
            let found =
                found.map_or_else(|| "not compressed".to_owned(), |found| format!("compressed by `{found}`"));
            Err(Refusal::Compression { found, expected: "`Content-Encoding: gzip`" })
        }
        (None, Some(found)) => {
            let found = format!("compressed by `{found}`");
            Err(Refusal::Compression { found, expected: "a body that is not compressed" })
        }
    }
}

fn gunzip(body: &[u8]) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let limit = UNPACKED as u64 + 1;
    let read = MultiGzDecoder::new(body).take(limit).read_to_end(&mut unpacked);
    read.map_err(|error| format!("no gzip ({error})"))?;
    match unpacked.len() > UNPACKED {
        true => Err(format!("longer than {UNPACKED} bytes when it is unpacked")),
        false => Ok(unpacked),
    }
}

/// A form as an object; a name that stands there more than once has a list.
fn form(text: &str) -> Value {
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let value = Value::String(value.into_owned());
        match object.get_mut(name.as_ref()) {
            None => drop(object.insert(name.into_owned(), value)),
            Some(Value::Array(items)) => items.push(value),
            Some(known) => *known = Value::Array(vec![known.take(), value]),
        }
    }
    Value::Object(object)
}

/// What the schema of an operation refuses in a body.
///
/// In forms and in XML everything is text, and a list of one is that one. What the schema wants as a number, a boolean or a list may be one.
pub(crate) fn refused(endpoint: &Endpoint, plan: &Plan, schemas: &Schemas, body: &Body) -> Vec<Violation> {
    let Some(schema) = &endpoint.schema else { return Vec::new() };
    let body = body.value();
    let mut found = schemas.refused(plan, schema, body);
    if endpoint.encoding == Encoding::Json || found.is_empty() {
        return found;
    }
    let mut body = body.clone();
    // each round corrects a place, and there are at most as many places as violations at first and inside of them
    for _ in 0..MENDED {
        let better = found.iter().find_map(|violation| {
            let pointer: String = violation.path.iter().map(|step| format!("/{step}")).collect();
            let written = body.pointer(&pointer)?.clone();
            let mut tried = body.clone();
            readings(&written).into_iter().find_map(|reading| {
                *tried.pointer_mut(&pointer)? = reading;
                let left = schemas.refused(plan, schema, &tried);
                let mended = left.iter().all(|left| left.path != violation.path);
                (mended && left.len() <= found.len()).then(|| (tried.clone(), left))
            })
        });
        let Some((read, left)) = better else { break };
        (body, found) = (read, left);
    }
    found
}

/// Returns the values that a string can represent.
fn readings(value: &Value) -> Vec<Value> {
    let scalar = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let scalar = scalar.filter(|read| !read.is_object() && !read.is_array() && !read.is_string());
    let listed = (!value.is_array()).then(|| Value::Array(vec![value.clone()]));
    let both = scalar.clone().map(|scalar| Value::Array(vec![scalar]));
    [scalar, listed, both].into_iter().flatten().collect()
}
