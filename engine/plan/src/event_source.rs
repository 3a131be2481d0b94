//! The sources of events: which message types each of them sends, in which connection mode.

use crate::admission::Skip;
use crate::eval::condition::holds;
use crate::eval::scope::Scope;
use crate::plan::Condition;

/// The rule by which events are skipped whose source does not send them in the mode of the mapping.
pub const RULE: &str = "source";

/// A source of events, as `destination.yaml` states it.
#[derive(Debug)]
pub struct SourcePlan {
    /// The name.
    pub name: String,
    /// The condition under which an event is from it.
    pub when: Option<Condition>,
    /// The message types that it sends in cloud mode.
    pub cloud: Vec<String>,
    /// The message types that it sends in device mode.
    pub device: Vec<String>,
}

/// A source of events that a destination takes, and what it sends.
///
/// In cloud mode, events reach the destination's API through mappings that make requests. In device mode, an SDK of the destination sends them from
/// where they arise: mappings that make calls say how.
///
/// A caller that knows the source of its events states it:
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, sources: { web: { when: channel == 'web', cloud: [], device: [identify] } }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: POST, path: /people } } }"),
/// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// use mapwright::{Outcome, Scratch};
///
/// let mapper = plan.bind(&serde_json::json!({}))?;
/// let event = r#"{"type": "identify", "userId": "u1"}"#;
/// assert!(matches!(mapper.map(event, 0, &mut Scratch::new()), Outcome::Mapped(_)));
/// let of_web = mapper.with_source("web")?;
/// assert!(matches!(of_web.map(event, 0, &mut Scratch::new()), Outcome::Skipped { skip, .. } if skip.rule == "source"));
/// assert!(mapper.with_source("wbe").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventSource<'p> {
    /// Its name, such as `web` or `warehouse`.
    pub name: &'p str,
    /// The message types that it sends in cloud mode, such as `track`.
    pub cloud: &'p [String],
    /// The message types that it sends in device mode.
    pub device: &'p [String],
}

impl SourcePlan {
    /// Returns the description of the source for readers.
    pub fn shown(&self) -> EventSource<'_> {
        EventSource { name: &self.name, cloud: &self.cloud, device: &self.device }
    }

    /// Returns why it does not send events of a type in a mode, if it does not. The mode is device mode if the mapping makes calls.
    pub(crate) fn skip(&self, message: &str, calls: bool) -> Option<Skip> {
        let sends = |types: &[String]| types.iter().any(|kind| kind == message);
        let (own, other, mode) = match calls {
            true => (&self.device, &self.cloud, "cloud"),
            false => (&self.cloud, &self.device, "device"),
        };
        if sends(own) {
            return None;
        }
        let name = &self.name;
        let reason = match sends(other) {
            true => format!("source `{name}` sends `{message}` in {mode} mode only"),
            false => format!("source `{name}` does not send `{message}`"),
        };
        Some(Skip { rule: RULE, reason })
    }
}

/// The first source whose condition holds.
pub(crate) fn of_event<'p>(sources: &'p [SourcePlan], scope: &Scope<'p>) -> Option<&'p SourcePlan> {
    sources.iter().find(|source| source.when.as_ref().is_some_and(|when| holds(scope, when)))
}
