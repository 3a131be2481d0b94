//! A team's own tracking plans: JSON Schemas of its events. They list all names in objects where names are the sender's own.

mod faults;

pub use self::faults::{PlanFault, faults_of_plan};

use mapwright_convert::PathStep;
use serde_json::{Map, Value};

use crate::event::Node;

/// References inside of each other.
const DEEPEST: usize = 16;

/// The type of events whose traits are those of the user in events of all types.
const OF_USERS: &str = "identify";

/// A JSON Schema of events.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackingPlan {
    /// The types of events, in lower case.
    pub messages: Vec<String>,
    /// The names of events of these types that it is for; none, if it is for all.
    pub events: Vec<String>,
    /// What the schema describes.
    pub describes: Described,
    /// The schema.
    pub schema: Value,
    /// The file, as findings show it.
    pub file: String,
}

/// What the schema of a tracking plan describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// The whole event.
    Event,
    /// Its properties.
    Properties,
    /// Its traits.
    Traits,
    /// The traits of the user in its context.
    ContextTraits,
}

/// What can be described, by the names that people write.
pub const DESCRIBED: [(&str, Described); 4] = [
    ("event", Described::Event),
    ("properties", Described::Properties),
    ("traits", Described::Traits),
    ("context.traits", Described::ContextTraits),
];

/// The tracking plans of a team.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrackingPlans {
    plans: Vec<TrackingPlan>,
}

/// The verdict of plans on a path into events.
#[derive(Debug, PartialEq)]
pub(crate) enum Planned<'p> {
    /// Nothing.
    Silent,
    /// It is a field; with what they say of it.
    Field(Vec<Node<'p>>),
    /// It may be one: they list these names, and allow others.
    Open(Vec<&'p str>),
    /// It is none.
    None {
        /// The position of the step.
        at: usize,
        /// The names that are listed; none, if what stands before that step has no members.
        listed: Vec<&'p str>,
        /// The files that say so.
        files: Vec<&'p str>,
    },
}

/// An object in events whose names are the sender's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Properties,
    Traits,
    ContextTraits,
}

impl Zone {
    fn keys(self) -> &'static [&'static str] {
        match self {
            Zone::Properties => &["properties"],
            Zone::Traits => &["traits"],
            Zone::ContextTraits => &["context", "traits"],
        }
    }

    /// The one that a path leads into.
    fn of(steps: &[PathStep]) -> Option<Self> {
        let is = |zone: &Zone| {
            let keys = zone.keys();
            let same = |(key, step): (&&str, &PathStep)| matches!(step, PathStep::Key(name) if name == *key);
            steps.len() > keys.len() && keys.iter().zip(steps).all(same)
        };
        [Zone::Properties, Zone::Traits, Zone::ContextTraits].into_iter().find(is)
    }
}

/// What one plan says of a path in a zone.
enum Said<'p> {
    Field(Vec<Node<'p>>),
    Open(Vec<&'p str>),
    None { at: usize, listed: Vec<&'p str> },
}

impl FromIterator<TrackingPlan> for TrackingPlans {
    fn from_iter<I: IntoIterator<Item = TrackingPlan>>(plans: I) -> Self {
        Self { plans: plans.into_iter().collect() }
    }
}

impl TrackingPlans {
    /// The names of all events of these types, if all plans for them state names.
    pub(crate) fn events(&self, messages: &[String]) -> Option<Vec<&str>> {
        let mut names = Vec::new();
        for message in messages {
            let before = names.len();
            for plan in self.plans.iter().filter(|plan| plan.messages.contains(message)) {
                if plan.events.is_empty() {
                    return None;
                }
                names.extend(plan.events.iter().map(String::as_str));
            }
            if names.len() == before {
                return None;
            }
        }
        Some(names).filter(|names| !names.is_empty())
    }

    /// What the plans say of a path into events of one of these types.
    pub(crate) fn look(&self, messages: &[String], steps: &[PathStep]) -> Planned<'_> {
        let (mut fields, mut open, mut none) = (Vec::new(), None, None::<(usize, Vec<&str>, Vec<&str>)>);
        let (mut is_field, mut is_silent) = (false, false);
        for message in messages {
            let said = self.said(message, steps);
            is_silent |= said.is_empty();
            for (file, said) in said {
                match said {
                    Said::Field(nodes) => {
                        is_field = true;
                        fields.extend(nodes);
                    }
                    Said::Open(listed) => open.get_or_insert_with(Vec::new).extend(listed),
                    Said::None { at, listed } => {
                        // what gets furthest knows most of it
                        let found = none.get_or_insert_with(|| (at, Vec::new(), Vec::new()));
                        if at > found.0 {
                            *found = (at, Vec::new(), Vec::new());
                        }
                        if at == found.0 {
                            found.1.extend(listed);
                            found.2.push(file);
                        }
                    }
                }
            }
        }
        match (is_field, open, none) {
            (true, ..) => Planned::Field(fields),
            (_, Some(listed), _) => Planned::Open(listed),
            (_, _, Some((at, listed, files))) if !is_silent => Planned::None { at, listed, files },
            _ => Planned::Silent,
        }
    }

    /// Returns the verdicts of the plans that describe a path into events of a type.
    fn said(&self, message: &str, steps: &[PathStep]) -> Vec<(&str, Said<'_>)> {
        let own = self.plans.iter().filter(|plan| plan.messages.iter().any(|known| known == message));
        let Some(zone) = Zone::of(steps) else {
            let found = own.filter_map(|plan| Some((plan.file.as_str(), plan.anywhere(steps)?)));
            return found.collect();
        };
        let rest = steps.get(zone.keys().len()..).unwrap_or_default();
        // libraries send the traits of users in either place
        let of_users = [Zone::Traits, Zone::ContextTraits];
        let zones: &[Zone] = match zone {
            Zone::Traits | Zone::ContextTraits if message == OF_USERS => &of_users,
            Zone::Properties => &[Zone::Properties],
            Zone::Traits => &[Zone::Traits],
            Zone::ContextTraits => &[Zone::ContextTraits],
        };
        let mut found = Vec::new();
        for plan in own {
            found.extend(plan.zone_said(zones, rest));
        }
        if found.is_empty() && zone == Zone::ContextTraits && message != OF_USERS {
            let users = self.plans.iter().filter(|plan| plan.messages.iter().any(|known| known == OF_USERS));
            for plan in users {
                found.extend(plan.zone_said(&of_users, rest));
            }
        }
        let shift = zone.keys().len();
        let shifted = |said| match said {
            Said::None { at, listed } => Said::None { at: at + shift, listed },
            said => said,
        };
        found.into_iter().map(|(file, said)| (file, shifted(said))).collect()
    }
}

impl TrackingPlan {
    /// Returns whether a document is a tracking plan: it lists fields.
    pub fn is_one(schema: &Value) -> bool {
        expanded(schema, schema).iter().any(|node| members(node).is_some())
    }

    /// Returns the verdict on a path that may lead anywhere: only on listed fields, since the event spec covers the rest.
    fn anywhere(&self, steps: &[PathStep]) -> Option<Said<'_>> {
        if self.describes != Described::Event {
            return None;
        }
        match self.walk(expanded(&self.schema, &self.schema), steps) {
            Said::Field(nodes) => Some(Said::Field(nodes)),
            Said::Open(_) | Said::None { .. } => None,
        }
    }

    /// Returns the verdict on a path in a zone, by that on one of these.
    fn zone_said(&self, zones: &[Zone], rest: &[PathStep]) -> Option<(&str, Said<'_>)> {
        let mut nodes = Vec::new();
        for zone in zones {
            let root = expanded(&self.schema, &self.schema);
            match (self.describes, zone) {
                (Described::Event, zone) => {
                    let keys: Vec<PathStep> =
                        zone.keys().iter().map(|key| PathStep::Key((*key).into())).collect();
                    if let Said::Field(found) = self.walk(root, &keys) {
                        nodes.extend(found);
                    }
                }
                (Described::Properties, Zone::Properties)
                | (Described::Traits, Zone::Traits)
                | (Described::ContextTraits, Zone::ContextTraits) => nodes.extend(root),
                _ => {}
            }
        }
        (!nodes.is_empty()).then(|| (self.file.as_str(), self.walk(nodes, rest)))
    }

    fn walk<'p>(&'p self, mut nodes: Vec<Node<'p>>, steps: &[PathStep]) -> Said<'p> {
        for (at, step) in steps.iter().enumerate() {
            if !nodes.is_empty() && nodes.iter().all(|node| is_single(node)) {
                return Said::None { at, listed: Vec::new() };
            }
            let mut inner = Vec::new();
            match step {
                PathStep::Key(name) => {
                    let found: Vec<&Value> =
                        nodes.iter().filter_map(|node| members(node)?.get(name)).collect();
                    if found.iter().any(|found| **found == Value::Bool(true)) {
                        return Said::Open(Vec::new());
                    }
                    inner.extend(found.into_iter().flat_map(|found| expanded(found, &self.schema)));
                    if inner.is_empty() {
                        let listed: Vec<&str> = nodes
                            .iter()
                            .filter_map(|node| members(node))
                            .flatten()
                            .filter(|(_, schema)| **schema != Value::Bool(false))
                            .map(|(name, _)| name.as_str())
                            .collect();
                        if nodes.iter().any(|node| allows_others(node))
                            || listed.is_empty() && !nodes.iter().any(|node| members(node).is_some())
                        {
                            return Said::Open(listed);
                        }
                        return Said::None { at, listed };
                    }
                }
                PathStep::Index(_) => {
                    let items = nodes.iter().filter_map(|node| node.get("items"));
                    inner.extend(items.flat_map(|items| expanded(items, &self.schema)));
                    if inner.is_empty() {
                        return Said::Open(Vec::new());
                    }
                }
            }
            nodes = inner;
        }
        Said::Field(nodes)
    }
}

fn members(node: Node<'_>) -> Option<&Map<String, Value>> {
    node.get("properties").and_then(Value::as_object)
}

/// Whether an object says that it may have names that it does not list. One that says nothing of them lists all: that is what a plan is for.
fn allows_others(node: Node<'_>) -> bool {
    let says = |key: &str| node.get(key).is_some_and(|value| *value != Value::Bool(false));
    ["additionalProperties", "unevaluatedProperties", "patternProperties"].into_iter().any(says)
}

/// Whether values have neither members nor items.
fn is_single(node: Node<'_>) -> bool {
    let single =
        |kind: &Value| matches!(kind.as_str(), Some("string" | "number" | "integer" | "boolean" | "null"));
    match node.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().all(single),
        Some(kind) => single(kind),
        None => false,
    }
}

/// A schema, and those that it refers to or consists of.
fn expanded<'p>(schema: &'p Value, whole: &'p Value) -> Vec<Node<'p>> {
    let mut nodes = Vec::new();
    expand(schema, whole, 0, &mut nodes);
    nodes
}

fn expand<'p>(schema: &'p Value, whole: &'p Value, depth: usize, into: &mut Vec<Node<'p>>) {
    let Some(members) = schema.as_object().filter(|_| depth < DEEPEST) else { return };
    let reference = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
    let target = reference.and_then(|pointer| whole.pointer(pointer));
    let parts = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| members.get(key)?.as_array());
    let branches = ["then", "else"].into_iter().filter_map(|key| members.get(key));
    let before = into.len();
    target
        .into_iter()
        .chain(parts.flatten())
        .chain(branches)
        .for_each(|part| expand(part, whole, depth + 1, into));
    // what only refers to others says nothing of its own
    if into.len() == before || members.contains_key("type") || members.contains_key("properties") {
        into.push(members);
    }
}
