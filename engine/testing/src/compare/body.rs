//! Compares bodies, value by value.

use std::collections::HashSet;

use serde_json::Value;

use mapwright_language::yaml::{Data, Node};

/// Returns whether a body is the expected one.
pub(crate) fn equal(expected: &Node, json: Option<&[u8]>) -> bool {
    let body = json.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    body.is_some_and(|body| {
        let mut leaves = Vec::new();
        difference(expected, &body, true, &mut Vec::new(), &mut leaves);
        leaves.is_empty()
    })
}

/// A position where two bodies differ.
pub(super) struct Leaf<'c> {
    pub path: Vec<String>,
    pub expected: Option<&'c Node>,
    pub found: Option<&'c Value>,
}

/// Collects the positions where a body differs. If the expectation is only a part of the body, further members are allowed.
pub(super) fn difference<'c>(
    expected: &'c Node,
    found: &'c Value,
    whole: bool,
    path: &mut Vec<String>,
    leaves: &mut Vec<Leaf<'c>>,
) {
    match (&expected.data, found) {
        (Data::Map(entries), Value::Object(members)) => {
            for (key, node) in entries {
                path.push(key.text.clone());
                match members.get(&key.text) {
                    Some(found) => difference(node, found, whole, path, leaves),
                    None => leaves.push(Leaf { path: path.clone(), expected: Some(node), found: None }),
                }
                path.pop();
            }
            let stated: HashSet<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
            for (key, found) in members.iter().filter(|_| whole) {
                if !stated.contains(key.as_str()) {
                    let path = path.iter().chain([key]).cloned().collect();
                    leaves.push(Leaf { path, expected: None, found: Some(found) });
                }
            }
        }
        (Data::List(nodes), Value::Array(items)) if nodes.len() == items.len() => {
            for (at, (node, found)) in nodes.iter().zip(items).enumerate() {
                path.push(at.to_string());
                // items are compared as a whole: a partial comparison of lists would be too weak
                difference(node, found, true, path, leaves);
                path.pop();
            }
        }
        (Data::Number(wanted, _), Value::Number(found)) if same_number(wanted, found) => {}
        _ if expected.to_json() == *found => {}
        _ => leaves.push(Leaf { path: path.clone(), expected: Some(expected), found: Some(found) }),
    }
}

/// Compares numbers by value: `1` and `1.0` are equal in JSON.
fn same_number(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

/// Returns the part of a body that an expectation states.
pub(crate) fn included(found: &Value, wanted: &Value) -> Value {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => found
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), included(value, wanted.get(key)?))))
            .collect(),
        _ => found.clone(),
    }
}

/// Returns the first member that an expectation states and a body does not have, with the names that lead there.
pub(crate) fn not_included(found: &Value, wanted: &Value) -> Option<String> {
    let (Value::Object(found), Value::Object(wanted)) = (found, wanted) else { return None };
    wanted.iter().find_map(|(key, wanted)| match found.get(key) {
        None => Some(key.clone()),
        Some(found) => not_included(found, wanted).map(|inner| format!("{key}.{inner}")),
    })
}

/// Returns a value with its members in the order of another, so that a diff shows only differences.
pub(super) fn in_order_of(value: &Value, model: &Value) -> Value {
    match (value, model) {
        (Value::Object(members), Value::Object(model)) => {
            let known = model.iter().filter_map(|(key, inner)| {
                members.get(key).map(|value| (key.clone(), in_order_of(value, inner)))
            });
            let others = members.iter().filter(|(key, _)| !model.contains_key(*key));
            known.chain(others.map(|(key, value)| (key.clone(), value.clone()))).collect()
        }
        (Value::Array(items), Value::Array(model)) => items
            .iter()
            .enumerate()
            .map(|(at, item)| model.get(at).map_or_else(|| item.clone(), |model| in_order_of(item, model)))
            .collect(),
        (Value::Number(a), Value::Number(b)) if same_number(a, b) => model.clone(),
        _ => value.clone(),
    }
}
