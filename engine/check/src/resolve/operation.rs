//! Resolves operations, servers and response rules.

use crate::resolve::answers::RuleOf;
use crate::resolve::available::Only;
use crate::resolve::response::capturing;
use crate::resolve::texts::{header_name, of_client, query_name, same_header};
use crate::resolve::{Context, Resolver, Want, row};
use mapwright_convert::PathStep;
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::rules::{
    conflicting_keys, host_not_allowed, invalid_schema, invalid_value, missing_key, missing_parameter,
    unknown_key, unknown_rate,
};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{self, AuthSpec, Encoding, FIELD_SPREAD, OperationSpec, RowSpec};
use mapwright_plan::plan::{
    Constant, EndpointPath, ErrorRows, Field, Form, HostPattern, Operation, Row, Server, Target,
};
use mapwright_plan::server::server_host;

/// What messages call it.
const OPERATION: &str = "an operation";
/// The header that says how a body is compressed.
const CONTENT_ENCODING: &str = "content-encoding";

impl<'c> Resolver<'c, '_> {
    pub(crate) fn operations(&mut self) -> Vec<Operation> {
        let version = self.version;
        let all = version.spec.operations.iter();
        all.filter_map(|(name, spec)| self.operation(&name.value, spec)).collect()
    }

    fn operation(&mut self, name: &str, spec: &'c OperationSpec) -> Option<Operation> {
        self.context = Context::default();
        let target = self.target(name, spec)?;
        for schema in spec.schemas() {
            if self.version.schemas.contains_key(&schema.value) {
                continue;
            }
            let known: Vec<&str> = self.version.schemas.keys().map(String::as_str).collect();
            let versions = std::iter::once(self.version).chain(self.destination.bases(self.version));
            let folders: Vec<String> = versions
                .map(|version| format!("`schemas/{}/{}`", self.destination.name, version.number.0))
                .collect();
            invalid_schema::report_missing(self.reports, schema.span, &schema.value, &known, &folders);
        }
        let rates = &self.destination.spec.rates;
        if let Some(rate) = &spec.rate
            && by_name(rates, &rate.value).is_none()
        {
            unknown_rate::report(self.reports, rate.span, &rate.value, &rates.known());
        }
        let declared = spec.declared.iter().filter_map(|(kind, path)| {
            let path = self.declared(path, spec.step_schema().map(|schema| schema.value.as_str()))?;
            Some((kind.value.clone(), path))
        });
        let declared = declared.collect();
        let query = self.query(&spec.query);
        let auth = spec.auth.as_deref().or(self.version.spec.auth.as_deref());
        self.query_once(&spec.query, &[], auth);
        self.own_headers(spec);
        let headers = self.headers(&spec.headers);
        let batch = spec.batch.as_ref().map(|batch| self.batch(name, batch));
        let of = self.answers_for_many(name, spec);
        let mut rules: Vec<_> = self.with_only(of.map(|_| Only::Answer), |this| {
            let of = of.unwrap_or(RuleOf::Operation);
            spec.responses.iter().filter_map(|rule| this.rule(rule, of)).collect()
        });
        let auth = match &spec.auth {
            Some(auth) => Some(self.auth(auth, Some(name), &[&spec.headers, &self.version.spec.headers])?),
            None => {
                self.not_of_auth(self.version.spec.auth.as_deref(), &spec.headers);
                None
            }
        };
        if !capturing(spec).is_empty() {
            rules.clear();
        }
        Some(Operation {
            name: name.to_owned(),
            target,
            schema: spec.schema.as_ref().map(|schema| schema.value.clone()),
            answer_schema: spec.answer_schema.as_ref().map(|schema| schema.value.clone()),
            encoding: spec.encoding.unwrap_or(Encoding::Json),
            compress: spec.compress,
            auth,
            rate: spec.rate.as_ref().map(|rate| rate.value.clone()),
            declared,
            idempotent: spec.idempotent,
            query,
            headers,
            batch: row::flip(batch)?,
            rules,
        })
    }

    /// What a step of the operation makes: a request, or a call.
    fn target(&mut self, name: &str, spec: &'c OperationSpec) -> Option<Target> {
        let node = self.version.node.get("operations").and_then(|operations| operations.get(name));
        // one that cannot be read has its own finding
        let states = |key: &str| node.is_some_and(|node| node.get(key).is_some());
        if states("call") {
            return self.function(spec, node).map(Target::Function);
        }
        if let Some(arguments) = &spec.arguments {
            missing_key::report_at(self.reports, arguments.span, "`arguments` requires `call`");
            return None;
        }
        for (key, doc) in
            [("method", "the HTTP method"), ("path", "the path; `{name}` is a parameter, one path segment")]
        {
            if !states(key) {
                missing_key::report::<()>(self.reports, spec.span, key, OPERATION, doc);
            }
        }
        let (method, path) = (spec.method?, spec.path.as_ref()?);
        match split_path(&path.value) {
            Ok((texts, params)) => {
                self.of_path(&spec.params, &params, path);
                Some(Target::Endpoint(EndpointPath { method, path: texts, params }))
            }
            Err(_) if path.value.is_empty() => None,
            Err(_) if path.value.contains("{{") => {
                missing_parameter::report_template(self.reports, path.span, &path.value);
                None
            }
            Err(problem) => {
                missing_parameter::report_path(self.reports, path.span, &path.value, problem);
                None
            }
        }
    }

    /// Reports path parameters that a path does not have.
    pub(crate) fn of_path(&mut self, params: &Named<RowSpec>, names: &[String], path: &At<String>) {
        for (key, _) in params.iter().filter(|(key, _)| !names.contains(&key.value)) {
            let known = names.iter().map(String::as_str);
            unknown_key::report_parameter(self.reports, key, &path.value, known);
        }
    }

    /// Checks that an operation states no header that its `encoding` or its `compress` states for every body.
    fn own_headers(&mut self, spec: &OperationSpec) {
        // JSON has other media types, which a header may state
        let is_typed = matches!(spec.encoding, Some(Encoding::Form | Encoding::Xml));
        let stated =
            [("content-type", "encoding", is_typed), (CONTENT_ENCODING, "compress", spec.compress.is_some())];
        for (header, key, _) in stated.into_iter().filter(|(_, _, states)| *states) {
            for (name, _) in spec.headers.iter().filter(|(name, _)| name.value.eq_ignore_ascii_case(header)) {
                let message = format!("the header `{}` and `{key}` are mutually exclusive", name.value);
                conflicting_keys::report_at(self.reports, name.span, &message);
            }
        }
        if spec.compress.is_none() {
            self.uncompressed(&spec.headers);
        }
    }

    /// Checks that no header says that a body is compressed where nothing compresses it.
    pub(crate) fn uncompressed(&mut self, headers: &Named<RowSpec>) {
        for (name, row) in
            headers.iter().filter(|(name, _)| name.value.eq_ignore_ascii_case(CONTENT_ENCODING))
        {
            // so is a body that is sent as it is
            if row.form.value().is_none_or(|value| value != "identity") {
                let message = format!("the header `{}` compresses nothing", name.value);
                let advice = "write `compress: gzip` in the operation, which states the header as well";
                invalid_value::report(self.reports, name.span, message, advice);
            }
        }
    }

    /// Resolves the path of an object in a body, which the body's schema must allow.
    fn declared(&mut self, path: &At<String>, schema: Option<&str>) -> Option<Vec<PathStep>> {
        let names: Vec<String> = path.value.split('.').map(str::to_owned).collect();
        if names.iter().any(String::is_empty) {
            let message = format!("`{}` is not a path into a body", path.value);
            let advice = "write names separated by dots, such as `contact.custom_attributes`";
            invalid_value::report(self.reports, path.span, message, advice);
            return None;
        }
        let read = schema.and_then(|schema| self.schema(schema));
        let mut at = read.as_deref();
        for name in &names {
            // a schema without `additionalProperties: false` allows others
            let Some(schema_at) = at else { break };
            let closed = schema_at.get("additionalProperties") == Some(&serde_json::Value::Bool(false));
            let next = schema_at.get("properties").and_then(|properties| properties.get(name));
            if next.is_none() && closed {
                let message = format!("the body has no `{}`", path.value);
                let advice = format!("`{}` has no property `{name}`", schema.unwrap_or_default());
                invalid_value::report(self.reports, path.span, message, &advice);
                return None;
            }
            at = next;
        }
        Some(names.into_iter().map(PathStep::Key).collect())
    }

    /// Resolves the rows of headers, and checks their names.
    pub(crate) fn headers(&mut self, headers: &Named<RowSpec>) -> Vec<Field> {
        for (name, row) in headers.iter().filter(|(name, _)| name.value != FIELD_SPREAD) {
            header_name(name, self.reports);
            header_texts(&name.value, row, self.reports);
            of_client(name, self.reports);
        }
        same_header(headers, self.reports);
        let fields = self.fields_together(headers);
        for field in fields.iter().filter(|field| field.name != FIELD_SPREAD) {
            self.one_text(&field.row, &format!("the header `{}`", field.name));
        }
        fields
    }

    /// Resolves the rows of query parameters.
    pub(crate) fn query(&mut self, query: &Named<RowSpec>) -> Vec<Field> {
        query.iter().for_each(|(name, _)| query_name(name, self.reports));
        self.fields_together(query)
    }

    /// Reports query parameters that a request has from elsewhere as well: it is sent with both.
    pub(crate) fn query_once(
        &mut self,
        query: &Named<RowSpec>,
        others: &[&Named<RowSpec>],
        auth: Option<&AuthSpec>,
    ) {
        let signed = auth.and_then(|auth| auth.hmac.as_ref()).map(|hmac| &hmac.query);
        // of conditions, one may hold where the other does not
        let is_certain = |row: &RowSpec| row.when.is_none() && row.unless.is_none();
        for (name, _) in query.iter().filter(|(name, row)| name.value != FIELD_SPREAD && is_certain(row)) {
            let in_other = |other: &&Named<RowSpec>| by_name(other, &name.value).is_some_and(is_certain);
            let of_auth = signed.is_some_and(|signed| by_name(signed, &name.value).is_some());
            if of_auth || others.iter().any(in_other) {
                let message = format!("requests have the query parameter `{}` twice", name.value);
                conflicting_keys::report_at(self.reports, name.span, &message);
            }
        }
    }

    /// Resolves the rows that read the API's own error.
    pub(crate) fn error_rows(&mut self) -> ErrorRows {
        self.context = Context { response: true, ..Context::default() };
        let Some(spec) = &self.destination.spec.error else { return ErrorRows::default() };
        self.with_only(self.only_answers(), |this| {
            let code = spec.code.as_ref().and_then(|row| this.row_alone(row, Want::One));
            let message = spec.message.as_ref().and_then(|row| this.row_alone(row, Want::One));
            ErrorRows { code, message }
        })
    }

    /// Resolves where requests go; nothing, if no operation makes one.
    pub(crate) fn server(&mut self) -> Option<Option<Server>> {
        self.context = Context { settings_only: true, ..Context::default() };
        let version = self.version;
        let Some(url) = &version.spec.server else {
            let operations = &version.spec.operations;
            if !operations.is_empty() && operations.iter().all(|(_, operation)| operation.call.is_some()) {
                return Some(None);
            }
            // one that cannot be read has its own finding
            if version.node.get("server").is_none() {
                missing_key::report_at(self.reports, version.spec.span, "a version needs the key `server`");
            }
            return None;
        };
        let url = self.row_alone(url, Want::One);
        if let Some(url) = &url {
            self.check_hosts(url);
        }
        let headers = self.headers(&version.spec.headers);
        if version.spec.operations.iter().any(|(_, operation)| operation.compress.is_none()) {
            self.uncompressed(&version.spec.headers);
        }
        let query = self.query(&version.spec.query);
        self.query_once(&version.spec.query, &[], version.spec.auth.as_deref());
        let auth = match &version.spec.auth {
            Some(auth) => Some(self.auth(auth, None, &[&version.spec.headers])?),
            None => None,
        };
        self.make_values();
        Some(Some(Server { url: url?, headers, query, auth }))
    }

    /// Checks that every constant of the server row is an allowed host.
    fn check_hosts(&mut self, row: &Row) {
        let allowed: Vec<String> =
            self.destination.spec.hosts.iter().map(|host| bare_host(&host.value).to_owned()).collect();
        match &row.form {
            Form::Value(Constant { value: serde_json::Value::String(text), .. }) => match server_host(text) {
                Ok(host) => {
                    if !allowed.iter().any(|pattern| HostPattern(pattern.clone()).allows(&host)) {
                        host_not_allowed::report(self.reports, row.span, &host, &allowed);
                    }
                }
                Err(problem) => host_not_allowed::report_url(self.reports, row.span, text, problem),
            },
            Form::Value(_) => {
                host_not_allowed::report_url(self.reports, row.span, "the value", "it is not a string")
            }
            Form::First(rows) => rows.iter().for_each(|row| self.check_hosts(row)),
            Form::Switch { cases, otherwise, .. } => {
                cases.iter().for_each(|(_, row)| self.check_hosts(row));
                otherwise.iter().for_each(|row| self.check_hosts(row));
            }
            // URLs that depend on settings are checked when settings are bound
            Form::Places(_)
            | Form::Member { .. }
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::List(_)
            | Form::Computed { .. }
            | Form::Each { .. }
            | Form::Combined { .. } => {}
        }
    }
}

/// Reports texts that a header cannot have, because it would end there.
fn header_texts(name: &str, row: &RowSpec, reports: &mut Reports) {
    let is_broken = |text: &str| text.contains(['\r', '\n', '\0']);
    let broken = match &row.form {
        spec::Form::Value(serde_json::Value::String(text)) => is_broken(text),
        spec::Form::Template(template) => is_broken(&template.text),
        spec::Form::Join { parts, with } => {
            parts.iter().for_each(|row| header_texts(name, row, reports));
            is_broken(with)
        }
        spec::Form::First { alternatives, .. } => {
            alternatives.iter().for_each(|row| header_texts(name, row, reports));
            false
        }
        spec::Form::Switch { cases, otherwise, .. } => {
            cases.iter().for_each(|(_, row)| header_texts(name, row, reports));
            otherwise.iter().for_each(|row| header_texts(name, row, reports));
            false
        }
        spec::Form::Source(_)
        | spec::Form::Value(_)
        | spec::Form::Written { .. }
        | spec::Form::Concat(_)
        | spec::Form::Merge(_)
        | spec::Form::RestOf { .. }
        | spec::Form::Object(_)
        | spec::Form::Computed { .. }
        | spec::Form::List(_)
        | spec::Form::Each { .. } => false,
    };
    if broken {
        let message = format!("the value of the header `{name}` contains a line break or a NUL");
        let advice = "write it on one line; `>-` in YAML joins lines, `|` and `>` end in a line break";
        invalid_value::report(reports, row.span, message, advice);
    }
}

/// Returns the host of an entry of `hosts`, which may be a whole URL by mistake.
pub(crate) fn bare_host(text: &str) -> &str {
    let host = text.split_once("://").map_or(text, |(_, host)| host);
    host.split(['/', ':', '?', '#']).next().unwrap_or(host).trim()
}

/// Splits a path into literal parts and parameters. There is one more literal part than parameters.
pub(crate) fn split_path(path: &str) -> Result<(Vec<String>, Vec<String>), &'static str> {
    if !path.starts_with('/') {
        return Err("it does not start with `/`");
    }
    if path.contains(['?', '#', ' ']) {
        return Err("it contains `?`, `#` or a space; write query parameters under `query`");
    }
    let (mut texts, mut params) = (Vec::new(), Vec::new());
    let mut rest = path;
    while let Some((text, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a `{` is not closed")?;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err("a parameter name consists of letters, digits and `_`");
        }
        texts.push(text.to_owned());
        params.push(name.to_owned());
        rest = after;
    }
    if rest.contains('}') {
        return Err("unmatched `}`");
    }
    texts.push(rest.to_owned());
    Ok((texts, params))
}
