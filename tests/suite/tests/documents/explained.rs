//! The page of an event: it says of every value where it comes from, and of every other field why it is absent. Redacted, it tells nothing of
//! the event.

use mapwright::{Became, Explanation, Plan, Scratch, Spec, TraceEvent};
use mapwright_docs::{Explained, MASKED, explained, markdown, page};
use mapwright_tests::NOW;
use serde_json::{Value, json};

/// The page of an event, in both formats.
fn pages(
    destination: &str,
    settings: &Value,
    event: &Value,
    redacted: bool,
) -> (Explanation, String, String) {
    let valid = Spec::load_only(&mapwright_builtin::sources(), destination)
        .check()
        .unwrap_or_else(|found| panic!("{found}"));
    let descriptions = mapwright_describe::describe_all(&valid, destination);
    let plans = valid.compile();
    let plan: &Plan = plans.plan(destination, None, settings).unwrap();
    let mapper = plan.bind_redacted(settings).unwrap();
    let explanation = mapper.explain(event, NOW, &mut Scratch::new());
    let description = descriptions.iter().find(|known| known.version == plan.version());
    let from = Explained { plan, explanation: &explanation, event: Some(event), description, redacted };
    let document = explained(&from);
    let (html, text) = (page(&document), markdown(&document));
    super::check(destination, &html);
    (explanation, html, text)
}

fn identify() -> Value {
    json!({
        "type": "identify",
        "userId": "zq-user-1",
        "timestamp": "2024-05-01T12:00:00Z",
        "context": { "traits": { "plan": "zq-plan", "address": { "city": "zq-city" }, "zq@mail.example": 1 } },
        "traits": {
            "name": "zq-name", "email": "ZQ-Mail@Example.com", "phone": 4_412_345_678_i64, "ownerId": "zq-owner", "role": "zq-role",
            "createdAt": "Mon May 19 2019 18:34:24 GMT+0000 (UTC)",
            "company": { "id": "zq company/1", "name": "zq-company", "remove": true },
        },
    })
}

#[test]
fn every_value_has_its_source_and_every_other_field_a_reason() {
    let (explanation, _, text) = pages("intercom", &json!({ "apiKey": "key" }), &identify(), false);
    let row_of = |field: &str| {
        text.lines().filter(|line| line.starts_with(&format!("| `{field}` |"))).collect::<Vec<_>>()
    };
    for field in explanation.fields.iter().filter(|field| !field.field.ends_with("....")) {
        let rows = row_of(&field.field);
        assert!(!rows.is_empty(), "{} is not on the page", field.field);
        let (file, line) = field.mapping.rsplit_once(':').unwrap();
        let file = file.rsplit('/').next().unwrap();
        assert!(rows.iter().any(|row| row.contains(&format!("{file}:{line}`"))), "{}: {rows:?}", field.field);
        match field.winner.as_deref().filter(|_| field.value.is_some()) {
            Some("value") => assert!(rows.iter().any(|row| row.contains("a constant")), "{rows:?}"),
            Some(winner) => {
                assert!(rows.iter().any(|row| row.contains(&format!("`{winner}`"))), "{winner}: {rows:?}")
            }
            None => {}
        }
        for event in &field.events {
            if let TraceEvent::Tried { source, found: None } = event {
                assert!(rows.iter().any(|row| row.contains(&format!("`{source}`"))), "{source}: {rows:?}");
            }
        }
    }
    // a named value leads to the path behind it, and conversions show both sides
    assert!(row_of("contact.external_id")[0].contains("`$external_id`<br>which is `userId`"), "{text}");
    assert!(
        row_of("contact.signed_up_at")[0]
            .contains("`unix_seconds`: `\"Mon May 19 2019 18:34:24 GMT+0000 (UTC)\"` → `1558290864`")
    );
    assert!(
        row_of("contact.owner_id").iter().any(|row| row.contains("`integer` fails")),
        "{:?}",
        row_of("contact.owner_id")
    );
    assert!(
        row_of("company.plan")[0].contains("nothing at `traits.company.plan`, `context.traits.company.plan`")
    );
    // what responses mean
    assert!(text.contains("### Step `create_contact`") && text.contains("| 409 |"), "{text}");
    let Became::Mapped(requests) = &explanation.became else { panic!() };
    assert!(requests.iter().all(|request| text.contains(&format!("### {}\n", request.step))));
}

#[test]
fn a_redacted_page_tells_nothing_of_an_event() {
    let settings = [
        ("intercom", json!({ "apiKey": "key" })),
        ("customerio", json!({ "apiKey": "key", "siteID": "site" })),
        (
            "zendesk",
            json!({ "apiToken": "key", "email": "agent@example.com", "domain": "acme", "removeUsersFromOrganization": true }),
        ),
        ("webengage", json!({ "apiKey": "key", "licenseCode": "code" })),
    ];
    let track = json!({ "type": "track", "event": "Sold", "userId": "zq-user-1", "properties": { "zq": "zq-item", "n": 987_654 } });
    let late =
        json!({ "type": "track", "event": "Sold", "userId": "zq-user-1", "timestamp": "zq-yesterday" });
    let nobody =
        json!({ "type": "identify", "traits": { "name": "zq-name", "unsubscribedFromEmails": "zq-maybe" } });
    for (destination, settings) in &settings {
        for event in [&identify(), &track, &late, &nobody] {
            let (_, html, text) = pages(destination, settings, event, true);
            for page in [html, text] {
                let low = page.to_lowercase();
                let hidden =
                    ["zq-", "zq%20", "zq company", "zq@mail", "4412345678", "987654", "1558290864", "may 19"];
                for value in hidden {
                    // the names of members may be of the mapping
                    assert!(!low.contains(value), "{destination}: {value} in {}", around(&low, value));
                }
                assert!(page.contains(MASKED) || page.contains("rejected") || page.contains("skipped"));
            }
        }
    }
}

fn around<'p>(page: &'p str, value: &str) -> &'p str {
    let at = page.find(value).unwrap();
    page.get(at.saturating_sub(200)..(at + 100).min(page.len())).unwrap_or("")
}
