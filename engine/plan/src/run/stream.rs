//! Objects that go from the event into the output member by member, without being put together first.
//!
//! What this writes is what [`eval`](super::row::eval) and [`Val::write`] give for the same row. Whatever is not simple is left to them: names
//! that may be there twice, whatever a conversion would change, refuse or warn of, more members than are allowed.

use std::borrow::Cow;

use mapwright_json::{Kind, Node, NodeId, TakeMembers, write_key};

use crate::plan::{Form, Place, RestOf, Row, Share, Slot, Streamed};
use crate::run::explain::Trace;
use crate::run::glance::chosen;
use crate::run::rest::{below, omitted_names, share_of};
use crate::run::row::Sink;
use crate::run::scope::Scope;
use mapwright_convert::Tree;
use mapwright_convert::{Action, Bounds, ConvertError, Flatten, Glance, LeafPath, Names, TakeLeaf};

/// The row has to be evaluated.
pub struct NotSimple;

impl From<ConvertError> for NotSimple {
    fn from(_: ConvertError) -> Self {
        NotSimple
    }
}

/// How a row is streamed, if it can be: it reads objects and goes through their members.
pub fn streamed(row: &Row) -> Option<Streamed> {
    let reads = matches!(row.form, Form::RestOf(_) | Form::Read(_) | Form::Paths(_));
    let mut left = row.conversions.iter().map(|(_, conversion)| conversion.action()).peekable();
    let mut streamed = Streamed { flatten: None, bounds: Bounds::default(), max: usize::MAX };
    if let Some(Action::Flatten(flatten)) = left.next_if(|action| matches!(action, Action::Flatten(_))) {
        streamed.flatten = Some(flatten.clone());
    }
    while let Some(Action::Members(of_member)) = left.next_if(|action| matches!(action, Action::Members(_))) {
        streamed.bounds = streamed.bounds.then(of_member.bounds());
    }
    if let Some(Action::LimitKeys(max)) = left.next_if(|action| matches!(action, Action::LimitKeys(_))) {
        streamed.max = *max;
    }
    (reads && !row.conversions.is_empty() && left.next().is_none()).then_some(streamed)
}

/// Writes the object that a row gives. When it is not simple, or has no value, something may have been written that does not count.
pub fn stream<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    streamed: &Streamed,
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
) -> Result<(), NotSimple> {
    out.push(b'{');
    let (start, warned) = (out.len(), sink.warnings.len());
    let Streamed { flatten, bounds, max } = streamed;
    let leaves = Leaves { out, start, bounds, names: Names::default(), left: *max };
    let mut writer = Writer { flatten: flatten.as_deref(), path: None, leaves };
    every_member(scope, row, sink, &mut writer)?;
    if writer.leaves.out.len() == start || sink.warnings.len() > warned {
        return Err(NotSimple);
    }
    out.push(b'}');
    Ok(())
}

fn every_member<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    sink: &mut Sink<T>,
    writer: &mut Writer<'_, '_>,
) -> Result<(), NotSimple> {
    let Form::RestOf(rest) = &row.form else {
        let value = chosen(scope, row).filter(|value| value.kind() == Kind::Object).ok_or(NotSimple)?;
        return value.each_entry(|name, value| writer.member(&name, value));
    };
    let names = omitted_names(scope, rest, sink).map_err(|_| NotSimple)?;
    let is_object =
        |place: &&Place| scope.of_event(place).flatten().is_some_and(|value| value.kind() == Kind::Object);
    let of_all = (rest.sources.iter().filter(is_object).count() > 1).then(Names::default);
    let mut members = RestMembers { scope, rest, names: &names, of_all, writer };
    rest.sources.iter().try_for_each(|place| match (&place.slot, &place.query) {
        (Slot::Event(node), None) => scope.doc.each_member(*node, &mut members),
        _ => Err(NotSimple),
    })
}

/// Takes the members of objects, and writes what other rows leave of them.
struct RestMembers<'w, 's, 'a, 'o, 'p> {
    scope: &'s Scope<'a>,
    rest: &'s RestOf,
    /// Names that are left out.
    names: &'s [Cow<'a, str>],
    /// The names of all members, where there are several objects: one of a later object replaces all of the one that has its name,
    /// before either is made flat.
    of_all: Option<Names>,
    writer: &'w mut Writer<'o, 'p>,
}

impl<'a> TakeMembers<'a> for RestMembers<'_, '_, 'a, '_, '_> {
    type Stop = NotSimple;

    #[inline(always)]
    fn wants(&self, node: Option<NodeId>) -> bool {
        share_of(self.rest, node) != Share::None
    }

    #[inline]
    fn member<N: Node<'a>>(&mut self, name: &str, value: N, node: Option<NodeId>) -> Result<(), NotSimple> {
        if self.names.iter().any(|left_out| left_out == name) {
            return Ok(());
        }
        if self.of_all.as_mut().is_some_and(|names| !names.add(name)) {
            return Err(NotSimple);
        }
        match node {
            Some(node) if share_of(self.rest, Some(node)) == Share::Some => {
                below(self.scope, self.rest, node).map_or(Ok(()), |value| self.writer.member(name, value))
            }
            _ => self.writer.member(name, value),
        }
    }
}

/// Writes members: what is in them, where they have to be made flat.
struct Writer<'o, 's> {
    flatten: Option<&'s Flatten>,
    /// The way to a leaf, as soon as there is one that is no member.
    path: Option<LeafPath>,
    leaves: Leaves<'o, 's>,
}

impl Writer<'_, '_> {
    #[inline(always)]
    fn member<'e>(&mut self, name: &str, value: impl Tree<'e>) -> Result<(), NotSimple> {
        match self.flatten {
            Some(flatten) if flatten.opens(value.kind()) => {
                flatten.member(name, value, self.path.get_or_insert_default(), &mut self.leaves)
            }
            _ => self.leaves.write(name, value),
        }
    }
}

/// Takes the leaves of an object, and writes those that the row's conversions leave as they are.
struct Leaves<'o, 's> {
    out: &'o mut Vec<u8>,
    /// Where the first member stands.
    start: usize,
    bounds: &'s Bounds,
    names: Names,
    /// How many members may still come.
    left: usize,
}

impl Leaves<'_, '_> {
    #[inline]
    fn write<'e>(&mut self, name: &str, value: impl Tree<'e>) -> Result<(), NotSimple> {
        if !self.names.add(name) {
            return Err(NotSimple);
        }
        match self.bounds.glance(name, &value) {
            Glance::Stays => {}
            Glance::Goes => return Ok(()),
            Glance::Unclear => return Err(NotSimple),
        }
        self.left = self.left.checked_sub(1).ok_or(NotSimple)?;
        if self.out.len() > self.start {
            self.out.push(b',');
        }
        write_key(self.out, name);
        value.write(self.out);
        Ok(())
    }
}

impl<'e> TakeLeaf<'e> for Leaves<'_, '_> {
    type Stop = NotSimple;

    #[inline]
    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), NotSimple> {
        self.write(name, value)
    }
}
