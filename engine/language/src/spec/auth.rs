//! `auth`: how requests are authorized, some of them by a signature over what is sent.

use crate::decode::{Decode, record, words};
use crate::definitions::{Defined, Definitions};
use crate::spec::RowSpec;
use crate::yaml::{Data, Node};
use mapwright_findings::{At, Reports};
use serde_json::{Value, json};

record! {
    /// How requests are authorized: one of `basic`, `hmac`, `oauth1` and `wsse`.
    "an authorization"
    pub struct AuthSpec {
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// HTTP basic authentication.
        opt "basic" basic: BasicSpec,
        /// A keyed hash (HMAC) of parts of the request.
        opt "hmac" hmac: HmacSpec,
        /// OAuth 1.0a, RFC 5849.
        opt "oauth1" oauth1: OAuth1Spec,
        /// A WSSE UsernameToken with a password digest.
        opt "wsse" wsse: WsseSpec,
    }
}

record! {
    /// HTTP basic authentication.
    "basic authentication"
    pub struct BasicSpec {
        /// The user name.
        due "username" username: RowSpec,
        /// The password; empty if it is absent.
        opt "password" password: RowSpec,
    }
}

record! {
    /// A signature: a keyed hash (HMAC, RFC 2104) of parts of the request.
    "an HMAC signature"
    pub struct HmacSpec {
        /// The key.
        due "key" key: RowSpec,
        /// How the key is written; `text` by default.
        opt "key_encoding" key_encoding: KeyEncoding,
        /// The hash; `sha256` by default.
        opt "algorithm" algorithm: HashAlgorithm,
        /// How the signature is written; `hex` by default.
        opt "encoding" encoding: DigestEncoding,
        /// How `timestamp` is written; `seconds` by default.
        opt "time" time: TimeFormat,
        /// What is signed, in order.
        due "sign" sign: Vec<SignedPieceSpec>,
        /// The text between the parts that are signed; none by default.
        opt "with" with: String,
        /// Headers that the signature adds: each is a part, or a list of parts that are joined.
        map "headers" headers: SignedTextSpec,
        /// Query parameters that the signature adds.
        map "query" query: SignedTextSpec,
    }
}

record! {
    /// OAuth 1.0a: the header `Authorization` with a signature, RFC 5849.
    "an OAuth 1.0a signature"
    pub struct OAuth1Spec {
        /// The key of the client.
        due "consumer_key" consumer_key: RowSpec,
        /// The secret of the client.
        due "consumer_secret" consumer_secret: RowSpec,
        /// The access token; none by default.
        opt "token" token: RowSpec,
        /// The secret of the access token.
        opt "token_secret" token_secret: RowSpec,
        /// The realm, which is not signed.
        opt "realm" realm: RowSpec,
        /// The hash of the HMAC; `sha1` by default.
        opt "algorithm" algorithm: OAuth1Algorithm,
    }
}

record! {
    /// A WSSE UsernameToken: a header with a digest of nonce, time and password.
    "a WSSE token"
    pub struct WsseSpec {
        /// The user name.
        due "username" username: RowSpec,
        /// The password, which is not sent.
        due "password" password: RowSpec,
        /// The header; `X-WSSE` by default.
        opt "header" header: At<String>,
        /// The hash; `sha1` by default.
        opt "algorithm" algorithm: HashAlgorithm,
        /// How the digest is written; `base64` by default.
        opt "digest" digest: WsseDigest,
        /// How the nonce is sent; `base64` by default.
        opt "nonce" nonce: WsseNonce,
    }
}

words! {
    /// A hash function.
    pub enum HashAlgorithm {
        /// SHA-1.
        Sha1 = "sha1",
        /// SHA-256.
        Sha256 = "sha256",
        /// SHA-512.
        Sha512 = "sha512",
    }
}

words! {
    /// The signature method of OAuth 1.0a.
    pub enum OAuth1Algorithm {
        /// HMAC-SHA1.
        Sha1 = "sha1",
        /// HMAC-SHA256.
        Sha256 = "sha256",
    }
}

words! {
    /// How a digest is written.
    pub enum DigestEncoding {
        /// Hexadecimal digits in small letters.
        Hex = "hex",
        /// Base64, RFC 4648.
        Base64 = "base64",
    }
}

words! {
    /// How a key is written.
    pub enum KeyEncoding {
        /// The bytes of the text are the key.
        Text = "text",
        /// Hexadecimal digits.
        Hex = "hex",
        /// Base64, RFC 4648.
        Base64 = "base64",
    }
}

words! {
    /// How a time is written.
    pub enum TimeFormat {
        /// Seconds since 1970.
        Seconds = "seconds",
        /// Milliseconds since 1970.
        Millis = "millis",
        /// `2024-05-01T12:00:00Z`.
        Iso8601 = "iso8601",
        /// `Wed, 01 May 2024 12:00:00 GMT`, as in the header `Date`.
        Http = "http",
    }
}

words! {
    /// How the digest of a WSSE token is written.
    pub enum WsseDigest {
        /// The base64 of the hash.
        Base64 = "base64",
        /// The base64 of the hash's hexadecimal digits.
        Base64OfHex = "base64_of_hex",
    }
}

words! {
    /// How the nonce of a WSSE token is sent.
    pub enum WsseNonce {
        /// The base64 of what the digest is made of.
        Base64 = "base64",
        /// As it is in the digest.
        Text = "text",
    }
}

words! {
    /// A part of a request, or of its signature.
    pub enum SignedWord {
        /// The HTTP method.
        Method = "method",
        /// The whole URL.
        Url = "url",
        /// The host, with a port that is not that of the scheme.
        Host = "host",
        /// The path, percent-encoded.
        Path = "path",
        /// The query, percent-encoded, without `?`.
        Query = "query",
        /// The bytes that are sent as the body.
        Body = "body",
        /// The hash of these bytes, by the same algorithm and in the same encoding as the signature.
        BodyHash = "body_hash",
        /// The time at which the request is sent.
        Timestamp = "timestamp",
        /// A string that no other request has.
        Nonce = "nonce",
        /// The signature.
        Signature = "signature",
    }
}

impl HmacSpec {
    /// Returns whether the signed text, or what the signature adds to the request, has this word.
    pub fn uses(&self, word: SignedWord) -> bool {
        has_word(&self.sign, word) || self.sends(word)
    }

    /// Returns whether what the signature adds to the request has this word.
    pub fn sends(&self, word: SignedWord) -> bool {
        self.headers.iter().chain(&self.query).any(|(_, text)| has_word(&text.0, word))
    }
}

fn has_word(pieces: &[SignedPieceSpec], word: SignedWord) -> bool {
    pieces.iter().any(|piece| matches!(piece, SignedPieceSpec::Word(at) if at.value == word))
}

impl HmacSpec {
    /// Returns the rows of what it adds to headers and query.
    pub fn sent_rows(&self) -> impl Iterator<Item = &RowSpec> {
        rows_of(self.headers.iter().chain(&self.query).flat_map(|(_, text)| &text.0))
    }
}

/// The rows among parts of requests.
fn rows_of<'p>(pieces: impl Iterator<Item = &'p SignedPieceSpec>) -> impl Iterator<Item = &'p RowSpec> {
    pieces.filter_map(|piece| match piece {
        SignedPieceSpec::Row(row) => Some(row.as_ref()),
        SignedPieceSpec::Word(_) | SignedPieceSpec::Header(_) => None,
    })
}

impl AuthSpec {
    /// Returns the rows of keys and passwords.
    pub fn secrets(&self) -> Vec<&RowSpec> {
        let basic = self.basic.iter().filter_map(|basic| basic.password.as_ref());
        let oauth = self.oauth1.iter().map(|oauth| &oauth.consumer_secret);
        let token = self.oauth1.iter().filter_map(|oauth| oauth.token_secret.as_ref());
        let own = self.hmac.iter().map(|hmac| &hmac.key).chain(self.wsse.iter().map(|wsse| &wsse.password));
        own.chain(basic).chain(oauth).chain(token).collect()
    }

    /// Returns all rows of the authorization.
    pub fn rows(&self) -> Vec<&RowSpec> {
        let mut rows: Vec<&RowSpec> = Vec::new();
        if let Some(BasicSpec { username, password, .. }) = &self.basic {
            rows.extend(std::iter::once(username).chain(password));
        }
        if let Some(hmac) = &self.hmac {
            rows.extend(std::iter::once(&hmac.key).chain(rows_of(hmac.sign.iter())).chain(hmac.sent_rows()));
        }
        if let Some(OAuth1Spec { consumer_key, consumer_secret, token, token_secret, realm, .. }) =
            &self.oauth1
        {
            let optional = [token, token_secret, realm].into_iter().flatten();
            rows.extend([consumer_key, consumer_secret].into_iter().chain(optional));
        }
        if let Some(WsseSpec { username, password, .. }) = &self.wsse {
            rows.extend([username, password]);
        }
        rows
    }
}

/// A part of what is signed, or of a header or query parameter that the signature adds.
#[derive(Debug, Clone)]
pub enum SignedPieceSpec {
    /// A part of the request, or of its signature.
    Word(At<SignedWord>),
    /// The value of a header of the request.
    Header(At<String>),
    /// A row over settings.
    Row(Box<RowSpec>),
}

record! {
    /// The value of a header of the request.
    "a header that is signed"
    struct SignedHeaderSpec {
        /// The name of the header.
        due "header" header: At<String>,
    }
}

impl Decode for SignedPieceSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            // a name without a dot reads nothing of the settings
            Data::Text(text) if !text.contains(['.', '$', '[']) && text != "version" => {
                At::decode(node, reports).map(Self::Word)
            }
            Data::Map(_) if node.get("header").is_some() => {
                SignedHeaderSpec::decode(node, reports).map(|spec| Self::Header(spec.header))
            }
            _ => Box::decode(node, reports).map(Self::Row),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.refer_to::<Self>()
    }
}

impl Defined for SignedPieceSpec {
    fn name() -> &'static str {
        "SignedPiece"
    }

    fn definition(definitions: &mut Definitions) -> Value {
        let (word, header) = (SignedWord::schema(definitions), SignedHeaderSpec::schema(definitions));
        let row = RowSpec::schema(definitions);
        json!({ "anyOf": [word, header, row] })
    }
}

/// A string of one part, or of several that are joined.
#[derive(Debug, Clone)]
pub struct SignedTextSpec(pub Vec<SignedPieceSpec>);

impl Decode for SignedTextSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        Vec::decode(node, reports).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        Vec::<SignedPieceSpec>::schema(definitions)
    }
}
