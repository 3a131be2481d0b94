//! Where reports go: standard output, files that are whole or absent, and the summary of a step of GitHub Actions.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice as StreamColor};
use clap::ColorChoice;
use mapwright::Sources;
use mapwright_report::{
    CoverageFormat, Format, FormatName, Look, Miss, render, render_coverage, statistics, statistics_json,
    step_summary,
};
use mapwright_validate::{Baseline, Report};

use crate::args::{OutputArg, ReportArgs};
use crate::error::CommandError;
use crate::files::Files;
use crate::output;
use crate::repository::Repository;
use crate::terminal;
use crate::validate::args::CoverageName;
use crate::validate::roots::Root;
use crate::whole::WholeFile;

/// The file to which a step of GitHub Actions adds its summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The reports of a command, before its work. Nothing is written yet.
pub(crate) struct Outputs {
    stdout: Format,
    files: Vec<(Format, WholeFile)>,
    coverage: Vec<(CoverageFormat, WholeFile)>,
    /// Whether the table of coverage follows the findings.
    table: bool,
    step_summary: Option<PathBuf>,
    baseline: Option<WholeFile>,
    statistics: Option<fn(&Report) -> String>,
    /// Whether findings are on standard error, since standard output has something else.
    aside: bool,
    repository: Repository,
}

impl Outputs {
    /// Checks that all files can be written, and are none of those that are checked, nor of the baselines that are known.
    pub(crate) fn new(
        args: &ReportArgs,
        baseline: Option<&Path>,
        coverage: &[OutputArg<CoverageName>],
        (roots, known): (&[Root], &[PathBuf]),
    ) -> Result<Self, CommandError> {
        let reports = || {
            let files = Files::default().stdout(true);
            let files = args.outputs.iter().fold(files, |files, of| files.output("--output", Some(&of.file)));
            coverage.iter().fold(files, |files, of| files.output("--coverage-output", Some(&of.file)))
        };
        // a baseline may be rewritten
        known.iter().fold(reports(), |files, path| files.input("baseline", path)).check()?;
        let all = reports().output("--write-baseline", baseline);
        let written = !args.outputs.is_empty() || !coverage.is_empty() || baseline.is_some();
        let read = written.then(|| roots.iter().flat_map(Root::files)).into_iter().flatten();
        read.fold(all, |files, path| files.input("checked file", &path)).check()?;
        let written = args.outputs.iter().map(|output| ("--output", output.file.as_path()));
        let of_coverage = coverage.iter().map(|output| ("--coverage-output", output.file.as_path()));
        let of_baseline = baseline.map(|file| ("--write-baseline", file));
        for (option, file) in written.chain(of_coverage).chain(of_baseline) {
            if roots.iter().any(|root| root.would_read(file)) {
                let option = format!("{option} {}", file.display());
                return Err(CommandError::AmongMappings { option });
            }
        }
        let files = args
            .outputs
            .iter()
            .map(|output| Ok((output.format.with(Look::PLAIN), WholeFile::new(&output.file)?)));
        let coverage_files =
            coverage.iter().map(|output| Ok((coverage_format(output.format), WholeFile::new(&output.file)?)));
        let is_read = matches!(args.format.name, "text" | "concise");
        let mut named = std::iter::once(args.format).chain(args.outputs.iter().map(|output| output.format));
        let summary = named.any(|format| format.name == "github").then(step_summary_file).flatten();
        Ok(Self {
            stdout: args.format.with(look(args)),
            files: files.collect::<Result<_, CommandError>>()?,
            coverage: coverage_files.collect::<Result<_, CommandError>>()?,
            table: is_read && !args.quiet,
            baseline: baseline.map(WholeFile::new).transpose()?,
            statistics: None,
            aside: false,
            repository: Repository::here(),
            step_summary: summary,
        })
    }

    /// Prints how often each rule found something, in place of the findings.
    pub(crate) fn with_statistics(self, format: FormatName) -> Result<Self, CommandError> {
        let statistics: fn(&Report) -> String = match format.name {
            "text" => statistics,
            "json" => statistics_json,
            _ => return Err(CommandError::StatisticsFormat),
        };
        Ok(Self { statistics: Some(statistics), ..self })
    }

    /// Prints findings on standard error, since standard output has something else: as text, or as annotations of GitHub.
    pub(crate) fn aside(self) -> Self {
        let stdout = match self.stdout {
            Format::Github => Format::Github,
            _ => Format::Text(Look { summary: false, ..Look::PLAIN }),
        };
        Self { stdout, aside: true, ..self }
    }

    /// Leaves the last line of text to the command.
    pub(crate) fn without_summary(mut self) -> Self {
        if let Format::Text(look) = &mut self.stdout {
            look.summary = false;
        }
        self
    }

    /// Writes all reports. `misses` is how tests reach too little, and `texts` are the files by the paths that findings show.
    pub(crate) fn write(self, report: &Report, misses: &[Miss], texts: &Sources) -> Result<(), CommandError> {
        let rooted = report.with_paths(|path| self.repository.path(path));
        let rendered = |format: Format| match format.is_of_repositories() {
            true => render(&rooted, texts, format),
            false => render(report, texts, format),
        };
        for (format, file) in self.files {
            file.write(rendered(format).as_bytes())?;
        }
        let coverage = report.coverage.as_ref();
        for (format, file) in self.coverage {
            let text = coverage.map(|coverage| render_coverage(coverage, texts, format));
            file.write(text.unwrap_or_default().as_bytes())?;
        }
        if let Some(path) = self.step_summary {
            append(&path, &step_summary(&rooted, misses))?;
        }
        if let Some(file) = self.baseline {
            file.write(Baseline::write(report).as_bytes())?;
        }
        match self.statistics {
            Some(statistics) => print(&statistics(report))?,
            None if self.aside => {
                let text = rendered(self.stdout);
                if !text.is_empty() {
                    terminal::complain(&text);
                }
            }
            None => print(&rendered(self.stdout))?,
        }
        match coverage.filter(|_| self.table) {
            Some(coverage) => print(&format!("\n{}", render_coverage(coverage, texts, CoverageFormat::Text))),
            None => Ok(()),
        }
    }
}

/// Writes to standard output. Controls in the text are escaped already, but for the colours.
pub(crate) fn print(text: &str) -> Result<(), CommandError> {
    output::print(io::stdout().lock(), text.as_bytes()).map(|_| ())
}

/// Returns the file for the summary of a step, if this is one.
pub(super) fn step_summary_file() -> Option<PathBuf> {
    env::var_os(STEP_SUMMARY).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Steps of one job share the file.
pub(super) fn append(path: &Path, text: &str) -> Result<(), CommandError> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| CommandError::Output { name: path.display().to_string(), error })
}

fn coverage_format(name: CoverageName) -> CoverageFormat {
    match name {
        CoverageName::Text => CoverageFormat::Text,
        CoverageName::Json => CoverageFormat::Json,
        CoverageName::Lcov => CoverageFormat::Lcov,
        CoverageName::Cobertura => CoverageFormat::Cobertura,
        CoverageName::Lines => CoverageFormat::Lines,
    }
}

fn look(args: &ReportArgs) -> Look {
    let color = match args.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != StreamColor::Never,
    };
    Look { color, links: color && shows_links(), summary: !args.quiet }
}

/// Whether the terminal is one of those that are known to show links.
fn shows_links() -> bool {
    let is = |name: &str, known: &[&str]| env::var(name).is_ok_and(|value| known.contains(&value.as_str()));
    io::stdout().is_terminal()
        && (is("TERM_PROGRAM", &["iTerm.app", "WezTerm", "vscode", "ghostty"])
            || is("TERM", &["xterm-kitty", "alacritty", "foot", "xterm-ghostty"])
            || ["VTE_VERSION", "WT_SESSION", "KONSOLE_VERSION"]
                .iter()
                .any(|name| env::var_os(name).is_some()))
}
