//! The values that conditions can distinguish, of each of their variables.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use mapwright_convert::Val;
use mapwright_json::Number;
use mapwright_language::spec::SettingType;
use serde_json::{Value, json};

use crate::known::condition::{Constant, Variable};
use crate::known::numbers;
use crate::values::{Known, ValueSet, Work};

/// A value that is tried; nothing is a missing one.
pub(super) type Tried<'v> = Option<Cow<'v, Value>>;

/// If values have to be distinguished from more than so many constants, such as those of a long set, none are tried.
const MOST_CONSTANTS: usize = 1_000;

/// What the status of a response can be.
const STATUSES: RangeInclusive<u64> = 100..=999;

/// What the values of a variable are distinguished from.
struct Others<'v> {
    /// All constants of the conditions; if that is needed, also those of sets and of variables.
    all: Vec<&'v Value>,
    /// Their numbers, in order; of sets whose values are not needed, the greatest.
    numbers: Vec<Number>,
    /// How many variables are compared with each other.
    related: usize,
}

/// Returns the values that are tried for each variable: all that conditions with these constants can distinguish. Nothing, if that would be too
/// much.
pub(super) fn tried<'v>(
    variables: &'v BTreeMap<&'v str, Variable>,
    constants: &[&'v Constant],
    work: &Work,
) -> Option<Vec<(&'v str, Vec<Tried<'v>>)>> {
    let others = Others::of(variables, constants, work)?;
    variables.iter().map(|(name, variable)| Some((*name, values(variable, &others, work)?))).collect()
}

impl<'v> Others<'v> {
    fn of(
        variables: &'v BTreeMap<&'v str, Variable>,
        constants: &[&'v Constant],
        work: &Work,
    ) -> Option<Self> {
        if !work.spend(constants.iter().map(|constant| constant.size()).sum()) {
            return None;
        }
        // variables that are compared with each other can all have different values
        let related = variables.values().filter(|variable| variable.kinds).count();
        if related > 1 && variables.values().any(|one| one.kinds && matches!(one.known, Known::Cased(_))) {
            // that a string has many spellings distinguishes them
            return None;
        }
        let mut all: Vec<&'v Value> = constants.iter().map(|constant| &***constant).collect();
        let sets = || variables.values().flat_map(|variable| &variable.sets).map(|set| &**set);
        let listed = || {
            variables.values().filter_map(|variable| match &variable.known {
                Known::OneOf { values, .. } | Known::Cased(values) => Some(&**values),
                _ => None,
            })
        };
        let needs_all = |one: &Variable| {
            one.kinds || one.ordered || !one.sets.is_empty() && matches!(one.known, Known::Cased(_))
        };
        if !variables.values().any(needs_all) {
            let greatest = sets().chain(listed()).filter_map(ValueSet::greatest);
            let numbers = numbers::of(&all, greatest);
            return Some(Self { all, numbers, related });
        }
        let most = MOST_CONSTANTS.checked_sub(all.len())?;
        if sets().map(|set| set.len()).sum::<usize>() > most
            || !work.spend(sets().chain(listed()).map(|set| set.len()).sum())
        {
            return None;
        }
        // what one variable can be, another one that it is compared with can be as well
        all.extend(sets().chain(listed()).flat_map(|set| set.iter()));
        let numbers = numbers::of(&all, None);
        Some(Self { all, numbers, related })
    }
}

impl Variable {
    /// Whether it is only compared with constants, each of which it equals or not, or asked whether it holds.
    fn is_only_equal(&self) -> bool {
        !self.kinds && !self.ordered
    }

    /// The constants that it is compared with.
    fn stated(&self) -> Vec<&Value> {
        self.constants.iter().map(|constant| &**constant).collect()
    }
}

/// The values of a variable: all constants, and so many others of each kind, and between any two numbers.
fn values<'v>(variable: &'v Variable, others: &Others<'v>, work: &Work) -> Option<Vec<Tried<'v>>> {
    if variable.boolean {
        return Some(vec![owned(json!(false)), owned(json!(true))]);
    }
    match &variable.known {
        Known::OneOf { values, missing } => {
            let values = of_set(variable, values, work)?;
            return Some(values.into_iter().map(borrowed).chain(missing.then_some(None)).collect());
        }
        Known::Cased(texts) => return spellings(variable, texts, others, work),
        _ => {}
    }
    let is_plain = !variable.compared && !variable.kinds;
    let different = if variable.kinds { others.related } else { 1 };
    let mut values: Vec<Tried<'v>> = match is_plain {
        true => [
            None,
            Some(json!(false)),
            Some(json!(0)),
            Some(json!(1)),
            Some(json!(true)),
            Some(json!("\u{1}a")),
        ]
        .map(|value| value.map(Cow::Owned))
        .into(),
        false => {
            let texts = (0..different).map(|at| Some(json!(format!("\u{1}{at}"))));
            [None, Some(Value::Null), Some(json!(true)), Some(json!(false)), Some(json!(0)), Some(json!(""))]
                .into_iter()
                .chain(texts)
                .map(|value| value.map(Cow::Owned))
                .collect()
        }
    };
    if variable.kinds
        || matches!(variable.known, Known::Typed { kind: SettingType::List | SettingType::Object, .. })
    {
        values.extend([json!([]), json!({})].map(owned));
        values.extend((0..different).map(|at| owned(json!([format!("\u{1}{at}")]))));
        values.extend((0..different).map(|at| owned(json!({ format!("\u{1}{at}"): 1 }))));
    }
    if variable.known == Known::Status {
        values.extend([*STATUSES.start(), *STATUSES.end()].map(|status| owned(json!(status))));
    }
    if !is_plain {
        match variable.kinds {
            true => values.extend(others.all.iter().copied().map(borrowed)),
            false => {
                values.extend(variable.stated().into_iter().map(borrowed));
                values.extend(among(variable, work)?.into_iter().map(borrowed));
            }
        }
        let is_whole =
            matches!(variable.known, Known::Status | Known::Typed { kind: SettingType::Integer, .. });
        let numbers = match variable.ordered {
            true => numbers::around(&others.numbers, different, is_whole),
            false => numbers::above(&others.numbers, different),
        };
        values.extend(numbers.into_iter().map(owned));
    }
    values.retain(|value| is_possible(&variable.known, value.as_deref()));
    if is_plain {
        // only whether it holds counts
        let (mut holds, mut fails) = (None, None);
        for value in values {
            let place = if is_true(&value) { &mut holds } else { &mut fails };
            place.get_or_insert(value);
        }
        return Some(holds.into_iter().chain(fails).collect());
    }
    let mut known = HashSet::new();
    let is_new: Vec<bool> = values.iter().map(|value| known.insert(value.as_deref())).collect();
    Some(values.iter().zip(is_new).filter(|(_, is_new)| *is_new).map(|(value, _)| value.clone()).collect())
}

/// The values of a set that a variable, which is one of them, can be distinguished by.
fn of_set<'v>(variable: &'v Variable, values: &'v ValueSet, work: &Work) -> Option<Vec<&'v Value>> {
    if !variable.is_only_equal() {
        return work.spend(values.len()).then(|| values.iter().collect());
    }
    let mut tried = variable.stated();
    tried.retain(|value| values.has(value));
    match variable.sets.is_empty() {
        true => {
            let beside: Vec<_> = values.beside(&tried).collect();
            tried.extend(beside);
        }
        false => {
            let beside = distinguished(values, &variable.sets, &tried, &mut HashSet::new(), work)?;
            tried.extend(beside);
        }
    }
    Some(tried)
}

/// Values of the sets that a variable is looked for in: those that it can be distinguished by.
fn among<'v>(variable: &'v Variable, work: &Work) -> Option<Vec<&'v Value>> {
    let stated = variable.stated();
    match variable.sets.as_slice() {
        [] => Some(Vec::new()),
        sets if !variable.is_only_equal() => {
            let all: usize = sets.iter().map(|set| set.len()).sum();
            work.spend(all).then(|| sets.iter().flat_map(|set| set.iter()).collect())
        }
        [only] => Some(only.beside(&stated).collect()),
        sets => {
            let (mut tried, mut known) = (Vec::new(), HashSet::new());
            for set in sets {
                tried.extend(distinguished(set, sets, &stated, &mut known, work)?);
            }
            Some(tried)
        }
    }
}

/// One of all values that are in the same sets.
fn distinguished<'v>(
    values: &'v ValueSet,
    sets: &[Arc<ValueSet>],
    stated: &[&Value],
    known: &mut HashSet<(Vec<bool>, bool)>,
    work: &Work,
) -> Option<Vec<&'v Value>> {
    if !work.spend(values.len().saturating_mul(sets.len())) {
        return None;
    }
    let stated = ValueSet::from(stated.iter().map(|value| (*value).clone()).collect::<Vec<_>>());
    let is_new = |value: &&Value| {
        let places = sets.iter().map(|set| set.has(value)).collect();
        !stated.has(value) && known.insert((places, holds(value)))
    };
    Some(values.iter().filter(is_new).collect())
}

/// The spellings of texts that come in any case.
fn spellings<'v>(
    variable: &'v Variable,
    texts: &'v ValueSet,
    others: &Others<'v>,
    work: &Work,
) -> Option<Vec<Tried<'v>>> {
    let is_only_equal = variable.is_only_equal() && variable.sets.is_empty();
    let stated = others.all.iter().filter_map(|value| value.as_str());
    let stated: Vec<&str> = stated.filter(|text| texts.has_name(&text.to_lowercase())).collect();
    let lower: Vec<Value> = stated.iter().map(|text| Value::from(text.to_lowercase())).collect();
    let lower: Vec<&Value> = lower.iter().collect();
    let members: Vec<&Value> = match is_only_equal {
        // another one, whatever it is, stands for all that no constant is a spelling of
        true => texts.beside(&lower).chain(lower.iter().copied()).collect(),
        false => work.spend(texts.len()).then(|| texts.iter().collect())?,
    };
    let members = members.into_iter().filter_map(Value::as_str);
    let spelled = members.flat_map(|text| [text.to_owned(), text.to_uppercase(), cased_oddly(text)]);
    Some(spelled.chain(stated.iter().map(|text| (*text).to_owned())).map(|text| owned(text.into())).collect())
}

/// Whether a value is one that something is known to have.
fn is_possible(known: &Known, value: Option<&Value>) -> bool {
    match known {
        Known::Anything | Known::OneOf { .. } | Known::Cased(_) => true,
        Known::Present => value.is_some_and(|value| !value.is_null() && value.as_str() != Some("")),
        Known::Typed { kind, missing } => match value {
            None => *missing,
            Some(value) => of_kind(*kind, value),
        },
        Known::Text => value.is_none_or(Value::is_string),
        Known::Status => value.and_then(Value::as_u64).is_some_and(|status| STATUSES.contains(&status)),
    }
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

fn owned<'v>(value: Value) -> Tried<'v> {
    Some(Cow::Owned(value))
}

fn borrowed(value: &Value) -> Tried<'_> {
    Some(Cow::Borrowed(value))
}

fn is_true(value: &Tried<'_>) -> bool {
    value.as_deref().is_some_and(holds)
}

fn holds(value: &Value) -> bool {
    Val::Json(value.into()).is_true()
}
