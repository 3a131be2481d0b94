//! The changes that can be made to a mapping file: each takes one thing away, or says it differently.

use serde_json::{Number, Value};

use mapwright_findings::Span;
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

/// Keys of texts for people, and of what identifies a file: tests need not notice what happens to them.
const UNTOUCHED: [&str; 14] = [
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
];

/// Keys of lists whose order counts, beside rows that are lists.
const ORDERED: [&str; 12] = [
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
];

/// Keys of rows and of what else stands in a mapping that hold literal text.
const LITERAL: [&str; 9] =
    ["value", "with", "default", "template", "path", "method", "code", "class", "then"];

/// Keys of conditions.
const CONDITIONS: [&str; 4] = ["when", "unless", "where", "if"];

/// Returns all changes of a file, in its order.
pub(super) fn changes(file: &Node) -> Vec<Change> {
    let mut walk = Walk { path: Vec::new(), found: Vec::new() };
    walk.node(file, "", Around::default());
    walk.found
}

/// What a node stands in.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
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

    fn node(&mut self, node: &Node, key: &str, around: Around) {
        match &node.data {
            Data::Map(entries) => {
                for (entry, inner) in
                    entries.iter().filter(|(key, _)| !UNTOUCHED.contains(&key.text.as_str()))
                {
                    self.below(Step::Key(entry.text.clone()), |walk| {
                        walk.add(entry.span, format!("without `{}`", entry.text), Edit::Remove);
                        let literal = around.literal
                            || matches!(key, "as" | "tables")
                            || matches!(entry.text.as_str(), "value" | "sets");
                        let rows =
                            around.rows || matches!(entry.text.as_str(), "payload" | "values" | "captures");
                        walk.node(inner, &entry.text, Around { literal, rows });
                    });
                }
            }
            Data::List(items) => {
                let ordered = ORDERED.contains(&key) || (around.rows && !around.literal);
                for (at, item) in items.iter().enumerate() {
                    self.below(Step::Index(at), |walk| {
                        walk.add(item.span, format!("without {}", shown(item)), Edit::Remove);
                        if let Some(next) = items.get(at + 1).filter(|next| ordered && *next != item) {
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
                let other = format!("{text}~");
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
