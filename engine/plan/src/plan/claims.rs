//! What rows have claimed of an event, so that it is not in the rest.

use std::collections::HashSet;

use mapwright_json::{NodeId, TrieBuilder};

/// The parts of the event that rows other than a rest read.
#[derive(Debug, Default)]
pub struct Claims {
    /// The names to omit from objects that are not slots of the event.
    names: HashSet<String>,
    /// The claim on the value of each node, by its position; a node beyond the end has none.
    claims: Vec<Claim>,
}

/// The part of a value of the event that rows other than a rest read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// None of it.
    Nothing,
    /// Some of what is in it.
    Partly,
    /// All of it.
    All,
}

impl Claims {
    /// Leaves out nodes of the event, and names of items.
    pub fn add(&mut self, nodes: &[NodeId], names: &[String], paths: &TrieBuilder) {
        self.names.extend(names.iter().cloned());
        for node in nodes {
            self.set(*node, Claim::All);
            for above in std::iter::successors(paths.parent(*node), |node| paths.parent(*node)) {
                if self.of(Some(above)) == Claim::Nothing {
                    self.set(above, Claim::Partly);
                }
            }
        }
    }

    fn set(&mut self, node: NodeId, claim: Claim) {
        if self.claims.len() <= node.index() {
            self.claims.resize(node.index() + 1, Claim::Nothing);
        }
        if let Some(slot) = self.claims.get_mut(node.index()) {
            *slot = claim;
        }
    }

    /// Returns the claim on the value of a node.
    #[inline(always)]
    pub fn of(&self, node: Option<NodeId>) -> Claim {
        node.and_then(|node| self.claims.get(node.index()).copied()).unwrap_or(Claim::Nothing)
    }

    /// Returns whether a member of an object that is not a slot of the event is omitted.
    pub fn leaves_out(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}
