//! Measures the cost of work in the time of the thread and in memory, and compares sizes.

use std::fmt;
use std::time::Duration;

use cpu_time::ThreadTime;

/// Prints what is measured, if `LINEAR_SHOW` is set.
pub fn show(what: &str) {
    if std::env::var_os("LINEAR_SHOW").is_some() {
        eprintln!("{what}");
    }
}

/// Work of one size, which can be repeated.
pub struct Work {
    /// The bytes of its input.
    pub bytes: usize,
    pub run: Box<dyn Fn()>,
}

/// Work of every size.
pub struct Case {
    pub name: String,
    pub make: Box<dyn Fn(usize) -> Work + Send>,
    /// The smallest size that is measured.
    pub least: usize,
    /// The largest size that makes sense.
    pub most: usize,
}

impl Case {
    pub fn new(name: impl Into<String>, make: impl Fn(usize) -> Work + Send + 'static) -> Self {
        Case { name: name.into(), make: Box::new(make), least: 16, most: 1 << 20 }
    }

    pub fn at_least(self, least: usize) -> Self {
        Case { least, ..self }
    }

    pub fn up_to(self, most: usize) -> Self {
        Case { most, ..self }
    }
}

/// The cost of work.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub bytes: usize,
    pub time: Duration,
    /// The bytes of all allocations, including those that were freed.
    pub memory: usize,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kB: {:.1?}, {} kB of memory", self.bytes / 1_000, self.time, self.memory / 1_000)
    }
}

/// Returns the lowest cost of some runs, which the other load of the machine affects least.
pub fn cost(work: &Work, runs: usize) -> Cost {
    let run = || {
        let mut time = Duration::ZERO;
        let memory = allocation_counter::measure(|| {
            let start = ThreadTime::now();
            (work.run)();
            time = start.elapsed();
        });
        (time, memory.bytes_total as usize)
    };
    let all: Vec<_> = (0..runs).map(|_| run()).collect();
    let time = all.iter().map(|(time, _)| *time).min().unwrap_or_default();
    Cost { bytes: work.bytes, time, memory: all.iter().map(|(_, memory)| *memory).min().unwrap_or_default() }
}

/// Sizes are compared over doublings: over five, linear work costs 32 times as much, quadratic work 1,024 times. What lies between is for the caches
/// of the processor, and for work that takes another way where a limit ends it. Without optimization, four have to do.
const DOUBLINGS: i32 = if cfg!(debug_assertions) { 4 } else { 5 };
pub const FACTOR: usize = 1 << DOUBLINGS;
/// Three times per doubling.
const MOST: f64 = if cfg!(debug_assertions) { 81.0 } else { 243.0 };
/// The most bytes of an event or a file.
const MOST_BYTES: usize = 4 << 20;
/// The time above the fixed cost at which a size is measurable; longer, and the caches of the processor decide.
const LONG: Duration = Duration::from_micros(500);
/// The same for memory.
const LARGE: usize = 512 << 10;

/// The growth of a case.
pub struct Growth {
    pub name: String,
    pub size: usize,
    /// The cost of the smallest size.
    pub fixed: Cost,
    pub small: Cost,
    pub large: Cost,
}

impl Growth {
    /// Finds a size at which a case takes measurable time, and compares it with a larger one.
    pub fn of(case: &Case) -> Growth {
        let fixed = cost(&(case.make)(1), 3);
        let long = fixed.time * 2 + LONG;
        let mut size = case.least;
        let mut work = (case.make)(size);
        let mut small = cost(&work, 1);
        while small.time < long && size * FACTOR < case.most && work.bytes * FACTOR * 2 < MOST_BYTES {
            size *= 2;
            work = (case.make)(size);
            small = cost(&work, 1);
        }
        let work_of_large = (case.make)(size * FACTOR);
        let large = cost(&work_of_large, 1);
        let mut growth = Growth { name: case.name.clone(), size, fixed, small, large };
        // the other load of the machine makes times longer, never shorter
        for _ in 0..8 {
            if growth.is_linear() {
                break;
            }
            let (more, more_of_large) = (cost(&work, 3), cost(&work_of_large, 1));
            growth.small.time = growth.small.time.min(more.time);
            growth.large.time = growth.large.time.min(more_of_large.time);
        }
        growth
    }

    /// Returns the ratio of the costs of both sizes, in time and memory.
    pub fn factors(&self) -> (f64, f64) {
        let time = |cost: &Cost| cost.time.saturating_sub(self.fixed.time).as_secs_f64();
        let memory = |cost: &Cost| cost.memory.saturating_sub(self.fixed.memory) as f64;
        (
            time(&self.large) / time(&self.small).max(LONG.as_secs_f64() / 2.0),
            memory(&self.large) / memory(&self.small).max(LARGE as f64),
        )
    }

    pub fn is_linear(&self) -> bool {
        let (time, memory) = self.factors();
        time < MOST && memory < MOST
    }

    /// Returns the bytes of memory per byte of input.
    pub fn memory_per_byte(&self) -> f64 {
        self.large.memory.saturating_sub(self.fixed.memory) as f64 / self.large.bytes.max(LARGE) as f64
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Growth { name, size, small, large, .. } = self;
        let (time, memory) = self.factors();
        write!(
            f,
            "{name}\n    {size} are {small}\n    {} are {large}; {time:.1} times the time, {memory:.1} times the memory",
            size * FACTOR
        )
    }
}
