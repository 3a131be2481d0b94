//! A member whose name is computed.

use crate::eval::fault::Evaluated;
use crate::eval::listener::Listener;
use crate::eval::output::Output;
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::plan::Row;

impl<L: Listener> Evaluator<L> {
    /// Makes an object with one member, or nothing if that has no name or no value.
    #[inline(never)]
    pub(super) fn computed<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        (key, to): (&'a Row, &'a Row),
        out: &mut O,
    ) -> Evaluated<O::Made> {
        self.within("key", |this| {
            let Some(name) = this.value(scope, key)?.and_then(|name| name.to_text()) else { return Ok(None) };
            let made = this.value(scope, to);
            let Some(value) = made.map_err(|mut error| {
                error.field.push(name.to_string());
                error
            })?
            else {
                return Ok(None);
            };
            let mut object = out.open_object();
            out.put_member(&mut object, name, value);
            Ok(out.close_object(object))
        })
    }
}
