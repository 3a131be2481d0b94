//! Intercom's own ids. They are derived from names, not from the order of creation, so that
//! runs with racing requests have the same ids.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u64);

        impl $name {
            /// Returns the id for a name and its `generation`th use.
            pub(crate) fn of(name: impl Hash, generation: u64) -> $name {
                let mut hasher = DefaultHasher::new();
                ($prefix, name, generation).hash(&mut hasher);
                $name(hasher.finish())
            }

            /// Parses an id that a client has sent.
            pub(crate) fn parse(text: &str) -> Option<$name> {
                let digits = text.strip_prefix($prefix)?;
                let digits = Some(digits).filter(|d| d.len() == 16 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                u64::from_str_radix(digits, 16).ok().map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:016x}"), self.0)
            }
        }
    };
}

id!(
    /// The id of a contact: 24 hexadecimal digits.
    ContactId,
    "6657add4"
);
id!(
    /// The id of a company: 24 hexadecimal digits, never those of a contact.
    CompanyId,
    "6657a833"
);
id!(
    /// The id of a tag.
    TagId,
    "17513"
);
