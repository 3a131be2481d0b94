//! `mapwright send --dry-run`: prints the requests, their number, and how long they take. Where events share requests, it prints those that they share.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use indicatif::HumanCount;
use mapwright::Rate;
use mapwright_driver::Quota;

use crate::args::SendArgs;
use crate::error::CommandError;
use crate::input::{Input, Limits, Source};
use crate::pipeline::{Options, PipelineEnding};
use crate::preview::{self, Preview};
use crate::progress::Bar;
use crate::summary::Calls;
use crate::target::{Clock, Secrets, Target};
use crate::terminal;
use crate::together::Together;

pub(crate) fn run(args: &SendArgs, target: &Target) -> Result<u8, CommandError> {
    let mapper = target.mapper(Secrets::Hidden)?;
    let mapper = if args.allow_delete { mapper } else { mapper.without_destructive() };
    let sources = Source::arguments(&args.files);
    let several = sources.len() > 1;
    let input = Input::new(sources, Limits::default()).with_max_events(args.limit.unwrap_or(u64::MAX));
    let bar = if args.quiet { None } else { Bar::for_terminal(input.position().total) };
    let clock = Clock::System;
    let (mapper, schemas, pretty, delivery) = (&mapper, None, false, true);
    let options = Options { cancel: preview::cancel_by_ctrl_c(), ..Options::default() };
    let started = Instant::now();
    let report = if mapper.has_batches() {
        let together = Together { mapper, clock, several, schemas, pretty, delivery };
        together.write(input, &mut terminal::stdout(), &options.cancel)?
    } else {
        let preview = Preview { mapper, clock, several, schemas, pretty, delivery };
        preview.write(input, bar, &mut terminal::stdout(), &options)?
    };
    if report.ending != PipelineEnding::OutputClosed {
        preview::complain(&report, started.elapsed(), args.quiet);
        terminal::complain(&estimate(&report.tally.calls, mapper.rates(), args.wire.rate));
    }
    Ok(preview::code(&report))
}

/// Returns the number of requests, and the minutes that they take at the rate limits.
fn estimate(calls: &Calls, rates: &[Rate], operator: Option<Quota>) -> String {
    let (least, most) = (calls.certain.total(), calls.certain.total() + calls.possible.total());
    let mut text =
        format!("would send {}", range(HumanCount(least).to_string(), HumanCount(most).to_string()));
    if most > least {
        text.push_str(" requests; those with `when` depend on a response");
    } else {
        text.push_str(" requests");
    }
    let mut limits: Vec<Limit> = rates
        .iter()
        .map(|rate| {
            let least = calls.certain.get(&rate.name);
            Limit {
                least,
                most: least + calls.possible.get(&rate.name),
                requests: rate.requests,
                per: rate.per,
            }
        })
        .collect();
    limits.extend(operator.map(|quota| Limit { least, most, requests: quota.requests, per: quota.per }));
    // the slowest limit determines the time
    let slowest = limits.into_iter().max_by(|a, b| a.minutes(a.most).total_cmp(&b.minutes(b.most)));
    match slowest {
        None => text.push_str("\nno rate limit is known"),
        Some(limit) => {
            let time = time(limit.minutes(limit.least), limit.minutes(limit.most));
            let (requests, seconds) = (HumanCount(limit.requests), limit.per.as_secs_f64());
            let _ = write!(text, "\nwould take {time} at {requests} requests in {seconds} s");
        }
    }
    text
}

struct Limit {
    least: u64,
    most: u64,
    requests: u64,
    per: Duration,
}

impl Limit {
    fn minutes(&self, requests: u64) -> f64 {
        requests as f64 / self.requests.max(1) as f64 * self.per.as_secs_f64() / 60.0
    }
}

/// How long requests take, from the least to the most minutes.
fn time(least: f64, most: f64) -> String {
    match (format!("{least:.1}"), format!("{most:.1}")) {
        _ if most < 1.0 => "less than a minute".to_owned(),
        (least, most) if least == "0.0" => format!("up to {most} minutes"),
        (least, most) => format!("{} minutes", range(least, most)),
    }
}

fn range(least: String, most: String) -> String {
    if least == most { least } else { format!("{least} to {most}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_limit_counts() {
        let mut calls = Calls::default();
        calls.certain.add("default", 10_000);
        calls.possible.add("default", 5_000);
        let rate = Rate::new("default", 1_000, Duration::from_secs(10));
        insta::assert_snapshot!(estimate(&calls, std::slice::from_ref(&rate), None), @r"
        would send 10,000 to 15,000 requests; those with `when` depend on a response
        would take 1.7 to 2.5 minutes at 1,000 requests in 10 s
        ");
        let operator = Quota { requests: 10, per: Duration::from_secs(1) };
        insta::assert_snapshot!(estimate(&calls, &[rate], Some(operator)), @r"
        would send 10,000 to 15,000 requests; those with `when` depend on a response
        would take 16.7 to 25.0 minutes at 10 requests in 1 s
        ");
        assert_eq!(time(0.02, 0.9), "less than a minute");
        assert_eq!(time(0.0, 2.5), "up to 2.5 minutes");
        assert_eq!(time(1.0, 1.0), "1.0 minutes");
        insta::assert_snapshot!(estimate(&Calls::default(), &[], None), @r"
        would send 0 requests
        no rate limit is known
        ");
    }
}
