//! What rows say, as text: sources in which named values are expanded, conversions, conditions.

use mapwright_check::names::{Values, template_reads};
use mapwright_check::names::{What, condition_reads};
use mapwright_convert::{Definition, Group, PathStep, Root, Source as SourceSpec, Type, find};
use mapwright_findings::{Span, Texts};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{
    ArgsSpec, ConversionSpec, DefaultSpec, Expression, Form, OnError, RowSpec, Template,
};
use serde_json::Value;

use crate::data::{Conversion, Invalid, Source, SourceKind};
use crate::place::Place;

/// Rows and values inside of each other; what is deeper is not expanded.
pub(crate) const DEEPEST: usize = 16;

/// Reads the rows of a mapping, or of a version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'v> {
    pub(crate) texts: &'v Texts,
    pub(crate) values: &'v Values<'v>,
    /// The conversions that the version gives names to.
    pub(crate) chains: &'v Named<Vec<ConversionSpec>>,
    pub(crate) sets: &'v Named<Vec<String>>,
}

impl<'v> Reader<'v> {
    /// The place of something in a file.
    pub(crate) fn place(&self, span: Span) -> Place {
        place(self.texts, span)
    }

    /// The sources of a row, each with its own conversions and conditions.
    pub(crate) fn sources(&self, row: &RowSpec, depth: usize) -> Vec<Source> {
        let mut all = self.of_form(row, depth);
        let (conversions, conditions) = (self.conversions(&row.conversions), conditions(row));
        for source in &mut all {
            source.conversions.extend(conversions.iter().cloned());
            source.conditions.extend(conditions.iter().cloned());
            if let Some(invalid) = self.invalid(row) {
                source.invalid = Some(invalid);
            }
        }
        if let Some(default) = &row.default {
            all.extend(self.default(default, row.span, depth));
        }
        all
    }

    /// The sources of a default, which come last.
    fn default(&self, default: &DefaultSpec, span: Span, depth: usize) -> Vec<Source> {
        match default {
            DefaultSpec::Value(value) => {
                vec![self.source(SourceKind::Constant, value.to_string(), Vec::new(), span)]
            }
            DefaultSpec::Row(row) => self.sources(row, depth + 1),
        }
    }

    /// The sources of a row, without its conversions and conditions.
    pub(crate) fn of_form(&self, row: &RowSpec, depth: usize) -> Vec<Source> {
        let made = |(text, reads)| vec![self.source(SourceKind::Made, text, reads, row.span)];
        if depth > DEEPEST {
            return made(("…".to_owned(), Vec::new()));
        }
        match &row.form {
            Form::Source(source) => self.of_source(&source.value, source.span, depth),
            Form::First { alternatives, key: None } => {
                alternatives.iter().flat_map(|row| self.sources(row, depth + 1)).collect()
            }
            Form::First { alternatives, key: Some(key) } => {
                let (key, key_reads) = self.whole(key, depth + 1);
                let mut all: Vec<Source> =
                    alternatives.iter().flat_map(|row| self.sources(row, depth + 1)).collect();
                for source in &mut all {
                    source.kind = SourceKind::Made;
                    source.text = format!("{}[{key}]", source.text);
                    source.reads.extend(key_reads.iter().cloned());
                }
                all
            }
            Form::Value(value) => {
                vec![self.source(SourceKind::Constant, value.to_string(), Vec::new(), row.span)]
            }
            Form::Template(template) => {
                vec![self.source(
                    SourceKind::Template,
                    one_line(&template.spelled()),
                    reads_of(template),
                    row.span,
                )]
            }
            Form::Written { from, .. } => {
                let (text, reads) = self.whole(from, depth + 1);
                made((format!("the template that operators write in {text}"), reads))
            }
            Form::Join { parts, with } => {
                let (texts, reads) = self.each(parts, depth);
                made((format!("{}, joined with {}", texts.join(" and "), Value::from(with.as_str())), reads))
            }
            Form::Concat(parts) => {
                let (texts, reads) = self.each(parts, depth);
                made((format!("the items of {}", texts.join(" and ")), reads))
            }
            Form::Merge(parts) => {
                let (texts, reads) = self.each(parts, depth);
                made((format!("the members of {}", texts.join(" and then ")), reads))
            }
            Form::RestOf { sources, omit } => {
                let texts: Vec<String> = sources.iter().map(|source| written(&source.value)).collect();
                let mut rest =
                    self.source(SourceKind::Rest, texts.join(" and then "), texts.clone(), row.span);
                rest.omits = omit.iter().flat_map(|entry| self.names(&entry.value)).collect();
                vec![rest]
            }
            Form::Object(fields) => {
                let (mut texts, mut reads) = (Vec::new(), Vec::new());
                for (name, row) in fields {
                    let (text, more) = self.whole(row, depth + 1);
                    texts.push(format!("{}: {text}", name.value));
                    reads.extend(more);
                }
                made((format!("{{ {} }}", texts.join(", ")), reads))
            }
            Form::Computed { key, to } => {
                let ((key, mut reads), (to, more)) = (self.whole(key, depth + 1), self.whole(to, depth + 1));
                reads.extend(more);
                made((format!("{{ [{key}]: {to} }}"), reads))
            }
            Form::List(items) => {
                let (texts, reads) = self.each(items, depth);
                made((format!("[{}]", texts.join(", ")), reads))
            }
            Form::Each { list, filter, key, to, .. } => {
                let (mut text, mut reads) = self.whole(list, depth + 1);
                if let Some(filter) = filter {
                    text += &format!(" where {}", condition(filter));
                }
                let (to_text, more) = self.whole(to, depth + 1);
                reads.extend(more);
                let to_text = match key {
                    None if to_text == "item" => String::new(),
                    None => format!(": {to_text}"),
                    Some(key) => format!(": {} with the name {}", to_text, self.whole(key, depth + 1).0),
                };
                made((format!("each of {text}{to_text}"), reads))
            }
            Form::Switch { on, cases, otherwise } => {
                let (expanded, on_reads) = self.whole(on, depth + 1);
                // a name says more than all that it may be made of
                let on = match on.form.source().filter(|_| on.is_plain()) {
                    Some(source) => written(&source.value),
                    None => expanded,
                };
                let mut all = Vec::new();
                for (case, row) in cases {
                    let condition = format!("{on} is {}", Value::from(case.value.as_str()));
                    for mut source in self.sources(row, depth + 1) {
                        source.conditions.insert(0, condition.clone());
                        source.reads.extend(on_reads.iter().cloned());
                        all.push(source);
                    }
                }
                for mut source in otherwise.iter().flat_map(|row| self.sources(row, depth + 1)) {
                    source.conditions.insert(0, format!("{on} is anything else"));
                    source.reads.extend(on_reads.iter().cloned());
                    all.push(source);
                }
                all
            }
        }
    }

    fn of_source(&self, source: &SourceSpec, span: Span, depth: usize) -> Vec<Source> {
        let named = match source {
            SourceSpec::Named(named) => named,
            SourceSpec::Path(path) => {
                let text = written(source);
                let reads = match path.rest {
                    // what a query finds is not known
                    Some(_) => vec![dotted(path.root, &path.steps)],
                    None => vec![text.clone()],
                };
                return vec![self.source(SourceKind::Path, text, reads, span)];
            }
        };
        let Some((_, row)) = self.values.find(&named.name) else {
            return vec![self.source(SourceKind::Path, named.written.clone(), Vec::new(), span)];
        };
        self.inside(row, &named.steps, depth + 1)
    }

    /// The sources of what stands at a path in a named value.
    fn inside(&self, row: &RowSpec, steps: &[PathStep], depth: usize) -> Vec<Source> {
        let Some((first, rest)) = steps.split_first() else { return self.sources(row, depth) };
        if let (Form::Object(fields), PathStep::Key(name), true) = (&row.form, first, row.is_plain())
            && let Some(field) = by_name(fields, name)
            && depth < DEEPEST
        {
            return self.inside(field, rest, depth + 1);
        }
        let mut all = self.sources(row, depth);
        let tail = dotted_after(steps);
        for source in &mut all {
            match source.kind {
                SourceKind::Path if source.conversions.is_empty() => {
                    source.text.push_str(&tail);
                    source.reads.iter_mut().for_each(|read| read.push_str(&tail));
                }
                _ => {
                    let text = self.worded(source);
                    source.conversions.clear();
                    source.text = format!("({text}){tail}");
                    source.kind = SourceKind::Made;
                }
            }
        }
        all
    }

    /// What a row is, in one text, and the paths that it reads.
    pub(crate) fn whole(&self, row: &RowSpec, depth: usize) -> (String, Vec<String>) {
        let all = self.sources(row, depth);
        let reads = all.iter().flat_map(|source| source.reads.clone()).collect();
        let texts: Vec<String> = all
            .iter()
            .map(|source| {
                let text = self.worded(source);
                match source.conditions.as_slice() {
                    [] => text,
                    conditions => format!("{text} if {}", all_of(conditions)),
                }
            })
            .collect();
        match texts.as_slice() {
            [one] => (one.clone(), reads),
            _ => (format!("({})", texts.join(", else ")), reads),
        }
    }

    /// A source with its conversions.
    fn worded(&self, source: &Source) -> String {
        let conversions: Vec<String> = source.conversions.iter().map(Conversion::text).collect();
        match conversions.as_slice() {
            [] => source.text.clone(),
            conversions => format!("{} as {}", source.text, conversions.join(", ")),
        }
    }

    fn each(&self, rows: &[RowSpec], depth: usize) -> (Vec<String>, Vec<String>) {
        let (mut texts, mut reads) = (Vec::new(), Vec::new());
        for row in rows {
            let (text, more) = self.whole(row, depth + 1);
            texts.push(text);
            reads.extend(more);
        }
        (texts, reads)
    }

    fn source(&self, kind: SourceKind, text: String, reads: Vec<String>, span: Span) -> Source {
        Source {
            kind,
            text,
            reads,
            conversions: Vec::new(),
            conditions: Vec::new(),
            omits: Vec::new(),
            invalid: None,
            place: self.place(span),
        }
    }

    /// The names that an entry of `omit` stands for.
    fn names(&self, entry: &str) -> Vec<String> {
        let set = entry.strip_prefix('$').and_then(|name| by_name(self.sets, name));
        set.map_or_else(|| vec![entry.to_owned()], |set| set.to_vec())
    }

    /// What becomes of values that cannot be converted, if a conversion of the row refuses some.
    pub(crate) fn invalid(&self, row: &RowSpec) -> Option<Invalid> {
        let mut calls = self.calls(&row.conversions).into_iter();
        let refuses = calls.any(|(_, definition)| definition.is_none_or(Definition::refuses));
        refuses.then_some(match row.on_error {
            OnError::Reject => Invalid::Reject,
            OnError::Omit => Invalid::Omit,
            OnError::Next => Invalid::Next,
        })
    }

    /// Conversions, with those that a name stands for in its place.
    pub(crate) fn conversions(&self, calls: &[ConversionSpec]) -> Vec<Conversion> {
        let mut all = Vec::new();
        for (call, definition) in self.calls(calls) {
            all.push(Conversion {
                name: call.name.value.clone(),
                arguments: self.arguments(&call.args),
                limit: definition.is_some_and(|definition| definition.group == Group::Limits),
                bounds: definition.is_some_and(Definition::bounds),
                gives: definition
                    .map(|definition| definition.gives)
                    .filter(|gives| *gives != Type::Any)
                    .map(|gives| gives.to_string()),
            });
        }
        all
    }

    /// The engine's conversions that these calls stand for.
    pub(crate) fn calls<'r>(
        &self,
        calls: &'r [ConversionSpec],
    ) -> Vec<(&'r ConversionSpec, Option<&'static Definition>)>
    where
        'v: 'r,
    {
        let mut all = Vec::new();
        for call in calls {
            match (find(&call.name.value), by_name(self.chains, &call.name.value)) {
                (None, Some(chain)) => all.extend(self.calls(chain)),
                (definition, _) => all.push((call, definition)),
            }
        }
        all
    }

    fn arguments(&self, args: &ArgsSpec) -> String {
        match args {
            ArgsSpec::None => String::new(),
            ArgsSpec::First(value) => plain(&value.value),
            ArgsSpec::Named(named) => {
                let texts: Vec<String> = named
                    .iter()
                    .map(|(name, value)| format!("{} {}", name.value, plain(&value.value)))
                    .collect();
                texts.join(", ")
            }
            ArgsSpec::Operand(row) => self.whole(row, 1).0,
        }
    }
}

/// The place of something in a file.
pub(crate) fn place(texts: &Texts, span: Span) -> Place {
    let mapwright_findings::Place { path: file, line, column, .. } = texts.place(span);
    Place { file, line, column }
}

/// What an argument of a call is.
pub(crate) fn argument<'r>(
    call: &'r ConversionSpec,
    definition: Option<&'static Definition>,
    name: &str,
) -> Option<&'r Value> {
    match &call.args {
        ArgsSpec::Named(named) => by_name(named, name).map(|value| &value.value),
        ArgsSpec::First(value) => {
            let first = definition?.params.first()?;
            (first.name == name).then_some(&value.value)
        }
        ArgsSpec::None | ArgsSpec::Operand(_) => None,
    }
}

/// The conditions of a row: all must hold.
pub(crate) fn conditions(row: &RowSpec) -> Vec<String> {
    let when = row.when.iter().map(condition);
    when.chain(row.unless.iter().map(negated)).collect()
}

/// A condition as text.
pub(crate) fn condition(expression: &Expression) -> String {
    one_line(&expression.spelled())
}

/// What holds if a condition does not, as text.
pub(crate) fn negated(expression: &Expression) -> String {
    let text = condition(expression);
    if text.contains(' ') { format!("not ({text})") } else { format!("not {text}") }
}

/// Joins conditions into one.
///
/// ```
/// let conditions = ["traits.vip".to_owned(), "a or b".to_owned()];
/// assert_eq!(mapwright_describe::all_of(&conditions), "traits.vip and (a or b)");
/// ```
pub fn all_of(conditions: &[String]) -> String {
    match conditions {
        [one] => one.clone(),
        several => {
            let inside =
                |text: &String| if text.contains(" or ") { format!("({text})") } else { text.clone() };
            several.iter().map(inside).collect::<Vec<_>>().join(" and ")
        }
    }
}

/// Text without line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as a reader of YAML writes it.
fn plain(value: &Value) -> String {
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '$'))
    };
    match value {
        Value::String(text) if is_word(text) && text.chars().any(char::is_alphanumeric) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A source as its author wrote it; a plain path of the event without `$.`.
fn written(source: &SourceSpec) -> String {
    match source {
        SourceSpec::Named(named) => named.written.clone(),
        SourceSpec::Path(path) if path.rest.is_some() => path.written.clone(),
        SourceSpec::Path(path) => dotted(path.root, &path.steps),
    }
}

/// A path, with the name of its document unless that is the event.
fn dotted(root: Root, steps: &[PathStep]) -> String {
    let name = Root::NAMED.iter().find(|(_, known)| *known == root).map(|(name, _)| *name);
    let tail = dotted_after(steps);
    match name {
        Some(name) => format!("{name}{tail}"),
        None => tail.strip_prefix('.').map_or_else(|| format!("${tail}"), str::to_owned),
    }
}

fn dotted_after(steps: &[PathStep]) -> String {
    steps
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => format!(".{key}"),
            PathStep::Index(index) => format!("[{index}]"),
        })
        .collect()
}

/// The paths that a template reads.
fn reads_of(template: &Template) -> Vec<String> {
    let mut reads = Vec::new();
    template_reads(template, &mut |read| {
        if let What::Path(root, steps) = read.what {
            reads.push(dotted(root, steps));
        }
    });
    reads
}

/// The names of the named values that a condition reads.
pub(crate) fn values_read(expression: &Expression, take: &mut dyn FnMut(&str)) {
    condition_reads(expression, &mut |read| {
        if let What::Value(name, _) = read.what {
            take(name);
        }
    });
}

/// The names of the named values that a template reads.
pub(crate) fn values_printed(template: &Template, take: &mut dyn FnMut(&str)) {
    template_reads(template, &mut |read| {
        if let What::Value(name, _) = read.what {
            take(name);
        }
    });
}
