//! What the mapping `check` says that an API defines: the member `declared` of its result.

use crate::resolve::Resolver;
use mapwright_findings::rules::{invalid_value, missing_key};
use mapwright_findings::{At, Span};
use mapwright_language::catalog::Mapping;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{ArgsSpec, Form, RowSpec};
use serde_json::Value;

/// The mapping whose result says it.
const CHECK: &str = "check";
/// The member of the result.
const DECLARED: &str = "declared";
/// The members of a definition.
const MEMBERS: [&str; 5] = ["name", "type", "takes", "options", "archived"];
/// The types of values, as [`Declared::type_name`](mapwright_plan::declared::Declared::type_name) says them.
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

impl<'c> Resolver<'c, '_> {
    /// Checks that the definitions have the members that they are compared by.
    pub(crate) fn definitions_shown(&mut self, mapping: &'c Mapping) {
        if !mapping.spec.command || mapping.message != CHECK {
            return;
        }
        let Some(RowSpec { form: Form::Object(kinds), .. }) = by_name(&mapping.spec.result, DECLARED) else {
            return;
        };
        let operations = self.version.spec.operations.iter();
        let known: Vec<&str> = operations
            .flat_map(|(_, operation)| operation.declared.iter().map(|(kind, _)| kind.value.as_str()))
            .collect();
        for (kind, row) in kinds {
            if !known.contains(&kind.value.as_str()) {
                let message = format!("no operation has the kind `{}` in its `declared`", kind.value);
                let help = self.reports.suggest(&kind.value, known.iter());
                invalid_value::report(self.reports, kind.span, message, help);
            }
            if let Form::Each { to, key: None, .. } = &row.form {
                self.definition(to);
            }
            if let Form::List(rows) = &row.form {
                rows.iter().for_each(|row| self.definition(row));
            }
        }
    }

    /// Checks one definition.
    fn definition(&mut self, row: &'c RowSpec) {
        match &row.form {
            Form::Object(members) => self.members(members, row.span),
            // what another row makes is not known
            Form::First { .. } | Form::Switch { .. } | Form::Merge(_) => {}
            Form::Source(_)
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::RestOf { .. }
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Each { .. } => self.no_name(row.span),
        }
    }

    fn members(&mut self, members: &'c Named<RowSpec>, span: Span) {
        for (name, row) in members {
            if !MEMBERS.contains(&name.value.as_str()) {
                let message = format!("a definition has no member `{}`", name.value);
                let help = self.reports.suggest(&name.value, MEMBERS);
                invalid_value::report(self.reports, name.span, message, help);
            }
            if name.value == "takes" {
                self.takes(row);
            }
        }
        if by_name(members, "name").is_none() {
            self.no_name(span);
        }
    }

    fn no_name(&mut self, span: Span) {
        let doc = "the name that events are compared by, such as `name: item.name`";
        missing_key::report::<()>(self.reports, span, "name", "a definition", doc);
    }

    /// Checks the types that the mapping states itself: constants, and the values of a table.
    fn takes(&mut self, row: &'c RowSpec) {
        if let Form::Value(value) = &row.form {
            self.type_names(value, row.span);
        }
        if let Form::Switch { cases, otherwise, .. } = &row.form {
            cases.iter().for_each(|(_, row)| self.takes(row));
            otherwise.iter().for_each(|row| self.takes(row));
        }
        if let Some(last) = row.conversions.last().filter(|last| last.name.value == "lookup")
            && let ArgsSpec::First(At { value: Value::String(table), .. }) = &last.args
            && let Some(table) = self.shared.tables.get(table.as_str()).cloned()
        {
            table.values().for_each(|value| self.type_names(value, last.name.span));
        }
    }

    fn type_names(&mut self, value: &Value, span: Span) {
        let names = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for name in names {
            if name.as_str().is_some_and(|name| TYPES.contains(&name)) {
                continue;
            }
            let shown = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            let message = format!("`{shown}` is not a type of values");
            let help = format!("the types are {}", TYPES.map(|name| format!("`{name}`")).join(", "));
            invalid_value::report(self.reports, span, message, help);
        }
    }
}
