//! Why a request has no usable response, in words.

use std::error::Error;
use std::io;

use mapwright::Redactor;
use rustls::{AlertDescription, CertificateError};

/// An error about a request without a usable response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct SendError {
    pub(crate) problem: String,
    /// Whether the API certainly has not received the request.
    pub(crate) unsent: bool,
    pub(crate) kind: SendProblem,
}

/// Kinds of [`SendError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendProblem {
    /// The connection or the response failed.
    NoAnswer,
    /// The response cannot be read.
    Unreadable,
    /// The response is a page of an intermediary.
    Page,
    /// This process lacks descriptors, memory or ports.
    OwnLack,
}

impl SendError {
    /// The error of a request that cannot be sent as it is.
    pub(crate) fn unsendable(problem: String) -> Self {
        Self { problem, unsent: true, kind: SendProblem::NoAnswer }
    }

    /// The error of a response that cannot be read.
    pub(crate) fn unreadable(problem: String) -> Self {
        Self { problem, unsent: false, kind: SendProblem::Unreadable }
    }

    /// The error of a page instead of a response.
    pub(crate) fn page(problem: String) -> Self {
        Self { problem, unsent: false, kind: SendProblem::Page }
    }

    /// The error of a connection. `proxy` is the variable that sets a proxy, `suspicion` what the server may have against this client. It contains
    /// no URL, which may contain personal data.
    pub(crate) fn of(error: reqwest::Error, proxy: Option<&str>, suspicion: Option<&str>) -> Self {
        let unsent = error.is_connect() || error.is_builder();
        let timeout = error.is_timeout();
        let error = error.without_url();
        let mut causes: Vec<&(dyn Error + 'static)> = vec![&error];
        let mut cause = inner_of(&error);
        while let Some(inner) = cause {
            causes.push(inner);
            cause = inner_of(inner);
        }
        if let Some(problem) = lacking_resource(&causes) {
            return Self { problem, unsent, kind: SendProblem::OwnLack };
        }
        let never_taken = never_taken(&causes);
        // the handshake was refused, so no request was read
        let unsent = unsent || never_taken || refused(&causes).is_some();
        let words = tunnel(&causes).or_else(|| certificate(&causes));
        let words = words.or_else(|| never_taken.then(|| closed_before(suspicion)));
        let words = words.or_else(|| connection(&causes, timeout));
        let mut problem = words.unwrap_or_else(|| rest(&causes));
        if let Some(name) = proxy.filter(|_| unsent) {
            problem.push_str(&format!(" (a proxy is set by `{name}`)"));
        }
        Self { problem, unsent, kind: SendProblem::NoAnswer }
    }

    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        redactor.redact_in(&mut self.problem);
        self
    }
}

/// Returns the cause of an error. That of an I/O error is the error that it wraps, and not the cause of the latter.
fn inner_of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn io_errors<'e>(causes: &'e [&'e (dyn Error + 'static)]) -> impl Iterator<Item = &'e io::Error> {
    causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>())
}

/// The process itself lacks something. On Linux: EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL.
fn lacking_resource(causes: &[&(dyn Error + 'static)]) -> Option<String> {
    let lack = io_errors(causes).find_map(|error| match error.raw_os_error() {
        Some(23 | 24) => Some("file descriptors: raise `ulimit -n` or lower `--concurrency`"),
        Some(12 | 105) => Some("memory: lower `--concurrency`"),
        Some(99) => Some("local ports: lower `--concurrency`"),
        // the resolver keeps only the text
        _ if error.to_string().contains("Too many open files") => {
            Some("file descriptors: raise `ulimit -n` or lower `--concurrency`")
        }
        _ if error.kind() == io::ErrorKind::OutOfMemory => Some("memory: lower `--concurrency`"),
        _ => None,
    })?;
    Some(format!("this process has no more {lack}"))
}

fn tunnel(causes: &[&(dyn Error + 'static)]) -> Option<String> {
    let text = causes.iter().map(ToString::to_string).find(|text| text.starts_with("tunnel error"))?;
    Some(match text.contains("authorization required") {
        true => "the proxy requires authentication".to_owned(),
        false if text.contains("connection") => "the proxy cannot be reached".to_owned(),
        false => "the proxy opens no tunnel to the destination".to_owned(),
    })
}

/// Whether the connection closed before it took the request, of which it has written nothing then; or whether there was no connection in the end, as
/// when that of another request, which this one was to share, has failed. The HTTP library says the latter in no other way.
fn never_taken(causes: &[&(dyn Error + 'static)]) -> bool {
    let is_canceled = |cause: &hyper::Error| cause.is_canceled();
    causes.iter().any(|cause| {
        cause.downcast_ref().is_some_and(is_canceled) || cause.to_string() == "client error (Canceled)"
    })
}

/// That in words. Whatever the server said on that connection is lost.
fn closed_before(suspicion: Option<&str>) -> String {
    let closed = "the connection was closed before the request was sent";
    suspicion.map_or_else(|| closed.to_owned(), |suspicion| format!("{closed}; {suspicion}"))
}

const UNTOLD: &str = "no reason is given";

/// What a server says in place of the first response if it does not accept the certificate of this client.
const REFUSALS: [(AlertDescription, &str); 7] = [
    (AlertDescription::CertificateExpired, "it has expired"),
    (AlertDescription::CertificateRevoked, "it is revoked"),
    (AlertDescription::UnknownCA, "it is from an authority that the server does not know"),
    (AlertDescription::UnsupportedCertificate, "it is of a kind that the server does not support"),
    (AlertDescription::BadCertificate, UNTOLD),
    (AlertDescription::CertificateUnknown, UNTOLD),
    (AlertDescription::AccessDenied, UNTOLD),
];

/// Why the server does not accept this client.
fn refused(causes: &[&(dyn Error + 'static)]) -> Option<String> {
    if received(causes, AlertDescription::CertificateRequired) {
        return Some("the server requires a client certificate; state it with `--client-cert`".to_owned());
    }
    let (_, why) = REFUSALS.iter().find(|(alert, _)| received(causes, *alert))?;
    Some(format!("the server does not accept the client certificate: {why}"))
}

/// Whether the connection ended with this alert. Over HTTP/2, the library keeps only its text.
fn received(causes: &[&(dyn Error + 'static)], alert: AlertDescription) -> bool {
    let alert = rustls::Error::AlertReceived(alert);
    let text = alert.to_string();
    causes.iter().any(|cause| match cause.downcast_ref::<rustls::Error>() {
        Some(error) => *error == alert,
        None => cause.to_string() == text,
    })
}

fn certificate(causes: &[&(dyn Error + 'static)]) -> Option<String> {
    if let Some(refused) = refused(causes) {
        return Some(refused);
    }
    let error = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    Some(match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; check the clock".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name".to_owned()
            }
            CertificateError::UnknownIssuer => {
                "the server's certificate is from an unknown authority; `SSL_CERT_FILE` states the known ones"
                    .to_owned()
            }
            CertificateError::Revoked => "the server's certificate is revoked".to_owned(),
            other => format!("the server's certificate is not accepted: {other}"),
        },
        other => format!("TLS failed: {other}"),
    })
}

fn connection(causes: &[&(dyn Error + 'static)], timeout: bool) -> Option<String> {
    let dns = causes.iter().any(|cause| cause.to_string() == "dns error");
    let said = io_errors(causes).last().map(ToString::to_string);
    if dns {
        let said = said.unwrap_or_default();
        let said = said.trim_start_matches("failed to lookup address information: ").to_owned();
        return Some(format!("the host name cannot be resolved: {said}"));
    }
    if timeout {
        return Some("timed out".to_owned());
    }
    // the HTTP library does not say it in another way
    if causes.iter().any(|cause| cause.to_string() == "connection closed before message completed") {
        return Some("the server closed the connection without a response".to_owned());
    }
    // over HTTP/2, of a request that may have been sent
    if causes.iter().any(|cause| cause.to_string() == "dispatch task is gone") {
        return Some("the connection ended before the response".to_owned());
    }
    io_errors(causes).find_map(|error| {
        Some(match error.kind() {
            io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "the connection was reset".to_owned()
            }
            io::ErrorKind::TimedOut => "timed out".to_owned(),
            io::ErrorKind::HostUnreachable => "the host cannot be reached".to_owned(),
            io::ErrorKind::NetworkUnreachable => "the network cannot be reached".to_owned(),
            _ => return None,
        })
    })
}

/// The innermost cause, which is the most specific one, after what it is the cause of.
fn rest(causes: &[&(dyn Error + 'static)]) -> String {
    let texts = causes.iter().rev().map(ToString::to_string);
    // where in the HTTP library it happened says nothing to anybody
    let mut texts = texts.filter(|text| !text.starts_with("client error ("));
    let last = texts.next().unwrap_or_default();
    match texts.next() {
        Some(outer) if !outer.ends_with(&last) && causes.len() > 2 => format!("{outer}: {last}"),
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// The error of a request over a connection that the server closes, before or after it is taken.
    async fn error(taken: bool) -> hyper::Error {
        let (client, mut server) = tokio::io::duplex(1024);
        let (mut sender, connection) = http1::handshake(TokioIo::new(client)).await.unwrap();
        let connection = tokio::spawn(connection);
        if !taken {
            drop(server);
            // what it ends with does not matter
            let _ = connection.await.unwrap();
            return sender.send_request(hyper::Request::new(String::new())).await.unwrap_err();
        }
        let answer = tokio::spawn(sender.send_request(hyper::Request::new(String::new())));
        server.read_u8().await.unwrap();
        drop(server);
        answer.await.unwrap().unwrap_err()
    }

    #[tokio::test]
    async fn a_request_that_no_connection_has_taken_is_told_from_one_that_may_have_arrived() {
        assert!(never_taken(&[&error(false).await]));
        assert!(!never_taken(&[&error(true).await]));
    }
}
