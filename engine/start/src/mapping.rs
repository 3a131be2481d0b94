//! The files of a new mapping.

use crate::error::StartError;
use crate::file::NewFile;
use crate::message::{Start, start};
use crate::name::{Address, Names};
use crate::part::Part;
use crate::version::{Operation, Version};
use crate::yaml::{Yaml, plain};

/// Returns the files of a new mapping and its test. It skips its events, and has no steps, until it has been reviewed: what an operation requires is not known here. Without parts, it has one with a row to start with.
///
/// # Errors
/// If the address is not that of a mapping.
pub fn mapping(
    address: &str,
    version: &Version,
    parts: &[(String, Part)],
) -> Result<Vec<NewFile>, StartError> {
    let read = Address::read(address, Names::Mapping)?;
    let message = read.message.as_str();
    let Start { event, when, flag, rows, .. } = *start(message)?;
    let reason = format!("{message} is not mapped yet");
    let first;
    let parts = match parts {
        [] if !rows.is_empty() => {
            first = [(message.to_owned(), part(rows))];
            &first[..]
        }
        parts => parts,
    };
    let unsent = " # mapwright: allow(unused-definition) no step sends it yet";
    let payload: String = parts.iter().map(|(name, part)| part.text_with(name, 2, unsent)).collect();
    let mut steps = String::new();
    for (name, _) in parts {
        let step = if parts.len() == 1 { "send".to_owned() } else { format!("send_{name}") };
        steps.push_str(&format!("#   {}: {}\n", plain(&step), call(version.operations.first(), Some(name))));
    }
    let flag = flag.map(|flag| format!("{flag}\n")).unwrap_or_default();
    let body = match parts {
        [] => format!(
            "# TODO: harmless calls, and what their responses say, such as\n# steps:\n#   ask: {}\n# result:\n#   about: {{ workspace: captures.workspace }}\n",
            call(version.operations.first(), None)
        ),
        _ => format!("payload:\n{payload}\n# TODO: the steps that send this, such as\n# steps:\n{steps}"),
    };
    let text = format!(
        "message: {message}\n{flag}\nskip:\n  - {{ when: {when}, reason: {reason} }} # TODO: remove `skip` when the mapping is right\n\n{body}"
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
fn part(rows: &[(&str, &[&str])]) -> Part {
    let mut part = Part::default();
    for (at, (field, paths)) in rows.iter().enumerate() {
        let value = match paths {
            [path] => Yaml::text(*path),
            paths => Yaml::List(paths.iter().map(|path| Yaml::text(*path)).collect()),
        };
        let notes = if at == 0 { vec!["the fields that the API takes".to_owned()] } else { Vec::new() };
        // such a name is always right
        let _ = part.add(field, value, notes);
    }
    part
}

/// The call of an operation, with a payload part as its body. Without one, its responses are read.
fn call(operation: Option<&Operation>, part: Option<&str>) -> String {
    let read = || {
        ("capture".to_owned(), Yaml::Map(vec![("workspace".to_owned(), Yaml::text("response.body.name"))]))
    };
    let last = part.map_or_else(read, |part| ("body".to_owned(), Yaml::text(part)));
    let Some(operation) = operation else {
        return Yaml::Map(vec![("operation".to_owned(), Yaml::text("…")), last]).flow();
    };
    let mut call = vec![("operation".to_owned(), Yaml::text(&operation.name))];
    if !operation.parameters.is_empty() {
        let parameters =
            operation.parameters.iter().map(|name| (name.clone(), Yaml::text("userId"))).collect();
        call.push(("params".to_owned(), Yaml::Map(parameters)));
    }
    call.push(last);
    Yaml::Map(call).flow()
}
