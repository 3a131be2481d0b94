//! Members of which several may have one name: each name once, at the place where it came first.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::distinct::DistinctNames;
use crate::members::Member;
use crate::value::Val;

/// How many members are gone through one by one to find one of a name.
const FEW: usize = 16;

/// Members, each name once.
#[derive(Debug, Default)]
pub struct Union<'e> {
    members: Vec<Member<'e>>,
    /// Where the members stand, if there are more than [`FEW`]. The names are those of an event: its hashes have a key.
    places: HashMap<Cow<'e, str>, usize>,
}

impl<'e> Union<'e> {
    /// Adds a member. Where there is one of its name, `replaces` says whether its value takes the place of that one's.
    pub fn add(
        &mut self,
        name: Cow<'e, str>,
        value: Val<'e>,
        replaces: impl FnOnce(&str, &Val<'e>, &Val<'e>) -> bool,
    ) {
        match self.place(&name).and_then(|place| self.members.get_mut(place)) {
            Some((_, known)) => {
                if replaces(&name, &value, known) {
                    *known = value;
                }
            }
            None => {
                if !self.places.is_empty() {
                    self.places.insert(name.clone(), self.members.len());
                }
                self.members.push((name, value));
            }
        }
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if self.members.len() <= FEW {
            return self.members.iter().position(|(known, _)| known == name);
        }
        if self.places.is_empty() {
            self.places
                .extend(self.members.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)));
        }
        self.places.get(name).copied()
    }

    /// Returns the members, in the order in which their names came first.
    pub fn into_members(self) -> Vec<Member<'e>> {
        self.members
    }
}

/// Members with each name once; `replaces` as for [`Union::add`].
pub(crate) fn united<'e>(
    members: Vec<Member<'e>>,
    mut replaces: impl FnMut(&str, &Val<'e>, &Val<'e>) -> bool,
) -> Vec<Member<'e>> {
    let mut names = DistinctNames::default();
    if members.iter().all(|(name, _)| names.add(name)) {
        return members;
    }
    let mut union = Union::default();
    for (name, value) in members {
        union.add(name, value, &mut replaces);
    }
    union.into_members()
}
