//! Items: those of a list, the names of an object's members, and the characters of a string.

use mapwright_json::Kind;

use mapwright_convert::Val;

/// Returns at most `most` items, or `None` for a value that has no items.
pub(crate) fn items<'a>(value: Val<'a>, most: usize) -> Option<Vec<Val<'a>>> {
    Some(match value {
        Val::List(mut items) => {
            items.truncate(most);
            items
        }
        Val::Object(members) => members.into_iter().take(most).map(|(name, _)| Val::Text(name)).collect(),
        other => match other.kind() {
            Kind::String => other.as_text()?.chars().take(most).map(character).collect(),
            Kind::Array => json(&other)?.items().take(most).map(Val::Json).collect(),
            Kind::Object => json(&other)?.entries().take(most).map(|(name, _)| Val::Text(name)).collect(),
            Kind::Null | Kind::Bool | Kind::Number => return None,
        },
    })
}

pub(crate) fn last<'a>(value: &Val<'a>) -> Option<Val<'a>> {
    match value {
        Val::List(items) => items.last().cloned(),
        Val::Object(members) => members.last().map(|(name, _)| Val::Text(name.clone())),
        other => match other.kind() {
            Kind::String => other.as_text()?.chars().next_back().map(character),
            Kind::Array => json(other)?.items().last().map(Val::Json),
            Kind::Object => json(other)?.entries().last().map(|(name, _)| Val::Text(name)),
            Kind::Null | Kind::Bool | Kind::Number => None,
        },
    }
}

pub(crate) fn length(value: &Val<'_>) -> Option<usize> {
    match value {
        Val::List(items) => Some(items.len()),
        Val::Object(members) => Some(members.len()),
        other => match other.kind() {
            Kind::String => Some(other.as_text()?.chars().count()),
            Kind::Array | Kind::Object => json(other)?.len(),
            Kind::Null | Kind::Bool | Kind::Number => None,
        },
    }
}

/// Returns the member of an object by its name, or an item of a list by its index. A negative index counts from the end.
pub(crate) fn member<'a>(value: &Val<'a>, key: &Val<'_>) -> Option<Val<'a>> {
    match key.kind() {
        Kind::String => value.get(&key.as_text()?),
        Kind::Number => {
            let place = key.as_number()?.as_integer()?;
            // a path finds no character either
            if value.kind() != Kind::Array {
                return None;
            }
            let place = match place < 0 {
                true => i128::try_from(length(value)?).ok()? + place,
                false => place,
            };
            value.index(usize::try_from(place).ok()?)
        }
        Kind::Null | Kind::Bool | Kind::Array | Kind::Object => None,
    }
}

/// Returns the indexes that the slice `[start:stop:step]` selects from `length` items, as Python does.
pub(crate) fn places(length: usize, [start, stop, step]: [Option<i64>; 3]) -> Option<Vec<usize>> {
    let length = i64::try_from(length).ok()?;
    let step = step.unwrap_or(1);
    let from_end = |place: i64| if place < 0 { place.saturating_add(length) } else { place };
    let (mut place, stop) = match step {
        0 => return None,
        1.. => (start.map_or(0, from_end).clamp(0, length), stop.map_or(length, from_end).clamp(0, length)),
        _ => (
            start.map_or(length - 1, from_end).clamp(-1, length - 1),
            stop.map_or(-1, from_end).clamp(-1, length - 1),
        ),
    };
    let mut places = Vec::new();
    while (step > 0 && place < stop) || (step < 0 && place > stop) {
        places.extend(usize::try_from(place));
        place = place.saturating_add(step);
    }
    Some(places)
}

fn json<'a>(value: &Val<'a>) -> Option<mapwright_json::Json<'a>> {
    match value {
        Val::Json(json) => Some(*json),
        _ => None,
    }
}

fn character<'a>(character: char) -> Val<'a> {
    Val::Text(character.to_string().into())
}
