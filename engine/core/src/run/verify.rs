//! Bodies against their schemas.

use std::sync::Arc;

use jsonschema::Validator;

use crate::mapper::Rejection;
use crate::plan::{Body as BodyPlan, Call, Field, Form, Instruction};
use crate::run::Run;
use crate::run::request::{Body, Request};
use crate::source::Span;

impl Run<'_> {
    /// Checks a request's body against its operation's JSON Schema; a body without one is fine.
    ///
    /// # Errors
    /// The first violation, with its place in the body and the schema and the line of the mapping that made the value.
    pub fn verify(&self, request: &Request<'_>) -> Result<(), Box<Rejection>> {
        let call = self.flow.program.iter().find_map(|instruction| match instruction {
            Instruction::Call(call) if call.name == request.step => Some(call),
            _ => None,
        });
        let Some(call) = call else { return Ok(()) };
        let validator = self.mapper.plan.validators.get(call.operation).and_then(Option::as_ref);
        let (Some(validator), Some(Body::Json(bytes))) = (validator, &request.body) else { return Ok(()) };
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(bytes) else {
            return Err(Box::new(Rejection::new("schema_violation", "the body is not JSON")));
        };
        self.violation(validator, &body, call)
    }

    fn violation(
        &self,
        validator: &Arc<Validator>,
        body: &serde_json::Value,
        call: &Call,
    ) -> Result<(), Box<Rejection>> {
        // of several violations the deepest says most
        let errors = validator.iter_errors(body);
        let Some(error) = errors.max_by_key(|error| error.instance_path().to_string().matches('/').count())
        else {
            return Ok(());
        };
        let instance = error.instance_path().to_string();
        let names: Vec<&str> = instance.split('/').skip(1).collect();
        let (part, fields) = match &call.body {
            Some(BodyPlan::Part(part)) => match self.flow.parts.get(*part) {
                Some(part) => (part.name.as_str(), part.fields.as_slice()),
                None => ("body", [].as_slice()),
            },
            Some(BodyPlan::Fields(part)) => ("body", part.fields.as_slice()),
            None => ("body", [].as_slice()),
        };
        let span = field_span(fields, &names).unwrap_or(call.span);
        let field: Vec<&str> = std::iter::once(part).chain(names).collect();
        Err(Box::new(Rejection {
            field: Some(field.join(".")),
            mapping: Some(self.place(span)),
            schema: Some(error.schema_path().to_string()),
            ..Rejection::new("schema_violation", violation_text(&error))
        }))
    }
}

/// The row of the innermost field on the way.
fn field_span(fields: &[Field], names: &[&str]) -> Option<Span> {
    let (first, rest) = names.split_first()?;
    let field = fields.iter().find(|field| field.name == *first)?;
    match &field.row.form {
        Form::Object(inner) => field_span(inner, rest).or(Some(field.span)),
        _ => Some(field.span),
    }
}

/// The validator's words, in our style.
fn violation_text(error: &jsonschema::ValidationError<'_>) -> String {
    let text = error.to_string();
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
    }
}
