//! How findings are reported, of several commands.

use std::path::PathBuf;

use clap::{ColorChoice, ValueEnum};

/// How findings are reported.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The format on standard output
    #[arg(long, value_enum, default_value_t = FormatName::Text, help_heading = "Output")]
    pub(crate) format: FormatName,
    /// Write a report to a file too, in any format; can be repeated
    #[arg(long = "output", value_name = "FORMAT=FILE", value_parser = output, help_heading = "Output")]
    pub(crate) outputs: Vec<OutputArg<FormatName>>,
    /// Print findings only, and nothing if there are none
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, help_heading = "Output")]
    pub(crate) color: ColorChoice,
}

/// The name of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// For people, with source lines
    Text,
    /// For people and editors, one line per finding
    Concise,
    /// For programs; see schemas/validate-report.schema.json
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For GitHub Actions: annotations, and a summary of the step
    Github,
    /// For GitLab: a report of code quality
    Gitlab,
    /// For lists of tests: JUnit XML
    Junit,
    /// For code review: Checkstyle XML
    Checkstyle,
}

/// A report in a file.
#[derive(Debug, Clone)]
pub(crate) struct OutputArg<F> {
    pub(crate) format: F,
    pub(crate) file: PathBuf,
}

fn output(text: &str) -> Result<OutputArg<FormatName>, String> {
    in_file(text, "sarif=report.sarif")
}

/// Parses `FORMAT=FILE`.
pub(crate) fn in_file<F: ValueEnum>(text: &str, example: &str) -> Result<OutputArg<F>, String> {
    let parts = text.split_once('=').filter(|(_, file)| !file.is_empty());
    let (format, file) =
        parts.ok_or_else(|| format!("expected `FORMAT=FILE`, such as `{example}`, found `{text}`"))?;
    let known = || F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let format = F::from_str(format, false).map_err(|_| {
        let names: Vec<String> = known().map(|value| value.get_name().to_owned()).collect();
        format!("unknown format `{format}`: {}", mapwright::suggest(format, names.iter().map(String::as_str)))
    })?;
    Ok(OutputArg { format, file: file.into() })
}
