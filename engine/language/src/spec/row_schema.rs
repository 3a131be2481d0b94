//! The JSON Schemas of rows and conversions, which are named, since rows stand in rows.

use crate::decode::Decode;
use crate::spec::row::{ConversionSpec, LongRowSpec, RowSpec, row_words};

impl schemars::JsonSchema for RowSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Row".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let long = LongRowSpec::schema(generator);
        let row = generator.subschema_for::<Self>();
        let words: Vec<&str> = row_words().filter(|word| *word != "replace").collect();
        let replace = schemars::json_schema!({ "anyOf": [{ "const": true, "description": "Nothing of what is inherited here counts." }, row] });
        schemars::json_schema!({
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

impl schemars::JsonSchema for ConversionSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Conversion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        mapwright_convert::call_schema()
    }
}
