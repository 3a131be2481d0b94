//! NDJSON, sequences and arrays.

use mapwright_cli::input::Limits;

use crate::reading::{chunks, read, small_limit};

/// Reads in chunks of every size, with the same result.
fn read_all_ways(bytes: &[u8], limits: Limits) -> Vec<String> {
    let whole = read(vec![chunks(bytes, usize::MAX)], limits);
    for chunk in 1..bytes.len().min(40) {
        assert_eq!(read(vec![chunks(bytes, chunk)], limits), whole, "in pieces of {chunk}");
    }
    whole
}

/// Input (`$` ends a line) and the expected events.
type Case = (&'static str, &'static [&'static str]);

fn check(cases: &[Case], limits: Limits) {
    for (input, expected) in cases {
        let bytes = input.replace('$', "\n");
        assert_eq!(read_all_ways(bytes.as_bytes(), limits), *expected, "input: {input}");
    }
}

#[test]
fn ndjson_is_cut_at_newlines() {
    check(
        &[
            ("", &[]),
            ("$$  $\t$", &[]),
            (r#"{"a":1}"#, &[r#"1:1 {"a":1}"#]),
            (r#"{"a":1}${"a":2}$"#, &[r#"1:1 {"a":1}"#, r#"2:1 {"a":2}"#]),
            (r#"$${"a":1}$$  {"a":2}  $ $"#, &[r#"3:1 {"a":1}"#, r#"5:3 {"a":2}"#]),
            ("{\"a\":1}\r${\"a\":2}\r$\r$", &[r#"1:1 {"a":1}"#, r#"2:1 {"a":2}"#]),
            // a broken line affects only itself, wherever it is
            (
                r#"{"a":1}${"a":${"a":3}$}$[${"a":6}"#,
                &[r#"1:1 {"a":1}"#, r#"2:1 {"a":"#, r#"3:1 {"a":3}"#, "4:1 }", "5:1 [", r#"6:1 {"a":6}"#],
            ),
            (r#"{"a" 1}${"a":2}$"#, &[r#"1:1 {"a" 1}"#, r#"2:1 {"a":2}"#]),
            (r#"{"a":1,${"a":2}$"#, &[r#"1:1 {"a":1,"#, r#"2:1 {"a":2}"#]),
            (r#"{"a":${"a":2}"#, &[r#"1:1 {"a":"#, r#"2:1 {"a":2}"#]),
            (r#"{"a":"x${"a":2}$"#, &[r#"1:1 {"a":"x"#, r#"2:1 {"a":2}"#]),
            (r#"e":1}${"a":2}$"#, &[r#"1:1 e":1}"#, r#"2:1 {"a":2}"#]),
            // two values on a line other than the first are one event, which the worker rejects
            (r#"{"a":1}${"a":2} {"a":3}$"#, &[r#"1:1 {"a":1}"#, r#"2:1 {"a":2} {"a":3}"#]),
            (r#"{"a":1},${"a":2},$"#, &[r#"1:1 {"a":1},"#, r#"2:1 {"a":2},"#]),
            ("{\"a\":\"\0\"}$\0$", &["1:1 {\"a\":\"\0\"}", "2:1 \0"]),
            ("\u{feff}{\"a\":1}$\u{feff}{\"a\":2}", &[r#"1:1 {"a":1}"#, "2:1 \u{feff}{\"a\":2}"]),
            ("\u{feff}", &[]),
            ("not json", &["1:1 not json"]),
        ],
        Limits::default(),
    );
}

#[test]
fn values_follow_each_other() {
    check(
        &[
            (r#"{"a":1}{"a":2}"#, &[r#"1:1 {"a":1}"#, r#"1:8 {"a":2}"#]),
            (r#"{"a":1} {"a":2}$ {"a":3}"#, &[r#"1:1 {"a":1}"#, r#"1:9 {"a":2}"#, r#"2:2 {"a":3}"#]),
            (
                "{$  \"a\": {$    \"b\": []$  }$}${$  \"a\": \"}\\\"{\"$}$",
                &["1:1 {\n  \"a\": {\n    \"b\": []\n  }\n}", "6:1 {\n  \"a\": \"}\\\"{\"\n}"],
            ),
            (
                r#"{"a":1}{"b":2}1 "x" null[3,{"c":4}]"#,
                &[
                    r#"1:1 {"a":1}"#,
                    r#"1:8 {"b":2}"#,
                    "1:15 1",
                    r#"1:17 "x""#,
                    "1:21 null",
                    "1:26 3",
                    r#"1:28 {"c":4}"#,
                ],
            ),
            ("\u{feff}${$\"a\":1$}", &["2:1 {\n\"a\":1\n}"]),
            // the content of a value is left to the parser, as long as its end is clear
            (r#"{"a":tru}{"a":01}"#, &[r#"1:1 {"a":tru}"#, r#"1:10 {"a":01}"#]),
        ],
        Limits::default(),
    );
}

#[test]
fn arrays_give_their_elements() {
    check(
        &[
            ("[]", &[]),
            (" [ $ ] $", &[]),
            (r#"[{"a":1},{"a":2}]"#, &[r#"1:2 {"a":1}"#, r#"1:10 {"a":2}"#]),
            (r#"[$  {"a":1} ,$  {"a":[2]}$]$"#, &[r#"2:3 {"a":1}"#, r#"3:3 {"a":[2]}"#]),
            ("[1,\"]\",[2,[]],null]", &["1:2 1", "1:4 \"]\"", "1:8 [2,[]]", "1:15 null"]),
            ("[1][2]$[]$3", &["1:2 1", "1:5 2", "3:1 3"]),
        ],
        Limits::default(),
    );
}

#[test]
fn faults_have_their_place_and_reading_goes_on() {
    let skipped = "the rest of this value was skipped";
    let cut = "the input is truncated or a bracket is not closed";
    let cases: &[(&str, &[&str])] = &[
        // the faulty value ends with its brackets
        (
            r#"{"a":1}{"a" 2}{"a":3}"#,
            &[
                r#"1:1 {"a":1}"#,
                "1:8 ! line 1, column 13: expected `:` after the key, found `2`; SKIPPED",
                r#"1:15 {"a":3}"#,
            ],
        ),
        (
            r#"[{"a":1},{"b":}}, {"c":3}]"#,
            &[
                r#"1:2 {"a":1}"#,
                "1:10 ! line 1, column 15: expected a value, found `}`; SKIPPED",
                r#"1:19 {"c":3}"#,
            ],
        ),
        (
            r#"[{"a":[1}],"b":"]},"},{"c":3}]"#,
            &[
                "1:2 ! line 1, column 9: expected `,` or `]`, found `}`; SKIPPED",
                r#"1:12 "b""#,
                "1:15 ! line 1, column 15: expected `,` or `]`, found `:`; SKIPPED",
                r#"1:23 {"c":3}"#,
            ],
        ),
        (
            r#"[{1:2},{"c":3}]"#,
            &[
                "1:2 ! line 1, column 3: expected a key in double quotes or `}`, found `1`; SKIPPED",
                r#"1:8 {"c":3}"#,
            ],
        ),
        (
            r#"[{"a":1,},{"c":3}]"#,
            &[
                "1:2 ! line 1, column 9: expected a key in double quotes, found `}`; SKIPPED",
                r#"1:11 {"c":3}"#,
            ],
        ),
        // it also ends where a line starts another value
        (
            r#"{$ "a": 1$${$ "b": 2$}$"#,
            &["1:1 ! line 4, column 1: expected `,` or `}`, found `{`; SKIPPED", "4:1 {\n \"b\": 2\n}"],
        ),
        (
            r#"{$ "a": "x$ "b": {$ }$}${$ "b": 2$}$"#,
            &[
                "1:1 ! line 2, column 9: expected `\"` at the end of the string, found the end of the line; SKIPPED",
                "6:1 {\n \"b\": 2\n}",
            ],
        ),
        (
            r#"[$  {$    "a": "x\$  },$  {$    "b": 2$  }$]"#,
            &[
                "2:3 ! line 3, column 13: expected `\"` at the end of the string, found the end of the line; SKIPPED",
                "5:3 {\n    \"b\": 2\n  }",
            ],
        ),
        (
            r#"[$  {$    "a": {$      "b": {}$  },$  {$    "b": 2$  },$  3$]"#,
            &[
                "2:3 ! line 6, column 3: expected a key in double quotes, found `{`; SKIPPED",
                "6:3 {\n    \"b\": 2\n  }",
                "9:3 3",
            ],
        ),
        // between values
        (
            r#"{"a":1}{"b":2},{"c":3}}{"d":4}"#,
            &[
                r#"1:1 {"a":1}"#,
                r#"1:8 {"b":2}"#,
                "1:15 ! line 1, column 15: expected a value, found `,`; SKIPPED",
                r#"1:16 {"c":3}"#,
                "1:23 ! line 1, column 23: expected a value, found `}`; SKIPPED",
                r#"1:24 {"d":4}"#,
            ],
        ),
        (
            "[1,,2,]3",
            &[
                "1:2 1",
                "1:4 ! line 1, column 4: expected a value, found `,`; SKIPPED",
                "1:5 2",
                "1:7 ! line 1, column 7: expected a value, found `]`; SKIPPED",
                "1:8 3",
            ],
        ),
        (
            r#"[1 {"a":2},:3,}4,5]"#,
            &[
                "1:2 1",
                "1:4 ! line 1, column 4: expected `,` or `]`, found `{`; SKIPPED",
                "1:12 ! line 1, column 12: expected a value, found `:`; SKIPPED",
                "1:15 ! line 1, column 15: expected a value, found `}`; SKIPPED",
                "1:18 5",
            ],
        ),
        ("[,1]", &["1:2 ! line 1, column 2: expected a value or `]`, found `,`; SKIPPED", "1:3 1"]),
        // truncated input
        ("[", &["1:2 ! line 1, column 2: expected a value or `]`, found the end of the input; CUT"]),
        ("[1,$", &["1:2 1", "2:1 ! line 2, column 1: expected a value, found the end of the input; CUT"]),
        ("[1", &["1:2 1", "1:3 ! line 1, column 3: expected `,` or `]`, found the end of the input; CUT"]),
        (
            r#"[{"a":1},{"b"#,
            &[
                r#"1:2 {"a":1}"#,
                "1:10 ! line 1, column 13: expected `\"` at the end of the string, found the end of the input; CUT",
            ],
        ),
        (
            r#"{"a":1}{"b":{"c":2}"#,
            &[
                r#"1:1 {"a":1}"#,
                "1:8 ! line 1, column 20: expected `,` or `}`, found the end of the input; CUT",
            ],
        ),
        // everything lost after an unbalanced fault is one item
        (
            r#"[{"a":1},{"b":{"c" 1},{"d":1}]"#,
            &[r#"1:2 {"a":1}"#, "1:10 ! line 1, column 20: expected `:` after the key, found `1`; SKIPPED"],
        ),
        (
            "[1,\u{1}2,{\u{e9}}]",
            &[
                "1:2 1",
                "1:4 \u{1}2",
                "1:7 ! line 1, column 8: expected a key in double quotes or `}`, found the byte 0xC3; SKIPPED",
            ],
        ),
    ];
    for (input, expected) in cases {
        let expected: Vec<_> =
            expected.iter().map(|it| it.replace("SKIPPED", skipped).replace("CUT", cut)).collect();
        let bytes = input.replace('$', "\n");
        assert_eq!(read_all_ways(bytes.as_bytes(), Limits::default()), expected, "input: {input}");
    }
}

#[test]
fn large_events_are_rejected_as_one() {
    let large = "the event has 21 bytes, and 20 are allowed (limit `event_bytes`); split it";
    let much = large.replace("21", "316");
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(308));
    let exact = r#"{"a":"xxxxxxxxxxxx"}"#;
    let over = r#"{"a":"xxxxxxxxxxxxx"}"#;
    for (input, expected) in [
        (
            format!("{exact}\n{over}\n{long}\r\n1\n{long}"),
            vec![
                format!("1:1 {exact}"),
                format!("2:1 ! {large}"),
                format!("3:1 ! {}", much.replace("316", "317")),
                "4:1 1".to_owned(),
                format!("5:1 ! {much}"),
            ],
        ),
        (
            format!("{exact}\r\n{over}\r\n"),
            vec![format!("1:1 {exact}"), format!("2:1 ! {}", large.replace("21", "22"))],
        ),
        (
            format!("[{exact},{over},{long},1,{long}]"),
            vec![
                format!("1:2 {exact}"),
                format!("1:23 ! {large}"),
                format!("1:45 ! {much}"),
                "1:362 1".to_owned(),
                format!("1:364 ! {much}"),
            ],
        ),
        (
            format!("{{\n}}{over}\n{long}2 {}", "3".repeat(21)),
            vec![
                "1:1 {\n}".to_owned(),
                format!("2:2 ! {large}"),
                format!("3:1 ! {much}"),
                "3:317 2".to_owned(),
                format!("3:319 ! {large}"),
            ],
        ),
        // the format is undecided until the limit is reached
        (long.clone(), vec![format!("1:1 ! {much}")]),
        (format!("{{\"a\":\n{long}\n}}"), vec![format!("1:1 ! {}", much.replace("316", "324"))]),
    ] {
        assert_eq!(read_all_ways(input.as_bytes(), small_limit(20)), expected, "input: {input}");
    }
}

#[test]
fn deep_nesting_is_rejected() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let input = format!("[{},{},1]", deep(127), deep(128));
    let read = read_all_ways(input.as_bytes(), Limits::default());
    assert_eq!(read[0], format!("1:2 {}", deep(127)));
    assert_eq!(
        read[1..],
        [
            "1:257 ! line 1, column 384: arrays and objects are nested deeper than 127 levels \
             (limit `event_depth`); flatten the event",
            "1:514 1",
        ]
    );
}
