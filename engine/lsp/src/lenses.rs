//! What can be done with a part of a file: run its tests, of which a lens says what they reach.

use ls_types::{CodeLens, Command, Range};
use mapwright::{TestName, TestOptions};
use mapwright_language::yaml::{Data, Node};
use mapwright_validate::run_tests;
use serde_json::{Value, json};

use crate::grammar::FileKind;
use crate::here::Here;
use crate::workspace::{Workspace, slashes};

/// The command that runs tests: of a file, or one of its tests by its name.
pub(crate) const RUN_TESTS: &str = "mapwright.runTests";

/// The lenses of a file.
pub(crate) fn lenses(here: &Here<'_, '_>) -> Option<Vec<CodeLens>> {
    let uri = here.workspace.uri(here.shown)?;
    let lens = |range: Range, title: String, name: Option<&str>| {
        let argument = json!({ "uri": uri, "test": name });
        let command = Command { title, command: RUN_TESTS.to_owned(), arguments: Some(vec![argument]) };
        CodeLens { range, command: Some(command), data: None }
    };
    let top = here.text.range((0, 0));
    match here.file.kind {
        FileKind::Test => {
            let names: Vec<&Node> = ["tests", "properties"]
                .into_iter()
                .filter_map(|section| here.file.node.get(section))
                .flat_map(|list| match &list.data {
                    Data::List(items) => items.iter().filter_map(|item| item.get("name")).collect(),
                    _ => Vec::new(),
                })
                .collect();
            let of_test = |name: &&Node| {
                let range = here.text.range((name.span.start as usize, name.span.end as usize));
                Some(lens(range, "run this test".to_owned(), Some(name.as_text()?)))
            };
            Some(
                [lens(top, "run these tests".to_owned(), None)]
                    .into_iter()
                    .chain(names.iter().filter_map(of_test))
                    .collect(),
            )
        }
        FileKind::Mapping => {
            let mapping = here.file.mapping?;
            let count: usize = mapping.tests.iter().map(|file| file.spec.tests.len()).sum();
            let inherited: usize = mapping.inherited_tests.iter().map(|file| file.spec.tests.len()).sum();
            let others =
                if inherited > 0 { format!(" and {inherited} that it inherits") } else { String::new() };
            let run = lens(top, format!("run its {count} tests{others}"), None);
            let reached = here.workspace.reached(here.shown);
            let reached =
                reached.map(|(some, all)| lens(top, format!("tests reach {some} of {all} rows"), None));
            Some(std::iter::once(run).chain(reached).collect())
        }
        _ => None,
    }
}

/// What became of tests, in words and for programs.
pub(crate) struct Ran {
    pub message: String,
    pub passed: bool,
    pub value: Value,
}

/// Runs the tests that a lens is about.
pub(crate) fn run(workspace: &Workspace<'_>, argument: &Value) -> Option<Ran> {
    let uri = argument.get("uri")?.as_str()?.parse().ok()?;
    let (path, _) = workspace.document(&uri)?;
    let (root, shown) = (workspace.root_of(path)?, slashes(path));
    let sources = workspace.sources(&root, false);
    let key = sources.iter().map(|(key, _)| key).find(|key| sources.shown(key) == shown)?.to_owned();
    let part = mapwright_validate::together(&sources, key.split('/').nth(1)?);
    let (folder, file) = key.rsplit_once('/')?;
    let (folder, message) = (format!("{folder}/"), file.split('.').next()?.to_owned());
    let (is_test, wanted) = (file.ends_with(".test.yaml"), argument.get("test").and_then(Value::as_str));
    let mut options = TestOptions::default();
    options.wanted = Some(Box::new(move |test: &TestName<'_>| {
        let is_here = test.folder == folder && test.message == message;
        is_here && (!is_test || test.file == shown) && wanted.is_none_or(|wanted| test.name == wanted)
    }));
    let report = run_tests(&part, &options);
    let failed: Vec<_> = report.tests.iter().filter(|test| !test.failures.is_empty()).collect();
    let (all, bad) = (report.tests.len(), failed.len());
    let message = match (all, failed.first()) {
        (0, _) => match report.findings.first() {
            Some(finding) => format!("the tests cannot run: {finding}"),
            None => "there is no such test".to_owned(),
        },
        (1, None) => "the test passed".to_owned(),
        (_, None) => format!("{all} tests passed"),
        (_, Some(test)) => {
            let why = test.failures.first().map(|failure| failure.message.as_str()).unwrap_or_default();
            format!("{bad} of {all} tests failed: `{}`: {why}", test.name)
        }
    };
    let tests: Vec<Value> = report
        .tests
        .iter()
        .map(|test| {
            let failures: Vec<&str> = test.failures.iter().map(|failure| failure.detail.as_str()).collect();
            json!({ "name": test.name, "version": test.version, "passed": failures.is_empty(), "failures": failures })
        })
        .collect();
    let passed = all > 0 && failed.is_empty();
    Some(Ran { message, passed, value: json!({ "passed": passed, "tests": tests }) })
}
