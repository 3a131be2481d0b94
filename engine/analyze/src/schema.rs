//! Body schemas: what holds at a place of a body, through references and combinations.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use mapwright_language::catalog::Version;
use serde_json::{Map, Value};

/// A step from a value to something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PointerStep<'c> {
    /// The field of this name.
    Field(&'c str),
    /// The item at this position.
    Item(usize),
    /// Any item.
    EachItem,
    /// A member with a name that is computed.
    EachMember,
}

impl PointerStep<'_> {
    /// Into whatever is made for each item: a member, if these are of an object.
    pub(crate) fn each(of_object: bool) -> Self {
        if of_object { PointerStep::EachMember } else { PointerStep::EachItem }
    }
}

/// The body schemas of a version; each is read when it is first needed.
#[derive(Debug)]
pub struct Schemas {
    list: BTreeMap<String, OnceCell<Option<Schema>>>,
}

/// A body schema: one document with everything that it refers to.
#[derive(Debug)]
pub struct Schema {
    root: Value,
}

/// The schemas of a place: a value fits if all schemas of one of the alternatives accept it.
#[derive(Debug, Clone, Default)]
pub struct Spot<'s> {
    /// The alternatives, each with the schemas that all have to accept the value.
    pub alternatives: Vec<Vec<&'s Map<String, Value>>>,
}

/// More alternatives than these are not distinguished.
const MOST_ALTERNATIVES: usize = 48;

/// References and combinations inside of each other.
const DEEPEST: usize = 24;

impl Schemas {
    pub(crate) fn new(version: &Version) -> Self {
        Self { list: version.schemas.keys().map(|name| (name.clone(), OnceCell::new())).collect() }
    }

    /// Returns the schema of a file of the version, if it can be read.
    pub fn get(&self, version: &Version, name: &str) -> Option<&Schema> {
        let read = || version.schema(name).and_then(Result::ok).map(|root| Schema { root });
        self.list.get(name)?.get_or_init(read).as_ref()
    }
}

impl Schema {
    /// Wraps a schema.
    pub fn of(root: Value) -> Self {
        Self { root }
    }

    /// Returns what holds for the whole body, or `None` if that is too much to describe.
    pub fn whole(&self) -> Option<Spot<'_>> {
        Some(Spot { alternatives: self.expand(&self.root, 0)? })
    }

    /// Returns what holds for a member or an item, with every alternative that allows it; without alternatives, if none does.
    pub fn child<'s>(&'s self, spot: &Spot<'s>, step: PointerStep<'_>) -> Option<Spot<'s>> {
        let mut found = Spot::default();
        let kind = match step {
            PointerStep::Field(_) | PointerStep::EachMember => "object",
            PointerStep::Item(_) | PointerStep::EachItem => "array",
        };
        for schemas in
            spot.alternatives.iter().filter(|schemas| schemas.iter().all(|schema| takes(schema, kind)))
        {
            let mut all: Vec<Vec<&Map<String, Value>>> = vec![Vec::new()];
            for schema in schemas {
                for part in parts_at(schema, step) {
                    all = product(&all, &self.expand(part, 0)?)?;
                }
            }
            found.add(all)?;
        }
        Some(found)
    }

    /// Returns the path of each schema that is an object, by its address: the keys that lead to it in the document.
    pub fn paths(&self) -> HashMap<*const Map<String, Value>, Vec<String>> {
        let mut paths = HashMap::new();
        paths_of(&self.root, &mut Vec::new(), &mut paths);
        paths
    }

    /// Returns what holds at the end of a pointer.
    pub fn at<'s>(&'s self, pointer: &[PointerStep<'_>]) -> Option<Spot<'s>> {
        pointer.iter().try_fold(self.whole()?, |spot, step| self.child(&spot, *step))
    }

    /// The alternatives of a schema. Nothing, if there are too many.
    fn expand<'s>(&'s self, schema: &'s Value, depth: usize) -> Option<Vec<Vec<&'s Map<String, Value>>>> {
        if depth > DEEPEST {
            return None;
        }
        let members = match schema {
            Value::Bool(false) => return Some(Vec::new()),
            Value::Object(members) => members,
            _ => return Some(vec![Vec::new()]),
        };
        let mut all = vec![vec![members]];
        if let Some(Value::String(reference)) = members.get("$ref") {
            all = product(&all, &self.expand(self.target(reference)?, depth + 1)?)?;
        }
        for part in list(members, "allOf") {
            all = product(&all, &self.expand(part, depth + 1)?)?;
        }
        for word in ["anyOf", "oneOf"] {
            if members.contains_key(word) {
                let mut any = Spot::default();
                for part in list(members, word) {
                    any.add(self.expand(part, depth + 1)?)?;
                }
                all = product(&all, &any.alternatives)?;
            }
        }
        Some(all)
    }

    /// What a reference leads to.
    fn target(&self, reference: &str) -> Option<&Value> {
        let pointer = reference.strip_prefix('#')?;
        pointer.split('/').skip(1).try_fold(&self.root, |at, step| {
            let step = decoded(step)?.replace("~1", "/").replace("~0", "~");
            match at {
                Value::Object(members) => members.get(&step),
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                _ => None,
            }
        })
    }
}

fn paths_of(
    value: &Value,
    path: &mut Vec<String>,
    paths: &mut HashMap<*const Map<String, Value>, Vec<String>>,
) {
    let mut inside = |key: String, value: &Value| {
        path.push(key);
        paths_of(value, path, paths);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| inside(name.clone(), value));
            paths.insert(std::ptr::from_ref(members), path.clone());
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| inside(at.to_string(), item));
        }
        _ => {}
    }
}

impl<'s> Spot<'s> {
    fn add(&mut self, more: Vec<Vec<&'s Map<String, Value>>>) -> Option<()> {
        for schemas in more {
            if !self.alternatives.iter().any(|known| same(known, &schemas)) {
                self.alternatives.push(schemas);
            }
        }
        (self.alternatives.len() <= MOST_ALTERNATIVES).then_some(())
    }

    /// Returns whether no value fits.
    pub fn is_closed(&self) -> bool {
        self.alternatives.is_empty()
    }

    /// Returns all schemas that every alternative has.
    pub fn common(&self) -> Vec<&'s Map<String, Value>> {
        let Some((first, rest)) = self.alternatives.split_first() else { return Vec::new() };
        let in_all = |schema: &&&'s Map<String, Value>| {
            rest.iter().all(|schemas| schemas.iter().any(|other| std::ptr::eq(*other, **schema)))
        };
        first.iter().filter(in_all).copied().collect()
    }

    /// Returns whether a keyword is `true` in every alternative.
    pub fn says(&self, word: &str) -> bool {
        let says = |schema: &Map<String, Value>| schema.get(word) == Some(&Value::Bool(true));
        !self.is_closed() && self.alternatives.iter().all(|schemas| schemas.iter().any(|schema| says(schema)))
    }

    /// Returns whether some alternative lists a member, or may have others of its name by a pattern.
    pub fn lists(&self, name: &str) -> bool {
        self.alternatives.iter().flatten().any(|schema| {
            schema.get("properties").is_some_and(|properties| properties.get(name).is_some())
                || schema.contains_key("patternProperties")
        })
    }

    /// Returns the names of all members that some alternative lists.
    pub fn properties(&self) -> Vec<&'s str> {
        let mut names: Vec<&str> = Vec::new();
        for schema in self.alternatives.iter().flatten() {
            let listed = schema.get("properties").and_then(Value::as_object);
            names.extend(listed.into_iter().flat_map(Map::keys).map(String::as_str));
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn same(a: &[&Map<String, Value>], b: &[&Map<String, Value>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(*a, *b))
}

fn product<'s>(
    some: &[Vec<&'s Map<String, Value>>],
    others: &[Vec<&'s Map<String, Value>>],
) -> Option<Vec<Vec<&'s Map<String, Value>>>> {
    if some.len().saturating_mul(others.len()) > MOST_ALTERNATIVES {
        return None;
    }
    Some(some.iter().flat_map(|one| others.iter().map(|other| [one.as_slice(), other].concat())).collect())
}

fn list<'s>(schema: &'s Map<String, Value>, word: &str) -> &'s [Value] {
    schema.get(word).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns whether the type that a schema states is, or may be, this one.
pub fn takes(schema: &Map<String, Value>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|known| known == kind),
        _ => true,
    }
}

/// What a schema itself says of a member or an item.
fn parts_at<'s>(schema: &'s Map<String, Value>, step: PointerStep<'_>) -> Vec<&'s Value> {
    match step {
        PointerStep::Field(name) => {
            if let Some(listed) = schema.get("properties").and_then(|properties| properties.get(name)) {
                return vec![listed];
            }
            // patterns are not matched with the name
            if schema.get("patternProperties").and_then(Value::as_object).is_some_and(|all| !all.is_empty()) {
                return Vec::new();
            }
            schema.get("additionalProperties").into_iter().collect()
        }
        PointerStep::EachMember => {
            let has_names = ["properties", "patternProperties"].iter().any(|word| schema.contains_key(*word));
            schema.get("additionalProperties").filter(|_| !has_names).into_iter().collect()
        }
        PointerStep::Item(at) => match schema.get("prefixItems").and_then(Value::as_array) {
            Some(first) if at < first.len() => first.get(at).into_iter().collect(),
            _ => items(schema),
        },
        PointerStep::EachItem if schema.contains_key("prefixItems") => Vec::new(),
        PointerStep::EachItem => items(schema),
    }
}

/// The schema of all items; a list of them is of an older draft, where each is for the item at its place.
fn items(schema: &Map<String, Value>) -> Vec<&Value> {
    schema.get("items").filter(|items| !items.is_array()).into_iter().collect()
}

fn decoded(step: &str) -> Option<String> {
    if !step.contains('%') {
        return Some(step.to_owned());
    }
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}
