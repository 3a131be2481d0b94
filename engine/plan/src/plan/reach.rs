//! Which captures may have a value where in a flow: one fixpoint over all ways that a run can take through its program.

use std::ops::Range;

use crate::plan::{Call, Instruction, RuleEnd};
use mapwright_language::spec::Class;

/// For each place of a program, a flag for each capture: whether it may have a value there.
#[derive(Debug)]
pub struct Reach {
    captures: usize,
    /// The first place.
    start: usize,
    before: Vec<bool>,
}

impl Reach {
    /// `can` says of an instruction whether it can be carried out where these captures may have a value: a step that cannot sets nothing,
    /// and a group that cannot is left out. Where more may have a value, it says no less.
    pub fn new(program: &[Instruction], captures: usize, can: impl FnMut(usize, &[bool]) -> bool) -> Self {
        Self::within(program, 0..program.len(), &vec![false; captures], can)
    }

    /// The same for the instructions of a group, which is entered with these captures.
    pub fn within(
        program: &[Instruction],
        range: Range<usize>,
        entry: &[bool],
        mut can: impl FnMut(usize, &[bool]) -> bool,
    ) -> Self {
        let places = range.len() + 1;
        let before = vec![false; places * entry.len()];
        let mut walk = Walk {
            reach: Reach { captures: entry.len(), start: range.start, before },
            places: range.clone().map(|at| Place::new(program, at)).collect(),
            forgotten: range.clone().map(|at| forgotten(program, at, entry.len())).collect(),
            open: Vec::new(),
        };
        let set = entry.iter().enumerate().filter_map(|(capture, set)| set.then_some(capture));
        walk.arrive(range.start, set);
        while let Some(News { at, capture }) = walk.open.pop() {
            let Some(place) = walk.places.get(at - range.start) else { continue };
            // a capture that is new can make it possible, and nothing can make it impossible again
            let opens = !place.possible && can(at, walk.reach.before(at));
            walk.spread(at, capture, opens);
        }
        walk.reach
    }

    /// The captures that may have a value when an instruction is reached.
    pub fn before(&self, at: usize) -> &[bool] {
        let place = at.saturating_sub(self.start);
        self.before.get(place * self.captures..(place + 1) * self.captures).unwrap_or_default()
    }
}

/// The fixpoint on its way. A place learns of each capture once.
struct Walk {
    reach: Reach,
    places: Vec<Place>,
    /// For each place that begins a loop, the captures that a round of it forgets.
    forgotten: Vec<Vec<bool>>,
    open: Vec<News>,
}

/// A place that is reached, or at which one more capture may have a value.
struct News {
    at: usize,
    capture: Option<usize>,
}

struct Place {
    reached: bool,
    /// Whether the instruction can be carried out, as far as is known.
    possible: bool,
    ways: Vec<Way>,
}

/// From an instruction to one that can follow it.
struct Way {
    to: usize,
    /// What is captured on it.
    sets: Vec<usize>,
    /// Whether the instruction has to be carried out for it.
    done: bool,
    /// The loop of which a round begins there.
    round_of: Option<usize>,
}

impl Place {
    fn new(program: &[Instruction], at: usize) -> Self {
        let past = Way { to: at + 1, sets: Vec::new(), done: false, round_of: None };
        let round = |start: usize| is_loop(program, start).then_some(start);
        let ways = match program.get(at) {
            None => Vec::new(),
            Some(Instruction::Call(call)) => {
                let done =
                    Way { to: at + 1, sets: call.sets_when_done().collect(), done: true, round_of: None };
                let back = call.rules.iter().filter_map(|rule| match rule.end {
                    RuleEnd::Then(to) => {
                        let sets = rule.capture.iter().map(|(capture, _)| *capture).collect();
                        Some(Way { to, sets, done: true, round_of: None })
                    }
                    RuleEnd::Class { .. } | RuleEnd::Renew { .. } => None,
                });
                let page = call.page.iter().map(|page| {
                    let sets = call.sets_when_done().chain([page.capture]).collect();
                    Way { to: at, sets, done: true, round_of: None }
                });
                [past, done].into_iter().chain(back).chain(page).collect()
            }
            Some(Instruction::Enter { end, .. }) => {
                vec![
                    Way { to: *end, ..past },
                    Way { to: at + 1, sets: Vec::new(), done: true, round_of: round(at) },
                ]
            }
            Some(Instruction::Leave { start }) => {
                let again = |start: usize| Way {
                    to: start + 1,
                    sets: Vec::new(),
                    done: false,
                    round_of: Some(start),
                };
                std::iter::once(past).chain(round(*start).map(again)).collect()
            }
        };
        Self { reached: false, possible: false, ways }
    }
}

impl Walk {
    /// Takes captures to a place; one outside of the group is not looked at.
    fn arrive(&mut self, at: usize, set: impl IntoIterator<Item = usize>) {
        let Reach { captures, start, before } = &mut self.reach;
        let Some(place) = at.checked_sub(*start) else { return };
        let known = before.get_mut(place * *captures..(place + 1) * *captures).unwrap_or_default();
        if let Some(place) = self.places.get_mut(place)
            && !std::mem::replace(&mut place.reached, true)
        {
            self.open.push(News { at, capture: None });
        }
        for capture in set {
            if let Some(known) = known.get_mut(capture)
                && !std::mem::replace(known, true)
            {
                self.open.push(News { at, capture: Some(capture) });
            }
        }
    }

    /// Takes a capture on from a place where it is news; with it what has waited for the instruction, if it can be carried out from now on.
    fn spread(&mut self, at: usize, capture: Option<usize>, opens: bool) {
        let start = self.reach.start;
        let Some(place) = self.places.get_mut(at - start) else { return };
        place.possible |= opens;
        let (possible, ways) = (place.possible, std::mem::take(&mut place.ways));
        for way in ways.iter().filter(|way| possible || !way.done) {
            let forgotten = way.round_of.and_then(|round| self.forgotten.get(round.checked_sub(start)?));
            let stays = |capture: &usize| forgotten.is_none_or(|gone| gone.get(*capture) != Some(&true));
            let mut news: Vec<usize> = match way.done && opens {
                true => (0..self.reach.captures)
                    .filter(|capture| self.reach.before(at).get(*capture) == Some(&true))
                    .collect(),
                false => capture.into_iter().collect(),
            };
            news.retain(stays);
            news.extend(&way.sets);
            self.arrive(way.to, news);
        }
        if let Some(place) = self.places.get_mut(at - start) {
            place.ways = ways;
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
    /// The captures that a response can set with which the step is done.
    pub fn sets_when_done(&self) -> impl Iterator<Item = usize> {
        let own = self.capture.iter().map(|(capture, _)| *capture);
        own.chain(self.set_by_rules())
    }

    /// The captures that only a page before can have set, where the first page is asked for.
    pub fn set_by_pages(&self) -> Vec<usize> {
        let page = self.page.iter().map(|page| page.capture);
        page.flat_map(|next| self.sets_when_done().chain([next])).collect()
    }

    /// Those of them that response rules set, which is before the step's own.
    pub fn set_by_rules(&self) -> impl Iterator<Item = usize> {
        let done = |end: &RuleEnd| matches!(end, RuleEnd::Class { class: Class::Done, .. });
        let rules = self.rules.iter().filter(move |rule| done(&rule.end));
        rules.flat_map(|rule| &rule.capture).map(|(capture, _)| *capture)
    }

    /// All that a response can set, whatever it means.
    fn sets(&self) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().flat_map(|rule| &rule.capture);
        let page = self.page.iter().map(|page| page.capture);
        self.capture.iter().chain(rules).map(|(capture, _)| *capture).chain(page)
    }
}

fn is_loop(program: &[Instruction], start: usize) -> bool {
    matches!(program.get(start), Some(Instruction::Enter { list: Some(_), .. }))
}

/// The captures that the steps of the group which starts here set.
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

/// What may have a value inside of the group that starts here: a round of a loop begins without what the round before has captured.
pub fn in_round(program: &[Instruction], start: usize, set: &[bool]) -> Vec<bool> {
    let forgotten = forgotten(program, start, set.len());
    let stays = |(capture, set): (usize, &bool)| *set && forgotten.get(capture) != Some(&true);
    set.iter().enumerate().map(stays).collect()
}

/// These captures, and more.
pub fn with(set: &[bool], more: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut set = set.to_vec();
    for capture in more {
        if let Some(slot) = set.get_mut(capture) {
            *slot = true;
        }
    }
    set
}
