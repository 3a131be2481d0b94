//! Delivers events to two doubles of the API, one of each side, and reports how what arrives differs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use mapwright::Mapper;
use mapwright_diff::{
    Difference, DoublesReport, Example, OutcomeCount, PlaceCount, RequestCount, ResourceCount, State,
};
use mapwright_driver::{Client, ClientConfig, Config, Delivery, Driver, Incoming, Outcome};
use mapwright_sandbox::{Exchange, Sandbox};
use tokio::runtime;
use tokio::sync::mpsc;

use super::arrived::{Arrival, Received, text};
use super::pair::pair;
use super::sides::{Bound, Chosen};
use super::tally::{MOST_NAMES, MOST_SHOWN};
use crate::args::DiffArgs;
use crate::error::CommandError;
use crate::input::{Batch, BatchSize, Input, Limits, Source};

/// So many events are delivered before their requests are compared, if requests are shared by several.
const TOGETHER: usize = 1_000;

/// Delivers the events of the arguments to doubles of both sides.
pub(crate) fn report(args: &DiffArgs, chosen: &Chosen<'_>, now: i64) -> Result<DoublesReport, CommandError> {
    if args.events.iter().any(|file| file == "-") {
        return Err(CommandError::SandboxStdin);
    }
    let bound = [chosen.old.bound(args, false)?, chosen.new.bound(args, false)?];
    for (side, of) in bound.iter().zip([chosen.old, chosen.new]) {
        if side.mapper.endpoints().is_empty() {
            let version = format!("{}/{}", of.description.destination, of.description.version);
            return Err(CommandError::SandboxCalls { version });
        }
    }
    let together = if bound.iter().any(|side| side.mapper.has_batches()) { TOGETHER } else { 1 };
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Start)?;
    runtime.block_on(async {
        let [was, is] = bound;
        let (mut old, mut new) =
            (DoubleSide::start(was, chosen.old, now).await?, DoubleSide::start(is, chosen.new, now).await?);
        let mut compared =
            DoublesTally { shared: together > 1, show_values: args.show_values, ..DoublesTally::default() };
        let mut input = Input::new(Source::arguments(&args.events), Limits::default());
        let mut batch = Batch::new(BatchSize::DEFAULT);
        let mut waiting: Vec<(u64, Bytes)> = Vec::new();
        while input.fill(&mut batch) {
            for event in batch.events() {
                // what is not an event on one side is none on the other
                let json = event.json.map(Bytes::copy_from_slice).unwrap_or_default();
                waiting.push((event.place.line, json));
                if waiting.len() >= together {
                    compared.round(&std::mem::take(&mut waiting), &mut old, &mut new).await;
                }
            }
        }
        if !waiting.is_empty() {
            compared.round(&waiting, &mut old, &mut new).await;
        }
        if let Some(error) = input.take_errors().into_iter().next() {
            return Err(CommandError::Source(error));
        }
        old.sandbox.shutdown().await;
        new.sandbox.shutdown().await;
        Ok(compared.report())
    })
}

/// One side: a delivery, and the double that it goes to.
struct DoubleSide {
    sandbox: Sandbox,
    events: mpsc::UnboundedSender<Incoming<usize>>,
    delivery: Delivery<usize>,
}

/// How an event ends.
#[derive(Clone, PartialEq, Eq)]
struct EventEnd {
    word: &'static str,
    code: Option<String>,
}

impl DoubleSide {
    async fn start(bound: Bound, of: super::sides::Of<'_>, now: i64) -> Result<DoubleSide, CommandError> {
        let Bound { plan, settings, mapper } = bound;
        let builder = Sandbox::builder(&of.loaded.plans, &plan).settings(settings);
        let sandbox =
            builder.no_rate_limit().keep_exchanges().start().await.map_err(CommandError::Sandbox)?;
        let mut client = ClientConfig::default();
        client.base_url = sandbox.base_url().parse().ok();
        client.proxies = false;
        let (events, received) = mpsc::unbounded_channel();
        let received =
            stream::unfold(received, |mut events| async { events.recv().await.map(|it| (it, events)) });
        let delivery = driver(mapper, Client::new(&client)?, now).deliver(received);
        Ok(DoubleSide { sandbox, events, delivery })
    }

    /// Delivers events. Returns how they end, and what arrived.
    async fn deliver(&mut self, events: &[(u64, Bytes)]) -> (Vec<EventEnd>, Vec<Exchange>) {
        let mut ended = vec![EventEnd { word: "unfinished", code: None }; events.len()];
        for (at, (_, json)) in events.iter().enumerate() {
            // fails once the delivery has ended: the event stays unfinished
            let _ = self.events.send(Incoming::new(json.clone(), at));
        }
        for _ in events {
            let Some(finished) = self.delivery.next().await else { break };
            let (word, code) = match &finished.outcome {
                Outcome::Delivered(_) => ("delivered", None),
                Outcome::Skipped(skip) => ("skipped", Some(skip.rule.to_owned())),
                Outcome::Rejected(rejection) => ("rejected", Some(rejection.code.clone())),
                Outcome::Failed(failure) => ("failed", Some(failure.code.clone())),
                Outcome::Unfinished(_) => ("unfinished", None),
            };
            if let Some(place) = ended.get_mut(finished.tag) {
                *place = EventEnd { word, code };
            }
            finished.acknowledge();
        }
        (ended, self.sandbox.take_exchanges())
    }
}

/// One request after the other, so that what arrives is that of one event, and in its order.
fn driver(mapper: Mapper, client: Client, now: i64) -> Driver {
    let mut config = Config::default();
    config.concurrency = 1;
    config.limited = false;
    config.destructive = true;
    config.seed = Some(0);
    config.retry.attempts = 1;
    config.retry.first = Duration::from_millis(1);
    Driver::builder(mapper, client).config(config).clock(move || now).build()
}

/// How events end before and now, with the code of what is not the same.
type OutcomeKey = (&'static str, &'static str, Option<String>);
/// The method, the path and the status of requests, and why they were refused.
type RequestKey = (String, Option<String>, u16, Option<&'static str>);
/// A count, with the first example.
type Times = (u64, Option<Example>);

/// What is counted.
#[derive(Default)]
struct DoublesTally {
    old: Received,
    new: Received,
    events: u64,
    differing: u64,
    outcomes: BTreeMap<OutcomeKey, Times>,
    requests: BTreeMap<RequestKey, [u64; 2]>,
    fields: Places,
    /// Whether events share requests.
    shared: bool,
    show_values: bool,
}

impl DoublesTally {
    async fn round(&mut self, events: &[(u64, Bytes)], old: &mut DoubleSide, new: &mut DoubleSide) {
        let ((was, before), (is, now)) = tokio::join!(old.deliver(events), new.deliver(events));
        let Some((first, _)) = events.first() else { return };
        let before = self.old.read(*first, before);
        let now = self.new.read(*first, now);
        let requests_differ = self.requests(*first, &before, &now);
        self.events += events.len() as u64;
        for ((line, _), (was, is)) in events.iter().zip(was.into_iter().zip(is)) {
            let differs = was != is;
            self.differing += u64::from(differs || requests_differ && !self.shared);
            let code = if differs { is.code.or(was.code) } else { None };
            let counted = self.outcomes.entry((was.word, is.word, code)).or_default();
            counted.0 += 1;
            if differs {
                counted.1.get_or_insert(Example { line: *line, old: None, new: None });
            }
        }
    }

    /// Compares requests. Returns whether any differs.
    fn requests(&mut self, line: u64, before: &[Arrival], now: &[Arrival]) -> bool {
        for (side, arrivals) in [before, now].into_iter().enumerate() {
            for arrival in arrivals {
                let key = (arrival.method.clone(), arrival.path.clone(), arrival.status, arrival.refused);
                if let Some(count) = self.requests.entry(key).or_default().get_mut(side) {
                    *count += 1;
                }
            }
        }
        let mut differs = before.iter().map(Arrival::kind).ne(now.iter().map(Arrival::kind));
        let calls: BTreeSet<String> = before.iter().map(Arrival::call).collect();
        for call in calls {
            let of = |list: &[Arrival]| -> Vec<usize> {
                let all = list.iter().enumerate().filter(|(_, it)| it.call() == call);
                all.map(|(at, _)| at).collect()
            };
            for (at, to) in of(before).into_iter().zip(of(now)) {
                let (Some(was), Some(is)) = (before.get(at), now.get(to)) else { continue };
                differs |= self.fields.compare(&call, (&was.places, &is.places), line, self.show_values);
            }
        }
        differs
    }

    fn report(self) -> DoublesReport {
        let mut left_out = Vec::new();
        let requests_only = requests_only(self.requests.keys());
        let state = State { requests_only, ..state(&self.old, &self.new, self.show_values, &mut left_out) };
        let outcomes = self.outcomes.into_iter().map(|((old, new, code), (events, example))| OutcomeCount {
            old: old.to_owned(),
            new: new.to_owned(),
            code,
            events,
            example,
        });
        let requests = self.requests.into_iter().map(|((method, path, status, refused), [old, new])| {
            RequestCount { method, path, status, refused: refused.map(str::to_owned), old, new }
        });
        DoublesReport {
            events: self.events,
            differing: self.differing,
            shared: self.shared,
            outcomes: outcomes.collect(),
            requests: requests.collect(),
            fields: self.fields.report("fields of requests", &mut left_out),
            state,
            left_out,
        }
    }
}

/// Compares what is at the API in the end.
fn state(old: &Received, new: &Received, show_values: bool, left_out: &mut Vec<String>) -> State {
    let (before, now) = (old.resources(), new.resources());
    let mut fields = Places::default();
    let mut alone: BTreeMap<(String, Difference), Times> = BTreeMap::new();
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for key in keys {
        let (resource, difference) = match (before.get(key), now.get(key)) {
            (Some(was), Some(is)) => {
                fields.compare(&is.path, (&was.places(), &is.places()), is.line, show_values);
                continue;
            }
            (Some(was), None) => (was, Difference::Removed),
            (None, Some(is)) => (is, Difference::Added),
            (None, None) => continue,
        };
        let counted = alone.entry((resource.path.clone(), difference)).or_default();
        counted.0 += 1;
        counted.1.get_or_insert_with(|| {
            let name = Some(resource.name(show_values));
            let (old, new) = if difference == Difference::Removed { (name, None) } else { (None, name) };
            Example { line: resource.line, old, new }
        });
    }
    let forgotten = old.left_out + new.left_out;
    if forgotten > 0 {
        left_out.push(format!("{forgotten} requests that wrote other resources than the first"));
    }
    let resources = alone.into_iter().map(|((path, difference), (resources, example))| ResourceCount {
        path,
        difference,
        resources,
        example,
    });
    State {
        old: before.len() as u64,
        new: now.len() as u64,
        resources: resources.collect(),
        fields: fields.report("places of resources", left_out),
        requests_only: Vec::new(),
    }
}

/// The calls that were accepted, and write something of which the path does not say what it is.
fn requests_only<'k>(requests: impl Iterator<Item = &'k RequestKey>) -> Vec<String> {
    let writes = requests.filter_map(|(method, path, status, _)| {
        let path = path.as_ref().filter(|path| !path.contains('{') && (200..300).contains(status))?;
        (!matches!(method.as_str(), "GET" | "HEAD")).then(|| format!("{method} {path}"))
    });
    writes.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Places that differ, counted.
#[derive(Default)]
struct Places {
    counted: BTreeMap<(String, String, Difference), Times>,
    left_out: u64,
}

impl Places {
    /// Compares what stands at places. Returns whether anything differs.
    fn compare(
        &mut self,
        of: &str,
        (old, new): (&BTreeMap<String, serde_json::Value>, &BTreeMap<String, serde_json::Value>),
        line: u64,
        show_values: bool,
    ) -> bool {
        let mut found = BTreeSet::new();
        let places: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for place in places {
            let (was, is) = (old.get(place), new.get(place));
            if was == is {
                continue;
            }
            let difference = match (was, is) {
                (None, _) => Difference::Added,
                (_, None) => Difference::Removed,
                _ => Difference::Changed,
            };
            // the items of a list are one place
            if !found.insert((of_items(place), difference)) {
                continue;
            }
            let key = (of.to_owned(), of_items(place), difference);
            if self.counted.len() >= MOST_NAMES && !self.counted.contains_key(&key) {
                self.left_out += 1;
                continue;
            }
            let counted = self.counted.entry(key).or_default();
            counted.0 += 1;
            counted.1.get_or_insert_with(|| {
                let (old, new) = pair(was, is, |value| text(value, show_values));
                Example { line, old, new }
            });
        }
        !found.is_empty()
    }

    fn report(self, what: &str, left_out: &mut Vec<String>) -> Vec<PlaceCount> {
        let all = self.counted.into_iter().map(|((of, place, difference), (times, example))| PlaceCount {
            of,
            place,
            difference,
            times,
            example,
        });
        let mut all: Vec<PlaceCount> = all.collect();
        all.sort_by_key(|count| std::cmp::Reverse(count.times));
        if all.len() > MOST_SHOWN {
            left_out.push(format!("{} {what} that differ less often", all.len() - MOST_SHOWN));
        }
        if self.left_out > 0 {
            left_out.push(format!("{} {what} beyond the first {MOST_NAMES} names", self.left_out));
        }
        all.truncate(MOST_SHOWN);
        all
    }
}

/// A place without the numbers of items.
fn of_items(place: &str) -> String {
    let mut pieces = place.split('[');
    let mut all = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        all.push('[');
        match piece.split_once(']') {
            Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                all.push(']');
                all.push_str(rest);
            }
            _ => all.push_str(piece),
        }
    }
    all
}
