//! Properties: what holds for every event, tried with many that are made for the mapping.

mod bounds;
mod generate;
mod random;
mod shrink;

use serde_json::{Map, Value, json};

pub(crate) use self::generate::Generator;
use self::random::Random;
use self::shrink::shrunk;
use crate::limits::TEST_CASES;
use crate::play::{self, End, Played};
use crate::schemas::Schemas;
use crate::script::Script;
use crate::stated::StatedProperty;
use crate::update::test_of;
use crate::violation::shown as shown_value;
use mapwright_check::names::{What, name_read};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::failing_test::BrokenProperty;
use mapwright_findings::rules::schema_violation::Refusal;
use mapwright_language::spec::PropertySpec;
use mapwright_plan::mapper::{Mapper, Scratch};
use mapwright_plan::request::Request;
use mapwright_plan::sdk::SdkCall;

/// The number of events of a property that does not say how many.
const CASES: usize = 100;
/// A version that inherits a property tries it with one of so many events: it differs little from the one that is tried with all.
const INHERITED: usize = 5;
/// So many events are made for one to which a property applies.
const TRIES: usize = 10;

/// In which way a property does not hold.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The condition at this position does not hold, and what it has read.
    Must(usize, Vec<String>),
    /// A body violates its schema.
    Schema(Refusal),
}

impl Broken {
    /// Whether both are the same mistake: another value in the same place is.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Must(a, _), Self::Must(b, _)) => a == b,
            (Self::Schema(_), Self::Schema(_)) => true,
            _ => false,
        }
    }
}

/// Tries a property with as many events as it says. Returns how many it applied to, and why it fails. What is bound to settings comes with the time.
pub(crate) fn tried(
    StatedProperty { spec, inherited, .. }: &StatedProperty<'_>,
    generator: &Generator,
    (mapper, now): (&Mapper, i64),
    schemas: &Schemas,
) -> (usize, Option<BrokenProperty<'static>>) {
    let wrong = |message: String| BrokenProperty { message, ..BrokenProperty::default() };
    let wanted =
        spec.cases.as_ref().map_or(CASES, |cases| usize::try_from(cases.value).unwrap_or(usize::MAX));
    if !(1..=TEST_CASES).contains(&wanted) {
        let text = format!("`cases` is a number from 1 to {TEST_CASES} (limit `test_cases`), found {wanted}");
        return (0, Some(wrong(text)));
    }
    let wanted = if *inherited { wanted.div_ceil(INHERITED) } else { wanted };
    let seed = spec.seed.as_ref().map_or_else(|| random::seed(&spec.name.value), |seed| seed.value);
    let base = spec.event.as_ref().map(|event| event.to_json());
    let trial = Trial { spec, now, mapper, schemas, base };
    let mut scratch = Scratch::new();
    let mut cases = 0;
    for number in 0..wanted.saturating_mul(TRIES) {
        // each event has a beginning of its own, so that one more changes none before it
        let event = generator.event(&mut Random::of(seed, number as u64), number, trial.base.as_ref());
        match trial.judge(&event, &mut scratch) {
            None => continue,
            Some(Ok(())) => cases += 1,
            Some(Err(broken)) => return (cases + 1, Some(trial.broken(event, broken))),
        }
        if cases == wanted {
            break;
        }
    }
    if cases == 0 {
        let tried = wanted.saturating_mul(TRIES);
        return (
            0,
            Some(wrong(format!(
                "none of {tried} events meets `when`; state what they have in common in `event`"
            ))),
        );
    }
    (cases, None)
}

/// A property with what it is tried with.
struct Trial<'t> {
    spec: &'t PropertySpec,
    /// The time in epoch milliseconds.
    now: i64,
    mapper: &'t Mapper,
    schemas: &'t Schemas,
    /// What every event has.
    base: Option<Value>,
}

impl Trial<'_> {
    /// Says why a property fails, with the smallest event that shows it.
    fn broken(&self, event: Value, broken: Broken) -> BrokenProperty<'static> {
        let is_broken = |event: &Value| match self.judge(event, &mut Scratch::new()) {
            Some(Err(now)) => now.is_like(&broken),
            _ => false,
        };
        let event = shrunk(event, self.base.as_ref(), &is_broken);
        let broken = match self.judge(&event, &mut Scratch::new()) {
            Some(Err(broken)) => broken,
            _ => broken,
        };
        let (message, condition, made_by) = match &broken {
            Broken::Schema(refusal) => {
                (format!("a body violates its schema: {}", refusal.text), None, refusal.made_by.clone())
            }
            Broken::Must(at, values) => {
                let must = self.spec.must.get(*at);
                let text = must.map_or("it".to_owned(), |must| format!("`{}`", must.text));
                let values =
                    if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
                let span = must.map(|must| must.span);
                (format!("{text} does not hold for an event{values}"), span, Vec::new())
            }
        };
        let redactor = self.mapper.redactor();
        let settings = self.spec.settings.as_ref().map(|settings| redactor.redact_json(&settings.to_json()));
        let name = redactor.redact(&format!("{} (example)", self.spec.name.value)).into_owned();
        let test = test_of(&name, settings.as_ref(), &redactor.redact_json(&event));
        // a secret of several values
        let test = redactor.redact(&test).to_string();
        let message = redactor.redact(&message).to_string();
        BrokenProperty { message, condition, test: Some(test), made_by, settings: None, heir: None }
    }

    /// Says whether the property holds for an event; `None` if it says nothing of it.
    fn judge(&self, event: &Value, scratch: &mut Scratch) -> Option<Result<(), Broken>> {
        let bytes = event.to_string().into_bytes();
        let mut own = Scratch::new();
        let script = Script::bare(&self.spec.name, self.now);
        let played = play::play(self.mapper, &script, &bytes, &mut own);
        let mut seen = event.as_object()?.clone();
        seen.extend(self.became(&played));
        let seen = Value::Object(seen);
        let judged = self.mapper.judge(&seen, self.now, scratch, self.spec.name.span)?;
        if !judged.applies {
            return None;
        }
        if let Some(at) = judged.must.iter().position(|must| *must == Some(false)) {
            return Some(Err(Broken::Must(at, self.values(at, &seen, &played))));
        }
        let mut refused = played.sent().flat_map(|sent| played.refusals(sent, self.schemas));
        match refused.next() {
            Some(refusal) => Some(Err(Broken::Schema(refusal))),
            None => Some(Ok(())),
        }
    }

    /// What a condition has read of the event, of its payload and of what became of it, in words.
    fn values(&self, must: usize, seen: &Value, played: &Played<'_>) -> Vec<String> {
        let names = self.spec.must.get(must).map(|must| must.names.as_slice()).unwrap_or_default();
        let mut values = Vec::new();
        for name in names {
            let found = match name_read(name) {
                Some(What::Path(Root::Event, steps)) => at(seen, steps).cloned(),
                Some(What::Path(Root::Payload, [PathStep::Key(part), steps @ ..])) => {
                    // a part that is sent in another form is not shown
                    let Some(body) = played.body_of(part) else { continue };
                    at(&body, steps).cloned()
                }
                _ => continue,
            };
            let text = match found {
                // a part of a secret is one as well
                Some(value) => {
                    let value = shown_value(&value, self.mapper.redactor());
                    format!("`{}` is {value}", name.text())
                }
                None => format!("`{}` is missing", name.text()),
            };
            if !values.contains(&text) {
                values.push(text);
            }
        }
        values
    }

    /// What became of an event, as members that conditions can read.
    fn became(&self, played: &Played<'_>) -> Map<String, Value> {
        let redactor = self.mapper.redactor();
        // what no condition reads is not made
        let reads = |name: &str| {
            let mut conditions = self.spec.when.iter().chain(&self.spec.must);
            conditions.any(|condition| condition.text.contains(name))
        };
        let leaks = |request: &&Request<'_>| {
            let body = request.json().map(String::from_utf8_lossy).unwrap_or_default();
            redactor.redact(&request.url) != request.url.as_ref() || redactor.redact(&body) != body.as_ref()
        };
        let warnings: Value = played.warnings.iter().map(|warning| warning.code.as_str()).collect();
        let mut all = Map::new();
        let outcome = match &played.end {
            End::Skipped(skip) => {
                all.insert("skipped".to_owned(), skip.reason.as_str().into());
                "skipped"
            }
            End::Rejected(rejection) => {
                let said = json!({
                    "code": rejection.code, "message": rejection.message, "field": rejection.field,
                    "fault": rejection.fault.name(),
                });
                all.insert("rejection".to_owned(), said);
                "rejected"
            }
            _ => "mapped",
        };
        all.insert("outcome".to_owned(), outcome.into());
        if reads("requests") {
            all.insert("requests".to_owned(), played.requests.iter().map(shown).collect());
        }
        if reads("calls") {
            all.insert("calls".to_owned(), played.calls.iter().map(shown_call).collect());
        }
        if reads("leaks") {
            let of_calls =
                played.calls.iter().filter(|call| redactor.redact_bytes(call.json()) != call.json());
            let requests = played.requests.iter().filter(leaks).map(|request| request.step.as_ref());
            let leaks = requests.chain(of_calls.map(|call| call.step.as_str())).collect();
            all.insert("leaks".to_owned(), leaks);
        }
        all.insert("warnings".to_owned(), warnings);
        all
    }
}

/// What stands at a path.
fn at<'v>(value: &'v Value, steps: &[PathStep]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match step {
        PathStep::Key(key) => value.get(key),
        PathStep::Index(index) => value.get(*index),
    })
}

/// A call, as conditions read it.
fn shown_call(call: &SdkCall) -> Value {
    json!({
        "step": call.step, "operation": call.operation, "call": call.function, "arguments": call.arguments(),
    })
}

/// A request, as conditions read it.
fn shown(request: &Request<'_>) -> Value {
    let headers: Map<String, Value> =
        request.headers().map(|(name, value)| (name.to_lowercase(), value.into())).collect();
    let body = request.json().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    json!({
        "step": request.step, "operation": request.operation, "method": request.method, "url": request.url,
        "headers": headers, "body": body, "when": request.when, "rate": request.rate,
        "idempotent": request.idempotent,
    })
}
