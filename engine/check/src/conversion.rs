//! Conversions of a mapping: built from their calls, whose mistakes get their places.

use std::borrow::Cow;

use mapwright_convert::{
    Args, BuildError, Call, CallPart, Combination, Conversion, Definition, KEEP, Keep, Mistake, ParamType,
    Scope, Source, definitions, find, parse_source, takes_conversions,
};
use mapwright_findings::rules::{
    invalid_argument, unknown_column, unknown_conversion, unknown_set, unknown_setting, unknown_table,
};
use mapwright_findings::{At, Reports, Span};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::names::begins_with_name;
use mapwright_language::spec::{ArgsSpec, ConversionSpec};

/// Builds a conversion, or those of a name that the version defines; all mistakes at once.
pub(crate) fn build(spec: &ConversionSpec, scope: &dyn Scope) -> Result<Vec<Conversion>, Vec<Mistake>> {
    mapwright_convert::build(&call(spec), scope)
}

/// Reports mistakes where they stand.
pub(crate) fn report(spec: &ConversionSpec, mistakes: Vec<Mistake>, reports: &mut Reports) {
    if let Some(param) = map_alone(spec) {
        return invalid_argument::report_map(reports, spec.name.span, &spec.name.value, param);
    }
    for (part, error) in mistakes {
        report_one(span(spec, &part), error, reports);
    }
}

/// Names inside of each other: in a version that has not been checked, they may contain themselves.
const DEEPEST_CHAIN: usize = 16;

/// Calls `take` with the conversions that a call stands for: itself, or those that the version gives its name to.
pub fn each_call<'c>(
    spec: &'c ConversionSpec,
    chains: &'c Named<Vec<ConversionSpec>>,
    take: &mut dyn FnMut(&'c ConversionSpec, &'static Definition),
) {
    flatten(spec, chains, DEEPEST_CHAIN, take);
}

fn flatten<'c>(
    spec: &'c ConversionSpec,
    chains: &'c Named<Vec<ConversionSpec>>,
    depth: usize,
    take: &mut dyn FnMut(&'c ConversionSpec, &'static Definition),
) {
    match find(&spec.name.value) {
        Some(definition) => take(spec, definition),
        None if depth == 0 => {}
        None => by_name(chains, &spec.name.value)
            .into_iter()
            .flatten()
            .for_each(|call| flatten(call, chains, depth - 1, take)),
    }
}

/// The first parameter of a conversion that takes a map, if the call is that map instead of naming the parameter.
fn map_alone(spec: &ConversionSpec) -> Option<&'static str> {
    let ArgsSpec::Named(entries) = &spec.args else { return None };
    let params = find(&spec.name.value)?.params;
    let first = params.first().filter(|param| matches!(param.takes, ParamType::Table))?;
    let is_known = |name: &str| params.iter().any(|param| param.name == name);
    (!entries.iter().any(|(name, _)| is_known(&name.value))).then_some(first.name)
}

/// The names of conversions that a call uses, also within its arguments.
pub(crate) fn names(spec: &ConversionSpec) -> Vec<String> {
    call(spec).names(takes_conversions)
}

/// The name of the first parameter of a conversion.
fn first_param(conversion: &str) -> Option<&'static str> {
    find(conversion)?.params.first().map(|param| param.name)
}

/// The names that a call states as its only argument, and where.
pub(crate) fn names_of(spec: &ConversionSpec) -> Option<(Vec<String>, Span)> {
    let value = match &spec.args {
        ArgsSpec::First(value) => value,
        ArgsSpec::Named(entries) => {
            let first = first_param(&spec.name.value)?;
            let is_known = |name: &str| name == first || name == KEEP.name;
            if !entries.iter().all(|(name, _)| is_known(&name.value)) {
                return None;
            }
            &entries.iter().find(|(name, _)| name.value == first)?.1
        }
        ArgsSpec::None | ArgsSpec::Operand(_) => return None,
    };
    let names: Option<Vec<String>> = match &value.value {
        serde_json::Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        one => one.as_str().map(|name| vec![name.to_owned()]),
    };
    names.map(|names| (names, value.span))
}

/// The argument of a call that says what it keeps.
pub(crate) fn keep_of(spec: &ConversionSpec) -> Option<&At<serde_json::Value>> {
    match &spec.args {
        ArgsSpec::Named(entries) => {
            entries.iter().find(|(name, _)| name.value == KEEP.name).map(|(_, value)| value)
        }
        ArgsSpec::None | ArgsSpec::First(_) | ArgsSpec::Operand(_) => None,
    }
}

/// A call with a constant in place of its names, which are read elsewhere.
pub(crate) fn with_constants(spec: &ConversionSpec) -> ConversionSpec {
    let first = first_param(&spec.name.value);
    let args = match &spec.args {
        ArgsSpec::Named(entries) => {
            let stated = entries.iter().map(|(name, value)| match first == Some(name.value.as_str()) {
                true => (name.clone(), At { value: "name".into(), span: value.span }),
                false => (name.clone(), value.clone()),
            });
            ArgsSpec::Named(stated.collect::<Vec<_>>().into())
        }
        other => other.clone(),
    };
    ConversionSpec { args, ..spec.clone() }
}

/// A call that keeps what its row keeps, unless it says itself what it keeps.
pub(crate) fn keeping(spec: &ConversionSpec, keep: Keep, span: Span) -> Cow<'_, ConversionSpec> {
    let names = match (&spec.args, Combination::of(&spec.name.value), first_param(&spec.name.value)) {
        (ArgsSpec::First(names), Some(Combination::Pick(_)), Some(first)) if keep != Keep::default() => {
            vec![(At { value: first.to_owned(), span: names.span }, names.clone())]
        }
        (ArgsSpec::Named(entries), Some(Combination::Pick(_)), _)
            if keep != Keep::default() && keep_of(spec).is_none() =>
        {
            entries.iter().cloned().collect()
        }
        _ => return Cow::Borrowed(spec),
    };
    let words = [(keep.null, "null"), (keep.empty_text, "empty")];
    let words: Vec<&str> = words.into_iter().filter(|(keeps, _)| *keeps).map(|(_, word)| word).collect();
    let kept = (At { value: KEEP.name.to_owned(), span }, At { value: words.into(), span });
    let entries = names.into_iter().chain([kept]).collect::<Vec<_>>();
    Cow::Owned(ConversionSpec { args: ArgsSpec::Named(entries.into()), ..spec.clone() })
}

/// The source that a string is, where a name or a constant is expected: a path with a dot into something that is known, or a named value.
pub(crate) fn name_source(text: &str) -> Option<Source> {
    let source = parse_source(text).ok()?;
    match &source {
        Source::Named(_) => Some(source),
        Source::Path(path) if path.literal => {
            (path.rest.is_some() || !path.steps.is_empty()).then_some(source)
        }
        Source::Path(_) => (text.contains(['.', '[']) && begins_with_name(text)).then_some(source),
    }
}

/// A call without its places. A row as an argument is resolved by the row of the call, and has no meaning elsewhere.
fn call(spec: &ConversionSpec) -> Call {
    let args = match &spec.args {
        ArgsSpec::None | ArgsSpec::Operand(_) => Args::None,
        ArgsSpec::First(value) => Args::First(value.value.clone()),
        ArgsSpec::Named(entries) => {
            let entries = entries.iter();
            Args::Named(entries.map(|(name, value)| (name.value.clone(), value.value.clone())).collect())
        }
    };
    Call { name: spec.name.value.clone(), args }
}

/// Where a part of a call stands.
fn span(spec: &ConversionSpec, part: &CallPart) -> Span {
    let entry = |name: &str| match &spec.args {
        ArgsSpec::Named(entries) => entries.iter().find(|(known, _)| known.value == name),
        ArgsSpec::None | ArgsSpec::First(_) | ArgsSpec::Operand(_) => None,
    };
    match (part, &spec.args) {
        (CallPart::Inside(name, at, part), _) => match spec.inside.get(*at) {
            Some(inner) => span(inner, part),
            None => span(spec, &CallPart::Value(name)),
        },
        (CallPart::Name, _) | (_, ArgsSpec::None) => spec.name.span,
        (_, ArgsSpec::Operand(row)) => row.span,
        (_, ArgsSpec::First(value)) => value.span,
        (CallPart::Argument(name), _) => entry(name).map_or(spec.name.span, |(name, _)| name.span),
        (CallPart::Value(name), _) => entry(name).map_or(spec.name.span, |(_, value)| value.span),
    }
}

fn report_one(span: Span, error: BuildError, reports: &mut Reports) {
    let params = |conversion: &str| find(conversion).map(|definition| definition.params).unwrap_or_default();
    match error {
        BuildError::UnknownConversion { name, known } => {
            let built_in = definitions().map(|definition| definition.name);
            unknown_conversion::report(reports, span, &name, built_in, &known);
        }
        BuildError::UnknownArgument { conversion, name } => {
            let known: Vec<&str> = params(&conversion).iter().map(|param| param.name).collect();
            invalid_argument::report_unknown(reports, span, &conversion, &name, &known);
        }
        BuildError::MissingArgument { conversion, name } => {
            let param = params(conversion).iter().find(|param| param.name == name);
            let meaning = param.map(|param| format!("{}: {}", param.takes, param.summary));
            invalid_argument::report_missing(reports, span, conversion, name, meaning);
        }
        BuildError::BadArgument { conversion, name, expected, found, meant } => {
            let takes = params(conversion).iter().find(|param| param.name == name).map(|param| param.takes);
            let argument = invalid_argument::BadArgument {
                conversion,
                name,
                expected: &expected,
                found: &found,
                meant: meant.as_deref(),
                words: match takes {
                    Some(ParamType::Word(words) | ParamType::Words(words)) => words,
                    _ => &[],
                },
                example: find(conversion)
                    .and_then(|definition| definition.examples.first())
                    .map(|example| example.call),
            };
            invalid_argument::report_bad(reports, span, &argument);
        }
        BuildError::UnknownSet { name, known } => unknown_set::report(reports, span, &name, &known),
        BuildError::UnknownTable { name, known } => unknown_table::report(reports, span, &name, &known),
        BuildError::UnknownSetting { name, known } => {
            unknown_setting::report(reports, span, &name, &known);
        }
        BuildError::UnknownColumn { name, table, known } => {
            unknown_column::report(reports, span, &name, &table, &known);
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use mapwright_convert::{EXAMPLE_SCOPE, ExampleScope};
    use mapwright_findings::Texts;
    use mapwright_language::decode::Decode;
    use mapwright_language::yaml;

    use super::*;

    #[test]
    fn mistakes_in_calls() {
        let calls = [
            "unix_second",
            "to_the_moon",
            "{ lowercase: 5 }",
            "truncate",
            "{ truncate: { max: -1 } }",
            "{ truncate: { length: 5, keep: middle } }",
            "{ truncate: settings.max }",
            "{ split: settings.secret }",
            "{ flatten: { separator: _, arrays: indexes, keep: [amount, currency] } }",
            "{ only: [text, numbers] }",
            r#"{ extract: "(" }"#,
            r#"{ extract: "(a{1000}){1000}" }"#,
            "limit_names",
            "{ replace: { with: x } }",
            r#"{ replace: { text: a, pattern: b, with: x } }"#,
            r#"{ replace: { text: "", with: x } }"#,
            r#"{ replace: { pattern: "(a)(?<b>c)", with: "$1 ${b} $$ $3" } }"#,
            r#"{ replace: { pattern: "(a)", with: "$1_x" } }"#,
            r#"{ split: "" }"#,
            "{ omit: [$adress] }",
            "{ omit: [$x_y_z] }",
            "{ omit: [settings.setOne] }",
            "{ omit: { names: a, column: b } }",
            "{ pick: { names: [1] } }",
            "{ lookup: genders }",
            "{ lookup: settings.customMapping }",
            r#"{ lookup: "settings.customMappings[*].from" }"#,
            "{ lookup: settings..a }",
            "{ lookup: { table: gender, from: a } }",
            "{ hmac_sha256: settings.secrets }",
            "{ map_keys: [snakecase, { truncate: x }, 5] }",
            "{ map_values: { truncate: x } }",
            r#"{ date_format: "%Y-%K" }"#,
            r#"{ date_format: "%99999Y" }"#,
            r#"{ date_format: "YYYY-MM-DD" }"#,
            r#"{ date_format: { pattern: "%Y-%m-%d HH:mm" } }"#,
            r#"{ date_format: "today" }"#,
            "{ flatten: { separator: _, with: x } }",
            "{ truncate: { max: 3, unit: chars } }",
            "{ scalars: { keep: [nulls] } }",
            "{ only: [mail] }",
            "{ user_agent: version }",
            "{ escape: json }",
            "{ map_values: { conversions: { truncate: x }, keep: all } }",
            "{ map_keys: { conversion: trim } }",
            "{ entries: { name: value } }",
            "{ url_part: domain }",
            r#"{ multiply: "10" }"#,
            "{ map_values: { multiply: item.quantity } }",
            "add",
            "{ round: 99 }",
        ];
        let scope = ExampleScope::new(
            yaml::parse(Texts::default().add("s.yaml", EXAMPLE_SCOPE), EXAMPLE_SCOPE).unwrap().to_json(),
        );
        let mut text = String::new();
        for call in calls {
            let (mut texts, mut reports) = (Texts::default(), Reports::default());
            let node = yaml::parse(texts.add("m.yaml", call), call).unwrap();
            for spec in Vec::<ConversionSpec>::decode(&node, &mut reports).unwrap_or_default() {
                let mistakes = build(&spec, &scope).err().unwrap_or_default();
                report(&spec, mistakes, &mut reports);
            }
            assert!(reports.made() > 0, "{call}");
            text += &format!("{call}\n");
            for finding in reports.into_findings(&texts) {
                text += &format!("  {} {}: {}\n", finding.place.column, finding.rule.id, finding.message);
                text += &finding.help.map(|help| format!("    help: {help}\n")).unwrap_or_default();
            }
        }
        assert_snapshot!(text);
    }
}
