//! Envelopes: objects that hold several events under `batch`, as SDKs send them.

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Envelope<'j> {
    #[serde(borrow)]
    batch: Vec<&'j RawValue>,
    /// An event has a type, an envelope has none.
    #[serde(rename = "type")]
    kind: Option<IgnoredAny>,
}

/// Returns the events of an envelope; `None` for anything else.
pub(super) fn events(json: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    if json.first() != Some(&b'{') || memmem::find(json, b"\"batch\"").is_none() {
        return None;
    }
    let Envelope { batch, kind } = serde_json::from_slice(json).ok()?;
    let events = kind.is_none() && !batch.is_empty();
    events.then(|| batch.into_iter().map(|event| event.get().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<Vec<String>> {
        let found = events(json.as_bytes())?;
        Some(found.map(|event| String::from_utf8(event.to_vec()).unwrap()).collect())
    }

    #[test]
    fn an_envelope_holds_events_and_an_event_is_none() {
        let two = Some(vec![r#"{"type":"track"}"#.to_owned(), "{ }".to_owned()]);
        assert_eq!(of(r#"{"batch":[{"type":"track"}, { }]}"#), two);
        assert_eq!(of(r#"{"sentAt":"x","batch":[{"type":"track"},{ }],"writeKey":"k"}"#), two);
        for event in [
            r#"{"type":"track","batch":[{"type":"track"}]}"#,
            r#"{"traits":{"batch":[{}]}}"#,
            r#"{"batch":[]}"#,
            r#"{"batch":{}}"#,
            r#"{"batch":[{"#,
            r#"[{"batch":[{}]}]"#,
        ] {
            assert_eq!(of(event), None, "{event}");
        }
    }
}
