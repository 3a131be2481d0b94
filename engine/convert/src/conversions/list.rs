//! Conversions of lists, and between lists and text. Any other value is treated as a list of one.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use crate::action::action;
use crate::conversions::number;
use crate::decimal;
use crate::definition::Definition;
use crate::error::{ConvertError, Converted, bounded};
use crate::keep::{KEEP_EMPTY, Keep};
use crate::members::some_list;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::{some_text, text};
use crate::value::Val;
use mapwright_json::{Kind, Number};

/// Returns whether an item is present.
fn present(value: &Val<'_>) -> bool {
    !value.is_null() && !value.is_empty_text()
}

pub(crate) static LIST: Definition = Definition {
    name: "list",
    group: Group::Lists,
    summary: "a list; any other value becomes a list of one",
    doc: "",
    takes: Type::List,
    gives: Type::List,
    shape: Shape::Items(None),
    params: &[],
    examples: &[Example::gives("list", r#""a""#, r#"["a"]"#), Example::gives("list", "[1, 2]", "[1, 2]")],
    build: |_| {
        action(|value, _| Ok(Some(if value.kind() == Kind::Array { value } else { Val::List(vec![value]) })))
    },
};

pub(crate) static FIRST: Definition = Definition {
    name: "first",
    group: Group::Lists,
    summary: "the first item that has a value",
    doc: "Null and the empty string are not values.",
    takes: Type::List,
    gives: Type::Any,
    shape: Shape::Item,
    params: &[],
    examples: &[
        Example::gives("first", r#"[null, "a", "b"]"#, r#""a""#),
        Example::gives("first", r#""a""#, r#""a""#),
        Example::nothing("first", "[]"),
    ],
    build: |_| action(|value, _| Ok(value.into_list().into_iter().find(present))),
};

pub(crate) static LAST: Definition = Definition {
    name: "last",
    group: Group::Lists,
    summary: "the last item that has a value",
    doc: "Null and the empty string are not values.",
    takes: Type::List,
    gives: Type::Any,
    shape: Shape::Item,
    params: &[],
    examples: &[Example::gives("last", r#"["a", "b", null]"#, r#""b""#)],
    build: |_| action(|value, _| Ok(value.into_list().into_iter().rfind(present))),
};

pub(crate) static COUNT: Definition = Definition {
    name: "count",
    group: Group::Lists,
    summary: "the number of items of a list",
    doc: "",
    takes: Type::List,
    gives: Type::Integer,
    shape: Shape::Count,
    params: &[],
    examples: &[Example::gives("count", r#"["a", "b"]"#, "2"), Example::gives("count", "[]", "0")],
    build: |_| {
        action(|value, _| {
            let count = i64::try_from(value.into_list().len());
            Ok(count.ok().map(Val::Int))
        })
    },
};

pub(crate) static SUM: Definition = Definition {
    name: "sum",
    group: Group::Lists,
    summary: "the sum of a list's numbers",
    doc: "Numbers in text are included, and null and the empty string are ignored; anything else is an error. The sum is that of decimals.",
    takes: Type::List,
    gives: Type::Number,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("sum", r#"[1, "2", null]"#, "3"),
        Example::gives("sum", "[0.1, 0.2]", "0.3"),
        Example::fails("sum", r#"[1, "two"]"#, r#"expected a number, found `"two"`"#),
    ],
    build: |_| {
        action(|value, _| match numbers(&value)?.as_slice() {
            [] => Ok(None),
            numbers => number::in_range(decimal::sum(numbers), &value),
        })
    },
};

/// Returns the numbers of a list; null and the empty string are ignored.
fn numbers(list: &Val<'_>) -> Result<Vec<Number>, ConvertError> {
    let items = list.clone().into_list();
    items.iter().filter(|item| present(item)).map(|item| number::number(item, "a number")).collect()
}

pub(crate) static LARGEST: Definition = Definition {
    name: "largest",
    group: Group::Lists,
    summary: "the largest number of a list",
    doc: EXTREME,
    takes: Type::List,
    gives: Type::Number,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("largest", r#"[2, "10", null, 9.5]"#, "10"),
        Example::nothing("largest", "[]"),
        Example::fails("largest", r#"[1, "two"]"#, r#"expected a number, found `"two"`"#),
    ],
    build: |_| action(|value, _| extreme(&value, Ordering::Greater)),
};

pub(crate) static SMALLEST: Definition = Definition {
    name: "smallest",
    group: Group::Lists,
    summary: "the smallest number of a list",
    doc: EXTREME,
    takes: Type::List,
    gives: Type::Number,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("smallest", r#"[2, "-0.5", 9.5]"#, "-0.5"),
        Example::nothing("smallest", "[null]"),
    ],
    build: |_| action(|value, _| extreme(&value, Ordering::Less)),
};

const EXTREME: &str =
    "Numbers in text are included, and null and the empty string are ignored; anything else is an error.";

/// Returns the first of a list's numbers that every other one is not beyond.
fn extreme<'e>(list: &Val<'_>, beyond: Ordering) -> Converted<'e> {
    let best = numbers(list)?
        .into_iter()
        .reduce(|best, number| if number.compare(best) == Some(beyond) { number } else { best });
    best.map_or(Ok(None), |best| number::in_range(Ok(best), list))
}

pub(crate) static UNIQUE: Definition = Definition {
    name: "unique",
    group: Group::Lists,
    summary: "a list without duplicates",
    doc: "The first of several equal items is kept. Items are equal if their JSON is the same.",
    takes: Type::List,
    gives: Type::List,
    shape: Shape::Items(None),
    params: &[],
    examples: &[Example::gives(
        "unique",
        r#"["a", "b", "a", 1, "1", {"id": 1}, {"id": 1}]"#,
        r#"["a", "b", 1, "1", {"id": 1}]"#,
    )],
    build: |_| {
        action(|value, _| {
            let mut seen = HashSet::new();
            let mut items = value.into_list();
            items.retain(|item| seen.insert(item.json_text()));
            some_list(items)
        })
    },
};

pub(crate) static SPLIT: Definition = Definition {
    name: "split",
    group: Group::Text,
    summary: "the parts of text as a list",
    doc: "Whitespace around the parts is removed, and so are empty parts.",
    takes: Type::Text,
    gives: Type::List,
    shape: Shape::Any,
    params: &[Param::required("separator", ParamType::Text, "the separator between the parts"), KEEP_EMPTY],
    examples: &[
        Example::gives(r#"split: ",""#, r#""new, paid,,""#, r#"["new", "paid"]"#),
        Example::gives(r#"[split: " ", first]"#, r#""Ada King Lovelace""#, r#""Ada""#),
        Example::nothing(r#"split: ",""#, r#"" , ""#),
        Example::gives(
            r#"split: { separator: ",", keep: empty }"#,
            r#""new,,paid""#,
            r#"["new", "", "paid"]"#,
        ),
    ],
    build: |arguments| {
        let separator = arguments.text("separator");
        let keep = Keep::read(arguments);
        let (separator, keep) = (separator?, keep?.empty_text);
        if separator.is_empty() {
            return arguments.bad("separator", "text that is not empty");
        }
        action(move |value, _| {
            some_list(match text(&value)? {
                Cow::Borrowed(text) => {
                    parts(text, &separator, keep).map(|part| Val::Text(Cow::Borrowed(part))).collect()
                }
                Cow::Owned(text) => parts(&text, &separator, keep)
                    .map(|part| Val::Text(Cow::Owned(part.to_owned())))
                    .collect(),
            })
        })
    },
};

fn parts<'t>(text: &'t str, separator: &str, keep_empty: bool) -> impl Iterator<Item = &'t str> {
    text.split(separator).map(str::trim).filter(move |part| keep_empty || !part.is_empty())
}

pub(crate) static JOIN: Definition = Definition {
    name: "join",
    group: Group::Lists,
    summary: "the items of a list as one string",
    doc: "Null and empty strings are omitted; numbers and booleans are converted to text; lists and objects are an error.",
    takes: Type::List,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[
        Param::optional("separator", ParamType::Text, "the separator between the items; empty by default"),
        KEEP_EMPTY,
    ],
    examples: &[
        Example::gives(r#"join: "|""#, r#"["a", null, 2]"#, r#""a|2""#),
        Example::gives(r#"join: { separator: ";", keep: empty }"#, r#"["", "b", null, ""]"#, r#"";b;""#),
        Example::fails(r#"join: ",""#, "[[1]]", "expected text, a number or a boolean, found `[1]`"),
    ],
    build: |arguments| {
        let separator = arguments.text_or("separator", "");
        let keep = Keep::read(arguments);
        let (separator, keep) = (separator?, keep?);
        action(move |value, _| {
            let mut out = String::new();
            let items = value.into_list().into_iter().filter(|item| keep.keeps(item));
            for (place, item) in items.enumerate() {
                let text = item
                    .to_text()
                    .ok_or_else(|| ConvertError::expected("text, a number or a boolean", &item))?;
                if place > 0 {
                    out.push_str(&separator);
                }
                out.push_str(&text);
                bounded(out.len(), ())?;
            }
            some_text(out)
        })
    },
};
