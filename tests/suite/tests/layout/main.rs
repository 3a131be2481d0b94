//! What holds for the sources of all crates: no two modules use each other, no two types share a name, files are short and say what they are.

mod catch_all;
mod circles;
mod embedding;
mod modules;
mod readme;
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mapwright_tests::{rust_files, workspace};
use serde_json::Value;

/// So many lines a file has at most.
const MOST_LINES: usize = 600;

/// The crates of the workspace: the name of each, and the files in which its library, programs, tests and so on start.
fn crates() -> Vec<(String, Vec<PathBuf>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let crates = metadata["packages"].as_array().unwrap().iter().map(|package| {
        let targets = package["targets"].as_array().unwrap().iter();
        (text(&package["name"]), targets.map(|target| PathBuf::from(text(&target["src_path"]))).collect())
    });
    crates.collect()
}

#[test]
fn no_modules_use_each_other() {
    let root = workspace().canonicalize().unwrap();
    let mut found = String::new();
    for (name, targets) in crates() {
        for target in targets {
            for circle in
                circles::circles(&modules::read(&target, &|file| fs::read_to_string(file).ok()), &root)
            {
                let modules: Vec<&str> = circle.modules.iter().map(String::as_str).collect();
                found += &format!("{name}: {} of {}\n{}", modules.join(", "), circle.within, circle.uses);
            }
        }
    }
    assert!(found.is_empty(), "modules use each other:\n{found}");
}

#[test]
fn no_two_types_of_a_crate_have_one_name() {
    let root = workspace().canonicalize().unwrap();
    let mut found = String::new();
    for (name, targets) in crates() {
        // by the name of a type: its places; two targets may share a module
        let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let is_source = |target: &&PathBuf| target.iter().any(|part| part == "src");
        for target in targets.iter().filter(is_source) {
            for module in modules::read(target, &|file| fs::read_to_string(file).ok()) {
                let file = module.file.strip_prefix(&root).unwrap_or(&module.file);
                for (name, line) in module.types {
                    types.entry(name).or_default().insert(format!("{}:{line}", file.display()));
                }
            }
        }
        for (of, places) in types.iter().filter(|(_, places)| places.len() > 1) {
            let places: Vec<&str> = places.iter().map(String::as_str).collect();
            found += &format!("{name}: `{of}` in {}\n", places.join(", "));
        }
    }
    assert!(found.is_empty(), "types of one name in a crate:\n{found}");
}

/// All Rust sources, by their paths.
fn sources() -> impl Iterator<Item = (String, String)> {
    let paths = ["engine", "tests"].into_iter().flat_map(rust_files);
    paths.map(|path| {
        let text = fs::read_to_string(workspace().join(&path)).unwrap();
        (path, text)
    })
}

#[test]
fn every_file_opens_with_what_it_is() {
    let silent: Vec<String> =
        sources().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "files that do not open with `//!`: {silent:#?}");
}

#[test]
fn no_file_is_long() {
    let long = sources().filter(|(_, text)| text.lines().count() > MOST_LINES);
    let long: Vec<String> = long.map(|(path, _)| path).collect();
    assert!(long.is_empty(), "files of more than {MOST_LINES} lines: {long:#?}");
}

/// A module `x` is `x.rs`, and what is within it lies in `x/`.
#[test]
fn modules_have_their_names() {
    let unnamed =
        ["engine", "tests"].into_iter().flat_map(rust_files).filter(|path| path.ends_with("/mod.rs"));
    // each file right in `tests/` would be a test of its own
    let unnamed: Vec<String> = unnamed.filter(|path| path.rsplit('/').nth(2) != Some("tests")).collect();
    assert!(unnamed.is_empty(), "modules that are called `mod.rs`: {unnamed:#?}");
}

/// What lies in `engine/` and `tests/` is a crate; all that tests only read is in `tests/data/`.
#[test]
fn every_folder_but_the_data_is_a_crate() {
    for folder in ["engine", "tests"] {
        for entry in fs::read_dir(workspace().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let is_data = path.ends_with("tests/data") || path.ends_with("tests/mappings");
            if path.is_dir() {
                assert_eq!(path.join("Cargo.toml").exists(), !is_data, "{}", path.display());
            }
        }
    }
}
