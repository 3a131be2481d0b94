//! JSON Schemas of the mapping language for editors, generated from the records.

use serde_json::Value;

use crate::definitions::{Defined, Definitions};
use crate::spec::{DestinationSpec, MappingSpec, TestFileSpec, VersionSpec};

/// Returns the JSON Schemas of the four kinds of files, by name: `mapping-destination`, `mapping-version`, `mapping-message` and `mapping-test`.
///
/// A file that extends another states only what differs, so a key is required only if it cannot be inherited. Checking
/// mappings requires the rest.
///
/// ```
/// let schemas = mapwright_language::language_schemas();
/// assert_eq!(schemas.iter().map(|(name, _)| *name).collect::<Vec<_>>(), [
///     "mapping-destination", "mapping-version", "mapping-message", "mapping-test",
/// ]);
/// ```
pub fn language_schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("mapping-destination", schema::<DestinationSpec>("destination.yaml")),
        ("mapping-version", schema::<VersionSpec>("version.yaml")),
        ("mapping-message", schema::<MappingSpec>("<message>.yaml")),
        ("mapping-test", schema::<TestFileSpec>("<message>.test.yaml")),
    ]
}

/// Returns a schema of draft 7, which all editors support.
fn schema<T: Defined>(file: &str) -> Value {
    let mut definitions = Definitions::default();
    let mut schema = T::definition(&mut definitions);
    if let Value::Object(schema) = &mut schema {
        schema.insert("title".to_owned(), file.into());
        schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
        schema.insert("definitions".to_owned(), definitions.into_value());
    }
    schema
}
