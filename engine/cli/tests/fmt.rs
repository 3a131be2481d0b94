//! `mapwright fmt`: which files it rewrites, and which it leaves.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the command in a folder, and returns its exit code with what it prints.
fn fmt(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mapwright"))
        .arg("fmt")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const DESTINATION: (&str, &str) = ("mappings/acme/destination.yaml", "title: Acme\n");
const WIDE: &str =
    "version:   \"1\"   # the first\n\n\n\nvalues:\n    email:  [ traits.email,context.traits.email ]\n";
const LAID_OUT: &str =
    "version: \"1\" # the first\n\nvalues:\n  email: [traits.email, context.traits.email]\n";
const VERSION: &str = "mappings/acme/1/version.yaml";

#[test]
fn files_are_laid_out_once() {
    let folder = folder(&[DESTINATION, (VERSION, WIDE)]);
    let read = || fs::read_to_string(folder.path().join(VERSION)).unwrap();
    let listed = format!("{VERSION}\n");
    assert_eq!(fmt(folder.path(), &["--check"]), (Some(1), listed.clone(), String::new()));
    assert_eq!(read(), WIDE, "`--check` changes nothing");
    assert_eq!(
        fmt(folder.path(), &["mappings/acme/destination.yaml"]),
        (Some(0), String::new(), String::new())
    );
    assert_eq!(read(), WIDE, "only what is named is changed");
    assert_eq!(fmt(folder.path(), &[]), (Some(0), listed, String::new()));
    assert_eq!(read(), LAID_OUT);
    assert_eq!(fmt(folder.path(), &["--check"]), (Some(0), String::new(), String::new()));
}

#[test]
fn what_is_not_yaml_is_left_as_it_is() {
    let folder = folder(&[DESTINATION, (VERSION, "version: [\n")]);
    let (code, printed, said) = fmt(folder.path(), &["mappings"]);
    assert_eq!((code, printed), (Some(1), String::new()));
    assert_eq!(
        said,
        format!("error: `{VERSION}` is left as it is: it is not YAML; `validate-mappings` says why\n")
    );
    let (code, _, said) = fmt(folder.path(), &["nowhere"]);
    assert_eq!(code, Some(2), "{said}");
}

/// The shipped mappings are laid out, which a step of CI would check as this does.
#[test]
fn the_shipped_mappings_are_laid_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    assert_eq!(fmt(&root, &["--check", "mappings"]), (Some(0), String::new(), String::new()));
}
