//! The files of a new destination.

use crate::error::StartError;
use crate::file::NewFile;
use crate::name::{Address, Names};
use crate::yaml::plain;

/// The version that a new destination starts with.
const FIRST: &str = "1";

/// Returns the files of a new destination: one version that sends users.
///
/// # Errors
/// If the name cannot be a folder.
///
/// ```
/// let files = mapwright_start::destination("acme").unwrap();
/// assert_eq!(files[0].path, "mappings/acme/destination.yaml");
/// assert!(mapwright_start::destination("a b").is_err());
/// ```
pub fn destination(name: &str) -> Result<Vec<NewFile>, StartError> {
    Address::read(name, Names::Destination)?;
    let version = format!("mappings/{name}/{FIRST}");
    let shown = plain(name);
    Ok(vec![
        NewFile::new(
            format!("mappings/{name}/destination.yaml"),
            format!(
                r#"title: {shown} # TODO: the name for people
names: [{shown}] # TODO: its names in the `integrations` object of events

versions: {{ default: "{FIRST}" }}

settings:
  apiKey: # TODO: the settings that operators make
    type: string
    secret: true
    required: true
    error: the API key of {name} is missing

hosts: [api.example.com] # TODO: the only hosts that requests may go to

responses: # TODO: what the responses of the API mean
  - {{ status: 429, class: throttle, after: response.headers.retry-after }}
  - {{ status: 401, class: give_up, fault: settings, code: unauthorized, advice: check the API key }}

error: # TODO: where the API says what is wrong
  code: response.body.error.code
  message: response.body.error.message
"#
            ),
        ),
        NewFile::new(
            format!("{version}/version.yaml"),
            format!(
                r#"version: "{FIRST}"
server: {{ value: https://api.example.com }} # TODO: the server, which is one of the hosts
headers: {{ Authorization: {{ template: "Bearer {{{{ settings.apiKey }}}}" }} }} # TODO: how requests are authorized

operations:
  send_user: # TODO: the operations of the API
    method: POST
    path: /users
    schema: send-user.json
    idempotent: false
"#
            ),
        ),
        NewFile::new(
            format!("{version}/identify.yaml"),
            r#"message: identify

payload:
  user: # TODO: the fields that the API takes
    id: { from: [userId, anonymousId], as: id, on_missing: reject, error: a user id is missing }
    email: { from: [traits.email, context.traits.email], as: [trim, lowercase] }

steps:
  send: { operation: send_user, body: user }
"#,
        ),
        NewFile::new(
            format!("{version}/identify.test.yaml"),
            r#"settings: { apiKey: key }
now: 2024-05-01T12:00:00Z
tests:
  - name: a user is sent with id and email
    event: { type: identify, userId: u1, traits: { email: " Ada@example.com" } }
    expect:
      requests: [{ step: send, body: { id: u1, email: ada@example.com } }]
"#,
        ),
        NewFile::new(
            format!("schemas/{name}/{FIRST}/send-user.json"),
            r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$comment": "TODO: what the API says of the body",
  "type": "object",
  "required": ["id"],
  "properties": {
    "id": { "type": "string" },
    "email": { "type": "string" }
  }
}
"#,
        ),
    ])
}
