//! How a number of items is sent: with which operation, and in which body.

use crate::batch::body::envelope;
use crate::bound::BoundPlan;
use crate::encoding::MadeBody;
use crate::item::{BatchItem, Head};
use crate::plan::BatchPlan;
use crate::rejection::Rejection;
use mapwright_language::spec::Encoding;

/// How a number of items is sent.
pub(super) struct Way<'m> {
    /// The operation, by position.
    pub operation: usize,
    pub head: &'m Head,
    pub batch: &'m BatchPlan,
    encoding: Encoding,
    /// Whether the items stand in the body of the batch, and not a single one as it is.
    wrapped: bool,
}

impl<'m> Way<'m> {
    /// The way of so many items like this one. None if the mapper has no such batch.
    pub(super) fn of(mapper: &'m BoundPlan, item: &'m BatchItem, items: usize) -> Option<Self> {
        let batch = mapper.operation(item.operation)?.batch.as_ref()?;
        let (operation, head, wrapped) = match (batch.many, &item.many) {
            (Some(_), _) if items < 2 => (item.operation, &item.one, false),
            (Some(many), Some(head)) => (many, head, true),
            _ => (item.operation, &item.one, true),
        };
        let encoding = mapper.operation(operation)?.encoding;
        Some(Self { operation, head, batch, encoding, wrapped })
    }

    /// The body of these items.
    pub(super) fn body(
        &self,
        mapper: &BoundPlan,
        items: &[&[u8]],
        now: i64,
    ) -> Result<MadeBody, Box<Rejection>> {
        let json = match items {
            [item] if !self.wrapped => item.to_vec(),
            items => envelope(mapper, self.batch, items, now).map_err(|error| mapper.rejection(error))?,
        };
        MadeBody::new(self.encoding, json).map_err(|error| {
            Box::new(Rejection::new("invalid_value", format!("the body of a batch cannot be sent: {error}")))
        })
    }

    /// The most bytes of the body, and the name of that limit.
    pub(super) fn most_bytes(&self, mapper: &BoundPlan) -> (usize, &'static str) {
        match self.batch.bytes.filter(|_| self.wrapped) {
            Some(bytes) if bytes < mapper.limits.request_bytes => (bytes, "bytes"),
            _ => (mapper.limits.request_bytes, "request_bytes"),
        }
    }

    /// Whether a body grows by as many bytes as an item has.
    pub(super) fn is_plain(&self) -> bool {
        self.encoding == Encoding::Json
    }
}
