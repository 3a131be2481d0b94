//! The state of the workspace for inspection.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::state::Workspace;
use crate::state::companies::StoredCompany;
use crate::state::contact::StoredContact;

/// The content of the workspace, in an order that depends only on the content.
///
/// Contacts are named by their external id, or else their email, or else Intercom's id; companies by their `company_id`, or else
/// Intercom's id. Intercom's own times (`created_at`, `updated_at`) are omitted, so that two runs can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// Users, leads and contacts; users of 1.4 are contacts with the role `user`.
    pub contacts: Vec<Contact>,
    /// Companies.
    pub companies: Vec<Company>,
    /// The contacts of companies.
    pub attachments: Vec<Attachment>,
    /// Names of tags, as first written.
    pub tags: Vec<String>,
    /// Events, which are identified by contact, name and second.
    pub events: Vec<Event>,
    /// Custom attributes, by model and name.
    pub attributes: Vec<DefinedAttribute>,
    /// Users erased through `/user_delete_requests`.
    pub user_delete_requests: u64,
}

/// A contact. Times are Unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Contact {
    /// Intercom's id, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `external_id` in 2.x, `user_id` in 1.4.
    pub external_id: Option<String>,
    /// In lower case.
    pub email: Option<String>,
    /// `user` or `lead`.
    pub role: &'static str,
    /// Whether it is archived.
    pub archived: bool,
    /// Telephone number, as sent.
    pub phone: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// A teammate.
    pub owner_id: Option<i64>,
    /// When the user signed up.
    pub signed_up_at: Option<i64>,
    /// When the user was last seen, if a request has stated it.
    pub last_seen_at: Option<i64>,
    /// Whether the last request that changed it stated that the user is seen now; `last_seen_at` is then omitted.
    pub last_seen_now: bool,
    /// `last_seen_user_agent` of 1.4.
    pub last_seen_user_agent: Option<String>,
    /// Whether the user has opted out of emails.
    pub unsubscribed_from_emails: bool,
    /// Sessions counted by `new_session` of 1.4.
    pub sessions: u64,
    /// Custom attributes, by name.
    pub custom_attributes: BTreeMap<String, Value>,
    /// Names of tags.
    pub tags: Vec<String>,
}

/// A company. Times are Unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Company {
    /// Intercom's id, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Your id of the company.
    pub company_id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Plan.
    pub plan: Option<String>,
    /// Number of employees.
    pub size: Option<Value>,
    /// Website, as sent.
    pub website: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Spend, without its fraction.
    pub monthly_spend: Option<i64>,
    /// When you created it.
    pub remote_created_at: Option<i64>,
    /// Custom attributes, by name.
    pub custom_attributes: BTreeMap<String, Value>,
    /// Names of tags.
    pub tags: Vec<String>,
}

/// A contact that belongs to a company.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Attachment {
    /// The contact's external id, else its email, else Intercom's id.
    pub contact: String,
    /// The company's `company_id`, else Intercom's id.
    pub company: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The contact's external id, else its email, else Intercom's id.
    pub contact: String,
    /// The name, with `-` for `.` and `$`.
    pub name: String,
    /// Unix seconds.
    pub created_at: i64,
    /// The stored keys.
    pub metadata: Map<String, Value>,
}

/// A custom attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DefinedAttribute {
    /// `contact` or `company`.
    pub model: &'static str,
    /// Name.
    pub name: String,
    /// `string`, `integer`, `float`, `boolean`, `datetime`, `date` or `options`.
    pub data_type: &'static str,
    /// Whether it is archived.
    pub archived: bool,
}

impl State {
    pub(crate) fn of(workspace: &Workspace, ids: bool) -> State {
        let mut state = State {
            contacts: workspace
                .contacts
                .iter()
                .map(|contact| shown_contact(contact, workspace, ids))
                .collect(),
            companies: workspace
                .companies
                .iter()
                .map(|company| shown_company(company, workspace, ids))
                .collect(),
            attachments: attachments(workspace),
            tags: workspace.tags.iter().map(|(_, name)| name.to_owned()).collect(),
            events: events(workspace),
            attributes: workspace
                .attributes
                .iter()
                .map(|(_, attribute)| DefinedAttribute {
                    model: attribute.model.name(),
                    name: attribute.name.clone(),
                    data_type: attribute.data_type.name(),
                    archived: attribute.archived,
                })
                .collect(),
            user_delete_requests: workspace.delete_requests,
        };
        // ids break ties, and depend on the content too
        state.contacts.sort_by(|a, b| (&a.external_id, &a.email).cmp(&(&b.external_id, &b.email)));
        state.companies.sort_by(|a, b| (&a.company_id, &a.name).cmp(&(&b.company_id, &b.name)));
        state.attachments.sort();
        state.tags.sort();
        state
            .events
            .sort_by(|a, b| (&a.contact, a.created_at, &a.name).cmp(&(&b.contact, b.created_at, &b.name)));
        state.attributes.sort();
        state
    }
}

fn shown_contact(contact: &StoredContact, workspace: &Workspace, ids: bool) -> Contact {
    Contact {
        id: ids.then(|| contact.id.to_string()),
        external_id: contact.external_id.clone(),
        email: contact.email.clone(),
        role: contact.role.name(),
        archived: contact.archived,
        phone: contact.phone.clone(),
        name: contact.name.clone(),
        avatar: contact.avatar.clone(),
        owner_id: contact.owner_id,
        signed_up_at: contact.signed_up_at,
        last_seen_at: contact.last_seen_at.filter(|_| !contact.last_seen_now),
        last_seen_now: contact.last_seen_now,
        last_seen_user_agent: contact.last_seen_user_agent.clone(),
        unsubscribed_from_emails: contact.unsubscribed_from_emails,
        sessions: contact.sessions,
        custom_attributes: contact.custom_attributes.clone(),
        tags: tag_names(contact.tags.iter(), workspace),
    }
}

fn shown_company(company: &StoredCompany, workspace: &Workspace, ids: bool) -> Company {
    Company {
        id: ids.then(|| company.id.to_string()),
        company_id: company.company_id.clone(),
        name: company.name.clone(),
        plan: company.plan.clone(),
        size: company.size.clone(),
        website: company.website.clone(),
        industry: company.industry.clone(),
        monthly_spend: company.monthly_spend,
        remote_created_at: company.remote_created_at,
        custom_attributes: company.custom_attributes.clone(),
        tags: tag_names(company.tags.iter(), workspace),
    }
}

fn tag_names<'a>(tags: impl Iterator<Item = &'a crate::ids::TagId>, workspace: &Workspace) -> Vec<String> {
    let mut names: Vec<String> =
        tags.filter_map(|tag| workspace.tags.name(*tag)).map(str::to_owned).collect();
    names.sort();
    names
}

fn attachments(workspace: &Workspace) -> Vec<Attachment> {
    let pairs =
        workspace.contacts.iter().flat_map(|contact| contact.companies.iter().map(move |id| (contact, id)));
    let company = |id| workspace.companies.get(id).map(StoredCompany::reference);
    pairs
        .filter_map(|(contact, id)| Some(Attachment { contact: contact.reference(), company: company(*id)? }))
        .collect()
}

fn events(workspace: &Workspace) -> Vec<Event> {
    let contact = |id| workspace.contacts.get(id).map(|contact| contact.reference());
    let events = workspace.events.iter().filter_map(|(id, event)| {
        Some(Event {
            contact: contact(id)?,
            name: event.name.clone(),
            created_at: event.created_at,
            metadata: event.metadata.clone(),
        })
    });
    events.collect()
}
