//! What the event spec says of the values of the fields of events.

use mapwright_convert::PathStep;

use serde_json::Value;

use crate::event::{FieldLookup, Node, known};
use crate::facts::meet::{listed, stated};
use crate::facts::types::{Format, Kinds, Type};
use crate::tracking::{Planned, TrackingPlans};
use crate::view::FlowView;

/// What the event spec and tracking plans say of the fields of the events of a mapping.
#[derive(Debug)]
pub(crate) struct EventTypes<'p> {
    messages: Vec<String>,
    plans: &'p TrackingPlans,
}

impl<'p> EventTypes<'p> {
    pub(crate) fn of(flow: &FlowView<'_>, plans: &'p TrackingPlans) -> Self {
        Self { messages: flow.messages(), plans }
    }

    /// What a path into the event gives. Where neither says something strict, it may be anything.
    pub(crate) fn at(&self, steps: &[PathStep]) -> Type {
        if let Planned::Field(nodes) = self.plans.look(&self.messages, steps)
            && let Some(planned) = planned(&nodes)
        {
            return planned.or_absent();
        }
        if let [PathStep::Key(name)] = steps
            && name == "event"
            && let Some(events) = self.plans.events(&self.messages)
        {
            return Type::one_of(events.into_iter().map(Value::from)).or_absent();
        }
        match known(&self.messages, steps) {
            FieldLookup::Field(nodes) if !nodes.is_empty() => {
                let kinds = nodes.iter().map(|node| stated(node)).fold(Kinds::NONE, Kinds::or);
                Type::of(kinds.and(Kinds::VALUE)).or_absent()
            }
            _ => Type::anything(),
        }
    }
}

/// What the schemas of plans say of a value, if each says something of it: one of them counts, and which one is not known.
fn planned(nodes: &[Node<'_>]) -> Option<Type> {
    nodes.iter().map(|node| of_schema(node)).reduce(|one, other| Some(one?.or(&other?)))?
}

fn of_schema(node: Node<'_>) -> Option<Type> {
    if let Some(values) = listed(node) {
        return Some(Type::one_of(values.into_iter().filter(|value| !value.is_null()).cloned()));
    }
    node.get("type")?;
    let mut planned = Type::of(stated(node).and(Kinds::VALUE));
    planned.format = match node.get("format").and_then(Value::as_str) {
        Some("date-time") => Some(Format::DateTime),
        Some("email") => Some(Format::Email),
        _ => None,
    };
    Some(planned)
}
