//! XML 1.0: a field is an element, `@name` an attribute, `#text` the text beside attributes, and a list an element for each item.

use std::borrow::Cow;

use mapwright_convert::{Markup, Val};
use mapwright_json::{Json, Kind};

/// The name of the field with the text of an element that has attributes.
const TEXT: &str = "#text";

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Why an object cannot be written as XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Not exactly one field has a value.
    #[error("an XML body has one root element, found {found}")]
    Root {
        /// How many there are.
        found: usize,
    },
    /// A name that elements and attributes cannot have.
    #[error("`{name}` cannot be the name of an XML element or attribute")]
    Name {
        /// The name.
        name: String,
    },
    /// An attribute, or the text of an element, that is a list or an object.
    #[error("`{name}` is {found}; in XML, attributes and `#text` are text")]
    NotText {
        /// The name of the field.
        name: String,
        /// What it is.
        found: &'static str,
    },
}

/// Writes an object whose only field is the root element. Characters that no document may contain become U+FFFD, as by the conversion `escape`.
pub(super) fn write(object: Option<Json<'_>>) -> Result<String, XmlError> {
    let elements: Vec<_> = object.into_iter().flat_map(Json::entries).collect();
    let [(name, root)] = elements.as_slice() else {
        return Err(XmlError::Root { found: elements.len() });
    };
    if root.kind() == Kind::Array {
        return Err(XmlError::Root { found: root.len().unwrap_or_default() });
    }
    let mut out = DECLARATION.to_owned();
    element(&mut out, name, *root)?;
    Ok(out)
}

fn element(out: &mut String, name: &str, value: Json<'_>) -> Result<(), XmlError> {
    if value.kind() == Kind::Array {
        return value.items().try_for_each(|item| element(out, name, item));
    }
    push_name(out, "<", name)?;
    let is_attribute = |key: &str| key.starts_with('@');
    for (key, value) in value.entries().filter(|(key, value)| is_attribute(key) && !value.is_null()) {
        push_name(out, " ", key.get(1..).unwrap_or_default())?;
        out.push_str("=\"");
        for c in text_of(&key, value)?.chars() {
            match c {
                // a parser would read spaces: https://www.w3.org/TR/xml/#AVNormalize
                '\n' => out.push_str("&#10;"),
                '\t' => out.push_str("&#9;"),
                c => push(out, c),
            }
        }
        out.push('"');
    }
    let head = out.len();
    out.push('>');
    let text = match value.kind() {
        Kind::Object => value.get(TEXT).filter(|text| !text.is_null()).map(|text| text_of(TEXT, text)),
        Kind::Null => None,
        _ => Some(text_of(name, value)),
    };
    text.transpose()?.unwrap_or_default().chars().for_each(|c| push(out, c));
    for (key, value) in value.entries().filter(|(key, _)| !is_attribute(key) && key != TEXT) {
        element(out, &key, value)?;
    }
    if out.len() == head + 1 {
        out.truncate(head);
        out.push_str("/>");
    } else {
        push_name(out, "</", name)?;
        out.push('>');
    }
    Ok(())
}

/// The text of a value.
fn text_of(name: &str, value: Json<'_>) -> Result<String, XmlError> {
    let value = Val::Json(value);
    let found = value.kind_name();
    let text = value.to_text().map(Cow::into_owned);
    text.ok_or_else(|| XmlError::NotText { name: name.to_owned(), found })
}

fn push(out: &mut String, c: char) {
    match Markup::Xml.escaped(c) {
        Some(escaped) => out.push_str(escaped),
        None => out.push(c),
    }
}

fn push_name(out: &mut String, before: &str, name: &str) -> Result<(), XmlError> {
    if !is_xml_name(name) {
        return Err(XmlError::Name { name: name.to_owned() });
    }
    out.push_str(before);
    out.push_str(name);
    Ok(())
}

/// Returns whether elements and attributes can have a name: the production `QName` of Namespaces in XML 1.0, which has at most one prefix.
pub fn is_xml_name(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, local)) => is_part(prefix) && is_part(local),
        None => is_part(name),
    }
}

/// Whether a string is a name without a prefix: the production `Name` of XML 1.0, 2.3, without colons.
fn is_part(name: &str) -> bool {
    let starts = |c: char| {
        matches!(c, '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
            | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
            | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
            | '\u{10000}'..='\u{EFFFF}')
    };
    let goes_on = |c: char| {
        starts(c)
            || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
    };
    let mut chars = name.chars();
    chars.next().is_some_and(starts) && chars.all(goes_on)
}
