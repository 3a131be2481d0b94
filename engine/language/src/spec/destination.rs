//! `destination.yaml`.

use serde_json::Value;

use crate::decode::{Time, record, words};
use crate::spec::{DocsSpec, Expression, ResponseRuleSpec, RowSpec, UnsupportedSpec};
use mapwright_convert::Matcher;
use mapwright_findings::At;

record! {
    /// The parts of a destination that all of its versions share.
    "a destination"
    pub struct DestinationSpec {
        /// The destination that it inherits from, with all its versions.
        opt "extends" extends: At<String>,
        /// Inherited parts to remove, such as `settings.region`.
        list "remove" remove: At<String>,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// Its display name.
        due "title" title: String,
        /// Documentation for readers.
        opt "description" description: String,
        /// What its page says beside what follows from the files.
        opt "docs" docs: DocsSpec,
        /// Its names in the event's `integrations` object; the first is also its name in reports.
        edit "names" names: String,
        /// How the version is selected.
        due "versions" versions: VersionsSpec,
        /// What the operator configures.
        map "settings" settings: SettingSpec,
        /// Hosts that requests may go to; `*.` matches any single label at the start.
        edit "hosts" hosts: At<String>,
        /// Response rules, applied after the operation's own rules.
        edit "responses" responses: ResponseRuleSpec,
        /// What becomes of events whose message type has no mapping; they are skipped by default.
        opt "unsupported" unsupported: UnsupportedSpec,
        /// Where an error response contains the API's own error.
        opt "error" error: ApiErrorSpec,
        /// Rate-limit groups.
        map "rates" rates: RateSpec,
        /// The sources of events, and which message types each of them sends in which connection mode. Without it, every source sends everything.
        map "sources" sources: SourceSpec,
    }
}

record! {
    /// A source of events.
    "a source"
    pub struct SourceSpec {
        /// Documentation for readers.
        opt "description" description: String,
        /// Whether an event is from this source; the first source whose condition is true counts.
        opt "when" when: Expression,
        /// The message types that it sends in cloud mode: through the mappings.
        list "cloud" cloud: At<String>,
        /// The message types that it sends in device mode: through an SDK of the destination.
        list "device" device: At<String>,
    }
}

record! {
    /// How the version is selected.
    "the choice of a version"
    pub struct VersionsSpec {
        /// The setting that contains the version.
        opt "setting" setting: At<String>,
        /// The default version. It must be quoted: YAML reads an unquoted `2.10` as the number 2.1.
        due "default" default: At<crate::spec::VersionNumber>,
        /// Other names of versions.
        map "aliases" aliases: At<crate::spec::VersionNumber>,
    }
}

record! {
    /// A setting that operators configure.
    "a setting"
    pub struct SettingSpec {
        /// The type of its value; any type by default.
        opt "type" kind: SettingType,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// Documentation for readers.
        opt "description" description: String,
        /// The value is never printed.
        flag "secret" secret: bool,
        /// The setting is required.
        flag "required" required: bool,
        /// With `required`: the setting is required only if this condition is true.
        opt "when" when: Expression,
        /// The user's message if it is missing, or has a value that does not fit.
        opt "error" error: String,
        /// Its default value.
        opt "default" default: At<Value>,
        /// The allowed values.
        edit "one_of" one_of: Value,
        /// With `type: string`: a regular expression that is found in each allowed value.
        opt "pattern" pattern: At<Matcher>,
        /// Other keys that operators may use for it.
        edit "alias" alias: String,
        /// With `type: list`: the columns of its items.
        map "items" items: SettingSpec,
        /// The setting is accepted and not read.
        flag "unused" unused: bool,
    }
}

words! {
    /// The type of a setting.
    pub enum SettingType {
        /// Text.
        Text = "string",
        /// A whole number.
        Integer = "integer",
        /// A number.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A list.
        List = "list",
        /// An object.
        Object = "object",
        /// A template that operators write, for the form `template`.
        Template = "template",
        /// A path that operators write, for the `key` of `from`.
        Path = "path",
        /// A regular expression that operators write, for the test `matching`.
        Pattern = "pattern",
    }
}

impl SettingType {
    /// Returns whether operators write values of the type in a notation, which is read when settings are bound.
    pub fn is_written(self) -> bool {
        matches!(self, SettingType::Template | SettingType::Path | SettingType::Pattern)
    }

    /// Returns whether a value is of the type.
    pub fn takes(self, value: &Value) -> bool {
        match self {
            SettingType::Text | SettingType::Template | SettingType::Path | SettingType::Pattern => {
                value.is_string()
            }
            SettingType::Integer => value.is_i64() || value.is_u64(),
            SettingType::Number => value.is_number(),
            SettingType::Boolean => value.is_boolean(),
            SettingType::List => value.is_array(),
            SettingType::Object => value.is_object(),
        }
    }

    /// Returns the words for a value of the type in messages that expect one.
    pub fn expected(self) -> &'static str {
        match self {
            SettingType::Text => "text",
            SettingType::Template => "a template, as text",
            SettingType::Path => "a path, as text",
            SettingType::Pattern => "a regular expression, as text",
            SettingType::Integer => "a whole number",
            SettingType::Number => "a number",
            SettingType::Boolean => "`true` or `false`",
            SettingType::List => "a list",
            SettingType::Object => "an object",
        }
    }
}

record! {
    /// A rate-limit group.
    "a rate"
    pub struct RateSpec {
        /// The number of requests.
        due "requests" requests: At<u64>,
        /// The length of a window, such as `10s` or `1m`.
        due "per" per: At<Time>,
        /// Response headers that state the current limit.
        opt "headers" headers: RateHeadersSpec,
    }
}

record! {
    /// Names of the headers that state a rate limit.
    "the headers of a rate"
    pub struct RateHeadersSpec {
        /// The requests per window.
        opt "limit" limit: At<String>,
        /// The requests that are left in the window.
        opt "remaining" remaining: At<String>,
        /// When the next window starts: in seconds from now, or in epoch seconds.
        opt "reset" reset: At<String>,
    }
}

record! {
    /// Where an error response contains the API's own error.
    "an error of the API"
    pub struct ApiErrorSpec {
        /// The API's code of the error.
        opt "code" code: RowSpec,
        /// The API's message.
        opt "message" message: RowSpec,
    }
}
