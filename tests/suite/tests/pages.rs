//! Pages of a step: it is made again for each, and the lists and tables that are captured are joined.

use mapwright::{Outcome, Progress, Response, Scratch};
use mapwright_tests::{NOW, findings, mapper, preview, sources};
use serde_json::{Value, json};

fn mapping(page: &str, rest: &str) -> String {
    format!(
        "message: identify
steps:
  list:
    operation: find
    query: {{ q: userId }}
    capture: {{ ids: {{ each: response.body.items, to: item.id }}, total: response.body.total }}
    page: {page}
  send: {{ operation: send, when: captures.ids, body: {{ ids: captures.ids, total: captures.total }} }}
{rest}"
    )
}

const PAGE: &str = "{ next: response.body.next, query: { cursor: captures.next }, most: 3 }";

/// The URLs and bodies of the requests, and the codes of the warnings.
fn run(mapping: &str, answers: &[(u16, Value)]) -> (Vec<String>, Vec<String>) {
    let mapper = mapper(mapping, json!({ "apiKey": "k" }));
    let (mut scratch, mut sent) = (Scratch::new(), Vec::new());
    let event = json!({ "type": "identify", "userId": "u1" }).to_string();
    let Outcome::Mapped(mut run) = mapper.map(event.as_str(), NOW, &mut scratch) else { panic!() };
    let mut answers = answers.iter();
    while let Some(request) = run.request().unwrap() {
        let body = request.body.as_ref().map(|body| String::from_utf8(body.bytes().to_vec()).unwrap());
        sent.push(format!("{}{}", request.url.rsplit('/').next().unwrap(), body.unwrap_or_default()));
        let (status, body) = answers.next().cloned().unwrap_or((200, json!({})));
        let progress = run.respond(&Response::new(status, [], body.to_string()), NOW).unwrap();
        assert!(matches!(progress, Progress::Next | Progress::Retry { .. }));
    }
    let warnings = run.warnings().iter().map(|warning| warning.code.to_string()).collect();
    (sent, warnings)
}

fn page(ids: &[u32], next: Value) -> (u16, Value) {
    let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    (200, json!({ "items": items, "next": next, "total": 5 }))
}

#[test]
fn the_lists_of_all_pages_are_joined() {
    let (sent, warnings) = run(
        &mapping(PAGE, ""),
        &[page(&[1, 2], json!("b")), page(&[3], json!("c d")), page(&[4], json!(null))],
    );
    let expected = [
        "things?q=u1",
        "things?q=u1&cursor=b",
        "things?q=u1&cursor=c%20d",
        "send{\"ids\":[1,2,3,4],\"total\":5}",
    ];
    assert_eq!((sent.as_slice(), warnings.len()), (&expected.map(str::to_owned)[..], 0));
    // a page that is retried is asked for as it was
    let (sent, _) =
        run(&mapping(PAGE, ""), &[page(&[1], json!("b")), (503, json!({})), page(&[2], json!(""))]);
    assert_eq!(
        sent,
        ["things?q=u1", "things?q=u1&cursor=b", "things?q=u1&cursor=b", "send{\"ids\":[1,2],\"total\":5}"]
    );
    // one page, and no list at all
    assert_eq!(run(&mapping(PAGE, ""), &[page(&[1], json!(false))]).0.len(), 2);
    assert_eq!(run(&mapping(PAGE, ""), &[(200, json!({}))]).0, ["things?q=u1"]);
}

#[test]
fn the_members_of_tables_of_all_pages_are_joined() {
    let table = "message: identify
steps:
  list:
    operation: find
    capture: { ids: { each: response.body.items, key: item.name, to: item.id }, meta: response.body.meta }
    page: { next: response.body.next, query: { cursor: captures.next }, most: 3 }
  send: { operation: send, body: { ids: captures.ids, meta: captures.meta } }
";
    let page =
        |items: Value, meta: Value, next: Value| (200, json!({ "items": items, "meta": meta, "next": next }));
    let item = |name: &str, id: u32| json!({ "name": name, "id": id });
    let (sent, warnings) = run(
        table,
        &[
            page(json!([item("a", 1), item("b", 2)]), json!([1]), json!("2")),
            page(json!([item("c", 3), item("b", 4)]), json!({ "x": 1 }), json!("3")),
            page(json!([]), json!({ "y": 2 }), json!(null)),
        ],
    );
    // of a name that comes again the later value counts, and so does one of another kind
    let expected = r#"send{"ids":{"a":1,"b":4,"c":3},"meta":{"x":1,"y":2}}"#;
    assert_eq!((sent.last().map(String::as_str), warnings.len()), (Some(expected), 0));
}

#[test]
fn pages_come_to_an_end() {
    let more =
        [page(&[1], json!("b")), page(&[2], json!("c")), page(&[3], json!("d")), page(&[4], json!("e"))];
    let (sent, warnings) = run(&mapping(PAGE, ""), &more);
    assert_eq!((sent.len(), sent[3].as_str()), (4, "send{\"ids\":[1,2,3],\"total\":5}"));
    assert_eq!(warnings, ["page_limit"]);
    let same = [page(&[1], json!("b")), page(&[2], json!("b")), page(&[3], json!("b"))];
    let (sent, warnings) = run(&mapping(PAGE, ""), &same);
    assert_eq!((sent.len(), sent[2].as_str()), (3, "send{\"ids\":[1,2],\"total\":5}"));
    assert_eq!(warnings, ["page_repeats"]);
}

#[test]
fn each_item_of_a_loop_has_its_own_pages_and_a_body_may_have_the_cursor() {
    let each = "message: identify
payload:
  search: { q: item.q, page: { after: captures.next } }
steps:
  list:
    for_each: $queries
    operation: send
    body: search
    capture: { ids: response.body.items }
    page: { next: response.body.next, most: 5 }
values: { queries: { list: [{ q: { value: a } }, { q: { value: b } }] } }
";
    let answer = |ids: &[u32], next: Value| (200, json!({ "items": ids, "next": next }));
    let (sent, _) = run(each, &[answer(&[1], json!(7)), answer(&[2], json!(null)), answer(&[3], json!(7))]);
    assert_eq!(
        sent,
        [
            "send{\"q\":\"a\"}",
            "send{\"q\":\"a\",\"page\":{\"after\":7}}",
            "send{\"q\":\"b\"}",
            "send{\"q\":\"b\",\"page\":{\"after\":7}}",
        ]
    );
}

#[test]
fn a_preview_shows_the_first_page_and_those_after_it() {
    let mapper = mapper(&mapping(PAGE, ""), json!({ "apiKey": "k" }));
    let sent = preview(&mapper, &json!({ "type": "identify", "userId": "u1" })).sent();
    let shown: Vec<String> = sent.iter().map(|sent| format!("{sent:?}")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn pages_without_a_bound_or_without_a_next_one_are_found() {
    let all = [
        "{ next: response.body.next, query: { cursor: captures.next } }",
        "{ query: { cursor: captures.next }, most: 5 }",
        "{ next: response.body.next, most: 5 }",
        "{ next: response.body.next, query: { cursor: captures.total }, most: 5 }",
        "{ next: response.body.next, query: { cursor: captures.next }, most: 1 }",
        "{ next: response.body.next, query: { cursor: captures.next }, most: 1001 }",
        "{ next: traits.next, query: { cursor: captures.nxt }, most: 10 }",
        "{ next: { value: 1 }, query: { cursor: captures.next }, most: 10 }",
        "{ next: [response.headers.next, traits.next], query: { cursor: captures.next }, most: 10 }",
    ];
    let found: Vec<String> =
        all.iter().map(|page| format!("# {page}\n{}", findings(&sources(&mapping(page, ""))))).collect();
    let group = "message: identify\nsteps:\n  all:\n    page: { next: response.body.next, most: 5 }\n    steps: { send: { operation: send, body: { a: captures.next } } }\n";
    insta::assert_snapshot!(format!("{}\n# a group\n{}", found.join("\n"), findings(&sources(group))));
}
