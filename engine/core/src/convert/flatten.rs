//! Flattens nested objects and lists to one object.

use std::borrow::Cow;
use std::sync::Arc;

use mapwright_json::Kind;

use crate::convert::object::{Member, keep_last, members, some_object};
use crate::convert::{
    Action, ConvertError, Converted, Definition, Example, Group, Notes, Param, ParamType, Type, bounded,
};
use crate::tree::Tree;
use crate::value::Val;

pub static FLATTEN: Definition = Definition {
    name: "flatten",
    group: Group::Objects,
    summary: "a flat object: the members of nested objects move up, under joined names",
    doc: "The items of a list are numbered, as in `tags[0]` and `items[0].price`. Empty objects and lists leave nothing. Where two members get the \
          same name, the later one that has a value stays, in the place of the first, with a warning if both have one.",
    takes: Type::Object,
    gives: Type::Object,
    params: &[
        Param::required("separator", ParamType::Text, "the separator between two names"),
        Param::optional(
            "arrays",
            ParamType::Word(&["index", "keep", "json"]),
            "the items of lists are numbered (the default), lists stay unchanged, or become JSON text",
        ),
        Param::optional(
            "keep",
            ParamType::Shapes,
            "objects that have all the names of one of these lists are not flattened",
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
        Example::gives(r#"flatten: "_""#, r#"{"a_b": 1, "a": {"b": null}}"#, r#"{"a_b": 1}"#),
        Example::warns(
            r#"flatten: "_""#,
            r#"{"a": {"b": 1}, "c": 2, "a_b": 3}"#,
            r#"{"a_b": 3, "c": 2}"#,
            &[(
                "value_dropped",
                "a value of `a_b` was dropped: two members have this name, and the later one takes precedence",
            )],
        ),
    ],
    build: |arguments| {
        let separator = arguments.text("separator");
        let arrays = arguments.word("arrays");
        let keep = arguments.shapes("keep");
        Some(Action::Flatten(Arc::new(Flatten { separator: separator?, arrays: arrays?, keep: keep? })))
    },
};

/// The options of flattening.
#[derive(Debug)]
pub struct Flatten {
    separator: String,
    arrays: &'static str,
    keep: Vec<Vec<String>>,
}

/// Receives the leaves of members.
pub trait TakeLeaf<'e> {
    /// The reason to stop.
    type Stop: From<ConvertError>;

    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), Self::Stop>;
}

impl Flatten {
    pub fn convert<'e>(&self, value: Val<'e>, notes: &mut Notes<'_>) -> Converted<'e> {
        let members = members(value)?;
        let mut leaves = Leaves { members: Vec::with_capacity(members.len() * 2) };
        let mut path = Path::default();
        for (name, value) in members {
            if self.opens(value.kind()) {
                self.member(&name, value, &mut path, &mut leaves)?;
            } else {
                leaves.members.push((name, value));
            }
        }
        some_object(keep_last(leaves.members, notes))
    }

    /// Passes on the leaves of a member that is not a leaf itself.
    pub fn member<'e, V: Tree<'e>, L: TakeLeaf<'e>>(
        &self,
        name: &str,
        value: V,
        path: &mut Path,
        leaves: &mut L,
    ) -> Result<(), L::Stop> {
        path.text.clear();
        path.text.push_str(name);
        self.open(path, value, leaves)
    }

    /// Returns whether a value is not a leaf. Objects that are not flattened are detected in [`open`](Self::open).
    #[inline]
    pub fn opens(&self, kind: Kind) -> bool {
        match kind {
            Kind::Object => true,
            Kind::Array => self.arrays != "keep",
            _ => false,
        }
    }

    fn open<'e, V: Tree<'e>, L: TakeLeaf<'e>>(
        &self,
        path: &mut Path,
        value: V,
        leaves: &mut L,
    ) -> Result<(), L::Stop> {
        let parent = path.text.len();
        match value.kind() {
            Kind::Array if self.arrays == "json" => {
                if value.is_empty() {
                    return Ok(());
                }
                let text = value.into_val().json_text();
                bounded(text.len(), ())?;
                path.leaf(Val::Text(Cow::Owned(text)), leaves)
            }
            Kind::Array => {
                let mut index = 0_usize;
                value.each_item(|item| {
                    path.text.push('[');
                    path.text.push_str(itoa::Buffer::new().format(index));
                    path.text.push(']');
                    index += 1;
                    self.value(path, item, leaves)?;
                    path.text.truncate(parent);
                    Ok(())
                })
            }
            _ if self.stays_whole(&value) => path.leaf(value, leaves),
            _ => value.each_entry(|name, value| {
                path.text.push_str(&self.separator);
                path.text.push_str(&name);
                self.value(path, value, leaves)?;
                path.text.truncate(parent);
                Ok(())
            }),
        }
    }

    fn value<'e, V: Tree<'e>, L: TakeLeaf<'e>>(
        &self,
        path: &mut Path,
        value: V,
        leaves: &mut L,
    ) -> Result<(), L::Stop> {
        if self.opens(value.kind()) { self.open(path, value, leaves) } else { path.leaf(value, leaves) }
    }

    fn stays_whole<'e>(&self, value: &impl Tree<'e>) -> bool {
        self.keep.iter().any(|shape| shape.iter().all(|name| value.has(name)))
    }
}

/// The joined names of the path to a leaf.
#[derive(Debug)]
pub struct Path {
    text: String,
    /// The total bytes of all names so far.
    made: usize,
}

impl Default for Path {
    /// Returns an empty path, with capacity for a name of the usual length.
    fn default() -> Self {
        Path { text: String::with_capacity(64), made: 0 }
    }
}

impl Path {
    fn leaf<'e, V: Tree<'e>, L: TakeLeaf<'e>>(&mut self, value: V, leaves: &mut L) -> Result<(), L::Stop> {
        // names repeat those of all parents, so they can be much longer than the event
        self.made += self.text.len();
        bounded(self.made, ())?;
        leaves.leaf(&self.text, value)
    }
}

struct Leaves<'e> {
    members: Vec<Member<'e>>,
}

impl<'e> TakeLeaf<'e> for Leaves<'e> {
    type Stop = ConvertError;

    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), ConvertError> {
        self.members.push((Cow::Owned(name.to_owned()), value.into_val()));
        Ok(())
    }
}
