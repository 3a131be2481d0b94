//! What an operation says of many events in one request, and what its response rules say of items that have failed.

use std::time::Duration;

use crate::decode::{Decode, record, words};
use crate::definitions::Definitions;
use crate::spec::{Expression, Fault, RowSpec};
use crate::yaml::{Data, Node};
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::rules;
use serde_json::{Value, json};

record! {
    /// How the items of several events become one request. An item is the body that one event's request would have.
    "a batch"
    pub struct BatchSpec {
        /// Documentation for readers.
        opt "description" description: String,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// Rows over `item`, `settings`: only items with equal values stand in one request.
        list "by" by: RowSpec,
        /// The most items of a request; required.
        opt "most" most: At<u64>,
        /// How many of the items may stand in one list of the body, if that is less.
        opt "lists" lists: BatchListsSpec,
        /// The most bytes of a body, before it is compressed.
        opt "bytes" bytes: At<ByteCount>,
        /// The most bytes of an item; a larger one is rejected.
        opt "item_bytes" item_bytes: At<ByteCount>,
        /// How long a request that is not full waits for more items; one second by default.
        opt "wait" wait: At<Wait>,
        /// An item of which this holds is sent alone.
        opt "unless" unless: Expression,
        /// What identifies an item: for `merge`, and for responses that name items.
        opt "id" id: RowSpec,
        /// Items with the same id become one.
        flag "merge" merge: bool,
        /// The JSON Schema of an item: a file in `schemas/<destination>/<version>/`.
        opt "schema" schema: At<String>,
        /// The body of a request, required: a row over `items` and `settings`.
        opt "body" body: RowSpec,
        /// The operation that two and more items are sent with; one item alone is sent as it is.
        opt "operation" operation: At<String>,
    }
}

record! {
    /// How many items may stand in each list of a body.
    "`lists`"
    pub struct BatchListsSpec {
        /// A row over `item` and `settings`: items with equal values stand in one list.
        due "by" by: RowSpec,
        /// The most items of a list.
        due "most" most: At<u64>,
    }
}

record! {
    /// Which items of a request have failed.
    "`failed`"
    pub struct FailedSpec {
        /// Documentation for readers.
        opt "description" description: String,
        /// The list of failures in the response.
        due "each" each: RowSpec,
        /// Selects entries of the list.
        opt "where" filter: Expression,
        /// The item's place in the request, from 0.
        opt "index" index: RowSpec,
        /// The items that the index counts, by a condition over `item`, one of the batch; all of them by default.
        opt "among" among: Expression,
        /// The item's id, which `id` of the batch states.
        opt "id" id: RowSpec,
        /// The API's code of the failure.
        opt "code" code: RowSpec,
        /// The API's message.
        opt "message" message: RowSpec,
        /// What it means for the item; `give_up` by default.
        opt "class" class: ItemClass,
        /// With `give_up`: who must act.
        opt "fault" fault: Fault,
    }
}

words! {
    /// What becomes of an item that a response names.
    pub enum ItemClass {
        /// It has failed.
        GiveUp = "give_up",
        /// It is sent again.
        Retry = "retry",
        /// It is delivered, with a warning.
        Done = "done",
    }
}

words! {
    /// What the items of a request that is split become.
    pub enum SplitInto {
        /// Two requests.
        Halves = "halves",
        /// A request each.
        Items = "items",
    }
}

/// A number of bytes, such as `500kB` or `4MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteCount(pub usize);

impl ByteCount {
    const UNITS: [(&'static str, u64); 5] =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("kB", 1_000), ("MB", 1_000_000), ("B", 1)];

    fn parse(text: &str) -> Option<Self> {
        let (number, factor) = Self::UNITS
            .iter()
            .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
            .unwrap_or((text, 1));
        let bytes = number.trim_end().parse::<u64>().ok()?.checked_mul(factor)?;
        usize::try_from(bytes).ok().filter(|bytes| *bytes > 0).map(Self)
    }
}

impl Decode for ByteCount {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let count = match &node.data {
            Data::Number(_, text) | Data::Text(text) => Self::parse(text),
            _ => None,
        };
        count.or_else(|| {
            rules::wrong_type::report(
                reports,
                &node.found(),
                "a number of bytes such as `32kB`, `4MB` or `1MiB`",
            )
        })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "string", "pattern": "^[0-9]+ ?(B|kB|KiB|MB|MiB)?$" },
        ]})
    }
}

/// A time to wait, such as `500ms` or `5s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(pub Duration);

impl Wait {
    /// How long a request that is not full waits for more items, if the mapping does not say it.
    pub const DEFAULT: Self = Self(Duration::from_secs(1));

    fn parse(text: &str) -> Option<Self> {
        const LONGEST: u64 = 24 * 60 * 60 * 1_000;
        let units: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let (number, factor) =
            units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
        let millis = number.parse::<u64>().ok()?.checked_mul(factor)?;
        (millis <= LONGEST).then(|| Self(Duration::from_millis(millis)))
    }
}

impl Decode for Wait {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let wait = node.as_text().and_then(Self::parse);
        wait.or_else(|| {
            rules::wrong_type::report(
                reports,
                &node.found(),
                "a time such as `500ms`, `5s` or `1m`, of at most a day",
            )
        })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" })
    }
}

impl BatchSpec {
    /// Returns the rows that read `item`.
    pub fn item_rows(&self) -> impl Iterator<Item = &RowSpec> {
        self.by.iter().chain(self.lists.iter().map(|lists| &lists.by)).chain(&self.id)
    }
}
