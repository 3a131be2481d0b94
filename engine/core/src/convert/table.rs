//! The table of all conversions.

use serde_json::Value;

use crate::convert::{Arguments, Conversion, number, text};

/// The type of a value that a conversion takes or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Any value.
    Any,
    /// Text.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// Text, number or boolean.
    Scalar,
}

/// One conversion: its name, signature, documentation and examples.
#[derive(Debug)]
pub struct Definition {
    /// The name, as mappings write it.
    pub name: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// More, in Markdown; may be empty.
    pub doc: &'static str,
    /// What it takes.
    pub takes: Type,
    /// What it gives.
    pub gives: Type,
    /// Its parameters; the first may be given alone.
    pub params: &'static [Param],
    /// What it does to some values; each is a test.
    pub examples: &'static [Example],
    pub(crate) build: for<'a, 'c> fn(&'a mut Arguments<'c>) -> Option<Conversion>,
}

/// A parameter of a conversion.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub takes: Type,
    /// Whether it has to be given.
    pub required: bool,
    /// One line: what it means, and its default.
    pub summary: &'static str,
}

/// One use of a conversion.
#[derive(Debug)]
pub struct Example {
    /// The call, as YAML.
    pub call: &'static str,
    /// The value, as JSON.
    pub value: &'static str,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What comes of a conversion.
#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    /// This value, as JSON.
    Gives(&'static str),
    /// This value, as JSON, and warnings of these codes.
    Warns(&'static str, &'static [&'static str]),
    /// No value.
    Nothing,
    /// This error.
    Fails(&'static str),
}

/// All conversions, in the order of the reference.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    TABLE.iter().copied()
}

const TABLE: &[&Definition] = &[&text::LOWERCASE, &number::INTEGER];

pub(crate) fn find(name: &str) -> Option<&'static Definition> {
    definitions().find(|definition| definition.name == name)
}

#[allow(dead_code, reason = "examples are read by the reference generator")]
pub(crate) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
