//! Named values and tables.

use serde_json::{Map, Value, json};

use crate::decode::{Decode, edited_schema};
use crate::definitions::Definitions;
use crate::spec::row::RowSpec;
use crate::yaml::Node;
use mapwright_findings::{Reports, rules};

/// A named value: a row. A file that extends another may edit an inherited list.
#[derive(Debug, Clone)]
pub struct ValueSpec(pub RowSpec);

impl Decode for ValueSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        RowSpec::decode(node, reports).map(ValueSpec)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let row = RowSpec::schema(definitions);
        let edits = edited_schema::<RowSpec>(definitions);
        json!({ "anyOf": [row, edits] })
    }
}

/// A named value table: the entries by the values that are looked up.
#[derive(Debug, Clone)]
pub struct TableSpec(pub Map<String, Value>);

impl Decode for TableSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match Value::decode(node, reports)? {
            Value::Object(entries) => Some(TableSpec(entries)),
            _ => rules::wrong_type::report(reports, &node.found(), "a table: a map of values"),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "object" })
    }
}
