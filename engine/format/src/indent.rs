//! How deep lines are: two spaces for each level, and items of a list deeper than its key.

use crate::spaces::{after_dash, is_key};

/// A level of maps or lists.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// Where its entries stand in the text.
    old: usize,
    /// Where they are to stand.
    new: usize,
    is_list: bool,
}

/// The levels around a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Indents {
    levels: Vec<Level>,
    /// How deep the last entry was, and is.
    last: (usize, usize),
    /// Whether the last entry ends in a block, to whose end blank lines may belong.
    pub is_block: bool,
}

/// The spaces before what a line says.
fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

impl Indents {
    /// The new indentation of an entry.
    pub(crate) fn entry(&mut self, line: &str) -> usize {
        let old = depth(line);
        let text = line.trim_start_matches(' ');
        let new = self.level(old, text);
        self.last = (old, new);
        self.is_block = text.ends_with(['|', '>', '+', '-']);
        // what stands behind a dash is a level of its own
        let (mut old, mut new, mut text) = (old, new, text);
        while let Some(inner) = after_dash(text) {
            old += text.len() - inner.len();
            new += 2;
            text = inner;
            if after_dash(text).is_some() || is_key(text) {
                self.levels.push(Level { old, new, is_list: after_dash(text).is_some() });
            }
        }
        self.levels.first().map_or(0, |_| self.last.1)
    }

    fn level(&mut self, old: usize, text: &str) -> usize {
        let is_list = after_dash(text).is_some();
        while self
            .levels
            .last()
            .is_some_and(|level| level.old > old || level.old == old && level.is_list && !is_list)
        {
            self.levels.pop();
        }
        let outer = self.levels.last().copied();
        match outer {
            Some(level) if level.old == old && level.is_list == is_list => level.new,
            outer => {
                let new = outer.map_or(0, |level| level.new + 2);
                self.levels.push(Level { old, new, is_list });
                new
            }
        }
    }

    /// The new indentation of a comment before an entry, which `next` will have.
    pub(crate) fn comment(&self, comment: &str, entry: &str, next: usize) -> usize {
        let old = depth(comment);
        if old >= depth(entry) {
            // one that is deeper may be about what stands before it
            let level = self.levels.iter().rev().find(|level| level.old == old && old > depth(entry));
            return level.map_or(next, |level| level.new);
        }
        self.levels.iter().rev().find(|level| level.old <= old).map_or(next, |level| level.new)
    }

    /// The new indentation of a line that continues with an entry: as much deeper as it was.
    pub(crate) fn rest(&self, line: &str) -> usize {
        let (old, new) = self.last;
        (depth(line) + new).saturating_sub(old)
    }
}
