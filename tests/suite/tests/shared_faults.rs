//! Faults of what the mappings of a version share, whether a mapping uses it or not.

use mapwright::Sources;
use mapwright_tests::{DESTINATION, VERSION, compile, findings};

fn files(version: &str, identify: &str) -> Sources {
    [
        ("mappings/acme/destination.yaml", DESTINATION.to_owned()),
        ("mappings/acme/1.0/version.yaml", format!("{VERSION}{version}")),
        ("mappings/acme/1.0/identify.yaml", format!("message: identify\n{identify}")),
    ]
    .into_iter()
    .collect()
}

const SEND: &str = "payload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\n";

#[test]
fn what_no_mapping_uses_is_judged_as_well() {
    let version = r#"
values:
  city: [trait.city, context.traits.city]
  name: { from: traits.name, as: lower }
requirements:
  user: { any: [userid], otherwise: a user is required }
payload:
  place: { city: $town, known: payload.none.a }
steps:
  find: { operation: serch, query: { q: { template: "{{ trats.a }}" } } }
  group:
    for_each: settings.lists
    steps:
      save: { operation: put, params: { id: item.id, other: userId }, body: place, on: [{ status: 404, then: nowhere }] }
  put: { operation: put, body: contact, headers: { X-Of: setings.a }, capture: { a: response.bdy.id } }
"#;
    insta::assert_snapshot!(findings(&files(version, SEND)));
}

#[test]
fn what_only_a_mapping_can_say_is_not_judged() {
    let version = r#"
values:
  label: { join: [$prefix, captures.found, item.name], with: " " }
requirements:
  user: { any: [payload.contact.id, $own], otherwise: "{{ payload.contact.id }} is required" }
payload:
  place: { city: payload.contact.city, id: captures.found, of: $own }
steps:
  save:
    operation: put
    when: captures.ready and $own
    body: contact
    query: { of: item.id }
    on: [{ status: 404, then: create }]
  put: { operation: put, body: contact, when: $ready }
"#;
    assert_eq!(findings(&files(version, SEND)), "");
    compile(&files(version, SEND));
}

#[test]
fn what_a_shared_part_reads_of_mappings_is_judged_where_the_part_is_used() {
    let version = r#"
values:
  found: { from: captures.found, as: string }
payload:
  place: { city: traits.city, id: captures.found, more: $found, zip: payload.area.zip, of: $town }
  twin: { place: payload.place }
"#;
    let finding = "find: { operation: find, capture: { found: response.body.id } }";
    // it is not sent, or the mapping makes the capture
    for identify in [
        SEND.to_owned(),
        format!("values: {{ town: traits.town }}\npayload: {{ area: {{ zip: traits.zip }} }}\nsteps:\n  {finding}\n  send: {{ operation: send, body: place }}\n"),
        "payload: { place: { replace: true, city: traits.city } }\nsteps: { send: { operation: send, body: place } }\n"
            .to_owned(),
    ] {
        assert_eq!(findings(&files(version, &identify)), "", "{identify}");
    }
    let mut text = String::new();
    for identify in [
        "steps: { send: { operation: send, body: place } }\n",
        "steps: { send: { operation: send, body: twin } }\n",
        "payload: { thing: { id: payload.place.id } }\nsteps: { send: { operation: send, body: thing } }\n",
        "require: [{ any: [payload.place.id], otherwise: none }]\nsteps: { send: { operation: send, body: { a: $found } } }\n",
        // its own part is judged, sent or not
        "payload: { own: { id: captures.fnd } }\nsteps: { send: { operation: send, body: { a: userId } } }\n",
    ] {
        text += &format!("{identify}{}\n", findings(&files(version, identify)));
    }
    insta::assert_snapshot!(text);
}
