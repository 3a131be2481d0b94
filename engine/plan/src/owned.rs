//! Runs that own what they read, so that a service can keep them while it waits for a response.

use std::fmt;

use self_cell::{MutBorrow, self_cell};
use serde_json::Value;

use crate::admission::Skip;
use crate::item::{ItemAnswer, ItemsAhead};
use crate::mapper::{Mapper, Outcome, Scratch};
use crate::plan::OrderedSteps;
use crate::problem::{ApiError, Problem};
use crate::rejection::Rejection;
use crate::request::Request;
use crate::response::Response;
use crate::run::{Ended, Progress, Run};
use crate::sdk::Calls;
use mapwright_convert::Warning;

/// A [`Run`] that owns its mapper, its event and its buffers: it can be kept in a map, sent to another thread and held across `await`.
///
/// It makes the same requests as a borrowed run, and costs one allocation more. See [`Mapper::start`].
pub struct OwnedRun {
    cell: Cell,
}

struct Owner {
    mapper: Mapper,
    event: Vec<u8>,
    scratch: MutBorrow<Scratch>,
}

type Borrowed<'e> = Box<Run<'e>>;

self_cell!(
    struct Cell {
        owner: Owner,
        #[not_covariant]
        dependent: Borrowed,
    }
);

/// The outcome of an event whose run is owned. Buffers that no run needs come back, to be used again.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug)]
pub enum OwnedOutcome {
    /// The event has requests.
    Mapped(OwnedRun),
    /// The event has calls of an SDK, and no requests. A program that only sends requests refuses it: see [`Calls::refusal`].
    #[non_exhaustive]
    Calls {
        /// The calls.
        calls: Calls,
        /// The buffers.
        scratch: Scratch,
    },
    /// The event is not for this destination.
    #[non_exhaustive]
    Skipped {
        /// The message type, or an empty string.
        message: String,
        /// The rule that skips the event.
        skip: Skip,
        /// The buffers.
        scratch: Scratch,
    },
    /// The event cannot be mapped.
    #[non_exhaustive]
    Rejected {
        /// The message type, or an empty string.
        message: String,
        /// The reason.
        rejection: Box<Rejection>,
        /// The buffers.
        scratch: Scratch,
    },
}

enum NoRun {
    Calls(Calls),
    Skipped { message: String, skip: Skip },
    Rejected { message: String, rejection: Box<Rejection> },
}

impl Mapper {
    /// Starts a run that owns the event (JSON text) and the buffers. `now` is the time in epoch milliseconds.
    ///
    /// A `Vec`, a `String` and an unshared `Bytes` are moved.
    pub fn start(&self, event: impl Into<Vec<u8>>, now: i64, scratch: Scratch) -> OwnedOutcome {
        let owner = Owner { mapper: self.clone(), event: event.into(), scratch: MutBorrow::new(scratch) };
        let cell = Cell::try_new_or_recover(owner, |owner| {
            let event = owner.event.as_slice();
            match owner.mapper.map(event, now, owner.scratch.borrow_mut()) {
                Outcome::Mapped(run) => Ok(run),
                Outcome::Calls(calls) => Err(NoRun::Calls(calls)),
                Outcome::Skipped { message, skip } => Err(NoRun::Skipped { message, skip }),
                Outcome::Rejected { message, rejection } => Err(NoRun::Rejected { message, rejection }),
            }
        });
        match cell {
            Ok(cell) => OwnedOutcome::Mapped(OwnedRun { cell }),
            Err((owner, NoRun::Calls(calls))) => {
                OwnedOutcome::Calls { calls, scratch: owner.scratch.into_inner() }
            }
            Err((owner, NoRun::Skipped { message, skip })) => {
                OwnedOutcome::Skipped { message, skip, scratch: owner.scratch.into_inner() }
            }
            Err((owner, NoRun::Rejected { message, rejection })) => {
                OwnedOutcome::Rejected { message, rejection, scratch: owner.scratch.into_inner() }
            }
        }
    }
}

impl OwnedRun {
    /// Returns the next request: see [`Run::request`].
    ///
    /// # Errors
    /// As [`Run::request`].
    pub fn request(&mut self) -> Result<Option<Request<'_>>, Box<Rejection>> {
        self.cell.with_dependent_mut(|_, run| run.request())
    }

    /// Takes the response to the last request: see [`Run::respond`].
    ///
    /// # Errors
    /// As [`Run::respond`].
    pub fn respond(&mut self, response: &Response, now: i64) -> Result<Progress, Ended> {
        self.cell.with_dependent_mut(|_, run| run.respond(response, now))
    }

    /// Takes the outcome of the last request in a batch: see [`Run::settle`].
    ///
    /// # Errors
    /// As [`Run::settle`].
    pub fn settle(&mut self, answer: ItemAnswer) -> Result<Progress, Ended> {
        self.cell.with_dependent_mut(|_, run| run.settle(answer))
    }

    /// Returns the items of the rounds after the one at hand: see [`Run::items_ahead`].
    pub fn items_ahead(&mut self) -> ItemsAhead {
        self.cell.with_dependent_mut(|_, run| run.items_ahead())
    }

    /// Omits the requests that an earlier delivery of the event has done: see [`Run::without`].
    pub fn without<S: AsRef<str>>(&mut self, done: &[S]) {
        self.cell.with_dependent_mut(|_, run| run.without(done));
    }

    /// Returns what of the event is done so far: see [`Run::done`].
    pub fn done(&self) -> Vec<String> {
        self.cell.with_dependent(|_, run| run.done())
    }

    /// Fails the item that the run is at: see [`Run::fail_item`].
    pub fn fail_item(&mut self, problem: Problem) -> Option<Result<Progress, Ended>> {
        self.cell.with_dependent_mut(|_, run| run.fail_item(problem))
    }

    /// Continues a run that was interrupted, with the responses that were recorded and the times at which they arrived. The next
    /// request is the one that has no recorded response.
    ///
    /// ```
    /// # let files: mapwright::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { find: { method: GET, path: /people }, save: { method: POST, path: /people } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { find: { operation: find }, save: { operation: save, body: { id: userId } } } }"),
    /// # ].into_iter().collect();
    /// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
    /// # let mapper = plan.bind(&serde_json::json!({}))?;
    /// use mapwright::{OwnedOutcome, Response, Scratch};
    ///
    /// let event = r#"{"type": "identify", "userId": "u1"}"#;
    /// let recorded = Response::new(200, [], "{}");
    /// let OwnedOutcome::Mapped(mut run) = mapper.start(event, 0, Scratch::new()) else { panic!() };
    /// run.replay([(&recorded, 0)])?;
    /// assert_eq!(run.request()?.expect("a request").method, "POST");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Run::request`] and [`Run::respond`].
    pub fn replay<'r>(
        &mut self,
        recorded: impl IntoIterator<Item = (&'r Response, i64)>,
    ) -> Result<(), Ended> {
        for (response, now) in recorded {
            if self.request().map_err(Ended::Rejected)?.is_none() {
                break;
            }
            self.respond(response, now)?;
        }
        Ok(())
    }

    /// Returns whether a step that an order key orders can still come: see [`Run::can_reach`].
    pub fn can_reach(&self, steps: &OrderedSteps) -> bool {
        self.cell.with_dependent(|_, run| run.can_reach(steps))
    }

    /// Returns the mapping's result: see [`Run::result`].
    ///
    /// # Errors
    /// As [`Run::result`].
    pub fn result(&mut self) -> Result<Option<Value>, Box<Rejection>> {
        self.cell.with_dependent_mut(|_, run| run.result())
    }

    /// Returns the message type.
    pub fn message(&self) -> &str {
        self.cell.with_dependent(|_, run| run.message())
    }

    /// Returns the warnings so far: what was dropped or truncated.
    pub fn warnings(&self) -> &[Warning] {
        self.cell.with_dependent(|_, run| run.warnings())
    }

    /// Returns the number of requests so far. A request that is sent again counts once.
    pub fn requests(&self) -> usize {
        self.cell.with_dependent(|_, run| run.requests())
    }

    /// Returns what the API reports about an error: see [`Run::api_error`].
    pub fn api_error(&self, response: &Response) -> ApiError {
        self.cell.with_dependent(|_, run| run.api_error(response))
    }

    /// Calls a function with the borrowed run, for methods that an owned run does not have, such as [`Run::preview`].
    pub fn with<T>(&mut self, use_run: impl for<'e> FnOnce(&mut Run<'e>) -> T) -> T {
        self.cell.with_dependent_mut(|_, run| use_run(run))
    }

    /// Ends the run and returns its buffers, to be used again.
    pub fn into_scratch(self) -> Scratch {
        self.cell.into_owner().scratch.into_inner()
    }
}

/// Prints the progress of the run, and nothing that may contain a secret.
impl fmt::Debug for OwnedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cell.with_dependent(|_, run| run.fmt(f))
    }
}
