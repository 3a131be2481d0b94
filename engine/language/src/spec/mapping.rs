//! `<message>.yaml`.

use crate::decode::{Decode, record};
use crate::spec::row::Fields;
use crate::spec::{Expression, Fault, RowSpec, StepSpec, WarnSpec};
use crate::yaml::Node;
use mapwright_convert::Source;
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::rules;

record! {
    /// The trait table of one message type, and the steps that send it.
    "a mapping"
    pub struct MappingSpec {
        /// The message type; the name of the file.
        due "message" message: At<String>,
        /// For readers.
        opt "description" description: String,
        /// A command asks for it, as `check-connection` does; an event of this type is none that is mapped.
        flag "command" command: bool,
        /// Inherited parts to take away, as in `steps.detach`.
        list "remove" remove: At<String>,
        /// Events that are not sent; the first entry that holds counts.
        list "skip" skip: SkipSpec,
        /// Order keys: events with the same value under the same name are delivered one after the other.
        map "order" order: RowSpec,
        /// Payload parts: fields in the order of the output.
        map "payload" payload: Fields,
        /// What an event must have.
        list "require" require: RequireSpec,
        /// Warnings to give about an event that is mapped, after those of the version.
        list "warn" warn: WarnSpec,
        /// The calls, in order.
        map "steps" steps: StepSpec,
        /// What whoever asked gets back once all calls are made.
        map "result" result: RowSpec,
        /// Variants: the first whose condition holds counts, else the mapping as it stands.
        map "variants" variants: VariantSpec,
    }
}

record! {
    /// A variant of a mapping: it inherits everything and states what differs.
    "a variant"
    pub struct VariantSpec {
        /// Which events it is for.
        due "when" when: Expression,
        /// For readers.
        opt "description" description: String,
        /// Inherited parts to take away, as in `steps.detach`.
        list "remove" remove: At<String>,
        /// Events that are not sent; the first entry that holds counts.
        list "skip" skip: SkipSpec,
        /// Order keys: events with the same value under the same name are delivered one after the other.
        map "order" order: RowSpec,
        /// Payload parts: fields in the order of the output.
        map "payload" payload: Fields,
        /// What an event must have.
        list "require" require: RequireSpec,
        /// Warnings to give about an event that is mapped, after those of the version.
        list "warn" warn: WarnSpec,
        /// The calls, in order.
        map "steps" steps: StepSpec,
    }
}

record! {
    /// Events that are not sent.
    "a skip rule"
    pub struct SkipSpec {
        /// The event is skipped if this holds.
        req "when" when: Expression,
        /// What the user reads.
        req "reason" reason: String,
    }
}

record! {
    /// What an event must have: one of `any`, `all` and `that`.
    "a requirement"
    pub struct RequireSpec {
        /// One of these has a value.
        list "any" any: Needs,
        /// Each of these has a value.
        list "all" all: Needs,
        /// This condition holds.
        opt "that" that: Expression,
        /// The requirement counts only if this holds.
        opt "when" when: Expression,
        /// What the user reads.
        req "otherwise" otherwise: String,
        /// A stable name of the error; `missing_required` if it is not said.
        opt "code" code: String,
        /// Who has to act; `event` if it is not said.
        opt "fault" fault: Fault,
    }
}

/// A need: a source, or several of which any or all have a value.
#[derive(Debug, Clone)]
pub enum Needs {
    Source(At<Source>),
    Any(Vec<Needs>),
    All(Vec<Needs>),
}

record! {
    /// Several needs: one of `any` and `all`.
    "a need"
    struct NeedGroupSpec {
        /// One of these has a value.
        list "any" any: Needs,
        /// Each of these has a value.
        list "all" all: Needs,
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

    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Self>()
    }
}

impl schemars::JsonSchema for Needs {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Needs".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let group = NeedGroupSpec::schema(generator);
        schemars::json_schema!({ "anyOf": [{ "type": "string" }, group] })
    }
}
