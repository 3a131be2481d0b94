//! What is read from sources of all forms, with every fault in its place.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod any;
mod compressed;
mod forms;
mod reading;
mod sources;
