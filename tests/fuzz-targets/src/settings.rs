//! Any JSON as settings, for every plan.

use mapwright::{Plan, Scratch};
use serde_json::{Value, json};

use crate::outcome::preview;
use crate::plans::{Shape, events, plans};

/// The names of all secret settings of the plans.
const SECRETS: [&str; 4] = ["apiKey", "token", "password", "key"];

/// Uses any JSON as settings of every plan.
pub fn settings(data: &[u8]) {
    let Ok(settings) = serde_json::from_slice::<Value>(data) else { return };
    for (plan, shape) in plans() {
        match plan.bind(&settings) {
            Ok(mapper) => {
                for event in events() {
                    preview(&mapper, shape, event, &mut Scratch::new());
                }
                let _ = mapper.unknown_settings();
                assert_eq!(shown(plan, shape, &settings), shown(plan, shape, &with_other_secrets(&settings)));
            }
            Err(error) => {
                assert!(!error.problems.is_empty());
                let texts = error.problems.iter().map(ToString::to_string);
                assert!(texts.into_iter().all(|text| !text.is_empty()), "{error:?}");
                assert_eq!(plan.bind_redacted(&settings).err(), Some(error));
            }
        }
    }
}

/// Returns all output about the events with these settings.
fn shown(plan: &Plan, shape: &Shape, settings: &Value) -> String {
    let mapper = plan.bind_redacted(settings).expect("what binds in the open binds redacted");
    let became = events().iter().map(|event| preview(&mapper, shape, event, &mut Scratch::new()));
    format!("{:?}", became.collect::<Vec<_>>())
}

/// Returns the settings with other secrets. The output must be the same.
fn with_other_secrets(settings: &Value) -> Value {
    let mut settings = settings.clone();
    for name in SECRETS {
        if let Some(secret) = settings.get_mut(name).filter(|secret| secret.is_string() && **secret != "") {
            *secret = json!("another");
        }
    }
    settings
}
