//! References are parts of URIs, in which some characters are written as codes.

/// Replaces `%7B` and the like.
pub(super) fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        let coded = part
            .split_at_checked(2)
            .and_then(|(code, rest)| Some((u8::from_str_radix(code, 16).ok()?, rest)));
        match coded {
            Some((byte, rest)) => {
                bytes.push(byte);
                bytes.extend_from_slice(rest.as_bytes());
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
