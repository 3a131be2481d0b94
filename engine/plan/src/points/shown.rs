//! Rows and rules in a few words.

use mapwright_language::spec::StatusSpec;

use crate::plan::{Form, Places};

/// A form in a few words.
pub(super) fn shown_form(form: &Form) -> String {
    match form {
        Form::Places(places) => shown_places(places),
        Form::Value(constant) => constant.value.to_string(),
        Form::First(rows) => rows.first().map_or_else(String::new, |row| shown_form(&row.form)),
        Form::Member { .. } => "key".to_owned(),
        Form::Template(_) | Form::Written { .. } => "template".to_owned(),
        Form::Join { .. } => "join".to_owned(),
        Form::Concat(_) => "concat".to_owned(),
        Form::Merge(_) => "merge".to_owned(),
        Form::RestOf(_) => "rest_of".to_owned(),
        Form::Object(_) | Form::Computed { .. } => "object".to_owned(),
        Form::List(_) => "list".to_owned(),
        Form::Each { .. } => "each".to_owned(),
        Form::Switch { .. } => "switch".to_owned(),
        Form::Combined { combination, of, .. } => format!("{} {}", shown_form(&of.form), combination.name()),
    }
}

/// Sources, as the mapping writes them.
fn shown_places(places: &Places) -> String {
    places.list().iter().map(|place| place.text.as_str()).collect::<Vec<_>>().join(", ")
}

/// The statuses of a rule in words.
pub(super) fn shown_status(status: &[StatusSpec]) -> String {
    let shown = status.iter().map(|StatusSpec { first, last }| match first == last {
        true => format!("`{first}`"),
        false => format!("`{first}-{last}`"),
    });
    let all: Vec<String> = shown.collect();
    if all.is_empty() { "any status".to_owned() } else { all.join(", ") }
}
