//! Rows: the definition of a field's value.

use serde_json::{Value, json};

use crate::decode::{Decode, Named, decode_named, edited_schema, named_schema, record};
use crate::definitions::Definitions;
use crate::keys::{FORM_PARTS, FORMS, ITEM_NAME, edits_of, is_row_word, nested_fields};
use crate::spec::notation::{is_computed, nearly, operand};
use crate::spec::{Expression, Keep, OnError, OnMissing, Template};
use crate::yaml::{Data, Key, Node};
use mapwright_convert::{Source, parse_source};
use mapwright_findings::{At, Reports, Span, rules};

/// The field whose members are written into the object itself.
pub const FIELD_SPREAD: &str = "...";

/// One row of a trait table.
#[derive(Debug, Clone)]
pub struct RowSpec {
    /// The position of the row.
    pub span: Span,
    /// What the value is made of.
    pub form: Form,
    /// The condition under which the row has a value.
    pub when: Option<Expression>,
    /// The condition under which the row has no value.
    pub unless: Option<Expression>,
    /// The conversions of `as`, in order.
    pub conversions: Vec<ConversionSpec>,
    /// What takes the place of a value that is absent.
    pub default: Option<DefaultSpec>,
    /// The absent values that the row keeps.
    pub keep: Vec<Keep>,
    /// What happens if there is no value.
    pub on_missing: OnMissing,
    /// What happens if a conversion fails.
    pub on_error: OnError,
    /// The message of a rejection, instead of the default message.
    pub error: Option<String>,
    /// What is said of it for readers.
    pub description: Option<String>,
    /// Whether a part of it could not be read, so that what seems to be missing may be there.
    pub flawed: bool,
}

/// The form of a row.
#[derive(Debug, Clone)]
pub enum Form {
    /// A path, a list of paths, or another place that is read.
    Source(At<Source>),
    /// The first alternative that has a value.
    First {
        /// The alternatives, in order.
        alternatives: Vec<RowSpec>,
        /// The name of the member to read, if it is computed.
        key: Option<Box<RowSpec>>,
    },
    /// A value that the mapping states.
    Value(Value),
    /// A template.
    Template(Template),
    /// A template that operators write.
    Written {
        /// The template: settings, or columns of a table, of the type `template`.
        from: Box<RowSpec>,
        /// What it can read, by name.
        with: Named<RowSpec>,
    },
    /// Several values as one string.
    Join {
        /// The parts.
        parts: Vec<RowSpec>,
        /// The text between them.
        with: String,
    },
    /// The items of several lists as one list.
    Concat(Vec<RowSpec>),
    /// The members of several objects as one object; later ones take precedence.
    Merge(Vec<RowSpec>),
    /// The members of objects that no other row reads.
    RestOf {
        /// The objects whose members are read.
        sources: Vec<At<Source>>,
        /// The names to leave out.
        omit: Vec<At<String>>,
    },
    /// An object with these fields.
    Object(Named<RowSpec>),
    /// An object with one member, whose name is computed.
    Computed {
        /// The name.
        key: Box<RowSpec>,
        /// The value.
        to: Box<RowSpec>,
    },
    /// A list of these items.
    List(Vec<RowSpec>),
    /// A list with a row for each item of another list, or an object with a member for each.
    Each {
        /// The list.
        list: Box<RowSpec>,
        /// The name that its items have in the other rows; without one, an item is `item`.
        name: Option<At<String>>,
        /// The condition of `where`, which selects items.
        filter: Option<Expression>,
        /// The name of the member, if it is an object.
        key: Option<Box<RowSpec>>,
        /// The row that each item becomes.
        to: Box<RowSpec>,
    },
    /// One of several rows, selected by a value.
    Switch {
        /// The value that selects a case.
        on: Box<RowSpec>,
        /// The cases, by the text of the value.
        cases: Named<RowSpec>,
        /// The row if no case fits.
        otherwise: Option<Box<RowSpec>>,
    },
}

record! {
    /// A row: exactly one of the forms (`from`, `value`, `template`, `join`, `concat`, `merge`, `rest_of`, `object`, `list`, `each`, `switch`),
    /// and modifiers.
    "a row"
    pub(crate) struct LongRowSpec {
        /// A source, or alternatives, of which the first with a value is used.
        opt "from" from: Alternatives,
        /// With `from`: selects the member with this name from the object. With `each`: the name of the member that an item becomes.
        opt "key" key: Box<RowSpec>,
        /// A constant.
        opt "value" value: Value,
        /// A minijinja template, or `from` and `with` for one that operators write.
        opt "template" template: TemplateForm,
        /// Strings to concatenate; absent ones are omitted.
        edit "join" join: RowSpec,
        /// With `join`: the separator.
        opt "with" with: String,
        /// Lists to concatenate.
        edit "concat" concat: RowSpec,
        /// Objects to merge; later ones take precedence.
        edit "merge" merge: RowSpec,
        /// The members of these objects that no other row of the payload part reads.
        edit "rest_of" rest_of: At<Source>,
        /// With `rest_of`: names, `$set`s and sources of names that are omitted too.
        edit "omit" omit: At<String>,
        /// An object, field by field.
        opt "object" object: Fields,
        /// A list, item by item.
        edit "list" list: RowSpec,
        /// A list; `to` is evaluated for each of its items.
        opt "each" each: Box<RowSpec>,
        /// With `each`: the name of the item; `item` by default.
        opt "name" name: At<String>,
        /// With `each`: selects items.
        opt "where" filter: Expression,
        /// With `each`: the value for an item.
        opt "to" to: Box<RowSpec>,
        /// A value that selects one of the `cases`.
        opt "switch" switch: Box<RowSpec>,
        /// With `switch`: rows by value.
        map "cases" cases: RowSpec,
        /// With `switch`: the row for every other value.
        opt "else" otherwise: Box<RowSpec>,
        /// Conversions, applied from left to right.
        edit "as" conversions: ConversionSpec,
        /// The row has a value only if this condition is true.
        opt "when" when: Expression,
        /// The row is absent if this condition is true.
        opt "unless" unless: Expression,
        /// The value if the row is absent: a number, `true`, `false`, `null`, `""`, `[]`, `{}`, or a row.
        opt "default" default: DefaultSpec,
        /// Values that are present here.
        edit "keep" keep: Keep,
        /// What happens if the row is absent; `omit` by default.
        opt "on_missing" on_missing: OnMissing,
        /// What happens if a conversion fails; `reject` by default.
        opt "on_error" on_error: OnError,
        /// The user's message when this row rejects an event.
        opt "error" error: String,
        /// Documentation for readers.
        opt "description" description: String,
        /// Nothing of what is inherited here counts.
        flag "replace" replace: bool,
    }
}

/// Fields by name.
#[derive(Debug, Clone)]
pub struct Fields(pub Named<RowSpec>);

impl Decode for Fields {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        decode_fields(node, reports).map(Fields)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        named_schema::<RowSpec>(definitions)
    }
}

/// Reads fields. Those whose names are computed become one object, which is spread after what `"..."` states.
pub(crate) fn decode_fields(node: &Node, reports: &mut Reports) -> Option<Named<RowSpec>> {
    let fields = decode_named(node, reports)?;
    if !fields.iter().any(|(key, _)| is_computed(&key.value)) {
        return Some(fields);
    }
    let (mut computed, mut flawed) = (Vec::new(), false);
    let fields = fields.with_entries(|all| {
        let mut kept: Vec<(At<String>, RowSpec)> = Vec::with_capacity(all.len());
        for (key, to) in all {
            if !is_computed(&key.value) {
                kept.push((key, to));
            } else if let Some(name) = computed_name(&key, reports) {
                let form = Form::Computed { key: Box::new(name), to: Box::new(to) };
                computed.push(RowSpec::plain(key.span, form));
            } else {
                flawed = true;
            }
        }
        if let Some(span) = computed.first().map(|row| row.span) {
            let stated = kept.iter().position(|(key, _)| key.value == FIELD_SPREAD);
            let (name, stated) = match stated.map(|at| kept.remove(at)) {
                Some((name, stated)) => (name, Some(stated)),
                None => (At { value: FIELD_SPREAD.to_owned(), span }, None),
            };
            let all = stated.into_iter().chain(computed).collect();
            kept.push((name, RowSpec::plain(span, Form::Merge(all))));
        }
        kept
    });
    (!flawed).then_some(fields)
}

/// Returns the row of a name that is a template. One that prints a single source is read as that source, so that only text and numbers are names.
fn computed_name(key: &At<String>, reports: &mut Reports) -> Option<RowSpec> {
    let node = Node { span: key.span, data: Data::Text(key.value.clone()) };
    let template = Template::decode(&node, reports)?;
    let alone = key.value.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    let is_path = |text: &&str| text.chars().all(|c| c.is_alphanumeric() || "_.$[]".contains(c));
    let source = alone.filter(is_path).and_then(|text| parse_source(text).ok());
    let form = match source {
        Some(value) => Form::Source(At { value, span: key.span }),
        None => Form::Template(template),
    };
    Some(RowSpec::plain(key.span, form))
}

record! {
    /// A template that operators write.
    "a template of operators"
    pub(crate) struct WrittenSpec {
        /// The template: settings, or columns of a table, of the type `template`.
        req "from" from: RowSpec,
        /// What it can read, by name.
        map "with" with: RowSpec,
    }
}

/// A template: stated, or what operators write.
#[derive(Debug, Clone)]
pub(crate) enum TemplateForm {
    Stated(Template),
    Written(Box<WrittenSpec>),
}

impl Decode for TemplateForm {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Map(_) => Box::decode(node, reports).map(Self::Written),
            _ => Template::decode(node, reports).map(Self::Stated),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let (stated, written) = (Template::schema(definitions), WrittenSpec::schema(definitions));
        json!({ "anyOf": [stated, written] })
    }
}

/// Alternatives, of which the first with a value is used.
#[derive(Debug, Clone)]
pub(crate) struct Alternatives(pub(crate) Vec<RowSpec>);

impl Decode for Alternatives {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        Vec::decode(node, reports).map(Alternatives)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        edited_schema::<RowSpec>(definitions)
    }
}

/// What takes the place of a value that is absent.
#[derive(Debug, Clone)]
pub enum DefaultSpec {
    /// A constant.
    Value(Value),
    /// A row.
    Row(Box<RowSpec>),
}

impl Decode for DefaultSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let is_source_or_row = match &node.data {
            Data::Text(text) => !text.is_empty(),
            Data::List(items) => !items.is_empty(),
            Data::Map(entries) => !entries.is_empty(),
            Data::Null | Data::Bool(_) | Data::Number(..) => false,
        };
        if !is_source_or_row {
            return Value::decode(node, reports).map(Self::Value);
        }
        let row = RowSpec::decode(node, reports)?;
        let value = row.form.value().filter(|_| row.is_plain()).cloned();
        Some(value.map_or_else(|| Self::Row(Box::new(row)), Self::Value))
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let row = RowSpec::schema(definitions);
        json!({ "anyOf": [{ "type": ["number", "boolean", "null"] }, { "const": {} }, row] })
    }
}

impl RowSpec {
    fn plain(span: Span, form: Form) -> Self {
        Self {
            span,
            form,
            when: None,
            unless: None,
            conversions: Vec::new(),
            default: None,
            keep: Vec::new(),
            on_missing: OnMissing::Omit,
            on_error: OnError::Reject,
            error: None,
            description: None,
            flawed: false,
        }
    }

    /// Returns whether it has a form and no modifier.
    pub fn is_plain(&self) -> bool {
        self.only_reads() && self.when.is_none() && self.unless.is_none()
    }

    /// Returns whether it has a form and no modifiers but conditions.
    pub fn only_reads(&self) -> bool {
        let Self {
            span: _,
            form: _,
            when: _,
            unless: _,
            conversions,
            default,
            keep,
            on_missing,
            on_error,
            error,
            description: _,
            flawed: _,
        } = self;
        conversions.is_empty()
            && default.is_none()
            && keep.is_empty()
            && *on_missing == OnMissing::Omit
            && *on_error == OnError::Reject
            && error.is_none()
    }
}

impl Decode for RowSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let before = reports.made();
        let form = match &node.data {
            Data::Text(_) => Form::Source(At::decode(node, reports)?),
            Data::List(_) => Form::First { alternatives: Vec::decode(node, reports)?, key: None },
            Data::Map(_) => match nested_fields(node) {
                Some(entries) => Form::Object(decode_nested(node, entries, reports)?),
                None => return decode_long(node, reports),
            },
            _ => return rules::wrong_type::report_source(reports, &node.found()),
        };
        Some(Self { flawed: reports.made() > before, ..Self::plain(node.span, form) })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.refer_to::<Self>()
    }
}

/// Reads a map without any key of a row: an object of rows, unless all of its keys are keys of a row but for a letter.
fn decode_nested(node: &Node, entries: &[(Key, Node)], reports: &mut Reports) -> Option<Named<RowSpec>> {
    if let Some([(edit, value), rest @ ..]) = edits_of(node)
        && (rest.is_empty() && value.as_map().is_none() && value.as_text().is_none()
            || node.get("without").is_some()
            || node.get("instead").is_some())
    {
        return rules::unknown_key::report_edit(reports, &edit.at());
    }
    let nearly: Vec<(&Key, &str)> =
        entries.iter().filter_map(|(key, _)| Some((key, nearly(key, row_words())?))).collect();
    if let Some((edit, _)) =
        nearly.first().filter(|(key, meant)| key.text == *meant && nearly.len() == entries.len())
    {
        return rules::unknown_key::report_edit(reports, &edit.at());
    }
    if let Some((key, meant)) = nearly.first().filter(|_| nearly.len() == entries.len()) {
        return rules::unknown_key::report_nearly(reports, &key.at(), meant);
    }
    decode_fields(node, reports)
}

/// The keys that make a map a row.
pub(crate) fn row_words() -> impl Iterator<Item = &'static str> {
    LongRowSpec::KEYS.iter().copied().filter(|key| *key != ITEM_NAME)
}

fn decode_long(node: &Node, reports: &mut Reports) -> Option<RowSpec> {
    let forms: Vec<&str> = FORMS.into_iter().filter(|form| node.get(form).is_some()).collect();
    let is_word = |key: &str| is_row_word(key) || key == ITEM_NAME && forms.contains(&"each");
    if let Some((key, _)) = node.as_map().unwrap_or_default().iter().find(|(key, _)| !is_word(&key.text)) {
        let word = node.as_map().unwrap_or_default().iter().find(|(key, _)| is_word(&key.text));
        let word = word.map(|(key, _)| key.at());
        let words: Vec<&str> = row_words().collect();
        rules::unknown_key::report_in_row(reports, &key.at(), word.as_ref(), &words);
        // whatever else is wrong with it is reported as well
        let words = node.as_map().unwrap_or_default().iter().filter(|(key, _)| is_word(&key.text));
        LongRowSpec::decode(&Node { span: node.span, data: Data::Map(words.cloned().collect()) }, reports);
        return None;
    }
    let long = LongRowSpec::decode(node, reports);
    for (at, (part, form)) in FORM_PARTS.into_iter().enumerate() {
        let fits = FORM_PARTS.iter().any(|(known, form)| *known == part && forms.contains(form));
        let is_first = FORM_PARTS.iter().take(at).all(|(known, _)| *known != part);
        if node.get(part).is_some() && !fits && is_first && !forms.is_empty() {
            rules::conflicting_keys::report_part(reports, node.key_span(part), part, form);
        }
    }
    let form = match forms.as_slice() {
        [] => return rules::missing_key::report_form(reports, node.span, &FORMS),
        [form] => *form,
        [first, second, ..] => {
            let at = |key| (key, node.key_span(key));
            return rules::conflicting_keys::report(reports, at(first), at(second));
        }
    };
    let long = long?;
    // an invalid value of the form was already reported
    let form = match form {
        "from" => match (long.from?.0, long.key) {
            (alternatives, None) => source_alone(alternatives)
                .map_or_else(|alternatives| Form::First { alternatives, key: None }, Form::Source),
            (alternatives, key) => Form::First { alternatives, key },
        },
        "value" => Form::Value(long.value?),
        "template" => match long.template? {
            TemplateForm::Stated(template) => Form::Template(template),
            TemplateForm::Written(written) => {
                let WrittenSpec { from, with, .. } = *written;
                Form::Written { from: Box::new(from), with }
            }
        },
        "join" => Form::Join { parts: long.join, with: long.with.unwrap_or_default() },
        "concat" => Form::Concat(long.concat),
        "merge" => Form::Merge(long.merge),
        "rest_of" => Form::RestOf { sources: long.rest_of, omit: long.omit },
        "object" => Form::Object(long.object?.0),
        // otherwise, an object with a field of this name would quietly become a list
        "list" => match node
            .get("list")
            .filter(|items| !matches!(items.data, Data::List(_)) && edits_of(items).is_none())
        {
            Some(items) => return rules::wrong_type::report_items(reports, &items.found()),
            None => Form::List(long.list),
        },
        "each" => match long.to {
            Some(to) => {
                Form::Each { list: long.each?, name: long.name, filter: long.filter, key: long.key, to }
            }
            None if node.get("to").is_some() => return None,
            None => {
                return rules::missing_key::report(
                    reports,
                    node.span,
                    "to",
                    "a row with `each`",
                    "The value for an item.",
                );
            }
        },
        _ => Form::Switch { on: long.switch?, cases: long.cases, otherwise: long.otherwise },
    };
    Some(RowSpec {
        span: node.span,
        form,
        when: long.when,
        unless: long.unless,
        conversions: long.conversions,
        default: long.default,
        keep: long.keep,
        on_missing: long.on_missing.unwrap_or(OnMissing::Omit),
        on_error: long.on_error.unwrap_or(OnError::Reject),
        error: long.error,
        description: long.description,
        flawed: long.flawed,
    })
}

/// Returns the source of a single alternative without modifiers, or the alternatives.
fn source_alone(alternatives: Vec<RowSpec>) -> Result<At<Source>, Vec<RowSpec>> {
    match alternatives.as_slice() {
        [row] if row.is_plain() => row.form.source().cloned().ok_or(alternatives),
        _ => Err(alternatives),
    }
}

/// A call of a conversion: its name and arguments.
#[derive(Debug, Clone)]
pub struct ConversionSpec {
    /// The name of the conversion.
    pub name: At<String>,
    /// Its arguments.
    pub args: ArgsSpec,
    /// The calls in its first argument, if that consists of calls, for their places.
    pub inside: Vec<ConversionSpec>,
}

/// The arguments of a call.
#[derive(Debug, Clone)]
pub enum ArgsSpec {
    /// No arguments.
    None,
    /// The first argument, without its name.
    First(At<Value>),
    /// Arguments by name.
    Named(Named<At<Value>>),
    /// The number that the conversion calculates with, as a row.
    Operand(Box<RowSpec>),
}

impl Decode for ConversionSpec {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        match &node.data {
            Data::Text(name) => {
                let name = At { value: name.clone(), span: node.span };
                Some(Self { name, args: ArgsSpec::None, inside: Vec::new() })
            }
            Data::Map(entries) => match entries.as_slice() {
                [(key, value)] => Some(Self {
                    name: At { value: key.text.clone(), span: key.span },
                    args: match operand(&key.text, value) {
                        Some(row) => ArgsSpec::Operand(Box::decode(row, reports)?),
                        None => decode_arguments(&key.text, value, reports)?,
                    },
                    inside: calls_inside(&key.text, value),
                }),
                _ => rules::wrong_type::report(
                    reports,
                    &node.found(),
                    "one conversion per list item, such as `- truncate: 255`",
                ),
            },
            _ => rules::wrong_type::report(
                reports,
                &node.found(),
                "a conversion such as `integer` or `{ truncate: 255 }`",
            ),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.refer_to::<Self>()
    }
}

/// The calls that the first argument of a conversion consists of. What is wrong with them is reported where they are built.
fn calls_inside(conversion: &str, value: &Node) -> Vec<ConversionSpec> {
    let Some(first) = mapwright_convert::conversions_param(conversion) else { return Vec::new() };
    Vec::decode(value.get(first).unwrap_or(value), &mut Reports::default()).unwrap_or_default()
}

fn decode_arguments(conversion: &str, value: &Node, reports: &mut Reports) -> Option<ArgsSpec> {
    let is_named = |entries: &[(Key, Node)]| {
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
        // a map is the first argument if that accepts maps, otherwise named arguments
        !mapwright_convert::is_first_argument(conversion, &keys)
    };
    Some(match &value.data {
        Data::Map(entries) if is_named(entries) => ArgsSpec::Named(decode_named(value, reports)?),
        _ => ArgsSpec::First(At { value: Value::decode(value, reports)?, span: value.span }),
    })
}
