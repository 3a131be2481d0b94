//! What is offered in a place.

use ls_types::CompletionItemKind;
use mapwright_analyze::event::{FieldLookup, known};
use mapwright_analyze::index::Kind;
use mapwright_analyze::view::{PointerStep, StepView};
use mapwright_convert::{Definition, ParamType, PathStep, Root, definitions, find, parse_path};
use mapwright_language::decode::by_name;
use mapwright_language::keys::CONDITIONS;
use mapwright_language::spec::BodySpec;
use mapwright_language::yaml::Node;

use super::typed::{Typed, WORD};
use crate::cursor::{Cursor, Step};
use crate::grammar::{FileKind, Grammar};
use crate::hover::{of_conversion, said};
use crate::model::{File, called};

/// Something that can be written.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub label: String,
    /// What is written, if it is not the label.
    pub text: Option<String>,
    pub detail: String,
    pub doc: String,
    pub kind: CompletionItemKind,
}

impl Offer {
    fn new(label: impl Into<String>, detail: impl Into<String>, kind: CompletionItemKind) -> Self {
        Self { label: label.into(), text: None, detail: detail.into(), doc: String::new(), kind }
    }

    fn with_doc(self, doc: impl Into<String>) -> Self {
        Self { doc: doc.into(), ..self }
    }
}

/// What can be written in the place of the word.
pub(super) fn offers(
    file: &File<'_>,
    root: &Node,
    cursor: &Cursor<'_>,
    grammar: &Grammar,
    typed: &Typed<'_>,
) -> Vec<Offer> {
    match cursor.key {
        Some(_) => keys(file, root, cursor, typed),
        None => values(file, cursor, grammar, typed),
    }
}

/// The keys that a map can have, beside those that it has.
fn keys(file: &File<'_>, root: &Node, cursor: &Cursor<'_>, typed: &Typed<'_>) -> Vec<Offer> {
    let Some((_, around)) = cursor.path.split_last() else { return Vec::new() };
    let Some(grammar) = Grammar::at(file.kind, root, around, WORD) else { return Vec::new() };
    let map = cursor.nodes.iter().rev().nth(1);
    let is_there = |name: &str| map.is_some_and(|map| map.get(name).is_some());
    let is_flow = typed.before.contains('{');
    let mut all: Vec<Offer> = Vec::new();
    let section = cursor.key_before(1).filter(|_| matches!(around.last(), Some(Step::Key(_))));
    all.extend(named_keys(file, cursor, section));
    if grammar.is("Conversion") {
        all.extend(definitions().filter(|definition| !definition.params.is_empty()).map(of_definition));
    }
    let known = grammar.keys();
    all.extend(
        known.into_iter().map(|key| Offer::new(key.name, "", CompletionItemKind::PROPERTY).with_doc(key.doc)),
    );
    all.retain(|offer| !is_there(&offer.label));
    for offer in &mut all {
        // the value follows
        let space = if is_flow || !grammar.is_list() { " " } else { "" };
        offer.text = Some(format!("{}:{space}", quoted(&offer.label)));
    }
    all
}

/// A key as YAML writes it.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !name.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_plain { name.to_owned() } else { format!("{name:?}") }
}

/// Names that can be the keys of a section: what a file lays over, fields that a schema lists, parameters.
fn named_keys(file: &File<'_>, cursor: &Cursor<'_>, section: Option<&str>) -> Vec<Offer> {
    let keys = cursor.keys();
    let of = |kind| {
        let inherited = file.names(kind).into_iter();
        inherited
            .map(move |name| Offer::new(&name.name, called(kind), CompletionItemKind::VARIABLE))
            .collect::<Vec<_>>()
    };
    if file.kind == FileKind::Test {
        return if section == Some("settings") { of(Kind::Setting) } else { Vec::new() };
    }
    match (keys.as_slice(), section) {
        ([.., "payload", part, _], _) => fields(file, part, None),
        ([.., "steps", step, "body", _], _) => fields(file, "", Some(step)),
        ([.., "steps", step, "params", _], _) => parameters(file, |used| used.name.value == *step),
        ([.., "operations", name, "params", _], _) => {
            parameters(file, |used| used.operation.is_some_and(|(operation, _)| operation.value == *name))
        }
        (_, Some("values")) => of(Kind::Value),
        (_, Some("payload")) => of(Kind::Part),
        (_, Some("steps")) => of(Kind::Step),
        (_, Some("operations")) => of(Kind::Operation),
        (_, Some("sets")) => of(Kind::Set),
        (_, Some("tables")) => of(Kind::Table),
        (_, Some("requirements")) => of(Kind::Requirement),
        _ => Vec::new(),
    }
}

/// The fields that the schemas of the bodies list that are this part, or that this step states.
fn fields(file: &File<'_>, part: &str, step: Option<&str>) -> Vec<Offer> {
    let Some(view) = file.view() else { return Vec::new() };
    let mut all: Vec<Offer> = Vec::new();
    let message = file.mapping.map(|mapping| mapping.message.as_str());
    let flows =
        view.flows.iter().filter(|flow| message.is_none_or(|message| flow.mapping.message == message));
    for used in flows.flat_map(|flow| &flow.steps) {
        let is_meant = match (&used.spec.body, step) {
            (Some(BodySpec::Part(body)), None) => body.value == part,
            (_, Some(step)) => used.name.value == step,
            _ => false,
        };
        let Some((_, operation)) = used.operation.filter(|_| is_meant) else { continue };
        let schema = operation.step_schema().and_then(|name| view.schemas.get(view.version, &name.value));
        let Some((schema, whole)) = schema.and_then(|schema| Some((schema, schema.whole()?))) else {
            continue;
        };
        for name in whole.properties() {
            let spot = schema.child(&whole, PointerStep::Field(name));
            let doc = spot.as_ref().and_then(said).unwrap_or_default();
            if !all.iter().any(|known| known.label == name) {
                all.push(Offer::new(name, "field of the body", CompletionItemKind::FIELD).with_doc(doc));
            }
        }
    }
    all
}

/// The parameters of the paths of the steps that are meant.
fn parameters(file: &File<'_>, is_meant: impl Fn(&StepView<'_>) -> bool) -> Vec<Offer> {
    let Some(view) = file.view() else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for used in view.flows.iter().flat_map(|flow| &flow.steps).filter(|used| is_meant(used)) {
        let path = used.operation.and_then(|(_, operation)| operation.path.as_ref());
        let path = path.map(|path| path.value.as_str()).unwrap_or_default();
        let inner = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        names.extend(inner.map(str::to_owned));
    }
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| Offer::new(name, "parameter of the path", CompletionItemKind::FIELD))
        .collect()
}

fn of_definition(definition: &Definition) -> Offer {
    let detail = format!("{} → {}", definition.takes, definition.gives);
    Offer::new(definition.name, detail, CompletionItemKind::FUNCTION).with_doc(of_conversion(definition))
}

/// The keys whose values are templates.
const TEMPLATES: [&str; 5] = ["template", "otherwise", "reason", "message", "advice"];

/// The words that can be a value.
fn values(file: &File<'_>, cursor: &Cursor<'_>, grammar: &Grammar, typed: &Typed<'_>) -> Vec<Offer> {
    let mut all: Vec<Offer> = Vec::new();
    let name = |kind: Kind| {
        let names = file.names(kind).into_iter();
        names
            .map(move |name| Offer::new(&name.name, called(kind), CompletionItemKind::VARIABLE))
            .collect::<Vec<_>>()
    };
    let key = grammar.key().unwrap_or_default();
    let is_outermost = cursor.path.len() <= 2;
    let is_text = CONDITIONS.contains(&key) || TEMPLATES.contains(&key) && !is_outermost;
    if let Some(argument) = argument(cursor) {
        return arguments(file, argument, typed);
    }
    if grammar.is("Conversion") {
        all.extend(definitions().map(of_definition));
        all.extend(name(Kind::Conversion));
        return all;
    }
    match key {
        "operation" => all.extend(name(Kind::Operation)),
        "use" | "before" | "after" | "then" | "step" if grammar.key().is_some() && !grammar.is("Row") => {
            all.extend(name(Kind::Step));
        }
        "body" => all.extend(name(Kind::Part)),
        "rate" => all.extend(name(Kind::Rate)),
        "schema" | "answer_schema" => all.extend(name(Kind::Schema)),
        "require" => all.extend(name(Kind::Requirement)),
        "extends" if file.kind == FileKind::Version => all.extend(versions(file)),
        "message" if is_outermost => {
            let types = mapwright_analyze::MESSAGES.iter();
            all.extend(types.map(|name| Offer::new(*name, "message type", CompletionItemKind::ENUM_MEMBER)));
        }
        "remove" => all.extend(removable(file)),
        _ => {}
    }
    let is_source = grammar.is("Row") || is_text || matches!(key, "any" | "all" | "rest_of" | "omit");
    if is_source {
        all.extend(sources(file, typed));
    }
    if key == "omit" {
        all.extend(sets(file));
    }
    let words = grammar.words().into_iter();
    all.extend(
        words.map(|word| Offer::new(word.name, "", CompletionItemKind::ENUM_MEMBER).with_doc(word.doc)),
    );
    all
}

fn versions(file: &File<'_>) -> Vec<Offer> {
    let own = file.version.map(|(_, version)| version.number.0.as_str());
    let all = file.version.into_iter().flat_map(|(destination, _)| &destination.folders);
    let others = all.filter(|version| Some(version.as_str()) != own);
    let offer = |version: &String| Offer {
        text: Some(format!("{version:?}")),
        ..Offer::new(version, "version", CompletionItemKind::MODULE)
    };
    others.map(offer).collect()
}

/// The inherited parts that a file can remove.
fn removable(file: &File<'_>) -> Vec<Offer> {
    let kinds = [
        (Kind::Value, "values"),
        (Kind::Step, "steps"),
        (Kind::Part, "payload"),
        (Kind::Operation, "operations"),
    ];
    let all = kinds.into_iter().flat_map(|(kind, section)| {
        let names = file.names(kind).into_iter();
        names.map(move |name| {
            Offer::new(format!("{section}.{}", name.name), called(kind), CompletionItemKind::VARIABLE)
        })
    });
    all.collect()
}

fn sets(file: &File<'_>) -> Vec<Offer> {
    let sets = file.names(Kind::Set).into_iter();
    sets.map(|name| Offer::new(format!("${}", name.name), called(Kind::Set), CompletionItemKind::CONSTANT))
        .collect()
}

/// What an argument of a conversion takes, if the cursor is on one.
fn argument(cursor: &Cursor<'_>) -> Option<ParamType> {
    let keys = cursor.keys();
    let inside = keys.iter().rposition(|key| *key == "as")?;
    match keys.get(inside + 1..)? {
        [.., name, param] if find(name).is_some() => {
            find(name)?.params.iter().find(|known| known.name == *param).map(|param| param.takes)
        }
        [.., name] => find(name)?.params.first().map(|param| param.takes),
        [] => None,
    }
}

fn arguments(file: &File<'_>, takes: ParamType, typed: &Typed<'_>) -> Vec<Offer> {
    let word = |word: &&'static str| Offer::new(*word, "", CompletionItemKind::ENUM_MEMBER);
    let named = |kind| {
        let names = file.names(kind).into_iter();
        names
            .map(move |name| Offer::new(&name.name, called(kind), CompletionItemKind::CONSTANT))
            .collect::<Vec<_>>()
    };
    match takes {
        ParamType::Table => [named(Kind::Table), settings(file)].concat(),
        ParamType::Names => [sets(file), settings(file)].concat(),
        ParamType::TextOrSetting | ParamType::BooleanOrSetting => settings(file),
        ParamType::Word(words) | ParamType::Words(words) => words.iter().map(word).collect(),
        ParamType::Conversions => definitions().map(of_definition).chain(named(Kind::Conversion)).collect(),
        ParamType::Operand => sources(file, typed),
        _ => Vec::new(),
    }
}

fn settings(file: &File<'_>) -> Vec<Offer> {
    let names = file.names(Kind::Setting).into_iter();
    let offer =
        |name: &str| Offer::new(format!("settings.{name}"), called(Kind::Setting), CompletionItemKind::FIELD);
    names.map(|name| offer(&name.name)).collect()
}

/// What can be read: named values, members of the event, settings, captures, parts of the payload.
fn sources(file: &File<'_>, typed: &Typed<'_>) -> Vec<Offer> {
    let Some((head, _)) = typed.word.rsplit_once('.') else {
        let values = file.names(Kind::Value).into_iter();
        let values = values.map(|name| {
            Offer::new(format!("${}", name.name), called(Kind::Value), CompletionItemKind::VARIABLE)
        });
        let roots = Root::NAMED.iter().map(|(name, _)| Offer::new(*name, "", CompletionItemKind::MODULE));
        return values.chain(event_fields(file, &[], "")).chain(roots).collect();
    };
    let start = format!("{head}.");
    let named = |kind: Kind| {
        let names = file.names(kind).into_iter();
        let offer =
            |name: &str| Offer::new(format!("{start}{name}"), called(kind), CompletionItemKind::FIELD);
        names.map(|name| offer(&name.name)).collect::<Vec<_>>()
    };
    match head {
        "settings" => named(Kind::Setting),
        "captures" => named(Kind::Capture),
        "payload" => named(Kind::Part),
        "$" => event_fields(file, &[], &start),
        _ => match parse_path(head) {
            Ok(path) if path.root == Root::Event => event_fields(file, &path.steps, &start),
            Ok(path) if path.root == Root::Payload => match path.steps.as_slice() {
                [PathStep::Key(part)] => stated_fields(file, part, &start),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        },
    }
}

/// The fields of a payload part.
fn stated_fields(file: &File<'_>, part: &str, start: &str) -> Vec<Offer> {
    let own = file.mapping.and_then(|mapping| by_name(&mapping.spec.payload, part));
    let shared = || by_name(&file.version?.1.spec.payload, part);
    let fields = own.or_else(shared).into_iter().flat_map(|fields| fields.0.iter());
    let fields = fields.filter(|(name, _)| mapwright_analyze::view::is_property(name));
    fields
        .map(|(name, _)| Offer::new(format!("{start}{}", name.value), "field", CompletionItemKind::FIELD))
        .collect()
}

/// The members that the event spec lists at a path.
fn event_fields(file: &File<'_>, steps: &[PathStep], start: &str) -> Vec<Offer> {
    let mut probe = steps.to_vec();
    // no event has a field of this name
    probe.push(PathStep::Key(WORD.to_owned()));
    let messages = file.messages();
    let FieldLookup::Unlisted { listed, .. } = known(&messages, &probe) else { return Vec::new() };
    let mut names: Vec<&str> = listed;
    names.sort_unstable();
    names.dedup();
    let offer = |name: &str| {
        let mut path = steps.to_vec();
        path.push(PathStep::Key(name.to_owned()));
        let doc = match known(&messages, &path) {
            FieldLookup::Field(nodes) => {
                said(&mapwright_analyze::schema::Spot { alternatives: vec![nodes] }).unwrap_or_default()
            }
            _ => String::new(),
        };
        Offer::new(format!("{start}{name}"), "field of the event", CompletionItemKind::FIELD).with_doc(doc)
    };
    names.into_iter().map(offer).collect()
}
