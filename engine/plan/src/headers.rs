//! The headers of a response, in the form in which its receiver has them.

use std::borrow::Cow;
use std::fmt;

/// The headers of a response: pairs of strings, or an `http::HeaderMap` (with the feature `http`). Neither is converted to the other.
///
/// Two are equal if they have the same pairs in the same order. `{:?}` prints only the names, since values may repeat secrets.
#[derive(Clone, Default)]
pub struct Headers {
    pairs: Vec<(String, String)>,
    #[cfg(feature = "http")]
    map: http::HeaderMap,
}

impl Headers {
    /// Returns the first value of a name, in any case.
    ///
    /// ```
    /// let headers = mapwright_plan::headers::Headers::from([("Retry-After", "5")]);
    /// assert_eq!(headers.get("retry-after").as_deref(), Some("5"));
    /// ```
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name));
        let found = found.map(|(_, value)| Cow::Borrowed(value.as_str()));
        #[cfg(feature = "http")]
        let found =
            found.or_else(|| self.map.get(name).map(|value| String::from_utf8_lossy(value.as_bytes())));
        found
    }

    /// Returns all names and values. Bytes of a value that are not UTF-8 are replaced.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str())));
        #[cfg(feature = "http")]
        let pairs = pairs.chain(
            self.map.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))),
        );
        pairs
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl From<Vec<(String, String)>> for Headers {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self {
            pairs,
            #[cfg(feature = "http")]
            map: http::HeaderMap::new(),
        }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Headers {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().collect()
    }
}

#[cfg(feature = "http")]
impl From<http::HeaderMap> for Headers {
    fn from(map: http::HeaderMap) -> Self {
        Self { map, ..Self::default() }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect::<Vec<_>>().into()
    }
}

/// Says what is wrong with a string that is to be the value of a header.
pub(crate) fn check_header(text: &str) -> Result<(), &'static str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t')) {
        return Ok(());
    }
    Err("a header's value has visible ASCII characters and spaces only")
}
