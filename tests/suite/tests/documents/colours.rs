//! The contrast of colours, as WCAG 2.2 measures it.

use std::collections::BTreeMap;

/// Text on what it stands on: at least 4.5.
const TEXTS: [(&str, &str); 15] = [
    ("text", "page"),
    ("text", "raised"),
    ("text", "code"),
    ("text", "aside"),
    ("text", "badge"),
    ("quiet", "page"),
    ("quiet", "raised"),
    ("link", "page"),
    ("link", "raised"),
    ("link", "aside"),
    ("link", "code"),
    ("badge-text", "badge"),
    ("found-text", "found"),
    ("quiet", "badge"),
    ("text", "page"),
];

/// The edges of controls and diagrams, and what shows the focus: at least 3.
const EDGES: [(&str, &str); 4] =
    [("edge", "page"), ("focus", "page"), ("aside-edge", "page"), ("text", "aside")];

/// Checks all colours of a style.
pub fn check(style: &str) {
    let light = colours(style, ":root {");
    let chosen = colours(style, ":root[data-colours=\"dark\"] {");
    let dark = colours(style, ":root:not([data-colours=\"light\"]) {");
    assert_eq!(chosen, dark, "dark is dark, whoever says so");
    for (name, colours) in [("light", &light), ("dark", &dark)] {
        for (pairs, least) in [(&TEXTS[..], 4.5), (&EDGES[..], 3.0)] {
            for (front, back) in pairs {
                let found = contrast(colours[*front], colours[*back]);
                assert!(found >= least, "{name}: {front} on {back} has a contrast of {found:.2}");
            }
        }
    }
    // no other colour is used
    let rules = style.split("color-scheme: light; }").nth(1).unwrap();
    let rest = rules.split("* { box-sizing").nth(1).unwrap();
    assert!(
        !rest.contains('#') || rest.match_indices('#').all(|(at, _)| !is_colour(&rest[at..])),
        "a colour without a name"
    );
}

fn is_colour(text: &str) -> bool {
    let digits = text.chars().skip(1).take_while(char::is_ascii_hexdigit).count();
    let ends = text.chars().nth(digits + 1).is_none_or(|c| !c.is_ascii_alphanumeric());
    ends && matches!(digits, 3 | 6)
}

fn colours(style: &str, block: &str) -> BTreeMap<String, [u8; 3]> {
    let block = style.split(block).nth(1).unwrap_or_else(|| panic!("no {block}")).split('}').next().unwrap();
    let named = block.split(';').filter_map(|rule| {
        let (name, value) = rule.trim().strip_prefix("--")?.split_once(": #")?;
        let number = u32::from_str_radix(value.trim(), 16).unwrap();
        let [_, red, green, blue] = number.to_be_bytes();
        Some((name.to_owned(), [red, green, blue]))
    });
    named.collect()
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
