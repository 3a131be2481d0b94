//! Faults that are put into mappings one at a time, and legal edits: what `validate-mappings` finds of the ones, and that it finds nothing in the others.

mod edit;
mod subjects;

use std::collections::BTreeSet;
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

/// What came of all faults, written by the long form: `s` is found without tests, `t` with them, and `-` is not found.
const OUTCOMES: &str = "tests/data/seeds/outcomes.txt";

/// Whether every edit is made. The short form makes one of several.
fn is_long_form() -> bool {
    std::env::var("SEEDS").is_ok_and(|form| form == "all")
}

/// The edits that are made by this form of a test: one of `share`.
fn sample(edits: Vec<Edit>, share: usize) -> Vec<Edit> {
    let share = if is_long_form() { 1 } else { share };
    edits.into_iter().step_by(share).collect()
}

fn outcome(subjects: &Subjects, edit: &Edit) -> char {
    if !subjects.statically(edit).is_empty() {
        's'
    } else if !subjects.with_tests(edit).is_empty() {
        't'
    } else {
        '-'
    }
}

/// A line of the file of outcomes.
fn told(outcome: char, edit: &Edit) -> String {
    format!("{outcome} {}: {}", edit.kind, edit.line())
}

#[test]
fn faults_are_found() {
    let subjects = Subjects::new();
    let all: Vec<(String, Vec<Edit>)> = files()
        .into_iter()
        .map(|(file, _)| {
            let edits = read(&subjects, &format!("faults/{file}.yaml"));
            (file, edits)
        })
        .collect();
    let made = sample(all.iter().flat_map(|(_, edits)| edits.iter().cloned()).collect(), 8);
    let lines: Vec<String> = each(&made, |edit| told(outcome(&subjects, edit), edit));
    if is_long_form() {
        generated(OUTCOMES, &format!("{}\n", lines.join("\n")));
    }
    let known = std::fs::read_to_string(workspace().join(OUTCOMES)).unwrap();
    let listed: BTreeSet<&str> = known.lines().collect();
    let other: Vec<&String> = lines.iter().filter(|line| !listed.contains(line.as_str())).collect();
    assert!(other.is_empty(), "the long form, `SEEDS=all`, writes what else is found now: {other:#?}");

    let mut groups = Vec::new();
    let mut outcomes = known.lines().filter_map(|line| line.chars().next());
    for ((file, about), (_, edits)) in files().into_iter().zip(&all) {
        let mut group = Count::default();
        for outcome in outcomes.by_ref().take(edits.len()) {
            group += Count { all: 1, found: (outcome != '-').into(), statically: (outcome == 's').into() };
        }
        groups.push((file, about, group));
    }
    let kinds: BTreeSet<&str> =
        all.iter().flat_map(|(_, edits)| edits).map(|edit| edit.kind.as_str()).collect();

    let (mut sum, mut rows) = (Count::default(), String::new());
    let kinds_of_tests = edit::read(&format!("faults/{BY_TESTS}.yaml"));
    let kinds_of_tests: BTreeSet<&str> = kinds_of_tests.iter().map(|edit| edit.kind.as_str()).collect();
    for (_, about, count) in groups.iter().filter(|(file, ..)| file != BY_TESTS) {
        sum += *count;
        let Count { all, found, statically } = count;
        let _ = writeln!(rows, "| {about} | {all} | {found} | {statically} |");
    }
    let (found, statically) = (sum.percent(sum.found), sum.percent(sum.statically));
    let by_tests = groups.iter().find(|(file, ..)| file == BY_TESTS).map(|(.., count)| *count).unwrap();
    let kinds = kinds.difference(&kinds_of_tests).count();
    let section = format!(
        "## What it finds\n\n\
        {all} faults of {kinds} kinds are put into the shipped mappings and into made-up ones, one at a time, by `SEEDS=all cargo test -p mapwright-tests --test seeds`. \
        {found:.1} % are found, {statically:.1} % without a mapping test (`--no-tests`):\n\n\
        | kind of fault | injected | found | found without tests |\n|---|---|---|---|\n{rows}\n\
        Of {of_tests} more, such as a wrong constant or swapped sources, the mapping is as valid as before, so that only its tests can notice: they notice {noticed}. \
        In {legal} edits that are unusual and right, nothing is found.\n\n",
        all = sum.all,
        of_tests = by_tests.all,
        noticed = by_tests.found,
        legal = edit::read("legal.yaml").len(),
    );
    const PAGE: &str = "docs/validate-mappings.md";
    let page = std::fs::read_to_string(workspace().join(PAGE)).unwrap();
    let start = page.find("## What it finds\n").unwrap();
    let end = page[start..].find("\n## ").unwrap() + start + 1;
    generated(PAGE, &format!("{}{section}{}", &page[..start], &page[end..]));
    assert!(sum.all >= 300 && kinds >= 45 && found >= 95.0 && statically >= 85.0, "{sum:?}");
}

#[test]
fn legal_edits_are_left_alone() {
    let subjects = Subjects::new();
    let edits = read(&subjects, "legal.yaml");
    assert!(edits.len() >= 100);
    let edits = sample(edits, 4);
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
