//! Bodies of responses as a schema says: what it requires and what the mapping reads, with values that it takes.

use mapwright::Shape;
use mapwright_analyze::schema::{PointerStep, Schema, Spot};
use serde_json::{Map, Value, json};

/// The maximum depth of objects; deeper ones are omitted.
const DEEPEST: usize = 12;

/// A body that fits a schema, as far as types, lists of values, bounds and formats go. `text` and `number` make up what may be anything, of a name.
pub(crate) fn body(
    schema: &Schema,
    shape: &Shape,
    text: &dyn Fn(&str, &str) -> String,
    number: &dyn Fn(&str, &str) -> u64,
) -> Option<Value> {
    let model = Model { schema, text, number };
    Some(model.value(&schema.whole()?, shape, "value", "", 0))
}

struct Model<'m> {
    schema: &'m Schema,
    text: &'m dyn Fn(&str, &str) -> String,
    number: &'m dyn Fn(&str, &str) -> u64,
}

impl<'m> Model<'m> {
    /// A value that the first alternative takes: one with a name, at a place of the body.
    fn value(&self, spot: &Spot<'m>, shape: &Shape, name: &str, at: &str, depth: usize) -> Value {
        let Some(schemas) = spot.alternatives.first() else { return Value::Null };
        let all = |word: &str| schemas.iter().filter_map(|schema| schema.get(word)).collect::<Vec<_>>();
        if let Some(value) = all("const").first() {
            return (*value).clone();
        }
        if let Some(value) = all("enum").first().and_then(|values| values.get(0)) {
            return value.clone();
        }
        let states = |words: &[&str]| words.iter().any(|word| !all(word).is_empty());
        let stated = all("type").first().and_then(|kind| match kind {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
            kind => kind.as_str(),
        });
        let kind = match (stated, shape) {
            (Some(kind), _) => kind,
            (None, Shape::Object(_)) => "object",
            (None, Shape::List(_)) => "array",
            (None, _) if states(&["properties", "required"]) => "object",
            (None, _) if states(&["items"]) => "array",
            (None, _) => "string",
        };
        let bound = |word: &str| all(word).iter().find_map(|value| value.as_f64());
        match kind {
            "object" => Value::Object(self.members(spot, shape, at, depth)),
            "array" if depth >= DEEPEST => json!([]),
            "array" => {
                let item = if let Shape::List(item) = shape { item.as_ref() } else { &Shape::Any };
                let spot = self.schema.child(spot, PointerStep::EachItem).unwrap_or_default();
                let at = format!("{at}/0");
                match spot.is_closed() {
                    true => json!([]),
                    false => Value::Array(vec![self.value(&spot, item, name, &at, depth + 1)]),
                }
            }
            "integer" | "number" => {
                let made = (self.number)(name, at) as f64;
                let least = bound("minimum").or(bound("exclusiveMinimum").map(|least| least + 1.0));
                let most = bound("maximum").or(bound("exclusiveMaximum").map(|most| most - 1.0));
                let made = made.max(least.unwrap_or(made)).min(most.unwrap_or(f64::MAX));
                // whole numbers are written as such
                if made.fract() == 0.0 { json!(made as i64) } else { json!(made) }
            }
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => {
                let format = all("format").first().and_then(|format| format.as_str());
                let text = match format {
                    Some("date-time") => "2024-05-01T12:00:00Z".to_owned(),
                    Some("date") => "2024-05-01".to_owned(),
                    Some("email") => format!("{}@example.com", (self.text)(name, at)),
                    Some("uri" | "url") => format!("https://example.com/{}", (self.text)(name, at)),
                    _ => (self.text)(name, at),
                };
                let most = bound("maxLength").map_or(usize::MAX, |most| most as usize);
                Value::String(text.chars().take(most).collect())
            }
        }
    }

    /// The members that are required, and those that are read.
    fn members(&self, spot: &Spot<'m>, shape: &Shape, at: &str, depth: usize) -> Map<String, Value> {
        let mut members = Map::new();
        if depth >= DEEPEST {
            return members;
        }
        let read: &[(String, Shape)] = if let Shape::Object(read) = shape { read } else { &[] };
        let required = spot.alternatives.first().into_iter().flatten().filter_map(|schema| {
            let names = schema.get("required")?.as_array()?;
            Some(names.iter().filter_map(Value::as_str))
        });
        for name in required.flatten().chain(read.iter().map(|(name, _)| name.as_str())) {
            let inner = read.iter().find(|(known, _)| known == name).map_or(&Shape::Any, |(_, inner)| inner);
            let child = self.schema.child(spot, PointerStep::Field(name)).unwrap_or_default();
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            if !child.is_closed() {
                members.insert(name.to_owned(), self.value(&child, inner, name, &at, depth + 1));
            }
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_what_is_required_and_what_is_read() {
        let schema = Schema::of(json!({
            "type": "object",
            "required": ["id", "kind", "at", "tags", "more"],
            "properties": {
                "id": { "type": "integer", "minimum": 5 },
                "kind": { "enum": ["person", "lead"] },
                "at": { "type": ["null", "string"], "format": "date-time" },
                "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" } },
                "more": { "type": "object", "required": ["more"], "properties": { "more": { "$ref": "#" } } },
                "name": { "type": "string", "maxLength": 3 },
                "unread": { "type": "string" },
            },
            "$defs": { "tag": { "type": "object", "properties": { "label": { "const": "x" }, "size": { "type": "number" } } } },
        }));
        let read = Shape::Object(vec![
            ("name".to_owned(), Shape::Any),
            ("tags".to_owned(), Shape::List(Box::new(Shape::Object(vec![("label".to_owned(), Shape::Any)])))),
        ]);
        let made = body(&schema, &read, &|name, _| format!("{name}-1"), &|_, _| 2).unwrap();
        assert_eq!(
            made.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["id", "kind", "at", "tags", "more", "name"]
        );
        assert_eq!(
            (&made["id"], &made["kind"], &made["at"]),
            (&json!(5), &json!("person"), &json!("2024-05-01T12:00:00Z"))
        );
        assert_eq!((&made["tags"], &made["name"]), (&json!([{ "label": "x" }]), &json!("nam")));
        // a schema that refers to itself ends somewhere
        assert!(made.to_string().len() < 10_000);
    }
}
