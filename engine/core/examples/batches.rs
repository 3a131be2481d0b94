//! Delivers the events on standard input, one per line, several in one request where the API takes that:
//! `MAPPINGS=… DESTINATION=… API_KEY=… cargo run < events.ndjson`. With `API_URL`, requests go to that server.

use std::collections::{HashMap, VecDeque};
use std::env;
use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mapwright::{
    Again, Batch, BatchAnswer, Ended, ItemAnswer, Mapper, OwnedOutcome, OwnedRun, Progress, Request,
    Response, Scratch, Sources, Spec, Turns,
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

/// An event that is not delivered yet.
struct Waiting {
    line: usize,
    run: OwnedRun,
    /// How long it waits before its request is sent again.
    wait: Option<Duration>,
}

/// Batches to send, each after a wait. An item is known by the number of its event.
type Due = VecDeque<(Batch<u64>, Option<Duration>)>;

/// A delivery, and what it reports of each event.
pub(crate) struct Delivery<'m, S> {
    mapper: &'m Mapper,
    http: reqwest::Client,
    url: Option<String>,
    said: S,
    /// Who continues next, and which items share a batch.
    turns: Turns<u64>,
    events: HashMap<u64, Waiting>,
    /// When batches began, by their numbers.
    began: HashMap<u64, Instant>,
    lines: usize,
}

impl<'m, S: FnMut(usize, &str) -> io::Result<()>> Delivery<'m, S> {
    pub(crate) fn new(mapper: &'m Mapper, http: reqwest::Client, url: Option<String>, said: S) -> Self {
        let (turns, events, began) = (Turns::new(mapper), HashMap::new(), HashMap::new());
        Self { mapper, http, url, said, turns, events, began, lines: 0 }
    }

    /// Takes an event. It is sent once its batch is complete, or has waited as long as the mapping says.
    pub(crate) async fn add(&mut self, event: String) -> Result<(), Failure> {
        self.lines += 1;
        let keys = self.mapper.order_keys(&event, now(), &mut Scratch::new());
        match self.mapper.start(event, now(), Scratch::new()) {
            OwnedOutcome::Mapped(run) => {
                let waiting = Waiting { line: self.lines, run, wait: None };
                self.events.insert(self.turns.enter(keys), waiting);
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
        self.work(Vec::new()).await?;
        let waits =
            |began: &HashMap<u64, Instant>, id| began.get(&id).map_or(Duration::ZERO, Instant::elapsed);
        let late = self.turns.batcher().open().filter(|open| waits(&self.began, open.id) >= open.wait);
        let late: Vec<u64> = late.map(|open| open.id).collect();
        let late = late.into_iter().filter_map(|id| self.turns.take(id)).collect();
        self.work(late).await
    }

    /// Sends what waits.
    pub(crate) async fn finish(&mut self) -> Result<(), Failure> {
        while !self.turns.batcher().is_empty() {
            let open = self.turns.take_all();
            self.work(open).await?;
        }
        Ok(())
    }

    /// Works until everything that is left waits for more items, or for an event that does.
    async fn work(&mut self, batches: Vec<Batch<u64>>) -> Result<(), Failure> {
        let mut due: Due = batches.into_iter().map(|batch| (batch, None)).collect();
        loop {
            if let Some((batch, wait)) = due.pop_front() {
                self.batch(batch, wait, &mut due).await?;
            } else if let Some(event) = self.turns.next_event() {
                self.run(event, &mut due).await?;
            } else {
                return Ok(());
            }
        }
    }

    async fn run(&mut self, event: u64, due: &mut Due) -> Result<(), Failure> {
        let Some(Waiting { run, wait, .. }) = self.events.get_mut(&event) else { return Ok(()) };
        let request = match run.request() {
            Ok(Some(request)) => request.into_owned(),
            Ok(None) => return self.ends(event, "delivered"),
            Err(rejection) => return self.ends(event, &format!("rejected: {rejection}")),
        };
        self.turns.leave_steps(event, |steps| run.can_reach(steps));
        let step = request.instruction;
        if let Some(item) = request.batch() {
            // if it is not its turn, it is named again
            let (item, mut ahead) = (Box::new(item.clone()), run.items_ahead());
            if let Ok(joined) = self.turns.join(event, step, item, &mut ahead, || event) {
                self.began.entry(joined.batch).or_insert_with(Instant::now);
                due.extend(joined.complete.into_iter().map(|batch| (batch, None)));
            }
            return Ok(());
        }
        if !self.turns.may_send(event, step) {
            return Ok(());
        }
        pause(wait.take()).await;
        let response = self.send(&request).await?;
        let Some(Waiting { run, .. }) = self.events.get_mut(&event) else { return Ok(()) };
        let progress = run.respond(&response, now());
        self.goes_on(event, progress)
    }

    async fn batch(
        &mut self,
        batch: Batch<u64>,
        wait: Option<Duration>,
        due: &mut Due,
    ) -> Result<(), Failure> {
        self.began.remove(&batch.id());
        if batch.attempts() > 5 {
            let events = batch.into_tags();
            return events.into_iter().try_for_each(|event| self.ends(event, "failed: not accepted in time"));
        }
        pause(wait).await;
        let prepared = batch.prepare(now());
        self.settle(prepared.settled)?;
        for ready in prepared.ready {
            let response = self.send(ready.request()).await?;
            let BatchAnswer { settled, again, .. } = ready.answer(&response, now());
            self.settle(settled)?;
            due.extend(again.into_iter().map(|Again { batch, after, .. }| (batch, after)));
        }
        Ok(())
    }

    /// Lets runs continue with what their items have become.
    fn settle(&mut self, settled: Vec<(u64, ItemAnswer)>) -> Result<(), Failure> {
        for (event, outcome) in settled {
            let Some(Waiting { run, .. }) = self.events.get_mut(&event) else { continue };
            let progress = run.settle(outcome);
            self.goes_on(event, progress)?;
        }
        Ok(())
    }

    fn goes_on(&mut self, event: u64, progress: Result<Progress, Ended>) -> Result<(), Failure> {
        match progress {
            Ok(Progress::Next) => {}
            Ok(Progress::Retry { after, .. }) => {
                if let Some(waiting) = self.events.get_mut(&event) {
                    waiting.wait = Some(after.unwrap_or(Duration::from_secs(1)));
                }
            }
            Ok(Progress::Renew { setting }) => {
                return self.ends(event, &format!("failed: `{setting}` is no longer valid"));
            }
            Err(ended) => return self.ends(event, &format!("failed: {ended}")),
        }
        self.turns.answered(event);
        Ok(())
    }

    /// Reports what has become of an event, and lets those continue that wait for it.
    fn ends(&mut self, event: u64, text: &str) -> Result<(), Failure> {
        self.turns.end(event);
        match self.events.remove(&event) {
            Some(waiting) => Ok((self.said)(waiting.line, text)?),
            None => Ok(()),
        }
    }

    async fn send(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let mut request = request.clone();
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
