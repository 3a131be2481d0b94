//! The conversions themselves, one file a family.

pub mod agent;
pub mod compact;
pub mod escape;
pub mod flatten;
pub mod hash;
pub mod json;
pub mod kind;
pub mod limit;
pub mod list;
pub mod lookup;
pub mod number;
pub mod object;
pub mod only;
pub mod text;
pub mod time;
pub mod url;
