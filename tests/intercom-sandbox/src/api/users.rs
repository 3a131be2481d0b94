//! Users and leads of 1.4.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::companies;
use super::contacts::erase;
use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::ids::ContactId;
use crate::state::Workspace;
use crate::state::attributes::Model;
use crate::state::contact::{Role, StoredContact};

type Found = Option<Arc<StoredContact>>;

/// `POST /users`: creates or updates, found by `id`, then `user_id`, then `email`.
pub(crate) fn save(call: &mut Call<'_>) -> Answer {
    let fields = Fields(&call.body);
    let (id, user_id, email) = (fields.identifier("id")?, fields.identifier("user_id")?, fields.email()?);
    let mut user = match matching(call.workspace, id.as_deref(), user_id.as_deref(), email.as_deref())? {
        Some(user) => StoredContact::clone(&user),
        None => {
            let id = call.workspace.contacts.new_id(user_id.as_deref(), email.as_deref());
            StoredContact::new(id, Role::User, call.now())
        }
    };
    if let Some(user_id) = user_id {
        if let Some(other) =
            call.workspace.contacts.by_external_id(&user_id).filter(|other| other.id != user.id)
        {
            return Err(Refusal::Duplicate(other.id));
        }
        user.external_id = Some(user_id);
    }
    user.email = email.or(user.email);
    // saving unarchives a user
    user.archived = false;
    fields.integer("signed_up_at")?.apply(&mut user.signed_up_at);
    if fields.boolean("new_session")? == Patch::Set(true) {
        user.sessions += 1;
    }
    store(call, user)
}

/// Returns the user to save. An email of a user with another `user_id` does not match, and leads to a second user.
fn matching(
    workspace: &Workspace,
    id: Option<&str>,
    user_id: Option<&str>,
    email: Option<&str>,
) -> Result<Found, Refusal> {
    if let Some(id) = id {
        return user_by_id(workspace, id).map(Some);
    }
    if let Some(user) = user_id.and_then(|user_id| workspace.contacts.by_external_id(user_id)) {
        return Ok(Some(user.clone()).filter(|user| user.role == Role::User));
    }
    match (user_id, email) {
        (None, None) => Err(Refusal::invalid("user_id", "You must provide one of id, user_id or email")),
        (Some(_), Some(email)) => {
            Ok(workspace.contacts.users_by_email(email).find(|user| user.external_id.is_none()).cloned())
        }
        (None, Some(email)) => only_by_email(workspace, email),
        (Some(_), None) => Ok(None),
    }
}

fn only_by_email(workspace: &Workspace, email: &str) -> Result<Found, Refusal> {
    let mut users = workspace.contacts.users_by_email(email);
    match (users.next(), users.next()) {
        (_, Some(_)) => Err(Refusal::SeveralUsers),
        (user, None) => Ok(user.cloned()),
    }
}

fn user_by_id(workspace: &Workspace, id: &str) -> Result<Arc<StoredContact>, Refusal> {
    of_role(workspace, id, Role::User)
}

fn of_role(workspace: &Workspace, id: &str, role: Role) -> Result<Arc<StoredContact>, Refusal> {
    let found = ContactId::parse(id).and_then(|id| workspace.contacts.get(id));
    found.filter(|contact| contact.role == role).cloned().ok_or(Refusal::UserNotFound)
}

/// `POST /contacts`, which creates a lead in 1.x, or updates one with `id` or `user_id`.
pub(crate) fn save_lead(call: &mut Call<'_>) -> Answer {
    let fields = call.fields();
    let (id, user_id, email) = (fields.identifier("id")?, fields.identifier("user_id")?, fields.email()?);
    let found = match (id, user_id) {
        (Some(id), _) => Some(of_role(call.workspace, &id, Role::Lead)?),
        (None, Some(user_id)) => Some(lead_by_user_id(call.workspace, &user_id)?),
        (None, None) => None,
    };
    if let Some(sent) = fields.object("custom_attributes")?
        && sent.0.values().any(Value::is_null)
    {
        return Err(Refusal::invalid("custom_attributes", "Custom attributes of a lead must not be null"));
    }
    let mut lead = match found {
        Some(lead) => StoredContact::clone(&lead),
        None => {
            let id = call.workspace.contacts.new_id(None, None);
            let mut lead = StoredContact::new(id, Role::Lead, call.now());
            lead.external_id = Some(format!("lead-{id}"));
            lead
        }
    };
    lead.email = email.or(lead.email);
    store(call, lead)
}

fn lead_by_user_id(workspace: &Workspace, user_id: &str) -> Result<Arc<StoredContact>, Refusal> {
    let found = workspace.contacts.by_external_id(user_id).filter(|contact| contact.role == Role::Lead);
    found.cloned().ok_or(Refusal::UserNotFound)
}

/// Reads the common fields of users and leads, with their companies, and saves. Nothing changes if a part is refused.
fn store(call: &mut Call<'_>, mut contact: StoredContact) -> Answer {
    let (now, now_ms) = (call.now(), call.now_ms);
    let fields = Fields(&call.body);
    fields.text("phone")?.apply(&mut contact.phone);
    fields.text("name")?.apply(&mut contact.name);
    fields.text("last_seen_user_agent")?.apply(&mut contact.last_seen_user_agent);
    if let Some(avatar) = fields.object("avatar")? {
        avatar.text("image_url")?.apply(&mut contact.avatar);
    }
    if let Patch::Set(seconds) = fields.integer("last_request_at")? {
        (contact.last_seen_at, contact.last_seen_now) = (Some(seconds), false);
    }
    if fields.boolean("update_last_request_at")? == Patch::Set(true) {
        (contact.last_seen_at, contact.last_seen_now) = (Some(now), true);
    }
    if let Patch::Set(unsubscribed) = fields.boolean("unsubscribed_from_emails")? {
        contact.unsubscribed_from_emails = unsubscribed;
    }
    contact.updated_at = now;
    let memberships = companies::memberships(call.workspace, fields, call.version, now)?;
    if let Some(sent) = fields.object("custom_attributes")? {
        call.workspace.attributes.write(
            Model::Contact,
            sent.0,
            call.version,
            &mut contact.custom_attributes,
        )?;
    }
    companies::apply(call.workspace, memberships, &mut contact);
    let contact = call.workspace.contacts.save(contact, now_ms);
    Ok(Reply::ok(render(&contact, call.workspace)))
}

/// `POST /contacts/convert`: merges a lead into a given user, or into a new one.
pub(crate) fn convert(call: &mut Call<'_>) -> Answer {
    let fields = call.fields();
    let lead = fields.object("contact")?.ok_or(Refusal::Missing("contact"))?;
    let lead = match (lead.identifier("id")?, lead.identifier("user_id")?) {
        (Some(id), _) => of_role(call.workspace, &id, Role::Lead)?,
        (None, Some(user_id)) => lead_by_user_id(call.workspace, &user_id)?,
        (None, None) => return Err(Refusal::Missing("contact")),
    };
    let user = fields.object("user")?.ok_or(Refusal::Missing("user"))?;
    let (id, user_id, email) = (user.identifier("id")?, user.identifier("user_id")?, user.email()?);
    let found = matching(call.workspace, id.as_deref(), user_id.as_deref(), email.as_deref())?;
    let (now, now_ms) = (call.now(), call.now_ms);
    let mut user = match found {
        Some(user) => merge(call.workspace, &lead, &user, now_ms),
        None => StoredContact { role: Role::User, external_id: None, ..StoredContact::clone(&lead) },
    };
    user.external_id = user_id.or(user.external_id);
    user.email = email.or(user.email);
    user.updated_at = now;
    let user = call.workspace.contacts.save(user, now_ms);
    Ok(Reply::ok(render(&user, call.workspace)))
}

/// Adds the lead's data that the user lacks to the user, and removes the lead.
fn merge(
    workspace: &mut Workspace,
    lead: &StoredContact,
    user: &StoredContact,
    now_ms: u64,
) -> StoredContact {
    let mut merged = user.clone();
    merged.phone = merged.phone.or_else(|| lead.phone.clone());
    merged.name = merged.name.or_else(|| lead.name.clone());
    for (name, value) in &lead.custom_attributes {
        merged.custom_attributes.entry(name.clone()).or_insert_with(|| value.clone());
    }
    merged.tags.extend(&lead.tags);
    for company in &lead.companies {
        if merged.companies.insert(*company) {
            workspace.companies.touch(*company, |company| company.users += 1);
        }
    }
    workspace.events.hand_over(lead.id, user.id);
    erase(workspace, lead, now_ms);
    merged
}

/// `GET /users?user_id=` or `?email=`.
pub(crate) fn find(call: &mut Call<'_>) -> Answer {
    let user = found(call)?;
    Ok(Reply::ok(render(&user, call.workspace)))
}

/// `GET /users/{id}`.
pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    let user = user_by_id(call.workspace, call.param(0))?;
    let user = Some(user).filter(|user| !user.archived).ok_or(Refusal::UserNotFound)?;
    Ok(Reply::ok(render(&user, call.workspace)))
}

/// `DELETE /users?user_id=` or `?email=`: archives.
pub(crate) fn archive_found(call: &mut Call<'_>) -> Answer {
    let user = found(call)?;
    archived(call, &user)
}

/// `DELETE /users/{id}`: archives.
pub(crate) fn archive(call: &mut Call<'_>) -> Answer {
    let user = user_by_id(call.workspace, call.param(0))?;
    archived(call, &user)
}

fn archived(call: &mut Call<'_>, user: &StoredContact) -> Answer {
    let user = StoredContact { archived: true, updated_at: call.now(), ..user.clone() };
    let user = call.workspace.contacts.save(user, call.now_ms);
    Ok(Reply::ok(render(&user, call.workspace)))
}

fn found(call: &Call<'_>) -> Result<Arc<StoredContact>, Refusal> {
    let found = match (call.query.get("user_id"), call.query.get("email")) {
        (Some(user_id), _) => call.workspace.contacts.by_external_id(user_id).cloned(),
        (None, Some(email)) => only_by_email(call.workspace, &email.to_lowercase())?,
        (None, None) => return Err(Refusal::Missing("user_id")),
    };
    found.filter(|user| user.role == Role::User && !user.archived).ok_or(Refusal::UserNotFound)
}

/// `POST /user_delete_requests`: erases the user with this Intercom id.
pub(crate) fn erase_request(call: &mut Call<'_>) -> Answer {
    let id = call.fields().identifier("intercom_user_id")?.ok_or(Refusal::Missing("intercom_user_id"))?;
    let user = user_by_id(call.workspace, &id)?;
    erase(call.workspace, &user, call.now_ms);
    call.workspace.delete_requests += 1;
    Ok(Reply::ok(json!({ "id": call.workspace.delete_requests })))
}

/// Renders a user or a lead in 1.4.
fn render(contact: &StoredContact, workspace: &Workspace) -> Value {
    let kind = if contact.role == Role::User { "user" } else { "contact" };
    let tags: Vec<Value> = contact
        .tags
        .iter()
        .map(|tag| json!({ "type": "tag", "id": tag.to_string(), "name": workspace.tags.name(*tag) }))
        .collect();
    let companies: Vec<Value> = contact.companies.iter().filter_map(|id| workspace.companies.get(*id)).map(|company| {
        json!({ "type": "company", "id": company.id.to_string(), "company_id": company.company_id, "name": company.name })
    }).collect();
    json!({
        "type": kind,
        "id": contact.id.to_string(),
        "user_id": contact.external_id,
        "anonymous": contact.role == Role::Lead,
        "email": contact.email,
        "phone": contact.phone,
        "name": contact.name,
        "app_id": "sandbox",
        "avatar": { "type": "avatar", "image_url": contact.avatar },
        "owner_id": contact.owner_id,
        "signed_up_at": contact.signed_up_at,
        "last_request_at": contact.last_seen_at,
        "user_agent_data": contact.last_seen_user_agent,
        "session_count": contact.sessions,
        "unsubscribed_from_emails": contact.unsubscribed_from_emails,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "custom_attributes": Map::from_iter(contact.custom_attributes.clone()),
        "companies": { "type": "company.list", "companies": companies },
        "tags": { "type": "tag.list", "tags": tags },
        "segments": { "type": "segment.list", "segments": [] },
        "social_profiles": { "type": "social_profile.list", "social_profiles": [] },
    })
}
