//! Every YAML example of the documentation is run: it has no findings, and tests among them pass.
//!
//! By its keys, an example is one of the [files](Kind) of a destination. The whole files of a page are one destination, which is
//! laid over `tests/data/examples`. A fragment of a file is laid over version 1.0 of that.

use std::collections::BTreeMap;
use std::path::Path;

use mapwright::Sources;
use mapwright_tests::{NOW, bind, compile, files, findings, list, workspace};
use mapwright_validate::{Options, validate};
use serde_json::Value;

/// Pages whose examples other tests run, which name the page or make it.
const RUN_ELSEWHERE: [(&str, &str); 3] = [
    ("docs/ci.md", "engine/cli/tests/ci.rs"),
    ("docs/getting-started.md", "engine/cli/tests/getting_started.rs"),
    ("docs/rules", "tests/suite/tests/generated.rs"),
];

/// Pages of decisions, which quote files as they were.
const HISTORY: &str = "docs/decisions";

/// The example that states what the examples of conversions run with, which are no YAML files.
const SCOPE_OF_CONVERSIONS: &str = "settings:\n  secret: s3cret\n";

/// What an example is, as its keys say.
enum Kind {
    /// `title`: a `destination.yaml`.
    Destination,
    /// `version`: a `version.yaml`.
    Version(String),
    /// `message`: a mapping.
    Mapping(String),
    /// `tests`: the tests of `identify.yaml`.
    Tests,
    /// `properties` alone: those of the version that fragments are laid over.
    Properties,
    /// Other keys of a `version.yaml`.
    PartOfVersion,
    /// Other keys of a mapping.
    PartOfMapping,
    /// Anything else: fields of a payload part.
    Rows,
    /// A comment: the first line of a file.
    Comment,
}

const OF_VERSIONS: [&str; 6] = ["operations", "schemas", "sets", "tables", "conversions", "requirements"];
const OF_MAPPINGS: [&str; 8] = ["payload", "values", "steps", "require", "warn", "order", "skip", "remove"];

impl Kind {
    fn of(example: &str) -> Kind {
        if example.lines().all(|line| line.starts_with('#')) {
            return Kind::Comment;
        }
        let parsed: Value = serde_saphyr::from_str(example).unwrap_or_else(|e| panic!("{e}\n{example}"));
        let text = |key: &str| {
            let value = parsed.get(key)?;
            // a mapping for several messages is named like one of them
            value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
        };
        let has = |key: &&str| parsed.get(key).is_some();
        match (text("version"), text("message")) {
            _ if has(&"title") => Kind::Destination,
            _ if has(&"tests") => Kind::Tests,
            _ if has(&"properties") => Kind::Properties,
            (Some(version), _) => Kind::Version(version),
            (_, Some(message)) => Kind::Mapping(message),
            _ if OF_VERSIONS.iter().any(&has) => Kind::PartOfVersion,
            _ if OF_MAPPINGS.iter().any(has) => Kind::PartOfMapping,
            _ => Kind::Rows,
        }
    }
}

/// A YAML example of a page.
struct Example {
    page: String,
    line: usize,
    text: String,
}

fn examples(page: &str, text: &str, found: &mut Vec<Example>) {
    let mut open: Option<Example> = None;
    for (at, line) in text.lines().enumerate() {
        let fence = line.trim_start();
        match &mut open {
            None if fence.starts_with("```yaml") || fence.starts_with("```yml") => {
                open = Some(Example { page: page.to_owned(), line: at + 2, text: String::new() });
            }
            None => {}
            Some(_) if fence.starts_with("```") => found.extend(open.take()),
            Some(example) => example.text += &format!("{line}\n"),
        }
    }
    assert!(open.is_none(), "{page}: an example does not end");
}

/// Every example of every page, but for those that other tests run.
fn all_examples() -> Vec<Example> {
    fn walk(folder: &str, found: &mut Vec<Example>) {
        let mut entries: Vec<_> =
            std::fs::read_dir(workspace().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            if name == HISTORY || RUN_ELSEWHERE.iter().any(|(page, _)| *page == name) {
                continue;
            }
            if path.is_dir() {
                walk(&name, found);
            } else if name.ends_with(".md") {
                examples(&name, &std::fs::read_to_string(path).unwrap(), found);
            }
        }
    }
    let mut found = Vec::new();
    walk("docs", &mut found);
    found
}

/// The files that examples are laid over.
fn base() -> Sources {
    files(&workspace().join("tests/data/examples"))
}

const MAPPING: &str = "message: identify\n";

/// Writes a file of the base anew, or a new one.
fn with(mut sources: Sources, path: &str, text: String) -> Sources {
    sources.insert(format!("mappings/acme/{path}"), text);
    sources
}

/// The files of a destination with a fragment of one.
fn completed(kind: &Kind, text: &str) -> Sources {
    let version = "version: \"1.1\"\nextends: \"1.0\"\n".to_owned();
    let mapping = |body: String| {
        with(
            with(base(), "1.1/version.yaml", version.clone()),
            "1.1/identify.yaml",
            format!("{MAPPING}{body}"),
        )
    };
    match kind {
        Kind::PartOfVersion => with(base(), "1.1/version.yaml", format!("{version}{text}")),
        Kind::Rows => {
            let rows: String = text.lines().map(|line| format!("    {line}\n")).collect();
            let sent = "steps:\n  example: { operation: example, body: example }\n";
            mapping(format!("payload:\n  example:\n{rows}{sent}"))
        }
        Kind::Comment => {
            if let Some((_, schema)) = text.trim().rsplit_once("../") {
                assert!(workspace().join(schema).is_file(), "{schema}");
            }
            let mapping = format!("{text}{MAPPING}");
            with(with(base(), "1.1/version.yaml", version), "1.1/identify.yaml", mapping)
        }
        _ => mapping(text.to_owned()),
    }
}

#[test]
fn every_example_has_no_findings_and_the_tests_among_them_pass() {
    let mut wholes: BTreeMap<String, Sources> = BTreeMap::new();
    let (mut run, mut faults) = (0, Vec::new());
    for Example { page, line, text } in all_examples() {
        if text.starts_with(SCOPE_OF_CONVERSIONS) {
            continue;
        }
        run += 1;
        let kind = Kind::of(&text);
        let path = match &kind {
            Kind::Destination => "destination.yaml".to_owned(),
            Kind::Version(version) => format!("{version}/version.yaml"),
            Kind::Mapping(message) => format!("2.10/{message}.yaml"),
            Kind::Tests => "2.10/identify.test.yaml".to_owned(),
            Kind::Properties => "1.0/identify.test.yaml".to_owned(),
            _ => {
                let found = findings(&completed(&kind, &text));
                if !found.is_empty() {
                    faults.push(format!("{page}:{line}: {found}"));
                }
                continue;
            }
        };
        let before = wholes.remove(&page).unwrap_or_else(base);
        wholes.insert(page, with(before, &path, text));
    }
    for (page, sources) in wholes {
        let mut report = validate(&sources, &Options::default());
        report
            .findings
            .retain(|finding| !matches!(finding.rule.id, "untested-mapping" | "unused-definition"));
        if !report.findings.is_empty() {
            faults.push(format!("{page}: {}", list(&report.findings)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(run >= 20, "{run}");
}

#[test]
fn the_pages_that_other_tests_run_are_run_by_them() {
    for (page, test) in RUN_ELSEWHERE {
        let source = std::fs::read_to_string(workspace().join(test)).unwrap();
        assert!(source.contains(page), "{test} does not run {page}");
    }
    let conversions = std::fs::read_to_string(workspace().join("docs/language/conversions.md")).unwrap();
    assert!(conversions.contains(SCOPE_OF_CONVERSIONS));
}

/// The blocks of a page in a language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let open = format!("```{language}\n");
    page.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The mapping of the README makes the body that the README shows, of the event that it shows.
#[test]
fn the_mapping_of_the_readme_makes_its_request() {
    let read = |path: &str| std::fs::read_to_string(workspace().join(path)).unwrap();
    let (readme, tutorial) = (read("README.md"), read("docs/getting-started.md"));
    let mut sources = Sources::new();
    for file in ["destination.yaml", "1/version.yaml", "1/identify.yaml"] {
        let (_, after) = tutorial.split_once(&format!("`mappings/acme/{file}`\n```yaml\n")).unwrap();
        let (text, _) = after.split_once("```").unwrap();
        sources.insert(format!("mappings/acme/{file}"), text.to_owned());
    }
    let (_, after) = tutorial.split_once("`schemas/acme/1/person.json`\n```json\n").unwrap();
    sources.insert("schemas/acme/1/person.json", after.split_once("```").unwrap().0.to_owned());
    let yaml = blocks(&readme, "yaml");
    assert_eq!(yaml.len(), 1);
    sources.insert("mappings/acme/1/identify.yaml", yaml[0].to_owned());
    let json: Vec<Value> =
        blocks(&readme, "json").into_iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let [event, body] = json.as_slice() else { panic!("{json:?}") };
    let mapper = bind(&compile(&sources), "acme", serde_json::json!({}));
    let mut scratch = mapwright::Scratch::new();
    let text = event.to_string();
    let mapwright::Outcome::Mapped(mut run) = mapper.map(text.as_str(), NOW, &mut scratch) else {
        panic!("{event}")
    };
    let requests = run.preview().unwrap();
    let (first, last) = (&requests[0], requests.last().unwrap());
    let path = |url: &str| url.split_once(".com").unwrap().1.to_owned();
    let shown = format!("the engine sends `{} {}`", first.method, path(&first.url));
    assert!(readme.contains(&shown), "{shown}");
    assert_eq!(serde_json::from_slice::<Value>(last.body.as_ref().unwrap().bytes()).unwrap(), *body);
    assert!(readme.contains(&format!("to `{} {}`", last.method, path(&last.url))));
}

#[test]
fn every_page_is_looked_at() {
    for page in ["docs/language/reference.md", "docs/language/conversions.md", "docs/validate-mappings.md"] {
        assert!(Path::new(workspace()).join(page).is_file());
        assert!(all_examples().iter().any(|example| example.page == page), "{page}");
    }
}
