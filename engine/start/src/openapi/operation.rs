//! One operation of a document: its request, its responses, and what they need.

use std::fmt::Write as _;

use mapwright_findings::suggest;
use serde_json::{Map, Value};

use super::schema::resolve;
use crate::error::StartError;
use crate::name::snake;
use crate::part::Note;
use crate::yaml::plain;

/// The methods that operations can have.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// The most references that follow each other.
const HOPS: usize = 16;

/// An operation, as `version.yaml` states it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOperation {
    /// Its method.
    pub method: String,
    /// Its path, with the parameters as a mapping names them.
    pub path: String,
    /// Its entry of `operations`.
    pub text: String,
}

/// Where an operation stands.
pub(super) struct Found<'d> {
    pub(super) method: String,
    pub(super) path: &'d str,
    item: &'d Value,
    operation: &'d Value,
}

/// Finds an operation by its `operationId`, or by its method and path.
pub(super) fn find<'d>(document: &'d Value, wanted: &str) -> Result<Found<'d>, StartError> {
    let mut known: Vec<String> = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let item = followed(document, item);
        for method in METHODS {
            let Some(operation) = item.get(method).filter(|operation| operation.is_object()) else {
                continue;
            };
            let by_path = format!("{} {path}", method.to_uppercase());
            let id = operation.get("operationId").and_then(Value::as_str);
            if id == Some(wanted) || by_path == wanted {
                return Ok(Found { method: method.to_uppercase(), path, item, operation });
            }
            known.push(id.map_or(by_path, str::to_owned));
        }
    }
    let help = match known.len() {
        0..=20 => suggest(wanted, &known),
        count => match mapwright_findings::nearest(wanted, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("the document has {count} others; state an `operationId`, or a method and a path")
            }
        },
    };
    Err(StartError::Operation { name: wanted.to_owned(), help })
}

/// Follows references to what they lead to.
fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let mut value = value;
    for _ in 0..HOPS {
        match value.get("$ref").and_then(Value::as_str).and_then(|reference| resolve(document, reference)) {
            Some(next) => value = next,
            None => break,
        }
    }
    value
}

/// An operation, as a version states it.
pub(super) struct ApiOperation {
    pub(super) name: String,
    method: String,
    path: String,
    form: bool,
    pub(super) schema: Option<String>,
    pub(super) answer_schema: Option<String>,
    /// The schema of the body, in the notation of the document.
    pub(super) body: Option<Value>,
    /// The schema of the response.
    pub(super) answer: Option<Value>,
    /// The rows of required parameters, with their names.
    query: Vec<(String, String)>,
    headers: Vec<String>,
    optional: Vec<String>,
    answers: Vec<(String, String)>,
    rate: Vec<String>,
    /// Where responses of errors have their code and message.
    pub(super) error: Option<(Option<String>, Option<String>)>,
}

impl ApiOperation {
    pub(super) fn read(document: &Value, found: &Found<'_>, notes: &mut Vec<Note>) -> Self {
        let id = found.operation.get("operationId").and_then(Value::as_str);
        let name = snake(id.unwrap_or(&format!("{} {}", found.method.to_lowercase(), found.path)));
        let mut operation = Self {
            name,
            method: found.method.clone(),
            path: path(found.path.split(['?', '#']).next().unwrap_or("")),
            form: false,
            schema: None,
            answer_schema: None,
            body: None,
            answer: None,
            query: Vec::new(),
            headers: Vec::new(),
            optional: Vec::new(),
            answers: Vec::new(),
            rate: Vec::new(),
            error: None,
        };
        operation.read_body(document, found, notes);
        operation.read_path(found.path, notes);
        operation.read_parameters(document, found, notes);
        operation.read_answers(document, found);
        operation
    }

    fn read_body(&mut self, document: &Value, found: &Found<'_>, notes: &mut Vec<Note>) {
        let Some(body) = found.operation.get("requestBody").map(|body| followed(document, body)) else {
            return;
        };
        let mut note = |text: &str| notes.push(Note { place: self.name.clone(), text: text.to_owned() });
        if matches!(found.method.as_str(), "GET" | "DELETE") {
            note("the document states a body for this method; check that the API reads it");
        }
        let content = body.get("content").and_then(Value::as_object);
        let is_form = |kind: &str| kind.starts_with("application/x-www-form-urlencoded");
        let of = |wanted: &dyn Fn(&str) -> bool| {
            content?.iter().find(|(kind, _)| wanted(kind)).map(|(_, media)| media)
        };
        let media = match (of(&is_json), of(&is_form)) {
            (Some(media), _) => media,
            (None, Some(media)) => {
                self.form = true;
                media
            }
            (None, None) => return note("its body is neither JSON nor a form, and cannot be sent"),
        };
        match media.get("schema").filter(|schema| schema.is_object()) {
            Some(schema) => self.body = Some(schema.clone()),
            None => note("the document has no schema of its body"),
        }
    }

    /// What stands in a path behind its end: a query, and what distinguishes operations of one path.
    fn read_path(&mut self, path: &str, notes: &mut Vec<Note>) {
        let (path, fragment) = path.split_once('#').map_or((path, None), |(path, rest)| (path, Some(rest)));
        let mut note = |text: String| notes.push(Note { place: self.name.clone(), text });
        if let Some(fragment) = fragment {
            note(format!("`#{fragment}` of its path is not a part of a request, and is left out"));
        }
        let Some((_, query)) = path.split_once('?') else { return };
        note(format!("`{query}` of its path is sent as `query`"));
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = if value.starts_with('{') { "value" } else { value };
            self.add_query(name, &Value::from(value));
        }
    }

    fn add_query(&mut self, name: &str, value: &Value) {
        if !self.query.iter().any(|(known, _)| known == name) {
            self.query.push((name.to_owned(), row(name, value)));
        }
    }

    fn read_parameters(&mut self, document: &Value, found: &Found<'_>, notes: &mut Vec<Note>) {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for of in [found.operation, found.item] {
            for parameter in of.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let parameter = followed(document, parameter);
                let text = |key: &str| parameter.get(key).and_then(Value::as_str);
                let (Some(name), Some(place)) = (text("name"), text("in")) else { continue };
                // those of the operation take precedence over those of its path
                if seen.contains(&(place, name)) || place == "path" {
                    continue;
                }
                seen.push((place, name));
                let required = parameter.get("required").and_then(Value::as_bool) == Some(true);
                match place {
                    "query" | "header" if !required => self.optional.push(format!("{name} ({place})")),
                    "query" => self.add_query(name, &value(document, parameter)),
                    "header" if is_own(name) => {}
                    "header" if is_token(name) => self.headers.push(row(name, &value(document, parameter))),
                    _ => notes.push(Note {
                        place: self.name.clone(),
                        text: format!("the parameter `{name}` in `{place}` cannot be sent"),
                    }),
                }
            }
        }
    }

    fn read_answers(&mut self, document: &Value, found: &Found<'_>) {
        for (status, answer) in
            found.operation.get("responses").and_then(Value::as_object).into_iter().flatten()
        {
            let answer = followed(document, answer);
            for (name, _) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
                let lower = name.to_lowercase();
                if lower.contains("ratelimit") || lower.contains("rate-limit") {
                    self.rate.push(name.clone());
                }
            }
            let content = answer.get("content").and_then(Value::as_object);
            let media = content.and_then(|content| content.iter().find(|(kind, _)| is_json(kind)));
            let schema = media.and_then(|(_, media)| media.get("schema")).filter(|schema| schema.is_object());
            if status.starts_with('2') {
                self.answer = self.answer.take().or_else(|| schema.cloned());
                continue;
            }
            if let Some(schema) = schema
                && self.error.is_none()
            {
                let [code, message] = ["code", "message"].map(|name| place_of(document, schema, name, 4));
                self.error =
                    Some((code, message)).filter(|(code, message)| code.is_some() || message.is_some());
            }
            let described = answer.get("description").and_then(Value::as_str).unwrap_or("");
            self.answers.push((status.clone(), described.to_owned()));
        }
    }

    /// The operation as a version states it.
    pub(super) fn stated(&self) -> NewOperation {
        let mut text = String::new();
        self.write(&mut text);
        NewOperation { method: self.method.clone(), path: self.path.clone(), text }
    }

    /// Writes the entry of `operations`.
    fn write(&self, out: &mut String) {
        let _ = writeln!(out, "  {}:", plain(&self.name));
        let bare = self.path.chars().all(|c| c.is_ascii_alphanumeric() || "/_-.{}".contains(c));
        let path = if bare { self.path.clone() } else { Value::from(self.path.as_str()).to_string() };
        let _ = writeln!(out, "    method: {}\n    path: {path}", self.method);
        if let Some(schema) = &self.schema {
            let _ = writeln!(out, "    schema: {}", plain(schema));
        }
        if let Some(schema) = &self.answer_schema {
            let _ = writeln!(out, "    answer_schema: {}", plain(schema));
        }
        if self.form {
            out.push_str("    encoding: form\n");
        }
        out.push_str(match self.method.as_str() {
            "GET" => "    idempotent: true\n",
            _ => "    idempotent: false # TODO: whether a request that is sent twice does the same as once\n",
        });
        let query: Vec<String> = self.query.iter().map(|(_, row)| row.clone()).collect();
        for (key, rows) in [("query", &query), ("headers", &self.headers)] {
            if !rows.is_empty() {
                let _ = writeln!(out, "    {key}: # TODO: the values\n      {}", rows.join("\n      "));
            }
        }
        if !self.optional.is_empty() {
            let _ = writeln!(out, "    # optional parameters: {}", one_line(&self.optional.join(", ")));
        }
        let rules: Vec<String> =
            self.answers.iter().filter_map(|(status, described)| rule(status, described)).collect();
        if !rules.is_empty() {
            let _ = writeln!(
                out,
                "    responses: # TODO: what these responses mean\n      {}",
                rules.join("\n      ")
            );
        }
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or("").trim();
    kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
}

/// A path whose parameters have names that a mapping can state.
fn path(path: &str) -> String {
    let mut made = String::new();
    for (at, part) in path.split('{').enumerate() {
        match part.split_once('}').filter(|_| at > 0) {
            Some((name, rest)) => made.push_str(&format!("{{{}}}{rest}", snake(name))),
            None => made.push_str(part),
        }
    }
    let made = made.replace(' ', "%20");
    if made.starts_with('/') { made } else { format!("/{made}") }
}

/// Headers that are set for every request, and those that are about a connection.
fn is_own(name: &str) -> bool {
    const OWN: [&str; 12] = [
        "accept",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    OWN.contains(&name.to_lowercase().as_str())
}

/// Whether a header can have this name; RFC 9110, 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// A value that the document has for a parameter.
fn value(document: &Value, parameter: &Value) -> Value {
    let schema = parameter.get("schema").map(|schema| followed(document, schema)).unwrap_or(&Value::Null);
    let stated =
        [parameter.get("example"), schema.get("default"), schema.pointer("/enum/0"), schema.get("example")];
    let scalar = |value: &&Value| value.is_string() || value.is_number() || value.is_boolean();
    stated.into_iter().flatten().find(scalar).cloned().unwrap_or_else(|| Value::from("value"))
}

/// The row of a parameter.
fn row(name: &str, value: &Value) -> String {
    format!("{}: {{ value: {value} }}", plain(name))
}

/// A response rule to fill in. What the engine decides by itself needs none.
fn rule(status: &str, described: &str) -> Option<String> {
    let (code, fault) = match status {
        "400" => ("invalid_request", ""),
        "401" => ("unauthorized", ", fault: settings"),
        "402" | "403" => ("forbidden", ", fault: settings"),
        "404" => ("not_found", ""),
        "409" => ("conflict", ""),
        "410" => ("gone", ""),
        "413" => ("too_large", ""),
        "415" => ("unsupported_type", ""),
        "422" => ("invalid_data", ""),
        _ => return None,
    };
    let said = one_line(described);
    let said = if said.is_empty() { String::new() } else { format!(" # {said}") };
    Some(format!("- {{ status: {status}, class: give_up, code: {code}{fault} }}{said}"))
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// Where a property of this name stands in a response, as a source.
fn place_of(document: &Value, schema: &Value, name: &str, depth: usize) -> Option<String> {
    fn inside(document: &Value, schema: &Value, name: &str, depth: usize) -> Option<String> {
        let schema = followed(document, schema);
        let depth = depth.checked_sub(1)?;
        let properties = schema.get("properties").and_then(Value::as_object);
        if properties.is_some_and(|properties| properties.contains_key(name)) {
            return Some(format!(".{name}"));
        }
        let word = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let deeper = properties.into_iter().flatten().filter(|(key, _)| word(key));
        let found = deeper.take(20).find_map(|(key, inner)| {
            let inner = followed(document, inner);
            match inner.get("items") {
                Some(items) => inside(document, items, name, depth).map(|place| format!(".{key}[0]{place}")),
                None => inside(document, inner, name, depth).map(|place| format!(".{key}{place}")),
            }
        });
        found.or_else(|| {
            let parts = schema.get("allOf").and_then(Value::as_array)?;
            parts.iter().take(20).find_map(|part| inside(document, part, name, depth))
        })
    }
    inside(document, schema, name, depth).map(|place| format!("response.body{place}"))
}

/// How requests are authorized.
#[derive(Default)]
pub(super) struct Auth {
    /// The settings that it reads.
    pub(super) settings: Vec<&'static str>,
    /// What the version states.
    pub(super) text: String,
}

/// Returns how the document says that requests are authorized: by the first scheme that it requires. What cannot be said is noted.
pub(super) fn auth(document: &Value, notes: &mut Vec<Note>) -> Auth {
    let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
    let required =
        document.pointer("/security/0").and_then(Value::as_object).and_then(|first| first.keys().next());
    let mut left = |text: String| notes.push(Note { place: "security".to_owned(), text });
    let scheme = match required {
        Some(name) => schemes.and_then(|schemes| schemes.get(name)),
        None => schemes.and_then(|schemes| schemes.values().next()),
    };
    let Some(scheme) = scheme.map(|scheme| followed(document, scheme)) else {
        if let Some(name) = required {
            left(format!(
                "the scheme `{name}` is not defined; state in `version.yaml` how requests are authorized"
            ));
        }
        return Auth::default();
    };
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or("");
    let bearer = |setting: &'static str| Auth {
        settings: vec![setting],
        text: format!(
            "headers: {{ Authorization: {{ template: \"Bearer {{{{ settings.{setting} }}}}\" }} }}\n"
        ),
    };
    match (text("type"), text("scheme").to_lowercase().as_str(), text("in")) {
        ("http", "basic", _) => Auth {
            settings: vec!["username", "password"],
            text: "auth: { basic: { username: settings.username, password: settings.password } }\n"
                .to_owned(),
        },
        ("http", "bearer", _) => bearer("apiKey"),
        ("oauth2" | "openIdConnect", ..) => bearer("accessToken"),
        ("apiKey", _, place @ ("header" | "query")) if place == "query" || is_token(text("name")) => Auth {
            settings: vec!["apiKey"],
            text: format!(
                "{}: {{ {}: settings.apiKey }}\n",
                if place == "query" { "query" } else { "headers" },
                plain(text("name"))
            ),
        },
        (kind, scheme, place) => {
            let words = [kind, scheme, place, text("name")].into_iter().filter(|word| !word.is_empty());
            let words = words.collect::<Vec<_>>().join(" ");
            left(format!(
                "requests are authorized by `{words}`, which is not imported; state in `version.yaml` how that is done"
            ));
            Auth::default()
        }
    }
}

/// The headers that state a rate limit.
#[derive(Default)]
pub(super) struct RateHeaders(Map<String, Value>);

impl RateHeaders {
    pub(super) fn write(&self, out: &mut String) {
        if self.0.is_empty() {
            return;
        }
        let headers: Vec<String> = self
            .0
            .iter()
            .map(|(key, name)| format!("{key}: {}", plain(name.as_str().unwrap_or(""))))
            .collect();
        let _ = writeln!(
            out,
            "\nrates: # TODO: how many requests the API takes until its responses say so\n  default: {{ requests: 100, per: 1m, headers: {{ {} }} }}",
            headers.join(", ")
        );
    }
}

/// Returns the headers of these operations that state a rate limit.
pub(super) fn limits(operations: &[ApiOperation]) -> RateHeaders {
    let mut found = Map::new();
    for name in operations.iter().flat_map(|operation| &operation.rate) {
        let key = ["limit", "remaining", "reset"].into_iter().find(|key| name.to_lowercase().ends_with(key));
        if let Some(key) = key {
            found.entry(key).or_insert_with(|| Value::from(name.as_str()));
        }
    }
    RateHeaders(found)
}
