//! OAuth 1.0a: the header `Authorization` of RFC 5849.

use mapwright_convert::RESERVED;
use mapwright_language::spec::{HashAlgorithm, OAuth1Algorithm};
use percent_encoding::utf8_percent_encode;
use url::form_urlencoded;

use crate::signing::digest::{base64, keyed};
use crate::signing::sent::{Added, Parts, SigningContext, Unsigned};

/// OAuth 1.0a, with the settings of a mapper.
#[derive(Clone)]
pub(crate) struct OAuth1 {
    pub consumer_key: String,
    pub consumer_secret: String,
    pub token: Option<String>,
    pub token_secret: String,
    pub realm: Option<String>,
    pub algorithm: OAuth1Algorithm,
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

impl OAuth1 {
    pub(super) fn texts(&mut self, change: impl FnMut(&mut String)) {
        let Self { consumer_key, consumer_secret, token, token_secret, realm, algorithm: _ } = self;
        let all = [consumer_key, consumer_secret, token_secret].into_iter().chain(token).chain(realm);
        all.for_each(change);
    }

    pub(super) fn sign(
        &self,
        request: Unsigned<'_>,
        context: &SigningContext<'_>,
        shown: impl Fn(String) -> String,
    ) -> Added {
        let (name, algorithm) = match self.algorithm {
            OAuth1Algorithm::Sha1 => ("HMAC-SHA1", HashAlgorithm::Sha1),
            OAuth1Algorithm::Sha256 => ("HMAC-SHA256", HashAlgorithm::Sha256),
        };
        let timestamp = context.now.div_euclid(1_000).to_string();
        let mut own = vec![
            ("oauth_consumer_key", self.consumer_key.as_str()),
            ("oauth_nonce", context.nonce),
            ("oauth_signature_method", name),
            ("oauth_timestamp", timestamp.as_str()),
        ];
        own.extend(self.token.as_deref().map(|token| ("oauth_token", token)));
        own.push(("oauth_version", "1.0"));
        let key = format!("{}&{}", percent(&self.consumer_secret), percent(&self.token_secret));
        let text = base_string(request, &own);
        let signature = shown(base64(keyed(algorithm, key.as_bytes(), text.as_bytes())));
        own.push(("oauth_signature", &signature));
        // what is redacted is not encoded, so that it is seen as such
        let value =
            |text: &str| if text == crate::redact::REDACTED { text.to_owned() } else { percent(text) };
        let realm = self.realm.iter().map(|realm| format!("realm=\"{realm}\""));
        let own = own.iter().map(|(name, text)| format!("{name}=\"{}\"", value(text)));
        let header = format!("OAuth {}", realm.chain(own).collect::<Vec<_>>().join(", "));
        Added { headers: vec![("Authorization".to_owned(), header)], query: String::new() }
    }
}

/// What is signed: method, address and parameters; RFC 5849, 3.4.1.
fn base_string(request: Unsigned<'_>, own: &[(&str, &str)]) -> String {
    let Parts { scheme, host, path, query } = Parts::of(request.url);
    let mut parameters: Vec<(String, String)> =
        own.iter().map(|(name, value)| (percent(name), percent(value))).collect();
    let is_form = request.headers.iter().any(|(name, value)| {
        let media = value.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("content-type")
            && media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    let body = if is_form { request.body } else { b"" };
    for (name, value) in form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body)) {
        parameters.push((percent(&name), percent(&value)));
    }
    // by the bytes of the encoded names, then of the values
    parameters.sort();
    let parameters: Vec<String> =
        parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let address = format!("{}://{host}{path}", scheme.to_ascii_lowercase());
    let parts = [request.method.to_ascii_uppercase(), percent(&address), percent(&parameters.join("&"))];
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[(&str, &str)] = &[("Content-Type", "application/x-www-form-urlencoded")];

    fn oauth(key: [&str; 2], token: [&str; 2]) -> OAuth1 {
        OAuth1 {
            consumer_key: key[0].to_owned(),
            consumer_secret: key[1].to_owned(),
            token: Some(token[0].to_owned()),
            token_secret: token[1].to_owned(),
            realm: Some("Photos".to_owned()),
            algorithm: OAuth1Algorithm::Sha1,
        }
    }

    /// RFC 5849, 3.4.1.1: a form with a parameter of every kind.
    #[test]
    fn the_base_string_is_that_of_the_rfc() {
        let request = Unsigned {
            method: "post",
            url: "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            body: b"c2&a3=2+q",
            headers: FORM,
        };
        let own = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        assert_eq!(
            base_string(request, &own),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    /// RFC 5849, 1.2: the request for a photo, which states no version; its base string is the same but for that.
    #[test]
    fn a_signature_is_that_of_the_rfc() {
        let oauth = oauth(["dpf43f3p2l4k3l03", "kd94hf93k423kf44"], ["nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"]);
        let request = Unsigned {
            method: "GET",
            url: "http://photos.example.net/photos?file=vacation.jpg&size=original",
            body: b"",
            headers: &[],
        };
        let own = [
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_token", "nnch734d00sl2jdk"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ];
        let key = b"kd94hf93k423kf44&pfkkdhi9sl3r4s00";
        let text = base_string(request, &own);
        assert_eq!(base64(keyed(HashAlgorithm::Sha1, key, text.as_bytes())), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
        let context = SigningContext::new(137_131_202_999, "chapoH");
        let added = oauth.sign(request, &context, |signature| signature);
        let [(name, value)] = added.headers.as_slice() else { panic!() };
        assert_eq!(name, "Authorization");
        // with `oauth_version="1.0"`, which the RFC allows and the one before requires
        let expected = "OAuth realm=\"Photos\", oauth_consumer_key=\"dpf43f3p2l4k3l03\", oauth_nonce=\"chapoH\", oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"137131202\", oauth_token=\"nnch734d00sl2jdk\", oauth_version=\"1.0\", oauth_signature=\"1IAE9RzK%2BDqSqVTdQ%2F0zWANXVzs%3D\"";
        assert_eq!(value, expected);
    }
}
