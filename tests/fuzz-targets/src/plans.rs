//! The plans of the fuzz targets: all shipped ones, and those of the test mappings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use mapwright::{Mapper, Plan, Plans, Schemas, Sources, Spec};
use serde_json::{Value, json};

/// The token in the settings of all plans.
pub(crate) const SECRET: &str = "s3cret-4f1c9d0b7a";

/// A plan with settings.
pub(crate) struct Ready {
    pub(crate) name: String,
    pub(crate) mapper: Mapper,
    /// The mapper with redacted secrets.
    pub(crate) redacted: Mapper,
    pub(crate) shape: Shape,
}

/// The possible URLs of a version, read from its files without the engine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    /// All servers that settings can select.
    pub(crate) servers: Vec<String>,
    /// The path of each operation, with `{name}` for its parameters.
    pub(crate) operations: BTreeMap<String, String>,
}

/// Returns all plans with settings.
pub(crate) fn ready() -> &'static [Ready] {
    static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
        let bound = |(plan, shape): &(Plan, Shape)| {
            let settings = settings(plan.destination());
            Ready {
                name: format!("{}/{}", plan.destination(), plan.version()),
                mapper: plan.bind(&settings).expect("the settings fit"),
                redacted: plan.bind_redacted(&settings).expect("the settings fit"),
                shape: shape.clone(),
            }
        };
        plans().iter().map(bound).collect()
    });
    &READY
}

/// Returns all plans with the shapes of their URLs.
pub(crate) fn plans() -> &'static [(Plan, Shape)] {
    static PLANS: LazyLock<Vec<(Plan, Shape)>> = LazyLock::new(|| {
        let (sources, plans) = loaded();
        let destinations: Vec<&str> = plans.destinations().collect();
        let versions = destinations.iter().flat_map(|destination| plans.versions(destination));
        versions.map(|plan| (plan.clone(), shape(sources, plan.destination(), plan.version()))).collect()
    });
    &PLANS
}

/// The body schemas of all plans.
pub(crate) fn schemas() -> &'static Schemas {
    static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&loaded().1));
    &SCHEMAS
}

fn loaded() -> &'static (Sources, Plans) {
    static LOADED: LazyLock<(Sources, Plans)> = LazyLock::new(|| {
        let sources = sources();
        let plans = compile(&sources).unwrap_or_else(|findings| panic!("{findings}"));
        (sources, plans)
    });
    &LOADED
}

/// Checks and compiles mappings, or returns the findings, one per line.
pub(crate) fn compile(sources: &Sources) -> Result<Plans, String> {
    Spec::load(sources).check().map(|valid| valid.compile()).map_err(|found| found.to_string())
}

fn sources() -> Sources {
    let mut sources = mapwright_builtin::sources();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mappings");
    for set in folder(&tests) {
        add(&mut sources, &set, &set);
    }
    sources
}

fn folder(path: &Path) -> Vec<std::path::PathBuf> {
    let entries = path.read_dir().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn add(sources: &mut Sources, root: &Path, path: &Path) {
    if path.is_dir() {
        folder(path).iter().for_each(|inner| add(sources, root, inner));
    } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
        let name = path.strip_prefix(root).expect("a path below").to_string_lossy().into_owned();
        sources.insert(name, std::fs::read_to_string(path).expect("text"));
    }
}

fn yaml(sources: &Sources, path: &str) -> Value {
    serde_saphyr::from_str(sources.get(path).unwrap_or_default()).expect("YAML")
}

/// Reads the shape from the files of a version, of the destination that its own extends, and of the versions that it extends.
fn shape(sources: &Sources, destination: &str, version: &str) -> Shape {
    let files: Vec<Value> = lineage(sources, destination)
        .iter()
        .map(|destination| yaml(sources, &format!("mappings/{destination}/{version}/version.yaml")))
        .collect();
    let mut shape = match files.iter().rev().find_map(|file| file["extends"].as_str()) {
        Some(parent) => shape(sources, destination, parent),
        None => Shape::default(),
    };
    for file in &files {
        if let Some(server) = file.get("server") {
            let mut settings = settings(destination);
            shape.servers = servers(server, &settings);
            // as requests that are printed show those with secrets in them
            let texts = settings.as_object_mut().into_iter().flat_map(|all| all.values_mut());
            texts.filter(|value| value.is_string()).for_each(|text| *text = json!("[redacted]"));
            shape.servers.extend(servers(server, &settings));
        }
        for (name, operation) in file["operations"].as_object().into_iter().flatten() {
            if let Some(path) = operation["path"].as_str() {
                shape.operations.insert(name.clone(), path.to_owned());
            }
        }
    }
    shape
}

/// The servers that a row can give, if its settings are printed as they are.
fn servers(row: &Value, settings: &Value) -> Vec<String> {
    match row {
        Value::String(text) if text.starts_with("https://") => vec![printed(text, settings)],
        Value::String(text) => {
            text.strip_prefix("settings.").map(|name| setting(settings, name)).into_iter().collect()
        }
        Value::Array(items) => items.iter().flat_map(|item| servers(item, settings)).collect(),
        Value::Object(row) => match row.get("join").and_then(Value::as_array) {
            Some(parts) => {
                let with = row["with"].as_str().expect("text");
                let parts: Vec<Vec<String>> = parts.iter().map(|part| servers(part, settings)).collect();
                let rest = parts[1..].iter().map(|part| part[0].as_str());
                let rest: String = rest.flat_map(|part| [with, part]).collect();
                parts[0].iter().map(|first| format!("{first}{rest}")).collect()
            }
            None => row
                .iter()
                .filter(|(key, _)| *key != "switch")
                .flat_map(|(_, row)| servers(row, settings))
                .collect(),
        },
        _ => Vec::new(),
    }
}

/// Returns the destinations that a destination extends, the farthest first, and itself.
fn lineage(sources: &Sources, destination: &str) -> Vec<String> {
    let file = yaml(sources, &format!("mappings/{destination}/destination.yaml"));
    let mut all = file["extends"].as_str().map(|parent| lineage(sources, parent)).unwrap_or_default();
    all.push(destination.to_owned());
    all
}

/// A server with a setting in it, whose expression prints the setting as it is.
fn printed(text: &str, settings: &Value) -> String {
    let Some((before, (expression, after))) =
        text.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
    else {
        return text.to_owned();
    };
    let name = expression
        .trim()
        .strip_prefix("settings.")
        .and_then(|name| name.split('|').next())
        .expect("a setting");
    format!("{before}{}{}", setting(settings, name), printed(after, settings))
}

fn setting(settings: &Value, name: &str) -> String {
    settings[name].as_str().expect("a setting that is text").to_owned()
}

/// Returns settings that enable all features of a destination.
fn settings(destination: &str) -> Value {
    match destination {
        "customerio" => {
            json!({ "siteID": "site", "apiKey": SECRET, "deviceTokenEventName": "Order Completed" })
        }
        "intercom" => json!({ "apiKey": SECRET, "sendAnonymousId": true }),
        "iterable" => {
            json!({ "apiKey": SECRET, "registerDeviceOrBrowserApiKey": SECRET, "trackAllPages": true, "mapToSingleEvent": false })
        }
        "klaviyo" => {
            json!({ "privateApiKey": SECRET, "listId": "L1", "consent": ["email", "sms"], "flattenProperties": true })
        }
        "mixpanel" => json!({
            "token": SECRET, "identityMergeApi": "original", "strictMode": true, "serviceAccountUserName": "ada",
            "serviceAccountSecret": SECRET, "projectId": "42", "propIncrements": [{ "property": "total" }],
            "setOnceProperties": [{ "property": "age" }], "unionProperties": [{ "property": "tags" }],
            "appendProperties": [{ "property": "ownerId" }], "groupKeySettings": [{ "groupKey": "company" }],
            "useUserDefinedPageEventName": true, "userDefinedPageEventTemplate": "Viewed {{ name }}",
        }),
        "sendgrid" => json!({
            "apiKey": SECRET, "listId": "037ae8d4-25b4-496e-adff-2fded15fd0c5", "mailFromTraits": true, "fromEmail": "shop@example.com",
            "subject": "Hello", "templateId": "d-1", "eventNamesSettings": [{ "event": "Order Completed" }],
            "customFieldsMapping": [{ "from": "plan", "to": "plan" }],
        }),
        "webengage" => json!({ "apiKey": SECRET, "licenseCode": "in~1" }),
        "zendesk" => json!({
            "domain": "acme", "email": "agent@example.com", "apiToken": SECRET, "createUsersAsVerified": true,
            "sendGroupCallsWithoutUserId": true, "removeUsersFromOrganization": true, "searchByExternalId": true,
        }),
        "intercom_v2" => json!({ "accessToken": SECRET, "sendAnonymousId": true }),
        "fanout" => json!({ "token": SECRET, "events": [
            { "from": "Order Completed", "to": "purchase" },
            { "from": "order completed", "to": "lead/../x" },
        ] }),
        "formpost" => json!({ "user": "ada", "password": SECRET, "key": SECRET, "list": "news" }),
        "herald" => {
            json!({ "accountToken": SECRET, "listId": "l1", "goals": [{ "from": "Signed Up", "to": "signup", "worth": 1 }] })
        }
        "catalog" | "ledger" | "parcel" | "slack" => json!({ "token": SECRET }),
        "parley" => json!({ "identityKey": SECRET }),
        "depot" => json!({ "apiKey": SECRET }),
        "rolodex" => json!({ "clientId": "c1", "clientSecret": SECRET }),
        "signet" => json!({ "keyId": "k1", "signingKey": "c2lnbmV0IHNlY3JldA==" }),
        "chirp" => {
            json!({ "consumerKey": "ck", "consumerSecret": SECRET, "accessToken": "token-of-chirp", "accessTokenSecret": SECRET })
        }
        other => panic!("no settings for {other}"),
    }
}

/// Returns events that reach all mappings. Seeds refer to them by index.
pub(crate) fn events() -> &'static [Value] {
    static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
        vec![
            json!({
                "type": "identify", "userId": "u1", "anonymousId": "a1", "originalTimestamp": "2024-05-01T12:00:00Z",
                "traits": {
                    "email": "Ada@Example.com", "phone": "+15555550100", "firstName": "Ada", "age": 36, "tags": ["a"],
                    "ownerId": "12", "createdAt": 1714564800, "address": { "city": "Bath", "geo": { "lat": 51.4 } },
                    "company": { "id": "c1", "name": "Acme", "plan": "pro", "seats": 3 },
                    "unsubscribedFromEmails": true,
                },
            }),
            json!({
                "type": "identify", "userId": "u1", "traits": { "company": { "id": "c/1", "remove": true } },
                "integrations": { "Intercom": { "lookup": "phone" }, "Formpost": { "listId": "../l" } },
            }),
            json!({
                "type": "identify",
                "context": { "mappedToDestination": true, "externalId": [
                    { "id": "e1", "identifierType": "email", "type": "email" },
                ] },
                "traits": { "email": "e1", "custom_attributes": { "a": 1 } },
            }),
            json!({
                "type": "track", "userId": "u1", "event": "Order Completed", "timestamp": "2024-05-01",
                "context": { "traits": { "email": "ada@example.com" } },
                "properties": { "revenue": { "amount": 5, "currency": "eur" }, "total": 12.5, "products": [
                    { "product_id": 1, "price": "2.5" }, { "sku": "b", "quantity": 2 },
                ] },
            }),
            json!({
                "type": "group", "userId": "u1", "groupId": "g1",
                "traits": { "name": "Acme", "employees": 450, "tags": ["x", "y", 1] },
                "context": { "traits": { "email": "ada@example.com", "tags": ["x"] } },
            }),
            json!({
                "regulationType": "suppress_with_delete",
                "users": [{ "userId": "u1" }, {}, { "userId": "" }, { "userId": 5 }],
            }),
        ]
    });
    &EVENTS
}
