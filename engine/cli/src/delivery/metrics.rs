//! Serves metrics for Prometheus at `GET /metrics`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use mapwright_driver::Metrics;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::error::CommandError;
use crate::terminal;

/// The most concurrent connections. One more takes the place of the oldest, which may be one that is not read.
const CONNECTIONS: usize = 16;
/// The most files that this opens.
pub(super) const FILES: usize = CONNECTIONS + 2;
/// The longest time for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The longest time for a connection. Prometheus opens another one.
const CONNECTION_TIME: Duration = Duration::from_secs(60);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves metrics until the runtime ends.
pub(crate) async fn serve(address: SocketAddr, metrics: Metrics) -> Result<(), CommandError> {
    let failed = |error| CommandError::Metrics { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    terminal::complain(&format!("metrics at http://{address}/metrics"));
    tokio::spawn(accept(listener, metrics));
    Ok(())
}

async fn accept(listener: TcpListener, metrics: Metrics) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // probably out of file descriptors: wait until some are closed
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        let metrics = metrics.clone();
        let connection = tokio::spawn(async move {
            let service = service_fn(move |request| {
                let response = respond(&request, &metrics);
                async move { Ok::<_, Infallible>(response) }
            });
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
            // a broken connection is the client's problem, and so is one that is not read
            let served = server.serve_connection(TokioIo::new(stream), service);
            let _ = tokio::time::timeout(CONNECTION_TIME, served).await;
        });
        open.push_back(connection.abort_handle());
    }
}

fn respond(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let status = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => StatusCode::OK,
        (_, "/metrics") => StatusCode::METHOD_NOT_ALLOWED,
        _ => StatusCode::NOT_FOUND,
    };
    let (kind, text) = match status {
        StatusCode::OK => (OPEN_METRICS, metrics.prometheus()),
        _ => ("text/plain; charset=utf-8", "see GET /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
