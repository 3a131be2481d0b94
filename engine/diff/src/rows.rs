//! What changes in the rows of a mapping.

use mapwright_describe::{Conversion, Invalid, Missing, Naming, Row, Source, SourceKind, all_of};

use crate::change::Changes;
use crate::kinds::ChangeKind as Kind;
use crate::pair::{Body, Pairs, RowAt, Same};

/// The name of a field with that of its body.
fn field(bodies: &[Body<'_>], at: &RowAt<'_>) -> String {
    let body = bodies.get(at.body).map_or("", |body| body.name);
    match at.row.target.as_str() {
        "..." => format!("{body} (other members)"),
        target => format!("{body}.{target}"),
    }
}

/// The sources of a row as text.
fn texts(row: &Row) -> Vec<String> {
    row.sources.iter().map(|source| source.text.clone()).collect()
}

/// Notes what changes in bodies and their rows.
pub(crate) fn bodies(pairs: &Pairs<'_>, changes: &mut Changes) {
    for (old, new, same) in &pairs.rows {
        let (name, now) = (field(&pairs.old, old), field(&pairs.new, new));
        let places = (Some(&old.row.place), Some(&new.row.place));
        match same {
            Same::Name => {}
            Same::Sources => {
                changes.add(Kind::FieldRenamed { old: name, new: now.clone() }, places.0, places.1);
            }
            Same::Elsewhere => {
                changes.add(Kind::FieldMoved { old: name, new: now.clone() }, places.0, places.1);
            }
        }
        row(&now, old.row, new.row, *same != Same::Elsewhere, changes);
    }
    let gone = alone(&pairs.old, pairs.bodies.iter().map(|(old, _)| *old).collect());
    let come = alone(&pairs.new, pairs.bodies.iter().map(|(_, new)| *new).collect());
    for (at, body) in &gone {
        let fields = of_body(&pairs.removed, *at);
        changes.add(
            Kind::BodyRemoved { part: body.name.to_owned(), operations: owned(&body.operations), fields },
            body.place,
            None,
        );
    }
    for (at, body) in &come {
        let fields = of_body(&pairs.added, *at);
        changes.add(
            Kind::BodyAdded { part: body.name.to_owned(), operations: owned(&body.operations), fields },
            None,
            body.place,
        );
    }
    let taken = attributes_taken(pairs);
    let left = attributes_left(pairs);
    for at in pairs.removed.iter().filter(|at| !gone.iter().any(|(body, _)| *body == at.body)) {
        if left.iter().any(|(of, _)| std::ptr::eq(of.row, at.row)) {
            continue;
        }
        let what = Kind::FieldRemoved { field: field(&pairs.old, at), sources: texts(at.row) };
        changes.add(what, Some(&at.row.place), None);
    }
    for at in pairs.added.iter().filter(|at| !come.iter().any(|(body, _)| *body == at.body)) {
        if taken.iter().any(|(of, _)| std::ptr::eq(of.row, at.row)) {
            continue;
        }
        let what = Kind::FieldAdded {
            field: field(&pairs.new, at),
            sources: texts(at.row),
            conversions: conversions(at.row, at.row),
        };
        changes.add(what, None, Some(&at.row.place));
    }
    for (at, attributes) in &taken {
        let what = Kind::AttributeToField {
            attributes: attributes.clone(),
            field: field(&pairs.new, at),
            conversions: conversions(at.row, at.row),
        };
        changes.add(what, None, Some(&at.row.place));
    }
    for (at, attributes) in &left {
        let what = Kind::FieldToAttribute { field: field(&pairs.old, at), attributes: attributes.clone() };
        changes.add(what, Some(&at.row.place), None);
    }
    reserved(pairs, &taken, &left, changes);
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The bodies that belong to no other.
fn alone<'b, 'd>(bodies: &'b [Body<'d>], paired: Vec<usize>) -> Vec<(usize, &'b Body<'d>)> {
    bodies.iter().enumerate().filter(|(at, _)| !paired.contains(at)).collect()
}

fn of_body(rows: &[RowAt<'_>], body: usize) -> Vec<String> {
    rows.iter().filter(|at| at.body == body).map(|at| at.row.target.clone()).collect()
}

/// The rows that take what no other row reads, with the objects that they take it of.
fn rests<'d>(bodies: &[Body<'d>]) -> Vec<(Vec<&'d str>, &'d Naming)> {
    let rows = bodies.iter().flat_map(|body| body.rows);
    rows.filter_map(|row| {
        let rests = row.sources.iter().filter(|source| source.kind == SourceKind::Rest);
        let bases: Vec<&str> = rests.flat_map(|source| source.reads.iter().map(String::as_str)).collect();
        Some((bases, row.naming.as_ref()?)).filter(|(bases, _)| !bases.is_empty())
    })
    .collect()
}

/// The member of an object that a path reads, with the object.
fn member<'r>(read: &'r str, base: &str) -> Option<&'r str> {
    let rest = read.strip_prefix(base)?.strip_prefix('.')?;
    Some(rest.split(['.', '[']).next().unwrap_or(rest))
}

/// The members that rows read and that are attributes on the other side alone.
fn attributes<'d>(
    rows: impl Iterator<Item = RowAt<'d>>,
    own: &[Body<'_>],
    other: &[Body<'_>],
) -> Vec<(RowAt<'d>, Vec<String>)> {
    let (own, other) = (rests(own), rests(other));
    let mut found = Vec::new();
    for at in rows {
        let mut names: Vec<String> = Vec::new();
        let sources = at.row.sources.iter().filter(|source| source.kind != SourceKind::Rest);
        for read in sources.flat_map(|source| &source.reads) {
            // what is an attribute on both sides has only been read as well
            let name = attribute(read, &other).filter(|_| attribute(read, &own).is_none());
            names.extend(name.filter(|name| !names.contains(name)));
        }
        if !names.is_empty() {
            found.push((at, names));
        }
    }
    found
}

/// The attribute that a path leads to, if it does.
fn attribute(read: &str, rests: &[(Vec<&str>, &Naming)]) -> Option<String> {
    rests.iter().find_map(|(bases, naming)| {
        let (base, member) = bases.iter().find_map(|base| Some((base, member(read, base)?)))?;
        (!naming.reserved.iter().any(|name| name == member)).then(|| format!("{base}.{member}"))
    })
}

/// Returns the sources of rows of the new side that were attributes.
fn attributes_taken<'d>(pairs: &Pairs<'d>) -> Vec<(RowAt<'d>, Vec<String>)> {
    let is_told = |body: usize| {
        pairs.bodies.iter().any(|(_, new)| *new == body)
            || pairs.rows.iter().any(|(_, new, _)| new.body == body)
    };
    let rows = pairs.new.iter().enumerate().filter(|(at, _)| is_told(*at));
    let rows = rows.flat_map(|(body, of)| of.rows.iter().map(move |row| RowAt { body, row }));
    attributes(rows, &pairs.new, &pairs.old)
}

/// Returns the sources of rows of the old side that are attributes.
fn attributes_left<'d>(pairs: &Pairs<'d>) -> Vec<(RowAt<'d>, Vec<String>)> {
    let is_told = |body: usize| {
        pairs.bodies.iter().any(|(old, _)| *old == body)
            || pairs.rows.iter().any(|(old, _, _)| old.body == body)
    };
    let rows = pairs.old.iter().enumerate().filter(|(at, _)| is_told(*at));
    let rows = rows.flat_map(|(body, of)| of.rows.iter().map(move |row| RowAt { body, row }));
    attributes(rows, &pairs.old, &pairs.new)
}

/// Returns the names that only one side omits from attributes.
fn reserved(
    pairs: &Pairs<'_>,
    taken: &[(RowAt<'_>, Vec<String>)],
    left: &[(RowAt<'_>, Vec<String>)],
    changes: &mut Changes,
) {
    for (old, new, _) in &pairs.rows {
        let (Some(before), Some(now)) = (&old.row.naming, &new.row.naming) else { continue };
        let is_in = |list: &[(RowAt<'_>, Vec<String>)], name: &str| {
            let mut names = list.iter().flat_map(|(_, names)| names);
            names.any(|known| known.rsplit('.').next() == Some(name))
        };
        let only = |a: &Naming, b: &Naming, known: &[(RowAt<'_>, Vec<String>)]| -> Vec<String> {
            let names = a.reserved.iter().filter(|name| !b.reserved.contains(name) && !is_in(known, name));
            names.cloned().collect()
        };
        let places = (Some(&old.row.place), Some(&new.row.place));
        let names = only(now, before, taken);
        if !names.is_empty() {
            let field = field(&pairs.new, new);
            changes.add(Kind::AttributesReserved { field, names }, places.0, places.1);
        }
        let names = only(before, now, left);
        if !names.is_empty() {
            let field = field(&pairs.new, new);
            changes.add(Kind::AttributesFreed { field, names }, places.0, places.1);
        }
    }
}

/// Notes what changes in a row.
///
/// In another body it depends on other conditions anyway.
fn row(name: &str, old: &Row, new: &Row, with_conditions: bool, changes: &mut Changes) {
    let field = || name.to_owned();
    let places = (Some(&old.place), Some(&new.place));
    let mut add = |what: Kind| changes.add(what, places.0, places.1);
    let (was, is) = (kind(old), kind(new));
    if let (Some(was), Some(is)) = (was, is)
        && was != is
    {
        add(Kind::FieldRetyped { field: field(), old: was, new: is });
    }
    let is_rest = |row: &Row| row.sources.iter().any(|source| source.kind == SourceKind::Rest);
    if is_rest(old) || is_rest(new) {
        let (was, is) = (texts(old).join(", or else "), texts(new).join(", or else "));
        if was != is {
            add(Kind::AttributesFrom { field: field(), old: was, new: is });
        }
    } else {
        sources(name, old, new, &mut add);
    }
    let (was, is) = (conversions(old, new), conversions(new, old));
    if was != is {
        add(Kind::ConversionChanged { field: field(), old: was, new: is });
    }
    limits(name, old, new, &mut add);
    if let (Some(was), Some(is)) = (&old.naming, &new.naming) {
        naming(name, was, is, &mut add);
    }
    absence(name, old, new, &mut add);
    let said = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    let message = |row: &Row| said(&row.absence.error, "the default message");
    if message(old) != message(new) {
        add(Kind::RequirementReworded { old: message(old), new: message(new) });
    }
    let about = |row: &Row| said(&row.about, "none");
    if about(old) != about(new) {
        add(Kind::Described { of: format!("`{name}`"), old: about(old), new: about(new) });
    }
    let (was, is) = (condition_text(old, new), condition_text(new, old));
    if was != is && with_conditions {
        add(Kind::FieldCondition { field: field(), old: was, new: is });
    }
}

/// The type of a row's values: what the API's schema says, or else what the last conversion gives.
fn kind(row: &Row) -> Option<String> {
    match row.types.as_slice() {
        [] => row.conversions.last().and_then(|call| call.gives.clone()).map(|gives| match gives.as_str() {
            "whole number" => "integer".to_owned(),
            "text" => "string".to_owned(),
            _ => gives,
        }),
        types => {
            let mut types: Vec<&str> =
                types.iter().map(String::as_str).filter(|word| *word != "null").collect();
            types.sort_unstable();
            Some(types.join(" or "))
        }
    }
}

fn sources(name: &str, old: &Row, new: &Row, add: &mut dyn FnMut(Kind)) {
    let (was, is) = (texts(old), texts(new));
    // what is still read is combined in another way
    let only = |a: &Row, b: &Row| -> Vec<String> {
        let reads: Vec<&String> = b.sources.iter().flat_map(|source| &source.reads).collect();
        let is_read = |source: &&Source| {
            has(b, source)
                || !source.reads.is_empty() && source.reads.iter().all(|read| reads.contains(&read))
        };
        a.sources.iter().filter(|source| !is_read(source)).map(|source| source.text.clone()).collect()
    };
    let (removed, added) = (only(old, new), only(new, old));
    let kept = |texts: &[String], gone: &[String]| -> Vec<String> {
        texts.iter().filter(|text| !gone.contains(text)).cloned().collect()
    };
    let reordered = kept(&was, &removed) != kept(&is, &added);
    if !removed.is_empty() {
        add(Kind::SourcesRemoved { field: name.to_owned(), sources: removed });
    }
    if reordered {
        add(Kind::PriorityChanged { field: name.to_owned(), old: was, new: is });
    }
    if !added.is_empty() {
        add(Kind::SourcesAdded { field: name.to_owned(), sources: added });
    }
}

/// Whether another row has a source too; what only one of them has is reported as such.
fn has(other: &Row, source: &Source) -> bool {
    other.sources.iter().any(|known| known.text == source.text)
}

/// Returns the conversions that are not limits and do not name attributes, as text.
fn conversions(row: &Row, other: &Row) -> String {
    let counts = |call: &&Conversion| !(call.limit || row.naming.is_some() && call.name == "flatten");
    let own = |source: &Source| {
        let calls: Vec<String> = source.conversions.iter().filter(counts).map(Conversion::text).collect();
        (!calls.is_empty()).then(|| format!("{} as {}", source.text, calls.join(", ")))
    };
    let calls = row.conversions.iter().filter(counts).map(Conversion::text);
    let common = row.sources.iter().filter(|source| has(other, source));
    let all: Vec<String> = common.filter_map(own).chain(calls).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// The limits of a row, by name.
fn limits_of(row: &Row) -> Vec<(&str, &str)> {
    let own = row.sources.iter().flat_map(|source| &source.conversions);
    let named = |call: &&Conversion| {
        row.naming.is_none() || !matches!(call.name.as_str(), "limit_names" | "limit_keys")
    };
    let mut all: Vec<(&str, &str)> = own
        .chain(&row.conversions)
        .filter(|call| call.limit)
        .filter(named)
        .map(|call| (call.name.as_str(), call.arguments.as_str()))
        .collect();
    all.dedup();
    all
}

fn limits(name: &str, old: &Row, new: &Row, add: &mut dyn FnMut(Kind)) {
    let (was, is) = (limits_of(old), limits_of(new));
    for (limit, before) in &was {
        let now = is.iter().find(|(known, _)| known == limit).map(|(_, text)| *text);
        if now != Some(*before) {
            limited(name, limit, Some(before), now, add);
        }
    }
    for (limit, now) in is.iter().filter(|(limit, _)| !was.iter().any(|(known, _)| known == limit)) {
        limited(name, limit, None, Some(now), add);
    }
}

fn limited(name: &str, limit: &str, old: Option<&str>, new: Option<&str>, add: &mut dyn FnMut(Kind)) {
    let (field, limit) = (name.to_owned(), limit.to_owned());
    let number = |text: &str| text.parse::<f64>().ok();
    add(match (old, new) {
        (Some(old), Some(new)) => match (number(old), number(new)) {
            (Some(was), Some(is)) if is < was => {
                Kind::LimitLowered { field, limit, old: Some(old.to_owned()), new: new.to_owned() }
            }
            (Some(_), Some(_)) => {
                Kind::LimitRaised { field, limit, old: old.to_owned(), new: Some(new.to_owned()) }
            }
            _ => Kind::LimitChanged { field, limit, old: old.to_owned(), new: new.to_owned() },
        },
        (None, Some(new)) => Kind::LimitLowered { field, limit, old: None, new: new.to_owned() },
        (Some(old), None) => Kind::LimitRaised { field, limit, old: old.to_owned(), new: None },
        (None, None) => return,
    });
}

fn naming(name: &str, old: &Naming, new: &Naming, add: &mut dyn FnMut(Kind)) {
    let field = || name.to_owned();
    if old.separator != new.separator {
        let (old, new) = (old.separator.clone(), new.separator.clone());
        add(Kind::AttributeNaming { field: field(), old, new });
    }
    if old.without != new.without {
        let (old, new) = (old.without.clone().unwrap_or_default(), new.without.clone().unwrap_or_default());
        add(Kind::AttributeNames { field: field(), old, new });
    }
    for (limit, was, is) in [
        ("the longest name of an attribute", old.longest, new.longest),
        ("the number of attributes", old.most, new.most),
    ] {
        let text = |number: Option<u64>| number.map(|number| number.to_string());
        if was != is {
            limited(name, limit, text(was).as_deref(), text(is).as_deref(), add);
        }
    }
}

fn absence(name: &str, old: &Row, new: &Row, add: &mut dyn FnMut(Kind)) {
    let (a, b) = (&old.absence, &new.absence);
    let (was, is) = (absence_text(old), absence_text(new));
    if was == is {
        return;
    }
    let rejects = |missing: &Missing| *missing == Missing::Reject;
    let refuses = |invalid: Option<Invalid>| invalid == Some(Invalid::Reject);
    let stricter = rejects(&b.missing) && !rejects(&a.missing) || refuses(b.invalid) && !refuses(a.invalid);
    let field = name.to_owned();
    add(if stricter {
        Kind::AbsenceStricter { field, old: was, new: is }
    } else {
        Kind::AbsenceChanged { field, old: was, new: is }
    });
}

/// Returns the rule for a row without a value, as text.
pub(crate) fn absence_text(row: &Row) -> String {
    let missing = match &row.absence.missing {
        Missing::Omit => "left out".to_owned(),
        Missing::Reject => "the event is rejected".to_owned(),
        Missing::Null => "null".to_owned(),
        Missing::Default(value) => value.clone(),
    };
    let invalid = match row.absence.invalid {
        None => String::new(),
        Some(Invalid::Reject) => "; invalid: the event is rejected".to_owned(),
        Some(Invalid::Omit) => "; invalid: left out".to_owned(),
        Some(Invalid::Next) => "; invalid: the next source".to_owned(),
    };
    let kept = match row.absence.keeps.as_slice() {
        [] => String::new(),
        keeps => format!("; {} kept", keeps.join(" and ")),
    };
    format!("missing: {missing}{invalid}{kept}")
}

/// The conditions of a row, and of those of its sources that another one has too, as text.
fn condition_text(row: &Row, other: &Row) -> String {
    let own = row.sources.iter().filter(|source| !source.conditions.is_empty());
    let own = own.filter(|source| has(other, source));
    let own = own.map(|source| format!("{} if {}", source.text, all_of(&source.conditions)));
    let all: Vec<String> = row.conditions.iter().cloned().chain(own).collect();
    if all.is_empty() { "always".to_owned() } else { all.join("; ") }
}

/// A row in one text: its sources, conversions and conditions.
pub(crate) fn whole(row: &Row) -> String {
    let converted = |text: String, calls: &[Conversion]| match calls {
        [] => text,
        calls => format!("{text} as {}", calls.iter().map(Conversion::text).collect::<Vec<_>>().join(", ")),
    };
    let conditional = |text: String, conditions: &[String]| match conditions {
        [] => text,
        conditions => format!("{text} if {}", all_of(conditions)),
    };
    let source = |source: &Source| {
        conditional(converted(source.text.clone(), &source.conversions), &source.conditions)
    };
    let text = row.sources.iter().map(source).collect::<Vec<_>>().join(", else ");
    let text = match (row.sources.len() > 1, row.conversions.is_empty()) {
        (true, false) => format!("({text})"),
        _ => text,
    };
    conditional(converted(text, &row.conversions), &row.conditions)
}
