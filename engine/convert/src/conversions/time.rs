//! Conversions of dates and times.

use std::ops::Range;

use crate::action::{Action, action};
use crate::definition::Definition;
use crate::error::{ConvertError, Refusal, quoted};
use crate::pictures::meant;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::{some_text, trimmed};
use crate::value::Val;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use jiff::tz::Offset;
use jiff::{SignedDuration, civil};
use mapwright_json::Number;

const EXPECTED: &str =
    "a date (ISO 8601, RFC 2822 or JavaScript's) or an epoch (in seconds, milliseconds or microseconds)";
const AMBIGUOUS: &str =
    "a date with dashes or an epoch: digits that read like a calendar date could be either";
const RANGE: &str =
    "epochs in seconds, milliseconds or microseconds end before the year 5138, dates with the year 9999";

/// Epochs below this are seconds.
const SECONDS_END: u64 = 100_000_000_000;
/// Epochs from [`SECONDS_END`] to below this are milliseconds.
const MILLIS_END: u64 = SECONDS_END * 1_000;
/// Epochs from [`MILLIS_END`] to below this are microseconds.
const MICROS_END: u64 = MILLIS_END * 1_000;

/// The longest date in bytes. JavaScript's dates contain names of time zones, which can be long.
const LONGEST: usize = 200;

const EPOCH: DateTime = civil::datetime(1970, 1, 1, 0, 0, 0, 0);

pub(crate) static UNIX_SECONDS: Definition = Definition {
    name: "unix_seconds",
    group: Group::Dates,
    summary: "a date as whole seconds since 1970",
    doc: "Fractions of a second are truncated.",
    takes: Type::Date,
    gives: Type::Integer,
    shape: Shape::Epoch(1),
    params: &[],
    examples: &[
        Example::gives("unix_seconds", r#""2019-05-19T18:34:24Z""#, "1558290864"),
        Example::gives("unix_seconds", r#""2019-05-19T20:34:24.999+02:00""#, "1558290864"),
        Example::gives("unix_seconds", r#""2019-05-19 18:34:24""#, "1558290864"),
        Example::gives("unix_seconds", r#""2019-05-19""#, "1558224000"),
        Example::gives("unix_seconds", r#""Sun, 19 May 2019 18:34:24 +0000""#, "1558290864"),
        Example::gives("unix_seconds", r#""Mon May 19 2019 18:34:24 GMT+0000 (UTC)""#, "1558290864"),
        Example::gives(
            "unix_seconds",
            r#""Sun May 19 2019 20:34:24 GMT+0200 (Central European Summer Time)""#,
            "1558290864",
        ),
        Example::gives("unix_seconds", "1558290864", "1558290864"),
        Example::gives("unix_seconds", r#""1558290864000""#, "1558290864"),
        Example::fails(
            "unix_seconds",
            r#""last summer""#,
            r#"expected a date (ISO 8601, RFC 2822 or JavaScript's) or an epoch (in seconds, milliseconds or microseconds), found `"last summer"`"#,
        ),
        Example::fails(
            "unix_seconds",
            "20190519",
            "expected a date with dashes or an epoch: digits that read like a calendar date could be either, found `20190519`",
        ),
        Example::fails(
            "unix_seconds",
            "1e+30",
            "`1e+30` is out of range: epochs in seconds, milliseconds or microseconds end before the year 5138, dates with the year 9999",
        ),
    ],
    build: |_| Some(Action::Number(|value| Ok(Number::Int(read(value)?.second)))),
};

pub(crate) static UNIX_MILLIS: Definition = Definition {
    name: "unix_millis",
    group: Group::Dates,
    summary: "a date as whole milliseconds since 1970",
    doc: "",
    takes: Type::Date,
    gives: Type::Integer,
    shape: Shape::Epoch(1_000),
    params: &[],
    examples: &[
        Example::gives("unix_millis", r#""2019-05-19T18:34:24.123456Z""#, "1558290864123"),
        Example::gives("unix_millis", "1558290864", "1558290864000"),
    ],
    build: |_| Some(Action::Number(|value| Ok(Number::Int(read(value)?.millis())))),
};

pub(crate) static UNIX_MICROS: Definition = Definition {
    name: "unix_micros",
    group: Group::Dates,
    summary: "a date as whole microseconds since 1970",
    doc: "",
    takes: Type::Date,
    gives: Type::Integer,
    shape: Shape::Epoch(1_000_000),
    params: &[],
    examples: &[
        Example::gives("unix_micros", r#""2019-05-19T18:34:24.123456Z""#, "1558290864123456"),
        Example::gives("unix_micros", "1558290864.5", "1558290864500000"),
    ],
    build: |_| {
        Some(Action::Number(|value| {
            let moment = read(value)?;
            Ok(Number::Int(moment.second * 1_000_000 + i64::from(moment.nanosecond / 1_000)))
        }))
    },
};

pub(crate) static ISO8601: Definition = Definition {
    name: "iso8601",
    group: Group::Dates,
    summary: "a date in ISO 8601 format, in UTC",
    doc: "Seconds have a fraction of 3, 6 or 9 digits if they need one. `date_format` writes any other format.",
    takes: Type::Date,
    gives: Type::Text,
    shape: Shape::DateTime,
    params: &[],
    examples: &[
        Example::gives("iso8601", "1558290864", r#""2019-05-19T18:34:24Z""#),
        Example::gives("iso8601", r#""2019-05-19T20:34:24.5+02:00""#, r#""2019-05-19T18:34:24.500Z""#),
        Example::gives("iso8601", r#""2019-05-19""#, r#""2019-05-19T00:00:00Z""#),
    ],
    build: |_| {
        action(|value, _| {
            let moment = read(&value)?;
            let digits = match moment.nanosecond {
                0 => None,
                n if n % 1_000_000 == 0 => Some(3),
                n if n % 1_000 == 0 => Some(6),
                _ => Some(9),
            };
            let utc = moment.at(Offset::UTC).ok_or_else(|| out_of_range(&value))?;
            some_text(DateTimePrinter::new().precision(digits).datetime_to_string(&utc) + "Z")
        })
    },
};

pub(crate) static DATE_FORMAT: Definition = Definition {
    name: "date_format",
    group: Group::Dates,
    summary: "a date in a custom format",
    doc: "The pattern uses the directives of [strftime](https://docs.rs/jiff/latest/jiff/fmt/strtime/index.html#conversion-specifications), as in \
          `%Y-%m-%d %H:%M:%S%:z`. A pattern without directives, or with letters such as `YYYY`, is a finding.",
    takes: Type::Date,
    gives: Type::Text,
    shape: Shape::Formatted("pattern"),
    params: &[
        Param::required("pattern", ParamType::Text, "the format"),
        Param::optional(
            "zone",
            ParamType::Word(&["utc", "written"]),
            "written in UTC (the default), or with the offset that the event states, for dates such as birthdays",
        ),
    ],
    examples: &[
        Example::gives(r#"date_format: "%Y-%m-%d""#, "1558290864", r#""2019-05-19""#),
        Example::gives(
            r#"date_format: "%Y-%m-%d %H:%M:%S%:z""#,
            r#""2019-05-19T20:34:24+02:00""#,
            r#""2019-05-19 18:34:24+00:00""#,
        ),
        Example::gives(
            r#"date_format: { pattern: "%m/%d", zone: written }"#,
            r#""1990-05-01T00:00:00+02:00""#,
            r#""05/01""#,
        ),
    ],
    build: |arguments| {
        let pattern = arguments.text("pattern");
        let written = arguments.word("zone")? == "written";
        let pattern = pattern?;
        if let Some(meant) = meant(&pattern) {
            return arguments.bad_for("pattern", "directives such as `%Y`", Some(meant));
        }
        // a pattern that is valid for one date is valid for all
        if let Err(error) = format(&pattern, EPOCH, Offset::UTC) {
            return arguments.bad("pattern", format!("a pattern of strftime ({error})"));
        }
        action(move |value, _| {
            let moment = read(&value)?;
            let offset = if written { moment.offset } else { Offset::UTC };
            let text = moment.at(offset).and_then(|at| format(&pattern, at, offset).ok());
            some_text(text.ok_or_else(|| out_of_range(&value))?)
        })
    },
};

fn format(pattern: &str, at: DateTime, offset: Offset) -> Result<String, String> {
    const LONGEST: usize = 1_000; // bytes
    let mut time = BrokenDownTime::from(at);
    time.set_offset(Some(offset));
    let text = time.to_string(pattern).map_err(|error| error.to_string())?;
    if text.len() > LONGEST { Err(format!("its output is longer than {LONGEST} bytes")) } else { Ok(text) }
}

/// Returns whether a value is a date, however it is written.
pub(crate) fn is_date(value: &Val<'_>) -> bool {
    read(value).is_ok_and(|moment| moment.at(Offset::UTC).is_some())
}

/// A point in time, with its original offset.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moment {
    /// Seconds since 1970, rounded down.
    second: i64,
    /// Nanoseconds from the start of that second.
    nanosecond: u32,
    offset: Offset,
}

impl Moment {
    fn new(local: DateTime, offset: Offset) -> Self {
        let since = local.duration_since(EPOCH) - SignedDuration::from_secs(offset.seconds().into());
        let (second, nanosecond) = (since.as_secs(), since.subsec_nanos());
        match u32::try_from(nanosecond) {
            Ok(nanosecond) => Self { second, nanosecond, offset },
            // before 1970
            Err(_) => {
                Self { second: second - 1, nanosecond: (1_000_000_000 + nanosecond).unsigned_abs(), offset }
            }
        }
    }

    /// Returns the moment of a number of microseconds since 1970.
    fn of_micros(micros: i64) -> Self {
        Self {
            second: micros.div_euclid(1_000_000),
            nanosecond: (micros.rem_euclid(1_000_000) * 1_000) as u32,
            offset: Offset::UTC,
        }
    }

    fn millis(self) -> i64 {
        self.second * 1_000 + i64::from(self.nanosecond / 1_000_000)
    }

    /// Returns the local date and time at that offset, if it is in the range of dates.
    fn at(self, offset: Offset) -> Option<DateTime> {
        let since = SignedDuration::new(self.second + i64::from(offset.seconds()), self.nanosecond as i32);
        EPOCH.checked_add(since).ok()
    }
}

/// Parses a date as epoch milliseconds.
pub fn parse_time(value: &Val<'_>) -> Option<i64> {
    read(value).ok().map(Moment::millis)
}

/// Parses a date: text in a supported format, or an epoch.
fn read(value: &Val<'_>) -> Result<Moment, ConvertError> {
    if let Some(number) = value.as_number() {
        return epoch(number, value);
    }
    let text = value.as_text().ok_or_else(|| ConvertError::expected(EXPECTED, value))?;
    let text = trimmed(&text);
    if let Some(moment) = rfc3339(text.as_bytes()) {
        return Ok(moment);
    }
    if text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.')) {
        if let Ok(n) = text.parse::<i64>() {
            return epoch(Number::Int(n), value);
        }
        if let Ok(n) = text.parse::<f64>() {
            return epoch(Number::Float(n), value);
        }
    }
    let moment = match text.as_bytes().first() {
        _ if text.len() > LONGEST => None,
        Some(first) if first.is_ascii_alphabetic() => rfc2822(text).or_else(|| javascript(text)),
        Some(_) => iso8601(text).or_else(|| rfc2822(text)),
        None => None,
    };
    moment.ok_or_else(|| ConvertError::expected(EXPECTED, value))
}

fn out_of_range(value: &Val<'_>) -> ConvertError {
    Refusal::OutOfRange { found: quoted(value), range: RANGE }.into()
}

/// Parses seconds, milliseconds or microseconds since 1970, distinguished by magnitude.
fn epoch(number: Number, value: &Val<'_>) -> Result<Moment, ConvertError> {
    let number = match number {
        Number::Float(n) if n.fract() == 0.0 && n.abs() < MICROS_END as f64 => Number::Int(n as i64),
        number => number,
    };
    let (magnitude, micros) = match number {
        Number::Int(n) => (n.unsigned_abs(), n as f64),
        Number::Float(n) if n.abs() < MICROS_END as f64 => (n.abs() as u64, n),
        _ => return Err(out_of_range(value)),
    };
    let factor = match magnitude {
        0..SECONDS_END => 1_000_000,
        SECONDS_END..MILLIS_END => 1_000,
        MILLIS_END..MICROS_END => 1,
        _ => return Err(out_of_range(value)),
    };
    match number {
        Number::Int(n) if n > 0 && like_calendar(magnitude) => Err(ConvertError::expected(AMBIGUOUS, value)),
        Number::Int(n) => Ok(Moment::of_micros(n * factor)),
        _ => Ok(Moment::of_micros((micros * factor as f64).round() as i64)),
    }
}

/// Returns whether digits look like a year, a month, a day or a minute of the years 1900 to 2099 (`20190519`, `20190519183424`). As an epoch, such
/// a number would be a wrong date. Ten digits are epochs, which have this length since 2001.
fn like_calendar(number: u64) -> bool {
    let parts: &[(u64, u64)] = match number {
        1_900..=2_099 => &[],
        190_000..=209_999 => &[(1, 12)],
        19_000_000..=20_999_999 => &[(1, 12), (1, 31)],
        190_000_000_000..=209_999_999_999 => &[(1, 12), (1, 31), (0, 23), (0, 59)],
        19_000_000_000_000..=20_999_999_999_999 => &[(1, 12), (1, 31), (0, 23), (0, 59), (0, 59)],
        _ => return false,
    };
    let mut rest = number;
    parts.iter().rev().all(|(first, last)| {
        let part = rest % 100;
        rest /= 100;
        (*first..=*last).contains(&part)
    })
}

/// Parses `2019-05-19T18:34:24Z` and `2019-05-19T18:34:24.123+02:00`, the usual formats of events. [`iso8601`] parses these and many others, in twice the
/// time (measured).
fn rfc3339(text: &[u8]) -> Option<Moment> {
    let number = |digits: Range<usize>| {
        let digit =
            |number: i16, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + i16::from(byte - b'0'));
        text.get(digits)?.iter().try_fold(0, digit)
    };
    let two = |at: usize| number(at..at + 2).map(|number| number as i8);
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !separators.iter().all(|(at, separator)| text.get(*at) == Some(separator)) {
        return None;
    }
    let (millis, zone) = match text.get(19..)? {
        [b'.', _, _, _, ..] => (number(20..23)?, 23),
        _ => (0, 19),
    };
    let offset = match text.get(zone..)? {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (two(zone + 1)?, two(zone + 4).filter(|minutes| *minutes < 60)?);
            let seconds = i32::from(hours) * 3_600 + i32::from(minutes) * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let date = civil::Date::new(number(0..4)?, two(5)?, two(8)?).ok()?;
    let time = civil::Time::new(two(11)?, two(14)?, two(17)?, i32::from(millis) * 1_000_000).ok()?;
    Some(Moment::new(date.to_datetime(time), Offset::from_seconds(offset).ok()?))
}

/// Parses `2019-05-19` and `2019-05-19T18:34:24.123+02:00`, with a space instead of the `T`, and with a space before the offset or `UTC`.
fn iso8601(text: &str) -> Option<Moment> {
    let spaced = text.rsplit_once(' ').filter(|(local, _)| local.contains(':'));
    match spaced {
        Some((local, zone)) if zone.starts_with(['+', '-']) => pieces(&format!("{local}{zone}")),
        Some((local, "UTC" | "GMT" | "Z")) => pieces(&format!("{local}Z")),
        _ => pieces(text),
    }
}

fn pieces(text: &str) -> Option<Moment> {
    let pieces = Pieces::parse(text).ok()?;
    let local = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_default());
    match pieces.to_numeric_offset() {
        Some(offset) => Some(Moment::new(local, offset)),
        // the name of a zone alone is useless without a time zone database
        None if pieces.time_zone_annotation().is_some() => None,
        None => Some(Moment::new(local, Offset::UTC)),
    }
}

/// Parses `Sun, 19 May 2019 18:34:24 +0000`, as in mails and HTTP headers. The weekday is not checked.
fn rfc2822(text: &str) -> Option<Moment> {
    const PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    const ZONES: [&str; 12] =
        ["GMT", "UT", "UTC", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"];
    // the standard ignores all other names of zones
    let zone = text.split_once('(').map_or(text, |(before, _)| before).trim_end().rsplit(' ').next()?;
    if !zone.starts_with(['+', '-']) && !ZONES.contains(&zone) {
        return None;
    }
    let zoned = PARSER.parse_zoned_datetime(text).ok()?;
    Some(Moment::new(zoned.datetime(), zoned.offset()))
}

/// Parses `Mon May 19 2019 18:34:24 GMT+0200 (Central European Summer Time)`, JavaScript's format. The weekday is not checked.
fn javascript(text: &str) -> Option<Moment> {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let (weekday, rest) = text.split_once(' ')?;
    if !WEEKDAYS.contains(&weekday) {
        return None;
    }
    let rest = match rest.split_once('(') {
        Some((before, name)) if name.ends_with(')') => before.trim_end(),
        Some(_) => return None,
        None => rest,
    };
    let patterns = ["%b %d %Y %H:%M:%S GMT%z", "%b %d %Y %H:%M:%S GMT", "%b %d %Y %H:%M:%S", "%b %d %Y"];
    patterns.into_iter().find_map(|pattern| {
        let time = BrokenDownTime::parse(pattern, rest).ok()?;
        let local = DateTime::from_parts(time.to_date().ok()?, time.to_time().unwrap_or_default());
        Some(Moment::new(local, time.offset().unwrap_or(Offset::UTC)))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_way_reads_what_the_long_one_reads(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,4})?(Z|[+-][0-2][0-9]:[0-6][0-9])?"
        ) {
            if let Some(moment) = rfc3339(text.as_bytes()) {
                prop_assert_eq!(iso8601(&text), Some(moment));
            }
        }
    }
}
