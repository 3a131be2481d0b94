//! Order keys: which events, or which of their steps, must be delivered in order.

use std::borrow::Cow;
use std::sync::Arc;

use crate::admission::Message;
use crate::bound::BoundPlan;
use crate::eval::lazy::{lazy_values, value_of};
use crate::eval::scope::Scope;
use crate::mapper::{Event, Mapper, Scratch};
use crate::plan::{OrderedSteps, Row};
use mapwright_convert::Val;
use mapwright_json::Kind;

/// A subject of an event. Events that share a key, which is a name and a value, are delivered in the order in which they arrived, or those of
/// their steps are that the key orders.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderKey<'p> {
    /// The name in the mapping's `order`, such as `user`.
    pub name: &'p str,
    /// The value.
    pub value: String,
    /// The steps that it orders; empty: the whole event.
    pub steps: Vec<Arc<OrderedSteps>>,
}

impl Mapper {
    /// Returns the order keys of an event: one for each value of a row of `order`, of the mapping or of a step. A key of the whole event is none of
    /// its steps.
    ///
    /// An event that cannot be mapped may have none. A row that would reject the event has no key.
    pub fn order_keys<'m, 'e>(
        &'m self,
        event: impl Into<Event<'e>>,
        now: i64,
        scratch: &mut Scratch,
    ) -> Vec<OrderKey<'m>> {
        let inner: &'m BoundPlan = self.inner.as_ref();
        let plan = inner.plan.as_ref();
        let mut keys: Vec<OrderKey<'m>> = Vec::new();
        let Ok(doc) = inner.read(event.into(), &mut scratch.json) else { return keys };
        let Message::Type(kind) = plan.admission.message(&doc) else { return keys };
        let Some(message) = inner.message(&kind) else { return keys };
        let tally = inner.tally.as_deref();
        let scope =
            Scope { now, tally, ..Scope::of_settings(&inner.settings, &doc, now, lazy_values(&plan.lazy)) };
        let Ok((_, flow)) = message.pick(&scope) else { return keys };
        let each_text = |row: &'m Row, take: &mut dyn FnMut(String)| {
            let Ok(Some(value)) = value_of(&scope, row, &inner.limits) else { return };
            let mut take = |value: &Val<'_>| {
                if !value.is_null() && !value.is_empty_text() {
                    // an object is a subject like any other
                    take(value.to_text().map_or_else(|| value.json_text(), Cow::into_owned));
                }
            };
            match value.kind() {
                Kind::Array => value.into_list().iter().for_each(take),
                _ => take(&value),
            }
        };
        for (name, row) in &flow.order {
            each_text(row, &mut |value| keys.push(OrderKey { name, value, steps: Vec::new() }));
        }
        for order in &flow.step_order {
            each_text(&order.row, &mut |value| {
                let known = keys.iter_mut().find(|key| key.name == order.name && key.value == value);
                match known {
                    None => {
                        keys.push(OrderKey { name: &order.name, value, steps: vec![order.steps.clone()] })
                    }
                    Some(key) if key.steps.is_empty() => {}
                    Some(key) => key.steps.push(order.steps.clone()),
                }
            });
        }
        keys
    }
}
