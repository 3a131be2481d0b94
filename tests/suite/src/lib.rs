//! A made-up destination for tests of the engine, and helpers.

pub mod ends;
pub mod random;
pub mod tested;

use mapwright::{Mapper, Outcome, Plans, Rejection, Response, Scratch, Skip, Sources, Spec};
use serde_json::{Value, json};

/// The fixed time of all tests.
pub const NOW: i64 = 1_714_564_800_000;

/// `destination.yaml` of the made-up destination.
pub const DESTINATION: &str = r#"
title: Acme
names: [ACME, Acme]
versions: { default: "1.0" }
settings:
  apiKey: { type: string, secret: true, required: true }
  flag: { type: boolean, default: false }
  region: { type: string, one_of: [us, eu], default: us }
hosts: [api.acme.example.com, eu.acme.example.com]
"#;

/// `version.yaml` of its only version.
pub const VERSION: &str = r#"
version: "1.0"
server:
  switch: settings.region
  cases: { us: { value: https://api.acme.example.com }, eu: { value: https://eu.acme.example.com } }
headers: { Authorization: { template: "Bearer {{ settings.apiKey }}" } }
operations:
  send: { method: POST, path: /send }
  find: { method: GET, path: /things }
  get: { method: GET, path: "/things/{id}" }
  put: { method: PUT, path: "/things/{id}" }
"#;

/// Returns the files of the made-up destination with this `identify.yaml`.
pub fn sources(identify: &str) -> Sources {
    [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", VERSION),
        ("mappings/acme/1.0/identify.yaml", identify),
    ]
    .into_iter()
    .collect()
}

/// Checks and compiles mappings. Findings fail the test, and so does a version that is left out without one.
pub fn compile(sources: &Sources) -> Plans {
    let valid = Spec::load(sources).check().unwrap_or_else(|found| panic!("{found}"));
    let stated: usize =
        valid.catalog().destinations.iter().map(|destination| destination.versions.len()).sum();
    assert_eq!(valid.versions().count(), stated, "versions are left out, without a finding");
    valid.compile()
}

/// Returns findings, one per line.
pub fn list(findings: &[mapwright::Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Returns the findings of files.
pub fn findings(sources: &Sources) -> String {
    match Spec::load(sources).check() {
        Ok(valid) => list(valid.warnings()),
        Err(found) => list(&found.findings),
    }
}

/// Returns a mapper of the made-up destination with this `identify.yaml`.
pub fn mapper(identify: &str, settings: Value) -> Mapper {
    bind(&compile(&sources(identify)), "acme", settings)
}

/// Returns a mapper that sends these rows, by name.
pub fn rows(fields: impl IntoIterator<Item = (String, Value)>) -> Mapper {
    let mut thing: serde_json::Map<String, Value> = fields.into_iter().collect();
    thing.insert("always".into(), json!({ "value": true }));
    let identify = json!({
        "message": "identify",
        "payload": { "thing": thing },
        "steps": { "send": { "operation": "send", "body": "thing" } },
    });
    mapper(&identify.to_string(), json!({}))
}

/// Binds the version that the settings select, with a token added.
pub fn bind(plans: &Plans, destination: &str, settings: Value) -> Mapper {
    let mut all = json!({ "apiKey": "key" });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    plans.plan(destination, None, &all).unwrap().bind(&all).unwrap()
}

/// A request, as tests compare it.
#[derive(Debug, PartialEq)]
pub struct Sent {
    /// Method and URL.
    pub line: String,
    /// The body as JSON, or as text, or null.
    pub body: Value,
    /// In a preview: the condition.
    pub when: Option<String>,
}

/// The outcome of an event.
#[derive(Debug, PartialEq)]
pub enum Became {
    /// Returns the requests.
    Mapped(Vec<Sent>),
    /// The rule and its reason.
    Skipped(Skip),
    /// Returns the rejection.
    Rejected(Rejection),
}

impl Became {
    /// Returns the requests.
    pub fn sent(self) -> Vec<Sent> {
        match self {
            Became::Mapped(sent) => sent,
            other => panic!("not mapped: {other:?}"),
        }
    }

    /// Returns the body of the only request.
    pub fn body(self) -> Value {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0).body
    }

    /// Returns the rejection.
    pub fn rejection(self) -> Rejection {
        match self {
            Became::Rejected(rejection) => rejection,
            other => panic!("not rejected: {other:?}"),
        }
    }
}

fn sent(request: &mapwright::Request<'_>) -> Sent {
    let body = request.body.as_ref().map_or(Value::Null, |body| {
        serde_json::from_slice(body.bytes())
            .unwrap_or_else(|_| Value::from(String::from_utf8(body.bytes().to_vec()).unwrap()))
    });
    Sent { line: format!("{} {}", request.method, request.url), body, when: request.when.clone() }
}

/// Returns the preview of an event, from its bytes and from its tree, which must be equal.
pub fn preview(mapper: &Mapper, event: &Value) -> Became {
    let bytes = preview_bytes(mapper, event.to_string().as_bytes());
    let mut scratch = Scratch::new();
    let tree = became(mapper.map(event, NOW, &mut scratch));
    assert_eq!(bytes, tree, "bytes and tree differ for {event}");
    bytes
}

/// Returns the preview of an event's bytes.
pub fn preview_bytes(mapper: &Mapper, event: &[u8]) -> Became {
    let mut scratch = Scratch::new();
    became(mapper.map(event, NOW, &mut scratch))
}

fn became(outcome: Outcome<'_>) -> Became {
    match outcome {
        Outcome::Mapped(mut run) => match run.preview() {
            Ok(requests) => Became::Mapped(requests.iter().map(sent).collect()),
            Err(rejection) => Became::Rejected(*rejection),
        },
        Outcome::Calls(calls) => Became::Rejected(calls.refusal()),
        Outcome::Skipped { skip, .. } => Became::Skipped(skip),
        Outcome::Rejected { rejection, .. } => Became::Rejected(*rejection),
    }
}

/// Drives a run with scripted responses. Returns what was sent, and how it ended.
pub fn drive(mapper: &Mapper, event: &Value, responses: &[(u16, Value)]) -> (Vec<Sent>, String) {
    let bytes = event.to_string();
    let mut scratch = Scratch::new();
    let mut run = match mapper.map(bytes.as_str(), NOW, &mut scratch) {
        Outcome::Mapped(run) => run,
        other => return (Vec::new(), format!("{other:?}")),
    };
    let mut all = Vec::new();
    let mut script = responses.iter();
    loop {
        match run.request() {
            Ok(Some(request)) => all.push(sent(&request)),
            Ok(None) => return (all, "done".to_owned()),
            Err(rejection) => return (all, format!("rejected: {rejection}")),
        }
        let Some((status, body)) = script.next() else { return (all, "script ended".to_owned()) };
        let response = Response::new(*status, [], body.to_string().into_bytes());
        match run.respond(&response, NOW) {
            Ok(mapwright::Progress::Next) => {}
            Ok(retry) => return (all, format!("{retry:?}")),
            Err(ended) => return (all, format!("ended: {ended}")),
        }
    }
}

/// Returns the files of a folder that contains `mappings/` and `schemas/`.
pub fn files(folder: &std::path::Path) -> Sources {
    fn collect(root: &std::path::Path, folder: &std::path::Path, sources: &mut Sources) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, sources);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                sources.insert_bytes_as(name.clone(), name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut sources = Sources::new();
    collect(folder, &folder.join("mappings"), &mut sources);
    collect(folder, &folder.join("schemas"), &mut sources);
    if let Ok(config) = std::fs::read(folder.join("mapwright.toml")) {
        sources.insert_bytes_as("mapwright.toml", "mapwright.toml", config);
    }
    sources
}

/// Returns the root of the workspace.
pub fn workspace() -> &'static std::path::Path {
    std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The names of the made-up destinations.
pub fn made_up() -> Vec<String> {
    let folder = workspace().join("tests/mappings");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The paths of all Rust sources in a folder of the workspace, as in `engine/plan/src/lib.rs`, sorted.
pub fn rust_files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(workspace().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        match entry.file_type().unwrap().is_dir() {
            // what fuzzing builds
            true if name == "target" => {}
            true => found.extend(rust_files(&path)),
            false if name.ends_with(".rs") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// Compares a generated file with its current content. With `UPDATE_GENERATED` in the environment, the file is rewritten.
pub fn generated(path: &str, text: &str) {
    let file = workspace().join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let current = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        current == text,
        "{path} is out of date: regenerate it with `UPDATE_GENERATED=1 cargo test -p mapwright-tests`"
    );
}
