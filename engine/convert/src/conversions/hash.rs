//! Hashes and encodings of bytes.

use crate::action::action;
use crate::definition::Definition;
use crate::error::{ConvertError, bounded};
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::{scalar, some_text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Digest;

const HASHED: Param = Param::optional(
    "hashed",
    ParamType::Word(&["hash", "keep"]),
    "a value that is already such a hash is hashed again (the default), or kept, in lower case",
);

/// The definition of a hash: its name, algorithm, number of digits and examples.
macro_rules! hash {
    ($name:literal, $algorithm:ty, $digits:literal, $summary:literal, $examples:expr) => {
        Definition {
            name: $name,
            group: Group::Encodings,
            summary: $summary,
            doc: "The hash is that of the unchanged text: apply `trim` and `lowercase` first where the API requires it.",
            takes: Type::Scalar,
            gives: Type::Text,
            shape: Shape::Hex($digits),
            params: &[HASHED],
            examples: $examples,
            build: |arguments| {
                let keep = arguments.word("hashed")? == "keep";
                action(move |value, _| {
                    let text = scalar(&value)?;
                    if keep && text.len() == $digits && text.bytes().all(|b| b.is_ascii_hexdigit()) {
                        return some_text(text.to_ascii_lowercase());
                    }
                    some_text(hex(&<$algorithm>::digest(text.as_bytes())))
                })
            },
        }
    };
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

pub(crate) static MD5: Definition = hash!(
    "md5",
    md5::Md5,
    32,
    "the MD5 hash of text, as 32 hexadecimal digits",
    &[Example::gives("md5", r#""Tech Group""#, r#""2f644d8ec0bbfd57fbde3711446f5db8""#)]
);

pub(crate) static SHA1: Definition = hash!(
    "sha1",
    sha1::Sha1,
    40,
    "the SHA-1 hash of text, as 40 hexadecimal digits",
    &[Example::gives("sha1", r#""abc""#, r#""a9993e364706816aba3e25717850c26c9cd0d89d""#)]
);

pub(crate) static SHA256: Definition = hash!(
    "sha256",
    sha2::Sha256,
    64,
    "the SHA-256 hash of text, as 64 hexadecimal digits",
    &[
        Example::gives(
            "sha256",
            r#""abc""#,
            r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#
        ),
        Example::gives(
            "sha256: { hashed: keep }",
            r#""BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD""#,
            r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#
        ),
        Example::gives(
            "[trim, lowercase, sha256]",
            r#"" ABC ""#,
            r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#
        ),
        Example::fails("sha256", "{}", "expected text, a number or a boolean, found `{}`"),
    ]
);

pub(crate) static HMAC_SHA256: Definition = Definition {
    name: "hmac_sha256",
    group: Group::Encodings,
    summary: "the HMAC-SHA-256 of text under a key, as 64 hexadecimal digits",
    doc: "",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Hex(64),
    params: &[Param::required("key", ParamType::TextOrSetting, "the key; secrets belong in the settings")],
    examples: &[Example::gives(
        "hmac_sha256: settings.secret",
        r#""user-42""#,
        r#""1136c48073bd2ba64f2a18895ff27ecfa11e24ccd2d86972ace148983668a992""#,
    )],
    build: |arguments| {
        let key = arguments.text_or_setting("key")?;
        action(move |value, notes| {
            let key = key.resolve(notes)?;
            let text = scalar(&value)?;
            // keys of any length are valid
            let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()) else {
                return Err(ConvertError::expected("text, a number or a boolean", &value));
            };
            mac.update(text.as_bytes());
            some_text(hex(&mac.finalize().into_bytes()))
        })
    },
};

pub(crate) static BASE64: Definition = Definition {
    name: "base64",
    group: Group::Encodings,
    summary: "text in Base64, with padding",
    doc: "It is not needed for basic authentication: see `auth` in `version.yaml`.",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[],
    examples: &[Example::gives("base64", r#""user:pass?""#, r#""dXNlcjpwYXNzPw==""#)],
    build: |_| {
        action(|value, _| {
            let text = scalar(&value)?;
            bounded(text.len() / 3 * 4, ())?;
            some_text(STANDARD.encode(text.as_bytes()))
        })
    },
};
