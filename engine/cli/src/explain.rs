//! `mapwright explain`: explains how an event is mapped.

mod text;

use std::ffi::OsStr;

use mapwright::{Became, Explanation, Plan, Scratch};
use mapwright_describe::describe;
use mapwright_docs::{Explained, explained, page};
use serde::Serialize;
use serde_json::Value;

use crate::args::ExplainArgs;
use crate::dead_letter;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::input::{Batch, BatchSize, Event, Input, Limits, Source};
use crate::rejection::{in_place, of_fault};
use crate::target::{Clock, Target};
use crate::{line, mappings, output, terminal};

pub(crate) fn run(args: &ExplainArgs) -> Result<u8, CommandError> {
    let clock = Clock::new(args.shown.now.as_deref())?;
    let target = Target::new(&args.target)?;
    let mapper = target.mapper(args.shown.show_secrets.into())?;
    with_event(&args.event, args.line, |event| {
        let mut scratch = Scratch::new();
        let (mut explanation, mut place) = match event.json {
            Ok(bytes) => match dead_letter::open(bytes, event.place) {
                Ok(opened) => (mapper.explain(opened.event.as_ref(), clock.now(), &mut scratch), None),
                Err(rejection) => (rejected(*rejection), None),
            },
            Err(fault) => {
                let (rejection, place) = of_fault(fault);
                (rejected(rejection), place)
            }
        };
        if let Became::Rejected(rejection) = &mut explanation.became {
            place = place.or_else(|| in_place(rejection, event));
        }
        let mut out = Vec::new();
        if args.html {
            out = html(args, &target.plan, &explanation, event)?.into_bytes();
        } else if args.json {
            json(&target.plan, &explanation, place, &mut out);
        } else {
            // it is read by people also where a pager or a file is in between
            out = terminal::escaped(&text::write(&target.plan, &explanation)).into_owned().into_bytes();
        }
        output::print(terminal::stdout(), &out)?;
        Ok(if matches!(explanation.became, Became::Rejected(_)) { REJECTED } else { DONE })
    })
}

/// The page of the event.
fn html(
    args: &ExplainArgs,
    plan: &Plan,
    explanation: &Explanation,
    event: &Event<'_>,
) -> Result<String, CommandError> {
    // what responses mean is not in a plan
    let valid = mappings::checked(&args.target.mappings, Some(plan.destination()))?;
    let description = describe(&valid, plan.destination(), plan.version());
    let opened = event.json.as_ref().ok().and_then(|bytes| dead_letter::open(bytes, event.place).ok());
    let event: Option<Value> = opened.and_then(|opened| serde_json::from_slice(opened.event.as_ref()).ok());
    let from = Explained {
        plan,
        explanation,
        event: event.as_ref(),
        description: description.as_ref(),
        redacted: args.redact,
    };
    Ok(page(&explained(&from)))
}

fn rejected(rejection: mapwright::Rejection) -> Explanation {
    Explanation::new("", Became::Rejected(Box::new(rejection)))
}

/// Finds the requested event: inline JSON, the first event of a file, or the first that starts on a given line.
pub(crate) fn with_event<T>(
    argument: &OsStr,
    line: Option<u64>,
    then: impl FnOnce(&Event<'_>) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let inline = argument.to_str().filter(|text| text.trim_start().starts_with('{'));
    let source = match inline {
        Some(text) => Source::reader("the command line", std::io::Cursor::new(text.to_owned())),
        None => Source::argument(argument),
    };
    let mut input = Input::new([source], Limits::default());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    while input.fill(&mut batch) {
        let Some(event) = batch.events().find(|event| line.is_none_or(|line| event.place.line >= line))
        else {
            continue;
        };
        if line.is_some_and(|line| event.place.line > line) {
            break;
        }
        if line.is_none() && batch.len() > 1 {
            terminal::complain("note: this is the first of several events; `--line` selects another");
        }
        return then(&event);
    }
    match input.take_errors().pop() {
        Some(error) => Err(CommandError::Source(error)),
        None => Err(CommandError::NoEvent { line }),
    }
}

fn json(plan: &Plan, explanation: &Explanation, place: Option<crate::input::Place>, out: &mut Vec<u8>) {
    let Explanation { message, variant, fields, steps, warnings, cut, became, .. } = explanation;
    let mut text = Vec::new();
    let mut member = |name: &str, value: &[u8]| {
        text.push(if text.is_empty() { b'{' } else { b',' });
        mapwright_json::write_str(&mut text, name);
        text.push(b':');
        text.extend_from_slice(value);
    };
    member("destination", &written(&plan.destination()));
    member("version", &written(&plan.version()));
    member("message", &written(message));
    member("variant", &written(variant));
    member("fields", &written(fields));
    member("steps", &written(steps));
    member("warnings", &written(warnings));
    member("cut", &written(cut));
    match became {
        Became::Mapped(requests) => {
            member("status", b"\"mapped\"");
            let mut list = vec![b'['];
            for (place, request) in requests.iter().enumerate() {
                if place > 0 {
                    list.push(b',');
                }
                line::request(request, &mut list);
            }
            list.push(b']');
            member("requests", &list);
        }
        Became::Calls(calls) => {
            member("status", b"\"mapped\"");
            let mut list = Vec::new();
            line::calls(calls, &mut list);
            member("calls", &list);
        }
        Became::Skipped(skip) => {
            member("status", b"\"skipped\"");
            member("reason", &written(&skip.reason));
            member("rule", &written(&skip.rule));
        }
        Became::Rejected(rejection) => {
            member("status", b"\"rejected\"");
            let mut error = Vec::new();
            line::error(rejection, place, &mut error);
            member("error", &error);
        }
    }
    text.push(b'}');
    line::pretty(&text, out);
    out.push(b'\n');
}

fn written(value: &impl Serialize) -> Vec<u8> {
    // serialization cannot fail, since all keys are strings
    serde_json::to_vec(value).unwrap_or_default()
}
