//! Ctrl-C, SIGTERM and SIGHUP: the first signal stops the delivery, a later one abandons its requests, and the process ends within a bound.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mapwright_driver::Stopper;
use tokio::runtime::{self, Runtime};

use crate::exit::{HUNG_UP, INTERRUPTED, TERMINATED};
use crate::terminal;

/// Signals within this time of the first are the same one: `timeout` and closing terminals signal a process more than once.
const SAME: Duration = Duration::from_secs(1);
/// The time for writing dead letters, summary and report after the second signal.
const BOUND: Duration = Duration::from_secs(5);

/// A signal that stops the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    Terminate,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    HangUp,
}

impl Signal {
    /// Returns the exit code that shells use.
    pub(crate) fn code(self) -> u8 {
        match self {
            Signal::Interrupt => INTERRUPTED,
            Signal::Terminate => TERMINATED,
            Signal::HangUp => HUNG_UP,
        }
    }
}

/// The received signal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    first: Arc<AtomicU8>,
}

impl Signals {
    pub(crate) fn seen(&self) -> Option<Signal> {
        match self.first.load(Ordering::Relaxed) {
            INTERRUPTED => Some(Signal::Interrupt),
            TERMINATED => Some(Signal::Terminate),
            HUNG_UP => Some(Signal::HangUp),
            _ => None,
        }
    }
}

/// Signals that are caught, and kept until there is a listener.
pub(crate) struct Caught {
    runtime: Runtime,
    source: SignalSource,
}

impl Caught {
    /// Starts to catch signals.
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let source = runtime.block_on(async { SignalSource::new() })?;
        Ok(Self { runtime, source })
    }

    /// Stops a delivery at the first signal. Listens on a thread of its own, which nothing can block, until the process ends.
    pub(crate) fn listen(self, stopper: Stopper) -> io::Result<Signals> {
        let Self { runtime, mut source } = self;
        let signals = Signals::default();
        let first = signals.first.clone();
        let listen = async move {
            let signal = source.next().await;
            first.store(signal.code(), Ordering::Relaxed);
            stopper.stop();
            let same = Instant::now() + SAME;
            while Instant::now() < same {
                source.next().await;
            }
            stopper.halt();
            tokio::time::sleep(BOUND).await;
            // standard error may be what blocks
            thread::spawn(|| {
                terminal::complain(&format!(
                    "error: ended {} s after the second signal, before everything was written: the last dead letters, \
                     the summary, or the last lines of the report are missing",
                    BOUND.as_secs()
                ));
            });
            tokio::time::sleep(Duration::from_millis(100)).await;
            #[allow(clippy::exit, reason = "the process hangs in a write that nobody takes")]
            std::process::exit(i32::from(signal.code()));
        };
        thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
        Ok(signals)
    }
}

/// The signals that end a process.
#[cfg(unix)]
pub(crate) struct SignalSource {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` if the caller of the process ignores it, as `nohup` does.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl SignalSource {
    /// Starts to listen, on the current runtime.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let is_ignored = ignores(SignalKind::hangup().as_raw_value());
        let hang_up = (!is_ignored).then(|| signal(SignalKind::hangup())).transpose()?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())?, hang_up })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Signal {
        let hung_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hung_up => Signal::HangUp,
        }
    }
}

/// Returns whether the process ignores a signal, where the system says so.
#[cfg(unix)]
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

/// The signals that end a process.
#[cfg(not(unix))]
pub(crate) struct SignalSource;

#[cfg(not(unix))]
impl SignalSource {
    /// Starts to listen, on the current runtime.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
