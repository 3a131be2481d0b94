//! Parses YAML to a tree in which every key and scalar has its position.

mod broken;

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy, Spanned};

pub use broken::YamlError;
use mapwright_findings::{At, FileId, Found, Span};

/// A YAML value with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The position.
    pub span: Span,
    /// The content.
    pub data: Data,
}

/// The content of a YAML node.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number with its original text: `2.10` is not `2.1`.
    Number(serde_json::Number, String),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map: its entries in their order, each key once.
    Map(Vec<(Key, Node)>),
}

/// A key of a map with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Its position.
    pub span: Span,
}

impl Key {
    /// Returns the text and its position.
    pub fn at(&self) -> At<String> {
        At { value: self.text.clone(), span: self.span }
    }
}

impl Node {
    /// Returns the type of the value, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "true or false",
            Data::Number(..) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// Returns the value as messages show it.
    pub fn found(&self) -> Found {
        let shown = match &self.data {
            Data::Bool(b) => format!("`{b}`"),
            Data::Number(_, written) => format!("the number `{written}`"),
            // without its quotes, it would look valid
            Data::Text(text) if text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false") => {
                format!("the text `\"{text}\"`")
            }
            Data::Text(text) => format!("`{text}`"),
            _ => self.kind().to_owned(),
        };
        let (yaml, word) = (self.to_json().to_string(), self.as_word().map(str::to_owned));
        Found { span: self.span, kind: self.kind(), shown, yaml, word }
    }

    /// Returns the position of a key of a map, or that of the map if it does not have the key.
    pub fn key_span(&self, key: &str) -> Span {
        let mut keys = self.as_map().unwrap_or_default().iter().map(|(key, _)| key);
        keys.find(|known| known.text == key).map_or(self.span, |key| key.span)
    }

    /// Returns the entries of a map, or `None` for other content.
    pub fn as_map(&self) -> Option<&[(Key, Node)]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the string, or `None` for other content.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns its text, if it is a word. `null`, `true` and `false` are words.
    pub fn as_word(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            Data::Null => Some("null"),
            Data::Bool(true) => Some("true"),
            Data::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// Returns the value of `key` in a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    /// Returns the first whole number in the value that 64 bits cannot hold. JSON has the nearest float in its place.
    pub fn long_number(&self) -> Option<&Node> {
        match &self.data {
            Data::Number(number, written) => {
                let digits = written.trim_start_matches(['-', '+']);
                (number.is_f64()
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && !digits.starts_with('0'))
                .then_some(self)
            }
            Data::List(items) => items.iter().find_map(Node::long_number),
            Data::Map(entries) => entries.iter().find_map(|(_, value)| value.long_number()),
            Data::Null | Data::Bool(_) | Data::Text(_) => None,
        }
    }

    /// Returns the value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Number(n, _) => Value::Number(n.clone()),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => items.iter().map(Node::to_json).collect(),
            Data::Map(entries) => {
                Value::Object(entries.iter().map(|(k, v)| (k.text.clone(), v.to_json())).collect())
            }
        }
    }
}

/// Parses one YAML document. The parser's budget limits depth, size and alias expansion. Deeper files would need more than the 2 MiB of stack that
/// a thread has, if the program is built without optimization.
pub fn parse(file: FileId, text: &str) -> Result<Node, YamlError> {
    let budget = serde_saphyr::budget! { max_depth: 40, max_aliases: 1_000, max_nodes: 100_000, enforce_alias_anchor_ratio: false };
    let options = serde_saphyr::options! {
        budget: budget,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        with_snippet: false,
    };
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let at = error.location().map_or(0, |location| byte_of(text, location.line(), location.column()));
        let message = error.to_string();
        broken::error(file, text, at as usize, tidy(&message))
    })?;
    Ok(place(file, text, raw))
}

/// Returns the parser's message in our style, without the position, which findings state separately.
fn tidy(message: &str) -> String {
    let first = message.lines().next().unwrap_or("").trim();
    let first = first.split_once(" at line ").map_or(first, |(text, _)| text);
    let first = match first.split_once(": ") {
        Some((head, rest)) if head.starts_with("line ") || head.contains("error") => rest,
        _ => first,
    };
    let mut chars = first.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Returns the byte of a line and column, both from 1.
pub fn byte_of(text: &str, line: u64, column: u64) -> u32 {
    let line_start: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let rest = text.get(line_start..).unwrap_or("");
    let inside: usize = rest.chars().take(column.saturating_sub(1) as usize).map(char::len_utf8).sum();
    (line_start + inside) as u32
}

/// Returns the innermost existing node on a path below a tree.
pub fn innermost<'n>(node: &'n Node, path: &[String]) -> &'n Node {
    let Some((first, rest)) = path.split_first() else { return node };
    let inner = match &node.data {
        Data::List(items) => first.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => node.get(first),
    };
    inner.map_or(node, |inner| innermost(inner, rest))
}

enum Raw {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn place(file: FileId, text: &str, raw: Spanned<Raw>) -> Node {
    let span = span_of(file, &raw);
    let mut span = span;
    let data = match raw.value {
        Raw::Null => Data::Null,
        Raw::Bool(b) => Data::Bool(b),
        Raw::Number(n) => {
            let written = text.get(span.start as usize..span.end as usize).unwrap_or("").trim();
            // the source text of an alias is its name
            let written = if written.starts_with('*') { n.to_string() } else { written.to_owned() };
            Data::Number(n, written)
        }
        Raw::Text(text) => Data::Text(text),
        Raw::List(items) => Data::List(items.into_iter().map(|item| place(file, text, item)).collect()),
        Raw::Map(entries) => Data::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    (Key { span: span_of(file, &key), text: key.value }, place(file, text, value))
                })
                .collect(),
        ),
    };
    match &data {
        Data::List(items) => extend(&mut span, text, items.first().map(|item| item.span), items.last()),
        Data::Map(entries) => {
            extend(
                &mut span,
                text,
                entries.first().map(|(key, _)| key.span),
                entries.last().map(|(_, node)| node),
            );
        }
        _ => {}
    }
    Node { span, data }
}

/// Extends the span of a list or map, of which the parser reports only the start. On a single line, it extends to the end; over several lines, the
/// first key or item is enough.
fn extend(span: &mut Span, text: &str, first: Option<Span>, last: Option<&Node>) {
    let (Some(first), Some(last)) = (first, last) else { return };
    let line = |end: u32| text.get(span.start as usize..end as usize).filter(|text| !text.contains('\n'));
    if last.span.file == span.file
        && let Some(whole) = line(last.span.end)
    {
        let after = text.get(last.span.end as usize..).unwrap_or("");
        let close = after.trim_start_matches(' ');
        let closes = (whole.starts_with('{') && close.starts_with('}'))
            || (whole.starts_with('[') && close.starts_with(']'));
        let closing = if closes { after.len() - close.len() + 1 } else { 0 };
        span.end = last.span.end + closing as u32;
    } else if line(first.end).is_some()
        && text.get(span.start as usize..).is_some_and(|text| !text.starts_with(['{', '[']))
    {
        span.end = first.end;
    }
}

fn span_of<T>(file: FileId, spanned: &Spanned<T>) -> Span {
    let span = spanned.referenced.span();
    let start = span.byte_offset().unwrap_or(0) as u32;
    let len = span.byte_len().unwrap_or(0) as u32;
    Span { file, start, end: start + len.max(1) }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;

        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a YAML value")
            }
            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }
            fn visit_none<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }
            fn visit_bool<E>(self, b: bool) -> Result<Raw, E> {
                Ok(Raw::Bool(b))
            }
            fn visit_i64<E>(self, n: i64) -> Result<Raw, E> {
                Ok(Raw::Number(n.into()))
            }
            fn visit_u64<E>(self, n: u64) -> Result<Raw, E> {
                Ok(Raw::Number(n.into()))
            }
            fn visit_f64<E: de::Error>(self, n: f64) -> Result<Raw, E> {
                serde_json::Number::from_f64(n)
                    .map(Raw::Number)
                    .ok_or_else(|| E::custom("not a finite number"))
            }
            fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Raw, E> {
                Ok(Raw::Text(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Raw::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Raw::Map(entries))
            }
        }

        deserializer.deserialize_any(RawVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapwright_findings::rules::yaml_syntax;
    use mapwright_findings::{Reports, Texts};

    #[test]
    fn keys_and_scalars_know_their_bytes() {
        let text = "a: x\nb:\n  - 2.10\n  - \"é\"\n  - yes\n";
        let node = parse(FileId(0), text).unwrap();
        let b = node.get("b").unwrap();
        let Data::List(items) = &b.data else { panic!("{b:?}") };
        let at = |span: Span| text.get(span.start as usize..span.end as usize).unwrap();
        assert_eq!(at(node.as_map().unwrap()[1].0.span), "b");
        assert_eq!(items[0].data, Data::Number(serde_json::Number::from_f64(2.1).unwrap(), "2.10".into()));
        assert_eq!(at(items[1].span), "\"é\"");
        assert_eq!(items[2].data, Data::Text("yes".into()));
    }

    #[test]
    fn a_number_behind_an_alias_is_written_as_a_number() {
        let node = parse(FileId(0), "a: &ten 10\nb: &all [{ max: 250 }]\nc: *ten\nd: *all\n").unwrap();
        assert_eq!(node.get("c").unwrap().data, Data::Number(10.into(), "10".into()));
        let Data::List(items) = &node.get("d").unwrap().data else { panic!("{node:?}") };
        assert_eq!(items[0].get("max").unwrap().data, Data::Number(250.into(), "250".into()));
    }

    #[test]
    fn duplicate_keys_are_kept_for_a_finding() {
        let node = parse(FileId(0), "a: 1\na: 2\n").unwrap();
        assert_eq!(node.as_map().unwrap().len(), 2);
    }

    #[test]
    fn a_text_that_is_not_yaml_says_where() {
        let error = parse(FileId(0), "a: [1, 2\nb: 3\n").unwrap_err();
        assert_eq!((error.message.as_str(), error.span.start), ("unclosed bracket '['", 3));
    }

    #[test]
    fn a_bracket_that_is_not_closed_is_where_it_is_open() {
        for (text, byte) in [
            ("a: { b: c\nd: { e: f }\n", Some(3)),
            ("a:\n  - { b: [c, d], e: \"}\"\n  - { f: g }\n", Some(7)),
            ("a: # see [b\n  b: it is [so\n  c: |\n    [\n  d: &x [e, f\n  g: h\n", Some(48)),
            ("a: {\n  b: c\n}\nd: [ e: f: g ]\n", None),
        ] {
            let error = parse(FileId(0), text).expect_err(text);
            let found = error.message.starts_with("unclosed").then_some(error.span.start);
            assert_eq!(found, byte, "{text}: {}", error.message);
        }
    }

    #[test]
    fn an_alias_bomb_ends_in_an_error() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..10 {
            let refs = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
        }
        let error = parse(FileId(0), &text).unwrap_err();
        assert_eq!(error.message, "budget breached: Nodes { nodes: 100001 }");
    }

    /// What the reader reports is worded by the rule's table.
    #[test]
    fn common_mistakes() {
        let mistakes = [
            "a: b: c",
            "a: [1, 2\nb: 3",
            "a: {b: 1",
            "a: [b, c",
            "a: \"x",
            "a:\n\tb: 1",
            "a: *x",
            "a: @x",
            "a: `x`",
            "a:\n  b: 1\n c: 2",
            "- a\nb: 1",
            "a: {{ x }}",
            "a: {b: $.u[*].c}",
            "a: [$.u[*].c]",
            "a: [context.externalId[1].id]",
            "a: { from: [traits.a, context.externalId[1].id], as: id }",
            "a: 1\n---\nb: 2",
            "a: \u{7}",
            "a: .nan",
            "a: {b: [}",
            "a: 'it's'",
            "a: \"it\"s\"",
            "a: \"\\q\"",
            "a: |\n b\nc\n",
            "a: - b",
            "null: x",
            "a: b]]\nc: ]",
        ];
        let said: Vec<String> = mistakes
            .iter()
            .map(|text| {
                let error = parse(FileId(0), text).expect_err(text);
                let (mut reports, mut texts) = (Reports::default(), Texts::default());
                texts.add("a.yaml", text);
                yaml_syntax::report(&mut reports, error.span, &error.message);
                let finding = reports.into_findings(&texts).remove(0);
                format!(
                    "{text:?} at {}: {} ({})",
                    error.span.start,
                    finding.message,
                    finding.help.unwrap_or_default()
                )
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
