//! Starting and stopping a sandbox.

use std::net::SocketAddr;
use std::time::Duration;

use mapwright_loopback::{Chaos, Clock, Fault, Options, RateLimit, Request, Server, StartError};

use crate::core::{Core, Settings};
use crate::inspect::stats::Stats;
use crate::inspect::view::State;
use crate::state::attributes::Attribute;
use crate::version::Version;

/// Intercom's limit for a private app: 10,000 per minute, distributed over windows of ten seconds (API reference, rate limiting).
pub const RATE_LIMIT: RateLimit = RateLimit { requests: Some(1666), window: Duration::from_secs(10) };

/// The configuration of a sandbox. Every option has a default.
#[derive(Clone, Debug)]
pub struct Builder {
    options: Options,
    settings: Settings,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            options: Options::default(),
            settings: Settings {
                default_version: Version::V2_10,
                token: None,
                rate: RATE_LIMIT,
                search_lag_ms: 0,
                attributes: Vec::new(),
                create_attributes: false,
                metadata_keys: 10,
                unnamed_conflicts: false,
            },
        }
    }
}

impl Builder {
    /// Sets the port on 127.0.0.1. The default is a free port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Builder {
        self.options.port = port;
        self
    }

    /// Sets the clock of search lag and rate windows. The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.options.clock = clock;
        self
    }

    /// Sets the version of requests without `Intercom-Version`. The default is 2.10.
    #[must_use]
    pub fn default_version(mut self, version: Version) -> Builder {
        self.settings.default_version = version;
        self
    }

    /// Sets the only accepted token. By default, any non-empty token is accepted.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Builder {
        self.settings.token = Some(token.into());
        self
    }

    /// Sets the rate limit. The default is Intercom's 1,666 requests in ten seconds.
    #[must_use]
    pub fn rate_limit(mut self, requests: u64, window: Duration) -> Builder {
        self.settings.rate = RateLimit { requests: Some(requests), window };
        self
    }

    /// Accepts any number of requests. The busiest window is still counted.
    #[must_use]
    pub fn no_rate_limit(mut self) -> Builder {
        self.settings.rate.requests = None;
        self
    }

    /// Sets the time until a write reaches the search index. The default is no lag.
    #[must_use]
    pub fn search_lag(mut self, lag: Duration) -> Builder {
        self.settings.search_lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Sets the faults to inject. The default is none.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> Builder {
        self.options.chaos = Some(chaos);
        self
    }

    /// Defines a custom attribute, as users do in Intercom before they send it.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Builder {
        self.settings.attributes.push(attribute);
        self
    }

    /// Lets 2.x define unknown custom attributes like 1.x, which Intercom's 2.x does not.
    #[must_use]
    pub fn create_attributes(mut self) -> Builder {
        self.settings.create_attributes = true;
        self
    }

    /// Sets the number of metadata keys that an event keeps. The default is 10, as in the API reference; Intercom's help center says 20.
    #[must_use]
    pub fn metadata_keys(mut self, keys: usize) -> Builder {
        self.settings.metadata_keys = keys;
        self
    }

    /// Sets the number of logged requests. The default is 10,000.
    #[must_use]
    pub fn log_length(mut self, requests: usize) -> Builder {
        self.options.log_length = requests;
        self
    }

    /// Logs the bodies of requests, the first 16 KiB of each.
    #[must_use]
    pub fn log_bodies(mut self) -> Builder {
        self.options.log_bodies = true;
        self
    }

    /// Sets the largest request body in bytes. The default is 8 MiB.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Builder {
        self.options.body_limit = bytes;
        self
    }

    /// Omits the id from the 409 of a live contact, so that a client has to search. Intercom does not guarantee the text of errors.
    #[must_use]
    pub fn unnamed_conflicts(mut self) -> Builder {
        self.settings.unnamed_conflicts = true;
        self
    }

    /// Takes all options of the server at once.
    #[must_use]
    pub fn options(mut self, options: Options) -> Builder {
        self.options = options;
        self
    }

    /// Starts the sandbox on the current runtime.
    ///
    /// # Errors
    /// Returns an error if it cannot listen on the port.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let Builder { options, settings } = self;
        let server = Server::start(options, |clock| Core::new(settings, clock.clone())).await?;
        Ok(Sandbox { server })
    }
}

/// A running sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    server: Server<Core>,
}

impl Sandbox {
    /// Returns a builder with all defaults.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Returns the address as a URL, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Returns the content of the workspace, without Intercom's own ids.
    #[must_use]
    pub fn state(&self) -> State {
        self.server.api().state(false)
    }

    /// Returns the content of the workspace, with Intercom's own ids of contacts and companies.
    #[must_use]
    pub fn state_with_ids(&self) -> State {
        self.server.api().state(true)
    }

    /// Returns the last requests, in the order in which they took effect.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// Returns the counts of all requests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.server.api().counted(self.server.counts())
    }

    /// Injects this fault into every request, as in an outage; `None` ends it. Random faults are suspended meanwhile.
    pub fn set_outage(&self, fault: Option<Fault>) {
        self.server.set_outage(fault);
    }

    /// Accepts only this token from now on, as after a revocation; `None` accepts any non-empty token.
    pub fn set_token(&self, token: Option<String>) {
        self.server.api().set_token(token);
    }

    /// Clears everything except the options: state, requests, counts, the rate window, and the drawn faults.
    pub fn reset(&self) {
        self.server.reset();
    }

    /// Closes the port and every connection.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
