//! Many conditions over many values: of a set, a setting, a table, a choice or a list.

use crate::mappings::{Files, Make, destination, fields, identify, lines, with_version};

/// Conditions that each compare one setting, which is one of so many names.
fn over_a_setting(n: usize, condition: impl Fn(usize) -> String) -> Files {
    with_setting(n, fields(lines(n, |i| format!("    f{i}: {{ value: 1, when: '{}' }}", condition(i)))))
}

fn with_setting(n: usize, mut files: Files) -> Files {
    let names = lines(n, |i| format!("      - mode_number_{i}"));
    files.push(destination(format!("  mode:\n    type: string\n    one_of:\n{names}")));
    files
}

/// Conditions over something that a version states.
fn over(stated: String, n: usize, condition: impl Fn(usize) -> String) -> Files {
    with_version(stated, fields(lines(n, |i| format!("    f{i}: {{ value: 1, when: '{}' }}", condition(i)))))
}

fn set(n: usize) -> String {
    format!("sets:\n  s:\n{}", lines(n, |i| format!("    - a{i}")))
}

fn table(n: usize) -> String {
    let value = "values:\n  v: { from: traits.v, as: { lookup: t } }\n";
    format!("{value}tables:\n  t:\n{}", lines(n, |i| format!("    a{i}: b{i}")))
}

fn choice(n: usize) -> String {
    let cases = lines(n, |i| format!("      a{i}: {{ value: b{i} }}"));
    format!("values:\n  v:\n    switch: traits.v\n    cases:\n{cases}")
}

/// What there can be much of. Those with a limit of their own end there.
pub const MAPPINGS: &[(&str, usize, Make)] = &[
    ("a set, looked through often", 0, |n| over(set(n), n, |i| format!("traits.p{i} in $s"))),
    ("a set, looked through often for one value", 0, |n| {
        over(set(n), n, |i| format!("traits.p in $s and traits.x{i}"))
    }),
    ("a set, looked through often for a setting", 0, |n| {
        let mut files = over(set(n), n, |i| format!("settings.mode in $s and traits.x{i}"));
        files.push(destination("  mode: { type: string, one_of: [a1, a2, b] }\n".to_owned()));
        files
    }),
    ("a set, compared often", 0, |n| over(set(n), n, |i| format!("traits.p{i} == $s"))),
    ("two sets, looked through often", 0, |n| {
        let other = format!("  other:\n{}", lines(n, |i| format!("    - b{i}")));
        over(set(n) + &other, n, |i| format!("traits.p{i} in $s and traits.p{i} not in $other"))
    }),
    ("a list, looked through often", 0, |n| {
        let list = format!("values:\n  l:\n    value:\n{}", lines(n, |i| format!("      - a{i}")));
        over(list, n, |i| format!("traits.p{i} in $l"))
    }),
    ("a setting, compared often", 0, |n| {
        over_a_setting(n, |i| format!("settings.mode == \"mode_number_{i}\""))
    }),
    ("a setting, put in order often", 0, |n| {
        over_a_setting(n, |i| format!("settings.mode < settings.region and traits.x{i}"))
    }),
    ("a setting, misspelled often", 0, |n| {
        over_a_setting(n, |i| format!("settings.mode == \"mode_nunber_{i}\""))
    }),
    ("a setting, never so", 0, |n| over_a_setting(n, |i| format!("settings.mode == \"{i}x\""))),
    ("a setting, matched often", 0, |n| {
        over_a_setting(n, |i| format!("settings.mode is matching(\"{i}$\")"))
    }),
    ("a setting that steps compare", 900, |n| {
        let step = |i| {
            format!("  s{i}: {{ operation: send, body: thing, when: settings.mode == \"mode_number_{i}\" }}")
        };
        with_setting(
            n,
            identify(format!("payload: {{ thing: {{ a: userId }} }}\nsteps:\n{}", lines(n, step))),
        )
    }),
    ("a setting that skips misspell", 0, |n| {
        let skip = |i| format!("  - {{ when: settings.mode == \"mode_nunber_{i}\", reason: r }}");
        let steps = "steps:\n  send: { operation: send, body: { a: userId } }\n";
        with_setting(n, identify(format!("skip:\n{}{steps}", lines(n, skip))))
    }),
    ("a setting, chosen by often", 0, |n| {
        let choice = |i| {
            format!(
                "    f{i}: {{ switch: settings.mode, cases: {{ mode_number_{i}: {{ value: 1 }}, x{i}: {{ value: 2 }} }} }}"
            )
        };
        with_setting(n, fields(lines(n, choice)))
    }),
    ("a table, compared often", 0, |n| over(table(n), n, |i| format!("$v == \"b{i}\""))),
    ("a table, misspelled often", 0, |n| over(table(n), n, |i| format!("$v == \"c{i}\""))),
    ("a choice, compared often", 0, |n| over(choice(n), n, |i| format!("$v == \"b{i}\""))),
    ("a choice, misspelled often", 0, |n| over(choice(n), n, |i| format!("$v == \"c{i}\""))),
    ("a setting that variants compare", 0, |n| {
        let variants = lines(n, |i| format!("  v{i}: {{ when: settings.mode == \"mode_number_{i}\" }}"));
        let send = "payload: { thing: { a: userId } }\nsteps:\n  send: { operation: send, body: thing }\n";
        with_setting(n, identify(format!("{send}variants:\n{variants}")))
    }),
    ("message types, compared often", 0, |n| {
        let messages = (0..n).map(|i| format!("type{i}")).collect::<Vec<_>>().join(", ");
        let rows = lines(n, |i| format!("    f{i}: {{ value: 1, when: type == \"type{i}\" }}"));
        let text = format!("message: [{messages}]\npayload:\n  thing:\n{rows}{}", crate::mappings::STEP);
        vec![("identify.yaml".to_owned(), text)]
    }),
];
