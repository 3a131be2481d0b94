//! Edits of YAML by bytes: what a value is written as changes only where the value does, so that comments, layout and quotes of the rest stay.

use std::ops::Range;

use serde_json::Value;

use super::write::{block, flow, item, scalar};
use mapwright_findings::Span;
use mapwright_language::yaml::{Data, Key, Node};

/// Edits of one file.
pub(super) struct Edits<'t> {
    text: &'t str,
    /// Whether its lines end with CR and LF.
    has_returns: bool,
    made: Vec<(Span, String)>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Spot {
    /// The byte after its key and colon, or after its dash.
    from: usize,
    /// Whether it is inside of `{…}` or `[…]`.
    flow: bool,
    /// The column of what is nested in it.
    indent: usize,
}

impl<'t> Edits<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let has_returns = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
        Self { text, has_returns, made: Vec::new() }
    }

    pub(super) fn into_edits(self) -> Vec<(Span, String)> {
        self.made
    }

    /// Returns the text with the edits.
    pub(super) fn applied(mut self) -> String {
        self.made.sort_by_key(|(span, _)| (span.start, span.end));
        let (mut after, mut at) = (String::with_capacity(self.text.len()), 0);
        for (span, new) in self.made {
            after += self.text.get(at..span.start as usize).unwrap_or("");
            after += &new;
            at = span.end as usize;
        }
        after + self.text.get(at..).unwrap_or("")
    }

    /// Makes the value of a key that a map has another one.
    pub(super) fn set(&mut self, map: &Node, key: &str, new: &Value) {
        let Some((key, node)) = map.as_map().and_then(|entries| entries.iter().find(|(k, _)| k.text == key))
        else {
            return;
        };
        let spot = Spot {
            from: self.colon(key),
            flow: self.is_flow(map),
            indent: self.column(key.span.start as usize) + 2,
        };
        self.value(spot, node, new);
    }

    /// Adds entries to a map, after those that it has.
    pub(super) fn add(&mut self, map: &Node, new: &[(&str, &Value)]) {
        if let Some((key, last)) = map.as_map().and_then(<[_]>::last) {
            let after = self.end_of_value(key, last);
            self.insert_entries(map, (after, last), new);
        }
    }

    /// Adds a test to a list, after those that it has and an empty line.
    pub(super) fn push(&mut self, list: &Node, new: &Value) {
        let Data::List(items) = &list.data else { return };
        let (Some(first), Some(last)) = (items.first(), items.last()) else { return };
        let at = self.end(last);
        if self.is_flow(list) {
            return self.insert_items(list, Some((at, last)), items, std::slice::from_ref(new));
        }
        let column = self.column(self.dash(first));
        self.insert_lines(list, (at, last), "\n", &item(new, column));
    }

    /// Makes a file without content one of these tests.
    pub(super) fn begin(&mut self, tree: &Node, test: &Value) {
        let lines = format!("tests:\n{}\n", item(test, 2));
        match &tree.data {
            // comments stay before them
            Data::Null => {
                let break_before = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
                let end = self.text.len();
                self.replace(tree, end..end, format!("{break_before}{lines}"));
            }
            _ => self.replace(tree, tree.span.start as usize..self.end(tree), lines.trim_end().to_owned()),
        }
    }

    /// Inserts lines after the line on which a value ends. A string whose line breaks count keeps them, and gets no empty line before what is new.
    fn insert_lines(&mut self, node: &Node, (end, last): (usize, &Node), space: &str, lines: &str) {
        let at = self.line_end(end);
        let Some(keeps) = self.ends_with_lines(last, at) else {
            return self.replace(node, at..at, format!("\n{space}{lines}"));
        };
        let at = self.after_empty_lines(at);
        let break_before = if self.text.get(..at).is_some_and(|t| t.ends_with('\n')) { "" } else { "\n" };
        let space = if keeps { "" } else { space };
        self.replace(node, at..at, format!("{break_before}{space}{lines}\n"));
    }

    /// Whether the last text of a value is a block to which the lines after this byte belong though they look empty. It has all of them (`true`), or those
    /// with spaces.
    fn ends_with_lines(&self, node: &Node, at: usize) -> Option<bool> {
        let is_open = |node: &Node| !self.is_alias(node) && !self.is_flow(node);
        match &node.data {
            Data::Map(entries) if is_open(node) => self.ends_with_lines(&entries.last()?.1, at),
            Data::List(items) if is_open(node) => self.ends_with_lines(items.last()?, at),
            Data::Text(_) => {
                let keeps = self.block_sign(node)?.contains('+');
                let lines = self.text.get(at..self.after_empty_lines(at)).unwrap_or("");
                (keeps || lines.contains(' ')).then_some(keeps)
            }
            _ => None,
        }
    }

    /// The sign that begins a string in lines, as in `|+`, if it is one. Such a string has the place of its first line.
    fn block_sign(&self, node: &Node) -> Option<&'t str> {
        let (start, is_sign) = (node.span.start as usize, |sign: &&str| sign.starts_with(['|', '>']));
        let here = self.text.get(start..)?;
        if here.starts_with(['|', '>']) && node.as_text() == Some("") {
            return here.split_whitespace().next();
        }
        let before = self.text.get(..start).filter(|_| self.is_first_on_line(start))?.trim_end();
        let line = before.get(self.line_start(before.len())..)?;
        let uncommented = line.split(" #").next().filter(|line| !line.starts_with('#'))?;
        uncommented.split_whitespace().next_back().filter(is_sign)
    }

    /// The start of the next line that has more than spaces, after the end of a line.
    fn after_empty_lines(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        let empty = rest.len() - rest.trim_start().len();
        match rest.get(..empty).and_then(|lines| lines.rfind('\n')) {
            Some(end) if empty < rest.len() => at + end + 1,
            _ => at + empty,
        }
    }

    /// Changes bytes of the file, in which lines end as those of the file do.
    fn replace(&mut self, node: &Node, bytes: Range<usize>, mut text: String) {
        if self.has_returns {
            text = text.replace('\n', "\r\n");
        }
        if self.text.get(bytes.clone()) != Some(&text) {
            let (start, end) = (bytes.start as u32, bytes.end as u32);
            self.made.push((Span { file: node.span.file, start, end }, text));
        }
    }

    fn value(&mut self, spot: Spot, node: &Node, new: &Value) {
        if same(&node.to_json(), new) {
            return;
        }
        if !self.is_alias(node) {
            match (&node.data, new) {
                (Data::Map(entries), Value::Object(members))
                    if entries.iter().any(|(key, _)| members.contains_key(&key.text)) =>
                {
                    return self.map(node, entries, members);
                }
                (Data::List(items), Value::Array(values))
                    if !items.is_empty() && !values.is_empty() && self.list(node, items, values) =>
                {
                    return;
                }
                _ => {}
            }
        }
        self.whole(spot, node, new);
    }

    /// Replaces all of a value.
    fn whole(&mut self, spot: Spot, node: &Node, new: &Value) {
        let (start, end) = (node.span.start as usize, self.end(node).max(spot.from));
        let here = self.text.get(start..).unwrap_or("");
        let lines = self.text.get(spot.from..start).is_some_and(|between| between.contains('\n'));
        let is_written = !matches!(node.data, Data::Null) || here.starts_with(['~', 'n', 'N']);
        let quote = here.chars().next().filter(|first| matches!(first, '"' | '\'') && is_written);
        match new {
            Value::String(_) if !lines && is_written => {
                let new = scalar(new, spot.flow, quote);
                self.replace(node, start..end, new);
            }
            // `key:` without a value, and what begins on a line of its own
            _ if lines || !is_written => {
                let end = if is_written { end } else { spot.from };
                let colon = if self.text.get(..spot.from).is_some_and(|t| t.ends_with([':', '-'])) {
                    ""
                } else {
                    ":"
                };
                let new = self.written(new, spot.flow, spot.indent);
                self.replace(node, spot.from..end, format!("{colon}{new}"));
            }
            _ => {
                let new = self.written(new, spot.flow, spot.indent);
                // an anchor or a tag of what was there goes with it
                self.replace(node, spot.from..end, new);
            }
        }
    }

    /// A value after its key and colon: on the same line if it fits.
    fn written(&self, new: &Value, in_flow: bool, indent: usize) -> String {
        match block(new, indent).filter(|_| !in_flow) {
            Some(lines) => format!("\n{}{lines}", " ".repeat(indent)),
            None => format!(" {}", flow(new)),
        }
    }

    fn map(&mut self, node: &Node, entries: &[(Key, Node)], members: &serde_json::Map<String, Value>) {
        let in_flow = self.is_flow(node);
        let kept = |entry: &(Key, Node)| members.contains_key(&entry.0.text);
        for (key, value) in entries {
            if let Some(new) = members.get(&key.text) {
                let indent = self.column(key.span.start as usize) + 2;
                self.value(Spot { from: self.colon(key), flow: in_flow, indent }, value, new);
            }
        }
        let starts: Vec<usize> = entries.iter().map(|(key, _)| key.span.start as usize).collect();
        let ends: Vec<usize> = entries.iter().map(|(key, value)| self.end_of_value(key, value)).collect();
        let gone: Vec<bool> = entries.iter().map(|entry| !kept(entry)).collect();
        self.remove(node, in_flow, &starts, &ends, &gone);
        let new: Vec<(&str, &Value)> = members
            .iter()
            .filter(|(name, _)| !entries.iter().any(|(key, _)| key.text == **name))
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        let last = entries.iter().zip(&ends).rfind(|(entry, _)| kept(entry));
        if let (Some(((_, last), end)), false) = (last, new.is_empty()) {
            self.insert_entries(node, (*end, last), &new);
        }
    }

    /// Inserts entries after one and the byte where it ends.
    fn insert_entries(&mut self, map: &Node, (after, last): (usize, &Node), new: &[(&str, &Value)]) {
        let Some((first, _)) = map.as_map().and_then(<[_]>::first) else { return };
        let key = |name: &str| scalar(&Value::from(name), true, None);
        if self.is_flow(map) {
            let entries = new.iter().map(|(name, value)| format!(", {}: {}", key(name), flow(value)));
            return self.replace(map, after..after, entries.collect());
        }
        let column = self.column(first.span.start as usize);
        let lines = new.iter().map(|(name, value)| {
            format!("{}{}:{}", " ".repeat(column), key(name), self.written(value, false, column + 2))
        });
        let lines: Vec<String> = lines.collect();
        self.insert_lines(map, (after, last), "", &lines.join("\n"));
    }

    /// Changes the items of a list. Returns whether that can be done item by item.
    fn list(&mut self, node: &Node, items: &[Node], values: &[Value]) -> bool {
        let in_flow = self.is_flow(node);
        let dashes: Vec<usize> = items.iter().map(|item| self.dash(item)).collect();
        if !in_flow && dashes.iter().any(|dash| !self.is_first_on_line(*dash)) && items.len() != values.len()
        {
            return false;
        }
        let equal = |(item, value): &(&Node, &Value)| same(&item.to_json(), value);
        let before = items.iter().zip(values).take_while(equal).count();
        let (items_left, values_left) = (items.len() - before, values.len() - before);
        let most = items_left.min(values_left);
        let after = items.iter().rev().zip(values.iter().rev()).take(most).take_while(equal).count();
        let paired = before + (most - after);
        for (at, (item, value)) in items.iter().zip(values).enumerate().take(paired).skip(before) {
            let dash = dashes.get(at).copied().unwrap_or_default();
            let from = if in_flow { item.span.start as usize } else { dash + 1 };
            let indent = self.column(dash) + 2;
            self.item(Spot { from, flow: in_flow, indent }, item, value);
        }
        let (last_item, last_value) = (items.len() - after, values.len() - after);
        let gone: Vec<bool> = (0..items.len()).map(|at| (paired..last_item).contains(&at)).collect();
        let starts: Vec<usize> = match in_flow {
            true => items.iter().map(|item| item.span.start as usize).collect(),
            false => dashes,
        };
        let ends: Vec<usize> = items.iter().map(|item| self.end(item)).collect();
        self.remove(node, in_flow, &starts, &ends, &gone);
        let new = values.get(paired..last_value).unwrap_or_default();
        if !new.is_empty() {
            let at = paired.checked_sub(1).and_then(|last| Some((*ends.get(last)?, items.get(last)?)));
            self.insert_items(node, at, items, new);
        }
        true
    }

    fn item(&mut self, spot: Spot, item: &Node, new: &Value) {
        let is_inner =
            matches!((&item.data, new), (Data::Map(_), Value::Object(_)) | (Data::List(_), Value::Array(_)));
        if is_inner {
            return self.value(spot, item, new);
        }
        if !same(&item.to_json(), new) {
            let (start, end) = (item.span.start as usize, self.end(item));
            if self.block_sign(item).is_some() {
                return self.replace(item, spot.from..end, format!(" {}", scalar(new, spot.flow, None)));
            }
            let quote = self.text.get(start..).and_then(|text| text.chars().next());
            let text = scalar(new, spot.flow, quote.filter(|c| matches!(c, '"' | '\'')));
            self.replace(item, start..end, text);
        }
    }

    /// Inserts items after one and the byte where it ends, or before all of them.
    fn insert_items(&mut self, list: &Node, after: Option<(usize, &Node)>, items: &[Node], new: &[Value]) {
        let Some(first) = items.first() else { return };
        let start = first.span.start as usize;
        if self.is_flow(list) {
            let texts: Vec<String> = new.iter().map(flow).collect();
            return match after {
                Some((at, _)) => self.replace(list, at..at, format!(", {}", texts.join(", "))),
                None => self.replace(list, start..start, format!("{}, ", texts.join(", "))),
            };
        }
        let dash = self.dash(first);
        let column = self.column(dash);
        let lines: Vec<String> = new
            .iter()
            .map(|value| {
                let lines = block(value, column + 2).unwrap_or_else(|| flow(value));
                format!("{}- {lines}", " ".repeat(column))
            })
            .collect();
        match after {
            Some(after) => self.insert_lines(list, after, "", &lines.join("\n")),
            None => {
                let at = dash - column;
                self.replace(list, at..at, format!("{}\n", lines.join("\n")));
            }
        }
    }

    /// Removes entries or items, with the commas or lines that they take. Not all of them are gone.
    fn remove(&mut self, node: &Node, in_flow: bool, starts: &[usize], ends: &[usize], gone: &[bool]) {
        let mut at = 0;
        while let Some(first) = gone.iter().skip(at).position(|gone| *gone).map(|found| at + found) {
            let count = gone.iter().skip(first).take_while(|gone| **gone).count();
            let (next, last) = (first + count, first + count - 1);
            at = next;
            let (Some(start), Some(end)) = (starts.get(first), ends.get(last)) else { return };
            let before = first.checked_sub(1).and_then(|before| ends.get(before));
            let range = match (in_flow, starts.get(next), before) {
                (true, Some(next), _) => *start..*next,
                (true, None, Some(before)) => *before..*end,
                (false, _, _) if self.is_first_on_line(*start) => {
                    self.line_start(*start)..self.next_line(*end)
                }
                (false, Some(next), _) => *start..*next,
                _ => *start..*end,
            };
            self.replace(node, range, String::new());
        }
    }

    /// The byte after a value, which may be written as nothing.
    fn end_of_value(&self, key: &Key, value: &Node) -> usize {
        let end = self.end(value);
        let written = self.text.get(value.span.start as usize..).unwrap_or("");
        match value.data {
            Data::Null if !written.starts_with(['~', 'n', 'N']) => self.colon(key),
            _ => end,
        }
    }

    /// The byte after a value, its brackets among it.
    fn end(&self, node: &Node) -> usize {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        if self.is_alias(node) && self.block_sign(node).is_none() {
            return end;
        }
        let last = match &node.data {
            Data::Map(entries) => entries.last().map(|(key, value)| self.end_of_value(key, value)),
            Data::List(items) => items.last().map(|item| self.end(item)),
            Data::Text(_)
                if self.block_sign(node).is_some()
                    || !self.text.get(start..end).is_some_and(|text| text.starts_with(['"', '\''])) =>
            {
                // a string in lines ends with the indentation of what follows
                return start + self.text.get(start..end).map_or(0, |text| text.trim_end().len());
            }
            _ => return end,
        };
        match self.is_flow(node) {
            true => self.closing(last.unwrap_or(start + 1)),
            false => last.unwrap_or(end),
        }
    }

    /// The byte after the bracket that closes what ends here.
    fn closing(&self, mut at: usize) -> usize {
        while let Some(next) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            at += next.len_utf8();
            match next {
                ']' | '}' => return at,
                '#' => at = self.line_end(at),
                _ => {}
            }
        }
        at
    }

    fn is_flow(&self, node: &Node) -> bool {
        self.text.get(node.span.start as usize..).is_some_and(|text| text.starts_with(['{', '[']))
    }

    fn is_alias(&self, node: &Node) -> bool {
        self.text.get(node.span.start as usize..).is_some_and(|text| text.starts_with('*'))
    }

    /// The byte after a key and its colon; after the key, if there is no colon.
    fn colon(&self, key: &Key) -> usize {
        let end = key.span.end as usize;
        let rest = self.text.get(end..).unwrap_or("");
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        match rest.trim_start_matches(' ').starts_with(':') {
            true => end + spaces + 1,
            false => end,
        }
    }

    /// The dash before an item.
    fn dash(&self, item: &Node) -> usize {
        let start = item.span.start as usize;
        self.text.get(..start).and_then(|before| before.rfind('-')).unwrap_or(start)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
    }

    /// The byte after a line, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let after = self.text.get(at..).unwrap_or("");
        let line = after.split('\n').next().unwrap_or("");
        at + line.strip_suffix('\r').filter(|line| line.len() + 1 < after.len()).unwrap_or(line).len()
    }

    fn next_line(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|after| after.find('\n')).map_or(self.text.len(), |end| at + end + 1)
    }

    fn column(&self, at: usize) -> usize {
        self.text.get(self.line_start(at)..at).map_or(0, |before| before.chars().count())
    }

    fn is_first_on_line(&self, at: usize) -> bool {
        self.text.get(self.line_start(at)..at).is_some_and(|before| before.trim().is_empty())
    }
}

/// Whether two values are the same: `1` and `1.0` are.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use mapwright_findings::Texts;
    use mapwright_language::yaml::parse;
    use serde_json::json;

    use super::*;

    /// Rewrites the value of `e`, and returns the text; it has the new value.
    fn rewritten(text: &str, new: Value) -> String {
        let mut texts = Texts::default();
        let tree = parse(texts.add("a.yaml", text), text).unwrap();
        let mut edits = Edits::of(text);
        edits.set(&tree, "e", &new);
        let after = edits.applied();
        let tree = parse(texts.add("a.yaml", &after), &after).unwrap_or_else(|e| panic!("{e:?}\n{after}"));
        assert!(same(&tree.get("e").unwrap().to_json(), &new), "{after}");
        after
    }

    #[test]
    fn only_what_differs_is_written() {
        for (text, new, after) in [
            ("e: { a: 1, b: 'x' } # why\n", json!({"a": 2, "b": "y"}), "e: { a: 2, b: 'y' } # why\n"),
            ("e: { a: 1, b: 2 }\n", json!({"b": 2}), "e: { b: 2 }\n"),
            ("e: { a: 1, b: 2 }\n", json!({"a": 1}), "e: { a: 1 }\n"),
            ("e: { a: 1, }\n", json!({"a": 1, "c": [1, {}]}), "e: { a: 1, c: [1, {}], }\n"),
            ("e: {}\nf: 1\n", json!({"a": "b: c"}), "e: { a: \"b: c\" }\nf: 1\n"),
            (
                "e:\n  a: 1 # one\n  # two\n  b: 2\nf: 1\n",
                json!({"a": 1}),
                "e:\n  a: 1 # one\n  # two\nf: 1\n",
            ),
            ("e:\n  a: 1 # one\n  b: 2\n", json!({"b": 3}), "e:\n  b: 3\n"),
            ("e:\n  a: 1 # one\nf: 1\n", json!({"a": 1, "c": null}), "e:\n  a: 1 # one\n  c: null\nf: 1\n"),
            ("e:\n  - a: 1\n    b: 2\n  - c\n", json!([{"b": 2}, "c"]), "e:\n  - b: 2\n  - c\n"),
            ("e:\n  - a\n  - b # b\n  - c\nf: 1\n", json!(["a", "c"]), "e:\n  - a\n  - c\nf: 1\n"),
            ("e:\n  - a # a\nf: 1\n", json!(["a", {"b": 1}]), "e:\n  - a # a\n  - { b: 1 }\nf: 1\n"),
            ("e:\n  - b\n", json!(["a", "b"]), "e:\n  - a\n  - b\n"),
            ("e: [b]\n", json!(["a", "b"]), "e: [a, b]\n"),
            ("e: [a, b, c]\n", json!(["a", "c"]), "e: [a, c]\n"),
            ("e:\n  - a\nf: 1\n", json!([]), "e: []\nf: 1\n"),
            ("e: |\n  a\n  b\nf: 1\n", json!("c"), "e: c\nf: 1\n"),
            ("e:\n  - |\n    a\n  - b\n", json!(["c", "b"]), "e:\n  - c\n  - b\n"),
            ("e:\nf: 1\n", json!({"a": 1}), "e: { a: 1 }\nf: 1\n"),
            ("e: { a, b: }\n", json!({"a": 1, "b": 2}), "e: { a: 1, b: 2 }\n"),
            ("x: &x { a: 1 }\ne: *x\n", json!({"a": 2}), "x: &x { a: 1 }\ne: { a: 2 }\n"),
            ("e: \"2.10\"\n", json!("2.14"), "e: \"2.14\"\n"),
            ("e: a\n", json!("2.14"), "e: \"2.14\"\n"),
            ("e: 'a'\n", json!("it's"), "e: 'it''s'\n"),
            (
                "e: { a: { b: 1 } }\n",
                json!({"a": {"b": 1, "c": "x, y"}}),
                "e: { a: { b: 1, c: \"x, y\" } }\n",
            ),
            ("e: [{ a: 1 }]\n", json!([{"a": 1}, {"a": 2}]), "e: [{ a: 1 }, { a: 2 }]\n"),
            ("e: [\n  a, # one\n  b,\n]\n", json!(["a", "b", "c"]), "e: [\n  a, # one\n  b, c,\n]\n"),
        ] {
            assert_eq!(rewritten(text, new), after, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_on_a_line_is_written_in_several() {
        let long = "x".repeat(70);
        let new = json!({ "requests": [{ "step": "send", "body": { "name": long, "other": long } }] });
        let after = rewritten("t:\n  a: 1\ne: 1 # why\nf: 1\n", new);
        let expected = format!(
            "t:\n  a: 1\ne:\n  requests:\n    - step: send\n      body:\n        name: {long}\n        other: {long} # why\nf: 1\n"
        );
        assert_eq!(after, expected);
    }
}
