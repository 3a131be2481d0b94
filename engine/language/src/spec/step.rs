//! Steps and response rules.

use crate::decode::{Decode, Named, Time, edited_schema, record, words};
use crate::definitions::Definitions;
use crate::spec::row::{Fields, decode_fields};
use crate::spec::{Expression, FailedSpec, Fault, RowSpec, SplitInto, Template};
use crate::yaml::{Data, Key, Node};
use mapwright_convert::Source;
use mapwright_findings::rules;
use mapwright_findings::{At, Reports, Span};
use serde_json::{Value, json};

/// The only field of a payload part that is sent as a list: its items.
pub const FIELD_ITEMS: &str = "[]";

record! {
    /// One use of an operation, or a group of steps.
    "a step"
    pub struct StepSpec {
        /// Documentation for readers.
        opt "description" description: String,
        /// A step of `version.yaml` to reuse; the other keys override it.
        opt "use" shared: At<String>,
        /// Inherited parts of the step to remove, such as `body`.
        list "remove" remove: At<String>,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// The inherited step that a new step precedes.
        opt "before" before: At<String>,
        /// The inherited step that a new step follows.
        opt "after" after: At<String>,
        /// The step runs only if this condition is true.
        opt "when" when: Expression,
        /// The step does not run if this condition is true.
        opt "unless" unless: Expression,
        /// Order keys: this step of events with the same value under the same name is made one at a time, in order.
        map "order" order: RowSpec,
        /// Repeat the step for every item of this list.
        opt "for_each" for_each: RowSpec,
        /// With `for_each`: selects items.
        opt "where" filter: Expression,
        /// With `for_each`: what happens when the step fails for an item; `stop` by default.
        opt "on_failure" on_failure: At<OnFailure>,
        /// Steps of a group, instead of an operation.
        map "steps" steps: StepSpec,
        /// The operation to call.
        opt "operation" operation: At<String>,
        /// Path parameters; a parameter that is not stated is the capture, or else the item's field, of its name.
        map "params" params: RowSpec,
        /// Query parameters.
        map "query" query: RowSpec,
        /// Headers.
        map "headers" headers: RowSpec,
        /// The body: the name of a payload part, or fields.
        opt "body" body: BodySpec,
        /// Of a call: what the function is given, in order, in place of what the operation states.
        opt "arguments" arguments: ArgumentsSpec,
        /// Values captured from a response that is `done`, for later steps.
        map "capture" capture: RowSpec,
        /// The response is one page of several.
        opt "page" page: PageSpec,
        /// The response is kept, and serves other events whose request is the same.
        opt "cache" cache: CacheSpec,
        /// Response rules, applied before the operation's own rules.
        edit "on" on: ResponseRuleSpec,
        /// Warnings about the response.
        edit "warn" warn: WarnSpec,
    }
}

record! {
    /// How a step continues to the next page. The lists that are captured from the pages are joined.
    "a page"
    pub struct PageSpec {
        /// What the next page is asked for with, read as `captures.next`; the last page has none.
        due "next" next: NextSpec,
        /// Query parameters of the requests for the pages after the first.
        map "query" query: RowSpec,
        /// The most pages.
        due "most" most: At<u64>,
    }
}

record! {
    /// How long a response is kept, and when it is requested again.
    "a kept response"
    struct LongCacheSpec {
        /// How long it is kept, such as `1h`.
        due "for" time: At<Time>,
        /// If this condition is true after the captures, what was kept is too old: the request is sent again, once for an event.
        opt "renew" renew: Expression,
    }
}

/// How long a response is kept: a time, or a time and more.
#[derive(Debug, Clone)]
pub struct CacheSpec {
    /// How long it is kept, such as `1h`.
    pub time: At<Time>,
    /// The condition under which what was kept is too old.
    pub renew: Option<Expression>,
    /// Its position.
    pub span: Span,
}

impl Decode for CacheSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let span = node.span;
        match &node.data {
            Data::Map(_) => LongCacheSpec::decode(node, reports)
                .map(|LongCacheSpec { time, renew, .. }| Self { time, renew, span }),
            Data::Text(time) => {
                Some(Self { time: At { value: Time(time.clone()), span }, renew: None, span })
            }
            _ => {
                rules::wrong_type::report(reports, &node.found(), "a time such as `1h`, or `for` and `renew`")
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let long = LongCacheSpec::schema(definitions);
        json!({ "anyOf": [{ "type": "string" }, long] })
    }
}

/// What the next page is asked for with: a capture.
#[derive(Debug, Clone)]
pub struct NextSpec {
    /// The name of the capture.
    pub name: At<String>,
    /// Its row.
    pub row: RowSpec,
}

impl Decode for NextSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let name = At { value: "next".to_owned(), span: node.span };
        RowSpec::decode(node, reports).map(|row| Self { name, row })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        RowSpec::schema(definitions)
    }
}

record! {
    /// A warning about an event that is sent nevertheless.
    "a warning"
    pub struct WarnSpec {
        /// The warning is added if this condition is true.
        opt "when" when: Expression,
        /// Its stable code.
        req "code" code: String,
        /// The user's message, a template.
        req "message" message: Template,
    }
}

/// A step's body.
#[derive(Debug, Clone)]
pub enum BodySpec {
    /// A part of the payload, by its name.
    Part(At<String>),
    /// Fields of the step itself.
    Fields(Named<RowSpec>),
}

impl Decode for BodySpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Text(name) => Some(Self::Part(At { value: name.clone(), span: node.span })),
            Data::Map(_) => decode_fields(node, reports).map(Self::Fields),
            _ => rules::wrong_type::report(reports, &node.found(), "the name of a payload part, or fields"),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let fields = Fields::schema(definitions);
        json!({ "anyOf": [{ "type": "string" }, fields] })
    }
}

/// What a function is given: rows, in order.
#[derive(Debug, Clone)]
pub struct ArgumentsSpec {
    /// The rows, as fields of a body: the only field, `"[]"`, is the list of them.
    pub fields: Named<RowSpec>,
    /// Its position.
    pub span: Span,
}

impl Decode for ArgumentsSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let span = node.span;
        match &node.data {
            // without arguments, no row is missing
            Data::List(rows) if rows.is_empty() => return Some(Self { fields: Named::default(), span }),
            Data::List(_) => {}
            _ => {
                let expected = "a list with a row for each argument, such as `[event, payload.properties]`";
                return rules::wrong_type::report(reports, &node.found(), expected);
            }
        }
        let list = (Key { text: "list".to_owned(), span }, node.clone());
        let row = RowSpec::decode(&Node { span, data: Data::Map(vec![list]) }, reports)?;
        Some(Self { fields: vec![(At { value: FIELD_ITEMS.to_owned(), span }, row)].into(), span })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let row = RowSpec::schema(definitions);
        let mut schema = edited_schema::<RowSpec>(definitions);
        // a single row would not be in a list
        let whole = schema.get_mut("anyOf").and_then(|any| any.get_mut(0));
        if let Some(whole) = whole {
            *whole = json!({ "type": "array", "items": row });
        }
        schema
    }
}

record! {
    /// A response rule: which responses it matches, and what they mean.
    "a response rule"
    pub struct ResponseRuleSpec {
        /// Statuses: `404`, `5xx`, `500-503`, or a list of these; any status by default.
        some "status" status: StatusSpec,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// The rule applies only if this condition is true.
        opt "when" when: Expression,
        /// Values captured from the response.
        map "capture" capture: RowSpec,
        /// The step to continue with.
        opt "then" then: At<String>,
        /// What the response means.
        opt "class" class: Class,
        /// The setting that is no longer valid, such as `settings.accessToken`: the request is sent again with a new value of it.
        opt "renew" renew: At<Source>,
        /// With `retry` and `throttle`: when to retry, in seconds from now or as a time.
        opt "after" after: RowSpec,
        /// With `retry` and `throttle`: how often the rule applies to a request; then the rules after it count. With `renew`: how often a request asks for a new
        /// value; twice by default.
        opt "times" times: At<u64>,
        /// With `split`: what the items of the request become; `halves` by default.
        opt "into" into: At<SplitInto>,
        /// In a batch: which of the items the response names, whatever it means for the others.
        some "failed" failed: FailedSpec,
        /// With `give_up`: who must act.
        opt "fault" fault: Fault,
        /// With `give_up`: a stable code of the failure.
        opt "code" code: String,
        /// With `give_up`: what the user can do; a template.
        opt "advice" advice: Template,
        /// Documentation for readers.
        opt "description" description: String,
    }
}

words! {
    /// What happens when a step fails for one of the items that it is repeated for.
    pub enum OnFailure {
        /// The event has failed.
        Stop = "stop",
        /// The others are made; the event has failed for those that failed.
        Continue = "continue",
    }
}

words! {
    /// What a response means.
    pub enum Class {
        /// The step has succeeded.
        Done = "done",
        /// Send the same request again.
        Retry = "retry",
        /// Retry later; all requests of the rate group wait.
        Throttle = "throttle",
        /// The event has failed.
        GiveUp = "give_up",
        /// In a batch: the items are sent in smaller requests; a single one has failed.
        Split = "split",
    }
}

/// An inclusive range of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusSpec {
    /// The first status.
    pub first: u16,
    /// The last status, included.
    pub last: u16,
}

impl Decode for StatusSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let text = match &node.data {
            Data::Number(_, written) => written.as_str(),
            Data::Text(text) => text.as_str(),
            _ => "",
        };
        let one = |text: &str| text.trim().parse::<u16>().ok().filter(|code| (100..=599).contains(code));
        let range = match text.split_once('-') {
            Some((first, last)) => one(first).zip(one(last)),
            None => match text.strip_suffix("xx") {
                Some(hundreds) => one(&format!("{hundreds}00")).map(|first| (first, first + 99)),
                None => one(text).map(|code| (code, code)),
            },
        };
        match range {
            Some((first, last)) if first <= last => Some(Self { first, last }),
            _ => rules::wrong_type::report(
                reports,
                &node.found(),
                "a status such as `404`, `5xx` or `500-503`",
            ),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "string", "pattern": "^([1-5]xx|[1-5][0-9]{2}(-[1-5][0-9]{2})?)$" },
        ]})
    }
}
