//! Settings whose names say that they are secret, and that do not say so themselves.

use mapwright_findings::Reports;
use mapwright_findings::rules::unmarked_secret::report;
use mapwright_language::decode::Named;
use mapwright_language::spec::{SettingSpec, SettingType};

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
    of_settings(&facts.view.destination.spec.settings, reports);
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
