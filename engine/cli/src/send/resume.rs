//! Opens the progress of a delivery: what it belongs to, what it has lost, and what an earlier run has finished.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use mapwright_driver::checkpoint::{CheckpointError, FinishedCounts, Identity, LogCheckpoint};
use sha2::{Digest, Sha256};

use super::fingerprint;
use crate::args::SendArgs;
use crate::checkpoint::damaged;
use crate::error::CommandError;
use crate::target::Target;
use crate::{mappings, terminal};

/// The progress of a delivery.
pub(super) struct Resumed {
    pub(super) log: Arc<Mutex<LogCheckpoint>>,
    /// What earlier runs have finished.
    pub(super) before: FinishedCounts,
}

impl Resumed {
    /// Opens the checkpoint, if there is one.
    pub(super) fn open(args: &SendArgs, target: &Target) -> Result<Option<Self>, CommandError> {
        let Some(path) = &args.checkpoint else { return Ok(None) };
        let identity = identity(args, target)?;
        let log = match (args.resume, args.force) {
            (false, _) => LogCheckpoint::create(path, identity),
            (true, false) => LogCheckpoint::resume(path, identity),
            (true, true) => LogCheckpoint::resume_anyway(path, identity),
        };
        let log = log.map_err(|error| match error {
            CheckpointError::Other { .. } => CommandError::OtherDelivery { error },
            error => CommandError::Checkpoint(error),
        })?;
        if let Some(damage) = log.damage() {
            let path = path.display();
            terminal::complain(&format!(
                "warning: the checkpoint `{path}` has lost progress: {}",
                damaged(damage)
            ));
        }
        let before = log.counts();
        Ok(Some(Self { log: Arc::new(Mutex::new(log)), before }))
    }

    /// Returns the number of events to read from `first` on, so that `limit` of them are not finished.
    pub(super) fn events(&self, first: u64, limit: u64) -> u64 {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).after(first, limit).saturating_sub(first)
    }
}

/// Returns what must stay the same when the delivery is resumed.
fn identity(args: &SendArgs, target: &Target) -> Result<Identity, CommandError> {
    let input = match (args.tail, args.files.as_slice()) {
        (true, [file]) => fingerprint::growing(Path::new(file))?,
        (_, files) => fingerprint::files(files)?,
    };
    let mut identity = Identity::new(input, target.plan.destination(), target.plan.version());
    identity.facts = facts(args, target)?;
    Ok(identity)
}

fn facts(args: &SendArgs, target: &Target) -> Result<BTreeMap<String, String>, CommandError> {
    let mut facts = BTreeMap::new();
    for (name, value) in target.given() {
        facts.insert(format!("setting `{name}`"), short_hash([value.to_string().as_bytes()]));
    }
    if let Some(url) = &args.wire.base_url {
        facts.insert("`--base-url`".to_owned(), short_hash([url.as_str().as_bytes()]));
    }
    let sources = mappings::sources(&args.target.mappings)?.without_tests();
    // schemas take no part in a delivery
    let files = sources.iter().filter(|(path, _)| path.starts_with("mappings/"));
    let parts = files.flat_map(|(path, text)| [path.as_bytes(), b"\0", text.as_bytes(), b"\0"]);
    facts.insert("set of mappings".to_owned(), short_hash(parts));
    Ok(facts)
}

/// Returns a hash that is too short to find a secret by it, and long enough to notice that it has changed.
fn short_hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> String {
    let mut hash = Sha256::new();
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
