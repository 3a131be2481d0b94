//! Where the values of rows go: into values that are kept, or as JSON text into the place where they are sent from.

use std::borrow::Cow;

use mapwright_json::{Json, Text, write_key};

use crate::plan::{Absence, Constant, Field};
use mapwright_convert::Name;
use mapwright_convert::Tree;
use mapwright_convert::Union;
use mapwright_convert::Val;

/// Takes the values that rows make.
pub(crate) trait Output<'a> {
    /// A value that was made.
    type Made;
    /// An object that is being made.
    type Object;
    /// A list that is being made.
    type List;

    /// Where the next value goes.
    fn position(&self) -> usize;

    /// Takes back what was made from a position on.
    fn take_back(&mut self, position: usize);

    /// Takes a value as it is.
    fn put<V: Tree<'a>>(&mut self, value: V) -> Self::Made;

    /// Takes a value that the mapping states.
    fn put_constant(&mut self, constant: &'a Constant) -> Self::Made;

    /// Whether the value made at a position counts as none.
    fn is_absent(&self, made: &Self::Made, position: usize, absence: Absence) -> bool;

    /// The value made at a position, to be looked at.
    fn view<'s>(&'s self, made: &'s Self::Made, position: usize) -> Val<'s>
    where
        'a: 's;

    /// Returns about how many bytes the value made at a position has; counting may stop at `most`.
    fn bytes(&self, made: &Self::Made, position: usize, most: usize) -> usize;

    fn open_object(&mut self) -> Self::Object;

    /// Makes room for the value of a field.
    fn open_field(&mut self, object: &mut Self::Object, field: &'a Field);

    /// Keeps the field if it has a value, and says whether it has.
    fn close_field(&mut self, object: &mut Self::Object, field: &'a Field, made: Option<Self::Made>) -> bool;

    /// Takes a member that is not a field.
    fn put_member<V: Tree<'a>>(&mut self, object: &mut Self::Object, name: impl Name<'a>, value: V);

    /// The object, if it has a member.
    fn close_object(&mut self, object: Self::Object) -> Option<Self::Made>;

    fn open_list(&mut self) -> Self::List;

    /// Makes room for an item.
    fn open_item(&mut self, list: &mut Self::List);

    /// Keeps the item if there is one.
    fn close_item(&mut self, list: &mut Self::List, made: Option<Self::Made>);

    /// The list, if it has an item.
    fn close_list(&mut self, list: Self::List) -> Option<Self::Made>;
}

/// Values that are kept.
#[derive(Debug)]
pub(crate) struct Values;

impl<'a> Output<'a> for Values {
    type Made = Val<'a>;
    type Object = Vec<(Cow<'a, str>, Val<'a>)>;
    type List = Vec<Val<'a>>;

    fn position(&self) -> usize {
        0
    }

    fn take_back(&mut self, _: usize) {}

    #[inline]
    fn put<V: Tree<'a>>(&mut self, value: V) -> Val<'a> {
        value.into_val()
    }

    fn put_constant(&mut self, constant: &'a Constant) -> Val<'a> {
        Val::Json(Json::Tree(&constant.value))
    }

    #[inline]
    fn is_absent(&self, made: &Val<'a>, _: usize, absence: Absence) -> bool {
        absence.is(made)
    }

    fn view<'s>(&'s self, made: &'s Val<'a>, _: usize) -> Val<'s>
    where
        'a: 's,
    {
        made.clone()
    }

    fn bytes(&self, made: &Val<'a>, _: usize, most: usize) -> usize {
        made.bytes(most)
    }

    fn open_object(&mut self) -> Self::Object {
        Vec::new()
    }

    fn open_field(&mut self, _: &mut Self::Object, _: &'a Field) {}

    fn close_field(&mut self, object: &mut Self::Object, field: &'a Field, made: Option<Val<'a>>) -> bool {
        let Some(made) = made else { return false };
        object.push((Cow::Borrowed(field.name.as_str()), made));
        true
    }

    fn put_member<V: Tree<'a>>(&mut self, object: &mut Self::Object, name: impl Name<'a>, value: V) {
        object.push((name.into_cow(), value.into_val()));
    }

    fn close_object(&mut self, object: Self::Object) -> Option<Val<'a>> {
        (!object.is_empty()).then_some(Val::Object(object))
    }

    fn open_list(&mut self) -> Self::List {
        Vec::new()
    }

    fn open_item(&mut self, _: &mut Self::List) {}

    fn close_item(&mut self, list: &mut Self::List, made: Option<Val<'a>>) {
        list.extend(made);
    }

    fn close_list(&mut self, list: Self::List) -> Option<Val<'a>> {
        (!list.is_empty()).then_some(Val::List(list))
    }
}

/// An object or a list that is being written.
#[derive(Debug)]
pub(crate) struct OpenContainer {
    /// Where the first member or item goes.
    inside: usize,
    /// Where the one at hand begins, with what separates it from the one before.
    at_hand: usize,
}

impl OpenContainer {
    fn open(out: &mut Vec<u8>, bracket: u8) -> Self {
        out.push(bracket);
        OpenContainer { inside: out.len(), at_hand: out.len() }
    }

    #[inline(always)]
    fn next(&mut self, out: &mut Vec<u8>) {
        self.at_hand = out.len();
        if self.at_hand > self.inside {
            out.push(b',');
        }
    }

    #[inline(always)]
    fn end(&self, out: &mut Vec<u8>, made: Option<()>) -> bool {
        if made.is_none() {
            out.truncate(self.at_hand);
        }
        made.is_some()
    }

    fn close(self, out: &mut Vec<u8>, bracket: u8) -> Option<()> {
        let any = out.len() > self.inside;
        out.push(bracket);
        any.then_some(())
    }
}

/// JSON text, written where it stays. A value that was made is what has been written since its position.
impl<'a> Output<'a> for Vec<u8> {
    type Made = ();
    type Object = OpenContainer;
    type List = OpenContainer;

    #[inline(always)]
    fn position(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn take_back(&mut self, position: usize) {
        self.truncate(position);
    }

    #[inline(always)]
    fn put<V: Tree<'a>>(&mut self, value: V) {
        value.write(self);
    }

    fn put_constant(&mut self, constant: &'a Constant) {
        constant.json.write(self);
    }

    fn is_absent(&self, (): &(), position: usize, absence: Absence) -> bool {
        self.get(position..).is_some_and(|written| absence.is_written(written))
    }

    fn view<'s>(&'s self, (): &'s (), position: usize) -> Val<'s>
    where
        'a: 's,
    {
        let written = self.get(position..).and_then(|written| std::str::from_utf8(written).ok());
        Val::Json(written.map_or(Json::NULL, |written| Json::Text(Text::written(written))))
    }

    fn bytes(&self, (): &(), position: usize, _: usize) -> usize {
        self.len().saturating_sub(position)
    }

    fn open_object(&mut self) -> OpenContainer {
        OpenContainer::open(self, b'{')
    }

    #[inline(always)]
    fn open_field(&mut self, object: &mut OpenContainer, field: &'a Field) {
        object.next(self);
        field.key.write(self);
    }

    #[inline(always)]
    fn close_field(&mut self, object: &mut OpenContainer, _: &'a Field, made: Option<()>) -> bool {
        object.end(self, made)
    }

    #[inline(always)]
    fn put_member<V: Tree<'a>>(&mut self, object: &mut OpenContainer, name: impl Name<'a>, value: V) {
        object.next(self);
        write_key(self, name.as_ref());
        value.write(self);
    }

    fn close_object(&mut self, object: OpenContainer) -> Option<()> {
        object.close(self, b'}')
    }

    fn open_list(&mut self) -> OpenContainer {
        OpenContainer::open(self, b'[')
    }

    fn open_item(&mut self, list: &mut OpenContainer) {
        list.next(self);
    }

    fn close_item(&mut self, list: &mut OpenContainer, made: Option<()>) {
        list.end(self, made);
    }

    fn close_list(&mut self, list: OpenContainer) -> Option<()> {
        list.close(self, b']')
    }
}

/// Puts members where they go, as an object.
pub(crate) fn object_of<'a, O: Output<'a>>(union: Union<'a>, out: &mut O) -> Option<O::Made> {
    let mut object = out.open_object();
    for (name, value) in union.into_members() {
        out.put_member(&mut object, name, value);
    }
    out.close_object(object)
}

/// Puts an object with one member where it goes.
pub(crate) fn object_with<'a, O: Output<'a>>(
    name: impl Name<'a>,
    value: Val<'a>,
    out: &mut O,
) -> Option<O::Made> {
    let mut object = out.open_object();
    out.put_member(&mut object, name, value);
    out.close_object(object)
}
