//! A sentence without what is too long to be read.

/// How much is shown before the first difference.
const BEFORE: usize = 40;

/// Shortens text in backticks to so many characters. Of two long texts, the difference is shown, and a common start is omitted.
///
/// ```
/// let condition = "a long condition ".repeat(10);
/// let sentence = format!("is for events with `{condition}and more`, before `{condition}and less`");
/// assert_eq!(
///     mapwright_diff::shortened(&sentence, 60),
///     "is for events with `…a long condition a long condition and more`, before `…a long condition a long condition and less`"
/// );
/// ```
pub fn shortened(sentence: &str, most: usize) -> String {
    let pieces: Vec<Vec<char>> = sentence.split('`').map(|piece| piece.chars().collect()).collect();
    let is_long = |at: usize, piece: &[char]| at % 2 == 1 && piece.len() > most;
    let mut long =
        pieces.iter().enumerate().filter(|(at, piece)| is_long(*at, piece)).map(|(_, piece)| piece);
    let start = match (long.next(), long.next()) {
        (Some(a), Some(b)) => {
            let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
            let start = same.saturating_sub(BEFORE);
            // from the beginning of a word on
            let in_word = a.get(start..).unwrap_or_default();
            start + in_word.iter().position(|c| *c == ' ').filter(|_| start > 0).map_or(0, |at| at + 1)
        }
        _ => 0,
    };
    let shown = |(at, piece): (usize, &Vec<char>)| {
        if !is_long(at, piece) {
            return piece.iter().collect::<String>();
        }
        let rest = piece.get(start..).unwrap_or_default();
        let text: String = rest.iter().take(most).collect();
        let (before, after) = (if start > 0 { "…" } else { "" }, if rest.len() > most { "…" } else { "" });
        format!("{before}{text}{after}")
    };
    pieces.iter().enumerate().map(shown).collect::<Vec<_>>().join("`")
}
