//! Decodes trees to typed records. Every error is reported, and none is fatal.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::OnceLock;

use crate::definitions::Definitions;
use crate::keys::edits_of;
use crate::yaml::{Data, Key, Node};
use mapwright_convert::Matcher;
use mapwright_findings::rules;
use mapwright_findings::{At, KnownNames, Reports, Span, Unread, nearest};
use serde_json::{Value, json};

/// Entries by name, in the order of the file, and the names of those that could not be read.
#[derive(Debug, Clone)]
pub struct Named<T> {
    entries: Vec<(At<String>, T)>,
    unread: Unread,
    index: OnceLock<Index>,
}

/// The names of entries, for look-ups. Made when it is first used.
#[derive(Debug, Clone)]
struct Index {
    /// The position of each name; of the first entry, if several have the same name.
    places: HashMap<String, usize>,
    known: KnownNames,
}

impl<T: PartialEq> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries && self.unread == other.unread
    }
}

impl<T> Named<T> {
    /// Creates the placeholder for entries that cannot be read at all.
    pub fn unreadable() -> Self {
        Self { entries: Vec::new(), unread: Unread::Any, index: OnceLock::new() }
    }

    /// Returns the names of entries that could not be read.
    pub fn unread(&self) -> &Unread {
        &self.unread
    }

    /// Returns the names that these entries define.
    pub fn known(&self) -> KnownNames {
        self.index().known.clone()
    }

    /// Returns the position of the entry with this name.
    pub fn place(&self, name: &str) -> Option<usize> {
        /// The number of entries that are compared faster than looked up.
        const FEW: usize = 8;
        if self.entries.len() <= FEW {
            return self.entries.iter().position(|(key, _)| key.value == name);
        }
        self.index().places.get(name).copied()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut places = HashMap::with_capacity(self.entries.len());
            for (place, (key, _)) in self.entries.iter().enumerate() {
                places.entry(key.value.clone()).or_insert(place);
            }
            Index { places, known: KnownNames::new(names(self), self.unread.clone()) }
        })
    }
}

impl<T> Named<T> {
    /// The same names with other entries.
    pub(crate) fn with_entries(
        self,
        change: impl FnOnce(Vec<(At<String>, T)>) -> Vec<(At<String>, T)>,
    ) -> Self {
        Self { unread: self.unread, ..change(self.entries).into() }
    }
}

impl<T> Named<T> {
    /// The same entries, where these names may stand for some that could not be read.
    pub(crate) fn without(mut self, lost: &Unread) -> Self {
        self.unread.add(lost);
        self
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<(At<String>, T)>> for Named<T> {
    fn from(entries: Vec<(At<String>, T)>) -> Self {
        Self { entries, unread: Unread::default(), index: OnceLock::new() }
    }
}

impl<T> Deref for Named<T> {
    type Target = [(At<String>, T)];

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a (At<String>, T);
    type IntoIter = std::slice::Iter<'a, (At<String>, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Returns the entry with this name.
pub fn by_name<'a, T>(entries: &'a Named<T>, name: &str) -> Option<&'a T> {
    entries.get(entries.place(name)?).map(|(_, value)| value)
}

/// Returns the names of entries.
pub fn names<T>(entries: &[(At<String>, T)]) -> impl Iterator<Item = &str> + Clone {
    entries.iter().map(|(key, _)| key.value.as_str())
}

/// A type that is decoded from a tree. `None` means that an error was reported.
pub trait Decode: Sized {
    /// Decodes a node. Reports what does not fit, and returns `None` if no value can be made of it.
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self>;

    /// Returns a placeholder for a required value that is invalid, so that everything around it is still checked. A spec with
    /// errors is never run.
    fn stand_in(_: Span) -> Option<Self> {
        None
    }

    /// Returns the JSON Schema of the accepted YAML.
    fn schema(definitions: &mut Definitions) -> Value;
}

impl Decode for String {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Text(text) => Some(text.clone()),
            _ => rules::wrong_type::report(reports, &node.found(), "text"),
        }
    }

    fn stand_in(_: Span) -> Option<Self> {
        Some(String::new())
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string" })
    }
}

/// A length of time, such as `10s`, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Time(pub String);

impl Decode for Time {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Text(text) => Some(Self(text.clone())),
            Data::Number(_, written) => rules::wrong_type::report_time(reports, &node.found(), written),
            _ => rules::wrong_type::report(reports, &node.found(), "a time such as `10s`, `1m` or `1h`"),
        }
    }

    fn stand_in(_: Span) -> Option<Self> {
        Some(Self::default())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        String::schema(definitions)
    }
}

impl Decode for Matcher {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let text = String::decode(node, reports)?;
        Matcher::stated(&text)
            .map_err(|error| rules::invalid_value::report_pattern(reports, node.span, &text, &error))
            .ok()
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string", "format": "regex" })
    }
}

impl Decode for bool {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Bool(b) => Some(*b),
            Data::Text(text) if text.parse::<bool>().is_ok() => {
                rules::wrong_type::report_quoted(reports, &node.found(), "`true` or `false`")
            }
            _ => rules::wrong_type::report(reports, &node.found(), "`true` or `false`"),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "boolean" })
    }
}

impl Decode for u64 {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Number(number, _) if number.is_u64() => number.as_u64(),
            Data::Text(text) if text.parse::<u64>().is_ok() => {
                rules::wrong_type::report_quoted(reports, &node.found(), "a whole number")
            }
            _ => rules::wrong_type::report(reports, &node.found(), "a whole number"),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

/// Any YAML, as JSON.
impl Decode for Value {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        if let Some(long) = node.long_number() {
            rules::invalid_value::report_long(reports, &long.found());
        }
        Some(node.to_json())
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({})
    }
}

/// Any YAML, with all positions.
impl Decode for Node {
    fn decode(node: &Node, _: &mut Reports) -> Option<Self> {
        Some(node.clone())
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({})
    }
}

impl<T: Decode> Decode for At<T> {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        T::decode(node, reports).map(|value| At { value, span: node.span })
    }

    fn stand_in(span: Span) -> Option<Self> {
        T::stand_in(span).map(|value| At { value, span })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        T::decode(node, reports).map(Box::new)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }
}

/// A list; any other value is treated as a list of one.
impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::List(items) => Some(items.iter().filter_map(|item| T::decode(item, reports)).collect()),
            _ => T::decode(node, reports).map(|one| vec![one]),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let item = T::schema(definitions);
        json!({ "anyOf": [item, { "type": "array", "items": item }] })
    }
}

/// Decodes a list that says nothing if it is empty.
pub(crate) fn decode_some<T: Decode>(node: &Node, key: &str, reports: &mut Reports) -> Option<Vec<T>> {
    if matches!(&node.data, Data::List(items) if items.is_empty()) {
        let (message, help) = (format!("`{key}` has no entry"), format!("add one, or remove `{key}`"));
        rules::invalid_value::report(reports, node.span, message, help);
    }
    Vec::decode(node, reports)
}

pub(crate) fn some_schema<T: Decode>(definitions: &mut Definitions) -> Value {
    let item = T::schema(definitions);
    json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
}

/// Decodes a map whose names the author chooses.
pub fn decode_named<T: Decode>(node: &Node, reports: &mut Reports) -> Option<Named<T>> {
    let Some(map) = node.as_map() else {
        return rules::wrong_type::report(reports, &node.found(), "a map");
    };
    let (mut entries, mut unread) = (Vec::with_capacity(map.len()), Vec::new());
    for (key, value) in map {
        match T::decode(value, reports) {
            Some(value) => entries.push((At { value: key.text.clone(), span: key.span }, value)),
            None => unread.push(key.text.clone()),
        }
    }
    Some(Named { unread: unread.into_iter().collect(), ..entries.into() })
}

pub(crate) fn named_schema<T: Decode>(definitions: &mut Definitions) -> Value {
    named(&T::schema(definitions))
}

/// The schema of lists by name, or of edits of inherited ones.
pub(crate) fn named_lists_schema<T: Decode>(definitions: &mut Definitions) -> Value {
    named(&edited_schema::<T>(definitions))
}

fn named(value: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": value, "properties": {
        "replace": { "anyOf": [{ "const": true, "description": "Nothing of what is inherited here counts." }, value] },
    }})
}

/// The schema of a list, or of edits of an inherited one.
pub(crate) fn edited_schema<T: Decode>(definitions: &mut Definitions) -> Value {
    let (list, entry) = (<Vec<T> as Decode>::schema(definitions), T::schema(definitions));
    let name = json!({ "type": ["string", "integer"] });
    json!({ "anyOf": [list, {
        "description": "Edits of an inherited list, whose entries are found by their names or codes.",
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": {
            "first": list,
            "last": list,
            "without": { "anyOf": [name, { "type": "array", "items": { "anyOf": [name, entry] } }, entry] },
            "instead": { "type": "object" },
        },
    }]})
}

/// Returns the entries of a record, and reports unknown keys.
pub fn entries_of<'n>(
    node: &'n Node,
    what: &str,
    known: &[&str],
    reports: &mut Reports,
) -> Option<&'n [(Key, Node)]> {
    let Some(entries) = node.as_map() else {
        return rules::wrong_type::report(reports, &node.found(), what);
    };
    if let Some([(edit, _), ..]) = edits_of(node)
        && !entries.iter().any(|(key, _)| known.contains(&key.text.as_str()))
    {
        return rules::unknown_key::report_entry(reports, &edit.at());
    }
    for (key, _) in entries {
        if !known.contains(&key.text.as_str()) {
            rules::unknown_key::report(reports, &key.at(), what, known);
        }
    }
    Some(entries)
}

/// Returns a record in which keys that are nearly known ones are these, and reports unknown keys. What is meant by a misspelt key counts for
/// everything else that is checked, so that it has one finding. A spec with errors is never run.
pub(crate) fn repaired<'n>(
    node: &'n Node,
    what: &str,
    known: &[&str],
    reports: &mut Reports,
) -> Option<Cow<'n, Node>> {
    let entries = entries_of(node, what, known, reports)?;
    let is_known = |(key, _): &(Key, Node)| known.contains(&key.text.as_str());
    if entries.iter().all(is_known) {
        return Some(Cow::Borrowed(node));
    }
    let mut absent: Vec<&str> = known.iter().copied().filter(|key| node.get(key).is_none()).collect();
    let entries = entries.iter().cloned().map(|(key, value)| {
        let meant = match known.contains(&key.text.as_str()) {
            true => None,
            false => nearest(&key.text, absent.iter().copied()),
        };
        match meant {
            Some(meant) => {
                absent.retain(|key| *key != meant);
                (Key { text: meant.to_owned(), span: key.span }, value)
            }
            None => (key, value),
        }
    });
    Some(Cow::Owned(Node { span: node.span, data: Data::Map(entries.collect()) }))
}

/// The names that stand below keys of a record that are not known: they may be meant as entries of one that is.
pub(crate) fn below_unknown(node: &Node, known: &[&str]) -> Unread {
    let entries = node.as_map().unwrap_or_default().iter();
    let unknown = entries.filter(|(key, _)| !known.contains(&key.text.as_str()));
    let maps = unknown.filter_map(|(key, value)| Some((key, value.as_map()?)));
    let names = maps.flat_map(|(key, inside)| std::iter::once(key).chain(inside.iter().map(|(key, _)| key)));
    names.map(|key| key.text.clone()).collect()
}

/// Defines a record type: its struct, decoder and JSON Schema are generated from one table of keys.
///
/// A `req` key is required. A `due` key is required too, but a file that extends another may inherit it. An `opt` key is optional. A missing `list` is empty, and so are
/// `some`, a list that is not empty where it is stated, and an `edit`, a list that a file which extends another may edit. A missing `map` has no entries, neither have `lists` by name, and a missing `flag` is false.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $what:literal
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])+ $kind:ident $key:literal $field:ident: $ty:ty, )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        #[allow(dead_code, reason = "a record holds all that its file says; descriptions are for readers of the file")]
        $vis struct $name {
            /// The position of the record.
            $vis span: mapwright_findings::Span,
            /// Whether a part of it is invalid, so that a key that seems to be missing may be present.
            $vis flawed: bool,
            $( $(#[doc = $field_doc])+ $vis $field: record!(@type $kind $ty), )*
        }

        impl $name {
            /// The keys of this record.
            #[allow(dead_code, reason = "every record lists its keys, not every reader needs them")]
            pub(crate) const KEYS: &'static [&'static str] = &[$($key),*];
            /// What a message calls it.
            #[allow(dead_code, reason = "every record has a name, not every reader needs it")]
            pub(crate) const WHAT: &'static str = $what;
        }

        impl $crate::decode::Decode for $name {
            fn decode(
                node: &$crate::yaml::Node,
                reports: &mut mapwright_findings::Reports,
            ) -> Option<Self> {
                let before = reports.made();
                let repaired = $crate::decode::repaired(node, $what, Self::KEYS, reports)?;
                let node = repaired.as_ref();
                #[allow(unused_variables, reason = "not every record has entries by name")]
                let lost = $crate::decode::below_unknown(node, Self::KEYS);
                // decode all keys before a missing one ends this, so that all errors are reported
                $( let $field = record!(@read $kind $ty, node, $key, $what, reports, concat!($($field_doc),+)); )*
                let flawed = reports.made() > before;
                Some(Self { span: node.span, flawed, $( $field: record!(@unwrap $kind $ty, $field, node, lost), )* })
            }

            fn stand_in(span: mapwright_findings::Span) -> Option<Self> {
                Some(Self { span, flawed: true, $( $field: record!(@stand_in $kind $ty, span), )* })
            }

            fn schema(definitions: &mut $crate::definitions::Definitions) -> serde_json::Value {
                definitions.refer_to::<Self>()
            }
        }

        impl $crate::definitions::Defined for $name {
            fn name() -> &'static str {
                stringify!($name).trim_end_matches("Spec")
            }

            fn definition(definitions: &mut $crate::definitions::Definitions) -> serde_json::Value {
                let mut properties = serde_json::Map::new();
                let mut required: Vec<&str> = Vec::new();
                $(
                    let property = record!(@schema $kind $ty, definitions);
                    let property = $crate::definitions::described(property, concat!($($field_doc, "\n"),+));
                    properties.insert($key.to_owned(), property);
                    if record!(@required $kind) { required.push($key); }
                )*
                $crate::definitions::object_schema(concat!($($doc, "\n"),+), properties, &required)
            }
        }
    };
    (@type req $ty:ty) => { $ty };
    (@type due $ty:ty) => { $ty };
    (@type opt $ty:ty) => { Option<$ty> };
    (@type list $ty:ty) => { Vec<$ty> };
    (@type some $ty:ty) => { Vec<$ty> };
    (@type edit $ty:ty) => { Vec<$ty> };
    (@type lists $ty:ty) => { $crate::decode::Named<Vec<$ty>> };
    (@type map $ty:ty) => { $crate::decode::Named<$ty> };
    (@type flag $ty:ty) => { bool };
    (@read req $ty:ty, $node:ident, $key:literal, $what:literal, $reports:ident, $doc:expr) => {
        match $node.get($key) {
            Some(value) => <$ty as $crate::decode::Decode>::decode(value, $reports),
            None => mapwright_findings::rules::missing_key::report($reports, $node.span, $key, $what, $doc),
        }
    };
    (@read due $($rest:tt)*) => { record!(@read req $($rest)*) };
    (@read lists $ty:ty, $($rest:tt)*) => { record!(@read map Vec<$ty>, $($rest)*) };
    (@read edit $($rest:tt)*) => { record!(@read list $($rest)*) };
    (@read map $ty:ty, $node:ident, $key:literal, $what:literal, $reports:ident, $doc:expr) => {
        match $node.get($key) {
            Some(value) => $crate::decode::decode_named::<$ty>(value, $reports)
                .or_else(|| Some($crate::decode::Named::unreadable())),
            None => None,
        }
    };
    (@read some $ty:ty, $node:ident, $key:literal, $what:literal, $reports:ident, $doc:expr) => {
        $node.get($key).and_then(|value| $crate::decode::decode_some::<$ty>(value, $key, $reports))
    };
    (@read list $ty:ty, $node:ident, $key:literal, $what:literal, $reports:ident, $doc:expr) => {
        $node.get($key).and_then(|value| <Vec<$ty> as $crate::decode::Decode>::decode(value, $reports))
    };
    (@read $kind:ident $ty:ty, $node:ident, $key:literal, $what:literal, $reports:ident, $doc:expr) => {
        $node.get($key).and_then(|value| <$ty as $crate::decode::Decode>::decode(value, $reports))
    };
    (@stand_in req $ty:ty, $span:ident) => { <$ty as $crate::decode::Decode>::stand_in($span)? };
    (@stand_in due $($rest:tt)*) => { record!(@stand_in req $($rest)*) };
    (@stand_in $kind:ident $ty:ty, $span:ident) => { Default::default() };
    (@unwrap req $ty:ty, $field:ident, $node:ident, $lost:ident) => {
        match $field {
            Some(value) => value,
            None => <$ty as $crate::decode::Decode>::stand_in($node.span)?,
        }
    };
    (@unwrap due $($rest:tt)*) => { record!(@unwrap req $($rest)*) };
    (@unwrap opt $ty:ty, $field:ident, $node:ident, $lost:ident) => { $field };
    (@unwrap map $ty:ty, $field:ident, $node:ident, $lost:ident) => { $field.unwrap_or_default().without(&$lost) };
    (@unwrap lists $ty:ty, $field:ident, $node:ident, $lost:ident) => {
        $field.unwrap_or_default().without(&$lost)
    };
    (@unwrap $kind:ident $ty:ty, $field:ident, $node:ident, $lost:ident) => { $field.unwrap_or_default() };
    (@schema map $ty:ty, $definitions:ident) => { $crate::decode::named_schema::<$ty>($definitions) };
    (@schema lists $ty:ty, $definitions:ident) => { $crate::decode::named_lists_schema::<$ty>($definitions) };
    (@schema edit $ty:ty, $definitions:ident) => { $crate::decode::edited_schema::<$ty>($definitions) };
    (@schema some $ty:ty, $definitions:ident) => { $crate::decode::some_schema::<$ty>($definitions) };
    (@schema list $ty:ty, $definitions:ident) => { <Vec<$ty> as $crate::decode::Decode>::schema($definitions) };
    (@schema $kind:ident $ty:ty, $definitions:ident) => {
        <$ty as $crate::decode::Decode>::schema($definitions)
    };
    (@required req) => { true };
    (@required $kind:ident) => { false };
}
pub(crate) use record;

/// Defines a set of words: its enum, decoder and JSON Schema are generated from one table.
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident {
            $( $(#[doc = $word_doc:literal])+ $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $( $(#[doc = $word_doc])+ $variant, )* }

        impl $name {
            /// Returns the word, as files write it.
            #[allow(dead_code, reason = "every set of words has its words, not every reader needs them")]
            pub const fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }
        }

        impl $crate::decode::Decode for $name {
            fn decode(
                node: &$crate::yaml::Node,
                reports: &mut mapwright_findings::Reports,
            ) -> Option<Self> {
                match node.as_word() {
                    $( Some($word) => Some(Self::$variant), )*
                    _ => mapwright_findings::rules::wrong_word::report(reports, &node.found(), &[$($word),*]),
                }
            }

            fn schema(_: &mut $crate::definitions::Definitions) -> serde_json::Value {
                serde_json::json!({
                    "oneOf": [$({
                        // YAML reads an unquoted `null` as null
                        "enum": if $word == "null" { vec![Some($word), None] } else { vec![Some($word)] },
                        "description": concat!($($word_doc),+).trim(),
                    }),*]
                })
            }
        }
    };
}
pub(crate) use words;
