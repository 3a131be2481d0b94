//! Measures pieces of work, with a clock or for callgrind to count their instructions.
//!
//! The program in `plain/` includes this file as well, so that both measure alike.

use std::time::{Duration, Instant};

/// Measures, and prints a line for each case: event, work, number of events, and nanoseconds for one of them.
#[derive(Debug)]
pub struct Measure {
    /// Whether callgrind counts, so that one pass says everything.
    counts: bool,
    /// Measure cases whose name has one of these in it; all if there are none.
    only: Vec<String>,
}

/// How long the passes of one case continue when a clock measures them.
const LONG_ENOUGH: Duration = Duration::from_millis(150);

impl Measure {
    /// From the arguments `count` or `time`, and what the names of cases have in them.
    pub fn new(mut args: impl Iterator<Item = String>) -> Self {
        Measure { counts: args.next().as_deref() == Some("count"), only: args.collect() }
    }

    /// Measures `work` on each of so many events, after one pass to warm up.
    #[allow(clippy::print_stdout, reason = "the output is what the program is for")]
    pub fn case(&self, event: &str, what: &str, events: usize, work: &mut dyn FnMut(usize)) {
        let name = format!("{event} {what}");
        if !self.only.is_empty() && !self.only.iter().any(|only| name.contains(only)) {
            return;
        }
        (0..events).for_each(&mut *work);
        let best = if self.counts {
            measured(events, work);
            Duration::ZERO
        } else {
            let begin = Instant::now();
            let mut best = Duration::MAX;
            while begin.elapsed() < LONG_ENOUGH {
                let start = Instant::now();
                measured(events, work);
                best = best.min(start.elapsed());
            }
            best
        };
        println!("{event}\t{what}\t{events}\t{}", best.as_nanos() / events.max(1) as u128);
    }
}

/// What callgrind counts: it knows this function by its name.
#[inline(never)]
fn measured(events: usize, work: &mut dyn FnMut(usize)) {
    (0..events).for_each(work);
}
