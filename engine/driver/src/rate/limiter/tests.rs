//! Tests of the limiter against a server with fixed windows that start at any time, in simulated time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::{Limiter, Told, Turn};
use crate::config::Quota;

struct World {
    /// The server's requests per window.
    limit: u64,
    window_ms: u64,
    /// The start of the server's windows.
    offset_ms: u64,
    workers: usize,
    /// The shortest and longest response time.
    latency_ms: (u64, u64),
    /// Whether responses state the limit.
    tells: bool,
    /// Whether these state the time to the next window as well.
    resets: bool,
    /// The requests of another client, at the start of every window.
    others: u64,
    seed: u64,
}

struct Simulated {
    /// The requests that arrived, by the server's window.
    windows: HashMap<u64, u64>,
    refused: u64,
}

/// Sends as many requests as the limiter allows, for some windows.
fn run(world: &World, limiter: Limiter, start: Instant, windows: u64) -> Simulated {
    run_in(world, limiter, start, windows, 1)
}

/// The same with a reset that the server states in whole units, rounded up.
fn run_in(world: &World, mut limiter: Limiter, start: Instant, windows: u64, unit_ms: u64) -> Simulated {
    let mut random = fastrand::Rng::with_seed(world.seed);
    let at = |ms: u64| start + Duration::from_millis(ms);
    let window_of = |ms: u64| (ms + world.offset_ms) / world.window_ms;
    let mut outcome = Simulated { windows: HashMap::new(), refused: 0 };
    // arrivals are counted in their order, so each is a separate event
    let mut arrivals: BinaryHeap<Reverse<(u64, u64, u64)>> = BinaryHeap::new();
    let mut answers: BinaryHeap<Reverse<(u64, u64, Option<u64>)>> = BinaryHeap::new();
    let (mut now, mut idle) = (0, world.workers);
    while now < windows * world.window_ms {
        while let Some(Reverse((ms, index, answered))) =
            arrivals.peek().copied().filter(|next| next.0.0 <= now)
        {
            arrivals.pop();
            let count = outcome.windows.entry(window_of(ms)).or_default();
            *count += 1;
            let remaining = world.limit.checked_sub(*count + world.others);
            outcome.refused += u64::from(remaining.is_none());
            answers.push(Reverse((answered, index, remaining)));
        }
        while let Some(Reverse((ms, index, remaining))) =
            answers.peek().copied().filter(|next| next.0.0 <= now)
        {
            answers.pop();
            idle += 1;
            let left = world.window_ms - (ms + world.offset_ms) % world.window_ms;
            let reset_in = Some(Duration::from_millis(left.div_ceil(unit_ms) * unit_ms));
            let remaining_told = Some(remaining.unwrap_or(0));
            let told = Told {
                limit: Some(world.limit),
                remaining: remaining_told,
                reset_in: reset_in.filter(|_| world.resets),
                reset_slack: Duration::from_millis(unit_ms - 1),
            };
            let nothing = Told::default();
            limiter.over(index, at(now), if world.tells { &told } else { &nothing });
            if remaining.is_none() {
                limiter.throttle(at(now), reset_in, random.f64());
            } else {
                limiter.calm();
            }
        }
        let mut next = now + world.window_ms;
        while idle > 0 {
            match limiter.turn(at(now)) {
                Turn::Go { index } => {
                    idle -= 1;
                    let latency = random.u64(world.latency_ms.0..=world.latency_ms.1);
                    let there = random.u64(0..=latency);
                    arrivals.push(Reverse((now + there, index, now + latency)));
                }
                Turn::At(time) => {
                    next = (time - start).as_micros().div_ceil(1_000) as u64;
                    break;
                }
                Turn::AfterAnother => break,
            }
        }
        let arrives = arrivals.peek().map(|next| next.0.0);
        let answered = answers.peek().map(|next| next.0.0);
        now = arrives
            .into_iter()
            .chain(answered)
            .fold(next, u64::min)
            .max(now + u64::from(arrives != Some(now)));
    }
    outcome
}

fn quota(requests: u64, per_ms: u64) -> Quota {
    Quota { requests, per: Duration::from_millis(per_ms) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_window_of_the_server_sees_more_than_the_limit(
        limit in 1_u64..400,
        offset_ms in 0_u64..10_000,
        workers in 1_usize..150,
        shortest in 0_u64..300,
        longer in 0_u64..9_000,
        tells: bool,
        seed: u64,
    ) {
        let world = World {
            limit, window_ms: 10_000, offset_ms, workers, latency_ms: (shortest, shortest + longer), tells, resets: true, others: 0, seed,
        };
        let start = Instant::now();
        let outcome = run(&world, Limiter::new(Some(quota(limit, 10_000)), start), start, 8);
        prop_assert!(outcome.windows.values().all(|count| *count <= limit), "{:?}", outcome.windows);
        prop_assert_eq!(outcome.refused, 0);
    }

    #[test]
    fn the_limit_is_used(offset_ms in 0_u64..10_000, shortest in 5_u64..150, longer in 0_u64..100, tells: bool, seed: u64) {
        let world = World {
            limit: 1_666, window_ms: 10_000, offset_ms, workers: 100, latency_ms: (shortest, shortest + longer), tells, resets: true, others: 0, seed,
        };
        let start = Instant::now();
        let windows = 12;
        let outcome = run(&world, Limiter::new(Some(quota(1_666, 10_000)), start), start, windows);
        let sent: u64 = outcome.windows.values().sum();
        prop_assert!(sent as f64 >= 0.95 * (1_666 * windows) as f64, "{sent} of {}", 1_666 * windows);
    }

    #[test]
    fn what_the_server_says_counts_more_than_what_the_mapping_says(offset_ms in 0_u64..10_000, limit in 100_u64..600, seed: u64) {
        let world = World {
            limit, window_ms: 10_000, offset_ms, workers: 50, latency_ms: (20, 60), tells: true, resets: true, others: 0, seed,
        };
        let start = Instant::now();
        let outcome = run(&world, Limiter::new(Some(quota(300, 10_000)), start), start, 10);
        prop_assert_eq!(outcome.refused, 0);
        let sent: u64 = outcome.windows.values().sum();
        prop_assert!(sent as f64 >= 0.9 * (limit * 10) as f64, "{sent} of {}", limit * 10);
    }

    #[test]
    fn the_window_is_learned_from_the_reset_or_from_what_is_left(
        window_ms in 1_000_u64..6_000,
        offset_ms in 0_u64..1_000,
        seconds: bool,
        resets: bool,
        seed: u64,
    ) {
        // without a reset, windows that are much shorter are learned
        let window_ms = if resets { window_ms } else { window_ms.min(2_000) };
        let world = World {
            limit: 166, window_ms, offset_ms, workers: 50, latency_ms: (2, 10), tells: true, resets, others: 0, seed,
        };
        let start = Instant::now();
        let (windows, limit) = (12, 166);
        let mut limiter = Limiter::new(Some(quota(1_666, 10_000)), start);
        // the first response tells
        limiter.tokens.as_mut().unwrap().resize(limit);
        let outcome = run_in(&world, limiter, start, windows, if seconds { 1_000 } else { 1 });
        prop_assert_eq!(outcome.refused, 0);
        // the first windows are for learning, more of them without a reset
        let first = if resets { 2 } else { 6 };
        let whole = |window: &u64| (first..windows).contains(window);
        let sent: u64 = outcome.windows.iter().filter(|(window, _)| whole(window)).map(|(_, count)| count).sum();
        let could = limit * (windows - first);
        prop_assert!(sent as f64 >= 0.9 * could as f64, "{sent} of {could}: {:?}", outcome.windows.iter().collect::<std::collections::BTreeMap<_, _>>());
    }

    #[test]
    fn a_limit_that_others_use_too_is_hardly_overstepped(offset_ms in 0_u64..10_000, others in 200_u64..900, seed: u64) {
        let world = World {
            limit: 1_000, window_ms: 10_000, offset_ms, workers: 30, latency_ms: (20, 60), tells: true, resets: true, others, seed,
        };
        let start = Instant::now();
        let outcome = run(&world, Limiter::new(Some(quota(1_000, 10_000)), start), start, 10);
        prop_assert!(outcome.refused <= 30 * 11, "{} refused", outcome.refused);
        let sent: u64 = outcome.windows.values().sum();
        prop_assert!(sent as f64 >= 0.85 * ((1_000 - others) * 10) as f64, "{sent} of {}", (1_000 - others) * 10);
    }
}

#[test]
fn a_throttled_group_waits_together_and_longer_each_time() {
    let start = Instant::now();
    let mut limiter = Limiter::new(Some(quota(100, 10_000)), start);
    let second = Duration::from_secs(1);
    limiter.throttle(start, Some(second), 0.0);
    limiter.throttle(start, Some(Duration::ZERO), 0.0);
    assert_eq!(limiter.turn(start), Turn::At(start + second), "the longest wait counts");
    assert!(matches!(limiter.turn(start + second), Turn::Go { .. }));
    // asked to retry immediately, and refused repeatedly
    let mut now = start + second;
    let mut waits = Vec::new();
    for _ in 0..8 {
        limiter.throttle(now, Some(Duration::ZERO), 0.0);
        let Turn::At(until) = limiter.turn(now) else { panic!("it may not send") };
        waits.push((until - now).as_millis());
        now = until;
        assert!(matches!(limiter.turn(now), Turn::Go { .. }));
    }
    assert_eq!(waits, [400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
    limiter.calm();
    limiter.throttle(now, None, 0.0);
    assert_eq!(limiter.turn(now), Turn::At(now + Duration::from_millis(200)));
}

#[test]
fn a_smaller_limit_takes_tokens_away_and_a_larger_one_gives_them_back() {
    let start = Instant::now();
    let mut limiter = Limiter::new(Some(quota(4, 1_000)), start);
    let told = |limit| Told { limit: Some(limit), ..Told::default() };
    let mut now = start;
    let mut go = |limiter: &mut Limiter| loop {
        match limiter.turn(now) {
            Turn::Go { index } => return Some((index, now)),
            Turn::At(time) if time < start + Duration::from_millis(900) => now = time,
            _ => return None,
        }
    };
    let taken: Vec<_> = (0..4).map(|_| go(&mut limiter).unwrap()).collect();
    assert!(go(&mut limiter).is_none(), "four are four");
    limiter.over(taken[0].0, taken[3].1, &told(2));
    limiter.over(taken[1].0, taken[3].1, &told(2));
    assert!(go(&mut limiter).is_none(), "two are still in flight");
    limiter.over(taken[2].0, taken[3].1, &told(5));
    assert!(go(&mut limiter).is_some(), "one more than at first");
    assert!(go(&mut limiter).is_none());
}
