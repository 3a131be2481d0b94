//! The command `validate-mappings` as a process, with pages of Markdown.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::fs;

use acme::{IDENTIFY, folder, rules, run, write};

/// A page with a mapping in a list, whose lines are indented, and a block that is none.
fn page(identify: &str) -> String {
    let indented: String = identify.lines().map(|line| format!("   {line}\n")).collect();
    format!(
        "# How it works\n\n```yaml\nservices: {{ web: {{}} }}\n```\n\n1. Write `identify.yaml`:\n\n   ```yaml title=\"mappings/acme/1/identify.yaml\"\n{indented}   ```\n"
    )
}

#[test]
fn what_is_found_has_its_lines_in_the_page() {
    let folder = folder(&[("docs/page.md", &page(&IDENTIFY.replace("operation: send", "operation: sned")))]);
    let expected = "\
error[unknown-operation]: unknown operation `sned`
  --> docs/page.md:14:25
   |
14 |      send: { operation: sned, body: person }
   |                         ^^^^
   |
   = help: did you mean `send`?

1 error in 1 file: 1 mapping, 0 tests with 0 events
`--fix --unsafe-fixes` mends 1 of them, by guesses to look at
";
    assert_eq!(run(folder.path(), &["docs/page.md"]), (1, expected.to_owned(), String::new()));
    for (format, part) in [
        ("concise", "docs/page.md:14:25: error: unknown operation"),
        ("github", "::error file=docs/page.md,line=14,endLine=14,col=25,"),
        ("gitlab", "\"path\": \"docs/page.md\""),
        ("sarif", "\"startLine\": 14"),
        ("junit", "docs/page.md"),
        ("checkstyle", "<file name=\"docs/page.md\">"),
    ] {
        let (code, output, _) = run(folder.path(), &["docs/page.md", "--format", format]);
        assert!(code == 1 && output.contains(part), "{format}: {output}");
    }
    // the mappings beside it are not what was asked for
    let (code, output, _) = run(folder.path(), &["docs/page.md", "mappings", "--format", "concise"]);
    assert_eq!((code, output.lines().count()), (1, 3), "{output}");
    let mended = page(IDENTIFY);
    let (code, _, error) = run(folder.path(), &["docs/page.md", "--fix", "--unsafe-fixes"]);
    assert_eq!((code, error.as_str()), (0, "mended 1 finding in 1 file\n"));
    assert_eq!(fs::read_to_string(folder.path().join("docs/page.md")).unwrap(), mended);
    assert_eq!(run(folder.path(), &["docs/page.md", "--fix", "--unsafe-fixes"]).0, 0);
    assert_eq!(fs::read_to_string(folder.path().join("docs/page.md")).unwrap(), mended);
}

#[test]
fn a_page_may_show_parts_of_files() {
    let text = "```yaml\nemail: traits.emial\n```\n\n```yaml\n# mapwright: allow(unknown-event-field) as they send it\nphone: traits.phnoe\n```\n\n```yaml ignore\n[\n```\n\n~~~yml\noperations:\n  send: { paht: /other }\n~~~\n";
    let folder = folder(&[("docs/page.md", text)]);
    // of parts it is not known what they are parts of
    assert_eq!(rules(folder.path(), &["docs/page.md"]), (0, String::new()));
    write(
        folder.path(),
        "mapwright.toml",
        b"[[pages]]\nfiles = [\"docs/*.md\"]\nover = \"mappings/acme/1\"\n",
    );
    let (code, output, _) = run(folder.path(), &["-q", "--format", "concise", "docs/page.md"]);
    let expected = "\
docs/page.md:2:8: warning: no event has `traits.emial` by the event spec [unknown-event-field] (did you mean `traits.email`?)
docs/page.md:16:11: error: unknown key `paht` in an operation [unknown-key] (did you mean `path`?)
";
    assert_eq!((code, output.as_str()), (1, expected));
    write(
        folder.path(),
        "mapwright.toml",
        b"[[pages]]\nfiles = [\"docs/*.md\"]\nover = \"mappings/acme/2\"\n",
    );
    let (code, output, _) = run(folder.path(), &["-q", "--format", "concise", "docs/page.md"]);
    let expected =
        "mapwright.toml:3:8: error: `mappings/acme/2` is not the folder of a version [invalid-config]";
    assert!(code == 1 && output.contains(expected), "{output}");
    write(folder.path(), "mapwright.toml", b"[[pages]]\nfiles = [\"docs/*.md\"]\nvoer = \"x\"\n");
    assert_eq!(rules(folder.path(), &["docs/page.md"]).1, "invalid-config invalid-config");
}

/// A block of a page, with what stands after its language.
fn block(info: &str, text: &str) -> String {
    format!("```yaml {info}\n{text}```\n\n")
}

/// What is found, in short, and the last line of the report.
fn found(folder: &std::path::Path) -> (String, String) {
    let concise = run(folder, &["-q", "--format", "concise", "page.md"]).1;
    let text = run(folder, &["page.md"]).1;
    let last = text.lines().rfind(|line| line.contains(" file: ")).unwrap_or(&text).to_owned();
    (concise, last)
}

#[test]
fn blocks_without_names_belong_to_those_with_names() {
    let named = block("title=\"mappings/acme/destination.yaml\"", acme::DESTINATION)
        + &block("title=\"mappings/acme/1/version.yaml\"", acme::VERSION);
    let wrong = acme::TESTS.replace("{ body: { email: alex@", "{ body: { email: other@");
    let page = named.clone() + &block("", IDENTIFY) + &block("", acme::TESTS) + &block("", &wrong);
    let other =
        ("mappings/other/destination.yaml", "title: Other\nnames: [Other]\nversions: { default: \"1\" }\n");
    for folder in [folder(&[("page.md", &page), other]), alone(&page)] {
        let (concise, last) = found(folder.path());
        assert!(concise.starts_with("page.md:33:11: error: the test `an email` fails"), "{concise}");
        assert_eq!(last, "1 error in 1 file: 1 mapping, 2 tests with 2 events");
    }
    // tests are those of the mapping that is shown before them
    let later = IDENTIFY.replace("email: traits.email", "mail: traits.email");
    let page = named.clone() + &block("", IDENTIFY) + &block("", acme::TESTS) + &block("", &later);
    let (concise, last) = found(alone(&page).path());
    assert_eq!(
        (concise.as_str(), last.as_str()),
        ("", "no findings in 1 file: 2 mappings, 1 test with 1 event")
    );
    // the schema of the page counts
    let schema = r#"{ "type": "object", "properties": { "mail": { "type": "string" } }, "additionalProperties": false }"#;
    let with_schema = acme::VERSION.replace("path: /send", "path: /send, schema: person.json");
    let page = block("title=\"mappings/acme/destination.yaml\"", acme::DESTINATION)
        + &block("", &with_schema)
        + &format!("```json title=\"schemas/acme/1/person.json\"\n{schema}\n```\n")
        + &block("", IDENTIFY);
    let (concise, _) = found(alone(&page).path());
    assert!(
        concise.starts_with("page.md:21:13: error: ") && concise.contains("[unknown-property]"),
        "{concise}"
    );
}

#[test]
fn a_block_that_belongs_to_no_version_is_told() {
    let page = block("", IDENTIFY) + &block("", acme::TESTS) + &block("ignore", IDENTIFY);
    let told = "warning: the block looks like a file of mappings and is not read, since nothing says of which version it is [stray-file] (name it after its language, as in `title=\"mappings/acme/1/identify.yaml\"`, or write `ignore` there)";
    let expected = format!("page.md:2:1: {told}\npage.md:10:1: {told}\n");
    let two =
        folder(&[("page.md", &page), ("mappings/acme/2/version.yaml", "version: \"2\"\nextends: \"1\"\n")]);
    for folder in [alone(&page), two] {
        assert_eq!(found(folder.path()).0, expected);
    }
    // where there is only one version, it is that
    let (concise, last) = found(folder(&[("page.md", &page)]).path());
    assert_eq!(
        (concise.as_str(), last.as_str()),
        ("", "no findings in 1 file: 1 mapping, 1 test with 1 event")
    );
}

#[test]
fn patterns_that_match_nothing_are_told() {
    let config = "[[paths]]\nfiles = [\"mappings/amce/**\", \"mappings/acme/**\"]\nrules = { untested-mapping = \"allow\" }\n\n[[pages]]\nfiles = [\"dcos/*.md\", \"docs/**\"]\nover = \"mappings/acme/1\"\n";
    let folder = folder(&[("docs/page.md", "# Nothing\n"), ("mapwright.toml", config)]);
    let found = |path: &str| run(folder.path(), &["-q", "--format", "concise", path]);
    let files = "mapwright.toml:2:10: error: no file matches `mappings/amce/**` [invalid-config] (files have the paths `mappings/<destination>/…` and `schemas/…`; correct the pattern, or remove it)\n";
    let pages = "mapwright.toml:6:10: error: no page matches `dcos/*.md` [invalid-config] (pages have their paths from the folder of the `mapwright.toml`; correct the pattern, or remove it)\n";
    assert_eq!(found("mappings"), (1, files.to_owned(), String::new()));
    assert_eq!(found("docs/page.md"), (1, pages.to_owned(), String::new()));
    // what is not checked now may match
    let config = format!("folders = [\"mappings\", \"more/mappings\"]\n{config}");
    write(folder.path(), "mapwright.toml", config.as_bytes());
    write(
        folder.path(),
        "more/mappings/other/destination.yaml",
        b"title: Other\nnames: [Other]\nversions: { default: \"1\" }\n",
    );
    assert_eq!(found("mappings"), (0, String::new(), String::new()));
}

#[test]
fn a_page_that_shows_a_file_twice_is_told_so_and_stays_in_its_folder() {
    let block = "```yaml title=\"mappings/acme/1/identify.yaml\"\nmessage: identify\npayload: { person: { email: traits.email } }\nsteps: { send: { operation: send, body: person } }\n```\n";
    let config = "[[pages]]\nfiles = [\"docs/*.md\"]\nover = \"../mappings/acme/1\"\n";
    let folder = folder(&[("docs/page.md", &format!("{block}\n{block}")), ("mapwright.toml", config)]);
    let (code, output, _) = run(folder.path(), &["--format", "concise", "docs/page.md"]);
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("docs/page.md:8:1: warning: the page shows `mappings/acme/1/identify.yaml` twice"),
        "{output}"
    );
    assert!(output.contains("`../mappings/acme/1` is not in the folder of the `mapwright.toml`"), "{output}");
}

/// A folder with nothing but a page.
fn alone(page: &str) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    write(folder.path(), "page.md", page.as_bytes());
    folder
}

#[test]
fn pages_of_this_project_have_no_findings() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let pages = ["docs/getting-started.md", "docs/language/design.md", "docs/ci.md", "README.md"];
    let (code, output, error) = run(root, &[&pages[..], &["--deny-warnings"]].concat());
    assert_eq!(code, 0, "{output}{error}");
    assert!(output.starts_with("no findings in 4 files: "), "{output}");
}
