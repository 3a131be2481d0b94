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
    let mut seen: HashMap<[u8; 32], usize> = HashMap::new();
    for finding in findings {
        let path = paths.get(finding.place.path.as_str()).copied().unwrap_or(&finding.place.path);
        let line = line(sources.get(path).unwrap_or(""), finding.place.bytes.0);
        let mut hash = Sha256::new();
        for part in [finding.rule.id, path, line, &finding.message] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
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

/// Returns the line of a byte, without the spaces around it.
fn line(text: &str, at: usize) -> &str {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("").trim()
}
