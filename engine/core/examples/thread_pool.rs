//! Maps the events on standard input, one per line, on all cores, and prints the requests that each could send:
//! `API_KEY=… cargo run < events.ndjson`. Nothing is sent.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, Write as _};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Outcome, Scratch, Spec};
use serde_json::json;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let plans = Spec::load(&mapwright_builtin::sources()).check()?.compile();
    let settings = json!({ "apiKey": env::var("API_KEY")? });
    // what is printed must not contain the key
    let mapper = plans.plan("intercom", None, &settings)?.bind_redacted(&settings)?;
    let threads = thread::available_parallelism()?.get();
    let mut out = io::stdout().lock();
    let lines = io::BufReader::new(io::stdin()).lines().map_while(Result::ok);
    map_all(&mapper, lines, threads, |line, text| write!(out, "event {line}\n{text}"))?;
    Ok(())
}

/// Maps each event on one of several threads, and calls `done` with its number, from 1, and what came of it. Events that are mapped
/// at the same time may end in any order.
pub(crate) fn map_all(
    mapper: &Mapper,
    events: impl Iterator<Item = String> + Send,
    threads: usize,
    mut done: impl FnMut(usize, &str) -> io::Result<()>,
) -> io::Result<()> {
    let events = Mutex::new(events.enumerate());
    let (sender, results) = mpsc::sync_channel(1_024);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (events, sender) = (&events, sender.clone());
            scope.spawn(move || {
                // one for each thread: its buffers are used for all events
                let mut scratch = Scratch::new();
                loop {
                    let next = events.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((at, event)) = next else { break };
                    if sender.send((at + 1, map(mapper, &event, &mut scratch))).is_err() {
                        break;
                    }
                }
            });
        }
        // the results end when all threads have
        drop(sender);
        results.into_iter().try_for_each(|(line, text)| done(line, &text))
    })
}

/// Returns one line for each request that an event could send, or why it has none.
fn map(mapper: &Mapper, event: &str, scratch: &mut Scratch) -> String {
    let mut run = match mapper.map(event, now(), scratch) {
        Outcome::Mapped(run) => run,
        Outcome::Skipped { skip, .. } => return format!("  skipped: {}\n", skip.reason),
        Outcome::Rejected { rejection, .. } => return format!("  rejected: {rejection}\n"),
        Outcome::Calls(calls) => return format!("  refused: {}\n", calls.refusal()),
    };
    let requests = match run.preview() {
        Ok(requests) => requests,
        Err(rejection) => return format!("  rejected: {rejection}\n"),
    };
    let mut text = String::new();
    for request in &requests {
        let when = request.when.as_deref().map(|when| format!(" when {when}")).unwrap_or_default();
        let body = String::from_utf8_lossy(request.body.as_ref().map_or(&[], |body| body.bytes()));
        // writing to a string cannot fail
        let _ = writeln!(text, "  {}{when}: {} {} {body}", request.step, request.method, request.url);
    }
    text
}

/// Returns the current time in epoch milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
