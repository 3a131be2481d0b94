//! Faults that are put into mappings one at a time, and legal edits: what `validate-mappings` finds of the ones, and that it finds nothing in the others.

mod edit;
mod subjects;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::AddAssign;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mapwright_tests::{generated, workspace};

use crate::edit::Edit;
use crate::subjects::Subjects;

/// The faults after which a mapping is valid and says something else: only its tests can find most of them.
const BY_TESTS: &str = "by-tests";

/// How many faults there are, and of how many something is found.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: usize,
    found: usize,
    statically: usize,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.all += other.all;
        self.found += other.found;
        self.statically += other.statically;
    }
}

impl Count {
    fn percent(self, of: usize) -> f64 {
        of as f64 * 100.0 / self.all as f64
    }
}

/// Does something with every edit, on all cores, and returns what came of it in order.
fn each<T: Send>(edits: &[Edit], work: impl Fn(&Edit) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some((at, edit)) = edits.get(next.load(Ordering::Relaxed)).and_then(|_| {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    Some((at, edits.get(at)?))
                }) {
                    let result = work(edit);
                    done.lock().unwrap().push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Reads edits that all can be made.
fn read(subjects: &Subjects, name: &str) -> Vec<Edit> {
    let edits = edit::read(name);
    let problems: Vec<String> = edits.iter().filter_map(|edit| subjects.problem(edit)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    edits
}

/// The files of faults: their names, and what they are about.
fn files() -> Vec<(String, String)> {
    let folder = workspace().join("tests/data/seeds/faults");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let about = text.strip_prefix("# ").unwrap().split(['.', '\n']).next().unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), about.to_owned())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn faults_are_found() {
    let subjects = Subjects::new();
    let (mut kinds, mut missed, mut groups) = (String::new(), String::new(), Vec::new());
    for (file, about) in files() {
        let edits = read(&subjects, &format!("faults/{file}.yaml"));
        let found = each(&edits, |edit| {
            let statically = !subjects.statically(edit).is_empty();
            (statically, statically || !subjects.with_tests(edit).is_empty())
        });
        let (mut counts, mut group) = (BTreeMap::<&str, Count>::new(), Count::default());
        for (edit, (statically, found)) in edits.iter().zip(found) {
            let count = Count { all: 1, found: found.into(), statically: statically.into() };
            *counts.entry(&edit.kind).or_default() += count;
            group += count;
            if !found {
                let _ = writeln!(missed, "{}: {}", edit.kind, edit.line());
            }
        }
        for (kind, count) in counts {
            let Count { all, found, statically } = count;
            let _ = writeln!(kinds, "{all:4} {found:4} {statically:4}  {kind}");
        }
        groups.push((file, about, group));
    }
    insta::assert_snapshot!("found", format!("faults, found, statically\n{kinds}\nmissed\n{missed}"));

    let (mut all, mut rows) = (Count::default(), String::new());
    let kinds_of_tests = edit::read(&format!("faults/{BY_TESTS}.yaml"));
    let kinds_of_tests: BTreeSet<&str> = kinds_of_tests.iter().map(|edit| edit.kind.as_str()).collect();
    for (_, about, count) in groups.iter().filter(|(file, ..)| file != BY_TESTS) {
        all += *count;
        let Count { all, found, statically } = count;
        let _ = writeln!(rows, "| {about} | {all} | {found} | {statically} |");
    }
    let (found, statically) = (all.percent(all.found), all.percent(all.statically));
    let by_tests = groups.iter().find(|(file, ..)| file == BY_TESTS).map(|(.., count)| *count).unwrap();
    let kinds = kinds.lines().count() - kinds_of_tests.len();
    let section = format!(
        "## What it finds\n\n\
        {all} faults of {kinds} kinds are put into the shipped mappings and into made-up ones, one at a time, by `cargo test -p mapwright-tests --test seeds`. \
        {found:.1} % are found, {statically:.1} % without a mapping test (`--no-tests`):\n\n\
        | faults | number | found | without tests |\n|---|---|---|---|\n{rows}\n\
        Of {of_tests} more, such as a wrong constant or swapped sources, the mapping is as valid as before, so that only its tests can tell: they tell of {told}. \
        In {legal} edits that are unusual and right, nothing is found.\n\n",
        all = all.all,
        of_tests = by_tests.all,
        told = by_tests.found,
        legal = edit::read("legal.yaml").len(),
    );
    const PAGE: &str = "docs/validate-mappings.md";
    let page = std::fs::read_to_string(workspace().join(PAGE)).unwrap();
    let start = page.find("## What it finds\n").unwrap();
    let end = page[start..].find("\n## ").unwrap() + start + 1;
    generated(PAGE, &format!("{}{section}{}", &page[..start], &page[end..]));
    assert!(all.all >= 300 && kinds >= 45 && found >= 95.0 && statically >= 85.0, "{all:?}");
}

#[test]
fn legal_edits_are_left_alone() {
    let subjects = Subjects::new();
    let edits = read(&subjects, "legal.yaml");
    assert!(edits.len() >= 100);
    let results = each(&edits, |edit| subjects.statically(edit));
    let mut wrong = String::new();
    for (edit, found) in edits.iter().zip(results).filter(|(_, found)| !found.is_empty()) {
        let _ = writeln!(wrong, "{}: {}", edit.kind, edit.line());
        for finding in found {
            let _ = writeln!(wrong, "    {finding} ({})", finding.help.as_deref().unwrap_or(""));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
