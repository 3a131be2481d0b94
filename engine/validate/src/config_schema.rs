//! The JSON Schema of `mapwright.toml`, for editors.

use mapwright_analyze::{DESCRIBED, MESSAGES};
use serde_json::{Map, Value, json};

use crate::config::{CONFIG_FILE, LEVELS};

/// Returns the JSON Schema of `mapwright.toml`.
///
/// ```
/// let schema = mapwright_validate::config_schema();
/// assert!(schema["properties"]["tracking_plans"].is_object());
/// ```
pub fn config_schema() -> Value {
    let list = |description: &str| json!({ "description": description, "type": "array", "items": { "type": "string" } });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": CONFIG_FILE,
        "description": "What a team wants of `validate-mappings`. All paths are relative to this file.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "folders": list("The mapping folders that are checked where the command line names none."),
            "schemas": list("More folders of schemas: each has `<destination>/<version>/…` in it. They must be in the folder of this file."),
            "fixtures": list("Folders of JSON files that tests may read as events and responses. They must be in the folder of this file."),
            "deny_warnings": {
                "description": "Whether warnings fail too, if the command line does not say.",
                "type": "boolean",
                "default": false
            },
            "baseline": {
                "description": "A file in the folder of this one, which `--write-baseline` wrote: the findings in it are not reported, if the command line names no other.",
                "type": "string"
            },
            "rules": { "description": "Levels for all files.", "$ref": "#/$defs/rules" },
            "paths": {
                "description": "Levels for some files; later entries take precedence.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["files", "rules"],
                    "properties": {
                        "files": some("Patterns of files, as in `mappings/acme/1/**`."),
                        "rules": { "$ref": "#/$defs/rules" }
                    }
                }
            },
            "pages": {
                "description": "What the examples in pages of Markdown are laid over; later entries take precedence.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["files", "over"],
                    "properties": {
                        "files": some("Patterns of pages, as in `docs/**/*.md`."),
                        "over": {
                            "description": "The folder of a version, as in `mappings/acme/1`.",
                            "type": "string"
                        }
                    }
                }
            },
            "tracking_plans": {
                "description": "What the events of the team are.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["files", "messages"],
                    "properties": {
                        "files": some("JSON Schemas, or folders of them. They must be in the folder of this file."),
                        "messages": {
                            "description": "The types of events that the plan is for.",
                            "type": "array",
                            "minItems": 1,
                            "items": { "enum": MESSAGES }
                        },
                        "events": list("The names of the events that it is for, if it is not for all of these types."),
                        "describes": {
                            "description": "What the schema describes.",
                            "enum": DESCRIBED.map(|(name, _)| name),
                            "default": "event"
                        }
                    }
                }
            }
        },
        "$defs": {
            "rules": {
                "description": "Rules, or groups of them such as `unknown`, each with its level. `all` is every rule.",
                "type": "object",
                "properties": rules(),
                "additionalProperties": { "$ref": "#/$defs/level" }
            },
            "level": { "enum": LEVELS.map(|(name, _)| name) }
        }
    })
}

fn some(description: &str) -> Value {
    json!({ "description": description, "type": "array", "minItems": 1, "items": { "type": "string" } })
}

/// The rules, so that editors offer them.
fn rules() -> Map<String, Value> {
    let rule = |rule: &&mapwright::Rule| {
        let level = json!({ "description": rule.summary, "$ref": "#/$defs/level" });
        (rule.id.to_owned(), level)
    };
    mapwright::rules().iter().map(rule).collect()
}
