//! Paths into events that are nearly those of fields that the event spec has.

use std::collections::{BTreeMap, HashMap, HashSet};

use mapwright_check::names::{What, condition_reads};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::unknown_event_field::{report, report_members};
use mapwright_findings::{Reports, Span};
use mapwright_language::names::FOUND;
use mapwright_language::spec::Role;

use crate::event::{FieldLookup, common_fields, known};
use crate::facts::Facts;
use crate::near::{Folded, is_same, misspelt, slip};
use crate::tracking::Planned;
use crate::view::{FlowView, ReadView, Reading, RowId, Site, written};

/// A name that is read so often is meant.
const OFTEN: usize = 3;

/// A name of so many letters is seldom nearly another one: it is meant if it is read once less.
const LONG: usize = 10;

/// So many of those are compared with others.
const MOST_OFTEN: usize = 500;

/// So many of those that one field reads are compared with others.
const MOST_BESIDE: usize = 500;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let names = Names::new(facts);
    let of_tests: Vec<Vec<ReadView>> = facts.flows.iter().map(|flow| read_by_tests(flow.view)).collect();
    // most paths stand in what mappings share
    let mut right: HashMap<Vec<String>, HashSet<&[PathStep]>> = HashMap::new();
    for (number, flow) in facts.flows.iter().enumerate() {
        let messages = flow.view.messages();
        if messages.is_empty() {
            continue;
        }
        let right = right.entry(messages.clone()).or_default();
        let of_tests = of_tests.get(number).into_iter().flatten();
        for read in flow.view.rows.reads.iter().chain(of_tests) {
            let Reading::Path(Root::Event, steps) = &read.reading else { continue };
            if right.contains(steps.as_slice()) {
                continue;
            }
            let planned = facts.view.plans.look(&messages, steps);
            if matches!(planned, Planned::Field(_) | Planned::None { .. }) {
                continue;
            }
            match known(&messages, steps) {
                FieldLookup::Field(_) | FieldLookup::Unknown => drop(right.insert(steps)),
                FieldLookup::NoMembers { .. } if read.literal => {}
                FieldLookup::NoMembers { at } => report_members(reports, read.span, &written(steps, at)),
                FieldLookup::Unlisted { at, open, listed } => {
                    let Some(PathStep::Key(name)) = steps.get(at) else { continue };
                    let in_common = || common_fields().find(|field| is_same(name, field) && *field != name);
                    // what libraries are given goes right into the context as well
                    let is_near = |listed: &str| match at {
                        1 => misspelt(name, [listed]).is_some() || lacks_end(name, listed),
                        _ => slip(name, listed),
                    };
                    let in_list = |listed: &&str| is_same(name, listed) || is_near(listed);
                    let own = || names.meant((flow.view, number, read.site), steps, at, name);
                    let near = match open {
                        true => match planned {
                            Planned::Open(planned) => misspelt(name, planned.into_iter().chain(listed)),
                            _ => misspelt(name, listed.iter().copied()),
                        }
                        .or_else(own),
                        false if at == 0 => continue,
                        false => listed.iter().copied().find(in_list).or_else(own),
                    };
                    let beside = near.map(|near| format!("{}.{near}", written(steps, at)));
                    let meant = beside.or_else(|| in_common().filter(|_| !open).map(str::to_owned));
                    if let Some(meant) = meant {
                        report(reports, read.span, &written(steps, at + 1), &meant);
                    }
                }
            }
        }
    }
}

/// What the conditions of tests read of events.
fn read_by_tests(flow: &FlowView<'_>) -> Vec<ReadView> {
    let mut reads = Vec::new();
    let files = flow.mapping.tests.iter().filter(|_| flow.variant.is_none());
    for property in files.flat_map(|file| &file.spec.properties) {
        for condition in property.when.iter().chain(&property.must) {
            condition_reads(condition, &mut |read| match read.what {
                What::Path(Root::Event, [PathStep::Key(first), ..]) if FOUND.contains(&first.as_str()) => {}
                _ => reads.push(ReadView::new(read, Site::Version)),
            });
        }
    }
    reads
}

/// Whether a name has a letter more or less at its end than another one.
fn lacks_end(name: &str, listed: &str) -> bool {
    /// Shorter names, such as `ips`, may be words of their own.
    const SHORTEST: usize = 5;
    let is_part = |short: &str, long: &str| long.len() == short.len() + 1 && long.starts_with(short);
    name.len() >= SHORTEST && (is_part(name, listed) || is_part(listed, name))
}

/// A member that is read: the object, and its name.
type ReadMember<'f> = (&'f [PathStep], &'f str);

/// The names that the mappings of a version read where names are the sender's own.
struct Names<'f> {
    /// The places where each is read.
    places: HashMap<&'f str, HashSet<Span>>,
    /// The fields that are read often.
    often: Folded<'f>,
    /// What is read with each outermost row: the object, the name.
    by_root: BTreeMap<(usize, usize), Beside<'f>>,
}

/// What one field reads.
#[derive(Default)]
struct Beside<'f> {
    in_order: Vec<ReadMember<'f>>,
    all: HashSet<ReadMember<'f>>,
}

impl<'f> Beside<'f> {
    fn add(&mut self, member: ReadMember<'f>) {
        if self.all.insert(member) {
            self.in_order.push(member);
        }
    }
}

impl<'f> Names<'f> {
    fn new(facts: &'f Facts<'_, '_>) -> Self {
        let (mut places, mut by_root) =
            (HashMap::<&str, HashSet<Span>>::new(), BTreeMap::<_, Beside<'_>>::new());
        for (at, flow) in facts.flows.iter().enumerate() {
            for read in &flow.view.rows.reads {
                let Reading::Path(Root::Event, steps) = &read.reading else { continue };
                let Some((PathStep::Key(name), object)) = steps.split_last() else { continue };
                let name = name.as_str();
                places.entry(name).or_default().insert(read.span);
                if let Some(root) = root_of(flow.view, read.site) {
                    by_root.entry((at, root)).or_default().add((object, name));
                }
            }
        }
        let least = |name: &str| if name.len() >= LONG { OFTEN - 1 } else { OFTEN };
        let often = places.iter().filter(|(name, spans)| spans.len() >= least(name)).map(|(name, _)| *name);
        let mut often: Vec<&str> = often.collect();
        often.sort_unstable();
        often.truncate(MOST_OFTEN);
        Self { places, often: Folded::new(often.into_iter()), by_root }
    }

    /// The name that one is a slip of, by what the version reads elsewhere. One that is read twice is meant as it is.
    fn meant(
        &self,
        (flow, number, site): (&FlowView<'_>, usize, Site),
        steps: &[PathStep],
        at: usize,
        name: &str,
    ) -> Option<&'f str> {
        if at + 1 != steps.len() || self.count(name) > 1 {
            return None;
        }
        if let Some(often) = self.often.misspelt(name) {
            return Some(often);
        }
        // the same field in another object: `traits.onwerId` beside `context.traits.ownerId`
        let (object, row) = (steps.get(..at)?, root_of(flow, site)?);
        let beside = self.by_root.get(&(number, row))?;
        let field = flow.rows.field_name(RowId(row)).map(|name| name.value.as_str());
        let has = |object: &[PathStep], name: &str| beside.all.contains(&(object, name));
        // one letter more or less may be another way of writing a word, as in `colour`
        let is_field =
            |meant: &str| meant.len() == name.len() && field.is_some_and(|field| is_same(field, meant));
        let is_right = |meant: &str| self.count(meant) > 1 || is_field(meant);
        let others = beside.in_order.iter().take(MOST_BESIDE).filter(|(other, meant)| {
            *other != object && is_right(meant) && !has(object, meant) && !has(other, name)
        });
        misspelt(name, others.map(|(_, meant)| *meant))
    }

    fn count(&self, name: &str) -> usize {
        self.places.get(name).map_or(0, HashSet::len)
    }
}

fn root_of(flow: &FlowView<'_>, site: Site) -> Option<usize> {
    match site {
        Site::Row(row) => Some(field_around(flow, row)),
        _ => None,
    }
}

/// The innermost field that a row is, or is in.
fn field_around(flow: &FlowView<'_>, row: RowId) -> usize {
    let mut at = row;
    while let Some((parent, role)) = flow.rows.row(at).and_then(|row| row.parent) {
        if matches!(role, Role::Field(_)) {
            break;
        }
        at = parent;
    }
    at.0
}
