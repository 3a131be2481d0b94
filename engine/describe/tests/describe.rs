//! Descriptions of the shipped mappings, and of mappings that use every form.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use mapwright_check::Spec;
use mapwright_describe::{Conversion, Description, Row, all_of, describe, describe_all};
use mapwright_findings::Sources;

fn intercom(version: &str) -> Description {
    let sources = mapwright_builtin::sources().without_tests();
    let valid = Spec::load_only(&sources, "intercom").check().unwrap();
    describe(&valid, "intercom", version).unwrap()
}

/// A row on a line, as a table of a page would have it.
fn line(row: &Row) -> String {
    let calls = |calls: &[Conversion]| calls.iter().map(Conversion::text).collect::<Vec<_>>().join(", ");
    let mut text = row.target.clone();
    if !row.types.is_empty() {
        write!(text, " ({})", row.types.join(" or ")).unwrap();
    }
    for source in &row.sources {
        write!(text, "\n    from {}", source.text).unwrap();
        if !source.conversions.is_empty() {
            write!(text, " as {}", calls(&source.conversions)).unwrap();
        }
        if !source.conditions.is_empty() {
            write!(text, " if {}", all_of(&source.conditions)).unwrap();
        }
    }
    if !row.conversions.is_empty() {
        write!(text, "\n    as {}", calls(&row.conversions)).unwrap();
    }
    if !row.conditions.is_empty() {
        write!(text, "\n    if {}", all_of(&row.conditions)).unwrap();
    }
    write!(text, "\n    missing {:?}, invalid {:?}", row.absence.missing, row.absence.invalid).unwrap();
    if let Some(naming) = &row.naming {
        write!(
            text,
            "\n    names {:?}, {:?}, {:?}, {:?}",
            naming.separator, naming.without, naming.longest, naming.most
        )
        .unwrap();
        write!(text, "\n    without {}", naming.reserved.join(", ")).unwrap();
    }
    let place = &row.place;
    write!(text, "\n    at {}:{}", place.file, place.line).unwrap();
    text + "\n"
}

#[test]
fn a_trait_table() {
    let description = intercom("2.10");
    let identify =
        description.messages.iter().find(|message| message.name == "identify" && message.variant.is_none());
    let identify = identify.unwrap();
    let mut text = String::new();
    for part in &identify.parts {
        writeln!(text, "# {} of {}", part.name, part.operations.join(", ")).unwrap();
        part.rows.iter().for_each(|row| text += &line(row));
    }
    insta::assert_snapshot!("identify", text);
}

#[test]
fn what_a_version_says() {
    let mut description = intercom("1.4");
    description.messages.retain(|message| message.name == "group" && message.variant.is_none());
    description.messages.iter_mut().for_each(|message| message.parts.clear());
    insta::assert_snapshot!("version", serde_json::to_string_pretty(&description).unwrap());
}

#[test]
fn every_shipped_version_is_described() {
    let sources = mapwright_builtin::sources().without_tests();
    let valid = Spec::load(&sources).check().unwrap();
    let mut count = 0;
    for destination in sources.destinations() {
        for description in describe_all(&valid, destination) {
            count += 1;
            assert!(!description.messages.is_empty());
            let parts = description.messages.iter().flat_map(|message| &message.parts);
            for row in parts.flat_map(|part| &part.rows) {
                assert!(!row.sources.is_empty(), "{destination}: {row:?}");
                let is_deep = |text: &str| text.contains('…');
                assert!(!row.sources.iter().any(|source| is_deep(&source.text)), "{destination}: {row:?}");
                assert!(row.place.file.starts_with("mappings/") && row.place.line > 0, "{row:?}");
            }
        }
    }
    assert!(count > 8, "{count}");
}

#[test]
fn forms() {
    let files: Sources = [
        ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
        (
            "mappings/acme/1/version.yaml",
            "
version: '1'
server: { value: https://api.acme.example.com }
sets: { inner: [a, b] }
tables: { colors: { r: red } }
conversions: { short: [string, { limit_text: 5 }] }
values:
  id: { from: [userId, traits.id], as: string, on_error: next }
  company: { name: traits.company.name, plan: { from: traits.company.plan, when: traits.vip } }
  found: { each: traits.list, where: item.good, to: item, as: first }
operations: { save: { method: PUT, path: /people } }
",
        ),
        (
            "mappings/acme/1/identify.yaml",
            "
message: identify
payload:
  person:
    id: $id
    company_name: $company.name
    company: $company
    found: $found.id
    color: { from: traits.color, as: { lookup: { table: colors, missing: fail } }, default: { value: blue }, on_error: omit }
    fixed: { value: 7, when: traits.vip }
    both: { join: [traits.first, { from: [traits.last, traits.family], as: short }], with: ' ' }
    lists: { concat: [traits.a, traits.b], keep: [empty] }
    picked: { switch: traits.kind, cases: { x: traits.x }, else: { value: none } }
    each: { each: traits.items, name: one, where: one.id, to: { id: one.id, price: { from: one.price, as: number } } }
    texts: { each: traits.tags, to: { template: '{{ item|upper }}' } }
    named: { from: traits, key: traits.field }
    extra: { rest_of: [traits], omit: [$inner], as: [{ flatten: { separator: _ } }, { limit_names: { max: 9, without: . } }, { limit_keys: 3 }] }
steps: { save: { operation: save, body: person } }
",
        ),
    ]
    .into_iter()
    .collect();
    let valid = Spec::load(&files).check().unwrap_or_else(|found| panic!("{found}"));
    let description = describe(&valid, "acme", "1").unwrap();
    let rows = description.messages.iter().flat_map(|message| &message.parts).flat_map(|part| &part.rows);
    insta::assert_snapshot!("forms", rows.map(line).collect::<String>());
    assert!(describe(&valid, "acme", "2").is_none());
}
