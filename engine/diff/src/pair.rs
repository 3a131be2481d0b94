//! Which body and which row of one version is which of the other: those of the same name, or else those that are made of the same sources.

use std::collections::BTreeSet;

use mapwright_describe::{Message, Place, Row, SourceKind};

/// What requests of a mapping send: a payload part, or the fields of a step.
#[derive(Debug, Clone)]
pub struct Body<'d> {
    /// The name of the part, or of the step.
    pub name: &'d str,
    /// The operations that send it; none, if only other rows read it.
    pub operations: Vec<&'d str>,
    /// Its fields.
    pub rows: &'d [Row],
    /// Where it begins.
    pub place: Option<&'d Place>,
}

/// Returns the bodies of a mapping.
pub fn bodies(message: &Message) -> Vec<Body<'_>> {
    let parts = message.parts.iter().map(|part| Body {
        name: &part.name,
        operations: part.operations.iter().map(String::as_str).collect(),
        rows: &part.rows,
        place: part.rows.first().map(|row| &row.place),
    });
    let own = message.steps.iter().filter(|step| !step.body.is_empty()).map(|step| Body {
        name: &step.name,
        operations: step.operation.iter().map(String::as_str).collect(),
        rows: &step.body,
        place: step.body.first().map(|row| &row.place),
    });
    parts.chain(own).collect()
}

/// A row and the position of its body.
#[derive(Debug, Clone, Copy)]
pub struct RowAt<'d> {
    /// The position of its body.
    pub body: usize,
    /// The row.
    pub row: &'d Row,
}

/// How two rows belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    /// They have the same name in bodies that belong together.
    Name,
    /// They have other names in such bodies, and the same sources.
    Sources,
    /// They are in other bodies, and have the same name there and the same sources.
    Elsewhere,
}

/// The matching parts of two mappings.
#[derive(Debug)]
pub struct Pairs<'d> {
    /// The bodies of the old side.
    pub old: Vec<Body<'d>>,
    /// The bodies of the new side.
    pub new: Vec<Body<'d>>,
    /// The matching bodies, by position.
    pub bodies: Vec<(usize, usize)>,
    /// The matching rows, and how they match.
    pub rows: Vec<(RowAt<'d>, RowAt<'d>, Same)>,
    /// Rows that only the old side has.
    pub removed: Vec<RowAt<'d>>,
    /// Rows that only the new side has.
    pub added: Vec<RowAt<'d>>,
}

/// Bodies with less in common are others.
const SAME_BODY: f64 = 0.25;
/// Rows with less in common are others.
const SAME_ROW: f64 = 0.5;

/// Finds out what belongs together of two mappings.
pub fn pairs<'d>(old: &'d Message, new: &'d Message) -> Pairs<'d> {
    let (old, new) = (bodies(old), bodies(new));
    let bodies = body_pairs(&old, &new);
    let all = |bodies: &[Body<'d>]| -> Vec<RowAt<'d>> {
        let rows = bodies.iter().enumerate();
        rows.flat_map(|(body, of)| of.rows.iter().map(move |row| RowAt { body, row })).collect()
    };
    let mut found = RowPairs { removed: all(&old), added: all(&new), rows: Vec::new() };
    let belong = |a: &RowAt<'_>, b: &RowAt<'_>| bodies.contains(&(a.body, b.body));
    found.take(Same::Name, |a, b| if belong(a, b) && a.row.target == b.row.target { 1.0 } else { 0.0 });
    found.take(Same::Sources, |a, b| {
        let likeness = if belong(a, b) { likeness(a.row, b.row) } else { 0.0 };
        if likeness >= SAME_ROW { likeness } else { 0.0 }
    });
    found.take(Same::Elsewhere, |a, b| {
        let likeness = if last(&a.row.target) == last(&b.row.target) { likeness(a.row, b.row) } else { 0.0 };
        if !belong(a, b) && likeness >= SAME_ROW { likeness } else { 0.0 }
    });
    let RowPairs { removed, added, rows } = found;
    Pairs { old, new, bodies, rows, removed, added }
}

struct RowPairs<'d> {
    removed: Vec<RowAt<'d>>,
    added: Vec<RowAt<'d>>,
    rows: Vec<(RowAt<'d>, RowAt<'d>, Same)>,
}

impl<'d> RowPairs<'d> {
    /// Pairs the rows that are most alike, as long as any are.
    fn take(&mut self, how: Same, alike: impl Fn(&RowAt<'d>, &RowAt<'d>) -> f64) {
        let (mut left, mut kept) = (std::mem::take(&mut self.added), Vec::new());
        for a in std::mem::take(&mut self.removed) {
            let best = left
                .iter()
                .enumerate()
                .map(|(at, b)| (at, alike(&a, b)))
                .filter(|(_, likeness)| *likeness > 0.0)
                // of several that are alike, the first
                .reduce(|best, next| if next.1 > best.1 { next } else { best });
            match best {
                Some((at, _)) => {
                    let b = left.remove(at);
                    self.rows.push((a, b, how));
                }
                None => kept.push(a),
            }
        }
        (self.removed, self.added) = (kept, left);
    }
}

fn body_pairs(old: &[Body<'_>], new: &[Body<'_>]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (a, body) in old.iter().enumerate() {
        found.extend(new.iter().position(|other| other.name == body.name).map(|b| (a, b)));
    }
    loop {
        let is_free = |(a, b): (usize, usize)| !found.iter().any(|(x, y)| *x == a || *y == b);
        let free =
            (0..old.len()).flat_map(|a| (0..new.len()).map(move |b| (a, b))).filter(|pair| is_free(*pair));
        let scored = free.filter_map(|(a, b)| Some(((a, b), bodies_alike(old.get(a)?, new.get(b)?))));
        let best = scored
            .filter(|(_, likeness)| *likeness >= SAME_BODY)
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        match best {
            Some((pair, _)) => found.push(pair),
            None => return found,
        }
    }
}

/// How much two bodies have in common: the share of rows with the same name and some of the same sources.
fn bodies_alike(a: &Body<'_>, b: &Body<'_>) -> f64 {
    // what is sent is never what is only read
    if a.operations.is_empty() != b.operations.is_empty() || a.rows.is_empty() || b.rows.is_empty() {
        return 0.0;
    }
    let is_in =
        |row: &&Row| b.rows.iter().any(|other| other.target == row.target && likeness(row, other) > 0.0);
    let common = a.rows.iter().filter(is_in).count();
    2.0 * common as f64 / (a.rows.len() + b.rows.len()) as f64
}

/// How much two rows have in common: the share of the paths that they read.
fn likeness(a: &Row, b: &Row) -> f64 {
    let (a, b) = (reads(a), reads(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    2.0 * a.intersection(&b).count() as f64 / (a.len() + b.len()) as f64
}

fn reads(row: &Row) -> BTreeSet<(bool, &str)> {
    let of = |source: &'_ mapwright_describe::Source| source.kind == SourceKind::Rest;
    row.sources
        .iter()
        .flat_map(|source| source.reads.iter().map(move |read| (of(source), read.as_str())))
        .collect()
}

/// The last name of a path.
fn last(target: &str) -> &str {
    target.rsplit(['.', ']']).next().unwrap_or(target)
}
