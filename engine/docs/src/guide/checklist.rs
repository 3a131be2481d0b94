//! What has to be done before and after a migration: it follows from the changes.

use std::collections::BTreeMap;

use mapwright_describe::Description;
use mapwright_diff::{Change, ChangeKind, Diff};
use mapwright_language::spec::MigrationSpec;

use crate::document::{Block, Section};
use crate::text::Text;
use crate::usual::usual_place;

/// The checklist of a migration.
pub(super) fn section(
    old: &Description,
    new: &Description,
    found: &Diff,
    migration: Option<&MigrationSpec>,
) -> Section {
    let mut section = Section::new("Checklist");
    section.sections.extend(list("Settings", settings(new, found)));
    section.sections.extend(list("Attributes to declare", declared(new, found)));
    section.sections.extend(list("What must be sent, or read, differently", differently(found)));
    let stated = migration.iter().flat_map(|migration| &migration.checklist).map(Text::from);
    section
        .sections
        .extend(list("Identities and the rest", stated.chain(identities(old, new, found)).collect()));
    section
}

fn list(title: &str, items: Vec<Text>) -> Option<Section> {
    (!items.is_empty()).then(|| Section::new(title).with(Block::Checklist(items)))
}

fn codes<'t>(texts: impl IntoIterator<Item = &'t String>) -> Text {
    Text::joined(texts.into_iter().map(Text::code), ", ")
}

fn settings(new: &Description, found: &Diff) -> Vec<Text> {
    let mut items = Vec::new();
    if let Some(setting) = &new.choice.setting {
        items.push(
            Text::from("Set ").and(Text::code(setting)).and(" to ").and(Text::code(&*new.version)).and("."),
        );
    }
    for change in &found.changes {
        let item = match &change.what {
            ChangeKind::SettingRequired { setting, .. } => {
                Text::from("State the setting ").and(Text::code(setting)).and(".")
            }
            ChangeKind::SettingValues { setting, new, .. } => Text::from("Check the setting ")
                .and(Text::code(setting))
                .and(": it takes ")
                .and(Text::code(new))
                .and("."),
            ChangeKind::SettingRead { setting } => {
                Text::from("Check the setting ").and(Text::code(setting)).and(": it meant nothing before.")
            }
            ChangeKind::SettingIgnored { setting } | ChangeKind::SettingRemoved { setting } => {
                Text::from("Do not count on the setting ")
                    .and(Text::code(setting))
                    .and(": it means nothing any more.")
            }
            ChangeKind::ServerChanged { .. } => "Check to which server the settings lead.".into(),
            _ => continue,
        };
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

fn declared(new: &Description, found: &Diff) -> Vec<Text> {
    let mut kinds: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for change in &found.changes {
        if let ChangeKind::DeclarationRequired { operation, of, .. } = &change.what {
            kinds.entry(of).or_default().push(operation);
        }
    }
    let mut items: Vec<Text> = kinds
        .into_iter()
        .map(|(kind, operations)| {
            Text::plain(format!("Define the custom attributes of every {kind} before they are sent: an undefined one fails the whole request ("))
                .and(codes(operations))
                .and(").")
        })
        .collect();
    if !items.is_empty() {
        let command = format!(
            "mapwright check-connection EVENTS --destination {} --api-version {}",
            new.destination, new.version
        );
        items.push(
            Text::from("List what is missing in a file of events with ")
                .and(Text::code(command))
                .and(", and define it with ")
                .and(Text::code("--create"))
                .and("."),
        );
    }
    items
}

fn differently(found: &Diff) -> Vec<Text> {
    let mut items: Vec<Text> = Vec::new();
    let told = |change: &&Change| change.variant.is_none() && !is_helper(&change.what, found);
    let mut changes: Vec<&Change> = found.changes.iter().filter(told).collect();
    changes.sort_by_key(|change| usual_place(change.message.as_deref().unwrap_or_default()));
    for change in changes {
        let of =
            change.message.as_ref().map(|message| Text::plain(format!(" ({message})"))).unwrap_or_default();
        let item = match &change.what {
            ChangeKind::AttributeNaming { field, old, new } => naming(field, old.as_deref(), new.as_deref()),
            ChangeKind::AttributeNames { field, new, .. } => {
                Text::from("Rename traits whose names have one of ")
                    .and(Text::code(new))
                    .and(": they are dropped from ")
                    .and(Text::code(field))
                    .and(".")
            }
            ChangeKind::AttributeToField { attributes, field, .. } => {
                Text::from("What reads the attributes ")
                    .and(codes(attributes))
                    .and(" has to read the field ")
                    .and(Text::code(field))
                    .and(".")
            }
            ChangeKind::FieldToAttribute { field, attributes } => Text::from("What reads the field ")
                .and(Text::code(field))
                .and(" has to read the attributes ")
                .and(codes(attributes))
                .and("."),
            ChangeKind::AttributesReserved { names, .. } => {
                let names = names.iter().filter(|name| !name.starts_with('$'));
                Text::from("The traits ").and(codes(names)).and(" are sent no more.")
            }
            ChangeKind::FieldRenamed { old, new } | ChangeKind::FieldMoved { old, new } => Text::code(old)
                .and(" is ")
                .and(Text::code(new))
                .and(": other programs that read it have to follow."),
            ChangeKind::FieldRetyped { field, new, .. } => {
                Text::code(field).and(" has the type ").and(Text::plain(new)).and(".")
            }
            ChangeKind::RequirementAdded { requirement, .. }
            | ChangeKind::RequirementStricter { new: requirement, .. } => {
                Text::from("Send ").and(Text::code(requirement)).and(": without it, the event is rejected.")
            }
            ChangeKind::AbsenceStricter { field, new, .. } => {
                Text::code(field).and(": ").and(Text::plain(new)).and(".")
            }
            ChangeKind::SkipAdded { when, .. } => {
                Text::from("Events for which ").and(Text::code(when)).and(" holds are skipped.")
            }
            ChangeKind::OptionRead { option } => Text::from("Check the option ")
                .and(Text::code(option))
                .and(" of events: it meant nothing before."),
            ChangeKind::OptionIgnored { option } => {
                Text::from("The option ").and(Text::code(option)).and(" of events means nothing any more.")
            }
            ChangeKind::MessageRemoved { .. } => "Events of this type are no longer sent.".into(),
            ChangeKind::MessageTypesDropped { types } => {
                Text::from("Events of these types are no longer sent: ").and(codes(types)).and(".")
            }
            _ => continue,
        };
        let item = item.and(of);
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

/// Whether a change is about something that is sent only to look something up, or that another change states more plainly.
fn is_helper(what: &ChangeKind, found: &Diff) -> bool {
    let is_item = |field: &str| field.contains("].value") || field.contains("].field");
    match what {
        ChangeKind::FieldRenamed { new, .. } | ChangeKind::FieldMoved { new, .. } => is_item(new),
        ChangeKind::FieldRetyped { field, .. } => is_item(field),
        ChangeKind::AttributeToField { attributes, field, .. } => {
            found.changes.iter().any(|other| match &other.what {
                ChangeKind::AttributeToField { attributes: others, field: plainer, .. } => {
                    plainer.len() < field.len() && attributes.iter().any(|name| others.contains(name))
                }
                _ => false,
            })
        }
        _ => false,
    }
}

/// How a nested trait is called, before and after.
fn naming(field: &str, old: Option<&str>, new: Option<&str>) -> Text {
    let named = |separator: &str| Text::code(format!("address{separator}city"));
    let text = match (old, new) {
        (Some(old), Some(new)) => {
            Text::from("Nested traits have other names: ").and(named(old)).and(" becomes ").and(named(new))
        }
        (None, Some(new)) => Text::from("Nested traits are flattened: to ").and(named(new)),
        (_, None) => Text::from("Nested traits are not flattened any more"),
    };
    text.and(", in ").and(Text::code(field)).and(". What was stored under the old name stays there.")
}

/// New warnings state what happens to people and accounts that were distinguished before.
fn identities(_: &Description, new: &Description, found: &Diff) -> Vec<Text> {
    let mut items: Vec<Text> = Vec::new();
    for change in &found.changes {
        if let ChangeKind::WarningAdded { code, message } = &change.what {
            let item =
                Text::from("Look for the warning ").and(Text::code(code)).and(": ").and(Text::from(message));
            if !items.contains(&item) {
                items.push(item);
            }
        }
    }
    // warnings of steps are theirs
    for message in &new.messages {
        for warning in message.steps.iter().flat_map(|step| &step.warnings) {
            let item = Text::from("Look for the warning ")
                .and(Text::code(&*warning.code))
                .and(": ")
                .and(Text::from(&warning.message));
            let is_new = found.changes.iter().any(|change| {
                matches!(&change.what, ChangeKind::StepAdded { step, .. } if message.steps.iter().any(|known| known.name == *step && known.warnings.contains(warning)))
            });
            if is_new && !items.contains(&item) {
                items.push(item);
            }
        }
    }
    items
}
