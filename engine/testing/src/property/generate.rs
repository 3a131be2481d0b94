//! Events for properties: of the mapping's type, with values where the mapping reads them, mostly of the types that the event spec says.

use std::collections::BTreeSet;

use mapwright_analyze::event::{FieldLookup, known};
use serde_json::{Map, Value, json};

use super::bounds::{Bounds, plain_numbers};
use super::random::Random;
use mapwright_convert::{PathStep, Root, parse_path};
use mapwright_language::catalog::{Mapping, Version};
use mapwright_language::names::EVENT_FIELDS;
use mapwright_language::yaml::{Data, Node};

/// Maps whose keys are values that a mapping compares with.
const OF_WORDS: [&str; 3] = ["cases", "tables", "table"];
/// Fields that most events have.
const USUAL: [&str; 8] = [
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "traits.plan",
    "traits.seats",
    "context.traits.plan",
    "context.ip",
];

/// Makes events for the properties of one mapping.
pub(crate) struct Generator {
    messages: Vec<String>,
    places: Vec<Place>,
    /// Texts that the mapping compares with.
    words: Vec<String>,
    /// Numbers, each with the place where it is tried.
    numbers: Vec<(usize, Value)>,
}

/// A place in an event.
struct Place {
    steps: Vec<PathStep>,
    kinds: Vec<String>,
    /// The values that the spec lists.
    options: Vec<Value>,
}

impl Place {
    /// The name of the field.
    fn name(&self) -> &str {
        let names = self.steps.iter().rev().filter_map(|step| match step {
            PathStep::Key(name) => Some(name.as_str()),
            PathStep::Index(_) => None,
        });
        names.into_iter().next().unwrap_or_default()
    }

    fn is_number(&self) -> bool {
        self.kinds.iter().any(|kind| matches!(kind.as_str(), "number" | "integer"))
    }
}

impl Generator {
    /// `name` is what events call the destination.
    pub(crate) fn new(mapping: &Mapping, version: &Version, name: Option<&String>) -> Self {
        let messages = match mapping.spec.message.names.as_slice() {
            [] => vec![mapping.message.to_lowercase()],
            names => names.iter().map(|name| name.value.to_lowercase()).collect(),
        };
        let values = [&mapping.node, &version.node].map(|node| node.get("values"));
        let values = values.into_iter().flatten().collect();
        let mut read = Reading { options: name.cloned(), values, ..Reading::default() };
        read.tree(&version.node);
        read.tree(&mapping.node);
        read.members_of_loops();
        USUAL.iter().for_each(|path| read.text(path));
        let mut bounds = read.bounds;
        bounds.schemas(version);
        let place = |path: &String| {
            let steps = parse_path(path).ok()?.steps;
            let (kinds, options) = expected(&messages, &steps);
            Some(Place { steps, kinds, options })
        };
        let places: Vec<Place> = read.paths.iter().filter_map(place).collect();
        let told = places
            .iter()
            .enumerate()
            .flat_map(|(at, place)| bounds.of(place.name()).into_iter().map(move |number| (at, number)));
        let numeric =
            places.iter().enumerate().filter(|(_, place)| place.is_number() || bounds.knows(place.name()));
        let plain = numeric.flat_map(|(at, _)| plain_numbers().map(move |number| (at, number)));
        let numbers = told.chain(plain).collect();
        Self { places, words: read.words.into_iter().collect(), messages, numbers }
    }

    /// The event of this number, with what every event has. The first one has nothing else but its type.
    pub(super) fn event(&self, random: &mut Random, number: usize, base: Option<&Value>) -> Value {
        let mut event = json!({ "type": random.pick(&self.messages) });
        let density = random.pick(&[5, 15, 40, 80]).copied().unwrap_or(0);
        for place in self.places.iter().filter(|_| number > 0) {
            if random.percent(density) {
                let value = self.value(place, random);
                put(&mut event, &place.steps, value);
            }
        }
        // every other event has the next number
        let next = (number / 2).checked_rem(self.numbers.len()).filter(|_| number % 2 == 1);
        if let Some((at, number)) = next.and_then(|next| self.numbers.get(next))
            && let Some(place) = self.places.get(*at)
        {
            put(&mut event, &place.steps, number.clone());
        }
        if let Some(base) = base {
            lay(&mut event, base);
        }
        event
    }

    fn value(&self, place: &Place, random: &mut Random) -> Value {
        if let Some(option) = random.pick(&place.options).filter(|_| random.percent(80)) {
            return option.clone();
        }
        match random.pick(&place.kinds).map(String::as_str) {
            Some(kind) if random.percent(85) => self.of_kind(kind, place, random),
            _ if random.percent(60) => self.of_kind("string", place, random),
            _ => odd(random),
        }
    }

    fn of_kind(&self, kind: &str, place: &Place, random: &mut Random) -> Value {
        match kind {
            "string" => self.text(place, random).into(),
            "integer" => json!(random.below(2_000)),
            "number" => json!(random.below(20_000) as f64 / 8.0),
            "boolean" => json!(random.percent(50)),
            "array" => {
                let items = 0..random.below(3);
                items.map(|_| if random.percent(70) { "item".into() } else { odd(random) }).collect()
            }
            "object" => {
                let names = ["id", "name", "plan", "a.b", "Ünï"];
                let members: Map<String, Value> = names
                    .iter()
                    .filter(|_| random.percent(40))
                    .map(|name| ((*name).to_owned(), Value::Null))
                    .collect();
                members.into_iter().map(|(name, _)| (name, odd(random))).collect()
            }
            _ => odd(random),
        }
    }

    fn text(&self, place: &Place, random: &mut Random) -> String {
        let name = match place.steps.last() {
            Some(PathStep::Key(name)) => name.to_lowercase(),
            _ => String::new(),
        };
        let usual: &[&str] = if name.contains("email") {
            &["alex@example.com", "Alex@Example.com", "no email"]
        } else if name.ends_with("at") || name.contains("time") || name.contains("date") {
            &["2024-05-01T12:00:00Z", "1714564800", "2024-05-01", "yesterday"]
        } else if name.ends_with("id") {
            &["u1", "12345", "a/b?c#d"]
        } else {
            &["text", "12", "true", "https://example.com/?a=b"]
        };
        match random.pick(&self.words) {
            Some(word) if random.percent(25) => word.clone(),
            _ => (*random.pick(usual).unwrap_or(&"text")).to_owned(),
        }
    }
}

/// A value that few expect.
fn odd(random: &mut Random) -> Value {
    match random.below(16) {
        0 => Value::Null,
        1 => json!(""),
        2 => json!("  "),
        3 => json!(true),
        4 => json!(false),
        5 => json!(0),
        6 => json!(-1),
        7 => json!(1.5),
        8 => json!(12_345_678_901_234_567_890_u64),
        9 => json!("x".repeat(300)),
        10 => json!("Ünïcödé ✓ \u{1f600}"),
        11 => json!([]),
        12 => json!({}),
        13 => json!(["a", 1, null]),
        14 => json!({ "a": { "b": [1] } }),
        _ => json!("a\nb\t\"c\""),
    }
}

/// The types and values that the event spec expects at a place.
fn expected(messages: &[String], steps: &[PathStep]) -> (Vec<String>, Vec<Value>) {
    let FieldLookup::Field(nodes) = known(messages, steps) else { return Default::default() };
    let (mut kinds, mut options) = (Vec::new(), Vec::new());
    for node in nodes {
        match node.get("type") {
            Some(Value::String(kind)) => kinds.push(kind.clone()),
            Some(Value::Array(list)) => {
                kinds.extend(list.iter().filter_map(Value::as_str).map(str::to_owned))
            }
            _ => {}
        }
        options.extend(node.get("enum").and_then(Value::as_array).into_iter().flatten().cloned());
        options.extend(node.get("const").cloned());
    }
    (kinds, options)
}

/// Puts a value in its place, unless something else than an object or a list is in the way.
fn put(at: &mut Value, steps: &[PathStep], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        // what was put inside of it stays
        if !matches!(at, Value::Object(members) if !members.is_empty()) {
            *at = value;
        }
        return;
    };
    match (step, at) {
        (PathStep::Key(key), Value::Object(members)) => {
            put(members.entry(key.as_str()).or_insert(Value::Null), rest, value);
        }
        (PathStep::Index(0), Value::Array(items)) => {
            match items.first_mut() {
                None => items.push(Value::Null),
                // it gets the members that a mapping reads of it
                Some(first) if !rest.is_empty() && !first.is_object() && !first.is_array() => {
                    *first = Value::Null;
                }
                Some(_) => {}
            }
            items.iter_mut().take(1).for_each(|item| put(item, rest, value.clone()));
        }
        (PathStep::Key(_), at @ Value::Null) => {
            *at = json!({});
            put(at, steps, value);
        }
        (PathStep::Index(_), at @ Value::Null) => {
            *at = json!([]);
            put(at, steps, value);
        }
        _ => {}
    }
}

/// Lays a value over another, member by member.
fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                lay(under.entry(name.as_str()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// What the files of a mapping read and compare with.
#[derive(Default)]
struct Reading<'n> {
    paths: BTreeSet<String>,
    words: BTreeSet<String>,
    /// Numbers that it compares with.
    bounds: Bounds,
    /// The destination's name in the options of events.
    options: Option<String>,
    /// The named values of the mapping and of the version.
    values: Vec<&'n Node>,
    /// The items around: the name of each, and the lists that it may be of.
    items: Vec<(String, Vec<Vec<PathStep>>)>,
    /// The lists that steps go through.
    loops: Vec<Vec<PathStep>>,
    /// What is read of items with no list around: those of steps, or those of the readers of a named value.
    loose: BTreeSet<String>,
}

/// Lists that are named by values, inside of each other, are followed so far.
const DEEPEST: usize = 8;

/// So many lists get the members that are read of their items.
const MOST_LISTS: usize = 20;

impl<'n> Reading<'n> {
    fn tree(&mut self, node: &'n Node) {
        match &node.data {
            Data::Text(text) => self.text(text),
            Data::List(items) => items.iter().for_each(|item| self.tree(item)),
            Data::Map(entries) => {
                let list = node.get("each").or_else(|| node.get("for_each"));
                let mut lists = list.map(|list| self.lists(list, DEEPEST)).unwrap_or_default();
                lists.truncate(MOST_LISTS);
                if node.get("for_each").is_some() {
                    self.loops.extend(lists.iter().cloned());
                }
                let name = node.get("name").filter(|_| node.get("to").is_some()).and_then(Node::as_text);
                for (key, value) in entries {
                    if OF_WORDS.contains(&key.text.as_str()) {
                        self.keys(value);
                    }
                    // the list itself is none of its items
                    let is_item = !lists.is_empty() && !matches!(key.text.as_str(), "each" | "for_each");
                    if is_item {
                        self.items.push((name.unwrap_or("item").to_owned(), lists.clone()));
                    }
                    self.tree(value);
                    if is_item {
                        self.items.pop();
                    }
                }
            }
            _ => {}
        }
    }

    /// The lists of an event that a row may give.
    fn lists(&self, node: &'n Node, left: usize) -> Vec<Vec<PathStep>> {
        let Some(left) = left.checked_sub(1) else { return Vec::new() };
        match &node.data {
            Data::Text(text) => match text.strip_prefix('$').filter(|name| !name.starts_with(['.', '['])) {
                Some(name) => {
                    let values = self.values.iter().filter_map(|values| values.get(name));
                    values.flat_map(|value| self.lists(value, left)).collect()
                }
                None => self.places(text),
            },
            Data::List(rows) => rows.iter().flat_map(|row| self.lists(row, left)).collect(),
            Data::Map(_) => {
                let inner = ["from", "each", "concat"].into_iter().filter_map(|key| node.get(key));
                inner.flat_map(|inner| self.lists(inner, left)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The places of an event that a path names; one into an item names one in each list that it may be of.
    fn places(&self, text: &str) -> Vec<Vec<PathStep>> {
        let Ok(path) = parse_path(text) else { return Vec::new() };
        let (name, rest) = match (path.root, path.first_key()) {
            (Root::Item, _) => ("item", path.steps.as_slice()),
            (Root::Event, Some(first)) => (first, path.steps.get(1..).unwrap_or_default()),
            _ => return Vec::new(),
        };
        match self.items.iter().rfind(|(known, _)| known == name && !path.literal) {
            Some((_, lists)) => {
                let inside = |list: &Vec<PathStep>| {
                    list.iter().chain([&PathStep::Index(0)]).chain(rest).cloned().collect()
                };
                lists.iter().map(inside).collect()
            }
            None if path.root == Root::Event && (path.literal || EVENT_FIELDS.contains(&name)) => {
                vec![path.steps]
            }
            None => Vec::new(),
        }
    }

    /// Adds what is read of the items of steps.
    fn members_of_loops(&mut self) {
        let loose: Vec<String> = std::mem::take(&mut self.loose).into_iter().collect();
        let mut loops = std::mem::take(&mut self.loops);
        loops.truncate(MOST_LISTS);
        self.items.push(("item".to_owned(), loops));
        loose.iter().for_each(|text| {
            self.path(text);
        });
        self.items.clear();
    }

    fn keys(&mut self, node: &Node) {
        for (key, value) in node.as_map().unwrap_or_default() {
            self.words.insert(key.text.clone());
            self.keys(value);
        }
    }

    /// Takes what a string reads, as a path or a condition.
    fn text(&mut self, text: &str) {
        if self.path(text) {
            return;
        }
        self.bounds.condition(text);
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        text.split(|c: char| !is_name(c)).for_each(|name| {
            self.path(name);
        });
        // every other part is inside of quotes
        for quoted in text.split('"').skip(1).step_by(2).filter(|word| word.len() < 40) {
            self.words.insert(quoted.to_owned());
        }
    }

    fn path(&mut self, text: &str) -> bool {
        let Ok(path) = parse_path(text) else { return false };
        match path.root {
            Root::Event | Root::Item => {
                let places = self.places(text);
                if path.root == Root::Item && places.is_empty() {
                    self.loose.insert(text.to_owned());
                }
                let is_known = !places.is_empty() || path.root == Root::Item;
                let is_type =
                    |steps: &[PathStep]| matches!(steps, [PathStep::Key(first), ..] if first == "type");
                for steps in places.iter().filter(|steps| !steps.is_empty() && !is_type(steps)) {
                    self.paths.insert(written(steps));
                }
                is_known
            }
            Root::Options => {
                let Some(name) = self.options.clone() else { return true };
                let mut steps = vec![PathStep::Key("integrations".to_owned()), PathStep::Key(name)];
                steps.extend(path.steps);
                self.paths.insert(written(&steps));
                true
            }
            _ => true,
        }
    }
}

fn written(steps: &[PathStep]) -> String {
    let step = |step: &PathStep| match step {
        PathStep::Key(name) => format!("[{}]", Value::from(name.as_str())),
        PathStep::Index(index) => format!("[{index}]"),
    };
    format!("${}", steps.iter().map(step).collect::<String>())
}
