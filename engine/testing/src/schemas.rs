//! The body schemas of all versions, compiled.

use std::collections::{BTreeMap, HashMap};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ReferencingError as Error, ValidationError, Validator};
use serde_json::Value;

use mapwright_check::Plans;
use mapwright_findings::rules::invalid_schema;
use mapwright_findings::{Finding, Reports, Span};
use mapwright_language::catalog::Version;
use mapwright_language::schemas::SchemaFile;
use mapwright_plan::mapper::{Mapper, Plan};
use mapwright_plan::redact::Redactor;
use mapwright_plan::rejection::Rejection;
use mapwright_plan::request::Request;
use mapwright_plan::run::Run;
use mapwright_plan::run::provenance::Provenance;
use mapwright_plan::sdk::Calls;
use mapwright_plan::version::VersionPlan;

use crate::sent::Sent;
use crate::size::{Oversized, recursions};
use crate::violation::{Violation, violations, wording};

/// The body schemas of all versions, compiled once for many bodies.
///
/// ```
/// use mapwright_check::Spec;
/// use mapwright_findings::Sources;
/// use mapwright_plan::mapper::{Outcome, Scratch};
/// use mapwright_testing::Schemas;
///
/// let files: Sources = [
///     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.example.com] }"),
///     ("mappings/acme/1/version.yaml", "
/// version: '1'
/// server: { value: https://api.example.com }
/// operations:
///   save: { method: POST, path: /people, schema: person.json }
///   page: { call: Acme.page, arguments: [name], schema: page.json }"),
///     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
///     ("mappings/acme/1/page.yaml", "{ message: page, steps: { page: { operation: page } } }"),
///     ("schemas/acme/1/person.json", r#"{"properties": {"id": {"maxLength": 3}}}"#),
///     ("schemas/acme/1/page.json", r#"{"items": {"maxLength": 3}}"#),
/// ].into_iter().collect();
/// let plans = Spec::load(&files).check()?.compile();
/// let (schemas, settings) = (Schemas::new(&plans), serde_json::json!({}));
/// let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
/// let mut scratch = Scratch::new();
///
/// let Outcome::Mapped(mut run) = mapper.map(r#"{"type": "identify", "userId": "long"}"#, 0, &mut scratch) else { panic!() };
/// let request = run.request()?.expect("a request").into_owned();
/// assert_eq!(schemas.verify(&run, &request).unwrap_err().code, "schema_violation");
///
/// let Outcome::Calls(calls) = mapper.map(r#"{"type": "page", "name": "long"}"#, 0, &mut scratch) else { panic!() };
/// assert_eq!(schemas.verify_calls(&mapper, &calls).unwrap_err().code, "schema_violation");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Schemas {
    /// By destination and version.
    versions: HashMap<(String, String), BTreeMap<String, CompiledSchema>>,
    findings: Vec<Finding>,
}

/// A schema that can be used.
#[derive(Debug)]
pub(crate) struct CompiledSchema {
    /// What holds bodies against it.
    pub validator: Validator,
    /// How often it refers to itself.
    pub recursions: usize,
    /// The file, as findings show it.
    pub path: String,
}

impl Schemas {
    /// Compiles the schemas of all versions; those that cannot be used are [findings](Self::findings).
    pub fn new(plans: &Plans) -> Self {
        let (catalog, mut reports) = (plans.catalog(), Reports::default());
        let mut versions = HashMap::new();
        for destination in &catalog.destinations {
            for version in &destination.versions {
                let compiled = compile(version, catalog.texts.as_ref(), &mut reports);
                versions.insert((destination.name.clone(), version.number.0.clone()), compiled);
            }
        }
        Self { versions, findings: reports.into_findings(&catalog.texts) }
    }

    /// Returns findings about schemas that are JSON and not valid JSON Schemas, by position.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What has a schema of a request or a call of that plan: the item that it adds to a batch, and its body or arguments.
    pub(crate) fn of<'b>(
        &self,
        plan: &VersionPlan,
        sent: Sent<'b>,
    ) -> impl Iterator<Item = (&CompiledSchema, Checked<'b>)> {
        let version = self.versions.get(&(plan.destination.name.clone(), plan.number.clone()));
        let operation = plan.operations.iter().find(|operation| operation.name == sent.operation);
        let batch = operation.and_then(|operation| operation.batch.as_ref());
        let item = batch.and_then(|batch| Some((batch.schema.as_ref()?, sent.item?)));
        let item = item.map(|(schema, json)| (schema, Checked { json, of_part: true }));
        let body = operation.and_then(|operation| Some((operation.schema.as_ref()?, sent.json?)));
        // with a batch of its own, the body is made of items
        let of_part = batch.is_none_or(|batch| batch.many.is_some());
        let body = body.map(|(schema, json)| (schema, Checked { json, of_part }));
        let all = item.into_iter().chain(body);
        all.filter_map(move |(schema, checked)| Some((version?.get(schema)?, checked)))
    }

    /// The file of a schema of that plan, as findings show it.
    pub(crate) fn path(&self, plan: &VersionPlan, schema: &str) -> Option<&str> {
        let version = self.versions.get(&(plan.destination.name.clone(), plan.number.clone()))?;
        Some(version.get(schema)?.path.as_str())
    }

    /// Returns everything that a schema of a version refuses in a body, up to a bound; nothing if the version has no schema of that name.
    pub fn refused(&self, plan: &Plan, schema: &str, body: &Value) -> Vec<Violation> {
        let version = (plan.destination().to_owned(), plan.version().to_owned());
        let schema = self.versions.get(&version).and_then(|schemas| schemas.get(schema));
        schema.map_or_else(Vec::new, |schema| {
            violations(&schema.validator, schema.recursions, body, &[], &Redactor::default())
        })
    }

    /// Checks a request's body against its operation's JSON Schema: the JSON body, or what a form is made of; of a request that may stand for
    /// several, its item too. A body without a schema is fine, and so is what stands in a preview for a value that is not known before a response.
    ///
    /// # Errors
    /// The first violation, with its place in the body and the schema and the line of the mapping that made the value.
    pub fn verify(&self, run: &Run<'_>, request: &Request<'_>) -> Result<(), Box<Rejection>> {
        self.verify_sent(run.provenance(), request.into())
    }

    /// Checks the arguments of calls against the JSON Schemas of their operations, as [`verify`](Self::verify) checks bodies. `mapper`: the one that
    /// made them.
    ///
    /// # Errors
    /// The first violation, with its place in the arguments and the schema and the line of the mapping that made the value.
    pub fn verify_calls(&self, mapper: &Mapper, calls: &Calls) -> Result<(), Box<Rejection>> {
        let Some(provenance) = Provenance::of_calls(mapper.as_ref(), calls) else { return Ok(()) };
        calls.calls.iter().try_for_each(|call| self.verify_sent(provenance, call.into()))
    }

    fn verify_sent(&self, provenance: Provenance<'_>, sent: Sent<'_>) -> Result<(), Box<Rejection>> {
        let Some(call) = provenance.call(sent.instruction) else { return Ok(()) };
        for (schema, checked) in self.of(provenance.plan, sent) {
            let Ok(body) = serde_json::from_slice::<Value>(checked.json) else {
                return Err(Box::new(Rejection::new("schema_violation", "the body is not JSON")));
            };
            // of several violations the deepest says most
            let waiting = provenance.waiting(sent.is_preview);
            let found =
                violations(&schema.validator, schema.recursions, &body, waiting, &Redactor::default());
            let Some(violation) = found.into_iter().max_by_key(|found| found.path.len()) else { continue };
            let names = violation.path.iter().map(String::as_str);
            let part = if checked.of_part { provenance.part(call) } else { "body" };
            let field: Vec<&str> = std::iter::once(part).chain(names).collect();
            let made = provenance.body(call, &violation.path).filter(|_| checked.of_part);
            let place = provenance.plan.place(made.unwrap_or(call.span));
            let mut rejection = Box::new(Rejection::new("schema_violation", violation.message));
            rejection.field = Some(field.join("."));
            rejection.mapping = Some(format!("{}:{}", place.path, place.line));
            rejection.schema = Some(violation.schema);
            return Err(rejection);
        }
        Ok(())
    }
}

/// JSON that has a schema.
#[derive(Clone, Copy)]
pub(crate) struct Checked<'b> {
    pub json: &'b [u8],
    /// Whether it is a payload part as it is.
    pub of_part: bool,
}

fn compile(
    version: &Version,
    texts: &mapwright_findings::Texts,
    reports: &mut Reports,
) -> BTreeMap<String, CompiledSchema> {
    let schemas = version.schemas.iter();
    let compiled = schemas.filter_map(|(name, file)| {
        let (validator, recursions) = validator(version, name, file, reports)?;
        let mut path = texts.place(Span { file: file.file, start: 0, end: 0 }).path;
        if let Some(patch) = file.patches.last() {
            path = format!("{path}`, changed by `{}", texts.place(patch.span).path);
        }
        Some((name.clone(), CompiledSchema { validator, recursions, path }))
    });
    compiled.collect()
}

/// The types of JSON Schema.
const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/// The text at the keyword `type`, or in its list, that is no type.
fn misspelt_type<'e>(path: &[String], found: &'e Value) -> Option<&'e str> {
    let (last, before) = path.split_last()?;
    // a property can have that name too
    let is_keyword = last == "type" && before.last().is_none_or(|outer| outer != "properties");
    let words = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
    words.iter().filter_map(Value::as_str).find(|word| is_keyword && !TYPES.contains(word))
}

/// A file that is not JSON is reported where names are resolved.
fn validator(
    version: &Version,
    name: &str,
    file: &SchemaFile,
    reports: &mut Reports,
) -> Option<(Validator, usize)> {
    let schema = version.schema(name)?.ok()?;
    let whole = Span { file: file.file, start: 0, end: 1 };
    let recursions = match recursions(&schema) {
        Ok(recursions) => recursions,
        Err(Oversized::Limit(problem)) => {
            invalid_schema::report_large(reports, whole, name, &problem);
            return None;
        }
        Err(Oversized::Circle { path, reference }) => {
            invalid_schema::report_circle(reports, file.span(&path), name, &reference);
            return None;
        }
    };
    match jsonschema::validator_for(&schema) {
        Ok(validator) => Some((validator, recursions)),
        Err(error) => {
            unusable(name, file, &schema, &error, reports);
            None
        }
    }
}

/// Reports why a schema cannot be used.
fn unusable(
    name: &str,
    file: &SchemaFile,
    schema: &Value,
    error: &ValidationError<'_>,
    reports: &mut Reports,
) {
    let path: Vec<String> = error.instance_path().segments().map(|step| step.to_string()).collect();
    let span = file.span(&path);
    let refers = |is: &dyn Fn(&str) -> bool| {
        let path = reference(schema, is)?;
        let text = path.iter().try_fold(schema, |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        });
        Some((file.span(&path), text?.as_str()?))
    };
    match error.kind() {
        ValidationErrorKind::Referencing(Error::Unretrievable { uri, .. }) => {
            let is = |text: &str| text.split('#').next() == Some(uri.as_str());
            let (span, _) = refers(&is).unwrap_or((span, ""));
            invalid_schema::report_address(reports, span, name, uri);
        }
        ValidationErrorKind::Referencing(
            Error::PointerToNowhere { pointer: place } | Error::NoSuchAnchor { anchor: place },
        ) => {
            let is = |text: &str| text.strip_prefix('#') == Some(place.as_str());
            let (span, text) = refers(&is).unwrap_or((span, place));
            invalid_schema::report_nowhere(reports, span, name, text);
        }
        ValidationErrorKind::Format { format } if format == "regex" && is_too_large(error.instance()) => {
            invalid_schema::report_pattern(reports, span, name);
        }
        _ => match misspelt_type(&path, error.instance()) {
            Some(word) => invalid_schema::report_type(reports, span, name, word, &TYPES),
            None => invalid_schema::report_bad(reports, span, name, &wording(error, &Redactor::default())),
        },
    }
}

fn is_too_large(pattern: &Value) -> bool {
    pattern.as_str().is_some_and(mapwright_convert::is_too_large)
}

/// The first reference for which something holds.
fn reference(schema: &Value, is: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let below = |step: String, value: &Value| {
        let mut path = reference(value, is)?;
        path.insert(0, step);
        Some(path)
    };
    match schema {
        Value::Object(members) => members.iter().find_map(|(key, value)| match value {
            Value::String(text) => (key == "$ref" && is(text)).then(|| vec![key.clone()]),
            value => below(key.clone(), value),
        }),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, value)| below(at.to_string(), value)),
        _ => None,
    }
}
