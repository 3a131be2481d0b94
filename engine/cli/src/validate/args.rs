//! The command line of `validate-mappings`.

use std::path::PathBuf;

use clap::{ArgGroup, Parser, ValueEnum, ValueHint};

use mapwright::PointKind;

use crate::args::{OutputArg, ReportArgs, examples, in_file};
use crate::git;

/// Check mappings: everything that can be known about them before the first event
///
/// Checks whole mapping folders, since their files depend on each other: a path selects the folder that it belongs to, and all
/// findings in that folder are reported. Runs the tests beside the mappings, and validates their requests against the API's schemas
/// in the folder `schemas` beside `mappings`.
#[derive(Debug, Parser)]
#[command(name = "validate-mappings", version, after_help = examples::validate())]
#[command(group = ArgGroup::new("mending").multiple(true))]
pub(super) struct Args {
    /// Mapping folders, or folders or files in them or in the `schemas` beside them; pages of Markdown that show mappings; `-` is the text of one file on standard input
    /// [default: the `folders` of mapwright.toml, or `mappings`]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
    /// With `-`: the file in place of which standard input is checked
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Check again whenever a file changes
    #[arg(long, conflicts_with_all = ["stdin_filename", "mutate", "explain", "list_rules"])]
    pub(super) watch: bool,
    /// Neither run nor require mapping tests
    #[arg(long)]
    pub(super) no_tests: bool,
    /// Check the mappings together with the built-in ones, which they may extend
    #[arg(long)]
    pub(super) builtin: bool,
    /// Report what breaks, compared with what the mappings were in this revision of git
    #[arg(long, value_name = "REVISION", value_parser = git::revision, conflicts_with_all = ["stdin_filename", "mending", "mutate"])]
    pub(super) against: Option<String>,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    /// Print how often each rule found something, in place of the findings: as text or with `--format json` as JSON
    #[arg(long, help_heading = "Output")]
    pub(super) statistics: bool,
    /// Fail on warnings too, or do not with `=false` [default: `deny_warnings` of mapwright.toml]; with `--mutate`, the findings are on standard error
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Exit code")]
    pub(super) deny_warnings: Option<bool>,
    /// Exit with 0 even if there are findings, or the tests reach or notice too little
    #[arg(long, conflicts_with = "deny_warnings", help_heading = "Exit code")]
    pub(super) exit_zero: bool,
    /// Report only these rules, or groups such as `unknown`; separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub(super) select: Vec<String>,
    /// Do not report these rules or groups
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub(super) ignore: Vec<String>,
    /// Report only what is not in this file, which `--write-baseline` wrote [default: the `baseline` of mapwright.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub(super) baseline: Option<PathBuf>,
    /// Report what the baseline of mapwright.toml has too
    #[arg(long, conflicts_with = "baseline", help_heading = "Rules")]
    pub(super) no_baseline: bool,
    /// Write the findings of all rules to this file, for `--baseline`, and exit with 0
    #[arg(long, value_name = "FILE", conflicts_with_all = ["select", "ignore"], value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub(super) write_baseline: Option<PathBuf>,
    /// List all rules, as text or with `--format json` as JSON
    #[arg(long, conflicts_with_all = ["paths", "explain"], help_heading = "Rules")]
    pub(super) list_rules: bool,
    /// Mend what can be mended for certain, and report the rest
    #[arg(long, group = "mending", conflicts_with = "stdin_filename", help_heading = "Fixes")]
    pub(super) fix: bool,
    /// Print what `--fix` would change, and change nothing, even with `--fix`
    #[arg(long, group = "mending", help_heading = "Fixes")]
    pub(super) diff: bool,
    /// With `--fix` or `--diff`: mend by guesses too, such as a misspelt name that is near a known one; look at them
    #[arg(long, requires = "mending", help_heading = "Fixes")]
    pub(super) unsafe_fixes: bool,
    /// Count what the mapping tests reach, and print it as a table after the findings
    #[arg(long, conflicts_with_all = ["no_tests", "mutate", "explain", "list_rules"], help_heading = "Coverage")]
    pub(super) coverage: bool,
    /// With `--coverage`: write it to a file, in any of its formats; can be repeated
    #[arg(long = "coverage-output", value_name = "FORMAT=FILE", requires = "coverage", value_parser = coverage_output, help_heading = "Coverage")]
    pub(super) coverage_outputs: Vec<OutputArg<CoverageName>>,
    /// With `--coverage`: fail if the tests reach less than this percentage of everything, or of a kind such as `rows`; can be repeated
    #[arg(long, value_name = "[KIND=]PERCENT", requires = "coverage", value_parser = minimum, help_heading = "Coverage")]
    pub(super) min_coverage: Vec<Minimum>,
    /// Change the mappings that the paths select, in one place at a time, and print the changes that no test notices
    #[arg(long, conflicts_with_all = [
        "no_tests", "builtin", "outputs", "mending", "stdin_filename", "select", "ignore", "baseline", "no_baseline", "write_baseline", "statistics"
    ], help_heading = "Mutants")]
    pub(super) mutate: bool,
    /// With `--mutate`: make at most so many changes, spread over all
    #[arg(long, value_name = "NUMBER", requires = "mutate", help_heading = "Mutants")]
    pub(super) sample: Option<usize>,
    /// With `--mutate`: change only lines that differ from a revision of git
    #[arg(long, value_name = "REVISION", requires = "mutate", value_parser = git::revision, help_heading = "Mutants")]
    pub(super) since: Option<String>,
    /// With `--mutate`: fail if the tests notice less than this percentage of the changes
    #[arg(long, value_name = "PERCENT", requires = "mutate", value_parser = percent, help_heading = "Mutants")]
    pub(super) min_score: Option<f64>,
    /// Explain a rule and how to fix its findings
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "no_tests", "builtin"], help_heading = "Rules")]
    pub(super) explain: Option<String>,
}

/// The name of a format of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageName {
    /// The table
    Text,
    /// For programs; see schemas/validate-coverage.schema.json
    Json,
    /// The tracefile of LCOV
    Lcov,
    /// Cobertura XML
    Cobertura,
    /// The lines of the files, with marks of what is not reached
    Lines,
}

/// How much has to be reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Minimum {
    /// Of this kind; of everything without one.
    pub(super) kind: Option<PointKind>,
    pub(super) percent: f64,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| format!("expected a number from 0 to 100, found `{text}`"))
}

fn minimum(text: &str) -> Result<Minimum, String> {
    let Some((name, number)) = text.split_once('=') else {
        return Ok(Minimum { kind: None, percent: percent(text)? });
    };
    let names = || PointKind::ALL.into_iter().map(PointKind::name);
    let kind = PointKind::ALL.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| format!("unknown kind `{name}`: {}", mapwright::suggest(name, names())))?;
    Ok(Minimum { kind: Some(kind), percent: percent(number)? })
}

fn coverage_output(text: &str) -> Result<OutputArg<CoverageName>, String> {
    let named = |format: &CoverageName| Some((format.to_possible_value()?.get_name().to_owned(), *format));
    let formats: Vec<(String, CoverageName)> =
        CoverageName::value_variants().iter().filter_map(named).collect();
    let formats: Vec<(&str, CoverageName)> =
        formats.iter().map(|(name, format)| (name.as_str(), *format)).collect();
    in_file(text, &formats, "lcov=coverage.info")
}
