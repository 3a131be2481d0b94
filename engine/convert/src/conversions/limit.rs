//! Limits of an API: values beyond them are dropped or truncated, with a warning.

use std::borrow::Cow;

use mapwright_json::Kind;

use crate::action::{action, action_on_members};
use crate::arguments::BooleanArg;
use crate::bounds::{Bounds, Effect};
use crate::chars::Chars;
use crate::definition::Definition;
use crate::error::{ConvertError, shown};
use crate::keep::{KEEP, Keep};
use crate::members::{OfMember, some_list};
use crate::notes::Notes;
use crate::pass::Pass;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::cut;
use crate::unit::{UNIT, Unit};
use crate::value::Val;
use crate::warning;
use crate::whole::write_whole;

pub(crate) static SCALARS: Definition = Definition {
    name: "scalars",
    group: Group::Limits,
    summary: "the members of an object that are text, numbers or booleans",
    doc: "Null, empty strings, empty lists and empty objects are omitted silently; other lists and objects are dropped with a warning. A whole \
          number has no fraction, however the event writes it: `5.0` becomes `5`.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[
        Param::optional(
            "others",
            ParamType::Word(&["drop", "json", "keep"]),
            "lists and objects are dropped (the default), become JSON text, or are kept",
        ),
        KEEP,
        Param::optional(
            "clear",
            ParamType::BooleanOrSetting,
            "whether null and the empty string become null, which clears a value at many APIs; they are omitted by default",
        ),
    ],
    examples: &[
        Example::warns(
            "scalars",
            r#"{"a": 1, "b": "", "c": null, "d": [1], "e": {}}"#,
            r#"{"a": 1}"#,
            &[(
                "value_dropped",
                "`d` was dropped: it is a list, and only text, numbers and booleans are allowed",
            )],
        ),
        Example::gives(
            "scalars: { others: json }",
            r#"{"a": true, "d": [1, 2], "e": []}"#,
            r#"{"a": true, "d": "[1,2]"}"#,
        ),
        Example::gives("scalars", r#"{"a": 5.0, "b": 5.5, "c": 1e3}"#, r#"{"a": 5, "b": 5.5, "c": 1000}"#),
        Example::gives(
            "scalars: { others: keep }",
            r#"{"a": {"amount": 5.0, "currency": "eur"}, "b": []}"#,
            r#"{"a": {"amount": 5, "currency": "eur"}}"#,
        ),
        Example::gives(
            "scalars: { clear: true }",
            r#"{"a": null, "b": "", "c": "x", "d": []}"#,
            r#"{"a": null, "b": null, "c": "x"}"#,
        ),
        Example::gives("scalars: { keep: empty }", r#"{"a": "", "b": null}"#, r#"{"a": ""}"#),
        Example::gives("scalars: { keep: null }", r#"{"a": "", "b": null}"#, r#"{"b": null}"#),
    ],
    build: |arguments| {
        let others = arguments.word("others");
        let keep = Keep::read(arguments);
        let clear = arguments.boolean_or_setting("clear");
        action_on_members(Pass::of_members(Scalars { others: others?, keep: keep?, clear: clear? }))
    },
};

struct Scalars {
    /// What becomes of lists and objects: `drop`, `json` or `keep`.
    others: &'static str,
    keep: Keep,
    /// Whether null and the empty string become null.
    clear: BooleanArg,
}

impl Scalars {
    /// What becomes of null or of the empty string, if the mapping alone says so.
    fn effect_on_nothing(&self, kept: Effect) -> Effect {
        match self.clear {
            BooleanArg::Boolean(false) => kept,
            BooleanArg::Boolean(true) | BooleanArg::Setting(_) => Effect::Converts,
        }
    }
}

impl OfMember for Scalars {
    fn bounds(&self) -> Bounds {
        let of_kinds = Bounds::of_kinds(|kind| match kind {
            Kind::Null => self.effect_on_nothing(self.keep.effect_on_null()),
            Kind::String | Kind::Bool | Kind::Number => Effect::Keeps,
            Kind::Array | Kind::Object => Effect::Converts,
        });
        let empty_text = self.effect_on_nothing(self.keep.effect_on_empty_text());
        of_kinds.of_empty_text(empty_text).with_plain_numbers()
    }

    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError> {
        Ok(match value.kind() {
            Kind::String if !value.is_empty_text() => true,
            Kind::Null | Kind::String if self.clear.resolve(notes)? => {
                *value = Val::Null;
                true
            }
            Kind::Null | Kind::String => self.keep.keeps(value),
            Kind::Bool => true,
            Kind::Number => {
                write_whole(value);
                true
            }
            Kind::Array | Kind::Object if value.is_empty() => false,
            Kind::Array | Kind::Object if self.others == "json" => {
                *value = Val::Text(Cow::Owned(value.json_text()));
                true
            }
            Kind::Array | Kind::Object if self.others == "keep" => {
                write_whole(value);
                true
            }
            Kind::Array | Kind::Object => {
                notes.warn(warning::VALUE_DROPPED, || {
                    let kind = value.kind_name();
                    let name = shown(name);
                    format!(
                        "{name} was dropped: it is {kind}, and only text, numbers and booleans are allowed"
                    )
                });
                false
            }
        })
    }
}

pub(crate) static NULLS: Definition = Definition {
    name: "nulls",
    group: Group::Objects,
    summary: "the members of an object that are null or the empty string, as null",
    doc: "Null clears a value at many APIs.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives(
            "nulls",
            r#"{"phone": "", "name": null, "plan": "pro"}"#,
            r#"{"phone": null, "name": null}"#,
        ),
        Example::nothing("nulls", r#"{"plan": "pro"}"#),
    ],
    build: |_| action_on_members(Pass::of_members(Nulls)),
};

struct Nulls;

impl OfMember for Nulls {
    fn bounds(&self) -> Bounds {
        let of_kinds = Bounds::of_kinds(|kind| match kind {
            Kind::Null => Effect::Keeps,
            Kind::String | Kind::Bool | Kind::Number | Kind::Array | Kind::Object => Effect::Drops,
        });
        of_kinds.of_empty_text(Effect::Converts)
    }

    fn member(&self, _: &str, value: &mut Val<'_>, _: &mut Notes<'_>) -> Result<bool, ConvertError> {
        let is_null = value.is_null() || value.is_empty_text();
        *value = Val::Null;
        Ok(is_null)
    }
}

pub(crate) static LIMIT_NAMES: Definition = Definition {
    name: "limit_names",
    group: Group::Limits,
    summary: "the members of an object whose names are allowed",
    doc: "The other members are dropped with a warning, and so is a member with an empty name. `map_keys` can change names so that they are allowed.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::NamesAtMost("max"),
    params: &[
        Param::optional("max", ParamType::Count(u32::MAX), "the longest name; unlimited by default"),
        Param::optional("without", ParamType::Text, "characters that a name must not contain"),
        UNIT,
    ],
    examples: &[
        Example::warns(
            r#"limit_names: { max: 5, without: ".$" }"#,
            r#"{"plan": "pro", "a.b": 1, "country": "uk", "": 2}"#,
            r#"{"plan": "pro"}"#,
            &[
                ("name_dropped", "`a.b` was dropped: its name contains `.`, which is not allowed"),
                ("name_dropped", "`country` was dropped: its name has 7 characters, and 5 are allowed"),
                ("name_dropped", "a member was dropped: its name is empty"),
            ],
        ),
        Example::warns(
            "limit_names: { max: 3, unit: bytes }",
            r#"{"zoé": 1, "ada": 2}"#,
            r#"{"ada": 2}"#,
            &[("name_dropped", "`zoé` was dropped: its name has 4 bytes, and 3 are allowed")],
        ),
        Example::gives("limit_names: 190", r#"{"plan": "pro"}"#, r#"{"plan": "pro"}"#),
        Example::gives(r#"limit_names: { without: "$" }"#, r#"{"plan": "pro"}"#, r#"{"plan": "pro"}"#),
    ],
    build: |arguments| {
        let max = if arguments.given("max") { arguments.count("max") } else { Some(usize::MAX) };
        arguments.at_least_one("max", "without")?;
        let without = Chars::new(&arguments.text_or("without", "")?);
        let unit = Unit::read(arguments);
        action_on_members(Pass::of_members(LimitNames { max: max?, without, unit: unit? }))
    },
};

struct LimitNames {
    max: usize,
    without: Chars,
    unit: Unit,
}

impl OfMember for LimitNames {
    fn bounds(&self) -> Bounds {
        Bounds::of_names(self.max, &self.without)
    }

    fn member(&self, name: &str, _: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError> {
        let max = self.max;
        if name.is_empty() {
            notes.warn(warning::NAME_DROPPED, || "a member was dropped: its name is empty".to_owned());
            return Ok(false);
        }
        if let Some(excess) = self.unit.excess(name, max) {
            notes.warn(warning::NAME_DROPPED, || {
                let (name, length, unit) = (shown(name), max + excess, self.unit);
                format!("{name} was dropped: its name has {length} {unit}, and {max} are allowed")
            });
            return Ok(false);
        }
        if let Some(odd) = self.without.first_in(name) {
            notes.warn(warning::NAME_DROPPED, || {
                format!("{} was dropped: its name contains `{odd}`, which is not allowed", shown(name))
            });
            return Ok(false);
        }
        Ok(true)
    }
}

pub(crate) static LIMIT_TEXT: Definition = Definition {
    name: "limit_text",
    group: Group::Limits,
    summary: "an object whose strings have a limited length",
    doc: "Longer strings are truncated with a warning. Strings in nested objects and lists are not changed.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::TextsAtMost("max"),
    params: &[Param::required("max", ParamType::Count(u32::MAX), "the longest string"), UNIT],
    examples: &[
        Example::warns(
            "limit_text: 3",
            r#"{"plan": "professional", "size": 12345}"#,
            r#"{"plan": "pro", "size": 12345}"#,
            &[("text_cut", "`plan` has 12 characters and was truncated to 3")],
        ),
        Example::warns(
            "limit_text: { max: 3, unit: bytes }",
            r#"{"name": "Zoé"}"#,
            r#"{"name": "Zo"}"#,
            &[("text_cut", "`name` has 4 bytes and was truncated to 3")],
        ),
    ],
    build: |arguments| {
        let max = arguments.count("max");
        let unit = Unit::read(arguments);
        action_on_members(Pass::of_members(LimitText { max: max?, unit: unit? }))
    },
};

struct LimitText {
    max: usize,
    unit: Unit,
}

impl OfMember for LimitText {
    fn bounds(&self) -> Bounds {
        Bounds::of_texts(self.max)
    }

    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError> {
        let (max, unit) = (self.max, self.unit);
        if let Some(text) = value.as_text()
            && let Some(excess) = unit.excess(&text, max)
        {
            notes.warn(warning::TEXT_CUT, || {
                format!("{} has {} {unit} and was truncated to {max}", shown(name), max + excess)
            });
            *value = Val::Text(cut(text, |text| unit.start(text, max)));
        }
        Ok(true)
    }
}

pub(crate) static LIMIT_KEYS: Definition = Definition {
    name: "limit_keys",
    group: Group::Limits,
    summary: "an object with a limited number of members",
    doc: "The first members are kept, the others are dropped with a warning.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::KeysAtMost("max"),
    params: &[Param::required("max", ParamType::Count(u32::MAX), "the number of members to keep")],
    examples: &[Example::warns(
        "limit_keys: 1",
        r#"{"a": 1, "b": 2}"#,
        r#"{"a": 1}"#,
        &[("key_dropped", "`b` was dropped: it exceeds the limit of 1")],
    )],
    build: |arguments| action_on_members(Pass::limit(arguments.count("max")?)),
};

pub(crate) static LIMIT_ITEMS: Definition = Definition {
    name: "limit_items",
    group: Group::Limits,
    summary: "a list with a limited number of items",
    doc: "The first items are kept, the others are dropped with a warning.",
    takes: Type::List,
    gives: Type::List,
    shape: Shape::Items(Some("max")),
    params: &[Param::required("max", ParamType::Count(u32::MAX), "the number of items to keep")],
    examples: &[Example::warns(
        "limit_items: 2",
        "[1, 2, 3]",
        "[1, 2]",
        &[("item_dropped", "a list of 3 items was truncated to 2")],
    )],
    build: |arguments| {
        let max = arguments.count("max")?;
        action(move |value, notes| {
            let mut items = value.into_list();
            if items.len() > max {
                notes.warn(warning::ITEM_DROPPED, || {
                    format!("a list of {} items was truncated to {max}", items.len())
                });
                items.truncate(max);
            }
            some_list(items)
        })
    },
};
