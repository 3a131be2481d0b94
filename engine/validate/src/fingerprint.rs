//! What stays the same of a finding where the lines around it move.

use std::collections::HashMap;
use std::fmt::Write as _;

use mapwright::{Finding, Sources};
use sha2::{Digest, Sha256};

/// Gives each finding its fingerprint: of its rule, its file, the line where it is, and its message. Of several that agree in all of this, each also
/// has its number, so that one more of them is new. `paths` are those of files among the sources, by those that findings show.
pub(crate) fn mark<'f>(
    findings: impl Iterator<Item = &'f mut Finding>,
    sources: &Sources,
    paths: &HashMap<&str, &str>,
) {
    let mut lines: HashMap<String, Vec<&str>> = HashMap::new();
    // a long line with many findings is hashed once for each rule
    let mut begun: HashMap<(&str, String, usize), Sha256> = HashMap::new();
    let mut seen: HashMap<[u8; 32], usize> = HashMap::new();
    for finding in findings {
        let path = paths.get(finding.place.path.as_str()).copied().unwrap_or(&finding.place.path).to_owned();
        let lines = lines
            .entry(path.clone())
            .or_insert_with(|| sources.get(&path).unwrap_or("").lines().map(str::trim).collect());
        let number = finding.place.line;
        let begun = begun.entry((finding.rule.id, path.clone(), number)).or_insert_with(|| {
            let line = number.checked_sub(1).and_then(|at| lines.get(at)).copied().unwrap_or("");
            let mut hash = Sha256::new();
            [finding.rule.id, &path, line].iter().for_each(|part| add(&mut hash, part));
            hash
        });
        let mut hash = begun.clone();
        add(&mut hash, &finding.message);
        let alike = seen.entry(hash.clone().finalize().into()).or_default();
        hash.update((*alike as u64).to_le_bytes());
        *alike += 1;
        finding.fingerprint = hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
            // writing to a string cannot fail
            let _ = write!(text, "{byte:02x}");
            text
        });
    }
}

/// Adds a string and its length.
fn add(hash: &mut Sha256, part: &str) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part.as_bytes());
}
