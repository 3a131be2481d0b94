//! Sources of events: what each of them sends, and events that theirs does not send.

use mapwright::{EventSource, NotFound, Outcome, Scratch};
use mapwright_tests::{NOW, bind, compile, findings, sources};
use serde_json::{Value, json};

const IDENTIFY: &str = "message: identify\npayload: { contact: { id: userId } }\nsteps: { send: { operation: send, body: contact } }\n";
const WEB: &str = "sources: { web: { when: channel == \"web\", cloud: [], device: [identify] }, warehouse: { cloud: [identify] }, app: { when: context.os.name, cloud: [] } }\n";

fn files(stated: &str) -> mapwright::Sources {
    let mut files = sources(IDENTIFY);
    let destination = files.get("mappings/acme/destination.yaml").unwrap().to_owned();
    files.insert("mappings/acme/destination.yaml", format!("{destination}\n{stated}"));
    files
}

/// How an event from a source ends: `mapped`, or the reason why it is skipped.
fn becomes(source: Option<&str>, event: &Value) -> String {
    let mapper = bind(&compile(&files(WEB)), "acme", json!({}));
    let mapper = source.map_or_else(|| mapper.clone(), |name| mapper.with_source(name).unwrap());
    match mapper.map(event, NOW, &mut Scratch::new()) {
        Outcome::Mapped(_) => "mapped".to_owned(),
        Outcome::Skipped { skip, .. } => {
            assert_eq!(skip.rule, "source");
            skip.reason
        }
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn an_event_that_its_source_does_not_send_is_skipped() {
    let event = |members: Value| {
        let mut event = json!({ "type": "identify", "userId": "u1" });
        event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        event
    };
    let in_device_mode = "source `web` sends `identify` in device mode only";
    assert_eq!(becomes(None, &event(json!({ "channel": "web" }))), in_device_mode);
    let of_app = event(json!({ "channel": "mobile", "context": { "os": { "name": "iOS" } } }));
    assert_eq!(becomes(None, &of_app), "source `app` does not send `identify`");
    // the first whose condition is true counts, and a stated one before what events say
    let of_both = event(json!({ "channel": "web", "context": { "os": { "name": "iOS" } } }));
    assert_eq!(becomes(None, &of_both), in_device_mode);
    assert_eq!(becomes(Some("warehouse"), &of_both), "mapped");
    assert_eq!(becomes(Some("web"), &event(json!({}))), in_device_mode);
    assert_eq!(becomes(None, &event(json!({ "channel": "server" }))), "mapped");
}

#[test]
fn a_source_that_is_not_there_is_said_with_those_that_are() {
    let mapper = bind(&compile(&files(WEB)), "acme", json!({}));
    let error: NotFound = mapper.with_source("wed").unwrap_err();
    assert_eq!(error.to_string(), "`acme` has no source `wed`: did you mean `web`?");
    let mapper = bind(&compile(&files("")), "acme", json!({}));
    assert_eq!(
        mapper.with_source("web").unwrap_err().to_string(),
        "`acme` has no source `web`: none is defined"
    );
    assert_eq!(mapper.plan().sources().count(), 0);
}

#[test]
fn the_table_of_sources_is_readable() {
    let plans = compile(&files(WEB));
    let plan = plans.versions("acme").next().unwrap();
    let shown: Vec<_> = plan
        .sources()
        .map(|EventSource { name, cloud, device, .. }| (name, cloud.len(), device.len()))
        .collect();
    assert_eq!(shown, [("web", 0, 1), ("warehouse", 1, 0), ("app", 0, 0)]);
}

#[test]
fn what_no_version_maps_is_a_finding() {
    insta::assert_snapshot!(findings(&files(
        "sources:\n  web: { cloud: [identfy], device: [tarck, Page] }\n  server: { cloud: [group], when: payload.contact.id }\n  ios: { clod: [identify] }\n"
    )));
}
