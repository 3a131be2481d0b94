//! Answers that name items of a batch by their places, which they do not have in the body.

use mapwright_findings::rules::lost_items::{RULE, report_index_of_lists, report_index_of_members};
use mapwright_language::decode::by_name;
use mapwright_language::spec::OperationSpec;

use crate::everywhere::{Everywhere, Tell};
use crate::view::VersionView;

use super::spots::ItemsPlace;

/// Looks at what the response rules say of the items of a batch, whose places in the body these are.
pub(super) fn check(
    version: &VersionView<'_>,
    (name, operation): (&str, &OperationSpec),
    spots: &[ItemsPlace<'_>],
    everywhere: &mut Everywhere,
) {
    let many = operation.batch.as_ref().and_then(|batch| batch.operation.as_ref());
    let operations = &version.version.spec.operations;
    let many = many.filter(|many| many.value != name).and_then(|many| by_name(operations, &many.value));
    let rules = operation.responses.iter().chain(many.iter().flat_map(|many| &many.responses));
    for failed in rules.flat_map(|rule| &rule.failed) {
        let Some(index) = failed.index.as_ref() else { continue };
        let is_part =
            |spot: &ItemsPlace<'_>| spot.filter.is_some() || spot.each.is_some_and(|each| each.key.is_some());
        let (span, is_among) = (index.span, failed.among.is_some());
        let tell = (!spots.is_empty() && spots.iter().all(is_part)).then(|| -> Option<Tell> {
            if spots.iter().all(|spot| spot.each.is_some_and(|each| each.key.is_some())) {
                return Some(Box::new(move |reports| report_index_of_members(reports, span)));
            }
            (!is_among).then(|| -> Tell { Box::new(move |reports| report_index_of_lists(reports, span)) })
        });
        everywhere.look(&RULE, span, "index", tell.flatten());
    }
}
