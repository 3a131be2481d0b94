//! `mapwright show`: prints mappings after inheritance.

use mapwright::Spec;

use crate::args::ShowArgs;
use crate::error::CommandError;
use crate::{mappings, output, terminal};

pub(crate) fn run(args: &ShowArgs) -> Result<u8, CommandError> {
    let sources = mappings::marked(&args.mappings)?;
    let spec = Spec::load(&sources);
    let shown = match args.plain {
        true => spec.show_plain(&args.address, args.variant.as_deref()),
        false => spec.show(&args.address, args.variant.as_deref()),
    };
    let findings = spec.check().err().map(|found| found.findings);
    match (shown, findings) {
        (Ok(shown), findings) => {
            if findings.is_some() {
                terminal::complain("warning: the mappings have errors; run `validate-mappings` to list them");
            }
            output::print(terminal::stdout(), shown.as_bytes())
        }
        // it may be missing because of an error in its file
        (Err(missing), Some(findings)) => Err(CommandError::Findings {
            report: format!("{}\nerror: {missing}", mappings::render(&findings, &sources)),
        }),
        (Err(missing), None) => Err(missing.into()),
    }
}
