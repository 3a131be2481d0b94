//! The short form of fuzzing: every target over its seeds, and over deterministic mutations of them.

use std::path::Path;

use mapwright_fuzz_targets::{Mutator, TARGETS};

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let entries = folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Runs a target and, if it panics, reports the input.
fn run(target: &str, input: &[u8], about: &str) {
    let (_, function) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    let caught = std::panic::catch_unwind(|| function(input));
    assert!(caught.is_ok(), "{target} fails for {about}: {:?}", String::from_utf8_lossy(input));
}

fn short(target: &str, mutations: u64) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    for (name, input) in &seeds {
        run(target, input, name);
    }
    for round in 0..mutations {
        let mut mutator = Mutator::new(round);
        let (name, input) = &seeds[mutator.below(seeds.len())];
        let (_, other) = &seeds[mutator.below(seeds.len())];
        run(target, &mutator.mutate(input, other), &format!("mutation {round} of {name}"));
    }
}

#[test]
fn event() {
    short("event", 800);
}

#[test]
fn mapping_yaml() {
    short("mapping_yaml", 1000);
}

#[test]
fn paths() {
    short("paths", 250);
}

#[test]
fn responses() {
    short("responses", 400);
}

#[test]
fn settings() {
    short("settings", 500);
}

#[test]
fn templates() {
    short("templates", 600);
}

#[test]
fn every_target_has_seeds_and_all_of_them_are_small() {
    let mut bytes = 0;
    for (target, _) in TARGETS {
        bytes += seeds(target).iter().map(|(_, input)| input.len()).sum::<usize>();
    }
    assert!(bytes <= 200 << 10, "{bytes} bytes");
}
