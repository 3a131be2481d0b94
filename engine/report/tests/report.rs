//! Reports of all kinds of findings, in all formats.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

use mapwright::{Edit, Finding, Fix, Place, Rule, Severity, Sources};
use mapwright_report::{Format, Look, render, statistics, step_summary};
use mapwright_validate::{Report, Suppressed, Suppression};

const DOC: &str = "It is odd.\n\n```yaml\na: b\n```\n";
static ERROR: Rule = Rule::new("made-up", Severity::Error, "an error", DOC);
static WARNING: Rule = Rule::new("odd", Severity::Warning, "a warning", DOC);
static HINT: Rule = Rule::new("small", Severity::Hint, "a hint", DOC);

const TEXT: &str = "ä: 1\nb: [2,\n  3]\n";

fn sources() -> Sources {
    [("a.yaml", TEXT)].into_iter().collect()
}

fn place(start: usize, end: usize) -> Place {
    Place::new("a.yaml", TEXT, start..end)
}

/// One finding with everything that a finding can have.
fn full(rule: &'static Rule) -> Finding {
    let mut finding = Finding::new(rule, place(6, 7), "`b` is odd");
    finding.help = Some("make it even".to_owned());
    finding.related = vec![
        (place(9, 15), "over two lines".to_owned()),
        (Place::new("gone.yaml", "", 0..0), "away".to_owned()),
    ];
    finding.diff = Some("the heading\n- 1\n+ 2\n  3".to_owned());
    finding.fingerprint = "0123456789abcdef".to_owned();
    finding
}

fn fix(safe: bool, title: &str, edits: &[(Place, &str)]) -> Fix {
    let edits = edits.iter().map(|(place, text)| Edit::new(place.clone(), *text));
    Fix::new(title, edits.collect(), safe)
}

/// A report with all severities, a fix, and suppressed findings.
fn report() -> Report {
    let mut mended = full(&HINT);
    mended.fix = Some(fix(true, "rename it to `c`", &[(place(6, 7), "c")]));
    let mut guessed = full(&WARNING);
    guessed.fix = Some(fix(false, "replace it by `d`", &[(place(0, 2), ""), (place(6, 7), "d")]));
    let reason = Some("the API says so".to_owned());
    let suppressed = [Suppression::Comment { place: place(0, 2), reason }, Suppression::Baseline];
    let suppressed = suppressed.into_iter().map(|by| Suppressed { finding: full(&WARNING), by });
    Report {
        findings: vec![guessed, mended, full(&ERROR)],
        suppressed: suppressed.collect(),
        ..Report::default()
    }
}

/// Text that means something to a terminal, a runner of CI, XML, JSON, Markdown or a reader.
const HOSTILE: &str = "`x`\n::error::y%0A\r##[error]z \u{1b}[2J\u{202e} <b>&\"' ]]> ]( | ${{ a }} \u{ffff}";

fn hostile(findings: usize) -> Report {
    let path = "a\n::b,c:d <e> ä.yaml";
    let mut finding = Finding::new(&WARNING, Place::new(path, "", 0..0), HOSTILE);
    finding.help = Some(HOSTILE.to_owned());
    finding.related = vec![(Place::new(path, "", 0..0), HOSTILE.to_owned())];
    finding.diff = Some(HOSTILE.to_owned());
    finding.fix = Some(fix(false, HOSTILE, &[(Place::new(path, "", 0..0), HOSTILE)]));
    let by = Suppression::Comment { place: Place::new(path, "", 0..0), reason: Some(HOSTILE.to_owned()) };
    let suppressed = vec![Suppressed { finding: finding.clone(), by }];
    Report { findings: vec![finding; findings], suppressed, ..Report::default() }
}

const COLORED: Look = Look { color: true, links: true, summary: true };

const FORMATS: [(&str, Format); 8] = [
    ("text", Format::Text(Look::PLAIN)),
    ("concise", Format::Concise(Look::PLAIN)),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("junit", Format::Junit),
    ("checkstyle", Format::Checkstyle),
];

#[test]
fn warnings_fail_only_where_they_are_denied_and_hints_never() {
    let of = |rule| Report { findings: vec![full(rule)], ..Report::default() };
    assert!(!of(&WARNING).fails(false) && of(&WARNING).fails(true));
    assert!(of(&ERROR).fails(false) && !of(&HINT).fails(true));
    assert!(!Report::default().fails(true));
    let mut raised = of(&HINT);
    raised.findings.iter_mut().for_each(|finding| finding.set_severity(Severity::Error));
    assert!(raised.fails(false));
}

#[test]
fn every_format() {
    for (name, format) in FORMATS {
        insta::assert_snapshot!(name, render(&report(), &sources(), format));
    }
    insta::assert_snapshot!("step_summary", step_summary(&report(), &[]));
    insta::assert_snapshot!("statistics", statistics(&report()));
}

#[test]
fn nothing_is_a_report_too() {
    for (name, format) in FORMATS {
        insta::assert_snapshot!(format!("nothing_{name}"), render(&Report::default(), &sources(), format));
    }
}

#[test]
fn colours_and_links_say_the_same() {
    for format in [Format::Text as fn(Look) -> Format, Format::Concise] {
        let colored = render(&report(), &sources(), format(COLORED));
        assert!(
            colored.contains("\u{1b}]8;;https://") && colored.contains("docs/rules/odd.md"),
            "{colored:?}"
        );
        let mut plain = String::new();
        let mut parts = colored.split('\u{1b}');
        plain += parts.next().unwrap();
        for part in parts {
            plain += match part.strip_prefix(']') {
                // a link ends with ESC and a backslash, which begins the next part
                Some(_) => "",
                None if part.starts_with('\\') => &part[1..],
                None => part.split_once('m').unwrap().1,
            };
        }
        assert_eq!(plain, render(&report(), &sources(), format(Look::PLAIN)));
    }
}

#[test]
fn without_the_summary_nothing_is_printed_of_nothing() {
    let quiet = Look { summary: false, ..Look::PLAIN };
    for format in [Format::Text(quiet), Format::Concise(quiet)] {
        assert_eq!(render(&Report::default(), &sources(), format), "");
        assert!(!render(&report(), &sources(), format).contains("in 0 files"));
    }
}

#[test]
fn hostile_text_is_only_text() {
    for (name, format) in FORMATS {
        let text = render(&hostile(1), &sources(), format);
        assert!(!text.contains(mapwright_report::is_unsafe), "{name}: {text:?}");
        insta::assert_snapshot!(format!("hostile_{name}"), text);
    }
    insta::assert_snapshot!("hostile_step_summary", step_summary(&hostile(1), &[]));
}

#[test]
fn a_runner_finds_only_our_commands() {
    let text = render(&hostile(12), &sources(), Format::Github);
    assert_eq!(text.lines().filter(|line| line.starts_with("::warning file=")).count(), 10, "{text}");
    assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("::")).count(), 10, "{text}");
    assert_eq!(text.lines().count(), 14, "{text}");
    // the old form of commands is found anywhere in a line that is none of the new form
    assert!(!text.lines().any(|line| !line.starts_with("::") && line.contains("##[")), "{text}");
}

#[test]
fn the_worst_comes_first_at_github() {
    let text = render(&report(), &sources(), Format::Github);
    let commands: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("::")?.split(' ').next()).collect();
    assert_eq!(commands, ["error", "warning", "notice"]);
}

#[test]
fn what_is_wrong_in_a_file_comes_before_the_tests_that_show_it() {
    static FAILING: Rule = Rule::new("failing-test", Severity::Error, "a test", DOC);
    let findings = vec![full(&FAILING), full(&ERROR), full(&WARNING)];
    let report = Report { findings, ..Report::default() };
    let text = render(&report, &sources(), Format::Github);
    let titles: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("title=")?.1.split("::").next()).collect();
    assert_eq!(titles, ["made-up", "failing-test", "odd"]);
}

#[test]
fn annotations_say_where_a_test_differs_first() {
    let long = "x".repeat(200);
    for (diff, said) in [
        (
            "the body\n  {\n-   \"a\": 1,\n-   \"b\": 2,\n+   \"a\": 2,\n  }\nthe URL\n- c\n+ d",
            "the body: expected `\"a\": 1, \"b\": 2`, found `\"a\": 2`",
        ),
        ("the rate\n- `null`\n+ `1`", "the rate: expected `null`, found `1`"),
        ("the warnings\n+ dropped", "the warnings: found `dropped`, which is not expected"),
        ("the secrets\n  a\n- b\u{1b}", "the secrets: expected `b\\u{1b}`, which is not there"),
        (
            &format!("the text\n- {long}\n+ y"),
            &format!("the text: expected `{}…`, found `y`", "x".repeat(120)),
        ),
    ] {
        let mut report = Report { findings: vec![full(&WARNING), full(&ERROR)], ..Report::default() };
        report.findings.iter_mut().for_each(|finding| finding.diff = Some(diff.to_owned()));
        let github = render(&report, &sources(), Format::Github);
        assert!(
            github.starts_with("::error ")
                && github.contains(&format!("%0A{said}%0Agone.yaml:1:1: away%0Ahttps://")),
            "{github}"
        );
        let gitlab: serde_json::Value =
            serde_json::from_str(&render(&report, &sources(), Format::Gitlab)).unwrap();
        assert_eq!(gitlab[0]["severity"], "critical", "the worst first");
        assert_eq!(gitlab[0]["description"], format!("`b` is odd (make it even); {said}"));
    }
    let mut none = full(&ERROR);
    none.diff = Some("  - name: an event\n    event: {}".to_owned());
    let report = Report { findings: vec![none], ..Report::default() };
    assert!(!render(&report, &sources(), Format::Github).contains("expected"));
}

#[test]
fn xml_is_xml() {
    for format in [Format::Junit, Format::Checkstyle] {
        for report in [report(), hostile(1), Report::default()] {
            let text = render(&report, &sources(), format);
            let document =
                roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let found = document.descendants().filter(|node| {
                node.has_tag_name("error")
                    || node.has_tag_name("testcase") && node.attribute("name") != Some("no findings")
            });
            assert_eq!(found.count(), report.findings.len(), "{text}");
        }
    }
    let text = render(&hostile(1), &sources(), Format::Checkstyle);
    let document = roxmltree::Document::parse(&text).unwrap();
    let error = document.descendants().find(|node| node.has_tag_name("error")).unwrap();
    assert!(error.attribute("message").unwrap().contains("<b>&\"' ]]>"), "{error:?}");
}
