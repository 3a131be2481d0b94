//! Printing effective mappings.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use mapwright::{Sources, Spec};
use mapwright_tests::sources;

const IDENTIFY: &str = "\
message: identify
payload:
  contact:
    email: [traits.email, context.traits.email]
    age: { from: traits.age, as: integer }
    gone: traits.gone
steps:
  find: { use: lookup, capture: { id: response.body.id } }
  send:
    operation: send
    unless: captures.id
    body: contact
variants:
  short:
    when: traits.short
    remove: [steps.find, steps.send.unless]
";

const NEXT: &str = "\
message: identify
remove: [payload.contact.gone]
payload:
  contact:
    email: { from: { last: [userId], without: [traits.email] } }
    age: { on_error: omit }
    new: traits.new
";

fn files() -> Sources {
    let mut files = sources(IDENTIFY);
    let version = files.get("mappings/acme/1.0/version.yaml").unwrap().to_owned();
    files.insert("mappings/acme/1.0/version.yaml", version + "steps: { lookup: { operation: find } }\n");
    files.insert("mappings/acme/1.10/version.yaml", "version: \"1.10\"\nextends: \"1.0\"\n");
    files.insert_as("mappings/acme/1.10/identify.yaml", "elsewhere/identify.yaml", NEXT);
    files
}

#[test]
fn every_part_says_which_file_and_line_it_comes_from() {
    let spec = Spec::load(&files());
    insta::assert_snapshot!(spec.show("acme/1.10/identify", None).unwrap());
}

#[test]
fn a_variant_is_shown_as_it_counts() {
    let spec = Spec::load(&files());
    insta::assert_snapshot!(spec.show("acme/1.10/identify", Some("short")).unwrap());
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let spec = Spec::load(&files());
    let missing = |address: &str, variant| spec.show(address, variant).unwrap_err().to_string();
    let all = [
        missing("amce", None),
        missing("zzz/1.0", None),
        missing("acme/1.1", None),
        missing("acme/9", None),
        missing("acme/1.0/idenify", None),
        missing("acme/1.0/x", None),
        missing("acme/1.0/identify", Some("shrt")),
        missing("acme/1.0", Some("short")),
        missing("a/b/c/d", None),
        missing("", None),
        spec.body_schema("acme/1.0/send").unwrap_err().to_string(),
        spec.body_schema("acme").unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn what_is_shown_of_shipped_files_says_what_they_say() {
    let shipped = mapwright_builtin::sources();
    let spec = Spec::load(&shipped);
    let mut seen = 0;
    for (path, text) in
        shipped.iter().filter(|(path, _)| path.ends_with(".yaml") && !path.ends_with(".test.yaml"))
    {
        let address = path.strip_prefix("mappings/").unwrap().strip_suffix(".yaml").unwrap();
        let address =
            address.strip_suffix("/version").or(address.strip_suffix("/destination")).unwrap_or(address);
        let shown = spec.show(address, None).unwrap();
        let read = |text: &str| {
            let options = serde_saphyr::options! { strict_booleans: true };
            serde_saphyr::from_str_with_options::<serde_json::Value>(text, options).unwrap()
        };
        let folder = path.rsplit_once('/').unwrap().0;
        let version = shipped.get(&format!("{folder}/version.yaml")).unwrap_or_default();
        let of_destination =
            shipped.get(&format!("mappings/{}/destination.yaml", address.split('/').next().unwrap()));
        let extends =
            version.contains("extends:") || of_destination.is_some_and(|text| text.contains("extends:"));
        if !text.contains("use:") && !extends {
            // what replaces a part is shown without saying so
            let text: String = text.replace("replace: true, ", "").replace("    replace: true\n", "");
            let (mut shown, text) = (read(&shown), read(&text));
            // what the mapping uses of its version is shown too
            let object = shown.as_object_mut().unwrap();
            // its order keys are laid over those of the version
            let (mut text, order) = (text, "order");
            object.remove(order);
            text.as_object_mut().unwrap().remove(order);
            for section in ["payload", "values", "sets", "conversions", "requirements", "operations"] {
                match (object.get_mut(section), text.get(section)) {
                    (Some(shown), Some(own)) => {
                        shown.as_object_mut().unwrap().retain(|name, _| own.get(name).is_some());
                        // so are the entries of its values
                        for (name, shown) in shown.as_object_mut().unwrap() {
                            if let (Some(shown), Some(own)) = (shown.as_object_mut(), own[name].as_object()) {
                                shown.retain(|key, _| section != "values" || own.contains_key(key));
                            }
                        }
                    }
                    (_, Some(_)) => {}
                    (_, None) => drop(object.remove(section)),
                }
            }
            assert_eq!(shown, text, "{path}");
            seen += 1;
        }
        for line in shown.lines() {
            let (_, place) = line.rsplit_once("  # ").unwrap();
            let (file, line) = place.rsplit_once(':').unwrap();
            let line: usize = line.parse().unwrap();
            assert!(shipped.get(file).unwrap().lines().nth(line - 1).is_some(), "{place}");
        }
    }
    assert!(seen > 4, "{seen}");
}
