//! Batches: the items that one request is made for, and that request.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::batch::way::Way;
use crate::bound::{BoundPlan, Content};
use crate::encoding::MadeBody;
use crate::item::{BatchItem, Head, ItemAnswer};
use crate::problem::Problem;
use crate::rejection::{FaultOf, Rejection};
use crate::request::Request;

/// Items that become one request. `T` is what the caller knows them by: each tag comes out again exactly once.
pub struct Batch<T> {
    pub(super) mapper: Arc<BoundPlan>,
    pub(super) id: u64,
    pub(super) entries: Vec<Entry<T>>,
    pub(super) attempts: u32,
    /// How often rules have retried it, by their place among all.
    pub(super) retried: Vec<(usize, u64)>,
    /// The request, if it is sent again as it was.
    pub(super) request: Option<Box<Request<'static>>>,
}

/// An item, with its tag and those of all that were merged into it.
pub(super) struct Entry<T> {
    pub item: BatchItem,
    pub tag: T,
    pub merged: Vec<T>,
}

impl<T> Entry<T> {
    pub(super) fn of(item: BatchItem, tag: T) -> Self {
        Self { item, tag, merged: Vec::new() }
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.tag).chain(&self.merged)
    }

    pub(super) fn into_tags(self) -> impl Iterator<Item = T> {
        std::iter::once(self.tag).chain(self.merged)
    }
}

/// A batch with its request.
pub struct ReadyBatch<T> {
    pub(super) batch: Batch<T>,
    pub(super) request: Box<Request<'static>>,
}

/// The requests and outcomes of the items of a batch: see [`Batch::prepare`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Prepared<T> {
    /// The requests to send, in the order of their items.
    pub ready: Vec<ReadyBatch<T>>,
    /// Items that no request can be made for, each with the reason.
    pub settled: Vec<(T, ItemAnswer)>,
}

impl<T> Batch<T> {
    /// Returns the number that [`Batcher::add`](crate::batch::Batcher::add) gave the batch. The parts of a batch that is split keep it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the number of items. Those that were merged are one.
    pub fn items(&self) -> usize {
        self.entries.len()
    }

    /// Returns how often a response said that the batch, or these of its items, should be sent again.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the tags of its items, in order.
    pub fn tags(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().flat_map(Entry::tags)
    }

    /// Returns the tags of its items, in order, for a caller that gives up on them.
    pub fn into_tags(self) -> Vec<T> {
        self.entries.into_iter().flat_map(Entry::into_tags).collect()
    }

    /// Continues with other settings of the same plan, such as a new access token: the request is made again with them. Its items stay as they are.
    /// `false`: it is another plan.
    pub(crate) fn rebind(&mut self, bound: &Arc<BoundPlan>) -> bool {
        if !Arc::ptr_eq(&self.mapper.plan, &bound.plan) {
            return false;
        }
        if !Arc::ptr_eq(&self.mapper, bound) {
            self.mapper = bound.clone();
            self.request = None;
        }
        true
    }

    /// Makes the request. `now` is the time in epoch milliseconds.
    ///
    /// While a batch fills, its size is an estimate. One that is too large, or of which an item makes a body impossible, is split in halves until all
    /// parts can be sent. A batch that is sent again keeps its request.
    pub fn prepare(mut self, now: i64) -> Prepared<T> {
        let mut prepared = Prepared { ready: Vec::new(), settled: Vec::new() };
        if let Some(request) = self.request.take() {
            prepared.ready.push(ReadyBatch { batch: self, request });
            return prepared;
        }
        let mut open = vec![self];
        while let Some(batch) = open.pop() {
            match batch.made(now) {
                Ok(request) => prepared.ready.push(ReadyBatch { batch, request: Box::new(request) }),
                Err(_) if batch.entries.len() > 1 => {
                    let (first, second) = batch.halves();
                    open.extend([second, first]);
                }
                Err(rejection) => {
                    let answer = ItemAnswer::Failed(Problem::of_rejection(&rejection));
                    let tags = batch.into_tags().into_iter();
                    prepared.settled.extend(tags.map(|tag| (tag, answer.clone())));
                }
            }
        }
        prepared
    }

    /// The parts of a batch with more than one item.
    pub(super) fn halves(mut self) -> (Self, Self) {
        let second = self.entries.split_off(self.entries.len().div_ceil(2));
        let second = self.with(second, Vec::new());
        (self, second)
    }

    /// A batch of some of its items.
    pub(super) fn with(&self, entries: Vec<Entry<T>>, retried: Vec<(usize, u64)>) -> Self {
        let (mapper, id, attempts) = (self.mapper.clone(), self.id, self.attempts);
        Self { mapper, id, entries, attempts, retried, request: None }
    }

    fn made(&self, now: i64) -> Result<Request<'static>, Box<Rejection>> {
        let mapper = self.mapper.as_ref();
        let first = self.entries.first().map(|entry| &entry.item);
        let way = first.and_then(|item| Some((item, Way::of(mapper, item, self.entries.len())?)));
        let Some((item, way)) = way else { return Err(not_of_mapper()) };
        let items: Vec<&[u8]> = self.entries.iter().map(|entry| entry.item.json()).collect();
        let MadeBody { body, json } = way.body(mapper, &items, now)?;
        let (bytes, (most, limit)) = (body.bytes().len(), way.most_bytes(mapper));
        if bytes > most {
            let step = &item.step;
            let message =
                format!("the body of `{step}` has {bytes} bytes, and {most} are allowed (limit `{limit}`)");
            return Err(Box::new(Rejection::new("limit_exceeded", message)));
        }
        let Head { url, headers } = way.head;
        let content = Content {
            step: (&item.step, 0),
            url: url.as_deref().map(Cow::Borrowed),
            own: headers.iter().map(|(name, value)| (Cow::from(name), Cow::from(value))).collect(),
            body: Some(body),
            made_from: json.map(Cow::Owned),
            item: None,
        };
        mapper.request(way.operation, content).map(Request::into_owned).ok_or_else(not_of_mapper)
    }
}

#[cold]
fn not_of_mapper() -> Box<Rejection> {
    let message = "the items of the batch were made by another mapper".to_owned();
    let rejection = Rejection::new("invalid_value", message);
    Box::new(Rejection { fault: FaultOf::Destination, ..rejection })
}

impl<T> ReadyBatch<T> {
    /// Returns the request to send.
    pub fn request(&self) -> &Request<'static> {
        &self.request
    }

    /// Returns the batch of the request.
    pub fn batch(&self) -> &Batch<T> {
        &self.batch
    }

    /// Returns the batch, which keeps its request, for a caller that sends it again later or gives up on it.
    pub fn into_batch(self) -> Batch<T> {
        Batch { request: Some(self.request), ..self.batch }
    }
}

/// Prints no values.
impl<T> fmt::Debug for Batch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Batch");
        shown.field("id", &self.id).field("items", &self.items()).field("attempts", &self.attempts);
        shown.finish_non_exhaustive()
    }
}

/// Prints no secrets.
impl<T> fmt::Debug for ReadyBatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyBatch").field("batch", &self.batch).field("request", &self.request).finish()
    }
}
