//! Laying one tree over another, by one set of rules: a version over the one that it extends, a mapping over the parts of its version, a
//! variant over its mapping, a step over a shared one, a destination over another.
//!
//! Trees are laid before they are decoded, so every part of an effective mapping keeps the position in its file.

mod entries;
mod removal;
mod shape;
mod shared;
mod variants;

use std::borrow::Cow;
use std::collections::HashMap;

pub(crate) use self::shape::Shape;
pub(crate) use self::shared::{Sections, Shared};
pub(crate) use self::variants::{VariantLayers, VariantList};

pub(crate) use self::entries::items;
use self::entries::{are_few, label, position};
pub(crate) use self::removal::{MAPPINGS, removed_mapping};
use self::shape::Entry;
use crate::keys::{FORM_PARTS, FORMS, edits_of, nested_fields};
use crate::limits;
use crate::size::{Nodes, nodes_in};
use crate::yaml::{Data, Key, Node};
use mapwright_findings::rules::{
    conflicting_keys, extends_cycle, inherited_body, invalid_value, override_nothing, unknown_key,
    unknown_step,
};
use mapwright_findings::{KnownNames, Reports, Span, Unread};

/// Lays trees over each other.
pub(crate) struct Laying<'l, 'n> {
    /// Where faults are reported.
    pub reports: &'l mut Reports,
    /// The size of what is made.
    pub nodes: &'l mut Nodes,
    /// What a mapping shares with others of its version; nothing while a version is laid over another.
    pub shared: Option<&'l Shared<'n>>,
    /// The shared steps around the one at hand.
    pub uses: Vec<String>,
}

impl Laying<'_, '_> {
    /// Lays `over` over what it inherits, or over nothing. Entries keep the order of `base`, and new ones are last. The words that say how to
    /// lay it (`remove`, `replace`, `before`, `after` and edits) are not in the result.
    pub(crate) fn lay(&mut self, base: Option<Node>, over: &Node, shape: Shape) -> Node {
        match (&over.data, shape) {
            (_, Shape::Whole) => over.clone(),
            (_, Shape::List(entry)) => self.list(base, over, entry),
            (Data::Map(entries), _) if shape.is_data() => match base {
                Some(Node { data: Data::List(_), .. }) if edits_of(over).is_some() => {
                    self.list(base, over, Entry::Name)
                }
                base => self.map(base, over, entries, shape),
            },
            // as a field it would silently take the place of the list
            (Data::Map(_), Shape::Row)
                if let Some([(edit, _), ..]) = edits_of(over)
                    && base.as_ref().is_some_and(is_list) =>
            {
                unknown_key::report_edit::<()>(self.reports, &edit.at());
                self.lay(base, &as_long_row(over.clone()), Shape::Row)
            }
            (Data::Map(_), Shape::Value) if edits_of(over).is_some() => {
                self.lay(base, &as_long_row(over.clone()), Shape::Row)
            }
            (Data::Map(entries), _) => self.map(base, over, entries, shape),
            (Data::List(_), Shape::Row | Shape::Value) => self.list(None, over, Entry::Row),
            _ => over.clone(),
        }
    }

    /// Lays a list, or edits, over an inherited list.
    fn list(&mut self, base: Option<Node>, over: &Node, entry: Entry) -> Node {
        let Some(edits) = edits_of(over) else {
            return match &over.data {
                Data::List(_) => Node { span: over.span, data: Data::List(self.new_items(over, entry)) },
                _ => self.lay(None, over, entry.shape()),
            };
        };
        let inherits = base.is_some();
        let (span, mut list) = match base {
            Some(Node { span, data: Data::List(list) }) => (span, list),
            Some(one) => (one.span, vec![one]),
            None => (over.span, Vec::new()),
        };
        for (key, value) in edits {
            match key.text.as_str() {
                "first" => drop(list.splice(0..0, self.new_items(value, entry))),
                "last" => list.extend(self.new_items(value, entry)),
                // that there is nothing to edit is reported once
                _ if !inherits || !are_few(value, self.reports) => {}
                "without" => {
                    for gone in items(value) {
                        let name = label(gone, entry).unwrap_or_default();
                        match position(&list, name, entry) {
                            Some(at) => drop(list.remove(at)),
                            None => self.not_in(&list, name, gone.span, entry),
                        }
                    }
                }
                _ => {
                    for (old, new) in value.as_map().unwrap_or_default() {
                        let found = position(&list, &old.text, entry);
                        match found.and_then(|at| list.get_mut(at)) {
                            Some(slot) => *slot = self.lay(Some(slot.clone()), new, entry.shape()),
                            None => self.not_in(&list, &old.text, old.span, entry),
                        }
                    }
                }
            }
        }
        Node { span, data: Data::List(list) }
    }

    fn new_items(&mut self, value: &Node, entry: Entry) -> Vec<Node> {
        items(value).iter().map(|item| self.lay(None, item, entry.shape())).collect()
    }

    fn not_in(&mut self, list: &[Node], name: &str, at: Span, entry: Entry) {
        let known: Vec<&str> = list.iter().filter_map(|node| label(node, entry)).collect();
        override_nothing::report(self.reports, at, name, "is edited", known);
    }

    /// Lays a map over what it inherits.
    fn map(&mut self, base: Option<Node>, over: &Node, stated: &[(Key, Node)], shape: Shape) -> Node {
        let is_row = matches!(shape, Shape::Row | Shape::Value);
        if is_row && let Some(fields) = nested_fields(over) {
            let (words, fields) = fields
                .iter()
                .cloned()
                .partition(|(key, value)| key.text == "replace" && value.data == Data::Bool(true));
            let object = as_object(over.span, fields, words);
            let stated = object.as_map().unwrap_or_default();
            return as_nested(self.entries(base, &object, stated, shape));
        }
        self.entries(base, over, stated, shape)
    }

    fn entries(&mut self, base: Option<Node>, over: &Node, stated: &[(Key, Node)], shape: Shape) -> Node {
        let is_row = matches!(shape, Shape::Row | Shape::Value);
        let is_object = is_row && base.as_ref().and_then(nested_fields).is_some();
        let mut base = base.map(|base| match base.data {
            Data::Text(_) | Data::List(_) if is_row => as_long_row(base),
            Data::Map(fields) if is_object => as_object(base.span, fields, Vec::new()),
            _ => base,
        });
        let replaces = matches!(over.get("replace"), Some(Node { data: Data::Bool(true), .. }))
            && (base.is_some() || !shape.is_data());
        if replaces && base.take().is_none() {
            let what = "takes the place of what is inherited";
            override_nothing::report_word(self.reports, over.key_span("replace"), "replace", what);
        }
        if shape.takes_remove() {
            removal::remove(base.as_mut(), over, shape, self.reports);
        }
        let (inherits, mut list) = match base {
            Some(Node { data: Data::Map(entries), .. }) => (true, entries),
            _ => (false, Vec::new()),
        };
        if is_row {
            drop_other_form(&mut list, stated);
        }
        if shape == Shape::Step {
            check_body(&list, over, self.reports);
        }
        let mut entries = Entries::new(list, inherits);
        for (key, value) in stated {
            if key.text == "remove" && shape.takes_remove() || key.text == "replace" && replaces {
                continue;
            }
            self.entry(&mut entries, key, value, shape.child(&key.text));
        }
        Node { span: over.span, data: Data::Map(entries.list) }
    }

    /// Lays one entry over the inherited one of its name, or adds it.
    fn entry(&mut self, entries: &mut Entries, key: &Key, value: &Node, shape: Shape) {
        let (place, value) = match shape {
            Shape::Step => place_of(value, self.reports),
            _ => (None, Cow::Borrowed(value)),
        };
        if let Some(inherited) = entries.take(key) {
            if let Some(Place { word, span, .. }) = place {
                override_nothing::report_moved(self.reports, span, word, &key.text);
            }
            let laid = match shape {
                Shape::Step => self.step(Some(inherited), &value),
                _ => self.lay(Some(inherited), &value, shape),
            };
            return entries.put_back(key, laid);
        }
        let edits = matches!(shape, Shape::List(_) | Shape::Value) && edits_of(&value).is_some();
        if edits {
            override_nothing::report(self.reports, key.span, &key.text, "edits a list", entries.names());
        } else if entries.inherits && changes_nothing(&value, shape) {
            let what = "states only what differs";
            return override_nothing::report(self.reports, key.span, &key.text, what, entries.names());
        }
        let laid = match shape {
            Shape::Value if edits => self.list(None, &value, Entry::Row),
            Shape::Step => self.step(None, &value),
            _ => self.lay(None, &value, shape),
        };
        entries.add(key, laid, place, self.reports);
    }

    /// Lays a step over the inherited one, or over the shared one that it uses.
    fn step(&mut self, base: Option<Node>, over: &Node) -> Node {
        let Some(used) = over.get("use").filter(|used| used.as_text().is_some()) else {
            return self.lay(base, over, Shape::Step);
        };
        let Some(shared) = self.shared else {
            // a shared step that uses another is expanded where a mapping uses it
            return over.clone();
        };
        let own = without(over, "use");
        match self.shared_step(shared, used) {
            Some(step) => self.lay(Some(step), &own, Shape::Step),
            None => over.clone(),
        }
    }

    /// Returns a shared step, laid over those that it uses itself.
    fn shared_step(&mut self, shared: &Shared<'_>, used: &Node) -> Option<Node> {
        let name = used.as_text()?;
        let Some(step) = shared.step(name) else {
            match shared.removed(name) {
                Some(removed) => unknown_step::report_removed(self.reports, used.span, name, removed),
                None => unknown_step::report(self.reports, used.span, name, shared.known()),
            }
            return None;
        };
        if self.uses.iter().any(|around| around == name) {
            extends_cycle::report_step(self.reports, used.span, &self.uses, name);
            return None;
        }
        // shared steps use others, so that a few of them can expand to very many
        if self.uses.len() > limits::STEP_USES {
            let most = limits::STEP_USES;
            let message =
                format!("shared steps use each other more than {most} levels deep (limit `step_uses`)");
            let advice = "write the steps where they are used";
            invalid_value::report(self.reports, used.span, message, advice);
            return None;
        }
        if !self.nodes.takes(nodes_in(step), used.span, self.reports) {
            return None;
        }
        self.uses.push(name.to_owned());
        let laid = match step.get("use") {
            None => Some(self.lay(None, step, Shape::Step)),
            // without what it uses, it is no step
            Some(inner) => self
                .shared_step(shared, inner)
                .map(|base| self.lay(Some(base), &without(step, "use"), Shape::Step)),
        };
        self.uses.pop();
        laid
    }
}

/// The entries of a map while another is laid over it.
struct Entries {
    list: Vec<(Key, Node)>,
    places: HashMap<String, usize>,
    /// Whether there was a map to lay the other over.
    inherits: bool,
    /// How many new steps were placed after each step.
    after: HashMap<String, usize>,
}

impl Entries {
    fn new(list: Vec<(Key, Node)>, inherits: bool) -> Self {
        let mut entries = Self { list, places: HashMap::new(), inherits, after: HashMap::new() };
        entries.index();
        entries
    }

    fn index(&mut self) {
        self.places.clear();
        for (place, (key, _)) in self.list.iter().enumerate() {
            self.places.entry(key.text.clone()).or_insert(place);
        }
    }

    /// The names of inherited entries, for help.
    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let inherited = if self.inherits { self.list.as_slice() } else { &[] };
        inherited.iter().map(|(key, _)| key.text.as_str())
    }

    /// Takes the inherited entry of a name.
    fn take(&mut self, key: &Key) -> Option<Node> {
        let (_, node) = self.list.get_mut(*self.places.get(&key.text)?)?;
        Some(std::mem::replace(node, Node { span: key.span, data: Data::Null }))
    }

    /// Puts back what an entry has become.
    fn put_back(&mut self, key: &Key, node: Node) {
        if let Some(entry) = self.places.get(&key.text).and_then(|at| self.list.get_mut(*at)) {
            *entry = (key.clone(), node);
        }
    }

    /// Adds a new entry.
    fn add(&mut self, key: &Key, node: Node, place: Option<Place>, reports: &mut Reports) {
        match place.and_then(|place| self.position(&place, reports)) {
            Some(at) => {
                self.list.insert(at, (key.clone(), node));
                self.index();
            }
            None => {
                self.places.insert(key.text.clone(), self.list.len());
                self.list.push((key.clone(), node));
            }
        }
    }

    /// Returns where a new step goes.
    fn position(&mut self, place: &Place, reports: &mut Reports) -> Option<usize> {
        let Some(at) = self.places.get(&place.step).filter(|_| self.inherits) else {
            match self.inherits {
                true => {
                    let known = KnownNames::new(self.names(), Unread::default());
                    unknown_step::report(reports, place.span, &place.step, &known);
                }
                false => {
                    let what = "says where a new step goes among inherited ones";
                    override_nothing::report_word(reports, place.span, place.word, what);
                }
            }
            return None;
        };
        if place.word == BEFORE {
            return Some(*at);
        }
        let placed = self.after.entry(place.step.clone()).or_default();
        *placed += 1;
        Some(at + *placed)
    }
}

const BEFORE: &str = "before";
const AFTER: &str = "after";

/// Where a new step goes.
struct Place {
    /// `before` or `after`.
    word: &'static str,
    step: String,
    span: Span,
}

/// Takes what a step says of its place out of it.
fn place_of<'n>(step: &'n Node, reports: &mut Reports) -> (Option<Place>, Cow<'n, Node>) {
    let stated = |word: &'static str| {
        let node = step.get(word)?;
        Some(Place { word, step: node.as_text()?.to_owned(), span: node.span })
    };
    let place = match (stated(BEFORE), stated(AFTER)) {
        (None, None) => return (None, Cow::Borrowed(step)),
        (Some(_), Some(_)) => {
            let at = |key| (key, step.key_span(key));
            conflicting_keys::report(reports, at(BEFORE), at(AFTER))
        }
        (before, after) => before.or(after),
    };
    (place, Cow::Owned(without(&without(step, BEFORE), AFTER)))
}

/// Returns whether an entry lacks what a new one needs.
fn changes_nothing(value: &Node, shape: Shape) -> bool {
    let needs = shape.needs();
    let has = |entries: &[(Key, Node)]| entries.iter().any(|(key, _)| needs.contains(&key.text.as_str()));
    let is_object = matches!(shape, Shape::Row | Shape::Value) && nested_fields(value).is_some();
    !needs.is_empty() && !is_object && value.as_map().is_some_and(|entries| !has(entries))
}

/// Reports a step whose operation takes the place of another, and which does not say what becomes of the body.
fn check_body(inherited: &[(Key, Node)], over: &Node, reports: &mut Reports) {
    let of = |wanted: &str| inherited.iter().find(|(key, _)| key.text == wanted).map(|(_, node)| node);
    let (Some(old), Some(new)) = (of("operation"), over.get("operation")) else { return };
    let (Some(old), Some(name)) = (old.as_text(), new.as_text()) else { return };
    for key in ["body", "arguments"] {
        if let Some(inherited) = of(key).filter(|_| old != name && over.get(key).is_none()) {
            let stated = inherited.as_text();
            inherited_body::report(reports, new.span, (old, name), key, stated, inherited.span);
        }
    }
}

fn as_long_row(row: Node) -> Node {
    let span = row.span;
    Node { span, data: Data::Map(vec![(Key { text: "from".to_owned(), span }, row)]) }
}

/// Returns fields as a row with the key `object`, and these keys beside it.
fn as_object(span: Span, fields: Vec<(Key, Node)>, beside: Vec<(Key, Node)>) -> Node {
    let object = (Key { text: "object".to_owned(), span }, Node { span, data: Data::Map(fields) });
    Node { span, data: Data::Map([beside, vec![object]].concat()) }
}

/// Returns a row without the key `object`, if it needs none.
fn as_nested(row: Node) -> Node {
    match row.as_map() {
        Some([(key, fields)]) if key.text == "object" && nested_fields(fields).is_some() => fields.clone(),
        _ => row,
    }
}

/// Returns whether a row is a list of alternatives.
fn is_list(row: &Node) -> bool {
    matches!(row.data, Data::List(_))
        || row.get("from").is_some_and(|from| matches!(from.data, Data::List(_)))
}

/// Removes the inherited form of a row that states another form, with the keys of that form.
fn drop_other_form(inherited: &mut Vec<(Key, Node)>, over: &[(Key, Node)]) {
    let stated = |form: &str| over.iter().any(|(key, _)| key.text == form);
    let Some(form) = FORMS.into_iter().find(|form| stated(form)) else { return };
    inherited.retain(|(key, _)| {
        let mut owners = FORM_PARTS.iter().filter(|(part, _)| *part == key.text).peekable();
        let fits = owners.peek().is_none() || owners.any(|(_, owner)| *owner == form);
        (!FORMS.contains(&key.text.as_str()) || key.text == form) && fits
    });
}

/// Returns a map without the entries of a key.
pub(crate) fn without(node: &Node, key: &str) -> Node {
    match &node.data {
        Data::Map(entries) => Node {
            span: node.span,
            data: Data::Map(entries.iter().filter(|(k, _)| k.text != key).cloned().collect()),
        },
        _ => node.clone(),
    }
}
