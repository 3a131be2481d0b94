//! Nested objects and lists → one flat object.

use std::borrow::Cow;
use std::fmt::Write as _;

use mapwright_json::Kind;

use crate::convert::object::{Member, keep_last, members, some_object};
use crate::convert::{
    ConvertError, Converted, Definition, Example, Group, Param, ParamType, Type, bounded, made,
};
use crate::value::Val;

pub(super) static FLATTEN: Definition = Definition {
    name: "flatten",
    group: Group::Objects,
    summary: "a flat object: the members of nested objects move up, under joined names",
    doc: "The items of a list are numbered, as in `tags[0]` and `items[0].price`. Empty objects and lists leave nothing. Where two members get the \
          same name, the later one stays, in the place of the first.",
    takes: Type::Object,
    gives: Type::Object,
    params: &[
        Param::required("separator", ParamType::Text, "what comes between two names"),
        Param::optional(
            "arrays",
            ParamType::Word(&["index", "keep", "json"]),
            "lists are numbered (the default), stay as they are, or become their JSON text",
        ),
        Param::optional(
            "keep",
            ParamType::Shapes,
            "objects that have all names of one of these lists stay whole",
        ),
    ],
    examples: &[
        Example::gives(
            r#"flatten: "_""#,
            r#"{"plan": "pro", "address": {"city": "Bath", "geo": {"lat": 51.4}}, "none": {}}"#,
            r#"{"plan": "pro", "address_city": "Bath", "address_geo_lat": 51.4}"#,
        ),
        Example::gives(
            r#"flatten: ".""#,
            r#"{"tags": ["a", "b"], "items": [{"price": 1}, [2]]}"#,
            r#"{"tags[0]": "a", "tags[1]": "b", "items[0].price": 1, "items[1][0]": 2}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", arrays: json }"#,
            r#"{"tags": ["a"], "a": {"ids": [1, 2]}}"#,
            r#"{"tags": "[\"a\"]", "a.ids": "[1,2]"}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", keep: [[amount, currency]] }"#,
            r#"{"order": {"price": {"amount": 5, "currency": "eur"}, "id": 1}}"#,
            r#"{"order.price": {"amount": 5, "currency": "eur"}, "order.id": 1}"#,
        ),
        Example::gives(r#"flatten: "_""#, r#"{"a": {"b": 1}, "c": 2, "a_b": 3}"#, r#"{"a_b": 3, "c": 2}"#),
    ],
    build: |arguments| {
        let separator = arguments.text("separator");
        let arrays = arguments.word("arrays");
        let keep = arguments.shapes("keep");
        let flatten = Flatten { separator: separator?, arrays: arrays?, keep: keep? };
        made(move |value, _| flatten.convert(value))
    },
};

struct Flatten {
    separator: String,
    arrays: &'static str,
    keep: Vec<Vec<String>>,
}

impl Flatten {
    fn convert<'e>(&self, value: Val<'e>) -> Converted<'e> {
        let members = members(value)?;
        if members.iter().all(|(_, value)| !self.opens(value)) {
            return some_object(members);
        }
        let mut flat = Flat { members: Vec::with_capacity(members.len() * 2), made: 0 };
        let mut path = String::new();
        for (name, value) in members {
            if self.opens(&value) {
                path.clear();
                path.push_str(&name);
                self.open(&mut path, value, &mut flat)?;
            } else {
                flat.members.push((name, value));
            }
        }
        some_object(keep_last(flat.members))
    }

    /// Whether a value is no leaf. A shape that stays whole turns out in [`open`](Self::open).
    fn opens(&self, value: &Val<'_>) -> bool {
        match value.kind() {
            Kind::Object => true,
            Kind::Array => self.arrays != "keep",
            _ => false,
        }
    }

    fn open<'e>(&self, path: &mut String, value: Val<'e>, flat: &mut Flat<'e>) -> Result<(), ConvertError> {
        let parent = path.len();
        match value.kind() {
            Kind::Array if self.arrays == "json" => {
                if !value.is_empty() {
                    let text = value.to_string();
                    bounded(text.len(), ())?;
                    flat.push(path, Val::Text(Cow::Owned(text)))?;
                }
            }
            Kind::Array => {
                for (index, item) in value.into_items().into_iter().enumerate() {
                    // writing to a string cannot fail
                    let _ = write!(path, "[{index}]");
                    self.value(path, item, flat)?;
                    path.truncate(parent);
                }
            }
            _ => {
                let members = value.into_entries();
                if self.stays_whole(&members) {
                    return flat.push(path, Val::Object(members));
                }
                for (name, value) in members {
                    path.push_str(&self.separator);
                    path.push_str(&name);
                    self.value(path, value, flat)?;
                    path.truncate(parent);
                }
            }
        }
        Ok(())
    }

    fn value<'e>(&self, path: &mut String, value: Val<'e>, flat: &mut Flat<'e>) -> Result<(), ConvertError> {
        if self.opens(&value) { self.open(path, value, flat) } else { flat.push(path, value) }
    }

    fn stays_whole(&self, members: &[Member<'_>]) -> bool {
        let has = |name: &String| members.iter().any(|(known, _)| known == name);
        self.keep.iter().any(|shape| shape.iter().all(has))
    }
}

struct Flat<'e> {
    members: Vec<Member<'e>>,
    /// The bytes of all names made.
    made: usize,
}

impl<'e> Flat<'e> {
    fn push(&mut self, path: &str, value: Val<'e>) -> Result<(), ConvertError> {
        // names repeat those of all parents, so that they can be far longer than the event
        self.made += path.len();
        bounded(self.made, ())?;
        self.members.push((Cow::Owned(path.to_owned()), value));
        Ok(())
    }
}
