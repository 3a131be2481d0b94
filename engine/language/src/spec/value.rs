//! Named values.

use crate::decode::{Decode, edited_schema};
use crate::spec::row::RowSpec;
use crate::yaml::Node;
use mapwright_findings::Reports;

/// A named value: a row. A file that extends another may edit an inherited list.
#[derive(Debug, Clone)]
pub struct ValueSpec(pub RowSpec);

impl Decode for ValueSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        RowSpec::decode(node, reports).map(ValueSpec)
    }

    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let row = RowSpec::schema(generator);
        let edits = edited_schema::<RowSpec>(generator);
        schemars::json_schema!({ "anyOf": [row, edits] })
    }
}
