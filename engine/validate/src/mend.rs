//! Applies fixes to the texts of files. Every one is tried: one that makes another finding is taken back.

use std::collections::{BTreeMap, BTreeSet};

use mapwright::{Edit, Finding, Fix, Severity, Sources};

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
    /// How many fixes were taken back, since each led to other findings. What is left has them no more.
    pub refused: usize,
    /// What is left.
    pub report: Report,
}

/// So many times what was mended may show what else can be.
const ROUNDS: usize = 8;
/// So often files are checked in a round; more fixes wait for the next one.
const CHECKS: usize = 200;

/// Applies the fixes of findings that are `wanted`. `check` checks files; only `own` are changed.
///
/// Edits are by bytes, so that comments and layout survive. What is found after a fix was found before, too, except for what an error hid:
/// the rest of its version is checked only now.
pub fn mend(
    own: &Sources,
    check: &dyn Fn(&Sources) -> Report,
    wanted: &dyn Fn(&Finding, &Fix) -> bool,
) -> Mended {
    let mut mended =
        Mended { sources: own.clone(), changed: Vec::new(), fixes: 0, refused: 0, report: check(own) };
    let whole = own.iter().filter(|(path, _)| is_whole(own, path));
    let mut paths: BTreeMap<String, String> =
        whole.map(|(path, _)| (own.shown(path).to_owned(), path.to_owned())).collect();
    // those that were taken back since the last one was kept
    let mut refused: Vec<Finding> = Vec::new();
    for _ in 0..ROUNDS {
        let found = mended.report.findings.clone();
        add_missing(&found, &mut paths);
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for finding in found.iter().filter(|finding| !refused.contains(finding)) {
            let candidate = Candidate::of(finding, &paths, wanted);
            candidates.extend(candidate.filter(|one| !candidates.iter().any(|other| one.overlaps(other))));
        }
        let before = mended.sources.clone();
        let mut search = Search {
            before: &before,
            check,
            mended: &mut mended,
            kept: Vec::new(),
            refused: Vec::new(),
            checks: 0,
        };
        search.run(&candidates);
        let (kept, taken_back) = (search.kept.len(), search.refused);
        mended.fixes += kept;
        // after another fix, one that was taken back may hold
        if kept > 0 {
            refused.clear();
        }
        let is_new = !taken_back.is_empty();
        refused.extend(taken_back.into_iter().cloned());
        if kept == 0 && !is_new {
            break;
        }
    }
    let keys: BTreeSet<_> = refused.iter().map(Numbers::key).collect();
    for finding in mended.report.findings.iter_mut().filter(|finding| keys.contains(&Numbers::key(finding))) {
        mended.refused += usize::from(finding.fix.take().is_some());
    }
    let changed = mended.sources.iter().filter(|(path, text)| own.get(path) != Some(text));
    mended.changed = changed.map(|(path, _)| path.to_owned()).collect();
    mended
}

/// Adds the files that fixes create, beside others.
fn add_missing(found: &[Finding], paths: &mut BTreeMap<String, String>) {
    let edits = found.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits);
    for shown in edits.map(|edit| edit.place.path.as_str()) {
        if paths.contains_key(shown) {
            continue;
        }
        let (folder, name) = shown.rsplit_once('/').unwrap_or(("", shown));
        let beside = paths.iter().find_map(|(known, path)| {
            let (known, path) = (known.rsplit_once('/').map_or("", |(folder, _)| folder), path);
            Some(path.rsplit_once('/')?.0).filter(|_| known == folder)
        });
        if let Some(beside) = beside.map(|folder| format!("{folder}/{name}")) {
            paths.insert(shown.to_owned(), beside);
        }
    }
}

/// A file of which bytes cannot be read would lose them.
fn is_whole(own: &Sources, path: &str) -> bool {
    own.layers(path).all(|layer| layer.broken.is_none())
}

/// A finding with its edits, each with the path of its file.
struct Candidate<'c> {
    finding: &'c Finding,
    safe: bool,
    edits: Vec<(&'c str, &'c Edit)>,
}

impl<'c> Candidate<'c> {
    fn of(
        finding: &'c Finding,
        paths: &'c BTreeMap<String, String>,
        wanted: &dyn Fn(&Finding, &Fix) -> bool,
    ) -> Option<Self> {
        let fix = finding.fix.as_ref().filter(|fix| wanted(finding, fix))?;
        let edits = fix.edits.iter().map(|edit| Some((paths.get(&edit.place.path)?.as_str(), edit)));
        Some(Self { finding, safe: fix.safe, edits: edits.collect::<Option<_>>()? })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.edits.iter().any(|(path, edit)| {
            other.edits.iter().any(|(other, with)| {
                let (a, b) = (edit.place.bytes, with.place.bytes);
                // what both put in one place stands there one after the other
                let are_added = a == b && a.0 == a.1;
                path == other && a.0 <= b.1 && b.0 <= a.1 && !are_added
            })
        })
    }
}

/// How often each thing is found. Findings are the same by rule, file and message, since their places move.
struct Numbers<'f>(BTreeMap<(&'f str, &'f str, &'f str), usize>);

impl<'f> Numbers<'f> {
    fn new(findings: &'f [Finding]) -> Self {
        let mut numbers = BTreeMap::new();
        findings.iter().for_each(|finding| *numbers.entry(Self::key(finding)).or_default() += 1);
        Self(numbers)
    }

    fn of(&self, finding: &Finding) -> usize {
        self.0.get(&Self::key(finding)).copied().unwrap_or(0)
    }

    fn key(finding: &Finding) -> (&str, &str, &str) {
        (finding.rule.id, &finding.place.path, &finding.message)
    }
}

struct Search<'s, 'c> {
    before: &'s Sources,
    check: &'s dyn Fn(&Sources) -> Report,
    mended: &'s mut Mended,
    kept: Vec<&'s Candidate<'c>>,
    /// What stays, since its fix was taken back.
    refused: Vec<&'c Finding>,
    checks: usize,
}

impl<'s, 'c> Search<'s, 'c> {
    /// Keeps all of these fixes, or those of either half that can be kept.
    fn run(&mut self, candidates: &'s [Candidate<'c>]) {
        if candidates.is_empty() || self.checks >= CHECKS {
            return;
        }
        self.checks += 1;
        let (sources, lines) = applied(self.before, self.kept.iter().copied().chain(candidates));
        let report = (self.check)(&sources);
        if is_better(&self.mended.report, &report, candidates, &lines) {
            self.kept.extend(candidates);
            (self.mended.sources, self.mended.report) = (sources, report);
        } else if candidates.len() > 1 {
            let (first, second) = candidates.split_at(candidates.len() / 2);
            self.run(first);
            self.run(second);
        } else {
            self.refused.extend(candidates.iter().map(|candidate| candidate.finding));
        }
    }
}

/// Whether the findings are gone that were to be mended, and no fix made another one. `lines` are those that were edited.
fn is_better(
    before: &Report,
    after: &Report,
    candidates: &[Candidate<'_>],
    lines: &BTreeSet<(String, usize)>,
) -> bool {
    let (known, found) = (Numbers::new(&before.findings), Numbers::new(&after.findings));
    let gone = |candidate: &Candidate<'_>| found.of(candidate.finding) < known.of(candidate.finding);
    // an error hides what is wrong in the rest of its version, a warning hides nothing
    let errors = candidates.iter().any(|candidate| candidate.finding.severity() == Severity::Error);
    let safe = candidates.iter().all(|candidate| candidate.safe);
    let hidden = |finding: &Finding| {
        let edited = lines.contains(&(finding.place.path.clone(), finding.place.line));
        errors && !edited && (safe || finding.severity() != Severity::Error)
    };
    let fine = |finding: &Finding| found.of(finding) <= known.of(finding) || hidden(finding);
    candidates.iter().all(gone) && after.findings.iter().all(fine)
}

/// Returns the files with edits, which do not overlap, and the lines in which text was put.
fn applied<'e>(
    sources: &Sources,
    fixes: impl Iterator<Item = &'e Candidate<'e>>,
) -> (Sources, BTreeSet<(String, usize)>) {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for (path, edit) in fixes.flat_map(|candidate| &candidate.edits) {
        by_file.entry(path).or_default().push(edit);
    }
    let (mut after, mut lines) = (sources.clone(), BTreeSet::new());
    for (path, mut edits) in by_file {
        // a file that is missing is created
        let (text, shown) = match sources.get(path) {
            Some(text) => (text, sources.shown(path).to_owned()),
            None => ("", edits.first().map_or(String::new(), |edit| edit.place.path.clone())),
        };
        edits.sort_by_key(|edit| edit.place.bytes);
        let (mut new, mut at) = (String::with_capacity(text.len()), 0);
        for edit in edits {
            let (start, end) = edit.place.bytes;
            new.push_str(text.get(at..start).unwrap_or(""));
            if !edit.text.is_empty() {
                lines.insert((shown.clone(), new.matches('\n').count() + 1));
            }
            new.push_str(&edit.text);
            at = end;
        }
        new.push_str(text.get(at..).unwrap_or(""));
        after.insert_as(path, shown, new);
    }
    (after, lines)
}
