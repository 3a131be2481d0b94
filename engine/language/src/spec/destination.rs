//! `destination.yaml`.

use serde_json::Value;

use crate::decode::{record, words};
use crate::spec::{Expression, ResponseRuleSpec, RowSpec};
use mapwright_findings::At;

record! {
    /// What holds for every version of a destination.
    "a destination"
    pub struct DestinationSpec {
        /// Its name for people.
        req "title" title: String,
        /// For readers.
        opt "description" description: String,
        /// Its spellings in the event's `integrations` object; the first is also its name in reports.
        list "names" names: String,
        /// Which setting picks the version.
        req "versions" versions: VersionsSpec,
        /// What the operator configures.
        map "settings" settings: SettingSpec,
        /// Hosts that requests may go to; `*.` stands for any one name in front.
        list "hosts" hosts: At<String>,
        /// How responses are judged, after the operation's own rules.
        list "responses" responses: ResponseRuleSpec,
        /// Where a response that is an error says what is wrong.
        opt "error" error: ApiErrorSpec,
        /// Rate-limit groups.
        map "rates" rates: RateSpec,
    }
}

record! {
    /// How the version is chosen.
    "the choice of a version"
    pub struct VersionsSpec {
        /// The setting that names it.
        opt "setting" setting: At<String>,
        /// The version if the setting is not there. Quoted: unquoted, YAML reads `2.10` as the number 2.1.
        req "default" default: At<crate::spec::VersionNumber>,
        /// Other names of versions.
        map "aliases" aliases: At<crate::spec::VersionNumber>,
    }
}

record! {
    /// A setting that operators give.
    "a setting"
    pub struct SettingSpec {
        /// What kind of value it has; any if it is not said.
        opt "type" kind: SettingType,
        /// For readers.
        opt "description" description: String,
        /// It is never printed.
        flag "secret" secret: bool,
        /// It has to be there.
        flag "required" required: bool,
        /// With `required`: only if this holds.
        opt "when" when: Expression,
        /// The user's message when it is missing.
        opt "error" error: String,
        /// Its value when it is not given.
        opt "default" default: Value,
        /// The values that it may have.
        list "one_of" one_of: Value,
        /// Other keys under which operators give it.
        list "alias" alias: String,
        /// With `type: list`: the columns of its items.
        map "items" items: SettingSpec,
        /// It may be given, and is not read.
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
    }
}

impl SettingType {
    /// Whether a value is of the type.
    pub fn takes(self, value: &Value) -> bool {
        match self {
            SettingType::Text => value.is_string(),
            SettingType::Integer => value.is_i64() || value.is_u64(),
            SettingType::Number => value.is_number(),
            SettingType::Boolean => value.is_boolean(),
            SettingType::List => value.is_array(),
            SettingType::Object => value.is_object(),
        }
    }

    /// What a value of the type is called where another one is found.
    pub fn expected(self) -> &'static str {
        match self {
            SettingType::Text => "text",
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
        /// How many requests.
        req "requests" requests: At<u64>,
        /// In how long: `10s`, `1m`.
        req "per" per: At<String>,
        /// Headers of responses that say what the limit is at the moment.
        opt "headers" headers: RateHeadersSpec,
    }
}

record! {
    /// Names of the headers that tell a rate limit.
    "the headers of a rate"
    pub struct RateHeadersSpec {
        /// How many requests a window has.
        opt "limit" limit: At<String>,
        /// How many of them are left.
        opt "remaining" remaining: At<String>,
        /// When the next window starts: seconds from now, or a time in epoch seconds.
        opt "reset" reset: At<String>,
    }
}

record! {
    /// Where a response that is an error says what is wrong.
    "an error of the API"
    pub struct ApiErrorSpec {
        /// The API's own name of the error.
        opt "code" code: RowSpec,
        /// What the API says about it.
        opt "message" message: RowSpec,
    }
}
