//! `intercom-sandbox`: runs the sandbox until it is interrupted.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use intercom_sandbox::{Attribute, Sandbox, Version};
use mapwright_loopback::ServerArgs;

/// An in-memory double of Intercom's REST API on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Options {
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
    #[command(flatten)]
    server: ServerArgs,
}

impl Options {
    fn builder(self) -> intercom_sandbox::Builder {
        let mut builder = Sandbox::builder()
            .options(self.server.options())
            .default_version(self.default_version)
            .rate_limit(self.rate_limit, Duration::from_millis(self.rate_window))
            .search_lag(Duration::from_millis(self.search_lag))
            .metadata_keys(self.metadata_keys);
        if self.no_rate_limit {
            builder = builder.no_rate_limit();
        }
        if self.create_attributes {
            builder = builder.create_attributes();
        }
        if self.unnamed_conflicts {
            builder = builder.unnamed_conflicts();
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
