//! A plan with its settings: the entry point for events.

mod event;
mod variant;

use std::fmt;
use std::sync::Arc;

use mapwright_json::{Doc, NodeId, Scratch as JsonScratch, SyntaxError, TrieBuilder, scan, walk};
use serde_json::Value;

use crate::admission::{Message, Skip};
use crate::batch::Batcher;
use crate::bound::BoundPlan;
use crate::eval::condition::said;
use crate::eval::lazy::lazy_values;
use crate::eval::listener::{Listener, Nobody, Notice};
use crate::eval::scope::Scope;
use crate::event_source::{self, EventSource, SourcePlan};
use crate::limits::Limits;
use crate::plan::{MessagePlan, Rate};
use crate::points::points;
use crate::redact::Redactor;
use crate::rejection::Rejection;
use crate::request::{Fixed, Request};
use crate::run::buffers::Buffers;
use crate::run::explain::{Became, Explanation, Recorder};
use crate::run::{Judged, Preview, Run};
use crate::sdk::Calls;
use crate::settings::{BoundSettings, Setting, SettingPlan, SettingsError};
use crate::tally::Tally;
use crate::version::VersionPlan;
use mapwright_findings::{Span, suggest};
use mapwright_language::NotFound;

pub use self::event::Event;

/// The rule, and the code, of events for which there is no mapping.
const UNSUPPORTED: &str = "unsupported_message";

/// A plan with its settings bound. `Send + Sync`, cheap to clone; one serves all threads.
#[derive(Clone)]
pub struct Mapper {
    pub(crate) inner: Arc<BoundPlan>,
}

/// Prints no values of settings.
impl fmt::Debug for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Returns the executable form of its plan.
impl AsRef<VersionPlan> for Mapper {
    fn as_ref(&self) -> &VersionPlan {
        &self.inner.plan
    }
}

/// Buffers for mapping events one after the other; one for each thread.
#[derive(Default)]
pub struct Scratch {
    pub(crate) json: JsonScratch,
    pub(crate) buffers: Buffers,
}

/// Prints nothing of the mapped events, which may contain secrets.
impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

impl Scratch {
    /// Creates empty buffers, which grow to what events need.
    pub fn new() -> Self {
        Self::default()
    }
}

/// The outcome of an event.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug)]
pub enum Outcome<'e> {
    /// It has requests.
    Mapped(Box<Run<'e>>),
    /// It has calls of an SDK, and no requests. A program that only sends requests refuses it: see [`Calls::refusal`].
    Calls(Calls),
    /// The event is not meant for this destination.
    #[non_exhaustive]
    Skipped {
        /// Its message type, where it has one.
        message: String,
        /// The rule that skips it.
        skip: Skip,
    },
    /// The event cannot be mapped.
    #[non_exhaustive]
    Rejected {
        /// Its message type, where it has one.
        message: String,
        /// The reason.
        rejection: Box<Rejection>,
    },
}

impl Mapper {
    pub(crate) fn new(
        plan: Arc<VersionPlan>,
        settings: &Value,
        redact: bool,
        tally: Option<Arc<Tally>>,
    ) -> Result<Self, SettingsError> {
        let mut given = settings.clone();
        if let (Value::Object(given), Some(setting)) = (&mut given, &plan.destination.version_setting) {
            given.shift_remove(setting);
        }
        let trie = TrieBuilder::new().build();
        let mut scratch = JsonScratch::new();
        let doc = walk(&trie, &Value::Null, &mut scratch);
        let counts = tally.as_deref();
        let open = BoundSettings::new(&plan.settings, &given, false, counts)?;
        // redacted or not, settings that cannot be sent are an error
        let scope = Scope { tally: counts, ..Scope::of_settings(&open, &doc, 0, lazy_values(&plan.lazy)) };
        let fixed = Fixed::new(&plan, &scope).map_err(|error| error.redacted(open.redactor()))?;
        let (settings, fixed) = if redact {
            let hidden = BoundSettings::new(&plan.settings, &given, true, counts)?;
            // a part that is invalid with the replacement, such as a host, is made with the secret and then redacted
            let of_hidden = Fixed::new(&plan, &Scope::of_settings(&hidden, &doc, 0, lazy_values(&plan.lazy)));
            let fixed = of_hidden.unwrap_or_else(|_| fixed.redacted(open.redactor()));
            (hidden, fixed)
        } else {
            (open, fixed)
        };
        let limits = Limits::default();
        let heads = BoundPlan::heads(&plan, &fixed);
        let bound = BoundPlan {
            plan,
            settings,
            fixed,
            heads,
            limits,
            tally,
            source: None,
            commands: false,
            destructive: true,
        };
        Ok(Self { inner: Arc::new(bound) })
    }

    /// Returns the same mapper for a command: it also maps messages that commands ask for, which no event can.
    pub fn for_commands(&self) -> Self {
        self.with(|bound| bound.commands = true)
    }

    /// Returns the same mapper without mappings that are `destructive`: their events are rejected with the code `destructive`.
    pub fn without_destructive(&self) -> Self {
        self.with(|bound| bound.destructive = false)
    }

    pub(crate) fn with(&self, change: impl FnOnce(&mut BoundPlan)) -> Self {
        let BoundPlan { plan, settings, fixed, heads, limits, tally, source, commands, destructive } =
            self.inner.as_ref();
        let (plan, settings, fixed, tally) = (plan.clone(), settings.clone(), fixed.clone(), tally.clone());
        let heads = heads.clone();
        let (limits, source, commands, destructive) = (*limits, *source, *commands, *destructive);
        let mut bound =
            BoundPlan { plan, settings, fixed, heads, limits, tally, source, commands, destructive };
        change(&mut bound);
        Self { inner: Arc::new(bound) }
    }

    /// Returns the same mapper with other limits.
    pub fn with_limits(&self, limits: Limits) -> Self {
        self.with(|bound| bound.limits = limits)
    }

    /// Returns the same mapper for events of one source, whatever the events say of themselves: types that it does not send in cloud mode are skipped
    /// by the rule `source`.
    ///
    /// # Errors
    /// When the destination has no source of that name.
    pub fn with_source(&self, name: &str) -> Result<Self, NotFound> {
        let VersionPlan { sources, destination, .. } = self.inner.plan.as_ref();
        let Some(at) = sources.iter().position(|source| source.name == name) else {
            let known: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            return Err(NotFound::item(format!("`{}`", destination.name), "source", name, known));
        };
        Ok(self.with(|bound| bound.source = Some(at)))
    }

    /// Returns the redactor of the secrets in its settings, for text such as an API's response.
    pub fn redactor(&self) -> &Redactor {
        self.inner.settings.redactor()
    }

    /// Returns the plan that it was made from.
    pub fn plan(&self) -> Plan {
        Plan { inner: self.inner.plan.clone() }
    }

    /// Returns the rate-limit groups of its requests.
    pub fn rates(&self) -> &[Rate] {
        &self.inner.plan.destination.rates
    }

    /// Returns whether an operation puts the items of several events into one request.
    pub fn has_batches(&self) -> bool {
        self.inner.plan.operations.iter().any(|operation| operation.batch.is_some())
    }

    /// Creates a batcher, which puts the items of its runs together into batches.
    pub fn batcher<T>(&self) -> Batcher<T> {
        Batcher::new(self.inner.clone())
    }

    /// Returns the settings that were given and that the destination does not declare, with the nearest declared ones.
    pub fn unknown_settings(&self) -> Vec<String> {
        let known: Vec<&str> = self.inner.plan.settings.iter().map(|plan| plan.name.as_str()).collect();
        self.inner
            .settings
            .unknown
            .iter()
            .map(|name| {
                format!("the setting `{name}` is not declared: {}", suggest(name, known.iter().copied()))
            })
            .collect()
    }

    /// Starts the run of an event. `now` is the time in epoch milliseconds.
    pub fn map<'e>(&'e self, event: impl Into<Event<'e>>, now: i64, scratch: &'e mut Scratch) -> Outcome<'e> {
        match self.inner.map(event.into(), now, scratch, &mut Nobody) {
            Outcome::Mapped(run) if run.calls() => {
                let message = run.message().to_owned();
                match run.into_calls() {
                    Ok(calls) => Outcome::Calls(calls),
                    Err(rejection) => Outcome::Rejected { message, rejection },
                }
            }
            outcome => outcome,
        }
    }

    /// Returns whether a property holds for an event, whose members include its outcome. `property` is the place of its name. Returns `None` if
    /// the variant of the event does not have it.
    #[doc(hidden)]
    pub fn judge(&self, event: &Value, now: i64, scratch: &mut Scratch, property: Span) -> Option<Judged> {
        let inner = self.inner.as_ref();
        let Scratch { json, buffers } = scratch;
        let doc = inner.read(Event::Value(event), json).ok()?;
        let Message::Type(kind) = inner.plan.admission.message(&doc) else { return None };
        let message = inner.message(&kind)?;
        let scope =
            Scope { now, ..Scope::of_settings(&inner.settings, &doc, now, lazy_values(&inner.plan.lazy)) };
        let (_, flow) = message.pick(&scope).ok()?;
        drop(scope);
        let property = flow.properties.iter().find(|known| known.name == property)?;
        buffers.reset(flow);
        Some(Run::new(inner, doc, flow, "", now, buffers).says(property))
    }

    /// Explains what [`Mapper::map`] and [`Run::preview`] make of an event, with the trace of each field.
    ///
    /// It shows the settings of the mapper. For output that others will read, use the mapper of
    /// [`Plan::bind_redacted`].
    pub fn explain<'e>(
        &'e self,
        event: impl Into<Event<'e>>,
        now: i64,
        scratch: &'e mut Scratch,
    ) -> Explanation {
        let inner = self.inner.as_ref();
        let mut recorder = Recorder::new(inner.limits.explain_bytes);
        let outcome = inner.map(event.into(), now, scratch, &mut recorder);
        let (message, became, warnings) = match outcome {
            Outcome::Mapped(mut run) => {
                let is_calls = run.calls();
                let became = match run.preview_with(&mut recorder) {
                    Ok(Preview { calls, .. }) if is_calls => Became::Calls(calls),
                    Ok(Preview { requests, .. }) => {
                        Became::Mapped(requests.into_iter().map(Request::into_owned).collect())
                    }
                    Err(rejection) => Became::Rejected(rejection),
                };
                (run.message().to_owned(), became, run.warnings().to_vec())
            }
            // not made before they are previewed
            Outcome::Calls(Calls { message, calls, warnings, .. }) => {
                (message, Became::Calls(calls), warnings)
            }
            Outcome::Skipped { message, skip } => (message, Became::Skipped(skip), Vec::new()),
            Outcome::Rejected { message, rejection } => (message, Became::Rejected(rejection), Vec::new()),
        };
        let Recorder { variant, mut fields, spans, steps, cut, .. } = recorder;
        for (field, span) in fields.iter_mut().zip(spans) {
            let place = inner.plan.place(span);
            field.mapping = format!("{}:{}", place.path, place.line);
        }
        Explanation { message, variant, fields, steps, warnings, cut, became }
    }
}

impl BoundPlan {
    fn map<'e, L: Listener>(
        &'e self,
        event: Event<'e>,
        now: i64,
        scratch: &'e mut Scratch,
        listener: &mut L,
    ) -> Outcome<'e> {
        let Scratch { json, buffers } = scratch;
        match self.read(event, json) {
            Ok(doc) => self.start(doc, now, buffers, listener),
            Err(error) => {
                let rejection = Box::new(Rejection::of_syntax(&error));
                Outcome::Rejected { message: String::new(), rejection }
            }
        }
    }

    /// The source of an event, if it is known.
    fn source<'s>(&'s self, scope: &Scope<'s>) -> Option<&'s SourcePlan> {
        let sources = &self.plan.sources;
        self.source.map_or_else(|| event_source::of_event(sources, scope), |at| sources.get(at))
    }

    /// The mapping of a message type: of events, or of those that commands ask for.
    pub(crate) fn message(&self, kind: &str) -> Option<&MessagePlan> {
        let is = |message: &&MessagePlan| {
            (self.commands || !message.command) && message.messages.iter().any(|name| name == kind)
        };
        self.plan.messages.iter().find(is)
    }

    pub(crate) fn read<'e>(
        &'e self,
        event: Event<'e>,
        scratch: &'e mut JsonScratch,
    ) -> Result<Doc<'e>, SyntaxError> {
        match event {
            Event::Value(value) => Ok(walk(&self.plan.trie, value, scratch)),
            Event::Bytes(bytes) => {
                let Limits { event_depth: depth, event_bytes: bytes_limit, .. } = self.limits;
                let limits = mapwright_json::Limits { depth, bytes: bytes_limit };
                scan(&self.plan.trie, bytes, scratch, &limits)
            }
        }
    }

    fn start<'e, L: Listener>(
        &'e self,
        doc: Doc<'e>,
        now: i64,
        buffers: &'e mut Buffers,
        listener: &mut L,
    ) -> Outcome<'e> {
        let plan = self.plan.as_ref();
        let reject = |message: &str, code, text: &str| Outcome::Rejected {
            message: message.to_owned(),
            rejection: Box::new(Rejection::new(code, text)),
        };
        if doc.get(NodeId::ROOT).is_some_and(|root| root.kind() != mapwright_json::Kind::Object) {
            return reject("", "invalid_event", "an event is a JSON object");
        }
        let kind = match plan.admission.message(&doc) {
            Message::Type(kind) => kind,
            Message::Missing => return reject("", "missing_type", "message Type is not present"),
            Message::NotText => return reject("", "missing_type", "message Type is not text"),
        };
        let Some(message) = self.message(&kind) else {
            let known = plan.messages.iter().filter(|message| !message.command);
            let known: Vec<&str> = known.flat_map(|message| &message.messages).map(String::as_str).collect();
            let reason = format!(
                "message type `{kind}` is not supported: {} {} maps {}",
                plan.destination.title,
                plan.number,
                known.join(", ")
            );
            let Some(unsupported) = &plan.unsupported else {
                let skip = Skip { rule: UNSUPPORTED, reason };
                return Outcome::Skipped { message: kind.into_owned(), skip };
            };
            let scope =
                Scope { now, ..Scope::of_settings(&self.settings, &doc, now, lazy_values(&plan.lazy)) };
            let message = said(&scope, &unsupported.message);
            // an event for other destinations is not rejected
            let skip = match plan.admission.skip(&doc, self.settings.tree()) {
                Some(skip) => skip,
                None if unsupported.rejects => return reject(&kind, UNSUPPORTED, &message),
                None => Skip { rule: UNSUPPORTED, reason: message },
            };
            return Outcome::Skipped { message: kind.into_owned(), skip };
        };
        if let Some(skip) = plan.admission.skip(&doc, self.settings.tree()) {
            return Outcome::Skipped { message: kind.into_owned(), skip };
        }
        if message.destructive && !self.destructive {
            let text = format!(
                "an event of type `{kind}` removes data for good, which this delivery does not allow; use the command `delete`, or `--allow-delete`"
            );
            return reject(&kind, "destructive", &text);
        }
        let tally = self.tally.as_deref();
        let scope =
            Scope { now, tally, ..Scope::of_settings(&self.settings, &doc, now, lazy_values(&plan.lazy)) };
        // deletions come from commands, and not from a source
        let is_sent = !message.destructive && !message.command;
        let (variant, flow) = match message.pick(&scope) {
            Ok(picked) => picked,
            Err(error) => {
                return Outcome::Rejected { message: kind.into_owned(), rejection: self.rejection(error) };
            }
        };
        if is_sent && let Some(skip) = self.source(&scope).and_then(|source| source.skip(&kind, flow.calls)) {
            return Outcome::Skipped { message: kind.into_owned(), skip };
        }
        if let Some(name) = variant {
            listener.on(|| Notice::Variant(name));
        }
        drop(scope);
        buffers.reset(flow);
        let name = message.messages.iter().find(|name| **name == kind).map_or("", String::as_str);
        // made where it stays, for it is large
        let mut run = Box::write(Box::new_uninit(), Run::new(self, doc, flow, name, now, buffers));
        match run.prepare(listener) {
            Ok(None) => Outcome::Mapped(run),
            Ok(Some(skip)) => Outcome::Skipped { message: kind.into_owned(), skip },
            Err(rejection) => Outcome::Rejected { message: kind.into_owned(), rejection },
        }
    }
}

/// One version of a destination, compiled: every message type, ready for [`Plan::bind`]. Cheap to clone.
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme CRM, names: [Acme], versions: { setting: api, default: '2', aliases: { stable: '2' } }, settings: { apiKey: {} }, hosts: [api.example.com] }"),
/// #     ("mappings/acme/2/version.yaml", "{ version: '2', server: { value: https://api.example.com }, operations: { save: { method: POST, path: /people } } }"),
/// #     ("mappings/acme/2/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
/// #     ("mappings/acme/2/ping.yaml", "{ message: ping, command: true, steps: { save: { operation: save } } }"),
/// # ].into_iter().collect();
/// # let plans = mapwright::Spec::load(&files).check()?.compile();
/// let plan = plans.plan("acme", Some("stable"), &serde_json::json!({}))?;
/// assert_eq!((plan.destination(), plan.title(), plan.version()), ("acme", "Acme CRM", "2"));
/// assert!(plan.is_default() && plan.aliases().eq(["stable"]) && plan.version_setting() == Some("api"));
/// // what events are mapped, what only commands ask for, and what can be configured
/// assert!(plan.messages().eq(["identify"]) && plan.commands().eq(["ping"]));
/// assert!(plan.takes_setting("apiKey") && !plan.takes_setting("apiKy"));
/// // no operation has names that must be defined at the API
/// assert!(!plan.declares());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Plan {
    inner: Arc<VersionPlan>,
}

/// Wraps a checked version.
impl From<VersionPlan> for Plan {
    fn from(version: VersionPlan) -> Self {
        Self { inner: Arc::new(version) }
    }
}

/// Returns the executable form.
impl AsRef<VersionPlan> for Plan {
    fn as_ref(&self) -> &VersionPlan {
        &self.inner
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({}/{})", self.destination(), self.version())
    }
}

impl Plan {
    /// Returns the destination's name: that of its folder.
    pub fn destination(&self) -> &str {
        &self.inner.destination.name
    }

    /// Returns the destination's name for people.
    pub fn title(&self) -> &str {
        &self.inner.destination.title
    }

    /// Returns the version's number.
    pub fn version(&self) -> &str {
        &self.inner.number
    }

    /// Returns the message types of events that it maps.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.named(false)
    }

    /// Returns the mappings that commands ask for, and no event: those with `command`.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.named(true)
    }

    fn named(&self, command: bool) -> impl Iterator<Item = &str> {
        let all = self.inner.messages.iter().filter(move |message| message.command == command);
        all.flat_map(|message| &message.messages).map(String::as_str)
    }

    /// Returns whether this is the default version of the destination.
    pub fn is_default(&self) -> bool {
        self.inner.destination.default_version == self.inner.number
    }

    /// Returns the other names of the version.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        let aliases = self.inner.destination.aliases.iter();
        aliases.filter(|(_, target)| *target == self.inner.number).map(|(alias, _)| alias.as_str())
    }

    /// Returns whether operations state which names the API must know before.
    pub fn declares(&self) -> bool {
        self.inner.operations.iter().any(|operation| !operation.declared.is_empty())
    }

    /// Returns the setting that picks the version, if there is one.
    pub fn version_setting(&self) -> Option<&str> {
        self.inner.destination.version_setting.as_deref()
    }

    /// Returns the sources of events that the destination states, in its order; none if every source sends everything.
    pub fn sources(&self) -> impl Iterator<Item = EventSource<'_>> {
        self.inner.sources.iter().map(SourcePlan::shown)
    }

    /// Returns the settings that the destination declares, in its order.
    pub fn settings(&self) -> impl Iterator<Item = Setting<'_>> {
        self.inner.settings.iter().map(SettingPlan::shown)
    }

    /// Returns whether settings may have this name: one that is declared, or that every destination has.
    pub fn takes_setting(&self, name: &str) -> bool {
        self.inner.setting_names().contains(&name)
    }

    /// Returns the rate-limit groups.
    pub fn rates(&self) -> &[Rate] {
        &self.inner.destination.rates
    }

    /// Binds settings, once for many events.
    ///
    /// # Errors
    /// When settings are missing or do not fit: all problems at once.
    pub fn bind(&self, settings: &serde_json::Value) -> Result<Mapper, SettingsError> {
        Mapper::new(self.inner.clone(), settings, false, None)
    }

    /// Creates a tally of everything in the version that events can reach, with all counts at zero.
    pub fn tally(&self) -> Tally {
        Tally::new(points(&self.inner).into_keys())
    }

    /// Binds settings as [`Plan::bind`] does, for runs that count what they reach.
    ///
    /// # Errors
    /// As [`Plan::bind`].
    pub fn bind_counted(
        &self,
        settings: &serde_json::Value,
        tally: &Arc<Tally>,
    ) -> Result<Mapper, SettingsError> {
        Mapper::new(self.inner.clone(), settings, false, Some(tally.clone()))
    }

    /// Binds settings for requests that are shown and not sent. Secrets are replaced by [`REDACTED`](crate::redact::REDACTED) before they
    /// are used, so that no form of them is shown, not even a hash. A condition on the value of a secret is decided for the text
    /// `[redacted]`.
    ///
    /// # Errors
    /// As [`Plan::bind`].
    pub fn bind_redacted(&self, settings: &serde_json::Value) -> Result<Mapper, SettingsError> {
        Mapper::new(self.inner.clone(), settings, true, None)
    }
}
