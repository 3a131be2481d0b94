//! Constructs that cannot do what they are for are found, each once, and what is like them and right is not.

use mapwright_tests::list;
use mapwright_validate::{Options, validate};

const DESTINATION: &str = "title: Acme\nnames: [Acme]\nversions: { default: '1' }\nhosts: [api.example.com]\nsettings: { key: { type: string, secret: true, required: true } }\n";
const HEAD: &str =
    "version: '1'\nserver: { value: https://api.example.com }\nheaders: { X-Key: settings.key }\n";

/// The findings of a destination with these files, but for that it has no tests.
fn found(version: &str, mapping: &str, others: &[(&str, &str)]) -> String {
    let version = format!("{HEAD}{version}\n");
    let mapping = format!("message: track\n{mapping}\n");
    let own = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1/version.yaml", &version),
        ("mappings/acme/1/track.yaml", &mapping),
    ];
    let sources: mapwright::Sources = own.iter().chain(others).copied().collect();
    let mut found = validate(&sources, &Options::default()).findings;
    found.retain(|finding| !["untested-mapping", "unused-definition"].contains(&finding.rule.id));
    list(&found)
}

/// A version, what it does, and what of both is replaced to make it wrong: the first text by each of the others.
struct Right<'t> {
    version: &'t str,
    mapping: &'t str,
    files: &'t [(&'t str, &'t str)],
    wrong: &'t [(&'t str, &'t [&'t str])],
}

/// What is found of each wrong one; nothing is found of the right ones.
fn all_found(all: &[Right<'_>]) -> String {
    let mut text = String::new();
    for Right { version, mapping, files, wrong } in all {
        assert_eq!(found(version, mapping, files), "", "{version}\n{mapping}");
        for (right, wrongs) in *wrong {
            assert!(version.contains(right) || mapping.contains(right), "{right}");
            for wrong in *wrongs {
                let in_mapping = mapping.replacen(right, wrong, 1);
                let in_version = match in_mapping == **mapping {
                    true => version.replacen(right, wrong, 1),
                    false => (*version).to_owned(),
                };
                text += &format!("# {right} -> {wrong}\n{}\n", found(&in_version, &in_mapping, files));
            }
        }
    }
    text
}

#[test]
fn pages() {
    let wrong = all_found(&[Right {
        version: "query: { v: { value: 1 } }\noperations: { list: { method: GET, path: /l, idempotent: true, query: { o: { value: 1 } } }, send: { method: POST, path: /s } }",
        mapping: "steps:\n  list: { operation: list, when: userId, query: { s: userId }, capture: { t: response.body.l }, page: { next: response.body.n, query: { a: captures.next }, most: 5 } }\n  send: { operation: send, body: { t: captures.t } }",
        files: &[],
        wrong: &[
            ("when: userId", &["when: captures.next", "unless: captures.next", "when: captures.t or userId"]),
            ("query: { a:", &["query: { s:", "query: { o:", "query: { v:"]),
            ("response.body.n,", &["response.status,"]),
        ],
    }]);
    insta::assert_snapshot!(wrong);
}
