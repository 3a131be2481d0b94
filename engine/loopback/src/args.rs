//! The options of programs that serve doubles.

use std::time::Duration;

use clap::Args;

use crate::chaos::{BadFault, Chaos, Fault};
use crate::options::Options;

/// How a double is served.
///
/// ```
/// use clap::Parser;
/// use mapwright_loopback::{ChaosArgs, ServerArgs};
///
/// #[derive(Parser)]
/// struct Double {
///     #[command(flatten)]
///     server: ServerArgs,
/// }
///
/// let double = Double::parse_from(["double", "--port", "8080", "--fault", "drop-after=0.02"]);
/// let options = double.server.options();
/// assert_eq!((options.port, options.chaos.is_some()), (8080, true));
/// let chaos: &ChaosArgs = &double.server.chaos;
/// assert_eq!(chaos.chaos(), options.chaos);
/// ```
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct ServerArgs {
    /// The port on 127.0.0.1; 0 for a free port
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The number of logged requests
    #[arg(long, default_value_t = 10_000, value_name = "REQUESTS")]
    pub log_length: usize,
    /// Log the first 16 KiB of the body of each request
    #[arg(long)]
    pub log_bodies: bool,
    /// The largest request body in bytes
    #[arg(long, default_value_t = 8 * 1024 * 1024, value_name = "BYTES")]
    pub body_limit: usize,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would print the comment")]
    pub chaos: ChaosArgs,
}

/// Which faults are injected.
#[derive(Clone, Debug, Args)]
pub struct ChaosArgs {
    /// The seed of all faults
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Inject a fault, such as drop-after=0.02; "all" injects each except rate-storm; repeatable
    #[arg(long, value_name = "FAULT=PROBABILITY", value_parser = injection)]
    fault: Vec<Injection>,
    /// The most faults of the same request
    #[arg(long, value_name = "COUNT")]
    pub faults_per_request: Option<u32>,
    /// Delay requests by a number of milliseconds in this range
    #[arg(long, value_name = "FROM..TO", value_parser = span)]
    pub latency: Option<(u64, u64)>,
    /// The share of requests that are delayed
    #[arg(long, default_value_t = 1.0, value_name = "PROBABILITY", value_parser = probability)]
    pub latency_probability: f64,
}

#[derive(Clone, Copy, Debug)]
struct Injection {
    /// The fault; `None` for every fault.
    fault: Option<Fault>,
    probability: f64,
}

fn injection(text: &str) -> Result<Injection, BadFault> {
    let bad = || BadFault::Form(text.to_owned());
    let (name, share) = text.split_once('=').ok_or_else(bad)?;
    let probability = probability(share).map_err(|_| bad())?;
    let fault = if name == "all" { None } else { Some(name.parse()?) };
    Ok(Injection { fault, probability })
}

fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn span(text: &str) -> Result<(u64, u64), String> {
    let span = text.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    span.filter(|(from, to)| from <= to).ok_or_else(|| "expected milliseconds such as `5..50`".to_owned())
}

impl ServerArgs {
    /// Returns the options that the arguments state.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            port: self.port,
            chaos: self.chaos.chaos(),
            log_length: self.log_length,
            log_bodies: self.log_bodies,
            body_limit: self.body_limit,
            ..Options::default()
        }
    }
}

impl ChaosArgs {
    /// Returns the faults that the arguments state, if they state any.
    #[must_use]
    pub fn chaos(&self) -> Option<Chaos> {
        if self.fault.is_empty() && self.latency.is_none() {
            return None;
        }
        let mut chaos = Chaos::seeded(self.seed);
        for injection in &self.fault {
            chaos = match injection.fault {
                Some(fault) => chaos.fault(fault, injection.probability),
                None => chaos.every_fault(injection.probability),
            };
        }
        if let Some((from, to)) = self.latency {
            let (from, to) = (Duration::from_millis(from), Duration::from_millis(to));
            chaos = chaos.latency(self.latency_probability, from, to);
        }
        Some(match self.faults_per_request {
            Some(most) => chaos.at_most(most),
            None => chaos,
        })
    }
}
