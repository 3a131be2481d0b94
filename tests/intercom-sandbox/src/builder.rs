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

/// Header lines and bytes of a request's head, beyond which it is refused.
const HEADERS: usize = 100;
const HEAD_BYTES: usize = 64 * 1024;
/// How long the head of a request may take.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// A sandbox that could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{addr}`: {source}")]
pub struct StartError {
    addr: SocketAddr,
    source: std::io::Error,
}

/// What a sandbox is to be like. Every setting has a default.
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
    /// The port on 127.0.0.1. A free one unless set.
    #[must_use]
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// The time that search lag and rate windows go by. The machine's unless set.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.clock = clock;
        self
    }

    /// The version of requests without `Intercom-Version`. 2.10 unless set.
    #[must_use]
    pub fn default_version(mut self, version: Version) -> Builder {
        self.settings.default_version = version;
        self
    }

    /// The only token that is accepted. Any that is not empty unless set.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Builder {
        self.settings.token = Some(token.into());
        self
    }

    /// The rate limit. Intercom's 1,666 requests in ten seconds unless set.
    #[must_use]
    pub fn rate_limit(mut self, requests: u64, window: Duration) -> Builder {
        self.settings.rate = RateLimit { requests: Some(requests), window };
        self
    }

    /// Accepts any number of requests; the busiest window is counted all the same.
    #[must_use]
    pub fn no_rate_limit(mut self) -> Builder {
        self.settings.rate.requests = None;
        self
    }

    /// How long a write takes to reach the search index. Nothing unless set.
    #[must_use]
    pub fn search_lag(mut self, lag: Duration) -> Builder {
        self.settings.search_lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Faults to inject. None unless set.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> Builder {
        self.settings.chaos = Some(chaos);
        self
    }

    /// Defines a custom attribute, as people do in Intercom before they send it.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Builder {
        self.settings.attributes.push(attribute);
        self
    }

    /// Has 2.x define unknown custom attributes, as 1.x does and Intercom's 2.x does not.
    #[must_use]
    pub fn create_attributes(mut self) -> Builder {
        self.settings.create_attributes = true;
        self
    }

    /// Metadata keys that an event keeps. 10 unless set, as the reference says; Intercom's help centre says 20.
    #[must_use]
    pub fn metadata_keys(mut self, keys: usize) -> Builder {
        self.settings.metadata_keys = keys;
        self
    }

    /// Requests that the log keeps. 10,000 unless set.
    #[must_use]
    pub fn log_length(mut self, requests: usize) -> Builder {
        self.settings.log_length = requests;
        self
    }

    /// Has the log keep the bodies of requests, the first 16 KiB of each.
    #[must_use]
    pub fn log_bodies(mut self) -> Builder {
        self.settings.log_bodies = true;
        self
    }

    /// Bytes that the body of a request may have. 1 MiB unless set.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Builder {
        self.settings.body_bytes = bytes;
        self
    }

    /// Leaves the id out of the 409 of a live contact, so that a client has to search. The texts of errors are no promise of Intercom's.
    #[must_use]
    pub fn unnamed_conflicts(mut self) -> Builder {
        self.settings.unnamed_conflicts = true;
        self
    }

    /// Starts the sandbox on the runtime that this is called from.
    ///
    /// # Errors
    /// If the port cannot be listened on.
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

/// A sandbox that runs. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    core: Arc<Core>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// A sandbox with every default.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address as a URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Everything that the workspace holds, without Intercom's own ids.
    #[must_use]
    pub fn state(&self) -> State {
        self.core.state(false)
    }

    /// Everything that the workspace holds, with Intercom's own ids of contacts and companies.
    #[must_use]
    pub fn state_with_ids(&self) -> State {
        self.core.state(true)
    }

    /// The last requests, in the order in which they took effect.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.core.requests()
    }

    /// Counts of all requests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// Has every request meet this fault from now on, as when the API is down; `None` ends it. Faults by chance then rest.
    pub fn set_outage(&self, fault: Option<Fault>) {
        self.core.set_outage(fault);
    }

    /// Accepts this token only from now on, as when the old one is revoked; `None` accepts any that is not empty.
    pub fn set_token(&self, token: Option<String>) {
        self.core.set_token(token);
    }

    /// Forgets everything but what it was started with: state, requests, counts, the rate window, and what chaos has drawn.
    pub fn reset(&self) {
        self.core.reset();
    }

    /// Closes the port and every connection.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // The task was aborted: that it says so is no news.
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
                        // Without delays only if the system can do so.
                        let _ = stream.set_nodelay(true);
                        let service = service_fn(move |request| http::serve(core.clone(), request));
                        let connection = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .header_read_timeout(HEAD_TIME)
                            .max_headers(HEADERS)
                            .max_buf_size(HEAD_BYTES)
                            .serve_connection(TokioIo::new(stream), service);
                        // A connection that breaks is the client's affair, or chaos.
                        let _ = connection.await;
                    });
                }
                // Out of file descriptors, most likely: some will close.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
