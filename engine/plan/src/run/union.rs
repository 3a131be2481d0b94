//! The members of several objects, each name once: the later one counts, in the place of the first.

use std::borrow::Cow;
use std::collections::HashMap;

use mapwright_convert::Val;

type Name<'a> = Cow<'a, str>;

#[derive(Default)]
pub struct Union<'a> {
    entries: Vec<(Name<'a>, Val<'a>)>,
    /// Where the first members stand; those of one object alone need not be looked up.
    places: HashMap<Name<'a>, usize>,
}

impl<'a> Union<'a> {
    /// Adds the members of an object. One replaces another of its name if `replaces` says so of it and of the other.
    pub fn add(
        &mut self,
        members: impl IntoIterator<Item = (Name<'a>, Val<'a>)>,
        replaces: impl Fn(&Val<'a>, &Val<'a>) -> bool,
    ) {
        if self.entries.is_empty() {
            self.entries.extend(members);
            return;
        }
        for place in self.places.len()..self.entries.len() {
            if let Some((name, _)) = self.entries.get(place) {
                self.places.insert(name.clone(), place);
            }
        }
        for (name, value) in members {
            match self.places.get(&name).and_then(|place| self.entries.get_mut(*place)) {
                Some((_, known)) if replaces(&value, known) => *known = value,
                Some(_) => {}
                None => {
                    self.places.insert(name.clone(), self.entries.len());
                    self.entries.push((name, value));
                }
            }
        }
    }

    /// The object, unless it has no members.
    pub fn into_val(self) -> Option<Val<'a>> {
        (!self.entries.is_empty()).then_some(Val::Object(self.entries))
    }
}
