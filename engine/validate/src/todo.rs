//! Comments that say what is left to do: `# TODO: what`.

use mapwright::{Finding, Sources};
use mapwright_findings::rules::todo;
use mapwright_findings::{Reports, Span, Texts};

use crate::comments::lines;

/// What such a comment starts with, after its `#`.
const WORD: &str = "TODO";

/// Returns a finding for each of them.
pub(crate) fn find(sources: &Sources) -> Vec<Finding> {
    let mut texts = Texts::default();
    let mut reports = Reports::default();
    for layer in sources.iter().flat_map(|(path, _)| sources.layers(path)) {
        if !layer.shown.ends_with(".yaml") || !layer.text.contains(WORD) {
            continue;
        }
        let file = texts.add(layer.shown, layer.text);
        for line in lines(layer.text) {
            let Some(at) = line.comment else { continue };
            let text = line.text.trim_end();
            if let Some(left) = text.get(at..).and_then(left) {
                let (start, end) = ((line.start + at) as u32, (line.start + text.len()) as u32);
                todo::report(&mut reports, Span { file, start, end }, left);
            }
        }
    }
    reports.into_findings(&texts)
}

/// What a comment says is left to do.
fn left(comment: &str) -> Option<&str> {
    let left = comment.trim_start_matches('#').trim_start().strip_prefix(WORD)?;
    let ends = !left.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    ends.then(|| left.trim_start_matches(':').trim())
}

#[cfg(test)]
mod tests {
    use super::left;

    #[test]
    fn the_word_stands_at_the_start() {
        assert_eq!(left("# TODO: the hosts"), Some("the hosts"));
        assert_eq!(left("## TODO"), Some(""));
        assert_eq!(left("#TODO later"), Some("later"));
        assert_eq!(left("# TODOS"), None);
        assert_eq!(left("# a list of TODO"), None);
    }
}
