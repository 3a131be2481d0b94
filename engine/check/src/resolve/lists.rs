//! The size of named values, including the values that they name: if each of 24 lists names the next one twice, the first has more alternatives than
//! fit into memory.

use std::collections::{HashMap, HashSet};

use mapwright_findings::Reports;
use mapwright_findings::rules::invalid_value;
use mapwright_language::limits::{LIST_DEPTH, LIST_ROWS};
use mapwright_language::spec::{Form, RowSpec};

use crate::resolve::reads::{What, each_read};

/// Named values, in order.
type List<'c> = [(&'c str, &'c RowSpec)];

/// The size of a list.
#[derive(Debug, Clone, Copy, Default)]
struct ListSize {
    rows: usize,
    depth: usize,
}

impl ListSize {
    /// Describes the limit that the size exceeds.
    fn problem(self) -> Option<String> {
        let inside = "including those of the lists that it names";
        if self.depth > LIST_DEPTH {
            Some(format!("nests rows more than {LIST_DEPTH} levels deep, {inside} (limit `list_depth`)"))
        } else if self.rows > LIST_ROWS {
            Some(format!("has more than {LIST_ROWS} alternatives, {inside} (limit `list_rows`)"))
        } else {
            None
        }
    }
}

/// Reports values that exceed a limit, and returns their positions. A value that only names such a value is returned and not reported.
pub(crate) fn refuse(list: &List<'_>, reports: &mut Reports) -> HashSet<usize> {
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(list.len());
    for (place, (name, _)) in list.iter().enumerate() {
        places.entry(name).or_insert(place);
    }
    let named: Vec<Vec<usize>> = list.iter().map(|(_, row)| named_in(row, &places)).collect();
    let mut sizes: Vec<Option<ListSize>> = vec![None; list.len()];
    for value in 0..list.len() {
        measure(value, list, &named, &mut sizes);
    }
    let problem = |value: usize| sizes.get(value).copied().flatten().and_then(ListSize::problem);
    let mut refused = HashSet::new();
    for (value, (name, row)) in list.iter().enumerate() {
        let Some(problem_here) = problem(value) else { continue };
        let mut inside = named.get(value).into_iter().flatten().filter(|inner| **inner != value);
        if !inside.any(|inner| problem(*inner).is_some()) {
            let message = format!("the value `${name}` {problem_here}");
            invalid_value::report(
                reports,
                row.span,
                message,
                "divide it into values that do not name each other",
            );
        }
        refused.insert(value);
    }
    refused
}

/// Measures a value and those that it names, each once, without recursion: they may be nested deeper than the stack allows.
fn measure(value: usize, list: &List<'_>, named: &[Vec<usize>], sizes: &mut [Option<ListSize>]) {
    /// A value that is being measured: the remaining values that it names, and its size so far.
    struct Open {
        value: usize,
        left: Vec<usize>,
        size: ListSize,
    }
    let open = |value: usize| {
        let (rows, depth) = list.get(value).map(|(_, row)| rows_in(row))?;
        Some(Open { value, left: named.get(value)?.clone(), size: ListSize { rows, depth } })
    };
    if sizes.get(value).is_none_or(Option::is_some) {
        return;
    }
    let mut path: Vec<Open> = open(value).into_iter().collect();
    // a value that is being measured has no size yet; one that names itself is reported as a circle
    set(sizes, value, ListSize::default());
    while let Some(last) = path.last_mut() {
        match last.left.pop() {
            Some(inner) => match sizes.get(inner).copied().flatten() {
                Some(known) => {
                    last.size.rows = last.size.rows.saturating_add(known.rows);
                    last.size.depth = last.size.depth.max(known.depth.saturating_add(1));
                }
                None => {
                    if let Some(more) = open(inner) {
                        // its size is added once it is known
                        last.left.push(inner);
                        set(sizes, inner, ListSize::default());
                        path.push(more);
                    }
                }
            },
            None => {
                set(sizes, last.value, last.size);
                path.pop();
            }
        }
    }
}

fn set(sizes: &mut [Option<ListSize>], value: usize, size: ListSize) {
    if let Some(slot) = sizes.get_mut(value) {
        *slot = Some(size);
    }
}

/// Returns the number of rows in a row, including itself, and their depth.
fn rows_in(row: &RowSpec) -> (usize, usize) {
    let (mut count, mut deepest) = (1, 0);
    each_inside(&row.form, &mut |row| {
        let (more, depth) = rows_in(row);
        count += more;
        deepest = depth.max(deepest);
    });
    (count, deepest + 1)
}

/// Returns the values that a row names, with repetitions.
fn named_in(row: &RowSpec, places: &HashMap<&str, usize>) -> Vec<usize> {
    let mut named = Vec::new();
    each_read(row, &mut |read| match read.what {
        What::Value(name, _) => {
            named.extend(
                places.get(name).into_iter().flat_map(|place| std::iter::repeat_n(*place, read.times)),
            );
        }
        What::Path(..) => {}
    });
    named
}

/// Calls `show` with each row of a form.
fn each_inside<'c>(form: &'c Form, show: &mut dyn FnMut(&'c RowSpec)) {
    match form {
        Form::Source(_) | Form::Value(_) | Form::Template(_) | Form::RestOf { .. } => {}
        Form::First { alternatives: rows, key } => rows.iter().chain(key.as_deref()).for_each(show),
        Form::Join { parts: rows, .. } | Form::Concat(rows) | Form::Merge(rows) | Form::List(rows) => {
            rows.iter().for_each(show);
        }
        Form::Written { from, with } => {
            show(from);
            with.iter().for_each(|(_, row)| show(row));
        }
        Form::Object(fields) => fields.iter().for_each(|(_, row)| show(row)),
        Form::Computed { key, to } => [key, to].into_iter().for_each(|row| show(row)),
        Form::Each { list, key, to, .. } => {
            [Some(list), key.as_ref(), Some(to)].into_iter().flatten().for_each(|row| show(row));
        }
        Form::Switch { on, cases, otherwise } => {
            show(on);
            cases.iter().for_each(|(_, row)| show(row));
            otherwise.iter().for_each(|row| show(row));
        }
    }
}
