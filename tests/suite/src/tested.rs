//! Mappings with tests beside them, and what is found of both.

use mapwright::Sources;
use mapwright_report::{Format, Look, render};
use mapwright_validate::{Options, Report, validate};

use crate::sources;

/// A mapping with something of everything that tests can state.
pub const IDENTIFY: &str = r#"
message: identify
skip:
  - { when: traits.internal, reason: internal users are not sent }
payload:
  person:
    id: userId
    name: { from: traits.name, as: { truncate: 5 } }
    age: { from: traits.age, as: integer, on_error: omit }
    born: { from: traits.born, as: unix_seconds }
    tags: { each: traits.tags, to: { name: item } }
    seen: now
require:
  - { any: [userId], otherwise: a user id is required, code: no_user }
steps:
  find: { operation: find, query: { id: userId }, capture: { id: "response.body.data[0].id" } }
  update: { operation: put, when: captures.id, body: person }
  create:
    operation: send
    unless: captures.id
    body: person
    on:
      - { status: 409, class: give_up, code: exists, fault: settings, advice: remove the other one }
      - { status: 429, class: throttle, after: response.headers.retry-after }
    order: { person: userId }
order: { user: userId }
"#;

/// The rules that do not matter to the made-up destination.
pub const OTHERS: [&str; 3] = ["idempotence", "loose-limit", "unused-definition"];

/// Returns the made-up destination with this `identify.yaml` and these tests, which have the same settings.
pub fn with_tests(identify: &str, tests: &str) -> Sources {
    let mut sources = sources(identify);
    let tests = format!("settings: {{ apiKey: key }}\nnow: 2024-05-01T12:00:00Z\ntests:\n{tests}");
    sources.insert("mappings/acme/1.0/identify.test.yaml", tests);
    sources
}

/// Returns the findings of files, but for [`OTHERS`], also as text.
pub fn check(sources: &Sources) -> (Report, String) {
    let mut report = validate(sources, &Options::default());
    report.findings.retain(|finding| !OTHERS.contains(&finding.rule.id));
    let text = render(&report, sources, Format::Text(Look::PLAIN));
    (report, text)
}
