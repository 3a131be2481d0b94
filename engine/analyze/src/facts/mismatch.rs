//! Values that the schemas of the bodies that have them refuse.

use std::collections::BTreeMap;
use std::rc::Rc;

use mapwright_convert::Patterns;
use mapwright_findings::Span;
use mapwright_language::spec::DefaultSpec;
use serde_json::Value;

use crate::facts::meet::{Meeting, Reason, Refused};
use crate::facts::sent::Sent;
use crate::facts::types::Type;
use crate::facts::typing::Typing;
use crate::view::{RowId, Rows};

/// A value that schemas refuse.
#[derive(Debug)]
pub struct Mismatch {
    /// The row that gives it.
    pub row: RowId,
    /// The row of the body that reads it, if it is in a named value or in another field.
    pub read_by: Option<RowId>,
    /// The names on the way to it, from the body.
    pub path: Rc<[String]>,
    /// The operations whose schemas refuse it.
    pub operations: Vec<String>,
    /// Why.
    pub reason: Reason,
    /// A value that shows it.
    pub example: Option<Value>,
    /// What the row gives.
    pub given: Rc<Type>,
    /// Whether the row gives nothing else.
    pub always: bool,
    /// Where the value is written, or the row.
    pub span: Span,
}

impl Mismatch {
    /// The place to report: the row of the body; and that where the value is made, if it is another one.
    pub fn spans(&self, rows: &Rows<'_>) -> (Span, Option<Span>) {
        match self.read_by.and_then(|reader| rows.row(reader)) {
            Some(reader) => (reader.spec.span, Some(self.span)),
            None => (self.span, None),
        }
    }
}

/// All values that are refused wherever they are sent.
pub(crate) fn mismatches(
    rows: &Rows<'_>,
    sent: &[Sent<'_>],
    types: &Typing<'_, '_>,
    patterns: &Patterns,
) -> Vec<Mismatch> {
    let mut by_row: BTreeMap<(RowId, Option<RowId>), Vec<&Sent<'_>>> = BTreeMap::new();
    for sent in sent.iter().filter(|sent| !sent.spot.is_closed()) {
        by_row.entry((sent.row, sent.read_by)).or_default().push(sent);
    }
    let mut found = Vec::new();
    for ((id, read_by), sent) in by_row {
        let Some(row) = rows.row(id) else { continue };
        let mut tell = |given: Rc<Type>, always: bool, refused: Refused, span: Span| {
            let operations = sent.iter().map(|sent| sent.target.operation.to_owned()).collect();
            let path = sent.first().map(|sent| sent.path.clone()).unwrap_or_else(|| Rc::from([]));
            let Refused { reason, example } = refused;
            found.push(Mismatch { row: id, read_by, path, operations, reason, example, given, always, span });
        };
        let meeting = |sent: &Sent<'_>, value: &Type| {
            let meeting = Meeting { schema: sent.target.schema, patterns };
            meeting.refused(value, &sent.spot)
        };
        // a value counts as refused if all bodies that have it refuse it
        let by_all = |value: &Type| {
            let all: Option<Vec<Refused>> = sent.iter().map(|sent| meeting(sent, value)).collect();
            all.and_then(|all| all.into_iter().next())
        };
        if let Some(DefaultSpec::Value(value)) = &row.spec.default {
            let given = Type::literal(value);
            if let Some(refused) = by_all(&given) {
                tell(Rc::new(given), true, refused, row.spec.span);
            }
        }
        if !sent.iter().all(|sent| sent.is_leaf) {
            continue;
        }
        let mut given = types.of_but_default(id);
        // the items of rows are rows, which are looked at on their own
        if row.calls.is_empty() && given.items.is_some() {
            given = Rc::new(Type { items: None, ..(*given).clone() });
        }
        if let Some(refused) = by_all(&given) {
            let always = !matches!(row.spec.default, Some(DefaultSpec::Value(_)));
            tell(given, always, refused, row.spec.span);
            continue;
        }
        for literal in given.literals.as_deref().unwrap_or_default() {
            let is_default = matches!(&row.spec.default, Some(DefaultSpec::Value(value)) if value == literal);
            if !is_default && let Some(refused) = by_all(&Type::literal(literal)) {
                tell(given.clone(), false, refused, row.spec.span);
            }
        }
    }
    found
}
