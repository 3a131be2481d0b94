//! Named values, and fields that read fields of their own part.

use crate::mappings::{Make, STEP, fields, inline, lines, with_version};

/// What there can be much of. Those with a limit of their own end there.
pub const MAPPINGS: &[(&str, usize, Make)] = &[
    ("fields that read their own part", 0, |n| {
        fields(lines(n, |i| format!("    f{i}: payload.thing.f{}", i + 1)) + &format!("    f{n}: traits.f\n"))
    }),
    ("fields that read their own part, and the rest", 0, |n| {
        fields(
            lines(n, |i| format!("    f{i}: payload.thing.g{i}\n    g{i}: traits.f{i}"))
                + "    all: { rest_of: [traits] }\n",
        )
    }),
    ("named values that are made", 900, |n| {
        with_version(
            format!("values:\n{}", lines(n, |i| format!("  v{i}: {{ from: traits.f{i}, as: trim }}"))),
            fields(lines(n, |i| format!("    f{i}: {{ template: '{{{{ $v{i} }}}}' }}"))),
        )
    }),
    ("named values that items read", 0, |n| {
        let items = inline(n, |i| format!("a{i}: $v{i}"));
        with_version(
            format!("values:\n{}", lines(n, |i| format!("  v{i}: {{ from: item.f{i}, as: trim }}"))),
            fields(format!("    f: {{ each: traits.items, to: {{ {items} }} }}\n")),
        )
    }),
    ("named values of many mappings", 0, |n| {
        let mut files = with_version(
            format!("values:\n{}", lines(n, |i| format!("  v{i}: {{ from: traits.f{i}, as: trim }}"))),
            fields("    x: $v0\n".to_owned()),
        );
        files.extend((0..n / 20).map(|i| {
            (format!("m{i}.yaml"), format!("message: m{i}\npayload: {{ thing: {{ x: $v1 }} }}\n{STEP}"))
        }));
        files
    }),
];
