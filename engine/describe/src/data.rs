//! What a description consists of: plain data, in which everything knows its place.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::body_field::{BodyField, SchemaOf};
use crate::place::{Place, Statement};

/// A version of a destination, with everything that it inherits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The name of the destination.
    pub destination: String,
    /// Its display name.
    pub title: String,
    /// What it says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The version.
    pub version: String,
    /// The versions that it extends, nearest first.
    pub bases: Vec<String>,
    /// How the version is selected.
    pub choice: Choice,
    /// The sources of events.
    pub sources: Vec<EventSource>,
    /// What operators configure.
    pub settings: Vec<Setting>,
    /// The base URL of all requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Row>,
    /// The hosts that requests may go to.
    pub hosts: Vec<Placed>,
    /// The headers of every request.
    pub headers: Vec<Row>,
    /// The query parameters of every request.
    pub query: Vec<Row>,
    /// How requests are authorized, in addition to headers and query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Placed>,
    /// The endpoints.
    pub operations: Vec<Operation>,
    /// What responses mean, after the rules of a step and of its operation.
    pub responses: Vec<Response>,
    /// The groups of operations that have a rate limit in common.
    pub rates: Vec<Rate>,
    /// The tables that conversions look values up in.
    pub tables: Vec<Table>,
    /// What becomes of events whose type has no mapping.
    pub unsupported: Unsupported,
    /// The mappings, and their variants after each.
    pub messages: Vec<Message>,
    /// What the files of the destination and the version state, but for what is described completely.
    #[serde(skip)]
    pub statements: Vec<Statement>,
}

/// A string with its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// How a version is selected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// The setting that contains the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// The version that is used if nothing selects one.
    pub default: String,
    /// Other names of versions.
    pub aliases: BTreeMap<String, String>,
}

/// A source of events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventSource {
    /// Its name.
    pub name: String,
    /// The types that it sends through the mappings.
    pub cloud: Vec<String>,
    /// The types that it sends through an SDK of the destination.
    pub device: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// What operators configure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// The type of its value; any type if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Whether it must be stated.
    pub required: bool,
    /// The condition under which it must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether it is never printed.
    pub secret: bool,
    /// Its value if it is not stated, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The values that it may have, as JSON.
    pub one_of: Vec<String>,
    /// The regular expression that its values match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Of a list: the columns of its items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Setting>,
    /// Other names that operators may use.
    pub aliases: Vec<String>,
    /// Whether the version reads it.
    pub read: bool,
    /// Where it stands.
    pub place: Place,
}

/// An endpoint of the API.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The HTTP method; `call` for a function of an SDK.
    pub method: String,
    /// The path, with `{name}` for parameters; or the name of the function.
    pub path: String,
    /// The encoding of its body.
    pub encoding: String,
    /// The compression of its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// How it is authorized, in place of what the version says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
    /// Its rate-limit group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Whether a request is safe to send twice.
    pub idempotent: bool,
    /// The file of the schema of its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What its schemas say of each field, with the whole as the first.
    #[serde(skip)]
    pub schemas: Vec<(SchemaOf, Vec<BodyField>)>,
    /// Its query parameters.
    pub query: Vec<Row>,
    /// Its headers.
    pub headers: Vec<Row>,
    /// The objects of its body whose members must be defined at the API before: kind and path.
    pub declared: Vec<(String, String)>,
    /// How the items of several events become one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// What that request has of its items, if they do not stand in it as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<String>,
    /// What its responses mean.
    pub responses: Vec<Response>,
    /// Where it stands.
    pub place: Place,
}

/// What a response means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Response {
    /// The statuses that it is about, as in `404` or `500-599`; all, if there are none.
    pub statuses: Vec<String>,
    /// A further condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What the response means: `done`, `retry`, `throttle`, `give_up` or `split`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The code of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Who must act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// When the request is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How often the rule applies to a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The step that continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// The setting that gets a new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renew: Option<String>,
    /// The items of a batch that have another fate than the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedItems>,
    /// What it reads of the response for later steps.
    pub captures: Vec<Row>,
    /// Where it stands.
    pub place: Place,
}

/// Items of a batch that a response names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailedItems {
    /// The list of the response that has an entry for each.
    pub each: String,
    /// Which entries count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// What it means for the item: `give_up`, `retry` or `done`.
    pub class: String,
}

/// A group of operations that have a rate limit in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// Its name.
    pub name: String,
    /// So many requests.
    pub requests: u64,
    /// In so many seconds.
    pub seconds: u64,
    /// The headers of responses that state the limit, what is left of it, and when it is reset.
    pub headers: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// A table that conversions look values up in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its entries, as JSON.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// What becomes of events whose type has no mapping.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unsupported {
    /// Whether they are rejected, and not skipped.
    pub rejected: bool,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A mapping, or a variant of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// The name of the mapping.
    pub name: String,
    /// The variant, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The condition of the variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The types of events, in lower case; none, if it is for a command.
    pub types: Vec<String>,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Whether it removes something for good.
    pub destructive: bool,
    /// The events that it skips.
    pub skips: Vec<Skip>,
    /// What it requires of events.
    pub requirements: Vec<Requirement>,
    /// What it warns of.
    pub warnings: Vec<Warning>,
    /// Order keys: events with the same value are delivered one after the other.
    pub order: Vec<Row>,
    /// The options of events that decide something, besides warnings.
    pub options: Vec<String>,
    /// The named values that conditions and templates read.
    pub values: Vec<Row>,
    /// The payload parts that requests send or that something reads.
    pub parts: Vec<Part>,
    /// The steps, a group before those in it.
    pub steps: Vec<Step>,
    /// What a command gets back.
    pub result: Vec<Row>,
    /// What the file states.
    #[serde(skip)]
    pub statements: Vec<Statement>,
    /// Where it stands.
    pub place: Place,
}

/// Events that are skipped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skip {
    /// The condition.
    pub when: String,
    /// The message.
    pub reason: String,
    /// Where it stands.
    pub place: Place,
}

/// A requirement on events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Requirement {
    /// What must hold.
    pub text: String,
    /// The sources that it needs, in their order.
    pub needs: Vec<String>,
    /// What it needs one of.
    #[serde(skip)]
    pub any: Vec<String>,
    /// What it needs all of.
    #[serde(skip)]
    pub all: Vec<String>,
    /// The condition that must be true.
    #[serde(skip)]
    pub that: Option<String>,
    /// The condition under which it must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The message of the rejection.
    pub otherwise: String,
    /// Its code.
    pub code: String,
    /// Who must act.
    pub fault: String,
    /// Where it stands.
    pub place: Place,
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// Its code.
    pub code: String,
    /// The condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The message.
    pub message: String,
    /// Where it stands.
    pub place: Place,
}

/// A payload part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The operations whose requests send it.
    pub operations: Vec<String>,
    /// Its fields; those of objects in it by their paths.
    pub rows: Vec<Row>,
}

/// A step: a use of an operation, or a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// The groups that it is in, outermost first.
    pub groups: Vec<String>,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The operation; none for a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The method and the path of the operation, as in `POST /users`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The conditions under which it is made: all must hold.
    pub conditions: Vec<String>,
    /// The list for whose items it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Whether the others are made when it fails for one.
    pub goes_on: bool,
    /// Path parameters.
    pub params: Vec<Row>,
    /// Query parameters.
    pub query: Vec<Row>,
    /// Headers.
    pub headers: Vec<Row>,
    /// The payload part that it sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The fields of a body of its own, or what a function is given.
    pub body: Vec<Row>,
    /// What it reads of the response for later steps.
    pub captures: Vec<Row>,
    /// How long the response serves other events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// The most pages that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// What responses mean, before the rules of its operation.
    pub responses: Vec<Response>,
    /// What it warns of.
    pub warnings: Vec<Warning>,
    /// Its order keys.
    pub order: Vec<Row>,
    /// Where it stands.
    pub place: Place,
}

/// A row of a trait table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The path of the value in what it is a part of, as in `query.value[0].field`; `...` stands for members that are spread.
    pub target: String,
    /// What is said of it for readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The types that the API's schema has for it.
    pub types: Vec<String>,
    /// What the value is made of: the first that is present counts.
    pub sources: Vec<Source>,
    /// Conversions, whatever the source.
    pub conversions: Vec<Conversion>,
    /// Conditions under which the row has a value: all must hold.
    pub conditions: Vec<String>,
    /// What becomes of it without a value, or with one that cannot be converted.
    pub absence: Absence,
    /// The names of its members, if no row states them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming: Option<Naming>,
    /// Where it stands.
    pub place: Place,
}

/// What kind of source it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A path.
    Path,
    /// A constant, as JSON.
    Constant,
    /// A template.
    Template,
    /// The members of objects that no other row reads.
    Rest,
    /// Anything that is made of others.
    Made,
}

/// A source of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// The source as text, in which named values are expanded.
    pub text: String,
    /// The paths that it reads, of the event and of other documents.
    pub reads: Vec<String>,
    /// Conversions of this source alone.
    pub conversions: Vec<Conversion>,
    /// Conditions under which it counts: all must hold.
    pub conditions: Vec<String>,
    /// What is left out, of the members that no other row reads.
    pub omits: Vec<String>,
    /// What becomes of a value that its own conversions refuse; nothing, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Invalid>,
    /// Where it stands.
    pub place: Place,
}

/// A conversion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conversion {
    /// Its name.
    pub name: String,
    /// Its arguments as text; empty without any.
    pub arguments: String,
    /// Whether it is a limit of the API.
    pub limit: bool,
    /// Whether it bounds values: such a limit, or one that shortens them or keeps them in a range.
    pub bounds: bool,
    /// The type of the result; none, if that depends on the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<String>,
}

impl Conversion {
    /// Returns the conversion with its arguments, as in `limit_text: 255`.
    pub fn text(&self) -> String {
        match self.arguments.as_str() {
            "" => self.name.clone(),
            arguments => format!("{}: {arguments}", self.name),
        }
    }
}

/// What becomes of a row without a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Absence {
    /// Without a value.
    pub missing: Missing,
    /// With a value that cannot be converted; nothing, if there are no conversions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Invalid>,
    /// The absent values that count as present: `null`, `empty`.
    pub keeps: Vec<String>,
    /// The message of a rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What becomes of a row without a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The field is left out.
    Omit,
    /// The event is rejected.
    Reject,
    /// The field is `null`.
    Null,
    /// The field has this value.
    Default(String),
}

/// What becomes of a value that cannot be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Invalid {
    /// The event is rejected.
    Reject,
    /// The field is dropped with a warning.
    Omit,
    /// The next source counts, with a warning.
    Next,
}

/// The names of members that no row states: of what no other row reads, or of what is flattened.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Naming {
    /// What joins the names of nested members, if these are flattened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The characters that a name must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
    /// The longest name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<u64>,
    /// The most members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
    /// The members that other rows read, or that are left out.
    pub reserved: Vec<String>,
    /// What rows read within members whose rest stays, as in `address.city`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}
