//! The exact outcome of an event, however it is given and whoever listens.

use mapwright::{
    BatchItem, Event, Mapper, Outcome, OwnedOutcome, OwnedRun, Progress, Rejection, Request, Response,
    Scratch, SdkCall, Warning,
};
use serde_json::Value;

use crate::NOW;

/// The exact outcome of an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct End {
    /// The requests, in order.
    pub requests: Vec<Shown>,
    /// The warnings, in order.
    pub warnings: Vec<Warning>,
    /// The rejection of the event.
    pub rejection: Option<Rejection>,
    /// The reason why it is skipped.
    pub skip: Option<String>,
}

/// A request of an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Step, method and URL.
    pub line: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, which is text.
    pub body: Option<String>,
    /// In a preview: the condition.
    pub when: Option<String>,
    /// What it adds to a request that it may share, and what decides which requests those are.
    pub item: Vec<String>,
}

fn called(call: &SdkCall) -> Shown {
    Shown {
        line: format!("{} {}", call.step, call.function),
        headers: Vec::new(),
        body: Some(String::from_utf8(call.json().to_vec()).unwrap()),
        when: None,
        item: Vec::new(),
    }
}

fn item(item: &BatchItem) -> Vec<String> {
    let own = [item.operation().to_owned(), format!("{:?} {}", item.id(), item.is_alone())];
    let by = item.by().map(|value| value.unwrap_or("nothing").to_owned());
    own.into_iter().chain(by).chain([String::from_utf8_lossy(item.json()).into_owned()]).collect()
}

fn shown(request: &Request<'_>) -> Shown {
    Shown {
        line: format!("{} {} {}", request.step, request.method, request.url),
        headers: request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: request.body.as_ref().map(|body| String::from_utf8(body.bytes().to_vec()).unwrap()),
        when: request.when.clone(),
        item: request.batch().map(item).unwrap_or_default(),
    }
}

impl End {
    fn of(
        outcome: Outcome<'_>,
        finish: impl FnOnce(&mut mapwright::Run<'_>) -> Result<Vec<Shown>, Box<Rejection>>,
    ) -> Self {
        let mut end = End::default();
        match outcome {
            Outcome::Mapped(mut run) => {
                match finish(&mut run) {
                    Ok(requests) => end.requests = requests,
                    Err(rejection) => end.rejection = Some(*rejection),
                }
                end.warnings = run.warnings().to_vec();
            }
            Outcome::Calls(calls) => {
                end.requests = calls.calls.iter().map(called).collect();
                end.warnings = calls.warnings;
            }
            Outcome::Skipped { skip, .. } => end.skip = Some(skip.reason),
            Outcome::Rejected { rejection, .. } => end.rejection = Some(*rejection),
        }
        end
    }

    /// Returns the outcome with normalized strings and numbers, and without messages, which quote them as written.
    #[must_use]
    pub fn normal(mut self) -> Self {
        for request in &mut self.requests {
            for text in request.body.iter_mut().chain(&mut request.item) {
                if let Ok(value) = serde_json::from_str::<Value>(text) {
                    *text = value.to_string();
                }
            }
        }
        self.warnings.iter_mut().for_each(|warning| warning.message.clear());
        self.rejection.iter_mut().for_each(|rejection| rejection.message.clear());
        self
    }
}

/// Returns the preview of an event.
pub fn previewed(mapper: &Mapper, event: Event<'_>, scratch: &mut Scratch) -> End {
    End::of(mapper.map(event, NOW, scratch), |run| Ok(run.preview()?.iter().map(shown).collect()))
}

/// Returns the explanation of an event.
pub fn explained(mapper: &Mapper, event: Event<'_>, scratch: &mut Scratch) -> End {
    let explanation = mapper.explain(event, NOW, scratch);
    let mut end = End { warnings: explanation.warnings, ..End::default() };
    match explanation.became {
        mapwright::Became::Mapped(requests) => end.requests = requests.iter().map(shown).collect(),
        mapwright::Became::Calls(calls) => end.requests = calls.iter().map(called).collect(),
        mapwright::Became::Skipped(skip) => end.skip = Some(skip.reason),
        mapwright::Became::Rejected(rejection) => end.rejection = Some(*rejection),
    }
    end
}

/// Drives a run to its end. `answer` gets the step and the number of requests before it.
pub fn driven(
    mapper: &Mapper,
    event: Event<'_>,
    scratch: &mut Scratch,
    answer: impl Fn(&Request<'_>, usize) -> Response,
) -> End {
    End::of(mapper.map(event, NOW, scratch), |run| {
        let mut sent = Vec::new();
        while let Some(request) = run.request()? {
            let response = answer(&request, sent.len());
            sent.push(shown(&request));
            if sent.len() > MOST_REQUESTS || !matches!(run.respond(&response, NOW), Ok(Progress::Next)) {
                break;
            }
        }
        Ok(sent)
    })
}

/// Drives an owned run to its end, in the same way.
pub fn driven_owned(mapper: &Mapper, event: &str, answer: impl Fn(&Request<'_>, usize) -> Response) -> End {
    let mut end = End::default();
    match mapper.start(event.as_bytes().to_vec(), NOW, Scratch::new()) {
        OwnedOutcome::Mapped(mut run) => {
            match sent_by(&mut run, answer) {
                Ok(sent) => end.requests = sent,
                Err(rejection) => end.rejection = Some(*rejection),
            }
            end.warnings = run.warnings().to_vec();
        }
        OwnedOutcome::Calls { calls, .. } => {
            end.requests = calls.calls.iter().map(called).collect();
            end.warnings = calls.warnings;
        }
        OwnedOutcome::Skipped { skip, .. } => end.skip = Some(skip.reason),
        OwnedOutcome::Rejected { rejection, .. } => end.rejection = Some(*rejection),
    }
    end
}

fn sent_by(
    run: &mut OwnedRun,
    answer: impl Fn(&Request<'_>, usize) -> Response,
) -> Result<Vec<Shown>, Box<Rejection>> {
    let mut sent = Vec::new();
    while let Some(request) = run.request()? {
        let response = answer(&request, sent.len());
        sent.push(shown(&request));
        if sent.len() > MOST_REQUESTS || !matches!(run.respond(&response, NOW), Ok(Progress::Next)) {
            break;
        }
    }
    Ok(sent)
}

/// A run with more requests is not followed further.
const MOST_REQUESTS: usize = 20;
