//! `application/x-www-form-urlencoded`: one parameter for each field, and for each item of a list.

use crate::request::add_query;
use mapwright_convert::Val;
use mapwright_json::Json;

/// Writes an object as a form. Null is omitted.
pub(super) fn write(object: Json<'_>) -> String {
    let mut form = String::new();
    for (key, value) in object.entries() {
        add_query(&mut form, &key, (!value.is_null()).then_some(Val::Json(value)));
    }
    form
}
