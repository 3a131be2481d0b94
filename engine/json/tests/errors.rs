//! Messages about text that is not JSON.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use mapwright_json::{Limits, Scratch, SyntaxErrorKind, Text, TrieBuilder, TrieError, scan};

/// Returns the message of a scan, which is also that of [`Text::parse`] for text within its limits.
fn error(text: impl AsRef<[u8]>, limits: &Limits) -> String {
    let text = text.as_ref();
    let trie = TrieBuilder::new().build();
    let error = scan(&trie, text, &mut Scratch::new(), limits).map(|_| ()).unwrap_err();
    if let (Ok(text), true) =
        (str::from_utf8(text), *limits == Limits::default() && text.len() < limits.bytes)
    {
        assert_eq!(Text::parse(text).unwrap_err(), error);
    }
    error.to_string()
}

#[test]
fn every_error_says_where_and_what() {
    let texts: &[&[u8]] = &[
        b"",
        b"  \n",
        b"\xEF\xBB\xBF{}",
        b"'a'",
        b"True",
        b"tru",
        b"nulL",
        b"not json",
        b"falsehood",
        b"undefined",
        b"{} {}",
        b"1 // one",
        b"{",
        b"{a: 1}",
        b"{'a': 1}",
        b"{,}",
        b"{1: 2}",
        b"{\"a\"",
        b"{\"a\" 1}",
        b"{\"a\": }",
        b"{\"a\": 1 \"b\": 2}",
        b"{\"a\": 1,}",
        b"{\"a\": 1;",
        b"{\"a\": 1]",
        b"[",
        b"[,]",
        b"[1 2]",
        b"[1,]",
        b"[1}",
        b"[1,",
        b"-",
        b"-a",
        b"+1",
        b".5",
        b"1.",
        b"1.e5",
        b"1e",
        b"1e+",
        b"007",
        b"-01",
        b"1e999",
        b"[1, -1e400]",
        b"NaN",
        b"\"open",
        b"[\"open\\\"]",
        b"\"tab\there\"",
        b"\"line\nbreak\"",
        b"\"nul\0\"",
        b"\"\\x41\"",
        b"\"\\",
        b"\"\\u12g4\"",
        b"\"\\u12",
        b"\"\\ud83d\"",
        b"\"\\ud83d\\u0041\"",
        b"\"\\ud83d\\n\"",
        b"\"\\ude00\"",
        b"\"\\uD83D\\uD83D\"",
        b"{\"a\": \"\xff\"}",
        b"\"\xC0\xAF\"",
        b"\"\xED\xA0\x80\"",
        "[\u{a0}1]".as_bytes(),
        "[\u{1F600}]".as_bytes(),
        "[\u{200b}]".as_bytes(),
        b"[\x7f]",
        b"[\x00]",
        b"[`]",
    ];
    let limits = Limits::default();
    let lines =
        texts.iter().map(|text| format!("{:26} {}", text.escape_ascii().to_string(), error(text, &limits)));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn limits_are_named() {
    let deep = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
    let defaults = Limits::default();
    let shallow = Limits { depth: 2, ..defaults };
    let none = Limits { depth: 0, ..defaults };
    let endless = Limits { depth: usize::MAX, bytes: usize::MAX };
    let short = Limits { bytes: 10, ..defaults };
    let errors = [
        error(deep(128), &defaults),
        error(deep(100_000), &defaults),
        error(deep(128), &endless),
        error(r#"{"a": {"b": []}}"#, &shallow),
        error(r#"[1, [2, {}]]"#, &shallow),
        error("[]", &none),
        error("[1, 2, 3, 4]", &short),
        error(vec![b' '; (4 << 20) + 1], &defaults),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    byte 127: arrays and objects are nested more than 127 levels deep
    byte 127: arrays and objects are nested more than 127 levels deep
    byte 127: arrays and objects are nested more than 127 levels deep
    byte 12: arrays and objects are nested more than 2 levels deep
    byte 8: arrays and objects are nested more than 2 levels deep
    byte 0: arrays and objects are nested more than 0 levels deep
    byte 10: the document has 12 bytes, more than the limit of 10
    byte 4194304: the document has 4194305 bytes, more than the limit of 4194304
    ");

    let fits = |text: &[u8], limits| {
        let trie = TrieBuilder::new().build();
        scan(&trie, text, &mut Scratch::new(), limits).is_ok()
    };
    assert!(fits(&deep(127), &defaults));
    assert!(fits(br#"{"a": [{}], "b": [0]}"#, &Limits { depth: 3, bytes: 21 }));
    assert!(fits(b"0", &none));
}

#[test]
fn errors_are_data() {
    let error = Text::parse("[1e999]").unwrap_err();
    assert_eq!((error.kind(), error.offset()), (&SyntaxErrorKind::NumberOutOfRange, 1));
    let error = TrieError::TooManyNodes { limit: TrieBuilder::MAX_NODES };
    insta::assert_snapshot!(error, @"the paths have more than 65535 different steps in all: read fewer paths");
}
