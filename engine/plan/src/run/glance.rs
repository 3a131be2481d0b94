//! What can be seen of a row without evaluating it.

use mapwright_json::{Json, Kind, Node, TakeOne};

use crate::plan::{Form, Row, Slots};
use crate::run::scope::Scope;
use mapwright_convert::Val;
use mapwright_convert::{Action, Kinds, ReadNumber};

/// The first of some slots of the event that has a value.
#[inline]
pub fn first_there<'a>(scope: &Scope<'a>, row: &Row, slots: &Slots) -> Option<Json<'a>> {
    scope.doc.offer(&slots.nodes, &mut First { row })
}

struct First<'r> {
    row: &'r Row,
}

impl<'a> TakeOne<'a> for First<'_> {
    type Taken = Json<'a>;

    #[inline(always)]
    fn value<N: Node<'a>>(&mut self, value: N) -> Option<Json<'a>> {
        is_there(self.row, value).then(|| value.into())
    }
}

/// Whether a row takes a value for one.
#[inline(always)]
pub fn is_there<'e>(row: &Row, value: impl Node<'e>) -> bool {
    value.is_something() || if value.kind() == Kind::Null { row.keep_null } else { row.keep_empty }
}

/// Whether a row reads places of the event that are not there, so that it surely has no value.
#[inline]
pub fn is_missing(scope: &Scope<'_>, row: &Row) -> bool {
    let not_there = |place| scope.of_event(place).is_some_and(|found| found.is_none());
    row.default.is_none()
        && match &row.form {
            Form::Read(place) => not_there(place),
            Form::Paths(places) => places.iter().all(not_there),
            Form::First(rows) => rows.iter().all(|row| is_missing(scope, row)),
            _ => false,
        }
}

/// Whether a value is none, as rows see it.
#[inline]
pub fn is_absent(value: &Val<'_>, keep_null: bool, keep_empty: bool) -> bool {
    match value.kind() {
        Kind::Null => !keep_null,
        Kind::String => !keep_empty && value.is_empty_text(),
        _ => false,
    }
}

/// Whether the conversions of a row surely leave a value as it is.
#[inline]
pub fn stays(row: &Row, kind: Kind) -> bool {
    row.kept.has(kind)
}

/// The kinds of values that all conversions of a row surely leave as they are.
pub fn kept(row: &Row) -> Kinds {
    let keep = |kind: &Kind| row.conversions.iter().all(|(_, conversion)| conversion.keeps(*kind));
    Kind::ALL.into_iter().filter(keep).collect()
}

/// How a row reads a number, if that is all that it does to its value.
#[inline]
pub fn read_number(row: &Row) -> Option<ReadNumber> {
    match row.conversions.as_slice() {
        [(_, conversion)] => match conversion.action() {
            Action::Number(read) => Some(*read),
            _ => None,
        },
        _ => None,
    }
}

/// The value that a row reads, before its conversions.
pub fn chosen<'a>(scope: &Scope<'a>, row: &'a Row) -> Option<Val<'a>> {
    if let Some(slots) = &row.slots {
        return first_there(scope, row, slots).map(Val::Json);
    }
    let there = |value: &Val<'a>| !is_absent(value, row.keep_null, row.keep_empty);
    match &row.form {
        Form::Read(place) => scope.read(place).filter(there),
        Form::Paths(places) => places.iter().find_map(|place| scope.read(place).filter(there)),
        _ => None,
    }
}
