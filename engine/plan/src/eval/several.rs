//! Forms that make one value of several rows: a string, a list, an object.

use crate::eval::beside::Beside;
use crate::eval::fault::{Evaluated, RowError};
use crate::eval::joined::JoinedText;
use crate::eval::listener::{Listener, Notice};
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
        let (mut joined, mut beside) = (JoinedText::new(with), Beside::begin(scope));
        for part in parts {
            let value = self.value(scope, part)?;
            value.into_iter().for_each(|value| joined.add(value));
            beside.next();
        }
        beside.end();
        Ok(joined.into_text().map(|text| out.put(Val::Text(text))))
    }

    pub(crate) fn concat<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        parts: &'a [Row],
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let (mut list, mut beside) = (out.open_list(), Beside::begin(scope));
        for part in parts {
            for item in self.value(scope, part)?.map(Val::into_list).unwrap_or_default() {
                out.open_item(&mut list);
                let made = out.put(item);
                out.close_item(&mut list, Some(made));
            }
            beside.next();
        }
        beside.end();
        Ok(out.close_list(list))
    }

    pub(crate) fn merge<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        parts: &'a [Row],
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let (mut union, mut beside) = (Union::default(), Beside::begin(scope));
        for part in parts {
            for (name, value) in self.value(scope, part)?.map(Val::into_entries).unwrap_or_default() {
                // as in a rest, a value takes precedence over none
                union.add(name, value, |_, value, known| !absence.is(value) || absence.is(known));
            }
            beside.next();
        }
        beside.end();
        Ok(object_of(union, out))
    }

    /// Makes an item of a list; a listener hears of its fields under its place. Returns its bytes, counted up to `most`.
    pub(crate) fn item<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        place: usize,
        list: &mut O::List,
        out: &mut O,
        most: usize,
    ) -> Result<usize, RowError> {
        out.open_item(list);
        let position = out.position();
        self.listener.on(|| Notice::OpenItem(place));
        let made = match self.row(scope, row, out) {
            Ok(made) => made,
            Err(error) => {
                let stand_in = scope.perhaps(error)?;
                out.take_back(position);
                Some(out.put(stand_in))
            }
        };
        self.listener.on(|| Notice::Close);
        let bytes = made.as_ref().map_or(0, |made| out.bytes(made, position, most));
        out.close_item(list, made);
        Ok(bytes)
    }
}
