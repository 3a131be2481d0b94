//! What distinguishes the requests of a run.

use mapwright::{Body, Request};
use sha2::{Digest, Sha256};

/// A hash of a request's method, URL and body. It is stored, so it must stay the same from release to release.
pub(crate) fn of_request(request: &Request<'_>) -> u64 {
    let mut hash = Sha256::new();
    // neither a method nor a URL has a line break in it
    for text in [request.method, request.url.as_ref()] {
        hash.update(text);
        hash.update("\n");
    }
    if let Some(body) = &request.body {
        hash.update("\n");
        hash.update(Body::bytes(body));
    }
    let hash: [u8; 32] = hash.finalize().into();
    hash.first_chunk().map_or(0, |start| u64::from_be_bytes(*start))
}

#[cfg(test)]
mod tests {
    use mapwright::{Outcome, Scratch, Sources, Spec};

    use super::of_request;

    const FILES: [(&str, &str); 3] = [
        (
            "mappings/acme/destination.yaml",
            "title: Acme\nnames: [Acme]\nversions: { default: '1.0' }\nhosts: [api.example.com]",
        ),
        (
            "mappings/acme/1.0/version.yaml",
            "version: '1.0'\nserver: { value: https://api.example.com }\noperations: { ask: { method: GET, path: /a }, say: { method: POST, path: /b } }",
        ),
        (
            "mappings/acme/1.0/identify.yaml",
            "message: identify\nsteps:\n  ask: { operation: ask, query: { q: userId } }\n  say: { operation: say, when: traits, body: { id: userId } }\n",
        ),
    ];

    /// Hashes of all requests that the event may need.
    fn hashes(event: &str) -> Vec<u64> {
        let sources: Sources = FILES.into_iter().collect();
        let plans = Spec::load(&sources).check().unwrap().compile();
        let settings = serde_json::json!({});
        let mapper = plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap();
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!("not mapped") };
        run.preview().unwrap().iter().map(of_request).collect()
    }

    #[test]
    fn hashes_are_those_that_logs_of_other_releases_hold() {
        // the first eight bytes of SHA-256 of "GET\nhttps://api.example.com/a?q=u1\n" and of
        // "POST\nhttps://api.example.com/b\n\n{\"id\":\"u1\"}"
        let event = r#"{"type":"identify","userId":"u1","traits":{"a":1}}"#;
        assert_eq!(hashes(event), [0x526a_bf09_f17c_737e, 0x10ee_ad91_3c20_231a]);
    }

    #[test]
    fn another_request_has_another_hash() {
        let hashes =
            |user: &str| hashes(&format!(r#"{{"type":"identify","userId":"{user}","traits":{{"a":1}}}}"#));
        let all = [hashes("u1"), hashes("u2")].concat();
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{all:?}");
    }
}
