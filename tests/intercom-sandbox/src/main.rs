//! `intercom-sandbox`: runs the sandbox until it is interrupted.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use intercom_sandbox::{Attribute, BadFault, Chaos, Fault, Sandbox, Version};

/// An in-memory double of Intercom's REST API on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Options {
    /// Port on 127.0.0.1; 0 for a free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Version of requests without Intercom-Version.
    #[arg(long, default_value = "2.10", value_name = "VERSION")]
    default_version: Version,
    /// The only accepted token; any non-empty token by default.
    #[arg(long, env = "INTERCOM_SANDBOX_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Requests per rate window.
    #[arg(long, default_value_t = 1666, value_name = "REQUESTS")]
    rate_limit: u64,
    /// Length of a rate window in milliseconds.
    #[arg(long, default_value_t = 10_000, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    rate_window: u64,
    /// Accept any number of requests.
    #[arg(long)]
    no_rate_limit: bool,
    /// Milliseconds until a write reaches the search index.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    search_lag: u64,
    /// Define a custom attribute, such as contact:plan:string. Repeatable.
    #[arg(long, value_name = "MODEL:NAME:TYPE")]
    attribute: Vec<Attribute>,
    /// Let 2.x define unknown custom attributes, which Intercom refuses.
    #[arg(long)]
    create_attributes: bool,
    /// Omit the id from the 409 of an existing contact.
    #[arg(long)]
    unnamed_conflicts: bool,
    /// Metadata keys that an event keeps.
    #[arg(long, default_value_t = 10, value_name = "KEYS")]
    metadata_keys: usize,
    /// Number of logged requests.
    #[arg(long, default_value_t = 10_000, value_name = "REQUESTS")]
    log_length: usize,
    /// Log the bodies of requests.
    #[arg(long)]
    log_bodies: bool,
    /// Largest request body in bytes.
    #[arg(long, default_value_t = 1024 * 1024, value_name = "BYTES")]
    body_limit: usize,
    /// Seed of all faults.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Inject a fault, such as drop-after=0.02; "all" injects each except rate-storm. Repeatable.
    #[arg(long, value_name = "FAULT=PROBABILITY", value_parser = injection)]
    fault: Vec<Injection>,
    /// The most faults of the same request.
    #[arg(long, value_name = "COUNT")]
    faults_per_request: Option<u32>,
    /// Delay requests by a number of milliseconds in this range.
    #[arg(long, value_name = "FROM..TO", value_parser = span)]
    latency: Option<(u64, u64)>,
    /// Share of requests that are delayed.
    #[arg(long, default_value_t = 1.0, value_name = "PROBABILITY", value_parser = probability)]
    latency_probability: f64,
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

impl Options {
    fn chaos(&self) -> Chaos {
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
        match self.faults_per_request {
            Some(most) => chaos.at_most(most),
            None => chaos,
        }
    }

    fn builder(self) -> intercom_sandbox::Builder {
        let mut builder = Sandbox::builder()
            .port(self.port)
            .default_version(self.default_version)
            .rate_limit(self.rate_limit, Duration::from_millis(self.rate_window))
            .search_lag(Duration::from_millis(self.search_lag))
            .metadata_keys(self.metadata_keys)
            .log_length(self.log_length)
            .body_limit(self.body_limit);
        if !self.fault.is_empty() || self.latency.is_some() {
            builder = builder.chaos(self.chaos());
        }
        if self.no_rate_limit {
            builder = builder.no_rate_limit();
        }
        if self.create_attributes {
            builder = builder.create_attributes();
        }
        if self.unnamed_conflicts {
            builder = builder.unnamed_conflicts();
        }
        if self.log_bodies {
            builder = builder.log_bodies();
        }
        if let Some(token) = self.token {
            builder = builder.token(token);
        }
        self.attribute.into_iter().fold(builder, intercom_sandbox::Builder::attribute)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "intercom-sandbox: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = options.builder().start().await?;
    writeln!(std::io::stdout(), "listening on {}", sandbox.base_url())?;
    std::io::stdout().flush()?;
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}
