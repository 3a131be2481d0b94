//! Shows the progress of reading.

use std::io::{self, IsTerminal};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::input::Position;

/// Receives the progress of the reading thread, once per batch.
pub trait Progress {
    /// Updates the position.
    fn advance(&mut self, position: Position);
}

/// Shows nothing.
impl Progress for () {
    fn advance(&mut self, _: Position) {}
}

impl<P: Progress> Progress for Option<P> {
    fn advance(&mut self, position: Position) {
        if let Some(progress) = self {
            progress.advance(position);
        }
    }
}

/// A progress bar on standard error. It disappears when it is dropped.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// Returns a bar for `total` bytes, if standard error is a terminal and standard output is not. If both are, the
    /// output itself shows the progress, and the two would overwrite each other.
    #[must_use]
    pub fn for_terminal(total: Option<u64>) -> Option<Self> {
        let visible = io::stderr().is_terminal() && !io::stdout().is_terminal();
        total.filter(|_| visible).map(|total| Self::new(total, ProgressDrawTarget::stderr()))
    }

    /// Returns a bar for `total` bytes on `target`.
    #[must_use]
    pub fn new(total: u64, target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let template = "{bar:30} {percent:>3} % of {total_bytes}, {msg} events, {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Progress for Bar {
    fn advance(&mut self, position: Position) {
        self.bar.set_message(HumanCount(position.events).to_string());
        self.bar.set_position(position.bytes);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
