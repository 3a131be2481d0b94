//! What changes from one version to another: what all mappings share, and then the mappings.

use std::collections::{HashMap, HashSet};

use mapwright_describe::{Description, Message, Operation, Place, Rate, Row, Setting};

use crate::answers::answers;
use crate::change::{Change, Changes, Diff, Side};
use crate::kinds::ChangeKind as Kind;
use crate::message::{by_target, described, message, text, whole_message};
use crate::rows::whole;
use crate::schema::schemas;
use crate::stated::{Sides, stated};

/// Compares two versions.
pub fn diff(old: &Description, new: &Description) -> Diff {
    let mut changes = Changes::default();
    shared(old, new, &mut changes);
    let of_all = changes.list.len();
    let mut changes = KnownChanges::of(changes.list);
    let (of_old, of_new) = (by_name(&old.messages), by_name(&new.messages));
    let names = new.messages.iter().chain(&old.messages);
    let mut done = HashSet::new();
    let whole = Sides { old: &old.statements, new: &new.statements };
    let mut readers = vec![whole];
    for of in names {
        let name = name_of(of);
        if !done.insert(name) {
            continue;
        }
        let found = match (of_old.get(&name), of_new.get(&name)) {
            (Some(old), Some(new_message)) => {
                readers.push(Sides { old: &old.statements, new: &new_message.statements });
                message(old, new_message, &new.messages)
            }
            (Some(old), None) => whole_message(old, false),
            (None, Some(new)) => whole_message(new, true),
            (None, None) => Vec::new(),
        };
        found.into_iter().for_each(|change| changes.add(change));
    }
    let mut changes = changes.list;
    // what mappings inherit of a version is reported with them
    let mut left = Changes::default();
    stated(whole, &readers, &changes.iter().collect::<Vec<_>>(), &mut left);
    changes.splice(of_all..of_all, left.list);
    Diff { old: Side::of(old), new: Side::of(new), changes }
}

/// The name of a mapping, and that of a variant.
type MessageName<'m> = (&'m str, Option<&'m str>);

fn name_of(message: &Message) -> MessageName<'_> {
    (&message.name, message.variant.as_deref())
}

/// Of several with one name, the first counts.
fn by_name(messages: &[Message]) -> HashMap<MessageName<'_>, &Message> {
    messages.iter().rev().map(|message| (name_of(message), message)).collect()
}

/// Changes, and what finds those that are known.
#[derive(Default)]
struct KnownChanges {
    list: Vec<Change>,
    /// What changes in mappings, and not in variants.
    of_mappings: HashSet<String>,
    /// The changes of mappings, by what they are and where.
    places: HashMap<String, Vec<usize>>,
}

impl KnownChanges {
    fn of(list: Vec<Change>) -> Self {
        let mut changes = Self::default();
        list.into_iter().for_each(|change| changes.push(change));
        changes
    }

    /// Adds a change, unless it is known: a variant inherits most of its mapping, and all mappings have something of their version.
    fn add(&mut self, change: Change) {
        if change.variant.is_some() {
            if !self.of_mappings.contains(&of_mapping(&change)) {
                self.push(change);
            }
            return;
        }
        let places = self.places.get(&placed(&change)).map(Vec::as_slice).unwrap_or_default();
        let is_shared = |known: &Change| known.message.is_some() && known.message != change.message;
        let shared = places.iter().copied().find(|at| self.list.get(*at).is_some_and(is_shared));
        match shared.and_then(|at| self.list.get_mut(at)) {
            Some(known) => known.also.extend(change.message),
            None => self.push(change),
        }
    }

    fn push(&mut self, change: Change) {
        if change.variant.is_none() {
            self.of_mappings.insert(of_mapping(&change));
        }
        self.places.entry(placed(&change)).or_default().push(self.list.len());
        self.list.push(change);
    }
}

/// What distinguishes a change from others of its mapping.
fn of_mapping(change: &Change) -> String {
    format!("{:?} {:?}", change.message, change.what)
}

/// What distinguishes a change from those that are not the same for several mappings.
fn placed(change: &Change) -> String {
    format!("{:?} {:?} {:?}", change.what, change.old_place, change.new_place)
}

fn shared(old: &Description, new: &Description, changes: &mut Changes) {
    let title = |of: &Description| Some(of.title.clone());
    described("the destination", &title(old), &title(new), (None, None), changes);
    described("the version", &old.about, &new.about, (None, None), changes);
    hosts(old, new, changes);
    let shown = |row: &Option<Row>| row.as_ref().map_or_else(|| "none".to_owned(), whole);
    if shown(&old.server) != shown(&new.server) {
        let at = |row: &'_ Option<Row>| row.as_ref().map(|row| row.place.clone());
        let what = Kind::ServerChanged { old: shown(&old.server), new: shown(&new.server) };
        changes.add(what, at(&old.server).as_ref(), at(&new.server).as_ref());
    }
    headers(None, &old.headers, &new.headers, changes);
    parameters(None, &old.query, &new.query, changes);
    let auth = (old.auth.as_ref(), new.auth.as_ref());
    let kind = |auth: Option<&mapwright_describe::Placed>| {
        auth.map_or_else(|| "headers and query alone".to_owned(), |auth| auth.text.clone())
    };
    if kind(auth.0) != kind(auth.1) {
        let what = Kind::AuthChanged { operation: None, old: kind(auth.0), new: kind(auth.1) };
        changes.add(what, auth.0.map(|auth| &auth.place), auth.1.map(|auth| &auth.place));
    }
    settings(&old.settings, &new.settings, changes);
    operations(&old.operations, &new.operations, changes);
    answers("all operations", &old.responses, &new.responses, changes);
    rates(&old.rates, &new.rates, changes);
    for was in &old.tables {
        if let Some(is) = new.tables.iter().find(|table| table.name == was.name && table.text != was.text) {
            let (old, new) = (was.text.clone(), is.text.clone());
            let what = Kind::TableChanged { table: was.name.clone(), old, new };
            changes.add(what, Some(&was.place), Some(&is.place));
        }
    }
    let unsupported = |of: &Description| {
        let word = if of.unsupported.rejected { "rejected" } else { "skipped" };
        match &of.unsupported.message {
            Some(message) => format!("{word}: {message}"),
            None => word.to_owned(),
        }
    };
    if unsupported(old) != unsupported(new) {
        changes.add(Kind::UnsupportedChanged { old: unsupported(old), new: unsupported(new) }, None, None);
    }
    for was in &old.sources {
        let is = new.sources.iter().find(|source| source.name == was.name);
        let types = is.map(|is| is.cloud.clone()).unwrap_or_default();
        if types != was.cloud {
            let what = Kind::SourceChanged { source: was.name.clone(), old: was.cloud.clone(), new: types };
            changes.add(what, Some(&was.place), is.map(|is| &is.place));
        }
    }
    for is in new.sources.iter().filter(|is| !old.sources.iter().any(|was| was.name == is.name)) {
        let what = Kind::SourceChanged { source: is.name.clone(), old: Vec::new(), new: is.cloud.clone() };
        changes.add(what, None, Some(&is.place));
    }
}

fn hosts(old: &Description, new: &Description, changes: &mut Changes) {
    for was in old.hosts.iter().filter(|was| !new.hosts.iter().any(|is| is.text == was.text)) {
        changes.add(Kind::HostRemoved { host: was.text.clone() }, Some(&was.place), None);
    }
    for is in new.hosts.iter().filter(|is| !old.hosts.iter().any(|was| was.text == is.text)) {
        changes.add(Kind::HostAdded { host: is.text.clone() }, None, Some(&is.place));
    }
}

/// Rows that differ: the name, the old and the new text, and the places.
type Differing<'d> = (&'d str, Option<String>, Option<String>, Option<&'d Place>, Option<&'d Place>);

fn differing<'d>(old: &'d [Row], new: &'d [Row]) -> impl Iterator<Item = Differing<'d>> {
    let shown = |(name, was, is): (&'d str, Option<&'d Row>, Option<&'d Row>)| {
        (name, was.map(whole), is.map(whole), was.map(|row| &row.place), is.map(|row| &row.place))
    };
    by_target(old, new).into_iter().map(shown).filter(|(_, was, is, ..)| was != is)
}

fn headers(operation: Option<&str>, old: &[Row], new: &[Row], changes: &mut Changes) {
    for (header, old, new, was, is) in differing(old, new) {
        let operation = operation.map(str::to_owned);
        changes.add(Kind::HeaderChanged { operation, header: header.to_owned(), old, new }, was, is);
    }
}

fn parameters(operation: Option<&str>, old: &[Row], new: &[Row], changes: &mut Changes) {
    for (parameter, old, new, was, is) in differing(old, new) {
        let operation = operation.map(str::to_owned);
        let parameter = parameter.to_owned();
        changes.add(Kind::ParameterChanged { operation, parameter, old, new }, was, is);
    }
}

fn settings(old: &[Setting], new: &[Setting], changes: &mut Changes) {
    for was in old.iter().filter(|was| !new.iter().any(|is| is.name == was.name)) {
        changes.add(Kind::SettingRemoved { setting: was.name.clone() }, Some(&was.place), None);
    }
    for is in new {
        let setting = is.name.clone();
        let Some(was) = old.iter().find(|was| was.name == is.name) else {
            let what = match is.required {
                true => Kind::SettingRequired { setting, when: is.when.clone() },
                false => Kind::SettingAdded { setting },
            };
            changes.add(what, None, Some(&is.place));
            continue;
        };
        let mut add = |what: Kind| changes.add(what, Some(&was.place), Some(&is.place));
        if is.required && (!was.required || was.when != is.when) {
            add(Kind::SettingRequired { setting: setting.clone(), when: is.when.clone() });
        }
        if was.required && !is.required {
            add(Kind::SettingOptional { setting: setting.clone() });
        }
        match (was.read, is.read) {
            (false, true) => add(Kind::SettingRead { setting: setting.clone() }),
            (true, false) => add(Kind::SettingIgnored { setting: setting.clone() }),
            _ => {}
        }
        let values = |of: &Setting| {
            let kind = of.kind.clone().unwrap_or_else(|| "any".to_owned());
            let values = match of.one_of.as_slice() {
                [] => kind,
                values => format!("{kind}: {}", values.join(", ")),
            };
            of.pattern.iter().fold(values, |values, pattern| format!("{values} that matches {pattern}"))
        };
        if values(was) != values(is) {
            add(Kind::SettingValues { setting: setting.clone(), old: values(was), new: values(is) });
        }
        if was.default != is.default {
            let (old, new) = (text(&was.default), text(&is.default));
            add(Kind::SettingDefault { setting: setting.clone(), old, new });
        }
        let places = (Some(&was.place), Some(&is.place));
        described(&format!("the setting `{setting}`"), &was.about, &is.about, places, changes);
    }
}

/// What an operation is called as something that has rules.
fn of_operation(operation: &Operation) -> String {
    format!("the operation `{}`", operation.name)
}

fn endpoint(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn operations(old: &[Operation], new: &[Operation], changes: &mut Changes) {
    let mut left: Vec<&Operation> = new.iter().collect();
    let (mut gone, mut both) = (Vec::new(), Vec::new());
    for was in old {
        match left.iter().position(|is| is.name == was.name) {
            Some(at) => both.push((was, left.remove(at))),
            None => gone.push(was),
        }
    }
    for was in gone {
        match left.iter().position(|is| endpoint(is) == endpoint(was)) {
            Some(at) => {
                let is = left.remove(at);
                let what = Kind::OperationRenamed { old: was.name.clone(), new: is.name.clone() };
                changes.add(what, Some(&was.place), Some(&is.place));
                both.push((was, is));
            }
            None => {
                let what = Kind::EndpointRemoved { operation: was.name.clone(), endpoint: endpoint(was) };
                changes.add(what, Some(&was.place), None);
            }
        }
    }
    for is in left {
        let what = Kind::EndpointAdded { operation: is.name.clone(), endpoint: endpoint(is) };
        changes.add(what, None, Some(&is.place));
        answers(&of_operation(is), &[], &is.responses, changes);
        declarations(&[], is, None, changes);
    }
    schemas(&both, changes);
    for (was, is) in both {
        operation(was, is, changes);
    }
}

fn declarations(old: &[(String, String)], is: &Operation, was: Option<&Operation>, changes: &mut Changes) {
    let places = (was.map(|was| &was.place), Some(&is.place));
    for (of, object) in old.iter().filter(|known| !is.declared.contains(known)) {
        let (operation, of, object) = (is.name.clone(), of.clone(), object.clone());
        changes.add(Kind::DeclarationDropped { operation, of, object }, places.0, places.1);
    }
    for (of, object) in is.declared.iter().filter(|known| !old.contains(known)) {
        let (operation, of, object) = (is.name.clone(), of.clone(), object.clone());
        changes.add(Kind::DeclarationRequired { operation, of, object }, places.0, places.1);
    }
}

fn operation(old: &Operation, new: &Operation, changes: &mut Changes) {
    let places = (Some(&old.place), Some(&new.place));
    let operation = new.name.clone();
    if endpoint(old) != endpoint(new) {
        let what =
            Kind::EndpointChanged { operation: operation.clone(), old: endpoint(old), new: endpoint(new) };
        changes.add(what, places.0, places.1);
    }
    if old.auth != new.auth {
        let (old, new) = (text(&old.auth), text(&new.auth));
        changes.add(Kind::AuthChanged { operation: Some(operation.clone()), old, new }, places.0, places.1);
    }
    let repeated = |of: &Operation| if of.idempotent { "safe" } else { "not safe" }.to_owned();
    let facts = [
        ("encoding", old.encoding.clone(), new.encoding.clone()),
        ("compression", text(&old.compression), text(&new.compression)),
        ("rate", text(&old.rate), text(&new.rate)),
        ("sending it twice", repeated(old), repeated(new)),
        ("batch", text(&old.batch), text(&new.batch)),
    ];
    for (what, old, new) in facts.into_iter().filter(|(_, old, new)| old != new) {
        let what = Kind::OperationChanged { operation: operation.clone(), what: what.to_owned(), old, new };
        changes.add(what, places.0, places.1);
    }
    declarations(&old.declared, new, Some(old), changes);
    headers(Some(&operation), &old.headers, &new.headers, changes);
    parameters(Some(&operation), &old.query, &new.query, changes);
    described(&of_operation(new), &old.about, &new.about, places, changes);
    answers(&of_operation(new), &old.responses, &new.responses, changes);
}

fn rates(old: &[Rate], new: &[Rate], changes: &mut Changes) {
    let shown = |rate: &Rate| {
        let headers = match rate.headers.as_slice() {
            [] => String::new(),
            headers => format!(", stated by {}", headers.join(", ")),
        };
        format!("{} requests in {} s{headers}", rate.requests, rate.seconds)
    };
    for was in old {
        let is = new.iter().find(|is| is.name == was.name);
        if is.map(shown) != Some(shown(was)) {
            let what =
                Kind::RateChanged { rate: was.name.clone(), old: Some(shown(was)), new: is.map(shown) };
            changes.add(what, Some(&was.place), is.map(|is| &is.place));
        }
    }
    for is in new.iter().filter(|is| !old.iter().any(|was| was.name == is.name)) {
        let what = Kind::RateChanged { rate: is.name.clone(), old: None, new: Some(shown(is)) };
        changes.add(what, None, Some(&is.place));
    }
}
