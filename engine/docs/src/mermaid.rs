//! A sequence of calls in the notation of Mermaid.

use std::fmt::Write as _;

use crate::sequence::{Item, Sequence};
use crate::text::visible;

/// Writes a sequence as a diagram of Mermaid.
pub fn mermaid(sequence: &Sequence) -> String {
    let mut text = String::from("sequenceDiagram\n");
    let _ = writeln!(text, "  participant C as {}", escaped(&sequence.caller));
    let _ = writeln!(text, "  participant A as {}", escaped(&sequence.callee));
    write_items(&mut text, &sequence.items, 2);
    text
}

fn write_items(text: &mut String, items: &[Item], indent: usize) {
    for item in items {
        let _ = match item {
            Item::Call(call) => writeln!(text, "{:indent$}C->>A: {}", "", escaped(call)),
            Item::Answer(answer) => writeln!(text, "{:indent$}A-->>C: {}", "", escaped(answer)),
            Item::Note(note) => writeln!(text, "{:indent$}Note over C,A: {}", "", escaped(note)),
            Item::Group { kind, label, items: inner } => {
                let _ = writeln!(text, "{:indent$}{} {}", "", kind.word(), escaped(label));
                write_items(text, inner, indent + 2);
                writeln!(text, "{:indent$}end", "")
            }
        };
    }
}

/// A string of which nothing is part of the notation. The word `end` would end a group.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '#' | ';' | '<' | '>' | '{' | '}' | '"' | '%' | '`' | '&' => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    let words = escaped.split(' ').map(|word| match word.eq_ignore_ascii_case("end") {
        true => format!("#{};{}", u32::from(b'e'), word.get(1..).unwrap_or_default()),
        false => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Group;

    #[test]
    fn groups_are_closed_and_texts_are_escaped() {
        let call = Item::Call("PUT /a/{id}; end".into());
        let group = Item::Group { kind: Group::Optional, label: "a == \"b\"".into(), items: vec![call] };
        let sequence =
            Sequence { title: String::new(), caller: "C".into(), callee: "A".into(), items: vec![group] };
        assert_eq!(
            mermaid(&sequence),
            "sequenceDiagram\n  participant C as C\n  participant A as A\n  opt a == #34;b#34;\n    \
             C->>A: PUT /a/#123;id#125;#59; #101;nd\n  end\n"
        );
    }
}
