//! The page of one event: where each value comes from, why others are absent, which steps run, and what is sent.

mod trace;

use mapwright::{Became, Body, Explanation, FieldTrace, Plan, Request, StepTrace, StepVerdict};
use mapwright_describe::{Description, Message};
use serde_json::Value;

use crate::destination::{of_operation, rules};
use crate::document::{Block, Document, Section, Table};
use crate::mask::Mask;
use crate::sequence::{Group, Item, Sequence};
use crate::text::Text;

/// What a page of an event is made from.
#[derive(Debug)]
pub struct Explained<'e> {
    /// The version.
    pub plan: &'e Plan,
    /// What happened.
    pub explanation: &'e Explanation,
    /// The event, if it could be read.
    pub event: Option<&'e Value>,
    /// The version as data, for what responses mean.
    pub description: Option<&'e Description>,
    /// Whether values of the event are hidden.
    pub redacted: bool,
}

/// Makes the page of an event.
pub fn explained(from: &Explained<'_>) -> Document {
    let Explained { plan, explanation, event, .. } = from;
    let mask = match (from.redacted, event) {
        (true, event) => trace::mask(event.unwrap_or(&Value::Null), explanation),
        (false, _) => Mask::default(),
    };
    let version = format!("{} {}", plan.title(), plan.version());
    let message = if explanation.message.is_empty() { "An event" } else { &explanation.message };
    let mut lead = outcome(explanation, &mask);
    if let Some(variant) = &explanation.variant {
        lead.push(Block::Paragraph(
            Text::from("The variant ").and(Text::code(variant)).and(" of the mapping is used."),
        ));
    }
    if mask.hides() {
        lead.push(Block::Note("Values of the event are hidden. The names of its members are shown, unless they are values or addresses.".into()));
    }
    if explanation.cut {
        lead.push(Block::Note(
            "The explanation is too long to be shown as a whole (limit `explain_bytes`).".into(),
        ));
    }
    let mut sections = Vec::new();
    sections.extend(warnings(explanation, &mask));
    sections.extend(values(explanation, &mask));
    sections.extend(absent(explanation, &mask));
    sections.extend(steps(plan, explanation, &mask));
    sections.extend(requests(explanation, &mask));
    sections.extend(calls(explanation, &mask));
    sections.extend(from.description.and_then(|description| answers(description, explanation)));
    if let Some(event) = event {
        sections.push(Section::new("The event").with(Block::json(&mask.event(event))));
    }
    Document {
        title: format!("{message} for {version}"),
        lead,
        versions: Vec::new(),
        chosen: None,
        sections,
        made: format!("Made by `mapwright explain --html` from the mappings of {version}."),
    }
}

fn outcome(explanation: &Explanation, mask: &Mask) -> Vec<Block> {
    match &explanation.became {
        Became::Mapped(requests) => {
            let always = requests.iter().filter(|request| request.when.is_none()).count();
            let rest = requests.len() - always;
            let text = match (always, rest) {
                (0, 0) => "The event is mapped, and nothing is sent.".to_owned(),
                (_, 0) => format!("The event is mapped: {}.", counted(always, "request")),
                _ => format!(
                    "The event is mapped: {}, and up to {rest} more that depend on responses.",
                    counted(always, "request")
                ),
            };
            vec![Block::paragraph(&text)]
        }
        Became::Calls(calls) => {
            vec![Block::paragraph(&format!(
                "The event is mapped: {} of an SDK.",
                counted(calls.len(), "call")
            ))]
        }
        Became::Skipped(skip) => {
            let text = Text::from("The event is **skipped**: ").and(Text::plain(mask.message(&skip.reason)));
            vec![Block::Paragraph(text.and(" (rule ").and(Text::code(skip.rule)).and(")"))]
        }
        Became::Rejected(rejection) => {
            let mut text = Text::from("The event is **rejected**: ");
            if let Some(field) = &rejection.field {
                text = text.and(Text::code(field)).and(": ");
            }
            text = text.and(Text::from(&mask.message(&rejection.message)));
            text = text.and(" (code ").and(Text::code(&*rejection.code)).and(")");
            if let Some(mapping) = &rejection.mapping {
                text = text.and(" at ").and(Text::code(mapping));
            }
            vec![Block::Paragraph(text)]
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn warnings(explanation: &Explanation, mask: &Mask) -> Option<Section> {
    let mut table = Table::new("What is dropped, cut or doubtful", &["Field", "Warning", "Code"]);
    for warning in &explanation.warnings {
        let field = warning.field.as_ref().map(|field| Text::code(field.to_string())).unwrap_or_default();
        let message = mask.message(&warning.message);
        let row = vec![field, Text::from(&message), Text::code(warning.code.to_string())];
        // several steps may make the same part
        if !table.rows.contains(&row) {
            table.rows.push(row);
        }
    }
    table.block().map(|block| Section::new("Warnings").with(block))
}

fn requests(explanation: &Explanation, mask: &Mask) -> Option<Section> {
    let Became::Mapped(requests) = &explanation.became else { return None };
    let mut section = Section::new("Requests")
        .with(Block::paragraph("In their order. `{name}` stands for a value that a response provides."));
    let mut headers: Option<String> = None;
    section.sections = requests.iter().map(|request| self::request(request, mask, &mut headers)).collect();
    (!requests.is_empty()).then_some(section)
}

/// The calls of an SDK, with their arguments.
fn calls(explanation: &Explanation, mask: &Mask) -> Option<Section> {
    let Became::Calls(calls) = &explanation.became else { return None };
    let mut section =
        Section::new("Calls").with(Block::paragraph("In their order, with the list of their arguments."));
    for call in calls {
        let mut own =
            Section::new(Text::plain(&*call.step)).with(Block::Paragraph(Text::code(&*call.function)));
        if let Ok(arguments) = serde_json::from_slice::<Value>(call.json()) {
            own = own.with(Block::json(&mask.value(&arguments)));
        }
        section.sections.push(own);
    }
    (!calls.is_empty()).then_some(section)
}

/// A request. Headers that are those of the one before it are not repeated.
fn request(request: &Request<'_>, mask: &Mask, before: &mut Option<String>) -> Section {
    let mut section = Section::new(Text::plain(request.step.to_string()));
    if let Some(when) = &request.when {
        section =
            section.with(Block::Paragraph(Text::from("Depends on a response: when ").and(Text::code(when))));
    }
    let line = format!("{} {}", request.method, mask.url(&request.url));
    let headers = request.headers().map(|(name, value)| format!("\n{name}: {}", mask.header(value)));
    let headers: String = headers.collect();
    match before.as_ref() == Some(&headers) {
        true => {
            section = section.with(Block::Code { language: "http", text: line });
            section = section.with(Block::paragraph("With the same headers."));
        }
        false => section = section.with(Block::Code { language: "http", text: line + &headers }),
    }
    *before = Some(headers);
    match &request.body {
        Some(Body::Json(bytes)) => match serde_json::from_slice::<Value>(bytes) {
            Ok(body) => section.with(Block::json(&mask.value(&body))),
            Err(_) => section,
        },
        Some(_) if mask.hides() => section.with(Block::paragraph("The body is hidden.")),
        Some(body) => {
            let text = String::from_utf8_lossy(body.bytes()).into_owned();
            section.with(Block::Code { language: "text", text })
        }
        None => section,
    }
}

/// The fields of a payload part or of what a step adds, which several steps may make alike.
struct Made<'e> {
    name: String,
    /// The steps for which it was made.
    steps: Vec<&'e str>,
    fields: Vec<&'e FieldTrace>,
}

/// Fields by the part that they are in. What is made alike for several steps is there once.
fn parts(explanation: &Explanation) -> Vec<Made<'_>> {
    let mut of_steps: Vec<(Option<usize>, Made<'_>)> = Vec::new();
    for field in &explanation.fields {
        let name = trace::part(&field.field);
        let of_step =
            |(step, made): &&mut (Option<usize>, Made<'_>)| *step == field.instruction && made.name == name;
        match of_steps.iter_mut().find(of_step) {
            Some((_, made)) => made.fields.push(field),
            None => {
                let steps = field.step.as_deref().into_iter().collect();
                of_steps.push((field.instruction, Made { name, steps, fields: vec![field] }));
            }
        }
    }
    let mut all: Vec<Made<'_>> = Vec::new();
    for (_, made) in of_steps {
        let is_equal = |known: &&mut Made<'_>| {
            let pairs = known.fields.iter().zip(&made.fields);
            known.name == made.name
                && known.fields.len() == made.fields.len()
                && pairs.into_iter().all(|(a, b)| {
                    (&a.field, &a.mapping, &a.value, &a.events) == (&b.field, &b.mapping, &b.value, &b.events)
                })
        };
        match all.iter_mut().find(is_equal) {
            Some(known) => known.steps.extend(made.steps),
            None => all.push(made),
        }
    }
    // named values are what the others are made of
    all.sort_by_key(|made| made.name.starts_with('$'));
    all
}

fn values(explanation: &Explanation, mask: &Mask) -> Option<Section> {
    let mut section = Section::new("Values").with(Block::paragraph(
        "Where each value comes from. Sources are tried in the order of the mapping; the first that has a value is used.",
    ));
    for made in parts(explanation) {
        let head = ["Field", "Value", "From", "Tried before", "Conversions", "Mapping"];
        let is_named = made.name.starts_with('$');
        let mut table = Table::new(format!("Values of {}", made.name), &head);
        for field in made.fields.iter().filter(|field| field.value.is_some()) {
            table.rows.push(trace::row(field, &explanation.fields, mask));
        }
        let Some(block) = table.block() else { continue };
        let title = match (is_named, made.steps.as_slice()) {
            (true, _) => Text::from("Named value ").and(Text::code(&*made.name)),
            (false, []) => Text::code(&*made.name),
            (false, steps) => Text::code(&*made.name).and(format!(" of {}", steps.join(", ")).as_str()),
        };
        section.sections.push(Section::new(title).with(block));
    }
    (!section.sections.is_empty()).then_some(section)
}

fn absent(explanation: &Explanation, mask: &Mask) -> Option<Section> {
    let mut table =
        Table::new("Fields that are not sent, and why", &["Field", "Why it is absent", "Mapping"]);
    for made in parts(explanation) {
        for field in made.fields.into_iter().filter(|field| field.value.is_none()) {
            table.rows.push(vec![trace::name(field), trace::why_absent(field, mask), trace::place(field)]);
        }
    }
    table.block().map(|block| Section::new("Absent fields").with(block))
}

fn steps(plan: &Plan, explanation: &Explanation, mask: &Mask) -> Option<Section> {
    let requests: &[Request<'_>] = match &explanation.became {
        Became::Mapped(requests) => requests,
        _ => &[],
    };
    let mut table =
        Table::new("The steps of the mapping in their order", &["Step", "What becomes of it", "Condition"]);
    table.rows = explanation.steps.iter().map(step).collect();
    let items = requests.iter().map(|request| {
        let path = shown_path(&mask.url(&request.url));
        let call = Item::Call(format!("{}: {} {path}", request.step, request.method));
        match &request.when {
            Some(when) => Item::Group { kind: Group::Optional, label: when.clone(), items: vec![call] },
            None => call,
        }
    });
    let sequence = Sequence {
        title: format!("The requests that may be sent to {}, in their order", plan.title()),
        caller: "Mapwright".to_owned(),
        callee: plan.title().to_owned(),
        items: items.collect(),
    };
    let mut section = Section::new("Steps");
    section.blocks.extend(table.block());
    // the paths of requests may have values in them, which the diagram does not show
    if !sequence.items.is_empty() {
        section.blocks.push(Block::Sequence(sequence));
    }
    (!section.is_empty()).then_some(section)
}

/// What responses to the requests mean.
fn answers(description: &Description, explanation: &Explanation) -> Option<Section> {
    let Became::Mapped(requests) = &explanation.became else { return None };
    let mut section = Section::new("Responses").with(Block::paragraph(
        "The first rule that fits a response counts: those of the step, of its operation, of all operations.",
    ));
    let is_it = |message: &&Message| {
        message.variant == explanation.variant && message.types.contains(&explanation.message)
    };
    let steps = description.messages.iter().find(is_it).map_or(&[][..], |message| message.steps.as_slice());
    let mut seen: Vec<&str> = Vec::new();
    for request in requests {
        if let Some(step) = steps.iter().find(|step| step.name == *request.step)
            && !seen.contains(&step.name.as_str())
        {
            seen.push(&step.name);
            let table = rules(format!("What responses to the step {} mean", step.name), &step.responses);
            section.sections.extend(
                table.map(|table| Section::new(Text::from("Step ").and(Text::code(&*step.name))).with(table)),
            );
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for request in requests.iter().filter(|request| !request.operation.is_empty()) {
        if !seen.contains(&request.operation.as_ref()) {
            seen.push(&request.operation);
            section.sections.extend(of_operation(description, &request.operation));
        }
    }
    let table = rules("What responses mean, whatever the operation", &description.responses);
    section.sections.extend(table.map(|table| Section::new("Every operation").with(table)));
    (!requests.is_empty() && !section.sections.is_empty()).then_some(section)
}

/// The path of a URL, of whose segments only words are shown.
fn shown_path(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let path = rest.split('?').next().unwrap_or_default();
    let is_word = |segment: &str| {
        segment.starts_with('{')
            || segment.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-')
            || (segment.starts_with('v') && segment.len() <= 3)
    };
    let shown = path.split('/').skip(1).map(|segment| if is_word(segment) { segment } else { "…" });
    format!("/{}", shown.collect::<Vec<_>>().join("/"))
}

fn step(step: &StepTrace) -> Vec<Text> {
    let verdict = match step.verdict {
        StepVerdict::Made => "runs",
        StepVerdict::Waits => "depends on a response",
        StepVerdict::NotMade => "does not run",
    };
    let condition = step.condition.as_ref().map(Text::code).unwrap_or_default();
    vec![Text::code(&*step.step), verdict.into(), condition]
}
