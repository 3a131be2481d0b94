//! Reading sources in all formats, with the position of every fault.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod any;
mod compressed;
mod forms;
mod reading;
mod sources;
