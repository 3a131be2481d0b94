//! Which of several destinations is meant.

use mapwright::Sources;

use crate::args::AimArgs;
use crate::error::CommandError;
use crate::settings;

/// The variable that names a destination.
pub(crate) const VARIABLE: &str = "MAPWRIGHT_DESTINATION";

/// Returns the destination that is meant: the one that `--destination` names, the only one, the one that the settings name, or that of the
/// environment.
pub(crate) fn selected(sources: &Sources, aim: &AimArgs) -> Result<String, CommandError> {
    if let Some(named) = &aim.destination {
        return Ok(named.clone());
    }
    let known: Vec<&str> = sources.destinations().collect();
    if let [only] = known.as_slice() {
        return Ok((*only).to_owned());
    }
    let stated = settings::destination(&aim.given)?;
    let stated = stated.or_else(|| std::env::var(VARIABLE).ok().filter(|name| !name.is_empty()));
    match stated {
        // an exported destination is named in capitals
        Some(name) => {
            let same = known.iter().find(|known| known.eq_ignore_ascii_case(&name));
            Ok(same.map_or(name, |known| (*known).to_owned()))
        }
        None => Err(CommandError::WhichDestination { known: known.into_iter().map(str::to_owned).collect() }),
    }
}
