//! The same view on a document that is already parsed.

use serde_json::Value;

use crate::bytes::Fingerprint;
use crate::doc::Doc;
use crate::trie::{NodeId, Trie};

/// Finds the values of a trie's paths in a parsed document.
pub fn walk<'d>(trie: &'d Trie, value: &'d Value) -> Doc<'d> {
    let mut slots = vec![None; trie.len()];
    visit(trie, NodeId::ROOT, value, &mut slots);
    Doc::of_tree(trie, value, slots)
}

/// The depth of the recursion is that of the trie.
fn visit<'d>(trie: &Trie, node: NodeId, value: &'d Value, slots: &mut [Option<&'d Value>]) {
    if let Some(slot) = slots.get_mut(node.index()) {
        *slot = Some(value);
    }
    let Some(plan) = trie.node(node) else { return };
    match value {
        Value::Object(members) if plan.wants_members() => {
            for (key, value) in members {
                let key = key.as_bytes();
                visit(trie, plan.keys().get(Fingerprint::of(key), || Some(key)), value, slots);
            }
        }
        Value::Array(items) => {
            for &(index, child) in plan.items() {
                if let Some(item) = items.get(index) {
                    visit(trie, child, item, slots);
                }
            }
        }
        _ => {}
    }
}
