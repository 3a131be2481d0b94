//! Holds mappings with events against previews, explanations and runs.

use mapwright::{Became, Limits, Mapper, Outcome, Progress, Response, Scratch};
use mapwright_tests::{NOW, findings, mapper, sources};
use serde_json::{Value, json};

/// What a preview shows: the steps with their conditions and the codes of the warnings, or the rejection.
#[derive(Debug, PartialEq)]
pub(crate) enum Shown {
    Steps(Vec<String>, Vec<String>),
    Rejected(String),
}

pub(crate) fn steps(steps: &[&str], warnings: &[&str]) -> Shown {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Shown::Steps(owned(steps), owned(warnings))
}

pub(crate) fn rejected(field: &str) -> Shown {
    Shown::Rejected(field.to_owned())
}

/// What rejects: the field, or the code where it is none.
fn reason(rejection: &mapwright::Rejection) -> String {
    rejection.field.clone().unwrap_or_else(|| rejection.code.clone())
}

fn shown(requests: &[mapwright::Request<'_>], warnings: &[mapwright::Warning]) -> Shown {
    let steps = requests.iter().map(|request| match &request.when {
        Some(when) => format!("{} when {when}", request.step),
        None => request.step.to_string(),
    });
    Shown::Steps(steps.collect(), warnings.iter().map(|warning| warning.code.clone()).collect())
}

/// A preview, which has to be what the explanation says.
fn previewed(mapper: &Mapper, event: &Value) -> Shown {
    let mut scratch = Scratch::new();
    let preview = match mapper.map(event, NOW, &mut scratch) {
        Outcome::Mapped(mut run) => match run.preview() {
            Ok(requests) => shown(&requests, run.warnings()),
            Err(rejection) => Shown::Rejected(reason(&rejection)),
        },
        Outcome::Rejected { rejection, .. } => Shown::Rejected(reason(&rejection)),
        other => panic!("{other:?}"),
    };
    let mut scratch = Scratch::new();
    let explanation = mapper.explain(event, NOW, &mut scratch);
    let explained = match &explanation.became {
        Became::Mapped(requests) => shown(requests, &explanation.warnings),
        Became::Rejected(rejection) => Shown::Rejected(reason(rejection)),
        other => panic!("{other:?}"),
    };
    assert_eq!(preview, explained, "preview and explanation differ");
    preview
}

/// The steps that a run sends to these statuses, how it ends, and the codes of its warnings. A body has an id if the status is 201.
fn run(mapper: &Mapper, event: &Value, statuses: &[u16]) -> (Vec<String>, String, Vec<String>) {
    let mut scratch = Scratch::new();
    let mut sent = Vec::new();
    let mut run = match mapper.map(event, NOW, &mut scratch) {
        Outcome::Mapped(run) => run,
        Outcome::Rejected { rejection, .. } => return (sent, reason(&rejection), Vec::new()),
        other => panic!("{other:?}"),
    };
    let mut statuses = statuses.iter();
    let end = loop {
        match run.request() {
            Ok(Some(request)) => sent.push(request.step.to_string()),
            Ok(None) => break "done".to_owned(),
            Err(rejection) => break reason(&rejection),
        }
        let status = *statuses.next().unwrap_or(&200);
        let body = if status == 201 { br#"{"id":"i1"}"#.as_slice() } else { b"{}" };
        let response = Response::new(status, [], body.to_vec());
        match run.respond(&response, NOW) {
            Ok(Progress::Next) => {}
            other => break format!("{other:?}"),
        }
    };
    let warnings = run.warnings().iter().map(|warning| warning.code.clone()).collect();
    (sent, end, warnings)
}

/// A mapping and an event, what is shown of it, and for some responses what is sent and how that ends.
pub(crate) struct Case {
    pub(crate) about: &'static str,
    pub(crate) mapping: &'static str,
    pub(crate) event: Value,
    pub(crate) shown: Shown,
    pub(crate) runs: Vec<(&'static [u16], &'static [&'static str], &'static str)>,
}

/// Holds every case against previews, explanations and runs, which warn of what is shown if all steps that are shown are sent.
pub(crate) fn hold(cases: Vec<Case>, limits: Limits) {
    for Case { about, mapping, event, shown, runs } in cases {
        let mapping = format!("message: identify\n{mapping}");
        let found = findings(&sources(&mapping));
        assert!(found.is_empty(), "{about}: {found}");
        let mapper = mapper(&mapping, json!({})).with_limits(limits);
        let mut event = event;
        event["type"] = json!("identify");
        let previewed = previewed(&mapper, &event);
        assert_eq!(previewed, shown, "{about}");
        if let Shown::Rejected(reason) = &previewed {
            // before the first request, whatever would be answered
            for statuses in [&[200_u16; 5][..], &[201; 5], &[404; 5], &[409; 5]] {
                assert_eq!(run(&mapper, &event, statuses), (vec![], reason.clone(), vec![]), "{about}");
            }
        }
        for (statuses, sent, end) in runs {
            let (came, ended, warnings) = run(&mapper, &event, statuses);
            assert_eq!(
                (came.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), ended.as_str()),
                (sent, end),
                "{about}: {statuses:?}"
            );
            if let Shown::Steps(shown, codes) = &previewed
                && shown.len() == sent.len()
                && end == "done"
            {
                let codes = codes.iter().filter(|code| *code != "may_be_rejected");
                assert_eq!(warnings, codes.cloned().collect::<Vec<_>>(), "{about}: {statuses:?}");
            }
        }
    }
}
