//! The arguments that calls of conversions state.

use mapwright_convert::find;
use serde_json::Value;

use crate::decode::by_name;
use crate::spec::{ArgsSpec, ConversionSpec};

impl ConversionSpec {
    /// Returns an argument that the call states.
    pub fn argument(&self, name: &str) -> Option<&Value> {
        match &self.args {
            ArgsSpec::First(value) => {
                let first = find(&self.name.value)?.params.first()?;
                (first.name == name).then_some(&value.value)
            }
            ArgsSpec::Named(entries) => by_name(entries, name).map(|value| &value.value),
            ArgsSpec::None | ArgsSpec::Operand(_) => None,
        }
    }
}
