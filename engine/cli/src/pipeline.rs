//! Runs a worker over all events of an input: on all cores, with the output in input order.
//!
//! One thread reads, several threads work, and the calling thread writes. A fixed number of batches circulates:
//! the reader fills a batch, a worker adds its output, and the writer restores the order, writes the batch and returns
//! it to the reader. This bounds queues, reordering and memory at once, and no event needs an allocation.
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

// the standard library's channels have a single receiver and cannot be selected from
use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use crate::input::{Batch, BatchSize, Event, Input, SourceError};
use crate::progress::Progress;

/// The counts of workers, summed over all events whose output was written.
pub trait Tally: Default + AddAssign + Send + 'static {}

impl<T: Default + AddAssign + Send + 'static> Tally for T {}

/// The options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The number of workers. With one, and input that never blocks, everything runs on the calling thread.
    pub threads: NonZeroUsize,
    /// The most bytes of events in flight; a single event may exceed it.
    pub bytes_in_flight: usize,
    /// Stops the run early.
    pub cancel: Cancel,
}

impl Default for Options {
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { threads, bytes_in_flight: 8 * 1024 * 1024, cancel: Cancel::new() }
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
    /// Returns a handle that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        let (bell, heard) = bounded(1);
        Self { cancelled: Arc::default(), bell, heard }
    }

    /// Ends the run after the events that were read so far, also while the reader waits for input.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        // if the channel is full, the run is already notified
        let _ = self.bell.try_send(());
    }

    /// Returns whether the run was cancelled.
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
    /// The output was closed, as with `| head`, which is not an error.
    OutputClosed,
}

/// The result of a run.
#[derive(Debug)]
pub struct PipelineReport<T> {
    /// How it ended.
    pub ending: PipelineEnding,
    /// The sum over the events whose output was written.
    pub tally: T,
    /// The number of these events, including faults.
    pub events: u64,
    /// The sources that could not be read to their end, in order.
    pub source_errors: Vec<SourceError>,
}

/// An error that ended a run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The output could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// The operating system cannot start more threads.
    #[error("cannot start {threads} threads: {error}; use fewer threads")]
    Threads {
        /// The requested number.
        threads: NonZeroUsize,
        /// The system's error.
        #[source]
        error: io::Error,
    },
}

/// Calls a worker for every event of `input` and writes the output of the workers, in the order of the events.
/// The output does not depend on the number of threads.
///
/// `make_worker` is called once in every worker's thread. The worker also receives the input's faults
/// ([`Event::json`]), so that they appear in the output at their position.
///
/// # Errors
/// Returns an error if the output cannot be written (unless it was closed) or threads cannot be started. Unreadable
/// sources do not end the run; they are part of the report.
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
    let mut writer = PipelineWriter { output, report: PipelineReport::new() };
    let result = match options.threads.get() {
        // a thread that is blocked on input would not notice the cancellation
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

/// A batch in flight, with its output.
struct Job<T> {
    sequence: u64,
    batch: Batch,
    /// The batch's bytes, which the reader subtracts when the batch returns.
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

    /// Reads the next batch. Returns false at the end of the input, when there may still be errors.
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

    /// Prepares the job for the next batch, with buffers of ordinary size.
    fn clear(&mut self) {
        self.batch.clear();
        self.output.clear();
        self.output.shrink_to(MAX_IDLE_OUTPUT);
    }
}

const MAX_IDLE_OUTPUT: usize = 512 * 1024;

struct PipelineWriter<'a, O, T> {
    output: &'a mut O,
    report: PipelineReport<T>,
}

impl<T: Tally> PipelineReport<T> {
    fn new() -> Self {
        Self { ending: PipelineEnding::Complete, tally: T::default(), events: 0, source_errors: Vec::new() }
    }
}

impl<O: Write, T: Tally> PipelineWriter<'_, O, T> {
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
    writer: &mut PipelineWriter<'_, impl Write, T>,
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
    writer: &mut PipelineWriter<'_, impl Write, T>,
    options: &Options,
    make_worker: &M,
) -> Result<(), PipelineError>
where
    T: Tally,
    M: Fn() -> W + Sync,
    W: FnMut(&Event<'_>, &mut Vec<u8>) -> T,
{
    let threads = options.threads.get();
    // two per worker, so that none waits for work, and one each for the reader and the writer
    let jobs = 2 * threads + 2;
    let size = BatchSize {
        bytes: (options.bytes_in_flight / jobs).clamp(1024, BatchSize::DEFAULT.bytes),
        ..BatchSize::DEFAULT
    };
    // every channel has room for all jobs, so threads wait only for a free job
    let (free, free_jobs) = bounded(jobs);
    let (read, read_jobs) = bounded(jobs);
    let (done, done_jobs) = bounded(jobs + threads);
    let (stop, stopped) = bounded::<()>(0);
    thread::scope(|scope| {
        // the scope cannot end while a worker waits, so `stop` and `read` must be dropped before
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
        let limit = options.bytes_in_flight;
        // outside of the scope: a reader that is blocked on input that is no longer needed is not joined
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
    let mut in_flight = 0;
    let mut sequence = 0;
    let mut more = true;
    while more && !cancel.is_cancelled() {
        let Some(mut job) = idle.pop().or_else(|| take_back(free_jobs, &mut in_flight)) else { return };
        more = job.read(&mut input);
        progress.advance(input.position());
        // large events: wait until earlier events were written
        while in_flight > 0 && in_flight + job.weight > limit {
            let Some(freed) = take_back(free_jobs, &mut in_flight) else { return };
            idle.push(freed);
        }
        in_flight += job.weight;
        job.sequence = sequence;
        sequence += 1;
        if read.send(job).is_err() {
            return;
        }
    }
}

fn take_back<T>(free_jobs: &Receiver<Job<T>>, in_flight: &mut usize) -> Option<Job<T>> {
    let job = free_jobs.recv().ok()?;
    *in_flight = in_flight.saturating_sub(job.weight);
    Some(job)
}

/// A message from a worker to the writer.
enum Done<T> {
    Job(Job<T>),
    /// The worker panicked, and its job is lost.
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

/// Prevents the writer from waiting for a worker that panicked. The scope propagates the panic.
struct PanicGuard<'a, T>(&'a Sender<Done<T>>);

impl<T> Drop for PanicGuard<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Done::Lost);
        }
    }
}

/// Why writing ended.
enum End {
    Input,
    Cancelled,
    Lost,
}

fn write_all<T: Tally>(
    writer: &mut PipelineWriter<'_, impl Write, T>,
    done_jobs: Receiver<Done<T>>,
    free: Sender<Job<T>>,
    stop: Sender<()>,
    cancel: &Cancel,
) -> Result<End, PipelineError> {
    let mut stop = Some(stop);
    let mut cancelled = cancel.heard.clone();
    // the jobs after the next one to write, by their distance from it
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
                        // the workers finish the events that were read and end, and with them this loop
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
