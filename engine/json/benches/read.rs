//! Benchmarks reading an identify event of 1.5 kB: all of it with `serde_json`, and the requested paths with this
//! crate.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mapwright_json::{Limits, NodeId, Scratch, Step, Trie, TrieBuilder, scan, walk};
use serde::de::IgnoredAny;
use serde_json::Value;

const EVENTS: [(&str, &str); 3] = [
    ("traits", include_str!("data/identify.json")),
    ("context_traits", include_str!("data/identify_context_traits.json")),
    ("both_traits", include_str!("data/identify_both_traits.json")),
];

/// The traits that a mapping of identify events reads.
const TRAITS: &str = "userId id email name firstName first_name lastName last_name phone createdAt created_at avatar \
    unsubscribedFromEmails ownerId owner_id company.id company.name company.remove lastSeenAt";

/// The other fields that it reads.
const OTHER: &str = "userId anonymousId type event messageId timestamp originalTimestamp sentAt integrations \
    integrations.All integrations.Example context.userAgent context.locale context.library.name \
    context.consentManagement.deniedConsentIds context.mappedToDestination context.externalId \
    context.device.id context.os.name";

fn paths() -> (Trie, Vec<NodeId>) {
    let mut builder = TrieBuilder::new();
    let mut nodes = Vec::new();
    let mut add = |path: &str| {
        let steps: Vec<_> = path.split('.').map(Step::Key).collect();
        nodes.extend(builder.path(&steps));
    };
    for path in TRAITS.split_whitespace() {
        add(&format!("traits.{path}"));
        add(&format!("context.traits.{path}"));
    }
    OTHER.split_whitespace().for_each(&mut add);
    for parent in [&["traits".into()][..], &["context".into(), "traits".into()]] {
        if let Ok(node) = builder.path(parent) {
            builder.members(node);
        }
    }
    (builder.build(), nodes)
}

fn read(c: &mut Criterion) {
    let (trie, nodes) = paths();
    for (name, text) in EVENTS {
        let text = text.trim_end().as_bytes();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("serde_json_value", |b| {
            b.iter(|| serde_json::from_slice::<Value>(black_box(text)).map(drop));
        });
        group.bench_function("serde_json_ignored", |b| {
            b.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(text)).map(drop));
        });
        group.bench_function("simdutf8", |b| {
            b.iter(|| simdutf8::basic::from_utf8(black_box(text)).map(str::len));
        });
        let mut scratch = Scratch::new();
        let limits = Limits::default();
        group.bench_function("scan", |b| {
            b.iter(|| scan(black_box(&trie), black_box(text), &mut scratch, &limits).map(drop));
        });
        let empty = TrieBuilder::new().build();
        group.bench_function("scan_nothing", |b| {
            b.iter(|| scan(black_box(&empty), black_box(text), &mut scratch, &limits).map(drop));
        });
        group.bench_function("scan_and_get", |b| {
            b.iter(|| {
                let doc = scan(black_box(&trie), black_box(text), &mut scratch, &limits)?;
                let found = nodes.iter().filter(|node| doc.get(**node).is_some()).count();
                Ok::<_, mapwright_json::SyntaxError>(found)
            });
        });
        let Ok(value) = serde_json::from_slice::<Value>(text) else { continue };
        group.bench_function("walk", |b| {
            b.iter(|| drop(black_box(walk(black_box(&trie), black_box(&value), &mut scratch))));
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    targets = read
}
criterion_main!(benches);
