//! Conversions of text.

use std::borrow::Cow;
use std::ops::Range;

use regex::{Captures, Regex};

use crate::action::action;
use crate::definition::Definition;
use crate::error::{ConvertError, Converted, PART_PATTERN_STEPS, PATTERN_STEPS, Refusal, bounded};
use crate::notes::Notes;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::{cut, scalar, some_text, text};
use crate::unit::{UNIT, Unit};
use crate::value::Val;
use crate::warning;

pub(crate) static LOWERCASE: Definition = Definition {
    name: "lowercase",
    group: Group::Text,
    summary: "text in lower case",
    doc: "",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Lowercase,
    params: &[],
    examples: &[
        Example::gives("lowercase", r#""Ada@Example.com""#, r#""ada@example.com""#),
        Example::fails("lowercase", "1", "expected text, found `1`"),
    ],
    build: |_| {
        action(|value, _| {
            let text = text(&value)?;
            if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
                return Ok(Some(value));
            }
            some_text(text.to_lowercase())
        })
    },
};

pub(crate) static UPPERCASE: Definition = Definition {
    name: "uppercase",
    group: Group::Text,
    summary: "text in upper case",
    doc: "",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Uppercase,
    params: &[],
    examples: &[Example::gives("uppercase", r#""eur""#, r#""EUR""#)],
    build: |_| action(|value, _| some_text(text(&value)?.to_uppercase())),
};

pub(crate) static TRIM: Definition = Definition {
    name: "trim",
    group: Group::Text,
    summary: "text without leading and trailing whitespace",
    doc: "",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[],
    examples: &[Example::gives("trim", r#""  Ada ""#, r#""Ada""#), Example::nothing("trim", r#""   ""#)],
    build: |_| {
        action(|value, _| match text(&value)? {
            Cow::Borrowed(text) => some_text(text.trim()),
            Cow::Owned(text) => some_text(text.trim().to_owned()),
        })
    },
};

pub(crate) static SNAKE_CASE: Definition = Definition {
    name: "snake_case",
    group: Group::Text,
    summary: "the words of text in lower case, joined by `_`",
    doc: "A word ends at any character other than a letter or digit, and where a lower-case letter is followed by an upper-case one.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Lowercase,
    params: &[],
    examples: &[
        Example::gives("snake_case", r#""Product Added""#, r#""product_added""#),
        Example::gives("snake_case", r#""orderID""#, r#""order_id""#),
        Example::gives("snake_case", r#""HTTPServer-2 (new)""#, r#""http_server_2_new""#),
        Example::nothing("snake_case", r#""!?""#),
    ],
    build: |_| action(|value, _| some_text(snake_case(&text(&value)?))),
};

fn snake_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() {
            let starts_word = c.is_uppercase()
                && before.is_some_and(|before| {
                    let acronym_ends =
                        before.is_uppercase() && rest.peek().is_some_and(|next| next.is_lowercase());
                    before.is_lowercase() || before.is_numeric() || acronym_ends
                });
            if !out.is_empty() && (before.is_none() || starts_word) {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        }
        before = Some(c).filter(|c| c.is_alphanumeric());
    }
    out
}

pub(crate) static PREFIX: Definition = Definition {
    name: "prefix",
    group: Group::Text,
    summary: "text with a prefix",
    doc: "With `map_keys`, it prefixes the names of an object.",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[Param::required("text", ParamType::TextOrSetting, "the prefix")],
    examples: &[
        Example::gives("prefix: user-", r#""42""#, r#""user-42""#),
        Example::gives("prefix: settings.team", r#""42""#, r#""acme-42""#),
        Example::gives("map_keys: { prefix: utm_ }", r#"{"source": "news"}"#, r#"{"utm_source": "news"}"#),
    ],
    build: |arguments| {
        let prefix = arguments.text_or_setting("text")?;
        action(move |value, notes| {
            Ok(Some(Val::Text(Cow::Owned(format!("{}{}", prefix.resolve(notes)?, scalar(&value)?)))))
        })
    },
};

pub(crate) static SUFFIX: Definition = Definition {
    name: "suffix",
    group: Group::Text,
    summary: "text with a suffix",
    doc: "",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[Param::required("text", ParamType::TextOrSetting, "the suffix")],
    examples: &[
        Example::gives(r#"suffix: "-1""#, r#""m-42""#, r#""m-42-1""#),
        Example::gives("map_keys: { suffix: __c }", r#"{"plan": "pro"}"#, r#"{"plan__c": "pro"}"#),
    ],
    build: |arguments| {
        let suffix = arguments.text_or_setting("text")?;
        action(move |value, notes| {
            Ok(Some(Val::Text(Cow::Owned(format!("{}{}", scalar(&value)?, suffix.resolve(notes)?)))))
        })
    },
};

pub(crate) static TRUNCATE: Definition = Definition {
    name: "truncate",
    group: Group::Text,
    summary: "text of a limited length",
    doc: "Longer text is truncated with a warning, always between two characters. `limit_text` does the same for every string of an object.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::AtMost("max"),
    params: &[
        Param::required("max", ParamType::Count(u32::MAX), "the length to keep"),
        Param::optional("keep", ParamType::Word(&["start", "end"]), "the end to keep; the start by default"),
        UNIT,
    ],
    examples: &[
        Example::gives("truncate: 5", r#""Zoé""#, r#""Zoé""#),
        Example::warns(
            "truncate: 3",
            r#""Ada Lovelace""#,
            r#""Ada""#,
            &[("text_cut", "a string of 12 characters was truncated to 3")],
        ),
        Example::warns(
            "truncate: { max: 4, keep: end }",
            r#""order-1234""#,
            r#""1234""#,
            &[("text_cut", "a string of 10 characters was truncated to 4")],
        ),
        Example::warns(
            "truncate: { max: 3, unit: bytes }",
            r#""Zoé""#,
            r#""Zo""#,
            &[("text_cut", "a string of 4 bytes was truncated to 3")],
        ),
        Example::warns(
            "truncate: { max: 2, unit: utf16 }",
            r#""a😀b""#,
            r#""a""#,
            &[("text_cut", "a string of 4 UTF-16 units was truncated to 2")],
        ),
    ],
    build: |arguments| {
        let max = arguments.count("max");
        let end = arguments.word("keep").map(|word| word == "end");
        let unit = Unit::read(arguments);
        let (max, end, unit) = (max?, end?, unit?);
        action(move |value, notes| truncate(value, max, end, unit, notes))
    },
};

fn truncate<'e>(value: Val<'e>, max: usize, end: bool, unit: Unit, notes: &mut Notes<'_>) -> Converted<'e> {
    let text = text(&value)?;
    let Some(excess) = unit.excess(&text, max) else { return Ok(Some(value)) };
    notes.warn(warning::TEXT_CUT, || format!("a string of {} {unit} was truncated to {max}", max + excess));
    some_text(cut(text, |text| if end { unit.end(text, max) } else { unit.start(text, max) }))
}

pub(crate) static REPLACE: Definition = Definition {
    name: "replace",
    group: Group::Text,
    summary: "text in which every occurrence of a string or a pattern is replaced",
    doc: "Use either `text`, a literal string, or `pattern`, a \
          [regular expression](https://docs.rs/regex/latest/regex/#syntax). With a pattern, `$1` or `${name}` in `with` refers to a group, and \
          `$$` for a dollar sign.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[
        Param::optional("text", ParamType::Text, "the string to replace"),
        Param::optional("pattern", ParamType::Pattern, "the pattern to replace"),
        Param::required("with", ParamType::Text, "the replacement; may be empty"),
    ],
    examples: &[
        Example::gives(r#"replace: { text: ".", with: "_" }"#, r#""a.b.c""#, r#""a_b_c""#),
        Example::gives(r#"replace: { pattern: "^0+", with: "" }"#, r#""0049170""#, r#""49170""#),
        Example::gives(
            r#"replace: { pattern: "(\\w+), (\\w+)", with: "$2 $1" }"#,
            r#""Lovelace, Ada""#,
            r#""Ada Lovelace""#,
        ),
        Example::gives(
            r#"replace: { pattern: "^(?<year>\\d{4})-(\\d\\d)$", with: "${2}_${year}" }"#,
            r#""2019-05""#,
            r#""05_2019""#,
        ),
        Example::nothing(r#"replace: { pattern: "[^0-9]", with: "" }"#, r#""none""#),
    ],
    build: |arguments| {
        let literal = if arguments.given("text") { arguments.text("text") } else { None };
        let pattern = if arguments.given("pattern") { arguments.pattern("pattern") } else { None };
        let with = arguments.text("with");
        arguments.exactly_one("text", "pattern")?;
        match (literal, pattern, with?) {
            (Some(literal), _, _) if literal.is_empty() => arguments.bad("text", "text that is not empty"),
            (Some(literal), _, with) => action(move |value, _| {
                let text = text(&value)?;
                if !text.contains(&literal) {
                    return Ok(Some(value));
                }
                let growth = text.matches(&literal).count().saturating_mul(with.len());
                bounded(text.len().saturating_add(growth), ())?;
                some_text(text.replace(&literal, &with))
            }),
            (_, Some(pattern), with) => {
                if let Some(name) = unknown_group(&pattern, &with) {
                    let expected = format!("groups of the pattern, which has no `${name}`");
                    return arguments.bad_for("with", expected, with_braces(&pattern, &with, &name));
                }
                action(move |value, notes| {
                    let text = text(&value)?;
                    match replaced(&pattern, &text, &with, notes)? {
                        None => Ok(Some(value)),
                        Some(text) => some_text(text),
                    }
                })
            }
            _ => None,
        }
    },
};

type Matches<'t> = Box<dyn Iterator<Item = (Range<usize>, Option<Captures<'t>>)> + 't>;

/// All matches, with their groups where these are asked for, which take memory of their own.
fn matches<'t>(pattern: &'t Regex, text: &'t str, with_groups: bool) -> Matches<'t> {
    match with_groups {
        true => Box::new(
            pattern.captures_iter(text).filter_map(|groups| Some((groups.get(0)?.range(), Some(groups)))),
        ),
        false => Box::new(pattern.find_iter(text).map(|found| (found.range(), None))),
    }
}

/// Replaces every match; returns `None` without a match.
fn replaced(
    pattern: &Regex,
    text: &str,
    with: &str,
    notes: &mut Notes<'_>,
) -> Result<Option<String>, ConvertError> {
    let mut out = String::new();
    let (mut end, mut steps) = (0, 0);
    for (all, groups) in matches(pattern, text, with.contains('$')) {
        out.push_str(text.get(end..all.start).unwrap_or(""));
        match groups {
            Some(groups) => groups.expand(with, &mut out),
            None => out.push_str(with),
        }
        end = all.end;
        bounded(out.len(), ())?;
        let scanned = text.len() - all.start;
        steps += scanned;
        notes.pattern_steps = notes.pattern_steps.saturating_add(scanned);
        if steps > PATTERN_STEPS {
            return Err(Refusal::TooLong.into());
        }
        if notes.pattern_steps > PART_PATTERN_STEPS {
            return Err(Refusal::TooLongTogether.into());
        }
    }
    if end == 0 && out.is_empty() {
        return Ok(None);
    }
    out.push_str(text.get(end..).unwrap_or(""));
    Ok(Some(out))
}

/// Returns a group that the replacement refers to and the pattern does not have.
fn unknown_group(pattern: &Regex, with: &str) -> Option<String> {
    let mut rest = with;
    while let Some((_, after)) = rest.split_once('$') {
        if let Some(after) = after.strip_prefix('$') {
            rest = after;
            continue;
        }
        let name = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            Some((name, _)) => name,
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                after.get(..end).unwrap_or("")
            }
        };
        let known = match name.parse::<usize>() {
            Ok(number) => number < pattern.captures_len(),
            Err(_) => name.is_empty() || pattern.capture_names().flatten().any(|known| known == name),
        };
        if !known {
            return Some(name.to_owned());
        }
        rest = after;
    }
    None
}

/// Returns the replacement with `${1}_a` in place of `$1_a`, if `name` starts with the number of a group.
fn with_braces(pattern: &Regex, with: &str, name: &str) -> Option<String> {
    let (number, text) = name.split_at_checked(name.find(|c: char| !c.is_ascii_digit())?)?;
    let is_group = number.parse::<usize>().is_ok_and(|number| number < pattern.captures_len());
    is_group.then(|| with.replacen(&format!("${name}"), &format!("${{{number}}}{text}"), 1))
}

pub(crate) static EXTRACT: Definition = Definition {
    name: "extract",
    group: Group::Text,
    summary: "the match of a pattern in text, or no value without a match",
    doc: "The result is the first group of the [regular expression](https://docs.rs/regex/latest/regex/#syntax), or the whole match if it has no group.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[Param::required("pattern", ParamType::Pattern, "the pattern")],
    examples: &[
        Example::gives(r#"extract: "id=(\\w+)""#, r#""exists with id=66c5""#, r#""66c5""#),
        Example::gives(r#"extract: "[0-9]+""#, r#""order 42""#, r#""42""#),
        Example::nothing(r#"extract: "[0-9]+""#, r#""none""#),
    ],
    build: |arguments| {
        let pattern = arguments.pattern("pattern")?;
        action(move |value, _| {
            let text = text(&value)?;
            let found = pattern
                .captures(&text)
                .and_then(|groups| groups.get(1).or_else(|| groups.get(0).filter(|_| groups.len() == 1)));
            let Some(range) = found.map(|found| found.range()) else { return Ok(None) };
            some_text(cut(text, |text| text.get(range.clone()).unwrap_or("")))
        })
    },
};

pub(crate) static DIGITS: Definition = Definition {
    name: "digits",
    group: Group::Text,
    summary: "the digits 0 to 9 of text",
    doc: "",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Digits,
    params: &[],
    examples: &[
        Example::gives("digits", r#""+44 20 7946-0018""#, r#""442079460018""#),
        Example::nothing("digits", r#""none""#),
    ],
    build: |_| {
        action(|value, _| some_text(scalar(&value)?.chars().filter(char::is_ascii_digit).collect::<String>()))
    },
};

pub(crate) static PHONE: Definition = Definition {
    name: "phone",
    group: Group::Text,
    summary: "a phone number in E.164 format: `+`, country code and number",
    doc: "Spaces, dashes, dots, slashes and parentheses are removed, and so is a `(0)` after the country code. A leading `00` becomes `+`. A number without \
          a country code is an error.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Phone,
    params: &[],
    examples: &[
        Example::gives("phone", r#""+1 (555) 010-0199""#, r#""+15550100199""#),
        Example::gives("phone", r#""0044 (0)20 7946 0018""#, r#""+442079460018""#),
        Example::fails(
            "phone",
            r#""020 7946 0018""#,
            r#"expected a phone number with `+`, a country code and 7 to 15 digits, found `"020 7946 0018"`"#,
        ),
        Example::fails(
            "phone",
            r#""+44 call me""#,
            r#"expected a phone number with `+`, a country code and 7 to 15 digits, found `"+44 call me"`"#,
        ),
    ],
    build: |_| {
        action(|value, _| {
            let found = value.as_text().as_deref().and_then(phone);
            found.map(|phone| Some(Val::Text(Cow::Owned(phone)))).ok_or_else(|| {
                ConvertError::expected("a phone number with `+`, a country code and 7 to 15 digits", &value)
            })
        })
    },
};

pub(crate) fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    let number = text.strip_prefix('+').or_else(|| text.strip_prefix("00"))?;
    let number = number.replacen("(0)", "", 1);
    let mut out = String::from("+");
    for c in number.chars() {
        match c {
            '0'..='9' => out.push(c),
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' => {}
            c if c.is_whitespace() => {}
            _ => return None,
        }
        if out.len() > 16 {
            return None;
        }
    }
    // no country code starts with 0
    (out.len() >= 8 && !out.starts_with("+0")).then_some(out)
}

pub(crate) static EMAIL: Definition = Definition {
    name: "email",
    group: Group::Text,
    summary: "a validated email address, without leading and trailing whitespace",
    doc: "An address has one `@`, a local part before it, and a domain with a dot after it. Whether the address exists is not checked.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Email,
    params: &[],
    examples: &[
        Example::gives("email", r#"" Ada@example.com ""#, r#""Ada@example.com""#),
        Example::fails("email", r#""ada@example""#, r#"expected an email address, found `"ada@example"`"#),
        Example::fails(
            "email",
            r#""Ada <ada@example.com>""#,
            r#"expected an email address, found `"Ada <ada@example.com>"`"#,
        ),
    ],
    build: |_| {
        action(|value, _| match value.as_text() {
            Some(text) if is_email(text.trim()) => some_text(cut(text, str::trim)),
            _ => Err(ConvertError::expected("an email address", &value)),
        })
    },
};

pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | '\\' | ']' | '@')
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let labels = domain.split('.').count();
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains(odd)
        && local.split('.').all(|part| !part.is_empty())
        && labels >= 2
        && domain.split('.').all(label)
        && domain.rsplit('.').next().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()))
}
