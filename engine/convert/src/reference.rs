//! Generates `docs/language/conversions.md` from the table.

use std::fmt::Write as _;

use crate::definition::Definition;
use crate::signature::{EXAMPLE_SCOPE, Group};
use crate::signature::{Example, ExampleResult};
use crate::table::definitions;

const HEAD: &str = "\
<!-- Made from the table of conversions in engine/convert; `UPDATE_GENERATED=1 cargo test -p mapwright-convert` rewrites it. -->
# Conversions

A conversion maps one value to another. A row applies conversions with `as`, from left to right:

```yaml
owner_id: { from: traits.ownerId, as: integer }                           # a name
bio: { from: traits.bio, as: { truncate: 255 } }                          # a name and its first argument
tail: { from: messageId, as: { truncate: { max: 36, keep: end } } }       # a name and its arguments
email: { from: $email, as: [trim, lowercase, sha256] }                    # several
```

- A version can name conversions of its own: `conversions: { email_address: [trim, lowercase] }` in `version.yaml`, then `as: email_address`.
- Conversions are applied only to values. An absent value stays absent, and the row's `default` applies.
- A conversion without a result (\"no value\") makes the row absent, and so does an empty string, list or object as its result.
- A value that a conversion does not accept is an error. It rejects the event, or, with a warning, drops the field (`on_error: omit`) or uses the next alternative (`on_error: next`). No
  conversion guesses.
- Values that a conversion drops or truncates have a warning.
- A conversion of lists treats any other value as a list of one.
- An argument that starts with `settings.` is a setting, if the parameter accepts settings. An argument that starts with `$` is a value set; where names are expected in the `as` of a row, also a named value.
- The result of a conversion has at most 4 MiB of text (the limit `conversion_bytes`). The searches of a pattern in one string scan at most 256 Mi
  bytes in total, since each search may scan the whole rest of the string (`pattern_steps`). A value beyond a limit is an error.

A date may be written as
- ISO 8601 or RFC 3339: `2019-05-19T18:34:24.123+02:00`, with a space instead of the `T`, without an offset (UTC), or without a time (midnight
  UTC); a leap second is treated as the second before it;
- RFC 2822: `Sun, 19 May 2019 18:34:24 +0000`;
- the format of JavaScript's `Date`: `Sun May 19 2019 18:34:24 GMT+0000 (Coordinated Universal Time)`; the weekday is not checked;
- an epoch, as a number or as text: seconds below 100,000,000,000 (the year 5138), milliseconds from there to below 100,000,000,000,000,
  microseconds from there to below 100,000,000,000,000,000; all of them also before 1970. Digits that look like a calendar date (`20190519`, `2019`) are
  an error, since they are ambiguous.
";

/// Returns the reference of all conversions in Markdown: `docs/language/conversions.md`.
///
/// ```
/// assert!(mapwright_convert::reference().contains("### `unix_seconds`"));
/// ```
pub fn reference() -> String {
    let mut out = String::from(HEAD);
    write_scope(&mut out);
    let mut group: Option<Group> = None;
    for definition in definitions() {
        if group != Some(definition.group) {
            group = Some(definition.group);
            push(&mut out, format_args!("\n## {}\n", definition.group.title()));
        }
        write_definition(&mut out, definition);
    }
    out
}

/// Appends text. Writing to a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn write_scope(out: &mut String) {
    push(out, format_args!("\nThe examples below use\n\n```yaml ignore\n{EXAMPLE_SCOPE}```\n"));
    let mut group: Option<Group> = None;
    for definition in definitions() {
        if group != Some(definition.group) {
            group = Some(definition.group);
            push(out, format_args!("\n- {}: ", definition.group.title()));
        } else {
            out.push_str(", ");
        }
        push(out, format_args!("[{0}](#{0})", definition.name));
    }
    out.push('\n');
}

fn write_definition(out: &mut String, definition: &Definition) {
    let Definition { name, summary, doc, takes, gives, params, examples, .. } = definition;
    push(out, format_args!("\n### `{name}`\n\n*{takes} → {gives}*: {summary}.\n"));
    if !doc.is_empty() {
        push(out, format_args!("\n{doc}\n"));
    }
    if !params.is_empty() {
        out.push_str("\n| argument | type | meaning |\n|---|---|---|\n");
        for param in *params {
            let needed = if param.required { "" } else { "; optional" };
            push(out, format_args!("| `{}` | {}{needed} | {} |\n", param.name, param.takes, param.summary));
        }
    }
    out.push_str("\n| `as` | input | result |\n|---|---|---|\n");
    for Example { call, value, outcome } in *examples {
        push(out, format_args!("| {} | {} | {} |\n", code(call), code(value), result(outcome)));
    }
}

fn result(outcome: &ExampleResult) -> String {
    match outcome {
        ExampleResult::Gives(value) => code(value),
        ExampleResult::Nothing => "no value".to_owned(),
        ExampleResult::Fails(error) => format!("error: {}", cell(error)),
        ExampleResult::Warns(value, warnings) => {
            let warnings: Vec<String> =
                warnings.iter().map(|(name, text)| format!("`{name}`: {}", cell(text))).collect();
            format!("{}, warning {}", code(value), warnings.join("; "))
        }
    }
}

/// Returns text in backticks, for a table.
fn code(text: &str) -> String {
    let ticks = if text.contains('`') { "``" } else { "`" };
    format!("{ticks}{}{ticks}", cell(text))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
