//! Hashes and keyed hashes of bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{KeyInit, Mac, SimpleHmac};
use mapwright_language::spec::{DigestEncoding, HashAlgorithm, KeyEncoding};
use sha1::Digest;

/// The hash of bytes.
pub(super) fn hashed(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Vec<u8> {
    fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
        let mut hash = D::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().to_vec()
    }
    match algorithm {
        HashAlgorithm::Sha1 => of::<sha1::Sha1>(parts),
        HashAlgorithm::Sha256 => of::<sha2::Sha256>(parts),
        HashAlgorithm::Sha512 => of::<sha2::Sha512>(parts),
    }
}

/// The HMAC of bytes, RFC 2104.
pub(super) fn keyed(algorithm: HashAlgorithm, key: &[u8], text: &[u8]) -> Vec<u8> {
    fn of<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
        // keys of any length are valid
        let Ok(mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
        mac.chain_update(text).finalize().into_bytes().to_vec()
    }
    match algorithm {
        HashAlgorithm::Sha1 => of::<SimpleHmac<sha1::Sha1>>(key, text),
        HashAlgorithm::Sha256 => of::<SimpleHmac<sha2::Sha256>>(key, text),
        HashAlgorithm::Sha512 => of::<SimpleHmac<sha2::Sha512>>(key, text),
    }
}

/// Bytes as text.
pub(super) fn encoded(encoding: DigestEncoding, bytes: &[u8]) -> String {
    match encoding {
        DigestEncoding::Hex => hex(bytes),
        DigestEncoding::Base64 => base64(bytes),
    }
}

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// The bytes of a key that is written as text.
pub(crate) fn decoded_key(encoding: KeyEncoding, text: &str) -> Result<Vec<u8>, &'static str> {
    match encoding {
        KeyEncoding::Text => Ok(text.as_bytes().to_vec()),
        KeyEncoding::Base64 => BASE64.decode(text.trim()).map_err(|_| "it is not base64"),
        KeyEncoding::Hex => {
            let digits: Option<Vec<u8>> =
                text.trim().chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
            let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or("it is not hexadecimal")?;
            let pair = |pair: &[u8]| pair.iter().fold(0, |byte, digit| byte << 4 | digit);
            Ok(digits.chunks(2).map(pair).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use HashAlgorithm::{Sha1, Sha256, Sha512};

    fn hmac(algorithm: HashAlgorithm, key: &[u8], text: &[u8]) -> String {
        hex(&keyed(algorithm, key, text))
    }

    /// RFC 2202, section 3.
    #[test]
    fn hmac_sha1_is_that_of_rfc_2202() {
        let counted: Vec<u8> = (1..=25).collect();
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let cases: [(&[u8], &[u8], &str); 5] = [
            (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (&[0xaa; 20], &[0xdd; 50], "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
            (&counted, &[0xcd; 50], "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
            (&[0xaa; 80], text, "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        ];
        for (key, text, expected) in cases {
            assert_eq!(hmac(Sha1, key, text), expected);
        }
    }

    /// RFC 4231, section 4.
    #[test]
    fn hmac_sha2_is_that_of_rfc_4231() {
        let text = b"what do ya want for nothing?";
        assert_eq!(
            hmac(Sha256, &[0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hmac(Sha512, &[0x0b; 20], b"Hi There"),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        );
        assert_eq!(
            hmac(Sha256, b"Jefe", text),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hmac(Sha512, b"Jefe", text),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hmac(Sha256, &[0xaa; 131], text),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(
            hmac(Sha512, &[0xaa; 131], text),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        );
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        assert_eq!(decoded_key(KeyEncoding::Text, "key").unwrap(), b"key");
        assert_eq!(decoded_key(KeyEncoding::Base64, "a2V5").unwrap(), b"key");
        assert_eq!(decoded_key(KeyEncoding::Hex, "6b6579").unwrap(), b"key");
        assert!(decoded_key(KeyEncoding::Hex, "6b657").is_err());
        assert!(decoded_key(KeyEncoding::Base64, "a2V5!").is_err());
    }
}
