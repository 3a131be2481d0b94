//! What an event must have.

use crate::resolve::available::BEFORE_REQUESTS;
use crate::resolve::part::captures_of;
use crate::resolve::{Context, Resolver, Want, row};
use mapwright_convert::Source;
use mapwright_findings::rules::{conflicting_keys, misplaced_name, missing_key, unknown_requirement};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Fault, Needs, RequireEntry, RequireSpec, SkipSpec};
use mapwright_plan::plan::{Need, Part, PartRead, Place, Reads, Requirement, SkipRule};
use mapwright_plan::version::Unsupported;

impl Resolver<'_, '_> {
    /// Resolves an entry of `skip`.
    pub(crate) fn skip_rule(&mut self, spec: &SkipSpec) -> Option<SkipRule> {
        self.context.parts_read.clear();
        let read_before = self.reads_so_far();
        let when = self.condition(&spec.when);
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        let reason = self.said(&spec.reason);
        self.note_asked(read_before);
        let said = Reads::from(std::mem::take(&mut self.context.parts_read));
        Some(SkipRule { when: when?, reads, reason: reason?, said, span: spec.when.span })
    }

    /// Reports rules of `skip` that read a capture through the payload: these would be decided without it.
    pub(crate) fn check_skips(&mut self, rules: &[SkipRule], parts: &[Part]) {
        for rule in rules {
            let waits = |place: &&Place| !captures_of(parts, &PartRead::of(&place.slot), &[]).is_empty();
            let mut places = rule.when.places.iter().chain(rule.reason.template.places());
            if let Some(place) = places.find(waits) {
                let advice = format!("it reads a capture, and {BEFORE_REQUESTS}");
                misplaced_name::report(self.reports, rule.span, &place.text, &advice);
            }
        }
    }

    /// Resolves an entry of `require`.
    pub(crate) fn require_entry(&mut self, entry: &RequireEntry) -> Option<Requirement> {
        let name = match entry {
            RequireEntry::Stated(spec) => return self.requirement(spec),
            RequireEntry::Named(name) => name,
        };
        let requirements = &self.version.spec.requirements;
        match by_name(requirements, &name.value) {
            Some(spec) => self.requirement(spec),
            None => {
                unknown_requirement::report(self.reports, name.span, &name.value, &requirements.known());
                None
            }
        }
    }

    pub(crate) fn requirement(&mut self, spec: &RequireSpec) -> Option<Requirement> {
        self.context.parts_read.clear();
        let needs = match (&spec.that, spec.any.as_slice(), spec.all.as_slice()) {
            (Some(that), [], []) => Need::That(self.condition(that)?),
            (None, [_, ..], []) => Need::Any(self.needs(&spec.any)),
            (None, [], [_, ..]) => Need::All(self.needs(&spec.all)),
            (None, [], []) if spec.flawed => return None,
            (None, [], []) => {
                let message = "a requirement needs one of the keys `any`, `all` and `that`";
                missing_key::report_at(self.reports, spec.span, message);
                return None;
            }
            _ => {
                conflicting_keys::report_at(
                    self.reports,
                    spec.span,
                    "`any`, `all` and `that` are mutually exclusive",
                );
                return None;
            }
        };
        let when = row::flip(spec.when.as_ref().map(|when| self.condition(when)))?;
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        let message = self.said(&spec.otherwise)?;
        Some(Requirement {
            when,
            need: needs,
            reads,
            message,
            said: Reads::from(std::mem::take(&mut self.context.parts_read)),
            code: spec.code.clone().unwrap_or_else(|| "missing_required".to_owned()),
            fault: spec.fault.unwrap_or(Fault::Event),
            span: spec.span,
        })
    }

    /// Resolves what becomes of events without a mapping: what the version says, or else the destination.
    pub(crate) fn unsupported(&mut self) -> Option<Unsupported> {
        self.context = Context { event_only: true, ..Context::default() };
        let (version, destination) = (&self.version.spec, &self.destination.spec);
        let spec = version.unsupported.as_ref().or(destination.unsupported.as_ref())?;
        match (&spec.reject, &spec.skip) {
            (Some(reject), None) => Some(Unsupported { rejects: true, message: self.said(reject)? }),
            (None, Some(skip)) => Some(Unsupported { rejects: false, message: self.said(skip)? }),
            (None, None) if spec.flawed => None,
            (None, None) => {
                let message = "`unsupported` requires one of the keys `reject` and `skip`";
                missing_key::report_at(self.reports, spec.span, message);
                None
            }
            (Some(_), Some(_)) => {
                let message = "`reject` and `skip` are mutually exclusive";
                conflicting_keys::report_at(self.reports, spec.span, message);
                None
            }
        }
    }

    fn needs(&mut self, needs: &[Needs]) -> Vec<Need> {
        needs
            .iter()
            .filter_map(|need| {
                Some(match need {
                    Needs::Any(needs) => Need::Any(self.needs(needs)),
                    Needs::All(needs) => Need::All(self.needs(needs)),
                    Needs::Source(source) => match &source.value {
                        Source::Path(path) => Need::Has(self.place(path, source.span, Want::Many)?),
                        Source::Named(named) => Need::Has(self.value_place(named, source.span)?),
                    },
                })
            })
            .collect()
    }
}
