//! The arguments of a call, which the definition of its conversion reads one by one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::action::Conversion;
use crate::call::{Args, BuildError, BuildInner, Call, CallPart, Mistake, Scope};
use crate::error::ConvertError;
use crate::names::Names;
use crate::notes::{Notes, SettingPath, setting_error};
use crate::path::{PathStep, Root, parse_path};
use crate::signature::{Param, ParamType};
use crate::value::Val;
use mapwright_json::{Json, Kind, Number};
use regex::Regex;
use serde_json::{Map, Value};

/// The prefix of a string argument that refers to a setting.
const SETTINGS: &str = "settings.";

/// A string argument, or the setting that contains the text.
#[derive(Debug)]
pub enum TextArg {
    Text(String),
    Setting(SettingPath),
}

impl TextArg {
    pub fn resolve<'a>(&'a self, notes: &Notes<'a>) -> Result<Cow<'a, str>, ConvertError> {
        match self {
            TextArg::Text(text) => Ok(Cow::Borrowed(text)),
            TextArg::Setting(path) => {
                let found = notes.setting(path).map(Val::Json);
                found.as_ref().and_then(Val::as_text).ok_or_else(|| setting_error(path, "text", &found))
            }
        }
    }
}

/// A boolean argument, or the setting that contains it.
#[derive(Debug)]
pub(crate) enum BooleanArg {
    Boolean(bool),
    Setting(SettingPath),
}

impl BooleanArg {
    /// Returns the boolean; an absent setting is `false`.
    pub(crate) fn resolve(&self, notes: &Notes<'_>) -> Result<bool, ConvertError> {
        match self {
            BooleanArg::Boolean(boolean) => Ok(*boolean),
            BooleanArg::Setting(path) => match notes.setting(path).map(Val::Json) {
                None => Ok(false),
                Some(found) => found
                    .as_bool()
                    .ok_or_else(|| setting_error(path, "`true` or `false`", &Some(found.clone()))),
            },
        }
    }
}

/// A value table.
#[derive(Debug)]
pub enum Table {
    /// A table of the version, or an inline table.
    Fixed { name: String, entries: Arc<Map<String, Value>> },
    /// A setting: a map, or a list of rows with these columns.
    Setting { path: SettingPath, from: String, to: String },
}

impl Table {
    pub fn name(&self) -> &str {
        match self {
            Table::Fixed { name, .. } => name,
            Table::Setting { path, .. } => &path.written,
        }
    }

    /// Returns the value of a key.
    pub fn get(
        &self,
        key: &str,
        ignore_case: bool,
        notes: &Notes<'_>,
    ) -> Result<Option<Val<'static>>, ConvertError> {
        let folded = ignore_case.then(|| key.to_lowercase());
        let same = |known: &str| match &folded {
            Some(folded) => known.to_lowercase() == *folded,
            None => known == key,
        };
        Ok(match self {
            Table::Fixed { entries, .. } if !ignore_case => entries.get(key).map(Val::owned),
            Table::Fixed { entries, .. } => {
                entries.iter().find(|(known, _)| same(known)).map(|(_, value)| Val::owned(value))
            }
            Table::Setting { path, from, to } => {
                let found = match found(path, from, to, key, ignore_case, notes) {
                    Some(mut found) => found.next(),
                    None => {
                        rows(path, from, to, notes)?.find(|(known, _)| same(known)).map(|(_, value)| value)
                    }
                };
                found.map(|value| Val::owned(&value.to_value()))
            }
        })
    }

    /// Returns the strings of a table, for many look-ups.
    /// The first entry that has no text, if the table is stated.
    pub fn without_text(&self) -> Option<&str> {
        let Table::Fixed { entries, .. } = self else { return None };
        let mut names = entries.iter().filter(|(_, value)| Val::Json((*value).into()).to_text().is_none());
        names.next().map(|(name, _)| name.as_str())
    }

    pub fn texts<'a>(&'a self, notes: &Notes<'a>) -> Result<Texts<'a>, ConvertError> {
        Ok(match self {
            Table::Fixed { entries, .. } => Texts::Fixed(entries),
            Table::Setting { path, from, to } if notes.table(path).is_some() => {
                Texts::Arranged { path, from, to, notes: notes.fresh() }
            }
            Table::Setting { path, from, to } => {
                let mut texts = HashMap::new();
                for (name, value) in rows(path, from, to, notes)? {
                    if let Some(text) = Val::Json(value).to_text() {
                        texts.entry(name).or_insert(text);
                    }
                }
                Texts::Setting(texts)
            }
        })
    }
}

/// The strings of a table, by name.
pub enum Texts<'a> {
    Fixed(&'a Map<String, Value>),
    Setting(HashMap<Cow<'a, str>, Cow<'a, str>>),
    Arranged { path: &'a SettingPath, from: &'a str, to: &'a str, notes: Notes<'a> },
}

impl Texts<'_> {
    pub fn get(&self, name: &str) -> Option<String> {
        match self {
            Texts::Fixed(entries) => Val::Json(entries.get(name)?.into()).to_text().map(Cow::into_owned),
            Texts::Setting(texts) => texts.get(name).map(|text| text.clone().into_owned()),
            Texts::Arranged { path, from, to, notes } => {
                let mut found = found(path, from, to, name, false, notes)?;
                found.find_map(|value| Val::Json(value).to_text()).map(Cow::into_owned)
            }
        }
    }
}

/// Returns the values of the rows with a key, in order, without a search. `None` where the settings are not arranged.
fn found<'a>(
    path: &SettingPath,
    from: &str,
    to: &'a str,
    key: &str,
    ignore_case: bool,
    notes: &Notes<'a>,
) -> Option<impl Iterator<Item = Json<'a>>> {
    let (rows, columns) = notes.table(path)?;
    let places = columns.find(from, key, ignore_case).iter();
    Some(places.filter_map(move |place| value_of(Json::Tree(rows.get(*place)?), to)))
}

/// The value of a row in a column.
fn value_of<'a>(row: Json<'a>, column: &str) -> Option<Json<'a>> {
    row.get(column).filter(|value| !value.is_null() && !value.is_empty_str())
}

/// Returns the rows of a table in the settings that have a key and a value. An absent setting has no rows.
fn rows<'a>(
    path: &SettingPath,
    from: &'a str,
    to: &'a str,
    notes: &Notes<'a>,
) -> Result<impl Iterator<Item = (Cow<'a, str>, Json<'a>)>, ConvertError> {
    let table = notes.setting(path).unwrap_or(Json::NULL);
    if !matches!(table.kind(), Kind::Null | Kind::Object | Kind::Array) {
        return Err(setting_error(path, "a map or a list of rows", &Some(Val::Json(table))));
    }
    let row = move |row: Json<'a>| {
        let value = value_of(row, to)?;
        Some((Val::Json(row.get(from)?).to_text()?, value))
    };
    Ok(table.entries().chain(table.items().filter_map(row)))
}

/// The arguments of a call. Every method reports errors and returns `None`.
pub struct Arguments<'c> {
    conversion: &'static str,
    params: &'static [Param],
    call: &'c Call,
    scope: &'c dyn Scope,
    inner: &'c dyn BuildInner,
    mistakes: Vec<Mistake>,
}

impl<'c> Arguments<'c> {
    /// Reads the arguments of a call of a conversion with these parameters.
    pub fn new(
        conversion: &'static str,
        params: &'static [Param],
        call: &'c Call,
        scope: &'c dyn Scope,
        inner: &'c dyn BuildInner,
    ) -> Self {
        let mut arguments = Self { conversion, params, call, scope, inner, mistakes: Vec::new() };
        let unknown: Vec<(String, String)> = match &call.args {
            Args::First(value) if params.is_empty() => vec![(String::new(), value.to_string())],
            Args::None | Args::First(_) => Vec::new(),
            Args::Named(entries) => {
                let names = entries.iter().map(|(name, _)| name);
                let unknown = names.filter(|name| !params.iter().any(|param| param.name == *name));
                unknown.map(|name| (name.clone(), name.clone())).collect()
            }
        };
        for (argument, name) in unknown {
            let error = BuildError::UnknownArgument { conversion: conversion.to_owned(), name };
            arguments.mistake(CallPart::Argument(argument), error);
        }
        for param in params {
            if param.required && arguments.get(param.name).is_none() {
                arguments
                    .mistake(CallPart::Name, BuildError::MissingArgument { conversion, name: param.name });
            }
        }
        arguments
    }

    /// Returns the mistakes in the arguments.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes
    }

    fn mistake(&mut self, part: CallPart, error: BuildError) {
        self.mistakes.push((part, error));
    }

    fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }

    fn get(&self, name: &str) -> Option<&'c Value> {
        match &self.call.args {
            Args::None => None,
            Args::First(value) => self.params.first().filter(|first| first.name == name).map(|_| value),
            Args::Named(entries) => entries.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        }
    }

    /// Returns whether the argument is given.
    pub fn given(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Reports an invalid argument, with what was expected.
    pub fn bad<T>(&mut self, name: &'static str, expected: impl Into<String>) -> Option<T> {
        self.bad_for(name, expected, None)
    }

    /// Reports a wrong argument as [`bad`](Self::bad) does, and what was `meant`.
    pub fn bad_for<T>(
        &mut self,
        name: &'static str,
        expected: impl Into<String>,
        meant: Option<String>,
    ) -> Option<T> {
        let written = self.get(name)?;
        let (conversion, expected, found) = (self.conversion, expected.into(), written.to_string());
        let error = BuildError::BadArgument { conversion, name, expected, found, meant };
        self.mistake(CallPart::Value(name), error);
        None
    }

    /// Returns an argument, if it is given and `read` accepts it.
    fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&'c Value) -> Option<T>) -> Option<T> {
        let written = self.get(name)?;
        match read(written) {
            Some(value) => Some(value),
            None => {
                let expected = self.param(name).map_or_else(String::new, |param| param.takes.to_string());
                self.bad(name, expected)
            }
        }
    }

    /// Requires exactly one of two arguments.
    pub fn exactly_one(&mut self, first: &'static str, second: &'static str) -> Option<()> {
        if self.given(first) && self.given(second) {
            return self.bad(second, format!("`{first}` or `{second}`, not both"));
        }
        self.at_least_one(first, second)
    }

    /// Requires at least one of two arguments.
    pub fn at_least_one(&mut self, first: &'static str, second: &'static str) -> Option<()> {
        if self.given(first) || self.given(second) {
            return Some(());
        }
        let conversion = self.conversion;
        self.mistake(CallPart::Name, BuildError::MissingArgument { conversion, name: first });
        None
    }

    /// Returns a string argument. Text that looks like a setting is an error, since it would not be read as one.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.read(name, Value::as_str)?;
        if text.starts_with(SETTINGS) {
            return self.bad(name, "text; a setting is not allowed here");
        }
        Some(text.to_owned())
    }

    /// Returns an optional text argument.
    pub fn text_or(&mut self, name: &'static str, default: &str) -> Option<String> {
        if self.given(name) { self.text(name) } else { Some(default.to_owned()) }
    }

    /// Returns text, or a setting.
    pub fn text_or_setting(&mut self, name: &'static str) -> Option<TextArg> {
        let text = self.read(name, Value::as_str)?;
        if text.starts_with(SETTINGS) {
            self.setting(name, text).map(TextArg::Setting)
        } else {
            Some(TextArg::Text(text.to_owned()))
        }
    }

    /// Returns a boolean, or a setting; `false` by default.
    pub(crate) fn boolean_or_setting(&mut self, name: &'static str) -> Option<BooleanArg> {
        if !self.given(name) {
            return Some(BooleanArg::Boolean(false));
        }
        let argument = self.read(name, |value| match value {
            Value::Bool(_) => Some(value),
            Value::String(text) if text.starts_with(SETTINGS) => Some(value),
            _ => None,
        })?;
        match argument.as_str() {
            Some(text) => self.setting(name, text).map(BooleanArg::Setting),
            None => Some(BooleanArg::Boolean(argument.as_bool().unwrap_or_default())),
        }
    }

    /// Returns the argument as a JSON number; reports one of another type.
    pub fn number(&mut self, name: &'static str) -> Option<serde_json::Number> {
        self.read(name, |value| value.as_number().cloned())
    }

    /// Returns a number. A row, which is a number only when an event is there, is not read here.
    pub fn operand(&mut self, name: &'static str) -> Option<Number> {
        match self.get(name)? {
            Value::Number(number) => Some(Number::from(number)),
            // an argument that it does not have may be why this one is not a row
            _ if !self.mistakes.is_empty() => None,
            _ => self.bad(name, "a number; a source can be used only in the `as` of a row"),
        }
    }

    /// Returns a whole number in the range of its parameter.
    pub fn count(&mut self, name: &'static str) -> Option<usize> {
        let most = match self.param(name)?.takes {
            ParamType::Count(most) => most,
            _ => u32::MAX,
        };
        let number = self.read(name, |value| value.as_u64().filter(|number| *number <= u64::from(most)))?;
        usize::try_from(number).ok()
    }

    /// Returns a word of its parameter; the first word by default.
    pub fn word(&mut self, name: &'static str) -> Option<&'static str> {
        let ParamType::Word(words) = self.param(name)?.takes else { return None };
        if !self.given(name) {
            return words.first().copied();
        }
        self.read(name, |value| words.iter().copied().find(|word| value.as_str() == Some(word)))
    }

    /// Returns one or more words of its parameter.
    pub fn words(&mut self, name: &'static str) -> Option<Vec<&'static str>> {
        let ParamType::Words(words) = self.param(name)?.takes else { return None };
        // YAML reads `null` as a value
        let is = |value: &Value, word: &str| match value {
            Value::Null => word == "null",
            value => value.as_str() == Some(word),
        };
        let known = |value: &Value| words.iter().copied().find(|word| is(value, word));
        self.read(name, |value| one_or_more(value).map(known).collect())
    }

    /// Returns a regular expression.
    pub fn pattern(&mut self, name: &'static str) -> Option<Regex> {
        let pattern = self.text(name)?;
        match self.scope.patterns().get(&pattern) {
            Ok(regex) => Some(regex),
            Err(regex::Error::CompiledTooBig(limit)) => self.bad(
                name,
                format!(
                    "a regular expression that compiles to at most {limit} bytes (limit `pattern_bytes`)"
                ),
            ),
            Err(error) => {
                let text = error.to_string();
                let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: "));
                self.bad(name, format!("a regular expression ({})", reason.unwrap_or("it does not parse")))
            }
        }
    }

    /// Returns names: strings, `$set`s, and settings that contain names, in the given `column` of their rows.
    pub fn names(&mut self, name: &'static str, column: &'static str) -> Option<Names> {
        let column_name = if self.given(column) { Some(self.text(column)?) } else { None };
        let written =
            self.read(name, |value| one_or_more(value).map(Value::as_str).collect::<Option<Vec<_>>>())?;
        let mut names = Names { column: column_name, ..Names::default() };
        let mut known = true;
        for text in written {
            if let Some(set) = text.strip_prefix('$') {
                match self.scope.set(set) {
                    Some(values) => names.fixed.push(values),
                    None => {
                        known = false;
                        let error = BuildError::UnknownSet { name: set.to_owned(), known: self.scope.sets() };
                        self.mistake(self.part(name), error);
                    }
                }
            } else if text.starts_with(SETTINGS) {
                match self.setting(name, text) {
                    Some(path) => {
                        if let Some(of_rows) = &names.column {
                            self.column(name, column, &path, of_rows);
                        }
                        names.settings.push(path);
                    }
                    None => known = false,
                }
            } else {
                names.fixed.push([text.to_owned()].into());
            }
        }
        if names.settings.is_empty() && names.column.is_some() {
            return self.bad(column, "a setting among the names; only settings have columns");
        }
        known.then_some(names)
    }

    /// Returns lists of names.
    pub fn shapes(&mut self, name: &'static str) -> Option<Vec<Vec<String>>> {
        if !self.given(name) {
            return Some(Vec::new());
        }
        let texts = |list: &Value| -> Option<Vec<String>> {
            list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        self.read(name, |value| value.as_array()?.iter().map(texts).collect())
    }

    /// Returns a value table: its name, an inline table, or a setting with the columns `from` and `to`.
    pub fn table(&mut self, name: &'static str) -> Option<Table> {
        let (from, to) = (self.text_or("from", "from"), self.text_or("to", "to"));
        let (name, entries) = match self
            .read(name, |value| (value.is_string() || value.is_object()).then_some(value))?
        {
            Value::String(text) if text.starts_with(SETTINGS) => {
                let (path, from, to) = (self.setting(name, text)?, from?, to?);
                self.column(name, "from", &path, &from);
                self.column(name, "to", &path, &to);
                return Some(Table::Setting { path, from, to });
            }
            Value::String(known) => match self.scope.table(known) {
                Some(entries) => (known.clone(), entries),
                None => {
                    let error = BuildError::UnknownTable { name: known.clone(), known: self.scope.tables() };
                    self.mistake(self.part(name), error);
                    return None;
                }
            },
            Value::Object(entries) => (name.to_owned(), Arc::new(entries.clone())),
            _ => return None,
        };
        for column in ["from", "to"] {
            if self.given(column) {
                return self.bad(column, "a setting as the table; only settings have columns");
            }
        }
        Some(Table::Fixed { name, entries })
    }

    /// Returns conversions, ready to be applied.
    pub fn conversions(&mut self, name: &'static str) -> Option<Vec<Conversion>> {
        let inner = self.inner;
        let calls = self
            .read(name, |value| one_or_more(value).map(|one| inner.call(one)).collect::<Option<Vec<_>>>())?;
        let (mut conversions, mut failed) = (Vec::new(), false);
        for (at, call) in calls.iter().enumerate() {
            match inner.build(call, self.scope) {
                Ok(built) => conversions.extend(built),
                Err(mistakes) => {
                    failed = true;
                    let inside = |part| CallPart::Inside(name, at, Box::new(part));
                    let all = mistakes.into_iter().map(|(part, error)| (inside(part), error));
                    self.mistakes.extend(all);
                }
            }
        }
        (!failed).then_some(conversions)
    }

    /// Returns the setting that an argument refers to.
    fn setting(&mut self, name: &'static str, text: &str) -> Option<SettingPath> {
        let path = match parse_path(text) {
            Ok(path) if path.root == Root::Settings && path.rest.is_none() => path,
            Ok(_) => return self.bad(name, "a setting such as `settings.table`"),
            Err(error) => {
                return self.bad(name, format!("a setting such as `settings.table` ({})", error.message));
            }
        };
        let setting = path.first_key().unwrap_or_default();
        if !self.scope.has_setting(setting) {
            let error = BuildError::UnknownSetting { name: setting.to_owned(), known: self.scope.settings() };
            self.mistake(self.part(name), error);
            return None;
        }
        Some(SettingPath { written: text.to_owned(), steps: path.steps })
    }

    /// Reports a column that a setting does not have. `argument` names the column, or it is the default column.
    fn column(&mut self, table: &'static str, argument: &'static str, path: &SettingPath, column: &str) {
        let [PathStep::Key(setting)] = path.steps.as_slice() else { return };
        let Some(known) = self.scope.columns(setting) else { return };
        if !known.iter().any(|known| known == column) {
            let part = self.part(if self.given(argument) { argument } else { table });
            let (name, table) = (column.to_owned(), path.written.clone());
            self.mistake(part, BuildError::UnknownColumn { name, table, known });
        }
    }

    fn part(&self, name: &'static str) -> CallPart {
        if self.given(name) { CallPart::Value(name) } else { CallPart::Name }
    }
}

/// Returns the items of a list. Any other value is treated as a list of one.
fn one_or_more(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}
