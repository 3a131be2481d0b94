//! Names of folders and fields.

use crate::error::StartError;

/// The parts that an address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// `DESTINATION`
    Destination,
    /// `DESTINATION/VERSION`
    Version,
    /// `DESTINATION/VERSION/MESSAGE`
    Mapping,
}

impl Names {
    /// As it is written in help texts.
    fn shown(self) -> &'static str {
        match self {
            Names::Destination => "DESTINATION",
            Names::Version => "DESTINATION/VERSION",
            Names::Mapping => "DESTINATION/VERSION/MESSAGE",
        }
    }
}

/// Where something new is to be. Parts that it does not have are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The name of the destination's folder.
    pub destination: String,
    /// The name of the version.
    pub version: String,
    /// The message type.
    pub message: String,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// If it has other parts, or names that folders cannot have.
    pub fn read(text: &str, names: Names) -> Result<Self, StartError> {
        let wrong = || StartError::Address { expected: names.shown(), found: text.to_owned() };
        let mut parts = text.split('/');
        let mut next = |kind, wanted: bool| match (parts.next(), wanted) {
            (Some(name), true) => checked(kind, name),
            (None, false) => Ok(String::new()),
            _ => Err(wrong()),
        };
        let address = Self {
            destination: next("destination", true)?,
            version: next("version", names != Names::Destination)?,
            message: next("message type", names == Names::Mapping)?,
        };
        if parts.next().is_some() { Err(wrong()) } else { Ok(address) }
    }

    /// The folder of the version.
    pub(crate) fn folder(&self) -> String {
        format!("mappings/{}/{}", self.destination, self.version)
    }
}

fn checked(kind: &'static str, name: &str) -> Result<String, StartError> {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    match letters && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.len() <= 100 {
        true => Ok(name.to_owned()),
        false => Err(StartError::Name { kind, name: name.to_owned() }),
    }
}

/// Returns a name for a part or a step: small letters, digits and `_`.
pub(crate) fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && after_small {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name.to_owned(),
        _ => format!("part_{name}").trim_end_matches('_').to_owned(),
    }
}
