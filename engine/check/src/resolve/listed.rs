//! Parts that are sent as a list: their only field, `"[]"`, is the list.

use crate::resolve::Resolver;
use mapwright_convert::{Type, find};
use mapwright_findings::rules::invalid_value;
use mapwright_language::decode::Named;
use mapwright_language::spec::{FIELD_ITEMS, RowSpec};
use mapwright_plan::plan::{Field, Form, Row};

impl Resolver<'_, '_> {
    /// Whether a part is sent as a list. Such a part has no other field, and its row no value that is known not to be one.
    pub(crate) fn is_list(&mut self, fields: &Named<RowSpec>, built: &[Field]) -> bool {
        let Some((name, _)) = fields.iter().find(|(name, _)| name.value == FIELD_ITEMS) else { return false };
        if fields.len() > 1 {
            let message = "a part that is sent as a list has no other fields";
            let advice =
                "write what the items have in common in the row of `\"[]\"`, or name the field of the list";
            invalid_value::report(self.reports, name.span, message, advice);
            return false;
        }
        if let Some(field) = built.first().filter(|field| is_other(&field.row)) {
            let message = "a part with the field `\"[]\"` is sent as a list, and this is none";
            let advice = "write `each: …, to: …`, a `list: […]`, or `as: list`";
            invalid_value::report(self.reports, field.row.span, message, advice);
        }
        true
    }
}

/// Whether a row has a value that is not a list, if it has one.
fn is_other(row: &Row) -> bool {
    if let Some(last) = row.conversions.last() {
        let gives = find(last.name()).map(|definition| definition.gives);
        return gives.is_some_and(|gives| !matches!(gives, Type::List | Type::Any));
    }
    match &row.form {
        Form::Value(value) => !value.value.is_array(),
        Form::First(rows) => !rows.is_empty() && rows.iter().all(is_other),
        Form::Switch { cases, otherwise, .. } => {
            let mut rows = cases.iter().map(|(_, row)| row).chain(otherwise.as_deref());
            !cases.is_empty() && rows.all(is_other)
        }
        Form::Template(_) | Form::Join { .. } | Form::Merge(_) | Form::RestOf(_) | Form::Computed { .. } => {
            true
        }
        Form::Each { key, .. } => key.is_some(),
        // a single object is a list of one
        Form::Object(_) | Form::Places(_) | Form::Member { .. } | Form::Concat(_) | Form::List(_) => false,
        Form::Combined { .. } | Form::Written { .. } => false,
    }
}
