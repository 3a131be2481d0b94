//! Which captures may have a value where in a flow: one fixpoint over all ways that a run can take through its program.

use std::ops::Range;

use crate::plan::{Call, Instruction, RuleEnd};
use mapwright_language::spec::Class;

/// Where a run can go from each instruction of a program, and what is captured on the way.
#[derive(Debug)]
pub struct Ways {
    captures: usize,
    places: Vec<Successors>,
}

/// The successors of an instruction.
#[derive(Debug)]
struct Successors {
    edges: Vec<Edge>,
    /// If a loop begins here, the captures that a round of it forgets.
    forgotten: Vec<bool>,
}

/// An edge from an instruction to one that can follow it.
#[derive(Debug)]
struct Edge {
    to: usize,
    /// The captures that are set on it.
    sets: Vec<usize>,
    /// Whether the edge requires that the instruction is carried out.
    done: bool,
    /// The loop whose next round begins at the end of the edge.
    round_of: Option<usize>,
    /// What names the next page, which there is none of there.
    last_page: Option<usize>,
}

impl Ways {
    /// Finds all ways through a program with so many captures.
    pub fn new(program: &[Instruction], captures: usize) -> Self {
        let place =
            |at| Successors { edges: edges_from(program, at), forgotten: forgotten(program, at, captures) };
        Self { captures, places: (0..program.len()).map(place).collect() }
    }
}

/// For each place of a program, a flag for each capture: whether it may have a value there.
#[derive(Debug)]
pub struct Reach {
    captures: usize,
    /// The first place.
    start: usize,
    before: Vec<bool>,
}

impl Reach {
    /// Finds the captures that may have a value at each place. `can` returns whether an instruction can be carried out where these captures
    /// may have a value: otherwise a step sets nothing, and a group is not entered. `can` is monotonic in the captures.
    pub fn new(ways: &Ways, can: impl FnMut(usize, &[bool]) -> bool) -> Self {
        Self::within(ways, 0..ways.places.len(), &vec![false; ways.captures], can)
    }

    /// Finds the same for the instructions of a group, which is entered with these captures.
    pub fn within(
        ways: &Ways,
        range: Range<usize>,
        entry: &[bool],
        mut can: impl FnMut(usize, &[bool]) -> bool,
    ) -> Self {
        let (captures, start, places) = (entry.len(), range.start, range.len() + 1);
        let reach = Reach { captures, start, before: vec![false; places * captures] };
        let mut fixpoint = Fixpoint { reach, reached: vec![false; places], news: vec![false; range.len()] };
        fixpoint.arrive(start, entry, |_| false, &[]);
        let mut possible = vec![false; range.len()];
        let mut set = Vec::new();
        // most edges lead forward, so few rounds are needed
        while fixpoint.news.contains(&true) {
            for at in range.clone() {
                let (Some(news), Some(possible), Some(place)) =
                    (fixpoint.news.get_mut(at - start), possible.get_mut(at - start), ways.places.get(at))
                else {
                    break;
                };
                if !std::mem::take(news) {
                    continue;
                }
                set.clear();
                set.extend_from_slice(fixpoint.reach.before(at));
                // a new capture can make the instruction possible, and none makes it impossible
                *possible = *possible || can(at, &set);
                for edge in place.edges.iter().filter(|edge| *possible || !edge.done) {
                    let round = edge.round_of.and_then(|round| ways.places.get(round));
                    let forgotten =
                        round.filter(|_| edge.round_of >= Some(start)).map(|round| &*round.forgotten);
                    let is_gone = |capture: usize| {
                        edge.last_page == Some(capture)
                            || forgotten.is_some_and(|gone| gone.get(capture) == Some(&true))
                    };
                    fixpoint.arrive(edge.to, &set, is_gone, &edge.sets);
                }
            }
        }
        fixpoint.reach
    }

    /// Returns the captures that may have a value when an instruction is reached.
    pub fn before(&self, at: usize) -> &[bool] {
        let place = at.saturating_sub(self.start);
        self.before.get(place * self.captures..(place + 1) * self.captures).unwrap_or_default()
    }
}

/// The state of the fixpoint iteration.
struct Fixpoint {
    reach: Reach,
    reached: Vec<bool>,
    /// Places whose edges must be followed, since they were reached or more captures may have a value there.
    news: Vec<bool>,
}

impl Fixpoint {
    /// Propagates captures along an edge, without those that are gone and with those that are set. Ignores a place outside of the group.
    fn arrive(&mut self, at: usize, set: &[bool], is_gone: impl Fn(usize) -> bool, more: &[usize]) {
        let Reach { captures, start, before } = &mut self.reach;
        let Some(place) = at.checked_sub(*start) else { return };
        let Some(reached) = self.reached.get_mut(place) else { return };
        let known = before.get_mut(place * *captures..(place + 1) * *captures).unwrap_or_default();
        let mut is_news = !std::mem::replace(reached, true);
        for (at, (known, set)) in known.iter_mut().zip(set).enumerate() {
            let stays = *set && !is_gone(at);
            is_news |= stays && !*known;
            *known |= stays;
        }
        for capture in more {
            is_news |= known.get_mut(*capture).is_some_and(|known| !std::mem::replace(known, true));
        }
        // nothing follows the end
        if let Some(news) = self.news.get_mut(place) {
            *news |= is_news;
        }
    }
}

/// Returns the edges from an instruction.
fn edges_from(program: &[Instruction], at: usize) -> Vec<Edge> {
    let plain = |to, sets, done| Edge { to, sets, done, round_of: None, last_page: None };
    let past = plain(at + 1, Vec::new(), false);
    let round = |start: usize| is_loop(program, start).then_some(start);
    match program.get(at) {
        None => Vec::new(),
        Some(Instruction::Call(call)) => {
            // after the last page, and where there was none, nothing names the next one
            let last_page = call.page.as_ref().map(|page| page.capture);
            let past = Edge { last_page, ..past };
            let done = Edge { last_page, ..plain(at + 1, call.sets_when_done().collect(), true) };
            let back = call.rules.iter().filter_map(|rule| match rule.end {
                RuleEnd::Then(to) => {
                    let sets = rule.capture.iter().map(|(capture, _)| *capture).collect();
                    Some(plain(to, sets, true))
                }
                RuleEnd::Class { .. } | RuleEnd::Renew { .. } => None,
            });
            let page = call.page.iter().map(|page| {
                let sets = call.sets_when_done().chain([page.capture]).collect();
                plain(at, sets, true)
            });
            [past, done].into_iter().chain(back).chain(page).collect()
        }
        Some(Instruction::Enter { end, .. }) => {
            let inside = Edge { round_of: round(at), ..plain(at + 1, Vec::new(), true) };
            vec![Edge { to: *end, ..past }, inside]
        }
        Some(Instruction::Leave { start }) => {
            let again = |start: usize| Edge { round_of: Some(start), ..plain(start + 1, Vec::new(), false) };
            std::iter::once(past).chain(round(*start).map(again)).collect()
        }
    }
}

/// The captures that a round of the loop which starts here forgets.
fn forgotten(program: &[Instruction], start: usize, captures: usize) -> Vec<bool> {
    match is_loop(program, start) {
        true => with(&vec![false; captures], sets_of_group(program, start)),
        false => Vec::new(),
    }
}

impl Call {
    /// Returns the captures that a response can set with which the step is done.
    pub fn sets_when_done(&self) -> impl Iterator<Item = usize> {
        let own = self.capture.iter().map(|(capture, _)| *capture);
        own.chain(self.set_by_rules())
    }

    /// Returns the captures that only a page before can have set, where the first page is asked for.
    pub fn set_by_pages(&self) -> Vec<usize> {
        let page = self.page.iter().map(|page| page.capture);
        page.flat_map(|next| self.sets_when_done().chain([next])).collect()
    }

    /// Returns those of them that response rules set, which is before the step's own.
    pub fn set_by_rules(&self) -> impl Iterator<Item = usize> {
        let done = |end: &RuleEnd| matches!(end, RuleEnd::Class { class: Class::Done, .. });
        let rules = self.rules.iter().filter(move |rule| done(&rule.end));
        rules.flat_map(|rule| &rule.capture).map(|(capture, _)| *capture)
    }

    /// Returns all captures that a response can set, whatever it means.
    pub fn sets(&self) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().flat_map(|rule| &rule.capture);
        let page = self.page.iter().map(|page| page.capture);
        self.capture.iter().chain(rules).map(|(capture, _)| *capture).chain(page)
    }
}

fn is_loop(program: &[Instruction], start: usize) -> bool {
    matches!(program.get(start), Some(Instruction::Enter { list: Some(_), .. }))
}

/// Returns the captures that the steps of the group which starts here set.
pub fn sets_of_group(program: &[Instruction], start: usize) -> impl Iterator<Item = usize> {
    let end = match program.get(start) {
        Some(Instruction::Enter { end, .. }) => *end,
        _ => start,
    };
    let inside = program.get(start..end).unwrap_or_default().iter();
    let calls = inside.filter_map(|instruction| match instruction {
        Instruction::Call(call) => Some(call),
        _ => None,
    });
    calls.flat_map(|call| call.sets())
}

/// Returns which captures may have a value inside of the group that starts here: a round of a loop begins without what the round before has captured.
pub fn in_round(program: &[Instruction], start: usize, set: &[bool]) -> Vec<bool> {
    let forgotten = forgotten(program, start, set.len());
    let stays = |(capture, set): (usize, &bool)| *set && forgotten.get(capture) != Some(&true);
    set.iter().enumerate().map(stays).collect()
}

/// Returns these captures, and more.
pub fn with(set: &[bool], more: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut set = set.to_vec();
    set_more(&mut set, more);
    set
}

/// Adds more captures.
pub fn set_more(set: &mut [bool], more: impl IntoIterator<Item = usize>) {
    for capture in more {
        if let Some(slot) = set.get_mut(capture) {
            *slot = true;
        }
    }
}
