//! Tags of contacts and companies.

use serde_json::{Value, json};

use super::companies;
use super::contacts::{by_id, live};
use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::ids::{CompanyId, ContactId, TagId};
use crate::state::Workspace;
use crate::state::contact::StoredContact;
use crate::version::Version;

/// The target of a tag.
#[derive(Clone, Copy)]
enum Target {
    Contact(ContactId),
    Company(CompanyId),
}

/// An item of `users` or `companies`: its target, and whether the tag is removed.
type Item = (Result<Target, Refusal>, bool);

/// `POST /tags`: creates a tag, or adds it to or removes it from companies or people.
pub(crate) fn save(call: &mut Call<'_>) -> Answer {
    let fields = call.fields();
    let name = fields.identifier("name")?.ok_or(Refusal::Missing("name"))?;
    let (users, companies) = (fields.objects("users")?, fields.objects("companies")?);
    if users.is_some() && companies.is_some() {
        return Err(Refusal::invalid("companies", "users and companies cannot be tagged in one request"));
    }
    let users = items(&users, |item| contact(call.workspace, item, call.version))?;
    let companies = items(&companies, |item| company(call.workspace, item))?;
    let tolerant = call.version >= Version::V2_16;
    if !tolerant {
        for (target, _) in users.iter().chain(&companies) {
            target.clone()?;
        }
    }
    let tag = call.workspace.tags.named(&name);
    let report = |call: &mut Call<'_>, items: Vec<Item>| -> Vec<Value> {
        let each = items.into_iter().map(|(target, untag)| put(call, tag, target, untag));
        each.collect()
    };
    let (users, companies) = (report(call, users), report(call, companies));
    let mut body = render(tag, call.workspace);
    if tolerant && let Some(body) = body.as_object_mut() {
        body.insert("users".into(), users.into());
        body.insert("companies".into(), companies.into());
    }
    Ok(Reply::ok(body))
}

fn items(
    list: &Option<Vec<Fields<'_>>>,
    find: impl Fn(Fields<'_>) -> Result<Result<Target, Refusal>, Refusal>,
) -> Result<Vec<Item>, Refusal> {
    let items = list.iter().flatten();
    items.map(|item| Ok((find(*item)?, item.boolean("untag")? == Patch::Set(true)))).collect()
}

/// 2.x names contacts by Intercom's id only, 1.x by `id`, `user_id` or `email`.
fn contact(
    workspace: &Workspace,
    item: Fields<'_>,
    version: Version,
) -> Result<Result<Target, Refusal>, Refusal> {
    let contacts = &workspace.contacts;
    let found = match item.identifier("id")? {
        Some(id) => by_id(workspace, &id).ok(),
        None if version.is_1x() => match (item.identifier("user_id")?, item.email()?) {
            (Some(user_id), _) => contacts.by_external_id(&user_id).cloned(),
            (None, Some(email)) => contacts.users_by_email(&email).next().cloned(),
            (None, None) => return Err(Refusal::Missing("id")),
        },
        None => return Err(Refusal::Missing("id")),
    };
    let found = found.filter(|contact| !contact.archived);
    Ok(found.map(|contact| Target::Contact(contact.id)).ok_or(Refusal::UserNotFound))
}

fn company(workspace: &Workspace, item: Fields<'_>) -> Result<Result<Target, Refusal>, Refusal> {
    let found = match (item.identifier("id")?, item.identifier("company_id")?) {
        (Some(id), _) => companies::by_id(workspace, &id).ok(),
        (None, Some(company_id)) => workspace.companies.by_company_id(&company_id),
        (None, None) => return Err(Refusal::Missing("id")),
    };
    Ok(found.map(|company| Target::Company(company.id)).ok_or(Refusal::CompanyNotFound))
}

/// Adds or removes a tag. Returns the report of 2.16.
fn put(call: &mut Call<'_>, tag: TagId, target: Result<Target, Refusal>, untag: bool) -> Value {
    match target {
        Ok(Target::Company(id)) => {
            call.workspace.companies.touch(id, |company| {
                if untag {
                    company.tags.remove(&tag)
                } else {
                    company.tags.insert(tag)
                };
            });
            json!({ "id": id.to_string(), "tagged": !untag })
        }
        Ok(Target::Contact(id)) => {
            if let Some(contact) = call.workspace.contacts.get(id) {
                let mut contact = StoredContact::clone(contact);
                if untag {
                    contact.tags.remove(&tag)
                } else {
                    contact.tags.insert(tag)
                };
                call.workspace.contacts.save(contact, call.now_ms);
            }
            json!({ "id": id.to_string(), "tagged": !untag })
        }
        Err(_) => json!({ "id": null, "tagged": false }),
    }
}

/// `GET /tags`.
pub(crate) fn list(call: &mut Call<'_>) -> Answer {
    let tags: Vec<Value> = call.workspace.tags.iter().map(|(id, _)| render(id, call.workspace)).collect();
    let body = if call.version.is_1x() {
        json!({ "type": "tag.list", "tags": tags })
    } else {
        json!({ "type": "list", "data": tags })
    };
    Ok(Reply::ok(body))
}

/// `GET /contacts/{id}/tags`.
pub(crate) fn of_contact(call: &mut Call<'_>) -> Answer {
    let contact = live(call.workspace, call.param(0))?;
    let tags: Vec<Value> = contact.tags.iter().map(|tag| render(*tag, call.workspace)).collect();
    Ok(Reply::ok(json!({ "type": "list", "data": tags })))
}

/// `POST /contacts/{id}/tags`, with Intercom's id of the tag.
pub(crate) fn tag_contact(call: &mut Call<'_>) -> Answer {
    let contact = live(call.workspace, call.param(0))?;
    let id = call.fields().identifier("id")?.ok_or(Refusal::Missing("id"))?;
    let tag = by_tag_id(call.workspace, &id)?;
    put(call, tag, Ok(Target::Contact(contact.id)), false);
    Ok(Reply::ok(render(tag, call.workspace)))
}

/// `DELETE /contacts/{id}/tags/{tag id}`.
pub(crate) fn untag_contact(call: &mut Call<'_>) -> Answer {
    let contact = live(call.workspace, call.param(0))?;
    let tag = by_tag_id(call.workspace, call.param(1))?;
    put(call, tag, Ok(Target::Contact(contact.id)), true);
    Ok(Reply::ok(render(tag, call.workspace)))
}

fn by_tag_id(workspace: &Workspace, id: &str) -> Result<TagId, Refusal> {
    TagId::parse(id).filter(|tag| workspace.tags.name(*tag).is_some()).ok_or(Refusal::ResourceNotFound)
}

fn render(tag: TagId, workspace: &Workspace) -> Value {
    json!({ "type": "tag", "id": tag.to_string(), "name": workspace.tags.name(tag) })
}
