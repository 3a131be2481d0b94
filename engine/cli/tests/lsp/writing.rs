//! What is offered while somebody writes.

use serde_json::{Value, json};

use crate::editor::{Editor, place};
use crate::{IDENTIFY, MAPPING, files};

const ROW: &str = "    email: { from: $email, as: [string, { truncate: 100 }] }\n";

/// The labels that are offered at `|`, where the mapping says this in place of that.
fn offered(editor: &mut Editor, version: u64, instead: &str, typed: &str) -> Vec<String> {
    let text = IDENTIFY.replacen(instead, &typed.replace('|', ""), 1);
    assert_ne!(text, IDENTIFY, "{instead}");
    editor.replace(MAPPING, version, &text);
    let at = place(&text, typed);
    let items = editor.ask_at("textDocument/completion", MAPPING, at, json!({})).unwrap();
    let items = items.as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_can_stand_in_a_place_is_offered_there() {
    let mut editor = Editor::new(&files(), &["utf-16"]);
    editor.open(MAPPING);
    let mut version = 1;
    for (instead, typed, wanted) in [
        (ROW, "    s|\n", &["size"][..]),
        (ROW, "    email: { from: $e|\n", &["$email", "traits", "settings"]),
        (ROW, "    email: { from: traits.|\n", &["traits.email", "traits.firstName"]),
        (ROW, "    email: { from: context.traits|\n", &["context.traits", "context.device"]),
        (ROW, "    email: { from: $email, as: [s|\n", &["string", "split"]),
        (ROW, "    email: { from: $email, as: { tr|\n", &["truncate"]),
        (ROW, "    email: { from: $email, as: { truncate: { |\n", &["max", "unit"]),
        (ROW, "    email: { from: $email, o|\n", &["on_error", "on_missing"]),
        (ROW, "    email: { from: $email, o| }\n", &["on_error", "on_missing"]),
        (ROW, "    email: { from: $email, on_error: |\n", &["reject", "omit", "next"]),
        (ROW, "    email:\n      f|\n", &["from"]),
        (ROW, "    email:\n      from: $email\n      as:\n        - tr|\n", &["trim", "truncate"]),
        ("lookup: plans", "lookup: |", &["plans"]),
        ("    operation: create\n", "    operation: |\n", &["create", "update"]),
        ("    body: person\n    unless", "    body: |\n    unless", &["person"]),
        ("    when: captures.person\n", "    when: captures.|\n", &["captures.person"]),
        ("    when: captures.person\n", "    when: settings.|\n", &["settings.apiKey"]),
        ("    when: captures.person\n", "    when: not pay|\n", &["payload"]),
        ("    when: captures.person\n", "    params: { | }\n", &["person"]),
        ("    when: captures.person\n", "    |\n", &["when", "on", "params"]),
        ("    when: captures.person\n", "    on:\n      - status: 404\n        then: |\n", &["create"]),
        (
            "    when: captures.person\n",
            "    on:\n      - status: 404\n        class: |\n",
            &["done", "give_up"],
        ),
        ("steps:\n", "v|\nsteps:\n", &["values", "variants"]),
        ("message: identify\n", "message: |\n", &["identify", "track"]),
    ] {
        version += 1;
        let offered = offered(&mut editor, version, instead, typed);
        for label in wanted {
            assert!(offered.contains(&(*label).to_owned()), "{typed:?} offers {offered:?}");
        }
    }
    // what is there already is not offered again, and comments are the author's
    assert!(!offered(&mut editor, 90, "steps:\n", "v|\nsteps:\n").contains(&"payload".to_owned()));
    assert_eq!(offered(&mut editor, 91, "steps:\n", "# v|\nsteps:\n"), Vec::<String>::new());
}

#[test]
fn what_is_offered_replaces_what_is_typed() {
    let mut editor = Editor::new(&files(), &["utf-16"]);
    let text = IDENTIFY
        .replace("note: { value: \"ü😀\", when: traits.plan", "note: { value: \"ü😀\", when: traits.pl");
    editor.open_as(MAPPING, &text);
    let at = place(&text, "when: traits.pl|");
    // columns are counted in units of UTF-16
    let at = (at.0, at.1 - 3);
    let items = editor.ask_at("textDocument/completion", MAPPING, at, json!({})).unwrap();
    let item = items.as_array().unwrap().iter().find(|item| item["label"] == "traits.plan").unwrap().clone();
    let start = &item["textEdit"]["range"]["start"];
    assert_eq!((start["line"].as_u64(), start["character"].as_u64()), (Some(at.0), Some(at.1 - 9)));
    assert_eq!(item["textEdit"]["newText"], "traits.plan");
    let conversion = "tr|uncate";
    let at = place(&text, conversion);
    let items = editor.ask_at("textDocument/completion", MAPPING, at, json!({})).unwrap();
    let item = items.as_array().unwrap().iter().find(|item| item["label"] == "truncate").unwrap().clone();
    let doc = item["documentation"]["value"].as_str().unwrap();
    assert!(doc.contains("`max`"), "{doc}");
}

#[test]
fn formatting_keeps_what_is_said() {
    let mut editor = Editor::new(&files(), &[]);
    let text =
        IDENTIFY.replace("    plan: {", "    plan:   {").replace("steps:\n", "\n\n\nsteps:   # in order\n");
    editor.open_as(MAPPING, &text);
    let edits = editor.ask_of("textDocument/formatting", MAPPING);
    let expected = IDENTIFY.replace("steps:\n", "\nsteps: # in order\n");
    assert_eq!(edits[0]["newText"], expected);
    editor.replace(MAPPING, 2, &expected);
    assert_eq!(editor.ask_of("textDocument/formatting", MAPPING), json!([]));
    editor.replace(MAPPING, 3, "a: [\n");
    let params = json!({ "textDocument": { "uri": editor.uri(MAPPING) }, "options": { "tabSize": 2, "insertSpaces": true } });
    assert!(editor.ask("textDocument/formatting", params).unwrap_err().contains("not YAML"));
    assert_eq!(editor.ask_at("textDocument/hover", MAPPING, (0, 0), json!({})), Ok(Value::Null));
}
