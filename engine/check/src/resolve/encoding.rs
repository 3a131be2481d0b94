//! Bodies in encodings that cannot hold every object.

use crate::resolve::Resolver;
use crate::resolve::namespaces::Prefix;
use mapwright_convert::{Root, Source, Type, find};
use mapwright_findings::rules::invalid_value;
use mapwright_findings::{At, Span};
use mapwright_language::decode::Named;
use mapwright_language::spec::{Encoding, FIELD_ITEMS, FIELD_SPREAD, Form, OperationSpec, Role, RowSpec};
use mapwright_plan::encoding::is_xml_name;

/// The documents whose fields a mapping does not write.
const OF_EVENTS: [Root; 5] = [Root::Event, Root::Item, Root::Settings, Root::Now, Root::Version];

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
            self.fields_fit(fields, operation.encoding, at, PathContent::Text);
        }
    }

    /// Checks that the body that several items share can be sent in the encoding of the operation that sends it.
    pub(crate) fn batch_fits_encoding(&mut self, body: &RowSpec, sent: &OperationSpec) {
        if let (Form::Object(fields), []) = (&body.form, body.conversions.as_slice()) {
            self.fields_fit(fields, sent.encoding, body.span, PathContent::Fields);
        }
    }

    fn fields_fit(
        &mut self,
        fields: &Named<RowSpec>,
        encoding: Option<Encoding>,
        at: Span,
        read: PathContent,
    ) {
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
                for (name, row) in fields {
                    self.xml_names(name, row, read);
                    self.xml_element(name, row, &[], read);
                }
            }
        }
    }

    fn xml_names(&mut self, name: &At<String>, row: &RowSpec, read: PathContent) {
        let written = name.value.strip_prefix('@').unwrap_or(&name.value);
        let is_known = written == FIELD_SPREAD || written == "#text" || written.contains("{{");
        if !is_known && !is_xml_name(written) {
            let message = format!("`{written}` cannot be the name of an XML element or attribute");
            let advice =
                "it starts with a letter or `_`, and continues with letters, digits, `-`, `_`, `.` and `:`";
            invalid_value::report(self.reports, name.span, message, advice);
        }
        for (name, row) in Content::of(row, read).fields {
            self.xml_names(name, row, read);
        }
    }

    /// Reports prefixes of names that no element around them declares.
    fn xml_element(&mut self, name: &At<String>, row: &RowSpec, outer: &[Prefix<'_>], read: PathContent) {
        let content = Content::of(row, read);
        let is_given =
            |row: &RowSpec| !matches!(&row.form, Form::Value(value) if value.is_null() || value == "");
        let given = content.fields.iter().filter(|(_, row)| is_given(row));
        let declared = given.filter_map(|(name, row)| Prefix::declared(name, row));
        let declared: Vec<Prefix<'_>> = outer.iter().copied().chain(declared).collect();
        self.xml_prefixes(name, &content.fields);
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
            if !["xml", "xmlns"].contains(&prefix) && !declared.iter().any(|declared| declared.name == prefix)
            {
                let message = format!("no element declares the prefix `{prefix}` of `{written}`");
                let advice = format!(
                    "add `\"@xmlns:{prefix}\": {{ value: … }}` with the namespace's URI to the element, or to one around it"
                );
                invalid_value::report(self.reports, name.span, message, advice);
            }
        }
        self.xml_attributes(row, &declared);
        for (name, row) in content.fields.into_iter().filter(|(name, _)| !name.value.starts_with(['@', '#']))
        {
            self.xml_element(name, row, &declared, read);
        }
    }
}

/// What the paths of a body read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PathContent {
    /// Text of an event: it declares no prefix.
    Text,
    /// Items of a batch, whose fields the mapping writes.
    Fields,
}

/// The content of an element, as far as its row states it.
struct Content<'r> {
    /// The elements and attributes, whichever alternative is sent.
    fields: Vec<(&'r At<String>, &'r RowSpec)>,
    /// Whether there may be others.
    is_open: bool,
    read: PathContent,
}

impl<'r> Content<'r> {
    fn of(row: &'r RowSpec, read: PathContent) -> Self {
        let mut content = Content { fields: Vec::new(), is_open: false, read };
        content.add(row);
        content
    }

    fn add(&mut self, row: &'r RowSpec) {
        let last = row.conversions.last().map(|call| find(&call.name.value).map(|found| found.gives));
        if let Some(Some(Type::Text | Type::Number | Type::Integer | Type::Boolean)) = last {
            return;
        }
        self.is_open |= last.is_some();
        match &row.form {
            Form::Value(value) => self.is_open |= value.is_object() || value.is_array(),
            Form::Template(_) | Form::Written { .. } | Form::Join { .. } => {}
            Form::Source(source) => {
                let is_read = matches!(&source.value, Source::Path(path) if OF_EVENTS.contains(&path.root));
                self.is_open |= self.read == PathContent::Fields || !is_read;
            }
            Form::RestOf { .. } | Form::Computed { .. } | Form::Each { key: Some(_), .. } => {
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
                    match name.value == FIELD_SPREAD {
                        true => self.add(inner),
                        false => self.fields.extend((!is_computed).then_some((name, inner))),
                    }
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
