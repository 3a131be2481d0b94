//! Deterministic mutations of inputs.

/// Tokens of the input formats, and tokens that often break parsers.
const PIECES: [&str; 60] = [
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "/",
    "\n",
    "\r\n",
    "\t",
    "\0",
    " ",
    ".",
    "..",
    "%",
    "%2e",
    "?",
    "#",
    "&",
    "*",
    "$",
    "|",
    "{{",
    "}}",
    "{% for x in traits %}",
    "{% endfor %}",
    "{id}",
    "{contact_id}",
    "true",
    "false",
    "null",
    "~",
    "0",
    "-0",
    "1e400",
    "1E3",
    "18446744073709551615",
    "-9223372036854775809",
    "1.50",
    "\"type\":\"identify\"",
    "\"a\":1,\"a\":2",
    "{\"a\":{\"b\":[1]}}",
    "\\ud800",
    "\\ud83d\\ude00",
    "\\u0000",
    "😀",
    "\u{feff}",
    "\u{2028}",
    "é",
    "- ",
    "\n  ",
    "&a ",
    "*a",
    "traits",
    "settings.apiKey",
    " and ",
    " is defined",
];

/// Mutates inputs. The same seed gives the same mutations.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// Returns a mutator with this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(2).wrapping_add(1) }
    }

    /// Returns a number below `end`, which must not be 0 (xorshift64*).
    pub fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    /// Returns `input` with one to four changes, some of which use a part of `other`.
    pub fn mutate(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(16)).min(bytes.len()).max(at);
            match self.below(6) {
                0 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                3 => {
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(64)).min(other.len());
                    bytes.splice(at..end, other[from..to].iter().copied());
                }
                _ => {
                    let piece = PIECES[self.below(PIECES.len())];
                    let end = if self.below(2) == 0 { at } else { end };
                    bytes.splice(at..end, piece.bytes());
                }
            }
        }
        bytes
    }
}
