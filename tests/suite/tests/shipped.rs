//! The shipped mappings and the test mappings have no findings.

use mapwright::Sources;
use mapwright_tests::{files, workspace};
use mapwright_validate::{Format, Options, validate};

fn check(name: &str, sources: &Sources, least_cases: usize) {
    let report = validate(sources, &Options::default());
    assert!(report.findings.is_empty(), "{name}\n{}", report.render(sources, Format::Text { color: false }));
    assert!(report.checked.cases >= least_cases, "{name}: {:?}", report.checked);
}

#[test]
fn shipped_mappings() {
    check("built in", &mapwright_builtin::sources(), 250);
}

#[test]
fn mappings_of_other_kinds_of_destinations() {
    for name in ["catalog", "fanout", "formpost"] {
        check(name, &files(&workspace().join("tests/mappings").join(name)), 5);
    }
}

#[test]
fn versions_that_extend_shipped_ones() {
    let mut sources = mapwright_builtin::sources();
    sources.extend(files(&workspace().join("tests/mappings/intercom-next")));
    check("intercom-next", &sources, 253);
}
