//! What would make a failing test pass: its expectation as it was found, as edits of the test file.
//!
//! Only what a test expects is written. A test that fails for another reason is left as it is, and says why.

mod edits;
mod found;
mod write;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::edits::Edits;
use self::found::found;
use crate::compare::Subject;
use crate::play::Played;
use crate::schemas::Schemas;
use mapwright_findings::{At, FileId, Sources, Span, Texts, Update};
use mapwright_language::catalog::{Mapping, TestFile};
use mapwright_language::yaml::{Data, Node, parse};

/// The files of tests as trees, each read once, and those that updates create.
#[derive(Default)]
pub(crate) struct Files<'s> {
    trees: HashMap<FileId, Option<(&'s str, Rc<Node>)>>,
    begun: HashSet<String>,
}

impl<'s> Files<'s> {
    fn tree(&mut self, at: Span, sources: &'s Sources, texts: &Texts) -> Option<(&'s str, Rc<Node>)> {
        let read = || {
            let text = sources.shown_text(&texts.place(at).path)?;
            Some((text, Rc::new(parse(at.file, text).ok()?)))
        };
        self.trees.entry(at.file).or_insert_with(read).clone()
    }

    /// Returns a test as its file writes it.
    pub(crate) fn written(
        &mut self,
        name: &At<String>,
        sources: &'s Sources,
        texts: &Texts,
    ) -> Option<Written<'s>> {
        let (text, tree) = self.tree(name.span, sources, texts)?;
        let Some(Data::List(tests)) = tree.get("tests").map(|tests| &tests.data) else { return None };
        let is_it = |test: &Node| test.get("name").is_some_and(|node| node.span == name.span);
        let at = tests.iter().position(is_it)?;
        Some(Written { text, node: tests.get(at)?.clone() })
    }
}

/// A test as its file writes it.
pub(crate) struct Written<'s> {
    text: &'s str,
    /// The test.
    node: Node,
}

impl Written<'_> {
    /// What the test expects of one of its cases, or of all that do not say otherwise.
    fn expected(&self, case: usize) -> Option<Value> {
        let own = self.case(case).and_then(|case| case.get("expect"));
        own.or_else(|| self.node.get("expect")).map(Node::to_json)
    }

    fn case(&self, at: usize) -> Option<&Node> {
        match &self.node.get("cases")?.data {
            Data::List(cases) => cases.get(at),
            Data::Map(_) if at == 0 => self.node.get("cases"),
            _ => None,
        }
    }

    /// Returns the edits that write what was found for each case. Cases that the file lets expect the same are of one mind, or get their own expectation.
    pub(crate) fn edits(&self, cases: &[Outcome]) -> Update {
        let mut edits = Edits::of(self.text);
        let own = |at: usize| self.case(at).is_some_and(|case| case.get("expect").is_some());
        let shared: Vec<&Outcome> =
            cases.iter().enumerate().filter(|(at, _)| !own(*at)).map(|(_, case)| case).collect();
        // one that passes keeps what all of them expect
        let keeps = shared.iter().any(|case| !case.fails);
        let common = shared.first().filter(|_| !keeps).map(|case| &case.expect);
        if let Some(expect) = common {
            match self.node.get("expect") {
                Some(_) => edits.set(&self.node, "expect", expect),
                None => edits.add(&self.node, &[("expect", expect)]),
            }
        }
        for (at, outcome) in cases.iter().enumerate().filter(|(_, outcome)| outcome.fails) {
            match self.case(at) {
                Some(case) if own(at) => edits.set(case, "expect", &outcome.expect),
                Some(case) if common != Some(&outcome.expect) => {
                    edits.add(case, &[("expect", &outcome.expect)])
                }
                _ => {}
            }
        }
        Update::Edits(edits.into_edits())
    }

    /// Returns the test that an heir states in its own file: of the same name, with what it expects otherwise.
    fn of_heir(&self, cases: &[Outcome]) -> Value {
        let mut test = Map::new();
        test.insert("name".to_owned(), self.node.get("name").map_or(Value::Null, Node::to_json));
        let first = cases.first().map_or(Value::Null, |case| case.expect.clone());
        let states = |at: usize| self.case(at).is_some_and(|case| case.get("expect").is_some());
        let alike = cases.iter().enumerate().all(|(at, case)| case.expect == first && !states(at));
        if !alike {
            let cases = cases.iter().enumerate().map(|(at, case)| {
                let mut stated = self.case(at).map_or(json!({}), Node::to_json);
                if let Value::Object(members) = &mut stated {
                    members.shift_remove("expect");
                    if case.expect != first {
                        members.insert("expect".to_owned(), case.expect.clone());
                    }
                }
                stated
            });
            test.insert("cases".to_owned(), cases.collect());
        }
        test.insert("expect".to_owned(), first);
        Value::Object(test)
    }
}

/// What a case should expect, and whether it expects something else.
pub(crate) struct Outcome {
    expect: Value,
    fails: bool,
}

/// A test whose cases are played, to say what they should expect.
pub(crate) struct Updating<'s> {
    written: Written<'s>,
    cases: Vec<Outcome>,
    /// Why the test stays as it is.
    reason: Option<String>,
}

impl<'s> Updating<'s> {
    pub(crate) fn of(written: Written<'s>) -> Self {
        Self { written, cases: Vec::new(), reason: None }
    }

    /// Takes the next case.
    pub(crate) fn case(&mut self, fails: bool, played: &Played<'_>, subject: Subject<'_>, schemas: &Schemas) {
        let stated = self.written.expected(self.cases.len());
        let expect = match (fails, stated) {
            (false, Some(stated)) => stated,
            (_, stated) => match found(stated.as_ref(), played, subject, schemas) {
                Ok(expect) => expect,
                Err(reason) => {
                    self.reason.get_or_insert(played.redactor.redact(&reason).into_owned());
                    Value::Null
                }
            },
        };
        self.cases.push(Outcome { expect, fails });
    }

    /// Returns what each case should expect.
    ///
    /// # Errors
    /// Why that cannot be said of one that fails.
    pub(crate) fn into_cases(self) -> Result<(Written<'s>, Vec<Outcome>), String> {
        match self.reason {
            Some(reason) => Err(reason),
            None => Ok((self.written, self.cases)),
        }
    }
}

/// A file of tests that a version has, or would have.
pub(crate) struct OwnFile<'s> {
    /// Its path among the sources.
    path: String,
    /// Its path, as findings show it.
    pub shown: String,
    /// Where its tests stand, if there is such a file.
    tests: Option<Span>,
    sources: &'s Sources,
    texts: &'s Texts,
}

impl<'s> OwnFile<'s> {
    /// The file for a test that is inherited from one that findings show as `from`: it has the same name.
    pub(crate) fn of(mapping: &Mapping, from: &str, sources: &'s Sources, texts: &'s Texts) -> Self {
        let version = format!("{}version.yaml", mapping.folder);
        let folder = sources.shown(&version).trim_end_matches("version.yaml").to_owned();
        let name = from.rsplit('/').next().unwrap_or(from);
        let same = |file: &&Arc<TestFile>| name.strip_suffix(".test.yaml") == Some(file.name.as_str());
        let tests = mapping.tests.iter().find(same).map(|file| file.spec.span);
        Self { path: format!("{}{name}", mapping.folder), shown: folder + name, tests, sources, texts }
    }

    /// Returns the edit that adds an inherited test to it.
    pub(crate) fn adds(
        &self,
        base: &Written<'_>,
        cases: &[Outcome],
        files: &mut Files<'s>,
    ) -> Option<Update> {
        let test = base.of_heir(cases);
        if let Some(at) = self.tests {
            let (text, tree) = files.tree(at, self.sources, self.texts)?;
            let mut edits = Edits::of(text);
            add_test(&mut edits, &tree, &test);
            return Some(Update::Edits(edits.into_edits()));
        }
        if self.sources.get(&self.path).is_some() {
            return None;
        }
        let mut text = String::new();
        if files.begun.insert(self.path.clone()) {
            // the versions of a destination have folders of the same depth
            let first = base.text.lines().next().filter(|line| line.starts_with("# yaml-language-server"));
            text.extend(first.map(|line| format!("{line}\n")));
            text += "tests:\n";
        }
        text += &write::item(&test, 2);
        text.push('\n');
        Some(Update::New { path: self.shown.clone(), text })
    }
}

/// Returns the text of a file of tests with one more, the last one. `text` is the file, if there is one, and `first_line` the line that a new one begins with.
/// `None` if the file is not one of tests.
///
/// ```
/// use mapwright_testing::added_test;
/// use serde_json::json;
///
/// let test = json!({ "name": "an id", "event": { "type": "track", "userId": "u1" } });
/// let text = added_test(Some("tests: # of track\n  - { name: nothing }\n"), None, &test).ok_or("no file of tests")?;
/// assert_eq!(
///     text,
///     "tests: # of track\n  - { name: nothing }\n\n  - name: an id\n    event: { type: track, userId: u1 }\n"
/// );
/// # Ok::<(), &str>(())
/// ```
pub fn added_test(text: Option<&str>, first_line: Option<&str>, test: &Value) -> Option<String> {
    let Some(text) = text else {
        let first = first_line.map(|line| format!("{line}\n")).unwrap_or_default();
        return Some(format!("{first}tests:\n{}\n", write::item(test, 2)));
    };
    let mut texts = Texts::default();
    let tree = parse(texts.add("", text), text).ok()?;
    // of what is written, only a map has tests; comments alone are nothing
    let is_comment =
        |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#') || line == "---";
    if tree.as_map().is_none() && !text.lines().all(is_comment) {
        return None;
    }
    let mut edits = Edits::of(text);
    add_test(&mut edits, &tree, test);
    Some(edits.applied())
}

/// Returns the names of the tests of a file; none if it cannot be read.
///
/// ```
/// assert_eq!(mapwright_testing::test_names("tests: [{ name: an id }, { name: none }]"), ["an id", "none"]);
/// ```
pub fn test_names(text: &str) -> Vec<String> {
    named_tests(text).into_iter().map(|(name, _)| name).collect()
}

/// Returns these names with the bytes where they stand.
pub(crate) fn named_tests(text: &str) -> Vec<(String, Range<usize>)> {
    let Ok(tree) = parse(Texts::default().add("", text), text) else { return Vec::new() };
    let Some(Data::List(tests)) = tree.get("tests").map(|tests| &tests.data) else { return Vec::new() };
    let named = tests.iter().filter_map(|test| test.get("name"));
    let name =
        |name: &Node| Some((name.as_text()?.to_owned(), name.span.start as usize..name.span.end as usize));
    named.filter_map(name).collect()
}

/// Adds a test to a file of tests, after those that it has.
fn add_test(edits: &mut Edits<'_>, tree: &Node, test: &Value) {
    match tree.get("tests") {
        Some(tests) if matches!(&tests.data, Data::List(tests) if !tests.is_empty()) => {
            edits.push(tests, test);
        }
        Some(_) => edits.set(tree, "tests", &json!([test])),
        None if tree.as_map().is_none_or(<[_]>::is_empty) => edits.begin(tree, test),
        None => edits.add(tree, &[("tests", &json!([test]))]),
    }
}

/// Returns the lines of a new test with an event.
pub(crate) fn test_of(name: &str, settings: Option<&Value>, event: &Value) -> String {
    let mut test = Map::new();
    test.insert("name".to_owned(), name.into());
    test.extend(settings.map(|settings| ("settings".to_owned(), settings.clone())));
    test.insert("event".to_owned(), event.clone());
    write::item(&Value::Object(test), 2)
}
