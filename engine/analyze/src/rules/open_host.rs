//! Hosts that allow nearly every server, or none.

use mapwright_findings::Reports;
use mapwright_findings::rules::open_host::{report, report_nothing};

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for host in &facts.view.destination.spec.hosts {
        let rest = host.value.strip_prefix("*.");
        let domain = rest.unwrap_or(&host.value);
        match rest {
            // a domain of one label has no particular owner
            Some(domain) if !domain.contains(['.', '*']) => report(reports, host.span, &host.value),
            _ if domain.contains('*') => report_nothing(reports, host.span, &host.value),
            _ => {}
        }
    }
}
