//! `version.yaml`.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::decode::{Decode, by_name, record, words};
use crate::definitions::Definitions;
use crate::spec::row::Fields;
use crate::spec::{
    ArgumentsSpec, AuthSpec, BatchSpec, ConversionSpec, RequireSpec, ResponseRuleSpec, RowSpec, StepSpec,
    TableSpec, UnsupportedSpec, ValueSpec, VersionDocsSpec, WarnSpec,
};
use crate::yaml::{Data, Node};
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::rules;

/// The name of a version. Numbers separated by dots are compared one by one (`2.9` < `2.10`); other names come after them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionNumber(pub String);

impl VersionNumber {
    /// Returns the version that a file names, without reporting what is wrong with it.
    pub(crate) fn written(node: &Node) -> Option<Self> {
        match &node.data {
            Data::Text(text) | Data::Number(_, text) => Some(Self(text.clone())),
            _ => None,
        }
    }

    fn parts(&self) -> Vec<(bool, u64, &str)> {
        let part = |part| match str::parse(part) {
            Ok(number) => (false, number, part),
            Err(_) => (true, 0, part),
        };
        self.0.split('.').map(part).collect()
    }
}

impl Ord for VersionNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for VersionNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Decode for VersionNumber {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Text(text) => Some(Self(text.clone())),
            Data::Number(_, written) => {
                rules::unquoted_version::report(reports, node.span, written);
                // continue with the intended version, to avoid follow-up findings
                Some(Self(written.clone()))
            }
            _ => rules::wrong_type::report(reports, &node.found(), "a quoted version such as `\"2.10\"`"),
        }
    }

    fn stand_in(_: mapwright_findings::Span) -> Option<Self> {
        Some(Self(String::new()))
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

record! {
    /// A version of a destination's API, and the parts that its mappings share.
    "a version"
    pub struct VersionSpec {
        /// Its number, in quotes; the name of its folder.
        req "version" version: At<VersionNumber>,
        /// The version that it inherits from.
        opt "extends" extends: At<VersionNumber>,
        /// Documentation for readers.
        opt "description" description: String,
        /// What the page of the destination says of it beside what follows from the files.
        opt "docs" docs: VersionDocsSpec,
        /// Inherited parts to remove, such as `steps.detach`.
        list "remove" remove: At<String>,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// The base URL of all paths.
        opt "server" server: RowSpec,
        /// Headers of every request.
        map "headers" headers: RowSpec,
        /// Query parameters of every request.
        map "query" query: RowSpec,
        /// How requests are authorized, in addition to headers and query.
        opt "auth" auth: Box<AuthSpec>,
        /// Named values, read as `$email` wherever a source stands.
        map "values" values: ValueSpec,
        /// Named value sets.
        lists "sets" sets: String,
        /// Named value tables, for the conversion `lookup`.
        map "tables" tables: TableSpec,
        /// Conversions by name, which `as` can use as it uses those of the engine.
        lists "conversions" conversions: ConversionSpec,
        /// Order keys of every mapping: events with the same value under the same name are delivered one at a time, in order.
        map "order" order: RowSpec,
        /// Warnings about the events of every mapping.
        edit "warn" warn: WarnSpec,
        /// Requirements that mappings can use by name in `require`.
        map "requirements" requirements: RequireSpec,
        /// Payload parts that all mappings can use.
        map "payload" payload: Fields,
        /// Steps that mappings can reuse with `use`.
        map "steps" steps: StepSpec,
        /// JSON Merge Patches of inherited body schemas, by file: what changes in them, where null removes a member.
        map "schemas" schemas: Value,
        /// The endpoints of the API.
        map "operations" operations: OperationSpec,
        /// What becomes of events whose message type has no mapping, in place of what the destination says.
        opt "unsupported" unsupported: UnsupportedSpec,
        /// Response rules, applied before the destination's own rules.
        edit "responses" responses: ResponseRuleSpec,
    }
}

record! {
    /// An endpoint of the API, or a function of an SDK.
    "an operation"
    pub struct OperationSpec {
        /// Documentation for readers.
        opt "description" description: String,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// The HTTP method.
        opt "method" method: Method,
        /// The path; `{name}` is a parameter, one path segment.
        opt "path" path: At<String>,
        /// The function of an SDK that is called, such as `Chat.update`; in place of `method` and `path`.
        opt "call" call: At<String>,
        /// With `call`: what the function is given, in order; a step may state others.
        opt "arguments" arguments: ArgumentsSpec,
        /// The JSON Schema of its body, or of the list of its arguments: a file in `schemas/<destination>/<version>/`.
        opt "schema" schema: At<String>,
        /// The JSON Schema of the body of its successful responses: a file in the same folder.
        opt "answer_schema" answer_schema: At<String>,
        /// The encoding of the body; `json` by default.
        opt "encoding" encoding: Encoding,
        /// The compression of the body; none by default.
        opt "compress" compress: Compression,
        /// How its requests are authorized, in place of what the version says.
        opt "auth" auth: Box<AuthSpec>,
        /// Its rate-limit group.
        opt "rate" rate: At<String>,
        /// The request is safe to retry when it is unknown whether it arrived.
        flag "idempotent" idempotent: bool,
        /// Path parameters; a step may state others.
        map "params" params: RowSpec,
        /// Query parameters.
        map "query" query: RowSpec,
        /// Headers.
        map "headers" headers: RowSpec,
        /// Objects in its body whose members must be defined at the API: `kind: path`.
        map "declared" declared: At<String>,
        /// How the items of several events become one request.
        opt "batch" batch: Box<BatchSpec>,
        /// Its response rules.
        edit "responses" responses: ResponseRuleSpec,
    }
}

impl OperationSpec {
    /// Returns the files of all its JSON Schemas: of its body, of an item of it, and of its responses.
    pub fn schemas(&self) -> impl Iterator<Item = &At<String>> {
        let of_item = self.batch.as_ref().and_then(|batch| batch.schema.as_ref());
        self.schema.iter().chain(of_item).chain(&self.answer_schema)
    }

    /// Returns the arguments of the function where a step calls it: those of the step, or else of the operation.
    pub fn arguments_for<'s>(&'s self, step: &'s StepSpec) -> Option<&'s ArgumentsSpec> {
        step.arguments.as_ref().or(self.arguments.as_ref())
    }

    /// Returns the row of a path parameter where a step makes the request: that of the step, or else of the operation.
    pub fn param_for<'s>(&'s self, step: &'s StepSpec, name: &str) -> Option<&'s RowSpec> {
        by_name(&step.params, name).or_else(|| by_name(&self.params, name))
    }

    /// Returns the stated path parameters where a step makes the request: those of the step, and what the operation adds.
    pub fn params_for<'s>(&'s self, step: &'s StepSpec) -> impl Iterator<Item = &'s (At<String>, RowSpec)> {
        let added = self.params.iter().filter(|(name, _)| by_name(&step.params, &name.value).is_none());
        step.params.iter().chain(added)
    }

    /// Returns the path of its requests; that of a call is empty.
    pub fn path_text(&self) -> &str {
        self.path.as_ref().map_or("", |path| path.value.as_str())
    }

    /// Returns the JSON Schema for the body of a step: that of an item, if items stand in a body of their own.
    pub fn step_schema(&self) -> Option<&At<String>> {
        match &self.batch {
            Some(batch) if batch.operation.is_none() => batch.schema.as_ref(),
            Some(batch) => batch.schema.as_ref().or(self.schema.as_ref()),
            None => self.schema.as_ref(),
        }
    }
}

words! {
    /// An HTTP method.
    pub enum Method {
        /// Read.
        Get = "GET",
        /// Create, or anything else.
        Post = "POST",
        /// Replace.
        Put = "PUT",
        /// Change.
        Patch = "PATCH",
        /// Delete.
        Delete = "DELETE",
    }
}

words! {
    /// The encoding of a body.
    ///
    /// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
    pub enum Encoding {
        /// JSON.
        Json = "json",
        /// `application/x-www-form-urlencoded`.
        Form = "form",
        /// XML 1.0.
        Xml = "xml",
    }
}

words! {
    /// The compression of a body.
    ///
    /// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
    pub enum Compression {
        /// RFC 1952.
        Gzip = "gzip",
    }
}
