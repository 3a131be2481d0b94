//! Order keys: which events must be delivered in order.

use crate::admission::Message;
use crate::bound::BoundPlan;
use crate::eval::listener::Nobody;
use crate::eval::made::made;
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::mapper::{Event, Mapper, Scratch};

/// A subject of an event. Events that share a key are delivered in the order in which they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrderKey<'p> {
    /// The name in the mapping's `order`, such as `user`.
    pub name: &'p str,
    /// The value.
    pub value: String,
}

impl Mapper {
    /// Returns the order keys of an event: one for each row of the mapping's `order` with a value, and one for each item of a list.
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
        let mut keys = Vec::new();
        let Ok(doc) = inner.read(event.into(), &mut scratch.json) else { return keys };
        let Message::Type(kind) = plan.admission.message(&doc) else { return keys };
        let Some(message) = inner.message(&kind) else { return keys };
        let scope = Scope { now, ..Scope::of_settings(&inner.settings, &doc, now, made(&plan.made)) };
        let (_, flow) = message.pick(&scope);
        let mut evaluator = Evaluator::new(Nobody, &inner.limits);
        for (name, row) in &flow.order {
            let Ok(Some(value)) = evaluator.value(&scope, row) else { continue };
            let values = value.into_list();
            let texts = values.iter().filter_map(|value| value.to_text()).filter(|text| !text.is_empty());
            keys.extend(texts.map(|text| OrderKey { name, value: text.into_owned() }));
        }
        keys
    }
}
