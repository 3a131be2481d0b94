//! Contacts of 2.x: strict create, update by Intercom's id, archive and delete.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::ids::ContactId;
use crate::state::Workspace;
use crate::state::attributes::Model;
use crate::state::contact::{Role, StoredContact};
use crate::version::Version;

/// `POST /contacts`: creates, and never updates.
pub(crate) fn create(call: &mut Call<'_>) -> Answer {
    let fields = call.fields();
    let (external_id, email, role) = (fields.identifier("external_id")?, fields.email()?, role(fields)?);
    if external_id.is_none() && email.is_none() {
        match role {
            Some(Role::Lead) => {}
            _ => return Err(Refusal::invalid("email", "A user needs an email or an external_id")),
        }
    }
    let role = role.unwrap_or(Role::User);
    refuse_duplicate(call.workspace, None, role, external_id.as_deref(), email.as_deref())?;
    let now = call.now();
    let id = call.workspace.contacts.new_id(external_id.as_deref(), email.as_deref());
    let mut contact = StoredContact::new(id, role, now);
    write(Fields(&call.body), call.version, call.workspace, &mut contact)?;
    let contact = call.workspace.contacts.save(contact, call.now_ms);
    Ok(Reply::ok(render(&contact, call.workspace, call.version)))
}

/// `PUT /contacts/{id}`: merges the body into the contact.
pub(crate) fn update(call: &mut Call<'_>) -> Answer {
    let mut contact = StoredContact::clone(&*live(call.workspace, call.param(0))?);
    let fields = call.fields();
    let (external_id, email) = (fields.identifier("external_id")?, fields.email()?);
    let role = role(fields)?.unwrap_or(contact.role);
    refuse_duplicate(call.workspace, Some(contact.id), role, external_id.as_deref(), email.as_deref())?;
    contact.role = role;
    contact.updated_at = call.now();
    write(Fields(&call.body), call.version, call.workspace, &mut contact)?;
    let contact = call.workspace.contacts.save(contact, call.now_ms);
    Ok(Reply::ok(render(&contact, call.workspace, call.version)))
}

/// `GET /contacts/{id}`.
pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    let contact = live(call.workspace, call.param(0))?;
    Ok(Reply::ok(render(&contact, call.workspace, call.version)))
}

/// `GET /contacts/find_by_external_id/{external_id}`: users only, immediately and not through the search index.
pub(crate) fn find_by_external_id(call: &mut Call<'_>) -> Answer {
    let found = call.workspace.contacts.by_external_id(call.param(0));
    let found = found.filter(|contact| contact.role == Role::User && !contact.archived).cloned();
    let contact = found.ok_or(Refusal::UserNotFound)?;
    Ok(Reply::ok(render(&contact, call.workspace, call.version)))
}

/// `DELETE /contacts/{id}`: permanently, archived or not.
pub(crate) fn delete(call: &mut Call<'_>) -> Answer {
    let contact = by_id(call.workspace, call.param(0))?;
    erase(call.workspace, &contact, call.now_ms);
    Ok(Reply::ok(receipt(&contact, call.version, ("deleted", true))))
}

/// `POST /contacts/{id}/archive`.
pub(crate) fn archive(call: &mut Call<'_>) -> Answer {
    set_archived(call, true)
}

/// `POST /contacts/{id}/unarchive`.
pub(crate) fn unarchive(call: &mut Call<'_>) -> Answer {
    set_archived(call, false)
}

fn set_archived(call: &mut Call<'_>, archived: bool) -> Answer {
    let mut contact = StoredContact::clone(&*by_id(call.workspace, call.param(0))?);
    contact.archived = archived;
    contact.updated_at = call.now();
    let contact = call.workspace.contacts.save(contact, call.now_ms);
    Ok(Reply::ok(receipt(&contact, call.version, ("archived", archived))))
}

/// Returns the response of archiving and deleting; its form changed in 2.10.
fn receipt(contact: &StoredContact, version: Version, (key, value): (&str, bool)) -> Value {
    let mut receipt = if version >= Version::V2_10 {
        json!({ "id": contact.id.to_string(), "external_id": contact.external_id, "type": "contact" })
    } else {
        json!({ "id": contact.id.to_string(), "object": "contact" })
    };
    if let Some(receipt) = receipt.as_object_mut() {
        receipt.insert(key.into(), value.into());
    }
    receipt
}

/// Removes a contact with all its data.
pub(crate) fn erase(workspace: &mut Workspace, contact: &StoredContact, now_ms: u64) {
    for company in &contact.companies {
        workspace.companies.touch(*company, |company| company.users = company.users.saturating_sub(1));
    }
    workspace.events.forget(contact.id);
    workspace.contacts.remove(contact.id, now_ms);
}

/// Returns the contact with this id, archived or not.
pub(crate) fn by_id(workspace: &Workspace, id: &str) -> Result<Arc<StoredContact>, Refusal> {
    ContactId::parse(id).and_then(|id| workspace.contacts.get(id)).cloned().ok_or(Refusal::UserNotFound)
}

/// Returns the contact with this id, unless it is archived.
pub(crate) fn live(workspace: &Workspace, id: &str) -> Result<Arc<StoredContact>, Refusal> {
    by_id(workspace, id)
        .and_then(|contact| if contact.archived { Err(Refusal::UserNotFound) } else { Ok(contact) })
}

fn role(fields: Fields<'_>) -> Result<Option<Role>, Refusal> {
    match fields.identifier("role")?.as_deref() {
        None => Ok(None),
        Some("user") => Ok(Some(Role::User)),
        Some("lead") if fields.identifier("external_id")?.is_some() => {
            Err(Refusal::invalid("external_id", "external_id can't be set for role type of lead"))
        }
        Some("lead") => Ok(Some(Role::Lead)),
        Some(_) => Err(Refusal::invalid("role", "role must be user or lead")),
    }
}

/// Refuses duplicates. External ids are unique, emails are unique among users, and leads may share an email with any contact.
fn refuse_duplicate(
    workspace: &Workspace,
    own: Option<ContactId>,
    role: Role,
    external_id: Option<&str>,
    email: Option<&str>,
) -> Result<(), Refusal> {
    let contacts = &workspace.contacts;
    let by_external_id = external_id.and_then(|external_id| contacts.by_external_id(external_id));
    let by_email =
        email.filter(|_| role == Role::User).into_iter().flat_map(|email| contacts.users_by_email(email));
    // a contact that keeps its own email is not a duplicate, even if 1.x has created a second user with that email
    let kept = own.and_then(|own| contacts.get(own)).is_some_and(|own| own.email.as_deref() == email);
    let mut others =
        by_external_id.into_iter().chain(by_email.filter(|_| !kept)).filter(|c| Some(c.id) != own);
    match others.next() {
        None => Ok(()),
        Some(other) if other.archived => Err(Refusal::ArchivedDuplicate(other.id)),
        Some(other) => Err(Refusal::Duplicate(other.id)),
    }
}

/// Reads the fields of a create or an update into a contact.
fn write(
    fields: Fields<'_>,
    version: Version,
    workspace: &mut Workspace,
    contact: &mut StoredContact,
) -> Result<(), Refusal> {
    contact.external_id = fields.identifier("external_id")?.or(contact.external_id.take());
    let email = fields.email()?;
    match fields.boolean("email_verified")? {
        Patch::Set(_) if version >= Version::V2_16 && email.is_none() => {
            return Err(Refusal::invalid("email_verified", "email_verified needs email in the same request"));
        }
        verified if version >= Version::V2_16 => verified.apply(&mut contact.email_verified),
        _ => {}
    }
    contact.email = email.or(contact.email.take());
    fields.text("phone")?.apply(&mut contact.phone);
    fields.text("name")?.apply(&mut contact.name);
    fields.text("avatar")?.apply(&mut contact.avatar);
    owner(fields, version)?.apply(&mut contact.owner_id);
    fields.integer("signed_up_at")?.apply(&mut contact.signed_up_at);
    let last_seen_at = fields.integer("last_seen_at")?;
    if last_seen_at != Patch::Keep {
        contact.last_seen_now = false;
    }
    last_seen_at.apply(&mut contact.last_seen_at);
    if let Patch::Set(unsubscribed) = fields.boolean("unsubscribed_from_emails")? {
        contact.unsubscribed_from_emails = unsubscribed;
    }
    if let Some(sent) = fields.object("custom_attributes")? {
        workspace.attributes.write(Model::Contact, sent.0, version, &mut contact.custom_attributes)?;
    }
    Ok(())
}

/// Reads an owner: an integer before 2.16, a string from 2.16 on.
fn owner(fields: Fields<'_>, version: Version) -> Result<Patch<i64>, Refusal> {
    if version < Version::V2_16 {
        return fields.integer("owner_id");
    }
    Ok(match fields.text("owner_id")? {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(text) => Patch::Set(
            text.parse().map_err(|_| Refusal::invalid("owner_id", "owner_id is not the id of a teammate"))?,
        ),
    })
}

/// Renders a contact in 2.x.
pub(crate) fn render(contact: &StoredContact, workspace: &Workspace, version: Version) -> Value {
    let id = contact.id.to_string();
    let owner = match contact.owner_id {
        Some(owner) if version >= Version::V2_16 => owner.to_string().into(),
        owner => Value::from(owner),
    };
    let tags: Vec<Value> = contact
        .tags
        .iter()
        .map(|tag| json!({ "type": "tag", "id": tag.to_string(), "url": format!("/tags/{tag}") }))
        .collect();
    let companies: Vec<Value> = contact.companies.iter().take(10).filter_map(|id| workspace.companies.get(*id)).map(|company| {
        json!({ "type": "company", "id": company.id.to_string(), "url": format!("/companies/{}", company.id) })
    }).collect();
    let mut body = json!({
        "type": "contact",
        "id": id,
        "workspace_id": "sandbox",
        "external_id": contact.external_id,
        "role": contact.role.name(),
        "email": contact.email,
        "phone": contact.phone,
        "name": contact.name,
        "avatar": contact.avatar,
        "owner_id": owner,
        "has_hard_bounced": false,
        "marked_email_as_spam": false,
        "unsubscribed_from_emails": contact.unsubscribed_from_emails,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "signed_up_at": contact.signed_up_at,
        "last_seen_at": contact.last_seen_at,
        "custom_attributes": contact.custom_attributes,
        "tags": list(tags, contact.tags.len(), format!("/contacts/{id}/tags")),
        "companies": list(companies, contact.companies.len(), format!("/contacts/{id}/companies")),
    });
    if version >= Version::V2_16
        && let Some(body) = body.as_object_mut()
    {
        body.insert("email_verified".into(), contact.email_verified.into());
    }
    body
}

fn list(data: Vec<Value>, total: usize, url: String) -> Value {
    let has_more = data.len() < total;
    json!({ "type": "list", "data": data, "url": url, "total_count": total, "has_more": has_more })
}
