//! What changes in a mapping, or a variant of one.

use mapwright_describe::{Message, Place, Requirement, Row, Skip, Step, Warning, all_of};

use crate::answers::answers;
use crate::change::{Change, Changes};
use crate::kinds::ChangeKind as Kind;
use crate::pair::pairs;
use crate::rows::{bodies, whole};
use crate::stated::{Sides, stated};

/// The calls of a mapping, in order.
pub(crate) fn calls(message: &Message) -> Vec<String> {
    let call = |step: &Step| {
        let endpoint = step.endpoint.clone()?;
        Some(match &step.each {
            Some(_) => format!("{endpoint} (for each item)"),
            None => endpoint,
        })
    };
    message.steps.iter().filter_map(call).collect()
}

/// Returns what changes in a mapping. `all`: the mappings of the new side.
pub(crate) fn message(old: &Message, new: &Message, all: &[Message]) -> Vec<Change> {
    let mut changes = of(new);
    let places = (Some(&old.place), Some(&new.place));
    if old.when != new.when {
        let (old, new) = (text(&old.when), text(&new.when));
        changes.add(Kind::MessageWhen { old, new }, places.0, places.1);
    }
    types(old, new, all, &mut changes);
    if calls(old) != calls(new) {
        changes.add(Kind::CallsChanged { old: calls(old), new: calls(new) }, places.0, places.1);
    }
    described("the mapping", &old.about, &new.about, places, &mut changes);
    bodies(&pairs(old, new), &mut changes);
    requirements(&old.requirements, &new.requirements, &mut changes);
    skips(&old.skips, &new.skips, &mut changes);
    warnings(&old.warnings, &new.warnings, &mut changes);
    for (key, old, new) in by_target(&old.order, &new.order) {
        order(key, old, new, &mut changes);
    }
    options(old, new, &mut changes);
    for (name, old, new) in by_target(&old.values, &new.values) {
        // one that only one side has is reported by what reads it
        if let (Some(old), Some(new)) = (old, new)
            && whole(old) != whole(new)
        {
            let what = Kind::NamedValueChanged { name: name.to_owned(), old: whole(old), new: whole(new) };
            changes.add(what, Some(&old.place), Some(&new.place));
        }
    }
    steps(old, new, &mut changes);
    let sides = Sides { old: &old.statements, new: &new.statements };
    let known = std::mem::take(&mut changes.list);
    stated(sides, &[sides], &known.iter().collect::<Vec<_>>(), &mut changes);
    known.into_iter().chain(changes.list).collect()
}

/// Notes which types of events a mapping is for: those that no mapping has any more, and the others.
fn types(old: &Message, new: &Message, all: &[Message], changes: &mut Changes) {
    let places = (Some(&old.place), Some(&new.place));
    let is_mapped = |kind: &String| all.iter().any(|message| message.types.contains(kind));
    let (left, dropped): (Vec<_>, Vec<_>) = old.types.iter().cloned().partition(is_mapped);
    if left != new.types {
        let what = Kind::MessageTypes { old: old.types.clone(), new: new.types.clone() };
        changes.add(what, places.0, places.1);
    }
    if !dropped.is_empty() {
        changes.add(Kind::MessageTypesDropped { types: dropped }, places.0, places.1);
    }
}

/// Notes that only one side has a mapping.
pub(crate) fn whole_message(message: &Message, is_new: bool) -> Vec<Change> {
    let mut changes = of(message);
    match is_new {
        true => changes.add(Kind::MessageAdded { calls: calls(message) }, None, Some(&message.place)),
        false => changes.add(Kind::MessageRemoved { calls: calls(message) }, Some(&message.place), None),
    }
    changes.list
}

fn of(message: &Message) -> Changes {
    Changes { message: Some(message.name.clone()), variant: message.variant.clone(), list: Vec::new() }
}

/// An optional text; nothing is `none`.
pub(crate) fn text(text: &Option<String>) -> String {
    text.clone().unwrap_or_else(|| "none".to_owned())
}

/// Notes that a description is another one.
pub(crate) fn described(
    of: &str,
    old: &Option<String>,
    new: &Option<String>,
    places: (Option<&Place>, Option<&Place>),
    changes: &mut Changes,
) {
    if old != new {
        let what = Kind::Described { of: of.to_owned(), old: text(old), new: text(new) };
        changes.add(what, places.0, places.1);
    }
}

/// Rows of both sides by their names.
pub(crate) fn by_target<'d>(
    old: &'d [Row],
    new: &'d [Row],
) -> Vec<(&'d str, Option<&'d Row>, Option<&'d Row>)> {
    let find = |rows: &'d [Row], name: &str| rows.iter().find(|row| row.target == name);
    let mut all: Vec<_> =
        old.iter().map(|row| (row.target.as_str(), Some(row), find(new, &row.target))).collect();
    let added = new.iter().filter(|row| find(old, &row.target).is_none());
    all.extend(added.map(|row| (row.target.as_str(), None, Some(row))));
    all
}

fn requirements(old: &[Requirement], new: &[Requirement], changes: &mut Changes) {
    let shown = |of: &Requirement| match &of.when {
        Some(when) => format!("{} (if {when})", of.text),
        None => of.text.clone(),
    };
    // a requirement of renamed fields has the same message
    let same = |a: &Requirement, b: &Requirement| shown(a) == shown(b);
    let mut left: Vec<&Requirement> = new.iter().collect();
    let mut gone: Vec<&Requirement> = Vec::new();
    let mut both: Vec<(&Requirement, &Requirement)> = Vec::new();
    for was in old {
        match left.iter().position(|is| same(was, is)) {
            Some(at) => both.push((was, left.remove(at))),
            None => gone.push(was),
        }
    }
    for was in gone {
        let alike = |is: &&Requirement| {
            renamed(&was.any, &is.any, changes)
                && renamed(&was.all, &is.all, changes)
                && !was.needs.is_empty()
                && (&was.that, &was.when) == (&is.that, &is.when)
        };
        let either = |is: &&Requirement| implies(was, is) || implies(is, was);
        match left.iter().position(alike).or_else(|| left.iter().position(either)) {
            Some(at) => both.push((was, left.remove(at))),
            None => {
                let what =
                    Kind::RequirementRemoved { requirement: shown(was), message: was.otherwise.clone() };
                changes.add(what, Some(&was.place), None);
            }
        }
    }
    // of several that are not met, the first one says why
    let at = |list: &[Requirement], of: &Requirement| list.iter().position(|known| std::ptr::eq(known, of));
    let mut order: Vec<_> = both.iter().map(|(was, is)| (at(old, was), at(new, is))).collect();
    order.sort_unstable();
    if !order.is_sorted_by_key(|(_, is)| *is) {
        let all = |list: &[Requirement]| {
            Some(list.iter().map(shown).collect::<Vec<_>>().join("; then ")).filter(|text| !text.is_empty())
        };
        let what = Kind::StatedOtherwise { what: "require".to_owned(), old: all(old), new: all(new) };
        let places = both.first().map(|(was, is)| (&was.place, &is.place));
        changes.add(what, places.map(|it| it.0), places.map(|it| it.1));
    }
    for is in left {
        let what = Kind::RequirementAdded { requirement: shown(is), message: is.otherwise.clone() };
        changes.add(what, None, Some(&is.place));
    }
    for (was, is) in both {
        let places = (Some(&was.place), Some(&is.place));
        let (looser, stricter) = (implies(was, is), implies(is, was));
        if looser != stricter {
            let (old, new, message) = (shown(was), shown(is), is.otherwise.clone());
            let what = match looser {
                true => Kind::RequirementLooser { old, new, message },
                false => Kind::RequirementStricter { old, new, message },
            };
            changes.add(what, places.0, places.1);
        }
        let code = |of: &Requirement| format!("{}, {}", of.code, of.fault);
        if code(was) != code(is) {
            let what = Kind::RequirementCode { requirement: shown(is), old: code(was), new: code(is) };
            changes.add(what, places.0, places.1);
        }
        if was.otherwise != is.otherwise {
            let (old, new) = (was.otherwise.clone(), is.otherwise.clone());
            changes.add(Kind::RequirementReworded { old, new }, places.0, places.1);
        }
    }
}

/// Whether every event that meets a requirement meets the other one, as far as their lists show.
fn implies(one: &Requirement, other: &Requirement) -> bool {
    let within = |few: &[String], many: &[String]| few.iter().all(|need| many.contains(need));
    let any = other.any.is_empty()
        || !one.any.is_empty() && within(&one.any, &other.any)
        || one.all.iter().any(|need| other.any.contains(need));
    let has_some = |of: &Requirement| !(of.any.is_empty() && of.all.is_empty() && of.that.is_none());
    let in_common = [&one.any, &one.all]
        .iter()
        .any(|list| list.iter().any(|need| other.any.contains(need) || other.all.contains(need)))
        || one.that.is_some() && one.that == other.that;
    any && within(&other.all, &one.all)
        && (other.that.is_none() || one.that == other.that)
        && (one.when.is_none() || one.when == other.when)
        && has_some(other)
        && in_common
}

/// Whether both need the same fields, some of which have other names now, or are in another payload part.
fn renamed(old: &[String], new: &[String], changes: &Changes) -> bool {
    let renamed = |was: &str, is: &str| {
        changes.list.iter().any(|change| match &change.what {
            Kind::FieldRenamed { old, new } | Kind::FieldMoved { old, new } => old == was && new == is,
            _ => false,
        })
    };
    let same = |was: &str, is: &str| match (was.strip_prefix("payload."), is.strip_prefix("payload.")) {
        (Some(was), Some(is)) => {
            let field = |of: &'_ str| of.split_once('.').map(|(_, field)| field.to_owned());
            field(was) == field(is) || renamed(was, is)
        }
        _ => was == is,
    };
    old.len() == new.len() && old.iter().zip(new).all(|(was, is)| same(was, is))
}

fn skips(old: &[Skip], new: &[Skip], changes: &mut Changes) {
    for skip in old.iter().filter(|skip| !new.iter().any(|other| other.when == skip.when)) {
        let what = Kind::SkipRemoved { when: skip.when.clone(), reason: skip.reason.clone() };
        changes.add(what, Some(&skip.place), None);
    }
    for skip in new {
        match old.iter().find(|other| other.when == skip.when) {
            None => {
                let what = Kind::SkipAdded { when: skip.when.clone(), reason: skip.reason.clone() };
                changes.add(what, None, Some(&skip.place));
            }
            Some(other) if other.reason != skip.reason => {
                let (old, new) = (other.reason.clone(), skip.reason.clone());
                let what = Kind::Described { of: "a skip rule".to_owned(), old, new };
                changes.add(what, Some(&other.place), Some(&skip.place));
            }
            Some(_) => {}
        }
    }
}

/// Notes what changes of warnings. Those of one code and message belong together, or else those of one code.
fn warnings(old: &[Warning], new: &[Warning], changes: &mut Changes) {
    let mut left: Vec<&Warning> = new.iter().collect();
    let mut gone: Vec<&Warning> = Vec::new();
    let mut both: Vec<(&Warning, &Warning)> = Vec::new();
    for was in old {
        match left
            .iter()
            .position(|is| is.code == was.code && (is.message == was.message || is.when == was.when))
        {
            Some(at) => both.push((was, left.remove(at))),
            None => gone.push(was),
        }
    }
    for was in gone {
        match left.iter().position(|is| is.code == was.code) {
            Some(at) => both.push((was, left.remove(at))),
            None => {
                let what = Kind::WarningRemoved { code: was.code.clone(), message: was.message.clone() };
                changes.add(what, Some(&was.place), None);
            }
        }
    }
    for is in left {
        let what = Kind::WarningAdded { code: is.code.clone(), message: is.message.clone() };
        changes.add(what, None, Some(&is.place));
    }
    for (was, is) in both {
        let places = (Some(&was.place), Some(&is.place));
        let code = is.code.clone();
        if was.when != is.when {
            let (old, new) = (text(&was.when), text(&is.when));
            changes.add(Kind::WarningWhen { code: code.clone(), old, new }, places.0, places.1);
        }
        if was.message != is.message {
            let (old, new) = (was.message.clone(), is.message.clone());
            changes.add(Kind::WarningReworded { code, old, new }, places.0, places.1);
        }
    }
}

fn order(key: &str, old: Option<&Row>, new: Option<&Row>, changes: &mut Changes) {
    let shown = |row: Option<&Row>| row.map_or_else(|| "none".to_owned(), whole);
    let (was, is) = (shown(old), shown(new));
    if was != is {
        let what = Kind::OrderChanged { key: key.to_owned(), old: was, new: is };
        changes.add(what, old.map(|row| &row.place), new.map(|row| &row.place));
    }
}

fn options(old: &Message, new: &Message, changes: &mut Changes) {
    let places = (Some(&old.place), Some(&new.place));
    for option in old.options.iter().filter(|option| !new.options.contains(option)) {
        changes.add(Kind::OptionIgnored { option: option.clone() }, places.0, places.1);
    }
    for option in new.options.iter().filter(|option| !old.options.contains(option)) {
        changes.add(Kind::OptionRead { option: option.clone() }, places.0, places.1);
    }
}

/// The name of a step with those of its groups.
fn name(step: &Step) -> String {
    step.groups.iter().chain([&step.name]).cloned().collect::<Vec<_>>().join(".")
}

/// What a step is called as something that has rules.
fn of_step(step: &Step) -> String {
    format!("the step `{}`", name(step))
}

fn conditions(step: &Step) -> String {
    if step.conditions.is_empty() { "always".to_owned() } else { all_of(&step.conditions) }
}

fn steps(old: &Message, new: &Message, changes: &mut Changes) {
    let mut left: Vec<&Step> = new.steps.iter().collect();
    let mut gone: Vec<&Step> = Vec::new();
    let mut both: Vec<(&Step, &Step)> = Vec::new();
    for was in &old.steps {
        match left
            .iter()
            .position(|is| name(is) == name(was) && is.operation.is_some() == was.operation.is_some())
        {
            Some(at) => both.push((was, left.remove(at))),
            None => gone.push(was),
        }
    }
    for was in gone {
        match left.iter().position(|is| is.endpoint.is_some() && is.endpoint == was.endpoint) {
            Some(at) => {
                let is = left.remove(at);
                let what = Kind::StepRenamed { old: name(was), new: name(is) };
                changes.add(what, Some(&was.place), Some(&is.place));
                both.push((was, is));
            }
            None => {
                let call = text(&was.endpoint);
                let what = Kind::StepRemoved { step: name(was), call, conditions: conditions(was) };
                changes.add(what, Some(&was.place), None);
                answers(&of_step(was), &was.responses, &[], changes);
            }
        }
    }
    for is in left {
        let what = Kind::StepAdded { step: name(is), call: text(&is.endpoint), conditions: conditions(is) };
        changes.add(what, None, Some(&is.place));
        answers(&of_step(is), &[], &is.responses, changes);
    }
    let of_old: Vec<String> = both.iter().map(|(_, is)| name(is)).collect();
    let mut of_new: Vec<(usize, String)> = both
        .iter()
        .filter_map(|(_, is)| Some((new.steps.iter().position(|step| std::ptr::eq(step, *is))?, name(is))))
        .collect();
    of_new.sort_unstable();
    let of_new: Vec<String> = of_new.into_iter().map(|(_, name)| name).collect();
    let mut in_order: Vec<(usize, String)> = both
        .iter()
        .zip(of_old)
        .filter_map(|((was, _), name)| {
            Some((old.steps.iter().position(|step| std::ptr::eq(step, *was))?, name))
        })
        .collect();
    in_order.sort_unstable();
    let of_old: Vec<String> = in_order.into_iter().map(|(_, name)| name).collect();
    if of_old != of_new {
        changes.add(Kind::StepMoved { old: of_old, new: of_new }, Some(&old.place), Some(&new.place));
    }
    for (was, is) in both {
        step(was, is, changes);
    }
}

fn step(old: &Step, new: &Step, changes: &mut Changes) {
    let places = (Some(&old.place), Some(&new.place));
    let step = name(new);
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let facts = [
        ("call", text(&old.endpoint), text(&new.endpoint)),
        ("conditions", conditions(old), conditions(new)),
        ("for each", text(&old.each), text(&new.each)),
        ("after a failure", goes_on(old), goes_on(new)),
        ("body", text(&old.part), text(&new.part)),
        ("kept", text(&old.kept), text(&new.kept)),
        ("pages", text(&number(old.pages)), text(&number(new.pages))),
    ];
    for (what, old, new) in facts.into_iter().filter(|(_, old, new)| old != new) {
        let what = Kind::StepChanged { step: step.clone(), what: what.to_owned(), old, new };
        changes.add(what, places.0, places.1);
    }
    let rows = [
        ("path parameter", &old.params, &new.params),
        ("query parameter", &old.query, &new.query),
        ("header", &old.headers, &new.headers),
        ("capture", &old.captures, &new.captures),
        ("order key", &old.order, &new.order),
    ];
    for (what, old, new) in rows {
        for (name, was, is) in by_target(old, new) {
            let shown = |row: Option<&Row>| row.map_or_else(|| "none".to_owned(), whole);
            if shown(was) != shown(is) {
                let what = format!("{what} `{name}`");
                let what = Kind::StepChanged { step: step.clone(), what, old: shown(was), new: shown(is) };
                let at = (was.map(|row| &row.place), is.map(|row| &row.place));
                changes.add(what, at.0.or(places.0), at.1.or(places.1));
            }
        }
    }
    described(&of_step(new), &old.about, &new.about, places, changes);
    answers(&of_step(new), &old.responses, &new.responses, changes);
    warnings(&old.warnings, &new.warnings, changes);
}

fn goes_on(step: &Step) -> String {
    if step.goes_on { "the others are made" } else { "the event has failed" }.to_owned()
}
