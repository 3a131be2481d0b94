//! The query of `POST /contacts/search`: read, checked, matched against a contact.

use serde_json::{Map, Value};

use crate::error::Refusal;
use crate::state::attributes::{Attributes, DataType, Model};
use crate::state::contact::StoredContact;
use crate::version::Version;

/// The most filters in a group, and levels of groups (API reference, search for contacts).
const PER_GROUP: usize = 15;
const LEVELS: usize = 2;
const SECONDS_A_DAY: i64 = 86_400;

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Field { field: String, operator: Operator, value: Value },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
}

/// The type of a field's values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Boolean,
    Date,
    Any,
}

impl Filter {
    /// Reads the query of a search.
    pub(crate) fn read(query: &Value, version: Version, attributes: &Attributes) -> Result<Filter, Refusal> {
        read(query, version, attributes, 0)
    }

    pub(crate) fn matches(&self, contact: &StoredContact) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.matches(contact)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.matches(contact)),
            Filter::Field { field, operator, value } => compare(contact, field, *operator, value),
        }
    }
}

fn read(query: &Value, version: Version, attributes: &Attributes, level: usize) -> Result<Filter, Refusal> {
    let query =
        query.as_object().ok_or(Refusal::TypeMismatch { field: "query".into(), expected: "an object" })?;
    let operator = query.get("operator").and_then(Value::as_str).ok_or(Refusal::Missing("operator"))?;
    if let "AND" | "OR" = operator {
        let filters = query.get("value").and_then(Value::as_array);
        let filters = filters.ok_or(Refusal::TypeMismatch { field: "value".into(), expected: "an array" })?;
        if level >= LEVELS {
            return Err(Refusal::invalid("query", "A query can be nested 2 levels deep at most"));
        }
        if filters.is_empty() || filters.len() > PER_GROUP {
            return Err(Refusal::invalid("query", "A group takes 1 to 15 filters"));
        }
        let filters = filters.iter().map(|filter| read(filter, version, attributes, level + 1));
        let filters = filters.collect::<Result<Vec<_>, _>>()?;
        return Ok(if operator == "AND" { Filter::All(filters) } else { Filter::Any(filters) });
    }
    read_field(query, operator, version, attributes)
}

fn read_field(
    query: &Map<String, Value>,
    operator: &str,
    version: Version,
    attributes: &Attributes,
) -> Result<Filter, Refusal> {
    let field = query.get("field").and_then(Value::as_str).ok_or(Refusal::Missing("field"))?;
    let value = query.get("value").ok_or(Refusal::Missing("value"))?;
    let kind = kind_of(field, version, attributes)?;
    let operator = match operator {
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "IN" => Operator::In,
        "NIN" => Operator::NotIn,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "~" => Operator::Contains,
        "!~" => Operator::NotContains,
        "^" => Operator::StartsWith,
        "$" => Operator::EndsWith,
        other => return Err(Refusal::invalid("operator", format!("'{other}' is not a valid operator"))),
    };
    if field == "tag_id" && !matches!(operator, Operator::Equal | Operator::NotEqual) {
        return Err(Refusal::invalid("operator", "tag_id can only be compared by = and !="));
    }
    let many = matches!(operator, Operator::In | Operator::NotIn);
    let right = match value {
        Value::Array(values) => many && values.iter().all(|value| kind.takes(value)),
        value => !many && (value.is_null() || kind.takes(value)),
    };
    if !right {
        return Err(Refusal::invalid("value", format!("The value is not valid for the field {field}")));
    }
    Ok(Filter::Field { field: field.to_owned(), operator, value: value.clone() })
}

impl Kind {
    fn takes(self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_string(),
            Kind::Number => value.is_number(),
            Kind::Boolean => value.is_boolean(),
            // dates are numbers, or strings with numbers
            Kind::Date => seconds(value).is_some(),
            Kind::Any => !value.is_object() && !value.is_array(),
        }
    }
}

/// Returns the type of a search field (API reference, search for contacts). Owners are strings since 2.16.
fn kind_of(field: &str, version: Version, attributes: &Attributes) -> Result<Kind, Refusal> {
    Ok(match field {
        "id" | "role" | "external_id" | "email" | "phone" | "name" | "avatar" | "tag_id" | "segment_id" => {
            Kind::Text
        }
        "owner_id" if version >= Version::V2_16 => Kind::Text,
        "owner_id" => Kind::Number,
        "unsubscribed_from_emails" => Kind::Boolean,
        "created_at" | "updated_at" | "signed_up_at" | "last_seen_at" | "last_contacted_at"
        | "last_replied_at" => Kind::Date,
        "email_domain" | "language_override" => Kind::Text,
        "formatted_phone" if version >= Version::V2_16 => Kind::Text,
        _ => match field.strip_prefix("custom_attributes.").and_then(|n| attributes.get(Model::Contact, n)) {
            Some(attribute) => match attribute.data_type {
                DataType::String | DataType::Options => Kind::Text,
                DataType::Integer | DataType::Float => Kind::Number,
                DataType::Boolean => Kind::Boolean,
                DataType::Date | DataType::DateTime => Kind::Any,
            },
            None => {
                return Err(Refusal::invalid(
                    "field",
                    format!("{field} is not a field that can be searched by"),
                ));
            }
        },
    })
}

/// Returns the values of a contact's field: none if it is absent, several for tags.
pub(crate) fn field_values(contact: &StoredContact, field: &str) -> Vec<Value> {
    let text = |text: &Option<String>| text.clone().map(Value::from);
    let number = |number: Option<i64>| number.map(Value::from);
    let value = match field {
        "id" => Some(contact.id.to_string().into()),
        "role" => Some(contact.role.name().into()),
        "external_id" => text(&contact.external_id),
        "email" => text(&contact.email),
        "email_domain" => {
            contact.email.as_deref().and_then(|e| e.split_once('@')).map(|(_, domain)| domain.into())
        }
        "phone" | "formatted_phone" => text(&contact.phone),
        "name" => text(&contact.name),
        "avatar" => text(&contact.avatar),
        "owner_id" => contact.owner_id.map(Value::from),
        "unsubscribed_from_emails" => Some(contact.unsubscribed_from_emails.into()),
        "created_at" => number(Some(contact.created_at)),
        "updated_at" => number(Some(contact.updated_at)),
        "signed_up_at" => number(contact.signed_up_at),
        "last_seen_at" => number(contact.last_seen_at),
        "tag_id" => return contact.tags.iter().map(|tag| tag.to_string().into()).collect(),
        _ => field
            .strip_prefix("custom_attributes.")
            .and_then(|name| contact.custom_attributes.get(name))
            .cloned(),
    };
    value.into_iter().collect()
}

fn compare(contact: &StoredContact, field: &str, operator: Operator, wanted: &Value) -> bool {
    let values = field_values(contact, field);
    let same = |wanted: &Value| match wanted {
        Value::Null => values.is_empty(),
        wanted => values.iter().any(|value| order(field, value, wanted) == Some(std::cmp::Ordering::Equal)),
    };
    let any = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(same));
    let ordered =
        |is: fn(std::cmp::Ordering) -> bool| values.iter().any(|v| order(field, v, wanted).is_some_and(is));
    let text = |is: fn(&str, &str) -> bool| {
        values
            .iter()
            .any(|value| value.as_str().zip(wanted.as_str()).is_some_and(|(value, wanted)| is(value, wanted)))
    };
    match operator {
        Operator::Equal => same(wanted),
        Operator::NotEqual => !same(wanted),
        Operator::In => any(wanted),
        Operator::NotIn => !any(wanted),
        Operator::Less => ordered(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => ordered(std::cmp::Ordering::is_le),
        Operator::Greater => ordered(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(std::cmp::Ordering::is_ge),
        Operator::Contains => text(|value, wanted| value.contains(wanted)),
        Operator::NotContains => !text(|value, wanted| value.contains(wanted)),
        Operator::StartsWith => text(|value, wanted| value.starts_with(wanted)),
        Operator::EndsWith => text(|value, wanted| value.ends_with(wanted)),
    }
}

/// Compares a contact's value with the wanted one. Dates are compared by the day, in UTC.
fn order(field: &str, value: &Value, wanted: &Value) -> Option<std::cmp::Ordering> {
    if field.ends_with("_at") && !field.starts_with("custom_attributes.") {
        let day = |value: &Value| seconds(value).map(|seconds| seconds.div_euclid(SECONDS_A_DAY));
        return Some(day(value)?.cmp(&day(wanted)?));
    }
    match (value, wanted) {
        (Value::String(value), Value::String(wanted)) => Some(value.cmp(wanted)),
        (Value::Bool(value), Value::Bool(wanted)) => Some(value.cmp(wanted)),
        (Value::Number(value), Value::Number(wanted)) => value.as_f64()?.partial_cmp(&wanted.as_f64()?),
        (Value::Number(value), Value::String(wanted)) => {
            Some(value.to_string().as_str().cmp(wanted.as_str()))
        }
        _ => None,
    }
}

fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
