//! Every YAML example of the documentation is checked, as `validate-mappings` checks pages: it has no findings, and tests among them pass.

use mapwright::Sources;
use mapwright_tests::{NOW, bind, compile, files, list, workspace};
use mapwright_validate::{CONFIG_FILE, Config, Options, Over, Page, validate_pages};
use serde_json::Value;

/// Pages whose examples are wrong on purpose, and decisions, which quote files as they were.
const OTHERS: [&str; 2] = ["docs/rules", "docs/decisions"];

/// The pages of a folder, by their paths from the workspace.
fn pages(folder: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(workspace().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true if OTHERS.contains(&name.as_str()) => {}
            true => pages(&name, found),
            false if name.ends_with(".md") => found.push(name),
            false => {}
        }
    }
    found.sort();
}

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap()
}

#[test]
fn every_example_has_no_findings_and_the_tests_among_them_pass() {
    let configured: Sources = [(CONFIG_FILE, read(CONFIG_FILE))].into_iter().collect();
    let (config, wrong) = Config::read(&configured);
    assert_eq!(list(&wrong), "");
    let mut found = vec!["README.md".to_owned()];
    pages("docs", &mut found);
    let (mut mappings, mut tests, mut faults) = (0, 0, String::new());
    for path in found {
        let rule = config.pages.iter().find(|rule| rule.is_for(&path));
        let (mut sources, over) = match rule {
            Some(rule) => {
                let (folder, version) = rule.over.rsplit_once("/mappings/acme/").unwrap();
                let over = Over { destination: "acme".to_owned(), version: version.to_owned() };
                (files(&workspace().join(folder)), Some(over))
            }
            None => (Sources::new(), None),
        };
        sources.insert(path.clone(), read(&path));
        let report = validate_pages(&sources, &[Page { path, over }], &Options::default());
        (mappings, tests) = (mappings + report.checked.mappings, tests + report.checked.tests);
        faults += &list(&report.findings);
    }
    assert_eq!(faults, "");
    assert!(mappings >= 20 && tests >= 5, "{mappings} {tests}");
}

/// The blocks of a page in a language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let open = format!("```{language}\n");
    page.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The mapping of the README makes the body that the README shows, of the event that it shows.
#[test]
fn the_mapping_of_the_readme_makes_its_request() {
    let (readme, tutorial) = (read("README.md"), read("docs/getting-started.md"));
    let mut sources = Sources::new();
    for file in ["destination.yaml", "1/version.yaml", "1/identify.yaml"] {
        let (_, after) = tutorial.split_once(&format!("`mappings/acme/{file}`\n```yaml\n")).unwrap();
        let (text, _) = after.split_once("```").unwrap();
        sources.insert(format!("mappings/acme/{file}"), text.to_owned());
    }
    let (_, after) = tutorial.split_once("`schemas/acme/1/person.json`\n```json\n").unwrap();
    sources.insert("schemas/acme/1/person.json", after.split_once("```").unwrap().0.to_owned());
    let yaml = blocks(&readme, "yaml ignore");
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
