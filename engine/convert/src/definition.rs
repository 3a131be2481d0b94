//! One conversion: a row of the table.

use crate::action::Action;
use crate::arguments::Arguments;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use serde_json::{Value, json};

/// One conversion: its name, signature, documentation and examples.
#[derive(Debug)]
#[non_exhaustive]
pub struct Definition {
    /// The name in mappings.
    pub name: &'static str,
    /// The family.
    pub group: Group,
    /// One line that describes the result.
    pub summary: &'static str,
    /// More documentation, in Markdown; may be empty.
    pub doc: &'static str,
    /// The type of the input.
    pub takes: Type,
    /// The type of the result.
    pub gives: Type,
    /// What is known of the result beyond its type.
    pub shape: Shape,
    /// Its parameters; the first may be given without its name.
    pub params: &'static [Param],
    /// Examples; each is a test.
    pub examples: &'static [Example],
    /// Its code, made from its arguments.
    pub build: for<'a, 'c> fn(&'a mut Arguments<'c>) -> Option<Action>,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Definition {
    /// Returns whether the conversion bounds values: a limit of an API, or what shortens text or keeps a number in a range.
    ///
    /// ```
    /// let bounds = |name: &str| mapwright_convert::find(name).is_some_and(|known| known.bounds());
    /// assert!(bounds("truncate") && bounds("range") && bounds("limit_text") && !bounds("trim"));
    /// ```
    pub fn bounds(&self) -> bool {
        self.group == Group::Limits || matches!(self.shape, Shape::AtMost(_) | Shape::Between(..))
    }

    /// Returns whether the conversion can refuse a value; the others omit what they do not keep.
    ///
    /// ```
    /// let refuses = |name: &str| mapwright_convert::find(name).is_some_and(|known| known.refuses());
    /// assert!(refuses("integer") && !refuses("only"));
    /// ```
    pub fn refuses(&self) -> bool {
        !matches!(self.shape, Shape::Kinds(_))
    }

    /// Returns the most items of a list that its result has: 0 for a count, a number or a digest of the list. Nothing, if it may have all.
    ///
    /// ```
    /// use mapwright_convert::find;
    /// use serde_json::json;
    ///
    /// let most = |name: &str| find(name).and_then(|known| known.most_items(|_| None));
    /// assert_eq!([most("unique"), most("first"), most("count")], [None, Some(1), Some(0)]);
    /// let five = json!(5);
    /// assert_eq!(find("limit_items").and_then(|known| known.most_items(|_| Some(&five))), Some(5));
    /// ```
    pub fn most_items<'a>(&self, argument: impl Fn(&str) -> Option<&'a Value>) -> Option<u64> {
        match (self.shape, self.gives) {
            (Shape::Item, _) => Some(1),
            (Shape::Items(most), _) => argument(most?)?.as_u64(),
            (Shape::Hex(_), _) | (_, Type::Boolean | Type::Number | Type::Integer) => Some(0),
            _ => None,
        }
    }

    /// Returns the JSON Schema of the conversion's arguments.
    ///
    /// ```
    /// use mapwright_convert::{Group, definitions};
    ///
    /// let limit = definitions().find(|known| known.name == "limit_text").expect("a conversion");
    /// assert_eq!(limit.group.title(), Group::Limits.title());
    /// // the first argument may be stated without its name
    /// let schema = limit.arguments_schema();
    /// let [short, long] = schema["anyOf"].as_array().expect("two ways").as_slice() else { panic!("{schema}") };
    /// assert_eq!(*short, limit.params[0].takes.schema());
    /// assert_eq!(long["type"], "object");
    /// ```
    pub fn arguments_schema(&self) -> Value {
        let properties: serde_json::Map<String, Value> = self
            .params
            .iter()
            .map(|param| {
                let mut schema = param.takes.schema();
                if let Some(keywords) = schema.as_object_mut() {
                    keywords.insert("description".to_owned(), param.summary.into());
                }
                (param.name.to_owned(), schema)
            })
            .collect();
        let required: Vec<&str> = self.params.iter().filter(|p| p.required).map(|p| p.name).collect();
        let named = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        let others_required = self.params.iter().skip(1).any(|param| param.required);
        match self.params.first().map(|param| param.takes) {
            Some(ParamType::Conversions) => {
                json!({ "description": self.summary, "anyOf": [ParamType::Conversions.schema(), named] })
            }
            Some(first) if !others_required && first != ParamType::Table => {
                json!({ "description": self.summary, "anyOf": [first.schema(), named] })
            }
            Some(_) if !others_required => {
                json!({ "description": self.summary, "anyOf": [{ "type": "string" }, named] })
            }
            _ => json!({ "description": self.summary, "anyOf": [named] }),
        }
    }
}
