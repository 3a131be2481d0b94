//! Whether the responses of tests are what the API sends: what schemas of responses refuse in them.

use std::collections::{BTreeSet, HashMap};

use jsonschema::Validator;
use mapwright_check::Plans;
use mapwright_findings::rules::answer_violation;
use mapwright_findings::{Reports, Span};
use mapwright_plan::version::VersionPlan;
use serde_json::{Map, Value};

use crate::play::Played;
use crate::schemas::Schemas;
use crate::script::Script;
use crate::size::recursions;
use crate::violation::{located, violations};

/// The schemas of responses, each compiled when a test first has a response for it, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    compiled: HashMap<(String, String, String), Option<AnswerSchema>>,
    /// What has been reported: several cases and tests can share a response.
    known: BTreeSet<(Span, String)>,
}

#[derive(Debug)]
struct AnswerSchema {
    validator: Validator,
    recursions: usize,
}

impl Answers {
    /// Checks the responses that were used.
    pub(crate) fn check(
        &mut self,
        script: &Script<'_>,
        played: &Played<'_>,
        (plans, schemas): (&Plans, &Schemas),
        reports: &mut Reports,
    ) {
        let (Some(plan), Some(responses)) = (played.plan, &script.responses) else { return };
        let answered = played.requests.iter().take(played.used).zip(responses.iter().zip(script.answers));
        for (request, (response, stated)) in answered {
            let operation = plan.operations.iter().find(|known| known.name == request.operation);
            let name = operation.and_then(|operation| operation.answer_schema.as_deref());
            let (Some(name), 200..=299) = (name, response.status) else { continue };
            let Ok(body) = serde_json::from_slice::<Value>(&response.body) else { continue };
            let Some(AnswerSchema { validator, recursions }) = self.of(plan, name, plans) else { continue };
            for found in violations(validator, *recursions, &body, &[], &played.redactor) {
                let text = located("response.body", &found.path, &found.message);
                let text = played.redactor.redact(&text).into_owned();
                if self.known.insert((stated.span, text.clone())) {
                    let file = schemas.path(plan, name).unwrap_or(name);
                    answer_violation::report(reports, stated.span, &request.operation, &text, file);
                }
            }
        }
    }

    fn of(&mut self, plan: &VersionPlan, name: &str, plans: &Plans) -> Option<&AnswerSchema> {
        let destination = plan.destination.name.as_str();
        let key = (destination.to_owned(), plan.number.clone(), name.to_owned());
        let compiled = || {
            let known = plans.catalog().destinations.iter().find(|known| known.name == destination)?;
            let version = known.versions.iter().find(|version| version.number.0 == plan.number)?;
            let schema = version.schema(name)?.ok()?;
            // one that cannot be used is reported by itself
            let recursions = recursions(&schema).ok()?;
            let validator = jsonschema::validator_for(&in_part(&schema)).ok()?;
            Some(AnswerSchema { validator, recursions })
        };
        self.compiled.entry(key).or_insert_with(compiled).as_ref()
    }
}

/// Keywords with a map of schemas.
const MAPS: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];
/// Keywords with values that are no schemas.
const VALUES: [&str; 4] = ["const", "enum", "default", "examples"];
/// Keywords that say what has to be there, or what follows from what is there.
const WHOLE: [&str; 12] = [
    "required",
    "minProperties",
    "minItems",
    "contains",
    "minContains",
    "maxContains",
    "dependentRequired",
    "dependentSchemas",
    "not",
    "if",
    "then",
    "else",
];

/// Returns a schema of parts of a response: of which anything can be left out.
fn in_part(schema: &Value) -> Value {
    let members = match schema {
        Value::Object(members) => members,
        Value::Array(schemas) => return schemas.iter().map(in_part).collect(),
        other => return other.clone(),
    };
    let mut made = Map::new();
    let kept = members.iter().filter(|(key, _)| !WHOLE.contains(&key.as_str()));
    for (key, value) in kept {
        let value = match value {
            Value::Object(inner) if MAPS.contains(&key.as_str()) => {
                inner.iter().map(|(name, inner)| (name.clone(), in_part(inner))).collect()
            }
            value if VALUES.contains(&key.as_str()) => value.clone(),
            value => in_part(value),
        };
        made.insert(key.clone(), value);
    }
    // a part may be one of several alternatives
    if let Some(alternatives) = made.remove("oneOf") {
        let one = serde_json::json!({ "anyOf": alternatives });
        match made.get_mut("allOf") {
            Some(Value::Array(all)) => all.push(one),
            _ => drop(made.insert("allOf".to_owned(), Value::Array(vec![one]))),
        }
    }
    Value::Object(made)
}
