//! A sequence of calls as SVG, for pages: narrow enough for a phone, and in the colours of the page.

use std::fmt::Write as _;

use crate::escape::html;
use crate::sequence::{Item, Sequence};
use crate::text::visible;

/// The width of a diagram.
const WIDTH: i32 = 400;
/// Where the lines of the two stand.
const CALLER: i32 = 44;
const CALLEE: i32 = 356;
/// The height of a line of text.
const LINE: i32 = 17;
/// So many characters fit between the two lines, and across the whole diagram.
const BETWEEN: usize = 43;
const ACROSS: usize = 48;

/// Draws a sequence. `id` begins the ids in it.
pub(crate) fn svg(sequence: &Sequence, id: &str) -> String {
    let mut drawing = Drawing { shapes: String::new(), y: 44 };
    drawing.items(&sequence.items, 0);
    let height = drawing.y + 34;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg class=\"sequence\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title\">\n\
         <title id=\"{id}-title\">{}</title>\n",
        html(&sequence.title)
    );
    for x in [CALLER, CALLEE] {
        let _ =
            writeln!(svg, "<line class=\"life\" x1=\"{x}\" y1=\"32\" x2=\"{x}\" y2=\"{}\"/>", height - 30);
    }
    for (x, name) in [(CALLER, &sequence.caller), (CALLEE, &sequence.callee)] {
        for y in [4, height - 32] {
            let name = shortened(name, 11);
            let _ = writeln!(
                svg,
                "<rect class=\"actor\" x=\"{}\" y=\"{y}\" width=\"84\" height=\"28\" rx=\"5\"/>\
                 <text class=\"name\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                x - 42,
                y + 19,
                html(&name)
            );
        }
    }
    svg.push_str(&drawing.shapes);
    svg.push_str("</svg>\n");
    svg
}

/// What is drawn so far.
struct Drawing {
    shapes: String,
    /// Where the next thing begins.
    y: i32,
}

impl Drawing {
    fn items(&mut self, items: &[Item], depth: i32) {
        for item in items {
            match item {
                Item::Call(call) => self.arrow("call", call, CALLER, CALLEE),
                Item::Answer(answer) => self.arrow("answer", answer, CALLEE, CALLER),
                Item::Note(note) => self.note(note),
                Item::Group { kind, label, items } => self.group(kind.word(), label, items, depth),
            }
        }
    }

    fn lines(&mut self, class: &str, text: &str, x: i32, anchor: &str, width: usize) {
        for line in wrapped(text, width) {
            self.y += LINE;
            let _ = writeln!(
                self.shapes,
                "<text class=\"{class}\" x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                self.y,
                html(&line)
            );
        }
    }

    fn arrow(&mut self, class: &str, text: &str, from: i32, to: i32) {
        self.lines("said", text, (CALLER + CALLEE) / 2, "middle", BETWEEN);
        self.y += 8;
        let (tip, back) = if to > from { (to - 1, to - 9) } else { (to + 1, to + 9) };
        let y = self.y;
        let _ = writeln!(
            self.shapes,
            "<line class=\"{class}\" x1=\"{from}\" y1=\"{y}\" x2=\"{tip}\" y2=\"{y}\"/>\
             <path class=\"tip\" d=\"M{tip} {y} L{back} {} L{back} {} Z\"/>",
            y - 4,
            y + 4
        );
        self.y += 6;
    }

    fn note(&mut self, text: &str) {
        let lines = wrapped(text, BETWEEN);
        let height = i32::try_from(lines.len()).unwrap_or(1) * LINE + 10;
        self.y += 6;
        let _ = writeln!(
            self.shapes,
            "<rect class=\"note\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\" rx=\"4\"/>",
            CALLER + 6,
            self.y,
            CALLEE - CALLER - 12
        );
        self.lines("said", text, (CALLER + CALLEE) / 2, "middle", BETWEEN);
        self.y += 16;
    }

    fn group(&mut self, word: &str, label: &str, items: &[Item], depth: i32) {
        self.y += 10;
        let (top, inset) = (self.y, (depth * 5).min(20));
        // its frame is behind what is in it
        let before = std::mem::take(&mut self.shapes);
        let text = format!("{word}: {label}");
        self.lines("label", &text, 12 + inset, "start", ACROSS);
        self.items(items, depth + 1);
        self.y += 8;
        let inside = std::mem::replace(&mut self.shapes, before);
        let _ = writeln!(
            self.shapes,
            "<rect class=\"group\" x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"5\"/>",
            3 + inset,
            WIDTH - 6 - 2 * inset,
            self.y - top
        );
        self.shapes.push_str(&inside);
        self.y += 4;
    }
}

fn shortened(text: &str, most: usize) -> String {
    let text = visible(text);
    match text.char_indices().nth(most) {
        None => text,
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Breaks a string into lines: between words, or within one that is too long.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in visible(text).split(' ').filter(|word| !word.is_empty()) {
        let mut word: Vec<char> = word.chars().collect();
        let length = line.chars().count();
        if length > 0 && length + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_between_words_or_within_long_ones() {
        assert_eq!(wrapped("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrapped("aaaaaaa b", 3), ["aaa", "aaa", "a b"]);
        assert!(wrapped("", 3).is_empty());
    }

    #[test]
    fn what_is_drawn_is_escaped() {
        let items = vec![Item::Call("<script>".into()), Item::Answer("\"&".into())];
        let sequence = Sequence { title: "<t>".into(), caller: "a<".into(), callee: "b".into(), items };
        let drawn = svg(&sequence, "d1");
        assert!(!drawn.contains("<script>") && drawn.contains("&lt;script&gt;"), "{drawn}");
        assert!(drawn.contains("<title id=\"d1-title\">&lt;t&gt;</title>"));
    }
}
