//! Names in XML with prefixes: what these stand for, and what readers with namespaces refuse.

use mapwright_findings::At;
use mapwright_findings::rules::invalid_value;
use mapwright_language::spec::{Form, RowSpec};

use crate::resolve::Resolver;

/// What the prefix `xml` always stands for.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What the prefix `xmlns` always stands for.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A prefix that an element declares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix<'r> {
    pub name: &'r str,
    /// What it stands for, if that is a constant.
    uri: Option<&'r str>,
}

impl<'r> Prefix<'r> {
    /// The prefix that an attribute declares.
    pub(crate) fn declared(attribute: &'r At<String>, row: &'r RowSpec) -> Option<Self> {
        let name = attribute.value.strip_prefix("@xmlns:")?;
        Some(Self { name, uri: constant(row) })
    }
}

impl Resolver<'_, '_> {
    /// Checks the prefix that an element has, and those that it declares: two of them are never declared.
    pub(crate) fn xml_prefixes(&mut self, element: &At<String>, fields: &[(&At<String>, &RowSpec)]) {
        let written = &element.value;
        if written.starts_with("xmlns:") {
            let message =
                format!("`{written}` is no name of an element: the prefix `xmlns` is for attributes");
            let advice = format!("write `\"@{written}\"` to declare a prefix, or choose another name");
            invalid_value::report(self.reports, element.span, message, advice);
        }
        for (name, row) in fields {
            let prefix = match name.value.strip_prefix("@xmlns") {
                Some("") => "",
                Some(rest) => match rest.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            let uri = constant(row);
            let message = match (prefix, uri) {
                ("xmlns", _) => "the prefix `xmlns` cannot be declared".to_owned(),
                ("xml", Some(XML)) => continue,
                ("xml", _) => format!("the prefix `xml` always stands for `{XML}`"),
                (_, Some(XML)) => format!("`{XML}` always has the prefix `xml`"),
                (_, Some(XMLNS)) => format!("`{XMLNS}` always has the prefix `xmlns`"),
                _ => continue,
            };
            let advice = "remove it, or declare another prefix with the URI that the API states";
            invalid_value::report(self.reports, name.span, message, advice);
        }
    }

    /// Checks that no two attributes of an element are the same by what their prefixes stand for.
    pub(crate) fn xml_attributes(&mut self, element: &RowSpec, declared: &[Prefix<'_>]) {
        let (Form::Object(fields), []) = (&element.form, element.conversions.as_slice()) else { return };
        let mut known: Vec<(&str, &str, &str)> = Vec::new();
        // of conditions, one may hold where the other does not
        for (name, _) in fields.iter().filter(|(_, row)| row.when.is_none() && row.unless.is_none()) {
            let split = name.value.strip_prefix('@').and_then(|name| name.split_once(':'));
            let Some((prefix, local)) = split else { continue };
            // the nearest declaration counts
            let Some(uri) = declared.iter().rfind(|of| of.name == prefix).and_then(|of| of.uri) else {
                continue;
            };
            let Some((.., first)) = known.iter().find(|(other, of, _)| *other == uri && *of == local) else {
                known.push((uri, local, &name.value));
                continue;
            };
            let message = format!(
                "`{}` is the same attribute as `{first}`: both prefixes stand for `{uri}`",
                name.value
            );
            let advice = "remove one of them, or correct its prefix";
            invalid_value::report(self.reports, name.span, message, advice);
        }
    }
}

/// The text that a row always is.
fn constant(row: &RowSpec) -> Option<&str> {
    row.form.value().filter(|_| row.conversions.is_empty())?.as_str()
}
