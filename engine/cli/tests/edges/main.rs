//! The edges of a delivery, over real processes, files and sockets: several processes, signals, files that are one file, rotation,
//! power cuts, leaks and resuming.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![cfg(unix)]

mod lack;
mod leaks;
mod letters;
mod one_file;
mod power;
mod resume;
#[path = "../common/sandbox.rs"]
mod sandbox;
mod signals;
mod tail;

/// Returns the size of a test: that of its short form, unless the environment states another.
fn size(name: &str, short: usize) -> usize {
    std::env::var(name).map_or(short, |text| text.parse().unwrap())
}
