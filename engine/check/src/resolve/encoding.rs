//! Bodies in encodings that cannot hold every object.

use crate::resolve::Resolver;
use mapwright_findings::Span;
use mapwright_findings::rules::invalid_value;
use mapwright_language::decode::Named;
use mapwright_language::spec::{Encoding, FIELD_ITEMS, FIELD_SPREAD, Form, OperationSpec, RowSpec};
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
        match operation.encoding.filter(|_| !is_item) {
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
}
