//! `mapwright delete`.
use crate::args::DeleteArgs;
use crate::error::CommandError;
pub(crate) fn run(_: &DeleteArgs) -> Result<u8, CommandError> {
    Ok(0)
}
