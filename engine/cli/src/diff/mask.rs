//! Values of events in examples: what they look like without what they say.

/// The longest value of an example, in characters.
const LONGEST: usize = 60;

/// A value of an example. Unless values are to be shown, letters become `x` and digits become `0`, but for the words `true`, `false` and `null`.
pub(crate) fn shown(value: &serde_json::Value, as_they_are: bool) -> String {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_word = matches!(value, serde_json::Value::Bool(_) | serde_json::Value::Null);
    let cut: String = text.chars().take(LONGEST).collect();
    let dots = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    // backticks enclose values in reports
    let plain = |c: char| if c == '`' || c.is_control() { ' ' } else { c };
    let masked = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_alphabetic() => 'x',
        c => plain(c),
    };
    let text: String =
        cut.chars().map(|c| if as_they_are || is_word { plain(c) } else { masked(c) }).collect();
    format!("{text}{dots}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_keep_their_looks_alone() {
        let masked = |value| shown(&value, false);
        assert_eq!(masked(json!("Ada.L+7@example.com")), "xxx.x+0@xxxxxxx.xxx");
        assert_eq!(masked(json!(1_714_564_800)), "0000000000");
        assert_eq!(masked(json!({ "plan": ["pro", true] })), r#"{"xxxx":["xxx",xxxx]}"#);
        assert_eq!(masked(json!(false)), "false");
        assert_eq!(masked(json!("å`\n")), "x  ");
        assert_eq!(shown(&json!("Ada"), true), "Ada");
        assert_eq!(masked(json!("a".repeat(70))), format!("{}…", "x".repeat(60)));
    }
}
