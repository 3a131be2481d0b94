//! Valid spec → plans.

use std::fmt;
use std::sync::Arc;

use mapwright_json::{NodeId, Trie, TrieBuilder};

use crate::valid::{Checked, CheckedVersion, Valid};
use mapwright_convert::Type;
use mapwright_language::catalog::Catalog;
use mapwright_language::{NotFound, unaliased};
use mapwright_plan::plan::{
    Call, Form, Instruction, MessagePlan, Place as Source, Row, RuleEnd, Share, Slot,
};
use mapwright_plan::run::emit::output;
use mapwright_plan::run::glance::kept;
use mapwright_plan::version::{DestinationPlan, Plan, VersionPlan};

/// All compiled versions of all destinations. Immutable, `Send + Sync`, cheap to clone.
///
/// To reload mappings while events are being mapped, compile a new one and swap it for the old: runs that have started keep
/// the plan that they started with.
#[derive(Clone)]
pub struct Plans {
    inner: Arc<Inner>,
}

struct Inner {
    versions: Vec<Plan>,
    destinations: Vec<Arc<DestinationPlan>>,
    catalog: Arc<Catalog>,
}

impl Valid<Checked> {
    /// Compiles all versions. Nothing can fail any more.
    pub fn compile(self) -> Plans {
        let Checked { versions, destinations, catalog, .. } = self.value;
        let versions = versions.into_iter().map(|version| compile_version(version, &catalog)).collect();
        Plans { inner: Arc::new(Inner { versions, destinations, catalog }) }
    }
}

fn compile_version(version: CheckedVersion, catalog: &Arc<Catalog>) -> Plan {
    let (mut trie, mut messages) = (version.trie, version.messages);
    every_row(&mut messages, &mut |row| {
        row.kept = kept(row);
        row.slots = row.first_slots();
        row.output = output(row);
        note_inside(row, &mut trie);
    });
    let trie = trie.build();
    every_row(&mut messages, &mut |row| note_shares(row, &trie));
    Plan {
        inner: Arc::new(VersionPlan {
            destination: version.destination,
            number: version.number,
            trie,
            response_trie: version.response_trie.build(),
            admission: version.admission,
            settings: version.settings,
            server: version.server,
            operations: version.operations,
            rules: version.rules,
            error: version.error,
            messages,
            texts: catalog.texts.clone(),
        }),
    }
}

/// Shows every row of some messages, those inside of others too.
fn every_row(messages: &mut [MessagePlan], show: &mut dyn FnMut(&mut Row)) {
    for message in messages {
        for flow in message.variants.iter_mut().map(|(_, _, flow)| flow).chain([&mut message.flow]) {
            flow.order.iter_mut().for_each(|(_, row)| row.visit(show));
            for part in &mut flow.parts {
                part.fields.iter_mut().for_each(|field| field.row.visit(show));
            }
            for instruction in &mut flow.program {
                instruction_rows(instruction, &mut |row| row.visit(show));
            }
        }
    }
}

/// Marks the objects and lists that a row goes through, so that scanning an event takes note of what is in them.
fn note_inside(row: &Row, trie: &mut TrieBuilder) {
    let first = row.conversions.first().and_then(|(name, _)| mapwright_convert::find(name));
    if first.is_some_and(|definition| matches!(definition.takes, Type::Object | Type::List)) {
        note_read(row, trie);
    }
    match &row.form {
        Form::Merge(rows) | Form::Concat(rows) => rows.iter().for_each(|row| note_read(row, trie)),
        Form::Each { list, .. } => note_read(list, trie),
        Form::RestOf(rest) => rest.sources.iter().for_each(|place| note_place(place, trie)),
        _ => {}
    }
}

/// Marks what a row reads.
fn note_read(row: &Row, trie: &mut TrieBuilder) {
    match &row.form {
        Form::Read(place) => note_place(place, trie),
        Form::Paths(places) => places.iter().for_each(|place| note_place(place, trie)),
        Form::First(rows) => rows.iter().for_each(|row| note_read(row, trie)),
        _ => {}
    }
}

fn note_place(place: &Source, trie: &mut TrieBuilder) {
    if let Slot::Event(node) = place.slot {
        trie.inside(node);
    }
}

fn instruction_rows(instruction: &mut Instruction, show: &mut dyn FnMut(&mut Row)) {
    match instruction {
        Instruction::Call(call) => call_rows(call, show),
        Instruction::Enter { list: Some(list), .. } => show(&mut list.list),
        Instruction::Enter { .. } | Instruction::Leave { .. } => {}
    }
}

fn call_rows(call: &mut Call, show: &mut dyn FnMut(&mut Row)) {
    let fields = call.query.iter_mut().chain(&mut call.headers);
    fields.for_each(|field| show(&mut field.row));
    call.params.iter_mut().for_each(&mut *show);
    call.capture.iter_mut().for_each(|(_, row)| show(row));
    for rule in &mut call.rules {
        rule.capture.iter_mut().for_each(|(_, row)| show(row));
        if let RuleEnd::Class { after: Some(after), .. } = &mut rule.end {
            show(after);
        }
    }
}

/// Notes what a rest takes of each slot.
fn note_shares(row: &mut Row, trie: &Trie) {
    let Form::RestOf(rest) = &mut row.form else { return };
    rest.shares = vec![Share::All; trie.len()];
    let above = |node: &NodeId| std::iter::successors(trie.parent(*node), |node| trie.parent(*node));
    let some = rest.left_out.iter().flat_map(above).map(|node| (node, Share::Some));
    for (node, share) in some.chain(rest.left_out.iter().map(|node| (*node, Share::None))) {
        if let Some(slot) = rest.shares.get_mut(node.index()) {
            *slot = share;
        }
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.inner.versions).finish()
    }
}

impl Plans {
    /// Everything that the files say.
    pub fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    /// The names of all destinations.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.inner.destinations.iter().map(|destination| destination.name.as_str())
    }

    /// The versions of a destination, oldest first.
    pub fn versions(&self, destination: &str) -> impl Iterator<Item = &Plan> {
        self.inner.versions.iter().filter(move |plan| plan.destination() == destination)
    }

    /// The plan of a version: by its number, an alias, or what the settings say; else the destination's default.
    ///
    /// # Errors
    /// When there is no such destination or version.
    pub fn plan(
        &self,
        destination: &str,
        version: Option<&str>,
        settings: &serde_json::Value,
    ) -> Result<&Plan, NotFound> {
        let Some(found) = self.inner.destinations.iter().find(|d| d.name == destination) else {
            let known: Vec<&str> = self.destinations().collect();
            return Err(NotFound::destination(destination, known));
        };
        let setting = match &found.version_setting {
            Some(name) if version.is_none() => picked(name, settings.get(name))?,
            _ => None,
        };
        let wanted = version.or(setting).unwrap_or(&found.default_version);
        let aliases = || found.aliases.iter().map(|(alias, number)| (alias.as_str(), number.as_str()));
        let number = unaliased(wanted, aliases());
        self.versions(destination).find(|plan| plan.version() == number).ok_or_else(|| {
            let versions = self.versions(destination).map(Plan::version);
            let known: Vec<&str> = versions.chain(aliases().map(|(alias, _)| alias)).collect();
            NotFound::version(destination, wanted, &known)
        })
    }
}

/// The version that a setting names.
fn picked<'s>(setting: &str, value: Option<&'s serde_json::Value>) -> Result<Option<&'s str>, NotFound> {
    match value {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(found) => Err(NotFound::VersionNotText { setting: setting.to_owned(), found: found.clone() }),
    }
}
