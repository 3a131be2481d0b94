//! Compares results with expectations.

mod body;
mod call;
mod comparison;
mod count;
mod ending;
mod events;
mod request;
mod warnings;

use serde_json::Value;

pub(crate) use self::body::{equal, included, not_included};
use self::comparison::Comparison;
pub(crate) use self::comparison::Subject;
use self::count::Line;
pub(crate) use self::request::{lacking, redacted_in, redacted_in_call};
use crate::diff;
use crate::play::{End, Played};
use mapwright_findings::At;
use mapwright_findings::Texts;
use mapwright_findings::rules::failing_test::Difference;
use mapwright_language::spec::{ExpectSpec, OrderKeySpec, RejectedSpec, RequestSpec};
use mapwright_plan::mapper::{Mapper, Scratch};

/// Returns all differences between a case and its expectation.
pub(crate) fn compare(
    expect: &ExpectSpec,
    played: &Played<'_>,
    subject: Subject<'_>,
    texts: &Texts,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut comparison = Comparison { played, subject, texts, differences: &mut differences };
    match (&expect.requests, &expect.calls, &expect.rejected, &expect.skipped) {
        (Some(requests), ..) => comparison.sent(requests, expect),
        (_, Some(calls), ..) => comparison.called(calls, expect),
        (_, _, Some(rejected), _) => comparison.rejected(rejected),
        (_, _, _, Some(skipped)) => comparison.skipped(skipped),
        (None, None, None, None) => {}
    }
    if let Some(ends) = &expect.events {
        comparison.events(ends);
    } else {
        comparison.all_done();
    }
    comparison.script_used();
    comparison.unmatched();
    if let Some(warnings) = &expect.warnings {
        comparison.warnings("the warnings", warnings, &played.warnings);
    }
    if let Some(result) = &expect.result {
        comparison.result(result);
    }
    if let Some(order) = &expect.order {
        comparison.order(order);
    }
    if let Some(secrets) = &expect.secrets {
        comparison.secrets(secrets);
    }
    // nothing else comes of an event that is rejected
    let rejects = match &played.end {
        End::Rejected(rejection) if expect.rejected.is_none() => comparison.line_of(rejection),
        _ => None,
    };
    let unexplained = differences.iter_mut().filter(|difference| difference.made_by.is_empty());
    unexplained.for_each(|difference| difference.made_by.extend(rejects.map(|row| vec![row])));
    differences
}

impl Comparison<'_, '_> {
    fn rejected(&mut self, expected: &At<RejectedSpec>) {
        let End::Rejected(rejection) = &self.played.end else {
            let message = format!("expected a rejection, but {}", self.what_came());
            return self.differs(message, vec![(expected.span, "expected here".to_owned())], None);
        };
        self.rejection(expected, rejection);
    }

    fn skipped(&mut self, expected: &At<String>) {
        match &self.played.end {
            End::Skipped(skip) if expected.value == skip.rule => {}
            End::Skipped(skip) => self.line("the reason for the skip", expected, &skip.reason, None),
            _ => {
                let message = format!("expected a skip, but {}", self.what_came());
                self.differs(message, vec![(expected.span, "expected here".to_owned())], None);
            }
        }
    }

    fn what_came(&self) -> String {
        let count = match self.played.requests.len() {
            0 if self.played.calls.len() == 1 => "a call is made".to_owned(),
            0 if !self.played.calls.is_empty() => format!("{} calls are made", self.played.calls.len()),
            0 => "no request is made".to_owned(),
            1 => "a request is made".to_owned(),
            many => format!("{many} requests are made"),
        };
        match &self.played.end {
            End::Skipped(skip) => format!("the event is skipped: {}", skip.reason),
            End::Rejected(rejection) if self.played.requests.is_empty() => {
                format!("the event is rejected: {} (`{}`)", rejection.message, rejection.code)
            }
            End::Rejected(rejection) => {
                format!("{count}, then the run is rejected: {} (`{}`)", rejection.message, rejection.code)
            }
            End::Failed(failure) => format!("{count}, then the run fails: {failure} (`{}`)", failure.code),
            End::Preview | End::Done | End::Retry(_) | End::Unanswered => count,
        }
    }

    /// Reports an event that becomes nothing of a kind, since it is skipped or rejected, or becomes something else.
    pub(super) fn becomes_other<T>(
        &mut self,
        (one, many): (&str, &str),
        expected: &At<Vec<T>>,
        is_other: bool,
    ) -> bool {
        let (and, line) = match &self.played.end {
            End::Skipped(_) => (" and no skip", None),
            End::Rejected(rejection) => (" and no rejection", self.line_of(rejection)),
            _ if is_other => ("", None),
            _ => return false,
        };
        let wanted = match expected.value.is_empty() {
            true => format!("no {one}{and} is expected"),
            false => format!("{many} are expected"),
        };
        let places = match line {
            Some(span) => vec![(span, "this rejects the event".to_owned())],
            None => vec![(expected.span, expected_label(expected))],
        };
        self.differs(format!("{wanted}, but {}", self.what_came()), places, None);
        true
    }

    fn sent(&mut self, expected: &At<Vec<RequestSpec>>, expect: &ExpectSpec) {
        if self.becomes_other(("request", "requests"), expected, !self.played.calls.is_empty()) {
            return;
        }
        let found = &self.played.requests;
        if expected.value.len() == found.len() {
            for (at, (expected, found)) in expected.value.iter().zip(found).enumerate() {
                self.request(at, expected, found);
            }
        } else {
            self.count(expected);
        }
        self.ending(expect);
    }

    /// Reports a different number of requests.
    fn count(&mut self, expected: &At<Vec<RequestSpec>>) {
        let found = &self.played.requests;
        let wanted = expected.value.iter().map(|spec| {
            let stated = [&spec.step, &spec.method, &spec.url];
            let [step, method, url] = stated.map(|stated| stated.as_ref().map(|at| at.value.as_str()));
            Line { step, parts: vec![method, url] }
        });
        let came = found.iter().map(|found| Line {
            step: Some(found.step.as_ref()),
            parts: vec![Some(found.method), Some(found.url.as_ref())],
        });
        let (wanted, came) = (wanted.collect::<Vec<_>>(), came.collect::<Vec<_>>());
        let diff = count::diff_of("the requests", &wanted, &came);
        let one_more = found.get(expected.value.len()).map(|request| request.instruction);
        self.number(("request", "requests"), expected, found.len(), one_more, diff);
    }

    /// Reports a different number of what is made; `one_more`: the step of the first that is not expected.
    pub(super) fn number<T>(
        &mut self,
        (one, many): (&str, &str),
        expected: &At<Vec<T>>,
        found: usize,
        one_more: Option<usize>,
        diff: String,
    ) {
        let number = |count: usize| match count {
            0 => "none".to_owned(),
            1 => "one".to_owned(),
            many => many.to_string(),
        };
        let wanted = match expected.value.len() {
            0 => format!("no {one} is"),
            1 => format!("one {one} is"),
            count => format!("{count} {many} are"),
        };
        let came = match found {
            1 => "one is".to_owned(),
            count => format!("{} are", number(count)),
        };
        let mut places = vec![(expected.span, expected_label(expected))];
        let unexpected = one_more.and_then(|instruction| self.step(instruction));
        places.extend(unexpected.map(|call| (call.span, "this step makes one more".to_owned())));
        self.differs(format!("{wanted} expected, {came} made"), places, Some(diff));
    }

    fn result(&mut self, expected: &At<Value>) {
        let found = self.played.result.clone().unwrap_or(Value::Null);
        if expected.value == found {
            return;
        }
        let (wanted, came) = (diff::pretty(&expected.value), diff::pretty(&found));
        let places = vec![(expected.span, "expected here".to_owned())];
        self.differs("the result differs".to_owned(), places, Some(diff::of("the result", &wanted, &came)));
    }

    fn order(&mut self, expected: &At<Vec<OrderKeySpec>>) {
        let stated = |key: &OrderKeySpec| order_key(&key.key, &key.value, &key.steps);
        let wanted = At { value: expected.value.iter().map(stated).collect(), span: expected.span };
        let found = order_keys(self.subject);
        let found: Vec<String> =
            found.iter().map(|(key, value, steps)| order_key(key, value, steps)).collect();
        self.lines("the order keys", &wanted, &found);
    }

    fn secrets(&mut self, expected: &At<Vec<String>>) {
        self.lines("the secrets", expected, &secrets(self.subject));
    }
}

/// The order keys of an event: the name of each, its value, and the steps that it orders.
pub(crate) fn order_keys(Subject { mapper, event, now }: Subject<'_>) -> Vec<(String, String, Vec<String>)> {
    let mut scratch = Scratch::new();
    let keys = mapper.map(|mapper| mapper.order_keys(event, now, &mut scratch)).unwrap_or_default();
    let steps = keys.iter().map(|key| {
        let steps = key.steps.iter().flat_map(|steps| steps.names()).cloned().collect();
        (key.name.to_owned(), key.value.clone(), steps)
    });
    steps.collect()
}

/// The settings that hold secrets, sorted.
pub(crate) fn secrets(subject: Subject<'_>) -> Vec<String> {
    let plan = subject.mapper.map(Mapper::plan);
    let settings = plan.iter().flat_map(|plan| plan.settings());
    let secret = settings.filter(|setting| setting.holds_secrets).map(|setting| setting.name.to_owned());
    let mut found: Vec<String> = secret.collect();
    found.sort();
    found
}

/// An order key on one line.
fn order_key(key: &str, value: &str, steps: &[String]) -> String {
    match steps {
        [] => format!("{key}: {value}"),
        steps => format!("{key}: {value} (in {})", steps.join(", ")),
    }
}

fn expected_label<T>(expected: &At<Vec<T>>) -> String {
    if expected.value.is_empty() { "none is expected" } else { "these are expected" }.to_owned()
}
