//! Starting and stopping a sandbox.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::chaos::{Chaos, Fault};
use crate::clock::Clock;
use crate::core::{Core, Settings};
use crate::http;
use crate::inspect::log::{Request, Stats};
use crate::inspect::view::State;
use crate::rate::RateLimit;
use crate::state::attributes::Attribute;
use crate::version::Version;

/// The most header lines and bytes of a request's head.
const HEADERS: usize = 100;
const HEAD_BYTES: usize = 64 * 1024;
/// The longest time for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// An error about a sandbox that could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{addr}`: {source}")]
pub struct StartError {
    addr: SocketAddr,
    source: std::io::Error,
}

/// The configuration of a sandbox. Every option has a default.
#[derive(Clone, Debug)]
pub struct Builder {
    port: u16,
    clock: Clock,
    settings: Settings,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            port: 0,
            clock: Clock::system(),
            settings: Settings {
                default_version: Version::V2_10,
                token: None,
                rate: RateLimit::default(),
                search_lag_ms: 0,
                chaos: None,
                attributes: Vec::new(),
                create_attributes: false,
                metadata_keys: 10,
                log_length: 10_000,
                log_bodies: false,
                body_bytes: 1024 * 1024,
                unnamed_conflicts: false,
            },
        }
    }
}

impl Builder {
    /// Sets the port on 127.0.0.1. The default is a free port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Sets the clock of search lag and rate windows. The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.clock = clock;
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
        self.settings.chaos = Some(chaos);
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
        self.settings.log_length = requests;
        self
    }

    /// Logs the bodies of requests, the first 16 KiB of each.
    #[must_use]
    pub fn log_bodies(mut self) -> Builder {
        self.settings.log_bodies = true;
        self
    }

    /// Sets the largest request body in bytes. The default is 1 MiB.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Builder {
        self.settings.body_bytes = bytes;
        self
    }

    /// Omits the id from the 409 of a live contact, so that a client has to search. Intercom does not guarantee the text of errors.
    #[must_use]
    pub fn unnamed_conflicts(mut self) -> Builder {
        self.settings.unnamed_conflicts = true;
        self
    }

    /// Starts the sandbox on the current runtime.
    ///
    /// # Errors
    /// Returns an error if it cannot listen on the port.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let addr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port);
        let failed = |source| StartError { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let core = Arc::new(Core::new(self.settings, self.clock));
        let task = tokio::spawn(accept(listener, core.clone()));
        Ok(Sandbox { addr, core, task })
    }
}

/// A running sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    core: Arc<Core>,
    task: JoinHandle<()>,
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
        self.addr
    }

    /// Returns the address as a URL, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the content of the workspace, without Intercom's own ids.
    #[must_use]
    pub fn state(&self) -> State {
        self.core.state(false)
    }

    /// Returns the content of the workspace, with Intercom's own ids of contacts and companies.
    #[must_use]
    pub fn state_with_ids(&self) -> State {
        self.core.state(true)
    }

    /// Returns the last requests, in the order in which they took effect.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.core.requests()
    }

    /// Returns the counts of all requests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// Injects this fault into every request, as in an outage; `None` ends it. Random faults are suspended meanwhile.
    pub fn set_outage(&self, fault: Option<Fault>) {
        self.core.set_outage(fault);
    }

    /// Accepts only this token from now on, as after a revocation; `None` accepts any non-empty token.
    pub fn set_token(&self, token: Option<String>) {
        self.core.set_token(token);
    }

    /// Clears everything except the options: state, requests, counts, the rate window, and the drawn faults.
    pub fn reset(&self) {
        self.core.reset();
    }

    /// Closes the port and every connection.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // the task was aborted, so its error is expected
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let core = core.clone();
                    connections.spawn(async move {
                        // optional: fails if the system does not support it
                        let _ = stream.set_nodelay(true);
                        let service = service_fn(move |request| http::serve(core.clone(), request));
                        let connection = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .header_read_timeout(HEAD_TIME)
                            .max_headers(HEADERS)
                            .max_buf_size(HEAD_BYTES)
                            .serve_connection(TokioIo::new(stream), service);
                        // a broken connection is caused by the client or by chaos
                        let _ = connection.await;
                    });
                }
                // probably out of file descriptors: wait until some are closed
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
