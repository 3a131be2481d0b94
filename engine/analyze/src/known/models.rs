//! Decides conditions: tries every combination of values that they can distinguish.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use mapwright_convert::Val;
use mapwright_language::spec::{Comparison, SettingType, Test};
use mapwright_plan::eval::compared;
use serde_json::{Value, json};

use crate::known::condition::{Compiled, Tree, Variable};
use crate::known::domain::Known;
use crate::known::numbers;

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Whatever the values are.
    Always,
    /// Whatever the values are, it does not.
    Never,
    /// It depends on them, or is unknown.
    Open,
}

/// More combinations are not tried.
const MOST_COMBINATIONS: usize = 20_000;

/// Conditions with more constants, such as those of a long set, are not tried.
const MOST_CONSTANTS: usize = 1_000;

/// What the status of a response can be.
const STATUSES: RangeInclusive<u64> = 100..=999;

type Assignment<'m> = BTreeMap<&'m str, Option<Value>>;

/// Whether all of these conditions hold together.
pub(crate) fn decide(conditions: &[&Compiled]) -> Verdict {
    let mut variables: BTreeMap<&str, Variable> = BTreeMap::new();
    for (name, variable) in conditions.iter().flat_map(|condition| &condition.variables) {
        match variables.get_mut(name.as_str()) {
            None => drop(variables.insert(name, variable.clone())),
            Some(known) => {
                known.compared |= variable.compared;
                known.kinds |= variable.kinds;
                known.ordered |= variable.ordered;
                known.boolean &= variable.boolean;
                known.constants.extend(variable.constants.iter().cloned());
            }
        }
    }
    let mut constants = Vec::new();
    conditions.iter().for_each(|condition| constants_of(&condition.tree, &mut constants));
    if constants.len() > MOST_CONSTANTS {
        return Verdict::Open;
    }
    // what one variable can be, another one that it is compared with can be as well
    for variable in variables.values() {
        match &variable.known {
            Known::OneOf { values, .. } => constants.extend(values.iter().cloned()),
            Known::Cased(texts) => constants.extend(texts.iter().map(|text| Value::from(text.as_str()))),
            _ => {}
        }
    }
    // variables that are compared with each other can all have different values
    let related = variables.values().filter(|variable| variable.kinds).count();
    if related > 1 && variables.values().any(|one| one.kinds && matches!(one.known, Known::Cased(_))) {
        // that a string has many spellings distinguishes them
        return Verdict::Open;
    }
    let domains: Vec<(&str, Vec<Option<Value>>)> = variables
        .iter()
        .map(|(name, variable)| {
            let different = if variable.kinds { related } else { 1 };
            (*name, values(variable, &constants, different))
        })
        .collect();
    let combinations = domains.iter().try_fold(1_usize, |all, (_, values)| all.checked_mul(values.len()));
    // a variable without values means that something else is wrong
    let Some(combinations) = combinations.filter(|all| (1..=MOST_COMBINATIONS).contains(all)) else {
        return Verdict::Open;
    };
    let (mut holds, mut fails) = (false, false);
    for at in 0..combinations {
        let mut rest = at;
        let mut model = Assignment::new();
        for (name, values) in &domains {
            model.insert(name, values.get(rest % values.len()).cloned().flatten());
            rest /= values.len();
        }
        match conditions.iter().all(|condition| is_true(&value(&condition.tree, &model))) {
            true => holds = true,
            false => fails = true,
        }
        if holds && fails {
            return Verdict::Open;
        }
    }
    if holds { Verdict::Always } else { Verdict::Never }
}

/// All constants of a condition.
fn constants_of(tree: &Tree, all: &mut Vec<Value>) {
    match tree {
        Tree::Const(value) => all.extend(value.clone()),
        Tree::Variable(_) => {}
        Tree::Not(a) | Tree::Is(a, _) | Tree::Found(a, _) => constants_of(a, all),
        Tree::And(a, b) | Tree::Or(a, b) | Tree::Compare(a, _, b) => {
            constants_of(a, all);
            constants_of(b, all);
        }
        Tree::In(a, items) => {
            constants_of(a, all);
            items.iter().for_each(|item| constants_of(item, all));
        }
        Tree::If(test, a, b) => [test, a, b].into_iter().for_each(|tree| constants_of(tree, all)),
    }
}

/// The values of a variable that conditions can distinguish: all constants, and so many others of each kind, and between any two numbers.
fn values(variable: &Variable, all: &[Value], different: usize) -> Vec<Option<Value>> {
    if variable.boolean {
        return vec![Some(json!(false)), Some(json!(true))];
    }
    let mut values: Vec<Option<Value>> = match (&variable.known, variable.compared) {
        (Known::OneOf { values, missing }, _) => {
            let values = values.iter().cloned().map(Some);
            return values.chain(missing.then_some(None)).collect();
        }
        (Known::Cased(texts), _) => {
            let other = all.iter().filter_map(Value::as_str);
            let other = other.filter(|other| texts.iter().any(|text| *text == other.to_lowercase()));
            let texts = texts.iter().flat_map(|text| [text.clone(), text.to_uppercase(), cased_oddly(text)]);
            return texts.chain(other.map(str::to_owned)).map(|text| Some(Value::from(text))).collect();
        }
        (_, false) => vec![
            None,
            Some(json!(false)),
            Some(json!(0)),
            Some(json!(1)),
            Some(json!(true)),
            Some(json!("\u{1}a")),
        ],
        (_, true) => {
            let texts = (0..different).map(|at| Some(json!(format!("\u{1}{at}"))));
            [None, Some(Value::Null), Some(json!(true)), Some(json!(false)), Some(json!(0)), Some(json!(""))]
                .into_iter()
                .chain(texts)
                .collect()
        }
    };
    if variable.kinds
        || matches!(variable.known, Known::Typed { kind: SettingType::List | SettingType::Object, .. })
    {
        values.extend([json!([]), json!({})].map(Some));
        values.extend((0..different).map(|at| Some(json!([format!("\u{1}{at}")]))));
        values.extend((0..different).map(|at| Some(json!({ format!("\u{1}{at}"): 1 }))));
    }
    if variable.known == Known::Status {
        values.extend([*STATUSES.start(), *STATUSES.end()].map(|status| Some(json!(status))));
    }
    if variable.kinds || variable.compared {
        let constants = if variable.kinds { all } else { &variable.constants };
        values.extend(constants.iter().cloned().map(Some));
    }
    if variable.kinds || variable.compared {
        let all = numbers::of(all);
        let is_whole =
            matches!(variable.known, Known::Status | Known::Typed { kind: SettingType::Integer, .. });
        let others = match variable.ordered {
            true => numbers::around(&all, different, is_whole),
            false => numbers::above(&all, different),
        };
        values.extend(others.into_iter().map(Some));
    }
    let plain = !variable.compared && !variable.kinds;
    values.retain(|value| match &variable.known {
        Known::Anything => true,
        Known::Present => value.as_ref().is_some_and(|value| !value.is_null() && value.as_str() != Some("")),
        Known::Typed { kind, missing } => match value {
            None => *missing,
            Some(value) => of_kind(*kind, value),
        },
        Known::Text => value.as_ref().is_none_or(Value::is_string),
        Known::Status => {
            value.as_ref().and_then(Value::as_u64).is_some_and(|status| STATUSES.contains(&status))
        }
        Known::OneOf { .. } | Known::Cased(_) => true,
    });
    if plain {
        // only whether it holds counts
        let (mut holds, mut fails) = (None, None);
        for value in values {
            let place = if is_true(&value) { &mut holds } else { &mut fails };
            place.get_or_insert(value);
        }
        return holds.into_iter().chain(fails).collect();
    }
    let mut distinct: Vec<Option<Value>> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

/// A string in an unusual mix of cases.
fn cased_oddly(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().into_iter().chain(rest.flat_map(char::to_uppercase)).collect()
}

/// Whether a setting of a type can have a value: one that is empty text counts as not given.
fn of_kind(kind: SettingType, value: &Value) -> bool {
    match kind {
        SettingType::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        SettingType::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        kind => kind.takes(value),
    }
}

fn value(tree: &Tree, model: &Assignment<'_>) -> Option<Value> {
    match tree {
        Tree::Const(value) => value.clone(),
        Tree::Variable(name) => model.get(name.as_str()).cloned().flatten(),
        Tree::Not(a) => Some(Value::Bool(!is_true(&value(a, model)))),
        Tree::And(a, b) => match value(a, model) {
            a if is_true(&a) => value(b, model),
            a => a,
        },
        Tree::Or(a, b) => match value(a, model) {
            a if is_true(&a) => a,
            _ => value(b, model),
        },
        Tree::Compare(a, operator, b) => {
            Some(Value::Bool(compare(&value(a, model), *operator, &value(b, model))))
        }
        Tree::In(a, items) => {
            let a = value(a, model);
            Some(Value::Bool(
                a.is_some() && items.iter().any(|item| compare(&a, Comparison::Eq, &value(item, model))),
            ))
        }
        Tree::Is(a, test) => Some(Value::Bool(is(&value(a, model), *test))),
        Tree::Found(a, pattern) => {
            let text = value(a, model);
            let text = text.as_ref().and_then(|value| val(value).printed());
            Some(Value::Bool(text.is_some_and(|text| pattern.finds(&text))))
        }
        Tree::If(test, a, b) => match is_true(&value(test, model)) {
            true => value(a, model),
            false => value(b, model),
        },
    }
}

fn is_true(value: &Option<Value>) -> bool {
    value.as_ref().is_some_and(|value| val(value).is_true())
}

fn compare(a: &Option<Value>, operator: Comparison, b: &Option<Value>) -> bool {
    compared(a.as_ref().map(val).as_ref(), operator, b.as_ref().map(val).as_ref())
}

fn val(value: &Value) -> Val<'_> {
    Val::Json(value.into())
}

fn is(value: &Option<Value>, test: Test) -> bool {
    match (test, value) {
        (Test::Defined, value) => value.is_some(),
        (Test::Undefined, value) => value.is_none(),
        (_, None) => false,
        (Test::None, Some(value)) => value.is_null(),
        (Test::Boolean, Some(value)) => value.is_boolean(),
        (Test::Number, Some(value)) => value.is_number(),
        (Test::String, Some(value)) => value.is_string(),
        (Test::Sequence, Some(value)) => value.is_array(),
        (Test::Mapping, Some(value)) => value.is_object(),
        (Test::True, Some(value)) => *value == Value::Bool(true),
        (Test::False, Some(value)) => *value == Value::Bool(false),
        // these are not looked into
        (
            Test::EndingWith | Test::Even | Test::Float | Test::Integer | Test::Matching | Test::StartingWith,
            Some(_),
        ) => false,
    }
}
