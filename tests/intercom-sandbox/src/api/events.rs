//! `POST /events`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::contacts::by_id;
use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::state::Workspace;
use crate::state::contact::{Role, StoredContact};
use crate::state::events::StoredEvent;

/// The longest string of metadata, in characters (help center 175).
const TEXT_CHARS: usize = 255;

/// `POST /events`: an event of an existing contact. A second one with the same contact, name and second is
/// accepted and not stored.
pub(crate) fn submit(call: &mut Call<'_>) -> Answer {
    let fields = call.fields();
    let name = fields.identifier("event_name")?.ok_or(Refusal::Missing("event_name"))?;
    let mut created_at = fields.integer("created_at")?;
    if call.version.is_1x() && created_at == Patch::Keep {
        // connectors still send the field under its name before 1.0
        created_at = fields.integer("created")?;
    }
    let created_at = created_at.value().ok_or(Refusal::Missing("created_at"))?;
    let metadata = metadata(fields, call.metadata_keys)?;
    let contact = contact(call.workspace, fields)?;
    let event = StoredEvent { name: name.replace(['.', '$'], "-"), created_at, metadata };
    call.workspace.events.record(contact.id, event).map_err(|_| Refusal::TooManyEventNames)?;
    Ok(Reply::accepted())
}

/// Returns the contact of an event: by `id`, or else by `user_id`, or else by `email`. Leads are found by `id` only.
fn contact(workspace: &Workspace, fields: Fields<'_>) -> Result<Arc<StoredContact>, Refusal> {
    let (id, user_id, email) = (fields.identifier("id")?, fields.identifier("user_id")?, fields.email()?);
    if id.is_none() && user_id.is_none() && email.is_none() {
        return Err(Refusal::Missing("user_id"));
    }
    let user = |contact: &&Arc<StoredContact>| contact.role == Role::User && !contact.archived;
    let by_id = id.and_then(|id| by_id(workspace, &id).ok()).filter(|contact| !contact.archived);
    by_id
        .or_else(|| user_id.and_then(|id| workspace.contacts.by_external_id(&id).filter(user).cloned()))
        .or_else(|| email.and_then(|email| workspace.contacts.users_by_email(&email).find(user).cloned()))
        .ok_or(Refusal::UserNotFound)
}

/// Returns the first keys, in order, without keys that contain characters that Intercom does not accept.
fn metadata(fields: Fields<'_>, keys: usize) -> Result<Map<String, Value>, Refusal> {
    let Some(sent) = fields.object("metadata")? else { return Ok(Map::new()) };
    for (key, value) in sent.0 {
        if value.as_str().is_some_and(|text| text.chars().count() > TEXT_CHARS) {
            return Err(Refusal::invalid(
                "metadata",
                format!("Metadata '{key}' is longer than 255 characters"),
            ));
        }
    }
    let taken = sent.0.iter().filter(|(key, _)| !key.contains(|c| ".$`~!@#%^&*'{}|\"\\\0".contains(c)));
    Ok(taken.take(keys).map(|(key, value)| (key.clone(), value.clone())).collect())
}
