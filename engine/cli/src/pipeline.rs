//! Runs a worker over all events of an input: on all cores, with the output in input order.
//!
//! One thread reads, several work, and the calling thread writes. A fixed number of batches goes round between them:
//! the reader fills one, a worker adds the output to it, the writer puts it into order, writes it and gives
//! it back. That bounds queues, reordering and memory at once, and no event costs an allocation.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use mapwright_cli::input::{Event, Input, Limits, Source};
//! use mapwright_cli::pipeline::{self, Options};
//!
//! let source = Source::reader("example", &b"{\"n\": 1}\n{\"n\": 2}\n"[..]);
//! let mut output = Vec::new();
//! let options = Options { threads: NonZeroUsize::MIN, ..Options::default() };
//! let report = pipeline::run(Input::new([source], Limits::default()), (), &mut output, &options, &|| {
//!     |event: &Event<'_>, output: &mut Vec<u8>| {
//!         output.extend_from_slice(event.json.unwrap_or_default());
//!         output.push(b';');
//!         1
//!     }
//! })?;
//! assert_eq!(output, b"{\"n\": 1};{\"n\": 2};");
//! assert_eq!(report.tally, 2);
//! # Ok::<(), pipeline::PipelineError>(())
//! ```

use std::collections::VecDeque;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::AddAssign;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

// The standard library's channels have no second receiver and cannot be selected from.
use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use crate::input::{Batch, BatchSize, Event, Input, SourceError};
use crate::progress::Progress;

/// What workers count, summed over all events whose output was written.
pub trait Tally: Default + AddAssign + Send + 'static {}

impl<T: Default + AddAssign + Send + 'static> Tally for T {}

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many workers. With one, and input that never waits, everything happens on the calling thread.
    pub threads: NonZeroUsize,
    /// How many bytes of events may be under way at once; a single event may exceed it.
    pub bytes_under_way: usize,
    /// Stops the run early.
    pub cancel: Cancel,
}

impl Default for Options {
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { threads, bytes_under_way: 8 * 1024 * 1024, cancel: Cancel::new() }
    }
}

/// Stops a run from another thread, such as a handler of Ctrl-C. Clones stop the same run.
#[derive(Clone, Debug)]
pub struct Cancel {
    cancelled: Arc<AtomicBool>,
    bell: Sender<()>,
    heard: Receiver<()>,
}

impl Cancel {
    /// Not cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        let (bell, heard) = bounded(1);
        Self { cancelled: Arc::default(), bell, heard }
    }

    /// Ends the run after the events that were read so far, also while the reader waits for input.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        // A full channel has rung already.
        let _ = self.bell.try_send(());
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipelineEnding {
    /// At the end of the input.
    Complete,
    /// By [`Cancel::cancel`]. Everything read before it was written.
    Cancelled,
    /// Nobody reads the output any more, as with `| head`; no reason to complain.
    OutputClosed,
}

/// What a run has done.
#[derive(Debug)]
pub struct PipelineReport<T> {
    /// How it ended.
    pub ending: PipelineEnding,
    /// The sum over the events whose output was written.
    pub tally: T,
    /// How many events (and faults) that were.
    pub events: u64,
    /// Sources that could not be read to their end, in their order.
    pub source_errors: Vec<SourceError>,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The output could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// The operating system gives no more threads.
    #[error("cannot start {threads} threads: {error}; use fewer threads")]
    Threads {
        /// How many were asked for.
        threads: NonZeroUsize,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

/// Calls a worker for every event of `input` and writes what the workers write, in the order of the events and
/// with the same bytes whatever the number of threads.
///
/// `make_worker` is called once in every worker's thread. Faults of the input reach the worker as well
/// ([`Event::json`]), so that they appear in the output in their place.
///
/// # Errors
/// If the output cannot be written (other than because it was closed) or threads cannot be started. Unreadable
/// sources do not end the run: they are part of the report.
pub fn run<T, M, W>(
    input: Input,
    progress: impl Progress + Send + 'static,
    output: &mut impl Write,
    options: &Options,
    make_worker: &M,
) -> Result<PipelineReport<T>, PipelineError>
where
    T: Tally,
    M: Fn() -> W + Sync,
    W: FnMut(&Event<'_>, &mut Vec<u8>) -> T,
{
    let mut writer = Writer { output, report: PipelineReport::new() };
    let result = match options.threads.get() {
        // a thread that waits for input would not hear that it is cancelled
        1 if !input.may_wait() => run_here(input, progress, &mut writer, options, make_worker),
        _ => run_threads(input, progress, &mut writer, options, make_worker),
    };
    match result {
        Ok(()) if options.cancel.is_cancelled() => writer.report.ending = PipelineEnding::Cancelled,
        Err(PipelineError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            writer.report.ending = PipelineEnding::OutputClosed;
        }
        other => other?,
    }
    Ok(writer.report)
}

/// A batch on its way, with what is made of it.
struct Job<T> {
    sequence: u64,
    batch: Batch,
    /// The batch's bytes, for the reader to know when it is empty again.
    weight: usize,
    source_errors: Vec<SourceError>,
    output: Vec<u8>,
    tally: T,
}

impl<T: Tally> Job<T> {
    fn new(size: BatchSize) -> Self {
        let (batch, source_errors, output) = (Batch::new(size), Vec::new(), Vec::new());
        Self { sequence: 0, batch, weight: 0, source_errors, output, tally: T::default() }
    }

    /// Takes the next batch; false at the end of the input, when there may still be errors to tell.
    fn read(&mut self, input: &mut Input) -> bool {
        let more = input.fill(&mut self.batch);
        self.weight = self.batch.byte_len();
        self.source_errors = input.take_errors();
        more
    }

    fn work(&mut self, worker: &mut impl FnMut(&Event<'_>, &mut Vec<u8>) -> T) {
        for event in self.batch.events() {
            self.tally += worker(&event, &mut self.output);
        }
    }

    /// Makes it ready for the next batch, with buffers of ordinary size.
    fn clear(&mut self) {
        self.batch.clear();
        self.output.clear();
        self.output.shrink_to(MAX_IDLE_OUTPUT);
    }
}

const MAX_IDLE_OUTPUT: usize = 512 * 1024;

struct Writer<'a, O, T> {
    output: &'a mut O,
    report: PipelineReport<T>,
}

impl<T: Tally> PipelineReport<T> {
    fn new() -> Self {
        Self { ending: PipelineEnding::Complete, tally: T::default(), events: 0, source_errors: Vec::new() }
    }
}

impl<O: Write, T: Tally> Writer<'_, O, T> {
    fn write(&mut self, job: &mut Job<T>) -> Result<(), PipelineError> {
        self.report.source_errors.append(&mut job.source_errors);
        self.output.write_all(&job.output).map_err(PipelineError::Output)?;
        self.report.tally += std::mem::take(&mut job.tally);
        self.report.events += job.batch.len() as u64;
        job.clear();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PipelineError> {
        self.output.flush().map_err(PipelineError::Output)
    }
}

fn run_here<T, M, W>(
    mut input: Input,
    mut progress: impl Progress,
    writer: &mut Writer<'_, impl Write, T>,
    options: &Options,
    make_worker: &M,
) -> Result<(), PipelineError>
where
    T: Tally,
    M: Fn() -> W,
    W: FnMut(&Event<'_>, &mut Vec<u8>) -> T,
{
    let mut worker = make_worker();
    let mut job = Job::new(BatchSize::DEFAULT);
    let mut more = true;
    while more && !options.cancel.is_cancelled() {
        more = job.read(&mut input);
        progress.advance(input.position());
        job.work(&mut worker);
        writer.write(&mut job)?;
        writer.flush()?;
    }
    Ok(())
}

fn run_threads<T, M, W>(
    input: Input,
    progress: impl Progress + Send + 'static,
    writer: &mut Writer<'_, impl Write, T>,
    options: &Options,
    make_worker: &M,
) -> Result<(), PipelineError>
where
    T: Tally,
    M: Fn() -> W + Sync,
    W: FnMut(&Event<'_>, &mut Vec<u8>) -> T,
{
    let threads = options.threads.get();
    // Two for each worker, so that none waits for work, and one each to read into and to write from.
    let jobs = 2 * threads + 2;
    let size = BatchSize {
        bytes: (options.bytes_under_way / jobs).clamp(1024, BatchSize::DEFAULT.bytes),
        ..BatchSize::DEFAULT
    };
    // There is room for all jobs everywhere: only the lack of a free job makes anybody wait.
    let (free, free_jobs) = bounded(jobs);
    let (read, read_jobs) = bounded(jobs);
    let (done, done_jobs) = bounded(jobs + threads);
    let (stop, stopped) = bounded::<()>(0);
    thread::scope(|scope| {
        // The scope cannot end while a worker waits, so `stop` and `read` have to be gone by then.
        let stop = stop;
        for _ in 0..threads {
            let (read_jobs, done, stopped) = (read_jobs.clone(), done.clone(), stopped.clone());
            thread::Builder::new()
                .name("worker".to_owned())
                .spawn_scoped(scope, move || work(make_worker(), &read_jobs, &done, &stopped))
                .map_err(|error| PipelineError::Threads { threads: options.threads, error })?;
        }
        drop((read_jobs, done));
        for _ in 0..jobs {
            let _ = free.send(Job::new(size));
        }
        let waits = input.may_wait();
        let cancel = options.cancel.clone();
        let limit = options.bytes_under_way;
        // Not in the scope: nobody has to wait for a reader that waits for input which nobody needs any more.
        let reader = thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || read_all(input, progress, &free_jobs, &read, limit, &cancel))
            .map_err(|error| PipelineError::Threads { threads: options.threads, error })?;
        let result = write_all(writer, done_jobs, free, stop, &options.cancel);
        if (matches!(result, Ok(End::Input)) || !waits)
            && let Err(panicked) = reader.join()
        {
            panic::resume_unwind(panicked);
        }
        result.map(|_| ())
    })
}

fn read_all<T: Tally>(
    mut input: Input,
    mut progress: impl Progress,
    free_jobs: &Receiver<Job<T>>,
    read: &Sender<Job<T>>,
    limit: usize,
    cancel: &Cancel,
) {
    let mut idle = Vec::new();
    let mut under_way = 0;
    let mut sequence = 0;
    let mut more = true;
    while more && !cancel.is_cancelled() {
        let Some(mut job) = idle.pop().or_else(|| take_back(free_jobs, &mut under_way)) else { return };
        more = job.read(&mut input);
        progress.advance(input.position());
        // Large events: wait until what was read before is written.
        while under_way > 0 && under_way + job.weight > limit {
            let Some(freed) = take_back(free_jobs, &mut under_way) else { return };
            idle.push(freed);
        }
        under_way += job.weight;
        job.sequence = sequence;
        sequence += 1;
        if read.send(job).is_err() {
            return;
        }
    }
}

fn take_back<T>(free_jobs: &Receiver<Job<T>>, under_way: &mut usize) -> Option<Job<T>> {
    let job = free_jobs.recv().ok()?;
    *under_way = under_way.saturating_sub(job.weight);
    Some(job)
}

/// What a worker hands to the writer.
enum Done<T> {
    Job(Job<T>),
    /// The worker has panicked: what it held will never come.
    Lost,
}

fn work<T: Tally>(
    mut worker: impl FnMut(&Event<'_>, &mut Vec<u8>) -> T,
    read_jobs: &Receiver<Job<T>>,
    done: &Sender<Done<T>>,
    stopped: &Receiver<()>,
) {
    let _guard = PanicGuard(done);
    loop {
        let job = select! {
            recv(read_jobs) -> job => job.ok(),
            recv(stopped) -> _ => read_jobs.try_recv().ok(),
        };
        let Some(mut job) = job else { return };
        job.work(&mut worker);
        if done.send(Done::Job(job)).is_err() {
            return;
        }
    }
}

/// Keeps the writer from waiting for a worker that is no more; the scope passes the panic on.
struct PanicGuard<'a, T>(&'a Sender<Done<T>>);

impl<T> Drop for PanicGuard<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Done::Lost);
        }
    }
}

/// Why there is nothing left to write.
enum End {
    Input,
    Cancelled,
    Lost,
}

fn write_all<T: Tally>(
    writer: &mut Writer<'_, impl Write, T>,
    done_jobs: Receiver<Done<T>>,
    free: Sender<Job<T>>,
    stop: Sender<()>,
    cancel: &Cancel,
) -> Result<End, PipelineError> {
    let mut stop = Some(stop);
    let mut cancelled = cancel.heard.clone();
    // The jobs behind the next one to be written, by their distance from it.
    let mut early: VecDeque<Option<Job<T>>> = VecDeque::new();
    let mut next = 0;
    loop {
        let done = match done_jobs.try_recv() {
            Ok(done) => Ok(done),
            Err(_) => {
                writer.flush()?;
                select! {
                    recv(done_jobs) -> done => done,
                    recv(cancelled) -> _ => {
                        // The workers finish what was read and end, and with them this loop.
                        stop = None;
                        cancelled = never();
                        continue;
                    }
                }
            }
        };
        let job = match done {
            Ok(Done::Job(job)) => job,
            Ok(Done::Lost) => return Ok(End::Lost),
            Err(_) => return Ok(if stop.is_some() { End::Input } else { End::Cancelled }),
        };
        let distance = usize::try_from(job.sequence - next).unwrap_or(usize::MAX);
        if early.len() <= distance {
            early.resize_with(distance + 1, || None);
        }
        if let Some(place) = early.get_mut(distance) {
            *place = Some(job);
        }
        while let Some(Some(_)) = early.front() {
            let Some(Some(mut job)) = early.pop_front() else { break };
            next += 1;
            writer.write(&mut job)?;
            let _ = free.send(job);
        }
    }
}
