//! Conversions of objects.

use std::borrow::Cow;

use mapwright_json::Kind;

use crate::action::{Conversion, action, action_on_members};
use crate::bounds::{Bounds, Effect};
use crate::definition::Definition;
use crate::error::{ConvertError, Converted, Refusal, bounded, shown};
use crate::keep::{KEEP, Keep};
use crate::members::{Member, OfMember, members, some_object};
use crate::notes::Notes;
use crate::pass::{Pass, keep_last};
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::value::Val;
use crate::warning;

const COLUMN: Param = Param::optional(
    "column",
    ParamType::Text,
    "the column of the names, if a setting with rows is among the names",
);

/// What the conversions that take names have in common, and what one of them adds.
macro_rules! of_names {
    ($more:literal) => {
        concat!(
            "A `$set` of the version, or a setting with a list, stands for all of its names. In the `as` of a row, a source or a named value whose value is a \
             name or a list of names does too: `options.fields`, `$fields`, `traits.fields`. ",
            $more
        )
    };
}

pub(crate) static PICK: Definition = Definition {
    name: "pick",
    group: Group::Objects,
    summary: "the named members of an object that are neither null nor empty, in the order of the names",
    doc: of_names!(
        "Null and empty strings are left out, unless `keep` of the row or of the conversion keeps them."
    ),
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[Param::required("names", ParamType::Names, "the members to keep"), COLUMN, KEEP],
    examples: &[
        Example::gives("pick: [c, a]", r#"{"a": 1, "b": 2, "c": 3}"#, r#"{"c": 3, "a": 1}"#),
        Example::gives("pick: [$address, zip]", r#"{"city": "Bath", "plan": "pro"}"#, r#"{"city": "Bath"}"#),
        Example::gives(
            "pick: { names: settings.setOnce, column: property }",
            r#"{"plan": "pro", "size": 5}"#,
            r#"{"plan": "pro"}"#,
        ),
        Example::nothing("pick: a", r#"{"b": 1}"#),
        Example::gives("pick: [a, b]", r#"{"a": null, "b": 1}"#, r#"{"b": 1}"#),
        Example::gives(
            "pick: { names: [a, b], keep: null }",
            r#"{"a": null, "b": 1}"#,
            r#"{"a": null, "b": 1}"#,
        ),
    ],
    build: |arguments| {
        let names = arguments.names("names", "column")?;
        let keep = Keep::read(arguments)?;
        action(move |value, notes| {
            let names = names.finder(notes)?;
            pick(value, |name| names.find(name), keep)
        })
    },
};

pub(crate) static OMIT: Definition = Definition {
    name: "omit",
    group: Group::Objects,
    summary: "an object without the named members",
    doc: of_names!("Null and empty strings are members like others."),
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[Param::required("names", ParamType::Names, "the members to remove"), COLUMN],
    examples: &[
        Example::gives("omit: [a, b]", r#"{"a": 1, "b": 2, "c": 3}"#, r#"{"c": 3}"#),
        Example::gives("omit: $address", r#"{"city": "Bath", "plan": "pro"}"#, r#"{"plan": "pro"}"#),
        Example::fails("omit: a", r#""a""#, r#"expected an object, found `"a"`"#),
    ],
    build: |arguments| {
        let names = arguments.names("names", "column")?;
        action(move |value, notes| {
            let names = names.finder(notes)?;
            omit(value, |name| names.find(name).is_some())
        })
    },
};

/// The members of an object whose names have a place, in the order of those.
pub(crate) fn pick<'e>(value: Val<'e>, place: impl Fn(&str) -> Option<usize>, keep: Keep) -> Converted<'e> {
    let kept = members(value)?.into_iter().filter(|(_, value)| keep.keeps(value));
    let mut picked: Vec<(usize, Member<'_>)> =
        kept.filter_map(|member| Some((place(&member.0)?, member))).collect();
    picked.sort_by_key(|(place, _)| *place);
    some_object(picked.into_iter().map(|(_, member)| member).collect())
}

/// The members of an object with other names.
pub(crate) fn omit<'e>(value: Val<'e>, named: impl Fn(&str) -> bool) -> Converted<'e> {
    let mut members = members(value)?;
    members.retain(|(name, _)| !named(name));
    some_object(members)
}

pub(crate) static RENAME: Definition = Definition {
    name: "rename",
    group: Group::Objects,
    summary: "an object whose members are renamed by a table",
    doc: "A table in the settings is a map, or a list of rows. If two members get the same name, the later one takes precedence, at the position of the first, with a warning.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[
        Param::required("table", ParamType::Table, "the new name for each old name"),
        Param::optional(
            "from",
            ParamType::Text,
            "the column of old names, if the table is a setting with rows; `from` by default",
        ),
        Param::optional(
            "to",
            ParamType::Text,
            "the column of new names, if the table is a setting with rows; `to` by default",
        ),
        Param::optional(
            "others",
            ParamType::Word(&["keep", "drop"]),
            "members without a new name are kept (the default), or removed",
        ),
    ],
    examples: &[
        Example::gives(
            "rename: { table: { firstName: first_name } }",
            r#"{"firstName": "Ada", "plan": "pro"}"#,
            r#"{"first_name": "Ada", "plan": "pro"}"#,
        ),
        Example::gives(
            "rename: { table: settings.columns, others: drop }",
            r#"{"firstName": "Ada", "plan": "pro"}"#,
            r#"{"first_name": "Ada"}"#,
        ),
        Example::warns(
            "rename: { table: { a: b } }",
            r#"{"a": 1, "b": 2}"#,
            r#"{"b": 2}"#,
            &[(
                "value_dropped",
                "a value of `b` was dropped: two members have this name, and the later one takes precedence",
            )],
        ),
    ],
    build: |arguments| {
        let table = arguments.table("table");
        let keep = arguments.word("others")? == "keep";
        let table = table?;
        if let Some(name) = table.without_text() {
            let expected = format!("a table of new names, in which `{name}` is text");
            return arguments.bad("table", expected);
        }
        action(move |value, notes| {
            let texts = table.texts(notes)?;
            let (mut renamed, mut bytes) = (Vec::new(), 0);
            for (name, value) in members(value)? {
                match texts.get(&name) {
                    Some(new) => {
                        bytes += new.len();
                        bounded(bytes, ())?;
                        renamed.push((Cow::Owned(new), value));
                    }
                    None if keep => renamed.push((name, value)),
                    None => {}
                }
            }
            some_object(keep_last(renamed, notes))
        })
    },
};

pub(crate) static MAP_KEYS: Definition = Definition {
    name: "map_keys",
    group: Group::Objects,
    summary: "an object whose names are converted",
    doc: "A member whose converted name is empty is dropped with a warning. If two members get the same name, the later one takes precedence, at the position of \
          the first, with a warning.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[Param::required("conversions", ParamType::Conversions, "the conversions of each name")],
    examples: &[
        Example::gives(
            "map_keys: snake_case",
            r#"{"Full Name": "Ada", "plan": "pro"}"#,
            r#"{"full_name": "Ada", "plan": "pro"}"#,
        ),
        Example::gives(
            r#"map_keys: [{ replace: { pattern: "^_+", with: "" } }, { prefix: x_ }]"#,
            r#"{"_id": 1, "b": 2}"#,
            r#"{"x_id": 1, "x_b": 2}"#,
        ),
        Example::warns(
            "map_keys: snake_case",
            r#"{"?": 1, "a": 2}"#,
            r#"{"a": 2}"#,
            &[("name_dropped", "`?` was dropped: its converted name is empty")],
        ),
    ],
    build: |arguments| {
        let conversions = arguments.conversions("conversions")?;
        action(move |value, notes| {
            let members = members(value)?;
            let (mut mapped, mut bytes) = (Vec::with_capacity(members.len()), 0);
            for (name, value) in members {
                match member(&name, &conversions, Val::Text(name.clone()), notes)? {
                    None => notes.warn(warning::NAME_DROPPED, || {
                        format!("{} was dropped: its converted name is empty", shown(&name))
                    }),
                    Some(new) => {
                        let expected = || ConvertError::expected("text as the name of a member", &new);
                        let new = new.to_text().ok_or_else(expected)?;
                        bytes += new.len();
                        bounded(bytes, ())?;
                        mapped.push((new, value));
                    }
                }
            }
            some_object(keep_last(mapped, notes))
        })
    },
};

pub(crate) static MAP_VALUES: Definition = Definition {
    name: "map_values",
    group: Group::Objects,
    summary: "an object whose values are converted",
    doc: "Members that are absent, before or after the conversions, are omitted. A value that a conversion does not accept is an error of the whole object. \
          For the items of a list, use `each`.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[Param::required("conversions", ParamType::Conversions, "the conversions of each value"), KEEP],
    examples: &[
        Example::gives(
            "map_values: { string: { others: json } }",
            r#"{"size": 5, "tags": ["a"], "none": null}"#,
            r#"{"size": "5", "tags": "[\"a\"]"}"#,
        ),
        Example::gives("map_values: { only: [text, number] }", r#"{"a": 1, "b": {}}"#, r#"{"a": 1}"#),
        Example::gives(
            "map_values: { conversions: string, keep: [null, empty] }",
            r#"{"a": 1, "b": null, "c": ""}"#,
            r#"{"a": "1", "b": null, "c": ""}"#,
        ),
        Example::warns(
            "map_values: { truncate: 3 }",
            r#"{"plan": "professional"}"#,
            r#"{"plan": "pro"}"#,
            &[("text_cut", "in `plan`: a string of 12 characters was truncated to 3")],
        ),
        Example::fails(
            "map_values: number",
            r#"{"size": "big"}"#,
            r#"in `size`: expected a number, found `"big"`"#,
        ),
    ],
    build: |arguments| {
        let conversions = arguments.conversions("conversions");
        let keep = Keep::read(arguments);
        action_on_members(Pass::of_members(MapValues { conversions: conversions?, keep: keep? }))
    },
};

struct MapValues {
    conversions: Vec<Conversion>,
    keep: Keep,
}

impl OfMember for MapValues {
    fn bounds(&self) -> Bounds {
        let of_kinds = Bounds::of_kinds(|kind| match kind {
            Kind::Null => self.keep.effect_on_null(),
            _ => {
                let mut effects = self.conversions.iter().map(|conversion| conversion.effect(kind));
                effects.find(|effect| *effect != Effect::Keeps).unwrap_or(Effect::Keeps)
            }
        });
        of_kinds.of_empty_text(self.keep.effect_on_empty_text())
    }

    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError> {
        if let Some(effect) = self.keep.of(value) {
            return Ok(effect == Effect::Keeps);
        }
        let converted = member(name, &self.conversions, std::mem::replace(value, Val::Null), notes)?;
        Ok(converted.map(|converted| *value = converted).is_some())
    }
}

/// Applies conversions to a part of a member, which errors and warnings name.
fn member<'e>(
    name: &str,
    conversions: &[Conversion],
    value: Val<'e>,
    notes: &mut Notes<'_>,
) -> Converted<'e> {
    let before = notes.warnings.len();
    let mut value = Some(value);
    for conversion in conversions {
        let Some(current) = value.take() else { return Ok(None) };
        value = conversion
            .convert(current, notes)
            .map_err(|error| -> ConvertError { Refusal::Member { name: shown(name), error }.into() })?;
    }
    for warning in notes.warnings.get_mut(before..).unwrap_or_default() {
        if warning.code != warning::MORE_WARNINGS {
            warning.message = format!("in {}: {}", shown(name), warning.message);
        }
    }
    Ok(value)
}

pub(crate) static ENTRIES: Definition = Definition {
    name: "entries",
    group: Group::Objects,
    summary: "a list with an object of name and value for each member",
    doc: "",
    takes: Type::Object,
    gives: Type::List,
    shape: Shape::Any,
    params: &[
        Param::optional("name", ParamType::Text, "the key of the name; `name` by default"),
        Param::optional("value", ParamType::Text, "the key of the value; `value` by default"),
    ],
    examples: &[
        Example::gives("entries", r#"{"plan": "pro"}"#, r#"[{"name": "plan", "value": "pro"}]"#),
        Example::gives(
            "entries: { name: field }",
            r#"{"plan": "pro"}"#,
            r#"[{"field": "plan", "value": "pro"}]"#,
        ),
    ],
    build: |arguments| {
        let name = arguments.text_or("name", "name");
        let value = arguments.text_or("value", "value");
        let (in_name, in_value) = (name?, value?);
        if in_name == in_value {
            return arguments.bad("name", "a name other than that of `value`");
        }
        action(move |value, _| {
            let entry = |(name, value)| {
                Val::Object(vec![
                    (Cow::Owned(in_name.clone()), Val::Text(name)),
                    (Cow::Owned(in_value.clone()), value),
                ])
            };
            let members = members(value)?;
            bounded(members.len().saturating_mul(in_name.len() + in_value.len()), ())?;
            let entries: Vec<Val<'_>> = members.into_iter().map(entry).collect();
            Ok((!entries.is_empty()).then_some(Val::List(entries)))
        })
    },
};
