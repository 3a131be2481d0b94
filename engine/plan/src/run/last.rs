//! What is left of a run whose last request is an item of a batch.

use std::sync::Arc;

use crate::item::ItemAnswer;
use crate::run::done::DoneWork;
use crate::run::failure::Failure;
use crate::run::state::Run;
use mapwright_convert::Warning;

/// The rest of a run that ends with its item, without the event, the mapper and buffers. See [`Run::last_item`].
#[derive(Debug, Clone)]
pub struct LastItem {
    step: Arc<str>,
    warnings: Vec<Warning>,
    done: DoneWork,
}

impl Run<'_> {
    /// Returns what is left of the run after [`Run::take_item`], if nothing comes after the item's response: the run itself need not be kept
    /// until then. Returns `None` if the run continues, or has no item.
    pub fn last_item(&self) -> Option<LastItem> {
        let item = self.prepared.as_ref()?.item.as_ref()?;
        let is_last = self.at + 1 >= self.flow.program.len() && self.loops.is_empty();
        let is_over = is_last && self.flow.result.is_none() && self.failed.is_empty();
        is_over.then(|| LastItem {
            step: item.step.clone(),
            warnings: self.warnings.clone(),
            done: self.done.clone(),
        })
    }
}

impl LastItem {
    /// Takes what the response to a batch means for the item, as [`Run::settle`] does.
    ///
    /// # Errors
    /// When the mapping gives up on the event.
    pub fn settle(&mut self, answer: ItemAnswer) -> Result<(), Failure> {
        match answer {
            ItemAnswer::Accepted { warnings } => {
                self.warnings.extend(warnings);
                Ok(())
            }
            ItemAnswer::Failed(problem) => Err(Failure::of_step(&self.step, problem)),
        }
    }

    /// Returns the warnings: what was dropped or truncated, and what the response warns of.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns what of the event was done before the item: see [`Run::done`].
    pub fn done(&self) -> Vec<String> {
        self.done.texts()
    }
}
