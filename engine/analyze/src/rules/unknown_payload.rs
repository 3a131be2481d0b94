//! Members of items that no item of a batch has, and members of fields that no row makes.

use mapwright_check::names::{Read, What, condition_reads, own_reads};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::unknown_payload::{Absent, report_member, report_of_item};
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::names::ITEMS;
use mapwright_language::spec::{BatchSpec, Form, Role, RowSpec};

use crate::facts::{Bodies, Facts, FlowFacts, MadeBy};
use crate::view::{is_items, written};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for lack in facts.no_members.iter().filter(|lack| lack.of == MadeBy::Payload) {
        report_member(reports, lack.span, &lack.owner, &lack.name, &lack.known);
    }
    let flows: Vec<_> = facts.flows.iter().map(FlowFacts::typed).collect();
    let operations = &facts.view.version.spec.operations;
    for (name, operation) in operations {
        let Some(batch) = &operation.batch else { continue };
        let Some(bodies) = Bodies::of(&flows, &name.value) else { continue };
        let mut look = |steps: &[PathStep], span| {
            if let Some(lack) = bodies.lack(steps) {
                let path = format!("item.{}", written(steps, lack.at + 1));
                report_of_item(
                    reports,
                    span,
                    &name.value,
                    &Absent { path: &path, name: lack.name, known: &lack.known },
                );
            }
        };
        of_items(batch, &mut look);
        let judging = batch.operation.as_ref().and_then(|many| by_name(operations, &many.value));
        for failed in
            judging.into_iter().chain([operation]).flat_map(|of| &of.responses).flat_map(|rule| &rule.failed)
        {
            if let Some(among) = &failed.among {
                condition_reads(among, &mut |read| of_read(&read, true, &mut look));
            }
        }
    }
}

/// Calls `take` with every path into an item that a batch reads.
fn of_items(batch: &BatchSpec, take: &mut dyn FnMut(&[PathStep], Span)) {
    for row in batch.item_rows() {
        of_row(row, true, take);
    }
    if let Some(unless) = &batch.unless {
        condition_reads(unless, &mut |read| of_read(&read, true, take));
    }
    if let Some(body) = &batch.body {
        of_row(body, false, take);
    }
}

fn of_read(read: &Read<'_>, is_item: bool, take: &mut dyn FnMut(&[PathStep], Span)) {
    match read.what {
        What::Path(Root::Item, steps) if is_item => take(steps, read.span),
        What::Path(Root::Event, [PathStep::Key(items), PathStep::Index(_), steps @ ..])
            if items == ITEMS && !is_item =>
        {
            take(steps, read.span);
        }
        _ => {}
    }
}

/// `is_item`: whether `item` is one of the batch in this row.
fn of_row(row: &RowSpec, is_item: bool, take: &mut dyn FnMut(&[PathStep], Span)) {
    let Form::Each { list, name, filter, .. } = &row.form else {
        own_reads(row, &mut |read| of_read(&read, is_item, take));
        row.inside().into_iter().for_each(|(_, inner)| of_row(inner, is_item, take));
        return;
    };
    let of_batch = name.is_none() && list.conversions.is_empty() && is_items(list);
    if let Some(filter) = filter {
        condition_reads(filter, &mut |read| of_read(&read, of_batch, take));
    }
    for (role, inner) in row.inside() {
        let has_item = matches!(role, Role::Key | Role::EachTo);
        of_row(inner, if has_item { of_batch } else { is_item }, take);
    }
}
