//! Versions of the API in the `Intercom-Version` header.

use std::fmt;
use std::str::FromStr;

/// A version of Intercom's API: 1.4, or 2.7 to 2.16.
///
/// ```
/// use intercom_sandbox::Version;
/// let version: Version = "2.10".parse()?;
/// assert!(version > "2.9".parse()?);
/// assert!("3.0".parse::<Version>().is_err());
/// # Ok::<(), intercom_sandbox::UnknownVersion>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u16,
    minor: u16,
}

/// An error about a version that the sandbox does not support.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox knows versions 1.4 and 2.7 to 2.16, not `{0}`")]
pub struct UnknownVersion(String);

impl Version {
    /// 1.4, of users and leads.
    pub const V1_4: Version = Version::new(1, 4);
    /// 2.7, the oldest supported 2.x.
    pub const V2_7: Version = Version::new(2, 7);
    /// 2.10.
    pub const V2_10: Version = Version::new(2, 10);
    /// 2.16, the newest.
    pub const V2_16: Version = Version::new(2, 16);

    pub(crate) const V2_11: Version = Version::new(2, 11);
    pub(crate) const V2_13: Version = Version::new(2, 13);
    pub(crate) const V2_14: Version = Version::new(2, 14);

    const fn new(major: u16, minor: u16) -> Version {
        Version { major, minor }
    }

    /// Returns whether this is the API of users and leads, before contacts.
    pub(crate) fn is_1x(self) -> bool {
        self.major == 1
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Version, UnknownVersion> {
        let unknown = || UnknownVersion(text.chars().take(40).collect());
        let (major, minor) = text.trim().split_once('.').ok_or_else(unknown)?;
        let version =
            Version::new(major.parse().map_err(|_| unknown())?, minor.parse().map_err(|_| unknown())?);
        let known = version == Version::V1_4 || (Version::V2_7..=Version::V2_16).contains(&version);
        known.then_some(version).ok_or_else(unknown)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
