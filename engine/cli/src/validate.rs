//! The command `validate-mappings`.

pub(crate) mod args;
pub(crate) mod fixes;
mod mutate;
pub(crate) mod outputs;
pub(crate) mod roots;
mod rules;
mod watch;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use mapwright::{Finding, Fix, Sources};
use mapwright_report::{Miss, coverage_misses};
use mapwright_validate::{
    Mended, Options, Page, Report, Validator, breaking_changes, changed_tests, mend, validate, validate_pages,
};

use self::args::Args;
use self::outputs::{Outputs, print};
use self::rules::Wanted;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::folder::{self, ReadFile};
use crate::{git, mappings, program, terminal};

/// Runs `validate-mappings` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(arguments, |args: &Args| match &args.explain {
        Some(rule) => print(&rules::explain(rule)?).map(|()| DONE),
        None if args.list_rules => print(&rules::list(args.report.format)).map(|()| DONE),
        None if args.mutate => {
            let checked = match args.deny_warnings {
                Some(true) => check(args, None, &folder::text_of)?,
                _ => DONE,
            };
            Ok(mutate::mutate(args)?.max(checked))
        }
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
fn check(args: &Args, validator: Option<&Validator>, reading: ReadFile<'_>) -> Result<u8, CommandError> {
    let roots = roots::roots(&args.paths, args.stdin_filename.as_deref())?;
    let stated = Stated::new(args, &roots);
    let read = (roots.as_slice(), stated.baselines.as_slice());
    let outputs = Outputs::new(&args.report, args.write_baseline.as_deref(), &args.coverage_outputs, read)?;
    let outputs = if args.statistics { outputs.with_statistics(args.report.format)? } else { outputs };
    let outputs = if args.mutate { outputs.aside() } else { outputs };
    let wanted = Wanted::new(args, &stated.baselines)?;
    let mut report = Report::default();
    // the files of all roots, by their paths in findings
    let mut texts = Sources::new();
    let mut diff = String::new();
    let (mut fixes, mut files, mut refused) = (0, 0, 0);
    let mut folders = Vec::new();
    for root in roots {
        let checked = Checked::new(args, root.sources_by(reading)?, &root.pages(), &wanted, validator);
        diff += &checked.diff;
        refused += checked.mended.refused;
        if args.fix && !args.diff {
            fixes::write(&checked.mended)?;
            (fixes, files) = (fixes + checked.mended.fixes, files + checked.mended.changed.len());
        }
        let found = checked.against(args, &root)?;
        // a change of one file can break others, so all findings of the folder are reported
        report.extend(checked.mended.report);
        report.suppressed.extend(found.suppressed);
        report.add(found.findings);
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
        terminal::complain(&format!("note: {gone} gone; `--write-baseline` rewrites it"));
    }
    if args.write_baseline.is_none() {
        if wanted.wants_rule("unusable-version") {
            report.tell_unusable();
        }
        report.one_per_cause();
    }
    let misses = misses(args, &report);
    let fails = report.fails(stated.deny_warnings) || !misses.is_empty();
    let fails = fails && !args.exit_zero && args.write_baseline.is_none();
    outputs.write(&report, &misses, &texts)?;
    Ok(if fails { REJECTED } else { DONE })
}

/// What the command line says, or else the configurations of the folders.
struct Stated {
    deny_warnings: bool,
    baselines: Vec<PathBuf>,
}

impl Stated {
    fn new(args: &Args, roots: &[roots::Root]) -> Self {
        let configs: BTreeMap<PathBuf, _> = roots.iter().filter_map(roots::Root::stated).collect();
        let mut baselines: Vec<PathBuf> = args.baseline.iter().cloned().collect();
        if baselines.is_empty() && !args.no_baseline {
            let beside = |(path, config): (&PathBuf, &mapwright_validate::Config)| {
                Some(path.with_file_name(config.baseline.as_deref()?))
            };
            baselines = configs.iter().filter_map(beside).collect();
            // the first one is about to be written
            baselines.retain(|path| args.write_baseline.is_none() || path.exists());
        }
        let denied = || configs.values().any(|config| config.deny_warnings);
        Self { deny_warnings: args.deny_warnings.unwrap_or_else(denied), baselines }
    }
}

/// A coverage below the required one, which is reported.
fn misses(args: &Args, report: &Report) -> Vec<Miss> {
    let least: Vec<_> = args.min_coverage.iter().map(|least| (least.kind, least.percent)).collect();
    let misses =
        report.coverage.as_ref().map(|coverage| coverage_misses(coverage, &least)).unwrap_or_default();
    for miss in &misses {
        let help = match miss {
            Miss::Less { .. } => "; `--coverage-output lines=FILE` lists what is missing",
            _ => "",
        };
        terminal::complain(&format!("error: {miss}{help}"));
    }
    misses
}

/// A mapping folder after its check.
struct Checked {
    mended: Mended,
    /// Its files, and the built-in ones if they are checked together.
    all: Sources,
    /// What fixes would change.
    diff: String,
}

impl Checked {
    /// What breaks, compared with a revision. The tests whose output changes are reported.
    fn against(&self, args: &Args, root: &roots::Root) -> Result<Report, CommandError> {
        let Some(revision) = args.against.as_deref().filter(|_| !root.is_empty()) else {
            return Ok(Report::default());
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
        let diff = if args.diff { fixes::diff(&own, &mended) } else { String::new() };
        Self { all: all(&mended.sources), mended, diff }
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
