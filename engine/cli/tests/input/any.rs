//! Any events, and any bytes.

use mapwright_cli::input::{Batch, BatchSize, Input, Limits};
use proptest::prelude::*;
use serde_json::Value;

use crate::reading::{chunks, gzip, read, small_limit, zstd};

#[test]
fn hostile_bytes_take_bounded_steps() {
    let limits = small_limit(1 << 16);
    let megabytes = |pattern: &[u8]| pattern.repeat((10 << 20) / pattern.len());
    for (name, bytes, items) in [
        ("no newline", megabytes(b"x"), 1),
        ("no newline in an object", [b"{\"a\":\"".as_slice(), &megabytes(b"x")].concat(), 1),
        ("NUL", megabytes(b"\0"), 1),
        ("spaces", megabytes(b" "), 1),
        ("newlines", megabytes(b"\n"), 0),
        ("not UTF-8", megabytes(b"\xff\n"), 5 << 20),
        ("open arrays", megabytes(b"["), 1),
        ("open objects", megabytes(b"{\"a\":"), 1),
        ("unclosed array", [b"[".as_slice(), &megabytes(b"{\"a\": [1, \"x\"]},")].concat(), 655_361),
        // too deep after 64 lines, then again from the next line on
        ("unclosed lines", megabytes(b"{\"a\":[\n"), (10 << 20) / 7 / 64 + 1),
        ("quotes", [b"[".as_slice(), &megabytes(b"\"")].concat(), 2),
    ] {
        let mut input = Input::new([chunks(&bytes, 1 << 16)], limits);
        let mut batch = Batch::new(BatchSize::DEFAULT);
        let mut seen = 0;
        while input.fill(&mut batch) {
            seen += batch.len();
            assert!(batch.byte_len() <= BatchSize::DEFAULT.bytes + limits.event_bytes);
        }
        assert_eq!(seen, items, "{name}");
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        "[\\PC\\n\"\\\\{}\\[\\],: ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[\\PC\"]{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Events that are valid in every format: the first two, which determine the format, are objects that are not
/// empty, and arrays occur only in objects.
fn events() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(json(), 1..12).prop_map(|mut events| {
        for (number, event) in events.iter_mut().enumerate() {
            if number < 2 || event.is_array() {
                *event = serde_json::json!({ "event": event.take() });
            }
        }
        events
    })
}

fn forms(events: &[Value]) -> Vec<(&'static str, Vec<u8>)> {
    let join = |separator: &str, pretty: bool| {
        let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        events.iter().map(|event| write(event).unwrap()).collect::<Vec<_>>().join(separator)
    };
    let mut forms = vec![
        ("NDJSON", join("\n", false)),
        ("NDJSON with empty lines", join(" \r\n\r\n\t", false) + "\n"),
        ("a sequence with spaces", join(" ", false)),
        ("pretty-printed", join("\n", true)),
        ("array", format!("[{}]", join(",", false))),
        ("array over lines", format!("[\n{}\n]\n", join(",\n", false))),
        ("pretty-printed array", serde_json::to_string_pretty(events).unwrap()),
    ];
    if events.iter().all(|event| event.is_object() || event.is_string()) {
        forms.push(("a sequence without spaces", join("", false)));
    }
    forms.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_form_gives_the_same_events(events in events(), chunk in 1_usize..50) {
        for (name, bytes) in forms(&events) {
            for (packed, bytes) in [("", bytes.clone()), (", gzip", gzip(&bytes)), (", zstd", zstd(&bytes))] {
                let seen = read(vec![chunks(&bytes, chunk)], Limits::default());
                let seen: Vec<Value> = seen
                    .iter()
                    .map(|it| serde_json::from_str(it.split_once(' ').unwrap().1).unwrap())
                    .collect();
                prop_assert_eq!(&seen, &events, "{}{}", name, packed);
            }
        }
    }

    #[test]
    fn chunks_make_no_difference_to_faults(
        bytes in prop::collection::vec(prop::sample::select(&b"{}[]\",:1a\\\n \r\xff"[..]), 0..80),
        chunk in 1_usize..20,
        limit in 1_usize..30,
    ) {
        let limits = small_limit(limit);
        prop_assert_eq!(read(vec![chunks(&bytes, chunk)], limits), read(vec![chunks(&bytes, usize::MAX)], limits));
    }

    #[test]
    fn damaged_compression_does_no_harm(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        end in any::<prop::sample::Index>(),
    ) {
        let text = "{\"type\":\"identify\",\"userId\":\"u1\"}\n{\"type\":\"track\"}\n".repeat(20);
        for mut bytes in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
            bytes.truncate(at.max(end.index(bytes.len())) + 1);
            read(vec![chunks(&bytes, 1000)], Limits::default());
        }
    }
}
