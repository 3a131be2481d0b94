//! Follows a growing file, and the files that take its place.
//!
//! A file is known by its device, its number and its first bytes, whatever its name. When another file has taken its place and has content, what
//! is left of the old one is read first. With a checkpoint, each file is a mark in it, so that a later delivery finds the files again.

mod generation;
mod identity;

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mapwright_driver::checkpoint::{LogCheckpoint, Mark};

use crate::error::CommandError;
use crate::input::{Input, Limits, Source};
use generation::{FollowedFile, Generation, Log, Successor, Successors, locked};
use identity::FileMark;

/// What is followed.
pub(crate) struct Tail {
    path: PathBuf,
    log: Option<Log>,
    /// The position of the first event that is read.
    first: u64,
    /// The files that are read first, with the positions of their first events.
    known: VecDeque<Known>,
}

/// A file that an earlier delivery has read.
struct Known {
    file: File,
    name: PathBuf,
    from: u64,
}

impl Tail {
    /// Follows a file from its start. With progress, it continues with the files that an earlier delivery has not finished. With `force`, those
    /// that are gone are left out.
    pub(crate) fn new(path: &Path, log: Option<Log>, force: bool) -> Result<Self, CommandError> {
        let marks = log.as_ref().map(|log| locked(log).marks().to_vec()).unwrap_or_default();
        let mut known = VecDeque::new();
        let mut given_up = false;
        for Mark { from, text } in marks {
            match FileMark::of_text(&text).and_then(|wanted| wanted.find(path)) {
                // what follows a file that is left out can only be read from its own first event
                Some((file, name)) if known.is_empty() && given_up => {
                    given_up = false;
                    give_up_before(log.as_ref(), |_| from)?;
                    known.push_back(Known { file, name, from });
                }
                Some((file, name)) => known.push_back(Known { file, name, from }),
                None if force && known.is_empty() => given_up = true,
                None => {
                    let from = log.as_ref().map_or(from, |log| locked(log).watermark().max(from));
                    return Err(CommandError::TailLost { path: path.to_owned(), from });
                }
            }
        }
        if given_up {
            give_up_before(log.as_ref(), LogCheckpoint::end)?;
        }
        let first = match (known.front(), &log) {
            (Some(known), _) => known.from,
            (None, Some(log)) => locked(log).watermark(),
            (None, None) => 0,
        };
        Ok(Self { path: path.to_owned(), log, first, known })
    }

    /// Returns the position of the first event that is read.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Returns the events.
    pub(crate) fn input(self) -> Input {
        let Self { path, log, first, mut known } = self;
        let successors = Successors::default();
        let ended = Arc::new(AtomicBool::new(false));
        let mut opened = false;
        let more = move |events: u64| {
            if ended.load(Ordering::Relaxed) {
                return None;
            }
            let from = first + events;
            let next = match known.pop_front() {
                Some(Known { name, from: expected, .. }) if expected != from => {
                    ended.store(true, Ordering::Relaxed);
                    return Some(generation::changed(&name));
                }
                Some(Known { file, name, .. }) => Some(Successor { file, name }),
                None => successors.take(),
            };
            let Successor { file, name } = match next {
                Some(next) => next,
                None if opened => return None,
                None => match File::open(&path) {
                    Ok(file) => Successor { file, name: path.clone() },
                    // the error is reported when it is opened again
                    Err(_) => {
                        ended.store(true, Ordering::Relaxed);
                        return Some(Source::file(&path));
                    }
                },
            };
            let place = FollowedFile { path: path.clone(), from, log: log.clone() };
            let is_followed = !known.is_empty() || !successors.is_empty();
            opened = true;
            let generation = Generation::new(file, place, successors.clone(), ended.clone(), is_followed);
            Some(generation.source(&name))
        };
        Input::supplied(more, Limits::default())
    }
}

/// Gives up the events of files that are gone.
fn give_up_before(log: Option<&Log>, event: impl FnOnce(&LogCheckpoint) -> u64) -> Result<(), CommandError> {
    let Some(log) = log else { return Ok(()) };
    let mut log = locked(log);
    let event = event(&log);
    Ok(log.give_up_before(event)?)
}
