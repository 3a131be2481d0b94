//! What a version defines, and which of these names it uses.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_convert::{Definition, ParamType, PathStep, Root, find};
use mapwright_findings::rules::unused_definition::Kind;
use mapwright_findings::{At, Span};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{
    ArgsSpec, BatchSpec, ConversionSpec, Form, OperationSpec, RequireEntry, Role, RowSpec, SettingSpec,
    StepSpec,
};
use mapwright_language::yaml::{Data, Node};
use mapwright_plan::settings::COMMON;
use serde_json::Value;

use crate::known::{scope_of, without_case};
use crate::view::{FlowView, Place, ReadView, Reading, RowView, Rows, Site, VersionView, is_property};

/// A name: its kind, the mapping that defines it or none, and the name with what it is in.
pub(crate) type Key = (Kind, Option<String>, String);

/// What a version defines, and which names it uses.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// What is defined, and where.
    pub defined: Vec<(Key, Span)>,
    /// What is used.
    pub used: BTreeSet<Key>,
    /// Every word that a conversion is given.
    words: BTreeSet<String>,
}

/// What a version defines and uses, with what it inherits.
pub(crate) fn uses(version: &VersionView<'_>) -> Uses {
    let mut uses = Uses::default();
    uses.of_destination(version);
    uses.of_version(version);
    uses.reads(&version.rows, None);
    for flow in &version.flows {
        uses.of_flow(flow);
    }
    uses.of_words(version);
    uses
}

impl Uses {
    fn define(&mut self, kind: Kind, of: Option<&str>, name: &At<String>) {
        self.defined.push(((kind, of.map(str::to_owned), name.value.clone()), name.span));
    }

    fn take(&mut self, kind: Kind, of: Option<&str>, name: &str) {
        self.used.insert((kind, of.map(str::to_owned), name.to_owned()));
    }

    fn of_destination(&mut self, version: &VersionView<'_>) {
        let spec = &version.destination.spec;
        for (name, setting) in spec.settings.iter().filter(|(name, _)| !COMMON.contains(&name.value.as_str()))
        {
            if setting.unused || spec.versions.setting.as_ref().is_some_and(|at| at.value == name.value) {
                continue;
            }
            self.define(Kind::Setting, None, name);
            for (column, _) in setting.items.iter().filter(|(_, column)| !column.unused) {
                let key = (Kind::Column, None, format!("{}.{}", name.value, column.value));
                self.defined.push((key, column.span));
            }
        }
        spec.rates.iter().for_each(|(name, _)| self.define(Kind::Rate, None, name));
        // one that allows everybody has a finding already
        let is_named = |host: &str| host.strip_prefix("*.").unwrap_or(host).contains('.');
        let hosts = spec.hosts.iter().filter(|host| is_named(&host.value));
        hosts.for_each(|host| self.define(Kind::Host, None, host));
        let servers = servers(version);
        for host in &spec.hosts {
            let is_used = |servers: &Vec<String>| servers.iter().any(|server| matches(&host.value, server));
            if servers.as_ref().is_none_or(is_used) {
                self.take(Kind::Host, None, &host.value);
            }
        }
    }

    fn of_version(&mut self, version: &VersionView<'_>) {
        let spec = &version.version.spec;
        spec.values.iter().for_each(|(name, _)| self.define(Kind::Value, None, name));
        spec.sets.iter().for_each(|(name, _)| self.define(Kind::Set, None, name));
        spec.tables.iter().for_each(|(name, _)| self.define(Kind::Table, None, name));
        spec.conversions.iter().for_each(|(name, _)| self.define(Kind::Conversion, None, name));
        spec.requirements.iter().for_each(|(name, _)| self.define(Kind::Requirement, None, name));
        spec.steps.iter().for_each(|(name, _)| self.define(Kind::Step, None, name));
        for (name, fields) in &spec.payload {
            self.part(None, name, &fields.0);
        }
        for (name, operation) in &spec.operations {
            self.define(Kind::Operation, None, name);
            if let Some(rate) = &operation.rate {
                self.take(Kind::Rate, None, &rate.value);
            }
            for schema in operation.schemas() {
                self.take(Kind::Schema, None, &schema.value);
            }
            if let Some(batch) = &operation.batch {
                self.batch(&name.value, operation, batch, version);
            }
        }
        for (name, file) in &version.version.schemas {
            let key = (Kind::Schema, None, name.clone());
            self.defined.push((key, Span { file: file.file, start: 0, end: 1 }));
            for other in version.version.schemas.keys() {
                let quoted = format!("\"{other}");
                let of_patch = |patch: &Node| patch.to_json().to_string().contains(&quoted);
                if file.text.contains(&quoted) || file.patches.iter().any(|patch| of_patch(patch)) {
                    self.take(Kind::Schema, None, other);
                }
            }
        }
        self.steps(&spec.steps);
        self.shared_steps(version);
        for (_, calls) in &spec.conversions {
            calls.iter().for_each(|call| self.call(call));
        }
    }

    fn batch(&mut self, name: &str, operation: &OperationSpec, batch: &BatchSpec, version: &VersionView<'_>) {
        let many = batch.operation.as_ref();
        many.iter().for_each(|many| self.take(Kind::Operation, None, &many.value));
        let many = many.and_then(|many| by_name(&version.version.spec.operations, &many.value));
        let Some(id) = &batch.id else { return };
        self.defined.push(((Kind::ItemId, None, name.to_owned()), id.span));
        let rules = operation.responses.iter().chain(many.into_iter().flat_map(|many| &many.responses));
        let finds = rules.flat_map(|rule| &rule.failed).any(|failed| failed.id.is_some());
        if batch.merge || finds {
            self.take(Kind::ItemId, None, name);
        }
    }

    fn part(&mut self, of: Option<&str>, part: &At<String>, fields: &Named<RowSpec>) {
        self.define(Kind::Part, of, part);
        for (field, _) in fields.iter().filter(|(field, _)| is_property(field)) {
            let key = (Kind::Field, of.map(str::to_owned), format!("{}.{}", part.value, field.value));
            self.defined.push((key, field.span));
        }
    }

    /// The shared steps that a mapping has something of.
    fn shared_steps(&mut self, version: &VersionView<'_>) {
        let Some(steps) = version.version.node.get("steps").and_then(Node::as_map) else { return };
        let mut spans = BTreeSet::new();
        for mapping in &version.version.mappings {
            let variants = mapping.variants.iter().map(|variant| &variant.node);
            for node in variants.chain([&mapping.node]).filter_map(|node| node.get("steps")) {
                leaves(node, &mut |span| spans.extend([span]));
            }
        }
        for (name, step) in steps {
            leaves(step, &mut |span| {
                if spans.contains(&span) {
                    self.take(Kind::Step, None, &name.text);
                }
            });
        }
    }

    /// The operations that steps name.
    fn steps(&mut self, steps: &Named<StepSpec>) {
        for (_, step) in steps {
            if let Some(operation) = &step.operation {
                self.take(Kind::Operation, None, &operation.value);
            }
            self.steps(&step.steps);
        }
    }

    fn of_flow(&mut self, flow: &FlowView<'_>) {
        let of = Some(flow.mapping.message.as_str());
        let spec = flow.spec;
        spec.values.iter().for_each(|(name, _)| self.define(Kind::Value, of, name));
        for (name, fields) in &spec.payload {
            self.part(of, name, &fields.0);
        }
        for entry in &spec.require {
            if let RequireEntry::Named(name) = entry {
                self.take(Kind::Requirement, None, &name.value);
            }
        }
        self.steps(&spec.steps);
        for root in &flow.rows.roots {
            match root.place {
                Place::Capture(_, name) | Place::RuleCapture(_, _, name) => {
                    self.define(Kind::Capture, of, name)
                }
                Place::Part(part, field) if root.reached => self.field(flow, part, &field.value),
                _ => {}
            }
        }
        for step in &flow.steps {
            let path = step.operation.map(|(_, operation)| operation.path_text()).unwrap_or_default();
            for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                self.take(Kind::Capture, of, name);
            }
        }
        self.reads(&flow.rows, Some(flow));
    }

    /// A field that something depends on.
    fn field(&mut self, flow: &FlowView<'_>, part: &str, field: &str) {
        for of in [None, Some(flow.mapping.message.as_str())] {
            self.take(Kind::Part, of, part);
            self.take(Kind::Field, of, &format!("{part}.{field}"));
        }
        // the rest omits what the other fields read
        let has_rest = |row: &RowView<'_>| matches!(row.spec.form, Form::RestOf { .. });
        let rows =
            flow.field_root(part, field).and_then(|root| flow.rows.root(root)).map(|root| root.rows.clone());
        if rows.and_then(|rows| flow.rows.rows.get(rows)).is_some_and(|rows| rows.iter().any(has_rest)) {
            let fields = flow.parts.iter().find(|(name, _)| *name == part).map(|(_, fields)| *fields);
            for (name, _) in fields.into_iter().flat_map(|fields| fields.iter()) {
                for of in [None, Some(flow.mapping.message.as_str())] {
                    self.take(Kind::Field, of, &format!("{part}.{}", name.value));
                }
            }
        }
    }

    fn reads(&mut self, rows: &Rows<'_>, flow: Option<&FlowView<'_>>) {
        let of = flow.map(|flow| flow.mapping.message.as_str());
        rows.reads.iter().for_each(|read| self.read(rows, read, of));
        for row in &rows.rows {
            row.spec.conversions.iter().for_each(|call| self.call(call));
        }
    }

    fn read(&mut self, rows: &Rows<'_>, read: &ReadView, of: Option<&str>) {
        match &read.reading {
            Reading::Value(name, _) => {
                self.take(Kind::Value, of, name);
                self.take(Kind::Value, None, name);
                self.take(Kind::Set, None, name);
            }
            Reading::Path(Root::Settings, steps) => match steps.first() {
                Some(PathStep::Key(name)) => {
                    self.take(Kind::Setting, None, name);
                    if !goes_through(rows, read.site) {
                        self.words.insert(format!("{name}.*"));
                    }
                    self.words_of(steps);
                }
                _ => self.words.extend(["*".to_owned()]),
            },
            Reading::Path(Root::Captures, steps) => match steps.first() {
                Some(PathStep::Key(name)) => self.take(Kind::Capture, of, name),
                _ => self.take(Kind::Capture, of, "*"),
            },
            Reading::Path(Root::Item, steps) => self.words_of(steps),
            Reading::Path(..) => {}
        }
    }

    fn words_of(&mut self, steps: &[PathStep]) {
        let keys = steps.iter().filter_map(|step| match step {
            PathStep::Key(key) => Some(key.clone()),
            PathStep::Index(_) => None,
        });
        self.words.extend(keys);
    }

    fn call(&mut self, call: &ConversionSpec) {
        self.take(Kind::Conversion, None, &call.name.value);
        match &call.args {
            // the operand is a row like others
            ArgsSpec::None | ArgsSpec::Operand(_) => {}
            ArgsSpec::First(value) => self.argument(&value.value),
            ArgsSpec::Named(values) => values.iter().for_each(|(_, value)| self.argument(&value.value)),
        }
        // the columns that are read by themselves of a setting that is a table
        let of_table =
            |definition: &Definition| definition.params.iter().any(|param| param.takes == ParamType::Table);
        if find(&call.name.value).is_some_and(of_table) {
            self.words.extend(["from".to_owned(), "to".to_owned()]);
        }
    }

    fn argument(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.words.insert(text.clone());
                if let Some(path) = text.strip_prefix("settings.") {
                    let name = path.split('.').next().unwrap_or_default();
                    self.take(Kind::Setting, None, name);
                    self.words.extend(path.split('.').map(str::to_owned));
                }
                if let Some(name) = text.strip_prefix('$') {
                    self.take(Kind::Set, None, name);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.argument(item)),
            Value::Object(members) => {
                for (name, value) in members {
                    self.words.insert(name.clone());
                    self.argument(value);
                }
            }
            _ => {}
        }
    }

    /// Adds the names in words: tables, conversions inside of others, columns.
    fn of_words(&mut self, version: &VersionView<'_>) {
        let settings = &version.destination.spec.settings;
        let mut columns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, setting) in settings {
            for (column, _) in &setting.items {
                columns.entry(&column.value).or_default().push(&name.value);
            }
        }
        for word in std::mem::take(&mut self.words) {
            self.take(Kind::Table, None, &word);
            self.take(Kind::Conversion, None, &word);
            for name in columns.get(word.as_str()).into_iter().flatten() {
                self.take(Kind::Column, None, &format!("{name}.{word}"));
            }
            if word == "*" {
                for (name, setting) in settings {
                    self.take(Kind::Setting, None, &name.value);
                    self.columns(&name.value, setting);
                }
            }
            let whole = word.strip_suffix(".*").and_then(|name| Some((name, by_name(settings, name)?)));
            if let Some((name, setting)) = whole {
                self.columns(name, setting);
            }
        }
    }

    /// All columns of a setting that is a table.
    fn columns(&mut self, name: &str, setting: &SettingSpec) {
        for (column, _) in &setting.items {
            self.take(Kind::Column, None, &format!("{name}.{}", column.value));
        }
    }
}

/// The hosts of all servers of a version, if they are constants.
fn servers(version: &VersionView<'_>) -> Option<Vec<String>> {
    let of_server = |row: &&RowView<'_>| {
        version.rows.root(row.root).is_some_and(|root| matches!(root.place, Place::Server))
    };
    let mut all = Vec::new();
    for row in version.rows.rows.iter().filter(of_server) {
        match (&row.spec.form, row.parent) {
            (Form::Value(Value::String(url)), _) if row.calls.is_empty() => {
                let host = url.strip_prefix("https://").unwrap_or(url);
                all.push(host.split(['/', ':']).next().unwrap_or_default().to_lowercase());
            }
            // the case that is missing may be that of a host
            (Form::Switch { .. }, _) if without_case(scope_of(version, None), row.spec).is_some() => {
                return None;
            }
            (Form::Switch { .. } | Form::First { key: None, .. }, _) if row.calls.is_empty() => {}
            (_, Some((_, Role::SwitchOn))) => {}
            (
                Form::Source(_)
                | Form::First { .. }
                | Form::Value(_)
                | Form::Template(_)
                | Form::Written { .. }
                | Form::Join { .. }
                | Form::Concat(_)
                | Form::Merge(_)
                | Form::RestOf { .. }
                | Form::Object(_)
                | Form::Computed { .. }
                | Form::List(_)
                | Form::Each { .. }
                | Form::Switch { .. },
                _,
            ) => return None,
        }
    }
    Some(all)
}

/// Whether a host is one of those that a destination allows by this.
fn matches(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest)),
        None => host.eq_ignore_ascii_case(allowed),
    }
}

/// Calls `take` with the place of every text, number and word in a tree.
fn leaves(node: &Node, take: &mut dyn FnMut(Span)) {
    match &node.data {
        Data::Map(members) => members.iter().for_each(|(_, node)| leaves(node, take)),
        Data::List(items) => items.iter().for_each(|node| leaves(node, take)),
        _ => take(node.span),
    }
}

/// Returns whether the source is a list that is read item by item.
fn goes_through(rows: &Rows<'_>, site: Site) -> bool {
    let Site::Row(mut id) = site else { return true };
    loop {
        let Some(row) = rows.row(id) else { return false };
        match row.parent {
            Some((_, Role::EachList)) => return true,
            Some((parent, Role::Alternative(_) | Role::ConcatPart(_))) => id = parent,
            Some(_) => return false,
            None => return matches!(rows.place_of(id), Some(Place::ForEach(_))),
        }
    }
}
