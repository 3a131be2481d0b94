//! `<message>.test.yaml`.

use serde_json::{Value, json};

use crate::decode::{Decode, record};
use crate::definitions::Definitions;
use crate::spec::{Expression, Fault};
use crate::yaml::{Data, Node};
use mapwright_findings::{At, Reports};

record! {
    /// The tests of a mapping.
    "a test file"
    pub struct TestFileSpec {
        /// No inherited tests run.
        flag "replace" replace: bool,
        /// Settings for all tests.
        opt "settings" settings: Node,
        /// The fixed time, in RFC 3339; 2024-01-01T00:00:00Z by default.
        opt "now" now: At<String>,
        /// The tests.
        list "tests" tests: TestSpec,
        /// What holds for every event, which is tried with many that are made for it.
        list "properties" properties: PropertySpec,
    }
}

record! {
    /// What holds for every event: tried with many that are made from the event spec and from what the mapping reads.
    "a property"
    pub struct PropertySpec {
        /// What holds.
        req "name" name: At<String>,
        /// Settings, merged into those of the file.
        opt "settings" settings: Node,
        /// Members that every event has.
        opt "event" event: Node,
        /// The fixed time, in RFC 3339.
        opt "now" now: At<String>,
        /// Of which events it holds; of all by default.
        opt "when" when: Expression,
        /// Conditions that hold for each of these events, and for what becomes of it: `outcome`, `requests` and more.
        list "must" must: Expression,
        /// The number of events, 100 by default.
        opt "cases" cases: At<u64>,
        /// The number that the events are made from; another one makes others. By default it is made from the name.
        opt "seed" seed: At<u64>,
    }
}

record! {
    /// A test: an event, scripted responses, and expectations.
    "a test"
    pub struct TestSpec {
        /// What the test shows.
        req "name" name: At<String>,
        /// Settings, merged into those of the file.
        opt "settings" settings: Node,
        /// The event.
        opt "event" event: Node,
        /// Several events, whose requests may become one; without `event` and `cases`.
        opt "events" events: At<Vec<Node>>,
        /// A file with the event, relative to this file's folder or to a folder of fixtures.
        opt "event_file" event_file: At<String>,
        /// Where the event comes from: one of the `sources` of the destination.
        opt "source" source: At<String>,
        /// The fixed time, in RFC 3339.
        opt "now" now: At<String>,
        /// The responses, one per request.
        opt "responses" responses: At<Vec<ResponseSpec>>,
        /// The same test with changed events, once per case.
        list "cases" cases: CaseSpec,
        /// The expectations; a case may have its own.
        opt "expect" expect: ExpectSpec,
    }
}

record! {
    /// A case: a change of the event or of the settings.
    "a case"
    pub struct CaseSpec {
        /// What the case shows; derived from the change by default.
        opt "name" name: At<String>,
        /// Values to set, by dotted path.
        map "set" set: Value,
        /// Dotted paths to remove.
        list "unset" unset: At<String>,
        /// Settings of this case, merged into those of the test.
        opt "settings" settings: Node,
        /// Expectations that replace those of the test.
        opt "expect" expect: ExpectSpec,
    }
}

record! {
    /// A scripted response.
    "a scripted response"
    pub struct ResponseSpec {
        /// Its status.
        req "status" status: At<u64>,
        /// Its headers.
        map "headers" headers: HeaderText,
        /// Its body, as JSON.
        opt "body" body: Value,
        /// Its body, as text.
        opt "text" text: String,
        /// A file with its body, relative to this file's folder or to a folder of fixtures.
        opt "body_file" body_file: At<String>,
    }
}

record! {
    /// Expectations: `requests`, `calls`, `rejected` or `skipped`, and more.
    "an expectation"
    pub struct ExpectSpec {
        /// All requests, in order.
        opt "requests" requests: At<Vec<RequestSpec>>,
        /// All calls of an SDK, in order.
        opt "calls" calls: At<Vec<CallSpec>>,
        /// The event is rejected.
        opt "rejected" rejected: At<RejectedSpec>,
        /// The event is skipped, with this reason or by this rule of the engine: `integrations`, `consent`, `event_filter`, `source`, `unsupported_message`.
        opt "skipped" skipped: At<String>,
        /// Of a test with `events`: what becomes of each of them, in order; all are `done` by default.
        opt "events" events: At<Vec<EventSpec>>,
        /// The warnings, in order: the code of each, or more.
        opt "warnings" warnings: At<Vec<WarningSpec>>,
        /// The value of the mapping's `result`.
        opt "result" result: At<Value>,
        /// How the run ends: `done`, `failed` or `retry`.
        opt "outcome" outcome: At<String>,
        /// How the run fails.
        opt "failure" failure: At<FailureSpec>,
        /// When the last request is sent again; the outcome is `retry`.
        opt "retry" retry: At<RetrySpec>,
        /// All order keys of the event.
        opt "order" order: At<Vec<OrderKeySpec>>,
        /// The settings whose values must never be printed, sorted.
        opt "secrets" secrets: At<Vec<String>>,
    }
}

record! {
    /// What becomes of one of several events.
    "what becomes of an event"
    pub struct EndSpec {
        /// How it ends: `done`, `failed`, `retry`, `rejected` or `skipped`.
        opt "outcome" outcome: At<String>,
        /// How it fails.
        opt "failure" failure: At<FailureSpec>,
        /// Why it is rejected.
        opt "rejected" rejected: At<RejectedSpec>,
        /// The reason or the rule for which it is skipped.
        opt "skipped" skipped: At<String>,
        /// When its request is sent again.
        opt "retry" retry: At<RetrySpec>,
        /// Its warnings, in order: the code of each, or more.
        opt "warnings" warnings: At<Vec<WarningSpec>>,
    }
}

/// What becomes of one of several events: a word, or more.
#[derive(Debug, Clone)]
pub struct EventSpec(pub EndSpec);

impl Decode for EventSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        if let Data::Text(word) = &node.data {
            let mut end = EndSpec::stand_in(node.span)?;
            end.flawed = false;
            end.outcome = Some(At { value: word.clone(), span: node.span });
            return Some(Self(end));
        }
        EndSpec::decode(node, reports).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let end = EndSpec::schema(definitions);
        json!({ "anyOf": [{ "type": "string" }, end] })
    }
}

record! {
    /// An expected retry; the stated keys are compared.
    "a retry"
    pub struct RetrySpec {
        /// After how many seconds; `null` if the response does not say so.
        opt "after" after: At<Value>,
        /// Whether all requests of the rate group wait.
        opt "throttle" throttle: At<bool>,
        /// The setting of which a new value is asked for; `null` for none.
        opt "renew" renew: At<Value>,
    }
}

record! {
    /// An expected order key: events with the same key and value are delivered in order.
    "an order key"
    pub struct OrderKeySpec {
        /// Its name in `order`.
        req "key" key: String,
        /// Its value.
        req "value" value: String,
        /// The steps that it orders; without it, the whole event.
        list "steps" steps: String,
    }
}

record! {
    /// An expected rejection; the stated keys are compared.
    "a rejection"
    pub struct RejectedSpec {
        /// Its code.
        opt "code" code: At<String>,
        /// Its message.
        opt "message" message: At<String>,
        /// Its field; `null` for none.
        opt "field" field: At<OrNull<String>>,
        /// Who must act: `event`, `settings` or `destination`.
        opt "fault" fault: At<Fault>,
    }
}

record! {
    /// An expected warning; the stated keys are compared.
    "a warning"
    pub struct WarnedSpec {
        /// Its code.
        opt "code" code: At<String>,
        /// Its message.
        opt "message" message: At<String>,
        /// Its field; `null` for none.
        opt "field" field: At<OrNull<String>>,
    }
}

/// Something that a test states, or `null` where it must be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrNull<T>(pub Option<T>);

impl<T: Decode> Decode for OrNull<T> {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Null => Some(Self(None)),
            _ => T::decode(node, reports).map(|value| Self(Some(value))),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [T::schema(definitions), { "type": "null" }] })
    }
}

/// The value of a header; a number, `true` and `false` as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderText(pub String);

impl Decode for HeaderText {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Number(_, written) => Some(Self(written.clone())),
            Data::Bool(value) => Some(Self(value.to_string())),
            _ => String::decode(node, reports).map(Self),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// An expected warning: its code, or more.
#[derive(Debug, Clone)]
pub struct WarningSpec(pub WarnedSpec);

impl Decode for WarningSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        if let Some(code) = node.as_text() {
            let mut warned = WarnedSpec::stand_in(node.span)?;
            warned.flawed = false;
            warned.code = Some(At { value: code.to_owned(), span: node.span });
            return Some(Self(warned));
        }
        WarnedSpec::decode(node, reports).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let warned = WarnedSpec::schema(definitions);
        json!({ "anyOf": [{ "type": "string" }, warned] })
    }
}

record! {
    /// An expected failure; the stated keys are compared.
    "a failure"
    pub struct FailureSpec {
        /// Its code.
        opt "code" code: At<String>,
        /// The status of the response; `null` if there is none.
        opt "status" status: At<OrNull<u64>>,
        /// Who must act: `event`, `settings` or `destination`.
        opt "fault" fault: At<Fault>,
        /// What the user can do; `null` if it says nothing of that.
        opt "advice" advice: At<OrNull<String>>,
        /// What the API says, as the mapping finds it in the response.
        opt "api" api: ApiSpec,
        /// The items that failed, of steps with `on_failure: continue`.
        opt "items" items: At<Vec<Value>>,
    }
}

record! {
    /// What an API is expected to say; the stated keys are compared.
    "what an API says"
    pub struct ApiSpec {
        /// Its code; `null` for none.
        opt "code" code: At<OrNull<String>>,
        /// Its message; `null` for none.
        opt "message" message: At<OrNull<String>>,
    }
}

record! {
    /// An expected request; the stated keys are compared.
    "a request"
    pub struct RequestSpec {
        /// The step that sends it.
        opt "step" step: At<String>,
        /// Its method.
        opt "method" method: At<String>,
        /// Its URL.
        opt "url" url: At<String>,
        /// Its headers; `null` for a header that must be missing.
        map "headers" headers: At<Value>,
        /// Its whole body.
        opt "body" body: Node,
        /// Members of its body, among others.
        opt "body_includes" body_includes: Node,
        /// Dotted paths that must be missing from its body.
        list "body_lacks" body_lacks: At<String>,
        /// The condition that depends on a response.
        opt "when" when: At<String>,
        /// Its rate group; `null` if it is in none.
        opt "rate" rate: At<Value>,
        /// Whether sending it twice does no harm.
        opt "idempotent" idempotent: At<bool>,
        /// The names in its body that must be defined at the API, in order.
        opt "declared" declared: At<Vec<String>>,
        /// Where it shows a secret, which is redacted in all that is printed: `url`, `headers.<name>` and paths such as `body.token`.
        opt "redacted" redacted: At<Vec<String>>,
    }
}

record! {
    /// An expected call; the stated keys are compared.
    "a call"
    pub struct CallSpec {
        /// The step that makes it.
        opt "step" step: At<String>,
        /// The function that is called.
        opt "call" function: At<String>,
        /// All of its arguments, in order.
        opt "arguments" arguments: Node,
        /// Where it shows a secret, which is redacted in all that is printed: paths such as `arguments.0.token`.
        opt "redacted" redacted: At<Vec<String>>,
    }
}

impl CallSpec {
    /// Returns whether it expects nothing of the call.
    pub fn states_nothing(&self) -> bool {
        let Self { step, function, arguments, redacted, .. } = self;
        step.is_none() && function.is_none() && arguments.is_none() && redacted.is_none()
    }
}

impl RequestSpec {
    /// Returns whether it expects nothing of the request.
    pub fn states_nothing(&self) -> bool {
        let Self { step, method, url, headers, body, body_includes, body_lacks, when, .. } = self;
        let texts = [step, method, url, when];
        texts.iter().all(|text| text.is_none())
            && headers.is_empty()
            && body.is_none()
            && body_includes.is_none()
            && body_lacks.is_empty()
    }
}
