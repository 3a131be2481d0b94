//! Whether the operating system gives this process what a delivery needs. A library that finds out later can only panic.

use std::fs::File;
use std::io;
use std::sync::mpsc;
use std::thread;

/// The files that are open at the same time in the smallest delivery: input, outputs, the runtime's, and one connection.
const FILES: usize = 24;
/// The threads besides the runtime's own: the reader of the input, and one that resolves names.
const OTHER_THREADS: usize = 2;

/// What is missing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lack {
    #[error("cannot open {FILES} files at the same time, which a delivery needs: {error}; raise `ulimit -n`")]
    Files { error: io::Error },
    #[error("cannot start {threads} threads, which a delivery needs: {error}; raise `ulimit -u`")]
    Threads { threads: usize, error: io::Error },
}

/// Returns an error if a delivery could not run.
pub(crate) fn suffice() -> Result<(), Lack> {
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let files: Result<Vec<File>, io::Error> = (0..FILES).map(|_| File::open(null)).collect();
    drop(files.map_err(|error| Lack::Files { error })?);
    let threads = thread::available_parallelism().map_or(1, usize::from) + OTHER_THREADS;
    let (end, ended) = crossbeam_channel::bounded::<()>(0);
    let (started, all) = mpsc::channel();
    let mut running = Vec::new();
    let mut lack = None;
    for _ in 0..threads {
        let (ended, started) = (ended.clone(), started.clone());
        let thread = thread::Builder::new().name("probe".to_owned()).spawn(move || {
            let _ = started.send(());
            // returns when the sender is dropped
            let _ = ended.recv();
        });
        match thread {
            Ok(thread) => running.push(thread),
            Err(error) => {
                lack = Some(Lack::Threads { threads, error });
                break;
            }
        }
    }
    drop(started);
    for _ in &running {
        let _ = all.recv();
    }
    drop(end);
    for thread in running {
        let _ = thread.join();
    }
    lack.map_or(Ok(()), Err)
}
