//! Looking up destinations, versions and their parts by name, and errors about unknown names.

use mapwright_findings::{nearest, one_of, suggest};

/// An error about an unknown name.
///
/// ```
/// use mapwright_language::NotFound;
///
/// let known = ["acme", "other"];
/// assert_eq!(NotFound::destination("acmee", known).to_string(), "unknown destination `acmee`: did you mean `acme`?");
/// let version = NotFound::version("acme", "2.1", &["2.10"]);
/// assert_eq!(version.to_string(), "`acme` has no version `2.1`: did you mean `2.10`?");
/// let item = NotFound::item("`acme`".to_owned(), "source", "wbe", ["web"]);
/// assert_eq!(item.to_string(), "`acme` has no source `wbe`: did you mean `web`?");
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotFound {
    /// No destination has this name.
    #[error("unknown destination `{name}`: {help}")]
    Destination {
        /// The name.
        name: String,
        /// The nearest name, or all names.
        help: String,
    },
    /// The destination has no such version.
    #[error("`{destination}` has no version `{version}`: {help}")]
    Version {
        /// The destination.
        destination: String,
        /// The version, or an alias.
        version: String,
        /// The nearest name, or all names.
        help: String,
    },
    /// The setting that selects the version is not text.
    #[error(
        "the setting `{setting}` must be text, found `{found}`: put it in quotes, since an unquoted `2.10` is the number 2.1"
    )]
    VersionNotText {
        /// The setting.
        setting: String,
        /// What was found.
        found: serde_json::Value,
    },
    /// The version has no such mapping, variant or operation.
    #[error("{within} has no {kind} `{name}`: {help}")]
    Item {
        /// Where it was searched, such as ``version `2.10` of `acme` ``.
        within: String,
        /// The kind of item: `mapping`, `variant`, `operation` or `body schema`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The nearest name, or all names.
        help: String,
    },
    /// An address has too many or too few parts.
    #[error("invalid address `{address}`: expected {expected}")]
    Address {
        /// The address.
        address: String,
        /// The expected form of an address.
        expected: &'static str,
    },
}

impl NotFound {
    /// Returns the error for a destination that does not exist, with the nearest of the known names as help.
    pub fn destination<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        NotFound::Destination { name: name.to_owned(), help: suggest(name, known) }
    }

    /// Returns an error about an unknown version. `known` are the versions, oldest first, then their aliases.
    pub fn version(destination: &str, version: &str, known: &[&str]) -> Self {
        let all = one_of(known.iter().copied());
        // YAML reads an unquoted 2.10 as 2.1
        let cut = known.iter().copied().find(|known| known.strip_suffix('0') == Some(version));
        let help = match cut.or_else(|| nearest(version, known.iter().copied())) {
            Some(near) if known.len() == 1 => format!("did you mean `{near}`?"),
            Some(near) => format!("did you mean `{near}`? expected {all}"),
            None if known.is_empty() => "none is defined".to_owned(),
            None => format!("expected {all}"),
        };
        NotFound::Version { destination: destination.to_owned(), version: version.to_owned(), help }
    }

    /// Returns the error for an item of a destination or version that does not exist, with the nearest of the known names as help.
    pub fn item<'a>(
        within: String,
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Self {
        let help = suggest(name, known);
        NotFound::Item { within, kind, name: name.to_owned(), help }
    }
}

/// Returns the number of a version's name, which may be an alias.
pub fn unaliased<'a>(name: &'a str, aliases: impl Iterator<Item = (&'a str, &'a str)>) -> &'a str {
    let mut aliases = aliases;
    aliases.find(|(alias, _)| *alias == name).map_or(name, |(_, number)| number)
}
