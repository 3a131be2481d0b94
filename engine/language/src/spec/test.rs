//! `<message>.test.yaml`.

use serde_json::Value;

use crate::decode::record;
use crate::yaml::Node;
use mapwright_findings::At;

record! {
    /// The tests of a mapping.
    "a test file"
    pub struct TestFileSpec {
        /// Settings of all tests.
        opt "settings" settings: Node,
        /// The time at which the clock stands: RFC 3339; 2024-01-01T00:00:00Z if it is not said.
        opt "now" now: At<String>,
        /// The tests.
        list "tests" tests: TestSpec,
    }
}

record! {
    /// An event, scripted responses, and what is expected.
    "a test"
    pub struct TestSpec {
        /// What it shows.
        req "name" name: At<String>,
        /// Settings, merged over those of the file.
        opt "settings" settings: Node,
        /// The event.
        opt "event" event: Node,
        /// A file with the event, beside this one.
        opt "event_file" event_file: At<String>,
        /// The time at which the clock stands: RFC 3339.
        opt "now" now: At<String>,
        /// The answers, one for each request.
        opt "responses" responses: At<Vec<ResponseSpec>>,
        /// The same test with a changed event, once for each.
        list "cases" cases: CaseSpec,
        /// What is expected.
        req "expect" expect: ExpectSpec,
    }
}

record! {
    /// A change of the event.
    "a case"
    pub struct CaseSpec {
        /// What it shows; made from the change if it is not said.
        opt "name" name: String,
        /// Values to set, by dotted path.
        map "set" set: Value,
        /// Dotted paths to take away.
        list "unset" unset: At<String>,
        /// What is expected, instead of the test's own.
        opt "expect" expect: ExpectSpec,
    }
}

record! {
    /// A scripted answer.
    "a scripted response"
    pub struct ResponseSpec {
        /// Its status.
        req "status" status: At<u64>,
        /// Its headers.
        map "headers" headers: String,
        /// Its body, as JSON.
        opt "body" body: Value,
        /// Its body, as text.
        opt "text" text: String,
    }
}

record! {
    /// What is expected: `requests`, `rejected` or `skipped`, and more.
    "an expectation"
    pub struct ExpectSpec {
        /// The requests, in order, all of them.
        opt "requests" requests: At<Vec<RequestSpec>>,
        /// The event is rejected.
        opt "rejected" rejected: At<RejectedSpec>,
        /// The event is skipped, with this reason, or by this rule of the engine: `integrations`, `consent`, `unsupported_message`.
        opt "skipped" skipped: At<String>,
        /// The codes of the warnings, in order.
        opt "warnings" warnings: At<Vec<String>>,
        /// What the mapping's `result` makes.
        opt "result" result: At<Value>,
        /// How the run ends: `done`, `failed` or `retry`.
        opt "outcome" outcome: At<String>,
        /// How the run fails.
        opt "failure" failure: At<FailureSpec>,
    }
}

record! {
    /// An expected rejection; what is stated is compared.
    "an expected rejection"
    pub struct RejectedSpec {
        /// Its code.
        opt "code" code: At<String>,
        /// Its message.
        opt "message" message: At<String>,
        /// Its field.
        opt "field" field: At<String>,
    }
}

record! {
    /// An expected failure; what is stated is compared.
    "an expected failure"
    pub struct FailureSpec {
        /// Its code.
        opt "code" code: At<String>,
        /// The status of the response.
        opt "status" status: At<u64>,
    }
}

record! {
    /// An expected request; what is stated is compared.
    "an expected request"
    pub struct RequestSpec {
        /// The step that sends it.
        opt "step" step: At<String>,
        /// Its method.
        opt "method" method: At<String>,
        /// Its URL.
        opt "url" url: At<String>,
        /// Headers that it has; with `null`, that it has not.
        map "headers" headers: At<Value>,
        /// Its whole body.
        opt "body" body: Node,
        /// What its body has, whatever else there is.
        opt "body_includes" body_includes: Node,
        /// Dotted paths that its body has not.
        list "body_lacks" body_lacks: At<String>,
        /// The condition that waits for a response.
        opt "when" when: At<String>,
    }
}
