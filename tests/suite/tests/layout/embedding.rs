//! `docs/embedding.md` says what a program that embeds the engine depends on.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use mapwright_tests::workspace;

/// What a table of the manifest says of a dependency that not every program needs.
fn is_optional(dependency: &toml::Value) -> bool {
    dependency.get("optional").and_then(toml::Value::as_bool) == Some(true)
}

/// Adds a crate of the engine, by folder, with those that it uses, and the other crates that they name.
fn add(folder: &str, own: &mut BTreeSet<String>, others: &mut BTreeSet<String>) {
    if !own.insert(folder.to_owned()) {
        return;
    }
    let manifest = workspace().join("engine").join(folder).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    for (name, _) in dependencies.iter().filter(|(_, dependency)| !is_optional(dependency)) {
        match name.strip_prefix("mapwright-") {
            Some(folder) => add(folder, own, others),
            None => _ = others.insert(name.clone()),
        }
    }
}

/// The number of crates that a program gets with the engine and a feature of it.
fn crates_with(feature: &str) -> usize {
    // one platform, so that the number is the same everywhere
    let arguments = "tree --package mapwright --edges normal --prefix none --no-dedupe --offline";
    let output = Command::new(env!("CARGO"))
        .args(arguments.split(' '))
        .args(["--target", "x86_64-unknown-linux-gnu", "--features", feature])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().collect::<BTreeSet<_>>().len()
}

#[test]
fn the_page_names_the_crates_of_an_embedding_program() {
    let page = fs::read_to_string(workspace().join("docs/embedding.md")).unwrap();
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    add("core", &mut own, &mut others);
    let (_, table) = page.split_once("\n| crates | for |\n|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let named: BTreeSet<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, others);
    let all = crates_with("");
    let added = |feature| crates_with(feature) - all;
    for counts in [
        format!("{all} crates, {} of them of this repository", own.len()),
        format!("`http` adds {}, and `testing` {}", added("http"), added("testing")),
    ] {
        assert!(page.contains(&counts), "docs/embedding.md does not say: {counts}");
    }
}
