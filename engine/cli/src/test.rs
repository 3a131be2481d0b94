//! `mapwright test`: the tests beside the mappings, and updates of what they expect.

mod record;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use mapwright::{Finding, Sources, TestName, TestOptions, TestResult};
use mapwright_report::tests_summary;
use mapwright_validate::{Mended, Report, mend, run_tests};

use crate::args::TestArgs;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::validate::fixes;
use crate::validate::outputs::{Outputs, print};
use crate::validate::roots::{Root, roots};
use crate::{mappings, terminal};

/// The rule whose findings updates mend.
const OF_TESTS: &str = "failing-test";
/// Said of a test whose update was tried and taken back.
const LEFT: &str = "an update leaves the test as it is, since it would not pass with it: an anchor, an alias or an explicit key (`? …`) is in the way, write it by hand";

/// Runs the command.
pub(crate) fn run(args: &TestArgs) -> Result<u8, CommandError> {
    if let Some(event) = &args.recording.record {
        return record::record(args, event);
    }
    let roots = roots(&args.paths, None)?;
    let outputs = Outputs::new(&args.report, None, &[], &roots)?.without_summary();
    let mut report = Report::default();
    let (mut texts, mut diff, mut list) = (Sources::new(), String::new(), String::new());
    let names = RefCell::new(BTreeSet::new());
    for root in roots {
        let own = root.sources()?;
        let tested = Tested::new(args, &root, &own, &names);
        list += &tested.list;
        if args.diff {
            diff += &fixes::diff(&own, &tested.mended);
        } else if args.update {
            fixes::write(&tested.mended)?;
            tested.updated.iter().for_each(|line| terminal::complain(line));
        }
        report.extend(tested.mended.report);
        texts.extend(tested.all.by_shown_path());
    }
    let ran = report.checked.tests + report.checked.inherited_tests;
    if !args.filters.is_empty() && ran == 0 && report.findings.is_empty() && list.is_empty() {
        return Err(no_test(args, &names.into_inner()));
    }
    let cannot_run = report.findings.iter().any(|finding| finding.rule.id == "unusable-version");
    let fails = report.fails(args.deny_warnings) || cannot_run;
    if args.list {
        print(&list)?;
    }
    if args.diff && !diff.is_empty() {
        return print(&diff).map(|()| REJECTED);
    }
    // a list, or a difference that is none, says nothing of what keeps tests from running
    if (args.list || args.diff) && !fails {
        return Ok(DONE);
    }
    outputs.write(&report, &texts)?;
    if args.report.format.name == "text" && !args.report.quiet {
        print(&tests_summary(&report))?;
    }
    Ok(if fails { REJECTED } else { DONE })
}

/// A mapping folder whose tests ran.
struct Tested {
    mended: Mended,
    /// Its files, and the built-in ones if they are tested together.
    all: Sources,
    /// What was updated, in lines.
    updated: Vec<String>,
    /// The names of the tests, in lines.
    list: String,
}

impl Tested {
    fn new(args: &TestArgs, root: &Root, own: &Sources, names: &RefCell<BTreeSet<String>>) -> Self {
        let all = |own: &Sources| mappings::beside(own, args.builtin);
        let files = root.selected(own, &args.paths);
        let is_all = files.len() == own.iter().count();
        let list = RefCell::new(String::new());
        let filters: Vec<String> = args.filters.iter().map(|text| text.to_lowercase()).collect();
        let wanted = &|test: &TestName<'_>| {
            names.borrow_mut().insert(test.name.to_owned());
            let of = |name: &str| files.contains(own.shown(&format!("{}{name}", test.folder)));
            let is_selected = is_all
                || files.contains(test.file)
                || of("version.yaml")
                || of(&format!("{}.yaml", test.message));
            let name = test.name.to_lowercase();
            let is_named = filters.is_empty() || filters.iter().any(|text| name.contains(text));
            if is_selected && is_named && args.list {
                let version = test.folder.trim_start_matches("mappings/").trim_end_matches('/');
                *list.borrow_mut() += &format!("{version}/{}: {}\n", test.message, test.name);
            }
            is_selected && is_named && !args.list
        };
        let updates = args.update || args.diff;
        let run = |own: &Sources, updates: bool, only: Option<&BTreeSet<String>>| {
            let mut options = TestOptions::default();
            options.updates = updates;
            if !is_all || !filters.is_empty() || args.list || only.is_some() {
                let is_meant = |test: &TestName<'_>| only.is_none_or(|only| only.contains(test.name));
                options.wanted = Some(Box::new(move |test| wanted(test) && is_meant(test)));
            }
            run_tests(&all(own), &options)
        };
        let before = run(own, updates, None);
        let failing = before.tests.iter().filter(|test| !test.failures.is_empty());
        let failing: BTreeSet<String> = failing.map(|test| test.name.clone()).collect();
        // an update changes nothing of other tests
        let check = |own: &Sources| run(own, true, Some(&failing));
        let mut mended = match updates && !failing.is_empty() {
            true => mend(own, &check, &|finding, _| finding.rule.id == OF_TESTS),
            false => {
                Mended { sources: own.clone(), changed: Vec::new(), fixes: 0, report: Report::default() }
            }
        };
        let after = if mended.changed.is_empty() { before.clone() } else { run(&mended.sources, true, None) };
        mended.report = after;
        if !is_all {
            keep_near(&mut mended.report, own, &files);
        }
        if !args.builtin {
            let findings = &mut mended.report.findings;
            mappings::point_at_builtin(findings, &mended.sources, "with `--builtin`");
        }
        if updates {
            let left = |finding: &&mut Finding| finding.rule.id == OF_TESTS && finding.fix.is_some();
            for finding in mended.report.findings.iter_mut().filter(left) {
                finding.help = Some(LEFT.to_owned());
            }
        }
        let updated = updated(&before.tests, &mended.report.tests);
        Self { all: all(&mended.sources), mended, updated, list: list.into_inner() }
    }
}

/// Keeps what can keep the selected tests from running: findings of their destinations, or all if none has run.
fn keep_near(report: &mut Report, own: &Sources, files: &HashSet<String>) {
    if report.tests.is_empty() {
        return;
    }
    let of = |path: &str| path.split('/').nth(1).map(str::to_owned);
    let selected = own.iter().filter(|(path, _)| files.contains(own.shown(path)));
    let near: HashSet<Option<String>> = selected.map(|(path, _)| of(path)).collect();
    let far = own.iter().filter(|(path, _)| path.contains('/') && !near.contains(&of(path)));
    let far: HashSet<&str> = far.map(|(path, _)| own.shown(path)).collect();
    report.keep(|finding| !far.contains(finding.place.path.as_str()));
}

/// The tests that pass now, in lines.
fn updated(before: &[TestResult], after: &[TestResult]) -> Vec<String> {
    let failed = before.iter().filter(|test| !test.failures.is_empty());
    let lines = failed.filter_map(|test| {
        let is_it = |now: &&TestResult| now.name == test.name && now.version == test.version;
        let now = after.iter().find(is_it).filter(|now| now.failures.is_empty())?;
        let place = &now.place;
        Some(format!("{}:{}: updated `{}` of {}", place.path, place.line, now.name, now.version))
    });
    lines.collect()
}

fn no_test(args: &TestArgs, names: &BTreeSet<String>) -> CommandError {
    let filters: Vec<String> = args.filters.iter().map(|text| format!("`{text}`")).collect();
    let wanted = args.filters.first().map_or("", String::as_str);
    let words: BTreeSet<&str> =
        names.iter().flat_map(|name| name.split_whitespace().chain([name.as_str()])).collect();
    let help = match mapwright::nearest(wanted, words) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`--list` shows all names".to_owned(),
    };
    CommandError::NoTest { filters: filters.join(" or "), help }
}
