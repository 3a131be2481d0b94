//! Admission: which events are meant for a destination.

use mapwright_tests::{Became, mapper, preview};
use serde_json::{Value, json};

const MAPPING: &str = "
message: identify
skip: [{ when: traits.internal, reason: internal users are not sent }]
steps: { send: { operation: send, body: { id: userId } } }
";

fn skipped(settings: Value, event: Value) -> Option<&'static str> {
    match preview(&mapper(MAPPING, settings), &event) {
        Became::Skipped(skip) => Some(skip.rule),
        Became::Mapped(_) => None,
        Became::Rejected(rejection) => panic!("{rejection:?}"),
    }
}

#[test]
fn the_type_is_read_in_any_case() {
    for kind in ["identify", "Identify", "IDENTIFY", " identify "] {
        assert_eq!(skipped(json!({}), json!({ "type": kind })), None, "{kind}");
    }
    assert_eq!(skipped(json!({}), json!({ "type": "alias" })), Some("unsupported_message"));
    assert_eq!(
        skipped(json!({}), json!({ "regulationType": "suppress_with_delete" })),
        Some("unsupported_message")
    );
}

#[test]
fn an_event_without_a_type_is_rejected() {
    let mapper = mapper(MAPPING, json!({}));
    for (event, message) in [
        (json!({}), "message Type is not present"),
        (json!({ "type": null }), "message Type is not present"),
        (json!({ "type": "" }), "message Type is not present"),
        (json!({ "type": 1 }), "message Type is not text"),
        (json!([]), "an event is a JSON object"),
        (json!("identify"), "an event is a JSON object"),
        (json!(null), "an event is a JSON object"),
    ] {
        assert_eq!(preview(&mapper, &event).rejection().message, message, "{event}");
    }
}

#[test]
fn a_mapping_may_skip_events() {
    let event = json!({ "type": "identify", "traits": { "internal": true } });
    let Became::Skipped(skip) = preview(&mapper(MAPPING, json!({})), &event) else { panic!() };
    assert_eq!((skip.rule, skip.reason.as_str()), ("mapping", "internal users are not sent"));
}

#[test]
fn the_integrations_object_decides() {
    let with =
        |integrations: Value| skipped(json!({}), json!({ "type": "identify", "integrations": integrations }));
    let off = Some("integrations");
    for (integrations, expected) in [
        (json!({}), None),
        (json!({ "All": true }), None),
        (json!({ "All": false }), off),
        (json!({ "All": "yes" }), off),
        (json!({ "Other": false }), None),
        (json!({ "Acme": false }), off),
        (json!({ "ACME": false }), off),
        (json!({ "All": false, "Acme": true }), None),
        (json!({ "All": false, "ACME": {} }), None),
        (json!({ "All": false, "Acme": { "lookup": "phone" } }), None),
        (json!({ "All": true, "Acme": false }), off),
        (json!({ "All": true, "Acme": "no" }), None),
        (json!(null), None),
    ] {
        assert_eq!(with(integrations.clone()), expected, "{integrations}");
    }
}

fn ids(key: &str, list: &[&str]) -> Value {
    list.iter().map(|id| json!({ key: id })).collect()
}

/// The deny-list cases: the configuration, whether any or all of it must be denied, and the outcome of the event.
#[test]
fn consent_is_a_deny_list() {
    let denied = ["foo-1", "foo-2", "foo-3"];
    let event = |provider: &str, strategy: Option<&str>| {
        json!({ "type": "identify", "context": { "consentManagement": {
            "deniedConsentIds": denied, "provider": provider, "resolutionStrategy": strategy,
        } } })
    };
    let generic = |provider: &str, strategy: &str, list: &[&str]| {
        json!({ "consentManagement": [
            { "provider": provider, "resolutionStrategy": strategy, "consents": ids("consent", list) },
        ] })
    };
    let drop = Some("consent");
    for (configured, any, all) in [
        (&[""][..], None, None),
        (&["foo-4"][..], None, None),
        (&["foo-1"][..], drop, drop),
        (&["foo-1", "foo-4"][..], drop, None),
        (&["foo-1", "foo-2", "foo-3"][..], drop, drop),
        (&["foo-1", "foo-1", "foo-1"][..], drop, drop),
    ] {
        let one_trust = json!({ "oneTrustCookieCategories": ids("oneTrustCookieCategory", configured) });
        let ketch = json!({ "ketchConsentPurposes": ids("purpose", configured) });
        for provider in ["", "oneTrust"] {
            assert_eq!(skipped(one_trust.clone(), event(provider, None)), any, "oneTrust {configured:?}");
        }
        for provider in ["", "ketch"] {
            assert_eq!(skipped(ketch.clone(), event(provider, None)), all, "ketch {configured:?}");
        }
        assert_eq!(skipped(one_trust, event("ketch", None)), None);
        assert_eq!(skipped(ketch, event("custom", None)), None);
        assert_eq!(
            skipped(generic("oneTrust", "", configured), event("oneTrust", Some("and"))),
            any,
            "{configured:?}"
        );
        assert_eq!(
            skipped(generic("oneTrust", "", configured), event("oneTrust", Some("or"))),
            all,
            "{configured:?}"
        );
        // for the provider `custom`, the destination's own strategy applies
        assert_eq!(
            skipped(generic("custom", "or", configured), event("custom", Some("and"))),
            all,
            "{configured:?}"
        );
        assert_eq!(
            skipped(generic("custom", "and", configured), event("custom", Some("or"))),
            any,
            "{configured:?}"
        );
        assert_eq!(skipped(generic("iubenda", "", configured), event("custom", None)), None);
    }
}

#[test]
fn a_generic_entry_decides_before_the_older_settings() {
    let event = |provider: &str| {
        json!({ "type": "identify", "context": { "consentManagement": {
            "deniedConsentIds": ["foo-1", "foo-2", "foo-3"], "provider": provider,
        } } })
    };
    let ketch = |generic: &str, purpose: &str| {
        json!({
            "consentManagement": [{ "provider": generic, "consents": ids("consent", &["foo-1"]) }],
            "ketchConsentPurposes": ids("purpose", &[purpose]),
        })
    };
    assert_eq!(skipped(ketch("ketch", "foo-5"), event("ketch")), Some("consent"));
    assert_eq!(skipped(ketch("custom", "foo-5"), event("ketch")), None);
    // an object instead of a list is ignored, and the older settings apply
    let mut settings = ketch("ketch", "foo-1");
    settings["consentManagement"] = json!({ "provider": "ketch" });
    assert_eq!(skipped(settings, event("ketch")), Some("consent"));
}

#[test]
fn without_denied_ids_nothing_is_filtered() {
    let settings = json!({ "oneTrustCookieCategories": ids("oneTrustCookieCategory", &["foo-1"]) });
    for management in [
        json!(null),
        json!({}),
        json!({ "deniedConsentIds": [] }),
        json!({ "deniedConsentIds": [""] }),
        json!("x"),
    ] {
        let event = json!({ "type": "identify", "context": { "consentManagement": management } });
        assert_eq!(skipped(settings.clone(), event), None, "{management}");
    }
}

#[test]
fn one_file_maps_several_types() {
    use mapwright_tests::{DESTINATION, VERSION, bind, compile, findings, preview};
    let files = |track: &str, screen: Option<&str>| -> mapwright::Sources {
        let mut files = vec![
            ("mappings/acme/destination.yaml", DESTINATION.to_owned()),
            ("mappings/acme/1.0/version.yaml", VERSION.to_owned()),
            (
                "mappings/acme/1.0/track.yaml",
                format!("message: {track}\nsteps: {{ send: {{ operation: send, body: {{ type: type }} }} }}"),
            ),
        ];
        files.extend(screen.map(|screen| {
            (
                "mappings/acme/1.0/screen.yaml",
                format!("message: {screen}\nsteps: {{ send: {{ operation: send }} }}"),
            )
        }));
        files.into_iter().collect()
    };
    let mapper = bind(&compile(&files("[track, Screen]", None)), "acme", serde_json::json!({}));
    for kind in ["track", "SCREEN"] {
        let body = preview(&mapper, &serde_json::json!({ "type": kind })).body();
        assert_eq!(body, serde_json::json!({ "type": kind }));
    }
    assert_eq!(mapper.plan().messages().collect::<Vec<_>>(), ["track", "screen"]);
    let mut scratch = mapwright::Scratch::new();
    let mapwright::Outcome::Mapped(run) = mapper.map(r#"{"type":"screen"}"#, 0, &mut scratch) else {
        panic!()
    };
    assert_eq!(run.message(), "screen");
    let found: Vec<String> = [
        ("[track, screen]", Some("screen")),
        ("[page, screen]", None),
        ("[track, track]", None),
        ("[]", None),
        ("[track, 7]", None),
    ]
    .into_iter()
    .map(|(track, screen)| format!("# {track}\n{}", findings(&files(track, screen))))
    .collect();
    insta::assert_snapshot!(found.join("\n"));
}

const TRACK: &str = "
message: track
steps: { send: { operation: send, body: { id: userId } } }
";

/// Whether a tracked event is skipped by the list that the settings select.
fn filtered(settings: &Value, event: &Value) -> bool {
    let mut files = mapwright_tests::sources(MAPPING);
    files.insert("mappings/acme/1.0/track.yaml", TRACK);
    let mapper = mapwright_tests::bind(&mapwright_tests::compile(&files), "acme", settings.clone());
    match preview(&mapper, event) {
        Became::Skipped(skip) => skip.rule == "event_filter",
        Became::Mapped(_) => false,
        Became::Rejected(rejection) => panic!("{rejection:?}"),
    }
}

#[test]
fn tracked_events_are_filtered_by_the_list_that_the_settings_select() {
    let lists = |option: Value| {
        json!({
            "eventFilteringOption": option,
            "whitelistedEvents": [{ "eventName": " Order Completed " }, { "eventName": "" }, {}],
            "blacklistedEvents": [{ "eventName": "Page Seen" }, { "eventName": "" }, "Order Completed"],
        })
    };
    let (white, black) = (lists("whitelistedEvents".into()), lists("blacklistedEvents".into()));
    // name, whether each of the lists skips it
    for (name, by_white, by_black) in [
        (json!("Order Completed"), false, false),
        (json!("  Order Completed"), false, false),
        (json!("order completed"), true, false),
        (json!("Page Seen"), true, true),
        (json!("Page Seen "), true, true),
        (json!(""), true, false),
        (json!(null), true, false),
        (json!(12345), true, false),
    ] {
        let event = json!({ "type": "Track", "userId": "u1", "event": name });
        assert_eq!((filtered(&white, &event), filtered(&black, &event)), (by_white, by_black), "{name}");
        for option in [json!("disable"), json!(""), json!(null), json!("another"), json!(true)] {
            assert!(!filtered(&lists(option.clone()), &event), "{option}");
        }
    }
    // other types have no names that are listed
    let identify = json!({ "type": "identify", "userId": "u1", "event": "Page Seen" });
    assert!(!filtered(&white, &identify) && !filtered(&black, &identify));
    // without a list, nothing is on it
    let event = json!({ "type": "track", "userId": "u1", "event": "Page Seen" });
    assert!(filtered(&json!({ "eventFilteringOption": "whitelistedEvents" }), &event));
    assert!(!filtered(
        &json!({ "eventFilteringOption": "blacklistedEvents", "blacklistedEvents": null }),
        &event
    ));
}

#[test]
fn why_an_event_is_filtered_is_said() {
    let mut files = mapwright_tests::sources(MAPPING);
    files.insert("mappings/acme/1.0/track.yaml", TRACK);
    let settings = json!({ "eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{ "eventName": "Seen" }] });
    let mapper = mapwright_tests::bind(&mapwright_tests::compile(&files), "acme", settings);
    assert!(mapper.unknown_settings().is_empty());
    let Became::Skipped(skip) = preview(&mapper, &json!({ "type": "track", "event": "Seen" })) else {
        panic!()
    };
    assert_eq!(skip.reason, "the event `Seen` is among the `blacklistedEvents` of the settings");
}
