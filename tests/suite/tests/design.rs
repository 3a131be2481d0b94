//! Properties of the sources that the design promises.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// New means YAML: no Rust source of the engine names a destination.
#[test]
fn the_engine_names_no_destination() {
    let destinations: Vec<String> = fs::read_dir(root().join("mappings"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().to_lowercase())
        .collect();
    assert!(!destinations.is_empty());
    let mut sources = Vec::new();
    files(&root().join("engine"), &mut sources);
    for file in sources {
        let path = file.strip_prefix(root()).unwrap();
        let beside =
            ["tests", "benches", "examples"].iter().any(|folder| path.iter().any(|part| part == *folder));
        if beside || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        for name in &destinations {
            // documentation may show one
            let named = text.lines().find(|line| line.contains(name) && !line.trim_start().starts_with("//"));
            assert_eq!(named, None, "{} names {name}", path.display());
        }
    }
}
