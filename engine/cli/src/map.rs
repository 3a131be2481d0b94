//! `mapwright map`: prints the requests that events map to.

use std::io::Write;
use std::time::Instant;

use crate::args::MapArgs;
use crate::error::CommandError;
use crate::files::Files;
use crate::input::{self, Input, Source};
use crate::output;
use crate::pipeline::{Options, PipelineEnding};
use crate::preview::{self, Preview};
use crate::progress::Bar;
use crate::target::{Clock, Target};
use crate::terminal;
use crate::together::Together;

pub(crate) fn run(args: &MapArgs) -> Result<u8, CommandError> {
    let files = Files::default().events(&args.files).target(&args.target)?;
    files.output("--output", args.output.as_deref()).stdout(args.output.is_none()).check()?;
    let clock = Clock::new(args.shown.now.as_deref())?;
    let target = Target::new(&args.target)?;
    let mapper = target.mapper(args.shown.show_secrets.into())?;
    let schemas = args.verify.then(|| target.schemas(&args.target.mappings)).transpose()?;
    let sources = Source::arguments(&args.files);
    let several = sources.len() > 1;
    let mut output = output(args)?;
    let limit = args.limit.unwrap_or(u64::MAX);
    let input = Input::new(sources, input::Limits::default()).with_max_events(limit);
    let options = Options { cancel: preview::cancel_by_ctrl_c(), ..Options::default() };
    let options = Options { threads: args.threads.unwrap_or(options.threads), ..options };
    let bar = if args.quiet || args.batches { None } else { Bar::for_terminal(input.position().total) };
    let started = Instant::now();
    let (schemas, pretty) = (schemas.as_ref(), args.pretty);
    let report = if args.batches {
        let together = Together { mapper: &mapper, clock, several, schemas, pretty, delivery: false };
        together.write(input, &mut output, &options.cancel)?
    } else {
        let preview = Preview { mapper: &mapper, clock, several, schemas, pretty, delivery: false };
        preview.write(input, bar, &mut output, &options)?
    };
    if report.ending != PipelineEnding::OutputClosed {
        preview::complain(&report, started.elapsed(), args.quiet);
    }
    Ok(preview::code(&report))
}

fn output(args: &MapArgs) -> Result<Box<dyn Write>, CommandError> {
    let Some(path) = output::named(&args.output) else { return Ok(terminal::stdout()) };
    Ok(Box::new(output::create(path)?))
}
