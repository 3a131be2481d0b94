//! Checked specs.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jsonschema::Validator;
use mapwright_json::TrieBuilder;

use crate::admission::Admission;
use crate::check::resolve::Resolver;
use crate::check::resolve::operation::{bare_host, header_name};
use crate::check::rules::{invalid_schema, invalid_value, missing_key, unknown_version};
use crate::finding::{Finding, Reports, Severity, nearest};
use crate::load::catalog::{Catalog, Destination, Version, load};
use crate::load::decode::{At, by_name};
use crate::load::yaml::{Data, Node, byte_of, innermost, parse};
use crate::plan::{ErrorRows, HostPattern, MessagePlan, Operation, Rate, RateHeaders, ResponseRule, Server};
use crate::run::verify::wording;
use crate::settings::SettingPlan;
use crate::source::{FileId, Sources, Span};
use crate::spec::{RateSpec, SettingSpec, SettingType};

/// The content of a set of files. It is not checked: see [`Spec::check`].
pub struct Spec {
    pub catalog: Catalog,
    reports: Reports,
}

/// A checked value. It can only be created by checking.
#[derive(Debug)]
pub struct Valid<T> {
    pub value: T,
}

/// Findings, and the versions without findings.
#[derive(Debug, thiserror::Error)]
#[error("{}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct WithFindings {
    /// All findings, ordered by position.
    pub findings: Vec<Finding>,
    /// The versions without findings, which can be compiled.
    pub partial: Valid<Checked>,
}

/// Checked versions, and findings that are warnings.
pub struct Checked {
    pub versions: Vec<CheckedVersion>,
    pub destinations: Vec<Arc<DestinationPlan>>,
    pub warnings: Vec<Finding>,
    pub catalog: Arc<Catalog>,
}

/// The parts of a destination that all versions share.
#[derive(Debug)]
pub struct DestinationPlan {
    pub name: String,
    pub title: String,
    pub version_setting: Option<String>,
    pub default_version: String,
    pub aliases: Vec<(String, String)>,
    pub hosts: Vec<HostPattern>,
    pub rates: Vec<Rate>,
}

#[derive(Debug)]
pub struct CheckedVersion {
    pub destination: Arc<DestinationPlan>,
    pub number: String,
    pub trie: TrieBuilder,
    pub admission: Admission,
    pub settings: Vec<SettingPlan>,
    pub server: Server,
    pub operations: Vec<Operation>,
    pub validators: Vec<Option<Arc<Validator>>>,
    pub rules: Vec<ResponseRule>,
    pub error: ErrorRows,
    pub messages: Vec<MessagePlan>,
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
        let catalog = load(sources, &mut reports);
        Self { catalog, reports }
    }

    /// Resolves every name and path, and reports every error of every file.
    ///
    /// # Errors
    /// Returns all findings, and the versions without findings, if a finding is an error.
    pub fn check(self) -> Result<Valid<Checked>, Box<WithFindings>> {
        let Spec { catalog, mut reports } = self;
        let mut versions: Vec<(CheckedVersion, Vec<FileId>)> = Vec::new();
        let mut destinations = Vec::new();
        for destination in &catalog.destinations {
            let plan = Arc::new(destination_plan(destination, &mut reports));
            destinations.push(plan.clone());
            for version in &destination.versions {
                let before = reports.len();
                let checked = check_version(destination, version, &plan, &mut reports);
                let failed = note_inherited(destination, version, before, &mut reports);
                let files = files_of(version).into_iter().chain([destination.node.span.file]).collect();
                versions.extend(checked.filter(|_| !failed).map(|checked| (checked, files)));
            }
        }
        let bad: HashSet<FileId> = reports.files_with_errors();
        let clean = |files: &[FileId]| !files.iter().any(|file| bad.contains(file));
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
}

/// Returns the files of a version.
fn files_of(version: &Version) -> Vec<FileId> {
    fn collect(node: &Node, files: &mut Vec<FileId>) {
        if !files.contains(&node.span.file) {
            files.push(node.span.file);
        }
        match &node.data {
            Data::Map(entries) => entries.iter().for_each(|(_, node)| collect(node, files)),
            Data::List(items) => items.iter().for_each(|node| collect(node, files)),
            _ => {}
        }
    }
    let mut files = Vec::new();
    collect(&version.node, &mut files);
    version.mappings.iter().for_each(|mapping| collect(&mapping.node, &mut files));
    files.extend(version.schemas.values().map(|schema| schema.file));
    files.extend(&version.unread);
    files
}

/// Adds the version to its reports about inherited files.
fn note_inherited(destination: &Destination, version: &Version, from: usize, reports: &mut Reports) -> bool {
    let Some(extends) = &version.spec.extends else { return false };
    let Some(base) = destination.bases(version).next() else { return false };
    let label = format!("in version `{}`, which inherits it", version.number.0);
    reports.inherited(from, &files_of(base), extends.span, &label)
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
            missing_key::report::<()>(reports, &destination.node, "names", "a destination", purpose);
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
    let seconds = seconds(&rate.per.value);
    if seconds.is_none() && !rate.per.value.is_empty() {
        let message = format!("`{}` is not a valid duration", rate.per.value);
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
    let headers = told.map(|told| RateHeaders {
        limit: told_in(told.limit.as_ref()),
        remaining: told_in(told.remaining.as_ref()),
        reset: told_in(told.reset.as_ref()),
    });
    Some(Rate {
        name: name.to_owned(),
        requests: rate.requests.value,
        per: Duration::from_secs(seconds?),
        headers: headers.unwrap_or_default(),
    })
}

fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return None,
    };
    number.checked_mul(factor).filter(|seconds| *seconds > 0)
}

fn check_version(
    destination: &Destination,
    version: &Version,
    plan: &Arc<DestinationPlan>,
    reports: &mut Reports,
) -> Option<CheckedVersion> {
    check_number(version, reports);
    let mut resolver = Resolver::new(destination, version, reports);
    let admission = Admission::new(&destination.spec.names, &mut resolver.trie).ok();
    let settings = destination
        .spec
        .settings
        .iter()
        .filter_map(|(name, spec)| setting_plan(&name.value, spec, &mut resolver))
        .collect();
    let server = resolver.server();
    let operations = resolver.operations();
    let rules = resolver.common_rules();
    let error = resolver.error_rows();
    let messages: Vec<_> = version.mappings.iter().map(|mapping| resolver.message(mapping)).collect();
    resolver.unknown_properties();
    let trie = resolver.trie;
    let validators = operations.iter().map(|operation| validator(version, operation, reports)).collect();
    Some(CheckedVersion {
        destination: plan.clone(),
        number: version.number.0.clone(),
        trie,
        admission: admission?,
        settings,
        server: server?,
        operations,
        validators,
        rules,
        error,
        messages: messages.into_iter().flatten().collect(),
    })
}

/// The message types of the RudderStack and Segment specs.
const MESSAGES: [&str; 8] = ["identify", "track", "page", "screen", "group", "alias", "record", "delete"];

/// Checks that `version:` equals the folder's name, and `message:` the file's name.
fn check_number(version: &Version, reports: &mut Reports) {
    let (written, folder) = (&version.spec.version, &version.number);
    if written.value != *folder && !written.value.0.is_empty() {
        let message = format!("`{}` is in the folder of version `{}`", written.value.0, folder.0);
        invalid_value::report(reports, written.span, message, "name the folder after its version");
    }
    if let Some(extends) = &version.spec.extends
        && extends.value >= *folder
    {
        let message = format!("`{}` extends `{}`, which is not an older version", folder.0, extends.value.0);
        invalid_value::report(
            reports,
            extends.span,
            message,
            "extend an older version; 2.9 is older than 2.10",
        );
    }
    for mapping in &version.mappings {
        let written = &mapping.spec.message;
        if !written.value.is_empty() && !written.value.eq_ignore_ascii_case(&mapping.message) {
            let message = format!("`{}` is in the file `{}.yaml`", written.value, mapping.message);
            let advice = "name the file after its message type";
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
    resolver.around = crate::check::resolve::Around { settings_only: true, ..Default::default() };
    let when = match &spec.when {
        Some(when) => Some(resolver.condition(when)?),
        None => None,
    };
    for value in spec.one_of.iter().filter(|value| !fits(spec.kind, value)) {
        let message = format!("`{value}` in `one_of` of `{name}` has the wrong type");
        invalid_value::report(resolver.reports, spec.span, message, "change the value or the type");
    }
    match &spec.default {
        Some(default) if !fits(spec.kind, default) => {
            let message = format!("the default `{default}` of `{name}` has the wrong type");
            invalid_value::report(resolver.reports, spec.span, message, "change the default or the type");
        }
        Some(default) if !spec.one_of.is_empty() && !spec.one_of.contains(default) => {
            let message = format!("the default `{default}` of `{name}` is not in its `one_of`");
            let advice = "use one of these values as the default, or add it to `one_of`";
            invalid_value::report(resolver.reports, spec.span, message, advice);
        }
        _ => {}
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
        kind: spec.kind,
        secret: spec.secret,
        required: spec.required,
        when,
        error: spec.error.clone(),
        default: spec.default.clone(),
        one_of: spec.one_of.clone(),
        alias: spec.alias.clone(),
        items,
    })
}

fn fits(kind: Option<SettingType>, value: &serde_json::Value) -> bool {
    match kind {
        None => true,
        Some(SettingType::Text) => value.is_string(),
        Some(SettingType::Integer) => value.is_i64() || value.is_u64(),
        Some(SettingType::Number) => value.is_number(),
        Some(SettingType::Boolean) => value.is_boolean(),
        Some(SettingType::List) => value.is_array(),
        Some(SettingType::Object) => value.is_object(),
    }
}

fn validator(version: &Version, operation: &Operation, reports: &mut Reports) -> Option<Arc<Validator>> {
    let name = operation.schema.as_ref()?;
    let file = version.schemas.get(name)?;
    let span = Span { file: file.file, start: 0, end: 1 };
    if let Some(at) = file.broken {
        let problem = format!("invalid UTF-8 from byte {at} on");
        invalid_schema::report_json(
            reports,
            Span { start: at as u32, end: at as u32, ..span },
            name,
            &problem,
        );
        return None;
    }
    let schema: serde_json::Value = match serde_json::from_str(&file.text) {
        Ok(schema) => schema,
        Err(error) => {
            let at = byte_of(&file.text, error.line() as u64, error.column() as u64);
            let problem = error.to_string();
            // the finding's position contains the line
            let problem = match error.is_eof() {
                true => "unexpected end of file",
                false => problem.split_once(" at line ").map_or(problem.as_str(), |(problem, _)| problem),
            };
            invalid_schema::report_json(reports, Span { start: at, end: at + 1, ..span }, name, problem);
            return None;
        }
    };
    match jsonschema::validator_for(&schema) {
        Ok(validator) => Some(Arc::new(validator)),
        Err(error) => {
            let path: Vec<String> = error.instance_path().segments().map(|step| step.to_string()).collect();
            // JSON is YAML, whose parser provides positions
            let span = parse(file.file, &file.text).map_or(span, |node| innermost(&node, &path).span);
            invalid_schema::report_bad(reports, span, name, &wording(&error));
            None
        }
    }
}
