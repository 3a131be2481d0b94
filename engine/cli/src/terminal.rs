//! Terminal output. Untrusted text must not control the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use mapwright_report::is_unsafe;

/// Whether the character must not reach a terminal. Line breaks and tabs may.
fn is_bad(c: char) -> bool {
    is_unsafe(c) && c != '\t'
}

/// Replaces characters that could control a terminal by their code, such as `\u{1b}`. Line breaks and tabs stay.
///
/// ```
/// assert_eq!(mapwright_cli::terminal::escaped("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\n");
/// ```
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_bad(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    Cow::Owned(safe)
}

/// Writes a message to standard error. Ignores errors, since there is no other output for them.
pub fn complain(message: &str) {
    let message = escaped(message);
    let end = if message.ends_with('\n') { "" } else { "\n" };
    let _ = io::stderr().lock().write_all(format!("{message}{end}").as_bytes());
}

/// Returns standard output. On a terminal, control characters in JSON are written as JSON escapes.
#[must_use]
pub fn stdout() -> Box<dyn Write> {
    let stdout = io::stdout();
    if stdout.is_terminal() { Box::new(JsonEscapes(stdout.lock())) } else { Box::new(stdout.lock()) }
}

/// Escapes unsafe characters in JSON. They occur only in strings, where an escape has the same meaning.
struct JsonEscapes<W>(W);

impl<W: Write> Write for JsonEscapes<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        if !text.contains(is_bad) {
            self.0.write_all(text.as_bytes())?;
            return Ok(bytes.len());
        }
        let mut safe = String::with_capacity(text.len() + 16);
        for c in text.chars() {
            if is_bad(c) {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(safe, "\\u{unit:04x}");
                }
            } else {
                safe.push(c);
            }
        }
        self.0.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(
            escaped("a\u{1b}]0;x\u{7}\r\u{9b}31m\u{202e}b\tc\n"),
            "a\\u{1b}]0;x\\u{7}\\u{d}\\u{9b}31m\\u{202e}b\tc\n"
        );
        assert!(matches!(escaped("plain é 😀\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_json() {
        let mut output = JsonEscapes(Vec::new());
        let text = "{\"a\": \"\u{9b}31m \u{202e} é 😀 \u{7f}\"}\n";
        output.write_all(text.as_bytes()).unwrap();
        let written = String::from_utf8(output.0).unwrap();
        assert_eq!(written, "{\"a\": \"\\u009b31m \\u202e é 😀 \\u007f\"}\n");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&written), read(text));
    }
}
