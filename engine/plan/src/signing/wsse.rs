//! The UsernameToken of WSSE, as a header.

use mapwright_language::spec::{HashAlgorithm, TimeFormat, WsseDigest, WsseNonce};

use crate::signing::digest::{base64, hashed, hex};
use crate::signing::sent::{Added, SigningContext, written};

/// A UsernameToken, with the settings of a mapper.
#[derive(Clone)]
pub(crate) struct Wsse {
    pub username: String,
    pub password: String,
    pub header: String,
    pub algorithm: HashAlgorithm,
    pub digest: WsseDigest,
    pub nonce: WsseNonce,
}

impl Wsse {
    pub(super) fn texts(&mut self, change: impl FnMut(&mut String)) {
        [&mut self.username, &mut self.password].into_iter().for_each(change);
    }

    pub(super) fn sign(&self, context: &SigningContext<'_>, shown: impl Fn(String) -> String) -> Added {
        let created = written(context.now, TimeFormat::Iso8601);
        let hash =
            hashed(self.algorithm, &[context.nonce.as_bytes(), created.as_bytes(), self.password.as_bytes()]);
        let digest = shown(match self.digest {
            WsseDigest::Base64 => base64(hash),
            WsseDigest::Base64OfHex => base64(hex(&hash)),
        });
        let nonce = match self.nonce {
            WsseNonce::Base64 => base64(context.nonce),
            WsseNonce::Text => context.nonce.to_owned(),
        };
        let user = &self.username;
        let value = format!(
            "UsernameToken Username=\"{user}\", PasswordDigest=\"{digest}\", Nonce=\"{nonce}\", Created=\"{created}\""
        );
        Added { headers: vec![(self.header.clone(), value)], query: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest is Base64(SHA-1(nonce + created + password)), where the nonce is that before it is encoded: OASIS, UsernameToken Profile 1.1, 3.1.
    #[test]
    fn the_digest_is_that_of_the_profile() {
        let wsse = Wsse {
            username: "bob".to_owned(),
            password: "taadtaadpstcsm".to_owned(),
            header: "X-WSSE".to_owned(),
            algorithm: HashAlgorithm::Sha1,
            digest: WsseDigest::Base64,
            nonce: WsseNonce::Text,
        };
        let context = SigningContext::new(1_071_499_387_000, "d36e316282959a9ed4c89851497a717f");
        let added = wsse.sign(&context, |digest| digest);
        // the example that this header was introduced with
        let expected = "UsernameToken Username=\"bob\", PasswordDigest=\"quR/EWLAV4xLf9Zqyw4pDmfV9OY=\", Nonce=\"d36e316282959a9ed4c89851497a717f\", Created=\"2003-12-15T14:43:07Z\"";
        assert_eq!(added.headers[0].1, expected);
    }
}
