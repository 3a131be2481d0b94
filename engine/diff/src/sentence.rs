//! What a change says, as a sentence. Names and values stand in backticks.

use crate::kinds::ChangeKind as Kind;
use crate::shortened::shortened;

/// The most characters of what a file states that are shown.
const SHOWN: usize = 200;

/// Texts in backticks, after each other.
fn listed(texts: &[String]) -> String {
    match texts {
        [] => "nothing".to_owned(),
        texts => texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", "),
    }
}

/// A value that may be absent.
fn shown(text: Option<&String>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| format!("`{text}`"))
}

/// The operation that something is about.
fn of(operation: Option<&String>) -> String {
    operation.map_or_else(|| "every request".to_owned(), |operation| format!("the operation `{operation}`"))
}

/// Characters as text; nothing, if there are none.
fn characters(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { format!("`{text}`") }
}

impl Kind {
    /// Returns whether it is about the schema of a body, and not about what is sent.
    pub fn is_of_schema(&self) -> bool {
        matches!(self, Kind::SchemaStricter { .. } | Kind::SchemaLooser { .. } | Kind::SchemaOtherwise { .. })
    }

    /// Returns the change as a sentence, without a full stop.
    pub fn sentence(&self) -> String {
        match self {
            Kind::VersionRemoved {} => "the version is gone".to_owned(),
            Kind::VersionAdded {} => "the version is new".to_owned(),
            Kind::MessageRemoved { calls } => format!("is gone; it made {}", listed(calls)),
            Kind::MessageAdded { calls } => format!("is new; it makes {}", listed(calls)),
            Kind::MessageWhen { old, new } => format!("is for events with `{new}`, before `{old}`"),
            Kind::MessageTypes { old, new } => format!("is for {}, before {}", listed(new), listed(old)),
            Kind::MessageTypesDropped { types } => {
                format!("is no longer for {}, for which there is no other mapping", listed(types))
            }
            Kind::CallsChanged { old, new } => {
                format!("the calls are {}, before {}", listed(new), listed(old))
            }
            Kind::StepAdded { .. }
            | Kind::StepRemoved { .. }
            | Kind::StepRenamed { .. }
            | Kind::StepMoved { .. }
            | Kind::StepChanged { .. } => self.of_step(),
            Kind::RequirementAdded { requirement, message } => {
                format!("an event needs `{requirement}` (\"{message}\")")
            }
            Kind::RequirementRemoved { requirement, message } => {
                format!("an event no longer needs `{requirement}` (\"{message}\")")
            }
            Kind::RequirementStricter { old, new, message } => {
                format!("an event needs `{new}`, before `{old}` (\"{message}\")")
            }
            Kind::RequirementLooser { old, new, message } => {
                format!("for an event, `{new}` is enough, before `{old}` (\"{message}\")")
            }
            Kind::RequirementCode { requirement, old, new } => {
                format!("without `{requirement}`, the rejection is `{new}`, before `{old}`")
            }
            Kind::RequirementReworded { old, new } => format!("a rejection says \"{new}\", before \"{old}\""),
            Kind::SkipAdded { when, reason } => format!("events with `{when}` are skipped (\"{reason}\")"),
            Kind::SkipRemoved { when, reason } => {
                format!("events with `{when}` are no longer skipped (\"{reason}\")")
            }
            Kind::WarningAdded { code, message } => format!("warns with `{code}`: {message}"),
            Kind::WarningRemoved { code, message } => format!("warns no more with `{code}`: {message}"),
            Kind::WarningWhen { code, old, new } => {
                format!("warns with `{code}` if `{new}`, before if `{old}`")
            }
            Kind::WarningReworded { code, old, new } => {
                format!("the warning `{code}` says \"{new}\", before \"{old}\"")
            }
            Kind::OrderChanged { key, old, new } => {
                format!("events of one `{key}` are in order by `{new}`, before by `{old}`")
            }
            Kind::OptionRead { option } => {
                format!("the option `{option}` of an event decides something, which meant nothing")
            }
            Kind::OptionIgnored { option } => {
                format!("the option `{option}` of an event means nothing any more")
            }
            Kind::NamedValueChanged { name, old, new } => {
                format!("`{name}`, which conditions read, is `{new}`, before `{old}`")
            }
            Kind::Described { of, old, new } => format!("{of} is described as \"{new}\", before \"{old}\""),
            other => other.of_field().or_else(|| other.of_api()).unwrap_or_default(),
        }
    }

    fn of_step(&self) -> String {
        match self {
            Kind::StepAdded { step, call, conditions } => {
                format!("the step `{step}` is new: `{call}`, {}", made(conditions))
            }
            Kind::StepRemoved { step, call, conditions } => {
                format!("the step `{step}` is gone: `{call}`, {}", made(conditions))
            }
            Kind::StepRenamed { old, new } => format!("the step `{old}` is called `{new}`"),
            Kind::StepMoved { old, new } => {
                format!("the order of steps is {}, before {}", listed(new), listed(old))
            }
            Kind::StepChanged { step, what, old, new } => {
                format!("the step `{step}`: {what} is `{new}`, before `{old}`")
            }
            _ => String::new(),
        }
    }

    fn of_field(&self) -> Option<String> {
        Some(match self {
            Kind::FieldRemoved { field, sources } => {
                format!("`{field}` is sent no more; it was made of {}", listed(sources))
            }
            Kind::FieldAdded { field, sources, conversions } => {
                format!("`{field}` is new, from {}{}", listed(sources), by(conversions))
            }
            Kind::FieldRenamed { old, new } => format!("`{old}` is now `{new}`"),
            Kind::FieldMoved { old, new } => format!("`{old}` has moved to `{new}`"),
            Kind::AttributeToField { attributes, field, conversions } => {
                let were =
                    if attributes.len() == 1 { "was a custom attribute" } else { "were custom attributes" };
                format!("{} {were}, and now `{field}` reads it{}", listed(attributes), by(conversions))
            }
            Kind::FieldToAttribute { field, attributes } => {
                let are =
                    if attributes.len() == 1 { "is a custom attribute" } else { "are custom attributes" };
                format!("{}, which `{field}` read, {are} now", listed(attributes))
            }
            Kind::FieldRetyped { field, old, new } => format!("`{field}` is {new}, before {old}"),
            Kind::SourcesRemoved { field, sources } => {
                format!("`{field}` is no longer read from {}", listed(sources))
            }
            Kind::SourcesAdded { field, sources } => {
                format!("`{field}` is also read from {}", listed(sources))
            }
            Kind::PriorityChanged { field, old, new } => {
                format!("`{field}` takes the first of {}, before of {}", listed(new), listed(old))
            }
            Kind::ConversionChanged { field, old, new } => {
                format!("`{field}` is converted by `{new}`, before by `{old}`")
            }
            Kind::LimitLowered { field, limit, old, new } => {
                format!("`{field}`: the limit `{limit}` is `{new}`, before {}", shown(old.as_ref()))
            }
            Kind::LimitRaised { field, limit, old, new } => {
                format!("`{field}`: the limit `{limit}` is {}, before `{old}`", shown(new.as_ref()))
            }
            Kind::LimitChanged { field, limit, old, new } => {
                format!("`{field}`: the limit `{limit}` is `{new}`, before `{old}`")
            }
            Kind::AbsenceStricter { field, old, new } | Kind::AbsenceChanged { field, old, new } => {
                format!("`{field}`: {new}; before {old}")
            }
            Kind::FieldCondition { field, old, new } => {
                format!("`{field}` has a value if `{new}`, before if `{old}`")
            }
            Kind::AttributesFrom { field, old, new } => {
                format!("`{field}` takes the rest of `{new}`, before of `{old}`")
            }
            Kind::AttributeNaming { field, old, new } => format!(
                "`{field}`: the names of nested members are joined by {}, before by {}",
                shown(new.as_ref()),
                shown(old.as_ref())
            ),
            Kind::AttributeNames { field, old, new } => format!(
                "`{field}`: members are dropped whose names have one of {}, before one of {}",
                characters(new),
                characters(old)
            ),
            Kind::AttributesReserved { field, names } => format!("`{field}` takes {} no more", listed(names)),
            Kind::AttributesFreed { field, names } => format!("`{field}` also takes {}", listed(names)),
            Kind::DeclarationRequired { operation, of, object } => format!(
                "`{operation}`: the members of `{object}` must be defined as attributes of a {of} before, or the request is refused"
            ),
            Kind::DeclarationDropped { operation, of, object } => {
                format!(
                    "`{operation}`: the members of `{object}` need not be defined as attributes of a {of} any more"
                )
            }
            Kind::BodyRemoved { part, operations, fields } => {
                format!("the body `{part}` of {} is sent no more: {}", listed(operations), listed(fields))
            }
            Kind::BodyAdded { part, operations, fields } => {
                format!("the body `{part}` of {} is new: {}", listed(operations), listed(fields))
            }
            _ => return None,
        })
    }

    fn of_api(&self) -> Option<String> {
        Some(match self {
            Kind::EndpointRemoved { operation, endpoint } => {
                format!("`{endpoint}` is used no more (`{operation}`)")
            }
            Kind::EndpointAdded { operation, endpoint } => format!("`{endpoint}` is used (`{operation}`)"),
            Kind::EndpointChanged { operation, old, new } => {
                format!("the operation `{operation}` is `{new}`, before `{old}`")
            }
            Kind::OperationRenamed { old, new } => format!("the operation `{old}` is called `{new}`"),
            Kind::OperationChanged { operation, what, old, new } => {
                format!("the operation `{operation}`: {what} is `{new}`, before `{old}`")
            }
            Kind::AuthChanged { operation, old, new } => {
                format!("{} is authorized by `{new}`, before by `{old}`", of(operation.as_ref()))
            }
            Kind::HeaderChanged { operation, header, old, new } => format!(
                "{}: the header `{header}` is {}, before {}",
                of(operation.as_ref()),
                shown(new.as_ref()),
                shown(old.as_ref())
            ),
            Kind::ParameterChanged { operation, parameter, old, new } => format!(
                "{}: the query parameter `{parameter}` is {}, before {}",
                of(operation.as_ref()),
                shown(new.as_ref()),
                shown(old.as_ref())
            ),
            Kind::SchemaStricter { part, operations, field, what, old, new }
            | Kind::SchemaLooser { part, operations, field, what, old, new }
            | Kind::SchemaOtherwise { part, operations, field, what, old, new } => {
                let of = match field.as_str() {
                    "" => format!("the {} of {}", part_word(part), listed(operations)),
                    field => format!("`{field}` in the {} of {}", part_word(part), listed(operations)),
                };
                match (what.as_str(), old, new) {
                    ("field", _, Some(new)) => format!("schema: {of} is new, {new}"),
                    ("field", _, None) => format!("schema: {of} is gone"),
                    (what, old, new) => {
                        let (old, new) = (shown(old.as_ref()), shown(new.as_ref()));
                        shortened(&format!("schema: {of} has `{what}` {new}, before {old}"), SHOWN)
                    }
                }
            }
            Kind::ServerChanged { old, new } => format!("the server is `{new}`, before `{old}`"),
            Kind::HostAdded { host } => format!("requests may go to `{host}`"),
            Kind::HostRemoved { host } => format!("requests may no longer go to `{host}`"),
            Kind::AnswerAdded { of, answer } => format!("{of}: `{answer}` is new"),
            Kind::AnswerRemoved { of, answer } => format!("{of}: `{answer}` is gone"),
            Kind::AnswerChanged { of, answers, old, new } => {
                format!("{of}: `{answers}` means `{new}`, before `{old}`")
            }
            Kind::CodeChanged { of, answers, old, new } => {
                format!("{of}: `{answers}` has the code `{new}`, before `{old}`")
            }
            Kind::AdviceChanged { of, answers, old, new } => {
                format!("{of}: `{answers}` has the advice \"{new}\", before \"{old}\"")
            }
            Kind::RateChanged { rate, old, new } => {
                format!("the rate `{rate}` is {}, before {}", shown(new.as_ref()), shown(old.as_ref()))
            }
            Kind::SettingRemoved { setting } => format!("the setting `{setting}` is gone"),
            Kind::SettingAdded { setting } => format!("the setting `{setting}` is new"),
            Kind::SettingRequired { setting, when } => match when {
                Some(when) => format!("the setting `{setting}` is required if `{when}`"),
                None => format!("the setting `{setting}` is required"),
            },
            Kind::SettingOptional { setting } => format!("the setting `{setting}` is no longer required"),
            Kind::SettingRead { setting } => {
                format!("the setting `{setting}` decides something, which meant nothing")
            }
            Kind::SettingIgnored { setting } => format!("the setting `{setting}` means nothing any more"),
            Kind::SettingValues { setting, old, new } => {
                format!("the setting `{setting}` takes `{new}`, before `{old}`")
            }
            Kind::SettingDefault { setting, old, new } => {
                format!("the setting `{setting}` is `{new}` by default, before `{old}`")
            }
            Kind::TableChanged { table, old, new } => {
                format!("the table `{table}` is `{new}`, before `{old}`")
            }
            Kind::UnsupportedChanged { old, new } => {
                format!("events of a type without a mapping are {new}; before {old}")
            }
            Kind::SourceChanged { source, old, new } => {
                format!("the source `{source}` sends {}, before {}", listed(new), listed(old))
            }
            Kind::StatedOtherwise { what, old, new } => {
                let (old, new) = (shown(old.as_ref()), shown(new.as_ref()));
                shortened(&format!("`{what}` states {new}, before {old}"), SHOWN)
            }
            _ => return None,
        })
    }
}

/// How values are converted.
fn by(conversions: &str) -> String {
    if conversions == "none" { String::new() } else { format!(", converted by `{conversions}`") }
}

/// When a step is made.
fn made(conditions: &str) -> String {
    if conditions == "always" { conditions.to_owned() } else { format!("if `{conditions}`") }
}

/// Returns the word for the part of an operation that a schema is of.
fn part_word(part: &str) -> &str {
    // programs read `answer`
    if part == "answer" { "response" } else { part }
}
