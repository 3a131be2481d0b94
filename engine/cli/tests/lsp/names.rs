//! From names to their places, across versions; other names.

use serde_json::{Value, json};

use crate::editor::{Editor, Place, place};
use crate::{FIRST, IDENTIFY, MAPPING, SECOND, SECOND_IDENTIFY, TEST, TESTS, VERSION, files};

fn editor() -> Editor {
    let mut editor = Editor::new(&files(), &["utf-8"]);
    editor.open(MAPPING);
    editor
}

fn definition(editor: &mut Editor, path: &str, place: Place) -> Vec<String> {
    let found = editor.ask_at("textDocument/definition", path, place, json!({})).unwrap();
    editor.places(&found)
}

fn references(editor: &mut Editor, path: &str, place: Place) -> Vec<String> {
    let context = json!({ "context": { "includeDeclaration": true } });
    let found = editor.ask_at("textDocument/references", path, place, context).unwrap();
    editor.places(&found)
}

#[test]
fn names_lead_to_where_they_are_defined() {
    let mut editor = editor();
    for (part, expected) in [
        ("$em|ail", vec!["mappings/acme/1/version.yaml:4:2"]),
        ("operation: cre|ate", vec!["mappings/acme/1/version.yaml:8:2"]),
        ("lookup: pl|ans", vec!["mappings/acme/1/version.yaml:6:2"]),
        ("captures.per|son", vec!["mappings/acme/1/identify.yaml:12:15"]),
        ("body: per|son", vec!["mappings/acme/1/identify.yaml:3:2"]),
    ] {
        assert_eq!(definition(&mut editor, MAPPING, place(IDENTIFY, part)), expected, "{part}");
    }
    editor.open(VERSION);
    let setting = place(FIRST, "settings.api|Key");
    assert_eq!(definition(&mut editor, VERSION, setting), ["mappings/acme/destination.yaml:4:2"]);
    let schema = place(FIRST, "schema: per|son.json");
    assert_eq!(definition(&mut editor, VERSION, schema), Vec::<String>::new());
}

#[test]
fn what_a_version_extends_is_found() {
    let mut editor = editor();
    let second = "mappings/acme/2/version.yaml";
    editor.open(second);
    assert_eq!(
        definition(&mut editor, second, place(SECOND, "extends: \"|1")),
        ["mappings/acme/1/version.yaml:0:0"]
    );
    // a part is defined where it is laid over, and where it comes from
    let path = "mappings/acme/2/identify.yaml";
    editor.open(path);
    let found = definition(&mut editor, path, place(SECOND_IDENTIFY, "per|son"));
    assert_eq!(found, ["mappings/acme/2/identify.yaml:2:2", "mappings/acme/1/identify.yaml:3:2"]);
}

#[test]
fn all_places_of_a_name_are_found_across_versions_and_tests() {
    let mut editor = editor();
    assert_eq!(
        references(&mut editor, MAPPING, place(IDENTIFY, "body: per|son")),
        [
            "mappings/acme/1/identify.yaml:3:2",
            "mappings/acme/1/identify.yaml:10:10",
            "mappings/acme/1/identify.yaml:16:10",
            "mappings/acme/2/identify.yaml:2:2",
        ]
    );
    assert_eq!(
        references(&mut editor, MAPPING, place(IDENTIFY, "  up|date:")),
        [
            "mappings/acme/1/identify.test.yaml:11:18",
            "mappings/acme/1/identify.yaml:13:2",
            "mappings/acme/2/identify.test.yaml:5:75",
        ]
    );
    // a parameter of a path is the capture of its name
    let of_capture = references(&mut editor, MAPPING, place(IDENTIFY, "captures.per|son"));
    assert!(of_capture.contains(&"mappings/acme/1/version.yaml:12:41".to_owned()), "{of_capture:?}");
}

/// The files after a change of names, by their paths.
fn renamed(editor: &mut Editor, at: Place, name: &str) -> Result<Vec<(String, String)>, String> {
    let edit = editor.ask_at("textDocument/rename", MAPPING, at, json!({ "newName": name }))?;
    let root = format!("file://{}/", editor.root.display());
    let changes = edit["changes"].as_object().unwrap().iter();
    let change = |(uri, edits): (&String, &Value)| {
        let path = uri.strip_prefix(&root).unwrap().to_owned();
        let mut lines: Vec<String> =
            std::fs::read_to_string(editor.root.join(&path)).unwrap().lines().map(str::to_owned).collect();
        let mut edits: Vec<&Value> = edits.as_array().unwrap().iter().collect();
        edits.sort_by_key(|edit| {
            let start = &edit["range"]["start"];
            std::cmp::Reverse((start["line"].as_u64(), start["character"].as_u64()))
        });
        for edit in edits {
            let at = |end: &str, what: &str| edit["range"][end][what].as_u64().unwrap() as usize;
            let line = &mut lines[at("start", "line")];
            line.replace_range(
                at("start", "character")..at("end", "character"),
                edit["newText"].as_str().unwrap(),
            );
        }
        (path, lines.join("\n") + "\n")
    };
    Ok(changes.map(change).collect())
}

#[test]
fn a_new_name_leaves_the_mappings_as_good_as_they_were() {
    for (part, name, files) in [
        ("$em|ail", "mail", 2),
        ("captures.per|son", "person_id", 2),
        ("per|son:\n    email", "human", 2),
        ("  up|date:\n", "change", 3),
        ("operation: cre|ate", "make", 2),
        ("lookup: pl|ans", "tariffs", 2),
    ] {
        let mut editor = editor();
        let changed = renamed(&mut editor, place(IDENTIFY, part), name).unwrap();
        assert_eq!(changed.len(), files, "{part}: {changed:#?}");
        for (path, text) in changed {
            assert!(text.contains(name), "{text}");
            std::fs::write(editor.root.join(path), text).unwrap();
        }
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
        let output = command.args(["--deny-warnings"]).current_dir(&editor.root).output().unwrap();
        assert!(output.status.success(), "{part}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn names_that_cannot_be_changed_say_why() {
    let mut editor = editor();
    let rename = |editor: &mut Editor, part: &str, name: &str| {
        renamed(editor, place(IDENTIFY, part), name).unwrap_err()
    };
    assert_eq!(
        rename(&mut editor, "$em|ail", "e mail"),
        "`e mail` is not a name: write letters, digits and `_`, not beginning with a digit"
    );
    assert_eq!(rename(&mut editor, "  up|date:", "create"), "there is a step `create` already");
    assert_eq!(rename(&mut editor, "mess|age:", "x"), "there is no name here that can be changed");
    let at = place(IDENTIFY, "mess|age:");
    assert_eq!(editor.ask_at("textDocument/prepareRename", MAPPING, at, json!({})), Ok(Value::Null));
}

#[test]
fn the_shipped_mappings_are_found_through() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../mappings/zendesk"));
    let files = crate::editor::files_of(root);
    let files: Vec<(String, String)> =
        files.into_iter().map(|(path, text)| (format!("mappings/zendesk/{path}"), text)).collect();
    let borrowed: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut editor = Editor::new(&borrowed, &["utf-8"]);
    // every value that is read in a mapping is defined somewhere
    let (mut looked, mut missing) = (0, Vec::new());
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".yaml") && !path.contains(".test.")) {
        editor.open(path);
        let mut at = 0;
        while let Some(next) = text[at..].find("$") {
            at += next + 1;
            let is_name = text[at..].starts_with(|c: char| c.is_ascii_lowercase());
            let line = text[..at].rsplit('\n').next().unwrap();
            // a JSON Schema for editors, a comment or a description is none
            if !is_name || line.contains('#') || line.contains("description:") || looked > 40 {
                continue;
            }
            looked += 1;
            let column = line.len() as u64;
            let found = definition(&mut editor, path, (text[..at].matches('\n').count() as u64, column));
            if found.is_empty() {
                missing.push(format!("{path}: {line}{}", text[at..].lines().next().unwrap()));
            }
        }
    }
    assert!(looked > 10, "{looked}");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn properties_use_names() {
    let properties = "properties:\n  - name: an email\n    when: $email\n    must: payload.person.email\n";
    let tests = format!("{TESTS}{properties}");
    let mut files = files();
    files.iter_mut().filter(|(path, _)| *path == TEST).for_each(|(_, text)| *text = &tests);
    let mut editor = Editor::new(&files, &["utf-8"]);
    editor.open(MAPPING);
    let found = references(&mut editor, MAPPING, place(IDENTIFY, "$em|ail"));
    let (line, column) = place(&tests, "when: $|email");
    assert!(found.contains(&format!("{TEST}:{line}:{column}")), "{found:?}");
    let changed = renamed(&mut editor, place(IDENTIFY, "per|son:\n    email"), "human").unwrap();
    let test = changed.iter().find(|(path, _)| path == TEST);
    assert!(test.is_some_and(|(_, text)| text.contains("must: payload.human.email")), "{changed:#?}");
}
