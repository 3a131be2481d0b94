//! A model of the workspace without the engine: plain maps, in which the last value wins.

use std::collections::{BTreeMap, BTreeSet};

use intercom_sandbox::State;
use serde_json::{Map, Value, json};

/// The expected content of a workspace after the events of [`crate::events`].
#[derive(Debug, Default, PartialEq)]
pub struct Model {
    /// The users, by user id.
    pub users: BTreeMap<String, Map<String, Value>>,
    /// The companies, by id.
    pub companies: BTreeMap<String, Map<String, Value>>,
    /// The tags of companies.
    pub tags: BTreeSet<(String, String)>,
    /// The members of companies.
    pub members: BTreeSet<(String, String)>,
    /// The events of users by name and second, with metadata. The first of several duplicates stays.
    pub done: BTreeMap<(String, String, i64), Value>,
}

impl Model {
    /// Returns the result of events, in order.
    #[must_use]
    pub fn of(events: &[Value]) -> Model {
        let mut model = Model::default();
        for event in events {
            match event["type"].as_str() {
                Some("identify") => model.identify(event),
                Some("track") => model.track(event),
                Some("group") => model.group(event),
                _ => model.delete(&text(&event["users"][0]["userId"])),
            }
        }
        model
    }

    fn identify(&mut self, event: &Value) {
        let traits = &event["traits"];
        let email = traits["email"].as_str().map(str::to_lowercase);
        let user = match event["userId"].as_str() {
            Some(user) => user.to_owned(),
            None => {
                let known = self.users.iter().find(|(_, user)| user["email"].as_str() == email.as_deref());
                known.map(|(user, _)| user.clone()).unwrap_or_default()
            }
        };
        if let Some(company) = traits["company"]["id"].as_str() {
            let member = (user.clone(), company.to_owned());
            if traits["company"]["remove"] == true {
                self.members.remove(&member);
            } else {
                self.company(company).insert("name".into(), traits["company"]["name"].clone());
                self.members.insert(member);
            }
        }
        let known = self.users.entry(user).or_insert_with(|| json_map(json!({ "unsubscribed": false })));
        for (name, value) in traits.as_object().into_iter().flatten() {
            match name.as_str() {
                _ if value.is_null() || value == "" => {}
                "company" => {}
                "email" => drop(known.insert("email".into(), email.clone().into())),
                "createdAt" => drop(known.insert("signed_up_at".into(), value.clone())),
                "unsubscribedFromEmails" => drop(known.insert("unsubscribed".into(), value.clone())),
                _ => drop(known.insert(name.clone(), value.clone())),
            }
        }
    }

    fn track(&mut self, event: &Value) {
        let second = event["timestamp"].as_i64().unwrap_or_default() / 1000;
        let key = (text(&event["userId"]), text(&event["event"]), second);
        self.done.entry(key).or_insert_with(|| event["properties"].clone());
    }

    fn group(&mut self, event: &Value) {
        let id = text(&event["groupId"]);
        for (name, value) in event["traits"].as_object().into_iter().flatten() {
            if name == "tags" {
                let tags = value.as_array().into_iter().flatten();
                self.tags.extend(tags.map(|tag| (id.clone(), text(tag))));
            } else {
                self.company(&id).insert(name.clone(), value.clone());
            }
        }
        if let Some(user) = event["userId"].as_str() {
            self.members.insert((user.to_owned(), id));
        }
    }

    fn delete(&mut self, user: &str) {
        self.users.remove(user);
        self.members.retain(|(member, _)| member != user);
        self.done.retain(|(who, _, _), _| who != user);
    }

    fn company(&mut self, id: &str) -> &mut Map<String, Value> {
        self.companies.entry(id.to_owned()).or_default()
    }

    /// Returns the content of a sandbox in the same form.
    #[must_use]
    pub fn held(state: &State) -> Model {
        let mut model = Model::default();
        for user in &state.contacts {
            let mut held = json_map(json!({
                "email": user.email, "name": user.name, "phone": user.phone, "signed_up_at": user.signed_up_at,
                "unsubscribed": user.unsubscribed_from_emails,
            }));
            held.extend(user.custom_attributes.clone());
            held.retain(|_, value| !value.is_null());
            let before = model.users.insert(user.external_id.clone().unwrap_or_default(), held);
            assert_eq!(before, None, "two users with one id, or without any");
        }
        for company in &state.companies {
            let id = company.company_id.clone().unwrap_or_default();
            let mut held =
                json_map(json!({ "name": company.name, "size": company.size, "industry": company.industry }));
            held.extend(company.custom_attributes.clone());
            held.retain(|_, value| !value.is_null());
            model.tags.extend(company.tags.iter().map(|tag| (id.clone(), tag.clone())));
            assert_eq!(model.companies.insert(id, held), None, "two companies with one id");
        }
        let members = state.attachments.iter();
        model.members = members.map(|member| (member.contact.clone(), member.company.clone())).collect();
        for event in &state.events {
            let key = (event.contact.clone(), event.name.clone(), event.created_at);
            model.done.insert(key, event.metadata.clone().into());
        }
        model
    }

    /// Asserts that a sandbox has the expected content.
    ///
    /// # Panics
    /// Panics with the first differences if it does not.
    #[allow(clippy::panic, reason = "an assertion of tests")]
    pub fn assert_held(&self, state: &State, what: &str) {
        let held = Model::held(state);
        let mut differences = differing("user", &self.users, &held.users);
        differences.extend(differing("company", &self.companies, &held.companies));
        differences.extend(differing("event", &self.done, &held.done));
        differences.extend(unequal("member", &self.members, &held.members));
        differences.extend(unequal("tag", &self.tags, &held.tags));
        assert!(differences.is_empty() && *self == held, "{what}: {} differences\n{}", differences.len(), {
            differences.truncate(10);
            differences.join("\n")
        });
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn json_map(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}

fn differing<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    held: &BTreeMap<K, V>,
) -> Vec<String> {
    let keys: BTreeSet<&K> = expected.keys().chain(held.keys()).collect();
    let differ = keys.into_iter().filter(|key| expected.get(key) != held.get(key));
    differ
        .map(|key| format!("{what} {key:?}: expected {:?}, held {:?}", expected.get(key), held.get(key)))
        .collect()
}

fn unequal<T: Ord + std::fmt::Debug>(what: &str, expected: &BTreeSet<T>, held: &BTreeSet<T>) -> Vec<String> {
    let missing = expected.difference(held).map(|one| format!("{what} {one:?} is missing"));
    missing.chain(held.difference(expected).map(|one| format!("{what} {one:?} is one too many"))).collect()
}
