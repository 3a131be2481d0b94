//! The points of batches, and of what response rules say of their items.

use crate::plan::{BatchPlan, FailedRule, ItemName};
use crate::points::Points;
use crate::tally::What;

impl Points<'_> {
    pub(super) fn batch(&mut self, batch: &BatchPlan, operation: &str) {
        let BatchPlan {
            by,
            most: _,
            bytes: _,
            item_bytes: _,
            wait: _,
            unless,
            id,
            merge: _,
            body,
            many: _,
            span: _,
        } = batch;
        by.iter().for_each(|row| self.row(row, &format!("{operation}.batch.by")));
        self.conditions(unless);
        id.iter().for_each(|row| self.row(row, &format!("{operation}.batch.id")));
        self.row(body, &format!("{operation}.batch.body"));
    }

    pub(super) fn failed(&mut self, failed: &FailedRule) {
        let FailedRule { each, filter, name, code, message, class: _, fault: _, span } = failed;
        self.add(*span, What::Rule, "an answer names an item of a batch".to_owned());
        self.row(each, "failed.each");
        self.conditions(filter);
        let named = match name {
            ItemName::Index(_) => "failed.index",
            ItemName::Id(_) => "failed.id",
        };
        self.row(name.row(), named);
        code.iter().for_each(|row| self.row(row, "failed.code"));
        message.iter().for_each(|row| self.row(row, "failed.message"));
    }
}
