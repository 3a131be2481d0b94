//! Bodies in encodings that cannot hold every object.

use crate::resolve::Resolver;
use mapwright_findings::rules::invalid_value;
use mapwright_findings::{At, Span};
use mapwright_language::decode::Named;
use mapwright_language::spec::{Encoding, FIELD_ITEMS, FIELD_SPREAD, Form, OperationSpec, Role, RowSpec};
use mapwright_plan::encoding::is_xml_name;

impl Resolver<'_, '_> {
    /// Checks that the fields of a body, which is stated `at` a place, can be sent in the encoding of its operation.
    pub(crate) fn fits_encoding(&mut self, fields: &Named<RowSpec>, operation: &OperationSpec, at: Span) {
        let items = fields.iter().find(|(name, _)| name.value == FIELD_ITEMS);
        if let Some(encoding) =
            operation.encoding.filter(|encoding| items.is_some() && *encoding != Encoding::Json)
        {
            let message = format!("a list cannot be sent as `{}`", encoding.word());
            invalid_value::report(self.reports, at, message, "name the field of the list");
            return;
        }
        // the item of a batch is JSON, and what is sent is the body of the batch
        let is_item = operation.batch.as_ref().is_some_and(|batch| batch.operation.is_none());
        if !is_item {
            self.fields_fit(fields, operation.encoding, at);
        }
    }

    /// Checks that the body that several items share can be sent in the encoding of the operation that sends it.
    pub(crate) fn batch_fits_encoding(&mut self, body: &RowSpec, sent: &OperationSpec) {
        if let (Form::Object(fields), []) = (&body.form, body.conversions.as_slice()) {
            self.fields_fit(fields, sent.encoding, body.span);
        }
    }

    fn fields_fit(&mut self, fields: &Named<RowSpec>, encoding: Option<Encoding>, at: Span) {
        match encoding {
            None | Some(Encoding::Json | Encoding::Form) => {}
            Some(Encoding::Xml) => {
                let is_root = |name: &str| name != FIELD_SPREAD && !name.starts_with(['@', '#']);
                let roots = fields.iter().filter(|(name, _)| is_root(&name.value)).count();
                if roots != 1 || fields.len() != 1 {
                    let message = "a body in XML is one field with a name: its root element";
                    let advice = "write the elements in the `object` of one field";
                    invalid_value::report(self.reports, at, message, advice);
                }
                self.xml_names(fields);
                self.xml_prefixes(fields);
            }
        }
    }

    fn xml_names(&mut self, fields: &Named<RowSpec>) {
        for (name, row) in fields {
            let written = name.value.strip_prefix('@').unwrap_or(&name.value);
            let is_known = written == FIELD_SPREAD || written == "#text" || written.contains("{{");
            if !is_known && !is_xml_name(written) {
                let message = format!("`{written}` cannot be the name of an XML element or attribute");
                let advice = "it starts with a letter or `_`, and continues with letters, digits, `-`, `_`, `.` and `:`";
                invalid_value::report(self.reports, name.span, message, advice);
            }
            if let Form::Object(inner) = &row.form {
                self.xml_names(inner);
            }
        }
    }

    /// Reports prefixes of names that no element around them declares.
    fn xml_prefixes(&mut self, fields: &Named<RowSpec>) {
        for (name, row) in fields {
            self.xml_element(name, row, &[]);
        }
    }

    fn xml_element(&mut self, name: &At<String>, row: &RowSpec, outer: &[&str]) {
        let mut content = Content::default();
        content.add(row);
        let declared = content.fields.iter().filter_map(|(name, _)| name.value.strip_prefix("@xmlns:"));
        let declared: Vec<&str> = outer.iter().copied().chain(declared).collect();
        // attributes that are not written here may declare any prefix, for everything inside as well
        if content.is_open {
            return;
        }
        let attributes =
            content.fields.iter().map(|(name, _)| *name).filter(|name| name.value.starts_with('@'));
        for name in std::iter::once(name).chain(attributes) {
            let written = name.value.strip_prefix('@').unwrap_or(&name.value);
            let Some((prefix, _)) = written.split_once(':').filter(|_| is_xml_name(written)) else {
                continue;
            };
            if !["xml", "xmlns"].contains(&prefix) && !declared.contains(&prefix) {
                let message = format!("no element declares the prefix `{prefix}` of `{written}`");
                let advice = format!(
                    "add `\"@xmlns:{prefix}\": {{ value: … }}` with the namespace's URI to the element, or to one around it"
                );
                invalid_value::report(self.reports, name.span, message, advice);
            }
        }
        for (name, row) in content.fields.into_iter().filter(|(name, _)| !name.value.starts_with(['@', '#']))
        {
            self.xml_element(name, row, &declared);
        }
    }
}

/// What an element contains, as far as its row writes it.
#[derive(Default)]
struct Content<'r> {
    /// The elements and attributes, whichever alternative is sent.
    fields: Vec<(&'r At<String>, &'r RowSpec)>,
    /// Whether there may be others.
    is_open: bool,
}

impl<'r> Content<'r> {
    fn add(&mut self, row: &'r RowSpec) {
        self.is_open |= !row.conversions.is_empty();
        match &row.form {
            Form::Value(value) => self.is_open |= value.is_object() || value.is_array(),
            Form::Template(_) | Form::Written { .. } | Form::Join { .. } => {}
            Form::Source(_)
            | Form::RestOf { .. }
            | Form::Computed { .. }
            | Form::Each { key: Some(_), .. } => {
                self.is_open = true;
            }
            Form::First { key: Some(_), .. } => self.is_open = true,
            Form::First { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::Object(_)
            | Form::List(_)
            | Form::Each { .. }
            | Form::Switch { .. } => {}
        }
        for (role, inner) in row.inside() {
            match role {
                Role::Field(name) => {
                    let is_computed = name.value == FIELD_SPREAD || name.value.contains("{{");
                    self.is_open |= is_computed;
                    self.fields.extend((!is_computed).then_some((name, inner)));
                }
                Role::Alternative(_)
                | Role::Case(_)
                | Role::Otherwise
                | Role::Default
                | Role::MergePart(_)
                | Role::ConcatPart(_)
                | Role::Item(_)
                | Role::EachTo => self.add(inner),
                Role::ComputedTo
                | Role::JoinPart(_)
                | Role::EachList
                | Role::Key
                | Role::Template
                | Role::With(_)
                | Role::SwitchOn
                | Role::Operand(_) => {}
            }
        }
    }
}
