//! The size of named lists, including the lists that they name: if each of 24 lists names the next one twice, the first has more alternatives than
//! fit into memory.

use std::collections::{HashMap, HashSet};

use mapwright_convert::Source;
use mapwright_findings::rules::invalid_value;
use mapwright_findings::{At, Reports};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::limits::{LIST_DEPTH, LIST_ROWS};
use mapwright_language::spec::{Alternatives, Form, RowSpec};

/// The size of a list.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    rows: usize,
    depth: usize,
}

impl Size {
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

/// Reports lists that exceed a limit, and returns their names. A list that only names such a list is returned and not reported.
pub(crate) fn refuse<'c>(lists: &'c Named<Alternatives>, reports: &mut Reports) -> HashSet<&'c str> {
    let mut sizes: HashMap<&str, Size> = HashMap::with_capacity(lists.len());
    for (name, _) in lists {
        measure(&name.value, lists, &mut sizes);
    }
    let problem = |name: &str| sizes.get(name).and_then(|size| size.problem());
    let mut refused = HashSet::new();
    for (name, list) in lists {
        let Some(problem_here) = problem(&name.value) else { continue };
        let mut named = named_in(&list.0).into_iter().filter(|(named, _)| *named != name.value);
        if !named.any(|(named, _)| problem(named).is_some()) {
            let message = format!("the list `${}` {problem_here}", name.value);
            invalid_value::report(
                reports,
                name.span,
                message,
                "divide it into lists that do not name each other",
            );
        }
        refused.insert(name.value.as_str());
    }
    refused
}

/// Measures a list and those that it names, each once, without recursion: they may be nested deeper than the stack allows.
fn measure<'c>(name: &'c str, lists: &'c Named<Alternatives>, sizes: &mut HashMap<&'c str, Size>) {
    /// A list that is being measured: the remaining lists that it names, with their depth in it, and its size so far.
    struct Open<'c> {
        name: &'c str,
        left: Vec<(&'c str, usize)>,
        size: Size,
    }
    let open = |name: &'c str| {
        let list = by_name(lists, name)?;
        let (rows, depth) = list
            .0
            .iter()
            .map(rows_in)
            .fold((0, 0), |(rows, deepest), (more, depth)| (rows + more, depth.max(deepest)));
        Some(Open { name, left: named_in(&list.0), size: Size { rows, depth } })
    };
    if sizes.contains_key(name) {
        return;
    }
    let mut path: Vec<Open<'c>> = open(name).into_iter().collect();
    // a list that is being measured has no size yet; a list that contains itself is reported when it is resolved
    sizes.insert(name, Size::default());
    while let Some(last) = path.last_mut() {
        match last.left.pop() {
            Some((named, depth)) => match sizes.get(named) {
                Some(known) => {
                    last.size.rows = last.size.rows.saturating_add(known.rows);
                    last.size.depth = last.size.depth.max(known.depth.saturating_add(depth));
                }
                None => {
                    if let Some(inner) = open(named) {
                        // its size is added once it is known
                        last.left.push((named, depth));
                        sizes.insert(named, Size::default());
                        path.push(inner);
                    }
                }
            },
            None => {
                sizes.insert(last.name, last.size);
                path.pop();
            }
        }
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

/// Returns the lists that rows name, with repetitions and the depth of each reference.
fn named_in(rows: &[RowSpec]) -> Vec<(&str, usize)> {
    fn collect<'c>(row: &'c RowSpec, depth: usize, names: &mut Vec<(&'c str, usize)>) {
        let named = |source: &'c At<Source>| match &source.value {
            Source::Named(name) => Some((name.as_str(), depth)),
            Source::Path(_) => None,
        };
        match &row.form {
            Form::Source(source) => names.extend(named(source)),
            Form::RestOf { sources, omit } => {
                names.extend(sources.iter().filter_map(named));
                names.extend(omit.iter().filter_map(|entry| Some((entry.value.strip_prefix('$')?, depth))));
            }
            form => each_inside(form, &mut |row| collect(row, depth + 1, names)),
        }
    }
    let mut names = Vec::new();
    rows.iter().for_each(|row| collect(row, 1, &mut names));
    names
}

/// Calls `show` with each row of a form.
fn each_inside<'c>(form: &'c Form, show: &mut dyn FnMut(&'c RowSpec)) {
    match form {
        Form::Source(_) | Form::Value(_) | Form::Template(_) | Form::RestOf { .. } => {}
        Form::First { alternatives: rows, key } => rows.iter().chain(key.as_deref()).for_each(show),
        Form::Join { parts: rows, .. } | Form::Concat(rows) | Form::Merge(rows) | Form::List(rows) => {
            rows.iter().for_each(show);
        }
        Form::Object(fields) => fields.iter().for_each(|(_, row)| show(row)),
        Form::Each { list, to, .. } => [list, to].into_iter().for_each(|row| show(row)),
        Form::Switch { on, cases, otherwise } => {
            show(on);
            cases.iter().for_each(|(_, row)| show(row));
            otherwise.iter().for_each(|row| show(row));
        }
    }
}
