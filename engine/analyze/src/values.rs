//! What is known of the values of names, as plain data: made once, and shared by everything that reads a name.

mod kept;

use std::collections::{BTreeMap, HashSet};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use mapwright_convert::Val;
use mapwright_json::{Json, Number};
use mapwright_language::spec::SettingType;
use serde_json::Value;

pub(crate) use kept::{Kept, KnownBy, Work};

/// What is known of the values that a name can have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Known {
    /// Anything, and also nothing.
    Anything,
    /// Anything but nothing, null and the empty string.
    Present,
    /// One of these; nothing, if `missing`.
    OneOf {
        /// The values.
        values: Arc<ValueSet>,
        /// Whether there can be no value.
        missing: bool,
    },
    /// One of these texts in lower case, written in any case.
    Cased(Arc<ValueSet>),
    /// Any text, also the empty one; or nothing.
    Text,
    /// The status of a response.
    Status,
    /// A value of this type other than the empty string; nothing, if `missing`.
    Typed {
        /// The type.
        kind: SettingType,
        /// Whether there can be no value.
        missing: bool,
    },
}

impl Known {
    /// The same, or nothing.
    pub(crate) fn or_missing(self) -> Self {
        match self {
            Known::Present => Known::Anything,
            Known::OneOf { values, .. } => Known::OneOf { values, missing: true },
            Known::Typed { kind, .. } => Known::Typed { kind, missing: true },
            known @ (Known::Anything | Known::Cased(_) | Known::Text | Known::Status) => known,
        }
    }

    /// What is known of a value of which this or another thing is known.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, another) if one == another => one,
            (Known::OneOf { values, missing }, Known::OneOf { values: more, missing: another }) => {
                Known::OneOf { values: values.and(more.iter().cloned()), missing: missing || another }
            }
            (Known::Typed { kind, missing }, Known::Typed { kind: other, missing: another })
                if kind == other =>
            {
                Known::Typed { kind, missing: missing || another }
            }
            (Known::Typed { kind, missing }, Known::OneOf { values, missing: another })
            | (Known::OneOf { values, missing: another }, Known::Typed { kind, missing })
                if values.iter().all(|value| !is_absent(value) && kind.takes(value)) =>
            {
                Known::Typed { kind, missing: missing || another }
            }
            _ => Known::Anything,
        }
    }
}

/// Whether a value counts as none.
pub(crate) fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// Values, in the order in which they are stated. What is asked of all of them is computed once.
#[derive(Debug, Clone, Default)]
pub(crate) struct ValueSet {
    values: Vec<Value>,
    facts: OnceLock<Box<SetFacts>>,
    items: OnceLock<Option<Arc<ValueSet>>>,
    names: OnceLock<Box<SetNames>>,
}

/// What is known of all values of a set.
#[derive(Debug, Clone)]
struct SetFacts {
    /// The values, by what makes them equal.
    members: HashSet<Member>,
    /// The positions of values that are true, of equal ones the first.
    is_true: Vec<usize>,
    /// The same of those that are not.
    untrue: Vec<usize>,
    /// The greatest number.
    greatest: Option<Number>,
}

/// The names of the values of a set.
#[derive(Debug, Clone)]
struct SetNames {
    list: Vec<String>,
    set: HashSet<String>,
    /// Whether all values are texts and booleans.
    are_words: bool,
}

/// A value as comparisons of conditions see it: those that are equal to them are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Member {
    Null,
    Bool(bool),
    Whole(i128),
    Float(u64),
    Text(String),
    List(Vec<Member>),
    Object(BTreeMap<String, Member>),
}

impl From<Vec<Value>> for ValueSet {
    fn from(values: Vec<Value>) -> Self {
        Self { values, ..Self::default() }
    }
}

impl Deref for ValueSet {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.values
    }
}

impl PartialEq for ValueSet {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.values == other.values
    }
}

impl ValueSet {
    /// Returns a set that others can share.
    pub(crate) fn of(values: impl IntoIterator<Item = Value>) -> Arc<Self> {
        Arc::new(values.into_iter().collect::<Vec<_>>().into())
    }

    /// Returns these values and others; without a copy, if nothing else shares these.
    pub(crate) fn and(self: Arc<Self>, more: impl IntoIterator<Item = Value>) -> Arc<Self> {
        let mut values = Arc::unwrap_or_clone(self).values;
        values.extend(more);
        Arc::new(values.into())
    }

    /// Returns the items of the only value, if that is a list.
    pub(crate) fn items(&self) -> Option<&Arc<Self>> {
        let items = || match self.values.as_slice() {
            [Value::Array(items)] => Some(Self::of(items.iter().cloned())),
            _ => None,
        };
        self.items.get_or_init(items).as_ref()
    }

    /// Whether one of the values equals another one.
    pub(crate) fn has(&self, value: &Value) -> bool {
        self.facts().members.contains(&Member::from(value))
    }

    /// Returns the greatest number among the values.
    pub(crate) fn greatest(&self) -> Option<Number> {
        self.facts().greatest
    }

    /// Returns what represents the values other than some: one that is true, and all kinds of those that are not.
    pub(crate) fn beside(&self, others: &[&Value]) -> impl Iterator<Item = &Value> {
        let is_other = |value: &&Value| !others.iter().any(|other| equal(value, other));
        let SetFacts { is_true, untrue, .. } = self.facts();
        let first = is_true.iter().filter_map(|at| self.values.get(*at)).find(is_other);
        let untrue = untrue.iter().filter_map(|at| self.values.get(*at));
        first.into_iter().chain(untrue.filter(move |value| is_other(value)))
    }

    /// Returns the names of the values: texts as they are, others as JSON; of whole numbers that follow each other, the first and the last.
    pub(crate) fn names(&self) -> &[String] {
        &self.named().list
    }

    /// Whether all values are texts and booleans.
    pub(crate) fn are_words(&self) -> bool {
        self.named().are_words
    }

    /// Whether one of the values has a name.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.named().set.contains(name)
    }

    fn named(&self) -> &SetNames {
        self.names.get_or_init(|| {
            let list = named(&self.values);
            let are_words = self.values.iter().all(|value| value.is_string() || value.is_boolean());
            Box::new(SetNames { set: list.iter().cloned().collect(), list, are_words })
        })
    }

    fn facts(&self) -> &SetFacts {
        self.facts.get_or_init(|| {
            let (mut members, mut greatest) = (HashSet::new(), None::<Number>);
            let (mut is_true, mut untrue) = (Vec::new(), Vec::new());
            for (at, value) in self.values.iter().enumerate() {
                if members.insert(Member::from(value)) {
                    if holds(value) { &mut is_true } else { &mut untrue }.push(at);
                }
                let number = Json::Tree(value).as_number();
                let is_greater = |number: &Number| {
                    greatest.is_none_or(|than| number.compare(than).is_some_and(|is| is.is_gt()))
                };
                greatest = number.filter(is_greater).or(greatest);
            }
            Box::new(SetFacts { members, is_true, untrue, greatest })
        })
    }
}

impl From<&Value> for Member {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Member::Null,
            Value::Bool(value) => Member::Bool(*value),
            Value::Number(_) => match Json::Tree(value).as_number() {
                Some(number) => number.as_integer().map_or_else(|| Member::of_float(number), Member::Whole),
                None => Member::Null,
            },
            Value::String(text) => Member::Text(text.clone()),
            Value::Array(items) => Member::List(items.iter().map(Member::from).collect()),
            Value::Object(members) => {
                Member::Object(members.iter().map(|(name, value)| (name.clone(), value.into())).collect())
            }
        }
    }
}

impl Member {
    fn of_float(number: Number) -> Self {
        match number {
            Number::Int(n) => Member::Whole(n.into()),
            Number::UInt(n) => Member::Whole(n.into()),
            Number::Float(n) => Member::Float(n.to_bits()),
        }
    }
}

fn holds(value: &Value) -> bool {
    Val::Json(value.into()).is_true()
}

fn equal(a: &Value, b: &Value) -> bool {
    Val::Json(a.into()).equals(&Val::Json(b.into()))
}

fn named(values: &[Value]) -> Vec<String> {
    let follows =
        |last: &Value, next: &Value| last.as_u64().is_some_and(|last| next.as_u64() == last.checked_add(1));
    let mut names = Vec::new();
    for run in values.chunk_by(follows) {
        match run {
            [first, _, .., last] => names.push(format!("{first} to {last}")),
            run => names.extend(
                run.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            ),
        }
    }
    names
}
