//! Operations of an OpenAPI document: what a version says of them, and the schemas of their bodies.

mod beside;
mod decoded;
mod operation;
mod schema;

use std::fmt::Write as _;

use mapwright_language::schemas::patched;
use serde_json::Value;

use crate::error::StartError;
use crate::file::NewFile;
use crate::json::json;
use crate::name::{Address, Names};
use crate::part::Note;
use crate::yaml::plain;
pub use beside::Beside;
pub use operation::NewOperation;
use operation::{ApiOperation, Found, find};

/// What was read of a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenApi {
    /// The schemas.
    pub schemas: Vec<NewFile>,
    /// `destination.yaml` and `version.yaml`, for a destination that is not there yet.
    pub files: Vec<NewFile>,
    /// The operations, as `version.yaml` states them.
    pub operations: Vec<NewOperation>,
    /// What is left to do.
    pub notes: Vec<Note>,
}

/// A document of an API.
#[derive(Clone, Copy)]
pub struct ApiDocument<'d> {
    /// Its text, in JSON or YAML.
    pub text: &'d str,
    /// The name of its file, for readers.
    pub file: &'d str,
    /// A JSON Merge Patch (RFC 7396) of it, in JSON or YAML, for what is known to be wrong in it.
    pub patch: Option<&'d str>,
    /// Reads the files that it refers to, by their paths from its folder.
    pub beside: Beside<'d>,
}

/// Reads operations of an OpenAPI document, 3.0 or 3.1. An operation is named by its `operationId`, or by its method and path.
///
/// # Errors
/// If the text is no such document, or has no such operation, or if the patch cannot be read.
pub fn openapi(api: ApiDocument<'_>, wanted: &[String], address: &str) -> Result<OpenApi, StartError> {
    let ApiDocument { text, file, patch, beside } = api;
    let address = Address::read(address, Names::Version)?;
    let document = match patch {
        Some(patch) => patched(document(text)?, &document(patch).map_err(|error| error.of_patch())?),
        None => document(text)?,
    };
    let (document, unread) = beside::with_files((file, document), beside, &self::document);
    let version = document.get("openapi").and_then(Value::as_str).unwrap_or("");
    if !(version.starts_with("3.0") || version.starts_with("3.1")) {
        let found = match document.get("swagger") {
            Some(version) => format!("Swagger {}", version.as_str().unwrap_or("")),
            None => format!("`openapi: {version}`"),
        };
        return Err(StartError::Content {
            expected: "a document with `openapi: 3.0` or `openapi: 3.1`",
            found,
        });
    }
    let mut read = OpenApi { notes: unread, ..OpenApi::default() };
    let mut operations: Vec<ApiOperation> = Vec::new();
    let mut places: Vec<(String, &str)> = Vec::new();
    for wanted in wanted {
        let found = find(&document, wanted)?;
        let mut notes = Vec::new();
        if places.contains(&(found.method.clone(), found.path)) {
            continue;
        }
        places.push((found.method.clone(), found.path));
        let mut operation = ApiOperation::read(&document, &found, &mut notes);
        // names that differ in their signs alone become one
        let own = operation.name.clone();
        let is_taken = |name: &String| operations.iter().any(|known| known.name == *name);
        if is_taken(&own)
            && let Some(free) = (2..).map(|at| format!("{own}_{at}")).find(|name| !is_taken(name))
        {
            operation.name = free;
        }
        read.notes.append(&mut notes);
        schemas(&document, file, &found, &mut operation, &address, &mut read);
        operations.push(operation);
    }
    read.operations = operations.iter().map(ApiOperation::stated).collect();
    let server = Server::read(&document, &mut read.notes);
    let auth = operation::auth(&document, &mut read.notes);
    let limits = operation::limits(&operations);
    read.files =
        files(&document, &address, &server, &auth, &limits, &operations_text(&read.operations), &operations);
    Ok(read)
}

/// Renders the key `operations` of a version with these.
pub fn operations_text<'o>(operations: impl IntoIterator<Item = &'o NewOperation>) -> String {
    let entries = operations.into_iter().map(|operation| operation.text.as_str());
    std::iter::once("operations:\n").chain(entries).collect()
}

fn document(text: &str) -> Result<Value, StartError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return json(text);
    }
    let budget = serde_saphyr::budget! { max_depth: 256, max_aliases: 10_000, max_nodes: 5_000_000, max_events: 20_000_000, max_total_scalar_bytes: 64 << 20 };
    let options = serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
        StartError::Syntax { format: "YAML", line, column, reason: error.to_string() }
    })
}

/// Adds the schemas of the body and of the response.
fn schemas(
    document: &Value,
    file: &str,
    found: &Found<'_>,
    operation: &mut ApiOperation,
    address: &Address,
    read: &mut OpenApi,
) {
    let info = |key: &str| document.pointer(&format!("/info/{key}")).and_then(Value::as_str).unwrap_or("");
    let comment = format!("{} {} of {file}: {} {}", found.method, found.path, info("title"), info("version"));
    let folder = format!("schemas/{}/{}", address.destination, address.version);
    for (schema, way, ending) in [
        (operation.body.take(), schema::Way::Request, ""),
        (operation.answer.take(), schema::Way::Response, "-response"),
    ] {
        let Some(schema) = schema else { continue };
        let (whole, left) = schema::standalone(document, &schema, way, comment.trim());
        let name = format!("{}{ending}.json", operation.name.replace('_', "-"));
        read.notes.extend(left.into_iter().map(|text| Note { place: name.clone(), text }));
        read.schemas.push(NewFile { path: format!("{folder}/{name}"), text: format!("{whole:#}\n") });
        match way {
            schema::Way::Request => operation.schema = Some(name),
            schema::Way::Response => operation.answer_schema = Some(name),
        }
    }
}

/// The server of a document.
struct Server {
    url: String,
    host: String,
}

impl Server {
    fn read(document: &Value, notes: &mut Vec<Note>) -> Self {
        let mut note = |text: String| notes.push(Note { place: "servers".to_owned(), text });
        let first = document.pointer("/servers/0");
        let mut url =
            first.and_then(|server| server.get("url")).and_then(Value::as_str).unwrap_or("").to_owned();
        let variables = first.and_then(|server| server.get("variables")).and_then(Value::as_object);
        for (name, variable) in variables.into_iter().flatten() {
            let default = variable.get("default").and_then(Value::as_str).unwrap_or(name);
            url = url.replace(&format!("{{{name}}}"), default);
            note(format!("`{name}` is `{default}`; read it from a setting, if operators choose it"));
        }
        if let Some(rest) = url.strip_prefix("http://") {
            note("the document has `http`; requests go to `https`".to_owned());
            url = format!("https://{rest}");
        }
        let host = url
            .strip_prefix("https://")
            .map(|rest| rest.split(['/', ':', '?', '#']).next().unwrap_or("").to_owned());
        let is_name = |host: &String| {
            host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        };
        match host.filter(is_name) {
            Some(host) => Self { url: url.trim_end_matches('/').to_owned(), host },
            None => {
                note("the document names no server with a host; state it in `hosts` and `server`".to_owned());
                Self { url: "https://api.example.com".to_owned(), host: "api.example.com".to_owned() }
            }
        }
    }
}

/// The files of a new destination with these operations.
fn files(
    document: &Value,
    address: &Address,
    server: &Server,
    auth: &operation::Auth,
    limits: &operation::RateHeaders,
    operations: &str,
    all: &[ApiOperation],
) -> Vec<NewFile> {
    let title = document.pointer("/info/title").and_then(Value::as_str).unwrap_or(&address.destination);
    let quoted = |text: &str| Value::from(text).to_string();
    let (name, version) = (plain(&address.destination), quoted(&address.version));
    let mut text = format!(
        "title: {} # TODO: the name for people\nnames: [{name}] # TODO: its names in the `integrations` object of events\n\nversions: {{ default: {version} }}\n",
        quoted(title)
    );
    if !auth.settings.is_empty() {
        text.push_str("\nsettings:\n");
        for setting in &auth.settings {
            let _ = writeln!(
                text,
                "  {setting}: {{ type: string, secret: true, required: true, error: {setting} is missing }}"
            );
        }
    }
    let _ = writeln!(text, "\nhosts: [{}]", server.host);
    text.push_str("\nresponses: # TODO: what the responses of the API mean\n  - { status: 429, class: throttle, after: response.headers.retry-after }\n");
    text.push_str("  - { status: [401, 403], class: give_up, fault: settings, code: unauthorized, advice: check the settings }\n");
    limits.write(&mut text);
    if let Some((code, message)) = all.iter().find_map(|operation| operation.error.clone()) {
        text.push_str("\nerror:\n");
        for (key, path) in [("code", code), ("message", message)] {
            if let Some(path) = path {
                let _ = writeln!(text, "  {key}: {}", plain(&path));
            }
        }
    }
    let mut shared = format!("version: {version}\nserver: {{ value: {} }}\n", quoted(&server.url));
    shared.push_str(&auth.text);
    let folder = format!("mappings/{}", address.destination);
    vec![
        NewFile { path: format!("{folder}/destination.yaml"), text },
        NewFile {
            path: format!("{folder}/{}/version.yaml", address.version),
            text: format!("{shared}\n{operations}"),
        },
    ]
}
