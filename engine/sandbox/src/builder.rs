//! Starting and stopping a sandbox.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use mapwright::{Endpoint, Plan, Plans, Schemas, SettingsError};
use mapwright_analyze::schema::Schema;
use mapwright_loopback::{Chaos, Clock, Fault, Options, Request, Server, StartError};
use serde_json::Value;

use crate::answers::{Answers, AnswersError};
use crate::double::{AnswerSchemas, Double, Stats};
use crate::exchange::Exchange;
use crate::settings;

/// An error about a sandbox that cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The settings do not fit, or what is made up for those that are missing does not.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The responses do not fit the version.
    #[error(transparent)]
    Answers(#[from] AnswersError),
    /// It cannot listen.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// The configuration of a sandbox. Every option has a default.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, settings: { apiKey: { type: string, required: true } }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: POST, path: /people } } }"),
/// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plans = mapwright::Spec::load(&files).check()?.compile();
/// use mapwright_sandbox::{Answers, AnswersError, Builder, Chaos, Clock, Exchange, Fault, Options, Sandbox, SandboxError, Stats};
///
/// let plan = plans.plan("acme", None, &serde_json::json!({}))?;
/// let builder: Builder = Sandbox::builder(&plans, plan)
///     .options(Options::default())
///     .clock(Clock::manual(1_714_564_800_000))
///     .chaos(Chaos::seeded(7).fault(Fault::Error503, 0.1))
///     .log_bodies()
///     .keep_exchanges();
/// let sandbox = builder.start().await?;
/// assert!(sandbox.base_url().ends_with(&sandbox.addr().to_string()));
/// // what a client has to be configured with, as it is not stated
/// assert_eq!(sandbox.made_up()[0].0, "apiKey");
///
/// // a test that needs an outage has one, and the next test starts again
/// sandbox.set_outage(Some(Fault::HangBefore));
/// sandbox.set_outage(None);
/// sandbox.reset();
/// let exchanges: Vec<Exchange> = sandbox.take_exchanges();
/// assert!(exchanges.is_empty());
/// let stats: Stats = sandbox.stats();
/// assert_eq!(stats.counts.total, 0);
///
/// // responses of an operation that the version does not have
/// let answers = Answers::parse("sav: [{ status: 200 }]")?;
/// let error: SandboxError = Sandbox::builder(&plans, plan).answers(answers).start().await.unwrap_err();
/// assert!(matches!(error, SandboxError::Answers(AnswersError::Operation { .. })));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Builder {
    plan: Plan,
    schemas: Schemas,
    of_answers: AnswerSchemas,
    settings: Value,
    answers: Answers,
    limited: bool,
    keeps: bool,
    options: Options,
}

impl Builder {
    /// Sets the settings of the sender. Settings that are not stated may have any value. A required one is made up where something depends on it.
    #[must_use]
    pub fn settings(mut self, settings: Value) -> Builder {
        self.settings = settings;
        self
    }

    /// Sets the scripted responses. By default, all responses are made up.
    #[must_use]
    pub fn answers(mut self, answers: Answers) -> Builder {
        self.answers = answers;
        self
    }

    /// Accepts any number of requests. By default, the destination's `rates` hold.
    #[must_use]
    pub fn no_rate_limit(mut self) -> Builder {
        self.limited = false;
        self
    }

    /// Sets the port, the clock, the faults, and what is logged.
    #[must_use]
    pub fn options(mut self, options: Options) -> Builder {
        self.options = options;
        self
    }

    /// Sets the clock of rate windows. The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.options.clock = clock;
        self
    }

    /// Sets the faults to inject. The default is none.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> Builder {
        self.options.chaos = Some(chaos);
        self
    }

    /// Logs the bodies of requests, the first 16 KiB of each, unpacked.
    #[must_use]
    pub fn log_bodies(mut self) -> Builder {
        self.options.log_bodies = true;
        self
    }

    /// Keeps what is asked and answered for [`Sandbox::take_exchanges`], without a limit.
    #[must_use]
    pub fn keep_exchanges(mut self) -> Builder {
        self.keeps = true;
        self
    }

    /// Starts the sandbox on the current runtime.
    ///
    /// # Errors
    /// Returns an error if the settings or the responses do not fit, or if it cannot listen on the port.
    pub async fn start(self) -> Result<Sandbox, SandboxError> {
        let Builder { plan, schemas, of_answers, settings, answers, limited, keeps, options } = self;
        let bound = settings::bound(&plan, &settings)?;
        let endpoints = bound.mapper.endpoints();
        answers.check(endpoints.iter().map(|endpoint| endpoint.operation.as_str()))?;
        let made_up = bound.required.clone();
        let double = Double::new(plan, schemas, bound, answers, &of_answers, (limited, keeps));
        let server = Server::start(options, |_| double).await?;
        Ok(Sandbox { server, endpoints, made_up })
    }
}

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    server: Server<Double>,
    endpoints: Vec<Endpoint>,
    made_up: Vec<(String, Value)>,
}

/// Prints no settings.
impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Returns a builder of the double of a version, which is one of these plans.
    #[must_use]
    pub fn builder(plans: &Plans, plan: &Plan) -> Builder {
        Builder {
            plan: plan.clone(),
            schemas: Schemas::new(plans),
            of_answers: of_answers(plans, plan),
            settings: Value::Object(serde_json::Map::new()),
            answers: Answers::default(),
            limited: true,
            keeps: false,
            options: Options::default(),
        }
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Returns the address as a URL, without a trailing slash: the base URL of a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Returns the operations that it serves.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Returns the required settings that were not stated, with values that fit; for texts, any other is accepted as well.
    #[must_use]
    pub fn made_up(&self) -> &[(String, Value)] {
        &self.made_up
    }

    /// Returns the last requests, in the order in which they took effect.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// Returns what was asked and answered since the last call, in the order in which it took effect. See [`Builder::keep_exchanges`].
    #[must_use]
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.server.api().take_exchanges()
    }

    /// Returns the counts of all requests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.server.api().counted(self.server.counts())
    }

    /// Injects this fault into every request, as in an outage; `None` ends it. Random faults are suspended meanwhile.
    pub fn set_outage(&self, fault: Option<Fault>) {
        self.server.set_outage(fault);
    }

    /// Clears everything except the options: requests, counts, rate windows, the drawn faults; scripted responses start again.
    pub fn reset(&self) {
        self.server.reset();
    }

    /// Closes the port and every connection.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// The schemas of the responses of a version that can be read.
fn of_answers(plans: &Plans, plan: &Plan) -> AnswerSchemas {
    let destinations = &plans.catalog().destinations;
    let destination = destinations.iter().find(|known| known.name == plan.destination());
    let mut versions = destination.into_iter().flat_map(|known| &known.versions);
    let Some(version) = versions.find(|known| known.number.0 == plan.version()) else {
        return AnswerSchemas::new();
    };
    let named = version.spec.operations.iter().filter_map(|(_, spec)| spec.answer_schema.as_ref());
    let schema = |name: &String| Some((name.clone(), Arc::new(Schema::of(version.schema(name)?.ok()?))));
    named.filter_map(|name| schema(&name.value)).collect()
}
