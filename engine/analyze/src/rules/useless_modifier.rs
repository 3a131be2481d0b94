//! Modifiers that can never apply.

mod conversions;
mod steps;

use mapwright_check::names::{What, own_reads};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::Span;
use mapwright_findings::rules::useless_modifier::{Because, RULE, report, report_alike};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::names::ITEMS;
use mapwright_language::spec::{
    Class, DefaultSpec, Encoding, Form, ItemClass, OnError, OnMissing, RowSpec, SettingSpec, SignedWord,
};

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Knows, always, is_alike, scope_of};
use crate::view::{ItemOf, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    operations(version, everywhere);
    batches(version, everywhere);
    conversions::check(version, everywhere);
    steps::check(version, everywhere, look);
    answers(version, everywhere);
    signatures(version, everywhere);
    // what is laid over another row may keep modifiers of it
    if !version.version.bases.is_empty() || version.destination.spec.extends.is_some() {
        return;
    }
    settings(&version.destination.spec.settings, everywhere);
    for flow in version.flows.iter().filter(|flow| flow.variant.is_none()) {
        let knows = scope_of(version, Some(flow));
        for row in &flow.rows.rows {
            of_row(knows, row.spec, everywhere);
        }
    }
    for row in &version.rows.rows {
        of_row(scope_of(version, None), row.spec, everywhere);
    }
}

/// What an operation says of a body, though no step sends it with one.
fn operations(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for (name, operation) in &version.version.spec.operations {
        let steps = version.flows.iter().flat_map(|flow| &flow.steps);
        let calls: Vec<_> = steps
            .filter(|step| step.operation.is_some_and(|(called, _)| called.value == name.value))
            .collect();
        // one that no step calls has its own finding
        let is_bare = !calls.is_empty() && calls.iter().all(|step| step.spec.body.is_none());
        let is_encoded = matches!(operation.encoding, Some(Encoding::Form | Encoding::Xml));
        let span = name.span;
        for (key, is_stated) in [("encoding", is_encoded), ("compress", operation.compress.is_some())] {
            let tell = (is_stated && is_bare)
                .then(|| -> Tell { Box::new(move |reports| report(reports, span, key, Because::NoBody)) });
            everywhere.look(&RULE, span, key, tell);
        }
    }
}

/// Reports rows that distinguish the items of a batch, though all of them have the same value.
fn batches(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for (name, operation) in &version.version.spec.operations {
        let Some(batch) = operation.batch.as_deref() else { continue };
        let item = Some(ItemOf::Batch { operation: &name.value, name: None });
        let knows = Knows { item, ..scope_of(version, None) };
        // a body that has a value of one item needs to know that the others have the same
        let by = batch.by.iter().filter(|_| !batch.body.iter().any(reads_one)).map(|row| ("by", row));
        let lists = batch.lists.iter().map(|lists| ("by` of `lists", &lists.by));
        // with `merge`, items of the same id become one
        let id = batch.id.iter().filter(|_| !batch.merge).map(|row| ("id", row));
        // a constant `by` has its finding where names are resolved
        let is_plain = |row: &RowSpec| matches!(row.form, Form::Value(_)) && row.is_plain();
        for (key, row) in by.chain(lists).filter(|(_, row)| !is_plain(row)).chain(id) {
            let span = row.span;
            let tell = is_alike(knows, row)
                .then(|| -> Tell { Box::new(move |reports| report_alike(reports, span, key)) });
            everywhere.look(&RULE, span, key, tell);
        }
    }
}

/// Whether a body reads one of the items.
fn reads_one(body: &RowSpec) -> bool {
    let mut found = false;
    own_reads(body, &mut |read| {
        found |= matches!(read.what, What::Path(_, [PathStep::Key(items), PathStep::Index(_), ..]) if items == ITEMS);
    });
    found || body.inside().into_iter().any(|(_, row)| reads_one(row))
}

/// What a response rule says of failures, though nothing has failed.
fn answers(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let (spec, shared) = (&version.version.spec, &version.destination.spec.responses);
    let of_operations = spec.operations.iter().flat_map(|(_, operation)| &operation.responses);
    let of_steps = version.flows.iter().flat_map(|flow| &flow.steps).flat_map(|step| &step.spec.on);
    for rule in spec.responses.iter().chain(shared).chain(of_operations).chain(of_steps) {
        let is_done = rule.class == Some(Class::Done);
        for (key, is_stated) in [
            ("fault", rule.fault.is_some()),
            ("code", rule.code.is_some()),
            ("advice", rule.advice.is_some()),
        ] {
            look(rule.span, key, (is_done && is_stated).then_some(Because::Done), everywhere);
        }
        for failed in &rule.failed {
            let is_done = failed.class == Some(ItemClass::Done) && failed.fault.is_some();
            look(failed.span, "fault", is_done.then_some(Because::Done), everywhere);
        }
    }
}

/// How a signature writes a time that it does not have.
fn signatures(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let spec = &version.version.spec;
    let all = spec.operations.iter().filter_map(|(_, operation)| operation.auth.as_ref()).chain(&spec.auth);
    for hmac in all.filter_map(|auth| auth.hmac.as_ref()) {
        let because = (hmac.time.is_some() && !hmac.uses(SignedWord::Timestamp)).then_some(Because::NoTime);
        look(hmac.span, "time", because, everywhere);
        let is_one = hmac.with.is_some() && hmac.sign.len() == 1 && !hmac.flawed;
        look(hmac.span, "with", is_one.then_some(Because::OnePart), everywhere);
    }
}

fn look(span: Span, key: &'static str, because: Option<Because>, everywhere: &mut Everywhere) {
    let tell =
        because.map(|because| -> Tell { Box::new(move |reports| report(reports, span, key, because)) });
    everywhere.look(&RULE, span, key, tell);
}

/// Reports constraints of settings that have no effect.
fn settings(all: &Named<SettingSpec>, everywhere: &mut Everywhere) {
    for (name, setting) in all {
        let has_default = setting.required && setting.default.is_some();
        let is_free = !setting.required && setting.kind.is_none() && setting.one_of.is_empty();
        let span = name.span;
        for (key, because) in [
            ("required", has_default.then_some(Because::Given)),
            ("error", (is_free && setting.error.is_some()).then_some(Because::AnyValue)),
        ] {
            let tell = because
                .map(|because| -> Tell { Box::new(move |reports| report(reports, span, key, because)) });
            everywhere.look(&RULE, span, key, tell);
        }
        settings(&setting.items, everywhere);
    }
}

fn of_row(knows: Knows<'_, '_>, row: &RowSpec, everywhere: &mut Everywhere) {
    let bare = RowSpec { default: None, on_missing: OnMissing::Omit, error: None, ..row.clone() };
    let has_value = (row.default.is_some() || row.on_missing != OnMissing::Omit) && always(knows, &bare);
    let has_default = row.when.is_none()
        && row.unless.is_none()
        && matches!(&row.default, Some(DefaultSpec::Value(value)) if !value.is_null() && value.as_str() != Some(""));
    let converts = !row.conversions.is_empty();
    let is_simple = reads_only(knows, row);
    let because = |found: bool, because| found.then_some(because);
    let aspects = [
        ("default", because(row.default.is_some() && has_value, Because::Always)),
        (
            "on_missing",
            because(row.on_missing != OnMissing::Omit && has_value, Because::Always)
                .or(because(row.on_missing != OnMissing::Omit && has_default, Because::Default)),
        ),
        (
            "on_error",
            because(row.on_error != OnError::Reject && !converts && is_simple, Because::NoConversion),
        ),
        (
            "error",
            because(
                row.error.is_some()
                    && row.on_missing != OnMissing::Reject
                    && (!converts || row.on_error != OnError::Reject)
                    && is_simple,
                Because::NeverRejects,
            ),
        ),
    ];
    let span = row.span;
    for (key, because) in aspects {
        let tell =
            because.map(|because| -> Tell { Box::new(move |reports| report(reports, span, key, because)) });
        everywhere.look(&RULE, span, key, tell);
    }
}

/// Whether nothing in a row can fail: it only reads places of the event, the settings or a response, or is made of what does.
fn reads_only(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    let all = |rows: &[RowSpec]| {
        rows.iter().all(|row| row.conversions.is_empty() && row.default.is_none() && reads_only(knows, row))
    };
    match &row.form {
        Form::Source(source) => match &source.value {
            Source::Path(path) => path.root != Root::Payload && path.root != Root::Captures,
            Source::Named(named) => {
                value(knows, &named.name).is_some_and(|(knows, row)| never_fails(knows, row))
            }
        },
        Form::Value(_) => true,
        Form::First { alternatives, key: None } => all(alternatives),
        Form::Concat(parts) | Form::List(parts) => all(parts),
        Form::First { key: Some(_), .. }
        | Form::Template(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Merge(_)
        | Form::RestOf { .. }
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::Each { .. }
        | Form::Switch { .. } => false,
    }
}

/// Whether a row rejects no event.
fn never_fails(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    let converts = !row.conversions.is_empty() && row.on_error == OnError::Reject;
    let inside = row.inside();
    let reads = if let Form::First { key: None, .. } = &row.form {
        inside.iter().all(|(_, row)| never_fails(knows, row))
    } else {
        matches!(&row.form, Form::Source(_) | Form::Value(_)) && reads_only(knows, row)
    };
    reads && !converts && row.on_missing != OnMissing::Reject
}

/// The row of a named value.
fn value<'k, 'c>(knows: Knows<'k, 'c>, name: &str) -> Option<(Knows<'k, 'c>, &'k RowSpec)> {
    let row = match knows.flow {
        Some(flow) => flow.values.find(name).map(|(_, row)| row),
        None => by_name(&knows.version.version.spec.values, name).map(|value| &value.0),
    };
    Some((knows.deeper()?, row?))
}
