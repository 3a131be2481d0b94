//! The pass over the text.

use crate::doc::Doc;
use crate::error::{Expected, SyntaxError, SyntaxErrorKind as Kind};
use crate::lex::{self, Depth, Lexed, byte, space};
use crate::limits::Limits;
use crate::trie::{Node, NodeId, Trie};
use crate::value::{Text, unescape};

/// The buffers of a [`scan`]. Keep one per thread and use it again for every document.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Where the value of each node stands.
    slots: Vec<Span>,
    /// The first member of each node that lists its members, in `members`.
    heads: Vec<u32>,
    /// The members of all listed objects: chains, as objects stand inside each other.
    members: Vec<MemberSpan>,
}

/// A piece of the text. No value is empty, so an empty one says that there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[inline(always)]
    fn new(start: usize, end: usize) -> Self {
        // Offsets fit: `scan` refuses longer texts.
        Span { start: start as u32, end: end as u32 }
    }

    #[inline(always)]
    fn is_empty(self) -> bool {
        self.end == 0
    }

    #[inline(always)]
    pub(crate) fn of(self, text: &str) -> Option<&str> {
        if self.is_empty() { None } else { text.get(self.start as usize..self.end as usize) }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberSpan {
    /// With its quotes.
    pub(crate) key: Span,
    pub(crate) value: Span,
    pub(crate) node: Option<NodeId>,
    next: u32,
}

/// The end of a chain of members.
const NONE: u32 = u32::MAX;

/// Buffers that grew beyond this many members for one document are given back before the next.
const KEPT_MEMBERS: usize = 1 << 14;

impl Scratch {
    /// Empty buffers.
    pub fn new() -> Self {
        Scratch::default()
    }

    fn reset(&mut self, nodes: usize) {
        self.slots.clear();
        self.slots.resize(nodes, Span::default());
        self.heads.clear();
        self.heads.resize(nodes, NONE);
        if self.members.capacity() > KEPT_MEMBERS {
            self.members = Vec::new();
        }
        self.members.clear();
    }

    #[inline(always)]
    pub(crate) fn slot(&self, node: NodeId) -> Option<Span> {
        self.slots.get(node.index()).copied()
    }

    /// The first member of a node that lists its members.
    pub(crate) fn first_member(&self, node: NodeId) -> Option<&MemberSpan> {
        self.members.get(*self.heads.get(node.index())? as usize)
    }

    /// The member after `member` in the same object.
    pub(crate) fn next_member(&self, member: &MemberSpan) -> Option<&MemberSpan> {
        self.members.get(member.next as usize)
    }
}

/// Validates a document and finds the values of a trie's paths in it, in one pass.
///
/// # Errors
/// When `text` is not exactly one JSON value in UTF-8, white space around it allowed, or is beyond `limits`.
pub fn scan<'d>(
    trie: &'d Trie,
    text: &'d [u8],
    scratch: &'d mut Scratch,
    limits: &Limits,
) -> Result<Doc<'d>, SyntaxError> {
    let limit = limits.bytes.min(Limits::MAX_BYTES);
    if text.len() > limit {
        return Err(SyntaxError::new(Kind::TooLarge { bytes: text.len(), limit }, limit));
    }
    let valid = match simdutf8::basic::from_utf8(text) {
        Ok(valid) => valid,
        Err(_) => return Err(not_utf8(text)),
    };
    scratch.reset(trie.len());
    let mut scanner = Scanner { text, trie, scratch };
    scanner.document(Depth::new(limits.depth)).map_err(|error| *error)?;
    Ok(Doc::of_text(trie, valid, scratch))
}

#[cold]
fn not_utf8(text: &[u8]) -> SyntaxError {
    let offset = std::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    SyntaxError::new(Kind::NotUtf8, offset)
}

struct Scanner<'s> {
    text: &'s [u8],
    trie: &'s Trie,
    scratch: &'s mut Scratch,
}

impl Scanner<'_> {
    fn document(&mut self, depth: Depth) -> Lexed<()> {
        let start = space(self.text, 0);
        let end = space(self.text, self.value(start, NodeId::ROOT, depth)?);
        if end != self.text.len() {
            return lex::unexpected(self.text, end, Expected::End);
        }
        Ok(())
    }

    /// Validates the value at `start`, notes its span for `node`, and returns where it ends.
    fn value(&mut self, start: usize, node: NodeId, depth: Depth) -> Lexed<usize> {
        let trie = self.trie;
        let end = match (byte(self.text, start), trie.node(node)) {
            (b'{', Some(plan)) if plan.wants_members() => {
                self.object(start, node, plan, depth.enter(start)?)?
            }
            (b'[', Some(plan)) if !plan.items().is_empty() => self.array(start, plan, depth.enter(start)?)?,
            _ => lex::value(self.text, start, depth)?,
        };
        if let Some(slot) = self.scratch.slots.get_mut(node.index()) {
            *slot = Span::new(start, end);
        }
        Ok(end)
    }

    fn object(&mut self, start: usize, node: NodeId, plan: &Node, depth: Depth) -> Lexed<usize> {
        let text = self.text;
        let mut list = List::default();
        let mut at = space(text, start + 1);
        if byte(text, at) == b'}' {
            return Ok(at + 1);
        }
        let mut expected = Expected::KeyOrBrace;
        loop {
            let key_start = at;
            let (key_end, escaped) = lex::key(text, at, expected)?;
            let child = self.child(plan, key_start, key_end, escaped);
            let value_start = lex::colon(text, key_end)?;
            let value_end = match child {
                Some(child) => {
                    self.forget(child);
                    self.value(value_start, child, depth)?
                }
                None => lex::value(text, value_start, depth)?,
            };
            if plan.lists_members() {
                let key = Span::new(key_start, key_end);
                let value = Span::new(value_start, value_end);
                self.list(&mut list, node, MemberSpan { key, value, node: child, next: NONE });
            }
            at = space(text, value_end);
            match byte(text, at) {
                b',' => at = space(text, at + 1),
                b'}' => return Ok(at + 1),
                _ => return lex::unexpected(text, at, Expected::CommaOrBrace),
            }
            expected = Expected::Key;
        }
    }

    fn array(&mut self, start: usize, plan: &Node, depth: Depth) -> Lexed<usize> {
        let text = self.text;
        let mut wanted = plan.items().iter().peekable();
        let mut at = space(text, start + 1);
        if byte(text, at) == b']' {
            return Ok(at + 1);
        }
        for index in 0.. {
            at = match wanted.next_if(|(item, _)| *item == index) {
                Some(&(_, child)) => self.value(at, child, depth)?,
                None => lex::value(text, at, depth)?,
            };
            at = space(text, at);
            match byte(text, at) {
                b',' => at = space(text, at + 1),
                b']' => return Ok(at + 1),
                _ => return lex::unexpected(text, at, Expected::CommaOrBracket),
            }
        }
        Ok(at)
    }

    /// The child of a node for the key between two offsets, its quotes among them.
    fn child(&self, plan: &Node, start: usize, end: usize, escaped: bool) -> Option<NodeId> {
        let key = self.text.get(start + 1..end - 1)?;
        if escaped {
            let key = std::str::from_utf8(key).ok()?;
            return plan.key(unescape(key).as_bytes());
        }
        plan.key(key)
    }

    /// Clears what an earlier occurrence of the same key left at a node and below it.
    fn forget(&mut self, node: NodeId) {
        if self.scratch.slot(node).is_none_or(Span::is_empty) {
            return;
        }
        for node in self.trie.subtree(node) {
            if let Some(slot) = self.scratch.slots.get_mut(node.index()) {
                *slot = Span::default();
            }
            if let Some(head) = self.scratch.heads.get_mut(node.index()) {
                *head = NONE;
            }
        }
    }

    /// Adds a member to the list of its object; one whose key has been there gives its value to the first.
    fn list(&mut self, list: &mut List, node: NodeId, member: MemberSpan) {
        let members = &mut self.scratch.members;
        let place = members.len() as u32;
        if let Ok(text) = std::str::from_utf8(self.text) {
            let key = |member: &MemberSpan| member.key.of(text).and_then(|key| Text::trusted(key).as_str());
            let mut at = self.scratch.heads.get(node.index()).copied().unwrap_or(NONE);
            while let Some(known) = members.get_mut(at as usize) {
                if key(known) == key(&member) {
                    known.value = member.value;
                    return;
                }
                at = known.next;
            }
        }
        members.push(member);
        match list.last.and_then(|last| members.get_mut(last as usize)) {
            Some(last) => last.next = place,
            None => {
                if let Some(head) = self.scratch.heads.get_mut(node.index()) {
                    *head = place;
                }
            }
        }
        list.last = Some(place);
    }
}

/// The members of one object so far.
#[derive(Default)]
struct List {
    last: Option<u32>,
}
