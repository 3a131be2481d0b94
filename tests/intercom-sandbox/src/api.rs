//! The request handlers, by part of the API.

pub(crate) mod account;
pub(crate) mod attributes;
pub(crate) mod companies;
pub(crate) mod contacts;
pub(crate) mod events;
pub(crate) mod search;
pub(crate) mod tags;
pub(crate) mod users;
