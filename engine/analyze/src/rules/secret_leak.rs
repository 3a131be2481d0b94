//! Secrets that go where they can be read: into bodies, addresses, order keys, captures.

use std::collections::BTreeSet;

use mapwright_check::names::{What, name_read, own_reads};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::secret_leak::{Leak, RULE, report};
use mapwright_language::spec::{Expr, Form, RowSpec, TemplatePart, VersionSpec};

use crate::everywhere::{Everywhere, Tell};
use crate::view::{FlowView, Place, RowView, Rows, Site, VersionView};

/// Conversions after which a secret is none.
const HIDES: [&str; 5] = ["sha256", "sha1", "md5", "hmac_sha256", "count"];

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let settings = &version.destination.spec.settings;
    let secrets: BTreeSet<&str> =
        settings.iter().filter(|(_, setting)| setting.secret).map(|(name, _)| name.value.as_str()).collect();
    if secrets.is_empty() {
        return;
    }
    of_signatures(&version.version.spec, &secrets, everywhere);
    of_rows(&version.rows, &secrets, &BTreeSet::new(), everywhere);
    of_messages(&version.rows, &secrets, &BTreeSet::new(), everywhere);
    for flow in &version.flows {
        let values = secret_values(flow, &secrets);
        of_rows(&flow.rows, &secrets, &values, everywhere);
        of_messages(&flow.rows, &secrets, &values, everywhere);
    }
}

/// Looks at what is sent beside a signature: what it is made with is for the two sides alone.
fn of_signatures(version: &VersionSpec, secrets: &BTreeSet<&str>, everywhere: &mut Everywhere) {
    let operations = version.operations.iter().filter_map(|(_, operation)| operation.auth.as_ref());
    for hmac in version.auth.iter().chain(operations).filter_map(|auth| auth.hmac.as_ref()) {
        let key = revealed(&hmac.key, secrets);
        for row in hmac.sent_rows() {
            let sent = revealed(row, secrets).into_iter().find(|name| key.contains(name));
            let span = row.span;
            let tell = sent.map(|name| -> Tell {
                Box::new(move |reports| report(reports, span, &name, Leak::Signature))
            });
            everywhere.look(&RULE, span, "signature", tell);
        }
    }
}

/// The secrets that a row, or one inside of it, reveals.
fn revealed(row: &RowSpec, secrets: &BTreeSet<&str>) -> BTreeSet<String> {
    if row.conversions.iter().any(|call| HIDES.contains(&call.name.value.as_str())) {
        return BTreeSet::new();
    }
    let inside = row.inside().into_iter().flat_map(|(_, row)| revealed(row, secrets));
    inside.chain(secret(row, secrets, &BTreeSet::new())).collect()
}

fn of_rows(rows: &Rows<'_>, secrets: &BTreeSet<&str>, values: &BTreeSet<&str>, everywhere: &mut Everywhere) {
    for row in &rows.rows {
        let Some(root) = rows.root(row.root) else { continue };
        let leak = match root.place {
            Place::Part(..) if !root.reached => continue,
            Place::Part(..) | Place::Body(..) => Leak::Body,
            Place::Param(..) => Leak::Path,
            Place::Query(..) | Place::OperationQuery(..) => Leak::Query,
            Place::StepOrder(..) | Place::Order(_) => Leak::Order,
            Place::Capture(..) | Place::RuleCapture(..) => Leak::Capture,
            Place::Result(_) => Leak::Result,
            Place::Server => Leak::Server,
            _ => continue,
        };
        // a computed name stands where the rows around it stand as well, which read nothing themselves
        if matches!(row.spec.form, Form::Computed { .. } | Form::Merge(_)) {
            continue;
        }
        let name = secret(row.spec, secrets, values).filter(|_| !is_hidden(rows, row));
        let span = row.spec.span;
        let tell = name.map(|name| -> Tell { Box::new(move |reports| report(reports, span, &name, leak)) });
        everywhere.look(&RULE, span, "secret", tell);
    }
}

/// Looks at what messages print.
fn of_messages(
    rows: &Rows<'_>,
    secrets: &BTreeSet<&str>,
    values: &BTreeSet<&str>,
    everywhere: &mut Everywhere,
) {
    for view in rows.templates.iter().filter(|view| !matches!(view.site, Site::Row(_))) {
        let printed = view.template.parts.iter().filter_map(|part| match part {
            TemplatePart::Print(Expr::Name(at)) => view.template.names.get(*at),
            _ => None,
        });
        let mut printed = printed.filter_map(name_read);
        let name = printed.find_map(|what| secret_name(&what, secrets, values));
        let span = view.template.span;
        let tell =
            name.map(|name| -> Tell { Box::new(move |reports| report(reports, span, &name, Leak::Message)) });
        everywhere.look(&RULE, span, "message", tell);
    }
}

fn secret_name(what: &What<'_>, secrets: &BTreeSet<&str>, values: &BTreeSet<&str>) -> Option<String> {
    match what {
        What::Path(Root::Settings, [PathStep::Key(name), ..]) if secrets.contains(name.as_str()) => {
            Some(format!("settings.{name}"))
        }
        // all settings at once, or one whose name is computed
        What::Path(Root::Settings, []) => Some(format!("settings.{}", secrets.first()?)),
        What::Value(name, _) if values.contains(name) => Some(format!("${name}")),
        _ => None,
    }
}

/// The secret that a row reads itself, other than in a condition.
fn secret(row: &RowSpec, secrets: &BTreeSet<&str>, values: &BTreeSet<&str>) -> Option<String> {
    let bare = RowSpec { when: None, unless: None, conversions: Vec::new(), ..row.clone() };
    let mut found = None;
    own_reads(&bare, &mut |read| {
        if found.is_none() {
            found = secret_name(&read.what, secrets, values);
        }
    });
    found
}

/// Whether a row, or one around it, makes something of the secret that does not reveal it.
fn is_hidden(rows: &Rows<'_>, row: &RowView<'_>) -> bool {
    let mut at = Some(row);
    while let Some(row) = at {
        if row.calls.iter().any(|call| HIDES.contains(&call.definition.name)) {
            return true;
        }
        at = row.parent.and_then(|(parent, _)| rows.row(parent));
    }
    false
}

/// The named values that pass a secret on.
fn secret_values<'f>(flow: &'f FlowView<'_>, secrets: &BTreeSet<&str>) -> BTreeSet<&'f str> {
    let mut values: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = values.len();
        for (name, _) in flow.values.list() {
            let root = flow.value_root(name).and_then(|root| flow.rows.root(root));
            let rows = root.and_then(|root| flow.rows.rows.get(root.rows.clone())).unwrap_or_default();
            let tells = |row: &RowView<'_>| {
                secret(row.spec, secrets, &values).is_some() && !is_hidden(&flow.rows, row)
            };
            if rows.iter().any(tells) {
                values.insert(name);
            }
        }
        if values.len() == before {
            return values;
        }
    }
}
