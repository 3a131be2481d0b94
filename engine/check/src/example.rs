//! The event of a page shows what its mapping does, so that it has to be one that the mapping is for.

use mapwright_findings::Reports;
use mapwright_findings::rules::invalid_value;
use mapwright_language::spec::MappingSpec;
use serde_json::Value;

/// Checks the type of the event in `docs`. A file that names another message type than its name, which is reported, may be meant for either.
pub(crate) fn check(spec: &MappingSpec, file: &str, reports: &mut Reports) {
    let Some(example) = spec.docs.as_ref().and_then(|docs| docs.example.as_ref()) else { return };
    let names: Vec<&str> = spec.message.names.iter().map(|name| name.value.as_str()).collect();
    let written = example.value.get("type").and_then(Value::as_str);
    if names.is_empty()
        || written.is_some_and(|kind| names.iter().chain([&file]).any(|name| name.eq_ignore_ascii_case(kind)))
    {
        return;
    }
    let found = match (example.value.is_object(), written) {
        (false, _) => "is not an event".to_owned(),
        (true, None) => "has no `type`".to_owned(),
        (true, Some(kind)) => format!("is of the type `{kind}`, which the mapping is not for"),
    };
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let help = format!("write an event with the `type` {}", names.join(" or "));
    invalid_value::report(reports, example.span, format!("the example {found}"), help);
}
