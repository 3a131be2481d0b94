//! What is wrong in the JSON Schema of a tracking plan: what the analysis would ignore.

use serde_json::{Map, Value};

/// Something wrong in a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// The message.
    pub text: String,
}

/// The most that are reported of a plan.
const MOST: usize = 10;

const TYPES: [&str; 7] = ["object", "array", "string", "number", "integer", "boolean", "null"];

/// Returns references that lead nowhere, types that do not exist, and keywords whose values have the wrong type.
///
/// ```
/// let plan = serde_json::json!({ "properties": { "email": { "type": "sting" }, "plan": { "$ref": "#/$defs/plan" } } });
/// let faults = mapwright_analyze::faults_of_plan(&plan);
/// let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
/// assert_eq!(pointers, ["/properties/email/type", "/properties/plan/$ref"]);
/// ```
pub fn faults_of_plan(schema: &Value) -> Vec<PlanFault> {
    let mut search = Search { root: schema, faults: Vec::new() };
    search.schema(schema, "");
    search.faults.truncate(MOST);
    search.faults
}

struct Search<'p> {
    root: &'p Value,
    faults: Vec<PlanFault>,
}

impl Search<'_> {
    fn tell(&mut self, pointer: String, text: impl Into<String>) {
        self.faults.push(PlanFault { pointer, text: text.into() });
    }

    fn schema(&mut self, schema: &Value, at: &str) {
        match schema {
            Value::Object(keywords) => self.keywords(keywords, at),
            Value::Bool(_) => {}
            _ => self.tell(at.to_owned(), "expected a schema: an object, `true` or `false`"),
        }
    }

    fn keywords(&mut self, keywords: &Map<String, Value>, at: &str) {
        for (word, value) in keywords.iter() {
            let here = format!("{at}/{}", word.replace('~', "~0").replace('/', "~1"));
            match (word.as_str(), value) {
                ("$ref", Value::String(target)) => self.reference(target, here),
                ("type", Value::String(name)) => self.kind(name, here),
                ("type", Value::Array(names)) if names.iter().all(Value::is_string) => {
                    names.iter().filter_map(Value::as_str).for_each(|name| self.kind(name, here.clone()));
                }
                ("properties" | "patternProperties" | "$defs" | "definitions", Value::Object(schemas)) => {
                    for (name, schema) in schemas {
                        let name = name.replace('~', "~0").replace('/', "~1");
                        self.schema(schema, &format!("{here}/{name}"));
                    }
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(schemas)) => {
                    for (index, schema) in schemas.iter().enumerate() {
                        self.schema(schema, &format!("{here}/{index}"));
                    }
                }
                ("items" | "additionalProperties" | "not" | "if" | "then" | "else" | "contains", schema) => {
                    self.schema(schema, &here);
                }
                ("required", Value::Array(names)) if names.iter().all(Value::is_string) => {}
                ("enum", Value::Array(_)) => {}
                ("$ref" | "format" | "pattern", value) if !value.is_string() => {
                    self.tell(here, "expected a string")
                }
                ("type", _) => self.tell(here, "expected the name of a type, or a list of them"),
                ("properties" | "patternProperties" | "$defs" | "definitions", _) => {
                    self.tell(here, "expected an object of schemas");
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", _) => {
                    self.tell(here, "expected a list of schemas")
                }
                ("required", _) => self.tell(here, "expected a list of names"),
                ("enum", _) => self.tell(here, "expected a list of values"),
                _ => {}
            }
        }
    }

    fn kind(&mut self, name: &str, here: String) {
        if !TYPES.contains(&name) {
            let near = mapwright_findings::suggest(name, TYPES);
            self.tell(here, format!("there is no type `{name}` ({near})"));
        }
    }

    fn reference(&mut self, target: &str, here: String) {
        let Some(pointer) = target.strip_prefix('#') else {
            return self.tell(here, format!("`{target}` is not in the file, and other files are not read"));
        };
        // a name in place of a pointer is an anchor
        let is_anchor = !pointer.is_empty() && !pointer.starts_with('/');
        if !is_anchor && self.root.pointer(&pointer.replace("%24", "$").replace("%20", " ")).is_none() {
            self.tell(here, format!("`{target}` leads nowhere"));
        }
    }
}
