//! Forms that make one value of several rows: a string, a list, an object.

use crate::eval::fault::Evaluated;
use crate::eval::joined::JoinedText;
use crate::eval::listener::Listener;
use crate::eval::output::{Output, object_of};
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::plan::{Absence, Row};
use mapwright_convert::{Union, Val};

impl<L: Listener> Evaluator<L> {
    pub(crate) fn join<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        parts: &'a [Row],
        with: &str,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let mut joined = JoinedText::new(with);
        for part in parts {
            let value = self.value(scope, part)?;
            value.into_iter().for_each(|value| joined.add(value));
        }
        Ok(joined.into_text().map(|text| out.put(Val::Text(text))))
    }

    pub(crate) fn concat<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        parts: &'a [Row],
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let mut list = out.open_list();
        for part in parts {
            for item in self.value(scope, part)?.map(Val::into_list).unwrap_or_default() {
                out.open_item(&mut list);
                let made = out.put(item);
                out.close_item(&mut list, Some(made));
            }
        }
        Ok(out.close_list(list))
    }

    pub(crate) fn merge<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        parts: &'a [Row],
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let mut union = Union::default();
        for part in parts {
            for (name, value) in self.value(scope, part)?.map(Val::into_entries).unwrap_or_default() {
                // as in a rest, a value takes precedence over none
                union.add(name, value, |_, value, known| !absence.is(value) || absence.is(known));
            }
        }
        Ok(object_of(union, out))
    }
}
