//! Sources in files: [`Source`] reads itself from YAML.

use mapwright_convert::{Source, parse_source};
use mapwright_findings::rules::unknown_name::as_yaml;
use mapwright_findings::{Reports, rules};

use crate::decode::Decode;
use crate::definitions::Definitions;
use crate::names::begins_with_name;
use crate::yaml::Node;
use serde_json::{Value, json};

/// Whether a string that is not a source compares something, as conditions do.
fn is_condition(text: &str) -> bool {
    const OPERATORS: [&str; 9] = [" == ", " != ", " >= ", " <= ", " > ", " < ", " and ", " or ", " in "];
    let read = text.strip_prefix("not ").unwrap_or(text);
    let begins = begins_with_name(read) || read.starts_with('$');
    begins && (read.len() < text.len() || OPERATORS.iter().any(|operator| text.contains(operator)))
}

impl Decode for Source {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let Some(text) = node.as_text() else {
            return rules::wrong_type::report_source(reports, &node.found());
        };
        match parse_source(text) {
            Ok(source) => Some(source),
            Err(mut error) if is_condition(text) => {
                let help = "a condition stands in `when`, `unless` or `where`; name what is read here, as in `item.kind`";
                error.help = Some(help.to_owned());
                rules::invalid_path::report(reports, node.span, text, "it is a condition", error.help)
            }
            // the text does not start like a path, so it may be a constant
            Err(mut error) if !text.contains(['$', '[', '{']) && !begins_with_name(text) => {
                let constant = format!("write a constant as `{{ value: {} }}`", as_yaml(text));
                let other = error.help.filter(|_| !text.contains("://"));
                error.help = Some(other.map_or(constant.clone(), |help| format!("{constant}; {help}")));
                rules::invalid_path::report(reports, node.span, text, &error.message, error.help)
            }
            Err(error) => rules::invalid_path::report(reports, node.span, text, &error.message, error.help),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}
