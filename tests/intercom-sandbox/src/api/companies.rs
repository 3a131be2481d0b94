//! Companies and their members.

use serde_json::{Value, json};

use super::contacts::live;
use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::ids::CompanyId;
use crate::state::Workspace;
use crate::state::attributes::Model;
use crate::state::companies::StoredCompany;
use crate::state::contact::StoredContact;
use crate::version::Version;

/// Companies of one contact (API changelog of February 2026, all versions).
const PER_CONTACT: usize = 1000;
/// Highest monthly spend (API reference, create or update a company).
const SPEND: f64 = 2_147_483_647.0;

/// `POST /companies`: creates or updates, by `company_id`.
pub(crate) fn save(call: &mut Call<'_>) -> Answer {
    if !call.version.is_1x() {
        refuse_unknown(call.fields(), call.version)?;
    }
    let company_id = call.fields().identifier("company_id")?;
    if call.version.is_1x() && company_id.is_none() {
        return Err(Refusal::Missing("company_id"));
    }
    let now = call.now();
    let found = company_id.as_deref().and_then(|id| call.workspace.companies.by_company_id(id)).cloned();
    let mut company = match found {
        Some(company) => company,
        None => StoredCompany::new(call.workspace.companies.new_id(company_id.as_deref()), company_id, now),
    };
    company.updated_at = now;
    write(call.workspace, Fields(&call.body), call.version, &mut company)?;
    let body = render(&company, call.workspace);
    call.workspace.companies.save(company);
    Ok(Reply::ok(body))
}

/// `PUT /companies/{id}`: `company_id` cannot change.
pub(crate) fn update(call: &mut Call<'_>) -> Answer {
    let mut company = by_id(call.workspace, call.param(0))?.clone();
    company.updated_at = call.now();
    write(call.workspace, Fields(&call.body), call.version, &mut company)?;
    let body = render(&company, call.workspace);
    call.workspace.companies.save(company);
    Ok(Reply::ok(body))
}

/// `GET /companies/{id}`.
pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    let company = by_id(call.workspace, call.param(0))?;
    Ok(Reply::ok(render(company, call.workspace)))
}

/// `GET /companies?company_id=` or `?name=`: one company. Without either, the companies that have users.
pub(crate) fn find(call: &mut Call<'_>) -> Answer {
    let companies = &call.workspace.companies;
    let found = match (call.query.get("company_id"), call.query.get("name")) {
        (Some(company_id), _) => companies.by_company_id(company_id),
        (None, Some(name)) => companies.by_name(name).next(),
        (None, None) => {
            let shown = companies.iter().filter(|company| company.users > 0);
            let data: Vec<Value> = shown.map(|company| render(company, call.workspace)).collect();
            return Ok(Reply::ok(json!({ "type": "list", "total_count": data.len(), "data": data })));
        }
    };
    let company = found.ok_or(Refusal::CompanyNotFound)?;
    Ok(Reply::ok(render(company, call.workspace)))
}

/// `DELETE /companies/{id}`: detaches all contacts. Intercom does so after some time, the sandbox immediately.
pub(crate) fn delete(call: &mut Call<'_>) -> Answer {
    let company = by_id(call.workspace, call.param(0))?;
    let id = company.id;
    let members = call.workspace.contacts.iter().filter(|contact| contact.companies.contains(&id));
    let members: Vec<StoredContact> = members.map(|contact| StoredContact::clone(contact)).collect();
    for mut member in members {
        member.companies.remove(&id);
        call.workspace.contacts.save(member, call.now_ms);
    }
    call.workspace.companies.remove(id);
    Ok(Reply::ok(json!({ "id": id.to_string(), "object": "company", "deleted": true })))
}

/// `GET /contacts/{id}/companies`.
pub(crate) fn attached(call: &mut Call<'_>) -> Answer {
    let contact = live(call.workspace, call.param(0))?;
    let companies = contact.companies.iter().filter_map(|id| call.workspace.companies.get(*id));
    let data: Vec<Value> = companies.map(|company| render(company, call.workspace)).collect();
    Ok(Reply::ok(json!({ "type": "list", "total_count": data.len(), "data": data })))
}

/// `POST /contacts/{id}/companies`, with Intercom's id of the company.
pub(crate) fn attach(call: &mut Call<'_>) -> Answer {
    let mut contact = StoredContact::clone(&*live(call.workspace, call.param(0))?);
    let id = call.fields().identifier("id")?.ok_or(Refusal::Missing("company"))?;
    let id = by_id(call.workspace, &id)?.id;
    if !contact.companies.contains(&id) {
        if contact.companies.len() >= PER_CONTACT {
            return Err(Refusal::TooManyCompanies);
        }
        join(call.workspace, &mut contact, id);
        contact.updated_at = call.now();
        call.workspace.contacts.save(contact, call.now_ms);
    }
    let company = call.workspace.companies.get(id).ok_or(Refusal::CompanyNotFound)?;
    Ok(Reply::ok(render(company, call.workspace)))
}

/// `DELETE /contacts/{id}/companies/{company id}`.
pub(crate) fn detach(call: &mut Call<'_>) -> Answer {
    let mut contact = StoredContact::clone(&*live(call.workspace, call.param(0))?);
    let id = by_id(call.workspace, call.param(1))?.id;
    if !leave(call.workspace, &mut contact, id) {
        return Err(Refusal::CompanyNotFound);
    }
    contact.updated_at = call.now();
    call.workspace.contacts.save(contact, call.now_ms);
    let company = call.workspace.companies.get(id).ok_or(Refusal::CompanyNotFound)?;
    Ok(Reply::ok(render(company, call.workspace)))
}

fn join(workspace: &mut Workspace, contact: &mut StoredContact, id: CompanyId) {
    if contact.companies.insert(id) {
        workspace.companies.touch(id, |company| company.users += 1);
    }
}

fn leave(workspace: &mut Workspace, contact: &mut StoredContact, id: CompanyId) -> bool {
    let left = contact.companies.remove(&id);
    if left {
        workspace.companies.touch(id, |company| company.users = company.users.saturating_sub(1));
    }
    left
}

/// A user's membership in one company.
pub(crate) enum Membership {
    Join(Box<StoredCompany>),
    Leave(CompanyId),
}

/// Reads the `companies` of a 1.x user: creates unknown companies, and leaves a company with `remove: true`.
pub(crate) fn memberships(
    workspace: &mut Workspace,
    fields: Fields<'_>,
    version: Version,
    now: i64,
) -> Result<Vec<Membership>, Refusal> {
    let mut memberships: Vec<Membership> = Vec::new();
    for entry in fields.objects("companies")?.unwrap_or_default() {
        let (id, company_id) = (entry.identifier("id")?, entry.identifier("company_id")?);
        let found = match (&id, &company_id) {
            (Some(id), _) => Some(by_id(workspace, id)?),
            (None, Some(company_id)) => workspace.companies.by_company_id(company_id),
            (None, None) => return Err(Refusal::Missing("company_id")),
        };
        let found = found.cloned();
        // the same company may occur twice: the second entry builds on the first
        let before = memberships.iter().rev().find_map(|membership| match membership {
            Membership::Join(company) if company.company_id.is_some() && company.company_id == company_id => {
                Some(StoredCompany::clone(company))
            }
            _ => None,
        });
        let found = before.or(found);
        if entry.boolean("remove")? == Patch::Set(true) {
            memberships.extend(found.map(|company| Membership::Leave(company.id)));
            continue;
        }
        let mut company = match found {
            Some(company) => company,
            None => StoredCompany::new(workspace.companies.new_id(company_id.as_deref()), company_id, now),
        };
        company.updated_at = now;
        write(workspace, entry, version, &mut company)?;
        memberships.push(Membership::Join(Box::new(company)));
    }
    Ok(memberships)
}

/// Applies the result of [`memberships`].
pub(crate) fn apply(workspace: &mut Workspace, memberships: Vec<Membership>, contact: &mut StoredContact) {
    for membership in memberships {
        match membership {
            Membership::Join(company) => {
                let id = company.id;
                workspace.companies.save(*company);
                join(workspace, contact, id);
            }
            Membership::Leave(id) => drop(leave(workspace, contact, id)),
        }
    }
}

/// Returns the company with this Intercom id.
pub(crate) fn by_id<'a>(workspace: &'a Workspace, id: &str) -> Result<&'a StoredCompany, Refusal> {
    CompanyId::parse(id).and_then(|id| workspace.companies.get(id)).ok_or(Refusal::CompanyNotFound)
}

fn refuse_unknown(fields: Fields<'_>, version: Version) -> Result<(), Refusal> {
    let known = |key: &str| match key {
        "company_id" | "name" | "plan" | "size" | "website" | "industry" | "monthly_spend" => true,
        "remote_created_at" | "custom_attributes" => true,
        "update_last_request_at" => version >= Version::V2_16,
        _ => false,
    };
    match fields.0.keys().find(|key| !known(key)) {
        None => Ok(()),
        Some(key) => Err(Refusal::BadParameter(key.clone())),
    }
}

/// Reads the fields of a company.
fn write(
    workspace: &mut Workspace,
    fields: Fields<'_>,
    version: Version,
    company: &mut StoredCompany,
) -> Result<(), Refusal> {
    fields.text("name")?.apply(&mut company.name);
    fields.text("plan")?.apply(&mut company.plan);
    fields.text("website")?.apply(&mut company.website);
    fields.text("industry")?.apply(&mut company.industry);
    if version.is_1x() {
        number(fields.number("size")?).apply(&mut company.size);
    } else {
        integer(fields.integer("size")?).apply(&mut company.size);
    }
    match fields.number("monthly_spend")? {
        Patch::Set(spend) if spend.abs() > SPEND => {
            return Err(Refusal::invalid("monthly_spend", "monthly_spend must be 2147483647 at most"));
        }
        Patch::Set(spend) => company.monthly_spend = format!("{:.0}", spend.trunc()).parse().ok(),
        Patch::Clear => company.monthly_spend = None,
        Patch::Keep => {}
    }
    fields.integer("remote_created_at")?.apply(&mut company.remote_created_at);
    fields.boolean("update_last_request_at")?;
    if let Some(sent) = fields.object("custom_attributes")? {
        workspace.attributes.write(Model::Company, sent.0, version, &mut company.custom_attributes)?;
    }
    Ok(())
}

fn number(patch: Patch<f64>) -> Patch<Value> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Patch::Set(format!("{number:.0}").parse::<i64>().map_or(Value::from(number), Value::from))
        }
        Patch::Set(number) => Patch::Set(number.into()),
    }
}

fn integer(patch: Patch<i64>) -> Patch<Value> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(number) => Patch::Set(number.into()),
    }
}

/// Renders a company.
pub(crate) fn render(company: &StoredCompany, workspace: &Workspace) -> Value {
    let tags: Vec<Value> = company
        .tags
        .iter()
        .map(|tag| json!({ "type": "tag", "id": tag.to_string(), "name": workspace.tags.name(*tag) }))
        .collect();
    let plan = company.plan.as_ref().map(|plan| json!({ "type": "plan", "id": plan, "name": plan }));
    json!({
        "type": "company",
        "id": company.id.to_string(),
        "company_id": company.company_id,
        "app_id": "sandbox",
        "name": company.name,
        "plan": plan,
        "size": company.size,
        "website": company.website,
        "industry": company.industry,
        "monthly_spend": company.monthly_spend.unwrap_or(0),
        "remote_created_at": company.remote_created_at,
        "session_count": 0,
        "user_count": company.users,
        "created_at": company.created_at,
        "updated_at": company.updated_at,
        "custom_attributes": company.custom_attributes,
        "tags": { "type": "tag.list", "tags": tags },
        "segments": { "type": "segment.list", "segments": [] },
    })
}
