//! `POST /contacts/search`.

use serde_json::{Value, json};

use super::contacts::render;
use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::state::query::Filter;

/// The default and maximum page size (API reference, pagination).
const PER_PAGE: i64 = 50;
const MOST_PER_PAGE: i64 = 150;

/// `POST /contacts/search`: contacts in the search index, which lags behind writes.
pub(crate) fn search(call: &mut Call<'_>) -> Answer {
    let query = call.body.get("query").ok_or(Refusal::Missing("query"))?;
    let filter = Filter::read(query, call.version, &call.workspace.attributes)?;
    let (per_page, starting_after) = page(call.fields())?;
    let found = call.workspace.contacts.search.find(&filter, call.now_ms);
    let start = match &starting_after {
        None => 0,
        Some(after) => {
            let last = found.iter().position(|contact| contact.id.to_string() == *after);
            last.map(|last| last + 1)
                .ok_or_else(|| Refusal::invalid("starting_after", "starting_after is not valid"))?
        }
    };
    let shown: Vec<_> = found.iter().skip(start).take(per_page).collect();
    let more = start + shown.len() < found.len();
    let next = shown.last().filter(|_| more);
    let next = next.map(|last| json!({ "per_page": per_page, "starting_after": last.id.to_string() }));
    let data: Vec<Value> =
        shown.iter().map(|contact| render(contact, call.workspace, call.version)).collect();
    let mut pages = json!({
        "type": "pages",
        "page": start / per_page + 1,
        "per_page": per_page,
        "total_pages": found.len().div_ceil(per_page),
    });
    if let (Some(next), Some(pages)) = (next, pages.as_object_mut()) {
        pages.insert("next".into(), next);
    }
    Ok(Reply::ok(json!({ "type": "list", "data": data, "total_count": found.len(), "pages": pages })))
}

fn page(fields: Fields<'_>) -> Result<(usize, Option<String>), Refusal> {
    let Some(pagination) = fields.object("pagination")? else {
        return Ok((usize::try_from(PER_PAGE).unwrap_or(1), None));
    };
    let per_page = match pagination.integer("per_page")? {
        Patch::Set(per_page) if (1..=MOST_PER_PAGE).contains(&per_page) => per_page,
        Patch::Set(_) => return Err(Refusal::invalid("per_page", "per_page must be 1 to 150")),
        Patch::Keep | Patch::Clear => PER_PAGE,
    };
    Ok((usize::try_from(per_page).unwrap_or(1), pagination.text("starting_after")?.value()))
}
