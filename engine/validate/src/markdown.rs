//! The blocks of YAML and JSON in a page of Markdown, with the bytes of the page that each line of them stands for.

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
    /// Its lines, without the indentation of the fence.
    pub lines: Vec<Line>,
}

/// What a block is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Yaml,
    Json,
}

/// A line of a block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Its text, without the end of the line.
    pub text: String,
    /// Where that starts in the page.
    pub start: usize,
}

/// A fence: the character, how often, the quotes that it is in, and the spaces before it.
#[derive(Clone, Copy)]
struct Fence {
    quotes: usize,
    mark: char,
    count: usize,
    indent: usize,
}

impl Block {
    /// Its text.
    #[cfg(test)]
    fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
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
    let mut found = Vec::new();
    let mut open: Option<(Fence, Option<Block>)> = None;
    let (mut start, mut before) = (0, "");
    for (number, whole) in page.split_inclusive('\n').enumerate() {
        let line = whole.trim_end_matches(['\n', '\r']);
        // a byte order mark is no text
        let mark = if number == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        // a quote ends with the first line that does not go on with it, and so does a block in it
        if let Some((fence, _)) = &open
            && quotes(line, fence.quotes).0 < fence.quotes
        {
            found.extend(open.take().and_then(|(_, block)| block));
            before = "";
        }
        let most = open.as_ref().map_or(usize::MAX, |(fence, _)| fence.quotes);
        let (depth, quoted) = quotes(line.get(mark..).unwrap_or(""), most);
        let quoted = mark + quoted;
        let line = line.get(quoted..).unwrap_or("");
        match &mut open {
            None => {
                if let Some((fence, info)) = opening(line, depth) {
                    open = Some((fence, block(info, before, number + 2)));
                } else if !line.trim().is_empty() {
                    before = line;
                }
            }
            Some((fence, _)) if closes(line, *fence) => {
                found.extend(open.take().and_then(|(_, block)| block));
                before = "";
            }
            Some((fence, block)) => {
                let cut = line.len() - line.trim_start_matches(' ').len();
                let cut = cut.min(fence.indent);
                if let Some(block) = block {
                    let text = line.get(cut..).unwrap_or("").to_owned();
                    block.lines.push(Line { text, start: start + quoted + cut });
                }
            }
        }
        start += whole.len();
    }
    // a block that does not end goes to the end of the page
    found.extend(open.and_then(|(_, block)| block));
    found
}

/// How many quotes a line is in, up to so many, and how many bytes say so.
fn quotes(line: &str, most: usize) -> (usize, usize) {
    let (mut depth, mut rest) = (0, line);
    while depth < most
        && let Some(after) = rest.trim_start_matches(' ').strip_prefix('>')
    {
        (depth, rest) = (depth + 1, after.strip_prefix(' ').unwrap_or(after));
    }
    (depth, line.len() - rest.len())
}

fn opening(line: &str, quotes: usize) -> Option<(Fence, &str)> {
    let content = line.trim_start_matches(' ');
    let mark = content.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = content.trim_start_matches(mark);
    let count = content.len() - info.len();
    let is_code = mark == '`' && info.contains('`');
    (count >= 3 && !is_code)
        .then_some((Fence { mark, count, quotes, indent: line.len() - content.len() }, info.trim()))
}

fn closes(line: &str, fence: Fence) -> bool {
    let content = line.trim();
    content.len() >= fence.count && content.chars().all(|c| c == fence.mark)
}

fn block(info: &str, before: &str, line: usize) -> Option<Block> {
    let (language, info) = info.split_once([' ', '\t']).unwrap_or((info, ""));
    let language = match language.to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Language::Yaml,
        "json" => Language::Json,
        _ => return None,
    };
    let titled = info.split_once("title=").and_then(|(_, rest)| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    });
    let alone = before.trim().trim_end_matches(':').strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let file = titled.or(alone).filter(|name| name.ends_with(".yaml") || name.ends_with(".json"));
    Some(Block { language, info: info.to_owned(), file: file.map(str::to_owned), line, lines: Vec::new() })
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
