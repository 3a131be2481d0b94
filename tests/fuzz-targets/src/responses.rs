//! Any bytes as responses, for runs of every plan.

use mapwright::{Headers, Response};

use crate::outcome::drive;
use crate::plans::{events, ready};

/// Uses any bytes as a script of responses: a line with the index of an event, then responses separated by lines of `---`, each with a status line, headers,
/// an empty line and a body.
pub fn responses(data: &[u8]) {
    let (first, rest) = split(data, b"\n").unwrap_or((data, b""));
    let event = first
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .fold(0, |n: usize, byte| n.wrapping_mul(10).wrapping_add(usize::from(byte - b'0')));
    let Some(event) = events().get(event % events().len()) else { return };
    let event = event.to_string();
    let mut script = Vec::new();
    let mut rest = Some(rest);
    while let Some(text) = rest {
        let (block, after) = match split(text, b"\n---\n") {
            Some((block, after)) => (block, Some(after)),
            None => (text, None),
        };
        script.push(response(block));
        rest = after;
    }
    for plan in ready() {
        let ended = drive(&plan.mapper, &plan.shape, event.as_bytes(), &script);
        let again = drive(&plan.mapper, &plan.shape, event.as_bytes(), &script);
        assert_eq!(ended, again, "{}: the same responses, another end", plan.name);
    }
}

fn response(block: &[u8]) -> Response {
    let (head, body) = split(block, b"\n\n").unwrap_or((block, b""));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    let headers = lines.filter_map(|line| line.split_once(": "));
    Response::new(status, headers.collect::<Headers>(), body)
}

fn split<'d>(data: &'d [u8], at: &[u8]) -> Option<(&'d [u8], &'d [u8])> {
    let start = data.windows(at.len()).position(|window| window == at)?;
    Some((&data[..start], &data[start + at.len()..]))
}
