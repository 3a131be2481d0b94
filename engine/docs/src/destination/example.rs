//! Events as examples: the engine maps them.

use mapwright::{Body, Outcome, Plan, Scratch};
use serde_json::{Map, Value};

use crate::document::Block;
use crate::text::Text;

/// The time at which examples are mapped: 2024-05-01, noon.
const NOW: i64 = 1_714_564_800_000;

/// A request of an example.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    /// The step.
    pub step: String,
    /// The method and the URL.
    pub line: String,
    /// The condition, if a response decides.
    pub when: Option<String>,
    /// The body.
    pub body: Option<Value>,
}

/// Maps an event with settings that stand for any, but for those that are given. Returns its requests, or why there are none.
pub(crate) fn requests(plan: &Plan, given: &Map<String, Value>, event: &Value) -> Result<Vec<Sent>, String> {
    let mut settings = Map::new();
    let missing = plan.settings().filter(|setting| setting.required && !given.contains_key(setting.name));
    for setting in missing {
        let value = setting.stand_in(&format!("the-{}", setting.name), 0);
        settings.insert(setting.name.to_owned(), value.map_err(|error| error.to_string())?);
    }
    settings.extend(given.clone());
    let mapper = plan.bind_redacted(&Value::Object(settings)).map_err(|error| error.to_string())?;
    let mut scratch = Scratch::new();
    match mapper.map(event, NOW, &mut scratch) {
        Outcome::Mapped(mut run) => {
            let requests = run.preview().map_err(|rejection| rejection.message.clone())?;
            let sent = requests.iter().map(|request| Sent {
                step: request.step.to_string(),
                line: format!("{} {}", request.method, request.url),
                when: request.when.clone(),
                body: request.body.as_ref().map(|body| match body {
                    Body::Json(bytes) => serde_json::from_slice(bytes).unwrap_or(Value::Null),
                    other => String::from_utf8_lossy(other.bytes()).into_owned().into(),
                }),
            });
            Ok(sent.collect())
        }
        Outcome::Calls(made) => {
            let sent = made.calls.iter().map(|call| Sent {
                step: call.step.clone(),
                line: format!("call {}", call.function),
                when: None,
                body: serde_json::from_slice(call.json()).ok(),
            });
            Ok(sent.collect())
        }
        Outcome::Skipped { skip, .. } => Err(format!("skipped: {}", skip.reason)),
        Outcome::Rejected { rejection, .. } => Err(format!("rejected: {}", rejection.message)),
    }
}

/// Requests, each body once.
pub(crate) fn shown(sent: &[Sent]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut known: Vec<&Value> = Vec::new();
    for request in sent {
        let mut text = Text::code(&*request.step).and(": ").and(Text::code(&*request.line));
        if let Some(when) = &request.when {
            text = text.and(", when ").and(Text::code(when));
        }
        match &request.body {
            Some(body) if known.contains(&body) => {
                blocks.push(Block::Paragraph(text.and(", with the same body as above")));
            }
            Some(body) => {
                known.push(body);
                blocks.push(Block::Paragraph(text));
                blocks.push(Block::json(body));
            }
            None => blocks.push(Block::Paragraph(text)),
        }
    }
    blocks
}
