//! What changes in the schemas of bodies, items and responses: whether the API takes fewer bodies, more, or others.

use std::collections::BTreeSet;

use mapwright_describe::{BodyField, Operation, Place, SchemaOf};
use serde_json::{Map, Value};

use crate::change::Changes;
use crate::kinds::ChangeKind as Kind;

/// Operations with the same schemas of one kind, on both sides.
type Shared<'o> = (SchemaOf, &'o [BodyField], &'o [BodyField], Vec<String>);

/// Compares the schemas of operations that both sides have. Operations with the same schemas are reported together.
pub(crate) fn schemas(both: &[(&Operation, &Operation)], changes: &mut Changes) {
    let mut all: Vec<Shared<'_>> = Vec::new();
    for (was, is) in both {
        for (of, before) in &was.schemas {
            let Some((_, now)) = is.schemas.iter().find(|(kind, _)| kind == of) else { continue };
            if before.is_empty() || now.is_empty() || before == now {
                continue;
            }
            match all.iter_mut().find(|(kind, old, new, _)| kind == of && old == before && new == now) {
                Some((.., operations)) => operations.push(is.name.clone()),
                None => all.push((*of, before, now, vec![is.name.clone()])),
            }
        }
    }
    let mut found: Vec<LocatedChange<'_>> = Vec::new();
    for (of, old, new, operations) in all {
        for (field, it, was, is) in body(old, new) {
            let same = |known: &&mut LocatedChange<'_>| {
                (known.of, &known.field, &known.it, known.was, known.is) == (of, &field, &it, was, is)
            };
            // what several schemas refer to is reported once
            match found.iter_mut().find(same) {
                Some(known) => known.operations.extend(operations.iter().cloned()),
                None => found.push(LocatedChange { of, field, it, was, is, operations: operations.clone() }),
            }
        }
    }
    for LocatedChange { of, field, it, was, is, operations } in found {
        let part = match of {
            SchemaOf::Body => "body",
            SchemaOf::Item => "item",
            SchemaOf::Answer => "answer",
        };
        let (part, KeywordChange { what, old, new, taken }) = (part.to_owned(), it);
        let what = match taken {
            // a response is not taken
            _ if of == SchemaOf::Answer => Kind::SchemaOtherwise { part, operations, field, what, old, new },
            Taken::Fewer => Kind::SchemaStricter { part, operations, field, what, old, new },
            Taken::More => Kind::SchemaLooser { part, operations, field, what, old, new },
            Taken::Others => Kind::SchemaOtherwise { part, operations, field, what, old, new },
        };
        changes.add(what, was, is);
    }
}

/// A difference with its places, and the operations of whose schemas it is one.
struct LocatedChange<'o> {
    of: SchemaOf,
    field: String,
    it: KeywordChange,
    was: Option<&'o Place>,
    is: Option<&'o Place>,
    operations: Vec<String>,
}

/// A difference of a field: a keyword, its old and its new value, and how the accepted values differ.
#[derive(PartialEq)]
struct KeywordChange {
    what: String,
    old: Option<String>,
    new: Option<String>,
    taken: Taken,
}

impl KeywordChange {
    /// Whether it says for the first time what holds if a body has certain fields, none of which was there.
    fn is_of_new(&self, path: &str, was_there: impl Fn(&str) -> bool) -> bool {
        let Some(said) = self.new.as_ref().filter(|_| self.old.is_none() && DEPENDENT.contains(&&*self.what))
        else {
            return false;
        };
        let said = serde_json::from_str::<Map<String, Value>>(said).unwrap_or_default();
        let full = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        !said.is_empty() && !said.keys().any(|name| was_there(&full(name)))
    }
}

/// Keywords that say something of bodies with certain fields.
const DEPENDENT: [&str; 2] = ["dependentRequired", "dependentSchemas"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Fewer,
    More,
    Others,
}

/// The differences of two schemas: the field, what of it, and the places.
fn body<'o>(
    old: &'o [BodyField],
    new: &'o [BodyField],
) -> Vec<(String, KeywordChange, Option<&'o Place>, Option<&'o Place>)> {
    let mut all = Vec::new();
    let find = |list: &'_ [BodyField], of: &BodyField| list.iter().position(|it| it.path == of.path);
    let mut add = |of: &BodyField, it: KeywordChange, was: Option<&'o Place>, is: Option<&'o Place>| {
        all.push((of.path.clone(), it, was, is));
    };
    // what is within a field that only one side has goes with it
    let alone = |of: &BodyField, others: &[BodyField]| {
        let above = of.path.rfind(['.', '[']).and_then(|at| of.path.get(..at)).unwrap_or_default();
        find(others, of).is_none() && others.iter().any(|other| other.path == above)
    };
    for was in old {
        match find(new, was).and_then(|at| new.get(at)) {
            Some(is) => {
                for mut it in differences(was, is) {
                    // constraints of new fields refuse nothing that was accepted
                    if it.is_of_new(&is.path, |path| old.iter().any(|field| field.path == path)) {
                        it.taken = Taken::More;
                    }
                    add(is, it, Some(&was.place), Some(&is.place));
                }
            }
            None if alone(was, new) => {
                let old = Some(said(was));
                let it = KeywordChange { what: "field".to_owned(), old, new: None, taken: Taken::Fewer };
                add(was, it, Some(&was.place), None);
            }
            None => {}
        }
    }
    for is in new.iter().filter(|is| alone(is, old)) {
        let taken = if is.required { Taken::Fewer } else { Taken::More };
        let it = KeywordChange { what: "field".to_owned(), old: None, new: Some(said(is)), taken };
        add(is, it, None, Some(&is.place));
    }
    all
}

/// A field in a word or two.
fn said(field: &BodyField) -> String {
    let types = if field.types.is_empty() { "any".to_owned() } else { field.types.join(" or ") };
    if field.required { format!("{types}, required") } else { types }
}

fn differences(was: &BodyField, is: &BodyField) -> Vec<KeywordChange> {
    let mut all = Vec::new();
    let mut add = |what: &str, old: Option<String>, new: Option<String>, taken: Taken| {
        all.push(KeywordChange { what: what.to_owned(), old, new, taken });
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
            (Some(old), Some(new), ..) => branches(old, new).unwrap_or(Taken::Others),
        };
        add(word, old, new, taken);
    }
    all
}

/// How what is taken differs if some of these groups of members have to be there.
fn branches(old: &str, new: &str) -> Option<Taken> {
    let groups = |said: &str| serde_json::from_str::<Vec<BTreeSet<String>>>(said).ok();
    let (old, new) = (groups(old)?, groups(new)?);
    let takes = |these: &[BTreeSet<String>], those: &[BTreeSet<String>]| {
        those.iter().all(|group| these.iter().any(|other| other.is_subset(group)))
    };
    match (takes(&old, &new), takes(&new, &old)) {
        (true, _) => Some(Taken::Fewer),
        (_, true) => Some(Taken::More),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_more_takes_more_and_a_member_more_takes_fewer() {
        let taken = |old: &str, new: &str| match branches(old, new) {
            Some(Taken::Fewer) => "fewer",
            Some(Taken::More) => "more",
            _ => "others",
        };
        assert_eq!(taken(r#"[["a"],["b"]]"#, r#"[["a"]]"#), "fewer");
        assert_eq!(taken(r#"[["a"]]"#, r#"[["a"],["b"]]"#), "more");
        assert_eq!(taken(r#"[["a"],["b"]]"#, r#"[["a"],["b","c"]]"#), "fewer");
        assert_eq!(taken(r#"[["a"]]"#, r#"[["b"]]"#), "others");
        assert_eq!(taken("^a", "^b"), "others");
    }
}
