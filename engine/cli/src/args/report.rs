//! How findings are reported, of several commands.

use std::path::PathBuf;

use clap::ColorChoice;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use mapwright_report::{FORMATS, FormatName};

/// How findings are reported.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The format on standard output
    #[arg(long, value_name = "FORMAT", value_parser = format(), default_value = "text", help_heading = "Output")]
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

/// Reads the name of a format.
fn format() -> impl TypedValueParser<Value = FormatName> {
    let names = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.summary));
    PossibleValuesParser::new(names).try_map(|name| named(&name).ok_or(name))
}

fn named(name: &str) -> Option<FormatName> {
    FORMATS.iter().find(|format| format.name == name).copied()
}

/// A report in a file.
#[derive(Debug, Clone)]
pub(crate) struct OutputArg<F> {
    pub(crate) format: F,
    pub(crate) file: PathBuf,
}

fn output(text: &str) -> Result<OutputArg<FormatName>, String> {
    in_file(text, &FORMATS.map(|format| (format.name, format)), "sarif=report.sarif")
}

/// Parses `FORMAT=FILE`, where a format is one of these.
pub(crate) fn in_file<F: Copy>(
    text: &str,
    formats: &[(&str, F)],
    example: &str,
) -> Result<OutputArg<F>, String> {
    let parts = text.split_once('=').filter(|(_, file)| !file.is_empty());
    let (format, file) =
        parts.ok_or_else(|| format!("expected `FORMAT=FILE`, such as `{example}`, found `{text}`"))?;
    let format =
        formats.iter().find(|(name, _)| *name == format).map(|(_, format)| *format).ok_or_else(|| {
            let names = formats.iter().map(|(name, _)| *name);
            format!("unknown format `{format}`: {}", mapwright::suggest(format, names))
        })?;
    if file == "-" {
        return Err("expected a file; `--format` says what standard output gets".to_owned());
    }
    Ok(OutputArg { format, file: file.into() })
}
