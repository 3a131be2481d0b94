//! Arithmetic, filters, parts of values and loops.

use serde_json::Value;

use crate::harness::{made, name_of, rows, template};

/// Expressions and what a template prints of them; nothing where they have no value.
fn check_texts(traits: &str, cases: &[(&str, Option<&str>)]) {
    let rows = rows(cases.iter().map(|(expr, _)| (expr.to_string(), template(&format!("{{{{ {expr} }}}}")))));
    let made = made(&rows, traits);
    for (expr, expected) in cases {
        assert_eq!(made.get(*expr).and_then(Value::as_str), *expected, "{expr}");
    }
}

#[test]
fn arithmetic_is_exact_on_integers_and_takes_numbers_only() {
    check_texts(
        r#"{"n":7,"f":2.5,"big":18446744073709551615,"t":"7","l":[1],"b":true,"z":0,"nil":null}"#,
        &[
            ("traits.n + 1", Some("8")),
            ("1 + traits.n * 2", Some("15")),
            ("(1 + traits.n) * 2", Some("16")),
            ("traits.n - 10", Some("-3")),
            ("traits.n / 2", Some("3.5")),
            ("traits.n // 2", Some("3")),
            ("-traits.n // 2", Some("-4")),
            ("-6 // 2", Some("-3")),
            ("traits.n // -2", Some("-4")),
            ("traits.f % -2", Some("-1.5")),
            ("traits.n % 4", Some("3")),
            ("-traits.n % 4", Some("1")),
            ("traits.n % -4", Some("-1")),
            ("8 % 4", Some("0")),
            ("traits.f // 1", Some("2")),
            ("-traits.f % 2", Some("1.5")),
            ("4.5 % -1.5", Some("0")),
            ("traits.f + 1.25", Some("3.75")),
            ("-4.0 % 2", Some("0")),
            ("traits.n ** 2", Some("49")),
            ("2 ** -1", Some("0.5")),
            ("2 ** 0.5 > 1.414", Some("true")),
            ("traits.big - 1", Some("18446744073709551614")),
            ("traits.big + 1", Some("18446744073709551616")),
            ("traits.big * traits.big > 1e38", Some("true")),
            ("2 ** 63", Some("9223372036854775808")),
            ("9007199254740993 + traits.z", Some("9007199254740993")),
            ("-9223372036854775808", Some("-9223372036854775808")),
            ("-(9223372036854775807 + 1)", Some("-9223372036854775808")),
            ("-traits.big", Some("-18446744073709551616")),
            ("traits.n / 0", None),
            ("traits.n // traits.z", None),
            ("traits.n % 0", None),
            ("0.0 / 0", None),
            ("1e300 * 1e300", None),
            ("traits.n + traits.t", None),
            ("traits.n + traits.b", None),
            ("traits.n + traits.missing", None),
            ("traits.n + traits.nil", None),
            ("traits.t * 2", None),
            ("-traits.t", None),
            ("-traits.missing", None),
            ("traits.t + traits.t", Some("77")),
            ("traits.l + [traits.n]", Some("[1,7]")),
            ("traits.l + traits.t", None),
            ("traits.t ~ traits.n ~ traits.b ~ traits.l", Some("77true[1]")),
            ("traits.t ~ traits.missing", None),
            ("traits.t ~ traits.nil", None),
        ],
    );
}

#[test]
fn filters_take_what_the_reference_says() {
    check_texts(
        r#"{"t":" Ab-cD ","n":-7,"f":2.567,"digits":"42","hex":"x","nil":null,"b":true,"l":[3,"x",null,true],
            "o":{"k":1,"l":[2]},"people":[{"n":{"f":"A"}},{},{"n":{"f":"B"}}],"e":"","u":"éa","big":18446744073709551615}"#,
        &[
            ("traits.n|abs", Some("7")),
            ("traits.f|abs", Some("2.567")),
            ("(0 - traits.f)|abs", Some("2.567")),
            ("traits.big|abs", Some("18446744073709551615")),
            ("(0 - 9223372036854775807 - 1)|abs", Some("9223372036854775808")),
            ("traits.digits|abs", None),
            ("traits.n|bool", Some("true")),
            ("traits.e|bool", Some("false")),
            ("traits.missing|bool", Some("false")),
            ("traits.t|trim|capitalize", Some("Ab-cd")),
            ("traits.u|capitalize", Some("Éa")),
            ("traits.t|title", Some(" Ab-Cd ")),
            ("traits.t|lower", Some(" ab-cd ")),
            ("traits.t|upper", Some(" AB-CD ")),
            ("traits.b|upper", Some("TRUE")),
            ("traits.o|upper", Some(r#"{"K":1,"L":[2]}"#)),
            ("traits.nil|upper", None),
            ("traits.missing|upper", None),
            ("traits.t|trim", Some("Ab-cD")),
            ("'xyaxyx'|trim('yx')", Some("a")),
            ("traits.missing|default('d')", Some("d")),
            ("traits.nil|default('d')", Some("d")),
            ("traits.e|default('d')", Some("")),
            ("traits.e|default('d', true)", Some("d")),
            ("traits.e|default('d', boolean=true)", Some("d")),
            ("traits.n|default('d', true)", Some("-7")),
            ("traits.missing|default(traits.nil)", None),
            ("traits.missing|default", Some("")),
            ("traits.missing|default(traits.n)|abs", Some("7")),
            ("traits.l|first", Some("3")),
            ("traits.l|last", Some("true")),
            ("[]|first", None),
            ("traits.o|first", Some("k")),
            ("traits.o|last", Some("l")),
            ("traits.u|first", Some("é")),
            ("traits.u|last", Some("a")),
            ("traits.n|first", None),
            ("traits.digits|int + 1", Some("43")),
            ("'-2.9'|int", Some("-2")),
            ("traits.f|int", Some("2")),
            ("traits.big|int", Some("18446744073709551615")),
            ("1e300|int == 1e300", Some("true")),
            ("traits.b|int", Some("1")),
            ("traits.hex|int", None),
            ("traits.hex|int(0)", Some("0")),
            ("traits.missing|int", None),
            ("traits.missing|int(default=5)", Some("5")),
            ("traits.nil|int", None),
            ("traits.l|int", None),
            ("traits.digits|float / 4", Some("10.5")),
            ("'inf'|float", None),
            ("'nan'|float", None),
            ("traits.hex|float(1.5)", Some("1.5")),
            ("traits.b|float is float", Some("true")),
            ("traits.l|join(',')", Some("3,x,true")),
            ("traits.l|join", Some("3xtrue")),
            ("traits.people|join('+', attribute='n.f')", Some("A+B")),
            ("traits.o|join(' ')", Some("k l")),
            ("traits.u|join('-')", Some("é-a")),
            ("traits.n|join(',')", None),
            ("traits.l|length", Some("4")),
            ("traits.o|length", Some("2")),
            ("traits.u|length", Some("2")),
            ("traits.n|length", None),
            ("traits.missing|length", None),
            ("traits.o|list", Some(r#"["k","l"]"#)),
            ("traits.u|list", Some(r#"["é","a"]"#)),
            ("traits.n|list", None),
            ("traits.t|replace('b', '')", Some(" A-cD ")),
            ("'aaa'|replace('a', 'b', 2)", Some("bba")),
            ("'aaa'|replace('a', 'b', count=-1)", Some("bbb")),
            ("'ab'|replace('', '.')", Some(".a.b.")),
            ("'a1'|replace(1, true)", Some("atrue")),
            ("'a'|replace('a', traits.missing)", None),
            ("traits.f|round", Some("3")),
            ("traits.f|round(1)", Some("2.6")),
            ("traits.f|round(precision=2, method='floor')", Some("2.56")),
            ("traits.f|round(1, 'ceil')", Some("2.6")),
            ("traits.f|round(2000, 'ceil')", Some("2.567")),
            ("0.5|round", Some("1")),
            ("1.5|round", Some("2")),
            ("2.5|round", Some("3")),
            ("-0.5|round", Some("-1")),
            ("-2.5|round", Some("-3")),
            ("1.005|round(2)", Some("1.01")),
            ("1.1|round(2, 'ceil')", Some("1.1")),
            ("-0.001|round(2, 'ceil')", Some("0")),
            ("-0.001|round(2, 'floor')", Some("-0.01")),
            ("0.001|round(2, 'ceil')", Some("0.01")),
            ("1e-300|round(15, 'ceil')", Some("1e-15")),
            ("1e300|round", Some("1e+300")),
            ("traits.big|round", Some("18446744073709551615")),
            ("traits.f|round(method='up')", None),
            ("traits.f|round(-1)", None),
            ("traits.digits|round", None),
            ("traits.l|string|length", Some("17")),
            ("traits.n|string ~ ''", Some("-7")),
            ("traits.nil|string", None),
            ("traits.t is startingwith ' A'", Some("true")),
            ("traits.t is endingwith('x')", Some("false")),
            ("traits.n is startingwith '-'", Some("true")),
            ("traits.missing is startingwith ''", Some("false")),
            ("traits.t is startingwith traits.missing", Some("false")),
        ],
    );
}

#[test]
fn patterns_are_found_in_the_text_of_a_value() {
    check_texts(
        r#"{"t":"Order Completed","n":-70,"l":["a"],"ok":true,"nil":null,"list":["a1","b","a2"]}"#,
        &[
            ("traits.t is matching('^Order')", Some("true")),
            ("traits.t is not matching('^order')", Some("true")),
            (r#"traits.t is matching("(?i)^order\\s+\\w+$")"#, Some("true")),
            ("traits.t is matching(pattern='Completed$')", Some("true")),
            ("traits.n is matching('^-[0-9]+$')", Some("true")),
            ("traits.l is matching('a')", Some("true")),
            ("traits.ok is matching('^true$')", Some("true")),
            ("traits.nil is matching('')", Some("false")),
            ("traits.missing is matching('')", Some("false")),
            ("(traits.t ~ '!') is matching('!$')", Some("true")),
            ("'yes' if traits.t is matching('Com') and traits.n is matching('7') else 'no'", Some("yes")),
            // linear, however the pattern is written
            ("traits.t is matching('^(([A-Za-z ])+)+!$')", Some("false")),
        ],
    );
}

#[test]
fn parts_of_values_are_picked_by_name_place_and_slice() {
    check_texts(
        r#"{"l":[1,2,3,4],"s":"héllo","o":{"a":{"b":"x"}},"key":"a","at":1,"nil":null}"#,
        &[
            ("traits.l[0]", Some("1")),
            ("traits.l[-1]", Some("4")),
            ("traits.l[-5]", None),
            ("traits.l[traits.at]", Some("2")),
            ("traits.l[1.0]", Some("2")),
            ("traits.l[4]", None),
            ("traits.l['a']", None),
            ("traits.o[traits.key].b", Some("x")),
            ("traits.o[traits.missing]", None),
            ("traits.o[traits.nil]", None),
            ("traits.o[0]", None),
            ("(traits.o or 1).a.b", Some("x")),
            ("traits.s[-traits.at]", Some("o")),
            ("traits.s[traits.at]", Some("é")),
            ("traits.nil.a", None),
            ("traits.l[1:3]", Some("[2,3]")),
            ("traits.l[:-1]", Some("[1,2,3]")),
            ("traits.l[-2:]", Some("[3,4]")),
            ("traits.l[::2]", Some("[1,3]")),
            ("traits.l[::-1]", Some("[4,3,2,1]")),
            ("traits.l[2:0:-1]", Some("[3,2]")),
            ("traits.l[::-3]", Some("[4,1]")),
            ("traits.l[10::-3]", Some("[4,1]")),
            ("traits.l[-10::-1]", Some("[]")),
            ("traits.l[-9000000000000000000:2]", Some("[1,2]")),
            ("traits.l[10:]", Some("[]")),
            ("traits.l[::0]", None),
            ("traits.l[:traits.nil]", None),
            ("traits.s[1:3]", Some("él")),
            ("traits.s[:18000000000000000000]", Some("héllo")),
            ("traits.s[-1e19:]", Some("héllo")),
            ("traits.s[:-1e19]", Some("")),
            ("traits.o[1:]", None),
            ("[traits.l[0], traits.missing, traits.nil, 'x']", Some(r#"[1,null,"x"]"#)),
            ("{'a': traits.missing, 'b': traits.at, traits.key: 1, 'b': 2}", Some(r#"{"a":1,"b":2}"#)),
            ("{traits.nil: 1}", None),
            ("'a' if traits.missing", None),
            ("'a' if traits.missing else 'b'", Some("b")),
            ("traits.missing or traits.nil or 'x'", Some("x")),
            ("traits.at and traits.s", Some("héllo")),
            ("traits.nil and traits.s", None),
            ("1 < traits.l[1] < 3", Some("true")),
            ("1 < traits.l[1] < 2", Some("false")),
            ("3 > traits.l[1] > 1 != 0", Some("true")),
            ("1 in traits.l in [traits.l]", Some("true")),
            ("9 not in traits.l == traits.l", Some("true")),
        ],
    );
}

#[test]
fn loops_go_through_items_names_and_characters() {
    let cases = [
        (
            "{% for x in traits.l %}{{ loop.index }}/{{ loop.length }}={{ x }} {% endfor %}",
            Some("1/2=a 2/2=b "),
        ),
        (
            "{% for x in traits.l %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}",
            Some("021truefalse10 110falsetrue10 "),
        ),
        ("{% for x in traits.o %}{{ x }}{{ traits.o[x] }}{% endfor %}", Some("k1m2")),
        ("{% for x in traits.s %}{{ x }}.{% endfor %}", Some("h.é.")),
        (
            "{% for x in traits.people if x.ok %}{{ loop.index }}{{ x.n }}{% else %}none{% endfor %}",
            Some("1B"),
        ),
        ("{% for x in traits.people if x.no %}{{ x.n }}{% else %}none{% endfor %}", Some("none")),
        ("{% for x in [] %}x{% else %}none{% endfor %}", Some("none")),
        ("{% for x in traits.missing %}x{% else %}none{% endfor %}", None),
        ("{% for x in traits.nil %}x{% endfor %}", None),
        ("{% for x in 7 %}x{% endfor %}", None),
        ("{% for x in traits.people %}{{ x.missing }}{% endfor %}", None),
        (
            "{% for x in traits.l %}{% for y in traits.l %}{{ x }}{{ y }}{{ loop.depth }} {% endfor %}{% endfor %}",
            Some("aa2 ab2 ba2 bb2 "),
        ),
        ("{% for traits in [1] %}{{ traits }}{% endfor %}{{ traits.s }}", Some("1hé")),
        ("{% for x in traits.l -%}  {{ x }}  {%- endfor %}", Some("ab")),
        ("{% raw %}{{ x }}{% endraw %}", Some("{{ x }}")),
        ("{% if traits.no %}a{% elif traits.s %}b{% else %}c{% endif %}", Some("b")),
    ];
    let traits =
        r#"{"l":["a","b"],"o":{"k":1,"m":2},"s":"hé","nil":null,"people":[{"n":"A"},{"n":"B","ok":1}]}"#;
    let rows = rows(cases.iter().map(|(text, _)| (name_of(text), template(text))));
    let made = made(&rows, traits);
    for (text, expected) in cases {
        assert_eq!(made.get(&name_of(text)).and_then(Value::as_str), expected, "{text}");
    }
}
