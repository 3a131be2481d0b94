//! Changes in folders, as the operating system reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::validate::roots::Root;

/// How long nothing may change before it is looked at: editors and version control change several files, or one several times.
const QUIET: Duration = Duration::from_millis(8);
/// How long it is put off at most.
const LONGEST: Duration = Duration::from_millis(200);
/// How often files are looked at all the same: some file systems, such as those of other machines, report nothing.
const PAUSE: Duration = Duration::from_secs(2);
/// How often, where the system cannot report changes at all.
const POLL: Duration = Duration::from_millis(200);

/// Folders, and whether those in them are meant too.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Watched(BTreeMap<PathBuf, bool>);

impl Watched {
    /// The folders of these mappings, and of all files that a check reads.
    pub(super) fn new<'p>(roots: &[Root], files: impl Iterator<Item = &'p Path>) -> Self {
        let mut folders: BTreeMap<PathBuf, bool> = BTreeMap::new();
        for path in roots.iter().filter(|root| !root.is_empty()).map(|root| &root.path) {
            folders.insert(path.clone(), true);
            // schemas, and a configuration, may come to be beside it
            if let Some(beside) = path.parent() {
                folders.entry(beside.to_owned()).or_insert(false);
            }
        }
        for folder in files.filter_map(Path::parent) {
            let is_in = |above: &Path| folders.get(above).is_some_and(|inner| *inner || above == folder);
            if !folder.ancestors().any(is_in) {
                folders.insert(folder.to_owned(), false);
            }
        }
        Self(folders)
    }
}

/// Reports changes.
pub(super) struct Changes {
    /// None if the operating system cannot report changes.
    watcher: Option<RecommendedWatcher>,
    told: Receiver<Vec<PathBuf>>,
    watched: Watched,
}

impl Changes {
    pub(super) fn new() -> Self {
        let (sender, told) = channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // where the change is unknown, anything may have changed
            let paths = match event {
                Ok(event) if is_change(event.kind) => event.paths,
                Ok(_) => return,
                Err(_) => Vec::new(),
            };
            // the receiver is gone when the command ends
            let _ = sender.send(paths);
        });
        Self { watcher: watcher.ok(), told, watched: Watched::default() }
    }

    /// Reports changes in these folders from now on.
    pub(super) fn watch(&mut self, wanted: Watched) {
        let Some(watcher) = self.watcher.as_mut().filter(|_| wanted != self.watched) else { return };
        for (folder, inner) in &self.watched.0 {
            if wanted.0.get(folder) != Some(inner) {
                // one that is gone is watched no more
                let _ = watcher.unwatch(folder);
            }
        }
        let new = wanted.0.iter().filter(|(folder, inner)| self.watched.0.get(*folder) != Some(*inner));
        let mode = |inner: bool| if inner { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        // systems limit how many folders are watched
        if !new.map(|(folder, inner)| watcher.watch(folder, mode(*inner))).all(|done| done.is_ok()) {
            self.watcher = None;
        }
        self.watched = wanted;
    }

    /// Waits until something may have changed, and returns the files that were reported.
    pub(super) fn wait(&mut self) -> BTreeSet<PathBuf> {
        if self.watcher.is_none() {
            thread::sleep(POLL);
            return BTreeSet::new();
        }
        let Ok(first) = self.told.recv_timeout(PAUSE) else { return BTreeSet::new() };
        let (mut changed, end) = (BTreeSet::from_iter(first), Instant::now() + LONGEST);
        while Instant::now() < end {
            let Ok(more) = self.told.recv_timeout(QUIET) else { break };
            changed.extend(more);
        }
        // a folder that is removed and comes back is another one
        if let Some(watcher) =
            self.watcher.as_mut().filter(|_| changed.iter().any(|path| self.watched.0.contains_key(path)))
        {
            std::mem::take(&mut self.watched).0.keys().for_each(|folder| drop(watcher.unwatch(folder)));
        }
        changed
    }
}

/// Whether it is one, and no access that leaves everything as it is.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}
