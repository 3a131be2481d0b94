//! Delivers the events on standard input, one per line, several in one request where the API takes that:
//! `MAPPINGS=… DESTINATION=… API_KEY=… cargo run < events.ndjson`. With `API_URL`, requests go to that server.

use std::collections::{HashMap, VecDeque};
use std::env;
use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mapwright::{
    Again, Batch, Batcher, Ended, ItemAnswer, Mapper, OwnedOutcome, OwnedRun, Progress, Request, Response,
    Scratch, Sources, Spec,
};
use serde_json::json;

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    // a provider that is already installed is fine
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let mapper = mapper(&env::var("MAPPINGS")?, &env::var("DESTINATION")?, &env::var("API_KEY")?)?;
    let said = |line: usize, text: &str| writeln!(io::stdout(), "event {line}: {text}");
    let mut delivery = Delivery::new(&mapper, http, env::var("API_URL").ok(), said);
    for line in io::stdin().lock().lines() {
        delivery.add(line?).await?;
    }
    delivery.finish().await
}

/// Builds the mapper of a destination, from the files of a folder that has `mappings/` and `schemas/`.
fn mapper(folder: &str, destination: &str, api_key: &str) -> Result<Mapper, Failure> {
    let mut sources = Sources::new();
    let mut open = vec![std::path::PathBuf::from(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir()?.flatten().map(|entry| entry.path()));
        } else {
            let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
            sources.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    let settings = json!({ "apiKey": api_key });
    Ok(Spec::load(&sources).check()?.compile().plan(destination, None, &settings)?.bind(&settings)?)
}

/// An event that is not delivered yet: what a batch knows its item by.
struct Waiting {
    line: usize,
    run: OwnedRun,
}

/// What is to be done next.
enum Next {
    Run(Waiting, Option<Duration>),
    Batch(Batch<Waiting>, Option<Duration>),
}

/// A delivery, and what it reports of each event.
pub(crate) struct Delivery<'m, S> {
    mapper: &'m Mapper,
    http: reqwest::Client,
    url: Option<String>,
    said: S,
    batcher: Batcher<Waiting>,
    /// When batches began, by their numbers.
    began: HashMap<u64, Instant>,
    lines: usize,
}

impl<'m, S: FnMut(usize, &str) -> io::Result<()>> Delivery<'m, S> {
    pub(crate) fn new(mapper: &'m Mapper, http: reqwest::Client, url: Option<String>, said: S) -> Self {
        let (batcher, began) = (mapper.batcher(), HashMap::new());
        Self { mapper, http, url, said, batcher, began, lines: 0 }
    }

    /// Takes an event. It is sent once its batch is complete, or has waited as long as the mapping says.
    pub(crate) async fn add(&mut self, event: String) -> Result<(), Failure> {
        self.lines += 1;
        match self.mapper.start(event, now(), Scratch::new()) {
            OwnedOutcome::Mapped(run) => {
                self.work(vec![Next::Run(Waiting { line: self.lines, run }, None)]).await?;
            }
            OwnedOutcome::Skipped { skip, .. } => {
                (self.said)(self.lines, &format!("skipped: {}", skip.reason))?
            }
            OwnedOutcome::Rejected { rejection, .. } => {
                (self.said)(self.lines, &format!("rejected: {rejection}"))?;
            }
            OwnedOutcome::Calls { calls, .. } => {
                (self.said)(self.lines, &format!("refused: {}", calls.refusal()))?;
            }
        }
        let waits =
            |began: &HashMap<u64, Instant>, id| began.get(&id).map_or(Duration::ZERO, Instant::elapsed);
        let late = self.batcher.open().filter(|open| waits(&self.began, open.id) >= open.wait);
        let late: Vec<u64> = late.map(|open| open.id).collect();
        let late =
            late.into_iter().filter_map(|id| self.batcher.take(id)).map(|batch| Next::Batch(batch, None));
        let late = late.collect();
        self.work(late).await
    }

    /// Sends what waits.
    pub(crate) async fn finish(&mut self) -> Result<(), Failure> {
        while !self.batcher.is_empty() {
            let open = self.batcher.take_all().into_iter().map(|batch| Next::Batch(batch, None));
            let open = open.collect();
            self.work(open).await?;
        }
        Ok(())
    }

    /// Works until everything that is left waits for more items.
    async fn work(&mut self, next: Vec<Next>) -> Result<(), Failure> {
        let mut next = VecDeque::from(next);
        while let Some(first) = next.pop_front() {
            match first {
                Next::Run(waiting, wait) => self.run(waiting, wait, &mut next).await?,
                Next::Batch(batch, wait) => self.batch(batch, wait, &mut next).await?,
            }
        }
        Ok(())
    }

    async fn run(
        &mut self,
        mut waiting: Waiting,
        wait: Option<Duration>,
        next: &mut VecDeque<Next>,
    ) -> Result<(), Failure> {
        pause(wait).await;
        let request = match waiting.run.request() {
            Ok(Some(request)) => request.into_owned(),
            Ok(None) => return Ok((self.said)(waiting.line, "delivered")?),
            Err(rejection) => return Ok((self.said)(waiting.line, &format!("rejected: {rejection}"))?),
        };
        if let Some(item) = request.batch() {
            let joined = self.batcher.add(item.clone(), waiting);
            self.began.entry(joined.batch).or_insert_with(Instant::now);
            next.extend(joined.complete.into_iter().map(|batch| Next::Batch(batch, None)));
            return Ok(());
        }
        let response = self.send(&request).await?;
        let progress = waiting.run.respond(&response, now());
        self.goes_on(waiting, progress, next)
    }

    async fn batch(
        &mut self,
        batch: Batch<Waiting>,
        wait: Option<Duration>,
        next: &mut VecDeque<Next>,
    ) -> Result<(), Failure> {
        self.began.remove(&batch.id());
        if batch.attempts() > 5 {
            let lines = batch.into_tags().into_iter().map(|waiting| waiting.line);
            return Ok(lines
                .into_iter()
                .try_for_each(|line| (self.said)(line, "failed: not accepted in time"))?);
        }
        pause(wait).await;
        let prepared = batch.prepare(now());
        self.settle(prepared.settled, next)?;
        for ready in prepared.ready {
            let response = self.send(ready.request()).await?;
            let answer = ready.answer(&response, now());
            self.settle(answer.settled, next)?;
            for Again { batch, after, .. } in answer.again {
                next.push_back(Next::Batch(batch, after));
            }
        }
        Ok(())
    }

    /// Lets runs continue with what their items have become.
    fn settle(
        &mut self,
        settled: Vec<(Waiting, ItemAnswer)>,
        next: &mut VecDeque<Next>,
    ) -> Result<(), Failure> {
        for (mut waiting, answer) in settled {
            let progress = waiting.run.settle(answer);
            self.goes_on(waiting, progress, next)?;
        }
        Ok(())
    }

    fn goes_on(
        &mut self,
        waiting: Waiting,
        progress: Result<Progress, Ended>,
        next: &mut VecDeque<Next>,
    ) -> Result<(), Failure> {
        match progress {
            Ok(Progress::Next) => next.push_back(Next::Run(waiting, None)),
            Ok(Progress::Retry { after, .. }) => {
                next.push_back(Next::Run(waiting, Some(after.unwrap_or(Duration::from_secs(1)))));
            }
            Ok(Progress::Renew { setting }) => {
                (self.said)(waiting.line, &format!("failed: `{setting}` is no longer valid"))?;
            }
            Err(ended) => (self.said)(waiting.line, &format!("failed: {ended}"))?,
        }
        Ok(())
    }

    async fn send(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let mut request = request.clone();
        if let Some(url) = &self.url {
            let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
            request.url = format!("{}/{path}", url.trim_end_matches('/')).into();
        }
        let request: http::Request<Vec<u8>> = request.try_into()?;
        let mut answer = self.http.execute(request.try_into()?).await?;
        let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
        Ok(Response::new(status, headers, answer.bytes().await?))
    }
}

async fn pause(wait: Option<Duration>) {
    if let Some(wait) = wait {
        tokio::time::sleep(wait).await;
    }
}

/// Returns the current time in epoch milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
