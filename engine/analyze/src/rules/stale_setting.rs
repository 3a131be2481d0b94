//! Settings that are renewed, where the items of a batch keep their old values.

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::stale_setting::report;
use mapwright_findings::{At, Reports, Span};

use crate::facts::Facts;
use crate::view::{Place, Reading, Rows, Site, StepId};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    // mappings share operations
    let mut reported: Vec<Span> = Vec::new();
    for flow in &facts.flows {
        for (at, step) in flow.view.steps.iter().enumerate() {
            let batched = step.operation.filter(|(_, operation)| operation.batch.is_some());
            let Some((name, _)) = batched else { continue };
            let of_operation = |place: &Place<'_>| match place {
                Place::OperationHeader(of, _) | Place::OperationQuery(of, _) => *of == name.value,
                _ => false,
            };
            let of_step = |place: &Place<'_>| match place {
                Place::Header(of, _) | Place::Query(of, _) | Place::Param(of, _) | Place::Body(of, _) => {
                    *of == StepId(at)
                }
                _ => false,
            };
            for (setting, renewed) in step.rules.iter().filter_map(|rule| setting(rule.spec.renew.as_ref()?))
            {
                let of_items = read(&facts.view.rows, setting, of_operation);
                for span in of_items.chain(read(&flow.view.rows, setting, of_step)) {
                    if !reported.contains(&span) {
                        reported.push(span);
                        report(reports, span, setting, &name.value, renewed);
                    }
                }
            }
        }
    }
}

/// The setting that a rule renews.
fn setting(renew: &At<Source>) -> Option<(&str, Span)> {
    let Source::Path(path) = &renew.value else { return None };
    let [PathStep::Key(name)] = path.steps.as_slice() else { return None };
    (path.root == Root::Settings).then_some((name.as_str(), renew.span))
}

/// Where rows at such places read a setting.
fn read<'r>(
    rows: &'r Rows<'_>,
    setting: &'r str,
    is: impl Fn(&Place<'_>) -> bool + 'r,
) -> impl Iterator<Item = Span> + 'r {
    let is_read = move |reading: &Reading| match reading {
        Reading::Path(Root::Settings, steps) => {
            matches!(steps.first(), Some(PathStep::Key(name)) if name == setting)
        }
        _ => false,
    };
    let stands = move |site: Site| {
        let Site::Row(row) = site else { return false };
        let root = rows.row(row).and_then(|row| rows.roots.get(row.root.0));
        root.is_some_and(|root| is(&root.place))
    };
    rows.reads.iter().filter(move |read| is_read(&read.reading) && stands(read.site)).map(|read| read.span)
}
