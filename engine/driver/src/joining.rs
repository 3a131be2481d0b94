//! Which batch an item joins, so that the events of each key stay in order: the one rule of deliveries and of their previews.

use std::collections::VecDeque;

use mapwright::{Batch, BatchItem, Batcher};

use crate::order::{Lane, Lanes};

/// The batch that an event's items have joined.
pub(crate) struct Joined<T> {
    pub(crate) batch: u64,
    /// The batches that are complete by them; perhaps that one too.
    pub(crate) complete: Vec<Batch<T>>,
}

/// Adds an event's item, if nobody is before the event in its lanes, or only some that wait in the batch that the item joins. Gives it back
/// otherwise. Of the items that follow it, those are added that join the same batch. `tag` makes the tag of each.
pub(crate) fn join<T>(
    batcher: &mut Batcher<T>,
    item: Box<BatchItem>,
    ahead: &mut VecDeque<BatchItem>,
    event: u64,
    (all, lanes): (&mut Lanes, &[&Lane]),
    mut tag: impl FnMut() -> T,
) -> Result<Joined<T>, Box<BatchItem>> {
    if !all.is_turn(event, lanes) {
        // it stays in the lanes until it has its answer, so it joins nothing that they do not allow
        match batcher.joins(&item) {
            Some(batch) if all.join(event, lanes, batch) => {}
            _ => return Err(item),
        }
    }
    let first = batcher.add(*item, tag());
    let (batch, mut complete) = (first.batch, first.complete);
    while let Some(next) = ahead.pop_front() {
        if batcher.joins(&next) != Some(batch) {
            ahead.push_front(next);
            break;
        }
        complete.extend(batcher.add(next, tag()).complete);
    }
    all.join(event, lanes, batch);
    Ok(Joined { batch, complete })
}
