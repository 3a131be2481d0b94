//! What the properties of tests read of requests and outcomes, and can never find there.

use std::collections::BTreeSet;

use mapwright_check::names::{What, name_read};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::impossible_comparison::report_word;
use mapwright_findings::rules::unknown_name::{report_found, report_list};
use mapwright_findings::rules::unknown_payload::{Absent, report_of_request};
use mapwright_findings::{Reports, Span};
use mapwright_language::spec::{Comparison, Expr, Expression, Name};
use serde_json::Value;

use crate::facts::{Bodies, Facts, FlowFacts};
use crate::view::{FlowView, VersionView, written};

/// What conditions can read of a request.
const OF_REQUEST: [&str; 9] =
    ["step", "operation", "method", "url", "headers", "body", "when", "rate", "idempotent"];
/// What they can read of a call.
const OF_CALL: [&str; 4] = ["step", "operation", "call", "arguments"];
/// What they can read of a rejection.
const OF_REJECTION: [&str; 4] = ["code", "message", "field", "fault"];
/// How an event ends.
const OUTCOMES: [&str; 3] = ["mapped", "rejected", "skipped"];

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let flows: Vec<_> = facts.flows.iter().map(FlowFacts::typed).collect();
    for flow in facts.view.flows.iter().filter(|flow| flow.variant.is_none()) {
        let files = flow.mapping.tests.iter();
        let conditions: Vec<&Expression> = files
            .flat_map(|file| &file.spec.properties)
            .flat_map(|property| property.when.iter().chain(&property.must))
            .collect();
        if conditions.is_empty() {
            continue;
        }
        let found = ConditionNames {
            bodies: Bodies::of_mapping(&flows, flow.mapping),
            words: Words::of(facts.view, flow),
        };
        for condition in conditions {
            for name in &condition.names {
                found.path(name, name.inside(condition.span), reports);
            }
            found.words(&condition.expr, condition, reports);
        }
    }
}

/// What conditions can find of a mapping.
struct ConditionNames<'f, 'v, 'c> {
    bodies: Option<Bodies<'f, 'v, 'c>>,
    words: Words<'v>,
}

/// The words that members of requests can have.
struct Words<'v> {
    steps: BTreeSet<&'v str>,
    operations: BTreeSet<&'v str>,
    methods: BTreeSet<&'v str>,
}

impl<'v> Words<'v> {
    /// Those of a mapping and its variants.
    fn of(version: &'v VersionView<'_>, flow: &FlowView<'_>) -> Self {
        let flows = version.flows.iter().filter(|other| std::ptr::eq(other.mapping, flow.mapping));
        let calling: Vec<_> =
            flows.flat_map(|flow| &flow.steps).filter(|step| step.operation.is_some()).collect();
        let operations = calling.iter().filter_map(|step| step.operation);
        let many = operations.clone().filter_map(|(_, spec)| spec.batch.as_ref()?.operation.as_ref());
        Self {
            steps: calling.iter().map(|step| step.name.value.as_str()).collect(),
            operations: operations
                .clone()
                .map(|(name, _)| name.value.as_str())
                .chain(many.map(|many| many.value.as_str()))
                .collect(),
            methods: version
                .version
                .spec
                .operations
                .iter()
                .filter_map(|(_, spec)| Some(spec.method?.word()))
                .collect(),
        }
    }
}

/// The path of a name that is about what became of an event.
fn of_outcome(name: &Name) -> Option<(&str, &[PathStep])> {
    match name_read(name) {
        Some(What::Path(Root::Event, steps)) if !name.is_path() => match steps.split_first() {
            Some((PathStep::Key(first), rest)) => Some((first, rest)),
            _ => None,
        },
        _ => None,
    }
}

impl ConditionNames<'_, '_, '_> {
    fn path(&self, name: &Name, span: Span, reports: &mut Reports) {
        let Some((first, rest)) = of_outcome(name) else { return };
        let in_list = |known: &[&str], reports: &mut Reports| match rest {
            [PathStep::Key(member), ..] => {
                report_list(reports, span, first, member);
                None
            }
            [PathStep::Index(at), PathStep::Key(member), more @ ..] => {
                let owner = format!("{first}[{at}]");
                if !known.contains(&member.as_str()) {
                    report_found(reports, span, &owner, member, known);
                    return None;
                }
                Some((format!("{owner}.{member}"), member.as_str(), more))
            }
            _ => None,
        };
        match first {
            "requests" => match in_list(&OF_REQUEST, reports) {
                Some((path, "body", more)) => self.body(&path, more, span, reports),
                Some((path, "headers", [PathStep::Key(header), ..])) => {
                    let small = header.to_lowercase();
                    if small != *header {
                        report_found(reports, span, &path, header, &[&small]);
                    }
                }
                Some((path, _, [PathStep::Key(member), ..])) => {
                    report_found(reports, span, &path, member, &[])
                }
                _ => {}
            },
            "calls" => match in_list(&OF_CALL, reports) {
                Some((_, "arguments", _)) | None => {}
                Some((path, _, [PathStep::Key(member), ..])) => {
                    report_found(reports, span, &path, member, &[])
                }
                Some(_) => {}
            },
            "rejection" => match rest {
                [PathStep::Key(member), ..] if !OF_REJECTION.contains(&member.as_str()) => {
                    report_found(reports, span, first, member, &OF_REJECTION);
                }
                _ => {}
            },
            "outcome" | "skipped" => {
                if let [PathStep::Key(member), ..] = rest {
                    report_found(reports, span, first, member, &[]);
                }
            }
            _ => {}
        }
    }

    fn body(&self, path: &str, steps: &[PathStep], span: Span, reports: &mut Reports) {
        let Some(lack) = self.bodies.as_ref().and_then(|bodies| bodies.lack(steps)) else { return };
        let path = format!("{path}.{}", written(steps, lack.at + 1));
        report_of_request(reports, span, &Absent { path: &path, name: lack.name, known: &lack.known });
    }

    /// Looks for comparisons with words that cannot be there.
    fn words(&self, expr: &Expr, condition: &Expression, reports: &mut Reports) {
        expr.inside().into_iter().for_each(|inner| self.words(inner, condition, reports));
        let Expr::Compare(first, links) = expr else { return };
        let [(Comparison::Eq | Comparison::Ne, second)] = links.as_slice() else { return };
        let (name, word) = match (&**first, second) {
            (Expr::Name(at), Expr::Const(Value::String(word)))
            | (Expr::Const(Value::String(word)), Expr::Name(at)) => (condition.names.get(*at), word),
            _ => return,
        };
        let Some((name, (first, rest))) = name.and_then(|name| Some((name, of_outcome(name)?))) else {
            return;
        };
        let known: Vec<&str> = match (first, rest) {
            ("outcome", []) => OUTCOMES.to_vec(),
            ("requests", [PathStep::Index(_), PathStep::Key(member)]) => match member.as_str() {
                "step" => self.words.steps.iter().copied().collect(),
                "operation" => self.words.operations.iter().copied().collect(),
                "method" => self.words.methods.iter().copied().collect(),
                _ => return,
            },
            _ => return,
        };
        if !known.contains(&word.as_str()) {
            report_word(reports, name.inside(condition.span), &name.text(), word, &known);
        }
    }
}
