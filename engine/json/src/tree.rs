//! The same view on a document that is already parsed.

use serde_json::Value;

use crate::doc::Doc;
use crate::fingerprint::Fingerprint;
use crate::trie::{NodeId, Trie};

/// Finds the values of a trie's paths in a parsed document.
pub fn walk<'d>(trie: &'d Trie, value: &'d Value) -> Doc<'d> {
    let mut slots = vec![None; trie.len()];
    visit(trie, NodeId::ROOT, value, &mut slots);
    Doc::of_tree(trie, value, slots)
}

#[inline(always)]
fn visit<'d>(trie: &Trie, node: NodeId, value: &'d Value, slots: &mut [Option<&'d Value>]) {
    if let Some(slot) = slots.get_mut(node.index()) {
        *slot = Some(value);
        if let Value::Object(_) | Value::Array(_) = value {
            visit_inside(trie, node, value, slots);
        }
    }
}

/// Goes as deep as the trie does.
fn visit_inside<'d>(trie: &Trie, node: NodeId, value: &'d Value, slots: &mut [Option<&'d Value>]) {
    let Some(plan) = trie.node(node) else { return };
    match value {
        Value::Object(members) if !plan.keys().is_empty() => {
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
