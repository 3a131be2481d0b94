//! The calls of an event whose steps call functions of an SDK: all are made at once, since none waits for a response.

use std::ptr;

use crate::plan::{Call, Instruction};
use crate::rejection::Rejection;
use crate::run::prepared::{PreparedBody, PreparedRequest};
use crate::run::state::Run;
use crate::sdk::{Calls, SdkCall};

impl Run<'_> {
    /// Whether the steps call functions, and make no requests.
    pub(crate) fn calls(&self) -> bool {
        self.flow.calls
    }

    /// Makes all calls. An event that cannot make one of them makes none.
    pub(crate) fn into_calls(mut self) -> Result<Calls, Box<Rejection>> {
        let mut calls = Vec::new();
        while self.advance()? {
            let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { break };
            let prepared = self.prepared.take().unwrap_or_default();
            calls.extend(self.assemble_call(self.at, call, &prepared));
            self.at += 1;
        }
        let flow = self.mapper.plan.flows().position(|flow| ptr::eq(flow, self.flow));
        Ok(Calls { message: self.message.to_owned(), calls, warnings: self.warnings, flow })
    }

    /// The call of a step.
    pub(crate) fn assemble_call(
        &self,
        at: usize,
        call: &Call,
        prepared: &PreparedRequest,
    ) -> Option<SdkCall> {
        let operation = self.operation(call)?;
        let arguments = match &prepared.body {
            Some(PreparedBody::Part(part)) => self.sent_part(*part),
            Some(PreparedBody::Made(_)) | None => (&b"[]"[..]).into(),
        };
        let redactor = self.bound().settings.redactor();
        let step = (call.name.as_ref(), at);
        Some(SdkCall::new(step, &operation.name, operation.function()?, &arguments, redactor))
    }
}
