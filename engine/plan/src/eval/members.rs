//! The members of objects that no other row of a part has read.

use std::borrow::Cow;
use std::collections::HashSet;

use mapwright_json::{Kind, Node, NodeId, TakeMembers};

use crate::eval::scope::Scope;
use crate::plan::{Absence, Claim, Place, RestOf, Slot};
use mapwright_convert::Tree;
use mapwright_convert::Val;
use mapwright_convert::{Member, Members, Stop, TakeEntry, distinct};

/// The members of objects that no other row reads.
pub(crate) struct Rest<'s, 'a> {
    scope: &'s Scope<'a>,
    rest: &'a RestOf,
    /// Names that are left out, as the event or the settings say.
    names: HashSet<Cow<'a, str>>,
    absence: Absence,
}

impl<'s, 'a> Rest<'s, 'a> {
    pub(crate) fn new(
        scope: &'s Scope<'a>,
        rest: &'a RestOf,
        names: HashSet<Cow<'a, str>>,
        absence: Absence,
    ) -> Self {
        Rest { scope, rest, names, absence }
    }

    /// The members as an object, if there are any.
    pub(crate) fn into_val(self) -> Option<Val<'a>> {
        let members = distinct(&self);
        (!members.is_empty()).then_some(Val::Object(members))
    }

    /// The names of the members of an object that are left out.
    pub(crate) fn left_out(&self, place: &'a Place) -> Vec<String> {
        let mut taken = Names(HashSet::new());
        let all = match self.each_of(place, &mut taken) {
            Ok(()) => self.scope.read(place).map(Val::into_entries).unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        all.into_iter().map(|(name, _)| name.into_owned()).filter(|name| !taken.0.contains(name)).collect()
    }

    /// Hands over the members of one of the objects.
    fn each_of<T: TakeEntry<'a>>(&self, place: &'a Place, take: &mut T) -> Result<(), Stop> {
        if let (Slot::Event(node), None) = (&place.slot, &place.query) {
            return self.scope.doc.each_member(*node, &mut Unclaimed { rest: self, take });
        }
        for (name, value) in self.scope.read(place).map(Val::into_entries).unwrap_or_default() {
            if !self.names.contains(&name) && !self.rest.claims.leaves_out(&name) {
                take.entry(name, value)?;
            }
        }
        Ok(())
    }

    /// Returns the rest of an object of which other rows read a part.
    #[inline(never)]
    fn unclaimed(&self, node: NodeId) -> Option<Val<'a>> {
        let value = self.scope.doc.get(node)?;
        if value.kind() != Kind::Object {
            return Some(Val::Json(value));
        }
        let members = self.scope.doc.members(node).filter_map(|member| {
            let value = match (self.rest.claims.of(member.node), member.node) {
                (Claim::All, _) => return None,
                (Claim::Partly, Some(node)) => self.unclaimed(node)?,
                (Claim::Partly | Claim::Nothing, _) => Val::Json(member.value),
            };
            Some((member.key, value))
        });
        let members: Vec<Member<'a>> = members.collect();
        (!members.is_empty()).then_some(Val::Object(members))
    }
}

impl<'a> Members<'a> for Rest<'_, 'a> {
    fn may_repeat(&self) -> bool {
        let is_object =
            |place: &&'a Place| self.scope.read(place).is_some_and(|value| value.kind() == Kind::Object);
        self.rest.sources.iter().filter(is_object).count() > 1
    }

    #[inline(always)]
    fn each<T: TakeEntry<'a>>(&self, take: &mut T) -> Result<(), Stop> {
        self.rest.sources.iter().try_for_each(|place| self.each_of(place, take))
    }

    /// A member of a later object replaces one of an earlier, unless it has no value where the other has one.
    fn replaces(&self, value: &Val<'a>, known: &Val<'a>) -> bool {
        !self.absence.is(value) || self.absence.is(known)
    }
}

/// Takes the members of an object of the event, and hands over what rows leave of them.
struct Unclaimed<'r, 's, 'a, T> {
    rest: &'r Rest<'s, 'a>,
    take: &'r mut T,
}

impl<'a, T: TakeEntry<'a>> TakeMembers<'a> for Unclaimed<'_, '_, 'a, T> {
    type Stop = Stop;

    #[inline(always)]
    fn wants(&self, node: Option<NodeId>) -> bool {
        self.rest.rest.claims.of(node) != Claim::All
    }

    #[inline(always)]
    fn member<N: Node<'a>>(
        &mut self,
        name: Cow<'a, str>,
        value: N,
        node: Option<NodeId>,
    ) -> Result<(), Stop> {
        if self.rest.names.contains(&name) {
            return Ok(());
        }
        match node {
            Some(node) if self.rest.rest.claims.of(Some(node)) == Claim::Partly => {
                self.rest.unclaimed(node).map_or(Ok(()), |value| self.take.entry(name, value))
            }
            _ => self.take.entry(name, value),
        }
    }
}

/// Takes names alone.
struct Names(HashSet<String>);

impl<'e> TakeEntry<'e> for Names {
    fn entry<V: Tree<'e>>(&mut self, name: Cow<'e, str>, _: V) -> Result<(), Stop> {
        self.0.insert(name.into_owned());
        Ok(())
    }
}
