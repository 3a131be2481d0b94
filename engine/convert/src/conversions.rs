//! The conversions themselves, one file a family.

pub(crate) mod agent;
pub(crate) mod compact;
pub(crate) mod escape;
pub(crate) mod flatten;
pub(crate) mod hash;
pub(crate) mod json;
pub(crate) mod kind;
pub(crate) mod limit;
pub(crate) mod list;
pub(crate) mod lookup;
pub(crate) mod number;
pub(crate) mod object;
pub(crate) mod only;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod url;
