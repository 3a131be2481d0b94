//! The calls of a mapping as a diagram.

use mapwright_describe::{Description, Message, Response, Step};

use crate::sequence::{Group, Item, Sequence};

/// The longest condition of a diagram. The table beside it has all of it.
const LONGEST: usize = 110;

fn shortened(label: &str) -> String {
    match label.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label.to_owned(),
    }
}

/// The calls of a mapping in their order.
pub(crate) fn calls(version: &Description, message: &Message) -> Sequence {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(step) = message.steps.get(at) {
        at += 1;
        // what is in a group comes after it
        if step.groups.is_empty() {
            items.push(item(step, &message.steps));
        }
    }
    Sequence {
        title: format!("The calls of {} to {}, in their order", message.name, version.title),
        caller: "Mapwright".to_owned(),
        callee: version.title.clone(),
        items: items.into_iter().flatten().collect(),
    }
}

/// A step, or a group with the steps in it, within its conditions.
fn item(step: &Step, all: &[Step]) -> Vec<Item> {
    let mut inner = match &step.endpoint {
        Some(endpoint) => call(step, endpoint),
        None => {
            let path: Vec<&String> = step.groups.iter().chain([&step.name]).collect();
            let is_in = |other: &&Step| other.groups.iter().collect::<Vec<_>>() == path;
            all.iter().filter(is_in).flat_map(|step| item(step, all)).collect()
        }
    };
    if let Some(most) = step.pages {
        inner = vec![Item::Group { kind: Group::Loop, label: format!("up to {most} pages"), items: inner }];
    }
    if let Some(each) = &step.each {
        inner = vec![Item::Group {
            kind: Group::Loop,
            label: shortened(&format!("for each of {each}")),
            items: inner,
        }];
    }
    if step.conditions.is_empty() {
        return inner;
    }
    vec![Item::Group {
        kind: Group::Optional,
        label: shortened(&step.conditions.join(" and ")),
        items: inner,
    }]
}

fn call(step: &Step, endpoint: &str) -> Vec<Item> {
    let mut items = vec![Item::Call(format!("{}: {endpoint}", step.name))];
    let captures: Vec<&str> = step.captures.iter().map(|row| row.target.as_str()).collect();
    if !captures.is_empty() {
        items.push(Item::Answer(captures.join(", ")));
    }
    items.extend(step.responses.iter().map(|response| Item::Note(note(response))));
    items
}

/// What a response of a step means, in a line.
fn note(response: &Response) -> String {
    let mut text = match response.statuses.as_slice() {
        [] => "any response".to_owned(),
        statuses => statuses.join(", "),
    };
    if let Some(when) = &response.when {
        text += &format!(" when {when}");
    }
    text += ": ";
    let does = match (&response.then, response.class.as_deref()) {
        (Some(then), _) => format!("continue with {then}"),
        (None, Some("done")) => "continue".to_owned(),
        (None, Some("retry")) => "send it again".to_owned(),
        (None, Some("throttle")) => "wait, and send it again".to_owned(),
        (None, Some("give_up")) => "the event fails".to_owned(),
        (None, Some(class)) => class.to_owned(),
        (None, None) => "continue".to_owned(),
    };
    text + &does
}
