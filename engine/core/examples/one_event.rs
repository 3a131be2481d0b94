//! Delivers the event on standard input, and prints its outcome: `API_KEY=… cargo run < event.json`. With `API_URL`, requests go to that
//! server instead of the mapping's, such as to a test double.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Outcome, Progress, Request, Response, Scratch, Spec};
use serde_json::json;

type Failure = Box<dyn Error>;

/// Where requests are sent.
pub(crate) struct Api {
    pub(crate) http: reqwest::Client,
    pub(crate) url: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    // a provider that is already installed is fine
    let _ = rustls::crypto::ring::default_provider().install_default();
    // a redirect would send the credentials to another host
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let api = Api { http, url: env::var("API_URL").ok() };
    let mapper = mapper(&env::var("API_KEY")?)?;
    let event = io::read_to_string(io::stdin())?;
    writeln!(io::stdout(), "{}", deliver(&mapper, &event, &api).await?)?;
    Ok(())
}

/// Builds the mapper, once for each configuration. `Sources::extend` would add mappings of your own to the built-in ones.
pub(crate) fn mapper(api_key: &str) -> Result<Mapper, Failure> {
    let plans = Spec::load(&mapwright_builtin::sources()).check()?.compile();
    let settings = json!({ "apiKey": api_key });
    Ok(plans.plan("intercom", None, &settings)?.bind(&settings)?)
}

/// Delivers one event: sends its requests in order, each until the mapping accepts the response.
pub(crate) async fn deliver(mapper: &Mapper, event: &str, api: &Api) -> Result<String, Failure> {
    // a program that maps several events keeps the scratch
    let mut scratch = Scratch::new();
    let mut run = match mapper.map(event, now(), &mut scratch) {
        Outcome::Mapped(run) => run,
        Outcome::Skipped { skip, .. } => return Ok(format!("skipped: {}", skip.reason)),
        Outcome::Rejected { rejection, .. } => return Ok(format!("rejected: {rejection}")),
        Outcome::Calls(calls) => return Ok(format!("refused: {}", calls.refusal())),
    };
    let mut again = 0;
    while let Some(request) = run.request()? {
        let response = api.send(request).await?;
        match run.respond(&response, now())? {
            Progress::Next => again = 0,
            Progress::Retry { after, .. } if again < 5 => {
                again += 1;
                tokio::time::sleep(after.unwrap_or(Duration::from_secs(1 << again))).await;
            }
            Progress::Retry { .. } | Progress::Renew { .. } => {
                return Err(format!("answered with {} each time", response.status).into());
            }
        }
    }
    Ok(format!("delivered, with {} requests and {} warnings", run.requests(), run.warnings().len()))
}

impl Api {
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
}

/// Returns the current time in epoch milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
