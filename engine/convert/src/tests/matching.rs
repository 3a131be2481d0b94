//! Texts that are made to match a pattern.

use insta::assert_snapshot;

use crate::Matcher;

#[test]
fn texts_match_the_patterns_that_they_are_made_of() {
    let patterns = [
        "^[0-9a-f]{32}-[a-z]{2,3}[0-9]{1,3}$",
        "^[a-z]{2,3}[0-9]{1,3}$",
        "^[A-Z]{3}$",
        "^[A-Z][A-Z0-9_]{0,9}$",
        "^[A-Za-z0-9_-]{1,50}$",
        "^[a-z]*$",
        "^[0-9]+$",
        "^(us|eu|asia)$",
        "(?i)^key_(live|test)_[a-z]{8}$",
        "^sk_",
        "_sk$",
        "^pk_$",
        r"^https?://[^/\s]+\.example\.com(/[a-z]+)*$",
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
        r"^\d{4}-\d{2}$",
        r"^\p{Lowercase}+$",
        r"\bUA-[0-9]+\b",
        "^[а-я]{4}$",
        "^(?:|a){6}$",
        "^.{3}$",
        r"\s",
        "",
        // none
        "a$b",
        "^a{4000}$",
        "^(a{100}){100}$",
        "[a&&b]",
    ];
    let mut table = String::new();
    for pattern in patterns {
        let matcher = Matcher::stated(pattern).unwrap();
        let texts =
            [("any-key", 0), ("other-key", 1)].map(|(wanted, number)| matcher.text_like(wanted, number));
        for text in texts.iter().flatten() {
            assert!(matcher.finds(text), "{pattern}: {text}");
        }
        let shown = texts.map(|text| match text {
            Some(text) if text.len() > 100 => format!("{} bytes", text.len()),
            text => text.map_or("none".to_owned(), |text| format!("{text:?}")),
        });
        table.push_str(&format!("{pattern:<50} {}\n", shown.join(" ")));
    }
    assert_snapshot!(table);
}
