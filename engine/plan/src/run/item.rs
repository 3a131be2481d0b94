//! What the request of a step adds to one that it may share, and that request with nothing else in it.

use std::sync::Arc;

use crate::batch::body::{envelope, list_of};
use crate::encoding::MadeBody;
use crate::eval::built::BuiltPart;
use crate::eval::condition::bounded;
use crate::eval::fault::RowError;
use crate::eval::listener::Listener;
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::item::{BatchItem, Head};
use crate::plan::{BatchPlan, Call};
use crate::rejection::Rejection;
use crate::run::state::Run;
use mapwright_convert::Val;
use mapwright_json::{Json, Text};
use mapwright_language::spec::Encoding;

impl<'e> Run<'e> {
    /// What a part adds to a batch. `heads`: of its own request, and of one with an operation for many.
    pub(crate) fn item<'a, L: Listener>(
        &'a self,
        scope: &Scope<'a>,
        call: &'a Call,
        (batch, part): (&'a BatchPlan, usize),
        (one, many): (Arc<Head>, Option<Arc<Head>>),
        evaluator: &mut Evaluator<L>,
    ) -> Result<BatchItem, Box<Rejection>> {
        let built = self.built(part);
        let json = self.sent_part(part);
        if let Some(most) = batch.item_bytes.filter(|most| json.len() > *most) {
            let what = format!("the item of `{}`", call.name);
            return Err(self.mapper.too_large(&what, (json.len(), most), "item_bytes", call.span));
        }
        let item = built.and_then(BuiltPart::json).unwrap_or(Json::Text(Text::written("{}")));
        let scope = scope.with_item(Val::Json(item));
        let rejected = |error: RowError| self.rejection(error);
        let alone = batch.unless.as_ref().map_or(Ok(false), |unless| bounded(&scope, unless));
        let alone = alone.map_err(rejected)?;
        let (by, list, id) = evaluator
            .group("batch", |evaluator| {
                let by = batch.by.iter().map(|row| {
                    let value = evaluator.named(&scope, "by", row)?;
                    Ok(value.map(|value| value.to_string()))
                });
                let by = by.collect::<Result<Vec<_>, RowError>>()?;
                let list = batch.lists.as_ref().map(|lists| list_of(lists, &scope, evaluator)).transpose()?;
                let id = batch.id.as_ref().map(|row| evaluator.named(&scope, "id", row)).transpose()?;
                Ok((by, list.flatten(), id.flatten()))
            })
            .map_err(rejected)?;
        let id = id.and_then(|id| id.to_text().map(|text| text.into_owned()));
        let (step, json, operation) = (call.name.clone(), json.into_owned(), call.operation);
        let (plan, repeated) = (self.mapper.plan.clone(), self.round_alone(call).is_some());
        Ok(BatchItem { step, plan, operation, json, by, id, list, now: self.now, alone, repeated, one, many })
    }

    /// Says that all requests with an item ([`Request::batch`](crate::request::Request::batch)) are sent by way of a
    /// [`Batcher`](crate::batch::Batcher): such a request has no body of its own, unless that decides whether the item can be sent.
    pub fn collects(&mut self) {
        self.collects = true;
    }

    /// Takes the item of the request at hand out of the run, for a [`Batcher`](crate::batch::Batcher): without a copy of it. The request itself, of
    /// which [`Run::has_request`] reports, need not be made then.
    pub fn take_item(&mut self) -> Option<Box<BatchItem>> {
        self.prepared.as_mut()?.item.take()
    }

    /// Whether the body of a batch of one is not made, since it is not sent and cannot refuse its item.
    pub(crate) fn leaves_out(&self, batch: &BatchPlan, item: &BatchItem) -> bool {
        let most = batch.bytes.unwrap_or(usize::MAX).min(self.mapper.limits.request_bytes);
        // what stands around an item is about as large in a batch of one as in one of many
        self.collects && !self.may_continue() && !batch.body.may_reject() && item.json.len() <= most / 2
    }

    /// The body of a batch of one.
    pub(crate) fn envelope(
        &self,
        call: &Call,
        batch: &BatchPlan,
        encoding: Encoding,
        item: &BatchItem,
    ) -> Result<MadeBody, Box<Rejection>> {
        let json = envelope(self.bound(), batch, &[item.json()], self.now);
        let json = json.map_err(|error| self.rejection(error))?;
        MadeBody::new(encoding, json)
            .map_err(|error| self.mapper.bad_body(&call.name, call.span, &error.to_string()))
    }
}
