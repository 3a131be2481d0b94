//! CSV with an id column, or one id per line. The separator is that of the first line.

use super::user::{DELETED, ID_NAMES, User, Users, UsersError, plain, quoted};

const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// First lines that name a column of something else than user ids.
const OTHER_NAMES: [&str; 16] = [
    "user",
    "users",
    "email",
    "mail",
    "emailaddress",
    "useremail",
    "name",
    "username",
    "phone",
    "uid",
    "uuid",
    "guid",
    "identifier",
    "key",
    "customer",
    "contact",
];

/// The columns of a file.
struct Columns {
    id: usize,
    /// The names; none if the first line is an id already.
    names: csv::StringRecord,
}

/// Parses CSV. A single column does not need a header.
pub(super) fn users(content: &[u8], file: &str) -> Result<Users, UsersError> {
    let (separator, content, skipped) = dialect(content);
    if let Some(line) = unclosed_quote(content, separator) {
        let problem = "a quote starts here and does not end".to_owned();
        return Err(UsersError::Broken { file: file.to_owned(), line: line + skipped, problem });
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(content);
    let mut found = Users::default();
    let mut columns: Option<Columns> = None;
    for record in reader.records() {
        let line_of = |position: Option<&csv::Position>| position.map_or(1, csv::Position::line) + skipped;
        let record = record.map_err(|error| {
            let line = line_of(error.position());
            UsersError::Broken { file: file.to_owned(), line, problem: csv_problem(&error) }
        })?;
        let line = line_of(record.position());
        if columns.is_none() {
            let header = columns_of(&record, file, line)?;
            let names = !header.names.is_empty();
            columns = Some(header);
            if names {
                continue;
            }
        }
        let Some(Columns { id: at, names }) = &columns else { continue };
        let id = record.get(*at).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| UsersError::NoId { file: file.to_owned(), line })?;
        if let Some(found) = odd(id) {
            return Err(UsersError::OddId { file: file.to_owned(), line, found });
        }
        let value =
            |name: &str| names.iter().position(|known| known.trim() == name).and_then(|at| record.get(at));
        if value("outcome") == Some(DELETED) && value("destination").is_some() {
            found.deleted += 1;
            continue;
        }
        let others =
            names.iter().zip(&record).enumerate().filter(|(column, (name, value))| {
                column != at && !value.is_empty() && name.trim() != "userId"
            });
        let others = others.map(|(_, (name, value))| (name.trim(), quoted(value)));
        found.users.push(User::with(id, &quoted(id), others));
    }
    Ok(found)
}

/// Returns the columns that the first line names.
fn columns_of(record: &csv::StringRecord, file: &str, line: u64) -> Result<Columns, UsersError> {
    let file = || file.to_owned();
    for name in ID_NAMES {
        let mut named = record.iter().enumerate().filter(|(_, column)| plain(column) == name);
        match (named.next(), named.next()) {
            (Some((id, _)), None) => return Ok(Columns { id, names: record.clone() }),
            (Some(_), Some(_)) => return Err(UsersError::SeveralIds { file: file(), line }),
            (None, _) => {}
        }
    }
    match record.get(0) {
        Some(only) if record.len() == 1 && is_a_name(only) => {
            Err(UsersError::UnknownColumn { file: file(), found: only.to_owned() })
        }
        // another separator: several columns, none of which is an id
        Some(only) if record.len() == 1 && !only.bytes().any(|byte| matches!(byte, b'\t' | b';' | b'|')) => {
            Ok(Columns { id: 0, names: csv::StringRecord::new() })
        }
        _ => Err(UsersError::NoColumn { file: file() }),
    }
}

/// Returns whether text looks like the name of a column: a known one, or one that ends in the word `id`.
fn is_a_name(text: &str) -> bool {
    let words = text.trim();
    let id = ["Id", "ID", "_id", "-id", " id"].iter().any(|end| {
        words.strip_suffix(end).is_some_and(|rest| {
            !rest.bytes().any(|byte| byte.is_ascii_digit())
                && rest.ends_with(|last: char| last.is_ascii_lowercase())
        })
    });
    id || OTHER_NAMES.contains(&plain(words).as_str())
}

/// Returns the separator, the content without a line that states it, and the number of lines before the content.
fn dialect(content: &[u8]) -> (u8, &[u8], u64) {
    if let [b's', b'e', b'p', b'=', separator, rest @ ..] = content
        && let Some(rest) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))
    {
        return (*separator, rest, 1);
    }
    let names_an_id = |separator: &u8| {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).delimiter(*separator).from_reader(content);
        let first = reader.records().next().and_then(Result::ok);
        first.is_some_and(|first| first.iter().any(|column| ID_NAMES.contains(&plain(column).as_str())))
    };
    (SEPARATORS.into_iter().find(names_an_id).unwrap_or(b','), content, 0)
}

/// Returns the line of a quote that opens a field and is not closed.
fn unclosed_quote(content: &[u8], separator: u8) -> Option<u64> {
    let (mut line, mut opened, mut at_start) = (1, None, true);
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        line += u64::from(byte == b'\n');
        match (opened, byte) {
            (None, b'"') if at_start => opened = Some(line),
            (Some(_), b'"') if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (Some(_), b'"') => opened = None,
            _ => {}
        }
        at_start = byte == separator || byte == b'\n' || byte == b'\r';
    }
    opened
}

/// Returns what is unusual in an id: probably a mistake of the file.
fn odd(id: &str) -> Option<&'static str> {
    if id.contains(['\n', '\r']) {
        Some("a line break")
    } else if id.trim() != id {
        Some("spaces around it")
    } else {
        None
    }
}

fn csv_problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} columns as in the first line, found {len}")
        }
        csv::ErrorKind::Utf8 { .. } => "expected UTF-8".to_owned(),
        _ => error.to_string(),
    }
}
