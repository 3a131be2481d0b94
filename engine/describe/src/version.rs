//! A version: what all of its mappings share, and the mappings.

use std::collections::BTreeSet;

use mapwright_analyze::view::{Reading, Rows, VersionView};
use mapwright_check::names::Values;
use mapwright_check::seconds;
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::Texts;
use mapwright_language::decode::Named;
use mapwright_language::spec::{
    ArgsSpec, AuthSpec, BatchSpec, DestinationSpec, Form, OperationSpec, RateSpec, RowSpec, SettingSpec,
    TableSpec, VersionSpec,
};

use crate::body::fields;
use crate::body_field::SchemaOf;
use crate::data::{Choice, Description, EventSource, Operation, Placed, Rate, Setting, Table, Unsupported};
use crate::message::{message, response};
use crate::reader::{Reader, condition, one_line};
use crate::rows::{named, single};
use crate::statement::statements;

/// Describes a version.
pub(crate) fn version(view: &VersionView<'_>, texts: &Texts) -> Description {
    let (spec, destination) = (&view.version.spec, &view.destination.spec);
    let none = Named::default();
    let values = Values::new(spec, &none);
    let reader = Reader { texts, values: &values, chains: &spec.conversions, sets: &spec.sets };
    let read = settings_read(view);
    let rules = spec.responses.iter().chain(&destination.responses);
    let unsupported = spec.unsupported.as_ref().or(destination.unsupported.as_ref());
    let rejected = unsupported.and_then(|unsupported| unsupported.reject.as_ref());
    let skipped = unsupported.and_then(|unsupported| unsupported.skip.as_ref());
    Description {
        destination: view.destination.name.clone(),
        title: destination.title.clone(),
        about: spec.description.as_deref().or(destination.description.as_deref()).map(one_line),
        version: view.version.number.0.clone(),
        bases: view.version.bases.iter().map(|base| base.0.clone()).collect(),
        choice: choice(destination),
        sources: sources(reader, destination),
        settings: destination
            .settings
            .iter()
            .map(|(name, spec)| setting(reader, &name.value, spec, read.contains(&name.value)))
            .collect(),
        server: spec.server.as_ref().map(|row| single(reader, "server", row)),
        hosts: destination
            .hosts
            .iter()
            .map(|host| Placed { text: host.value.clone(), place: reader.place(host.span) })
            .collect(),
        headers: named(reader, &spec.headers),
        query: named(reader, &spec.query),
        auth: spec.auth.as_ref().map(|auth| Placed { text: kind(auth), place: reader.place(auth.span) }),
        operations: spec
            .operations
            .iter()
            .map(|(name, spec)| operation(view, reader, &name.value, spec))
            .collect(),
        responses: rules.map(|rule| response(reader, rule)).collect(),
        rates: destination.rates.iter().map(|(name, spec)| rate(reader, &name.value, spec)).collect(),
        tables: tables(reader, spec),
        unsupported: Unsupported {
            rejected: rejected.is_some(),
            message: rejected.or(skipped).map(|message| one_line(&message.spelled())),
        },
        messages: view.flows.iter().map(|flow| message(view, flow, texts)).collect(),
        statements: [&view.destination.node, &view.version.node]
            .into_iter()
            .flat_map(|node| statements(texts, node))
            .collect(),
    }
}

fn choice(destination: &DestinationSpec) -> Choice {
    let versions = &destination.versions;
    Choice {
        setting: versions.setting.as_ref().map(|setting| setting.value.clone()),
        default: versions.default.value.0.clone(),
        aliases: versions
            .aliases
            .iter()
            .map(|(alias, version)| (alias.value.clone(), version.value.0.clone()))
            .collect(),
    }
}

fn sources(reader: Reader<'_>, destination: &DestinationSpec) -> Vec<EventSource> {
    let types = |types: &[mapwright_findings::At<String>]| types.iter().map(|of| of.value.clone()).collect();
    let source =
        |(name, spec): &(mapwright_findings::At<String>, mapwright_language::spec::SourceSpec)| EventSource {
            name: name.value.clone(),
            cloud: types(&spec.cloud),
            device: types(&spec.device),
            place: reader.place(name.span),
        };
    destination.sources.iter().map(source).collect()
}

fn setting(reader: Reader<'_>, name: &str, spec: &SettingSpec, read: bool) -> Setting {
    let columns = spec.items.iter().map(|(name, spec)| setting(reader, &name.value, spec, read));
    Setting {
        name: name.to_owned(),
        kind: spec.kind.map(|kind| kind.word().to_owned()),
        about: spec.description.as_deref().map(one_line),
        required: spec.required,
        when: spec.when.as_ref().map(condition),
        secret: spec.secret,
        default: spec.default.as_ref().map(|default| default.value.to_string()),
        one_of: spec.one_of.iter().map(ToString::to_string).collect(),
        pattern: spec.pattern.as_ref().map(|pattern| pattern.value.text().to_owned()),
        columns: columns.collect(),
        aliases: spec.alias.clone(),
        read,
        place: reader.place(spec.span),
    }
}

/// The names of the settings that a version reads.
fn settings_read(view: &VersionView<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rows in view.flows.iter().map(|flow| &flow.rows).chain([&view.rows]) {
        for read in &rows.reads {
            if let Reading::Path(Root::Settings, steps) = &read.reading
                && let Some(PathStep::Key(name)) = steps.first()
            {
                names.insert(name.clone());
            }
        }
        arguments(rows, &mut names);
    }
    names
}

/// The settings that are arguments of conversions.
fn arguments(rows: &Rows<'_>, names: &mut BTreeSet<String>) {
    let calls = rows.rows.iter().flat_map(|row| &row.calls);
    for call in calls {
        let texts: Vec<&str> = match &call.spec.args {
            ArgsSpec::First(value) => value.value.as_str().into_iter().collect(),
            ArgsSpec::Named(named) => named.iter().filter_map(|(_, value)| value.value.as_str()).collect(),
            ArgsSpec::None | ArgsSpec::Operand(_) => Vec::new(),
        };
        for setting in texts.into_iter().filter_map(|text| text.strip_prefix("settings.")) {
            names.insert(setting.split(['.', '[']).next().unwrap_or(setting).to_owned());
        }
    }
}

fn operation(view: &VersionView<'_>, reader: Reader<'_>, name: &str, spec: &OperationSpec) -> Operation {
    Operation {
        name: name.to_owned(),
        about: spec.description.as_deref().map(one_line),
        method: spec.method.map_or("call", |method| method.word()).to_owned(),
        path: spec.call.as_ref().map_or_else(|| spec.path_text().to_owned(), |call| call.value.clone()),
        encoding: spec.encoding.map_or("json", |encoding| encoding.word()).to_owned(),
        compression: spec.compress.map(|compression| compression.word().to_owned()),
        auth: spec.auth.as_deref().map(kind),
        rate: spec.rate.as_ref().map(|rate| rate.value.clone()),
        idempotent: spec.idempotent,
        schema: spec.schema.as_ref().map(|schema| schema.value.clone()),
        schemas: [
            (SchemaOf::Body, spec.schema.as_ref()),
            (SchemaOf::Item, spec.batch.as_ref().and_then(|batch| batch.schema.as_ref())),
            (SchemaOf::Answer, spec.answer_schema.as_ref()),
        ]
        .into_iter()
        .filter_map(|(of, schema)| Some((of, fields(view, reader, &schema?.value))))
        .collect(),
        query: named(reader, &spec.query),
        headers: named(reader, &spec.headers),
        declared: spec.declared.iter().map(|(kind, path)| (kind.value.clone(), path.value.clone())).collect(),
        batch: spec.batch.as_deref().map(|spec| batch(reader, spec)),
        envelope: spec
            .batch
            .as_deref()
            .and_then(|batch| batch.body.as_ref())
            .filter(|body| takes_apart(body))
            .map(|body| reader.whole(body, 0).0),
        responses: spec.responses.iter().map(|rule| response(reader, rule)).collect(),
        place: reader.place(spec.span),
    }
}

/// How requests are authorized, in a word.
fn kind(auth: &AuthSpec) -> String {
    let kinds = [
        ("basic authentication", auth.basic.is_some()),
        ("an HMAC signature", auth.hmac.is_some()),
        ("OAuth 1.0a", auth.oauth1.is_some()),
        ("a WSSE token", auth.wsse.is_some()),
    ];
    let stated: Vec<&str> = kinds.into_iter().filter(|(_, stated)| *stated).map(|(kind, _)| kind).collect();
    stated.join(" and ")
}

/// Whether the body of a batch has what is in items in their place.
fn takes_apart(body: &RowSpec) -> bool {
    if let Form::Each { to, .. } = &body.form {
        let source = to.form.source().map(|source| &source.value);
        return matches!(source, Some(Source::Path(path)) if !path.steps.is_empty());
    }
    matches!(&body.form, Form::Object(fields) if fields.iter().any(|(_, row)| takes_apart(row)))
}

/// How items become one request, in a string.
fn batch(reader: Reader<'_>, spec: &BatchSpec) -> String {
    let mut text = "several items".to_owned();
    if let Some(most) = &spec.most {
        text = format!("up to {} items", most.value);
    }
    if let Some(lists) = &spec.lists {
        text += &format!(", up to {} of each {}", lists.most.value, reader.whole(&lists.by, 0).0);
    }
    if let Some(bytes) = &spec.bytes {
        text += &format!(", up to {} bytes", bytes.value.0);
    }
    if let Some(bytes) = &spec.item_bytes {
        text += &format!(", up to {} bytes for each", bytes.value.0);
    }
    if let Some(operation) = &spec.operation {
        text += &format!(", by the operation {}", operation.value);
    }
    text
}

fn rate(reader: Reader<'_>, name: &str, spec: &RateSpec) -> Rate {
    let headers = spec.headers.iter().flat_map(|told| [&told.limit, &told.remaining, &told.reset]);
    Rate {
        name: name.to_owned(),
        requests: spec.requests.value,
        seconds: seconds(&spec.per.value.0).unwrap_or(0),
        headers: headers.flatten().map(|header| header.value.clone()).collect(),
        place: reader.place(spec.span),
    }
}

fn tables(reader: Reader<'_>, spec: &VersionSpec) -> Vec<Table> {
    let table = |(name, table): &(mapwright_findings::At<String>, TableSpec)| Table {
        name: name.value.clone(),
        text: serde_json::Value::Object(table.0.clone()).to_string(),
        place: reader.place(name.span),
    };
    spec.tables.iter().map(table).collect()
}
