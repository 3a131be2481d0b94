//! Makes an event smaller as long as it shows the same mistake.

use serde_json::{Map, Number, Value, json};

/// The most events that are tried.
const MOST: usize = 2_000;

/// Returns the smallest event that was found. What `base` states stays.
pub(super) fn shrunk(event: Value, base: Option<&Value>, is_broken: &dyn Fn(&Value) -> bool) -> Value {
    let mut least = event;
    let mut tried = 0;
    'again: loop {
        for smaller in smaller(&least, base, true) {
            tried += 1;
            if tried > MOST {
                return least;
            }
            if is_broken(&smaller) {
                least = smaller;
                continue 'again;
            }
        }
        return least;
    }
}

/// Values that are a step smaller: first without whole members or items, then with simpler ones.
fn smaller(value: &Value, base: Option<&Value>, is_event: bool) -> Vec<Value> {
    match value {
        Value::Object(members) => {
            let stays = |name: &str| base.and_then(|base| base.get(name));
            let is_free = |name: &str| stays(name).is_none() && !(is_event && name == "type");
            let without = members.keys().filter(|name| is_free(name)).map(|name| {
                let left: Map<String, Value> = members
                    .iter()
                    .filter(|(key, _)| *key != name)
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                Value::Object(left)
            });
            let simpler = members.iter().filter(|(name, _)| !(is_event && *name == "type")).flat_map(
                |(name, inner)| {
                    smaller(inner, stays(name), false).into_iter().map(|inner| {
                        let mut members = members.clone();
                        members.insert(name.clone(), inner);
                        Value::Object(members)
                    })
                },
            );
            without.chain(simpler).collect()
        }
        _ if base.is_some() => Vec::new(),
        Value::Array(items) => {
            let without = (0..items.len()).map(|at| {
                let mut items = items.clone();
                items.remove(at);
                Value::Array(items)
            });
            let simpler = items.iter().enumerate().flat_map(|(at, inner)| {
                smaller(inner, None, false).into_iter().map(move |inner| {
                    let mut items = items.clone();
                    if let Some(item) = items.get_mut(at) {
                        *item = inner;
                    }
                    Value::Array(items)
                })
            });
            without.chain(simpler).collect()
        }
        Value::String(text) if text.chars().count() > 1 => {
            let half = text.chars().count() / 2;
            let (first, last): (String, String) =
                (text.chars().take(half).collect(), text.chars().skip(half).collect());
            vec![json!("a"), first.into(), last.into()]
        }
        Value::Number(number) => smaller_numbers(number),
        _ => Vec::new(),
    }
}

/// Numbers that are nearer to zero: 0 and 1, the half, and the next whole number.
fn smaller_numbers(number: &Number) -> Vec<Value> {
    let exact = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    let nearer: Vec<i128> = match (exact, number.as_f64()) {
        (Some(0 | 1), _) => Vec::new(),
        (Some(whole), _) => vec![0, 1, whole / 2, whole - whole.signum()],
        // without its fraction
        (None, Some(float)) => vec![0, 1, float.trunc() as i128],
        (None, None) => Vec::new(),
    };
    let value = |whole: &i128| {
        i64::try_from(*whole).map(Value::from).ok().or_else(|| u64::try_from(*whole).map(Value::from).ok())
    };
    nearer.iter().filter_map(value).filter(|value| value.as_number() != Some(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_smallest_that_shows_it() {
        for (number, least) in
            [(json!(u64::MAX), 100), (json!(-7), 0), (json!(250.5), 100), (json!(101), 100)]
        {
            let is_broken = |event: &Value| {
                event["traits"]["age"].as_f64().is_some_and(|age| age >= f64::from(least) || least == 0)
            };
            let event = json!({ "traits": { "age": number } });
            assert_eq!(shrunk(event, None, &is_broken), json!({ "traits": { "age": least } }));
        }
    }

    #[test]
    fn what_does_not_matter_goes() {
        let event =
            json!({ "type": "track", "userId": "u1", "traits": { "a": [1, { "b": "xyz" }], "c": 7 } });
        let has_b =
            |event: &Value| event.pointer("/traits/a").is_some_and(|a| a.to_string().contains("\"b\""));
        let least = json!({ "type": "track", "traits": { "a": [{ "b": "a" }] } });
        assert_eq!(shrunk(event.clone(), None, &has_b), least);
        let kept = json!({ "type": "track", "userId": "u1", "traits": { "a": [{ "b": "a" }] } });
        assert_eq!(shrunk(event, Some(&json!({ "userId": "u1" })), &has_b), kept);
    }
}
