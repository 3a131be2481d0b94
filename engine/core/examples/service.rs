//! Delivers the events that clients send over TCP, one per line, and answers each with a line: `API_KEY=… cargo run -- 127.0.0.1:7070`.
//! With `API_URL`, requests go to that server instead of the mapping's, such as to a test double.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, OrderKey, OwnedOutcome, OwnedRun, Progress, Request, Response, Scratch, Spec};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // a provider that is already installed is fine
    let _ = rustls::crypto::ring::default_provider().install_default();
    // a redirect would send the credentials to another host
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let plans = Spec::load(&mapwright_builtin::sources()).check()?.compile();
    let settings = json!({ "apiKey": env::var("API_KEY")? });
    let mapper = plans.plan("intercom", None, &settings)?.bind(&settings)?;
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7070".to_owned());
    let service = Service::new(mapper, http, env::var("API_URL").ok());
    serve(TcpListener::bind(address).await?, Arc::new(service)).await
}

/// What all connections share.
pub(crate) struct Service {
    mapper: Mapper,
    http: reqwest::Client,
    url: Option<String>,
    /// Buffers that no run uses.
    scratches: std::sync::Mutex<Vec<Scratch>>,
    /// Locks of order keys, by their hash: runs that share a key are driven one after the other.
    order: [Mutex<()>; 256],
    hasher: RandomState,
}

/// Accepts connections until the listener fails.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) -> Result<(), Failure> {
    loop {
        let (client, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            // the client is gone
            let _ = service.talk(client).await;
        });
    }
}

impl Service {
    pub(crate) fn new(mapper: Mapper, http: reqwest::Client, url: Option<String>) -> Self {
        let (scratches, hasher) = (std::sync::Mutex::default(), RandomState::new());
        Self { mapper, http, url, scratches, order: std::array::from_fn(|_| Mutex::new(())), hasher }
    }

    async fn talk(&self, mut client: TcpStream) -> Result<(), Failure> {
        let (reader, mut writer) = client.split();
        let mut lines = BufReader::new(reader).lines();
        while let Some(event) = lines.next_line().await? {
            let said = self.deliver(event).await.unwrap_or_else(|failure| format!("failed: {failure}"));
            // an API may repeat the secrets that it was sent
            let said = self.mapper.redactor().redact(&said);
            writer.write_all(format!("{said}\n").as_bytes()).await?;
        }
        Ok(())
    }

    /// Delivers one event. The run owns it, so the task may wait for responses and move to another thread.
    async fn deliver(&self, event: String) -> Result<String, Failure> {
        let mut scratch = self.scratches().pop().unwrap_or_default();
        let keys = self.mapper.order_keys(&event, now(), &mut scratch);
        // those of steps are held for the whole event, which is in order as well, and slower
        let hash = |key: &OrderKey<'_>| self.hasher.hash_one((key.name, &key.value)) as usize;
        let locks: BTreeSet<usize> = keys.iter().map(|key| hash(key) % self.order.len()).collect();
        let mut held = Vec::with_capacity(locks.len());
        // in ascending order for all events, so that no two wait for each other
        for lock in locks.into_iter().filter_map(|at| self.order.get(at)) {
            held.push(lock.lock().await);
        }
        let (said, scratch) = match self.mapper.start(event, now(), scratch) {
            OwnedOutcome::Mapped(mut run) => (self.drive(&mut run).await, run.into_scratch()),
            OwnedOutcome::Skipped { skip, scratch, .. } => (Ok(format!("skipped: {}", skip.reason)), scratch),
            OwnedOutcome::Rejected { rejection, scratch, .. } => {
                (Ok(format!("rejected: {rejection}")), scratch)
            }
            OwnedOutcome::Calls { calls, scratch, .. } => {
                (Ok(format!("refused: {}", calls.refusal())), scratch)
            }
        };
        self.scratches().push(scratch);
        said
    }
    async fn drive(&self, run: &mut OwnedRun) -> Result<String, Failure> {
        let mut again = 0;
        while let Some(request) = run.request()? {
            let response = self.send(request).await?;
            match run.respond(&response, now())? {
                Progress::Next => again = 0,
                Progress::Retry { after, .. } if again < 5 => {
                    again += 1;
                    tokio::time::sleep(after.unwrap_or(Duration::from_secs(1 << again))).await;
                }
                // a service whose settings expire answers with `mapper.with_setting` and `mapper.renew`
                Progress::Retry { .. } | Progress::Renew { .. } => {
                    let error = run.api_error(&response).message.unwrap_or_default();
                    return Err(format!("answered with {} each time: {error}", response.status).into());
                }
            }
        }
        Ok(format!("delivered, with {} requests and {} warnings", run.requests(), run.warnings().len()))
    }

    async fn send(&self, mut request: Request<'_>) -> Result<Response, Failure> {
        if let Some(url) = &self.url {
            let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
            request.url = format!("{}/{path}", url.trim_end_matches('/')).into();
        }
        let request: http::Request<Vec<u8>> = request.try_into()?;
        let mut response = self.http.execute(request.try_into()?).await?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        Ok(Response::new(status, headers, response.bytes().await?))
    }

    fn scratches(&self) -> std::sync::MutexGuard<'_, Vec<Scratch>> {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the current time in epoch milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
