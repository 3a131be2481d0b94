//! The blocks of YAML and JSON in a page of Markdown, with the bytes of the page that each line of them stands for.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A block of code.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// What it is written in: `yaml` or `json`.
    pub language: Language,
    /// The words after the language.
    pub info: String,
    /// The file that it shows, if it is named: by `title="…"`, or by a line before the block that is only a name in backticks.
    pub file: Option<String>,
    /// The first line of its text in the page, from 1.
    pub line: usize,
    /// Its lines, without the indentation of the fence, and what says that they are in a list or a quote.
    pub lines: Vec<BlockLine>,
}

/// What a block is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Yaml,
    Json,
}

/// A line of a block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BlockLine {
    /// Its text, without the end of the line.
    pub text: String,
    /// Where that starts in the page.
    pub start: usize,
}

impl Block {
    /// Its text.
    #[cfg(test)]
    fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }

    /// Adds a piece of its text, which starts there in the page. Spaces that a tab stands for are not written so.
    fn add(&mut self, piece: &str, start: usize, is_written: bool) {
        let mut at = start;
        for (number, part) in piece.split('\n').enumerate() {
            if number > 0 || self.lines.is_empty() {
                self.lines.push(BlockLine { text: String::new(), start: at });
            }
            if let Some(line) = self.lines.last_mut() {
                let is_all_made = is_written && line.text.trim().is_empty();
                if is_all_made {
                    line.start = at.saturating_sub(line.text.len());
                }
                line.text.push_str(part.trim_end_matches('\r'));
            }
            at += part.len() + 1;
        }
    }

    /// Its outermost keys, as far as they can be seen without reading YAML.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| {
            let (key, rest) = line.text.split_once(':')?;
            let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            (!key.is_empty() && key.chars().all(is_key) && (rest.is_empty() || rest.starts_with(' ')))
                .then_some(key)
        })
    }

    /// In tests: the type of the first event.
    pub(crate) fn type_of_events(&self) -> Option<&str> {
        let value = self.lines.iter().find_map(|line| line.text.split_once("type: "))?.1;
        value.split(|c: char| !c.is_alphanumeric()).next().filter(|name| !name.is_empty())
    }

    /// The value of an outermost key, if it is a single word.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let line = self.lines.iter().find_map(|line| line.text.strip_prefix(key)?.strip_prefix(':'))?;
        let value = line.split(" #").next()?.trim().trim_matches(['"', '\'', '[', ']']);
        // of several types, the file is named like the first
        let first = value.split(',').next()?.trim();
        (!first.is_empty()).then_some(first)
    }
}

/// Returns the blocks of a page.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    // a byte order mark is not text
    let text = page.trim_start_matches('\u{feff}');
    let first = page.len() - text.len();
    let mut found = Vec::new();
    let (mut before, mut open): (Before, Option<Block>) = (Before::default(), None);
    let (mut line, mut counted) = (1, 0);
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    for (event, bytes) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                line += text.get(counted..bytes.start).unwrap_or("").matches('\n').count();
                counted = bytes.start.max(counted);
                open = block(info.trim(), before.take(), line + 1);
            }
            Event::End(TagEnd::CodeBlock) => {
                before = Before::default();
                if let Some(mut block) = open.take() {
                    // what follows the last end of a line is no line
                    block.lines.pop_if(|line| line.text.is_empty());
                    found.push(block);
                }
            }
            Event::Text(piece) if open.is_some() => {
                let is_written = text.get(bytes.clone()) == Some(&*piece);
                open.iter_mut().for_each(|block| block.add(&piece, first + bytes.start, is_written));
            }
            event => before.event(&event),
        }
    }
    found
}

/// What the last line of text says before a block.
#[derive(Default)]
struct Before {
    /// The code in it, if there is nothing else.
    name: Option<String>,
    /// Whether what follows is in another line.
    is_ended: bool,
}

impl Before {
    fn take(&mut self) -> Option<String> {
        std::mem::take(self).name
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_))
            | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::List(_) | TagEnd::BlockQuote(_))
            | Event::SoftBreak
            | Event::HardBreak => self.is_ended = true,
            Event::Text(text) if !self.is_ended && self.name.is_some() && text.trim() == ":" => {}
            Event::Code(name) if self.is_ended || self.name.is_none() => {
                let is_first = std::mem::take(&mut self.is_ended);
                self.name = is_first.then(|| name.to_string());
            }
            _ => *self = Self::default(),
        }
    }
}

fn block(info: &str, before: Option<String>, line: usize) -> Option<Block> {
    let (language, info) = info.split_once([' ', '\t']).unwrap_or((info, ""));
    let language = match language.to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Language::Yaml,
        "json" => Language::Json,
        _ => return None,
    };
    let titled = info.split_once("title=").and_then(|(_, rest)| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(str::to_owned)
    });
    let file = titled.or(before).filter(|name| name.ends_with(".yaml") || name.ends_with(".json"));
    Some(Block { language, info: info.to_owned(), file, line, lines: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_and_quotes_hide_no_block() {
        let page = "\u{feff}```yaml\na: 1\n```\n> > ```yaml\n> > b: >\n> >   text\n> > ```\n> ```yaml\n> c: 1\n\n```yaml\n> d\n```\n";
        let found = blocks(page);
        let texts: Vec<String> = found.iter().map(Block::text).collect();
        assert_eq!(texts, ["a: 1\n", "b: >\n  text\n", "c: 1\n", "> d\n"]);
        for line in found.iter().flat_map(|block| &block.lines) {
            assert_eq!(page.get(line.start..line.start + line.text.len()), Some(line.text.as_str()));
        }
    }

    #[test]
    fn a_fence_is_where_markdown_has_one() {
        let page = "\
- ```yaml
  a: 1

    b: 2
  ```
1. `mappings/acme/1/identify.yaml`:

   ```yaml
   c: 1
   ```

<!--
```yaml
hidden: 1
```
-->

    ```yaml
    indented: 1
    ```

> - ```yaml
>   d: 1
> after
-\t~~~yaml
\te: 1
\t  f: 1
\r
````yaml\r
g: 1\r
```\r
\r
  h: 1\r
````\r
";
        let found = blocks(page);
        let texts: Vec<String> = found.iter().map(Block::text).collect();
        assert_eq!(
            texts,
            ["a: 1\n\n  b: 2\n", "c: 1\n", "d: 1\n", "e: 1\n  f: 1\n\n", "g: 1\n```\n\n  h: 1\n"]
        );
        assert_eq!(found[1].file.as_deref(), Some("mappings/acme/1/identify.yaml"));
        assert_eq!(found.iter().filter(|block| block.file.is_some()).count(), 1);
        for block in &found {
            for line in block.lines.iter().filter(|line| !line.text.is_empty()) {
                assert!(
                    page.get(line.start..).unwrap().trim_start().starts_with(line.text.trim_start()),
                    "{line:?}"
                );
            }
            let first = page.split('\n').nth(block.line - 1).unwrap();
            assert!(first.trim_end().ends_with(&block.lines[0].text), "{first}");
        }
    }

    #[test]
    fn blocks_have_their_lines_and_names() {
        let page = "# Page\n\n`mappings/acme/1/identify.yaml`:\n\n```yaml\nmessage: identify\n```\n\n- one\n\n  ~~~~yml title=\"a/b.yaml\" ignore\n  a: 1\n    b: 2\n  ~~~\n  ~~~~\n\n```sh\nls\n```\n``` yaml\nend: [identify, track]";
        let found = blocks(page);
        let texts: Vec<String> = found.iter().map(Block::text).collect();
        assert_eq!(texts, ["message: identify\n", "a: 1\n  b: 2\n~~~\n", "end: [identify, track]\n"]);
        let files: Vec<Option<&str>> = found.iter().map(|block| block.file.as_deref()).collect();
        assert_eq!(files, [Some("mappings/acme/1/identify.yaml"), Some("a/b.yaml"), None]);
        assert_eq!(found[2].value("end"), Some("identify"));
        for block in &found {
            for line in &block.lines {
                assert_eq!(page.get(line.start..line.start + line.text.len()), Some(line.text.as_str()));
            }
            let first = page.lines().nth(block.line - 1).unwrap();
            assert!(first.ends_with(&block.lines[0].text), "{first}");
        }
    }
}
