//! What is evaluated for each item of a list.

use crate::plan::{Condition, Row};
use mapwright_findings::Span;

/// The rows of a form with something for each item of a list.
pub(crate) struct Each<'a> {
    pub list: &'a Row,
    /// The place of the item's name, if it has one of its own.
    pub named: Option<usize>,
    pub filter: Option<&'a Condition>,
    /// The name of an item's member, if an object is made.
    pub key: Option<&'a Row>,
    pub to: &'a Row,
    pub span: Span,
}
