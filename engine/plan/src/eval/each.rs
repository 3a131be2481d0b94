//! Forms with something for each item of a list: a list, or an object with a member for each.

use crate::eval::condition::decided;
use crate::eval::fault::Evaluated;
use crate::eval::listener::{Listener, Notice};
use crate::eval::output::{Output, object_of};
use crate::eval::row::{Each, Evaluator};
use crate::eval::scope::Scope;
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
        let mut made = out.open_list();
        for (place, item) in items.into_iter().enumerate() {
            self.work.item(each.span)?;
            inner.set_item(each.named, item);
            if each.filter.map_or(Ok(true), |filter| decided(&inner, filter))? {
                let room = self.work.room();
                let bytes = self.item(&inner, each.to, place, &mut made, out, room)?;
                self.work.made(bytes, each.span)?;
            }
        }
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
        for (place, item) in items.into_iter().enumerate() {
            self.work.item(each.span)?;
            inner.set_item(each.named, item);
            if !each.filter.map_or(Ok(true), |filter| decided(&inner, filter))? {
                continue;
            }
            self.listener.on(|| Notice::OpenItem(place));
            let name = self.value(&inner, key)?.and_then(|name| name.to_text());
            let value = self.value(&inner, each.to)?;
            self.listener.on(|| Notice::Close);
            if let (Some(name), Some(value)) = (name, value) {
                self.work.made(name.len() + value.bytes(self.work.room()), each.span)?;
                union.add(name, value, |_, value, known| value.is_something() || !known.is_something());
            }
        }
        Ok(object_of(union, out))
    }
}
