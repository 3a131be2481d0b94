//! Generates a list of the files in `mappings/` and `schemas/`, so that they are embedded in the binary.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let mut list = String::from("&[\n");
    for folder in ["mappings", "schemas"] {
        let mut files = Vec::new();
        collect(&root.join(folder), &mut files)?;
        files.sort();
        for file in files {
            let path = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            writeln!(list, "    ({path:?}, include_str!({:?})),", file.to_string_lossy())?;
        }
        // cargo watches a folder recursively
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("files.rs"), list)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
