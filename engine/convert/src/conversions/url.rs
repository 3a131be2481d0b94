//! Conversions of URLs.

use std::borrow::Cow;

use crate::action::action;
use crate::definition::Definition;
use crate::error::{ConvertError, bounded};
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::{scalar, some_text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What is percent-encoded in a URL: everything but letters, digits and `-._~`, in a path segment as in a query; RFC 3986, 2.3.
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) static URL_PART: Definition = Definition {
    name: "url_part",
    group: Group::Text,
    summary: "a part of a URL, or no value if the URL does not have it",
    doc: "A query has no `?`, and a fragment no `#`. The default port of the scheme counts as absent. `origin` is scheme, host and port.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[Param::required(
        "part",
        ParamType::Word(&["host", "origin", "scheme", "port", "path", "query", "fragment"]),
        "the part",
    )],
    examples: &[
        Example::gives(
            "url_part: host",
            r#""https://shop.example.com:8443/a?b=c#d""#,
            r#""shop.example.com""#,
        ),
        Example::gives("url_part: path", r#""https://example.com/a/b?c""#, r#""/a/b""#),
        Example::gives(
            "url_part: query",
            r#""https://example.com/?utm_source=news#top""#,
            r#""utm_source=news""#,
        ),
        Example::nothing("url_part: port", r#""https://example.com:443/""#),
        Example::fails("url_part: host", r#""/a/b""#, r#"expected a URL with a scheme, found `"/a/b"`"#),
    ],
    build: |arguments| {
        let part = arguments.word("part")?;
        action(move |value, _| {
            let url = value.as_text().and_then(|text| Url::parse(text.trim()).ok());
            let url = url.ok_or_else(|| ConvertError::expected("a URL with a scheme", &value))?;
            let text = match part {
                "host" => url.host_str().map(str::to_owned),
                "origin" => Some(url.origin())
                    .filter(url::Origin::is_tuple)
                    .map(|origin| origin.ascii_serialization()),
                "scheme" => Some(url.scheme().to_owned()),
                "port" => url.port().map(|port| port.to_string()),
                "path" => Some(url.path().to_owned()),
                "query" => url.query().map(str::to_owned),
                _ => url.fragment().map(str::to_owned),
            };
            some_text(text.unwrap_or_default())
        })
    },
};

pub(crate) static URL_ENCODE: Definition = Definition {
    name: "url_encode",
    group: Group::Encodings,
    summary: "text that is safe anywhere in a URL: everything except letters, digits and `-._~` is percent-encoded",
    doc: "Use it for URLs in a payload. Paths and queries of requests are always encoded.",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[],
    examples: &[Example::gives("url_encode", r#""a b/é""#, r#""a%20b%2F%C3%A9""#)],
    build: |_| {
        action(|value, _| match Cow::from(utf8_percent_encode(&scalar(&value)?, RESERVED)) {
            Cow::Borrowed(_) => some_text(scalar(&value)?),
            Cow::Owned(text) => bounded(text.len(), Some(crate::value::Val::Text(Cow::Owned(text)))),
        })
    },
};
