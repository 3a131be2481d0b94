//! The same event as text, as a parsed tree and with a trace is mapped to the same result, by every shipped mapping.

use mapwright::{Event, Mapper, Outcome, Progress, Rejection, Request, Response, Scratch, Warning};
use mapwright_tests::{NOW, bind, compile};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The exact outcome of an event.
#[derive(Debug, Clone, PartialEq)]
struct End {
    requests: Vec<Shown>,
    warnings: Vec<Warning>,
    rejection: Option<Rejection>,
    skip: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Shown {
    line: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    when: Option<String>,
}

fn shown(request: &Request<'_>) -> Shown {
    Shown {
        line: format!("{} {} {}", request.step, request.method, request.url),
        headers: request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: request.body.as_ref().map(|body| String::from_utf8(body.bytes().to_vec()).unwrap()),
        when: request.when.clone(),
    }
}

impl End {
    fn of(
        outcome: Outcome<'_>,
        finish: impl FnOnce(&mut mapwright::Run<'_>) -> Result<Vec<Shown>, Box<Rejection>>,
    ) -> Self {
        let mut end = End { requests: Vec::new(), warnings: Vec::new(), rejection: None, skip: None };
        match outcome {
            Outcome::Mapped(mut run) => {
                match finish(&mut run) {
                    Ok(requests) => end.requests = requests,
                    Err(rejection) => end.rejection = Some(*rejection),
                }
                end.warnings = run.warnings().to_vec();
            }
            Outcome::Skipped { skip, .. } => end.skip = Some(skip.reason),
            Outcome::Rejected { rejection, .. } => end.rejection = Some(*rejection),
        }
        end
    }

    /// Returns the outcome with normalized strings and numbers, and without messages, which quote them as written.
    fn normal(mut self) -> Self {
        for request in &mut self.requests {
            let value: Option<Value> =
                request.body.as_deref().map(|body| serde_json::from_str(body).unwrap());
            request.body = value.map(|value| value.to_string());
        }
        self.warnings.iter_mut().for_each(|warning| warning.message.clear());
        self.rejection.iter_mut().for_each(|rejection| rejection.message.clear());
        self
    }
}

fn previewed(mapper: &Mapper, event: Event<'_>, scratch: &mut Scratch) -> End {
    End::of(mapper.map(event, NOW, scratch), |run| Ok(run.preview()?.iter().map(shown).collect()))
}

fn explained(mapper: &Mapper, event: Event<'_>, scratch: &mut Scratch) -> End {
    let explanation = mapper.explain(event, NOW, scratch);
    let mut end = End { requests: Vec::new(), warnings: explanation.warnings, rejection: None, skip: None };
    match explanation.became {
        mapwright::Became::Mapped(requests) => end.requests = requests.iter().map(shown).collect(),
        mapwright::Became::Skipped(skip) => end.skip = Some(skip.reason),
        mapwright::Became::Rejected(rejection) => end.rejection = Some(*rejection),
    }
    end
}

/// Drives a run to its end. Every request succeeds; the first of each operation has the script's status.
fn driven(mapper: &Mapper, event: Event<'_>, conflict: bool, scratch: &mut Scratch) -> End {
    let answers =
        json!({ "id": "i1", "data": [{ "id": "i2" }], "errors": [{ "message": "id=i3, archived" }] });
    End::of(mapper.map(event, NOW, scratch), |run| {
        let mut sent = Vec::new();
        while let Some(request) = run.request()? {
            let status = if conflict && request.step == "create_contact" { 409 } else { 200 };
            let empty = conflict && request.step == "find_contact";
            sent.push(shown(&request));
            let body = if empty { b"{}".to_vec() } else { answers.to_string().into_bytes() };
            let response = Response::new(status, [], body);
            if sent.len() > 20 || !matches!(run.respond(&response, NOW), Ok(Progress::Next)) {
                break;
            }
        }
        Ok(sent)
    })
}

/// Names that mappings read, names that they omit, and unknown names.
const NAMES: [&str; 44] = [
    "email",
    "phone",
    "name",
    "firstName",
    "last_name",
    "avatar",
    "userId",
    "id",
    "role",
    "ownerId",
    "createdAt",
    "lastSeenAt",
    "unsubscribedFromEmails",
    "company",
    "tags",
    "size",
    "plan",
    "website",
    "industry",
    "monthlySpend",
    "remoteCreatedAt",
    "segments",
    "external_id",
    "company_id",
    "custom_attributes",
    "companies",
    "timestamp",
    "groupId",
    "remove",
    "address",
    "city",
    "a",
    "a_b",
    "a.b",
    "$set",
    "price",
    "amount",
    "currency",
    "url",
    "value",
    "ünïcode",
    "with \"quotes\"",
    "",
    "b",
];

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => "[a-c.$_]{0,6}",
        1 => "[a-z]{180,200}",
    ]
}

fn scalars() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![
        "",
        " ",
        "a@example.com",
        "A@Example.COM",
        "2019-05-20T18:34:24.000Z",
        "Mon May 19 2019 18:34:24 GMT+0000 (UTC)",
        "1558377264",
        "true",
        "no",
        "12",
        "12.5",
        "1e3",
        "{contact_id}",
        "external_id",
        "phone",
        "id/../x?y#z",
        "\u{1F600}\n\"\\",
        "\0",
    ]);
    prop_oneof![
        8 => texts.prop_map(Value::from),
        2 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        2 => (-3..40_i64).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => (0.0..1e6_f64).prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
        1 => "[é€a]{240,300}".prop_map(Value::from),
    ]
}

fn objects(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec((names(), values), 0..9)
        .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>()))
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            2 => objects(inner),
        ]
    })
}

/// Often an object of traits, otherwise any value.
fn traits() -> impl Strategy<Value = Value> {
    prop_oneof![8 => objects(values()), 1 => values()]
}

prop_compose! {
    fn events()(
        kind in prop::sample::select(vec!["identify", "identify", "identify", "track", "group", "Group"]),
        top in prop::collection::vec((names(), values()), 0..4),
        traits in prop::option::weighted(0.8, traits()),
        of_context in prop::option::weighted(0.8, traits()),
        properties in prop::option::weighted(0.6, traits()),
        ids in prop::option::weighted(0.3, (
            prop::sample::select(vec!["email", "external_id", "user_id", "company_id"]), scalars())),
        retl in prop::option::weighted(0.2, scalars()),
        options in prop::option::weighted(0.3, prop_oneof![
            prop::sample::select(vec!["email", "external_id", "phone", "name", "a", "plan"]).prop_map(|lookup| json!({ "lookup": lookup })),
            scalars(),
        ]),
    ) -> Value {
        let mut event: Map<String, Value> = top.into_iter().collect();
        event.insert("type".into(), kind.into());
        event.entry("userId").or_insert_with(|| "u1".into());
        event.entry("event").or_insert_with(|| "Order Completed".into());
        event.entry("groupId").or_insert_with(|| "g1".into());
        let mut context = Map::new();
        let known = |name: &str, value: Option<Value>, into: &mut Map<String, Value>| {
            into.extend(value.map(|value| (name.to_owned(), value)));
        };
        known("traits", of_context, &mut context);
        known("mappedToDestination", retl, &mut context);
        known("externalId", ids.map(|(kind, id)| json!([{ "identifierType": kind, "type": kind, "id": id }])), &mut context);
        event.insert("context".into(), context.into());
        known("traits", traits, &mut event);
        known("properties", properties, &mut event);
        known("integrations", options.map(|options| json!({ "All": true, "Intercom": options })), &mut event);
        event.into()
    }
}

/// Writes the same event in another spelling: with whitespace, escapes, trailing zeros of fractions, and members that a later one overrides.
fn otherwise_written(value: &Value, roll: &mut impl FnMut() -> u8, out: &mut String) {
    let space = |roll: u8| ["", "", " ", "\n\t"][usize::from(roll % 4)];
    match value {
        Value::Object(members) => {
            out.push('{');
            let mut comma = "";
            for (name, value) in members {
                let written = text_otherwise_written(name, roll());
                if roll().is_multiple_of(8) {
                    out.push_str(comma);
                    out.push_str(&written);
                    out.push_str(r#":{"email":"old@example.com","a":{"b":[1,{"a":2}]},"a":[3],"id":"old"}"#);
                    comma = ",";
                }
                out.push_str(comma);
                out.push_str(space(roll()));
                out.push_str(&written);
                out.push_str(space(roll()));
                out.push(':');
                otherwise_written(value, roll, out);
                out.push_str(space(roll()));
                comma = ",";
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { " ," } else { "" });
                otherwise_written(item, roll, out);
                out.push_str(space(roll()));
            }
            out.push(']');
        }
        Value::String(text) => out.push_str(&text_otherwise_written(text, roll())),
        other => {
            let written = other.to_string();
            out.push_str(&written);
            if other.is_f64() && !written.contains('e') && roll().is_multiple_of(4) {
                out.push('0');
            }
        }
    }
}

fn text_otherwise_written(text: &str, roll: u8) -> String {
    let written = Value::from(text).to_string();
    match (roll % 8, text.chars().next()) {
        (0, Some(first)) if first.is_ascii() && !matches!(first, '"' | '\\') => {
            format!("\"\\u{:04x}{}", u32::from(first), &Value::from(&text[1..]).to_string()[1..])
        }
        (1, _) => written.replace('/', "\\/"),
        _ => written,
    }
}

fn mappers() -> &'static [Mapper] {
    static MAPPERS: std::sync::OnceLock<Vec<Mapper>> = std::sync::OnceLock::new();
    MAPPERS.get_or_init(|| {
        let plans = compile(&mapwright_builtin::sources());
        let numbers: Vec<&str> = plans.versions("intercom").map(|plan| plan.version()).collect();
        assert!(numbers.len() >= 2, "{numbers:?}");
        let settings = |anonymous: bool| {
            numbers.iter().map(move |number| json!({ "apiVersion": number, "sendAnonymousId": anonymous }))
        };
        settings(false).chain(settings(true)).map(|settings| bind(&plans, "intercom", settings)).collect()
    })
}

/// Returns the number of cases, which `PROPTEST_CASES` overrides.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(600)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_is_mapped_alike_however_it_is_given(event in events(), rolls in prop::collection::vec(any::<u8>(), 1..60)) {
        let text = event.to_string();
        let mut rolls = rolls.iter().copied().cycle();
        let mut other = String::new();
        otherwise_written(&event, &mut || rolls.next().unwrap_or(0), &mut other);
        prop_assert_eq!(&serde_json::from_str::<Value>(&other).unwrap(), &event);
        let mut scratch = Scratch::new();
        for mapper in mappers() {
            let of_text = previewed(mapper, Event::from(text.as_str()), &mut scratch);
            prop_assert_eq!(&of_text, &previewed(mapper, Event::Value(&event), &mut scratch), "text and tree");
            prop_assert_eq!(&of_text, &explained(mapper, Event::from(text.as_str()), &mut scratch), "with a trace");
            prop_assert_eq!(&of_text, &explained(mapper, Event::Value(&event), &mut scratch), "a tree with a trace");
            let of_other = previewed(mapper, Event::from(other.as_str()), &mut scratch);
            prop_assert_eq!(of_other.normal(), of_text.normal(), "written in another way: {}", other);
            for conflict in [false, true] {
                let of_text = driven(mapper, Event::from(text.as_str()), conflict, &mut scratch);
                prop_assert_eq!(&of_text, &driven(mapper, Event::Value(&event), conflict, &mut scratch), "text and tree");
                let of_other = driven(mapper, Event::from(other.as_str()), conflict, &mut scratch);
                prop_assert_eq!(of_other.normal(), of_text.normal(), "written in another way: {}", other);
            }
        }
    }
}
