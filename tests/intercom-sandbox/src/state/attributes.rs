//! Custom attributes: those that the workspace defines, and their values.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::error::Refusal;
use crate::version::Version;

/// The longest name, in characters (1.4 users page).
const NAME_CHARS: usize = 190;
/// The longest string, in characters (1.4 users page).
const TEXT_CHARS: usize = 255;
/// The most attributes of a model (help center 179).
const DEFINED: usize = 250;

/// The model of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// Users, leads, contacts; `customer` in 1.4.
    Contact,
    /// Companies.
    Company,
}

impl Model {
    /// Returns the model's name in 2.x.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Model::Contact => "contact",
            Model::Company => "company",
        }
    }

    fn other(self) -> Model {
        match self {
            Model::Contact => Model::Company,
            Model::Company => Model::Contact,
        }
    }

    /// Returns the most attributes of one write: 250 for people, 100 for companies in 1.x (1.x pages).
    fn per_write(self, version: Version) -> usize {
        if self == Model::Company && version.is_1x() { 100 } else { 250 }
    }
}

/// The type of an attribute's values (2.7+, `POST /data_attributes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// Unix seconds.
    DateTime,
    /// Unix seconds, shown as a day.
    Date,
    /// One of a list of strings.
    Options,
}

impl DataType {
    /// Returns the name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DataType::String => "string",
            DataType::Integer => "integer",
            DataType::Float => "float",
            DataType::Boolean => "boolean",
            DataType::DateTime => "datetime",
            DataType::Date => "date",
            DataType::Options => "options",
        }
    }

    /// Returns the type of an attribute that 1.x creates for this value.
    fn of(name: &str, value: &Value) -> DataType {
        match value {
            Value::Bool(_) => DataType::Boolean,
            Value::Number(number) if name.ends_with("_at") && number.is_i64() => DataType::Date,
            Value::Number(_) => DataType::Float,
            _ => DataType::String,
        }
    }

    fn takes(self, value: &Value) -> bool {
        match self {
            DataType::String | DataType::Options => value.is_string(),
            DataType::Integer | DataType::DateTime | DataType::Date => value.is_i64() || value.is_u64(),
            DataType::Float => value.is_number(),
            DataType::Boolean => value.is_boolean(),
        }
    }
}

/// An error about an invalid definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `contact:name:type` or `company:name:type`, with a type of string, integer, float, boolean, datetime, date or options; got `{0}`"
)]
pub struct BadAttribute(String);

/// An attribute that the workspace defines.
///
/// ```
/// let attribute: intercom_sandbox::Attribute = "contact:plan:string".parse()?;
/// assert_eq!(attribute.name, "plan");
/// # Ok::<(), intercom_sandbox::BadAttribute>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its model.
    pub model: Model,
    /// Its name, without `custom_attributes.`.
    pub name: String,
    /// The type of its values.
    pub data_type: DataType,
    /// The allowed values, if it is of type `options` or was created with a list.
    pub options: Vec<String>,
    /// Whether it is archived, and accepts no more values.
    pub archived: bool,
}

impl Attribute {
    /// Returns an attribute without a list of options.
    #[must_use]
    pub fn new(model: Model, name: impl Into<String>, data_type: DataType) -> Attribute {
        Attribute { model, name: name.into(), data_type, options: Vec::new(), archived: false }
    }
}

impl FromStr for DataType {
    type Err = BadAttribute;

    fn from_str(text: &str) -> Result<DataType, BadAttribute> {
        Ok(match text {
            "string" => DataType::String,
            "integer" => DataType::Integer,
            "float" => DataType::Float,
            "boolean" => DataType::Boolean,
            "datetime" => DataType::DateTime,
            "date" => DataType::Date,
            "options" => DataType::Options,
            other => return Err(BadAttribute(other.to_owned())),
        })
    }
}

impl FromStr for Attribute {
    type Err = BadAttribute;

    fn from_str(text: &str) -> Result<Attribute, BadAttribute> {
        let bad = || BadAttribute(text.to_owned());
        let (model, rest) = text.split_once(':').ok_or_else(bad)?;
        let (name, data_type) = rest.rsplit_once(':').filter(|(name, _)| !name.is_empty()).ok_or_else(bad)?;
        let model = match model {
            "contact" => Model::Contact,
            "company" => Model::Company,
            _ => return Err(bad()),
        };
        Ok(Attribute::new(model, name, data_type.parse().map_err(|_| bad())?))
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.model.name(), self.name, self.data_type.name())
    }
}

/// The attributes of the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    defined: BTreeMap<(Model, String), (u64, Attribute)>,
    made: u64,
    /// Whether 2.x creates unknown attributes too, which Intercom does not.
    lenient: bool,
}

impl Attributes {
    pub(crate) fn new(defined: &[Attribute], lenient: bool) -> Attributes {
        let mut attributes = Attributes { lenient, ..Attributes::default() };
        for attribute in defined {
            attributes.insert(attribute.clone());
        }
        attributes
    }

    fn insert(&mut self, attribute: Attribute) -> u64 {
        self.made += 1;
        let key = (attribute.model, attribute.name.clone());
        self.defined.insert(key, (self.made, attribute));
        self.made
    }

    pub(crate) fn get(&self, model: Model, name: &str) -> Option<&Attribute> {
        self.defined.get(&(model, name.to_owned())).map(|(_, attribute)| attribute)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Attribute)> {
        self.defined.values().map(|(id, attribute)| (*id, attribute))
    }

    pub(crate) fn by_id_mut(&mut self, id: u64) -> Option<&mut Attribute> {
        self.defined.values_mut().find(|(made, _)| *made == id).map(|(_, attribute)| attribute)
    }

    /// Defines an attribute, as `POST /data_attributes` does.
    pub(crate) fn define(&mut self, attribute: Attribute) -> Result<u64, Refusal> {
        check_name(&attribute.name, false)?;
        for model in [attribute.model, attribute.model.other()] {
            if self.get(model, &attribute.name).is_some() {
                return Err(Refusal::AttributeTaken { name: attribute.name, model: model.name() });
            }
        }
        if self.defined.keys().filter(|(model, _)| *model == attribute.model).count() >= DEFINED {
            return Err(Refusal::invalid("name", "You have reached the limit of 250 custom attributes"));
        }
        Ok(self.insert(attribute))
    }

    /// Checks the attributes of a write, defines unknown ones in 1.x, and merges the values. Nothing changes if one
    /// value is refused.
    pub(crate) fn write(
        &mut self,
        model: Model,
        sent: &Map<String, Value>,
        version: Version,
        stored: &mut BTreeMap<String, Value>,
    ) -> Result<(), Refusal> {
        let most = model.per_write(version);
        if sent.len() > most {
            return Err(Refusal::invalid(
                "custom_attributes",
                format!("Too many custom attributes: {most} at most"),
            ));
        }
        let mut unknown = Vec::new();
        for (name, value) in sent {
            check_name(name, version.is_1x())?;
            check_value(name, value)?;
            match self.get(model, name).filter(|attribute| !attribute.archived) {
                Some(_) if version.is_1x() || value.is_null() => {}
                Some(attribute) if !attribute.data_type.takes(value) => return Err(mistyped(attribute)),
                Some(attribute) => check_option(attribute, value)?,
                None if version.is_1x() || self.lenient => unknown.push((name, value)),
                None => return Err(Refusal::UnknownAttribute(name.clone())),
            }
        }
        for (name, value) in unknown {
            self.insert(Attribute::new(model, name.clone(), DataType::of(name, value)));
        }
        for (name, value) in sent {
            if value.is_null() {
                stored.remove(name);
            } else {
                stored.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }
}

fn mistyped(attribute: &Attribute) -> Refusal {
    let (name, expected) = (&attribute.name, attribute.data_type.name());
    Refusal::invalid("custom_attributes", format!("Custom attribute '{name}' must be of type {expected}"))
}

/// Refuses a value that is not among the options of its attribute.
fn check_option(attribute: &Attribute, value: &Value) -> Result<(), Refusal> {
    let is_option = |value: &str| attribute.options.iter().any(|option| option == value);
    if attribute.options.is_empty() || value.as_str().is_some_and(is_option) {
        return Ok(());
    }
    let message = format!("Custom attribute '{}' must be one of its options", attribute.name);
    Err(Refusal::invalid("custom_attributes", message))
}

/// Checks a name. 1.x accepts names with dots, as connectors have always sent them, although its page forbids them.
fn check_name(name: &str, dots: bool) -> Result<(), Refusal> {
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        return Err(Refusal::invalid(
            "custom_attributes",
            "Custom attribute names must be 1 to 190 characters long",
        ));
    }
    if name.contains('$') || (!dots && name.contains('.')) {
        let message = format!("Custom attribute '{name}' must not contain '.' or '$'");
        return Err(Refusal::invalid("custom_attributes", message));
    }
    Ok(())
}

fn check_value(name: &str, value: &Value) -> Result<(), Refusal> {
    let message = match value {
        Value::Object(_) | Value::Array(_) => {
            format!("Custom attribute '{name}' must be a string, number or boolean")
        }
        Value::String(text) if text.len() > TEXT_CHARS && text.chars().count() > TEXT_CHARS => {
            format!("Custom attribute '{name}' is longer than 255 characters")
        }
        _ => return Ok(()),
    };
    Err(Refusal::invalid("custom_attributes", message))
}
