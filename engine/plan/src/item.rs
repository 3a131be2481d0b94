//! The item of a batch: what one event adds to a request that several share, and what a response means for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::problem::Problem;
use crate::version::VersionPlan;
use mapwright_convert::Warning;

/// What one event adds to a request that may stand for several: the body that its own request would have, and what decides which others it
/// may stand with. It borrows nothing of the run that has made it.
///
/// `{:?}` prints no values of it.
#[derive(Clone)]
pub struct BatchItem {
    pub(crate) step: Arc<str>,
    pub(crate) plan: Arc<VersionPlan>,
    /// The operation of its own request, by position.
    pub(crate) operation: usize,
    pub(crate) json: Vec<u8>,
    pub(crate) by: Vec<Option<String>>,
    pub(crate) id: Option<String>,
    /// The list of the body that it stands in, where these have limits of their own.
    pub(crate) list: Option<String>,
    /// When it was made, in epoch milliseconds.
    pub(crate) now: i64,
    pub(crate) alone: bool,
    /// Whether its step is repeated on its own, so that the items of later rounds depend on no response.
    pub(crate) repeated: bool,
    /// The URL and the headers of its own request.
    pub(crate) one: Arc<Head>,
    /// Those of a shared request, if that has an operation of its own.
    pub(crate) many: Option<Arc<Head>>,
}

/// A request without its body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Head {
    /// The URL, unless it is that of the operation itself.
    pub url: Option<String>,
    /// The headers, without those that all requests of the mapper share.
    pub headers: Vec<(String, String)>,
}

/// The items that an event can add to batches before the one at hand is answered, and whether it has more to send than these.
///
/// See [`Run::items_ahead`](crate::run::Run::items_ahead). Its default is that of an event which ends with the item at hand.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ItemsAhead {
    /// The items of the next rounds of a step that is repeated on its own.
    pub items: VecDeque<BatchItem>,
    /// Whether the event may send anything after the item at hand and these. Later events with the same order key wait for it.
    pub goes_on: bool,
}

/// The properties that items of one request have in common.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct BatchKey {
    operation: usize,
    head: Arc<Head>,
    by: Vec<Option<String>>,
}

impl BatchItem {
    /// Returns the step that sends the item: items of several steps may stand in one request.
    pub fn step(&self) -> &Arc<str> {
        &self.step
    }

    /// Returns the item as JSON text.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// Returns the operation that the item is sent with together with other items.
    pub fn operation(&self) -> &str {
        let own = self.plan.operations.get(self.operation);
        let many = own.and_then(|own| self.plan.operations.get(own.batch.as_ref()?.many?));
        many.or(own).map_or("", |operation| operation.name.as_str())
    }

    /// Returns the values of the rows of `by`, each as JSON text. Only items with the same values stand in one request.
    pub fn by(&self) -> impl Iterator<Item = Option<&str>> {
        self.by.iter().map(Option::as_deref)
    }

    /// Returns the id of the item, if the mapping defines one and it is present.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns whether the item stands in a request of its own.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// The rest of the request that it may share.
    fn head(&self) -> &Arc<Head> {
        self.many.as_ref().unwrap_or(&self.one)
    }

    pub(crate) fn key(&self) -> BatchKey {
        BatchKey { operation: self.operation, head: self.head().clone(), by: self.by.clone() }
    }
}

impl BatchKey {
    pub(crate) fn is_of(&self, item: &BatchItem) -> bool {
        let Self { operation, head, by } = self;
        *operation == item.operation && head == item.head() && *by == item.by
    }
}

impl fmt::Debug for BatchItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = format_args!("{} bytes", self.json.len());
        let mut shown = f.debug_struct("BatchItem");
        shown
            .field("step", &self.step)
            .field("json", &bytes)
            .field("alone", &self.alone)
            .finish_non_exhaustive()
    }
}

/// What the response to a batch means for one of its items.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ItemAnswer {
    /// It was accepted.
    #[non_exhaustive]
    Accepted {
        /// The warning of the API about it.
        warnings: Vec<Warning>,
    },
    /// The mapping gives up on it.
    Failed(Problem),
}

impl ItemAnswer {
    /// Returns the outcome of an accepted item without warnings.
    pub fn accepted() -> Self {
        ItemAnswer::Accepted { warnings: Vec::new() }
    }
}
