//! Events, as they come in.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

/// An event: its bytes, or a parsed tree.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'e> {
    /// JSON text.
    Bytes(&'e [u8]),
    /// A parsed event.
    Value(&'e Value),
}

impl<'e> Event<'e> {
    /// Returns the event in a buffer of any type, such as `Bytes` or a memory map: JSON text.
    pub fn bytes<B: AsRef<[u8]> + ?Sized>(buffer: &'e B) -> Self {
        Event::Bytes(buffer.as_ref())
    }
}

/// Implements `From` for references to buffers. One implementation for all `AsRef<[u8]>` would exclude the one for `Value`.
macro_rules! from_bytes {
    ($($buffer:ty),+) => {$(
        impl<'e> From<&'e $buffer> for Event<'e> {
            fn from(buffer: &'e $buffer) -> Self {
                Event::bytes(buffer)
            }
        }
    )+};
}

from_bytes!([u8], str, Vec<u8>, String, Box<[u8]>, Arc<[u8]>, Cow<'_, [u8]>);

impl<'e, const N: usize> From<&'e [u8; N]> for Event<'e> {
    fn from(bytes: &'e [u8; N]) -> Self {
        Event::bytes(bytes)
    }
}

impl<'e> From<&'e Value> for Event<'e> {
    fn from(value: &'e Value) -> Self {
        Event::Value(value)
    }
}
