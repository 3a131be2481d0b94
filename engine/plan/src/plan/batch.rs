//! Batches: how the items of several events become one request, and how a response names them.

use std::time::Duration;

use mapwright_findings::Span;
use mapwright_language::spec::{Fault, ItemClass};

use crate::plan::expression::Condition;
use crate::plan::row::Row;

/// Which items of a batch a response names, and what that means for them.
#[derive(Debug)]
pub struct FailedRule {
    /// The row of the list in the response.
    pub each: Row,
    /// The condition that selects entries.
    pub filter: Option<Condition>,
    /// How an entry names an item.
    pub name: ItemName,
    /// The API's code of the failure.
    pub code: Option<Row>,
    /// The API's message.
    pub message: Option<Row>,
    /// What it means for the item.
    pub class: ItemClass,
    /// Who must act when the item has failed.
    pub fault: Fault,
    /// Its position.
    pub span: Span,
}

/// How a response names an item of a batch.
#[derive(Debug)]
pub enum ItemName {
    /// By its place, from 0, among the items that meet the condition.
    Index(Row, Option<Condition>),
    /// By its id.
    Id(Row),
}

impl FailedRule {
    /// Its rows, by the keys that state them.
    pub(crate) fn rows(&self) -> Vec<(&'static str, &Row)> {
        let Self { each, filter: _, name, code, message, class: _, fault: _, span: _ } = self;
        let name = match name {
            ItemName::Index(row, _) => ("index", row),
            ItemName::Id(row) => ("id", row),
        };
        let code = code.iter().map(|row| ("code", row));
        let message = message.iter().map(|row| ("message", row));
        [("each", each), name].into_iter().chain(code).chain(message).collect()
    }
}

impl ItemName {
    /// Which items a place counts, if not all.
    pub(crate) fn among(&self) -> Option<&Condition> {
        match self {
            ItemName::Index(_, among) => among.as_ref(),
            ItemName::Id(_) => None,
        }
    }

    /// Returns the row of the name.
    pub fn row(&self) -> &Row {
        match self {
            ItemName::Index(row, _) | ItemName::Id(row) => row,
        }
    }
}

/// How the items of several events become one request. Its rows read the items and the settings.
#[derive(Debug)]
pub struct BatchPlan {
    /// Only items with equal values stand in one request.
    pub by: Vec<Row>,
    /// The most items.
    pub most: usize,
    /// How many of them may stand in one list of the body.
    pub lists: Option<BatchLists>,
    /// The most bytes of the body.
    pub bytes: Option<usize>,
    /// The most bytes of an item.
    pub item_bytes: Option<usize>,
    /// How long a request that is not full waits for more items.
    pub wait: Duration,
    /// An item of which this holds is sent alone.
    pub unless: Option<Condition>,
    /// What identifies an item.
    pub id: Option<Row>,
    /// Whether items with the same id become one.
    pub merge: bool,
    /// The file of the JSON Schema of an item.
    pub schema: Option<String>,
    /// The body.
    pub body: Row,
    /// The operation that two and more items are sent with, by its position in the version; one item alone is then sent as it is.
    pub many: Option<usize>,
    /// Its position.
    pub span: Span,
}

/// How many items may stand in each list of a body.
#[derive(Debug)]
pub struct BatchLists {
    /// Items with equal values stand in one list.
    pub by: Row,
    /// The most items of a list.
    pub most: usize,
}

impl BatchPlan {
    /// Its rows, by the keys that state them.
    pub(crate) fn rows(&self) -> Vec<(&'static str, &Row)> {
        let Self {
            by,
            most: _,
            lists,
            bytes: _,
            item_bytes: _,
            wait: _,
            unless: _,
            id,
            merge: _,
            schema: _,
            body,
            many: _,
            span: _,
        } = self;
        let id = id.iter().map(|row| ("id", row));
        let lists = lists.iter().map(|lists| ("lists", &lists.by));
        by.iter().map(|row| ("by", row)).chain(lists).chain(id).chain([("body", body)]).collect()
    }

    /// Whether it can reject an item.
    pub(crate) fn may_reject(&self) -> bool {
        let is_limited = self.bytes.is_some() || self.item_bytes.is_some();
        // the request for many has headers and a query of its own
        is_limited || self.many.is_some() || self.rows().into_iter().any(|(_, row)| row.may_reject())
    }
}
