//! The HTTP client: sends the engine's requests, and reads responses within limits.
//!
//! It does not follow redirects, so credentials reach only hosts that the mapping allows. It does not request compression,
//! and reads compressed responses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mapwright::{Request, Response, SigningContext};
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use crate::send_error::SendError;
use crate::server_time::{header, system_time};
use crate::tls::{self, Authorities, ClientIdentity, Presenter};
use crate::unpack::unpacked;

/// How requests are sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Replaces scheme, host and port of every request. The operator chooses it, so the mapping's list of allowed hosts does not apply.
    /// Its path, if it has one, is prepended to that of the request.
    pub base_url: Option<Url>,
    /// The longest time for a connection, including TLS.
    pub connect_timeout: Duration,
    /// The longest silence while a response is read.
    pub read_timeout: Duration,
    /// The longest time for one request, including its response.
    pub total_timeout: Duration,
    /// The longest body of a response. A longer one is truncated, and its connection closed.
    pub response_bytes: usize,
    /// The most idle connections per host.
    pub idle_connections: usize,
    /// Whether to honor `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub proxies: bool,
    /// Authorities that are trusted besides those of the operating system.
    pub authorities: Authorities,
    /// What is presented to servers that ask for a client certificate.
    pub identity: Option<ClientIdentity>,
}

/// Prints the base URL without user and password.
impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            base_url,
            connect_timeout,
            read_timeout,
            total_timeout,
            response_bytes,
            idle_connections,
            proxies,
            authorities,
            identity,
        } = self;
        let mut shown = f.debug_struct("ClientConfig");
        shown.field("base_url", &base_url.as_ref().map(shown_url));
        shown.field("connect_timeout", connect_timeout).field("read_timeout", read_timeout);
        shown.field("total_timeout", total_timeout).field("response_bytes", response_bytes);
        shown.field("idle_connections", idle_connections).field("proxies", proxies);
        shown.field("authorities", authorities).field("identity", identity).finish()
    }
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            base_url: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(60),
            response_bytes: 1 << 20,
            idle_connections: 256,
            proxies: true,
            authorities: Authorities::default(),
            identity: None,
        }
    }
}

/// An error about a client that cannot be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The client cannot be built.
    #[error("the HTTP client cannot be created: {0}")]
    Build(reqwest::Error),
    /// The base URL is no URL that requests can be sent to, shown without user and password.
    #[error("`{0}` is not a valid base URL: write `https://host` or `http://host:port`")]
    BaseUrl(String),
    /// The base URL has a user or a password. It is not shown: where a password ends is only a guess.
    #[error(
        "expected a base URL without user and password, which no request would use; write it as `https://host` or `http://host:port`"
    )]
    BaseUrlUser,
}

/// Why a single request has no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
#[non_exhaustive]
pub struct ExchangeError {
    /// In words, without the URL.
    pub problem: String,
}

/// Sends requests. Cheap to clone; all clones share one connection pool.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: Option<Url>,
    response_bytes: usize,
    /// The variable that sets a proxy, if one does.
    proxy: Option<&'static str>,
    presenter: Arc<Presenter>,
}

/// Shows a base URL without user and password.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = self.base_url.as_ref().map(shown_url);
        f.debug_struct("Client").field("base_url", &base_url).finish_non_exhaustive()
    }
}

/// Returns a URL without user and password. In a URL without `//`, all of it may be one.
fn shown_url(url: &Url) -> String {
    if url.cannot_be_a_base() {
        return format!("{}:…", url.scheme());
    }
    let mut shown = url.clone();
    // fails for a URL that cannot have one
    let _ = shown.set_password(None);
    let _ = shown.set_username("");
    shown.into()
}

impl Client {
    /// Creates a client.
    ///
    /// # Errors
    /// Returns an error if TLS cannot be set up, or if the base URL is invalid.
    pub fn new(config: &ClientConfig) -> Result<Self, ClientError> {
        if let Some(url) = &config.base_url
            && (!matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base())
        {
            return Err(ClientError::BaseUrl(shown_url(url)));
        }
        if let Some(url) = &config.base_url
            && (url.password().is_some() || !url.username().is_empty())
        {
            return Err(ClientError::BaseUrlUser);
        }
        let presenter = Arc::new(Presenter::new(config.identity.clone()));
        let tls = tls::config(&config.authorities, presenter.clone())?;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .read_timeout(config.read_timeout)
            .timeout(config.total_timeout)
            .pool_max_idle_per_host(config.idle_connections)
            .tcp_nodelay(true);
        let builder = if config.proxies { builder } else { builder.no_proxy() };
        let http = builder.build().map_err(ClientError::Build)?;
        let proxy = PROXIES
            .into_iter()
            .find(|name| config.proxies && std::env::var_os(name).is_some_and(|url| !url.is_empty()));
        let (base_url, response_bytes) = (config.base_url.clone(), config.response_bytes);
        Ok(Self { http, base_url, response_bytes, proxy, presenter })
    }

    /// Sends a single request, for tools that look at responses themselves. A delivery does more: it keeps to order, rates and retries.
    /// A request that is not [signed](Request::sign) yet, and needs to be, is signed with the time of this machine.
    ///
    /// ```
    /// # use std::io::{Read as _, Write as _};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let server = format!("http://{}", listener.local_addr()?);
    /// # std::thread::spawn(move || {
    /// #     let (mut socket, _) = listener.accept()?;
    /// #     socket.read(&mut [0; 4096])?;
    /// #     socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    /// # });
    /// # let files: mapwright::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: PUT, path: '/people/{id}' } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, params: { id: userId } } } }"),
    /// # ].into_iter().collect();
    /// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
    /// # let mapper = plan.bind(&serde_json::json!({}))?;
    /// # let mut scratch = mapwright::Scratch::new();
    /// use mapwright::Outcome;
    /// use mapwright_driver::{Client, ClientConfig, ClientError, ExchangeError};
    ///
    /// let mut bounds = ClientConfig::default();
    /// bounds.base_url = Some(server.parse()?);
    /// let client = Client::new(&bounds)?;
    /// let event = r#"{"type": "identify", "userId": "u1"}"#;
    /// let Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!() };
    /// let request = run.request()?.expect("a request");
    /// let response: Result<_, ExchangeError> = client.exchange(&request).await;
    /// assert_eq!(response?.status, 404);
    ///
    /// // a URL that no request can be sent to
    /// bounds.base_url = Some("mailto:ada@example.com".parse()?);
    /// assert!(matches!(Client::new(&bounds), Err(ClientError::BaseUrl(_))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no response that can be read.
    pub async fn exchange(&self, request: &Request<'_>) -> Result<Response, ExchangeError> {
        let failed = |error: SendError| ExchangeError { problem: error.problem };
        if request.is_unsigned() {
            let mut signed = request.clone();
            let nonce = format!("{:032x}", fastrand::u128(..));
            signed.sign(&SigningContext::new(system_time(), &nonce));
            return self.send(self.prepare(&signed).map_err(failed)?).await.map_err(failed);
        }
        self.send(self.prepare(request).map_err(failed)?).await.map_err(failed)
    }

    /// Converts a request of the engine.
    pub(crate) fn prepare(&self, request: &Request<'_>) -> Result<Prepared, SendError> {
        let refused = SendError::unsendable;
        let mut url =
            Url::parse(&request.url).map_err(|error| refused(format!("the URL cannot be sent: {error}")))?;
        if let Some(base) = &self.base_url {
            url = rebased(base, &url);
        }
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|error| refused(format!("the method cannot be sent: {error}")))?;
        let mut http = reqwest::Request::new(method, url);
        let mut accepted: Option<bool> = None;
        for (name, value) in request.headers() {
            let known = HeaderName::from_bytes(name.as_bytes());
            let (Ok(name), Ok(mut header)) = (known, HeaderValue::from_str(value)) else {
                return Err(refused(format!("the header `{name}` cannot be sent")));
            };
            if name == reqwest::header::ACCEPT {
                accepted = Some(accepted == Some(true) || value.contains("json"));
            }
            header.set_sensitive(name == reqwest::header::AUTHORIZATION);
            http.headers_mut().append(name, header);
        }
        if let Some(body) = request.sent_body() {
            *http.body_mut() = Some(body.into_owned().into());
        }
        // a mapping that does not say what it accepts wants no page either
        Ok(Prepared { http, wants_json: accepted.unwrap_or(true) })
    }

    fn failed(&self, error: reqwest::Error) -> SendError {
        SendError::of(error, self.proxy, self.presenter.suspicion())
    }

    /// Sends a request and reads its response.
    pub(crate) async fn send(&self, request: Prepared) -> Result<Response, SendError> {
        let Prepared { http, wants_json } = request;
        let mut answer = self.http.execute(http).await.map_err(|error| self.failed(error))?;
        let status = answer.status().as_u16();
        let headers = std::mem::take(answer.headers_mut());
        let good = (200..300).contains(&status);
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= self.response_bytes => {
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                Ok(Some(_)) if good => {
                    let most = self.response_bytes;
                    return Err(SendError::unreadable(format!(
                        "the response has more than {most} bytes (limit `response_bytes`)"
                    )));
                }
                // the status identifies an error; a truncated error message is good enough
                Ok(Some(_)) => break,
                Err(_) if !good => break,
                Err(error) => return Err(self.failed(error)),
            }
        }
        let mut response = Response::new(status, headers, body);
        let encoding = header(&response, "content-encoding").unwrap_or_default().into_owned();
        match unpacked(&encoding, std::mem::take(&mut response.body), self.response_bytes) {
            Ok(body) => response.body = body,
            Err(error) if good => return Err(SendError::unreadable(error.to_string())),
            // the status identifies an error
            Err(_) => {}
        }
        if good && let Some(error) = unreadable_answer(&response, wants_json) {
            return Err(error);
        }
        Ok(response)
    }
}

/// The variables that set a proxy.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// A request, ready to be sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    http: reqwest::Request,
    wants_json: bool,
}

/// Returns what is wrong with the body of a successful response, which may come from an intermediary.
fn unreadable_answer(response: &Response, wants_json: bool) -> Option<SendError> {
    let media = header(response, "content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = media == "application/json" || media.ends_with("+json");
    if wants_json && media == "text/html" {
        let problem = "the response is a page instead of JSON, probably from an intermediary";
        return Some(SendError::page(problem.to_owned()));
    }
    // parsed as the engine parses it, so that an accepted body has members there; an empty body has no type, whatever the header says
    let nothing = matches!(response.status, 202 | 204 | 205) && response.body.is_empty();
    if json
        && !nothing
        && let Err(error) = serde_json::from_slice::<serde_json::Value>(&response.body)
    {
        let problem = format!("the response is declared as JSON but is not valid JSON: {error}");
        return Some(SendError::unreadable(problem));
    }
    None
}

/// Returns the URL at another origin.
fn rebased(base: &Url, url: &Url) -> Url {
    let mut moved = base.clone();
    moved.set_path(&format!("{}{}", base.path().trim_end_matches('/'), url.path()));
    moved.set_query(url.query());
    moved.set_fragment(None);
    moved
}
