//! A real editor: Neovim without a screen, where it is installed.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::files;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lsp/neovim.lua");

#[test]
#[allow(clippy::print_stdout, reason = "it is said what was not looked at")]
fn neovim_is_served() {
    let is_there = Command::new("nvim").arg("--version").stdout(Stdio::null()).status();
    if is_there.is_err() {
        println!("nvim is not installed: this test has looked at nothing");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (path, text) in files() {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let said = root.join("said");
    let mut command = Command::new("nvim");
    command.args(["-n", "-i", "NONE", "--headless", "-u", "NONE", "-S", SCRIPT]).current_dir(&root);
    command.env("MAPWRIGHT", env!("CARGO_BIN_EXE_mapwright")).env("OUT", &said).env("HOME", &root);
    let mut editor =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(180);
    while editor.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            editor.kill().unwrap();
            editor.wait().unwrap();
            panic!("nvim does not end");
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        std::fs::read_to_string(said).unwrap().lines().collect::<Vec<_>>(),
        [
            "encoding utf-16",
            "finding 2 yaml-syntax expected `:` after this key",
            "findings 0",
            "hover value `email`",
            "definition acme/1/version.yaml 4",
            "jumped version.yaml 5",
            "completion true",
            "renamed     email: { from: $mail, as: [string, { truncate: 100 }] }",
            "formatted message: identify",
        ]
    );
}
