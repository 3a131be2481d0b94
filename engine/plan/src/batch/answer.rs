//! What the response to a batch means for each of its items.

use std::time::Duration;

use mapwright_json::{Scratch, walk};
use serde_json::Value;

use crate::batch::ready::{Batch, Entry, ReadyBatch};
use crate::batch::way::Way;
use crate::eval::lazy::lazy_values;
use crate::eval::scope::Scope;
use crate::item::{BatchItem, ItemAnswer};
use crate::judge::{Judge, Meaning, Named, Verdict, count_retry, delay};
use crate::plan::Operation;
use crate::problem::{ApiError, Problem};
use crate::response::{Response, ResponseView};
use mapwright_language::spec::{ItemClass, SplitInto};

/// What a response means for the items of a batch: each tag is in it once.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchAnswer<T> {
    /// The outcomes of items, in their order: for [`Run::settle`](crate::run::Run::settle).
    pub settled: Vec<(T, ItemAnswer)>,
    /// The batches to send again, in the order of the items.
    pub again: Vec<Again<T>>,
    /// How many failures the response names that are those of no item. A mapping that names items in another way than the API has such.
    pub unmatched: usize,
    /// What the first of these names, and which items there are, as in `` the id `u3`, but the ids of the items are `u1`, `u2` ``.
    pub first_unmatched: Option<String>,
}

/// Items that are sent again.
#[derive(Debug)]
#[non_exhaustive]
pub struct Again<T> {
    /// The items; with the same request, if it is the whole batch.
    pub batch: Batch<T>,
    /// Not before so much time has passed, if the response or the mapping says so.
    pub after: Option<Duration>,
    /// Whether all requests of the rate group have to wait.
    pub throttle: bool,
    /// Why.
    pub reason: AgainReason,
    /// The setting that needs a new value before, if one does.
    pub setting: Option<String>,
    /// The error of the API, for a caller that gives up.
    pub api: ApiError,
}

/// Why items are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgainReason {
    /// They were not accepted, and may be.
    Retry,
    /// They are to be sent in smaller requests.
    Split,
    /// A setting is no longer valid: give the batch a new value of it with
    /// [`Mapper::renew_batch`](crate::mapper::Mapper::renew_batch), and send it again; or give up.
    Renew,
}

/// The outcome of one entry.
enum Becomes {
    Settled(ItemAnswer),
    Retry,
    Split,
    Renew,
}

impl<T> ReadyBatch<T> {
    /// Says what a response means for each item, as [`Run::respond`](crate::run::Run::respond) does for one. `now` is the time in epoch
    /// milliseconds.
    pub fn answer(self, response: &Response, now: i64) -> BatchAnswer<T> {
        let Self { mut batch, request } = self;
        let mapper = batch.mapper.clone();
        let mut scratch = (Scratch::new(), Scratch::new());
        let view = ResponseView::new(
            response,
            &mapper.plan.response_trie,
            mapper.limits.response_bytes,
            &mut scratch.0,
        );
        // rules of operations with a batch read no event
        let nothing = walk(&mapper.plan.trie, &Value::Null, &mut scratch.1);
        let rows = lazy_values(&mapper.plan.lazy);
        let scope = Scope {
            response: Some(&view),
            tally: mapper.tally.as_deref(),
            ..Scope::of_settings(&mapper.settings, &nothing, now, rows)
        };
        let items = batch.entries.len();
        let first = batch.entries.first().map(|entry| &entry.item);
        let operation = first.and_then(|item| mapper.operation(Way::of(&mapper, item, items)?.operation));
        let rules = operation.into_iter().flat_map(|operation: &Operation| &operation.rules);
        let held: Vec<&BatchItem> = batch.entries.iter().map(|entry| &entry.item).collect();
        let (status, retried, limits) = (response.status, batch.retried.as_slice(), &mapper.limits);
        let judge = Judge { scope: scope.clone(), status, retried, items: &held, limits };
        let Meaning { verdict, named, unmatched } = judge.judge(rules.chain(&mapper.plan.rules));
        drop(held);
        let wait = match &verdict {
            Verdict::Retry { rule, after, throttle } => {
                let after = after.and_then(|row| delay(&scope, row, &view, limits));
                Some((*rule, after, *throttle))
            }
            _ => None,
        };
        let api = match &verdict {
            Verdict::Done(None) | Verdict::Then(..) => ApiError::default(),
            _ => mapper.api_error(&scope),
        };
        let (mut retry, mut split, mut renew) = (Vec::new(), Vec::new(), Vec::new());
        let mut answer = BatchAnswer {
            settled: Vec::with_capacity(items),
            again: Vec::new(),
            unmatched: unmatched.count,
            first_unmatched: unmatched.first,
        };
        for ((place, entry), named) in std::mem::take(&mut batch.entries).into_iter().enumerate().zip(named) {
            let becomes = match named {
                Some(named) => named.becomes(&entry.item.step, status),
                None => verdict.becomes(&entry.item.step, status, items, &api),
            };
            match becomes {
                Becomes::Retry => retry.push((place, entry)),
                Becomes::Split => split.push((place, entry)),
                Becomes::Renew => renew.push((place, entry)),
                Becomes::Settled(item) => {
                    let tags = 1 + entry.merged.len();
                    answer.settled.extend(entry.into_tags().zip(std::iter::repeat_n(item, tags)));
                }
            }
        }
        let mut again: Vec<(usize, Again<T>)> = Vec::new();
        if let Some(((place, _), is_all)) = retry.first().map(|first| (first, retry.len() == items)) {
            let place = *place;
            let (rule, after, throttle) = wait.unwrap_or_default();
            let entries = retry.into_iter().map(|(_, entry)| entry).collect();
            let mut batch = batch.with(entries, batch.retried.clone());
            batch.attempts += 1;
            count_retry(&mut batch.retried, rule);
            batch.request = Some(request).filter(|_| is_all);
            let reason = AgainReason::Retry;
            again.push((place, Again { batch, after, throttle, reason, setting: None, api: api.clone() }));
        }
        if let Verdict::Renew { setting, rule } = verdict
            && let Some((place, _)) = renew.first()
        {
            let place = *place;
            let entries = renew.into_iter().map(|(_, entry)| entry).collect();
            let mut batch = batch.with(entries, batch.retried.clone());
            batch.attempts += 1;
            count_retry(&mut batch.retried, Some(rule));
            let (reason, setting) = (AgainReason::Renew, Some(setting.to_owned()));
            let again_with = Again { batch, after: None, throttle: false, reason, setting, api: api.clone() };
            again.push((place, again_with));
        }
        if let Verdict::Split(into, _) = verdict {
            again.extend(parts(split, into).into_iter().map(|(place, entries)| {
                let batch = batch.with(entries, Vec::new());
                (
                    place,
                    Again {
                        batch,
                        after: None,
                        throttle: false,
                        reason: AgainReason::Split,
                        setting: None,
                        api: api.clone(),
                    },
                )
            }));
        }
        again.sort_by_key(|(place, _)| *place);
        answer.again = again.into_iter().map(|(_, again)| again).collect();
        answer
    }
}

/// The parts that the items of a batch are split into, each with the place of its first item.
fn parts<T>(mut items: Vec<(usize, Entry<T>)>, into: SplitInto) -> Vec<(usize, Vec<Entry<T>>)> {
    let parts = match into {
        SplitInto::Items => items.into_iter().map(|item| vec![item]).collect(),
        SplitInto::Halves => {
            let second = items.split_off(items.len().div_ceil(2));
            vec![items, second]
        }
    };
    let first = |part: Vec<(usize, Entry<T>)>| {
        let place = part.first().map(|(place, _)| *place)?;
        Some((place, part.into_iter().map(|(_, entry)| entry).collect()))
    };
    parts.into_iter().filter_map(first).collect()
}

impl Named {
    fn becomes(self, step: &str, status: u16) -> Becomes {
        match self.class {
            ItemClass::Retry => Becomes::Retry,
            ItemClass::Done => Becomes::Settled(ItemAnswer::Accepted { warnings: vec![self.warning()] }),
            ItemClass::GiveUp => {
                let failed = self.failed();
                Becomes::Settled(ItemAnswer::Failed(Problem::of_response(step, status, failed, self.api)))
            }
        }
    }
}

impl Verdict<'_> {
    /// Returns the outcome of an item that the response does not name. `items`: how many the request had.
    fn becomes(&self, step: &str, status: u16, items: usize, api: &ApiError) -> Becomes {
        match self {
            Verdict::Done(_) | Verdict::Then(..) => Becomes::Settled(ItemAnswer::accepted()),
            Verdict::Retry { .. } => Becomes::Retry,
            Verdict::Split(..) if items > 1 => Becomes::Split,
            Verdict::Renew { .. } => Becomes::Renew,
            Verdict::GiveUp(failed) | Verdict::Split(_, failed) => {
                let problem = Problem::of_response(step, status, failed.clone(), api.clone());
                Becomes::Settled(ItemAnswer::Failed(problem))
            }
        }
    }
}
