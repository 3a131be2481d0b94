//! What of an event is done, known by its content, so that it is not done again when the event is sent again.
//!
//! It is kept for flows with a step that continues after an item that fails: the items of that step, and the requests outside of repeated steps
//! that capture nothing. Other requests are sent again, since later steps need what they capture.

use std::collections::BTreeMap;

/// Fingerprints of what is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct DoneWork {
    /// The contents that were sent in an earlier delivery of the event, and how often.
    before: BTreeMap<u64, usize>,
    /// The contents that are done now, including those of earlier deliveries.
    so_far: Vec<u64>,
}

impl DoneWork {
    /// Whether the event is sent again, and something of it was done.
    pub(crate) fn is_any_before(&self) -> bool {
        !self.before.is_empty()
    }

    /// Notes what is done.
    pub(crate) fn note(&mut self, fingerprint: u64) {
        self.so_far.push(fingerprint);
    }

    /// Returns the contents that are done, as they are stored.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.so_far.iter().map(|fingerprint| format!("{fingerprint:016x}")).collect()
    }

    /// Returns which of some contents were not done before.
    pub(crate) fn left(&self, fingerprints: impl IntoIterator<Item = u64>) -> Vec<usize> {
        let mut before = self.before.clone();
        let all = fingerprints.into_iter().enumerate();
        all.filter_map(|(at, fingerprint)| (!take(&mut before, fingerprint)).then_some(at)).collect()
    }

    /// Takes over what was done before. `false`: it was not.
    pub(crate) fn take_over(&mut self, fingerprint: u64) -> bool {
        let is_done = take(&mut self.before, fingerprint);
        if is_done {
            self.note(fingerprint);
        }
        is_done
    }
}

impl<S: AsRef<str>> Extend<S> for DoneWork {
    /// Adds what was done before. A string that is not a fingerprint is ignored.
    fn extend<T: IntoIterator<Item = S>>(&mut self, done: T) {
        let done = done.into_iter().filter_map(|text| u64::from_str_radix(text.as_ref(), 16).ok());
        done.for_each(|fingerprint| *self.before.entry(fingerprint).or_default() += 1);
    }
}

/// Takes one of what was done. Of two items with the same content, both can have been.
fn take(done: &mut BTreeMap<u64, usize>, fingerprint: u64) -> bool {
    match done.get_mut(&fingerprint).filter(|times| **times > 0) {
        Some(times) => {
            *times -= 1;
            true
        }
        None => false,
    }
}

/// FNV-1a of some texts, in 64 bits. It is stored, so it must stay the same from release to release.
pub(crate) fn fingerprint<const N: usize>(texts: [&[u8]; N]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        // no text of UTF-8 has such a byte
        for byte in text.iter().chain([&0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn fingerprints_are_those_of_other_releases() {
        assert_eq!(fingerprint([]), 0xcbf2_9ce4_8422_2325);
        // FNV-1a of the bytes 61 ff
        assert_eq!(fingerprint([b"a"]), (0xaf63_dc4c_8601_ec8c_u64 ^ 0xff).wrapping_mul(0x0100_0000_01b3));
        assert_ne!(fingerprint([b"ab", b""]), fingerprint([b"a", b"b"]));
    }
}
