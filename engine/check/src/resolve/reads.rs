//! What rows read, as their mappings write it: before names are resolved.

use crate::conversion;
use mapwright_convert::{Combination, PathStep, Root, Source, parse_path};
use mapwright_findings::{At, FileId, Span};
use mapwright_language::names::is_item_name;
use mapwright_language::spec::{ArgsSpec, Expression, Form, Name, Needs, Role, RowSpec, Template};

/// Something that a row reads.
#[derive(Debug, Clone, Copy)]
pub struct Read<'r> {
    /// What is read.
    pub what: What<'r>,
    /// Where that is written.
    pub span: Span,
    /// Whether an `each` of the row gives it its item.
    pub in_each: bool,
    /// Whether it is written as a JSONPath, which may start with any name.
    pub literal: bool,
    /// How often it is read.
    pub times: usize,
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub enum What<'r> {
    /// A path in one of the documents.
    Path(Root, &'r [PathStep]),
    /// A named value, or a value set of that name; then the path in it.
    Value(&'r str, &'r [PathStep]),
}

/// Calls `take` with everything that a row reads, and the rows inside of it.
pub fn each_read(row: &RowSpec, take: &mut dyn FnMut(Read<'_>)) {
    rows_read(row, false, take);
}

fn rows_read(row: &RowSpec, in_each: bool, take: &mut dyn FnMut(Read<'_>)) {
    own_reads(row, &mut |read| take(Read { in_each: read.in_each || in_each, ..read }));
    let is_each = matches!(row.form, Form::Each { name: None, .. });
    for (role, inner) in row.inside() {
        let has_item = is_each && matches!(role, Role::Key | Role::EachTo);
        rows_read(inner, in_each || has_item, take);
    }
}

/// Calls `take` with what a row itself reads, without the rows inside of it.
pub fn own_reads(row: &RowSpec, take: &mut dyn FnMut(Read<'_>)) {
    for condition in [&row.when, &row.unless].into_iter().flatten() {
        condition_reads(condition, take);
    }
    for call in &row.conversions {
        if !matches!(call.args, ArgsSpec::Operand(_))
            && Combination::of(&call.name.value).is_some_and(Combination::takes_names)
            && let Some((names, span)) = conversion::names_of(call)
        {
            let sources = names.iter().filter_map(|name| conversion::name_source(name));
            sources.for_each(|value| source_read(&At { value, span }, take));
        }
    }
    match &row.form {
        Form::Source(source) => source_read(source, take),
        Form::Template(template) => template_reads(template, take),
        Form::RestOf { sources, omit } => {
            sources.iter().for_each(|source| source_read(source, take));
            omit.iter().for_each(|entry| omitted(entry, take));
        }
        Form::Each { name, filter: Some(filter), .. } => {
            let has_item = name.is_none();
            condition_reads(filter, &mut |read| take(Read { in_each: read.in_each || has_item, ..read }));
        }
        Form::Value(_)
        | Form::First { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::Object(_)
        | Form::Written { .. }
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Each { .. }
        | Form::Switch { .. } => {}
    }
}

/// Calls `take` with what a condition reads.
pub fn condition_reads(condition: &Expression, take: &mut dyn FnMut(Read<'_>)) {
    name_reads(&condition.names, condition.span, take);
}

/// Calls `take` with what a template reads.
pub fn template_reads(template: &Template, take: &mut dyn FnMut(Read<'_>)) {
    name_reads(&template.names, template.span, take);
}

/// Calls `take` with what must be present.
pub fn need_reads(need: &Needs, take: &mut dyn FnMut(Read<'_>)) {
    match need {
        Needs::Source(source) => source_read(source, take),
        Needs::Any(needs) | Needs::All(needs) => needs.iter().for_each(|need| need_reads(need, take)),
    }
}

/// Calls `take` with what a source reads.
pub fn source_read(source: &At<Source>, take: &mut dyn FnMut(Read<'_>)) {
    match &source.value {
        Source::Path(path) => {
            let read = of_path(path.root, &path.steps, path.literal);
            take(Read { span: source.span, ..read });
        }
        Source::Named(value) => tell(What::Value(&value.name, &value.steps), source.span, take),
    }
}

/// Returns what a name in a condition or a template reads.
pub fn name_read(name: &Name) -> Option<What<'_>> {
    match (name.value(), name.steps.split_first()) {
        (Some(value), Some((_, rest))) => Some(What::Value(value, rest)),
        (None, Some((PathStep::Key(first), rest))) => Some(match Root::named(first) {
            Some(root) => What::Path(root, rest),
            None if name.is_path() => What::Path(Root::Event, rest),
            None => What::Path(Root::Event, &name.steps),
        }),
        _ => None,
    }
}

fn name_reads(names: &[Name], span: Span, take: &mut dyn FnMut(Read<'_>)) {
    for name in names {
        let read = match name_read(name) {
            Some(What::Path(root, steps)) => of_path(root, steps, name.is_path()),
            Some(what) => Read { what, span, in_each: false, literal: name.is_path(), times: 1 },
            None => continue,
        };
        take(Read { span: name.inside(span), times: name.times, ..read });
    }
}

/// Returns the read of a path. What starts with the name of an item is read of it.
fn of_path(root: Root, steps: &[PathStep], literal: bool) -> Read<'_> {
    let span = Span { file: FileId(0), start: 0, end: 0 };
    match steps.split_first() {
        Some((PathStep::Key(first), rest)) if root == Root::Event && !literal && is_item_name(first) => {
            Read { what: What::Path(Root::Item, rest), span, in_each: true, literal, times: 1 }
        }
        _ => Read { what: What::Path(root, steps), span, in_each: false, literal, times: 1 },
    }
}

fn omitted(entry: &At<String>, take: &mut dyn FnMut(Read<'_>)) {
    match entry.value.strip_prefix('$') {
        Some(name) => tell(What::Value(name, &[]), entry.span, take),
        None => {
            // any other word is the name of a member
            if let Some(path) = parse_path(&entry.value).ok().filter(|path| path.root != Root::Event) {
                tell(What::Path(path.root, &path.steps), entry.span, take);
            }
        }
    }
}

fn tell(what: What<'_>, span: Span, take: &mut dyn FnMut(Read<'_>)) {
    take(Read { what, span, in_each: false, literal: false, times: 1 });
}
