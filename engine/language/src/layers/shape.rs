//! What a part of a tree is, which decides how another is laid over it.

use crate::keys::FORMS;

/// The shape of a part of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `destination.yaml`.
    Destination,
    /// `version.yaml`.
    Version,
    /// `<message>.yaml`, or a variant in it.
    Mapping,
    /// Payload parts by name.
    Parts,
    /// Rows by name.
    Fields,
    /// Rows by name that are lists of alternatives, which may be edited without `from`.
    Values,
    /// A row among values.
    Value,
    Row,
    /// A call of a conversion with arguments.
    Conversion,
    Steps,
    Step,
    Operations,
    Operation,
    /// What an operation says of many events in one request.
    Batch,
    Rule,
    /// Requirements by name.
    Requirements,
    Requirement,
    /// Lists by name.
    Lists(Entry),
    /// A list, or one entry of it.
    List(Entry),
    /// What pages say; an example of an heir takes the place of the inherited one.
    Docs,
    /// Settings, rates and other records: maps are laid over maps, anything else takes the place of what was there.
    Plain,
    /// Takes the place of what was there.
    Whole,
}

/// What the entries of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Names and sources.
    Name,
    Row,
    Conversion,
    Rule,
    /// Warnings, and rules that skip events.
    Notice,
    Requirement,
}

impl Entry {
    /// Returns the shape of an entry.
    pub(crate) fn shape(self) -> Shape {
        match self {
            Entry::Name => Shape::Whole,
            Entry::Row => Shape::Row,
            Entry::Conversion => Shape::Conversion,
            Entry::Rule => Shape::Rule,
            Entry::Notice => Shape::Plain,
            Entry::Requirement => Shape::Requirement,
        }
    }

    /// Returns the keys whose text names an entry, the first that it has.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Entry::Name | Entry::Conversion => &[],
            Entry::Row => &["from", "value", "template"],
            Entry::Rule => &["code", "status"],
            Entry::Notice => &["code", "reason"],
            Entry::Requirement => &["code", "otherwise"],
        }
    }
}

impl Shape {
    /// Whether a file cannot be without a key, whose value is always stated as a whole.
    pub(crate) fn requires(self, key: &str) -> bool {
        matches!(
            (self, key),
            (Shape::Destination, "title") | (Shape::Version, "version") | (Shape::Mapping, "message")
        )
    }

    /// Returns the shape of the value of a key.
    pub(crate) fn child(self, key: &str) -> Shape {
        match (self, key) {
            (Shape::Mapping | Shape::Version, "payload") => Shape::Parts,
            (Shape::Mapping | Shape::Version, "steps") => Shape::Steps,
            (Shape::Mapping | Shape::Version, "order") | (Shape::Mapping, "result") => Shape::Fields,
            (Shape::Mapping | Shape::Version, "values") => Shape::Values,
            (Shape::Mapping | Shape::Version, "warn" | "skip") => Shape::List(Entry::Notice),
            (Shape::Mapping, "require") => Shape::List(Entry::Requirement),
            (Shape::Version, "requirements") => Shape::Requirements,
            (Shape::Requirements, _) => Shape::Requirement,
            (Shape::Version, "headers" | "query") => Shape::Fields,
            (Shape::Version, "server") => Shape::Row,
            (Shape::Version, "operations") => Shape::Operations,
            (Shape::Version, "conversions") => Shape::Lists(Entry::Conversion),
            (Shape::Version, "sets") => Shape::Lists(Entry::Name),
            (Shape::Version, "auth" | "tables") => Shape::Plain,
            (Shape::Version | Shape::Destination, "unsupported") => Shape::Plain,
            (Shape::Version | Shape::Destination, "responses") => Shape::List(Entry::Rule),
            (Shape::Destination, "error") => Shape::Fields,
            (Shape::Destination, "names" | "hosts") => Shape::List(Entry::Name),
            (Shape::Destination, "versions" | "settings" | "rates" | "sources") => Shape::Plain,
            (Shape::Destination | Shape::Version | Shape::Mapping, "docs") => Shape::Docs,
            (Shape::Docs, "faq" | "migration") => Shape::Plain,
            (Shape::Parts, _) => Shape::Fields,
            (Shape::Fields, _) => Shape::Row,
            (Shape::Values, _) => Shape::Value,
            (Shape::Row | Shape::Value, key) => of_row(key),
            (Shape::Steps, _) => Shape::Step,
            (Shape::Step, "params" | "query" | "headers" | "capture" | "body" | "order") => Shape::Fields,
            (Shape::Step | Shape::Operation, "arguments") => Shape::List(Entry::Row),
            (Shape::Step, "for_each") => Shape::Row,
            (Shape::Step, "steps") => Shape::Steps,
            (Shape::Step, "on") => Shape::List(Entry::Rule),
            (Shape::Step, "warn") => Shape::List(Entry::Notice),
            (Shape::Operations, _) => Shape::Operation,
            (Shape::Operation, "params" | "query" | "headers") => Shape::Fields,
            (Shape::Operation, "batch") => Shape::Batch,
            (Shape::Batch, "body" | "id") => Shape::Row,
            (Shape::Operation, "declared" | "auth") => Shape::Plain,
            (Shape::Operation, "responses") => Shape::List(Entry::Rule),
            (Shape::Rule, "capture") => Shape::Fields,
            (Shape::Rule, "after") => Shape::Row,
            (Shape::Requirement, "any" | "all") => Shape::List(Entry::Name),
            (Shape::Lists(entry), _) => Shape::List(entry),
            (Shape::Plain | Shape::Conversion, _) => Shape::Plain,
            _ => Shape::Whole,
        }
    }

    /// Returns the keys of which a new entry needs at least one. Without them, it only modifies an inherited entry.
    pub(crate) fn needs(self) -> &'static [&'static str] {
        match self {
            Shape::Row | Shape::Value => &FORMS,
            Shape::Step => &["operation", "steps", "use"],
            Shape::Operation => &["method", "path", "call"],
            _ => &[],
        }
    }

    /// Returns whether `remove` is a key of its own, and not the name of an entry.
    pub(crate) fn takes_remove(self) -> bool {
        matches!(self, Shape::Destination | Shape::Version | Shape::Mapping | Shape::Step)
    }

    /// Returns whether its entries have names that the author chooses, and may contain anything.
    pub(crate) fn is_data(self) -> bool {
        matches!(self, Shape::Plain | Shape::Conversion)
    }
}

fn of_row(key: &str) -> Shape {
    match key {
        "object" | "cases" => Shape::Fields,
        "each" | "to" | "switch" | "else" | "key" => Shape::Row,
        "from" | "join" | "concat" | "merge" | "list" => Shape::List(Entry::Row),
        "rest_of" | "omit" | "keep" => Shape::List(Entry::Name),
        "as" => Shape::List(Entry::Conversion),
        _ => Shape::Whole,
    }
}
