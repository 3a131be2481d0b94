//! Checked specs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mapwright_json::TrieBuilder;

use crate::duration::seconds;
use crate::example;
use crate::messages::MESSAGES;
use crate::resolve::Resolver;
use crate::resolve::on_their_own::Unstated;
use crate::resolve::operation::bare_host;
use crate::resolve::texts::header_name;
use mapwright_convert::Patterns;
use mapwright_findings::Span;
use mapwright_findings::rules::{invalid_schema, invalid_value, missing_key, unknown_version};
use mapwright_findings::{At, FileId, Sources};
use mapwright_findings::{Finding, Reports, Severity, nearest};
use mapwright_language::NotFound;
use mapwright_language::catalog::{Catalog, Destination, Version};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::load::{load, load_again};
use mapwright_language::schemas::{JSON_DEPTH, JsonProblem, SchemaFault};
use mapwright_language::spec::{RateSpec, SettingSpec, SettingType};
use mapwright_language::yaml::Data;
use mapwright_plan::admission::Admission;
use mapwright_plan::event_source::SourcePlan;
use mapwright_plan::plan::{
    ErrorRows, HostPattern, MessagePlan, Operation, Rate, RateHeaders, ResponseRule, Row, Server,
};
use mapwright_plan::settings::SettingPlan;
use mapwright_plan::version::{DestinationPlan, Unsupported};

/// The content of a set of files. It is not checked: see [`Spec::check`].
///
/// ```
/// use mapwright_check::Spec;
/// use mapwright_findings::Sources;
///
/// let sources: Sources = [
///     ("mappings/acme/destination.yaml", "title: Acme\nnames: [Acme]\nversions: { default: '1' }\nhosts: [api.example.com]"),
///     ("mappings/acme/1/version.yaml", "
/// version: '1'
/// server: { value: https://api.example.com }
/// operations: { save: { method: POST, path: /people, schema: person.json } }"),
///     ("mappings/acme/1/identify.yaml", "message: identify\nsteps: { save: { operation: save, body: { id: userId } } }"),
///     ("schemas/acme/1/person.json", r#"{"required": ["id"]}"#),
///     ("mappings/other/destination.yaml", "title: 5"),
/// ].into_iter().collect();
///
/// // of one destination, and of those that it extends
/// let spec = Spec::load_only(&sources, "acme");
/// assert!(spec.show("acme/1/identify", None)?.contains("# mappings/acme/1/identify.yaml:1"));
/// assert!(!spec.show_plain("acme/1/identify", None)?.contains('#'));
/// assert!(spec.body_schemas().eq(["acme/1/save"]));
/// assert!(spec.body_schema("acme/1/save")?.contains("required"));
///
/// let valid = spec.check()?;
/// assert_eq!(valid.catalog().destinations[0].name, "acme");
/// let plans = valid.compile();
/// assert_eq!(plans.catalog().destinations.len(), 1);
/// assert!(plans.destinations().eq(["acme"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Spec {
    catalog: Catalog,
    reports: Reports,
}

/// A checked value. It can only be created by checking.
#[derive(Debug)]
pub struct Valid<T> {
    pub(crate) value: T,
}

/// Findings, and the versions without findings.
#[derive(Debug, thiserror::Error)]
#[error("{}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
#[non_exhaustive]
pub struct WithFindings {
    /// All findings, ordered by position.
    pub findings: Vec<Finding>,
    /// The versions without findings, which can be compiled.
    pub partial: Valid<Checked>,
}

/// Checked versions, and findings that are warnings.
pub struct Checked {
    pub(crate) versions: Vec<CheckedVersion>,
    pub(crate) destinations: Vec<Arc<DestinationPlan>>,
    pub(crate) warnings: Vec<Finding>,
    pub(crate) catalog: Arc<Catalog>,
}

#[derive(Debug)]
pub(crate) struct CheckedVersion {
    /// Where it stands in the catalog: its destination, and its place there.
    pub place: (usize, usize),
    pub destination: Arc<DestinationPlan>,
    pub number: String,
    pub trie: TrieBuilder,
    pub response_trie: TrieBuilder,
    pub batch_trie: TrieBuilder,
    pub admission: Admission,
    pub sources: Vec<SourcePlan>,
    pub settings: Vec<SettingPlan>,
    pub server: Option<Server>,
    pub operations: Vec<Operation>,
    pub rules: Vec<ResponseRule>,
    pub error: ErrorRows,
    pub unsupported: Option<Unsupported>,
    pub messages: Vec<MessagePlan>,
    pub lazy: Vec<Row>,
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.catalog.destinations.iter().map(|destination| &destination.name);
        f.debug_struct("Spec").field("destinations", &names.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = self.versions.iter().map(|version| (&version.destination.name, &version.number));
        f.debug_struct("Checked").field("versions", &versions.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl Spec {
    /// Reads all files. Errors are not fatal: [`Spec::check`] returns all of them.
    pub fn load(sources: &Sources) -> Self {
        let mut reports = Reports::default();
        let catalog = load(sources, None, &mut reports);
        Self { catalog, reports }
    }

    /// Reads all files, after what is in `known` was read.
    pub(crate) fn load_again(sources: &Sources, known: &Catalog) -> Self {
        let mut reports = Reports::default();
        let catalog = load_again(sources, None, known, &mut reports);
        Self { catalog, reports }
    }

    /// Reads the files of one destination and of those that it extends, so that mapping for it does not load the others.
    pub fn load_only(sources: &Sources, destination: &str) -> Self {
        let mut reports = Reports::default();
        let catalog = load(sources, Some(destination), &mut reports);
        Self { catalog, reports }
    }

    /// Returns a destination (`acme`), a version (`acme/2.10`) or a mapping (`acme/2.10/identify`)
    /// after inheritance: YAML with the file and line of each part as a comment. Versions are named by number or alias.
    ///
    /// With `variant`, returns that variant of a mapping.
    ///
    /// # Errors
    /// Returns an error if the address does not exist, or if it could not be read: see [`Spec::check`] for the findings.
    pub fn show(&self, address: &str, variant: Option<&str>) -> Result<String, NotFound> {
        self.catalog.show(address, variant)
    }

    /// Renders like [`show`](Self::show), without the positions, so that two versions can be compared.
    ///
    /// # Errors
    /// Returns an error if the address does not exist, or if it could not be read: see [`Spec::check`] for the findings.
    pub fn show_plain(&self, address: &str, variant: Option<&str>) -> Result<String, NotFound> {
        self.catalog.show_plain(address, variant)
    }

    /// Returns the JSON Schema of an operation's body, by an address such as `acme/2.10/create_contact`.
    ///
    /// # Errors
    /// Returns an error if the address does not exist.
    pub fn body_schema(&self, address: &str) -> Result<String, NotFound> {
        self.catalog.body_schema(address)
    }

    /// Returns the addresses of all body schemas: destination, version and operation.
    pub fn body_schemas(&self) -> impl Iterator<Item = String> {
        self.catalog.body_schemas()
    }

    /// Resolves every name and path, and reports every error of every file.
    ///
    /// # Errors
    /// Returns all findings, and the versions without findings, if a finding is an error.
    pub fn check(self) -> Result<Valid<Checked>, Box<WithFindings>> {
        let Spec { catalog, mut reports } = self;
        let mut versions: Vec<(CheckedVersion, HashSet<FileId>)> = Vec::new();
        let mut destinations = Vec::new();
        let patterns = Patterns::default();
        for (of, destination) in catalog.destinations.iter().enumerate() {
            let plan = Arc::new(destination_plan(destination, &mut reports));
            destinations.push(plan.clone());
            for (at, version) in destination.versions.iter().enumerate() {
                let errors = reports.errors();
                reports.set_heir(version.heir());
                let checked = check_version((destination, of), (version, at), &plan, &patterns, &mut reports);
                reports.set_heir(None);
                let failed = version.flawed || reports.errors() > errors;
                let files = version.files().into_iter().chain([destination.node.span.file]).collect();
                versions.extend(checked.filter(|_| !failed).map(|checked| (checked, files)));
            }
        }
        let bad: HashSet<FileId> = reports.files_with_errors();
        let clean = |files: &HashSet<FileId>| files.is_disjoint(&bad);
        let versions =
            versions.into_iter().filter(|(_, files)| clean(files)).map(|(checked, _)| checked).collect();
        let findings = reports.into_findings(&catalog.texts);
        let failed = findings.iter().any(|finding| finding.severity() == Severity::Error);
        let warnings = if failed { Vec::new() } else { findings.clone() };
        let value = Checked { versions, destinations, warnings, catalog: Arc::new(catalog) };
        let valid = Valid { value };
        if failed { Err(Box::new(WithFindings { findings, partial: valid })) } else { Ok(valid) }
    }
}

impl Valid<Checked> {
    /// Returns the findings that are warnings.
    pub fn warnings(&self) -> &[Finding] {
        &self.value.warnings
    }

    /// Returns everything that the files say, flawed versions too.
    pub fn catalog(&self) -> &Catalog {
        &self.value.catalog
    }

    /// Returns the versions without errors, each with its destination, as the files say them.
    pub fn versions(&self) -> impl Iterator<Item = (&Destination, &Version)> {
        let destinations = &self.value.catalog.destinations;
        self.value.versions.iter().filter_map(|checked| {
            let (of, at) = checked.place;
            let destination = destinations.get(of)?;
            Some((destination, destination.versions.get(at)?))
        })
    }
}

fn destination_plan(destination: &Destination, reports: &mut Reports) -> DestinationPlan {
    let spec = &destination.spec;
    let known: Vec<&str> = destination.folders.iter().map(String::as_str).collect();
    let targets = spec.versions.aliases.iter().map(|(_, target)| target).chain([&spec.versions.default]);
    for target in targets {
        if !target.value.0.is_empty() && !known.contains(&target.value.0.as_str()) {
            unknown_version::report(reports, target.span, &target.value.0, known.iter().copied());
        }
    }
    if let Some(setting) = &spec.versions.setting
        && by_name(&spec.settings, &setting.value).is_some()
    {
        let message = format!("`{}` selects the version and must not be in `settings`", setting.value);
        invalid_value::report(reports, setting.span, message, "remove one of them");
    }
    check_names(destination, reports);
    if let Some(node) = destination.node.get("sources")
        && matches!(&node.data, Data::Map(sources) if sources.is_empty())
    {
        let advice = "name the sources and what they send, or remove it";
        invalid_value::report(reports, node.span, "`sources` names no source", advice);
    }
    for host in &spec.hosts {
        if bare_host(&host.value) != host.value {
            let message = format!("`{}` is not a host name", host.value);
            let advice = format!("write only the host: `{}`", bare_host(&host.value));
            invalid_value::report(reports, host.span, message, advice);
        }
    }
    let rates = spec.rates.iter().filter_map(|(name, rate)| rate_plan(&name.value, rate, reports));
    let rates = rates.collect();
    DestinationPlan {
        name: destination.name.clone(),
        title: spec.title.clone(),
        version_setting: spec.versions.setting.as_ref().map(|setting| setting.value.clone()),
        default_version: spec.versions.default.value.0.clone(),
        aliases: spec
            .versions
            .aliases
            .iter()
            .map(|(alias, target)| (alias.value.clone(), target.value.0.clone()))
            .collect(),
        hosts: spec.hosts.iter().map(|host| HostPattern(host.value.clone())).collect(),
        rates,
    }
}

/// Checks that a destination has a name, without which no event could disable it.
fn check_names(destination: &Destination, reports: &mut Reports) {
    match destination.node.get("names") {
        // the key may be misspelled
        None if destination.spec.flawed => {}
        None => {
            let purpose = "Its names in the event's `integrations` object";
            missing_key::report::<()>(reports, destination.node.span, "names", "a destination", purpose);
        }
        Some(node) if matches!(&node.data, Data::List(names) if names.is_empty()) => {
            let message = "a destination needs at least one name";
            let advice = "write its name in the `integrations` object of events; without a name, no event could disable it";
            invalid_value::report(reports, node.span, message, advice);
        }
        Some(_) => {}
    }
}

fn rate_plan(name: &str, rate: &RateSpec, reports: &mut Reports) -> Option<Rate> {
    let per = &rate.per.value.0;
    let seconds = seconds(per);
    if seconds.is_none() && !per.is_empty() {
        let message = format!("`{per}` is not a valid duration");
        invalid_value::report(reports, rate.per.span, message, "write `10s`, `1m` or `1h`");
    }
    if rate.requests.value == 0 {
        let message = "a rate of zero requests never sends anything";
        invalid_value::report(
            reports,
            rate.requests.span,
            message,
            "write how many requests are allowed in `per`",
        );
    }
    let told = rate.headers.as_ref();
    let mut told_in = |header: Option<&At<String>>| {
        header_name(header?, reports);
        header.map(|header| header.value.clone())
    };
    let headers = told.map(|told| {
        let mut headers = RateHeaders::default();
        headers.limit = told_in(told.limit.as_ref());
        headers.remaining = told_in(told.remaining.as_ref());
        headers.reset = told_in(told.reset.as_ref());
        headers
    });
    let named = told
        .into_iter()
        .flat_map(|told| [("limit", &told.limit), ("remaining", &told.remaining), ("reset", &told.reset)]);
    let mut known: Vec<(&str, &At<String>)> = Vec::new();
    for (key, header) in named.filter_map(|(key, header)| Some((key, header.as_ref()?))) {
        if let Some((other, _)) =
            known.iter().find(|(_, other)| other.value.eq_ignore_ascii_case(&header.value))
        {
            let message =
                format!("`{key}` is read from `{}`, which `{other}` is read from as well", header.value);
            let advice = "write the header of each, or remove the one that the API does not state";
            invalid_value::report(reports, header.span, message, advice);
        }
        known.push((key, header));
    }
    let mut limit = Rate::new(name, rate.requests.value, Duration::from_secs(seconds?));
    limit.headers = headers.unwrap_or_default();
    Some(limit)
}

fn check_version(
    (destination, of): (&Destination, usize),
    (version, at): (&Version, usize),
    plan: &Arc<DestinationPlan>,
    patterns: &Patterns,
    reports: &mut Reports,
) -> Option<CheckedVersion> {
    check_number(version, reports);
    let (no_others, unstated) = (Named::default(), Unstated::of(version));
    let mut resolver = Resolver::new(destination, version, patterns, reports);
    resolver.define_chains();
    let admission = Admission::new(&destination.spec.names, &mut resolver.trie).ok();
    let mut settings: Vec<_> = destination
        .spec
        .settings
        .iter()
        .filter_map(|(name, spec)| setting_plan(&name.value, spec, &mut resolver))
        .collect();
    resolver.enter_values(&no_others);
    let server = resolver.server();
    let operations = resolver.operations();
    let rules = resolver.common_rules();
    let error = resolver.error_rows();
    let unsupported = resolver.unsupported();
    let sources = resolver.sources();
    resolver.make_values();
    let mut messages: Vec<_> = version.mappings.iter().map(|mapping| resolver.message(mapping)).collect();
    for message in messages.iter_mut().flatten() {
        let variants = message.variants.iter_mut().map(|(_, _, flow)| flow);
        variants.chain([&mut message.flow]).for_each(|flow| flow.settle_rehearsal(&operations));
    }
    resolver.unknown_properties();
    resolver.judge_shared(&unstated);
    note_names(&mut settings, &resolver.template_names);
    check_filled(&destination.spec.settings, &resolver.template_names, resolver.reports);
    let Resolver { trie, response_trie, batch_trie, made, .. } = resolver;
    let of_spec = version.spec.operations.iter().flat_map(|(_, operation)| operation.schemas());
    let used: HashSet<&String> = of_spec.map(|schema| &schema.value).collect();
    for name in version.schemas.keys().filter(|name| used.contains(name)) {
        match version.schema(name) {
            Some(Err(SchemaFault::Unread { name, problem })) => {
                let span = problem.span;
                match problem.value {
                    JsonProblem::Bytes(at) => invalid_schema::report_bytes(reports, span, &name, at),
                    JsonProblem::Mark => invalid_schema::report_mark(reports, span, &name),
                    JsonProblem::Deep => invalid_schema::report_deep(reports, span, &name, JSON_DEPTH),
                    JsonProblem::Twice(key) => invalid_schema::report_twice(reports, span, &name, &key),
                    JsonProblem::Syntax(text) => invalid_schema::report_json(reports, span, &name, &text),
                }
            }
            Some(Err(SchemaFault::Unknown { name, span })) => {
                let known: Vec<&str> = version.schemas.keys().map(String::as_str).collect();
                invalid_schema::report_reference(reports, span, &name, &known);
            }
            Some(Ok(_)) | None => {}
        }
    }
    Some(CheckedVersion {
        place: (of, at),
        destination: plan.clone(),
        number: version.number.0.clone(),
        trie,
        response_trie,
        batch_trie,
        admission: admission?,
        sources,
        settings,
        server: server?,
        operations,
        rules,
        error,
        unsupported,
        messages: messages.into_iter().flatten().collect(),
        // one that could not be made has a finding
        lazy: made.into_iter().map(|row| row.unwrap_or_else(Row::nothing)).collect(),
    })
}

/// Checks that `version:` equals the folder's name, and `message:` the file's name.
fn check_number(version: &Version, reports: &mut Reports) {
    let (written, folder) = (&version.spec.version, &version.number);
    if written.value != *folder && !written.value.0.is_empty() {
        let message = format!("`{}` is in the folder of version `{}`", written.value.0, folder.0);
        invalid_value::report(reports, written.span, message, "name the folder after its version");
    }
    let mut files: HashMap<String, &str> = HashMap::new();
    for mapping in &version.mappings {
        example::check(&mapping.spec, &mapping.message, reports);
        let names = &mapping.spec.message.names;
        for name in names {
            match files.insert(name.value.to_lowercase(), &mapping.message) {
                Some(file) if file != mapping.message => {
                    let message = format!("`{}` is mapped by `{file}.yaml` as well", name.value);
                    invalid_value::report(reports, name.span, message, "remove it from one of the files");
                }
                Some(_) => {
                    let message = format!("`{}` is listed twice", name.value);
                    invalid_value::report(reports, name.span, message, "remove one of them");
                }
                None => {}
            }
        }
        let is_file = |name: &At<String>| name.value.eq_ignore_ascii_case(&mapping.message);
        if let Some(written) = names.first().filter(|_| !names.iter().any(is_file)) {
            let message = format!("`{}` is in the file `{}.yaml`", written.value, mapping.message);
            let advice = match names.as_slice() {
                [one] if one.value.contains(',') => {
                    "write several message types as a list: `[track, screen]`"
                }
                [_] => "name the file after its message type",
                _ => "name the file after one of its message types",
            };
            let help = match nearest(&written.value, [mapping.message.as_str()]) {
                // the one that is an existing message type is intended
                Some(file) if MESSAGES.contains(&written.value.to_lowercase().as_str()) => {
                    format!("{advice}; is `{file}.yaml` misspelt?")
                }
                Some(file) => format!("did you mean `{file}`? {advice}"),
                None => advice.to_owned(),
            };
            invalid_value::report(reports, written.span, message, help);
        }
    }
}

fn setting_plan(name: &str, spec: &SettingSpec, resolver: &mut Resolver<'_, '_>) -> Option<SettingPlan> {
    resolver.context = crate::resolve::Context { settings_only: true, ..Default::default() };
    let when = match &spec.when {
        Some(when) => Some(resolver.condition(when)?),
        None => None,
    };
    let fits = |value: &serde_json::Value| spec.kind.is_none_or(|kind| kind.takes(value));
    for value in spec.one_of.iter().filter(|value| !fits(value)) {
        let message = format!("`{value}` in `one_of` of `{name}` has the wrong type");
        invalid_value::report(resolver.reports, spec.span, message, "change the value or the type");
    }
    match &spec.default {
        Some(At { value, span }) if !fits(value) => {
            let message = format!("the default `{value}` of `{name}` has the wrong type");
            invalid_value::report(resolver.reports, *span, message, "change the default or the type");
        }
        Some(At { value, span }) if !spec.one_of.is_empty() && !spec.one_of.contains(value) => {
            let message = format!("the default `{value}` of `{name}` is not in its `one_of`");
            let advice = "use one of these values as the default, or add it to `one_of`";
            invalid_value::report(resolver.reports, *span, message, advice);
        }
        _ => {}
    }
    if let Some(pattern) = &spec.pattern {
        if spec.kind != Some(SettingType::Text) {
            let message = format!("`pattern` has no effect: `{name}` is not text");
            invalid_value::report(
                resolver.reports,
                pattern.span,
                message,
                "write `type: string`, or remove it",
            );
        }
        let default = spec.default.iter().map(|default| (&default.value, default.span));
        let values = default.chain(spec.one_of.iter().map(|value| (value, spec.span)));
        for (text, span) in values.filter_map(|(value, span)| Some((value.as_str()?, span))) {
            if !pattern.value.finds(text) {
                let message = format!("`{text}` of `{name}` does not match its `pattern`");
                invalid_value::report(resolver.reports, span, message, "change the value or the pattern");
            }
        }
    }
    check_written(name, spec, None, resolver.reports);
    if let Some(kind) = spec.kind.filter(|kind| kind.is_written() && spec.secret) {
        let message = format!("`{name}` is a {}, which cannot be `secret`", kind.word());
        let help = "what is made with it is shown; remove `secret`, or write `type: string`";
        invalid_value::report(resolver.reports, spec.span, message, help);
    }
    if !spec.items.is_empty() && !matches!(spec.kind, None | Some(SettingType::List)) {
        let message = format!("`{name}` has columns in `items` but is not a list");
        invalid_value::report(resolver.reports, spec.span, message, "write `type: list`, or remove `items`");
    }
    // the columns of a secret table are secret
    let column =
        |column: &SettingSpec| SettingSpec { secret: column.secret || spec.secret, ..column.clone() };
    let items = spec.items.iter().map(|(name, spec)| setting_plan(&name.value, &column(spec), resolver));
    let items = items.collect::<Option<Vec<_>>>()?;
    Some(SettingPlan {
        name: name.to_owned(),
        span: spec.span,
        kind: spec.kind,
        secret: spec.secret,
        required: spec.required,
        when,
        error: spec.error.clone(),
        default: spec.default.as_ref().map(|default| default.value.clone()),
        one_of: spec.one_of.clone(),
        pattern: spec.pattern.as_ref().map(|pattern| pattern.value.clone()),
        alias: spec.alias.clone(),
        names: None,
        items,
    })
}

/// Checks what is stated in the notation of operators; a template reads these names, if they are known.
fn check_written(name: &str, spec: &SettingSpec, names: Option<&[String]>, reports: &mut Reports) {
    let Some(kind) = spec.kind.filter(|kind| kind.is_written()) else { return };
    let default = spec.default.iter().map(|default| (&default.value, default.span));
    let values = default.chain(spec.one_of.iter().map(|value| (value, spec.span)));
    for (text, span) in values.filter_map(|(value, span)| Some((value.as_str()?, span))) {
        if let Some(problem) = mapwright_plan::written::problem(kind, text, names) {
            let message =
                format!("`{text}` of `{name}` is not a {} that can be read: {problem}", kind.word());
            invalid_value::report(reports, span, message, "change it, or the type");
        }
    }
}

/// Checks the templates that are stated for operators, where it is known what they can read.
fn check_filled(
    settings: &Named<SettingSpec>,
    names: &HashMap<Span, BTreeSet<String>>,
    reports: &mut Reports,
) {
    for (name, spec) in settings {
        if let Some(names) = names.get(&spec.span) {
            let names: Vec<String> = names.iter().cloned().collect();
            check_written(&name.value, spec, Some(&names), reports);
        }
        check_filled(&spec.items, names, reports);
    }
}

/// Says of templates of operators what they can read.
fn note_names(settings: &mut [SettingPlan], names: &HashMap<Span, BTreeSet<String>>) {
    for setting in settings {
        setting.names = names.get(&setting.span).map(|names| names.iter().cloned().collect());
        note_names(&mut setting.items, names);
    }
}
