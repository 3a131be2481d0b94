//! Generates events from a seed: users sign up, change, join and leave companies, do things, and are deleted.
//!
//! The result must not depend on how events of different users interleave, since their order is not guaranteed. So a company's name follows
//! from its id, and an event that identifies a user by the email alone is between two events with both ids.

use fastrand::Rng;
use serde_json::{Value, json};

/// The time of the first event, in epoch seconds.
const START: u64 = 1_714_564_800;

/// The parameters of generated events.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// The number of events.
    pub events: u64,
    /// The number of users.
    pub users: u64,
    /// The number of companies.
    pub companies: u64,
    /// Whether group events name a member and users are deleted. In 2.10, both find a contact only through the search, so their
    /// result is undetermined while the search lags.
    pub looked_up: bool,
}

struct User {
    name: u64,
    email: u64,
    /// The required kind of the next event.
    next: Next,
}

#[derive(Clone, Copy, PartialEq)]
enum Next {
    Any,
    /// An identify with both ids, because the user is new, deleted, or was identified by the email alone.
    BothIds,
    /// An identify with the email alone.
    EmailAlone,
}

impl User {
    fn id(&self) -> String {
        format!("user-{}", self.name)
    }

    fn email(&self) -> String {
        format!("User{}.{}@Example.com", self.name, self.email)
    }
}

/// Generates events. Each contains its position in the stream in a place that the API stores: `n` of a contact and of an event's metadata,
/// `revision` of a company.
#[must_use]
pub fn make(seed: u64, recipe: Recipe) -> Vec<Value> {
    let mut random = Rng::with_seed(seed);
    let mut users: Vec<User> =
        (0..recipe.users).map(|name| User { name, email: 0, next: Next::BothIds }).collect();
    (0..recipe.events)
        .map(|n| {
            let user = random.usize(..users.len());
            event(&mut random, recipe, &mut users[user], n)
        })
        .collect()
}

fn event(random: &mut Rng, recipe: Recipe, user: &mut User, n: u64) -> Value {
    match user.next {
        Next::EmailAlone => {
            user.next = Next::BothIds;
            return json!({ "type": "identify", "traits": { "email": user.email(), "n": n, "mood": mood(random) } });
        }
        Next::BothIds => {
            user.next = Next::Any;
            return identify(random, recipe, user, n, true);
        }
        Next::Any => {}
    }
    let company = random.u64(..recipe.companies);
    match random.u8(..100) {
        0..45 => identify(random, recipe, user, n, false),
        45..50 => {
            user.next = Next::EmailAlone;
            identify(random, recipe, user, n, true)
        }
        50..80 => json!({
            "type": "track", "userId": user.id(), "event": format!("did {}", random.u8(..5)),
            // few enough seconds for some events to be duplicates to the API
            "timestamp": START * 1000 + random.u64(..20) * 1000 + random.u64(..1000),
            "properties": { "n": n, "price": { "amount": random.u32(..10_000), "currency": "eur" } },
        }),
        80..97 => {
            let mut group = json!({
                "type": "group", "groupId": format!("company-{company}"),
                "traits": { "name": format!("Company {company}"), "size": random.u32(1..5000), "revision": n },
            });
            if random.bool() {
                group["traits"]["tags"] = json!([format!("tag {}", random.u8(..4)), "all"]);
            }
            if random.bool() {
                group["traits"]["industry"] = mood(random).into();
            }
            if recipe.looked_up {
                group["userId"] = user.id().into();
            }
            group
        }
        _ if recipe.looked_up => {
            user.next = Next::BothIds;
            json!({ "type": "delete", "regulationType": "suppress_with_delete", "users": [{ "userId": user.id() }] })
        }
        _ => identify(random, recipe, user, n, false),
    }
}

fn identify(random: &mut Rng, recipe: Recipe, user: &mut User, n: u64, both_ids: bool) -> Value {
    let mut traits = json!({ "n": n });
    if !both_ids && random.u8(..10) == 0 {
        user.email += 1;
        traits["email"] = user.email().into();
    }
    if both_ids {
        traits["email"] = user.email().into();
    }
    let optional: [(&str, Value); 6] = [
        ("name", format!("Name {n}").into()),
        ("phone", [Value::from(format!("+44 {n}")), Value::Null, Value::from("")][random.usize(..3)].clone()),
        ("mood", mood(random).into()),
        ("score", random.u32(..100).into()),
        ("unsubscribedFromEmails", random.bool().into()),
        ("createdAt", (START + n).into()),
    ];
    for (name, value) in optional {
        if random.bool() {
            traits[name] = value;
        }
    }
    if random.u8(..4) == 0 {
        let company = random.u64(..recipe.companies);
        traits["company"] = if random.u8(..3) == 0 {
            json!({ "id": format!("company-{company}"), "remove": true })
        } else {
            json!({ "id": format!("company-{company}"), "name": format!("Company {company}") })
        };
    }
    json!({ "type": "identify", "userId": user.id(), "traits": traits })
}

fn mood(random: &mut Rng) -> &'static str {
    ["calm", "curious", "zufällig", "🎈"][random.usize(..4)]
}
