//! Response rules, and what they and steps capture.

use mapwright_convert::{PathStep, Root, Source, Val};
use mapwright_findings::At;
use mapwright_findings::rules::{conflicting_keys, invalid_value, missing_key, unknown_setting};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{Class, Fault, Form, OperationSpec, ResponseRuleSpec, RowSpec, SplitInto};
use mapwright_plan::plan::{ResponseRule, RuleEnd};
use serde_json::Value;

use crate::resolve::answers::RuleOf;
use crate::resolve::{Context, Resolver, Want, row};

/// How often a request asks for a new value, unless its rule says so: a value may expire while the request waits.
const RENEWALS: u64 = 2;

/// The response rules of an operation, if one of them captures: they are resolved for each step, which has the captures.
pub(crate) fn capturing(operation: &OperationSpec) -> &[ResponseRuleSpec] {
    let captures = operation.responses.iter().any(|rule| !rule.capture.is_empty());
    if captures && operation.batch.is_none() { &operation.responses } else { &[] }
}

impl<'c> Resolver<'c, '_> {
    /// Resolves the response rules of the version and the destination.
    pub(crate) fn common_rules(&mut self) -> Vec<ResponseRule> {
        self.context = Context::default();
        let (version, destination) = (self.version, self.destination);
        let all = version.spec.responses.iter().chain(&destination.spec.responses);
        self.with_only(self.only_answers(), |this| {
            all.filter_map(|rule| this.rule(rule, RuleOf::Version)).collect()
        })
    }

    /// Resolves a response rule.
    pub(crate) fn rule(&mut self, spec: &'c ResponseRuleSpec, of: RuleOf) -> Option<ResponseRule> {
        if spec.then.is_some() && of != RuleOf::Step {
            let message = "`then` is allowed only in the response rules of a step";
            let advice = "move the rule to the `on` of the steps that need it";
            invalid_value::report(self.reports, spec.span, message, advice);
            return None;
        }
        if !spec.capture.is_empty() && of == RuleOf::Version {
            let message = "`capture` is allowed only in the response rules of a step or an operation";
            let advice = "move the rule to the `responses` of the operations, or to the `on` of the steps, that need it";
            invalid_value::report(self.reports, spec.span, message, advice);
            return None;
        }
        if let Some(renew) = &spec.renew {
            let others = spec.then.as_ref().map(|_| "then").or(spec.class.map(|_| "class"));
            if let Some(other) = others {
                let message = format!("`{other}` and `renew` are mutually exclusive");
                conflicting_keys::report_at(self.reports, renew.span, &message);
                return None;
            }
        }
        if let (RuleOf::Batch { .. }, Some((name, _))) = (of, spec.capture.first()) {
            let message =
                "the response to a batch is that of several events, which have nothing to capture in common";
            let advice = "remove the `capture`, or the `batch` of the operation";
            invalid_value::report(self.reports, name.span, message, advice);
            return None;
        }
        self.items_of_rule(spec, of);
        self.body_of_status(spec);
        match (&spec.then, spec.class) {
            _ if spec.renew.is_some() => {}
            (Some(_), Some(_)) => {
                conflicting_keys::report_at(
                    self.reports,
                    spec.span,
                    "`then` and `class` are mutually exclusive",
                );
                return None;
            }
            (None, None) if spec.flawed => return None,
            (None, None) => {
                missing_key::report_at(
                    self.reports,
                    spec.span,
                    "a response rule needs `class`, `renew` or `then`",
                );
                return None;
            }
            _ => {}
        }
        if let Some(times) = &spec.times
            && !matches!(spec.class, Some(Class::Retry | Class::Throttle))
            && spec.renew.is_none()
        {
            missing_key::report_at(
                self.reports,
                times.span,
                "`times` requires `class: retry`, `class: throttle` or `renew`",
            );
        }
        if let Some(times) = spec.times.as_ref().filter(|times| times.value == 0) {
            let message = "with `times: 0`, the rule never applies";
            invalid_value::report(
                self.reports,
                times.span,
                message,
                "write how often it applies, or remove the rule",
            );
        }
        if let Some(after) = &spec.after {
            if !matches!(spec.class, Some(Class::Retry | Class::Throttle)) {
                let message = "`after` requires `class: retry` or `class: throttle`";
                missing_key::report_at(self.reports, after.span, message);
            }
            self.wait(after);
        }
        let outer = std::mem::replace(&mut self.context.response, true);
        let when = row::flip(spec.when.as_ref().map(|when| self.condition(when)));
        let after = row::flip(spec.after.as_ref().map(|after| self.row_alone(after, Want::One)));
        let advice = row::flip(spec.advice.as_ref().map(|advice| self.said(advice)));
        let capture = self.captured(&spec.capture);
        let failed: Vec<_> = spec.failed.iter().map(|failed| self.failed(failed, of)).collect();
        self.context.response = outer;
        let times = spec.times.as_ref().map(|times| times.value);
        let renewed = row::flip(spec.renew.as_ref().map(|renew| self.renewed(renew)))?;
        let end = match spec.class {
            _ if let Some(setting) = renewed => RuleEnd::Renew { setting, times: times.unwrap_or(RENEWALS) },
            Some(class) => RuleEnd::Class {
                class,
                after: after?.map(Box::new),
                into: spec.into.as_ref().map_or(SplitInto::Halves, |into| into.value),
                times,
                fault: spec.fault.unwrap_or(Fault::Event),
                code: spec.code.clone(),
                advice: advice?,
            },
            // filled in after all steps of the group are resolved
            None => RuleEnd::Class {
                class: Class::Done,
                after: None,
                into: SplitInto::Halves,
                times: None,
                fault: Fault::Event,
                code: None,
                advice: None,
            },
        };
        let (status, failed) = (spec.status.clone(), failed.into_iter().collect::<Option<_>>()?);
        Some(ResponseRule { status, when: when?, capture, failed, end, span: spec.span })
    }

    /// The setting of which a rule asks for a new value.
    fn renewed(&mut self, renew: &At<Source>) -> Option<String> {
        if let Source::Path(path) = &renew.value
            && let (Root::Settings, [PathStep::Key(name)]) = (path.root, path.steps.as_slice())
        {
            if by_name(&self.destination.spec.settings, name).is_some() {
                return Some(name.clone());
            }
            unknown_setting::report(self.reports, renew.span, name, &self.destination.spec.settings.known());
            return None;
        }
        let message = "`renew` names no setting";
        invalid_value::report(self.reports, renew.span, message, "write `renew: settings.accessToken`");
        None
    }

    /// Checks the constants among what `after` says.
    fn wait(&mut self, row: &RowSpec) {
        if let Form::Value(value) = &row.form
            && row.conversions.is_empty()
            && !is_wait(value)
        {
            let message = format!("`{value}` is not a time to wait");
            let help = "write the seconds until the next attempt, 0 or more, or a time";
            invalid_value::report(self.reports, row.span, message, help);
        }
        if let Form::First { alternatives, key: None } = &row.form {
            alternatives.iter().for_each(|row| self.wait(row));
        }
    }

    /// Resolves the rows of a `capture`, by index of the capture.
    pub(crate) fn captured(&mut self, capture: &Named<RowSpec>) -> Vec<(usize, mapwright_plan::plan::Row)> {
        capture
            .iter()
            .filter_map(|(name, row)| {
                let at = self.context.captures.place(&name.value)?;
                Some((at, self.row_alone(row, Want::One)?))
            })
            .collect()
    }
}

/// Whether a constant is a number of seconds, or a time.
fn is_wait(value: &Value) -> bool {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => return false,
    };
    number.map_or_else(
        || mapwright_convert::parse_time(&Val::from(value.clone())).is_some(),
        |number| (0.0..1.0e14).contains(&number),
    )
}
