//! What git says: its own command is asked, whatever the user has set for it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use mapwright::Sources;

use crate::error::CommandError;
use crate::folder::MAX_FILE_BYTES;

/// A revision is no option of git.
pub(crate) fn revision(text: &str) -> Result<String, String> {
    match text.starts_with('-') || text.is_empty() {
        true => Err(format!("expected a revision such as `main` or `HEAD~1`, found `{text}`")),
        false => Ok(text.to_owned()),
    }
}

/// Runs git in a folder, and returns what it prints.
pub(crate) fn text(folder: &Path, arguments: &[&str]) -> Result<String, CommandError> {
    bytes(folder, arguments).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn bytes(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, CommandError> {
    let failed = |reason: String| failed(arguments, reason);
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

fn failed(arguments: &[&str], reason: String) -> CommandError {
    CommandError::Git { command: arguments.join(" "), reason }
}

/// The mappings of a folder as they were in a revision, with the schemas beside it. The folder itself must be there still. `show` says how the path of a
/// file is shown.
pub(crate) fn mappings(
    folder: &Path,
    revision: &str,
    show: &dyn Fn(&Path) -> String,
) -> Result<Sources, CommandError> {
    let mut sources = Sources::new();
    let inside = folder.join("mappings");
    let mappings = if inside.is_dir() { inside } else { folder.to_owned() };
    add(&mappings, "mappings", revision, show, &mut sources)?;
    let schemas = [folder.join("schemas"), mappings.with_file_name("schemas")];
    if let Some(schemas) = schemas.iter().find(|schemas| schemas.is_dir()) {
        add(schemas, "schemas", revision, show, &mut sources)?;
    }
    Ok(sources)
}

/// Adds the files of a folder, as they were.
fn add(
    folder: &Path,
    name: &str,
    revision: &str,
    show: &dyn Fn(&Path) -> String,
    sources: &mut Sources,
) -> Result<(), CommandError> {
    let listed = bytes(folder, &["ls-tree", "-r", "-z", revision, "--", "."])?;
    let mut files = Vec::new();
    for entry in listed.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        // mode, type and hash; then the path
        let Some((about, path)) = entry.split_once('\t') else { continue };
        let mut words = about.split(' ').skip(1);
        let is_mapping = path.ends_with(".yaml") || path.ends_with(".json");
        if let (Some("blob"), Some(hash), true) = (words.next(), words.next(), is_mapping) {
            files.push((path.to_owned(), hash.to_owned()));
        }
    }
    let texts = blobs(folder, files.iter().map(|(_, hash)| hash.as_str()))?;
    for ((path, _), text) in files.into_iter().zip(texts) {
        let shown = format!("{revision}:{}", show(&folder.join(&path)));
        sources.insert_bytes_as(format!("{name}/{path}"), shown, text);
    }
    Ok(())
}

/// The content of files by their hashes, in order.
fn blobs<'h>(folder: &Path, hashes: impl Iterator<Item = &'h str>) -> Result<Vec<Vec<u8>>, CommandError> {
    let arguments = ["cat-file", "--batch"];
    let failed = |reason: String| failed(&arguments, reason);
    let wanted: Vec<&str> = hashes.collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let (lines, stdin) = (wanted.join("\n") + "\n", child.stdin.take());
    // it prints before it has read all of them
    let asking = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(lines.as_bytes())));
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    let _ = asking.join();
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let (mut rest, mut texts) = (output.stdout.as_slice(), Vec::with_capacity(wanted.len()));
    for hash in wanted {
        let (text, after) =
            blob(rest).ok_or_else(|| failed(format!("`{hash}` is not a file that can be read")))?;
        texts.push(text.to_vec());
        rest = after;
    }
    Ok(texts)
}

/// The first file of a batch, and what follows it: `HASH blob SIZE`, the content, and a line break.
fn blob(batch: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = batch.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(batch.get(..end)?).ok()?;
    let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
    if size as u64 > MAX_FILE_BYTES {
        return None;
    }
    let text = batch.get(end + 1..end + 1 + size)?;
    Some((text, batch.get(end + 2 + size..)?))
}
