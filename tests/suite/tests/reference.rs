//! The examples of rows, named values, parts and `skip` in the reference have no findings.

use mapwright::Sources;
use mapwright_tests::{DESTINATION, VERSION, findings, workspace};
use serde_json::Value;

/// The YAML blocks of a page between two headings, each with its first line.
fn blocks(page: &str, from: &str, to: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = page.lines().collect();
    let line_of = |heading: &str| lines.iter().position(|line| *line == heading).expect(heading);
    let (start, end) = (line_of(from), line_of(to));
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in lines.iter().enumerate().take(end).skip(start) {
        match &mut open {
            None if *line == "```yaml" => open = Some((at + 2, String::new())),
            None => {}
            Some(_) if line.starts_with("```") => blocks.extend(open.take()),
            Some((_, text)) => *text += &format!("{line}\n"),
        }
    }
    blocks
}

/// Returns the files of a mapping with what an example shows: parts of a mapping, or fields.
fn mapping(example: &str) -> Sources {
    let parsed: Value = serde_saphyr::from_str(example).unwrap();
    let has = |key: &str| parsed.get(key).is_some();
    let body = match ["values", "payload", "steps", "require", "skip"].into_iter().any(has) {
        true => example.to_owned(),
        false => {
            let fields: String = example.lines().map(|line| format!("    {line}\n")).collect();
            format!("payload:\n  thing:\n{fields}")
        }
    };
    let steps = if has("steps") { "" } else { "steps: { send: { operation: send, body: thing } }\n" };
    let version =
        format!("{VERSION}  attach: {{ method: POST, path: /attach }}\nvalues: {{ email: traits.email }}\n");
    [
        ("mappings/acme/destination.yaml", DESTINATION.to_owned()),
        ("mappings/acme/1.0/version.yaml", version),
        ("mappings/acme/1.0/identify.yaml", format!("message: identify\n{body}{steps}")),
    ]
    .into_iter()
    .collect()
}

#[test]
fn the_examples_of_rows_values_and_skips_have_no_findings() {
    let page = std::fs::read_to_string(workspace().join("docs/language/reference.md")).unwrap();
    let of_rows = blocks(&page, "## Rows", "## Conditions");
    assert!(of_rows.len() >= 4, "{}", of_rows.len());
    let of_skips = blocks(&page, "### skip", "### require");
    let of_parts = blocks(
        &page,
        "A payload part may read `item`. Steps with `for_each`, and the steps in a group with one, then use it; any other use is a finding:",
        "### Order",
    );
    assert_eq!((of_skips.len(), of_parts.len()), (1, 1));
    for (line, example) in of_rows.into_iter().chain(of_skips).chain(of_parts) {
        let found = findings(&mapping(&example));
        assert!(found.is_empty(), "docs/language/reference.md:{line}: {found}");
    }
}
