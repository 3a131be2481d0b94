//! `docs/language/conversions.md`, made from the table.

use std::fmt::Write as _;

use crate::definition::Definition;
use crate::signature::{EXAMPLE_SCOPE, Group};
use crate::signature::{Example, ExampleResult};
use crate::table::definitions;

const HEAD: &str = "\
<!-- Made from the table of conversions in engine/convert; `UPDATE_GENERATED=1 cargo test -p mapwright-convert` writes it anew. -->
# Conversions

A conversion takes one value and gives one. A row applies them with `as`, from left to right:

```yaml
owner_id: { from: traits.ownerId, as: integer }                           # a name
bio: { from: traits.bio, as: { truncate: 255 } }                          # a name and its first argument
tail: { from: messageId, as: { truncate: { max: 36, keep: end } } }       # a name and its arguments
email: { from: $email, as: [trim, lowercase, sha256] }                    # several
```

- A conversion sees only values: what is absent stays absent, and the row's `default` stands in for it.
- One that leaves nothing (\"no value\") makes the row absent; so does a text, list or object that it made and that is empty.
- A value that it cannot take is an error, which rejects the event, or with `on_error: omit` leaves the field out with a warning. No
  conversion ever guesses.
- What it has to drop or cut, it reports as a warning.
- Where a list is wanted, a value that is none counts as a list of one.
- An argument that starts with `settings.` is a setting, where the parameter says so; one that starts with `$` is a value set.
- No conversion makes more than 4 MiB of text of a value (the limit `conversion_bytes`), and the searches of a pattern look at no more than 256 Mi
  bytes in one text, where each may look at all the rest (`pattern_steps`). Beyond a limit the value is an error.

A date may be given as
- ISO 8601 or RFC 3339: `2019-05-19T18:34:24.123+02:00`, with a space for the `T`, without an offset (then it is UTC), or without a time (then it
  is midnight, UTC); a leap second counts as the second before it;
- RFC 2822: `Sun, 19 May 2019 18:34:24 +0000`;
- what JavaScript makes of a `Date`: `Sun May 19 2019 18:34:24 GMT+0000 (Coordinated Universal Time)`; the weekday is not checked;
- an epoch, as a number or as text: seconds below 100,000,000,000 (the year 5138), milliseconds from there to below 100,000,000,000,000,
  microseconds from there to below 100,000,000,000,000,000, all of them also before 1970. Digits that read like a calendar date (`20190519`, `2019`) are
  an error, as they could be either.
";

/// The reference of all conversions, in Markdown: `docs/language/conversions.md`.
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

/// Writing to a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn write_scope(out: &mut String) {
    push(out, format_args!("\nThe examples below use\n\n```yaml\n{EXAMPLE_SCOPE}```\n"));
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
        out.push_str("\n| argument | is | |\n|---|---|---|\n");
        for param in *params {
            let needed = if param.required { "" } else { "; may be left out" };
            push(out, format_args!("| `{}` | {}{needed} | {} |\n", param.name, param.takes, param.summary));
        }
    }
    out.push_str("\n| `as` | of | gives |\n|---|---|---|\n");
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

/// Text in backticks, inside of a table.
fn code(text: &str) -> String {
    let ticks = if text.contains('`') { "``" } else { "`" };
    format!("{ticks}{}{ticks}", cell(text))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
