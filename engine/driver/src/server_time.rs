//! Times that a response states, and our own. Those are the server's, so they are compared with its clock and not with ours.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mapwright::Response;

/// Returns our time in epoch milliseconds.
pub(crate) fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Returns the server's time in epoch seconds, from the header `Date`.
pub(crate) fn date(response: &Response) -> Option<f64> {
    let date = httpdate::parse_http_date(&header(response, "date")?).ok()?;
    Some(date.duration_since(UNIX_EPOCH).ok()?.as_secs_f64())
}

/// Returns the wait that the header `Retry-After` states: seconds, or a time. `wall` is our time in epoch milliseconds, in case the
/// server states none.
pub(crate) fn retry_after(response: &Response, wall: i64) -> Option<Duration> {
    let text = header(response, "retry-after")?;
    let seconds = match text.parse::<f64>() {
        // no wait at all would only make it worse
        Ok(number) if number < 0.0 || !number.is_finite() => return None,
        Ok(number) => from_now(number, response, wall),
        Err(_) => {
            let time = httpdate::parse_http_date(&text).ok()?;
            let time = time.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
            time - date(response).unwrap_or(wall as f64 / 1_000.0)
        }
    };
    /// Longer than any wait that is accepted, and short enough for every clock.
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST).min(LONGEST))
}

/// Returns the seconds until a time: a small number is seconds already, a large one is an epoch time.
pub(crate) fn from_now(number: f64, response: &Response, wall: i64) -> f64 {
    if number < 1.0e9 { number } else { number - date(response).unwrap_or(wall as f64 / 1_000.0) }
}

/// Returns the trimmed value of a header.
pub(crate) fn header<'r>(response: &'r Response, name: &str) -> Option<Cow<'r, str>> {
    Some(match response.header(name)? {
        Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
        Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Response::new(503, headers.collect::<Vec<_>>(), [])
    }

    #[test]
    fn a_time_is_held_against_the_servers_clock() {
        // our clock is ten minutes behind
        let wall = 784_111_777_000 - 600_000;
        let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let after = |headers: &[(&str, &str)]| retry_after(&answer(headers), wall).map(|wait| wait.as_secs());
        assert_eq!(after(&[date, ("Retry-After", "3")]), Some(3));
        assert_eq!(after(&[date, ("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]), Some(3));
        assert_eq!(after(&[date, ("Retry-After", "Sun, 06 Nov 1994 08:49:30 GMT")]), Some(0));
        assert_eq!(after(&[("Retry-After", "Sun, 06 Nov 1994 08:49:40 GMT")]), Some(603));
        assert_eq!(after(&[("Retry-After", "99999999999999999999")]), Some(366 * 24 * 60 * 60));
        for wrong in ["", "soon", "-1x", "NaN", "inf", "-5"] {
            assert_eq!(after(&[date, ("Retry-After", wrong)]), None, "{wrong}");
        }
    }
}
