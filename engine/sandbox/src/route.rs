//! Paths of operations, with parameters.

use percent_encoding::percent_decode_str;

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    segments: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Param(String),
}

impl Route {
    pub(crate) fn new(path: &str) -> Route {
        Route { segments: path.split('/').map(pieces).collect() }
    }

    /// The decoded parameters of a path that fits.
    pub(crate) fn params(&self, path: &str) -> Option<Vec<(String, String)>> {
        let segments: Vec<&str> = path.split('/').collect();
        if segments.len() != self.segments.len() {
            return None;
        }
        let mut params = Vec::new();
        for (pieces, segment) in self.segments.iter().zip(segments) {
            fit(pieces, segment, &mut params)?;
        }
        Some(params)
    }

    /// How many parameters it has: of several paths that fit, the one with the fewest says most.
    pub(crate) fn looseness(&self) -> usize {
        self.segments.iter().flatten().filter(|piece| matches!(piece, Piece::Param(_))).count()
    }
}

fn pieces(segment: &str) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), segment);
    while let Some((text, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.push(Piece::Param(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

/// Matches a segment; a parameter ends where the text after it first stands, and the last one takes the rest.
fn fit(pieces: &[Piece], mut segment: &str, params: &mut Vec<(String, String)>) -> Option<()> {
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        let is_last = pieces.len() == 1;
        match piece {
            Piece::Text(text) => segment = segment.strip_prefix(text.as_str())?,
            Piece::Param(name) => {
                let end = match pieces.peek() {
                    Some(Piece::Text(text)) if is_last => segment.len().checked_sub(text.len())?,
                    Some(Piece::Text(text)) => segment.find(text.as_str())?,
                    _ => segment.len(),
                };
                let (value, rest) = (segment.get(..end)?, segment.get(end..)?);
                let value = percent_decode_str(value).decode_utf8().ok().filter(|value| !value.is_empty())?;
                params.push((name.clone(), value.into_owned()));
                segment = rest;
            }
        }
    }
    segment.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let params = |path: &str, found: &str| {
            Route::new(path)
                .params(found)
                .map(|params| params.into_iter().map(|(_, value)| value).collect::<Vec<_>>())
        };
        assert_eq!(params("/a/{id}/b", "/a/x%2Fy/b"), Some(vec!["x/y".to_owned()]));
        assert_eq!(params("/a/{id}.json", "/a/x.json.json"), Some(vec!["x.json".to_owned()]));
        assert_eq!(params("/{a}-{b}", "/1-2-3"), Some(vec!["1".to_owned(), "2-3".to_owned()]));
        assert_eq!(params("/a", "/a"), Some(vec![]));
        for (path, found) in
            [("/a/{id}", "/a/"), ("/a/{id}", "/a/b/c"), ("/a", "/a/"), ("/a/{id}.json", "/a/.json")]
        {
            assert_eq!(params(path, found), None, "{path} {found}");
        }
    }
}
