//! Whether a string is of a format that a schema asks for. What is doubtful is.

use crate::facts::types::Format;

/// Whether texts of a format may be of the format of a schema. `samples` are texts like which all of them are.
pub(crate) fn format_fits(given: Format, samples: &[String], format: &str) -> bool {
    if !samples.is_empty() && KNOWN.contains(&format) {
        return samples.iter().any(|sample| text_fits(sample, format));
    }
    match (given, format) {
        (Format::Email, "email" | "idn-email") => true,
        (Format::Email | Format::Phone | Format::Digits | Format::Hex, known) => !KNOWN.contains(&known),
        (Format::DateTime | Format::OtherDate, _) => true,
    }
}

/// The formats that are checked.
const KNOWN: [&str; 8] = ["date-time", "date", "time", "email", "idn-email", "uri", "uuid", "ipv4"];

/// Whether a string is of a format.
pub(crate) fn text_fits(text: &str, format: &str) -> bool {
    match format {
        "date-time" => {
            date(text).and_then(|rest| rest.strip_prefix(['T', 't', ' '])).and_then(time).is_some_and(zone)
        }
        "date" => date(text).is_some_and(str::is_empty),
        "time" => time(text).is_some_and(|rest| rest.is_empty() || zone(rest)),
        "email" | "idn-email" => {
            let parts = text.rsplit_once('@');
            parts
                .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !text.contains(' '))
        }
        "uri" => {
            let scheme = text.split_once(':').map(|(scheme, _)| scheme);
            let is_scheme = |scheme: &str| {
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            };
            scheme.is_some_and(is_scheme) && !text.contains(char::is_whitespace)
        }
        "uuid" => {
            let groups: Vec<&str> = text.split('-').collect();
            let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
            lengths == [8, 4, 4, 4, 12]
                && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
        }
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        _ => true,
    }
}

/// What follows a date.
fn date(text: &str) -> Option<&str> {
    digits(digits(digits(text, 4)?.strip_prefix('-')?, 2)?.strip_prefix('-')?, 2)
}

/// What follows a time, with its fraction.
fn time(text: &str) -> Option<&str> {
    let rest = digits(digits(digits(text, 2)?.strip_prefix(':')?, 2)?.strip_prefix(':')?, 2)?;
    Some(match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    })
}

fn zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']).and_then(offset);
    text.eq_ignore_ascii_case("z") || offset.is_some_and(str::is_empty)
}

/// What follows the hours and minutes of an offset.
fn offset(text: &str) -> Option<&str> {
    digits(digits(text, 2)?.strip_prefix(':')?, 2)
}

fn digits(text: &str, count: usize) -> Option<&str> {
    let (digits, rest) = text.split_at_checked(count)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest)
}
