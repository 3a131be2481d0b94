//! What rows leave of objects: the members that no other row of a part reads.

use std::borrow::Cow;

use mapwright_json::{Kind, Member, NodeId};

use crate::plan::{RestOf, Share, Slot};
use crate::run::explain::{Heard, Trace};
use crate::run::glance::{chosen, is_missing};
use crate::run::row::{Evaluated, RowError, Sink, eval};
use crate::run::scope::Scope;
use crate::run::union::Union;
use mapwright_convert::Val;
use mapwright_language::spec::OnMissing;

/// The names that a rest leaves out, as the event or the settings say.
pub fn omitted_names<'a, T: Trace>(
    scope: &Scope<'a>,
    rest: &'a RestOf,
    sink: &mut Sink<T>,
) -> Result<Vec<Cow<'a, str>>, RowError> {
    let mut names = Vec::new();
    for row in &rest.omit {
        if !T::ON && row.on_missing == OnMissing::Omit && is_missing(scope, row) {
            continue;
        }
        let name = if row.plain && !T::ON { chosen(scope, row) } else { eval(scope, row, sink)? };
        names.extend(name.and_then(|name| name.to_text()));
    }
    Ok(names)
}

/// What a rest takes of the value of a node.
#[inline(always)]
pub fn share_of(rest: &RestOf, node: Option<NodeId>) -> Share {
    node.and_then(|node| rest.shares.get(node.index()).copied()).unwrap_or(Share::All)
}

/// What a rest takes of a member of the event; nothing when other rows have read it, or it is left out.
fn rest_member<'a>(
    scope: &Scope<'a>,
    rest: &RestOf,
    names: &[Cow<'a, str>],
    member: Member<'a>,
) -> Option<(Cow<'a, str>, Val<'a>)> {
    if names.contains(&member.key) {
        return None;
    }
    share(scope, rest, &member).map(|value| (member.key, value))
}

fn share<'a>(scope: &Scope<'a>, rest: &RestOf, member: &Member<'a>) -> Option<Val<'a>> {
    match (share_of(rest, member.node), member.node) {
        (Share::None, _) => None,
        (Share::Some, Some(node)) => below(scope, rest, node),
        _ => Some(Val::Json(member.value)),
    }
}

/// An object of what rows leave of the members of others. A member of a later object replaces one of an earlier, unless it has no value
/// where the other has one.
pub fn rest_of<'a, T: Trace>(
    scope: &Scope<'a>,
    rest: &'a RestOf,
    is_value: impl Fn(&Val<'a>) -> bool,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    let names = omitted_names(scope, rest, sink)?;
    let mut union = Union::default();
    let mut left_out: Vec<String> = Vec::new();
    for place in &rest.sources {
        let mut members = Vec::with_capacity(16);
        match (&place.slot, &place.query) {
            (Slot::Event(node), None) => {
                for member in scope.doc.members(*node) {
                    let key = T::ON.then(|| member.key.clone().into_owned());
                    match rest_member(scope, rest, &names, member) {
                        Some(entry) => members.push(entry),
                        None => left_out.extend(key),
                    }
                }
            }
            _ => {
                for (key, value) in scope.read(place).map(Val::into_entries).unwrap_or_default() {
                    if !names.contains(&key) && !rest.names.iter().any(|name| *name == key) {
                        members.push((key, value));
                    } else if T::ON {
                        left_out.push(key.into_owned());
                    }
                }
            }
        }
        union.add(members, |value, known| is_value(value) || !is_value(known));
        if T::ON {
            sink.trace.hear(Heard::Tried(&place.text, scope.read(place).as_ref()));
        }
        if T::ON && !left_out.is_empty() {
            sink.trace.hear(Heard::LeftOut(std::mem::take(&mut left_out)));
        }
    }
    Ok(union.into_val())
}

/// What is left of an object of which other rows read a part.
#[inline(never)]
pub fn below<'a>(scope: &Scope<'a>, rest: &RestOf, node: NodeId) -> Option<Val<'a>> {
    let value = scope.doc.get(node)?;
    if value.kind() != Kind::Object {
        return Some(Val::Json(value));
    }
    let mut entries = Vec::new();
    for member in scope.doc.members(node) {
        entries.extend(share(scope, rest, &member).map(|value| (member.key, value)));
    }
    (!entries.is_empty()).then_some(Val::Object(entries))
}
