//! Date formats of other languages, which write letters in place of directives: `YYYY-MM-DD` in place of `%Y-%m-%d`.

/// Returns the pattern of directives that a pattern was meant to be; `None` if it has directives, and nothing that looks like those letters.
pub(crate) fn meant(pattern: &str) -> Option<String> {
    let parts = parts(pattern);
    let has_directive = parts.iter().any(|part| matches!(part, Part::Directive(_)));
    let is_picture = |letters: &str| {
        pictures(letters).is_some_and(|runs| !has_directive || runs.iter().any(|run| run.len() > 1))
    };
    let looks_odd = parts.iter().any(|part| matches!(part, Part::Letters(letters) if is_picture(letters)));
    if has_directive && !looks_odd {
        return None;
    }
    let written: String = parts
        .iter()
        .map(|part| match part {
            Part::Letters(letters) if is_picture(letters) => {
                pictures(letters).into_iter().flatten().map(directive).collect()
            }
            Part::Directive(text) | Part::Letters(text) | Part::Other(text) => (*text).to_owned(),
        })
        .collect();
    Some(if looks_odd { written } else { "%Y-%m-%d".to_owned() })
}

/// A part of a pattern.
enum Part<'p> {
    /// `%`, flags and a letter.
    Directive(&'p str),
    Letters(&'p str),
    Other(&'p str),
}

fn parts(pattern: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let is_letter = |c: char| c.is_ascii_alphabetic();
        let length = |until: &dyn Fn(char) -> bool| rest.find(until).unwrap_or(rest.len());
        let end = match first {
            '%' => rest
                .get(1..)
                .and_then(|rest| rest.find(|c| is_letter(c) || c == '%'))
                .map_or(rest.len(), |at| at + 2),
            first if is_letter(first) => length(&|c| !is_letter(c)),
            _ => length(&|c| is_letter(c) || c == '%'),
        };
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parts.push(match first {
            '%' => Part::Directive(part),
            first if is_letter(first) => Part::Letters(part),
            _ => Part::Other(part),
        });
        rest = after;
    }
    parts
}

/// Returns the runs of one letter that letters consist of, if each is one that formats have.
fn pictures(letters: &str) -> Option<Vec<&str>> {
    let mut runs = Vec::new();
    let mut rest = letters;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end)?;
        let known = match first {
            'Y' | 'y' | 'M' | 'D' | 'd' | 'E' => run.len() <= 4,
            'S' => run.len() <= 9,
            'H' | 'h' | 'm' | 's' => run.len() <= 2,
            'T' | 'Z' | 'A' | 'a' => run.len() == 1,
            _ => false,
        };
        if !known {
            return None;
        }
        runs.push(run);
        rest = after;
    }
    Some(runs)
}

/// Returns the directive of such a run.
fn directive(run: &str) -> &str {
    match run {
        "YYYY" | "yyyy" | "Y" | "y" | "YYY" | "yyy" => "%Y",
        "YY" | "yy" => "%y",
        "MMMM" => "%B",
        "MMM" => "%b",
        "MM" => "%m",
        "M" => "%-m",
        "DD" | "dd" => "%d",
        "D" | "d" => "%-d",
        "DDD" | "DDDD" => "%j",
        "dddd" | "EEEE" => "%A",
        "ddd" | "E" | "EE" | "EEE" => "%a",
        "HH" => "%H",
        "H" => "%-H",
        "hh" => "%I",
        "h" => "%-I",
        "mm" => "%M",
        "m" => "%-M",
        "ss" => "%S",
        "s" => "%-S",
        "A" | "a" => "%p",
        fraction if fraction.starts_with('S') => match fraction.len() {
            1..=3 => "%3f",
            4..=6 => "%6f",
            _ => "%9f",
        },
        literal => literal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_other_languages_are_known() {
        for (pattern, expected) in [
            ("YYYY-MM-DD", "%Y-%m-%d"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSS", "%Y-%m-%d'T'%H:%M:%S.%3f"),
            ("YYYYMMDDTHHmmssZ", "%Y%m%dT%H%M%SZ"),
            ("A h:mm, D MMMM YY", "%p %-I:%M, %-d %B %y"),
            ("%Y-MM-%d", "%Y-%m-%d"),
            ("today", "%Y-%m-%d"),
            ("", "%Y-%m-%d"),
            ("2019", "%Y-%m-%d"),
        ] {
            assert_eq!(meant(pattern).as_deref(), Some(expected), "{pattern}");
        }
        for pattern in [
            "%Y-%m-%dT%H:%M:%SZ",
            "%d de %B",
            "%H Uhr %M",
            "%d. %B at %H h",
            "%Y%%",
            "%-d/%m",
            "%3f",
            "Q%q",
            "% ",
            "%",
        ] {
            assert_eq!(meant(pattern), None, "{pattern}");
        }
    }
}
