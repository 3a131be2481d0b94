//! The command `validate-mappings`.

pub(crate) mod args;
pub(crate) mod fixes;
mod mutate;
pub(crate) mod outputs;
pub(crate) mod roots;
mod rules;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use mapwright::{Finding, Fix, PointKind, Sources};
use mapwright_report::coverage_percent;
use mapwright_validate::{
    Mended, Options, Page, Report, Validator, breaking_changes, changed_tests, mend, validate, validate_pages,
};

use self::args::{Args, Minimum};
use self::outputs::{Outputs, print};
use self::rules::Wanted;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::folder::{self, Reading};
use crate::{git, mappings, program, terminal};

/// Runs `validate-mappings` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(arguments, |args: &Args| match &args.explain {
        Some(rule) => print(&rules::explain(rule)?).map(|()| DONE),
        None if args.list_rules => print(&rules::list(args.report.format)).map(|()| DONE),
        None if args.mutate => mutate::mutate(args),
        None if args.watch => {
            let validator = Validator::new(options(args));
            watch::watch(args, |args, reading| check(args, Some(&validator), reading))
        }
        None => {
            // fixes are tried one by one
            let validator = (args.fix || args.diff).then(|| Validator::new(options(args)));
            check(args, validator.as_ref(), &folder::text_of)
        }
    })
}

fn options(args: &Args) -> Options {
    Options::default().with_tests(!args.no_tests).with_coverage(args.coverage)
}

/// Checks all that is selected. What is checked again and again has a validator, which knows what it found.
fn check(args: &Args, validator: Option<&Validator>, reading: Reading<'_>) -> Result<u8, CommandError> {
    let roots = roots::roots(&args.paths, args.stdin_filename.as_deref())?;
    let outputs = Outputs::new(&args.report, args.write_baseline.as_deref(), &args.coverage_outputs, &roots)?;
    let outputs = if args.statistics { outputs.with_statistics(args.report.format)? } else { outputs };
    let wanted = Wanted::new(args)?;
    let mut report = Report::default();
    // the files of all roots, by their paths in findings
    let mut texts = Sources::new();
    let mut diff = String::new();
    let (mut fixes, mut files, mut refused) = (0, 0, 0);
    let mut folders = Vec::new();
    for root in roots {
        let checked = Checked::new(args, root.sources_by(reading)?, &root.pages(), &wanted, validator);
        diff += &checked.diff;
        refused += checked.refused;
        if args.fix && !args.diff {
            fixes::write(&checked.mended)?;
            (fixes, files) = (fixes + checked.mended.fixes, files + checked.mended.changed.len());
        }
        let found = checked.against(args, &root)?;
        // a change of one file can break others, so all findings of the folder are reported
        report.extend(checked.mended.report);
        report.add(found);
        folders.push((root, checked.all.iter().map(|(path, _)| path.to_owned()).collect()));
        texts.extend(checked.all.by_shown_path());
    }
    if refused > 0 && !args.report.quiet {
        let fixes =
            count(refused, "fix leads to other findings, and is", "fixes lead to other findings, and are");
        terminal::complain(&format!("note: {fixes} left to you"));
    }
    if args.diff {
        return print(&diff).map(|()| if diff.is_empty() { DONE } else { REJECTED });
    }
    if fixes > 0 && !args.report.quiet {
        terminal::complain(&format!(
            "mended {} in {}",
            count(fixes, "finding", "findings"),
            count(files, "file", "files")
        ));
    }
    let missing = roots::missing(&folders, &report)?;
    report.add(missing);
    report.keep(|finding| wanted.wants(finding));
    let is_wanted = |rule: &str| wanted.wants_rule(rule);
    if let Some(gone) = wanted.baseline().map(|baseline| report.apply_baseline(baseline, is_wanted))
        && gone > 0
        && !args.report.quiet
    {
        let gone = count(gone, "finding of the baseline is", "findings of the baseline are");
        terminal::complain(&format!("note: {gone} gone; `--write-baseline` writes it anew"));
    }
    if args.write_baseline.is_none() {
        if wanted.wants_rule("unusable-version") {
            report.tell_unusable();
        }
        report.one_per_cause();
    }
    let fails = report.fails(args.deny_warnings) || !is_enough(args, &report);
    let fails = fails && !args.exit_zero && args.write_baseline.is_none();
    outputs.write(&report, &texts)?;
    Ok(if fails { REJECTED } else { DONE })
}

/// Whether the tests reach as much as they have to. What is missing is told.
fn is_enough(args: &Args, report: &Report) -> bool {
    let Some(coverage) = &report.coverage else { return true };
    let mut enough = true;
    if coverage.points.is_empty() && !args.min_coverage.is_empty() {
        terminal::complain("error: no version could be used, so that there is nothing for tests to reach");
        enough = false;
    }
    for Minimum { kind, percent } in &args.min_coverage {
        let reached = coverage_percent(coverage, *kind);
        if reached < *percent {
            enough = false;
            let of = kind.map_or("what there is", PointKind::name);
            // less than all, however little is missing
            let reached = (reached * 10.0).floor() / 10.0;
            terminal::complain(&format!(
                "error: the tests reach {reached:.1} % of {of}, which is less than {percent} %; `--coverage-output lines=FILE` lists what is missing"
            ));
        }
    }
    enough
}

/// A mapping folder after its check.
struct Checked {
    mended: Mended,
    /// Its files, and the built-in ones if they are checked together.
    all: Sources,
    /// What fixes would change.
    diff: String,
    /// How many fixes that were wanted were taken back.
    refused: usize,
}

impl Checked {
    /// What breaks, compared with a revision. The tests whose output changes are told.
    fn against(&self, args: &Args, root: &roots::Root) -> Result<Vec<Finding>, CommandError> {
        let Some(revision) = args.against.as_deref().filter(|_| !root.is_empty()) else {
            return Ok(Vec::new());
        };
        let before = git::mappings(&root.path, revision, &|path| root.show(path))?;
        let before = mappings::beside(&before, args.builtin);
        if !args.no_tests && !args.report.quiet {
            let results = &self.mended.report.tests;
            for test in changed_tests(&before, &self.all, results) {
                terminal::complain(&format!(
                    "note: the output of the test `{}` changes in `{}`",
                    test.name, test.version
                ));
            }
        }
        Ok(breaking_changes(&before, &self.all))
    }

    fn new(
        args: &Args,
        own: Sources,
        pages: &[Page],
        wanted: &Wanted,
        validator: Option<&Validator>,
    ) -> Self {
        let options = options(args);
        let all = |own: &Sources| mappings::beside(own, args.builtin);
        let mending = args.fix || args.diff;
        let mends = |finding: &Finding, fix: &Fix| {
            mending && (fix.safe || args.unsafe_fixes) && wanted.wants(finding) && !wanted.knows(finding)
        };
        let check = |own: &Sources| match pages {
            [] => match validator {
                Some(validator) => validator.validate(&all(own)),
                None => validate(&all(own), &options),
            },
            pages => validate_pages(&all(own), pages, &options),
        };
        let mut mended = mend(&own, &check, &mends);
        if !args.builtin {
            let findings = &mut mended.report.findings;
            mappings::point_at_builtin(findings, &mended.sources, "with `--builtin`");
        }
        let wanted = |finding: &&Finding| finding.fix.as_ref().is_some_and(|fix| mends(finding, fix));
        let refused = mended.report.findings.iter().filter(wanted).count();
        let diff = if args.diff { fixes::diff(&own, &mended) } else { String::new() };
        Self { all: all(&mended.sources), mended, diff, refused }
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
