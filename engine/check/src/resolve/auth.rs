//! Authorizations: one kind each, whose rows read settings, and whose headers nothing else states.

use crate::resolve::texts::{header_name, of_client};
use crate::resolve::{Context, Resolver, Want};
use mapwright_findings::At;
use mapwright_findings::rules::{conflicting_keys, invalid_value, missing_key};
use mapwright_language::decode::Named;
use mapwright_language::spec::{
    AuthSpec, BasicSpec, DigestEncoding, HashAlgorithm, HmacSpec, KeyEncoding, OAuth1Algorithm, OAuth1Spec,
    RowSpec, SignedPieceSpec, SignedTextSpec, SignedWord, TimeFormat, WsseDigest, WsseNonce, WsseSpec,
};
use mapwright_plan::plan::{Auth, HmacAuth, OAuth1Auth, Row, SignedPiece, WsseAuth};

/// The header of a WSSE token, unless the mapping says otherwise.
const WSSE_HEADER: &str = "X-WSSE";
/// The header of basic authentication and of OAuth.
const AUTHORIZATION: &str = "Authorization";

/// Where a part of a signature stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// In what is signed.
    Signed,
    /// In a header or query parameter.
    Added,
}

/// Whether a header is about the body.
fn is_of_body(name: &str) -> bool {
    ["Content-Type", "Content-Encoding"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The headers that an authorization sets.
fn headers_of(spec: &AuthSpec) -> Vec<&str> {
    let wsse =
        spec.wsse.iter().map(|wsse| wsse.header.as_ref().map_or(WSSE_HEADER, |header| header.value.as_str()));
    let hmac = spec.hmac.iter().flat_map(|hmac| hmac.headers.iter()).map(|(name, _)| name.value.as_str());
    let plain = spec.basic.iter().map(|_| AUTHORIZATION).chain(spec.oauth1.iter().map(|_| AUTHORIZATION));
    plain.chain(wsse).chain(hmac).collect()
}

impl Resolver<'_, '_> {
    /// Resolves an authorization: that of an operation, or that of the version. `headers` are those that its requests must not have from elsewhere.
    pub(crate) fn auth(
        &mut self,
        spec: &AuthSpec,
        operation: Option<&str>,
        headers: &[&Named<RowSpec>],
    ) -> Option<Auth> {
        let before =
            std::mem::replace(&mut self.context, Context { settings_only: true, ..Context::default() });
        self.is_secret(spec);
        let auth = self.auth_of(spec, operation);
        self.context = before;
        headers.iter().for_each(|headers| self.not_of_auth(Some(spec), headers));
        auth
    }

    /// Reports headers that an authorization sets.
    pub(crate) fn not_of_auth(&mut self, auth: Option<&AuthSpec>, headers: &Named<RowSpec>) {
        let set = auth.map(headers_of).unwrap_or_default();
        for (name, _) in headers {
            if set.iter().any(|own| own.eq_ignore_ascii_case(&name.value)) {
                let message = format!("the header `{}` and `auth` are mutually exclusive", name.value);
                conflicting_keys::report_at(self.reports, name.span, &message);
            }
        }
    }

    fn auth_of(&mut self, spec: &AuthSpec, operation: Option<&str>) -> Option<Auth> {
        let AuthSpec { span, flawed, replace: _, basic, hmac, oauth1, wsse } = spec;
        let kinds = [
            ("basic", basic.as_ref().map(|spec| spec.span)),
            ("hmac", hmac.as_ref().map(|spec| spec.span)),
            ("oauth1", oauth1.as_ref().map(|spec| spec.span)),
            ("wsse", wsse.as_ref().map(|spec| spec.span)),
        ];
        let mut stated = kinds.iter().filter_map(|(name, span)| Some((*name, (*span)?)));
        if let (Some(first), Some(second)) = (stated.next(), stated.next()) {
            return conflicting_keys::report(self.reports, first, second);
        }
        match (basic, hmac, oauth1, wsse) {
            (Some(basic), ..) => self.basic(basic),
            (_, Some(hmac), ..) => self.hmac(hmac, operation),
            (_, _, Some(oauth1), _) => self.oauth1(oauth1),
            (_, _, _, Some(wsse)) => self.wsse(wsse),
            // one that cannot be read has its own finding
            (None, None, None, None) if *flawed => None,
            (None, None, None, None) => {
                let message = "an authorization needs one of the keys `basic`, `hmac`, `oauth1` and `wsse`";
                missing_key::report_at(self.reports, *span, message);
                None
            }
        }
    }

    fn text_row(&mut self, row: &RowSpec, part: &str) -> Option<Row> {
        let row = self.row_alone(row, Want::One)?;
        self.one_text(&row, &format!("`{part}` of `auth`"));
        Some(row)
    }

    fn optional_row(&mut self, row: Option<&RowSpec>, part: &str) -> Option<Option<Row>> {
        match row {
            None => Some(None),
            Some(row) => self.text_row(row, part).map(Some),
        }
    }

    fn basic(&mut self, spec: &BasicSpec) -> Option<Auth> {
        let username = self.text_row(&spec.username, "username");
        let password = self.optional_row(spec.password.as_ref(), "password");
        Some(Auth::Basic { username: username?, password: password? })
    }

    fn oauth1(&mut self, spec: &OAuth1Spec) -> Option<Auth> {
        let consumer_key = self.text_row(&spec.consumer_key, "consumer_key");
        let consumer_secret = self.text_row(&spec.consumer_secret, "consumer_secret");
        let token = self.optional_row(spec.token.as_ref(), "token");
        let token_secret = self.optional_row(spec.token_secret.as_ref(), "token_secret");
        let realm = self.optional_row(spec.realm.as_ref(), "realm");
        if let (None, Some(secret)) = (&spec.token, &spec.token_secret) {
            let message = "`token_secret` without `token`";
            invalid_value::report(self.reports, secret.span, message, "write the `token` that it belongs to");
        }
        Some(Auth::OAuth1(Box::new(OAuth1Auth {
            consumer_key: consumer_key?,
            consumer_secret: consumer_secret?,
            token: token?,
            token_secret: token_secret?,
            realm: realm?,
            algorithm: spec.algorithm.unwrap_or(OAuth1Algorithm::Sha1),
        })))
    }

    fn wsse(&mut self, spec: &WsseSpec) -> Option<Auth> {
        let username = self.text_row(&spec.username, "username");
        let password = self.text_row(&spec.password, "password");
        if let Some(header) = &spec.header {
            header_name(header, self.reports);
            of_client(header, self.reports);
        }
        Some(Auth::Wsse(Box::new(WsseAuth {
            username: username?,
            password: password?,
            header: spec.header.as_ref().map_or(WSSE_HEADER, |header| &header.value).to_owned(),
            algorithm: spec.algorithm.unwrap_or(HashAlgorithm::Sha1),
            digest: spec.digest.unwrap_or(WsseDigest::Base64),
            nonce: spec.nonce.unwrap_or(WsseNonce::Base64),
        })))
    }

    fn hmac(&mut self, spec: &HmacSpec, operation: Option<&str>) -> Option<Auth> {
        let key = self.text_row(&spec.key, "key");
        let mut known: Vec<&str> = spec.headers.iter().map(|(name, _)| name.value.as_str()).collect();
        let requests = self.requests_of(operation);
        known.extend(requests.headers());
        let sign = self.pieces(&spec.sign, Stands::Signed, &known);
        if spec.sign.is_empty() && !spec.flawed {
            let message = "nothing is signed";
            let advice = "write what is signed, such as `[timestamp, body]`";
            invalid_value::report(self.reports, spec.span, message, advice);
        }
        for (at, (name, _)) in spec.headers.iter().enumerate() {
            header_name(name, self.reports);
            of_client(name, self.reports);
            if is_of_body(&name.value) {
                let message =
                    format!("the header `{}` says what the body is, and is no signature", name.value);
                invalid_value::report(
                    self.reports,
                    name.span,
                    message,
                    "choose the header that the API reads",
                );
            }
            let is_same = |(other, _): &&(At<String>, _)| other.value.eq_ignore_ascii_case(&name.value);
            if let Some((first, _)) = spec.headers.iter().take(at).find(is_same) {
                let message = format!("`{}` is the same header as `{}`", name.value, first.value);
                let advice = "the case of header names does not count: remove one of them";
                invalid_value::report(self.reports, name.span, message, advice);
            }
        }
        let added = |resolver: &mut Self, added: &Named<SignedTextSpec>| {
            let added = added.iter().map(|(name, text)| {
                Some((name.value.clone(), resolver.pieces(&text.0, Stands::Added, &known)?))
            });
            added.collect::<Option<Vec<_>>>()
        };
        let headers = added(self, &spec.headers);
        let query = added(self, &spec.query);
        if sign.is_some() {
            self.signs_requests(spec, &requests);
            self.sends_signed(spec);
        }
        if !spec.sends(SignedWord::Signature) && !spec.flawed {
            let message = "the signature is not sent";
            let advice = "write where it goes: `headers: { X-Signature: signature }`, or the same in `query`";
            invalid_value::report(self.reports, spec.span, message, advice);
        }
        Some(Auth::Hmac(Box::new(HmacAuth {
            key: key?,
            key_encoding: spec.key_encoding.unwrap_or(KeyEncoding::Text),
            algorithm: spec.algorithm.unwrap_or(HashAlgorithm::Sha256),
            encoding: spec.encoding.unwrap_or(DigestEncoding::Hex),
            time: spec.time.unwrap_or(TimeFormat::Seconds),
            sign: sign?,
            with: spec.with.clone().unwrap_or_default(),
            headers: headers?,
            query: query?,
        })))
    }

    /// Checks that the API is sent what it needs to check a signature.
    fn sends_signed(&mut self, spec: &HmacSpec) {
        for piece in &spec.sign {
            let SignedPieceSpec::Word(word) = piece else { continue };
            let name = match word.value {
                SignedWord::Timestamp => "timestamp",
                SignedWord::Nonce => "nonce",
                _ => continue,
            };
            if !spec.sends(word.value) && !spec.flawed {
                let message =
                    format!("`{name}` is signed and not sent, so that no API can check the signature");
                let advice =
                    format!("write where it goes: `headers: {{ X-Time: {name} }}`, or the same in `query`");
                invalid_value::report(self.reports, word.span, message, advice);
            }
        }
    }

    fn pieces(
        &mut self,
        pieces: &[SignedPieceSpec],
        stands: Stands,
        headers: &[&str],
    ) -> Option<Vec<SignedPiece>> {
        let mut resolved = Vec::with_capacity(pieces.len());
        for piece in pieces {
            resolved.push(match piece {
                SignedPieceSpec::Word(word) => {
                    self.fits(word, stands);
                    Some(SignedPiece::Word(word.value))
                }
                SignedPieceSpec::Header(name) => {
                    self.is_header(name, headers);
                    Some(SignedPiece::Header(name.value.clone()))
                }
                SignedPieceSpec::Row(row) => {
                    self.text_row(row, "a part").map(|row| SignedPiece::Row(Box::new(row)))
                }
            });
        }
        resolved.into_iter().collect()
    }

    /// Checks that a word can stand where it does.
    fn fits(&mut self, word: &At<SignedWord>, stands: Stands) {
        let (message, advice) = match (word.value, stands) {
            (SignedWord::Signature, Stands::Signed) => {
                ("the signature cannot sign itself", "write `signature` in `headers` or `query`")
            }
            (SignedWord::Body, Stands::Added) => {
                ("a body cannot be the value of a header or query parameter", "write `body_hash`")
            }
            _ => return,
        };
        invalid_value::report(self.reports, word.span, message, advice);
    }

    /// Checks that requests have a header that is signed.
    fn is_header(&mut self, name: &At<String>, known: &[&str]) {
        if known.iter().any(|known| known.eq_ignore_ascii_case(&name.value)) {
            return;
        }
        let message = format!("no request has the header `{}`", name.value);
        let advice = mapwright_findings::suggest(&name.value, known.iter().copied());
        invalid_value::report(self.reports, name.span, message, advice);
    }
}
