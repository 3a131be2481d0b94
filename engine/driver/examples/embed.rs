//! Delivers the events on standard input, one per line, and prints the outcome of each: `API_KEY=… cargo run < events.ndjson`.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Outcome, Progress, Request, Response, Scratch, Spec};
use serde_json::json;

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    // a provider that is already installed is fine
    let _ = rustls::crypto::ring::default_provider().install_default();
    // a redirect would send the credentials to another host
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let mapper = mapper(&std::env::var("API_KEY")?)?;
    let mut scratch = Scratch::new();
    for line in io::stdin().lock().lines() {
        let event = line?;
        let said = match deliver(&mapper, event.as_bytes(), &mut scratch, async |request| {
            send(&http, request).await
        })
        .await
        {
            Ok(said) => said,
            Err(failure) => format!("failed: {failure}"),
        };
        writeln!(io::stdout(), "{said}")?;
    }
    Ok(())
}

/// Builds the mapper, once for each configuration. `Sources::extend` would add mappings of your own to the built-in ones.
pub(crate) fn mapper(api_key: &str) -> Result<Mapper, Failure> {
    let plans = Spec::load(&mapwright_builtin::sources()).check()?.compile();
    let settings = json!({ "apiKey": api_key });
    Ok(plans.plan("intercom", None, &settings)?.bind(&settings)?)
}

/// Delivers one event. Events of one user must be delivered in order: see `Mapper::order_keys`.
pub(crate) async fn deliver(
    mapper: &Mapper,
    event: &[u8],
    scratch: &mut Scratch,
    send: impl AsyncFn(&Request<'_>) -> Result<Response, Failure>,
) -> Result<String, Failure> {
    let mut run = match mapper.map(event, now(), scratch) {
        Outcome::Mapped(run) => run,
        Outcome::Skipped { skip, .. } => return Ok(format!("skipped: {}", skip.reason)),
        Outcome::Rejected { rejection, .. } => return Ok(format!("rejected: {rejection}")),
    };
    let mut again = 0;
    while let Some(request) = run.request()? {
        let response = send(&request).await?;
        match run.respond(&response, now())? {
            Progress::Next => again = 0,
            Progress::Retry { after, .. } if again < 5 => {
                again += 1;
                tokio::time::sleep(after.unwrap_or(Duration::from_secs(1 << again))).await;
            }
            Progress::Retry { .. } => {
                return Err(format!("answered with {} each time", response.status).into());
            }
        }
    }
    Ok(format!("delivered, with {} requests", run.requests()))
}

pub(crate) async fn send(http: &reqwest::Client, request: &Request<'_>) -> Result<Response, Failure> {
    let mut call = http.request(request.method.parse()?, request.url.as_ref());
    for (name, value) in request.headers() {
        call = call.header(name, value);
    }
    if let Some(body) = &request.body {
        call = call.body(body.bytes().to_vec());
    }
    let answer = call.send().await?;
    let status = answer.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect::<Vec<_>>();
    Ok(Response::new(status, headers, answer.bytes().await?.to_vec()))
}

/// Returns the current time in epoch milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
