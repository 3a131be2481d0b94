//! Starting and stopping a server.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::api::Api;
use crate::chaos::Fault;
use crate::clock::Clock;
use crate::core::Core;
use crate::http;
use crate::log::{Counts, Request};
use crate::options::Options;

/// The most header lines and bytes of a request's head.
const HEADERS: usize = 100;
const HEAD_BYTES: usize = 64 * 1024;
/// The longest time for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// An error about a server that could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{addr}`: {source}")]
pub struct StartError {
    addr: SocketAddr,
    source: std::io::Error,
}

/// A double that is being served. It stops when it is dropped.
pub struct Server<A: Api> {
    addr: SocketAddr,
    core: Arc<Core<A>>,
    task: JoinHandle<()>,
}

impl<A: Api> fmt::Debug for Server<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl<A: Api> Server<A> {
    /// Serves an API on the current runtime. The API gets the clock.
    ///
    /// # Errors
    /// Returns an error if the port cannot be listened on.
    pub async fn start(options: Options, api: impl FnOnce(&Clock) -> A) -> Result<Server<A>, StartError> {
        let addr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), options.port);
        let failed = |source| StartError { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let api = api(&options.clock);
        let core = Arc::new(Core::new(options, api));
        let task = tokio::spawn(accept(listener, core.clone()));
        Ok(Server { addr, core, task })
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

    /// Returns the API.
    #[must_use]
    pub fn api(&self) -> &A {
        &self.core.api
    }

    /// Returns the last requests, in the order in which they took effect.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.core.requests()
    }

    /// Returns the counts of all requests.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.core.counts()
    }

    /// Injects this fault into every request, as in an outage; `None` ends it. Random faults are suspended meanwhile.
    pub fn set_outage(&self, fault: Option<Fault>) {
        self.core.set_outage(fault);
    }

    /// Clears everything except the options: requests, counts, the drawn faults, and what the API keeps.
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

impl<A: Api> Drop for Server<A> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<A: Api>(listener: TcpListener, core: Arc<Core<A>>) {
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
