//! Parses the events in a folder's `*.ndjson` files: `mapwright-bench-plain FOLDER count|time [NAME…]`.

use std::hint::black_box;
use std::path::Path;
use std::{env, fs, io};

use serde::de::IgnoredAny;
use simd_json::Buffers;

use crate::measure::Measure;

#[path = "../../src/measure.rs"]
mod measure;

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let folder = args.next().unwrap_or_default();
    let measure = Measure::new(args);
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(|file| file.file_name());
    for file in files {
        parse_all(&file.path(), &measure)?;
    }
    Ok(())
}

fn parse_all(file: &Path, measure: &Measure) -> io::Result<()> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read(file)?;
    let events: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|line| !line.is_empty()).collect();
    let case = |what, parse: &mut dyn FnMut(&[u8])| {
        measure.case(&name, what, events.len(), &mut |i| parse(black_box(events[i])));
    };
    case("serde_json", &mut |event| drop(black_box(serde_json::from_slice::<serde_json::Value>(event))));
    case("IgnoredAny", &mut |event| {
        let _ = black_box(serde_json::from_slice::<IgnoredAny>(event));
    });
    case("sonic-rs", &mut |event| drop(black_box(sonic_rs::from_slice::<sonic_rs::Value>(event))));
    // it parses in place, so that each event is copied first
    let (mut buffers, mut copy) = (Buffers::default(), Vec::new());
    case("simd-json", &mut |event| {
        copy.clear();
        copy.extend_from_slice(event);
        drop(black_box(simd_json::to_tape_with_buffers(&mut copy, &mut buffers)));
    });
    Ok(())
}
