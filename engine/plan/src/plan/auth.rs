//! How requests are authorized.

use mapwright_language::spec::{
    DigestEncoding, HashAlgorithm, KeyEncoding, OAuth1Algorithm, SignedWord, TimeFormat, WsseDigest,
    WsseNonce,
};

use crate::plan::row::Row;

/// How requests are authorized. All rows read settings only.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for each operation at most")]
pub enum Auth {
    /// HTTP basic authentication.
    Basic {
        /// The user name.
        username: Row,
        /// The password.
        password: Option<Row>,
    },
    /// A keyed hash of parts of the request.
    Hmac(Box<HmacAuth>),
    /// OAuth 1.0a.
    OAuth1(Box<OAuth1Auth>),
    /// A WSSE UsernameToken.
    Wsse(Box<WsseAuth>),
}

/// A keyed hash of parts of the request.
#[derive(Debug)]
pub struct HmacAuth {
    /// The key.
    pub key: Row,
    /// How the key is written.
    pub key_encoding: KeyEncoding,
    /// The hash.
    pub algorithm: HashAlgorithm,
    /// How the signature is written.
    pub encoding: DigestEncoding,
    /// How a timestamp is written.
    pub time: TimeFormat,
    /// What is signed.
    pub sign: Vec<SignedPiece>,
    /// The text between the parts that are signed.
    pub with: String,
    /// The headers that it adds.
    pub headers: Vec<(String, Vec<SignedPiece>)>,
    /// The query parameters that it adds.
    pub query: Vec<(String, Vec<SignedPiece>)>,
}

/// A part of what is signed, or of what a signature adds.
#[derive(Debug)]
pub enum SignedPiece {
    /// A part of the request or of its signature.
    Word(SignedWord),
    /// The value of a header of the request.
    Header(String),
    /// A row over settings.
    Row(Box<Row>),
}

/// OAuth 1.0a.
#[derive(Debug)]
pub struct OAuth1Auth {
    /// The key of the client.
    pub consumer_key: Row,
    /// The secret of the client.
    pub consumer_secret: Row,
    /// The access token.
    pub token: Option<Row>,
    /// Its secret.
    pub token_secret: Option<Row>,
    /// The realm.
    pub realm: Option<Row>,
    /// The hash.
    pub algorithm: OAuth1Algorithm,
}

/// A WSSE UsernameToken.
#[derive(Debug)]
pub struct WsseAuth {
    /// The user name.
    pub username: Row,
    /// The password.
    pub password: Row,
    /// The header.
    pub header: String,
    /// The hash.
    pub algorithm: HashAlgorithm,
    /// How the digest is written.
    pub digest: WsseDigest,
    /// How the nonce is sent.
    pub nonce: WsseNonce,
}

impl Auth {
    /// Returns all rows, each with what it is.
    pub fn rows(&self) -> Vec<(&'static str, &Row)> {
        let mut rows: Vec<(&'static str, &Row)> = Vec::new();
        match self {
            Self::Basic { username, password } => {
                rows.push(("username", username));
                rows.extend(password.iter().map(|row| ("password", row)));
            }
            Self::Hmac(hmac) => {
                rows.push(("key", &hmac.key));
                let added = hmac.headers.iter().chain(&hmac.query).flat_map(|(_, pieces)| pieces);
                rows.extend(hmac.sign.iter().chain(added).filter_map(|piece| match piece {
                    SignedPiece::Row(row) => Some(("a part", row.as_ref())),
                    SignedPiece::Word(_) | SignedPiece::Header(_) => None,
                }));
            }
            Self::OAuth1(oauth) => {
                rows.push(("consumer_key", &oauth.consumer_key));
                rows.push(("consumer_secret", &oauth.consumer_secret));
                rows.extend(oauth.token.iter().map(|row| ("token", row)));
                rows.extend(oauth.token_secret.iter().map(|row| ("token_secret", row)));
                rows.extend(oauth.realm.iter().map(|row| ("realm", row)));
            }
            Self::Wsse(wsse) => {
                rows.push(("username", &wsse.username));
                rows.push(("password", &wsse.password));
            }
        }
        rows
    }

    /// Returns the names of the headers that the authorization adds.
    pub fn headers(&self) -> Vec<&str> {
        match self {
            Self::Basic { .. } | Self::OAuth1(_) => vec!["Authorization"],
            Self::Hmac(hmac) => hmac.headers.iter().map(|(name, _)| name.as_str()).collect(),
            Self::Wsse(wsse) => vec![&wsse.header],
        }
    }
}
