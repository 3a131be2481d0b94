//! The clock of rate windows, and of whatever an API does with time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The time of a double, in milliseconds since the Unix epoch. It never goes back.
///
/// ```
/// use mapwright_loopback::Clock;
/// let clock = Clock::manual(1_700_000_000_000);
/// clock.advance(250);
/// assert_eq!(clock.now_ms(), 1_700_000_000_250);
/// assert!(Clock::system().now_ms() > 0);
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { epoch_ms: u64, since: Instant },
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// Returns the system clock, which is read once and continues with the monotonic clock.
    #[must_use]
    pub fn system() -> Clock {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock(Source::System { epoch_ms: millis(epoch.as_millis()), since: Instant::now() })
    }

    /// Returns a clock that stands still at `epoch_ms` until it is advanced. Clones share the time.
    #[must_use]
    pub fn manual(epoch_ms: u64) -> Clock {
        Clock(Source::Manual(Arc::new(AtomicU64::new(epoch_ms))))
    }

    /// Moves a manual clock forward by `ms` milliseconds. Has no effect on a system clock.
    pub fn advance(&self, ms: u64) {
        if let Source::Manual(now) = &self.0 {
            now.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Returns milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            Source::System { epoch_ms, since } => {
                epoch_ms.saturating_add(millis(since.elapsed().as_millis()))
            }
            Source::Manual(now) => now.load(Ordering::SeqCst),
        }
    }
}

fn millis(ms: u128) -> u64 {
    u64::try_from(ms).unwrap_or(u64::MAX)
}
