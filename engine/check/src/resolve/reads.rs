//! What rows read, as their mappings write it: before names are resolved.

use crate::conversion;
use mapwright_convert::{Combination, PathStep, Root, Source, parse_path};
use mapwright_findings::{At, Span};
use mapwright_language::spec::{ArgsSpec, DefaultSpec, Expression, Form, Name, RowSpec};

/// Something that a row reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read<'r> {
    pub what: What<'r>,
    pub span: Span,
    /// Whether an `each` of the row gives it its item.
    pub in_each: bool,
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What<'r> {
    /// A path in one of the documents.
    Path(Root, &'r [PathStep]),
    /// A named value, or a value set of that name.
    Value(&'r str),
}

/// Calls `take` with everything that a row reads, and the rows inside of it.
pub(crate) fn each_read(row: &RowSpec, take: &mut dyn FnMut(Read<'_>)) {
    Reader { in_each: false, take }.row(row);
}

struct Reader<'t> {
    in_each: bool,
    take: &'t mut dyn FnMut(Read<'_>),
}

impl Reader<'_> {
    fn row(&mut self, row: &RowSpec) {
        [&row.when, &row.unless].into_iter().flatten().for_each(|condition| self.condition(condition));
        for call in &row.conversions {
            if let ArgsSpec::Operand(row) = &call.args {
                self.row(row);
            } else if Combination::of(&call.name.value).is_some_and(Combination::takes_names)
                && let Some((names, span)) = conversion::names_of(call)
            {
                let sources = names.iter().filter_map(|name| conversion::name_source(name));
                sources.for_each(|value| self.source(&At { value, span }));
            }
        }
        if let Some(DefaultSpec::Row(row)) = &row.default {
            self.row(row);
        }
        match &row.form {
            Form::Source(source) => self.source(source),
            Form::Value(_) => {}
            Form::Template(template) => self.names(&template.names, template.span),
            Form::RestOf { sources, omit } => {
                sources.iter().for_each(|source| self.source(source));
                omit.iter().for_each(|entry| self.omitted(entry));
            }
            Form::First { alternatives: rows, key } => {
                rows.iter().chain(key.as_deref()).for_each(|row| self.row(row));
            }
            Form::Join { parts: rows, .. } | Form::Concat(rows) | Form::Merge(rows) | Form::List(rows) => {
                rows.iter().for_each(|row| self.row(row));
            }
            Form::Object(fields) => fields.iter().for_each(|(_, row)| self.row(row)),
            Form::Computed { key, to } => [key, to].into_iter().for_each(|row| self.row(row)),
            Form::Each { list, filter, key, to } => {
                self.row(list);
                let outer = std::mem::replace(&mut self.in_each, true);
                filter.iter().for_each(|filter| self.condition(filter));
                key.iter().for_each(|key| self.row(key));
                self.row(to);
                self.in_each = outer;
            }
            Form::Switch { on, cases, otherwise } => {
                self.row(on);
                cases.iter().for_each(|(_, row)| self.row(row));
                otherwise.iter().for_each(|row| self.row(row));
            }
        }
    }

    fn condition(&mut self, condition: &Expression) {
        self.names(&condition.names, condition.span);
    }

    fn names(&mut self, names: &[Name], span: Span) {
        for name in names {
            let span = name.inside(span);
            match (name.value(), name.steps.split_first()) {
                (Some(value), _) => self.tell(What::Value(value), span),
                (None, Some((PathStep::Key(first), rest))) => match Root::named(first) {
                    Some(root) => self.tell(What::Path(root, rest), span),
                    None => self.tell(What::Path(Root::Event, &name.steps), span),
                },
                (None, _) => {}
            }
        }
    }

    fn source(&mut self, source: &At<Source>) {
        match &source.value {
            Source::Path(path) => self.tell(What::Path(path.root, &path.steps), source.span),
            Source::Named(value) => self.tell(What::Value(&value.name), source.span),
        }
    }

    fn omitted(&mut self, entry: &At<String>) {
        match entry.value.strip_prefix('$') {
            Some(name) => self.tell(What::Value(name), entry.span),
            None => {
                if let Ok(path) = parse_path(&entry.value) {
                    self.tell(What::Path(path.root, &path.steps), entry.span);
                }
            }
        }
    }

    fn tell(&mut self, what: What<'_>, span: Span) {
        (self.take)(Read { what, span, in_each: self.in_each });
    }
}
