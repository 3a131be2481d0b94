//! Benchmarks of separating each format into events, and of the pipeline's overhead.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::io::{self, Write};
use std::num::NonZeroUsize;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::Compression;
use flate2::write::GzEncoder;
use mapwright_cli::input::{Batch, BatchSize, Event, Input, Limits, Source};
use mapwright_cli::pipeline::{self, Options};
use serde_json::{Value, json};

/// Events of 1.5 kB.
fn events() -> Vec<Value> {
    let words = "the quick brown fox jumps over a lazy dog and runs away from an angry cat";
    (0_usize..16_000)
        .map(|number| {
            let word = |salt: usize| words.split(' ').nth((number * 7919 + salt * 31) % 16).unwrap();
            let mut traits = json!({
                "email": format!("user{number}@example.com"),
                "name": format!("{} {}", word(1), word(2)),
                "createdAt": 1_700_000_000 + number,
                "about": (0..60).map(word).collect::<Vec<_>>().join(" "),
            });
            for salt in 0..20 {
                traits[format!("{}_{salt}", word(salt))] = match salt % 4 {
                    0 => json!(number * salt),
                    1 => json!(number % 2 == 0),
                    2 => json!(word(salt + 1)),
                    _ => Value::Null,
                };
            }
            json!({
                "type": "identify",
                "userId": format!("user-{number}"),
                "messageId": format!("{:032x}", number as u128 * 0x9e37_79b9_7f4a_7c15),
                "originalTimestamp": "2024-05-01T10:00:00.000Z",
                "context": {
                    "ip": "192.0.2.7",
                    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
                    "page": { "url": format!("https://example.com/{}", word(3)), "title": word(4) },
                    "traits": traits,
                },
                "integrations": { "All": true },
            })
        })
        .collect()
}

fn read(bytes: &'static [u8]) -> u64 {
    let mut input = Input::new([Source::reader("bench", bytes)], Limits::default());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    while input.fill(&mut batch) {
        black_box(&batch);
    }
    input.position().events
}

/// Runs the pipeline with a worker that reads each byte once.
fn run(bytes: &'static [u8], threads: usize) -> u64 {
    let threads = NonZeroUsize::new(threads).unwrap();
    let input = Input::new([Source::reader("bench", bytes)], Limits::default());
    let options = Options { threads, ..Options::default() };
    let report = pipeline::run(input, (), &mut io::sink(), &options, &|| {
        |event: &Event<'_>, output: &mut Vec<u8>| {
            let bytes = event.json.unwrap_or_default();
            let sum =
                bytes.iter().fold(0_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
            writeln!(output, "{sum}").unwrap();
            1
        }
    });
    report.unwrap().tally
}

fn input(criterion: &mut Criterion) {
    let events = events();
    let ndjson: Vec<u8> = events.iter().flat_map(|event| (event.to_string() + "\n").into_bytes()).collect();
    let array = serde_json::to_vec(&events).unwrap();
    let pretty = serde_json::to_vec_pretty(&events).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&ndjson).unwrap();
    let gzip = encoder.finish().unwrap();
    let zstd = zstd::encode_all(&ndjson[..], 1).unwrap();
    let size = ndjson.len() as u64;
    let pretty_size = pretty.len() as u64;
    let ndjson: &[u8] = ndjson.leak();

    let mut group = criterion.benchmark_group("input");
    group.sample_size(20);
    for (name, bytes, size) in [
        ("ndjson", ndjson, size),
        ("array", array.leak(), size),
        ("pretty-printed array", pretty.leak(), pretty_size),
        ("gzip", gzip.leak(), size),
        ("zstd", zstd.leak(), size),
    ] {
        assert_eq!(read(bytes), events.len() as u64);
        group
            .throughput(Throughput::Bytes(size))
            .bench_function(name, |bencher| bencher.iter(|| read(bytes)));
    }
    group.finish();

    let mut group = criterion.benchmark_group("pipeline");
    group.sample_size(20).throughput(Throughput::Bytes(size));
    for threads in [1, 2, 4] {
        group.bench_function(format!("{threads} threads"), |bencher| bencher.iter(|| run(ndjson, threads)));
    }
    group.finish();
}

criterion_group!(benches, input);
criterion_main!(benches);
