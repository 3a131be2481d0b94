//! Reports in JUnit XML: each mapping test is a test case. Those that did not run are skipped. Other findings fail a test case each, so that a job that reads nothing else is not green.

use mapwright::{Finding, Severity, TestResult};
use mapwright_validate::Report;

use crate::words::{OF_TESTS, TOOL, elsewhere, message};
use crate::xml::Xml;

pub(crate) fn render(report: &Report) -> String {
    let others = report.findings.iter().filter(|finding| finding.rule.id != OF_TESTS);
    let others: Vec<&Finding> = others.collect();
    let failed = |finding: &&&Finding| finding.severity() == Severity::Error;
    let wrong = others.iter().filter(failed).count();
    let failing = |tests: &[TestResult]| tests.iter().filter(|test| !test.failures.is_empty()).count();
    // a suite has at least one case, or readers complain
    let checks = others.len().max(1);
    let mut xml = Xml::new();
    xml.open(
        "testsuites",
        &[
            ("name", TOOL),
            ("tests", &(report.tests.len() + report.skipped.len() + checks).to_string()),
            ("failures", &(failing(&report.tests) + wrong).to_string()),
            ("errors", "0"),
        ],
    );
    let same_suite = |a: &TestResult, b: &TestResult| a.version == b.version && a.place.path == b.place.path;
    let suite_name = |first: &TestResult| match first.inherited {
        true => format!("{} inherits {}", first.version, first.place.path),
        false => first.place.path.clone(),
    };
    for suite in report.tests.chunk_by(same_suite) {
        let Some(first) = suite.first() else { continue };
        open_suite(&mut xml, &suite_name(first), suite.len(), failing(suite), 0);
        suite.iter().for_each(|test| case(&mut xml, test));
        xml.close();
    }
    for suite in report.skipped.chunk_by(same_suite) {
        let Some(first) = suite.first() else { continue };
        open_suite(&mut xml, &suite_name(first), suite.len(), 0, suite.len());
        suite.iter().for_each(|test| skipped_case(&mut xml, test));
        xml.close();
    }
    open_suite(&mut xml, "findings", checks, wrong, 0);
    for finding in &others {
        check(&mut xml, finding);
    }
    if others.is_empty() {
        xml.empty("testcase", &[("classname", "findings"), ("name", "no findings")]);
    }
    xml.finish()
}

fn open_suite(xml: &mut Xml, name: &str, tests: usize, failures: usize, skipped: usize) {
    let (tests, failures, skipped) = (tests.to_string(), failures.to_string(), skipped.to_string());
    let numbers =
        [("tests", tests), ("failures", failures), ("errors", "0".to_owned()), ("skipped", skipped)];
    let numbers = numbers.iter().map(|(name, number)| (*name, number.as_str()));
    xml.open("testsuite", &std::iter::once(("name", name)).chain(numbers).collect::<Vec<_>>());
}

fn about<'t>(test: &'t TestResult, line: &'t str) -> [(&'static str, &'t str); 4] {
    [
        ("classname", test.version.as_str()),
        ("name", test.name.as_str()),
        ("file", test.place.path.as_str()),
        ("line", line),
    ]
}

fn skipped_case(xml: &mut Xml, test: &TestResult) {
    xml.open("testcase", &about(test, &test.place.line.to_string()));
    xml.empty(
        "skipped",
        &[("message", &format!("`{}` has errors, so that none of its tests run", test.version))],
    );
    xml.close();
}

fn case(xml: &mut Xml, test: &TestResult) {
    let line = test.place.line.to_string();
    let about = about(test, &line);
    if test.failures.is_empty() {
        return xml.empty("testcase", &about);
    }
    xml.open("testcase", &about);
    for failure in &test.failures {
        let lines = std::iter::once(failure.detail.clone()).chain(elsewhere(&test.place, &failure.places));
        let text = lines.collect::<Vec<_>>().join("\n");
        xml.lines("failure", &[("message", &failure.message), ("type", OF_TESTS)], &text);
    }
    xml.close();
}

/// A finding as a test case: one that fails if it is an error, one with a note if it is not.
fn check(xml: &mut Xml, finding: &Finding) {
    let (place, line) = (&finding.place, finding.place.line.to_string());
    let name = format!("{} at {place}", finding.rule.id);
    xml.open(
        "testcase",
        &[("classname", "findings"), ("name", &name), ("file", &place.path), ("line", &line)],
    );
    let text = format!("{place}: {}", message(finding));
    match finding.severity() {
        Severity::Error => {
            xml.lines("failure", &[("message", &finding.message), ("type", finding.rule.id)], &text);
        }
        severity => xml.lines("system-out", &[], &format!("{severity}: {text}")),
    }
    xml.close();
}
