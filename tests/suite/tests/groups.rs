//! Destinations that say nothing of each other are checked beside each other: what is found is the same as alone, and the same again where nothing changed.

use mapwright::{Finding, Sources};
use mapwright_tests::{DESTINATION, VERSION, files, list, workspace};
use mapwright_validate::{Options, Validator, validate};

const IDENTIFY: &str = "message: identify\npayload: { thing: { email: traits.email } }\nsteps: { send: { operation: send, body: thing } }\n";

/// A destination of another name beside those of files.
fn beside(mut sources: Sources, name: &str) -> Sources {
    let destination = DESTINATION.replace("[ACME, Acme]", &format!("[\"the other {name}\"]"));
    sources.insert(format!("mappings/{name}/destination.yaml"), destination);
    sources.insert(format!("mappings/{name}/1.0/version.yaml"), VERSION);
    sources.insert(format!("mappings/{name}/1.0/identify.yaml"), IDENTIFY);
    sources
}

fn found(sources: &Sources) -> Vec<Finding> {
    validate(sources, &Options::default()).findings
}

#[test]
fn what_is_found_in_a_destination_is_found_beside_others() {
    for rule in mapwright::rules() {
        let alone = files(&workspace().join("tests/data/rules").join(rule.id).join("fail"));
        let both = beside(beside(alone.clone(), "zzz"), "aaa");
        let is_other = |finding: &Finding| {
            let path = &finding.place.path;
            path.starts_with("mappings/zzz/") || path.starts_with("mappings/aaa/")
        };
        let mut expected = found(&alone);
        let mut all = found(&both);
        all.retain(|finding| !is_other(finding));
        // a file that is of no destination is reported with the others
        for finding in expected.iter_mut().chain(&mut all) {
            finding.help = None;
        }
        assert_eq!(list(&all), list(&expected), "{}", rule.id);
        assert_eq!(all, expected, "{}", rule.id);
    }
}

#[test]
fn what_is_found_again_is_what_is_found_anew() {
    let shared = "title: Base\nnames: [Base]\nversions: { default: \"1.0\" }\nhosts: [api.acme.example.com, eu.acme.example.com]\n";
    let mut sources = beside(beside(Sources::new(), "one"), "two");
    sources.insert("mappings/base/destination.yaml", DESTINATION.replace("ACME, Acme", "Base"));
    sources.insert("mappings/base/1.0/version.yaml", VERSION);
    sources.insert("mappings/base/1.0/identify.yaml", IDENTIFY);
    let validator = Validator::new(Options::default());
    let edits = [
        ("mappings/one/1.0/identify.yaml", IDENTIFY.replace("send, body", "sned, body")),
        ("mappings/two/1.0/identify.yaml", IDENTIFY.replace("traits.email", "traits.emial")),
        // it takes the name of another one
        ("mappings/two/destination.yaml", DESTINATION.replace("[ACME, Acme]", "[\"the other one\"]")),
        ("mappings/two/destination.yaml", format!("extends: base\n{}", shared.replace("Base", "Two"))),
        ("mappings/base/1.0/version.yaml", VERSION.replace("  send:", "  sent:")),
        ("mappings/two/destination.yaml", format!("extends: bsae\n{shared}")),
        ("mappings/stray.yaml", "a: 1\n".to_owned()),
        ("mapwright.toml", "[rules]\nall = \"allow\"\n".to_owned()),
        ("mapwright.toml", "[rules]\nunknown = \"hint\"\nx = \"deny\"\n".to_owned()),
    ];
    for (path, text) in edits {
        sources.insert(path, text);
        let (again, anew) = (validator.validate(&sources), validate(&sources, &Options::default()));
        assert_eq!(list(&again.findings), list(&anew.findings), "{path}");
        assert_eq!(again, anew, "{path}");
        assert_eq!(validator.validate(&sources), anew, "{path}");
    }
}

#[test]
fn a_name_of_two_destinations_is_found_wherever_they_are() {
    let mut sources = beside(beside(Sources::new(), "one"), "two");
    sources
        .insert("mappings/two/destination.yaml", DESTINATION.replace("[ACME, Acme]", "[\"the other one\"]"));
    let found = found(&sources);
    let ambiguous: Vec<&Finding> =
        found.iter().filter(|finding| finding.rule.id == "ambiguous-name").collect();
    assert_eq!(ambiguous.len(), 1, "{}", list(&found));
    assert_eq!(ambiguous[0].place.path, "mappings/two/destination.yaml");
    assert!(!ambiguous[0].fingerprint.is_empty());
    sources.insert(
        "mappings/two/destination.yaml",
        format!(
            "# mapwright: allow(ambiguous-name) until one of them is gone\n{}",
            DESTINATION.trim_start().replace("[ACME, Acme]", "[\"the other one\"]")
        ),
    );
    let report = validate(&sources, &Options::default());
    assert!(report.suppressed.iter().any(|found| found.finding.rule.id == "ambiguous-name"));
    assert!(
        !report.findings.iter().any(|finding| finding.rule.id.contains("suppression")),
        "{}",
        list(&report.findings)
    );
}
