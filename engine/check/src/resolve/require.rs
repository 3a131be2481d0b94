//! What an event must have.

use crate::resolve::{Resolver, Want, row};
use mapwright_convert::Source;
use mapwright_findings::rules::{conflicting_keys, missing_key};
use mapwright_language::spec::{Fault, Needs, RequireSpec};
use mapwright_plan::plan::{Need, Reads, Requirement};

impl Resolver<'_, '_> {
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
        Some(Requirement {
            when,
            need: needs,
            reads: Reads::from(std::mem::take(&mut self.context.parts_read)),
            message: spec.otherwise.clone(),
            code: spec.code.clone().unwrap_or_else(|| "missing_required".to_owned()),
            fault: spec.fault.unwrap_or(Fault::Event),
            span: spec.span,
        })
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
