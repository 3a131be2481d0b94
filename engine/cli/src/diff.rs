//! `mapwright diff`: what changes from one version to another, on paper, for events, and at doubles of the API.

mod arrived;
mod bodies;
mod doubles;
mod events;
mod identity;
mod pair;
pub(crate) mod sides;
mod tally;

use mapwright_diff::{DiffReport, Level, text};
use mapwright_docs::{changes, markdown, page};

use self::sides::compared;
use crate::args::{DiffArgs, DiffFormat};
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::files::Files;
use crate::{output, terminal};

pub(crate) fn run(args: &DiffArgs) -> Result<u8, CommandError> {
    let mut files = Files::default();
    if !args.events.is_empty() {
        files = files.events(&args.events);
    }
    files.output("--output", args.output.as_deref()).stdout(args.output.is_none()).check()?;
    let compared = compared(args)?;
    let pairs = &compared.pairs;
    let mut report =
        DiffReport { diffs: pairs.iter().map(|pair| pair.diff.clone()).collect(), ..DiffReport::default() };
    if !args.events.is_empty() {
        let (chosen, now) = (compared.chosen()?, events::started(args)?);
        report.events = Some(events::report(args, &chosen, now)?);
        if args.sandbox {
            report.doubles = Some(doubles::report(args, &chosen, now)?);
        }
    }
    if args.breaking {
        report.keep(Level::Breaking);
    }
    let found = match args.breaking {
        true => report.changes().next().is_some(),
        false => !report.is_empty(),
    };
    // what has not changed is reported only if nothing has
    if found {
        report.diffs.retain(|diff| !diff.changes.is_empty() || report_is_small(pairs.len()));
    }
    let rendered = match args.format {
        DiffFormat::Text => terminal::escaped(&text(&report)).into_owned(),
        DiffFormat::Markdown => markdown(&changes(&report)),
        DiffFormat::Html => page(&changes(&report)),
        DiffFormat::Json => report.json(),
    };
    match output::named(&args.output) {
        Some(path) => output::print(output::create(path)?, rendered.as_bytes())?,
        None => output::print(terminal::stdout(), rendered.as_bytes())?,
    };
    Ok(if found { REJECTED } else { DONE })
}

/// Whether there are so few pairs that those without changes are listed too.
fn report_is_small(pairs: usize) -> bool {
    pairs == 1
}
