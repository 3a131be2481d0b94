//! Authorization with the settings of a mapper: a header that is always the same, or who signs each request.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mapwright_language::spec::KeyEncoding;

use crate::eval::listener::Listener;
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::headers::check_header;
use crate::plan::{Auth, HmacAuth, OAuth1Auth, Row, SignedPiece, WsseAuth};
use crate::redact::REDACTED;
use crate::settings::SettingProblem;
use crate::signing::{Hmac, Kind, OAuth1, Piece, Signer, Wsse, decoded_key};

/// How the requests of a mapper are authorized.
#[derive(Clone, Default)]
pub(crate) struct Authorized {
    /// A header of every request.
    pub header: Option<(String, String)>,
    /// Who signs each request.
    pub signer: Option<Arc<Signer>>,
}

impl Authorized {
    /// Binds an authorization, whose rows read settings only.
    pub(crate) fn new<L: Listener>(
        auth: &Auth,
        scope: &Scope<'_>,
        evaluator: &mut Evaluator<L>,
    ) -> Result<Self, SettingProblem> {
        let mut rows = Rows { scope, evaluator };
        let signer = match auth {
            Auth::Basic { username, password } => {
                let username = rows.optional("username", Some(username))?.unwrap_or_default();
                let password = rows.optional("password", password.as_ref())?.unwrap_or_default();
                let pair = format!("{username}:{password}");
                let encoded = if rows.hides(&pair) { REDACTED.to_owned() } else { BASE64.encode(pair) };
                let header = ("Authorization".to_owned(), format!("Basic {encoded}"));
                return Ok(Self { header: Some(header), signer: None });
            }
            Auth::Hmac(hmac) => rows.hmac(hmac)?,
            Auth::OAuth1(oauth) => rows.oauth1(oauth)?,
            Auth::Wsse(wsse) => rows.wsse(wsse)?,
        };
        Ok(Self { header: None, signer: Some(Arc::new(signer)) })
    }
}

struct Rows<'s, 'e, L> {
    scope: &'s Scope<'s>,
    evaluator: &'e mut Evaluator<L>,
}

fn bad(part: &str, problem: impl Into<String>) -> SettingProblem {
    SettingProblem::BadAuth { part: part.to_owned(), problem: problem.into() }
}

impl<'s, L: Listener> Rows<'s, '_, L> {
    fn hides(&self, text: &str) -> bool {
        self.scope.settings.is_redacted() && text.contains(REDACTED)
    }

    fn optional(&mut self, part: &str, row: Option<&'s Row>) -> Result<Option<String>, SettingProblem> {
        let Some(row) = row else { return Ok(None) };
        let value =
            self.evaluator.value(self.scope, row).map_err(|error| bad(part, error.message.clone()))?;
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
        match value.to_text() {
            Some(text) => Ok(Some(text.into_owned()).filter(|text| !text.is_empty())),
            None => Err(bad(part, format!("it is {}", value.kind_name()))),
        }
    }

    fn needed(&mut self, part: &str, row: &'s Row) -> Result<String, SettingProblem> {
        self.optional(part, Some(row))?.ok_or_else(|| bad(part, "it has no value"))
    }

    /// A string that a header has between quotes.
    fn quotable(part: &str, text: String) -> Result<String, SettingProblem> {
        check_header(&text).map_err(|problem| bad(part, problem))?;
        if text.contains(['"', '\\']) { Err(bad(part, "it contains `\"` or `\\`")) } else { Ok(text) }
    }

    fn pieces(&mut self, pieces: &'s [SignedPiece], sent: bool) -> Result<Vec<Piece>, SettingProblem> {
        let piece = |piece: &'s SignedPiece| {
            Ok(match piece {
                SignedPiece::Word(word) => Piece::Word(*word),
                SignedPiece::Header(name) => Piece::Header(name.clone()),
                SignedPiece::Row(row) => {
                    let text = self.optional("a part", Some(row))?.unwrap_or_default();
                    if sent {
                        check_header(&text).map_err(|problem| bad("a part", problem))?;
                    }
                    Piece::Text(text)
                }
            })
        };
        pieces.iter().map(piece).collect()
    }

    fn added(
        &mut self,
        added: &'s [(String, Vec<SignedPiece>)],
        sent: bool,
    ) -> Result<Vec<(String, Vec<Piece>)>, SettingProblem> {
        added.iter().map(|(name, pieces)| Ok((name.clone(), self.pieces(pieces, sent)?))).collect()
    }

    fn hmac(&mut self, hmac: &'s HmacAuth) -> Result<Signer, SettingProblem> {
        let key = self.needed("key", &hmac.key)?;
        let hidden = self.hides(&key);
        // a redacted key is not a valid key
        let encoding = if hidden { KeyEncoding::Text } else { hmac.key_encoding };
        let kind = Kind::Hmac(Hmac {
            key: decoded_key(encoding, &key).map_err(|problem| bad("key", problem))?,
            algorithm: hmac.algorithm,
            encoding: hmac.encoding,
            time: hmac.time,
            sign: self.pieces(&hmac.sign, false)?,
            with: hmac.with.clone(),
            headers: self.added(&hmac.headers, true)?,
            query: self.added(&hmac.query, false)?,
        });
        Ok(Signer::new(kind, hidden))
    }

    fn oauth1(&mut self, oauth: &'s OAuth1Auth) -> Result<Signer, SettingProblem> {
        let consumer_key = self.needed("consumer_key", &oauth.consumer_key)?;
        let consumer_secret = self.needed("consumer_secret", &oauth.consumer_secret)?;
        let token = self.optional("token", oauth.token.as_ref())?;
        let token_secret = self.optional("token_secret", oauth.token_secret.as_ref())?.unwrap_or_default();
        let realm = self.optional("realm", oauth.realm.as_ref())?;
        let realm = realm.map(|realm| Self::quotable("realm", realm)).transpose()?;
        let hidden = self.hides(&consumer_secret) || self.hides(&token_secret);
        let algorithm = oauth.algorithm;
        let kind = OAuth1 { consumer_key, consumer_secret, token, token_secret, realm, algorithm };
        Ok(Signer::new(Kind::OAuth1(kind), hidden))
    }

    fn wsse(&mut self, wsse: &'s WsseAuth) -> Result<Signer, SettingProblem> {
        let username = self.needed("username", &wsse.username)?;
        let username = Self::quotable("username", username)?;
        let password = self.needed("password", &wsse.password)?;
        let hidden = self.hides(&password);
        let WsseAuth { header, algorithm, digest, nonce, .. } = wsse;
        let (header, algorithm, digest, nonce) = (header.clone(), *algorithm, *digest, *nonce);
        let kind = Wsse { username, password, header, algorithm, digest, nonce };
        Ok(Signer::new(Kind::Wsse(kind), hidden))
    }
}
