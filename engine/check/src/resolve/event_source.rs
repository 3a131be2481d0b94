//! Resolves the sources of events.

use crate::messages::MESSAGES;
use crate::resolve::{Context, Resolver};
use mapwright_findings::rules::{invalid_value, missing_key};
use mapwright_findings::{At, nearest};
use mapwright_language::spec::SourceSpec;
use mapwright_language::yaml::Data;
use mapwright_plan::event_source::SourcePlan;

impl Resolver<'_, '_> {
    /// Resolves the sources of the destination.
    pub(crate) fn sources(&mut self) -> Vec<SourcePlan> {
        self.context = Context { event_only: true, ..Context::default() };
        let sources = self.destination.spec.sources.iter();
        sources.filter_map(|(name, spec)| self.event_source(name, spec)).collect()
    }

    fn event_source(&mut self, name: &At<String>, spec: &SourceSpec) -> Option<SourcePlan> {
        // an empty list says that nothing is sent; a key that is none has its own finding
        let written = self.destination.node.get("sources").and_then(|all| all.get(&name.value));
        let keys = written.and_then(|source| match &source.data {
            Data::Map(keys) => Some(keys),
            _ => None,
        });
        let others = ["when", "description"];
        if keys.is_some_and(|keys| keys.iter().all(|(key, _)| others.contains(&key.text.as_str()))) {
            let message = format!("the source `{}` needs the key `cloud` or `device`", name.value);
            missing_key::report_at(self.reports, name.span, &message);
        }
        let name = name.value.as_str();
        let when = match &spec.when {
            Some(when) => Some(self.condition(when)?),
            None => None,
        };
        for message in spec.device.iter().filter(|message| !MESSAGES.contains(&message.value.as_str())) {
            let text = format!("`{}` is not a message type", message.value);
            let help = match nearest(&message.value, MESSAGES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove it".to_owned(),
            };
            invalid_value::report(self.reports, message.span, text, help);
        }
        Some(SourcePlan {
            name: name.to_owned(),
            when,
            cloud: names(&spec.cloud),
            device: names(&spec.device),
        })
    }
}

fn names(messages: &[At<String>]) -> Vec<String> {
    messages.iter().map(|message| message.value.clone()).collect()
}
