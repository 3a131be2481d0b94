//! Forms with something for each item of a list: a list, or an object with a member for each.

use crate::eval::beside::Beside;
use crate::eval::condition::{Outcomes, asked};
use crate::eval::fault::{Evaluated, RowError};
use crate::eval::listener::{Listener, Nobody, Notice};
use crate::eval::output::{Output, object_of};
use crate::eval::repeated::Each;
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::limits::Limits;
use crate::plan::Row;
use mapwright_convert::{Tree, Union, Val};

impl<L: Listener> Evaluator<L> {
    pub(crate) fn each<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        each: &Each<'a>,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let Some(items) = self.group("each", |this| this.value(scope, each.list))? else { return Ok(None) };
        let items = items.into_list();
        self.work.outside(items.len(), scope, each.filter, Some(each.to), each.span)?;
        if let Some(key) = each.key {
            self.work.outside(items.len(), scope, None, Some(key), each.span)?;
            return self.keyed(scope, each, key, items, out);
        }
        let mut inner = scope.inside(each.named);
        let (mut made, mut beside) = (out.open_list(), Beside::begin(scope));
        for (place, item) in items.into_iter().enumerate() {
            self.work.item(each.span)?;
            inner.set_item(each.named, item);
            if Self::selects(&inner, each)? {
                let room = self.work.room();
                let bytes = self.item(&inner, each.to, place, &mut made, out, room)?;
                self.work.made(bytes, each.span)?;
            }
            beside.next();
        }
        beside.end();
        Ok(out.close_list(made))
    }

    /// Makes an object with a member for each item that has a name and a value; of those with one name, the last that has something.
    #[inline(never)]
    fn keyed<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        each: &Each<'a>,
        key: &'a Row,
        items: Vec<Val<'a>>,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let (mut inner, mut union) = (scope.inside(each.named), Union::default());
        let mut beside = Beside::begin(scope);
        for (place, item) in items.into_iter().enumerate() {
            self.work.item(each.span)?;
            inner.set_item(each.named, item);
            beside.next();
            if !Self::selects(&inner, each)? {
                continue;
            }
            self.listener.on(|| Notice::OpenItem(place));
            let mut of_item = Beside::begin(scope);
            let name = self.value(&inner, key)?.and_then(|name| name.to_text());
            of_item.next();
            let value = self.value(&inner, each.to)?;
            of_item.next();
            of_item.end();
            self.listener.on(|| Notice::Close);
            if let (Some(name), Some(value)) = (name, value) {
                self.work.made(name.len() + value.bytes(self.work.room()), each.span)?;
                union.add(name, value, |_, value, known| value.is_something() || !known.is_something());
            }
        }
        beside.next();
        beside.end();
        Ok(object_of(union, out))
    }

    /// Whether an item is among those that count.
    fn selects<'a>(inner: &Scope<'a>, each: &Each<'a>) -> Result<bool, RowError> {
        let Some(filter) = each.filter else { return Ok(true) };
        let selects = asked(inner, filter)?;
        if selects.may_be_yes() && selects != Outcomes::YES {
            for row in each.key.into_iter().chain([each.to]) {
                inner.suppose(|scope| Evaluator::new(Nobody, &Limits::default()).value(scope, row));
            }
        }
        Ok(selects == Outcomes::YES)
    }
}
