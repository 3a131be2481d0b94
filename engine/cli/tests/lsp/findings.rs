//! Findings while somebody types, and their fixes.

use std::process::Command;

use serde_json::{Value, json};

use crate::editor::{Editor, place, range};
use crate::{FIRST, IDENTIFY, MAPPING, VERSION, files};

fn editor() -> Editor {
    Editor::new(&files(), &["utf-16"])
}

/// What the command finds, as `path:line:column rule`.
fn of_command(editor: &Editor) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
    let output = command.args(["--format", "json"]).current_dir(&editor.root).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            format!("{} {}", finding["place"]["path"].as_str().unwrap(), finding["rule"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn the_files_are_without_findings() {
    let editor = editor();
    assert_eq!(of_command(&editor), Vec::<String>::new());
}

#[test]
fn what_is_typed_is_checked_before_it_is_saved() {
    let mut editor = editor();
    editor.open(MAPPING);
    assert_eq!(editor.findings(MAPPING, |_| true), Vec::<String>::new());
    let at = place(IDENTIFY, "lookup: plans");
    editor.change(MAPPING, 2, at, (at.0, at.1 + 6), "lookp");
    let found = editor.findings(MAPPING, |found| !found.is_empty());
    assert_eq!(found, ["5:37 unknown-conversion: unknown conversion `lookp`"]);
    editor.replace(MAPPING, 3, IDENTIFY);
    editor.findings(MAPPING, <[String]>::is_empty);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn the_findings_are_those_of_the_command_with_its_tests() {
    let mut editor = editor();
    let text = IDENTIFY.replace("truncate: 100", "truncate: 2").replace("lookup: plans", "lookup: plan");
    std::fs::write(editor.root.join(MAPPING), &text).unwrap();
    let of_command = of_command(&editor);
    assert!(of_command.iter().any(|found| found.contains("unknown-table")), "{of_command:?}");
    editor.open(MAPPING);
    let found = editor.findings(MAPPING, |found| !found.is_empty());
    assert!(found.iter().any(|found| found.contains("unknown-table")), "{found:?}");
    // tests run once nothing is typed any more
    let text = IDENTIFY
        .replace("lookup: plans", "lookup: { table: plans, missing: keep }")
        .replace("value: \"ü😀\"", "value: other");
    editor.replace(MAPPING, 2, &text);
    let tests = "mappings/acme/1/identify.test.yaml";
    let found = editor.findings(tests, |found| found.iter().any(|found| found.contains("failing-test")));
    assert!(!found.is_empty());
}

#[test]
fn positions_are_counted_as_the_editor_counts() {
    for (offered, kind, column) in
        [(&["utf-16"][..], "utf-16", 26), (&["utf-8", "utf-16"], "utf-8", 29), (&[], "utf-16", 26)]
    {
        let mut editor = Editor::new(&files(), offered);
        assert_eq!(editor.capabilities["positionEncoding"], kind);
        // behind two characters of two and four bytes
        let text = IDENTIFY.replace("note: { value: \"ü😀\", when", "note: { value: \"ü😀\", wen");
        editor.open_as(MAPPING, &text);
        let found = editor.findings(MAPPING, |found| !found.is_empty());
        let line = place(&text, "note:").0;
        let at = format!("{line}:{column} unknown-key");
        assert!(found.iter().any(|found| found.starts_with(&at)), "{at}: {found:?}");
        // a change behind them
        let from = (line, column);
        editor.change(MAPPING, 2, from, (line, column + 3), "when");
        editor.findings(MAPPING, <[String]>::is_empty);
    }
}

#[test]
fn a_key_that_is_half_typed_keeps_the_rest_alive() {
    let mut editor = editor();
    let text = IDENTIFY.replace("as: { lookup: plans }", "as: { lookup: plan }");
    editor.open_as(MAPPING, &text);
    let is_unknown = |found: &String| found.contains("unknown-table");
    editor.findings(MAPPING, |found| found.iter().any(is_unknown));
    // a new line below the description, and the first letters of a key
    editor.change(MAPPING, 2, (2, 0), (2, 0), "val\n");
    let found = editor.findings(MAPPING, |found| found.iter().any(|found| found.contains("yaml-syntax")));
    assert!(found.iter().any(is_unknown), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    // other files have no findings that come from it
    editor.change(MAPPING, 3, (2, 3), (2, 3), "ues: {}");
    let found = editor.findings(MAPPING, |found| !found.iter().any(|found| found.contains("yaml-syntax")));
    assert!(found.iter().any(is_unknown), "{found:?}");
}

#[test]
fn a_bracket_that_is_open_keeps_the_rest_alive() {
    let mut editor = editor();
    editor.open(MAPPING);
    editor.findings(MAPPING, |_| true);
    let at = place(IDENTIFY, "as: { lookup: plans }, on_error: omit }|");
    editor.change(MAPPING, 2, (at.0, at.1 - 1), at, "");
    let found = editor.findings(MAPPING, |found| !found.is_empty());
    assert!(found.iter().all(|found| found.contains("yaml-syntax")), "{found:?}");
    // names can still be looked up
    let at = place(IDENTIFY, "$em|ail");
    let defined = editor.ask_at("textDocument/definition", MAPPING, at, json!({})).unwrap();
    assert_eq!(editor.places(&defined), ["mappings/acme/1/version.yaml:4:2"]);
}

#[test]
fn fixes_are_offered_where_they_mend() {
    let mut editor = editor();
    let text = FIRST.replace("method: POST", "metod: POST");
    editor.open_as(VERSION, &text);
    editor.findings(VERSION, |found| found.iter().any(|found| found.contains("unknown-key")));
    let at = place(&text, "metod");
    let ask = |editor: &mut Editor, only: Value| {
        let params = json!({
            "textDocument": { "uri": editor.uri(VERSION) },
            "range": range(at, at),
            "context": { "diagnostics": [], "only": only },
        });
        editor.ask("textDocument/codeAction", params).unwrap()
    };
    let actions = ask(&mut editor, json!(["quickfix"]));
    assert_eq!(actions[0]["title"], "replace it by `method`", "{actions:#}");
    let edit = &actions[0]["edit"]["changes"][editor.uri(VERSION)][0];
    assert_eq!((edit["newText"].as_str(), &edit["range"]), (Some("method"), &range(at, (at.0, at.1 + 5))));
    assert_eq!(ask(&mut editor, json!(["refactor"])), json!([]));
}

#[test]
fn files_of_others_are_left_alone() {
    let mut editor = Editor::new(&[("compose.yaml", "services: {}\n")], &[]);
    editor.open("compose.yaml");
    assert_eq!(editor.ask_of("textDocument/documentSymbol", "compose.yaml"), Value::Null);
    assert!(editor.ask("workspace/nothing", json!({})).is_err());
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_is_no_message_is_answered_and_the_next_one_is_read() {
    let mut editor = Editor::new(&files(), &["utf-8"]);
    let refused = |bytes: &[u8], editor: &mut Editor| {
        editor.send_bytes(bytes);
        let answer = editor.wait(|message| message.get("error").is_some());
        (answer["id"].clone(), answer["error"]["code"].clone())
    };
    for (bytes, id, code) in [
        (&b"{not json"[..], Value::Null, -32700),
        (b"\xff\xfe", Value::Null, -32700),
        (b"", Value::Null, -32700),
        (b"[1]", Value::Null, -32600),
        (br#"{ "jsonrpc": "2.0" }"#, Value::Null, -32600),
        (br#"{ "jsonrpc": "2.0", "id": 77, "method": 5 }"#, json!(77), -32600),
    ] {
        assert_eq!(refused(bytes, &mut editor), (id, json!(code)), "{}", String::from_utf8_lossy(bytes));
    }
    editor.open(MAPPING);
    assert!(editor.ask_of("textDocument/documentSymbol", MAPPING).is_array());
}
