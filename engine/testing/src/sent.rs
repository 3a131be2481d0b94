//! What an event becomes, as far as requests and calls have it in common.

use mapwright_plan::item::BatchItem;
use mapwright_plan::request::Request;
use mapwright_plan::sdk::SdkCall;

/// A request or a call.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'s> {
    /// The operation.
    pub operation: &'s str,
    /// The step that makes it.
    pub instruction: usize,
    /// The body as JSON, or the list of the arguments.
    pub json: Option<&'s [u8]>,
    /// The item that it adds to a batch.
    pub item: Option<&'s [u8]>,
    /// Whether names of captures stand for values.
    pub is_preview: bool,
}

impl<'s> From<&'s Request<'_>> for Sent<'s> {
    fn from(request: &'s Request<'_>) -> Self {
        Self {
            operation: &request.operation,
            instruction: request.instruction,
            json: request.json(),
            item: request.batch().map(BatchItem::json),
            is_preview: request.is_preview(),
        }
    }
}

impl<'s> From<&'s SdkCall> for Sent<'s> {
    fn from(call: &'s SdkCall) -> Self {
        let (operation, instruction) = (call.operation.as_str(), call.instruction);
        Self { operation, instruction, json: Some(call.json()), item: None, is_preview: false }
    }
}
