//! Maps events through both sides, and reports what really differs.

use std::collections::{HashMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Outcome, Scratch, SdkCall, Skip};
use mapwright_describe::{Description, Message};
use mapwright_diff::{EventsReport, Example};
use mapwright_docs::shape;

use super::bodies::{Fields, Parsed, differences};
use super::identity::{self, Keys, MatchedUsers};
use super::pair::pair;
use super::sides::Chosen;
use super::tally::DiffTally;
use crate::args::DiffArgs;
use crate::error::CommandError;
use crate::input::{self, Event, Input, Source};
use crate::pipeline::{self, Options};
use crate::progress::Bar;
use crate::target::Clock;
use crate::{preview, terminal};

/// One side of the comparison.
struct MapperSide {
    mapper: Mapper,
}

/// What is known of a mapping before the first event.
struct MessagePlan {
    fields: Fields,
    old: Keys,
    new: Keys,
    /// Whether its events say who is who.
    identifies: bool,
}

/// What all workers share.
struct Shared {
    old: MapperSide,
    new: MapperSide,
    messages: HashMap<String, MessagePlan>,
    /// By operation of the new side: the kind of what must be defined, and where it is.
    declared: HashMap<String, Vec<(String, String)>>,
    now: i64,
    show_values: bool,
}

/// Maps the events of the arguments through both sides, at a time.
pub(crate) fn report(args: &DiffArgs, chosen: &Chosen<'_>, now: i64) -> Result<EventsReport, CommandError> {
    let (before, after) = (chosen.old.description, chosen.new.description);
    let shared = Shared {
        old: MapperSide { mapper: chosen.old.bound(args, true)?.mapper },
        new: MapperSide { mapper: chosen.new.bound(args, true)?.mapper },
        messages: messages(before, after),
        declared: after.operations.iter().map(|of| (of.name.clone(), of.declared.clone())).collect(),
        now,
        show_values: args.show_values,
    };
    for side in [&shared.old, &shared.new] {
        for unknown in side.mapper.unknown_settings() {
            terminal::complain(&format!("warning: {unknown}"));
        }
    }
    let input = Input::new(Source::arguments(&args.events), input::Limits::default());
    let options = Options { cancel: preview::cancel_by_ctrl_c(), ..Options::default() };
    let options = Options { threads: args.threads.unwrap_or(options.threads), ..options };
    let bar = Bar::for_terminal(input.position().total);
    let mut users = MatchedUsers::default();
    let done = pipeline::run(input, bar, &mut users, &options, &|| {
        let (mut old, mut new) = (Scratch::new(), Scratch::new());
        let shared = &shared;
        move |event: &Event<'_>, out: &mut Vec<u8>| shared.event(event, &mut old, &mut new, out)
    })?;
    if let Some(error) = done.source_errors.into_iter().next() {
        return Err(CommandError::Source(error));
    }
    let identifying = shared.messages.values().find(|plan| plan.identifies);
    let names = identifying.map(|plan| (plan.old.names(), plan.new.names())).unwrap_or_default();
    let identity = users.identity(&names.0, &names.1);
    Ok(done.tally.report([shared.old.mapper.rates(), shared.new.mapper.rates()], identity))
}

/// The time at which both sides map every event.
pub(crate) fn started(args: &DiffArgs) -> Result<i64, CommandError> {
    match Clock::new(args.now.as_deref())? {
        Clock::Stopped(time) => Ok(time),
        // both sides map every event at the same time
        Clock::System => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Ok(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        }
    }
}

/// The mappings that both sides have, by the types of their events.
fn messages(old: &Description, new: &Description) -> HashMap<String, MessagePlan> {
    let plain = |messages: &'_ [Message], name: &str| {
        messages.iter().position(|message| message.name == name && message.variant.is_none())
    };
    let of_events = new.messages.iter().filter(|now| now.variant.is_none() && !now.types.is_empty());
    of_events
        .flat_map(|now| now.types.iter().map(move |kind| (kind, now)))
        .filter_map(|(kind, now)| {
            let before = old.messages.get(plain(&old.messages, &now.name)?)?;
            let (was, is) = (Keys::new(before), Keys::new(now));
            let identifies = was.looks_up() || is.looks_up();
            let plan = MessagePlan { fields: Fields::new(before, now), old: was, new: is, identifies };
            Some((kind.clone(), plan))
        })
        .collect()
}

/// What becomes of an event on one side.
enum SideOutcome<'e> {
    Mapped {
        message: String,
        requests: Vec<Parsed<'e>>,
    },
    /// Calls of an SDK, which are compared as a whole.
    Calls(Vec<SdkCall>),
    Skipped(String),
    Rejected(String),
}

impl SideOutcome<'_> {
    fn word(&self) -> &'static str {
        match self {
            SideOutcome::Mapped { .. } | SideOutcome::Calls(_) => "mapped",
            SideOutcome::Skipped(_) => "skipped",
            SideOutcome::Rejected(_) => "rejected",
        }
    }

    /// The code of a rejection, or the rule of a skip.
    fn code(&self) -> Option<&str> {
        match self {
            SideOutcome::Mapped { .. } | SideOutcome::Calls(_) => None,
            SideOutcome::Skipped(code) | SideOutcome::Rejected(code) => Some(code),
        }
    }

    fn calls(&self) -> Option<&[SdkCall]> {
        match self {
            SideOutcome::Calls(calls) => Some(calls),
            _ => None,
        }
    }

    fn requests(&self) -> &[Parsed<'_>] {
        match self {
            SideOutcome::Mapped { requests, .. } => requests,
            _ => &[],
        }
    }
}

impl MapperSide {
    fn map<'e>(&'e self, json: &'e [u8], now: i64, scratch: &'e mut Scratch) -> SideOutcome<'e> {
        match self.mapper.map(json, now, scratch) {
            Outcome::Mapped(mut run) => match run.preview() {
                Ok(requests) => SideOutcome::Mapped {
                    message: run.message().to_owned(),
                    requests: requests.into_iter().map(Parsed::new).collect(),
                },
                Err(rejection) => SideOutcome::Rejected(rejection.code),
            },
            Outcome::Calls(made) => SideOutcome::Calls(made.calls),
            Outcome::Skipped { skip: Skip { rule, .. }, .. } => SideOutcome::Skipped(rule.to_owned()),
            Outcome::Rejected { rejection, .. } => SideOutcome::Rejected(rejection.code),
        }
    }
}

impl Shared {
    fn event(&self, event: &Event<'_>, old: &mut Scratch, new: &mut Scratch, out: &mut Vec<u8>) -> DiffTally {
        let mut tally = DiffTally::default();
        tally.events = 1;
        let line = event.place.line;
        let Ok(json) = event.json else {
            tally.outcome("rejected", "rejected", Some("invalid_event".to_owned()), None);
            return tally;
        };
        let (was, is) = (self.old.map(json, self.now, old), self.new.map(json, self.now, new));
        let example = |old, new| Some(Example { line, old, new });
        let mut differs = was.word() != is.word() || was.code() != is.code() || was.calls() != is.calls();
        let code = match differs {
            true => is.code().or(was.code()).map(str::to_owned),
            false => None,
        };
        tally.outcome(was.word(), is.word(), code, if differs { example(None, None) } else { None });
        for (side, requests) in [was.requests(), is.requests()].into_iter().enumerate() {
            requests.iter().for_each(|sent| tally.call(side, &sent.request));
        }
        if let (
            SideOutcome::Mapped { requests: before, .. },
            SideOutcome::Mapped { message, requests: now },
        ) = (&was, &is)
        {
            differs |= self.compare(message, before, now, line, &mut tally, out);
        }
        tally.differing = u64::from(differs);
        tally
    }

    /// Compares what both sides send. Returns whether anything differs.
    fn compare(
        &self,
        message: &str,
        before: &[Parsed<'_>],
        now: &[Parsed<'_>],
        line: u64,
        tally: &mut DiffTally,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(plan) = self.messages.get(message) else { return false };
        if plan.identifies {
            let (old, new) = (plan.old.of(before), plan.new.of(now));
            if !old.is_empty() && !new.is_empty() {
                identity::write(line, &old, &new, out);
            }
        }
        let (old, new) = (plan.fields.sent_before(before), plan.fields.sent_now(now));
        let mut told: HashSet<(&str, &str)> = HashSet::new();
        for sent in now {
            let (Some(declared), Some(body)) =
                (self.declared.get(sent.request.operation.as_ref()), &sent.body)
            else {
                continue;
            };
            for (kind, path) in declared {
                let object = path.split('.').try_fold(body, |at, key| at.get(key));
                for name in
                    object.and_then(|object| object.as_object()).into_iter().flat_map(|all| all.keys())
                {
                    // an update and a creation send the same
                    if !told.insert((kind, name)) {
                        continue;
                    }
                    let known = old.values().any(|was| was.member.as_deref() == Some(name));
                    tally.declared(kind, name, !known);
                }
            }
        }
        let (found, renamed) = differences(old, new);
        let call = |sent: &Parsed<'_>| {
            (sent.request.method, sent.request.url.to_string(), sent.request.when.is_some())
        };
        let differs =
            !found.is_empty() || !renamed.is_empty() || before.iter().map(call).ne(now.iter().map(call));
        for it in found {
            let (old, new) = pair(it.old.as_ref(), it.new.as_ref(), |value| shape(value, self.show_values));
            let example = Example { line, old, new };
            tally.field(message, it.field, it.difference, Some(example));
        }
        for it in renamed {
            tally.renamed(it.field, it.old, it.new);
        }
        differs
    }
}
