//! Reports of all kinds of findings.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

use mapwright::{Finding, Place, Rule, Severity, Sources};
use mapwright_validate::{Format, Report};

static RULE: Rule = Rule::new("made-up", Severity::Warning, "a warning", "```yaml\na: b\n```\n");

fn report(severity: &'static Rule) -> (Report, Sources) {
    let mut sources = Sources::new();
    sources.insert("a.yaml", "ä: 1\nb: [2,\n  3]\n");
    let text = sources.get("a.yaml").unwrap();
    let place = |start, end| Place::new("a.yaml", text, start..end);
    let mut finding = Finding::new(severity, place(6, 7), "`b` is odd");
    finding.help = Some("make it even".to_owned());
    finding.related = vec![
        (place(9, 15), "over two lines".to_owned()),
        (Place::new("gone.yaml", "", 0..0), "away".to_owned()),
    ];
    finding.diff = Some("the heading\n- 1\n+ 2\n  3".to_owned());
    (Report { findings: vec![finding], ..Report::default() }, sources)
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let (report, _) = report(&RULE);
    assert_eq!((report.errors(), report.warnings()), (0, 1));
    assert!(!report.fails(false) && report.fails(true));
    assert!(!Report::default().fails(true));
}

#[test]
fn text() {
    let (report, sources) = report(&RULE);
    insta::assert_snapshot!(report.render(&sources, Format::Text { color: false }));
}

#[test]
fn text_with_colours_says_the_same() {
    let (report, sources) = report(&RULE);
    let colored = report.render(&sources, Format::Text { color: true });
    assert!(colored.contains("\u{1b}[38;5;10m") || colored.contains("\u{1b}[92m"), "{colored:?}");
    let mut plain = String::new();
    let mut parts = colored.split('\u{1b}');
    plain += parts.next().unwrap();
    for part in parts {
        plain += part.split_once('m').unwrap().1;
    }
    assert_eq!(plain, report.render(&sources, Format::Text { color: false }));
}

#[test]
fn json() {
    let (report, sources) = report(&RULE);
    insta::assert_snapshot!(report.render(&sources, Format::Json));
}
