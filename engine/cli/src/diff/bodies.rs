//! Which field of a request of one side is which of the other: worked out once, from what the versions say of their fields.

use std::collections::{BTreeMap, HashMap, HashSet};

use mapwright::Request;
use mapwright_describe::{Message, Row};
use mapwright_diff::{Body, Difference, Pairs, pairs};
use serde_json::Value;

/// A request with its body, if that is made of JSON.
#[derive(Debug)]
pub(crate) struct Parsed<'e> {
    pub(crate) request: Request<'e>,
    pub(crate) body: Option<Value>,
}

impl<'e> Parsed<'e> {
    pub(crate) fn new(request: Request<'e>) -> Self {
        let body = request.json().and_then(|text| serde_json::from_slice(text).ok());
        Self { request, body }
    }
}

/// The fields of the requests of one side.
#[derive(Debug, Default)]
struct SideFields {
    /// By the step that sends it: the position of the body among those that both sides have, and its fields.
    bodies: HashMap<String, (usize, Vec<Field>)>,
}

/// A field of a body.
#[derive(Debug, Clone)]
struct Field {
    /// Where it stands in the body.
    pointer: Vec<String>,
    /// Its name in a report: that of the new side, if both have it.
    name: String,
    /// Whether that is another name than the body has.
    renamed: bool,
    /// Whether no row states its members.
    open: bool,
}

/// What both sides send of one mapping.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    old: SideFields,
    new: SideFields,
}

/// A value that is sent: of a field, or of a member that no row states.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) value: Value,
    renamed: bool,
    /// The field with such members, if it is one.
    pub(crate) member_of: Option<String>,
    /// The name of the member.
    pub(crate) member: Option<String>,
}

/// A field in which both sides differ.
#[derive(Debug)]
pub(crate) struct Differing {
    pub(crate) field: String,
    pub(crate) difference: Difference,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

/// A member that both sides send under other names.
#[derive(Debug)]
pub(crate) struct MemberRenamed {
    pub(crate) field: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Fields {
    /// What belongs together of two mappings.
    pub(crate) fn new(old: &Message, new: &Message) -> Self {
        let pairs = pairs(old, new);
        let mut fields = Self::default();
        for (at, (was, is)) in pairs.bodies.iter().enumerate() {
            let (Some(before), Some(now)) = (pairs.old.get(*was), pairs.new.get(*is)) else { continue };
            for step in steps(old, before) {
                let rows = before.rows.iter().map(|row| old_field(&pairs, *was, row)).collect();
                fields.old.bodies.insert(step, (at, rows));
            }
            for step in steps(new, now) {
                let rows =
                    now.rows.iter().map(|row| field(row, format!("{}.{}", now.name, row.target), false));
                fields.new.bodies.insert(step, (at, rows.collect()));
            }
        }
        // a body that only one side has counts if some of its fields are those of another body; else it is a call of its own
        let next = pairs.bodies.len();
        for (at, body) in pairs.old.iter().enumerate() {
            let is_paired = pairs.bodies.iter().any(|(was, _)| *was == at);
            if !is_paired && pairs.rows.iter().any(|(was, _, _)| was.body == at) {
                for step in steps(old, body) {
                    let rows = body.rows.iter().map(|row| old_field(&pairs, at, row)).collect();
                    fields.old.bodies.insert(step, (next + at, rows));
                }
            }
        }
        for (at, body) in pairs.new.iter().enumerate() {
            let is_paired = pairs.bodies.iter().any(|(_, is)| *is == at);
            if !is_paired && pairs.rows.iter().any(|(_, is, _)| is.body == at) {
                for step in steps(new, body) {
                    let rows = body.rows.iter();
                    let rows = rows.map(|row| field(row, format!("{}.{}", body.name, row.target), false));
                    fields.new.bodies.insert(step, (next + at, rows.collect()));
                }
            }
        }
        fields
    }

    /// What requests of the old side send, by field.
    pub(crate) fn sent_before(&self, requests: &[Parsed<'_>]) -> BTreeMap<String, Sent> {
        self.old.sent(requests)
    }

    /// What requests of the new side send, by field.
    pub(crate) fn sent_now(&self, requests: &[Parsed<'_>]) -> BTreeMap<String, Sent> {
        self.new.sent(requests)
    }
}

/// The steps that send a body.
fn steps(message: &Message, body: &Body<'_>) -> Vec<String> {
    let sends = |step: &&mapwright_describe::Step| {
        step.part.as_deref() == Some(body.name) || step.name == body.name && !step.body.is_empty()
    };
    message.steps.iter().filter(sends).map(|step| step.name.clone()).collect()
}

fn field(row: &Row, name: String, renamed: bool) -> Field {
    let mut pointer = Vec::new();
    for segment in row.target.split('.') {
        let (key, items) = segment.split_once('[').map_or((segment, None), |(key, rest)| (key, Some(rest)));
        pointer.push(key.to_owned());
        for item in items.into_iter().flat_map(|items| items.split('[')) {
            pointer.push(item.trim_end_matches(']').to_owned());
        }
    }
    // what is spread stands in the object itself
    if row.target.contains("...") || row.target.contains("[]") {
        pointer.clear();
    }
    Field { pointer, name, renamed, open: row.naming.is_some() }
}

/// A field of the old side, by the name that the new one has for it.
fn old_field(pairs: &Pairs<'_>, body: usize, row: &Row) -> Field {
    let found = pairs.rows.iter().find(|(was, _, _)| was.body == body && std::ptr::eq(was.row, row));
    let name = |bodies: &[Body<'_>], at: usize, row: &Row| {
        format!("{}.{}", bodies.get(at).map_or("", |body| body.name), row.target)
    };
    match found {
        Some((_, is, _)) => field(row, name(&pairs.new, is.body, is.row), is.row.target != row.target),
        None => field(row, name(&pairs.old, body, row), false),
    }
}

impl SideFields {
    fn sent(&self, requests: &[Parsed<'_>]) -> BTreeMap<String, Sent> {
        let (mut all, mut done) = (BTreeMap::new(), HashSet::new());
        for request in requests {
            let Some((body, fields)) = self.bodies.get(request.request.step.as_ref()) else { continue };
            // an update and a creation send the same body, and one of them is made
            if !done.insert(*body) {
                continue;
            }
            if let Some(value) = &request.body {
                fields.iter().for_each(|field| take(field, value, &mut all));
            }
        }
        all
    }
}

fn take(field: &Field, body: &Value, all: &mut BTreeMap<String, Sent>) {
    if field.pointer.is_empty() {
        return;
    }
    let value = field.pointer.iter().try_fold(body, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    });
    match value {
        None => {}
        Some(Value::Object(members)) if field.open => {
            for (name, value) in members {
                let sent = Sent {
                    value: value.clone(),
                    renamed: field.renamed,
                    member_of: Some(field.name.clone()),
                    member: Some(name.clone()),
                };
                all.insert(format!("{}.{name}", field.name), sent);
            }
        }
        Some(value) => {
            let sent = Sent { value: value.clone(), renamed: field.renamed, member_of: None, member: None };
            all.insert(field.name.clone(), sent);
        }
    }
}

/// Compares what both sides send.
pub(crate) fn differences(
    mut old: BTreeMap<String, Sent>,
    mut new: BTreeMap<String, Sent>,
) -> (Vec<Differing>, Vec<MemberRenamed>) {
    let (mut found, mut renamed) = (Vec::new(), Vec::new());
    let names: Vec<String> = old.keys().filter(|name| new.contains_key(*name)).cloned().collect();
    for name in names {
        let (Some(was), Some(is)) = (old.remove(&name), new.remove(&name)) else { continue };
        let difference = match (was.value == is.value, was.renamed) {
            (true, false) => continue,
            (true, true) => Difference::Renamed,
            (false, _) => Difference::Changed,
        };
        found.push(Differing { field: name, difference, old: Some(was.value), new: Some(is.value) });
    }
    // a member with the same value whose name differs in its signs alone has another name
    let (members, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
        old.into_iter().partition(|(_, was)| was.member.is_some());
    old = rest;
    for (name, was) in members {
        let same = new.iter().find(|(_, is)| {
            is.member_of == was.member_of
                && is.value == was.value
                && letters(is.member.as_deref()) == letters(was.member.as_deref())
        });
        match same.map(|(name, _)| name.clone()).and_then(|name| new.remove(&name)) {
            Some(is) => renamed.push(MemberRenamed {
                field: was.member_of.unwrap_or_default(),
                old: was.member.unwrap_or_default(),
                new: is.member.unwrap_or_default(),
            }),
            None => {
                old.insert(name, was);
            }
        }
    }
    let removed = old.into_iter().map(|(field, was)| Differing {
        field,
        difference: Difference::Removed,
        old: Some(was.value),
        new: None,
    });
    found.extend(removed);
    let added = new.into_iter().map(|(field, is)| Differing {
        field,
        difference: Difference::Added,
        old: None,
        new: Some(is.value),
    });
    found.extend(added);
    (found, renamed)
}

/// The letters and digits of a name.
fn letters(name: Option<&str>) -> String {
    name.unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).collect()
}
