//! Calls of an SDK: what an event becomes where nothing goes over HTTP.

use std::fmt;

use mapwright_convert::Warning;
use serde_json::Value;

use crate::redact::Redactor;
use crate::rejection::{FaultOf, Rejection};

/// The code of the rejection of an event that becomes calls where only requests are made.
pub const CALLS: &str = "calls";

/// One call of a function of an SDK, such as `Chat.update(user)` in a browser.
///
/// `{:?}` prints it with secrets redacted.
#[derive(Clone)]
#[non_exhaustive]
pub struct SdkCall {
    /// The step that makes it.
    pub step: String,
    /// Which of the mapping's steps that is: steps of two groups may have the same name.
    pub instruction: usize,
    /// The operation.
    pub operation: String,
    /// The function, as the operation names it: `Chat.update`.
    pub function: String,
    /// The arguments as JSON text: a list.
    arguments: Vec<u8>,
    redactor: Redactor,
}

impl SdkCall {
    /// A call with these arguments, the text of a list. Those at its end that are null are left out.
    pub(crate) fn new(
        (step, instruction): (&str, usize),
        operation: &str,
        function: &str,
        arguments: &[u8],
        redactor: &Redactor,
    ) -> Self {
        let arguments = without_nulls(arguments);
        let (step, operation, function) = (step.to_owned(), operation.to_owned(), function.to_owned());
        Self { step, instruction, operation, function, arguments, redactor: redactor.clone() }
    }

    /// Returns the arguments, in order, as the JSON text of a list. One without a value is null, unless it is at the end.
    pub fn json(&self) -> &[u8] {
        &self.arguments
    }

    /// Returns the arguments, in order.
    pub fn arguments(&self) -> Vec<Value> {
        serde_json::from_slice(&self.arguments).unwrap_or_default()
    }
}

/// Two are equal when they call the same with the same arguments.
impl PartialEq for SdkCall {
    fn eq(&self, other: &Self) -> bool {
        let Self { step, instruction: _, operation, function, arguments, redactor: _ } = self;
        (step, operation, function) == (&other.step, &other.operation, &other.function)
            && *arguments == other.arguments
    }
}

impl fmt::Debug for SdkCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, instruction: _, operation, function, arguments, redactor } = self;
        let arguments = redactor.redact_bytes(arguments);
        let mut shown = f.debug_struct("SdkCall");
        shown.field("step", step).field("operation", operation).field("function", function);
        shown.field("arguments", &String::from_utf8_lossy(&arguments)).finish_non_exhaustive()
    }
}

/// The calls that an event becomes: all of them, since none waits for a response.
///
/// ```
/// use mapwright::{CALLS, Calls, Outcome, Scratch, SdkCall, Sources, Spec};
///
/// let files: Sources = [
///     ("mappings/chat/destination.yaml", "{ title: Chat, names: [Chat], versions: { default: web } }"),
///     ("mappings/chat/web/version.yaml", "{ version: web, operations: { track: { call: Chat.track, arguments: [event, properties] } } }"),
///     ("mappings/chat/web/track.yaml", "{ message: track, steps: { track: { operation: track } } }"),
/// ].into_iter().collect();
/// let plans = Spec::load(&files).check()?.compile();
/// let mapper = plans.plan("chat", None, &serde_json::json!({}))?.bind(&serde_json::json!({}))?;
/// let mut scratch = Scratch::new();
/// let event = r#"{"type": "track", "event": "Paid", "properties": {"total": 5}}"#;
/// let Outcome::Calls(made @ Calls { .. }) = mapper.map(event, 0, &mut scratch) else { panic!() };
/// let call: &SdkCall = &made.calls[0];
/// assert_eq!((call.function.as_str(), call.json()), ("Chat.track", &br#"["Paid",{"total":5}]"#[..]));
/// assert_eq!(call.arguments()[0], "Paid");
/// assert_eq!(made.refusal().code, CALLS);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Calls {
    /// The message type.
    pub message: String,
    /// The calls, in the order in which they are made.
    pub calls: Vec<SdkCall>,
    /// What had to be dropped or cut.
    pub warnings: Vec<Warning>,
    /// The position of the flow among all of the version.
    pub(crate) flow: Option<usize>,
}

impl Calls {
    /// Returns the rejection of the event for callers that can only send requests.
    pub fn refusal(&self) -> Rejection {
        let functions: Vec<&str> = self.calls.iter().map(|call| call.function.as_str()).collect();
        let does = match functions.first() {
            Some(first) => format!("calls `{first}` of an SDK"),
            None => "calls an SDK".to_owned(),
        };
        let message = format!(
            "the mapping of `{}` {does}, and only HTTP requests are made here; choose a version whose operations are requests",
            self.message
        );
        Rejection { fault: FaultOf::Settings, ..Rejection::new(CALLS, message) }
    }
}

/// The text of a list without the nulls at its end. What this crate has written has no spaces between values.
fn without_nulls(list: &[u8]) -> Vec<u8> {
    let mut items = list.strip_suffix(b"]").unwrap_or(list);
    while let Some(before) = items.strip_suffix(b"null") {
        match before.strip_suffix(b",") {
            Some(before) => items = before,
            None if before == b"[" => items = before,
            None => break,
        }
    }
    [items, b"]"].concat()
}

#[cfg(test)]
mod tests {
    use super::without_nulls;

    #[test]
    fn nulls_at_the_end_are_left_out() {
        for (list, expected) in [
            ("[]", "[]"),
            ("[null]", "[]"),
            ("[null,null]", "[]"),
            ("[1,null,2,null]", "[1,null,2]"),
            (r#"["null"]"#, r#"["null"]"#),
            (r#"[1,",null"]"#, r#"[1,",null"]"#),
            ("[[1,null],null]", "[[1,null]]"),
            ("[[null]]", "[[null]]"),
        ] {
            assert_eq!(without_nulls(list.as_bytes()), expected.as_bytes(), "{list}");
        }
    }
}
