//! Every name that the crate `mapwright` exports has an example, in its documentation or in a program of `engine/core/examples`.

use std::path::Path;

use mapwright_tests::workspace;

/// Returns all code blocks in the documentation of the sources in a folder, and all code of examples.
fn examples(folder: &Path, whole: bool, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            examples(&path, whole, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let mut code = false;
            for line in source.lines().map(str::trim_start) {
                let doc = line.strip_prefix("//!").or_else(|| line.strip_prefix("///"));
                match doc {
                    Some(doc) if doc.trim_start().starts_with("```") => code = !code,
                    Some(doc) if code => text.push_str(doc),
                    None if whole => text.push_str(line),
                    _ => continue,
                }
                text.push('\n');
            }
        }
    }
}

/// Returns the names that a file exports with `pub use`.
fn exported(source: &str) -> Vec<String> {
    fn names(tree: &syn::UseTree, found: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => names(&path.tree, found),
            syn::UseTree::Name(name) => found.push(name.ident.to_string()),
            syn::UseTree::Rename(rename) => found.push(rename.rename.to_string()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, found)),
            syn::UseTree::Glob(_) => panic!("the facade names what it exports"),
        }
    }
    fn items(list: &[syn::Item], found: &mut Vec<String>) {
        for item in list {
            match item {
                syn::Item::Use(item) => names(&item.tree, found),
                syn::Item::Mod(item) => items(&item.content.as_ref().unwrap().1, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    items(&syn::parse_file(source).unwrap().items, &mut found);
    found
}

#[test]
fn every_exported_name_has_an_example() {
    let engine = workspace().join("engine");
    let mut text = String::new();
    for member in ["findings", "convert", "language", "plan", "check", "testing", "core", "driver"] {
        examples(&engine.join(member).join("src"), false, &mut text);
    }
    examples(&engine.join("core/examples"), true, &mut text);
    let words: std::collections::BTreeSet<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let names = exported(&std::fs::read_to_string(engine.join("core/src/lib.rs")).unwrap());
    assert!(names.len() > 50, "{names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !words.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "no example shows {missing:?}");
}
