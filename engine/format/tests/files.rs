//! All mapping files of the repository, and texts that are made: what is formatted says what it said, keeps its comments, and is formatted.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use mapwright_findings::FileId;
use mapwright_format::{FormatError, Formatted, format};
use mapwright_language::yaml::{Data, Node, parse};
use proptest::prelude::*;

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}

/// A tree without its places.
fn says(node: &Node) -> String {
    match &node.data {
        Data::List(items) => format!("[{}]", items.iter().map(says).collect::<Vec<_>>().join(",")),
        Data::Map(entries) => {
            let entry = |(key, node): &(mapwright_language::yaml::Key, Node)| {
                format!("{:?}:{}", key.text, says(node))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        other => format!("{other:?}"),
    }
}

/// The text after it is formatted, if it is YAML.
fn formatted(text: &str) -> Option<String> {
    let before = parse(FileId(0), text).ok()?;
    let new = match format(text) {
        Ok(Formatted::Same) => text.to_owned(),
        Ok(Formatted::Changed(new)) => new,
        Err(FormatError::Unsafe) => return None,
        Err(FormatError::Syntax) => panic!("it is YAML:\n{text}"),
    };
    let after = parse(FileId(0), &new).expect("still YAML");
    assert_eq!(says(&before), says(&after), "\n{text}\n→\n{new}");
    assert_eq!(format(&new), Ok(Formatted::Same), "formatted once more\n{new}");
    Some(new)
}

#[test]
fn every_file_of_the_repository_says_what_it_said() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut files = Vec::new();
    for folder in ["mappings", "tests/data", "tests/mappings"] {
        yaml_files(&root.join(folder), &mut files);
    }
    let (mut read, mut left) = (0, Vec::new());
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if parse(FileId(0), &text).is_err() {
            assert_eq!(format(&text), Err(FormatError::Syntax), "{}", path.display());
            continue;
        }
        read += 1;
        match formatted(&text) {
            Some(new) => assert_eq!(hashes(&text), hashes(&new), "{}", path.display()),
            None => left.push(path),
        }
    }
    assert!(read > 300, "{read}");
    assert!(left.is_empty(), "{left:#?}");
}

/// So many marks of comments are in a string; those in strings stay as well.
fn hashes(text: &str) -> usize {
    text.matches('#').count()
}

fn any_yaml() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z]{1,6}",
        "[a-z]+\\.[a-z]+",
        "\"[a-z #:]{0,6}\"",
        "'[a-z#]{0,4}'",
        "[0-9]{1,3}",
        "\\$[a-z]{1,5}"
    ];
    let flow =
        proptest::collection::vec(word.clone(), 0..4).prop_map(|words| format!("[{}]", words.join(" ,  ")));
    let pairs = proptest::collection::vec(("[a-z]{1,4}", word.clone()), 1..4).prop_map(|pairs| {
        let pairs: Vec<String> =
            pairs.iter().enumerate().map(|(at, (key, value))| format!("{key}{at}:  {value}")).collect();
        format!("{{{}}}", pairs.join(","))
    });
    let value = prop_oneof![word, flow, pairs];
    let comment = prop_oneof![Just(String::new()), "   # [a-z ]{0,8}[a-z]"];
    let line = ("[a-z]{1,5}", value.clone(), comment.clone());
    let entry = (line, proptest::collection::vec((value, comment), 0..3), 1..4_usize, any::<bool>());
    proptest::collection::vec(entry, 1..5).prop_map(|entries| {
        let mut text = String::new();
        for (at, ((key, value, comment), items, indent, blank)) in entries.into_iter().enumerate() {
            if blank {
                text.push_str("\n\n\n");
            }
            if items.is_empty() {
                text.push_str(&format!("{key}{at}:  {value}{comment}\n"));
                continue;
            }
            text.push_str(&format!("{key}{at}:{comment}\n"));
            for (value, comment) in items {
                text.push_str(&format!("{}-   {value}{comment}\n", " ".repeat(indent)));
            }
        }
        text
    })
}

proptest! {
    #[test]
    fn what_is_made_says_what_it_said(text in any_yaml()) {
        prop_assume!(parse(FileId(0), &text).is_ok());
        formatted(&text);
    }

    #[test]
    fn no_text_is_too_much(text in "[a-z:#\\-\\[\\]{}'\"|> \\n]{0,60}") {
        if parse(FileId(0), &text).is_ok() {
            formatted(&text);
        }
    }
}
