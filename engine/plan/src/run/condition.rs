//! Conditions and templates, evaluated.

use std::borrow::Cow;
use std::cmp::Ordering;

use mapwright_json::{Json, Kind, Number};
use serde_json::{Map, Value};

use crate::plan::{Condition, Expr, Jinja, Template, Test};
use crate::run::scope::{Found, Scope};
use mapwright_convert::PathStep;
use mapwright_convert::Val;
use mapwright_language::spec::{Compare, Is, jinja_templates};

/// What a condition says; in a preview it may wait for a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub fn of(truth: bool) -> Self {
        if truth { Truth::Yes } else { Truth::No }
    }

    pub fn not(self) -> Self {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }

    pub fn and(self, other: Truth) -> Self {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }
}

/// Whether a condition holds; what is not known does not.
pub fn holds<'a>(scope: &Scope<'a>, condition: &'a Condition) -> bool {
    truth(scope, condition) == Truth::Yes
}

pub fn truth<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Truth {
    truth_of(scope, &condition.expr)
}

fn truth_of<'a>(scope: &Scope<'a>, expr: &'a Expr) -> Truth {
    match expr {
        Expr::Not(inner) => truth_of(scope, inner).not(),
        Expr::And(a, b) => match truth_of(scope, a) {
            Truth::No => Truth::No,
            a => a.and(truth_of(scope, b)),
        },
        Expr::Or(a, b) => match truth_of(scope, a) {
            Truth::Yes => Truth::Yes,
            a => a.not().and(truth_of(scope, b).not()).not(),
        },
        Expr::Place(place) => match scope.of_event(place) {
            Some(found) => Truth::of(found.is_some_and(is_truthy)),
            None => truthy(&scope.find(place)),
        },
        Expr::Test(test) => match tested(scope, test) {
            Ok(holds) => Truth::of(holds),
            Err(_) => Truth::Unknown,
        },
        Expr::Const(_) | Expr::Jinja(_) => truthy(&eval(scope, expr)),
    }
}

fn truthy(found: &Found<'_>) -> Truth {
    match found {
        Found::Missing => Truth::No,
        Found::Unknown(_) => Truth::Unknown,
        Found::Value(Val::Json(json)) => Truth::of(is_truthy(*json)),
        Found::Value(value) => Truth::of(match value {
            Val::Bool(b) => *b,
            Val::Int(n) => *n != 0,
            Val::UInt(n) => *n != 0,
            Val::Float(n) => *n != 0.0,
            Val::Text(text) => !text.is_empty(),
            Val::List(items) => !items.is_empty(),
            Val::Object(members) => !members.is_empty(),
            Val::Null | Val::Json(_) => false,
        }),
    }
}

fn is_truthy(json: Json<'_>) -> bool {
    match json.kind() {
        Kind::Null => false,
        Kind::Bool => json.as_bool() == Some(true),
        Kind::Number => json.as_number().is_some_and(|number| as_float(number) != 0.0),
        Kind::String => !json.is_empty_str(),
        Kind::Array | Kind::Object => !json.is_empty(),
    }
}

/// What a test says, or what it waits for.
fn tested<'a>(scope: &Scope<'a>, test: &'a Test) -> Result<bool, &'a str> {
    match test {
        Test::Compare(a, compare, b) => match (eval(scope, a), eval(scope, b)) {
            (Found::Unknown(name), _) | (_, Found::Unknown(name)) => Err(name),
            (a, b) => Ok(compared(&a, *compare, &b)),
        },
        Test::In(a, b) => match (eval(scope, a), eval(scope, b)) {
            (Found::Unknown(name), _) | (_, Found::Unknown(name)) => Err(name),
            (Found::Value(a), Found::Value(b)) => Ok(contains(&b, &a)),
            _ => Ok(false),
        },
        Test::Defined(place, defined) => scope.has(place).map(|has| has == *defined),
        Test::Is(inner, is) => {
            if let Expr::Place(place) = inner.as_ref()
                && let Some(found) = scope.of_event(place)
            {
                return Ok(is_of_kind(found.map(Json::kind), *is));
            }
            match eval(scope, inner) {
                Found::Value(value) => Ok(is_of_kind(Some(value.kind()), *is)),
                Found::Missing => Ok(is_of_kind(None, *is)),
                Found::Unknown(name) => Err(name),
            }
        }
    }
}

fn is_of_kind(found: Option<Kind>, is: Is) -> bool {
    match is {
        Is::Defined => found.is_some(),
        Is::Undefined => found.is_none(),
        Is::None => found == Some(Kind::Null),
        Is::Text => found == Some(Kind::String),
        Is::Number => found == Some(Kind::Number),
        Is::Boolean => found == Some(Kind::Bool),
        Is::List => found == Some(Kind::Array),
        Is::Object => found == Some(Kind::Object),
    }
}

fn eval<'a>(scope: &Scope<'a>, expr: &'a Expr) -> Found<'a> {
    let bool = |truth: Truth| match truth {
        Truth::Yes => Found::Value(Val::Bool(true)),
        Truth::No => Found::Value(Val::Bool(false)),
        Truth::Unknown => Found::Unknown("…"),
    };
    match expr {
        Expr::Const(value) => Found::Value(Val::Json(Json::Tree(value))),
        Expr::Place(place) => scope.find(place),
        Expr::Not(inner) => bool(truthy(&eval(scope, inner)).not()),
        Expr::And(a, b) => {
            let a = eval(scope, a);
            match truthy(&a) {
                Truth::No => a,
                Truth::Yes => eval(scope, b),
                Truth::Unknown => match truthy(&eval(scope, b)) {
                    Truth::No => bool(Truth::No),
                    _ => a,
                },
            }
        }
        Expr::Or(a, b) => {
            let a = eval(scope, a);
            match truthy(&a) {
                Truth::Yes => a,
                Truth::No => eval(scope, b),
                Truth::Unknown => match truthy(&eval(scope, b)) {
                    Truth::Yes => bool(Truth::Yes),
                    _ => a,
                },
            }
        }
        Expr::Test(test) => match tested(scope, test) {
            Ok(holds) => Found::Value(Val::Bool(holds)),
            Err(name) => Found::Unknown(name),
        },
        Expr::Jinja(part) => {
            let context = match context(scope, part) {
                Ok(context) => context,
                Err(name) => return Found::Unknown(name),
            };
            // fuel and type errors leave no value, which a condition reads as no
            let value = part.expression.as_ref().and_then(|expression| expression.eval(context).ok());
            match value {
                Some(value) if !value.is_undefined() => {
                    serde_json::to_value(&value).map_or(Found::Missing, |value| Found::Value(value.into()))
                }
                _ => Found::Missing,
            }
        }
    }
}

fn as_float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::UInt(n) => n as f64,
        Number::Float(n) => n,
    }
}

fn ordering(a: &Val<'_>, b: &Val<'_>) -> Option<Ordering> {
    match (a.kind(), b.kind()) {
        (Kind::Number, Kind::Number) => match (a.as_number()?, b.as_number()?) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (a, b) => as_float(a).partial_cmp(&as_float(b)),
        },
        (Kind::String, Kind::String) => Some(a.as_text()?.as_ref().cmp(b.as_text()?.as_ref())),
        (Kind::Bool, Kind::Bool) => Some(a.as_bool()?.cmp(&b.as_bool()?)),
        (Kind::Null, Kind::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

fn equal(a: &Val<'_>, b: &Val<'_>) -> bool {
    match (a.kind(), b.kind()) {
        (Kind::Array, Kind::Array) | (Kind::Object, Kind::Object) => a.to_json() == b.to_json(),
        _ => ordering(a, b) == Some(Ordering::Equal),
    }
}

fn compared(a: &Found<'_>, compare: Compare, b: &Found<'_>) -> bool {
    let (a, b) = match (a, b) {
        (Found::Value(a), Found::Value(b)) => (a, b),
        (Found::Missing, Found::Missing) => {
            return matches!(compare, Compare::Eq | Compare::Le | Compare::Ge);
        }
        _ => return compare == Compare::Ne,
    };
    match compare {
        Compare::Eq => equal(a, b),
        Compare::Ne => !equal(a, b),
        Compare::Lt => ordering(a, b) == Some(Ordering::Less),
        Compare::Le => matches!(ordering(a, b), Some(Ordering::Less | Ordering::Equal)),
        Compare::Gt => ordering(a, b) == Some(Ordering::Greater),
        Compare::Ge => matches!(ordering(a, b), Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn contains(container: &Val<'_>, wanted: &Val<'_>) -> bool {
    match container.kind() {
        Kind::String => match (container.as_text(), wanted.to_text()) {
            (Some(text), Some(wanted)) => text.contains(wanted.as_ref()),
            _ => false,
        },
        Kind::Array => container.clone().into_items().iter().any(|item| equal(item, wanted)),
        Kind::Object => wanted.as_text().is_some_and(|key| container.get(&key).is_some()),
        _ => false,
    }
}

/// The names of a part with their values, as minijinja takes them; or the name of a capture that is not known.
fn context<'a>(scope: &Scope<'a>, part: &'a Jinja) -> Result<minijinja::Value, &'a str> {
    let mut root = Value::Object(Map::new());
    for (steps, place) in &part.names {
        match scope.find(place) {
            Found::Value(value) => insert(&mut root, steps, value.to_json()),
            // what holds a missing name is there and empty, so that asking for the name is not an error
            Found::Missing => hold(&mut root, steps),
            Found::Unknown(name) => return Err(name),
        }
    }
    Ok(minijinja::Value::from(minijinja::value::Serde(&root)))
}

fn hold(at: &mut Value, steps: &[PathStep]) {
    let mut at = at;
    for (step, next) in steps.iter().zip(steps.iter().skip(1)) {
        let (PathStep::Key(key), PathStep::Key(_), Value::Object(map)) = (step, next, at) else { return };
        at = map.entry(key.as_str()).or_insert_with(|| Value::Object(Map::new()));
    }
}

fn insert(at: &mut Value, steps: &[PathStep], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value;
        return;
    };
    match step {
        PathStep::Key(key) => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            if let Value::Object(map) = at {
                insert(map.entry(key.as_str()).or_insert(Value::Null), rest, value);
            }
        }
        PathStep::Index(index) => {
            const LONGEST: usize = 1_000;
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            if let Value::Array(list) = at
                && *index < LONGEST
            {
                if list.len() <= *index {
                    list.resize(index + 1, Value::Null);
                }
                if let Some(slot) = list.get_mut(*index) {
                    insert(slot, rest, value);
                }
            }
        }
    }
}

/// The text of a template; nothing when a name that it prints has no value.
pub fn render<'a>(scope: &Scope<'a>, template: &'a Template) -> Result<Option<Val<'a>>, String> {
    match template {
        Template::Parts(parts) => {
            let mut text = String::new();
            for part in parts {
                match part {
                    Ok(fixed) => text.push_str(fixed),
                    Err(place) => match scope.read(place).filter(|value| !value.is_null()) {
                        None => return Ok(None),
                        Some(value) => match value.to_text() {
                            Some(value) => text.push_str(&value),
                            None => text.push_str(&value.json_text()),
                        },
                    },
                }
            }
            Ok(Some(Val::Text(Cow::Owned(text))))
        }
        Template::Jinja(part) => {
            let context = match context(scope, part) {
                Ok(context) => context,
                Err(name) => return Ok(Some(Val::Text(format!("{{{name}}}").into()))),
            };
            match jinja_templates().render_str(&part.text, context) {
                Ok(text) => Ok(Some(Val::Text(Cow::Owned(text)))),
                Err(error) if error.kind() == minijinja::ErrorKind::UndefinedError => Ok(None),
                Err(error) => Err(error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)),
            }
        }
    }
}
