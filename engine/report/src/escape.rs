//! Escapes text from files for terminals, and for programs that show it to people.

use std::borrow::Cow;

use serde::Serialize;

/// Escapes control characters, and characters that change the text direction, as in `\u{1b}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c == '\n' || is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            c if is_unsafe(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Returns whether a terminal may take the character for a command, or a reader may misread the text around it:
/// control characters but the end of a line, and those that change the direction of text.
///
/// ```
/// assert!(mapwright_report::is_unsafe('\u{1b}'));
/// assert!(!mapwright_report::is_unsafe('\n'));
/// ```
pub fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes JSON in which unsafe characters are escaped. They are in strings, where an escape means the same.
pub(crate) fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    if text.chars().any(is_unsafe) {
        text = text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
            match is_unsafe(c) {
                true => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
                false => safe.push(c),
            }
            safe
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        for (text, safe) in [
            ("plain änd safe", "plain änd safe"),
            ("two\nlines", "two\\nlines"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("tab\t, bell\u{7}, delete\u{7f}", "tab\\t, bell\\u{7}, delete\\u{7f}"),
            ("one byte CSI \u{9b}31m", "one byte CSI \\u{9b}31m"),
            ("right to \u{202e}left", "right to \\u{202e}left"),
        ] {
            assert_eq!(escape(text), safe);
        }
    }
}
