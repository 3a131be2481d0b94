//! Signatures over requests: a time, a nonce and a secret, computed when all that is sent is known.
//!
//! Nothing here reads a clock or is random: the caller passes both.

mod digest;
mod hmac;
mod oauth1;
mod sent;
mod wsse;

pub(crate) use digest::decoded_key;
pub(crate) use hmac::{Hmac, Piece, extend_query};
pub(crate) use oauth1::OAuth1;
pub(crate) use sent::{Added, Unsigned};
pub use sent::{STATED_NONCE, SigningContext};
pub(crate) use wsse::Wsse;

use crate::redact::{REDACTED, Redactor};

/// Signs requests: what the mapping says, with the settings of a mapper.
#[derive(Clone)]
pub(crate) struct Signer {
    kind: Kind,
    /// Whether the secret is redacted, so that the signature is shown as redacted too.
    hidden: bool,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Hmac(Hmac),
    OAuth1(OAuth1),
    Wsse(Wsse),
}

impl Signer {
    pub(crate) fn new(kind: Kind, hidden: bool) -> Self {
        Self { kind, hidden }
    }

    /// The same with redacted texts, whose signatures are not shown.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        match &mut self.kind {
            Kind::Hmac(hmac) => hmac.texts(|text| redactor.redact_in(text)),
            Kind::OAuth1(oauth) => oauth.texts(|text| redactor.redact_in(text)),
            Kind::Wsse(wsse) => wsse.texts(|text| redactor.redact_in(text)),
        }
        self.hidden = true;
        self
    }

    /// What the signature of a request adds to it.
    pub(crate) fn sign(&self, request: Unsigned<'_>, context: &SigningContext<'_>) -> Added {
        let shown = |signature: String| if self.hidden { REDACTED.to_owned() } else { signature };
        match &self.kind {
            Kind::Hmac(hmac) => hmac.sign(request, context, shown),
            Kind::OAuth1(oauth) => oauth.sign(request, context, shown),
            Kind::Wsse(wsse) => wsse.sign(context, shown),
        }
    }
}
