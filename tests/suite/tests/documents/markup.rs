//! Reads the markup of a page strictly: elements are closed in the order in which they are opened, and nothing is left to the forgiveness of browsers.

/// Elements that have no content.
const VOID: [&str; 5] = ["meta", "br", "input", "link", "img"];
/// Elements of drawings that close themselves.
const SHAPES: [&str; 3] = ["line", "rect", "path"];
/// Elements whose content is no markup.
const RAW: [&str; 2] = ["script", "style"];

/// An element of a page.
#[derive(Debug, Default)]
pub struct Element {
    pub tag: String,
    pub attributes: Vec<(String, String)>,
    /// The text directly in it.
    pub text: String,
    /// The element that it is in.
    pub parent: Option<String>,
    pub children: Vec<Element>,
}

impl Element {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The elements in it, in their order.
    pub fn all(&self) -> Vec<&Element> {
        self.children.iter().flat_map(|child| std::iter::once(child).chain(child.all())).collect()
    }

    /// The level of a heading.
    pub fn level(&self) -> Option<u32> {
        let digit = self.tag.strip_prefix('h')?;
        digit.parse().ok()
    }
}

/// Reads a page.
pub fn parse(html: &str) -> Result<Element, String> {
    let mut rest = html.strip_prefix("<!doctype html>").ok_or("no doctype")?;
    let mut open = vec![Element::default()];
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        entities(text)?;
        let current = open.last_mut().ok_or("closed too often")?;
        current.text.push_str(text);
        let (tag, after) = tag(tail)?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().ok_or("closed too often")?;
            if closed.tag != name {
                return Err(format!("`{}` is closed by `{name}`", closed.tag));
            }
            open.last_mut().ok_or("closed too often")?.children.push(closed);
            continue;
        }
        let mut element = element(tag)?;
        element.parent = open.last().map(|parent| parent.tag.clone());
        let closes_itself = tag.ends_with('/');
        if closes_itself && !SHAPES.contains(&element.tag.as_str()) {
            return Err(format!("`{tag}` closes itself"));
        }
        if closes_itself || VOID.contains(&element.tag.as_str()) {
            open.last_mut().ok_or("closed too often")?.children.push(element);
        } else if RAW.contains(&element.tag.as_str()) {
            let end = format!("</{}>", element.tag);
            let (raw, after) = rest.split_once(end.as_str()).ok_or("raw text without an end")?;
            element.text = raw.to_owned();
            rest = after;
            open.last_mut().ok_or("closed too often")?.children.push(element);
        } else {
            open.push(element);
        }
    }
    match open.len() {
        1 => open.pop().ok_or_else(|| "empty".to_owned()),
        _ => Err(format!("`{}` is not closed", open.last().map_or("", |element| &element.tag))),
    }
}

/// What stands between `<` and `>`.
fn tag(text: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' => quoted = !quoted,
            '<' => return Err(format!("`<` within a tag: {}", text.chars().take(80).collect::<String>())),
            '>' if !quoted => return Ok((&text[1..at], &text[at + 1..])),
            _ => {}
        }
    }
    Err("a tag without an end".to_owned())
}

fn element(tag: &str) -> Result<Element, String> {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(format!("`{tag}` is no tag"));
    }
    let mut element = Element { tag: name.to_owned(), ..Element::default() };
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => {
                quoted.split_once('"').ok_or_else(|| format!("`{tag}`: a value without an end"))?
            }
            None if after.starts_with('=') => return Err(format!("`{tag}`: a value without quotes")),
            None => ("", after),
        };
        entities(value)?;
        if element.get(name).is_some() {
            return Err(format!("`{tag}`: {name} is there twice"));
        }
        element.attributes.push((name.to_owned(), value.to_owned()));
        rest = after;
    }
    Ok(element)
}

/// Every `&` begins an entity.
fn entities(text: &str) -> Result<(), String> {
    let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
    for after in text.split('&').skip(1) {
        if !known.iter().any(|entity| after.starts_with(entity)) {
            return Err(format!("`&{}` is no entity", after.chars().take(10).collect::<String>()));
        }
    }
    Ok(())
}
