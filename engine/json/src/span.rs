//! A piece of a document's text.

/// Where a value or key stands. None of them is empty, so an empty span says that there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Offsets fit 32 bits: [`Limits::MAX_BYTES`](crate::Limits::MAX_BYTES).
    #[inline(always)]
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.end == 0
    }

    /// The same place in the piece of the text that starts at `offset`.
    #[inline(always)]
    pub(crate) fn behind(self, offset: usize) -> Span {
        let offset = offset as u32;
        Span { start: self.start.wrapping_sub(offset), end: self.end.wrapping_sub(offset) }
    }

    /// What stands there.
    #[inline(always)]
    pub(crate) fn of(self, text: &str) -> Option<&str> {
        if self.is_empty() { None } else { text.get(self.start as usize..self.end as usize) }
    }

    /// What stands there between the first and the last character, which are quotes.
    #[inline(always)]
    pub(crate) fn inside(self, text: &str) -> Option<&str> {
        if self.is_empty() { None } else { text.get(self.start as usize + 1..self.end as usize - 1) }
    }
}
