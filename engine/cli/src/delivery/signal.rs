//! Ctrl-C and SIGTERM: the first signal stops the delivery, a second one ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use mapwright_driver::Stopper;

use crate::exit::{INTERRUPTED, TERMINATED};

/// A signal that stops the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    /// Returns the exit code that shells use.
    pub(crate) fn code(self) -> u8 {
        match self {
            Signal::Interrupt => INTERRUPTED,
            Signal::Terminate => TERMINATED,
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
            _ => None,
        }
    }
}

/// Starts listening for signals.
pub(crate) fn listen(stopper: Stopper) -> io::Result<Signals> {
    let signals = Signals::default();
    let mut source = SignalSource::new()?;
    let first = signals.first.clone();
    tokio::spawn(async move {
        let signal = source.next().await;
        first.store(signal.code(), Ordering::Relaxed);
        stopper.stop();
        let second = source.next().await;
        #[allow(clippy::exit, reason = "the process may hang in a write that nobody takes")]
        std::process::exit(i32::from(second.code()));
    });
    Ok(signals)
}

#[cfg(unix)]
struct SignalSource {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl SignalSource {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct SignalSource;

#[cfg(not(unix))]
impl SignalSource {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
