//! Evaluates paths that can name several values: RFC 9535, without copies and with bounded work.
//!
//! `jsonpath-rust` parses the paths. Its own evaluator keeps the normalized path of every visited value, which takes far more memory than
//! the document, and its work is unbounded.

mod compared;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Segment, Selector, SingularQuery,
    SingularQuerySegment, Test, TestFunction,
};
use mapwright_json::{Json, Kind, Number};
use regex::Regex;

use crate::eval::query::compared::{Compared, of_iregexp};
use crate::limits::PATH_STEPS;
use mapwright_convert::{Val, compile_pattern};

/// An error about a path that visits more values than the limit `path_steps` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("visits more than {PATH_STEPS} values (limit `path_steps`)")]
pub(crate) struct TooManySteps;

type Nodes<'d> = Vec<Json<'d>>;

/// The bytes of text that count as one step.
const TEXT: usize = 16;

/// The steps that compiling a regular expression counts as: it takes milliseconds, and an event may hold many.
const COMPILING: usize = 1 << 14;

/// Returns the values that a path names, in the order of the document. In its filters, `$` is `root`.
pub(crate) fn select<'d>(query: &JpQuery, from: Json<'d>, root: Json<'d>) -> Result<Nodes<'d>, TooManySteps> {
    select_within(PATH_STEPS, query, from, root)
}

fn select_within<'d>(
    steps: usize,
    query: &JpQuery,
    from: Json<'d>,
    root: Json<'d>,
) -> Result<Nodes<'d>, TooManySteps> {
    Evaluation { root, left: steps, of_root: HashMap::new(), patterns: HashMap::new() }
        .segments(&query.segments, vec![from])
}

/// Returns the number of values in a value, including itself; counting stops at `most`.
pub(crate) fn values_in(json: Json<'_>, most: usize) -> usize {
    let mut count = 1;
    match json.kind() {
        Kind::Array => {
            let mut items = json.items();
            while let Some(item) = (count < most).then(|| items.next()).flatten() {
                count += values_in(item, most - count);
            }
        }
        Kind::Object => {
            let mut entries = json.entries();
            while let Some((_, value)) = (count < most).then(|| entries.next()).flatten() {
                count += values_in(value, most - count);
            }
        }
        _ => {}
    }
    count
}

struct Evaluation<'d> {
    root: Json<'d>,
    /// The remaining steps.
    left: usize,
    /// The results of queries that start at the root, by the address of the query: they are the same for every value.
    of_root: HashMap<usize, Rc<Nodes<'d>>>,
    /// Regular expressions by their text; `None` if the text is not a valid one.
    patterns: HashMap<String, Option<Regex>>,
}

impl<'d> Evaluation<'d> {
    fn step(&mut self, steps: usize) -> Result<(), TooManySteps> {
        self.left = self.left.checked_sub(steps).ok_or(TooManySteps)?;
        Ok(())
    }

    fn segments(&mut self, segments: &[Segment], from: Nodes<'d>) -> Result<Nodes<'d>, TooManySteps> {
        let mut nodes = from;
        for segment in segments {
            nodes = self.segment(segment, nodes)?;
        }
        Ok(nodes)
    }

    fn segment(&mut self, segment: &Segment, nodes: Nodes<'d>) -> Result<Nodes<'d>, TooManySteps> {
        let mut found = Vec::new();
        match segment {
            Segment::Descendant(segment) => {
                let mut containers = Vec::new();
                for node in nodes {
                    self.descend(node, &mut containers)?;
                }
                return self.segment(segment, containers);
            }
            Segment::Selector(selector) => self.selector(selector, &nodes, &mut found)?,
            Segment::Selectors(selectors) => {
                for selector in selectors {
                    self.selector(selector, &nodes, &mut found)?;
                }
            }
        }
        Ok(found)
    }

    /// Collects the lists and objects in a value, including itself, each before those in it.
    fn descend(&mut self, node: Json<'d>, containers: &mut Nodes<'d>) -> Result<(), TooManySteps> {
        self.step(1)?;
        match node.kind() {
            Kind::Array => {
                containers.push(node);
                node.items().try_for_each(|item| self.descend(item, containers))
            }
            Kind::Object => {
                containers.push(node);
                node.entries().try_for_each(|(_, value)| self.descend(value, containers))
            }
            _ => Ok(()),
        }
    }

    fn selector(
        &mut self,
        selector: &Selector,
        nodes: &[Json<'d>],
        found: &mut Nodes<'d>,
    ) -> Result<(), TooManySteps> {
        for node in nodes {
            self.step(1)?;
            match (selector, node.kind()) {
                (Selector::Name(name), Kind::Object) => found.extend(node.get(name)),
                (Selector::Index(index), Kind::Array) => found.extend(self.index(*node, *index)?),
                (Selector::Wildcard, Kind::Array | Kind::Object) => {
                    for child in children(*node) {
                        self.step(1)?;
                        found.push(child);
                    }
                }
                (Selector::Slice(start, end, step), Kind::Array) => {
                    self.slice(*node, *start, *end, step.unwrap_or(1), found)?;
                }
                (Selector::Filter(filter), Kind::Array | Kind::Object) => {
                    for child in children(*node) {
                        self.step(1)?;
                        if self.holds(filter, child)? {
                            found.push(child);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn index(&mut self, node: Json<'d>, index: i64) -> Result<Option<Json<'d>>, TooManySteps> {
        let place = match usize::try_from(index) {
            Ok(place) => Some(place),
            Err(_) => {
                let length = node.items().count();
                self.step(length)?;
                usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back))
            }
        };
        Ok(place.and_then(|place| node.index(place)))
    }

    fn slice(
        &mut self,
        node: Json<'d>,
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
        found: &mut Nodes<'d>,
    ) -> Result<(), TooManySteps> {
        let items: Nodes<'d> = node.items().collect();
        self.step(items.len())?;
        let length = items.len() as i64;
        let from_start = |place: i64| if place < 0 { length.saturating_add(place) } else { place };
        let (first, last) = if step > 0 {
            let place = |place| from_start(place).clamp(0, length);
            (place(start.unwrap_or(0)), place(end.unwrap_or(length)))
        } else {
            let place = |place| from_start(place).clamp(-1, length - 1);
            (place(start.unwrap_or(length - 1)), end.map_or(-1, place))
        };
        let mut at = first;
        while step != 0 && if step > 0 { at < last } else { at > last } {
            found.extend(usize::try_from(at).ok().and_then(|at| items.get(at)));
            at = at.saturating_add(step);
        }
        Ok(())
    }

    fn holds(&mut self, filter: &Filter, node: Json<'d>) -> Result<bool, TooManySteps> {
        self.step(1)?;
        match filter {
            Filter::Or(filters) => {
                for filter in filters {
                    if self.holds(filter, node)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::And(filters) => {
                for filter in filters {
                    if !self.holds(filter, node)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Atom(FilterAtom::Filter { expr, not }) => Ok(self.holds(expr, node)? != *not),
            Filter::Atom(FilterAtom::Test { expr, not }) => Ok(self.passes(expr, node)? != *not),
            Filter::Atom(FilterAtom::Comparison(comparison)) => self.compare(comparison, node),
        }
    }

    fn passes(&mut self, test: &Test, node: Json<'d>) -> Result<bool, TooManySteps> {
        Ok(match test {
            Test::RelQuery(segments) => !self.segments(segments, vec![node])?.is_empty(),
            Test::AbsQuery(query) => !self.of_root(query)?.is_empty(),
            Test::Function(function) => match function.as_ref() {
                TestFunction::Search(text, pattern) => self.matches(text, pattern, false, node)?,
                TestFunction::Match(text, pattern) => self.matches(text, pattern, true, node)?,
                TestFunction::Custom(name, arguments) => self.custom(name, arguments, node)?,
                // a number or a value is not a test
                TestFunction::Length(_) | TestFunction::Value(_) | TestFunction::Count(_) => false,
            },
        })
    }

    /// Returns the result of a query that starts at the root.
    fn of_root(&mut self, query: &JpQuery) -> Result<Rc<Nodes<'d>>, TooManySteps> {
        let address = std::ptr::from_ref(query).addr();
        if let Some(known) = self.of_root.get(&address) {
            return Ok(known.clone());
        }
        let found = Rc::new(self.segments(&query.segments, vec![self.root])?);
        self.of_root.insert(address, found.clone());
        Ok(found)
    }

    fn singular(&mut self, query: &SingularQuery, node: Json<'d>) -> Result<Option<Json<'d>>, TooManySteps> {
        let (segments, from, address) = match query {
            SingularQuery::Current(segments) => (segments, node, None),
            SingularQuery::Root(segments) => (segments, self.root, Some(std::ptr::from_ref(query).addr())),
        };
        if let Some(known) = address.and_then(|address| self.of_root.get(&address)) {
            return Ok(known.first().copied());
        }
        let mut found = Some(from);
        for segment in segments {
            self.step(1)?;
            let Some(node) = found else { break };
            found = match segment {
                SingularQuerySegment::Name(name) => node.get(name),
                SingularQuerySegment::Index(index) => self.index(node, *index)?,
            };
        }
        if let Some(address) = address {
            self.of_root.insert(address, Rc::new(found.into_iter().collect()));
        }
        Ok(found)
    }

    fn compare(&mut self, comparison: &Comparison, node: Json<'d>) -> Result<bool, TooManySteps> {
        let (left, right) = comparison.vals();
        let (left, right) = (self.comparable(left, node)?, self.comparable(right, node)?);
        Ok(match comparison {
            Comparison::Eq(..) => self.equal(&left, &right)?,
            Comparison::Ne(..) => !self.equal(&left, &right)?,
            Comparison::Lt(..) => is_less(&left, &right),
            Comparison::Lte(..) => is_less(&left, &right) || self.equal(&left, &right)?,
            Comparison::Gt(..) => is_less(&right, &left),
            Comparison::Gte(..) => is_less(&right, &left) || self.equal(&left, &right)?,
        })
    }

    fn comparable(&mut self, side: &Comparable, node: Json<'d>) -> Result<Compared<'d>, TooManySteps> {
        Ok(match side {
            Comparable::Literal(literal) => literal.into(),
            Comparable::SingularQuery(query) => self.singular(query, node)?.into(),
            Comparable::Function(function) => match function {
                TestFunction::Length(argument) => {
                    let argument = self.argument(argument, node)?;
                    let length = match &argument {
                        Compared::Text(text) => Some(text.chars().count()),
                        Compared::Node(json) => match json.kind() {
                            Kind::String => json.as_str().map(|text| text.chars().count()),
                            _ => json.len(),
                        },
                        _ => None,
                    };
                    self.step(length.unwrap_or(0))?;
                    length
                        .and_then(|length| i64::try_from(length).ok())
                        .map_or(Compared::Nothing, |length| Compared::Number(Number::Int(length)))
                }
                TestFunction::Count(argument) => {
                    let count = i64::try_from(self.nodes(argument, node)?.len());
                    count.map_or(Compared::Nothing, |count| Compared::Number(Number::Int(count)))
                }
                TestFunction::Value(argument) => self.argument(argument, node)?,
                TestFunction::Custom(..) | TestFunction::Search(..) | TestFunction::Match(..) => {
                    Compared::Nothing
                }
            },
        })
    }

    /// Returns the nodes of an argument; a literal has none.
    fn nodes(&mut self, argument: &FnArg, node: Json<'d>) -> Result<Rc<Nodes<'d>>, TooManySteps> {
        match argument {
            FnArg::Test(test) => match test.as_ref() {
                Test::RelQuery(segments) => Ok(Rc::new(self.segments(segments, vec![node])?)),
                Test::AbsQuery(query) => self.of_root(query),
                Test::Function(_) => Ok(Rc::default()),
            },
            FnArg::Literal(_) | FnArg::Filter(_) => Ok(Rc::default()),
        }
    }

    /// Returns the value of an argument, if it is a single value.
    fn argument(&mut self, argument: &FnArg, node: Json<'d>) -> Result<Compared<'d>, TooManySteps> {
        if let FnArg::Literal(literal) = argument {
            return Ok(literal.into());
        }
        Ok(match self.nodes(argument, node)?.as_slice() {
            [one] => Compared::Node(*one),
            _ => Compared::Nothing,
        })
    }

    fn matches(
        &mut self,
        text: &FnArg,
        written: &FnArg,
        whole: bool,
        node: Json<'d>,
    ) -> Result<bool, TooManySteps> {
        let (text, written) = (self.argument(text, node)?, self.argument(written, node)?);
        let (Some(text), Some(written)) = (text.text(), written.text()) else { return Ok(false) };
        self.step((text.len() + written.len()) / TEXT)?;
        let written = if whole { format!("^(?:{})$", of_iregexp(&written)) } else { of_iregexp(&written) };
        if !self.patterns.contains_key(&written) {
            self.step(COMPILING)?;
        }
        let regex = self.patterns.entry(written).or_insert_with_key(|written| compile_pattern(written).ok());
        Ok(regex.as_ref().is_some_and(|regex| regex.is_match(&text)))
    }

    /// Evaluates the functions of `jsonpath-rust` that are not part of the standard.
    fn custom(&mut self, name: &str, arguments: &[FnArg], node: Json<'d>) -> Result<bool, TooManySteps> {
        let [left, right] = arguments else { return Ok(false) };
        let (left, right) = (self.argument(left, node)?, self.argument(right, node)?);
        let (Some(list), known) = (right.items(), left.items()) else { return Ok(false) };
        match (name, known) {
            _ if matches!(left, Compared::Nothing) => Ok(false),
            ("in", _) => self.contains(&list, &left),
            ("nin", _) => Ok(!self.contains(&list, &left)?),
            ("any_of", Some(known)) => self.any(&known, &list, true),
            ("none_of", Some(known)) => Ok(!self.any(&known, &list, true)?),
            ("subset_of", Some(known)) => Ok(!self.any(&known, &list, false)?),
            _ => Ok(false),
        }
    }

    /// Returns whether any of the values is in the list, or with `is_in` false, is not in it.
    fn any(&mut self, values: &[Json<'d>], list: &[Json<'d>], is_in: bool) -> Result<bool, TooManySteps> {
        for value in values {
            if self.contains(list, &Compared::Node(*value))? == is_in {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn contains(&mut self, list: &[Json<'d>], wanted: &Compared<'d>) -> Result<bool, TooManySteps> {
        for item in list {
            if self.equal(&Compared::Node(*item), wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether two values have as many values in them. Reads about as many of the larger one as the smaller one has; of text all, once.
    fn are_as_large(&mut self, left: Json<'d>, right: Json<'d>) -> Result<bool, TooManySteps> {
        let read = |json: Json<'d>| match json {
            Json::Text(text) => text.as_text().len() / TEXT,
            Json::Tree(_) => 0,
        };
        self.step(read(left) + read(right))?;
        let mut most = 64;
        loop {
            let counts = (values_in(left, most), values_in(right, most));
            if counts.0 != counts.1 || counts.0 < most {
                // all rounds before cost a third of the last one
                self.step(counts.0 + counts.1)?;
                return Ok(counts.0 == counts.1);
            }
            most *= 4;
        }
    }

    fn equal(&mut self, left: &Compared<'d>, right: &Compared<'d>) -> Result<bool, TooManySteps> {
        self.step(1)?;
        Ok(match (left, right) {
            (Compared::Nothing, Compared::Nothing) => true,
            (Compared::Node(left), Compared::Node(right))
                if matches!(left.kind(), Kind::Array | Kind::Object) && left.kind() == right.kind() =>
            {
                self.are_as_large(*left, *right)? && {
                    let bytes = |json: Json<'d>| Val::Json(json).bytes(usize::MAX);
                    self.step((bytes(*left) + bytes(*right)) / TEXT)?;
                    left.to_value() == right.to_value()
                }
            }
            _ => match (left.number(), right.number()) {
                (Some(left), Some(right)) => left.compare(right) == Some(Ordering::Equal),
                _ => match (left.kind(), right.kind()) {
                    (Some(Kind::String), Some(Kind::String)) => {
                        let (left, right) =
                            (left.text().unwrap_or_default(), right.text().unwrap_or_default());
                        self.step(left.len().min(right.len()) / TEXT)?;
                        left == right
                    }
                    (Some(Kind::Bool), Some(Kind::Bool)) => left.bool() == right.bool(),
                    (Some(Kind::Null), Some(Kind::Null)) => true,
                    _ => false,
                },
            },
        })
    }
}

fn is_less(left: &Compared<'_>, right: &Compared<'_>) -> bool {
    left.order(right) == Some(Ordering::Less)
}

fn children<'d>(node: Json<'d>) -> impl Iterator<Item = Json<'d>> {
    node.items().chain(node.entries().map(|(_, value)| value))
}

#[cfg(test)]
mod tests;
