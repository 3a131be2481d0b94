//! A part of a document's text.

/// The position of a value or key. Values and keys are never empty, so an empty span means that there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Returns a span. Offsets fit 32 bits: see [`Limits::MAX_BYTES`](crate::Limits::MAX_BYTES).
    #[inline(always)]
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.end == 0
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Returns the same span, relative to the part of the text that starts at `offset`.
    #[inline(always)]
    pub(crate) fn behind(self, offset: usize) -> Span {
        let offset = offset as u32;
        Span { start: self.start.wrapping_sub(offset), end: self.end.wrapping_sub(offset) }
    }

    /// Returns the text of the span.
    #[inline(always)]
    pub(crate) fn of(self, text: &str) -> Option<&str> {
        if self.is_empty() { None } else { text.get(self.start as usize..self.end as usize) }
    }

    /// Returns the text of the span without its first and last character, which are quotes.
    #[inline(always)]
    pub(crate) fn inside(self, text: &str) -> Option<&str> {
        if self.is_empty() { None } else { text.get(self.start as usize + 1..self.end as usize - 1) }
    }
}
