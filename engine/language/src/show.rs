//! Prints effective mappings as YAML, with the position of each line's origin.

use serde_saphyr::FlowSeq;

use crate::catalog::{Catalog, Destination, Mapping, Version};
use crate::not_found::{NotFound, unaliased};
use crate::used::with_used;
use crate::yaml::{Data, Key, Node};
use mapwright_findings::{Span, Texts};

impl Catalog {
    /// Returns a destination (`acme`), a version (`acme/2.10`) or a mapping (`acme/2.10/identify`)
    /// after inheritance: YAML with the file and line of each part as a comment. Versions are named by number or alias.
    ///
    /// A mapping contains what it uses of its version: parts, values, requirements, operations and the like, and the order keys. With `variant`, returns that variant of a mapping.
    ///
    /// # Errors
    /// When there is no such thing, or it could not be read: then checking says why.
    pub fn show(&self, address: &str, variant: Option<&str>) -> Result<String, NotFound> {
        Ok(with_places(&self.shown(address, variant)?, &self.texts))
    }

    /// Renders like [`show`](Self::show), without the positions, so that two versions can be compared.
    ///
    /// # Errors
    /// When there is no such thing, or it could not be read: then checking says why.
    pub fn show_plain(&self, address: &str, variant: Option<&str>) -> Result<String, NotFound> {
        let node = self.shown(address, variant)?;
        Ok(lines(&node, &self.texts).iter().map(|line| format!("{}\n", line.text)).collect())
    }

    /// Returns an entry of an effective mapping or version as YAML, with the position of each part.
    pub fn written(&self, key: &str, node: &Node) -> String {
        let key = Key { text: key.to_owned(), span: node.span };
        let entry = Node { span: node.span, data: Data::Map(vec![(key, node.clone())]) };
        with_places(&entry, &self.texts)
    }

    fn shown(&self, address: &str, variant: Option<&str>) -> Result<Node, NotFound> {
        let parts: Vec<&str> = address.split('/').collect();
        Ok(match (parts.as_slice(), variant) {
            ([destination], None) => self.destination(destination)?.node.clone(),
            ([destination, version], None) => self.version(destination, version)?.node.clone(),
            ([destination, number, message], variant) => {
                let version = self.version(destination, number)?;
                let mapping = version.mapping_of(message).ok_or_else(|| {
                    let known = version.mappings.iter().flat_map(Mapping::types);
                    NotFound::item(
                        within(destination, version),
                        "mapping",
                        message,
                        known.collect::<Vec<_>>(),
                    )
                })?;
                let node = match variant {
                    None => &mapping.node,
                    Some(name) => {
                        let known: Vec<&str> =
                            mapping.variants.iter().map(|v| v.name.value.as_str()).collect();
                        let variant = mapping.variants.iter().find(|variant| variant.name.value == name);
                        let variant = variant
                            .ok_or_else(|| NotFound::item(format!("`{address}`"), "variant", name, known))?;
                        &variant.node
                    }
                };
                with_used(node, &version.node)
            }
            _ => {
                return Err(NotFound::Address {
                    address: address.to_owned(),
                    expected: match variant {
                        None => "`DESTINATION`, `DESTINATION/VERSION` or `DESTINATION/VERSION/MESSAGE`",
                        Some(_) => "`DESTINATION/VERSION/MESSAGE`, since only mappings have variants",
                    },
                });
            }
        })
    }

    /// Returns the JSON Schema of an operation's body, by an address such as `acme/2.10/create_contact`.
    ///
    /// # Errors
    /// Returns an error if the address does not exist.
    pub fn body_schema(&self, address: &str) -> Result<String, NotFound> {
        let parts: Vec<&str> = address.split('/').collect();
        let [destination, number, operation] = parts.as_slice() else {
            let expected = "`DESTINATION/VERSION/OPERATION`";
            return Err(NotFound::Address { address: address.to_owned(), expected });
        };
        let version = self.version(destination, number)?;
        let mut known = version.body_schemas();
        let names: Vec<&str> = version.body_schemas().map(|(name, _)| name).collect();
        known
            .find(|(name, _)| name == operation)
            .map(|(_, schema)| version.schema_text(schema))
            .ok_or_else(|| NotFound::item(within(destination, version), "body schema", operation, names))
    }

    /// Returns the addresses of all body schemas: destination, version and operation.
    pub fn body_schemas(&self) -> impl Iterator<Item = String> {
        self.destinations.iter().flat_map(|destination| {
            destination.versions.iter().flat_map(|version| {
                let address =
                    |(operation, _)| format!("{}/{}/{operation}", destination.name, version.number.0);
                version.body_schemas().map(address)
            })
        })
    }

    fn destination(&self, name: &str) -> Result<&Destination, NotFound> {
        let known: Vec<&str> = self.destinations.iter().map(|d| d.name.as_str()).collect();
        let found = self.destinations.iter().find(|destination| destination.name == name);
        found.ok_or_else(|| NotFound::destination(name, known))
    }

    fn version(&self, destination: &str, name: &str) -> Result<&Version, NotFound> {
        let found = self.destination(destination)?;
        let aliases = || {
            found.spec.versions.aliases.iter().map(|(alias, n)| (alias.value.as_str(), n.value.0.as_str()))
        };
        let number = unaliased(name, aliases());
        found.versions.iter().find(|version| version.number.0 == number).ok_or_else(|| {
            let versions = found.versions.iter().map(|version| version.number.0.as_str());
            let known: Vec<&str> = versions.chain(aliases().map(|(alias, _)| alias)).collect();
            NotFound::version(destination, name, &known)
        })
    }
}

impl Mapping {
    /// Returns the name of its file, and the other types that it is for.
    fn types(&self) -> impl Iterator<Item = &str> {
        let written = self.spec.message.names.iter().map(|name| name.value.as_str());
        [self.message.as_str()].into_iter().chain(written.filter(|name| *name != self.message))
    }
}

impl Version {
    /// Returns the mapping of a message type. One that names its file takes precedence.
    fn mapping_of(&self, message: &str) -> Option<&Mapping> {
        let named = self.mappings.iter().find(|mapping| mapping.message.eq_ignore_ascii_case(message));
        let is_for = |mapping: &&Mapping| mapping.types().any(|kind| kind.eq_ignore_ascii_case(message));
        named.or_else(|| self.mappings.iter().find(is_for))
    }

    /// Returns the operations with a body schema, and the name of its file.
    fn body_schemas(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spec.operations.iter().filter_map(|(name, operation)| {
            let schema = &operation.schema.as_ref()?.value;
            self.schemas.contains_key(schema).then_some((name.value.as_str(), schema.as_str()))
        })
    }

    /// Returns a body schema as text: the file's own, unless others change it or are part of it.
    fn schema_text(&self, name: &str) -> String {
        let text = self.schemas.get(name).map(|file| file.text.as_str()).unwrap_or_default();
        match self.schema(name) {
            Some(Ok(schema)) if serde_json::from_str(text).ok().as_ref() != Some(&schema) => {
                format!("{schema:#}\n")
            }
            _ => text.to_owned(),
        }
    }
}

fn within(destination: &str, version: &Version) -> String {
    format!("version `{}` of `{destination}`", version.number.0)
}

/// The longest list or map on one line.
const WIDEST: usize = 100;
/// The last column where comments start; longer lines move their comments to the right.
const COMMENT_COLUMN: usize = 80;

/// Returns a tree as YAML, each line with the position of its origin.
fn with_places(node: &Node, texts: &Texts) -> String {
    let lines = lines(node, texts);
    let widest = lines.iter().map(|line| line.text.chars().count()).filter(|n| *n <= COMMENT_COLUMN).max();
    let column = widest.unwrap_or(0) + 2;
    let mut text = String::new();
    for line in &lines {
        let place = texts.place(line.origin);
        let path: String = place.path.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        let pad = column.saturating_sub(line.text.chars().count()).max(2);
        text.push_str(&format!("{}{:pad$}# {path}:{}\n", line.text, "", place.line));
    }
    text
}

/// Returns the lines of a tree as YAML.
fn lines(node: &Node, texts: &Texts) -> Vec<Line> {
    let mut printer = Printer { texts, lines: Vec::new() };
    printer.block(node, 0, String::new());
    printer.lines
}

struct Line {
    text: String,
    origin: Span,
}

struct Printer<'t> {
    texts: &'t Texts,
    lines: Vec<Line>,
}

impl Printer<'_> {
    /// Writes the lines of a node. `lead` is the indented text before it on its first line.
    fn block(&mut self, node: &Node, indent: usize, lead: String) {
        match &node.data {
            Data::Map(entries) if !entries.is_empty() => {
                let mut lead = lead;
                for (key, value) in entries {
                    if lead.is_empty() {
                        lead = " ".repeat(indent);
                    }
                    let start = format!("{}{}:", std::mem::take(&mut lead), scalar(&key.text));
                    self.value(value, indent, start, key.span, false);
                }
            }
            Data::List(items) if !items.is_empty() => {
                let mut lead = lead;
                for item in items {
                    if lead.is_empty() {
                        lead = " ".repeat(indent);
                    }
                    let start = format!("{}-", std::mem::take(&mut lead));
                    self.value(item, indent, start, item.span, true);
                }
            }
            _ => self.lines.push(Line { text: format!("{lead}{}", flow(node)), origin: node.span }),
        }
    }

    /// Writes a value after its key or dash.
    fn value(&mut self, value: &Node, indent: usize, start: String, origin: Span, in_list: bool) {
        let is_block = matches!(&value.data, Data::Map(e) if !e.is_empty())
            || matches!(&value.data, Data::List(i) if !i.is_empty());
        if !is_block {
            let text = match &value.data {
                Data::Text(text) => scalar(text),
                _ => flow(value),
            };
            self.lines.push(Line { text: format!("{start} {text}"), origin: value.span });
            return;
        }
        let room = WIDEST.saturating_sub(start.chars().count() + 1);
        let mut text = String::new();
        if flow_within(value, room, &mut text)
            && let Some(line) = self.one_line(value)
        {
            self.lines.push(Line { text: format!("{start} {text}"), origin: line });
            return;
        }
        if in_list {
            self.block(value, indent + 2, format!("{start} "));
        } else {
            self.lines.push(Line { text: start, origin });
            self.block(value, indent + 2, String::new());
        }
    }

    /// Returns a position on the line that contains the whole node, if it is on a single line.
    fn one_line(&self, node: &Node) -> Option<Span> {
        let mut spans = Vec::new();
        leaves(node, &mut spans);
        let first = *spans.first()?;
        let line = |span: Span| (span.file, self.texts.place(span).line);
        let same = spans.iter().all(|span| line(*span) == line(first));
        same.then_some(first)
    }
}

/// Collects the positions of all keys and scalars.
fn leaves(node: &Node, spans: &mut Vec<Span>) {
    match &node.data {
        Data::Map(entries) => entries.iter().for_each(|(Key { span, .. }, value)| {
            spans.push(*span);
            leaves(value, spans);
        }),
        Data::List(items) => items.iter().for_each(|item| leaves(item, spans)),
        _ => spans.push(node.span),
    }
}

/// Returns a node on one line.
fn flow(node: &Node) -> String {
    let mut text = String::new();
    flow_within(node, usize::MAX, &mut text);
    text
}

/// Writes a node on one line, and stops when it has more than `most` characters. Returns whether it fits.
fn flow_within(node: &Node, most: usize, text: &mut String) -> bool {
    match &node.data {
        Data::Null => text.push_str("null"),
        Data::Bool(b) => text.push_str(&b.to_string()),
        Data::Number(_, written) => text.push_str(written),
        Data::Text(written) => text.push_str(&in_flow(written)),
        Data::List(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place > 0 { ", " } else { "" });
                if !flow_within(item, most, text) {
                    return false;
                }
            }
            text.push(']');
        }
        Data::Map(entries) if entries.is_empty() => text.push_str("{}"),
        Data::Map(entries) => {
            text.push_str("{ ");
            for (place, (key, value)) in entries.iter().enumerate() {
                text.push_str(if place > 0 { ", " } else { "" });
                text.push_str(&in_flow(&key.text));
                text.push_str(": ");
                if !flow_within(value, most, text) {
                    return false;
                }
            }
            text.push_str(" }");
        }
    }
    // a string has at most as many characters as bytes
    text.len() <= most || text.chars().count() <= most
}

/// Returns a string on its own line, quoted if necessary.
fn scalar(text: &str) -> String {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let written = serde_saphyr::to_string_with_options(&text, options).ok();
    written.map_or_else(|| quoted(text), |written| written.trim_end_matches('\n').to_owned())
}

/// Returns a string between brackets and commas, quoted if necessary.
fn in_flow(text: &str) -> String {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let written = serde_saphyr::to_string_with_options(&FlowSeq([text]), options).ok();
    let inner =
        written.as_deref().and_then(|w| w.trim_end_matches('\n').strip_prefix('[')?.strip_suffix(']'));
    inner.map_or_else(|| quoted(text), str::to_owned)
}

/// Returns a quoted string. JSON's quotes are valid YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;
    use mapwright_findings::FileId;
    use proptest::prelude::*;

    fn texts(text: &str) -> Texts {
        let mut texts = Texts::default();
        texts.add("a.yaml", text);
        texts
    }

    #[test]
    fn what_stands_on_one_line_stays_on_one_line() {
        let text = "a: { from: [x, 'y, z'], as: integer }\nb:\n  - from: x\n    when: not y\n  - \"2.10\"\nc: []\n\"d e\": \"line\\nbreak\"\n";
        let node = parse(FileId(0), text).unwrap();
        insta::assert_snapshot!(with_places(&node, &texts(text)), @r#"
        a: { from: [x, "y, z"], as: integer }  # a.yaml:1
        b:                                     # a.yaml:2
          - from: x                            # a.yaml:3
            when: not y                        # a.yaml:4
          - "2.10"                             # a.yaml:5
        c: []                                  # a.yaml:6
        d e: "line\nbreak"                     # a.yaml:7
        "#);
    }

    fn same(a: &Node, b: &Node) -> bool {
        match (&a.data, &b.data) {
            (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Data::Map(a), Data::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k.text == l.text && same(a, b))
            }
            (a, b) => a == b,
        }
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let text = prop_oneof![
            "[a-z.$]{0,8}",
            "[ -~]{0,12}",
            "\\PC{0,8}",
            "(null|~|yes|no|true|2\\.10|1e3|0x1f|\\.\\.\\.|---|<<|- a|a: b|a #b|\\? a|!x|&a|\\*a|@a|`a|%a|\\{a\\}|\\[\\])",
            "[a\n\t\u{7}\u{85}\u{2028}\u{feff}\"'\\\\]{0,6}",
        ];
        let span = (0..6_u32).prop_map(|line| Span { file: FileId(0), start: line * 2, end: line * 2 + 1 });
        let leaf = prop_oneof![
            Just(Data::Null),
            any::<bool>().prop_map(Data::Bool),
            any::<i32>().prop_map(|n| Data::Number(n.into(), n.to_string())),
            text.clone().prop_map(Data::Text),
        ];
        let leaf = (span.clone(), leaf).prop_map(|(span, data)| Node { span, data });
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let map =
                proptest::collection::btree_map(text.clone(), inner.clone(), 0..4).prop_map(|entries| {
                    let key = |text, span| Key { text, span };
                    Data::Map(entries.into_iter().map(|(text, node)| (key(text, node.span), node)).collect())
                });
            let data = prop_oneof![proptest::collection::vec(inner, 0..4).prop_map(Data::List), map];
            (span.clone(), data).prop_map(|(span, data)| Node { span, data })
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_as_it_was(node in any_node()) {
            let printed = with_places(&node, &texts("a\nb\nc\nd\ne\nf\n"));
            let read = parse(FileId(0), &printed).map_err(|e| TestCaseError::fail(format!("{e:?}\n{printed}")))?;
            prop_assert!(same(&node, &read), "{}", printed);
        }
    }
}
