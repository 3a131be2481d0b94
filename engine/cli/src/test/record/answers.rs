//! What an API answers: from a file, or from the API itself.

use std::path::Path;
use std::time::Duration;

use mapwright::{Mapper, Outcome, Progress, Response, Scratch, Sources};
use mapwright_driver::{Client, ClientConfig};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use url::Url;

use crate::error::CommandError;
use crate::{folder, settings};

/// The most requests that are sent.
const MOST: usize = 100;
/// The longest wait before a request is sent again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Reads responses: JSON objects, one after the other or in lists, or a list in YAML.
pub(super) fn read(path: &Path) -> Result<Value, CommandError> {
    let failed = |reason: String| CommandError::Answers { path: path.to_owned(), reason };
    let text = folder::text(path).map_err(failed)?;
    let json: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text).into_iter().collect();
    let read = match (json, settings::read_yaml(&text)) {
        (Ok(values), _) => values,
        (Err(_), Ok(value)) => vec![value],
        (Err(error), Err(_)) if text.trim_start().starts_with(['{', '[']) => {
            return Err(failed(error.to_string()));
        }
        (Err(_), Err(error)) => return Err(failed(error.to_string())),
    };
    let mut answers = Vec::new();
    for value in read {
        match value {
            Value::Array(items) => answers.extend(items),
            one => answers.push(one),
        }
    }
    match answers.iter().position(|answer| answer.get("status").is_none()) {
        Some(at) => Err(failed(format!("response {} has no `status`", at + 1))),
        None => Ok(Value::Array(answers)),
    }
}

/// Sends the requests of an event, and returns the responses. A request is sent again as the mapping says, but not for ever.
pub(super) fn sent(
    mapper: &Mapper,
    event: &Value,
    now: i64,
    base_url: Option<&Url>,
    sources: &Sources,
) -> Result<Value, CommandError> {
    let mut config = ClientConfig::default();
    config.base_url = base_url.cloned();
    let client = Client::new(&config)?;
    let bytes = event.to_string().into_bytes();
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(bytes.as_slice(), now, &mut scratch) else {
        return Ok(Value::Array(Vec::new()));
    };
    let runtime = Runtime::new().map_err(CommandError::Start)?;
    let mut answers = Vec::new();
    // a rejection in between is what the test expects
    while let Ok(Some(request)) = run.request() {
        if answers.len() == MOST {
            return Err(CommandError::RecordEndless { requests: MOST });
        }
        let answered = runtime.block_on(client.exchange(&request));
        let response = answered.map_err(|error| CommandError::NoAnswer {
            step: request.step.to_string(),
            reason: mapper.redactor().redact(&error.problem).into_owned(),
        })?;
        drop(request);
        answers.push(shown(&response, sources));
        match run.respond(&response, now) {
            Ok(Progress::Retry { after, .. }) => {
                let after = after.unwrap_or(Duration::from_secs(1));
                if after > LONGEST_WAIT {
                    break;
                }
                std::thread::sleep(after);
            }
            Ok(Progress::Next) => {}
            Ok(Progress::Renew { .. }) | Err(_) => break,
        }
    }
    Ok(Value::Array(answers))
}

/// A response as a test states it, with the headers that mappings read.
fn shown(response: &Response, sources: &Sources) -> Value {
    let mut all = Map::new();
    all.insert("status".to_owned(), response.status.into());
    let is_read = |name: &str| {
        let read = format!("response.headers.{}", name.to_lowercase());
        sources.iter().any(|(_, text)| text.to_lowercase().contains(&read))
    };
    let headers = response.headers().filter(|(name, _)| is_read(name));
    let headers: Map<String, Value> =
        headers.map(|(name, value)| (name.to_owned(), value.as_ref().into())).collect();
    if !headers.is_empty() {
        all.insert("headers".to_owned(), headers.into());
    }
    if let Ok(body) = serde_json::from_slice::<Value>(&response.body) {
        all.insert("body".to_owned(), body);
    } else if !response.body.is_empty() {
        all.insert("text".to_owned(), String::from_utf8_lossy(&response.body).into());
    }
    Value::Object(all)
}
