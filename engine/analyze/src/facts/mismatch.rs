//! Values that the schemas of the bodies that have them refuse.

use std::collections::BTreeMap;
use std::rc::Rc;

use mapwright_convert::Patterns;
use mapwright_findings::Span;
use mapwright_language::decode::by_name;
use mapwright_language::spec::{ArgsSpec, ConversionSpec, DefaultSpec, Form};
use mapwright_language::yaml::{Data, Node};
use serde_json::Value;

use crate::facts::meet::{Meeting, Reason, Refused};
use crate::facts::sent::Sent;
use crate::facts::types::Type;
use crate::facts::typing::Typing;
use crate::view::{RowId, RowView, Rows};

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
    /// The type of the row.
    pub given: Rc<Type>,
    /// Whether the row gives nothing else.
    pub always: bool,
    /// The row, or that of its default.
    pub span: Span,
    /// The entry of a table or a list that is the value.
    pub entry: Option<Span>,
}

/// Where a refused value is to be reported.
#[derive(Debug, Clone, Copy)]
pub struct Spans {
    /// The row of the body, or the entry of a table or a list that is the value.
    pub at: Span,
    /// Where the value is made, if that is another row.
    pub made_at: Option<Span>,
    /// The row of the body, if an entry is reported.
    pub row: Option<Span>,
}

impl Mismatch {
    /// Returns the place to report.
    pub fn spans(&self, rows: &Rows<'_>) -> Spans {
        let reader = self.read_by.and_then(|reader| rows.row(reader)).map(|reader| reader.spec.span);
        match (self.entry, reader) {
            (Some(entry), reader) => Spans { at: entry, made_at: None, row: reader.or(Some(self.span)) },
            (None, Some(reader)) => Spans { at: reader, made_at: Some(self.span), row: None },
            (None, None) => Spans { at: self.span, made_at: None, row: None },
        }
    }
}

/// So many refused values are looked for in tables and lists.
const MOST_LOCATED: usize = 100;

/// The files that rows and tables stand in, laid over those that they extend.
pub(crate) struct Trees<'t> {
    /// The positions of rows.
    pub rows: Vec<&'t Node>,
    /// The position of the version.
    pub version: &'t Node,
}

impl Trees<'_> {
    /// Where a value stands that is an entry of a table or of a list of a row. Nothing, if it stands there more than once.
    fn entry(&self, row: &RowView<'_>, value: &Value) -> Option<Span> {
        let is_scalar = !matches!(value, Value::Object(_) | Value::Array(_));
        let table = row.calls.iter().find(|call| call.definition.name == LOOKUP).map(|call| call.spec);
        let inside = match table {
            _ if !is_scalar => return None,
            Some(table) => match table_name(table) {
                Some(name) => self.version.get("tables")?.get(name)?,
                None => self.row(row)?,
            },
            None if matches!(&row.spec.form, Form::Value(Value::Array(_) | Value::Object(_))) => {
                self.row(row)?
            }
            None => return None,
        };
        let mut found = Vec::new();
        equal(inside, value, &mut found);
        match found.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    fn row(&self, row: &RowView<'_>) -> Option<&Node> {
        self.rows.iter().find_map(|tree| at_span(tree, row.spec.span))
    }
}

const LOOKUP: &str = "lookup";

/// The name of the table that a look-up names.
fn table_name(call: &ConversionSpec) -> Option<&str> {
    match &call.args {
        ArgsSpec::First(table) => table.value.as_str(),
        ArgsSpec::Named(entries) => by_name(entries, "table")?.value.as_str(),
        ArgsSpec::None | ArgsSpec::Operand(_) => None,
    }
}

fn children(node: &Node) -> impl Iterator<Item = &Node> {
    let items = if let Data::List(items) = &node.data { items.as_slice() } else { &[] };
    items.iter().chain(node.as_map().unwrap_or_default().iter().map(|(_, value)| value))
}

fn at_span(node: &Node, span: Span) -> Option<&Node> {
    match node.span == span {
        true => Some(node),
        false => children(node).find_map(|child| at_span(child, span)),
    }
}

fn equal(node: &Node, value: &Value, found: &mut Vec<Span>) {
    if node.as_map().is_none() && !matches!(node.data, Data::List(_)) && node.to_json() == *value {
        found.push(node.span);
    }
    children(node).for_each(|child| equal(child, value, found));
}

/// All values that are refused wherever they are sent.
pub(crate) fn mismatches(
    rows: &Rows<'_>,
    sent: &[Sent<'_>],
    types: &Typing<'_, '_>,
    patterns: &Patterns,
    trees: &Trees<'_>,
) -> Vec<Mismatch> {
    let mut located = 0;
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
            let entry = example.as_ref().filter(|_| located < MOST_LOCATED).and_then(|value| {
                located += 1;
                trees.entry(row, value)
            });
            let mismatch =
                Mismatch { row: id, read_by, path, operations, reason, example, given, always, span, entry };
            found.push(mismatch);
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
        // the items of rows are rows, which are checked on their own
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
