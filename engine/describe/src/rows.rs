//! Rows of trait tables: objects by their fields, with what the row of a named value says.

use std::collections::{BTreeSet, HashSet};

use mapwright_convert::Source as SourceSpec;
use mapwright_findings::At;
use mapwright_language::spec::{DefaultSpec, FIELD_ITEMS, Form, Keep, OnMissing, RowSpec};

use crate::data::{Absence, Missing, Naming, Row, SourceKind};
use crate::reader::{DEEPEST, Reader, argument, conditions, one_line};

/// A step of the path to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    Field(String),
    Item(usize),
    Each,
}

/// The path as text.
pub(crate) fn path(segments: &[Segment]) -> String {
    let mut text = String::new();
    for segment in segments {
        match segment {
            Segment::Field(name) if text.is_empty() => text.push_str(name),
            Segment::Field(name) => text.extend([".", name]),
            Segment::Item(at) => text.push_str(&format!("[{at}]")),
            Segment::Each => text.push_str("[]"),
        }
    }
    text
}

/// A list of rows that is made, and what the schema says of a path.
pub(crate) struct Rows<'v, 't> {
    pub(crate) reader: Reader<'v>,
    /// The types that a schema has for a path.
    pub(crate) types: &'t dyn Fn(&[Segment]) -> Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// Rows without a schema.
pub(crate) fn named<'s>(
    reader: Reader<'_>,
    fields: impl IntoIterator<Item = &'s (At<String>, RowSpec)>,
) -> Vec<Row> {
    let mut rows = Rows { reader, types: &|_| Vec::new(), rows: Vec::new() };
    fields
        .into_iter()
        .for_each(|(name, row)| rows.add(vec![Segment::Field(name.value.clone())], row, &[], 0));
    rows.rows
}

/// One row that is not taken apart.
pub(crate) fn single(reader: Reader<'_>, name: &str, row: &RowSpec) -> Row {
    let rows = Rows { reader, types: &|_| Vec::new(), rows: Vec::new() };
    let layers = layers(reader, row);
    rows.row(&[Segment::Field(name.to_owned())], &layers, &[], 0)
}

/// A row, and those that it is made of alone, outermost first: named values, and alternatives without others.
fn layers<'r>(reader: Reader<'r>, row: &'r RowSpec) -> Vec<&'r RowSpec> {
    let mut layers = vec![row];
    while layers.len() < DEEPEST {
        let next = match layers.last().map(|row| &row.form) {
            Some(Form::Source(source)) => match &source.value {
                SourceSpec::Named(named) if named.steps.is_empty() => {
                    reader.values.find(&named.name).map(|(_, row)| row)
                }
                _ => None,
            },
            Some(Form::First { alternatives, key: None }) => match alternatives.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            Some(
                Form::First { key: Some(_), .. }
                | Form::Value(_)
                | Form::Template(_)
                | Form::Written { .. }
                | Form::Join { .. }
                | Form::Concat(_)
                | Form::Merge(_)
                | Form::RestOf { .. }
                | Form::Object(_)
                | Form::Computed { .. }
                | Form::List(_)
                | Form::Each { .. }
                | Form::Switch { .. },
            )
            | None => None,
        };
        match next {
            Some(next) => layers.push(next),
            None => break,
        }
    }
    layers
}

impl<'v> Rows<'v, '_> {
    /// Adds a row; an object, and a list of items that are stated, as the rows in it.
    pub(crate) fn add(&mut self, target: Vec<Segment>, row: &'v RowSpec, outer: &[String], depth: usize) {
        let layers = layers(self.reader, row);
        let mut all = outer.to_vec();
        layers.iter().for_each(|layer| all.extend(conditions(layer)));
        let is_converted = layers.iter().any(|layer| {
            !layer.conversions.is_empty() || layer.default.is_some() || layer.on_missing != OnMissing::Omit
        });
        let with = |segment: Segment| target.iter().cloned().chain([segment]).collect::<Vec<_>>();
        let innermost = layers.last().map(|row| &row.form).filter(|_| !is_converted && depth < DEEPEST);
        match innermost {
            Some(Form::Object(fields)) if !fields.is_empty() => {
                for (name, row) in fields {
                    self.add(with(Segment::Field(name.value.clone())), row, &all, depth + 1);
                }
            }
            Some(Form::List(items)) if !items.is_empty() => {
                for (at, row) in items.iter().enumerate() {
                    self.add(with(Segment::Item(at)), row, &all, depth + 1);
                }
            }
            Some(Form::Each { list, filter, key: None, to, .. }) if matches!(to.form, Form::Object(_)) => {
                let mut of_list = all.clone();
                of_list.extend(filter.iter().map(crate::reader::condition));
                let items = self.row(&with(Segment::Each), &[list], &of_list, depth);
                self.rows.push(items);
                self.add(with(Segment::Each), to, &[], depth + 1);
            }
            Some(
                Form::Source(_)
                | Form::First { .. }
                | Form::Value(_)
                | Form::Template(_)
                | Form::Written { .. }
                | Form::Join { .. }
                | Form::Concat(_)
                | Form::Merge(_)
                | Form::RestOf { .. }
                | Form::Object(_)
                | Form::Computed { .. }
                | Form::List(_)
                | Form::Each { .. }
                | Form::Switch { .. },
            )
            | None => {
                let row = self.row(&target, &layers, outer, depth);
                self.rows.push(row);
            }
        }
    }

    fn row(&self, target: &[Segment], layers: &[&RowSpec], outer: &[String], depth: usize) -> Row {
        let reader = self.reader;
        let mut sources = layers.last().map(|row| reader.of_form(row, depth + 1)).unwrap_or_default();
        let mut all = outer.to_vec();
        layers.iter().for_each(|layer| all.extend(conditions(layer)));
        let mut conversions = Vec::new();
        for layer in layers.iter().rev() {
            conversions.extend(reader.conversions(&layer.conversions));
        }
        let mut fails = layers.iter().find_map(|row| reader.invalid(row));
        if let Some(first) = sources.first().cloned().filter(|first| !first.conversions.is_empty())
            && sources.iter().all(|source| source.conversions == first.conversions)
        {
            sources.iter_mut().for_each(|source| {
                source.conversions.clear();
                source.invalid = None;
            });
            conversions.splice(0..0, first.conversions);
            fails = fails.or(first.invalid);
        }
        let is_rest = sources.iter().any(|source| source.kind == SourceKind::Rest);
        // what only picks known names takes no others
        let picks = conversions.iter().any(|call| call.name == "pick");
        let naming = Some(self.naming(layers, depth)).filter(|_| !picks);
        let naming = naming.filter(|naming| is_rest || naming.separator.is_some());
        let missing = match layers.iter().find_map(|row| row.default.as_ref()) {
            Some(DefaultSpec::Value(value)) => Missing::Default(value.to_string()),
            Some(DefaultSpec::Row(row)) => Missing::Default(reader.whole(row, depth + 1).0),
            None => match layers.iter().map(|row| row.on_missing).find(|word| *word != OnMissing::Omit) {
                Some(OnMissing::Reject) => Missing::Reject,
                Some(OnMissing::Null) => Missing::Null,
                _ => Missing::Omit,
            },
        };
        let word = |keep: &Keep| keep.word().to_owned();
        Row {
            target: if target == [Segment::Field(FIELD_ITEMS.to_owned())] {
                "[]".to_owned()
            } else {
                path(target)
            },
            about: layers.iter().find_map(|row| row.description.as_deref()).map(one_line),
            types: (self.types)(target),
            sources,
            conversions,
            conditions: all,
            absence: Absence {
                missing,
                invalid: fails,
                keeps: layers.iter().flat_map(|row| &row.keep).map(word).collect(),
                error: layers.iter().find_map(|row| row.error.clone()),
            },
            naming,
            place: layers.first().map(|row| reader.place(row.span)).unwrap_or_else(|| reader.place(NOWHERE)),
        }
    }

    /// What the conversions of a row, and those of its alternatives, say of names.
    fn naming(&self, layers: &[&RowSpec], depth: usize) -> Naming {
        let mut naming = Naming::default();
        let innermost = layers.last().map(|row| &row.form);
        let alternatives = match innermost {
            Some(Form::First { alternatives, .. }) if depth < DEEPEST => alternatives.as_slice(),
            Some(
                Form::Source(_)
                | Form::First { .. }
                | Form::Value(_)
                | Form::Template(_)
                | Form::Written { .. }
                | Form::Join { .. }
                | Form::Concat(_)
                | Form::Merge(_)
                | Form::RestOf { .. }
                | Form::Object(_)
                | Form::Computed { .. }
                | Form::List(_)
                | Form::Each { .. }
                | Form::Switch { .. },
            )
            | None => &[],
        };
        for row in layers.iter().copied().chain(alternatives) {
            for (call, definition) in self.reader.calls(&row.conversions) {
                let text = |name: &str| argument(call, definition, name)?.as_str().map(str::to_owned);
                let number = |name: &str| argument(call, definition, name)?.as_u64();
                match call.name.value.as_str() {
                    "flatten" => naming.separator = text("separator").or_else(|| Some(".".to_owned())),
                    "limit_names" => (naming.longest, naming.without) = (number("max"), text("without")),
                    "limit_keys" => naming.most = number("max"),
                    _ => {}
                }
            }
        }
        naming
    }
}

const NOWHERE: mapwright_findings::Span =
    mapwright_findings::Span { file: mapwright_findings::FileId(0), start: 0, end: 0 };

/// Notes which members the rows of a part read, beside what takes the rest.
pub(crate) fn reserve(rows: &mut [Row]) {
    let reads: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.sources.iter().filter(|source| source.kind != SourceKind::Rest))
        .map(|sources| sources.flat_map(|source| source.reads.clone()).collect())
        .collect();
    for row in rows.iter_mut() {
        let Some(naming) = &mut row.naming else { continue };
        let rests = || row.sources.iter().filter(|source| source.kind == SourceKind::Rest);
        let mut reserved: Vec<String> = rests().flat_map(|source| source.omits.clone()).collect();
        let below = |base: &String| {
            let below = |read: &String| Some(read.strip_prefix(base)?.strip_prefix('.')?.to_owned());
            reads.iter().flatten().filter_map(below).collect::<Vec<_>>()
        };
        let below: Vec<String> = rests().flat_map(|source| &source.reads).flat_map(below).collect();
        let head = |read: &String| read.split(['.', '[']).next().unwrap_or(read).to_owned();
        let is_whole = |read: &&String| !read.contains(['.', '[']);
        let wholes: HashSet<String> = reserved.iter().chain(below.iter().filter(is_whole)).cloned().collect();
        let parts = below.iter().filter(|read| !wholes.contains(&head(read))).cloned();
        naming.parts = parts.collect::<BTreeSet<String>>().into_iter().collect();
        reserved.extend(below.iter().map(head));
        reserved.sort();
        reserved.dedup();
        naming.reserved = reserved;
    }
}
