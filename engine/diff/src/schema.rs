//! What changes in the schemas of bodies: whether the API takes fewer bodies, more, or others.

use std::collections::BTreeSet;

use mapwright_describe::{BodyField, Operation, Place};

use crate::change::Changes;
use crate::kinds::ChangeKind as Kind;

/// Operations whose bodies have the same schemas, on both sides.
type Shared<'o> = (&'o [BodyField], &'o [BodyField], Vec<String>);

/// Compares the schemas of the bodies of operations that both sides have. Operations with the same schemas are told together.
pub(crate) fn schemas(both: &[(&Operation, &Operation)], changes: &mut Changes) {
    let mut all: Vec<Shared<'_>> = Vec::new();
    for (was, is) in both {
        if was.fields.is_empty() || is.fields.is_empty() || was.fields == is.fields {
            continue;
        }
        match all.iter_mut().find(|(old, new, _)| *old == was.fields && *new == is.fields) {
            Some((_, _, operations)) => operations.push(is.name.clone()),
            None => all.push((&was.fields, &is.fields, vec![is.name.clone()])),
        }
    }
    for (old, new, operations) in all {
        body(old, new, &operations, changes);
    }
}

/// What differs of a field: a keyword, what it said and what it says, and how the values that are taken differ.
struct Difference {
    what: String,
    old: Option<String>,
    new: Option<String>,
    taken: Taken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Fewer,
    More,
    Others,
}

fn body(old: &[BodyField], new: &[BodyField], operations: &[String], changes: &mut Changes) {
    let find = |list: &'_ [BodyField], of: &BodyField| list.iter().position(|it| it.path == of.path);
    let mut add = |of: &BodyField, it: Difference, was: Option<&Place>, is: Option<&Place>| {
        let (operations, field) = (operations.to_vec(), of.path.clone());
        let Difference { what, old, new, taken } = it;
        let what = match taken {
            Taken::Fewer => Kind::SchemaStricter { operations, field, what, old, new },
            Taken::More => Kind::SchemaLooser { operations, field, what, old, new },
            Taken::Others => Kind::SchemaOtherwise { operations, field, what, old, new },
        };
        changes.add(what, was, is);
    };
    // what is within a field that only one side has goes with it
    let alone = |of: &BodyField, others: &[BodyField]| {
        let above = of.path.rfind(['.', '[']).and_then(|at| of.path.get(..at)).unwrap_or_default();
        find(others, of).is_none() && others.iter().any(|other| other.path == above)
    };
    for was in old {
        match find(new, was).and_then(|at| new.get(at)) {
            Some(is) => {
                for it in differences(was, is) {
                    add(is, it, Some(&was.place), Some(&is.place));
                }
            }
            None if alone(was, new) => {
                let old = Some(said(was));
                let it = Difference { what: "field".to_owned(), old, new: None, taken: Taken::Fewer };
                add(was, it, Some(&was.place), None);
            }
            None => {}
        }
    }
    for is in new.iter().filter(|is| alone(is, old)) {
        let taken = if is.required { Taken::Fewer } else { Taken::More };
        let it = Difference { what: "field".to_owned(), old: None, new: Some(said(is)), taken };
        add(is, it, None, Some(&is.place));
    }
}

/// A field in a word or two.
fn said(field: &BodyField) -> String {
    let types = if field.types.is_empty() { "any".to_owned() } else { field.types.join(" or ") };
    if field.required { format!("{types}, required") } else { types }
}

fn differences(was: &BodyField, is: &BodyField) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut add = |what: &str, old: Option<String>, new: Option<String>, taken: Taken| {
        all.push(Difference { what: what.to_owned(), old, new, taken });
    };
    if was.required != is.required {
        let said = |required: bool| Some(required.to_string());
        let taken = if is.required { Taken::Fewer } else { Taken::More };
        add("required", said(was.required), said(is.required), taken);
    }
    if was.closed != is.closed {
        let said = |closed: bool| Some((!closed).to_string());
        let taken = if is.closed { Taken::Fewer } else { Taken::More };
        add("additionalProperties", said(was.closed), said(is.closed), taken);
    }
    let listed = |words: &[String]| (!words.is_empty()).then(|| words.join(", "));
    for (what, old, new) in [("type", &was.types, &is.types), ("enum", &was.values, &is.values)] {
        let (before, now): (BTreeSet<&String>, BTreeSet<&String>) =
            (old.iter().collect(), new.iter().collect());
        if before != now {
            let whole =
                |word: &String| what == "type" && word == "integer" && new.iter().any(|it| it == "number");
            let keeps = new.is_empty()
                || !old.is_empty() && before.iter().all(|word| now.contains(*word) || whole(word));
            add(what, listed(old), listed(new), if keeps { Taken::More } else { Taken::Fewer });
        }
    }
    let limit = |of: &BodyField, word: &str| {
        of.limits.iter().find(|(known, _)| known == word).map(|(_, said)| said.clone())
    };
    let words: BTreeSet<&String> = was.limits.iter().chain(&is.limits).map(|(word, _)| word).collect();
    for word in words {
        let (old, new) = (limit(was, word), limit(is, word));
        if old == new {
            continue;
        }
        let number = |said: &Option<String>| said.as_ref().and_then(|said| said.parse::<f64>().ok());
        let is_most = word.to_lowercase().contains("max");
        let taken = match (&old, &new, number(&old), number(&new)) {
            (None, ..) => Taken::Fewer,
            (_, None, ..) => Taken::More,
            (_, _, Some(old), Some(new)) if word != "multipleOf" => match (new < old) == is_most {
                true => Taken::Fewer,
                false => Taken::More,
            },
            _ => Taken::Others,
        };
        add(word, old, new, taken);
    }
    all
}
