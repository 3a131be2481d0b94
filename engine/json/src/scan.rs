//! The scan of a document.

use crate::doc::Doc;
use crate::error::{SyntaxError, SyntaxErrorKind as Kind};
use crate::fingerprint::Fingerprint;
use crate::id::NodeId;
use crate::lex::{Lexed, Lexer, Named, Next, Quoted};
use crate::limits::Limits;
use crate::members::Key;
use crate::notes::{Notes, Place};
use crate::scratch::Scratch;
use crate::span::Span;
use crate::string::unquoted;
use crate::trie::{Noting, Trie, TrieNode};

/// Validates a document and finds the values of a trie's paths in it, in one pass.
///
/// # Errors
/// Returns an error if `text` is not exactly one JSON value in UTF-8, apart from whitespace around it, or if it exceeds `limits`.
pub fn scan<'d>(
    trie: &'d Trie,
    text: &'d [u8],
    scratch: &'d mut Scratch,
    limits: &Limits,
) -> Result<Doc<'d>, SyntaxError> {
    read(trie, text, scratch, limits, false)
}

/// Scans like [`scan`], for text that this crate has written, or that consists of such texts: it has no whitespace and no duplicate keys,
/// so its values are copied when they are written again.
///
/// # Errors
/// As [`scan`].
///
/// ```
/// use mapwright_json::{Limits, NodeId, Scratch, TrieBuilder, scan_written};
///
/// let (trie, mut scratch) = (TrieBuilder::new().build(), Scratch::new());
/// let doc = scan_written(&trie, br#"{"items":[{"id":7},{"id":8}]}"#, &mut scratch, &Limits::default())?;
/// let mut out = Vec::new();
/// doc.root().write(&mut out);
/// assert_eq!(out, br#"{"items":[{"id":7},{"id":8}]}"#);
/// # Ok::<(), mapwright_json::SyntaxError>(())
/// ```
pub fn scan_written<'d>(
    trie: &'d Trie,
    text: &'d [u8],
    scratch: &'d mut Scratch,
    limits: &Limits,
) -> Result<Doc<'d>, SyntaxError> {
    read(trie, text, scratch, limits, true)
}

fn read<'d>(
    trie: &'d Trie,
    text: &'d [u8],
    scratch: &'d mut Scratch,
    limits: &Limits,
    written: bool,
) -> Result<Doc<'d>, SyntaxError> {
    let limit = limits.bytes.min(Limits::MAX_BYTES);
    if text.len() > limit {
        return Err(SyntaxError::new(Kind::TooLarge { bytes: text.len(), limit }, limit));
    }
    let valid = match simdutf8::basic::from_utf8(text) {
        Ok(valid) => valid,
        Err(_) => return Err(not_utf8(text)),
    };
    scratch.reset(trie, valid, written);
    let lexer = Lexer::new(text, std::mem::take(&mut scratch.specials), limits.depth);
    let mut scanner =
        Scanner { lexer, text: valid, trie, slots: &mut scratch.slots, notes: &mut scratch.notes };
    let result = scanner.document();
    scratch.specials = scanner.lexer.into_buffer();
    match result {
        Ok(()) => Ok(Doc::of_text(trie, valid, scratch)),
        Err(error) => Err(*error),
    }
}

#[cold]
fn not_utf8(text: &[u8]) -> SyntaxError {
    let offset = std::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    SyntaxError::new(Kind::NotUtf8, offset)
}

struct Scanner<'s> {
    lexer: Lexer<'s>,
    text: &'s str,
    trie: &'s Trie,
    /// The position of the value of each node.
    slots: &'s mut [Span],
    notes: &'s mut Notes,
}

impl<'s> Scanner<'s> {
    fn document(&mut self) -> Lexed<()> {
        let start = self.lexer.space(0);
        let end = self.value(start, NodeId::ROOT, self.lexer.depth(), Noting::Value)?;
        self.lexer.end(end)
    }

    /// Validates the value at `start`, records its span for `node`, and returns where it ends.
    #[inline(always)]
    fn value(&mut self, start: usize, node: NodeId, depth: u32, around: Noting) -> Lexed<usize> {
        let end = match self.lexer.byte(start) {
            b'"' => self.lexer.string(start + 1)?.end,
            b'{' | b'[' => self.container(start, node, depth, around)?,
            _ => self.lexer.value_but_string(start, depth)?,
        };
        if let Some(slot) = self.slots.get_mut(node.index()) {
            *slot = Span::new(start, end);
        }
        Ok(end)
    }

    /// Validates a container. `around` is what is recorded of the value that contains it.
    fn container(&mut self, start: usize, node: NodeId, depth: u32, around: Noting) -> Lexed<usize> {
        let plan = self.trie.node(node).unwrap_or(self.trie.nothing());
        let noting = plan.noting().max(around.nested());
        match self.lexer.byte(start) {
            b'{' if noting != Noting::Value => self.object::<true>(start, plan, depth, noting),
            b'{' if plan.wants_members() => self.object::<false>(start, plan, depth, noting),
            b'[' if noting >= Noting::Items || plan.wants_items() => self.array(start, plan, depth, noting),
            _ => self.lexer.value_but_string(start, depth),
        }
    }

    /// Validates an object. `NOTED` states whether its members are recorded, so that the check is not repeated for each member.
    fn object<const NOTED: bool>(
        &mut self,
        start: usize,
        plan: &TrieNode,
        depth: u32,
        noting: Noting,
    ) -> Lexed<usize> {
        let depth = self.lexer.enter(depth, start)?;
        let mut open = NOTED.then(|| self.notes.open(start));
        let mut next = self.lexer.first_key(start)?;
        loop {
            match next {
                Next::At(at) => {
                    let Named { key, value } = self.lexer.key(at)?;
                    let (hash, child) = self.child::<NOTED>(plan, at, &key);
                    if self.forget(child)
                        && let Some(open) = &mut open
                    {
                        open.repeats();
                    }
                    let place = match &mut open {
                        Some(open) => self.notes.member(open, Key::new(at, &key, hash), child),
                        None => Place::NONE,
                    };
                    let end = self.value(value, child, depth, noting)?;
                    self.notes.complete(place, Span::new(value, end));
                    next = self.lexer.next_key(end)?;
                }
                Next::End(end) => {
                    if let Some(open) = &open {
                        self.notes.close(open, self.text);
                    }
                    return Ok(end);
                }
            }
        }
    }

    fn array(&mut self, start: usize, plan: &TrieNode, depth: u32, noting: Noting) -> Lexed<usize> {
        let depth = self.lexer.enter(depth, start)?;
        let open = (noting >= Noting::Items).then(|| self.notes.open(start));
        let mut wanted = plan.items().iter().peekable();
        let mut index = 0;
        let mut next = self.lexer.first_item(start)?;
        loop {
            match next {
                Next::At(at) => {
                    let child = wanted.next_if(|(item, _)| *item == index);
                    let child = child.map_or(NodeId::NOWHERE, |(_, child)| *child);
                    let place = if open.is_some() { self.notes.item(child) } else { Place::NONE };
                    let end = self.value(at, child, depth, noting)?;
                    self.notes.complete(place, Span::new(at, end));
                    index += 1;
                    next = self.lexer.next_item(end)?;
                }
                Next::End(end) => {
                    if let Some(open) = &open {
                        self.notes.close(open, self.text);
                    }
                    return Ok(end);
                }
            }
        }
    }

    /// Returns the hash of the key whose opening quote is at `start`, if its member is recorded, and the node's child for it.
    #[inline(always)]
    fn child<const NOTED: bool>(&self, plan: &TrieNode, start: usize, key: &Quoted) -> (u64, NodeId) {
        if key.escaped {
            return self.child_of_escaped(plan, start, key);
        }
        let (start, end) = (start + 1, key.end - 1);
        if !NOTED && !plan.keys().may_have(end - start) {
            return (0, NodeId::NOWHERE);
        }
        let fingerprint = Fingerprint::within(self.lexer.text, start, end);
        let hash = plan.keys().hash(fingerprint);
        (hash, plan.keys().get_hashed(hash, fingerprint, || self.lexer.text.get(start..end)))
    }

    #[cold]
    #[inline(never)]
    fn child_of_escaped(&self, plan: &TrieNode, start: usize, key: &Quoted) -> (u64, NodeId) {
        let name = self.text.get(start..key.end).and_then(unquoted).unwrap_or_default();
        let fingerprint = Fingerprint::of(name.as_bytes());
        let hash = plan.keys().hash(fingerprint);
        (hash, plan.keys().get_hashed(hash, fingerprint, || Some(name.as_bytes())))
    }

    /// Clears what an earlier occurrence of the same key recorded at a node and below it. Returns whether there was one.
    #[inline(always)]
    fn forget(&mut self, node: NodeId) -> bool {
        let repeated = self.slots.get(node.index()).is_some_and(|slot| !slot.is_empty());
        if repeated {
            self.clear(node);
        }
        repeated
    }

    #[cold]
    #[inline(never)]
    fn clear(&mut self, node: NodeId) {
        for node in self.trie.subtree(node) {
            if let Some(slot) = self.slots.get_mut(node.index()) {
                *slot = Span::default();
            }
        }
    }
}
