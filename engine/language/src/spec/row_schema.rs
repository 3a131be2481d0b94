//! The JSON Schemas of rows and conversions, which are named, since rows stand in rows.

use crate::decode::Decode;
use crate::definitions::{Defined, Definitions};
use crate::spec::row::{ConversionSpec, LongRowSpec, RowSpec, row_words};
use serde_json::{Value, json};

impl Defined for RowSpec {
    fn name() -> &'static str {
        "Row"
    }

    fn definition(definitions: &mut Definitions) -> Value {
        let long = LongRowSpec::schema(definitions);
        let row = definitions.refer_to::<Self>();
        let words: Vec<&str> = row_words().filter(|word| *word != "replace").collect();
        let replace = json!({ "anyOf": [{ "const": true, "description": "Nothing of what is inherited here counts." }, row] });
        json!({
            "description": "The definition of a value: a source, a list of alternatives, a map of a form and modifiers, or an object of rows, \
                            field by field.",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": row },
                long,
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": { "not": { "enum": words } },
                    "properties": { "replace": replace },
                    "additionalProperties": row,
                },
            ],
        })
    }
}

impl Defined for ConversionSpec {
    fn name() -> &'static str {
        "Conversion"
    }

    fn definition(_: &mut Definitions) -> Value {
        mapwright_convert::call_schema()
    }
}
