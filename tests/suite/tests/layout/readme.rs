//! `engine/README.md` says what is there: its files exist, its tables have every module, its arrows are the uses of the crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mapwright_tests::workspace;

fn readme() -> String {
    fs::read_to_string(workspace().join("engine/README.md")).unwrap()
}

/// What stands between backticks in a string.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The text up to the next paragraph that is no table.
fn table_after<'t>(text: &'t str, opening: &str) -> &'t str {
    let (_, rest) = text.split_once(opening).unwrap();
    let (_, rest) = rest.split_once("\n\n").unwrap();
    rest.split("\n\n").next().unwrap()
}

fn is_command(text: &str) -> bool {
    text.starts_with("//! `mapwright ") || text.starts_with("//! The command `")
}

/// The modules of a crate, by name, with how the file of each begins.
fn modules(folder: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(workspace().join("engine").join(folder).join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_some_and(|ending| ending == "rs") && !["lib", "main"].contains(&&*name) {
            all.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    all
}

#[test]
fn the_tables_have_every_module_and_no_other() {
    let readme = readme();
    let tables: Vec<&str> =
        readme.split("\nIn `").skip(1).map(|rest| rest.split("/src`").next().unwrap()).collect();
    assert!(tables.len() > 5, "{tables:?}");
    for folder in tables {
        let table = table_after(&readme, &format!("\nIn `{folder}/src`"));
        let first = |line: &'_ str| line.split('|').nth(1).unwrap_or("").to_owned();
        let cells: String = table.lines().map(first).collect();
        let named: BTreeSet<String> = quoted(&cells)
            .map(|name| name.trim_end_matches(".rs").trim_end_matches('/').to_owned())
            .collect();
        let modules = modules(folder);
        let unnamed: Vec<&String> = modules
            .iter()
            // a command is a module of its name
            .filter(|(name, text)| !named.contains(*name) && !is_command(text))
            .map(|(name, _)| name)
            .collect();
        assert!(unnamed.is_empty(), "modules of `{folder}` that its table lacks: {unnamed:?}");
        let gone: Vec<&String> = named.iter().filter(|name| !modules.contains_key(*name)).collect();
        assert!(gone.is_empty(), "the table of `{folder}` has modules that do not exist: {gone:?}");
    }
}

#[test]
fn the_files_exist() {
    let readme = readme();
    let (_, walks) = readme.split_once("\n## A walk through the code\n").unwrap();
    let in_engine: Vec<&str> = quoted(walks).filter(|path| path.contains("/src/")).collect();
    assert!(in_engine.len() > 10, "{in_engine:?}");
    let in_workspace = quoted(&readme).filter(|path| path.starts_with("tests/"));
    let paths = in_engine.iter().map(|path| format!("engine/{path}")).chain(in_workspace.map(str::to_owned));
    let gone: Vec<String> = paths.filter(|path| !workspace().join(path).exists()).collect();
    assert!(gone.is_empty(), "files that do not exist: {gone:?}");
}

/// The crates of a manifest that lie in `engine/`, by folder.
fn uses(manifest: &Path) -> BTreeSet<String> {
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    let used =
        manifest.get("dependencies").and_then(toml::Value::as_table).into_iter().flat_map(|all| all.keys());
    let folder = |name: &String| match name.strip_prefix("mapwright")? {
        "" => Some("core".to_owned()),
        rest => rest.strip_prefix('-').map(str::to_owned),
    };
    used.filter_map(folder).collect()
}

#[test]
fn the_arrows_are_the_uses_of_the_crates() {
    let readme = readme();
    let (_, rest) = readme.split_once("```mermaid\n").unwrap();
    let picture = rest.split("```").next().unwrap();
    let drawn: BTreeSet<String> =
        picture.lines().map(|line| line.trim().to_owned()).filter(|line| line.contains("-->")).collect();
    // the crates in the order of the table: each uses only those above it
    let rows = table_after(&readme, "# The crates");
    let crates: Vec<&str> =
        rows.lines().filter_map(|row| quoted(row).next()).map(|name| name.trim_end_matches('/')).collect();
    let mut all: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut expected = BTreeSet::new();
    for name in crates {
        let direct = uses(&workspace().join("engine").join(name).join("Cargo.toml"));
        let mut indirect = BTreeSet::new();
        for used in &direct {
            let of_used =
                all.get(&**used).unwrap_or_else(|| panic!("`{name}` uses `{used}`, which is not above it"));
            indirect.extend(of_used.iter().cloned());
        }
        expected.extend(direct.difference(&indirect).map(|used| format!("{name} --> {used}")));
        all.insert(name, direct.union(&indirect).cloned().collect());
    }
    assert_eq!(drawn, expected, "the picture in engine/README.md");
}
