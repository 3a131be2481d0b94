//! `compact`: values without empty parts.

use mapwright_json::Kind;

use crate::action::action;
use crate::definition::Definition;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::value::Val;

pub(crate) static COMPACT: Definition = Definition {
    name: "compact",
    group: Group::Objects,
    summary: "an object or a list without its empty members and items, at any depth",
    doc: "An object or a list that becomes empty is removed too, if empty ones are. Any other value stays unchanged.",
    takes: Type::Any,
    gives: Type::Any,
    shape: Shape::Input,
    params: &[Param::optional(
        "values",
        ParamType::Words(&["null", "empty"]),
        "what is removed: `null`, and `empty` strings, lists and objects; both by default",
    )],
    examples: &[
        Example::gives(
            "compact",
            r#"{"a": null, "b": ["", 1], "c": {"d": []}, "e": false}"#,
            r#"{"b": [1], "e": false}"#,
        ),
        Example::gives("compact: null", r#"{"a": null, "b": "", "c": [null]}"#, r#"{"b": "", "c": []}"#),
        Example::gives("compact: empty", r#"{"a": null, "b": "", "c": [""]}"#, r#"{"a": null}"#),
        Example::nothing("compact", r#"{"a": {"b": null}}"#),
    ],
    build: |arguments| {
        let words =
            if arguments.given("values") { arguments.words("values")? } else { vec!["null", "empty"] };
        let removed = Removed { null: words.contains(&"null"), empty: words.contains(&"empty") };
        action(move |value, _| Ok(removed.left_of(value)))
    },
};

/// What is removed.
#[derive(Clone, Copy)]
struct Removed {
    null: bool,
    empty: bool,
}

impl Removed {
    /// Returns what is left of a value. It is nested as deeply as an event may be.
    fn left_of(self, value: Val<'_>) -> Option<Val<'_>> {
        let left = match value.kind() {
            Kind::Null => return (!self.null).then_some(value),
            Kind::String => return (!self.empty || !value.is_empty_text()).then_some(value),
            Kind::Bool | Kind::Number => return Some(value),
            Kind::Array => {
                Val::List(value.into_items().into_iter().filter_map(|item| self.left_of(item)).collect())
            }
            Kind::Object => {
                let member = |(name, value)| Some((name, self.left_of(value)?));
                Val::Object(value.into_entries().into_iter().filter_map(member).collect())
            }
        };
        (!self.empty || !left.is_empty()).then_some(left)
    }
}
