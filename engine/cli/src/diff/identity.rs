//! Who becomes whom: users of one side that are one user of the other. Users are known by hashes alone, so that a million of them fit in memory.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};

use mapwright_describe::Message;
use mapwright_diff::{Identity, Together};
use serde_json::Value;

use super::bodies::Parsed;

/// So many examples are kept.
const EXAMPLES: usize = 10;
/// So many lines of an example are kept.
const LINES: usize = 5;

/// By what the users of a mapping are known on one side.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The fields that identify, in the order in which they count: the body's step, and the field.
    fields: Vec<(Vec<String>, String)>,
    /// The step that looks a user up before.
    look_up: Option<String>,
}

impl Keys {
    /// What a mapping says: what it requires one of is what identifies, and a step whose response decides how its body is sent looks up.
    pub(crate) fn new(message: &Message) -> Self {
        let needs = message.requirements.iter().map(|requirement| requirement.needs.as_slice());
        let fields: Vec<(&str, &str)> = needs
            .map(|needs| {
                needs.iter().filter_map(|need| need.strip_prefix("payload.")?.split_once('.')).collect()
            })
            .find(|fields: &Vec<(&str, &str)>| fields.len() > 1)
            .unwrap_or_default();
        let senders = |part: &str| -> Vec<String> {
            let sends = message.steps.iter().filter(|step| step.part.as_deref() == Some(part));
            sends.map(|step| step.name.clone()).collect()
        };
        let first = message
            .steps
            .iter()
            .position(|step| fields.first().is_some_and(|(part, _)| step.part.as_deref() == Some(*part)));
        let before = first.and_then(|first| message.steps.get(..first)).unwrap_or_default();
        Self {
            look_up: before.iter().find(|step| !step.captures.is_empty()).map(|step| step.name.clone()),
            fields: fields.into_iter().map(|(part, field)| (senders(part), field.to_owned())).collect(),
        }
    }

    /// Whether users are looked up before they are sent.
    pub(crate) fn looks_up(&self) -> bool {
        self.look_up.is_some() && !self.fields.is_empty()
    }

    /// The position and the hash of what identifies the user of these requests: all of what a look-up finds the user by, or else the first.
    pub(crate) fn of(&self, requests: &[Parsed<'_>]) -> Vec<(u8, u64)> {
        let body = |steps: &[String]| {
            let sent = requests.iter().find(|sent| steps.iter().any(|step| *step == sent.request.step))?;
            sent.body.as_ref()
        };
        let values = self.fields.iter().enumerate().filter_map(|(at, (steps, field))| {
            let text = match body(steps)?.get(field)? {
                Value::String(text) => text.clone(),
                value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
                _ => return None,
            };
            Some((u8::try_from(at).ok()?, text))
        });
        let values: Vec<(u8, String)> = values.collect();
        let searched = self.look_up.as_ref().and_then(|step| {
            let sent = requests.iter().find(|sent| *step == sent.request.step)?;
            let mut leaves = Vec::new();
            if let Some(body) = &sent.body {
                collect(body, &mut leaves);
            }
            let query = url::Url::parse(&sent.request.url).ok();
            leaves.extend(
                query.iter().flat_map(|url| url.query_pairs()).map(|(_, value)| value.to_lowercase()),
            );
            Some(leaves)
        });
        let hashed = |(at, text): &(u8, String)| (*at, hash(*at, text));
        match searched {
            Some(leaves) => {
                let found = values.iter().filter(|(_, text)| leaves.contains(&text.to_lowercase()));
                // the search ignores capitals
                found.map(|(at, text)| (*at, hash(*at, &text.to_lowercase()))).collect()
            }
            None => values.iter().take(1).map(hashed).collect(),
        }
    }

    /// The names of the fields that identify.
    pub(crate) fn names(&self) -> Vec<String> {
        self.fields.iter().map(|(_, field)| field.clone()).collect()
    }
}

fn collect(value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| collect(value, leaves)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, leaves)),
        Value::String(text) => leaves.push(text.to_lowercase()),
        Value::Number(number) => leaves.push(number.to_string()),
        Value::Bool(_) | Value::Null => {}
    }
}

fn hash(field: u8, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (field, text).hash(&mut hasher);
    hasher.finish()
}

/// Writes who an event is about, for [`MatchedUsers`] to read: the line, and the keys of both sides.
pub(crate) fn write(line: u64, old: &[(u8, u64)], new: &[(u8, u64)], out: &mut Vec<u8>) {
    out.extend_from_slice(&line.to_le_bytes());
    for keys in [old, new] {
        let keys = keys.get(..keys.len().min(usize::from(u8::MAX))).unwrap_or_default();
        out.push(keys.len() as u8);
        for (field, hash) in keys {
            out.push(*field);
            out.extend_from_slice(&hash.to_le_bytes());
        }
    }
}

/// Keys that belong to one user, as a forest: each points to one that it belongs to.
#[derive(Debug, Default)]
struct Forest {
    places: HashMap<u64, u32>,
    above: Vec<u32>,
}

impl Forest {
    /// The place of a key, and whether it was known.
    fn place(&mut self, key: u64) -> (u32, bool) {
        let next = self.above.len() as u32;
        match self.places.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => (*known.get(), true),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(next);
                self.above.push(next);
                (next, false)
            }
        }
    }

    fn top(&mut self, mut at: u32) -> u32 {
        loop {
            let Some(above) = self.above.get(at as usize).copied() else { return at };
            if above == at {
                return at;
            }
            let higher = self.above.get(above as usize).copied().unwrap_or(above);
            if let Some(place) = self.above.get_mut(at as usize) {
                *place = higher;
            }
            at = higher;
        }
    }

    fn join(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.top(a), self.top(b));
        // the earlier one stays on top
        let (top, below) = (a.min(b), a.max(b));
        if let Some(place) = self.above.get_mut(below as usize) {
            *place = top;
        }
        top
    }

    /// The place of all keys of a user, and the field of the one that was known before.
    fn user(&mut self, keys: &[(u8, u64)]) -> Option<(u32, Option<u8>)> {
        let mut found: Option<(u32, Option<u8>)> = None;
        for (field, key) in keys {
            let (place, known) = self.place(*key);
            found = Some(match found {
                None => (place, known.then_some(*field)),
                Some((other, by)) => (self.join(other, place), by.or(known.then_some(*field))),
            });
        }
        found
    }
}

/// A user of one side, and where that user was seen on the other.
#[derive(Debug, Clone, Copy)]
struct SeenUser {
    line: u64,
    /// The field that the other side has known the user by.
    by: Option<u8>,
    other: u32,
}

/// Everybody who is in the events, as both sides know them.
#[derive(Debug, Default)]
pub(crate) struct MatchedUsers {
    old: Forest,
    new: Forest,
    /// By the first key of a user of the old side: where the new side has that user first.
    first: HashMap<u64, SeenUser>,
    /// Users of the old side with two places on the new one, which may still become one.
    doubtful: Vec<(u64, u32, u64)>,
}

impl MatchedUsers {
    fn add(&mut self, line: u64, old: &[(u8, u64)], new: &[(u8, u64)]) {
        let (Some((was, _)), Some((is, by))) = (self.old.user(old), self.new.user(new)) else { return };
        let was = u64::from(self.old.top(was));
        match self.first.get(&was).copied() {
            None => {
                self.first.insert(was, SeenUser { line, by, other: is });
            }
            Some(seen) => {
                if self.new.top(seen.other) != self.new.top(is) {
                    self.doubtful.push((was, is, line));
                }
            }
        }
    }

    /// What has come out of it. `names` are those of the fields that identify.
    pub(crate) fn identity(mut self, old_names: &[String], new_names: &[String]) -> Identity {
        // users of the old side that a later event has made one
        let mut first: HashMap<u32, SeenUser> = HashMap::new();
        for (was, seen) in std::mem::take(&mut self.first) {
            let top = self.old.top(was as u32);
            let known = first.entry(top).or_insert(seen);
            if seen.line < known.line {
                *known = seen;
            }
        }
        let mut together: HashMap<u32, Vec<SeenUser>> = HashMap::new();
        for seen in first.values() {
            together.entry(self.new.top(seen.other)).or_default().push(*seen);
        }
        let mut identity = Identity { old: first.len() as u64, ..Identity::default() };
        let mut tops: Vec<u32> = (0..self.new.above.len() as u32).collect();
        tops.retain(|at| self.new.above.get(*at as usize) == Some(at));
        identity.new = tops.len() as u64;
        let mut merges: Vec<Vec<SeenUser>> = together.into_values().filter(|users| users.len() > 1).collect();
        merges.iter_mut().for_each(|users| users.sort_by_key(|seen| seen.line));
        merges.sort_by_key(|users| users.first().map(|seen| seen.line));
        identity.merged = merges.len() as u64;
        let name = |names: &[String], by: Option<u8>| {
            by.and_then(|by| names.get(usize::from(by))).cloned().unwrap_or_default()
        };
        for users in merges.iter().take(EXAMPLES) {
            identity.merges.push(Together {
                key: name(new_names, users.iter().skip(1).find_map(|seen| seen.by)),
                users: users.len() as u64,
                lines: users.iter().take(LINES).map(|seen| seen.line).collect(),
            });
        }
        let mut splits: HashMap<u32, Vec<u64>> = HashMap::new();
        for (was, is, line) in std::mem::take(&mut self.doubtful) {
            let top = self.old.top(was as u32);
            let Some(seen) = first.get(&top) else { continue };
            if self.new.top(seen.other) != self.new.top(is) {
                splits.entry(top).or_insert_with(|| vec![seen.line]).push(line);
            }
        }
        identity.split = splits.len() as u64;
        let mut splits: Vec<Vec<u64>> = splits.into_values().collect();
        splits.sort();
        for lines in splits.into_iter().take(EXAMPLES) {
            let users = lines.len() as u64;
            let lines = lines.into_iter().take(LINES).collect();
            identity.splits.push(Together { key: name(old_names, Some(0)), users, lines });
        }
        identity
    }
}

/// Reads what [`write`] has written. Each write has whole entries.
impl Write for MatchedUsers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some((line, after)) = number(rest) {
            let Some((old, after)) = keys(after) else { break };
            let Some((new, after)) = keys(after) else { break };
            self.add(line, &old, &new);
            rest = after;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*number), rest))
}

/// Keys, and what follows them.
type KeysRead<'b> = (Vec<(u8, u64)>, &'b [u8]);

fn keys(bytes: &[u8]) -> Option<KeysRead<'_>> {
    let (count, mut rest) = bytes.split_first()?;
    let mut keys = Vec::with_capacity(usize::from(*count));
    for _ in 0..*count {
        let (field, after) = rest.split_first()?;
        let (hash, after) = number(after)?;
        keys.push((*field, hash));
        rest = after;
    }
    Some((keys, rest))
}
