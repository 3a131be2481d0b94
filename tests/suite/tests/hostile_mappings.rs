//! Mapping files with any content are checked, compiled if possible, and reported without a panic.

use std::sync::LazyLock;

use mapwright::Sources;
use mapwright_report::{Format, Look, render};
use mapwright_tests::{files, made_up, workspace};
use mapwright_validate::{Options, validate};
use proptest::prelude::*;
use proptest::sample::Index;

/// All files of tests, grouped into sets.
static SETS: LazyLock<Vec<Sources>> = LazyLock::new(|| {
    let mut folders = Vec::new();
    for rule in mapwright::rules() {
        for side in ["fail", "pass"] {
            folders.push(workspace().join("tests/data/rules").join(rule.id).join(side));
        }
    }
    for name in made_up() {
        folders.push(workspace().join("tests/mappings").join(name));
    }
    folders.iter().map(|folder| files(folder)).collect()
});

#[derive(Debug, Clone)]
enum Change {
    Remove(Index, usize),
    Insert(Index, String),
    RepeatLine(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let odd = prop::sample::select(vec![
        "\"", "'", "{", "}", "[", "]", ": ", "- ", "\n", "\n  ", "\t", "#", "*x", "&x ", "|", "$", "$..*",
        "..", "{{ ", " }}", "null", "~", "1e999", "-0", "2.10", "\u{0}", "\u{1b}", "é", "😀", "\u{202e}",
        "[?@.a]", "[-1]", "[0:9]", "<<: ", "? ", "!x ", "---\n", "%",
    ]);
    prop_oneof![
        (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), odd).prop_map(|(at, text)| Change::Insert(at, text.to_owned())),
        (any::<Index>(), "\\PC{0,8}").prop_map(|(at, text)| Change::Insert(at, text)),
        any::<Index>().prop_map(Change::RepeatLine),
    ]
}

fn apply(text: &str, change: &Change) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    match change {
        Change::Remove(at, count) if !chars.is_empty() => {
            let at = at.index(chars.len());
            chars.drain(at..(at + count).min(chars.len()));
        }
        Change::Insert(at, odd) => {
            let at = at.index(chars.len() + 1);
            chars.splice(at..at, odd.chars());
        }
        Change::RepeatLine(at) => {
            let lines: Vec<&str> = text.lines().collect();
            if !lines.is_empty() {
                let mut lines = lines.clone();
                let line = at.index(lines.len());
                lines.insert(line, lines[line]);
                return lines.join("\n");
            }
        }
        Change::Remove(..) => {}
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn changed_files_are_reported(
        set in any::<Index>(),
        file in any::<Index>(),
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let mut sources = SETS[set.index(SETS.len())].clone();
        let paths: Vec<String> = sources.iter().map(|(path, _)| path.to_owned()).collect();
        let path = &paths[file.index(paths.len())];
        let text = changes.iter().fold(sources.get(path).unwrap().to_owned(), |text, change| apply(&text, change));
        sources.insert(path.clone(), text);
        let report = validate(&sources, &Options::default());
        let text = render(&report, &sources, Format::Text(Look::PLAIN));
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        let json: serde_json::Value = serde_json::from_str(&render(&report, &sources, Format::Json)).unwrap();
        prop_assert_eq!(json["findings"].as_array().unwrap().len(), report.findings.len());
        for finding in &report.findings {
            prop_assert!(!finding.message.ends_with('.') || finding.message.ends_with('…'), "{}", finding.message);
        }
    }

    #[test]
    fn any_bytes_are_reported(bytes in prop::collection::vec(any::<u8>(), 0..200), file in any::<Index>()) {
        let mut sources = files(&workspace().join("tests/data/rules/schema-violation/pass"));
        let paths: Vec<String> = sources.iter().map(|(path, _)| path.to_owned()).collect();
        let path = &paths[file.index(paths.len())];
        sources.insert_bytes_as(path.clone(), path.clone(), bytes);
        let report = validate(&sources, &Options::default());
        prop_assert!(!report.findings.is_empty());
    }
}

#[test]
fn names_and_lines_of_any_length_make_reports_that_can_be_read() {
    let mut sources = files(&workspace().join("tests/data/rules/unknown-operation/pass"));
    let long = "x".repeat(200_000);
    for text in [
        format!("message: identify\n{long}: 1\nsteps: {{ send: {{ operation: {long}y }} }}\n"),
        format!("message: identify\nsteps: {{ send: {{ when: traits.{long}..b, operation: sned }} }}\n"),
        format!("message: identify\npayload: {{ {long}: {{ a: 1 }} }}\n"),
    ] {
        sources.insert("mappings/acme/1/identify.yaml", text);
        let report = validate(&sources, &Options::default());
        assert!(!report.findings.is_empty());
        let text = render(&report, &sources, Format::Text(Look::PLAIN));
        assert!(text.len() < 20_000, "{}", text.len());
        let text = render(&report, &sources, Format::Json);
        assert!(text.len() < 20_000, "{}", text.len());
    }
}

#[test]
fn many_findings_are_counted() {
    let mut sources = files(&workspace().join("tests/data/rules/unknown-operation/pass"));
    let fields: String = (0..3_000).map(|field| format!("    f{field}: settings.none\n")).collect();
    let steps = "steps: { send: { operation: send, body: thing } }";
    let mapping = format!("message: identify\npayload:\n  thing:\n{fields}{steps}\n");
    sources.insert("mappings/acme/1/identify.yaml", mapping);
    let report = validate(&sources, &Options::default());
    assert_eq!(report.findings.len(), 3_000);
    let text = render(&report, &sources, Format::Text(Look::PLAIN));
    assert!(text.ends_with(
        "\n… and 2000 more findings\n\n3000 errors in 4 files: 1 mapping, 0 tests with 0 events\n"
    ));
}
