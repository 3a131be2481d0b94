//! Whether the operating system gives this process what a delivery needs. A library that finds out later can only panic.

use std::fs::File;
use std::io;
use std::sync::mpsc;
use std::thread;

/// The files that are open at the same time besides connections: input, outputs, the runtime's, and those that are opened for a moment.
const OTHER_FILES: usize = 23;
/// The threads besides the runtime's own: the reader of the input, and one that resolves names.
const OTHER_THREADS: usize = 2;

/// What is missing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lack {
    #[error("cannot open {files} files at the same time, which a delivery needs: {error}; raise `ulimit -n`")]
    Files { files: usize, error: io::Error },
    #[error("cannot start {threads} threads, which a delivery needs: {error}; raise `ulimit -u`")]
    Threads { threads: usize, error: io::Error },
}

/// What the operating system gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    /// The number of connections that can be open at the same time, at most as many as were asked for.
    pub(crate) connections: usize,
}

/// Finds out how many connections there can be besides these files. Asks for all of them at once, so nothing else may open one at the same time.
///
/// # Errors
/// Returns an error if a delivery could not run.
pub(crate) fn suffice(connections: usize, others: usize) -> Result<Surroundings, Lack> {
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let others = OTHER_FILES + others;
    let mut files = Vec::new();
    while files.len() < others + connections.max(1) {
        match File::open(null) {
            Ok(file) => files.push(file),
            Err(_) if files.len() > others => break,
            Err(error) => return Err(Lack::Files { files: others + 1, error }),
        }
    }
    let connections = files.len() - others;
    drop(files);
    threads()?;
    Ok(Surroundings { connections })
}

/// Returns an error if there cannot be as many threads as a delivery needs.
fn threads() -> Result<(), Lack> {
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
