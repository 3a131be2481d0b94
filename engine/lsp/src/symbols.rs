//! The outline of a file, and what of it can be folded.

use ls_types::{DocumentSymbol, FoldingRange, FoldingRangeKind, SymbolKind};
use mapwright_language::yaml::{Data, Key, Node};

use crate::cursor::end;
use crate::grammar::FileKind;
use crate::here::Here;
use crate::text::Text;

/// Symbols within each other are listed so far.
const DEEPEST: usize = 4;

/// The outline of a file: its sections, what they define, and what is in that.
pub(crate) fn symbols(here: &Here<'_, '_>) -> Vec<DocumentSymbol> {
    match here.file.kind {
        FileKind::Test => tests(here.text, &here.file.node),
        _ => of_map(here.text, &here.file.node, "", DEEPEST),
    }
}

fn of_map(text: &Text, node: &Node, section: &str, depth: usize) -> Vec<DocumentSymbol> {
    let entries = node.as_map().unwrap_or_default().iter();
    entries.map(|(key, value)| of_entry(text, key, value, section, depth)).collect()
}

fn of_entry(text: &Text, key: &Key, value: &Node, section: &str, depth: usize) -> DocumentSymbol {
    // what is inside of a row or a response rule is no definition
    let inner = match section {
        "" => key.text.as_str(),
        "payload" => "fields",
        "steps" if value.get("steps").is_some() => "group",
        "group" if key.text == "steps" => "steps",
        "variants" => "",
        _ => "-",
    };
    let children = if depth > 1 && inner != "-" { of_map(text, value, inner, depth - 1) } else { Vec::new() };
    let kind = match section {
        "" => SymbolKind::NAMESPACE,
        "values" => SymbolKind::VARIABLE,
        "steps" | "group" => SymbolKind::EVENT,
        "operations" => SymbolKind::METHOD,
        "conversions" => SymbolKind::FUNCTION,
        "payload" | "variants" => SymbolKind::CLASS,
        "settings" => SymbolKind::PROPERTY,
        "sets" | "tables" => SymbolKind::CONSTANT,
        _ => SymbolKind::FIELD,
    };
    symbol(
        text,
        &key.text,
        detail(value),
        kind,
        (key.span.start as usize, key.span.end as usize),
        end(value),
        children,
    )
}

fn tests(text: &Text, node: &Node) -> Vec<DocumentSymbol> {
    let mut symbols = Vec::new();
    for (section, kind) in [("tests", SymbolKind::METHOD), ("properties", SymbolKind::PROPERTY)] {
        let Some(Data::List(items)) = node.get(section).map(|node| &node.data) else { continue };
        for item in items {
            let Some(name) = item.get("name") else { continue };
            let bytes = (name.span.start as usize, name.span.end as usize);
            symbols.push(symbol(
                text,
                name.as_text().unwrap_or("…"),
                None,
                kind,
                bytes,
                end(item),
                Vec::new(),
            ));
        }
    }
    symbols
}

/// What is said of an entry beside its name.
fn detail(value: &Node) -> Option<String> {
    let said = value.get("description").or_else(|| value.get("operation"));
    said.and_then(Node::as_text).or_else(|| value.as_text()).map(str::to_owned)
}

#[allow(deprecated, reason = "the protocol's record has a field that is not used any more")]
fn symbol(
    text: &Text,
    name: &str,
    detail: Option<String>,
    kind: SymbolKind,
    bytes: (usize, usize),
    end: usize,
    children: Vec<DocumentSymbol>,
) -> DocumentSymbol {
    let name = if name.is_empty() { "\"\"".to_owned() } else { name.to_owned() };
    DocumentSymbol {
        name,
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: text.range((bytes.0, end.max(bytes.1))),
        selection_range: text.range(bytes),
        children: (!children.is_empty()).then_some(children),
    }
}

/// What of a file can be folded: entries and items of several lines, and blocks of comments.
pub(crate) fn folds(here: &Here<'_, '_>) -> Vec<FoldingRange> {
    let mut folds = Vec::new();
    of_node(here.text, &here.file.node, &mut folds);
    let is_comment = |line: usize| here.text.line(line).trim_start().starts_with('#');
    let lines = here.text.text.lines().count();
    let mut line = 0;
    while line < lines {
        let first = line;
        while line < lines && is_comment(line) {
            line += 1;
        }
        if line > first + 1 {
            folds.push(fold(first, line - 1, Some(FoldingRangeKind::Comment)));
        }
        line += 1;
    }
    folds
}

fn of_node(text: &Text, node: &Node, folds: &mut Vec<FoldingRange>) {
    let mut add = |start: u32, node: &Node| {
        let (first, last) = (text.line_of(start as usize), text.line_of(end(node).saturating_sub(1)));
        if last > first {
            folds.push(fold(first, last, None));
        }
    };
    match &node.data {
        Data::Map(entries) => {
            entries.iter().for_each(|(key, value)| add(key.span.start, value));
            entries.iter().for_each(|(_, value)| of_node(text, value, folds));
        }
        Data::List(items) => {
            items.iter().for_each(|item| add(item.span.start, item));
            items.iter().for_each(|item| of_node(text, item, folds));
        }
        _ => {}
    }
}

fn fold(first: usize, last: usize, kind: Option<FoldingRangeKind>) -> FoldingRange {
    FoldingRange { start_line: first as u32, end_line: last as u32, kind, ..FoldingRange::default() }
}
