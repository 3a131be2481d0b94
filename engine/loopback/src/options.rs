//! The configuration of a server.

use crate::chaos::Chaos;
use crate::clock::Clock;

/// How a double is served. Every option has a default.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// The clock of rate windows and of whatever the API does with time.
    pub clock: Clock,
    /// The faults to inject.
    pub chaos: Option<Chaos>,
    /// The number of logged requests.
    pub log_length: usize,
    /// Whether the first 16 KiB of bodies are logged.
    pub log_bodies: bool,
    /// The longest body in bytes; the response to a longer one is 413.
    pub body_limit: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            clock: Clock::system(),
            chaos: None,
            log_length: 10_000,
            log_bodies: false,
            // the mappings' own limits are smaller
            body_limit: 8 * 1024 * 1024,
        }
    }
}
