//! `validate-mappings --coverage` as a process: what its reports say, as those who read them take it, and its exit codes.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use acme::{CLEAN, folder, run};
use roxmltree::{Document, Node, ParsingOptions};
use tempfile::TempDir;

const IDENTIFY: &str = r#"message: identify
payload:
  person:
    email: [traits.email, context.traits.email]
    age: { from: traits.age, as: integer, on_error: omit }
    kind: { value: user, unless: traits.lead }
require:
  - { any: [payload.person.email], otherwise: "an email is <required> & more" }
steps:
  send:
    operation: send
    body: person
    on: [{ status: 409, class: done }]
"#;

fn covered() -> TempDir {
    folder(&[
        ("mappings/acme/1/identify.yaml", IDENTIFY),
        ("mappings/acme/1/identify.test.yaml", &acme::TESTS.replace("com } }]", "com, kind: user } }]")),
    ])
}

/// Runs with the table and a report in this format, and returns both.
fn report(folder: &Path, format: &str) -> (String, String) {
    let output = format!("{format}=report");
    let (code, table, error) = run(folder, &["--coverage", "--coverage-output", &output]);
    assert_eq!((code, error.as_str()), (0, ""), "{table}");
    (table, fs::read_to_string(folder.join("report")).unwrap())
}

#[test]
fn a_table_follows_the_findings() {
    let folder = covered();
    let (table, text) = report(folder.path(), "text");
    assert_eq!(table, format!("{CLEAN}\n{text}"));
    insta::assert_snapshot!(text);
    let only = |args: &[&str]| run(folder.path(), &[args, &["--coverage"]].concat()).1;
    // programs that read the findings get nothing else
    assert!(serde_json::from_str::<serde_json::Value>(&only(&["--format", "json"])).is_ok());
    assert_eq!(only(&["--quiet"]), "");
    assert_eq!(only(&["--format", "concise"]).lines().last(), text.lines().last());
}

#[test]
fn lines_are_marked_where_something_is_not_reached() {
    insta::assert_snapshot!(report(covered().path(), "lines").1);
}

#[test]
fn text_of_files_is_no_command_of_a_terminal() {
    let folder = covered();
    let identify = IDENTIFY.replace("an email is", "\\e[2Jan email is");
    fs::write(folder.path().join("mappings/acme/1/identify.yaml"), identify).unwrap();
    for format in ["text", "json", "lcov", "cobertura", "lines"] {
        let (table, text) = report(folder.path(), format);
        assert!(!table.contains('\u{1b}') && !text.contains('\u{1b}'), "{text}");
        assert!(format != "lines" || text.contains("rejected with `\\u{1b}[2Jan"), "{text}");
    }
}

#[test]
fn programs_read_json() {
    let (_, text) = report(covered().path(), "json");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let points = report["points"].as_array().unwrap();
    assert_eq!(report["total"]["all"], points.len());
    let reached = points.iter().filter(|point| point["times"] != 0).count();
    assert_eq!(report["total"]["reached"], reached);
    insta::assert_snapshot!(text);
}

#[test]
fn the_page_shows_what_is_printed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/validate-mappings.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    let folder = covered();
    let (table, lines) = report(folder.path(), "lines");
    assert!(
        blocks.contains(&format!("console\n$ validate-mappings --coverage\n{table}").as_str()),
        "{table}"
    );
    let head: String = lines.lines().take(4).map(|line| format!("{line}\n")).collect();
    let shown = format!(
        "console\n$ validate-mappings --coverage --coverage-output lines=missed.txt\n$ head -4 missed.txt\n{head}"
    );
    assert!(blocks.contains(&shown.as_str()), "{shown}");
    for kind in mapwright::PointKind::ALL {
        assert!(page.contains(&format!("| `{}` | ", kind.name())), "{}", kind.name());
    }
}

/// A record of a tracefile of LCOV, as geninfo(1) describes it.
#[derive(Debug, Default, PartialEq)]
struct Record {
    lines: BTreeMap<u32, u64>,
    /// By line, block and branch; nothing: the line was never come to.
    branches: BTreeMap<(u32, u32, u32), Option<u64>>,
}

/// Reads a tracefile, and holds its sums against its entries.
fn lcov(text: &str) -> BTreeMap<String, Record> {
    let (mut records, mut open, mut sums) = (BTreeMap::new(), None::<(String, Record)>, BTreeMap::new());
    for line in text.lines() {
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let numbers: Vec<&str> = value.split(',').collect();
        match key {
            "TN" => assert!(open.is_none()),
            "SF" => open = Some((value.to_owned(), Record::default())),
            "DA" => {
                let known = open
                    .as_mut()
                    .unwrap()
                    .1
                    .lines
                    .insert(numbers[0].parse().unwrap(), numbers[1].parse().unwrap());
                assert_eq!(known, None, "{line}");
            }
            "BRDA" => {
                let [line, block, branch] = [0, 1, 2].map(|at| numbers[at].parse().unwrap());
                let taken = (numbers[3] != "-").then(|| numbers[3].parse().unwrap());
                assert_eq!(open.as_mut().unwrap().1.branches.insert((line, block, branch), taken), None);
            }
            "LF" | "LH" | "BRF" | "BRH" => drop(sums.insert(key.to_owned(), value.parse().unwrap())),
            "end_of_record" => {
                let (file, record) = open.take().unwrap();
                let hit = record.lines.values().filter(|times| **times > 0).count();
                let taken =
                    record.branches.values().filter(|times| times.is_some_and(|times| times > 0)).count();
                let all =
                    [("LF", record.lines.len()), ("LH", hit), ("BRF", record.branches.len()), ("BRH", taken)];
                assert_eq!(std::mem::take(&mut sums), all.map(|(key, sum)| (key.to_owned(), sum)).into());
                // a branch is unknown if and only if its line is not hit
                for ((line, ..), taken) in &record.branches {
                    assert_eq!(taken.is_none(), record.lines[line] == 0, "{file}:{line}");
                }
                assert!(records.insert(file, record).is_none());
            }
            _ => assert_eq!(line, "", "no record of LCOV"),
        }
    }
    assert!(open.is_none());
    records
}

#[test]
fn lcov_reads_lines_and_branches() {
    let folder = covered();
    let records = lcov(&report(folder.path(), "lcov").1);
    assert!(records.keys().all(|file| folder.path().join(file).is_file()), "{:?}", records.keys());
    let identify = &records["mappings/acme/1/identify.yaml"];
    // the alternatives of an email, and that none is there
    assert_eq!(identify.lines[&4], 1);
    let of_line =
        |line: u32| identify.branches.range((line, 0, 0)..(line + 1, 0, 0)).map(|(_, taken)| *taken);
    assert_eq!(of_line(4).collect::<Vec<_>>(), [Some(1), Some(0), Some(1), Some(0)]);
    // no response was scripted
    assert_eq!((identify.lines[&13], of_line(13).collect::<Vec<_>>()), (0, vec![None]));
}

/// The document type of Cobertura's reports: elements, what is in them in order, and their attributes.
const COBERTURA: [(&str, &[&str], &[&str]); 10] = [
    (
        "coverage",
        &["sources", "packages"],
        &[
            "line-rate",
            "branch-rate",
            "lines-covered",
            "lines-valid",
            "branches-covered",
            "branches-valid",
            "complexity",
            "version",
            "timestamp",
        ],
    ),
    ("sources", &["source"], &[]),
    ("source", &[], &[]),
    ("packages", &["package"], &[]),
    ("package", &["classes"], &["name", "line-rate", "branch-rate", "complexity"]),
    ("classes", &["class"], &[]),
    ("class", &["methods", "lines"], &["name", "filename", "line-rate", "branch-rate", "complexity"]),
    ("methods", &[], &[]),
    ("lines", &["line"], &[]),
    ("line", &["conditions"], &["number", "hits", "branch", "condition-coverage"]),
];

fn held_against_the_type(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let attributes: BTreeSet<&str> = node.attributes().map(|attribute| attribute.name()).collect();
    let children: Vec<&str> =
        node.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
    let (inside, stated) = match name {
        "conditions" => (&["condition"][..], &[][..]),
        "condition" => (&[][..], &["number", "type", "coverage"][..]),
        _ => COBERTURA
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, inside, stated)| (*inside, *stated))
            .unwrap(),
    };
    assert_eq!(attributes, stated.iter().copied().collect(), "{name}");
    let mut order = children.clone();
    order.dedup();
    assert!(
        order.iter().all(|child| inside.contains(child)) && order.len() <= inside.len(),
        "{name}: {children:?}"
    );
    assert!(
        order.is_sorted_by_key(|child| inside.iter().position(|known| known == child)),
        "{name}: {children:?}"
    );
    node.children().filter(Node::is_element).for_each(held_against_the_type);
}

#[test]
fn cobertura_is_of_its_document_type() {
    let folder = covered();
    let (_, xml) = report(folder.path(), "cobertura");
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&xml, options).unwrap();
    held_against_the_type(document.root_element());
    let all = |name| document.descendants().filter(move |node: &Node<'_, '_>| node.has_tag_name(name));
    let number = |node: Node<'_, '_>, name| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let hit = all("line").filter(|line| number(*line, "hits") > 0.0).count() as f64;
    let (lines, root) = (all("line").count() as f64, document.root_element());
    assert_eq!((number(root, "lines-covered"), number(root, "lines-valid")), (hit, lines));
    assert!((number(root, "line-rate") - hit / lines).abs() < 0.001);
    let reached =
        all("condition").filter(|condition| condition.attribute("coverage") == Some("100%")).count();
    assert_eq!(number(root, "branches-covered"), reached as f64);
    assert_eq!(number(root, "branches-valid"), all("condition").count() as f64);
    // both formats say the same of lines
    let (_, info) = report(folder.path(), "lcov");
    for (file, record) in lcov(&info) {
        let class = all("class").find(|class| class.attribute("filename") == Some(&file)).unwrap();
        let of_class = class.descendants().filter(|node| node.has_tag_name("line"));
        let hits = of_class.map(|line| (number(line, "number") as u32, number(line, "hits") as u64));
        assert_eq!(hits.collect::<BTreeMap<_, _>>(), record.lines);
    }
}

#[test]
fn too_little_fails() {
    let folder = covered();
    let least = |least: &[&str]| {
        let args = least.iter().flat_map(|least| ["--min-coverage", least]);
        let (code, _, error) = run(folder.path(), &[&["--coverage"], &args.collect::<Vec<_>>()[..]].concat());
        (code, error)
    };
    assert_eq!(least(&["40", "steps=100%"]), (0, String::new()));
    let (code, error) = least(&["100", "fallbacks=90", "steps=100"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(error);
    for (wrong, message) in [
        ("fallback=90", "unknown kind `fallback`: did you mean `fallbacks`?"),
        ("lots", "expected a number from 0 to 100, found `lots`"),
        ("rows=101", "expected a number from 0 to 100, found `101`"),
    ] {
        let (code, error) = least(&[wrong]);
        assert_eq!(code, 2);
        assert!(error.contains(message), "{error}");
    }
    let exit_zero = ["--coverage", "--min-coverage", "100", "--exit-zero"];
    assert_eq!(run(folder.path(), &exit_zero).0, 0);
}

#[test]
fn coverage_comes_with_tests() {
    let folder = covered();
    let refused = |args: &[&str]| {
        let (code, _, error) = run(folder.path(), args);
        assert_eq!(code, 2, "{args:?}: {error}");
        error
    };
    refused(&["--coverage", "--no-tests"]);
    refused(&["--coverage", "--mutate"]);
    refused(&["--coverage-output", "json=a"]);
    refused(&["--min-coverage", "90"]);
    let error = refused(&["--coverage", "--coverage-output", "xml=a"]);
    assert!(error.contains("unknown format `xml`"), "{error}");
    let error = refused(&["--coverage", "--coverage-output", "json"]);
    assert!(error.contains("expected `FORMAT=FILE`, such as `lcov=coverage.info`, found `json`"), "{error}");
    // no report replaces another one
    refused(&["--coverage", "--coverage-output", "json=a", "--output", "json=a"]);
    // a mapping with an error has no tests that run
    let folder = acme::typo();
    let (code, output, _) = run(folder.path(), &["--coverage"]);
    assert_eq!((code, output), (1, format!("{}\nthere is nothing to reach\n", acme::TYPO)));
}
