//! The migration guide of Intercom names every difference that is known of the two versions.

use mapwright::Spec;
use mapwright_docs::{guide, markdown, page};
use mapwright_tests::{generated, workspace};

/// What whoever moves a workspace from 1.4 to 2.10 has to know, and what the guide says of it.
const POINTS: [(&str, &[&str]); 16] = [
    (
        "one call becomes several, under one limit",
        &["| 1.4 | `POST /users` |", "`POST /contacts/search`", "2 to 7 requests", "same rate limit"],
    ),
    (
        "other names",
        &["`user.user_id` is now `contact.external_id`", "`event.created` is now `event.created_at`"],
    ),
    (
        "identity",
        &[
            "users who share an email become one",
            "`user_id_changed`",
            "deletes nobody",
            "emails that more than one user id has",
        ],
    ),
    (
        "a group of an unknown user",
        &["attaches only contacts that exist", "`contact_not_found`", "Send an identify event"],
    ),
    (
        "attributes are declared",
        &[
            "must be defined as attributes of a contact",
            "must be defined as attributes of a company",
            "`unknown_custom_attribute`",
            "--create",
        ],
    ),
    (
        "names of attributes",
        &[
            "`address.city` becomes `address_city`",
            "whose own name has a dot is dropped",
            "history does not move",
        ],
    ),
    (
        "attributes that are fields",
        &[
            "now `contact.avatar` reads it",
            "now `contact.role` reads it",
            "now `contact.owner_id` reads it",
            "now `contact.last_seen_at` reads it",
            "another role is dropped",
        ],
    ),
    (
        "where attributes are from",
        &["takes the rest of `context.traits and then traits`, before of `traits, or else context.traits`"],
    ),
    (
        "of 1.4 only",
        &[
            "the setting `updateLastRequestAt` means nothing any more",
            "`user.last_seen_user_agent` is sent no more",
        ],
    ),
    (
        "companies",
        &[
            "`user.companies[0].company_id` has moved to `company.company_id`",
            "the number of attributes` is `250`, before `100`",
            "`remove: true`",
        ],
    ),
    ("regions", &["always uses the standard server", "api.eu.intercom.io"]),
    ("reverse ETL", &["becomes the `external_id` if there is no email, and is not sent otherwise"]),
    ("deletion", &["up to 90 days", "deletes it at once"]),
    ("races and archived contacts", &["answered with 409", "An archived contact is unarchived"]),
    ("clearing", &["With `clearWithNull`", "the contact's `phone`, `name`, `avatar`"]),
    ("look-up", &["the option `lookup` of an event decides something, which meant nothing"]),
];

fn made() -> String {
    let valid = Spec::load_only(&mapwright_builtin::sources(), "intercom")
        .check()
        .unwrap_or_else(|found| panic!("{found}"));
    let document = guide(valid, "intercom", "1.4", "2.10").unwrap();
    let html = page(&document);
    super::check("guide", &html);
    generated("docs/generated/intercom-1.4-2.10.html", &html);
    let text = markdown(&document);
    generated("docs/generated/intercom-1.4-2.10.md", &text);
    text
}

#[test]
fn the_guide_names_every_difference_that_is_known() {
    let guide = made();
    for (point, phrases) in POINTS {
        for phrase in phrases {
            assert!(guide.contains(phrase), "{point}: the guide does not say: {phrase}");
        }
    }
    for message in ["identify", "group"] {
        let (new, old) = (reserved(&format!("{message} 2.10")), reserved(&format!("{message} 1.4")));
        assert!(new.len() >= 10 && old.len() >= 5, "{new:?} {old:?}");
        for name in new.iter().filter(|name| !old.contains(name)) {
            let named = [format!("`{name}`"), format!("`traits.{name}`")];
            assert!(named.iter().any(|it| guide.contains(it)), "the guide does not name {name}");
        }
    }
    let same = guide.lines().filter_map(|line| line.split_once(", before ")).filter_map(|(new, old)| {
        let code = |text: &str| text.split('`').rev().nth(1).map(str::to_owned);
        Some((code(new)?, old.split('`').nth(1)?.to_owned()))
    });
    same.for_each(|(new, old)| assert_ne!(new, old, "the guide shows no difference"));
    let rows = differing_rows();
    assert!(rows.len() >= 10, "{rows:?}");
    for [new, old] in rows {
        let says =
            |sentence: String| assert!(guide.contains(&sentence), "the guide does not say: {sentence}");
        match (name(&new), name(&old)) {
            (Some(new), None) if old.starts_with("custom attribute") => {
                says(format!("and now `contact.{new}` reads it"))
            }
            (Some(new), None) if old == "–" => says(format!("`event.{new}` is new")),
            (None, Some(old)) if new == "–" => says(format!("`user.{old}` is sent no more")),
            (None, Some(old)) => says(format!("`user.{old}[0].company_id` has moved to")),
            (Some(new), Some(old)) => {
                let renamed = [("user", "contact"), ("event", "event")]
                    .map(|(before, after)| format!("`{before}.{old}` is now `{after}.{new}`"));
                assert!(renamed.iter().any(|sentence| guide.contains(sentence)), "{renamed:?}");
            }
            _ => panic!("{new} {old}"),
        }
    }
}

/// The rows of the tables in `docs/destinations/intercom.md` whose fields differ: the name in 2.10, and that in 1.4.
fn differing_rows() -> Vec<[String; 2]> {
    let text = std::fs::read_to_string(workspace().join("docs/destinations/intercom.md")).unwrap();
    let mut rows = Vec::new();
    for table in text.split("| 2.10 | 1.4 | source |").skip(1) {
        let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        rows.extend(lines.filter_map(|line| {
            let mut cells = line.split('|').skip(1).map(str::trim);
            let row = [cells.next()?.to_owned(), cells.next()?.to_owned()];
            (name(&row[0]) != name(&row[1])).then_some(row)
        }));
    }
    rows
}

/// The traits that `docs/destinations/intercom.md` says are not custom attributes.
fn reserved(of: &str) -> Vec<String> {
    let text = std::fs::read_to_string(workspace().join("docs/destinations/intercom.md")).unwrap();
    let (_, list) = text.split_once(&format!("Reserved in {of}: ")).unwrap();
    let (list, _) = list.split_once(".\n").unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The first name in backticks.
fn name(cell: &str) -> Option<&str> {
    cell.split('`').nth(1)
}
