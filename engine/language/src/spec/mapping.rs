//! `<message>.yaml`.

use crate::decode::{Decode, named_schema, record};
use crate::definitions::{Defined, Definitions};
use crate::spec::row::Fields;
use crate::spec::{Expression, Fault, MappingDocsSpec, RowSpec, StepSpec, Template, ValueSpec, WarnSpec};
use crate::yaml::{Data, Node};
use mapwright_convert::Source;
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::Span;
use mapwright_findings::rules;
use serde_json::{Value, json};

/// The message types of a mapping.
#[derive(Debug, Clone)]
pub struct MessageTypes {
    /// The types; none, if they could not be read.
    pub names: Vec<At<String>>,
    /// Where they stand.
    pub span: Span,
}

impl Decode for MessageTypes {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        if matches!(&node.data, Data::List(items) if items.is_empty()) {
            return rules::wrong_type::report(reports, &node.found(), "a message type, or a list of them");
        }
        Vec::decode(node, reports).map(|names| Self { names, span: node.span })
    }

    fn stand_in(span: Span) -> Option<Self> {
        Some(Self { names: Vec::new(), span })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        Vec::<String>::schema(definitions)
    }
}

record! {
    /// The trait table of one message type, and the steps that send it.
    "a mapping"
    pub struct MappingSpec {
        /// The message type, or a list of them; one is the name of the file.
        due "message" message: MessageTypes,
        /// Documentation for readers.
        opt "description" description: String,
        /// What the page of the destination says of it beside what follows from the file.
        opt "docs" docs: MappingDocsSpec,
        /// The mapping is for a command such as `check-connection`, and not for events.
        flag "command" command: bool,
        /// The mapping removes something for good: an event is mapped by it only with the consent of the operator.
        flag "destructive" destructive: bool,
        /// Inherited parts to remove, such as `steps.detach`.
        list "remove" remove: At<String>,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
        /// Events to skip; the first matching entry applies.
        edit "skip" skip: SkipSpec,
        /// Order keys: events with the same value under the same name are delivered one at a time, in order.
        map "order" order: RowSpec,
        /// Named values, laid over those of the version.
        map "values" values: ValueSpec,
        /// Payload parts: fields in output order.
        map "payload" payload: Fields,
        /// Requirements on events.
        edit "require" require: RequireEntry,
        /// Warnings about mapped events, after those of the version.
        edit "warn" warn: WarnSpec,
        /// The steps, in order.
        map "steps" steps: StepSpec,
        /// What the command gets back after all steps.
        map "result" result: RowSpec,
        /// Variants: the first whose condition is true is used, or else the mapping itself.
        opt "variants" variants: Variants,
    }
}

/// The variants of a mapping, which are laid over it before they are read.
#[derive(Debug, Clone)]
pub struct Variants;

impl Decode for Variants {
    fn decode(_: &Node, _: &mut Reports) -> Option<Self> {
        Some(Self)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        named_schema::<VariantSpec>(definitions)
    }
}

record! {
    /// A variant of a mapping: it inherits everything and states only what differs.
    "a variant"
    pub struct VariantSpec {
        /// The condition for the variant.
        due "when" when: Expression,
        /// Documentation for readers.
        opt "description" description: String,
        /// Inherited parts to remove, such as `steps.detach`.
        list "remove" remove: At<String>,
        /// Events to skip; the first matching entry applies.
        edit "skip" skip: SkipSpec,
        /// Order keys: events with the same value under the same name are delivered one at a time, in order.
        map "order" order: RowSpec,
        /// Named values, laid over those of the version.
        map "values" values: ValueSpec,
        /// Payload parts: fields in output order.
        map "payload" payload: Fields,
        /// Requirements on events.
        edit "require" require: RequireEntry,
        /// Warnings about mapped events, after those of the version.
        edit "warn" warn: WarnSpec,
        /// The steps, in order.
        map "steps" steps: StepSpec,
    }
}

record! {
    /// A rule that skips events.
    "a skip rule"
    pub struct SkipSpec {
        /// The event is skipped if this condition is true.
        req "when" when: Expression,
        /// The user's message, a template.
        req "reason" reason: Template,
    }
}

record! {
    /// What becomes of events whose message type has no mapping: one of `reject` and `skip`.
    "`unsupported`"
    pub struct UnsupportedSpec {
        /// They are rejected with this message, a template.
        opt "reject" reject: Template,
        /// They are skipped with this message, a template.
        opt "skip" skip: Template,
    }
}

record! {
    /// A requirement on events: one of `any`, `all` and `that`.
    "a requirement"
    pub struct RequireSpec {
        /// At least one of these must be present.
        edit "any" any: Needs,
        /// All of these must be present.
        edit "all" all: Needs,
        /// This condition must be true.
        opt "that" that: Expression,
        /// The requirement applies only if this condition is true.
        opt "when" when: Expression,
        /// The user's message, a template.
        req "otherwise" otherwise: Template,
        /// A stable code of the rejection; `missing_required` by default.
        opt "code" code: String,
        /// Who must act; `event` by default.
        opt "fault" fault: Fault,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
    }
}

/// An entry of `require`.
#[derive(Debug, Clone)]
pub enum RequireEntry {
    /// A requirement of the version, by its name.
    Named(At<String>),
    /// One that is stated here.
    Stated(Box<RequireSpec>),
}

impl Decode for RequireEntry {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match node.as_text() {
            Some(name) => Some(Self::Named(At { value: name.to_owned(), span: node.span })),
            None => Box::decode(node, reports).map(Self::Stated),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let stated = RequireSpec::schema(definitions);
        json!({ "anyOf": [{ "type": "string", "minLength": 1 }, stated] })
    }
}

/// A need: a source, or several, of which any or all must be present.
#[derive(Debug, Clone)]
pub enum Needs {
    /// The source must have a value.
    Source(At<Source>),
    /// At least one of these must hold.
    Any(Vec<Needs>),
    /// All of these must hold.
    All(Vec<Needs>),
}

record! {
    /// Several needs: one of `any` and `all`.
    "a part of a requirement"
    struct NeedGroupSpec {
        /// At least one of these must be present.
        edit "any" any: Needs,
        /// All of these must be present.
        edit "all" all: Needs,
    }
}

impl Decode for Needs {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        if node.as_map().is_none() {
            return At::decode(node, reports).map(Needs::Source);
        }
        let group = NeedGroupSpec::decode(node, reports)?;
        match (node.get("any").is_some(), node.get("all").is_some()) {
            (true, false) => Some(Needs::Any(group.any)),
            (false, true) => Some(Needs::All(group.all)),
            (true, true) => {
                let at = |key| (key, node.key_span(key));
                rules::conflicting_keys::report(reports, at("any"), at("all"))
            }
            (false, false) => rules::missing_key::report_form(reports, node.span, &["any", "all"]),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.refer_to::<Self>()
    }
}

impl Defined for Needs {
    fn name() -> &'static str {
        "Needs"
    }

    fn definition(definitions: &mut Definitions) -> Value {
        let group = NeedGroupSpec::schema(definitions);
        json!({ "anyOf": [{ "type": "string" }, group] })
    }
}
