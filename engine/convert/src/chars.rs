//! Sets of characters.

/// A set of characters that is tested for each character of each name.
#[derive(Debug, Clone)]
pub(crate) struct Chars {
    /// Whether each ASCII character is in the set; `true` for all other bytes.
    bytes: [bool; 256],
    /// Sorted.
    others: Vec<char>,
}

impl Chars {
    pub(crate) fn new(text: &str) -> Self {
        let mut chars = Self { bytes: std::array::from_fn(|byte| byte >= 128), others: Vec::new() };
        for c in text.chars() {
            match chars.bytes.get_mut(c as usize).filter(|_| c.is_ascii()) {
                Some(slot) => *slot = true,
                None => chars.others.push(c),
            }
        }
        chars.others.sort_unstable();
        chars
    }

    /// Returns the union of both sets.
    pub(crate) fn and(&self, other: &Chars) -> Chars {
        let mut all = self.clone();
        for (slot, more) in all.bytes.iter_mut().zip(other.bytes) {
            *slot |= more;
        }
        all.others.extend(&other.others);
        all.others.sort_unstable();
        all
    }

    /// Returns the first character of a string that is in the set.
    pub(crate) fn first_in(&self, text: &str) -> Option<char> {
        self.may_be_in(text).then(|| text.chars().find(|c| self.contains(*c))).flatten()
    }

    /// Returns whether a character of a string is in the set.
    #[inline]
    pub(crate) fn any_in(&self, text: &str) -> bool {
        self.may_be_in(text) && self.first_in(text).is_some()
    }

    /// Returns whether a byte of a string may be of a character in the set. Any byte that is not ASCII may be.
    #[inline]
    fn may_be_in(&self, text: &str) -> bool {
        let is_in = |byte| self.bytes.get(usize::from(byte)).copied().unwrap_or(true);
        // names are short: testing all bytes costs less than stopping at the first match
        text.bytes().fold(false, |any, byte| any | is_in(byte))
    }

    fn contains(&self, c: char) -> bool {
        match self.bytes.get(c as usize) {
            Some(in_set) if c.is_ascii() => *in_set,
            _ => self.others.binary_search(&c).is_ok(),
        }
    }
}
