//! Feeds events from files to the driver. A separate thread reads them, no faster than they are delivered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc as std_mpsc;
use std::{io, thread};

use futures_util::{Stream, StreamExt as _, stream};
use mapwright::Rejection;
use mapwright_driver::Incoming;
use tokio::sync::mpsc;

use super::Reading;
use crate::dead_letter::{self, Opened};
use crate::input::{Batch, BatchSize, Event, Input, Place, SourceError};
use crate::rejection::of_fault;

/// The number of batches in the queue, each of about 256 KiB, or of one event.
const BATCHES: usize = 2;

/// The origin of an event.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) file: Arc<str>,
    pub(crate) place: Place,
    /// The fault, if there is no event. An empty event takes its position in the stream.
    pub(crate) fault: Option<Box<(Rejection, Option<Place>)>>,
}

/// The errors of sources, after reading has ended.
pub(crate) struct SourceErrors(std_mpsc::Receiver<SourceError>);

impl SourceErrors {
    /// Returns the errors so far.
    pub(crate) fn seen(&self) -> Vec<SourceError> {
        self.0.try_iter().collect()
    }
}

/// Returns the progress of reading, which is updated while reading continues.
pub(crate) fn reading(input: &Input) -> Reading {
    Reading { total: input.position().total, ..Reading::default() }
}

/// Starts reading.
///
/// # Errors
/// Returns an error if the operating system cannot start a thread.
pub(crate) fn start(
    mut input: Input,
    reading: Reading,
) -> io::Result<(impl Stream<Item = Incoming<Origin>> + Send + use<>, SourceErrors)> {
    let (batches, taken) = mpsc::channel(BATCHES);
    let (errors, seen) = std_mpsc::channel();
    // the thread is not joined: it may be blocked on input that is no longer needed
    thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let mut batch = Batch::new(BatchSize::DEFAULT);
        let mut more = true;
        while more {
            more = input.fill(&mut batch);
            let file = batch.events().next().map(|event| Arc::from(event.source));
            let events: Vec<_> = batch.events().map(|event| incoming(&event, file.as_ref())).collect();
            for error in input.take_errors() {
                let _ = errors.send(error);
            }
            reading.bytes.store(input.position().bytes, Ordering::Relaxed);
            if !events.is_empty() && batches.blocking_send(events).is_err() {
                return;
            }
        }
    })?;
    let batches = stream::unfold(taken, |mut taken| async {
        let batch = taken.recv().await?;
        Some((stream::iter(batch), taken))
    });
    Ok((batches.flatten(), SourceErrors(seen)))
}

fn incoming(event: &Event<'_>, file: Option<&Arc<str>>) -> Incoming<Origin> {
    let file = file.cloned().unwrap_or_default();
    let opened = match event.json {
        Ok(json) => dead_letter::open(json, event.place).map_err(|rejection| (*rejection, None)),
        Err(fault) => Err(of_fault(fault)),
    };
    match opened {
        Ok(Opened { event, place, done }) => {
            Incoming::new(event.into_owned(), Origin { file, place, fault: None }).without(done)
        }
        Err(fault) => {
            Incoming::new(Vec::new(), Origin { file, place: event.place, fault: Some(Box::new(fault)) })
        }
    }
}
