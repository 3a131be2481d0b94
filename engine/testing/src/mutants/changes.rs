//! The changes that can be made to a mapping file: each takes one thing away, or says it differently.

use serde_json::{Number, Value};

use mapwright_findings::Span;
use mapwright_language::keys::CONDITIONS;
use mapwright_language::yaml::{Data, Node};

/// One change of a file.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// What is changed.
    pub span: Span,
    /// In words.
    pub text: String,
    path: Vec<Step>,
    edit: Edit,
}

#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Index(usize),
}

#[derive(Debug, Clone)]
enum Edit {
    /// The entry or item is not there.
    Remove,
    /// The item and the one after it change places.
    Swap,
    Replace(Value),
}

/// Keys of texts for people, of what identifies a file, and of what only the checks read (schemas say what the API takes and answers and not what is
/// sent, `unused` and `command` whom a setting or a mapping is for, `wait` and `rates` what the caller's clock decides): no test can notice what happens to them.
const UNTOUCHED: [&str; 21] = [
    "description",
    "title",
    "docs",
    "error",
    "reason",
    "otherwise",
    "message",
    "advice",
    "version",
    "versions",
    "extends",
    "replace",
    "names",
    "mode",
    "schema",
    "answer_schema",
    "schemas",
    "unused",
    "command",
    "wait",
    "rates",
];

/// Keys of lists whose order counts, beside rows that are lists.
const ORDERED: [&str; 14] = [
    "from",
    "as",
    "join",
    "concat",
    "merge",
    "rest_of",
    "list",
    "on",
    "responses",
    "default",
    "skip",
    "require",
    "sign",
    "arguments",
];

/// Keys of lists in rows whose order does not count.
const UNORDERED: [&str; 2] = ["omit", "keep"];

/// The key of the sources of events.
const SOURCES: &str = "sources";

/// Keys of rows and of what else stands in a mapping that hold literal text.
const LITERAL: [&str; 10] =
    ["value", "with", "default", "template", "path", "method", "call", "code", "class", "then"];

/// Returns all changes of a file, in its order.
pub(super) fn changes(file: &Node) -> Vec<Change> {
    let mut walk = Walk { path: Vec::new(), found: Vec::new() };
    walk.node(file, "", NodeContext::default());
    walk.found
}

/// What a node stands in.
#[derive(Debug, Clone, Copy, Default)]
struct NodeContext {
    /// Arguments of conversions, entries of tables, cases, constants: all text is literal.
    literal: bool,
    /// Fields of rows: a list is a list of alternatives.
    rows: bool,
}

struct Walk {
    path: Vec<Step>,
    found: Vec<Change>,
}

impl Walk {
    fn add(&mut self, span: Span, text: String, edit: Edit) {
        self.found.push(Change { span, text, path: self.path.clone(), edit });
    }

    fn below(&mut self, step: Step, inside: impl FnOnce(&mut Self)) {
        self.path.push(step);
        inside(self);
        self.path.pop();
    }

    fn node(&mut self, node: &Node, key: &str, around: NodeContext) {
        match &node.data {
            Data::Map(entries) => {
                for (entry, inner) in entries {
                    if is_left(&self.path, &entry.text, inner) {
                        continue;
                    }
                    self.below(Step::Key(entry.text.clone()), |walk| {
                        walk.add(entry.span, format!("without `{}`", entry.text), Edit::Remove);
                        let literal = around.literal
                            || matches!(key, "as" | "tables")
                            || matches!(entry.text.as_str(), "value" | "sets");
                        let rows =
                            around.rows || matches!(entry.text.as_str(), "payload" | "values" | "captures");
                        walk.node(inner, &entry.text, NodeContext { literal, rows });
                    });
                }
            }
            Data::List(items) => {
                let alternatives = around.rows && !around.literal && !UNORDERED.contains(&key);
                let ordered = ORDERED.contains(&key) || alternatives;
                let swaps = |item: &Node, next: &Node| ordered && next != item && !commute(item, next);
                for (at, item) in items.iter().enumerate() {
                    self.below(Step::Index(at), |walk| {
                        walk.add(item.span, format!("without {}", shown(item)), Edit::Remove);
                        if let Some(next) = items.get(at + 1).filter(|next| swaps(item, next)) {
                            walk.add(item.span, format!("{} after {}", shown(item), shown(next)), Edit::Swap);
                        }
                        walk.node(item, key, around);
                    });
                }
            }
            Data::Text(text) if CONDITIONS.contains(&key) => {
                let negated = format!("not ({text})");
                self.add(node.span, format!("`{negated}`"), Edit::Replace(negated.into()));
            }
            Data::Text(text) if around.literal || LITERAL.contains(&key) => {
                let other = other(text);
                self.add(node.span, format!("`{other}` for `{text}`"), Edit::Replace(other.into()));
            }
            Data::Text(_) | Data::Null => {}
            Data::Bool(is) => {
                self.add(node.span, format!("`{}` for `{is}`", !is), Edit::Replace((!is).into()));
            }
            Data::Number(number, written) => {
                if let Some(other) = next(number) {
                    self.add(node.span, format!("`{other}` for `{written}`"), Edit::Replace(other.into()));
                }
            }
        }
    }
}

/// Whether no test can notice what happens to an entry.
fn is_left(path: &[Step], key: &str, value: &Node) -> bool {
    // whether an event is from a source without a condition, only its caller knows
    let is_told = |source: &Node| source.get("when").is_none();
    match path {
        [] if key == SOURCES => {
            value.as_map().is_none_or(|sources| sources.iter().all(|(_, source)| is_told(source)))
        }
        [Step::Key(outer)] if outer == SOURCES => is_told(value),
        _ => UNTOUCHED.contains(&key),
    }
}

/// A string that is not the same, nor the same set of characters.
fn other(text: &str) -> String {
    let added = ['~', 'x', '+'].into_iter().find(|added| !text.contains(*added)).unwrap_or('~');
    format!("{text}{added}")
}

/// Whether the order of two neighbours does not count: response rules for different statuses, and conversions that choose members.
fn commute(one: &Node, other: &Node) -> bool {
    match (statuses(one), statuses(other)) {
        (Some(one), Some(other)) => !one.iter().any(|one| other.iter().any(|other| share(one, other))),
        _ => chooses_members(one) && chooses_members(other),
    }
}

fn chooses_members(conversion: &Node) -> bool {
    let known = |name: &str| matches!(name, "omit" | "pick" | "nulls");
    match &conversion.data {
        Data::Map(entries) => entries.len() == 1 && entries.iter().all(|(key, _)| known(&key.text)),
        Data::Text(name) => known(name),
        _ => false,
    }
}

/// The statuses that a response rule states, as in `404` or `5xx`.
fn statuses(rule: &Node) -> Option<Vec<String>> {
    let status = rule.as_map()?.iter().find(|(key, _)| key.text == "status").map(|(_, status)| status)?;
    let all = match &status.data {
        Data::List(items) => items.as_slice(),
        _ => std::slice::from_ref(status),
    };
    all.iter()
        .map(|status| match &status.data {
            Data::Number(_, written) => Some(written.to_string()),
            Data::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

/// Whether a status can be both, as far as is known.
fn share(one: &str, other: &str) -> bool {
    let class = |status: &str| status.ends_with("xx").then(|| status.get(..1).map(str::to_owned)).flatten();
    match (class(one), class(other)) {
        _ if one.contains('-') || other.contains('-') => true,
        (None, None) => one == other,
        (Some(class), _) => other.starts_with(&class),
        (_, Some(class)) => one.starts_with(&class),
    }
}

/// The number after one.
fn next(number: &Number) -> Option<Number> {
    match number.as_i64() {
        Some(whole) => whole.checked_add(1).map(Number::from),
        None => number.as_f64().and_then(|number| Number::from_f64(number + 1.0)),
    }
}

/// A node on one line.
fn shown(node: &Node) -> String {
    const LONGEST: usize = 60;
    let text = match &node.data {
        Data::Text(text) => text.clone(),
        _ => node.to_json().to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

impl Change {
    /// The file with this change.
    pub(super) fn of(&self, file: &Value) -> String {
        let mut changed = file.clone();
        edit(&mut changed, &self.path, &self.edit);
        changed.to_string()
    }
}

fn edit(at: &mut Value, path: &[Step], change: &Edit) {
    match (path, &mut *at) {
        ([Step::Key(key)], Value::Object(entries)) => match change {
            Edit::Remove => {
                entries.shift_remove(key);
            }
            Edit::Replace(value) => {
                entries.insert(key.clone(), value.clone());
            }
            Edit::Swap => {}
        },
        ([Step::Index(index)], Value::Array(items)) if *index < items.len() => match change {
            Edit::Remove => {
                items.remove(*index);
            }
            Edit::Replace(value) => {
                items.iter_mut().skip(*index).take(1).for_each(|item| item.clone_from(value))
            }
            Edit::Swap if index + 1 < items.len() => items.swap(*index, index + 1),
            Edit::Swap => {}
        },
        ([Step::Key(key), rest @ ..], Value::Object(entries)) => {
            entries.get_mut(key).into_iter().for_each(|inner| edit(inner, rest, change));
        }
        ([Step::Index(index), rest @ ..], Value::Array(items)) => {
            items.get_mut(*index).into_iter().for_each(|inner| edit(inner, rest, change));
        }
        _ => {}
    }
}
