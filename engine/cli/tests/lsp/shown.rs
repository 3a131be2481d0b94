//! What is shown of a file: hovers, outline, colours, hints and lenses.

use serde_json::{Value, json};

use crate::editor::{Editor, place};
use crate::{FIRST, IDENTIFY, MAPPING, SECOND_IDENTIFY, TEST, VERSION, files};

fn hover(editor: &mut Editor, path: &str, text: &str, part: &str) -> String {
    let found = editor.ask_at("textDocument/hover", path, place(text, part), json!({})).unwrap();
    found["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_is_known_of_a_place_is_shown() {
    let mut editor = Editor::new(&files(), &["utf-8"]);
    editor.open(MAPPING);
    for (part, wanted) in [
        ("$em|ail", &["value `email`", "traits.email, context.traits.email", "acme/1/version.yaml:5"][..]),
        ("trun|cate", &["**`truncate`**", "`max`"]),
        ("    em|ail: {", &["the body of `create`, `update`", "characters at most 100", "Where mail goes."]),
        ("    pl|an: {", &["one of `\"pro\"`, `\"free\"`"]),
        ("traits.pl|an,", &["`traits.plan` of the event"]),
        ("on_er|ror", &["What happens if a conversion fails"]),
        ("operation: upd|ate", &["operation `update`", "method: PUT"]),
        ("captures.per|son", &["capture `person`"]),
    ] {
        let shown = hover(&mut editor, MAPPING, IDENTIFY, part);
        for wanted in wanted {
            assert!(shown.contains(wanted), "{part}: {wanted:?} is not in\n{shown}");
        }
    }
    editor.open(VERSION);
    assert!(hover(&mut editor, VERSION, FIRST, "settings.api|Key").contains("secret: true"));
    assert!(hover(&mut editor, VERSION, FIRST, "oper|ations:").contains("endpoints"));
}

#[test]
fn a_row_is_shown_with_what_it_inherits() {
    let mut editor = Editor::new(&files(), &["utf-8"]);
    let path = "mappings/acme/2/identify.yaml";
    editor.open(path);
    let shown = hover(&mut editor, path, SECOND_IDENTIFY, "em|ail");
    let row = shown.split("```yaml\n").nth(1).unwrap().split("\n```").next().unwrap();
    assert_eq!(
        row,
        "email:          # acme/2/identify.yaml:4\n  from: $email  # acme/1/identify.yaml:5\n  as: string    # acme/2/identify.yaml:4"
    );
    let hints = editor.ask_of("textDocument/inlayHint", path);
    let labels: Vec<&str> =
        hints.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    assert_eq!(labels, [" string ≤100", " + plan, note", " + from"]);
}

#[test]
fn the_rule_of_a_finding_is_explained() {
    let mut editor = Editor::new(&files(), &["utf-8"]);
    let text = IDENTIFY.replace("lookup: plans", "lookup: plan");
    editor.open_as(MAPPING, &text);
    editor.findings(MAPPING, |found| !found.is_empty());
    let shown = hover(&mut editor, MAPPING, &text, "lookup: pl|an ");
    assert!(shown.contains("**`unknown-table`**"), "{shown}");
}

#[test]
fn a_file_has_an_outline_and_can_be_folded() {
    let mut editor = Editor::new(&files(), &[]);
    editor.open(MAPPING);
    let symbols = editor.ask_of("textDocument/documentSymbol", MAPPING);
    fn names(symbols: &Value) -> Vec<String> {
        let list = symbols.as_array().cloned().unwrap_or_default();
        let name = |symbol: &Value| {
            let name = symbol["name"].as_str().unwrap().to_owned();
            let inner = names(&symbol["children"])
                .into_iter()
                .map(|inner| format!("{name}.{inner}"))
                .collect::<Vec<_>>();
            std::iter::once(name).chain(inner).collect::<Vec<_>>()
        };
        list.iter().flat_map(name).collect()
    }
    assert_eq!(
        names(&symbols),
        [
            "message",
            "description",
            "payload",
            "payload.person",
            "payload.person.email",
            "payload.person.plan",
            "payload.person.note",
            "steps",
            "steps.create",
            "steps.update",
        ]
    );
    let folds = editor.ask_of("textDocument/foldingRange", MAPPING);
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["startLine"].as_u64().unwrap(), fold["endLine"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [(2, 6), (7, 16), (3, 6), (8, 12), (13, 16)]);
}

#[test]
fn sources_and_conditions_have_their_colours() {
    for (encoding, column) in [("utf-16", 0), ("utf-8", 3)] {
        let mut editor = Editor::new(&files(), &[encoding]);
        let legend = editor.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"].clone();
        editor.open(MAPPING);
        let data = editor.ask_of("textDocument/semanticTokens/full", MAPPING)["data"].clone();
        let data: Vec<u64> = data.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
        let (mut line, mut start, mut found) = (0, 0, Vec::new());
        for token in data.chunks(5) {
            start = if token[0] == 0 { start + token[1] } else { token[1] };
            line += token[0];
            found.push((line, start, token[2], legend[token[3] as usize].as_str().unwrap().to_owned()));
        }
        // the columns behind `ü😀` are those of the encoding
        for (line, start, length, kind) in [
            (4, 19, 6, "variable"),
            (4, 32, 6, "function"),
            (6, 32 + column, 11, "property"),
            (6, 51 + column, 3, "keyword"),
            (14, 10, 15, "enumMember"),
        ] {
            assert!(
                found.contains(&(line, start, length, kind.to_owned())),
                "{line}:{start} {kind}: {found:#?}"
            );
        }
    }
}

#[test]
fn tests_run_from_their_lenses() {
    let mut editor = Editor::new(&files(), &[]);
    editor.open(TEST);
    let lenses = editor.ask_of("textDocument/codeLens", TEST);
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["run these tests", "run this test", "run this test"]);
    for (at, message) in [(0, "2 tests passed"), (1, "the test passed")] {
        let command = &lenses[at]["command"];
        let params = json!({ "command": command["command"], "arguments": command["arguments"] });
        assert_eq!(editor.ask("workspace/executeCommand", params).unwrap()["passed"], true);
        let said = editor.wait(|message| message["method"] == "window/showMessage");
        assert_eq!(said["params"]["message"], message);
    }
    editor.open(MAPPING);
    editor.replace(
        MAPPING,
        2,
        &IDENTIFY.replace("lookup: plans", "lookup: { table: plans, missing: fail }").replace("ü😀", "x"),
    );
    let command = &lenses[2]["command"];
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    assert_eq!(editor.ask("workspace/executeCommand", params).unwrap()["passed"], false);
    let said = editor.wait(|message| message["method"] == "window/showMessage");
    let said = said["params"]["message"].as_str().unwrap();
    assert!(said.starts_with("1 of 1 tests failed: `another`: the body of request 1"), "{said}");
}

#[test]
fn what_tests_reach_stands_above_a_mapping() {
    let mut editor = Editor::new(&files(), &[]);
    let unreached = "    size: { from: traits.size, as: integer }\n    note:";
    editor.open_as(MAPPING, &IDENTIFY.replace("    note:", unreached));
    editor.wait(|message| message["method"] == "workspace/codeLens/refresh");
    let lenses = editor.ask_of("textDocument/codeLens", MAPPING);
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["run its 2 tests", "tests reach 5 of 6 rows"]);
}
