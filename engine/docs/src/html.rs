//! A document as one HTML file that needs nothing else: its style and its script are in it, and its policy forbids everything from outside.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::document::{Block, Document, Section, Table};
use crate::escape::{html, html_lines};
use crate::svg::svg;
use crate::text::{Span, Text};

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("html/page.css");
/// What the controls of a page do; without it, everything is readable.
pub(crate) const SCRIPT: &str = include_str!("html/page.js");

/// The longest cell of a table that fits on a phone beside others.
const LONG_CELL: usize = 28;

/// Renders a document as HTML.
pub fn page(document: &Document) -> String {
    let mut page = Page { versions: &document.versions, ids: HashMap::new(), diagrams: 0, tables: 0 };
    let mut content = format!("<h1>{}</h1>\n", html(&document.title));
    page.blocks(&mut content, &document.lead);
    let mut contents = String::new();
    for section in &document.sections {
        page.section(&mut content, &mut contents, section, 2);
    }
    let title = html(&document.title);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the content</a>\n\
         <header class=\"bar\">\n<p class=\"name\">{title}</p>\n{controls}</header>\n\
         <div class=\"frame\">\n<nav aria-label=\"Contents\">\n<details id=\"contents\" open>\n<summary>Contents</summary>\n\
         <ul>\n{contents}</ul>\n</details>\n</nav>\n<main id=\"content\" tabindex=\"-1\">\n{content}</main>\n</div>\n\
         <footer><p>{made}</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        controls = controls(document),
        made = inline(&Text::marked(&document.made)),
    )
}

/// The hash of an inline style or script, as the policy of a page names it.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// Search, choice of a version, and colours. The script shows them, since they need it.
fn controls(document: &Document) -> String {
    let mut controls = String::from(
        "<form role=\"search\" class=\"controls\" id=\"controls\" hidden>\n\
         <div class=\"seek\"><label for=\"seek\">Search</label>\n\
         <input id=\"seek\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" role=\"combobox\" aria-expanded=\"false\" \
         aria-controls=\"found\" aria-autocomplete=\"list\" aria-keyshortcuts=\"/\">\n\
         <ul id=\"found\" role=\"listbox\" aria-label=\"Places found\" hidden></ul>\n\
         <p id=\"count\" class=\"quiet\" role=\"status\"></p></div>\n",
    );
    if document.versions.len() > 1 {
        controls += "<div><label for=\"version\">Version</label>\n<select id=\"version\">\n<option value=\"\">All</option>\n";
        for (at, version) in document.versions.iter().enumerate() {
            let chosen = if document.chosen.as_ref() == Some(version) { " selected" } else { "" };
            let _ = writeln!(controls, "<option value=\"{at}\"{chosen}>{}</option>", html(version));
        }
        controls += "</select></div>\n";
    }
    controls
        + "<div><label for=\"colours\">Colours</label>\n<select id=\"colours\">\n<option value=\"\">Like the system</option>\n\
           <option value=\"light\">Light</option>\n<option value=\"dark\">Dark</option>\n</select></div>\n</form>\n"
}

struct Page<'d> {
    versions: &'d [String],
    /// How often each id is in use.
    ids: HashMap<String, usize>,
    diagrams: usize,
    tables: usize,
}

impl Page<'_> {
    fn section(&mut self, out: &mut String, contents: &mut String, section: &Section, level: usize) {
        let id = self.id(&format!("{} {}", section.title.shown(), section.versions.join(" ")));
        let title = inline(&section.title);
        let (places, badges) = (self.places(&section.versions), badges(&section.versions));
        let _ = write!(
            out,
            "<section aria-labelledby=\"{id}\"{places}>\n<h{level} id=\"{id}\" tabindex=\"-1\">{title}{badges} \
             <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this section\">#</a></h{level}>\n",
        );
        self.blocks(out, &section.blocks);
        let mut inner = String::new();
        for section in &section.sections {
            self.section(out, &mut inner, section, (level + 1).min(6));
        }
        out.push_str("</section>\n");
        // two levels are enough to find something
        let inner =
            if level > 3 || inner.is_empty() { String::new() } else { format!("\n<ul>\n{inner}</ul>\n") };
        let _ = writeln!(contents, "<li{places}><a href=\"#{id}\">{title}{badges}</a>{inner}</li>");
    }

    /// The attribute that says for which versions something holds.
    fn places(&self, versions: &[String]) -> String {
        if versions.is_empty() {
            return String::new();
        }
        let of_name = |version: &String| self.versions.iter().position(|known| known == version);
        let places: Vec<String> = versions.iter().filter_map(of_name).map(|at| at.to_string()).collect();
        format!(" data-versions=\"{}\"", places.join(" "))
    }

    /// An id that nothing else has.
    fn id(&mut self, text: &str) -> String {
        let mut slug = String::new();
        for c in text.to_lowercase().chars() {
            match c {
                c if c.is_ascii_alphanumeric() || c == '.' || c == '_' => slug.push(c),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        let slug = format!("s-{}", slug.trim_end_matches('-'));
        let uses = self.ids.entry(slug.clone()).or_insert(0);
        *uses += 1;
        if *uses == 1 { slug } else { format!("{slug}--{uses}") }
    }

    fn blocks(&mut self, out: &mut String, blocks: &[Block]) {
        blocks.iter().for_each(|block| self.block(out, block));
    }

    fn block(&mut self, out: &mut String, block: &Block) {
        let _ = match block {
            Block::Paragraph(text) => writeln!(out, "<p>{}</p>", inline(text)),
            Block::Note(text) => {
                writeln!(out, "<p class=\"aside\"><strong>Note:</strong> {}</p>", inline(text))
            }
            Block::List(items) => {
                out.push_str("<ul>\n");
                items.iter().for_each(|item| {
                    let _ = writeln!(out, "<li>{}</li>", inline(item));
                });
                writeln!(out, "</ul>")
            }
            Block::Checklist(items) => {
                out.push_str("<ul class=\"checks\">\n");
                for item in items {
                    let item = inline(item);
                    let _ = writeln!(
                        out,
                        "<li><label><input type=\"checkbox\"> <span>{item}</span></label></li>"
                    );
                }
                writeln!(out, "</ul>")
            }
            Block::Table(table) => {
                self.table(out, table);
                Ok(())
            }
            Block::Code { language, text } => {
                // a code that is wider than its place is scrolled, also with keys
                let code = html_lines(text);
                writeln!(
                    out,
                    "<pre tabindex=\"0\" role=\"region\" aria-label=\"Code\"><code class=\"{}\">{code}</code></pre>",
                    html(language)
                )
            }
            Block::Sequence(sequence) => {
                self.diagrams += 1;
                writeln!(out, "<figure>{}</figure>", svg(sequence, &format!("d-{}", self.diagrams)))
            }
            Block::Only(versions, inner) => {
                let (places, badges) = (self.places(versions), badges(versions));
                let _ = writeln!(out, "<div class=\"only\"{places}>\n<p class=\"which\">{badges}</p>");
                self.blocks(out, inner);
                writeln!(out, "</div>")
            }
        };
    }

    fn table(&mut self, out: &mut String, table: &Table) {
        self.tables += 1;
        let id = format!("t-{}", self.tables);
        // on a phone, each row of a table with long cells is a block of its own; what it is has to be said then
        let stacks = table.head.len() > 2
            && table.rows.iter().flatten().any(|cell| cell.shown().chars().count() > LONG_CELL);
        let (class, role) = if stacks { ("wide stack", " role=\"table\"") } else { ("wide", "") };
        let role_of = |role: &str| if stacks { format!(" role=\"{role}\"") } else { String::new() };
        let (group, row_role) = (role_of("rowgroup"), role_of("row"));
        let _ = write!(
            out,
            "<div class=\"{class}\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n<table{role}>\n<caption id=\"{id}\">{}</caption>\n\
             <thead{group}><tr{row_role}>",
            html(&table.caption)
        );
        for head in &table.head {
            let _ = write!(out, "<th scope=\"col\"{}>{}</th>", role_of("columnheader"), inline(head));
        }
        let _ = write!(out, "</tr></thead>\n<tbody{group}>\n");
        for (place, row) in table.rows.iter().enumerate() {
            let versions = table.versions.get(place).map_or(&[][..], Vec::as_slice);
            let _ = write!(out, "<tr{row_role}{}>", self.places(versions));
            for (at, cell) in row.iter().enumerate() {
                let label = match table.head.get(at).filter(|_| stacks && !cell.is_empty()) {
                    Some(head) => format!(" data-label=\"{}\"", html(&head.shown())),
                    None => String::new(),
                };
                let _ = match at == table.names {
                    true => write!(
                        out,
                        "<th scope=\"row\"{}{label}>{}{}</th>",
                        role_of("rowheader"),
                        inline(cell),
                        badges(versions)
                    ),
                    false => write!(out, "<td{}{label}>{}</td>", role_of("cell"), inline(cell)),
                };
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n</div>\n");
    }
}

/// The names of versions, beside what holds only for them.
fn badges(versions: &[String]) -> String {
    versions.iter().fold(String::new(), |mut all, version| {
        let _ = write!(all, " <span class=\"badge\">{}</span>", html(version));
        all
    })
}

/// A string within a block.
fn inline(text: &Text) -> String {
    let mut out = String::new();
    for span in text.spans() {
        let _ = match span {
            Span::Plain(plain) => write!(out, "{}", html(plain)),
            Span::Code(code) => write!(out, "<code>{}</code>", html(code)),
            Span::Strong(strong) => write!(out, "<strong>{}</strong>", html(strong)),
            Span::Link { text, to } => {
                write!(out, "<a href=\"{}\" rel=\"noreferrer\">{}</a>", html(to), html(text))
            }
            Span::Break => write!(out, "<br>"),
        };
    }
    out
}
