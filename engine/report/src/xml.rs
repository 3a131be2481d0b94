//! The little of XML that reports need.

use std::fmt::Write as _;

/// A document under construction. Text and attributes are escaped.
#[derive(Debug)]
pub(crate) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// A document with a definition of its type.
    pub(crate) fn of_type(root: &str, definition: &str) -> Self {
        let mut xml = Self::new();
        // writing to a string cannot fail
        let _ = writeln!(xml.text, "<!DOCTYPE {root} SYSTEM \"{definition}\">");
        xml
    }

    /// Opens an element that has others in it.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text += ">\n";
        self.open.push(name);
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            // writing to a string cannot fail
            let _ = writeln!(self.text, "</{name}>");
        }
    }

    /// Adds an element with nothing in it.
    pub(crate) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text += "/>\n";
    }

    /// Adds an element with lines of text in it.
    pub(crate) fn lines(&mut self, name: &'static str, attributes: &[(&str, &str)], lines: &str) {
        self.start(name, attributes);
        self.text.push('>');
        for (at, line) in lines.lines().enumerate() {
            if at > 0 {
                self.text.push('\n');
            }
            self.escaped(line);
        }
        let _ = writeln!(self.text, "</{name}>");
    }

    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        let _ = write!(self.text, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.text, " {name}=\"");
            self.escaped(value);
            self.text.push('"');
        }
    }

    fn indent(&mut self) {
        self.text.extend(self.open.iter().map(|_| "  "));
    }

    fn escaped(&mut self, text: &str) {
        for c in crate::escape::escape(text).chars() {
            match c {
                '&' => self.text += "&amp;",
                '<' => self.text += "&lt;",
                '>' => self.text += "&gt;",
                '"' => self.text += "&quot;",
                '\'' => self.text += "&apos;",
                // XML has no way to write them
                '\u{fffe}' | '\u{ffff}' => self.text.push('\u{fffd}'),
                c => self.text.push(c),
            }
        }
    }
}
