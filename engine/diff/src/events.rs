//! What events show of a change: how many differ and in which fields, calls and time, and who becomes whom.

use schemars::JsonSchema;
use serde::Serialize;

/// The differences in the events of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct EventsReport {
    /// The number of events.
    pub events: u64,
    /// How many of them become something else.
    pub differing: u64,
    /// Events by what becomes of them, before and now.
    pub outcomes: Vec<OutcomeCount>,
    /// The fields that differ, those of most events first.
    pub fields: Vec<FieldCount>,
    /// Custom attributes that get another name.
    pub renamed: Vec<AttributeRenamed>,
    /// Custom attributes of the new side that must be defined at the API before.
    pub undeclared: Vec<AttributeCount>,
    /// The calls, by rate-limit group.
    pub calls: Vec<CallCount>,
    /// Who becomes whom.
    pub identity: Identity,
    /// The parts that were not counted because of limits.
    pub left_out: Vec<String>,
}

/// Events by what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutcomeCount {
    /// `mapped`, `skipped` or `rejected`, before.
    pub old: String,
    /// `mapped`, `skipped` or `rejected`, now.
    pub new: String,
    /// Why they are skipped or rejected: the code of what is not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many.
    pub events: u64,
    /// One of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// How a field differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Only the new side sends it.
    Added,
    /// Only the old side sends it.
    Removed,
    /// Both send it, with other values.
    Changed,
    /// Both send the value, under other names.
    Renamed,
}

impl Difference {
    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Difference::Added => "added",
            Difference::Removed => "removed",
            Difference::Changed => "changed",
            Difference::Renamed => "renamed",
        }
    }
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldCount {
    /// The mapping.
    pub message: String,
    /// The field, with the name of its body.
    pub field: String,
    /// How it differs.
    pub difference: Difference,
    /// In how many events.
    pub events: u64,
    /// One of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// An event in which something differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Example {
    /// The line on which the event starts.
    pub line: u64,
    /// What the old side has; personal data may be masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What the new side has; personal data may be masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// A custom attribute that gets another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttributeRenamed {
    /// The field with the attributes.
    pub field: String,
    /// The name before.
    pub old: String,
    /// The name now.
    pub new: String,
    /// In how many events.
    pub events: u64,
}

/// A custom attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttributeCount {
    /// What it is an attribute of.
    pub of: String,
    /// Its name.
    pub name: String,
    /// In how many events.
    pub events: u64,
    /// Whether the old side sent it under another name, or not at all.
    pub new_name: bool,
}

/// The calls of a rate-limit group.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CallCount {
    /// The group; none for calls without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The calls before.
    pub old: Calls,
    /// The calls now.
    pub new: Calls,
}

/// A number of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub struct Calls {
    /// The requests that are sent whatever the responses are.
    pub certain: u64,
    /// The requests that depend on responses.
    pub possible: u64,
    /// How long the certain ones take at the rate limit, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// How long all of them take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_minutes: Option<f64>,
}

/// Who becomes whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Identity {
    /// Users of the old side.
    pub old: u64,
    /// Users of the new side.
    pub new: u64,
    /// Users of the new side that several of the old one become.
    pub merged: u64,
    /// Users of the old side that become several of the new one.
    pub split: u64,
    /// Some of those that become one.
    pub merges: Vec<Together>,
    /// Some of those that become several.
    pub splits: Vec<Together>,
}

/// Users of one side that are one of the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Together {
    /// The field that they have in common.
    pub key: String,
    /// How many they are.
    pub users: u64,
    /// The lines on which the first event of each starts, of the first few.
    pub lines: Vec<u64>,
}

impl EventsReport {
    /// Returns the report as sections: a title, and lines in which names and values stand in backticks.
    pub fn sections(&self) -> Vec<(String, Vec<String>)> {
        let mut all =
            vec![("events".to_owned(), vec![format!("{} of {} differ", self.differing, self.events)])];
        let mut add = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                all.push((title.to_owned(), lines));
            }
        };
        add("outcomes", self.outcomes.iter().map(OutcomeCount::line).collect());
        add("fields", self.fields.iter().map(FieldCount::line).collect());
        let renamed = |it: &AttributeRenamed| {
            format!("{}: `{}` in `{}` is now `{}`", number(it.events), it.old, it.field, it.new)
        };
        add("attributes with another name", self.renamed.iter().map(renamed).collect());
        let undeclared = |it: &AttributeCount| {
            let new = if it.new_name { ", a new name" } else { "" };
            format!("{}: `{}` of a {}{new}", number(it.events), it.name, it.of)
        };
        add("attributes to define before", self.undeclared.iter().map(undeclared).collect());
        add("calls", self.calls.iter().flat_map(CallCount::lines).collect());
        add("identity", self.identity.lines());
        add("not counted", self.left_out.clone());
        all
    }
}

/// A number of events, in words.
fn number(events: u64) -> String {
    if events == 1 { "1 event".to_owned() } else { format!("{events} events") }
}

impl Example {
    /// The example as text.
    pub(crate) fn text(&self) -> String {
        let value =
            |text: Option<&String>| text.map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"));
        match (&self.old, &self.new) {
            (None, None) => format!("line {}", self.line),
            (old, new) => format!("line {}: {} → {}", self.line, value(old.as_ref()), value(new.as_ref())),
        }
    }
}

impl OutcomeCount {
    pub(crate) fn line(&self) -> String {
        let code = self.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        let example = match &self.example {
            Some(example) if self.old != self.new || self.code.is_some() => format!("; {}", example.text()),
            _ => String::new(),
        };
        match self.old == self.new {
            true => format!("{}: {}{code}", number(self.events), self.new),
            false => format!("{}: {}, before {}{code}{example}", number(self.events), self.new, self.old),
        }
    }
}

impl FieldCount {
    fn line(&self) -> String {
        let example =
            self.example.as_ref().map(|example| format!("; {}", example.text())).unwrap_or_default();
        format!(
            "{}: {} `{}` {}{example}",
            number(self.events),
            self.message,
            self.field,
            self.difference.word()
        )
    }
}

impl CallCount {
    fn lines(&self) -> Vec<String> {
        let rate =
            self.rate.as_ref().map_or_else(|| "without a limit".to_owned(), |rate| format!("rate `{rate}`"));
        vec![format!("{rate}: {}, before {}", self.new.text(), self.old.text())]
    }
}

impl Calls {
    fn text(&self) -> String {
        let calls = match self.possible {
            0 if self.certain == 1 => "1 call".to_owned(),
            0 => format!("{} calls", self.certain),
            possible => format!("{} to {} calls", self.certain, self.certain + possible),
        };
        match (self.minutes, self.most_minutes) {
            (Some(least), Some(most)) if self.possible > 0 && time(least) != time(most) => {
                format!("{calls} ({} to {} at the limit)", time(least), time(most))
            }
            (Some(least), _) => format!("{calls} ({} at the limit)", time(least)),
            _ => calls,
        }
    }
}

/// A number of minutes, or of seconds if they are few.
fn time(minutes: f64) -> String {
    match minutes * 60.0 {
        seconds if seconds < 1.0 => "less than a second".to_owned(),
        seconds if seconds < 60.0 => format!("{seconds:.0} s"),
        _ => format!("{minutes:.1} minutes"),
    }
}

impl Identity {
    fn lines(&self) -> Vec<String> {
        if self.old == 0 && self.new == 0 {
            return Vec::new();
        }
        let users = if self.old == 1 { "user" } else { "users" };
        let mut lines = vec![format!("{} {users} before, {} now", self.old, self.new)];
        let shown = |it: &Together, how: &str| {
            let at: Vec<String> = it.lines.iter().map(u64::to_string).collect();
            let more = if it.users > it.lines.len() as u64 { " and more" } else { "" };
            format!("{} users {how} `{}`: lines {}{more}", it.users, it.key, at.join(", "))
        };
        if self.merged > 0 {
            lines.push(match self.merged {
                1 => "1 user now is several users before".to_owned(),
                merged => format!("{merged} users now are several users before"),
            });
            lines.extend(self.merges.iter().map(|it| shown(it, "become one, by")));
        }
        if self.split > 0 {
            lines.push(match self.split {
                1 => "1 user before is several users now".to_owned(),
                split => format!("{split} users before are several users now"),
            });
            lines.extend(self.splits.iter().map(|it| shown(it, "were one, by")));
        }
        lines
    }
}
