//! Tests of the sandbox against Intercom's documentation: one test per fact, over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod attributes;
mod chaos;
mod client;
mod companies;
mod contacts;
mod events;
mod hostile;
mod inspect;
mod limits;
mod mappings;
mod search;
mod tags;
mod users;
