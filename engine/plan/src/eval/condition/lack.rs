//! The reasons why an expression has no value, and the limit of its work.

use std::cell::{Cell, RefCell};

use crate::eval::fault::RowError;
use crate::limits::TEMPLATE_FUEL;
use mapwright_convert::Val;

/// The result of evaluating an expression.
pub(crate) type ExprResult<'a> = Result<Val<'a>, Lack<'a>>;

/// The reason why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack<'a> {
    /// A name is missing, or an operator or filter does not take an operand.
    Absent,
    /// The value depends on the capture of this name, which a preview does not know.
    Unknown(&'a str),
    /// The row that makes the value rejects: [`Rejected`] has the error.
    Rejected,
    /// Evaluation would exceed the limit `template_fuel`.
    OutOfFuel,
}

/// The first row that an expression has read and that rejects.
#[derive(Debug, Default)]
pub(crate) struct Rejected {
    error: RefCell<Option<RowError>>,
}

impl Rejected {
    /// Keeps the error, if it is the first one.
    pub(crate) fn note(&self, error: RowError) {
        self.error.borrow_mut().get_or_insert(error);
    }

    pub(crate) fn take(&self) -> Option<RowError> {
        self.error.take()
    }
}

/// The remaining fuel of one condition or template: the limit `template_fuel`.
pub(crate) struct Fuel {
    bytes: Cell<usize>,
}

impl Fuel {
    /// The cost of an item, in bytes of text. One unit of the limit pays for one item.
    const ITEM: usize = 64;

    pub(crate) fn full() -> Self {
        Self { bytes: Cell::new(TEMPLATE_FUEL * Self::ITEM) }
    }

    /// Pays for bytes of text.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), Lack<'static>> {
        let left = self.bytes.get().checked_sub(bytes);
        self.bytes.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or(Lack::OutOfFuel)
    }

    /// Pays for items of a list.
    pub(crate) fn spend_items(&self, items: usize) -> Result<(), Lack<'static>> {
        self.spend(items.saturating_mul(Self::ITEM))
    }

    /// Returns true once the fuel is used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.bytes.get() == 0
    }

    /// The number of items that the remaining fuel pays for.
    pub(crate) fn items(&self) -> usize {
        self.bytes.get() / Self::ITEM
    }
}
