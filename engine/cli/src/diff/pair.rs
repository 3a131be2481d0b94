//! The value of either side, as text.

use mapwright_json::Json;
use serde_json::Value;

/// Two values as text, with their types where nothing else distinguishes them.
pub(crate) fn pair(
    old: Option<&Value>,
    new: Option<&Value>,
    text: impl Fn(&Value) -> String,
) -> (Option<String>, Option<String>) {
    let (was, is) = (old.map(&text), new.map(&text));
    let same = was.is_some() && was == is && old.map(kind) != new.map(kind);
    let typed = |shown: Option<String>, value: Option<&Value>| {
        let kind = value.map(kind).filter(|_| same);
        shown.map(|shown| kind.map_or(shown.clone(), |kind| format!("{shown} ({kind})")))
    };
    (typed(was, old), typed(is, new))
}

fn kind(value: &Value) -> &'static str {
    Json::Tree(value).kind().name()
}
