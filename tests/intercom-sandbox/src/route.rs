//! Routes requests to handlers, by method, path and version.

use std::ops::RangeInclusive;

use hyper::Method;
use percent_encoding::percent_decode_str;

use crate::api::{account, attributes, companies, contacts, events, search, tags, users};
use crate::call::{Answer, Call};
use crate::error::Refusal;
use crate::version::Version;

type Handler = fn(&mut Call<'_>) -> Answer;

struct Route {
    method: Method,
    path: &'static str,
    versions: RangeInclusive<Version>,
    handler: Handler,
}

const fn route(
    method: Method,
    path: &'static str,
    versions: RangeInclusive<Version>,
    handler: Handler,
) -> Route {
    Route { method, path, versions, handler }
}

const V1: RangeInclusive<Version> = Version::V1_4..=Version::V1_4;
const V2: RangeInclusive<Version> = Version::V2_7..=Version::V2_16;
const V2_13: RangeInclusive<Version> = Version::V2_13..=Version::V2_16;
const ALL: RangeInclusive<Version> = Version::V1_4..=Version::V2_16;

/// Every endpoint. A literal path precedes one with a parameter in the same position.
const ROUTES: &[Route] = &[
    route(Method::GET, "/me", ALL, account::me),
    route(Method::POST, "/users", V1, users::save),
    route(Method::GET, "/users", V1, users::find),
    route(Method::GET, "/users/{id}", V1, users::get),
    route(Method::DELETE, "/users", V1, users::archive_found),
    route(Method::DELETE, "/users/{id}", V1, users::archive),
    route(Method::POST, "/contacts", V1, users::save_lead),
    route(Method::POST, "/contacts/convert", V1, users::convert),
    route(Method::POST, "/user_delete_requests", V1, users::erase_request),
    route(Method::POST, "/contacts/search", V2, search::search),
    route(Method::POST, "/contacts", V2, contacts::create),
    route(Method::GET, "/contacts/find_by_external_id/{external_id}", V2_13, contacts::find_by_external_id),
    route(Method::GET, "/contacts/{id}", V2, contacts::get),
    route(Method::PUT, "/contacts/{id}", V2, contacts::update),
    route(Method::DELETE, "/contacts/{id}", V2, contacts::delete),
    route(Method::POST, "/contacts/{id}/archive", V2, contacts::archive),
    route(Method::POST, "/contacts/{id}/unarchive", V2, contacts::unarchive),
    route(Method::GET, "/contacts/{id}/companies", V2, companies::attached),
    route(Method::POST, "/contacts/{id}/companies", V2, companies::attach),
    route(Method::DELETE, "/contacts/{id}/companies/{company_id}", V2, companies::detach),
    route(Method::GET, "/contacts/{id}/tags", V2, tags::of_contact),
    route(Method::POST, "/contacts/{id}/tags", V2, tags::tag_contact),
    route(Method::DELETE, "/contacts/{id}/tags/{tag_id}", V2, tags::untag_contact),
    route(Method::POST, "/companies", ALL, companies::save),
    route(Method::GET, "/companies", ALL, companies::find),
    route(Method::GET, "/companies/{id}", ALL, companies::get),
    route(Method::PUT, "/companies/{id}", V2, companies::update),
    route(Method::DELETE, "/companies/{id}", V2, companies::delete),
    route(Method::POST, "/tags", ALL, tags::save),
    route(Method::GET, "/tags", ALL, tags::list),
    route(Method::POST, "/events", ALL, events::submit),
    route(Method::GET, "/data_attributes", ALL, attributes::list),
    route(Method::POST, "/data_attributes", V2, attributes::create),
    route(Method::PUT, "/data_attributes/{id}", V2, attributes::update),
];

/// Returns the handler of a request, with the decoded parameters of its path.
pub(crate) fn find(method: &Method, path: &str, version: Version) -> Result<(Handler, Vec<String>), Refusal> {
    let mut known = false;
    for route in ROUTES.iter().filter(|route| route.versions.contains(&version)) {
        if let Some(params) = params(route.path, path) {
            if route.method == *method {
                return Ok((route.handler, params));
            }
            known = true;
        }
    }
    Err(if known { Refusal::MethodNotAllowed } else { Refusal::ResourceNotFound })
}

fn params(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            let decoded =
                percent_decode_str(segment).decode_utf8().ok().filter(|segment| !segment.is_empty())?;
            params.push(decoded.into_owned());
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(params)
}
