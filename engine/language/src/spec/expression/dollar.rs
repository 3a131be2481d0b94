//! Named values and JSONPaths in expressions. The parser has no names that start with `$`: it reads `_name` for `$name` and `_.x` for `$.x`, which
//! are as long.

/// A string in which `_` takes the place of the `$` of every named value and path.
pub(crate) struct Renamed {
    pub text: String,
    /// The bytes at which a `$` stood.
    pub at: Vec<usize>,
}

/// Renames the named values of an expression.
pub(crate) fn in_expression(text: &str) -> Renamed {
    let mut at = Vec::new();
    code(text, 0, None, &mut at);
    renamed(text, at)
}

/// Renames the named values in the tags of a template.
pub(crate) fn in_template(text: &str) -> Renamed {
    let (mut at, mut start) = (Vec::new(), 0);
    while let Some((tag, open)) = next_tag(text, start) {
        let inside = open + 2;
        start = match tag {
            "{#" => after(text, inside, "#}"),
            "{%" if word(text, inside) == "raw" => end_of_raw(text, inside),
            "{%" => code(text, inside, Some("%}"), &mut at),
            _ => code(text, inside, Some("}}"), &mut at),
        };
    }
    renamed(text, at)
}

fn renamed(text: &str, at: Vec<usize>) -> Renamed {
    let mut text = text.to_owned();
    for at in &at {
        text.replace_range(at..&(at + 1), "_");
    }
    Renamed { text, at }
}

/// Notes the named values of code up to its end, outside of strings. Returns the byte after the end.
fn code(text: &str, start: usize, end: Option<&str>, at: &mut Vec<usize>) -> usize {
    let bytes = text.as_bytes();
    let (mut here, mut quote) = (start, None);
    while let Some(byte) = bytes.get(here) {
        let begins = |mark: &str| bytes.get(here..).is_some_and(|rest| rest.starts_with(mark.as_bytes()));
        match (quote, byte) {
            (Some(_), b'\\') => here += 1,
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, b'$') => {
                let next = bytes.get(here + 1);
                let begins_name =
                    |next: &u8| next.is_ascii_alphabetic() || matches!(next, b'_' | b'.' | b'[');
                at.extend(next.is_some_and(begins_name).then_some(here));
            }
            (None, _) if end.is_some_and(begins) => return here + 2,
            (None, _) => {}
        }
        here += 1;
    }
    bytes.len()
}

/// Returns the next tag from a byte on, and where it opens.
fn next_tag(text: &str, start: usize) -> Option<(&str, usize)> {
    // one search for all: one for each would look through the whole rest for a tag that is not there
    let mut braces = text.get(start..)?.match_indices('{').map(|(open, _)| start + open);
    braces.find_map(|open| {
        let tag = text.get(open..open + 2)?;
        matches!(tag, "{{" | "{%" | "{#").then_some((tag, open))
    })
}

/// Returns the first word of a tag.
fn word(text: &str, inside: usize) -> &str {
    let rest = text.get(inside..).unwrap_or("").trim_start_matches(['-', '+']).trim_start();
    rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("")
}

fn end_of_raw(text: &str, inside: usize) -> usize {
    let mut start = after(text, inside, "%}");
    while let Some(open) = text.get(start..).and_then(|rest| rest.find("{%")) {
        let tag = start + open + 2;
        start = after(text, tag, "%}");
        if word(text, tag) == "endraw" {
            return start;
        }
    }
    text.len()
}

fn after(text: &str, start: usize, end: &str) -> usize {
    text.get(start..).and_then(|rest| rest.find(end)).map_or(text.len(), |at| start + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_renamed() {
        for (text, expected) in [
            ("$a and not $b.c", "_a and not _b.c"),
            ("'$a' ~ \"\\\"$b\" ~ $c", "'$a' ~ \"\\\"$b\" ~ _c"),
            ("$.a == $['b c'] and 1 $ 2", "_.a == _['b c'] and 1 $ 2"),
        ] {
            assert_eq!(in_expression(text).text, expected, "{text}");
        }
        for (text, expected) in [
            ("$a {{ $a }}", "$a {{ _a }}"),
            ("{# $a #}{% if $b %}$c{% endif %}", "{# $a #}{% if _b %}$c{% endif %}"),
            (
                "{%- raw -%}{{ $a }}{% x %}{%- endraw %}{{ $b }}",
                "{%- raw -%}{{ $a }}{% x %}{%- endraw %}{{ _b }}",
            ),
            ("{{ '}}$a' }}{{ $b", "{{ '}}$a' }}{{ _b"),
        ] {
            assert_eq!(in_template(text).text, expected, "{text}");
        }
    }
}
