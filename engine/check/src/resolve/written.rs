//! What operators write in a notation, and where mappings read it: templates, paths, patterns.

use mapwright_convert::{PathStep, Root, Source, SourcePath, parse_source};
use mapwright_findings::Span;
use mapwright_findings::rules::{invalid_template, invalid_value};
use mapwright_language::decode::{Named, by_name, names};
use mapwright_language::spec::{
    Expr, Form, Name, RowSpec, SettingSpec, SettingType, Template, TemplatePart, Test,
};

use crate::resolve::Resolver;

impl<'c> Resolver<'c, '_> {
    /// Reports a template that is the path of something which it does not print.
    pub(crate) fn prints_itself(&mut self, template: &Template) {
        let text = template.text.trim();
        let is_path = |source: Source| matches!(source, Source::Path(path) if path.root != Root::Event && !path.steps.is_empty());
        if !template.text.contains('{') && parse_source(text).is_ok_and(is_path) {
            let problem = format!("the template prints its own text, `{text}`");
            let help = format!("write `{{{{ {text} }}}}`, or `from: {text}` for the value itself");
            invalid_template::unsupported(self.reports, template.span, problem, help);
        }
    }

    /// The setting, or the column of a table, that a path reads.
    fn declared_at(&self, path: &SourcePath) -> Option<&'c SettingSpec> {
        let table = |item: crate::resolve::item::Item<'c>| item.table.map(|table| table.columns);
        match (path.root, path.steps.as_slice()) {
            (Root::Settings, [PathStep::Key(name)]) => by_name(&self.destination.spec.settings, name),
            (Root::Item, [PathStep::Key(column)]) => by_name(table(self.context.item?)?, column),
            (Root::Event, [PathStep::Key(name), PathStep::Key(column)]) if !path.literal => {
                let named = self.context.items.iter().rfind(|item| item.name == *name)?;
                by_name(table(named.item)?, column)
            }
            _ => None,
        }
    }

    /// The settings and columns that a row reads, if it does nothing else; one that it reads of something else is `None`.
    fn declared_in(&self, row: &RowSpec, found: &mut Vec<Option<&'c SettingSpec>>) {
        if let Form::First { alternatives, key: None } = &row.form
            && row.only_reads()
        {
            return alternatives.iter().for_each(|row| self.declared_in(row, found));
        }
        let source = row.form.source().filter(|_| row.only_reads());
        found.push(match source.map(|source| &source.value) {
            Some(Source::Path(path)) => self.declared_at(path),
            Some(Source::Named(_)) | None => None,
        });
    }

    /// Checks where a template of operators is from, and notes what it can read.
    pub(crate) fn check_template(&mut self, from: &RowSpec, with: &Named<RowSpec>) -> Option<()> {
        let mut found = Vec::new();
        self.declared_in(from, &mut found);
        for setting in found {
            match setting.filter(|setting| setting.kind == Some(SettingType::Template)) {
                Some(setting) => {
                    let known = self.template_names.entry(setting.span).or_default();
                    known.extend(names(with).map(str::to_owned));
                }
                None => return self.not_written(from.span, "template", SettingType::Template),
            }
        }
        Some(())
    }

    /// Whether a `key` is a path that operators write. One that may be a name as well is reported.
    pub(crate) fn is_path(&mut self, key: &RowSpec) -> Option<bool> {
        let mut found = Vec::new();
        self.declared_in(key, &mut found);
        let is_path = |setting: &Option<&SettingSpec>| {
            setting.is_some_and(|setting| setting.kind == Some(SettingType::Path))
        };
        match (found.iter().any(is_path), found.iter().all(is_path)) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => self.not_written(key.span, "path", SettingType::Path),
        }
    }

    /// Checks that the patterns that expressions look for are stated, or written by operators.
    pub(crate) fn check_patterns<'e>(
        &mut self,
        names: &[Name],
        span: Span,
        expressions: impl IntoIterator<Item = &'e Expr>,
    ) -> Option<()> {
        let mut open: Vec<&Expr> = expressions.into_iter().collect();
        while let Some(expr) = open.pop() {
            open.extend(expr.inside());
            if let Expr::Is(_, Test::Matching, argument) = expr {
                let name = match argument.as_deref() {
                    Some(Expr::Pattern(_)) => continue,
                    Some(Expr::Name(at)) => names.get(*at),
                    _ => None,
                };
                let setting = name.and_then(|name| self.declared_at(&path_of(name)?));
                if setting.is_none_or(|setting| setting.kind != Some(SettingType::Pattern)) {
                    return self.not_written(span, "pattern", SettingType::Pattern);
                }
            }
        }
        Some(())
    }

    /// The same for a template.
    pub(crate) fn check_patterns_in(
        &mut self,
        names: &[Name],
        span: Span,
        parts: &[TemplatePart],
    ) -> Option<()> {
        let mut all = Vec::new();
        parts.iter().for_each(|part| part.each_expression(&mut |expr| all.push(expr)));
        self.check_patterns(names, span, all)
    }

    fn not_written<T>(&mut self, span: Span, what: &str, kind: SettingType) -> Option<T> {
        let (stated, or) = match kind {
            SettingType::Pattern => {
                ("neither a string in quotes nor", "write it as `is matching(\"^Order\")`, or ")
            }
            _ => ("not", ""),
        };
        let kind = kind.word();
        let message = format!("the {what} is {stated} a setting, or a column of a table, of `type: {kind}`");
        let help = format!(
            "{or}declare it in `destination.yaml` with `type: {kind}`, so that it is read when settings are bound"
        );
        invalid_value::report(self.reports, span, message, help);
        None
    }
}

/// The path of a name in an expression.
fn path_of(name: &Name) -> Option<SourcePath> {
    if name.value().is_some() || name.is_path() {
        return None;
    }
    let (first, rest) = name.split();
    let (root, steps) = match Root::named(first) {
        Some(root) => (root, rest.to_vec()),
        None => (Root::Event, name.steps.clone()),
    };
    Some(SourcePath { root, steps, rest: None, literal: false, written: name.text() })
}
