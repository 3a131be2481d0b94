//! XML bodies as the objects that they were made from: attributes are `@name`, the text beside them `#text`, repeated elements a list.

use roxmltree::{Document, Node, NodeType};
use serde_json::{Map, Value};

/// The deepest nesting of elements.
const DEEPEST: usize = 128;

/// Reads a document.
///
/// # Errors
/// Says why it is none.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let mut object = Map::new();
    object.insert(name(root), element(root, 0)?);
    Ok(Value::Object(object))
}

/// The name with its prefix, as it is written.
fn name(node: Node<'_, '_>) -> String {
    let tag = node.tag_name();
    match tag.namespace().and_then(|namespace| node.lookup_prefix(namespace)) {
        Some(prefix) => format!("{prefix}:{}", tag.name()),
        None => tag.name().to_owned(),
    }
}

fn element(node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err(format!("elements are nested deeper than {DEEPEST} levels"));
    }
    let mut object = Map::new();
    let parent = node.parent_element();
    for space in node.namespaces() {
        let inherited = parent.is_some_and(|parent| parent.namespaces().any(|known| known == space));
        if space.name() != Some("xml") && !inherited {
            let name = space.name().map_or_else(|| "@xmlns".to_owned(), |prefix| format!("@xmlns:{prefix}"));
            object.insert(name, space.uri().into());
        }
    }
    for attribute in node.attributes() {
        let prefix = attribute.namespace().and_then(|namespace| node.lookup_prefix(namespace));
        let prefix = prefix.map(|prefix| format!("{prefix}:")).unwrap_or_default();
        object.insert(format!("@{prefix}{}", attribute.name()), attribute.value().into());
    }
    let text: String = node
        .children()
        .filter(|child| child.node_type() == NodeType::Text)
        .filter_map(|child| child.text())
        .collect();
    for child in node.children().filter(Node::is_element) {
        let value = element(child, depth + 1)?;
        match object.get_mut(&name(child)) {
            None => drop(object.insert(name(child), value)),
            Some(Value::Array(items)) => items.push(value),
            Some(known) => *known = Value::Array(vec![known.take(), value]),
        }
    }
    if object.is_empty() {
        return Ok(Value::String(text));
    }
    if !text.trim().is_empty() {
        object.insert("#text".to_owned(), text.into());
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_become_what_they_were_made_from() {
        let text = r#"<?xml version="1.0"?><l:Order xmlns:l="urn:l" id="7"><Total c="EUR">12.5</Total><Line>a</Line><Line>b</Line><E/></l:Order>"#;
        let order = json!({ "@xmlns:l": "urn:l", "@id": "7", "Total": { "@c": "EUR", "#text": "12.5" }, "Line": ["a", "b"], "E": "" });
        assert_eq!(read(text), Ok(json!({ "l:Order": order })));
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        assert!(
            read("<a>").is_err()
                && read("").is_err()
                && read("<p:a/>").is_err()
                && read("<!DOCTYPE a><a/>").is_err()
        );
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(read(&deep).is_err());
    }
}
