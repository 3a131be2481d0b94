//! Mappings of every size: loaded, checked, compiled, shown, bound, their tests run and their findings written.

use mapwright::{Scratch, Sources, Spec};
use mapwright_report::{CoverageFormat, Format, Look, render, render_coverage};
use mapwright_tests::{DESTINATION, NOW, VERSION};
use mapwright_validate::{Options, validate};
use serde_json::{Value, json};

use crate::measure::{Case, FACTOR, Work};

/// Files beside `destination.yaml`, `1.0/version.yaml` and `1.0/identify.yaml`, which are there if they are not among them.
pub type Files = Vec<(String, String)>;

pub fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| line(i) + "\n").collect()
}

pub fn inline(n: usize, item: impl Fn(usize) -> String) -> String {
    (0..n).map(item).collect::<Vec<_>>().join(", ")
}

pub const STEP: &str = "steps:\n  send: { operation: send, body: thing }\n";

pub fn identify(text: String) -> Files {
    vec![("identify.yaml".to_owned(), format!("message: identify\n{text}"))]
}

/// Fields of the part that is sent.
pub fn fields(fields: String) -> Files {
    identify(format!("payload:\n  thing:\n{fields}{STEP}"))
}

pub fn version(more: String) -> (String, String) {
    ("version.yaml".to_owned(), format!("{VERSION}{more}"))
}

pub fn with_version(more: String, mut files: Files) -> Files {
    files.push(version(more));
    files
}

pub fn destination(settings: String) -> (String, String) {
    ("../destination.yaml".to_owned(), DESTINATION.replace("settings:", &format!("settings:\n{settings}")))
}

fn operation(more: String) -> String {
    VERSION.replace(
        "send: { method: POST, path: /send }",
        &format!("send: {{ method: POST, path: /send, {more} }}"),
    )
}

pub fn with_schema(schema: String, mut files: Files) -> Files {
    files.push(("version.yaml".to_owned(), operation("schema: s.json".to_owned())));
    files.push(("/schemas/acme/1.0/s.json".to_owned(), schema));
    files
}

pub fn next_version(text: String, mut files: Files) -> Files {
    files.push(("../2.0/version.yaml".to_owned(), "version: \"2.0\"\nextends: \"1.0\"\n".to_owned()));
    files.push(("../2.0/identify.yaml".to_owned(), text));
    files
}

pub fn tests_of(tests: String) -> Files {
    let mut files = fields("    x: traits.x\n    all: { rest_of: [traits] }\n".to_owned());
    files.push(("identify.test.yaml".to_owned(), format!("settings: {{ apiKey: key }}\ntests:\n{tests}")));
    files
}

fn object(n: usize) -> String {
    let members: serde_json::Map<String, Value> = (0..n).map(|i| (format!("k{i}"), i.into())).collect();
    Value::from(members).to_string()
}

pub type Make = fn(usize) -> Files;

/// What there can be much of. Those with a limit of their own end there.
const MAPPINGS: &[(&str, usize, Make)] = &[
    ("fields", 0, |n| fields(lines(n, |i| format!("    f{i}: traits.f{i}")))),
    ("fields with alternatives", 0, |n| {
        fields(lines(n, |i| format!("    f{i}: [traits.f{i}, context.traits.f{i}, {{ value: 1 }}]")))
    }),
    ("fields whose names are alike", 0, |n| {
        fields(lines(n, |i| {
            format!(
                "    a_common_beginning_{i:08}_a_common_end: traits.a_common_beginning_{i:08}_a_common_end"
            )
        }))
    }),
    ("fields that read fields", 0, |n| {
        identify(format!(
            "payload:\n  other:\n{}  thing:\n{}{STEP}",
            lines(n, |i| format!("    f{i}: traits.f{i}")),
            lines(n, |i| format!("    f{i}: payload.other.f{i}"))
        ))
    }),
    ("fields with conversions", 0, |n| {
        fields(lines(n, |i| {
            format!(
                "    f{i}: {{ from: traits.f{i}, as: [integer, {{ multiply: {i} }}, {{ replace: {{ text: a, with: b }} }}] }}"
            )
        }))
    }),
    ("fields with conditions", 0, |n| {
        fields(lines(n, |i| {
            format!("    f{i}: {{ from: traits.f{i}, when: 'traits.a{i} == {i} and not traits.b' }}")
        }))
    }),
    ("fields with templates", 0, |n| {
        fields(lines(n, |i| {
            format!("    f{i}: {{ template: 'a {{{{ traits.f{i} }}}} b {{{{ traits.g|upper }}}}' }}")
        }))
    }),
    ("fields of settings", 0, |n| {
        let mut files = fields(lines(n, |i| format!("    f{i}: settings.s{i}")));
        files.push(destination(lines(n, |i| format!("  s{i}: {{ type: string, default: x }}"))));
        files
    }),
    ("items", 0, |n| {
        fields(format!("    l:\n      list:\n{}", lines(n, |i| format!("        - traits.f{i}"))))
    }),
    ("alternatives", 0, |n| fields(format!("    l:\n{}", lines(n, |i| format!("      - traits.f{i}"))))),
    ("indexes", 0, |n| fields(lines(n, |i| format!("    f{i}: 'traits.l[{i}]'")))),
    ("objects", 0, |n| {
        fields(lines(n, |i| format!("    f{i}: {{ a: traits.a{i}, b: {{ c: traits.c{i} }} }}")))
    }),
    ("cases", 0, |n| {
        fields(format!(
            "    s:\n      switch: traits.s\n      cases:\n{}",
            lines(n, |i| format!("        c{i}: {{ value: {i} }}"))
        ))
    }),
    ("omitted names", 0, |n| {
        fields(format!(
            "    r: {{ rest_of: [traits, context.traits], omit: [{}] }}\n",
            inline(n, |i| format!("o{i}"))
        ))
    }),
    ("omitted names that are alike", 0, |n| {
        fields(format!(
            "    r: {{ rest_of: [traits], omit: [{}] }}\n",
            inline(n, |i| format!("a_common_beginning_{i:08}_a_common_end"))
        ))
    }),
    ("names of conversions", 0, |n| {
        fields(format!(
            "    p: {{ from: traits.p, as: {{ pick: [{}] }} }}\n    o: {{ from: traits.p, as: {{ omit: [{}] }} }}\n",
            inline(n, |i| format!("o{i}")),
            inline(n, |i| format!("o{i}"))
        ))
    }),
    ("tables of conversions", 0, |n| {
        fields(format!(
            "    p: {{ from: traits.p, as: {{ lookup: {{ table: {{ {} }}, case: ignore }} }} }}\n",
            inline(n, |i| format!("o{i}: {i}"))
        ))
    }),
    ("shared sets, used", 0, |n| {
        with_version(
            format!("sets:\n{}", lines(n, |i| format!("  s{i}: [a{i}, b{i}]"))),
            fields(lines(n, |i| format!("    f{i}: {{ from: traits.f{i}, as: {{ omit: [$s{i}] }} }}"))),
        )
    }),
    ("a large set, used often", 0, |n| {
        with_version(
            format!("sets:\n  s: [{}]\n", inline(n, |i| format!("a{i}"))),
            fields(lines(n / 4, |i| format!("    f{i}: {{ from: traits.f{i}, as: {{ omit: [$s] }} }}"))),
        )
    }),
    ("a large table, used often", 0, |n| {
        with_version(
            format!("tables:\n  t: {{ {} }}\n", inline(n, |i| format!("a{i}: {i}"))),
            fields(lines(n / 4, |i| format!("    f{i}: {{ from: traits.f{i}, as: {{ lookup: t }} }}"))),
        )
    }),
    ("named lists, used", 0, |n| {
        with_version(
            format!("values:\n{}", lines(n, |i| format!("  l{i}: [traits.a{i}, traits.b{i}]"))),
            fields(lines(n, |i| format!("    f{i}: $l{i}"))),
        )
    }),
    ("settings that conversions read", 0, |n| {
        let mut files = fields(lines(n, |i| {
            format!("    f{i}: {{ from: traits.f{i}, as: {{ lookup: settings.s{i} }} }}")
        }));
        files.push(destination(lines(n, |i| {
            format!("  s{i}: {{ type: list, items: {{ from: {{ type: string }}, to: {{ type: string }} }} }}")
        })));
        files
    }),
    ("operations", 0, |n| {
        with_version(
            lines(n, |i| {
                format!(
                    "  o{i}: {{ method: POST, path: '/o/{i}/{{id}}', query: {{ a: {{ value: 1 }} }}, responses: [{{ status: 404, class: done }}] }}"
                )
            }),
            fields("    x: userId\n".to_owned()),
        )
    }),
    ("operations of one schema", 0, |n| {
        let properties: serde_json::Map<String, Value> =
            (0..n).map(|i| (format!("p{i}"), json!({ "type": "string" }))).collect();
        let mut files = with_version(
            lines(n, |i| format!("  o{i}: {{ method: POST, path: /o, schema: s.json }}")),
            fields("    x: userId\n".to_owned()),
        );
        files.push((
            "/schemas/acme/1.0/s.json".to_owned(),
            json!({ "type": "object", "properties": properties }).to_string(),
        ));
        files
    }),
    ("message files", 0, |n| {
        let mut files = fields("    x: userId\n".to_owned());
        files.extend((0..n).map(|i| {
            (format!("m{i}.yaml"), format!("message: m{i}\npayload: {{ thing: {{ x: userId }} }}\n{STEP}"))
        }));
        files
    }),
    ("versions beside each other", 400, |n| {
        let mut files = fields("    x: userId\n".to_owned());
        files.extend(
            (0..n).map(|i| {
                (format!("../2.{i}/version.yaml"), format!("version: \"2.{i}\"\nextends: \"1.0\"\n"))
            }),
        );
        files
    }),
    ("fields that differ", 0, |n| {
        next_version(
            format!("payload:\n  thing:\n{}", lines(n, |i| format!("    f{i}: {{ default: {i} }}"))),
            fields(lines(n, |i| format!("    f{i}: traits.f{i}"))),
        )
    }),
    ("edits of a list", 0, |n| {
        next_version(
            format!(
                "payload:\n  thing:\n    l: {{ from: {{ last: [{}] }} }}\n",
                inline(n, |i| format!("traits.b{i}"))
            ),
            fields(format!("    l: [{}]\n", inline(n, |i| format!("traits.a{i}")))),
        )
    }),
    ("parts taken away", 1_000, |n| {
        next_version(
            format!("remove: [{}]\n", inline(n, |i| format!("payload.thing.f{i}"))),
            fields(lines(n, |i| format!("    f{i}: traits.f{i}")) + "    x: userId\n"),
        )
    }),
    ("parts", 1_000, |n| {
        identify(format!(
            "payload:\n{}  thing: {{ x: userId }}\n{STEP}",
            lines(n.min(998), |i| format!("  p{i}: {{ a: traits.a{i} }}"))
        ))
    }),
    ("parts that read each other", 1_000, |n| {
        identify(format!(
            "payload:\n{}  thing: {{ x: payload.p0.a }}\n{STEP}",
            lines(n.min(998), |i| if i + 1 < n.min(998) {
                format!("  p{i}: {{ a: payload.p{}.a }}", i + 1)
            } else {
                format!("  p{i}: {{ a: userId }}")
            })
        ))
    }),
    ("steps", 1_000, |n| {
        identify(format!(
            "payload:\n  thing: {{ x: userId }}\nsteps:\n{}",
            lines(n.min(999), |i| format!("  s{i}: {{ operation: send, when: traits.s{i}, body: thing }}"))
        ))
    }),
    ("steps that use one", 999, |n| {
        with_version(
            "steps: { one: { operation: send, body: { x: userId } } }\n".to_owned(),
            identify(format!(
                "steps:\n{}",
                lines(n, |i| format!("  s{i}: {{ use: one, when: traits.s{i} }}"))
            )),
        )
    }),
    ("variants", 0, |n| {
        identify(format!(
            "payload:\n  thing: {{ x: userId }}\n{STEP}variants:\n{}",
            lines(n, |i| format!(
                "  v{i}: {{ when: 'traits.v == {i}', payload: {{ thing: {{ y: traits.y{i} }} }} }}"
            ))
        ))
    }),
    ("requirements", 0, |n| {
        identify(format!(
            "payload:\n  thing: {{ x: userId }}\nrequire:\n{}{STEP}",
            lines(n, |i| format!(
                "  - {{ any: [traits.a{i}, {{ all: [userId, traits.b] }}], otherwise: no {i} }}"
            ))
        ))
    }),
    ("rules of skips, warnings and order", 0, |n| {
        identify(format!(
            "payload:\n  thing: {{ x: userId }}\nskip:\n{}warn:\n{}order:\n{}{STEP}",
            lines(n, |i| format!("  - {{ when: traits.a{i}, reason: a }}")),
            lines(n, |i| format!("  - {{ when: traits.b{i}, code: c{i}, message: m }}")),
            lines(n, |i| format!("  o{i}: traits.o{i}"))
        ))
    }),
    ("response rules", 0, |n| {
        with_version(
            format!(
                "responses:\n{}",
                lines(n, |i| format!(
                    "  - {{ status: 404, when: 'response.body.a == {i}', class: give_up, code: c{i} }}"
                ))
            ),
            fields("    x: userId\n".to_owned()),
        )
    }),
    ("headers and queries", 0, |n| {
        with_version(
            format!("query:\n{}", lines(n, |i| format!("  q{i}: {{ value: {i} }}"))),
            fields("    x: userId\n".to_owned()),
        )
    }),
    ("hosts and names", 0, |n| {
        let mut files = fields("    x: userId\n".to_owned());
        files.push((
            "../destination.yaml".to_owned(),
            DESTINATION
                .replace("hosts: [", &format!("hosts: [{}, ", inline(n, |i| format!("h{i}.example.com"))))
                .replace("names: [", &format!("names: [{}, ", inline(n, |i| format!("N{i}")))),
        ));
        files
    }),
    ("settings", 0, |n| {
        let mut files = fields("    x: userId\n".to_owned());
        files.push(destination(lines(n, |i| {
            format!("  s{i}: {{ type: string, alias: [a{i}], one_of: [x, y], default: x }}")
        })));
        files
    }),
    ("properties of a schema", 0, |n| {
        let properties: serde_json::Map<String, Value> =
            (0..n).map(|i| (format!("f{i}"), json!({ "type": "string" }))).collect();
        let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
        with_schema(
            schema.to_string(),
            fields(lines(n, |i| format!("    f{i}: {{ from: traits.f{i}, as: string }}"))),
        )
    }),
    ("references of a schema", 0, |n| {
        let schemas: serde_json::Map<String, Value> =
            (0..n).map(|i| (format!("d{i}"), json!({ "type": "string" }))).collect();
        let properties: serde_json::Map<String, Value> =
            (0..n).map(|i| (format!("f{i}"), json!({ "$ref": format!("#/$defs/d{i}") }))).collect();
        with_schema(
            json!({ "$defs": schemas, "properties": properties }).to_string(),
            fields("    x: userId\n".to_owned()),
        )
    }),
    ("words of a schema", 0, |n| {
        let words: Vec<String> = (0..n).map(|i| format!("w{i}")).collect();
        with_schema(
            json!({ "properties": { "x": { "enum": words }, "y": { "required": words } } }).to_string(),
            fields("    x: userId\n".to_owned()),
        )
    }),
    ("tests", 0, |n| {
        tests_of(lines(n, |i| {
            format!(
                "  - {{ name: t{i}, event: {{ type: identify, userId: u, traits: {{ x: {i} }} }}, expect: {{ requests: [{{ step: send, body: {{ x: {i} }} }}] }} }}"
            )
        }))
    }),
    ("cases of a test", 1_000, |n| {
        tests_of(format!(
            "  - name: t\n    event: {{ type: identify, userId: u }}\n    expect: {{ requests: [{{ step: send }}] }}\n    cases:\n{}",
            lines(n.min(999), |i| format!("      - {{ set: {{ traits.x: {i} }} }}"))
        ))
    }),
    ("tests that fail", 0, |n| {
        tests_of(lines(n, |i| {
            format!(
                "  - {{ name: t{i}, event: {{ type: identify, userId: u, traits: {{ x: {i} }} }}, expect: {{ requests: [{{ step: send, body: {{ x: no{i} }} }}] }} }}"
            )
        }))
    }),
    ("cases that fail", 1_000, |n| {
        tests_of(format!(
            "  - name: t\n    event: {{ type: identify, userId: u }}\n    expect: {{ requests: [{{ step: send, body: {{ x: no }} }}] }}\n    cases:\n{}",
            lines(n.min(999), |i| format!("      - {{ set: {{ traits.x: {i} }} }}"))
        ))
    }),
    ("a large body that is expected", 0, |n| {
        tests_of(format!(
            "  - {{ name: t, event: {{ type: identify, userId: u, traits: {} }}, expect: {{ requests: [{{ step: send, body: {{ all: {} }} }}] }} }}\n",
            object(n),
            object(n)
        ))
    }),
    ("a large body that differs", 0, |n| {
        tests_of(format!(
            "  - {{ name: t, event: {{ type: identify, userId: u, traits: {} }}, expect: {{ requests: [{{ step: send, body: {{ all: {} }} }}] }} }}\n",
            object(n),
            object(n).replace(":", ": 1")
        ))
    }),
    ("an event of a large test", 0, |n| {
        tests_of(format!(
            "  - name: t\n    event: {{ type: identify, userId: u, traits: {} }}\n    expect: {{ requests: [{{ step: send }}] }}\n    cases:\n{}",
            object(n),
            lines(8, |i| format!("      - {{ set: {{ traits.x: {i} }} }}"))
        ))
    }),
    // mistakes
    ("fields that are not known", 0, |n| fields(lines(n, |i| format!("    f{i}: trait.f{i}")))),
    ("operations that are not known", 999, |n| {
        with_version(
            lines(n, |i| format!("  operation_{i}: {{ method: POST, path: /o }}")),
            identify(format!("steps:\n{}", lines(n, |i| format!("  s{i}: {{ operation: operatoin_x{i} }}")))),
        )
    }),
    ("payload fields that are not known", 0, |n| {
        identify(format!(
            "payload:\n  other:\n{}  thing:\n{}{STEP}",
            lines(n, |i| format!("    field_{i}: traits.f{i}")),
            lines(n, |i| format!("    f{i}: payload.other.feild_x{i}"))
        ))
    }),
    ("settings that are not known", 0, |n| {
        let mut files = fields(lines(n, |i| format!("    f{i}: settings.steting_x{i}")));
        files.push(destination(lines(n, |i| format!("  setting_{i}: {{ type: string }}"))));
        files
    }),
    ("sets that are not known", 0, |n| {
        with_version(
            format!("sets:\n{}", lines(n, |i| format!("  set_{i}: [a]"))),
            fields(lines(n, |i| format!("    f{i}: {{ from: traits.f, as: {{ omit: [$ste_x{i}] }} }}"))),
        )
    }),
    ("lists that are not known", 0, |n| {
        with_version(
            format!("values:\n{}", lines(n, |i| format!("  list_{i}: [traits.a]"))),
            fields(lines(n, |i| format!("    f{i}: $lsit_x{i}"))),
        )
    }),
    ("properties that are not known", 0, |n| {
        let properties: serde_json::Map<String, Value> =
            (0..n).map(|i| (format!("property_{i}"), json!({}))).collect();
        let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
        with_schema(schema.to_string(), fields(lines(n, |i| format!("    proprety_x{i}: traits.f{i}"))))
    }),
    ("keys that are not known", 0, |n| {
        identify(format!("payload:\n  thing: {{ x: userId }}\n{STEP}{}", lines(n, |i| format!("key_{i}: 1"))))
    }),
    ("keys that are there twice", 0, |n| fields(lines(n, |i| format!("    f{}: traits.f{i}", i / 2)))),
    ("nothing to override", 0, |n| {
        next_version(
            format!("payload:\n  thing:\n{}", lines(n, |i| format!("    g{i}: {{ default: {i} }}"))),
            fields(lines(n, |i| format!("    f{i}: traits.f{i}"))),
        )
    }),
    ("conversions that are wrong", 0, |n| {
        fields(lines(n, |i| format!("    f{i}: {{ from: traits.f, as: {{ lookpu: {i} }} }}")))
    }),
    ("mistakes on one line", 0, |n| {
        identify(format!(
            "payload: {{ thing: {{ {} }} }}\n{STEP}",
            inline(n, |i| format!("fé{i}: trait.f{i}"))
        ))
    }),
    // files
    ("one line", 0, |n| {
        identify(format!(
            "payload: {{ thing: {{ {} }} }}\n{STEP}",
            inline(n, |i| format!("f{i}: {{ from: [traits.f{i}] }}"))
        ))
    }),
    ("one line of JSON", 0, |n| {
        let rows: serde_json::Map<String, Value> =
            (0..n).map(|i| (format!("é{i}"), json!({ "from": [format!("traits.f{i}")] }))).collect();
        vec![("identify.yaml".to_owned(), json!({ "message": "identify", "payload": { "thing": rows }, "steps": { "send": { "operation": "send", "body": "thing" } } }).to_string())]
    }),
    ("comments", 0, |n| {
        identify(format!(
            "{}payload:\n  thing: {{ x: userId }}\n{STEP}",
            lines(n, |i| format!("# a comment {i}"))
        ))
    }),
    ("a long text", 0, |n| fields(format!("    x: {{ value: \"{}\" }}\n", "long é ".repeat(n)))),
    ("a block of text", 0, |n| {
        fields(format!("    x:\n      value: |\n{}", lines(n, |i| format!("        line é {i}"))))
    }),
    ("a long value", 0, |n| fields(format!("    x: {{ value: {} }}\n", object(n)))),
    ("a long template", 0, |n| {
        fields(format!("    x: {{ template: \"{} {{{{ userId }}}}\" }}\n", "long é ".repeat(n)))
    }),
    ("a long condition", 0, |n| {
        fields(format!("    x: {{ value: 1, when: 'traits.x == \"{}\"' }}\n", "long é ".repeat(n)))
    }),
    ("a long list in a condition", 60, |n| {
        fields(format!(
            "    x: {{ value: 1, when: 'traits.x in [{}]' }}\n",
            inline(n, |i| format!("\"w{i}\""))
        ))
    }),
    ("comments in a template", 0, |n| fields(format!("    x: {{ template: '{}' }}\n", "{# #}".repeat(n)))),
    ("raw texts in a template", 0, |n| {
        fields(format!("    x: {{ template: '{}' }}\n", "{% raw %}{{ a }}{% endraw %}".repeat(n)))
    }),
    ("many aliases", 1_000, |n| {
        fields(format!("    a: &a [traits.a, traits.b]\n{}", lines(n.min(990), |i| format!("    f{i}: *a"))))
    }),
    ("objects inside of each other", 0, |n| {
        fields(format!(
            "    x: {{ value: [{}] }}\n",
            inline(n.div_ceil(30), |_| format!("{}1{}", "{ a: ".repeat(30), " }".repeat(30)))
        ))
    }),
    ("rows inside of each other", 0, |n| {
        fields(lines(n.div_ceil(12), |i| {
            format!("    f{i}: {}traits.a{}", "{ a: ".repeat(24), " }".repeat(24))
        }))
    }),
];

pub fn sources(files: &Files) -> Sources {
    let mut sources: Sources = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", VERSION),
        ("mappings/acme/1.0/identify.yaml", "message: identify\npayload: { thing: { x: userId } }\nsteps: { send: { operation: send, body: thing } }\n"),
    ]
    .into_iter()
    .collect();
    for (path, text) in files {
        let path = match (path.strip_prefix("../"), path.strip_prefix('/')) {
            (Some(path), _) => format!("mappings/acme/{path}"),
            (_, Some(path)) => path.to_owned(),
            _ => format!("mappings/acme/1.0/{path}"),
        };
        sources.insert(path, text.as_str());
    }
    sources
}

/// All that is done with files.
fn all(sources: &Sources) {
    let report = validate(sources, &Options::default().with_coverage(true));
    let written = render(&report, sources, Format::Text(Look::PLAIN));
    assert!(!written.is_empty() && !render(&report, sources, Format::Json).is_empty());
    let coverage = report.coverage.unwrap();
    for format in [
        CoverageFormat::Text,
        CoverageFormat::Json,
        CoverageFormat::Lcov,
        CoverageFormat::Cobertura,
        CoverageFormat::Lines,
    ] {
        let _ = render_coverage(&coverage, sources, format);
    }
    let spec = Spec::load(sources);
    for address in ["acme", "acme/1.0", "acme/1.0/identify"] {
        let _ = spec.show(address, None);
    }
    let plans = match spec.check() {
        Ok(valid) => valid.compile(),
        Err(found) => found.partial.compile(),
    };
    let settings = json!({ "apiKey": "key" });
    if let Ok(plan) = plans.plan("acme", None, &settings) {
        let mapper = plan.bind(&settings).unwrap();
        let event = r#"{"type":"identify","userId":"u1","traits":{"f1":"a","s":"c1","l":[1]}}"#;
        let mut scratch = Scratch::new();
        if let mapwright::Outcome::Mapped(mut run) = mapper.map(event, NOW, &mut scratch) {
            let _ = run.preview();
        }
    }
}

pub fn cases(more: &[(&'static str, usize, Make)]) -> Vec<Case> {
    [cases_of(MAPPINGS), cases_of(more)].into_iter().flatten().collect()
}

pub fn cases_of(forms: &[(&'static str, usize, Make)]) -> Vec<Case> {
    let case = |(name, most, make): &(&'static str, usize, Make)| {
        let make = *make;
        let case = Case::new(*name, move |n| {
            let sources = sources(&make(n));
            let bytes = sources.iter().map(|(_, text)| text.len()).sum();
            Work { bytes, run: Box::new(move || all(&sources)) }
        });
        // no file has more than 100,000 nodes; without optimisation all takes twenty times as long
        let least = if cfg!(debug_assertions) { 32 } else { 512 };
        match most {
            0 => case.at_least(least).up_to(20_000),
            most => case.at_least((most / FACTOR).max(1)).up_to(*most),
        }
    };
    forms.iter().map(case).collect()
}
