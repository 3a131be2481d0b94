//! Why an expression has no value, and how much work one may do.

use std::cell::Cell;

use crate::limits::TEMPLATE_FUEL;
use mapwright_convert::Val;

/// The value of an expression.
pub type Evaluated<'a> = Result<Val<'a>, Lack<'a>>;

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack<'a> {
    /// A name is missing, or an operator or a filter does not take the value.
    Absent,
    /// A preview does not know it: it waits for the capture of this name.
    Unknown(&'a str),
    /// It would take more work than the limit `template_fuel`.
    OutOfFuel,
}

/// What is left of the limit `template_fuel`.
pub struct Fuel {
    bytes: Cell<usize>,
}

impl Fuel {
    /// Bytes that an item of a list costs, which is also what one unit of the limit pays for.
    const ITEM: usize = 64;

    pub fn full() -> Self {
        Self { bytes: Cell::new(TEMPLATE_FUEL * Self::ITEM) }
    }

    /// Pays for bytes of text.
    pub fn spend(&self, bytes: usize) -> Result<(), Lack<'static>> {
        let left = self.bytes.get().checked_sub(bytes);
        self.bytes.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or(Lack::OutOfFuel)
    }

    /// Pays for items of a list.
    pub fn spend_items(&self, items: usize) -> Result<(), Lack<'static>> {
        self.spend(items.saturating_mul(Self::ITEM))
    }

    /// How many items can be paid for.
    pub fn items(&self) -> usize {
        self.bytes.get() / Self::ITEM
    }
}
