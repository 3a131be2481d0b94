//! Trait tables as integration engineers have them in their documents: CSV, or a table in Markdown.

use serde_json::Value;

use crate::error::StartError;
use crate::part::{Imported, Note, Part, constant, with};
use crate::source::source;
use crate::yaml::Yaml;

/// The most rows of a table.
const ROWS: usize = 10_000;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Values separated by `,`, `;` or tabs.
    Csv,
    /// Markdown: the first table of the text.
    Markdown,
}

/// The columns, with the other names that their heads may have.
const COLUMNS: [(&str, &[&str]); 4] = [
    (
        "source",
        &[
            "source",
            "sources",
            "source path",
            "source paths",
            "from",
            "rudderstack",
            "event",
            "trait",
            "path",
            "paths",
        ],
    ),
    (
        "target",
        &[
            "target",
            "to",
            "destination",
            "field",
            "target field",
            "destination field",
            "attribute",
            "property",
        ],
    ),
    ("required", &["required", "mandatory", "presence"]),
    ("type", &["type", "format", "data type", "conversion"]),
];

/// Types, and the conversions that make them.
const TYPES: [(&str, &str); 37] = [
    ("string", "string"),
    ("text", "string"),
    ("str", "string"),
    ("integer", "integer"),
    ("int", "integer"),
    ("long", "integer"),
    ("number", "number"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("boolean", "boolean"),
    ("bool", "boolean"),
    ("unix", "unix_seconds"),
    ("unix timestamp", "unix_seconds"),
    ("unix seconds", "unix_seconds"),
    ("epoch", "unix_seconds"),
    ("unix_seconds", "unix_seconds"),
    ("timestamp", "unix_seconds"),
    ("milliseconds", "unix_millis"),
    ("unix_millis", "unix_millis"),
    ("datetime", "iso8601"),
    ("date-time", "iso8601"),
    ("iso8601", "iso8601"),
    ("iso 8601", "iso8601"),
    ("email", "email"),
    ("phone", "phone"),
    ("list", "list"),
    ("array", "list"),
    ("json", "json_text"),
    ("id", "id"),
    ("lowercase", "lowercase"),
    ("uppercase", "uppercase"),
    ("trim", "trim"),
    ("sha256", "sha256"),
    ("md5", "md5"),
    ("digits", "digits"),
    ("country code", "uppercase"),
];

/// Reads a table with the columns `source`, `target`, `required` and `type` into a payload part of this name.
///
/// # Errors
/// If there is no such table.
///
/// ```
/// use mapwright_start::{TableFormat, table};
///
/// let read = table("source,target,required,type\ntraits.age,age,no,integer\n", TableFormat::Csv, "user").unwrap();
/// assert_eq!(read.parts[0].1.text("user", 0), "user:\n  age: { from: traits.age, as: integer }\n");
/// ```
pub fn table(text: &str, format: TableFormat, name: &str) -> Result<Imported, StartError> {
    let rows = match format {
        TableFormat::Csv => csv_rows(text)?,
        TableFormat::Markdown => markdown_rows(text),
    };
    let mut rows = rows.into_iter();
    let head = rows.next().map(|(_, head)| head).unwrap_or_default();
    let columns = Columns::of(&head)?;
    let (mut part, mut notes) = (Part::default(), Vec::new());
    for (line, cells) in rows {
        let cell = |column: Option<usize>| column.and_then(|at| cells.get(at)).map_or("", String::as_str);
        let target = cell(Some(columns.target));
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let mut add = |text: String| notes.push(Note { place: format!("line {line}"), text });
        let (row, left) = row(cell(Some(columns.source)), target, cell(columns.required), cell(columns.kind));
        left.iter().for_each(|left| add(left.clone()));
        let Some(row) = row else {
            part.note(format!("`{target}` (line {line} of the table): {}", left.join("; ")));
            continue;
        };
        if let Err(reason) = part.add(target, row, left) {
            part.note(format!("`{target}` (line {line} of the table): {reason}"));
            add(format!("`{target}`: {reason}"));
        }
    }
    Ok(Imported { parts: vec![(name.to_owned(), part)], notes })
}

/// Where the columns are.
struct Columns {
    source: usize,
    target: usize,
    required: Option<usize>,
    kind: Option<usize>,
}

impl Columns {
    fn of(head: &[String]) -> Result<Self, StartError> {
        let [source, target, required, kind] = COLUMNS.map(|(column, names)| {
            let at = head.iter().position(|cell| names.contains(&cell.to_lowercase().as_str()));
            at.ok_or(column)
        });
        let missing = |column| StartError::Column {
            column,
            found: match head {
                [] => "no table".to_owned(),
                head => head.iter().map(|cell| format!("`{cell}`")).collect::<Vec<_>>().join(", "),
            },
        };
        Ok(Self {
            source: source.map_err(missing)?,
            target: target.map_err(missing)?,
            required: required.ok(),
            kind: kind.ok(),
        })
    }
}

/// The row of a line, and what is left to do.
fn row(sources: &str, target: &str, required: &str, kind: &str) -> (Option<Yaml>, Vec<String>) {
    let mut left = Vec::new();
    let text = sources.replace("<br>", ",").replace("<br/>", ",").replace("<br />", ",").replace(" or ", ",");
    let mut found = Vec::new();
    // in CSV, double quotes belong to the cell
    let quoted = ['"', '\''].iter().find_map(|quote| sources.strip_prefix(*quote)?.strip_suffix(*quote));
    if let Some(text) = quoted.filter(|text| !text.contains(['"', '\''])) {
        found.push(constant(Value::from(text)));
    } else {
        for path in text.split([',', ';', '\n']).map(|path| path.trim().trim_matches('`').trim()) {
            match source(path, "") {
                Some(source) => found.push(Yaml::text(source)),
                None if path.is_empty() => {}
                None => left.push(format!("`{path}` is not a path to one value")),
            }
        }
    }
    let mut row = match found.len() {
        0 => {
            if left.is_empty() {
                left.push("there is no source".to_owned());
            }
            return (None, left);
        }
        1 => found.swap_remove(0),
        _ => Yaml::List(found),
    };
    let kind = kind.trim_matches('`').trim().to_lowercase();
    match TYPES.iter().find(|(name, _)| *name == kind) {
        Some((_, conversion)) => row = with(row, "as", Yaml::text(*conversion)),
        None => match kind.as_str() {
            "" | "any" | "-" => {}
            "object" | "map" => row = with(row, "as", Yaml::one("only", Yaml::text("object"))),
            "url" => row = with(row, "as", Yaml::one("only", Yaml::text("url"))),
            "date" => row = with(row, "as", Yaml::one("date_format", Yaml::text("%Y-%m-%d"))),
            kind => left.push(format!("no conversion is known for the type `{kind}`")),
        },
    }
    let required = required.trim_matches('`').trim().to_lowercase();
    if ["yes", "y", "true", "required", "mandatory", "x", "1", "✓", "✔", "✅"].contains(&required.as_str())
    {
        row = with(row, "on_missing", Yaml::text("reject"));
        row = with(row, "error", Yaml::text(format!("{target} is missing")));
    } else if !["", "no", "n", "false", "optional", "0", "-", "✗", "❌"].contains(&required.as_str()) {
        left.push(format!("`{required}` does not say whether it is required"));
    }
    (Some(row), left)
}

fn cleaned(cell: &str) -> String {
    let cell = cell.trim();
    let bare =
        cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).filter(|cell| !cell.contains('`'));
    bare.unwrap_or(cell).trim_matches('*').trim().to_owned()
}

fn csv_rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, StartError> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or("");
    let most = [',', ';', '\t']
        .into_iter()
        .max_by_key(|separator| (head.matches(*separator).count(), *separator == ','));
    let delimiter = match most {
        Some(';') => b';',
        Some('\t') => b'\t',
        _ => b',',
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records().take(ROWS) {
        let record = record.map_err(|error| StartError::Syntax {
            format: "CSV",
            line: error.position().map_or(1, |position| position.line() as usize),
            column: 1,
            reason: error.to_string(),
        })?;
        let line = record.position().map_or(1, |position| position.line() as usize);
        rows.push((line, record.iter().map(cleaned).collect()));
    }
    Ok(rows)
}

/// The rows of the first table.
fn markdown_rows(text: &str) -> Vec<(usize, Vec<String>)> {
    let is_row = |line: &str| line.trim_start().starts_with('|');
    let lines =
        text.lines().enumerate().skip_while(|(_, line)| !is_row(line)).take_while(|(_, line)| is_row(line));
    let rows = lines.take(ROWS).map(|(at, line)| (at + 1, cells(line)));
    // the line below the head says how columns are aligned
    let is_rule = |cells: &[String]| {
        cells.iter().all(|cell| cell.contains('-') && cell.chars().all(|c| "-: ".contains(c)))
    };
    rows.filter(|(_, cells)| !is_rule(cells)).collect()
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|');
    let line = line.strip_suffix('|').filter(|line| !line.ends_with('\\')).unwrap_or(line);
    let (mut cells, mut cell, mut escaped) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '|' if !escaped => cells.push(cleaned(&std::mem::take(&mut cell))),
            '|' => {
                cell.pop();
                cell.push('|');
            }
            c => cell.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    cells.push(cleaned(&cell));
    cells
}
