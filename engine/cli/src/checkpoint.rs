//! `mapwright checkpoint`: shows and verifies the progress of a delivery.

use std::fmt::Write as _;

use indicatif::HumanCount;
use mapwright_driver::checkpoint::{Damage, FinishedCounts, Inspection};
use serde::Serialize;

use crate::args::CheckpointArgs;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::{output, terminal};

pub(crate) fn run(args: &CheckpointArgs) -> Result<u8, CommandError> {
    let found = Inspection::of(&args.file)?;
    let report = CheckpointReport::new(&found);
    let text = match args.json {
        // serialization cannot fail, since all keys are strings
        true => format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default()),
        false => terminal::escaped(&report.text(found.damage)).into_owned(),
    };
    output::print(terminal::stdout(), text.as_bytes())?;
    Ok(if found.damage.is_some() { REJECTED } else { DONE })
}

/// Returns what is lost, and what may come of it.
pub(crate) fn damaged(damage: Damage) -> String {
    let Damage { from, bytes, records, truncated, .. } = damage;
    let (records, events) = match records {
        1 => ("1 record".to_owned(), "one event".to_owned()),
        _ => (format!("{} records", HumanCount(records)), format!("up to {} events", HumanCount(records))),
    };
    let why = if truncated && records.starts_with('1') { ", truncated as by a crash," } else { "" };
    format!("from byte {from} on, {records} ({bytes} bytes){why} cannot be used; {events} may be sent twice")
}

/// What a checkpoint says.
#[derive(Debug, Serialize)]
struct CheckpointReport<'a> {
    destination: &'a str,
    version: &'a str,
    input: &'a str,
    /// What must stay the same when it is resumed.
    facts: Vec<&'a str>,
    finished: u64,
    #[serde(flatten)]
    counts: FinishedCounts,
    in_flight: u64,
    /// The number of events at the start of the input that are finished.
    finished_up_to: u64,
    damage: Option<DamageReport>,
}

#[derive(Debug, Serialize)]
struct DamageReport {
    from_byte: u64,
    bytes: u64,
    records: u64,
}

impl<'a> CheckpointReport<'a> {
    fn new(found: &'a Inspection) -> Self {
        let first = found.finished.first().filter(|(first, _)| *first == 0);
        Self {
            destination: &found.identity.destination,
            version: &found.identity.version,
            input: &found.identity.input,
            facts: found.identity.facts.keys().map(String::as_str).collect(),
            finished: found.finished.iter().map(|(first, last)| last - first + 1).sum(),
            counts: found.counts,
            in_flight: found.in_flight,
            finished_up_to: first.map_or(0, |(_, last)| last + 1),
            damage: found.damage.map(|Damage { from, bytes, records, .. }| DamageReport {
                from_byte: from,
                bytes,
                records,
            }),
        }
    }

    fn text(&self, damage: Option<Damage>) -> String {
        let mut text = format!("delivery to {} {} of {}\n", self.destination, self.version, self.input);
        let FinishedCounts { delivered, skipped, rejected, failed } = self.counts;
        let _ = writeln!(
            text,
            "finished   {} (delivered {}, skipped {}, rejected {}, failed {}), the first {} without a gap",
            HumanCount(self.finished),
            HumanCount(delivered),
            HumanCount(skipped),
            HumanCount(rejected),
            HumanCount(failed),
            HumanCount(self.finished_up_to)
        );
        let _ = writeln!(text, "in flight  {}", HumanCount(self.in_flight));
        let _ = writeln!(text, "belongs to {}", self.facts.join(", "));
        let _ = match damage {
            None => writeln!(text, "the file is whole"),
            Some(damage) => writeln!(text, "damaged: {}", damaged(damage)),
        };
        text
    }
}
