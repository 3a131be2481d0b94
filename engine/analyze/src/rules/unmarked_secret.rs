//! Settings whose names say that they are secret, and that do not say so themselves.

use std::collections::BTreeSet;

use mapwright_check::names::{What, own_reads};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::Reports;
use mapwright_findings::rules::unmarked_secret::{report, report_of_auth};
use mapwright_language::decode::Named;
use mapwright_language::spec::{SettingSpec, SettingType, VersionSpec};

use crate::facts::Facts;

/// How the names of secrets end, in lower case and without what separates words.
const ENDS: &[&str] = &[
    "token",
    "bearer",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "apikey",
    "privatekey",
    "secretkey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "sharedkey",
    "hmackey",
    "authkey",
    "credentials",
    "apisecret",
];

/// Words that may follow.
const AFTER: &[&str] = &["value", "string", "header"];

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let settings = &facts.view.destination.spec.settings;
    of_settings(settings, reports);
    of_auth(&facts.view.version.spec, settings, reports);
}

/// Looks at what keys and passwords are made of.
fn of_auth(version: &VersionSpec, settings: &Named<SettingSpec>, reports: &mut Reports) {
    let operations = version.operations.iter().filter_map(|(_, operation)| operation.auth.as_ref());
    let mut names: BTreeSet<String> = BTreeSet::new();
    for row in version.auth.iter().chain(operations).flat_map(|auth| auth.secrets()) {
        own_reads(row, &mut |read| {
            if let What::Path(Root::Settings, [PathStep::Key(name), ..]) = &read.what {
                names.insert(name.clone());
            }
        });
    }
    for (name, setting) in settings.iter().filter(|(name, _)| names.contains(&name.value)) {
        // one that the name gives away is reported already
        let is_known = says_secret(&name.value) || setting.secret || setting.unused;
        if is_text(setting) && !is_known {
            report_of_auth(reports, name.span, &name.value);
        }
    }
}

fn of_settings(settings: &Named<SettingSpec>, reports: &mut Reports) {
    for (name, setting) in settings {
        if says_secret(&name.value) && is_text(setting) && !setting.secret && !setting.unused {
            report(reports, name.span, &name.value);
        }
        of_settings(&setting.items, reports);
    }
}

fn says_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let name = AFTER.iter().find_map(|word| name.strip_suffix(word)).unwrap_or(name);
    !name.contains("public") && ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a setting can hold any text.
fn is_text(setting: &SettingSpec) -> bool {
    matches!(setting.kind, None | Some(SettingType::Text)) && setting.one_of.is_empty()
}
