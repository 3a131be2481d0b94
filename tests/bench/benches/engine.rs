//! Benchmarks of the engine against a plain parse of the same bytes, and of loading.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark stops at the first surprise; criterion's macros make public items"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mapwright::{Event, Mapper, Outcome, Scratch, Spec};
use mapwright_bench::sources;
use serde_json::{Value, json};

const NOW: i64 = 1_714_564_800_000;

const EVENTS: [(&str, &str); 3] = [
    ("identify", include_str!("../../samples/identify.json")),
    ("track", include_str!("../../samples/track.json")),
    ("group", include_str!("../../samples/group.json")),
];

fn mapper(version: &str) -> Mapper {
    let plans = Spec::load(&sources()).check().unwrap_or_else(|found| panic!("{found}")).compile();
    let settings = json!({ "apiKey": "key" });
    plans.plan("intercom", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

/// Maps an event up to its first request.
fn first_request(mapper: &Mapper, event: Event<'_>, scratch: &mut Scratch) -> usize {
    match mapper.map(event, NOW, scratch) {
        Outcome::Mapped(mut run) => {
            let request = run.request().unwrap().unwrap();
            black_box(request.body.as_ref().map_or(0, |body| body.bytes().len()))
        }
        other => panic!("{other:?}"),
    }
}

fn events(c: &mut Criterion) {
    let mappers = [("1.4", mapper("1.4")), ("2.10", mapper("2.10"))];
    for (name, text) in EVENTS {
        let bytes = text.trim().as_bytes();
        let value: Value = serde_json::from_slice(bytes).unwrap();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("serde_json parse", |b| {
            b.iter(|| serde_json::from_slice::<Value>(black_box(bytes)).unwrap());
        });
        for (version, mapper) in &mappers {
            let mut scratch = Scratch::new();
            group.bench_function(format!("{version} bytes to request"), |b| {
                b.iter(|| first_request(mapper, Event::Bytes(black_box(bytes)), &mut scratch));
            });
            group.bench_function(format!("{version} value to request"), |b| {
                b.iter(|| first_request(mapper, Event::Value(black_box(&value)), &mut scratch));
            });
        }
        group.finish();
    }
}

/// Only the contact of an identify of 2.10.
fn payload(c: &mut Criterion) {
    let bytes = EVENTS[0].1.trim().as_bytes();
    let value: Value = serde_json::from_slice(bytes).unwrap();
    let (mapper, mut scratch) = (mapper("9.9"), Scratch::new());
    let mut group = c.benchmark_group("payload of identify 2.10");
    group.bench_function("bytes to request", |b| {
        b.iter(|| first_request(&mapper, Event::Bytes(black_box(bytes)), &mut scratch));
    });
    group.bench_function("value to request", |b| {
        b.iter(|| first_request(&mapper, Event::Value(black_box(&value)), &mut scratch));
    });
    group.finish();
}

fn loading(c: &mut Criterion) {
    let sources = mapwright_builtin::sources();
    c.bench_function("load, check and compile all shipped mappings", |b| {
        b.iter(|| Spec::load(black_box(&sources)).check().unwrap().compile());
    });
}

criterion_group!(benches, events, payload, loading);
criterion_main!(benches);
