//! Maps one event many times, for a profiler: `profile <event file> <version> <times> [value]`. Version 9.9 builds only the contact of an
//! identify of 2.10, version 9.10 nine fields of it. `profile load <times>` loads and compiles all shipped mappings.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool for one use"
)]

use mapwright::{Event, Outcome, Scratch, Spec};
use mapwright_bench::sources;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "load" {
        return load(args[2].parse().unwrap());
    }
    let text = std::fs::read(&args[1]).unwrap();
    let plans = Spec::load(&sources()).check().unwrap_or_else(|found| panic!("{found}")).compile();
    let settings = serde_json::json!({ "apiKey": "key" });
    let mapper = plans.plan("intercom", Some(&args[2]), &settings).unwrap().bind(&settings).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let event = if args.get(4).is_some() { Event::Value(&value) } else { Event::Bytes(&text) };
    let mut scratch = Scratch::new();
    let mut map = || match mapper.map(event, 0, &mut scratch) {
        Outcome::Mapped(mut run) => {
            run.request().unwrap().and_then(|r| r.body.map(|b| b.bytes().len())).unwrap_or(0)
        }
        _ => 0,
    };
    let times: usize = args[3].parse().unwrap();
    if times < 10_000 {
        println!("{}", (0..times).map(|_| map()).sum::<usize>());
        return;
    }
    let best = |work: &mut dyn FnMut()| {
        let batch = |work: &mut dyn FnMut()| {
            let start = std::time::Instant::now();
            (0..64).for_each(|_| work());
            start.elapsed().as_nanos() / 64
        };
        (0..times / 64).map(|_| batch(work)).min().unwrap()
    };
    let parse =
        best(&mut || drop(std::hint::black_box(serde_json::from_slice::<serde_json::Value>(&text).unwrap())));
    let map = best(&mut || {
        std::hint::black_box(map());
    });
    println!("parse {parse} ns, map {map} ns, ratio {:.2}", map as f64 / parse as f64);
}

/// Loads, checks and compiles all shipped mappings, with their tests and without.
fn load(times: usize) {
    load_all(times, "with tests", &mapwright_builtin::sources());
    load_all(times, "without tests", &mapwright_builtin::sources().without_tests());
}

fn load_all(times: usize, what: &str, sources: &mapwright::Sources) {
    let once = || {
        let start = std::time::Instant::now();
        let spec = Spec::load(sources);
        let loaded = start.elapsed();
        let plans = spec.check().unwrap_or_else(|found| panic!("{found}")).compile();
        (start.elapsed(), loaded, plans)
    };
    let (all, loaded, _) = (0..times).map(|_| once()).min_by_key(|(all, _, _)| *all).unwrap();
    println!("{what}: load {loaded:?}, check and compile {:?}, together {all:?}", all - loaded);
}
