//! Objects that go from the event into the output member by member, without being put together first.
//!
//! What this writes is what [`eval`](super::row::eval) and [`Val::write`] give for the same row. Whatever is not simple is left to them: names
//! that may be there twice, whatever a conversion would change, refuse or warn of, more members than are allowed.

use mapwright_json::{Kind, write_str};

use crate::convert::{Action, ConvertError, Glance, LeafName, LeafPath, Names, TakeLeaf};
use crate::plan::{Form, Place, Row, Slot};
use crate::run::explain::Trace;
use crate::run::rest::{omitted_names, rest_member};
use crate::run::row::{Sink, chosen};
use crate::run::scope::Scope;
use crate::value::Val;

/// The row has to be evaluated.
pub(crate) struct NotSimple;

impl From<ConvertError> for NotSimple {
    fn from(_: ConvertError) -> Self {
        NotSimple
    }
}

/// Whether a row may be streamed: it reads objects and goes through their members.
pub(crate) fn may_stream(row: &Row) -> bool {
    let reads = matches!(row.form, Form::RestOf(_) | Form::Read(_) | Form::Paths(_));
    let mut left = row.conversions.iter().map(|(_, conversion)| conversion.action()).peekable();
    left.next_if(|action| matches!(action, Action::Flatten(_)));
    while left.next_if(|action| matches!(action, Action::Members(_))).is_some() {}
    left.next_if(|action| matches!(action, Action::LimitKeys(_)));
    reads && !row.conversions.is_empty() && left.next().is_none()
}

/// Writes the object that a row gives. When it is not simple, or has no value, something may have been written that does not count.
pub(crate) fn stream<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
) -> Result<(), NotSimple> {
    out.push(b'{');
    let (start, warned) = (out.len(), sink.warnings.len());
    let mut writer = Writer { out, start, row, names: Names::default(), left: usize::MAX };
    for (_, conversion) in &row.conversions {
        if let Action::LimitKeys(max) = conversion.action() {
            writer.left = *max;
        }
    }
    every_member(scope, row, sink, &mut writer)?;
    if writer.out.len() == start || sink.warnings.len() > warned {
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
    let flatten = row.conversions.first().and_then(|(_, conversion)| match conversion.action() {
        Action::Flatten(flatten) => Some(flatten.as_ref()),
        _ => None,
    });
    let mut path = LeafPath::default();
    let mut take = |name, value| match flatten {
        Some(flatten) => flatten.member(name, value, &mut path, writer),
        None => writer.leaf(LeafName::Own(name), value),
    };
    let Form::RestOf(rest) = &row.form else {
        let value = chosen(scope, row).filter(|value| value.kind() == Kind::Object).ok_or(NotSimple)?;
        return value.each_entry(take);
    };
    let names = omitted_names(scope, rest, sink).map_err(|_| NotSimple)?;
    let is_object = |place: &&Place| scope.read(place).is_some_and(|value| value.kind() == Kind::Object);
    // a member of a later object replaces all of the one that has its name, before either is made flat
    let mut of_all = (rest.sources.iter().filter(is_object).count() > 1).then(Names::default);
    for place in &rest.sources {
        let (Slot::Event(node), None) = (&place.slot, &place.query) else { return Err(NotSimple) };
        for member in scope.doc.members(*node) {
            if let Some((name, value)) = rest_member(scope, rest, &names, member) {
                if of_all.as_mut().is_some_and(|names| !names.add(&name)) {
                    return Err(NotSimple);
                }
                take(name, value)?;
            }
        }
    }
    Ok(())
}

/// Takes the leaves of an object, and writes those that the row's conversions leave as they are.
struct Writer<'o, 's> {
    out: &'o mut Vec<u8>,
    /// Where the first member stands.
    start: usize,
    row: &'s Row,
    names: Names,
    /// How many members may still come.
    left: usize,
}

impl<'e> TakeLeaf<'e> for Writer<'_, '_> {
    type Stop = NotSimple;

    fn leaf(&mut self, name: LeafName<'_, 'e>, value: Val<'e>) -> Result<(), NotSimple> {
        let (name, Val::Json(json)) = (name.as_str(), value) else { return Err(NotSimple) };
        if !self.names.add(name) {
            return Err(NotSimple);
        }
        for (_, conversion) in &self.row.conversions {
            if let Action::Members(of_member) = conversion.action() {
                match of_member.glance(name, json) {
                    Glance::Stays => {}
                    Glance::Goes => return Ok(()),
                    Glance::Unclear => return Err(NotSimple),
                }
            }
        }
        self.left = self.left.checked_sub(1).ok_or(NotSimple)?;
        if self.out.len() > self.start {
            self.out.push(b',');
        }
        write_str(self.out, name);
        self.out.push(b':');
        json.write(self.out);
        Ok(())
    }
}
