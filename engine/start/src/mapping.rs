//! The files of a new mapping.

use crate::error::StartError;
use crate::file::NewFile;
use crate::message::example;
use crate::name::{Address, Names};
use crate::part::Part;
use crate::version::{Operation, Version};
use crate::yaml::{Yaml, plain};

/// Returns the files of a new mapping and its test. It skips its events, and has no steps, until somebody has looked at it: what an operation requires is not known here. Without parts, it has one with a row to start with.
///
/// # Errors
/// If the address is not that of a mapping.
pub fn mapping(
    address: &str,
    version: &Version,
    parts: &[(String, Part)],
) -> Result<Vec<NewFile>, StartError> {
    let read = Address::read(address, Names::Mapping)?;
    let (message, event) = (read.message.as_str(), example(&read.message)?);
    let reason = format!("{message} is not mapped yet");
    let first;
    let parts = match parts {
        [] => {
            first = [(message.to_owned(), start())];
            &first[..]
        }
        parts => parts,
    };
    let unsent = " # mapwright: allow(unused-definition) no step sends it yet";
    let payload: String = parts.iter().map(|(name, part)| part.text_with(name, 2, unsent)).collect();
    let mut steps = String::new();
    for (name, _) in parts {
        let step = if parts.len() == 1 { "send".to_owned() } else { format!("send_{name}") };
        steps.push_str(&format!("#   {}: {}\n", plain(&step), call(version.operations.first(), name)));
    }
    let text = format!(
        "message: {message}\n\nskip:\n  - {{ when: type == \"{message}\", reason: {reason} }} # TODO: remove `skip` when the mapping is right\n\npayload:\n{payload}\n# TODO: the steps that send this, such as\n# steps:\n{steps}"
    );
    let test = format!(
        "settings: {}\nnow: 2024-05-01T12:00:00Z\ntests:\n  - name: nothing is sent yet # TODO: state the requests\n    event: {event}\n    expect: {{ skipped: {reason} }}\n",
        version.settings
    );
    let folder = read.folder();
    Ok(vec![
        NewFile::new(format!("{folder}/{message}.yaml"), text),
        NewFile::new(format!("{folder}/{message}.test.yaml"), test),
    ])
}

/// The part that a mapping starts with.
fn start() -> Part {
    let mut part = Part::default();
    let user = Yaml::List(["userId", "anonymousId"].map(Yaml::text).to_vec());
    // such a name is always right
    let _ = part.add("user_id", user, vec!["the fields that the API takes".to_owned()]);
    part
}

fn call(operation: Option<&Operation>, part: &str) -> String {
    let Some(operation) = operation else { return format!("{{ operation: …, body: {} }}", plain(part)) };
    let mut call = vec![("operation".to_owned(), Yaml::text(&operation.name))];
    if !operation.parameters.is_empty() {
        let parameters =
            operation.parameters.iter().map(|name| (name.clone(), Yaml::text("userId"))).collect();
        call.push(("params".to_owned(), Yaml::Map(parameters)));
    }
    call.push(("body".to_owned(), Yaml::text(part)));
    Yaml::Map(call).flow()
}
