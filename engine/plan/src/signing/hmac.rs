//! A keyed hash of parts of the request.

use mapwright_convert::RESERVED;
use mapwright_language::spec::{DigestEncoding, HashAlgorithm, SignedWord, TimeFormat};
use percent_encoding::utf8_percent_encode;

use crate::signing::digest::{encoded, hashed, keyed};
use crate::signing::sent::{Added, Parts, SigningContext, Unsigned, written};

/// A keyed hash, with the settings of a mapper.
#[derive(Clone)]
pub(crate) struct Hmac {
    pub key: Vec<u8>,
    pub algorithm: HashAlgorithm,
    pub encoding: DigestEncoding,
    pub time: TimeFormat,
    pub sign: Vec<Piece>,
    pub with: String,
    pub headers: Vec<(String, Vec<Piece>)>,
    pub query: Vec<(String, Vec<Piece>)>,
}

/// A part of what is signed, or of what the signature adds.
#[derive(Clone)]
pub(crate) enum Piece {
    Word(SignedWord),
    Header(String),
    Text(String),
}

impl Piece {
    fn is_signature(&self) -> bool {
        matches!(self, Self::Word(SignedWord::Signature))
    }
}

impl Hmac {
    pub(super) fn texts(&mut self, mut change: impl FnMut(&mut String)) {
        let added = self.headers.iter_mut().chain(&mut self.query).flat_map(|(_, pieces)| pieces);
        for piece in self.sign.iter_mut().chain(added) {
            if let Piece::Text(text) = piece {
                change(text);
            }
        }
    }

    /// First what does not need the signature, which may be signed, then what does.
    pub(super) fn sign(
        &self,
        request: Unsigned<'_>,
        context: &SigningContext<'_>,
        shown: impl Fn(String) -> String,
    ) -> Added {
        let mut added = Added::default();
        self.add(request, context, None, &mut added);
        let mut url = request.url.to_owned();
        extend_query(&mut url, &added.query);
        let own = added.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain(request.headers.iter().copied()).collect();
        let request = Unsigned { url: &url, headers: &headers, ..request };
        let mut text = Vec::new();
        for (at, piece) in self.sign.iter().enumerate() {
            if at > 0 {
                text.extend_from_slice(self.with.as_bytes());
            }
            self.write(piece, request, context, None, &mut text);
        }
        let signature = shown(encoded(self.encoding, &keyed(self.algorithm, &self.key, &text)));
        let mut with_signature = Added::default();
        self.add(request, context, Some(&signature), &mut with_signature);
        let Added { headers: more, query } = with_signature;
        added.headers.extend(more);
        join_query(&mut added.query, &query);
        added
    }

    /// The headers and parameters that have the signature, or those that do not.
    fn add(
        &self,
        request: Unsigned<'_>,
        context: &SigningContext<'_>,
        signature: Option<&str>,
        added: &mut Added,
    ) {
        let is_meant = |pieces: &[Piece]| pieces.iter().any(Piece::is_signature) == signature.is_some();
        let text = |pieces: &[Piece]| {
            let mut text = Vec::new();
            pieces.iter().for_each(|piece| self.write(piece, request, context, signature, &mut text));
            String::from_utf8_lossy(&text).into_owned()
        };
        for (name, pieces) in self.headers.iter().filter(|(_, pieces)| is_meant(pieces)) {
            added.headers.push((name.clone(), text(pieces)));
        }
        for (name, pieces) in self.query.iter().filter(|(_, pieces)| is_meant(pieces)) {
            let value = text(pieces);
            let parameter =
                [name, &value].map(|text| utf8_percent_encode(text, RESERVED).to_string()).join("=");
            join_query(&mut added.query, &parameter);
        }
    }

    fn write(
        &self,
        piece: &Piece,
        request: Unsigned<'_>,
        context: &SigningContext<'_>,
        signature: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        let word = match piece {
            Piece::Text(text) => return out.extend_from_slice(text.as_bytes()),
            Piece::Header(name) => {
                let known = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                return out.extend_from_slice(known.map_or("", |(_, value)| value).as_bytes());
            }
            Piece::Word(word) => word,
        };
        let text = match word {
            SignedWord::Body => return out.extend_from_slice(request.body),
            SignedWord::BodyHash => encoded(self.encoding, &hashed(self.algorithm, &[request.body])),
            SignedWord::Method => request.method.to_owned(),
            SignedWord::Url => request.url.to_owned(),
            SignedWord::Host => Parts::of(request.url).host,
            SignedWord::Path => Parts::of(request.url).path.to_owned(),
            SignedWord::Query => Parts::of(request.url).query.to_owned(),
            SignedWord::Timestamp => written(context.now, self.time),
            SignedWord::Nonce => context.nonce.to_owned(),
            SignedWord::Signature => signature.unwrap_or_default().to_owned(),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// Appends encoded parameters to others.
fn join_query(query: &mut String, more: &str) {
    if !query.is_empty() && !more.is_empty() {
        query.push('&');
    }
    query.push_str(more);
}

/// Appends encoded parameters to a URL.
pub(crate) fn extend_query(url: &mut String, query: &str) {
    if query.is_empty() {
        return;
    }
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(query);
}
