//! Responses that serve other events as well: tables of the API, tokens. One worker asks for each, and the others wait for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mapwright::{Body, Cache, Request, Response, Stale};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// The most responses that are kept.
const MOST: usize = 10_000;

/// What distinguishes requests: everything that is sent.
pub(crate) type Key = [u8; 32];

/// A place for a response. Who holds its lock asks for it.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Option<Held>>>;

/// A response that is kept.
pub(crate) struct Held {
    pub(crate) response: Response,
    /// Which one of all that were kept it is.
    pub(crate) number: u64,
    since: Instant,
    time: Duration,
    /// Whether it took the place of one that lacked something.
    is_second: bool,
}

/// All responses that are kept.
#[derive(Default)]
pub(crate) struct Kept {
    slots: Mutex<HashMap<Key, Slot>>,
    numbers: AtomicU64,
}

impl Kept {
    /// The place for the response to a request.
    pub(crate) fn slot(&self, key: Key) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST && !slots.contains_key(&key) {
            // slots that a task waits for stay
            slots.retain(|_, slot| {
                slot.try_lock().map_or(true, |held| held.as_ref().is_some_and(Held::lasts))
            });
            if slots.len() >= MOST {
                slots.retain(|_, slot| slot.try_lock().is_err());
            }
        }
        slots.entry(key).or_default().clone()
    }

    /// A response, as it is kept for so long.
    pub(crate) fn held(&self, response: Response, cache: Cache) -> Held {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let is_second = cache.stale == Some(Stale::Lacking);
        Held { response, number, since: Instant::now(), time: cache.time, is_second }
    }
}

impl Held {
    /// Whether its time is not over.
    pub(crate) fn lasts(&self) -> bool {
        self.since.elapsed() < self.time
    }

    /// Whether it serves a request of an event that has been answered with the response of this number before.
    pub(crate) fn serves(&self, cache: Cache, used: Option<u64>) -> bool {
        let is_other = used != Some(self.number);
        self.lasts()
            && match cache.stale {
                None => true,
                Some(Stale::Lacking) => is_other || self.is_second && self.since.elapsed() < self.pause(),
                Some(_) => is_other,
            }
    }

    /// How long a name is not requested again that was missing the second time, too.
    fn pause(&self) -> Duration {
        (self.time / 60).max(Duration::from_secs(1))
    }
}

/// What distinguishes a request from others.
pub(crate) fn key_of(request: &Request<'_>) -> Key {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(request.method.as_bytes());
    add(request.url.as_bytes());
    for (name, value) in request.headers() {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(request.body.as_ref().map_or(&[], Body::bytes));
    hash.finalize().into()
}
