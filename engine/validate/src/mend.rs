//! Applies fixes to the texts of files. Every one is tried: one that makes another finding is taken back.

use std::collections::BTreeMap;

use mapwright::{Edit, Finding, Fix, Sources};

use crate::report::Report;

/// The files after fixes, and what is found in them then.
#[derive(Debug)]
pub struct Mended {
    /// All files.
    pub sources: Sources,
    /// The files that changed, by their paths among the sources.
    pub changed: Vec<String>,
    /// How many findings were mended.
    pub fixes: usize,
    /// What is left.
    pub report: Report,
}

/// So many times what was mended may show what else can be.
const ROUNDS: usize = 8;
/// So often files are checked in a round; more fixes wait for the next one.
const CHECKS: usize = 200;

/// Applies the fixes of findings that are `wanted`. `check` checks files; only `own` are changed.
///
/// Edits are by bytes, so that comments and layout survive. A fix is kept only if all that is found after it was found before, too.
pub fn mend(
    own: &Sources,
    check: &dyn Fn(&Sources) -> Report,
    wanted: &dyn Fn(&Finding, &Fix) -> bool,
) -> Mended {
    let mut mended = Mended { sources: own.clone(), changed: Vec::new(), fixes: 0, report: check(own) };
    for _ in 0..ROUNDS {
        let known = mended.report.findings.clone();
        let paths: BTreeMap<&str, &str> = own
            .iter()
            .filter(|(path, _)| is_whole(own, path))
            .map(|(path, _)| (own.shown(path), path))
            .collect();
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for finding in &known {
            let fix = finding.fix.as_ref().filter(|fix| wanted(finding, fix));
            let edits = fix.and_then(|fix| located(fix, &paths));
            candidates.extend(edits.filter(|edits| !candidates.iter().any(|other| overlap(edits, other))));
        }
        let before = mended.sources.clone();
        let mut search = Search {
            before: &before,
            check,
            known: numbers(&known),
            mended: &mut mended,
            kept: Vec::new(),
            checks: 0,
        };
        search.run(&candidates);
        let kept = search.kept.len();
        mended.fixes += kept;
        if kept == 0 {
            break;
        }
    }
    let changed = mended.sources.iter().filter(|(path, text)| own.get(path) != Some(text));
    mended.changed = changed.map(|(path, _)| path.to_owned()).collect();
    mended
}

/// The edits of a fix, each with the path of its file.
type Candidate<'c> = Vec<(&'c str, &'c Edit)>;

/// A file of which bytes cannot be read would lose them.
fn is_whole(own: &Sources, path: &str) -> bool {
    own.layers(path).all(|layer| layer.broken.is_none())
}

fn located<'c>(fix: &'c Fix, paths: &BTreeMap<&str, &'c str>) -> Option<Candidate<'c>> {
    fix.edits.iter().map(|edit| Some((*paths.get(edit.place.path.as_str())?, edit))).collect()
}

fn overlap(some: &Candidate<'_>, others: &Candidate<'_>) -> bool {
    some.iter().any(|(path, edit)| {
        others.iter().any(|(other, with)| {
            let (a, b) = (edit.place.bytes, with.place.bytes);
            path == other && a.0 <= b.1 && b.0 <= a.1
        })
    })
}

/// What is found, and how often: by rule, file and message, since places move.
fn numbers(findings: &[Finding]) -> BTreeMap<(&str, &str, &str), usize> {
    let mut numbers = BTreeMap::new();
    for finding in findings {
        *numbers
            .entry((finding.rule.id, finding.place.path.as_str(), finding.message.as_str()))
            .or_default() += 1;
    }
    numbers
}

struct Search<'s, 'c> {
    before: &'s Sources,
    check: &'s dyn Fn(&Sources) -> Report,
    known: BTreeMap<(&'s str, &'s str, &'s str), usize>,
    mended: &'s mut Mended,
    kept: Vec<&'s Candidate<'c>>,
    checks: usize,
}

impl<'s, 'c> Search<'s, 'c> {
    /// Keeps all of these fixes, or those of either half that can be kept.
    fn run(&mut self, candidates: &'s [Candidate<'c>]) {
        if candidates.is_empty() || self.checks >= CHECKS {
            return;
        }
        let sources = applied(self.before, self.kept.iter().copied().chain(candidates));
        let report = (self.check)(&sources);
        self.checks += 1;
        let found = numbers(&report.findings);
        let is_known =
            |(what, number): (_, &usize)| self.known.get(what).is_some_and(|known| number <= known);
        let fewer = found.values().sum::<usize>() < self.mended.report.findings.len();
        if fewer && found.iter().all(is_known) {
            self.kept.extend(candidates);
            (self.mended.sources, self.mended.report) = (sources, report);
        } else if let (first, second) = candidates.split_at(candidates.len() / 2)
            && !first.is_empty()
        {
            self.run(first);
            self.run(second);
        }
    }
}

/// Returns the files with edits, which do not overlap.
fn applied<'e>(sources: &Sources, fixes: impl Iterator<Item = &'e Candidate<'e>>) -> Sources {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for (path, edit) in fixes.flatten() {
        by_file.entry(path).or_default().push(edit);
    }
    let mut after = sources.clone();
    for (path, mut edits) in by_file {
        let Some(text) = sources.get(path) else { continue };
        edits.sort_by_key(|edit| edit.place.bytes);
        let (mut new, mut at) = (String::with_capacity(text.len()), 0);
        for edit in edits {
            let (start, end) = edit.place.bytes;
            new.push_str(text.get(at..start).unwrap_or(""));
            new.push_str(&edit.text);
            at = end;
        }
        new.push_str(text.get(at..).unwrap_or(""));
        after.insert_as(path, sources.shown(path).to_owned(), new);
    }
    after
}
