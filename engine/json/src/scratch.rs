//! The buffers of scans and walks.

use crate::found::Walked;
use crate::id::NodeId;
use crate::notes::Notes;
use crate::span::Span;
use crate::specials::Specials;
use crate::trie::Trie;

/// The buffers of a [`scan()`](crate::scan()) or a [`walk()`](crate::walk()). Keep one per thread and use it again for every document.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The position of the value of each node.
    pub(crate) slots: Vec<Span>,
    pub(crate) notes: Notes,
    pub(crate) specials: Specials,
    walked: Walked,
}

/// Buffers that have grown for a longer text are freed before the next.
const KEPT_BYTES: usize = 1 << 20;

impl Scratch {
    /// Returns empty buffers.
    pub fn new() -> Self {
        Scratch::default()
    }

    pub(crate) fn reset(&mut self, trie: &Trie, text: &str, written: bool) {
        self.slots.clear();
        self.slots.resize(trie.len(), Span::default());
        self.notes.reset(text, written);
        if self.specials.capacity() > KEPT_BYTES {
            self.specials = Specials::default();
        }
    }

    #[inline(always)]
    pub(crate) fn walked(&mut self) -> &mut Walked {
        &mut self.walked
    }

    #[inline(always)]
    pub(crate) fn notes(&self) -> &Notes {
        &self.notes
    }

    #[inline(always)]
    pub(crate) fn slot(&self, node: NodeId) -> Span {
        self.slots.get(node.index()).copied().unwrap_or_default()
    }
}
