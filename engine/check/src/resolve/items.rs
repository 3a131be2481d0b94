//! Parts of the payload that read an item: only steps with `for_each` can use them.

use std::collections::HashSet;

use mapwright_convert::{PathStep, Root};

use crate::resolve::circles::Graph;
use crate::resolve::named::{Parts, Values};
use crate::resolve::reads::{What, each_read};

/// The definitions that read the item of a step, directly or through others.
#[derive(Default)]
pub(crate) struct ItemReaders {
    /// The ones that read it directly.
    pub own: HashSet<(usize, usize)>,
    fields: HashSet<(usize, usize)>,
    pub values: HashSet<usize>,
}

impl ItemReaders {
    pub(crate) fn new(graph: &Graph, parts: &Parts<'_>, values: &Values<'_>) -> Self {
        let mut own = HashSet::new();
        for (part, (_, fields)) in parts.iter().enumerate() {
            let reading = fields.iter().enumerate().filter(|(_, (_, row))| values.reads_item(row));
            own.extend(reading.map(|(field, _)| (part, field)));
        }
        if own.is_empty() {
            return Self::default();
        }
        let fields = graph.reading_items(|part, field| own.contains(&(part, field)));
        let mut readers = Self { own, fields, values: HashSet::new() };
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); values.list().len()];
        let mut open = Vec::new();
        for (value, (_, row)) in values.list().iter().enumerate() {
            each_read(row, &mut |read| match read.what {
                What::Path(Root::Payload, path) if readers.has_path(parts, path) => open.push(value),
                What::Path(..) => {}
                What::Value(name, _) => {
                    let read = values.find(name).and_then(|(read, _)| waiting.get_mut(read));
                    read.into_iter().for_each(|readers| readers.push(value));
                }
            });
        }
        while let Some(value) = open.pop() {
            if readers.values.insert(value) {
                open.extend(waiting.get(value).into_iter().flatten());
            }
        }
        readers
    }

    /// Whether a path in the payload names a field of them, or a part with one.
    fn has_path(&self, parts: &Parts<'_>, path: &[PathStep]) -> bool {
        let Some(PathStep::Key(name)) = path.first() else { return false };
        let Some(part) = parts.places.get(name.as_str()).copied() else { return false };
        let field = match path.get(1) {
            Some(PathStep::Key(field)) => parts.get(part).and_then(|(_, fields)| fields.place(field)),
            _ => None,
        };
        self.has(part, field)
    }

    /// Whether a field is one of them, or any field of a part.
    pub(crate) fn has(&self, part: usize, field: Option<usize>) -> bool {
        match field {
            Some(field) => self.fields.contains(&(part, field)),
            None => self.fields.iter().any(|(known, _)| *known == part),
        }
    }
}
