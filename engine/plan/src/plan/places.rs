//! Places of which the first that has a value counts.

use mapwright_json::NodeId;

use crate::plan::place::{Place, Slot};

/// Places of which the first that has a value counts.
#[derive(Debug)]
pub struct Places {
    pub(super) list: Vec<Place>,
    /// Their nodes, if all of them are places of the event.
    nodes: Vec<NodeId>,
}

impl Places {
    /// Creates the list of alternatives.
    pub fn new(list: Vec<Place>) -> Self {
        let nodes: Option<Vec<NodeId>> = list.iter().map(node).collect();
        Places { nodes: nodes.unwrap_or_default(), list }
    }

    /// Returns the alternatives in order.
    pub fn list(&self) -> &[Place] {
        &self.list
    }

    /// Returns the nodes, if all of the places are places of the event, and none otherwise.
    #[inline(always)]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    pub(super) fn extend(&mut self, more: Places) {
        if self.nodes.len() == self.list.len() && more.nodes.len() == more.list.len() {
            self.nodes.extend(more.nodes);
        } else {
            self.nodes.clear();
        }
        self.list.extend(more.list);
    }
}

/// The node that has the value at a place.
fn node(place: &Place) -> Option<NodeId> {
    match (&place.slot, &place.query) {
        (Slot::Event(node), None) => Some(*node),
        _ => None,
    }
}
