//! Fields and named values that read each other, and fields that are read by others of their own part.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::payload_cycle;
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::Named;
use mapwright_language::spec::{FIELD_SPREAD, RowSpec};

use crate::resolve::named::Values;
use crate::resolve::reads::{What, each_read};

/// A node of the graph of reads in a mapping.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// The nodes of named values, by their positions.
    values: BTreeMap<usize, usize>,
    /// The nodes of each part, and of its fields.
    parts: Vec<(usize, Vec<usize>)>,
}

#[derive(Debug)]
struct Node {
    /// How a mapping names it; nothing for a whole part, of which the fields are named.
    name: Option<String>,
    /// The value or the part that it is made with.
    whole: usize,
    /// With the place where each is read; a part is made of its fields at no place.
    reads: Vec<(usize, Option<Span>)>,
}

/// Parts with their fields, by name.
pub(crate) type PartSpecs<'c> = [(&'c str, &'c Named<RowSpec>)];

impl Graph {
    /// Finds out what all named values read of each other.
    pub(crate) fn of_values(values: &Values<'_>) -> Self {
        let mut graph = Graph::default();
        let open = (0..values.list().len()).filter_map(|value| graph.value(value, values)).collect();
        graph.follow(open, values, &[]);
        graph
    }

    /// Finds out what the fields of parts read, and the named values that they read.
    pub(crate) fn of_parts(values: &Values<'_>, parts: &PartSpecs<'_>) -> Self {
        let (mut graph, mut open) = (Graph::default(), Vec::new());
        for (part, fields) in parts {
            let whole = graph.add(None, None);
            let mut nodes = Vec::with_capacity(fields.len());
            for (key, row) in *fields {
                let node = graph.add(Some(format!("payload.{part}.{}", key.value)), Some(whole));
                nodes.push(node);
                open.push((node, row));
            }
            if let Some(node) = graph.nodes.get_mut(whole) {
                node.reads.extend(nodes.iter().map(|field| (*field, None)));
            }
            graph.parts.push((whole, nodes));
        }
        graph.follow(open, values, parts);
        graph
    }

    /// The node of a value, with its row if the node is new.
    fn value<'c>(&mut self, value: usize, values: &Values<'c>) -> Option<(usize, &'c RowSpec)> {
        let (name, row) = values.get(value)?;
        if self.values.contains_key(&value) {
            return None;
        }
        let node = self.add(Some(format!("${name}")), None);
        self.values.insert(value, node);
        Some((node, row))
    }

    /// Adds what rows read, and what the named values read that they read.
    fn follow<'c>(
        &mut self,
        mut open: Vec<(usize, &'c RowSpec)>,
        values: &Values<'c>,
        parts: &PartSpecs<'_>,
    ) {
        let mut places = HashMap::with_capacity(parts.len());
        for (place, (name, _)) in parts.iter().enumerate() {
            places.entry(*name).or_insert(place);
        }
        while let Some((node, row)) = open.pop() {
            let mut reads = Vec::new();
            each_read(row, &mut |read| match read.what {
                What::Value(name, _) => {
                    let Some((value, _)) = values.find(name) else { return };
                    open.extend(self.value(value, values));
                    reads.extend(self.values.get(&value).map(|node| (*node, Some(read.span))));
                }
                What::Path(Root::Payload, [PathStep::Key(part), rest @ ..]) => {
                    let Some(place) = places.get(part.as_str()) else { return };
                    let fields = parts.get(*place).map(|(_, fields)| *fields);
                    let nodes = self.read_of_part(*place, fields, rest);
                    reads.extend(nodes.into_iter().map(|node| (node, Some(read.span))));
                }
                What::Path(..) => {}
            });
            if let Some(node) = self.nodes.get_mut(node) {
                node.reads = reads;
            }
        }
    }

    fn add(&mut self, name: Option<String>, whole: Option<usize>) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node { name, whole: whole.unwrap_or(node), reads: Vec::new() });
        node
    }

    /// The nodes that a path in a part reads. A field that is not stated may be a member of the spread object.
    fn read_of_part(&self, part: usize, fields: Option<&Named<RowSpec>>, path: &[PathStep]) -> Vec<usize> {
        let Some((whole, nodes)) = self.parts.get(part) else { return Vec::new() };
        let (Some(fields), Some(PathStep::Key(name))) = (fields, path.first()) else { return vec![*whole] };
        let named = [name.as_str(), FIELD_SPREAD].into_iter().filter_map(|name| fields.place(name));
        named.filter_map(|place| nodes.get(place).copied()).collect()
    }

    /// The fields of parts that read an item which a step has to have: themselves (`reads`), or through others.
    pub(crate) fn reading_items(&self, reads: impl Fn(usize, usize) -> bool) -> HashSet<(usize, usize)> {
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for node in 0..self.nodes.len() {
            for read in self.reads(node) {
                readers.iter_mut().skip(read).take(1).for_each(|readers| readers.push(node));
            }
        }
        let fields = |(part, (_, nodes)): (usize, &(usize, Vec<usize>))| {
            nodes.iter().enumerate().map(move |(field, node)| ((part, field), *node)).collect::<Vec<_>>()
        };
        let fields: Vec<_> = self.parts.iter().enumerate().flat_map(fields).collect();
        let mut open: Vec<usize> =
            fields.iter().filter(|((part, field), _)| reads(*part, *field)).map(|(_, node)| *node).collect();
        let mut known = HashSet::new();
        while let Some(node) = open.pop() {
            if known.insert(node) {
                open.extend(readers.get(node).into_iter().flatten());
            }
        }
        fields.into_iter().filter(|(_, node)| known.contains(node)).map(|(field, _)| field).collect()
    }

    /// Reports circles. Returns the named values that are in one.
    pub(crate) fn report_circles(&self, reports: &mut Reports) -> HashSet<usize> {
        let groups = groups(self.nodes.len(), |node| self.reads(node).collect());
        let mut sizes = vec![0_usize; self.nodes.len()];
        for group in &groups {
            sizes.iter_mut().skip(*group).take(1).for_each(|size| *size += 1);
        }
        let is_in_circle = |node: usize| {
            let size = groups.get(node).and_then(|group| sizes.get(*group));
            size.is_some_and(|size| *size > 1) || self.reads(node).any(|read| read == node)
        };
        let mut reported = HashSet::new();
        for node in (0..self.nodes.len()).filter(|node| is_in_circle(*node)) {
            if reported.insert(groups.get(node).copied())
                && let Some(circle) = self.circle(node, &groups)
            {
                self.report(&circle, reports);
            }
        }
        self.values.iter().filter(|(_, node)| is_in_circle(**node)).map(|(value, _)| *value).collect()
    }

    fn reads(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.nodes.get(node).into_iter().flat_map(|node| node.reads.iter().map(|(read, _)| *read))
    }

    /// The shortest way from a node back to itself: each node on it with the place where the one before reads it.
    fn circle(&self, start: usize, groups: &[usize]) -> Option<Vec<(usize, Option<Span>)>> {
        let mut from: HashMap<usize, (usize, Option<Span>)> = HashMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(at) = open.pop_front() {
            let inside = |(read, _): &&(usize, Option<Span>)| groups.get(*read) == groups.get(start);
            for (read, span) in self.nodes.get(at).into_iter().flat_map(|node| &node.reads).filter(inside) {
                if *read == start {
                    let mut circle = vec![(start, *span)];
                    let mut at = at;
                    while let Some((before, span)) = from.get(&at).filter(|_| at != start) {
                        circle.push((at, *span));
                        at = *before;
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if let std::collections::hash_map::Entry::Vacant(free) = from.entry(*read) {
                    free.insert((at, *span));
                    open.push_back(*read);
                }
            }
        }
        None
    }

    fn report(&self, circle: &[(usize, Option<Span>)], reports: &mut Reports) {
        // a whole part is read at the place where that is said, and not where its field is
        let mut before = None;
        let mut reads: Vec<(&str, Option<Span>)> = Vec::new();
        for (node, span) in circle {
            let span = before.take().or(*span);
            match self.nodes.get(*node).and_then(|node| node.name.as_deref()) {
                Some(name) => reads.push((name, span)),
                None => before = span,
            }
        }
        if let (Some(span), Some((_, first))) = (before, reads.first_mut()) {
            *first = Some(span);
        }
        let Some((last, _)) = reads.last().copied() else { return };
        let readers = std::iter::once(last).chain(reads.iter().map(|(name, _)| *name));
        let reads = readers.zip(&reads).filter_map(|(reader, (name, span))| Some((reader, *name, (*span)?)));
        payload_cycle::report(reports, &reads.collect::<Vec<_>>());
    }

    /// The fields, as part and position, that something reads before the part as a whole can be made: they are made on their own.
    pub(crate) fn lifted(&self) -> BTreeSet<(usize, usize)> {
        let mut wholes: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for node in &self.nodes {
            let reads = node.reads.iter().filter_map(|(read, _)| Some(self.nodes.get(*read)?.whole));
            if let Some(whole) = wholes.get_mut(node.whole) {
                whole.extend(reads);
            }
        }
        // a part depends on its fields, which is not a cycle
        let of_parts: HashSet<usize> = self.parts.iter().map(|(whole, _)| *whole).collect();
        let groups = groups(self.nodes.len(), |node| wholes.get(node).cloned().unwrap_or_default());
        let (mut lifted, mut fields) = (BTreeSet::new(), HashMap::new());
        for (part, (_, nodes)) in self.parts.iter().enumerate() {
            fields.extend(nodes.iter().enumerate().map(|(field, node)| (*node, (part, field))));
        }
        for (_, node) in self.nodes.iter().enumerate().filter(|(at, _)| !of_parts.contains(at)) {
            for (read, _) in &node.reads {
                let Some(whole) = self.nodes.get(*read).map(|read| read.whole) else { continue };
                if groups.get(whole) == groups.get(node.whole) {
                    lifted.extend(fields.get(read));
                }
            }
        }
        lifted
    }
}

/// Returns the group of each node: nodes that reach each other share one. After Tarjan, without recursion.
fn groups(count: usize, next: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let (mut group, mut groups) = (vec![UNSEEN; count], 0);
    let (mut stack, mut seen) = (Vec::new(), 0);
    for root in 0..count {
        if index.get(root) != Some(&UNSEEN) {
            continue;
        }
        let mut open: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
        let mut enter = Some(root);
        loop {
            if let Some(node) = enter.take() {
                set(&mut index, node, seen);
                set(&mut low, node, seen);
                seen += 1;
                stack.push(node);
                open.push((node, next(node).into_iter()));
            }
            let Some((node, rest)) = open.last_mut() else { break };
            let node = *node;
            if let Some(read) = rest.next() {
                match index.get(read).copied() {
                    Some(UNSEEN) => enter = Some(read),
                    // on the stack as long as it has no group
                    Some(known) if group.get(read) == Some(&UNSEEN) => lower(&mut low, node, known),
                    _ => {}
                }
                continue;
            }
            open.pop();
            let own = low.get(node).copied().unwrap_or_default();
            if let Some((reader, _)) = open.last() {
                lower(&mut low, *reader, own);
            }
            if index.get(node) == Some(&own) {
                while let Some(member) = stack.pop() {
                    set(&mut group, member, groups);
                    if member == node {
                        break;
                    }
                }
                groups += 1;
            }
        }
    }
    group
}

fn set(list: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}

fn lower(list: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value.min(*slot);
    }
}
