//! Decides conditions: tries every combination of values that they can distinguish.

use std::borrow::Cow;
use std::collections::BTreeMap;

use mapwright_convert::Val;
use mapwright_language::spec::{Comparison, Test};
use mapwright_plan::eval::compared;
use serde_json::Value;

use crate::known::condition::{Compiled, Constant, Tree, Variable};
use crate::known::tried::{Tried, tried};

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

type Assignment<'m> = BTreeMap<&'m str, Tried<'m>>;

/// Whether all of these conditions hold together.
pub(crate) fn decide(conditions: &[&Compiled]) -> Verdict {
    let Some(work) = conditions.first().map(|condition| &condition.work) else { return Verdict::Open };
    let mut variables: BTreeMap<&str, Variable> = BTreeMap::new();
    for (name, variable) in conditions.iter().flat_map(|condition| &condition.variables) {
        match variables.get_mut(name.as_str()) {
            None => drop(variables.insert(name, variable.clone())),
            Some(known) => known.add(variable),
        }
    }
    let mut constants = Vec::new();
    conditions.iter().for_each(|condition| constants_of(&condition.tree, &mut constants));
    // a variable without values means that something else is wrong
    let Some(domains) = tried(&variables, &constants, work) else { return Verdict::Open };
    let combinations = domains.iter().try_fold(1_usize, |all, (_, values)| all.checked_mul(values.len()));
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
        if holds && fails || !work.spend(1) {
            return Verdict::Open;
        }
    }
    if holds { Verdict::Always } else { Verdict::Never }
}

/// All constants of a condition.
fn constants_of<'t>(tree: &'t Tree, all: &mut Vec<&'t Constant>) {
    match tree {
        Tree::Const(value) => all.extend(value),
        Tree::Variable(_) => {}
        // the items are those of a variable that is looked for among them
        Tree::Not(a) | Tree::Is(a, _) | Tree::Found(a, _) | Tree::Among(a, _) => constants_of(a, all),
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

fn value<'t>(tree: &'t Tree, model: &Assignment<'t>) -> Tried<'t> {
    let truth = |holds: bool| Some(Cow::Owned(Value::Bool(holds)));
    match tree {
        Tree::Const(value) => value.as_deref().map(Cow::Borrowed),
        Tree::Variable(name) => model.get(name.as_str()).cloned().flatten(),
        Tree::Not(a) => truth(!is_true(&value(a, model))),
        Tree::And(a, b) => match value(a, model) {
            a if is_true(&a) => value(b, model),
            a => a,
        },
        Tree::Or(a, b) => match value(a, model) {
            a if is_true(&a) => a,
            _ => value(b, model),
        },
        Tree::Compare(a, operator, b) => truth(compare(&value(a, model), *operator, &value(b, model))),
        Tree::In(a, items) => {
            let a = value(a, model);
            truth(a.is_some() && items.iter().any(|item| compare(&a, Comparison::Eq, &value(item, model))))
        }
        Tree::Among(a, items) => truth(value(a, model).is_some_and(|a| items.has(&a))),
        Tree::Is(a, test) => truth(is(&value(a, model), *test)),
        Tree::Found(a, pattern) => {
            let text = value(a, model);
            let text = text.as_deref().and_then(|value| val(value).printed());
            truth(text.is_some_and(|text| pattern.finds(&text)))
        }
        Tree::If(test, a, b) => match is_true(&value(test, model)) {
            true => value(a, model),
            false => value(b, model),
        },
    }
}

fn is_true(value: &Tried<'_>) -> bool {
    value.as_deref().is_some_and(|value| val(value).is_true())
}

fn compare(a: &Tried<'_>, operator: Comparison, b: &Tried<'_>) -> bool {
    compared(a.as_deref().map(val).as_ref(), operator, b.as_deref().map(val).as_ref())
}

fn val(value: &Value) -> Val<'_> {
    Val::Json(value.into())
}

fn is(value: &Tried<'_>, test: Test) -> bool {
    match (test, value.as_deref()) {
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
