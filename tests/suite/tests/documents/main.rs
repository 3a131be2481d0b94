//! Pages that are made from mappings: complete, valid, in need of nothing else, readable for everyone, and safe whatever stands in them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod browser;
mod colours;
mod explained;
mod guide;
mod markup;

use base64::Engine as _;
use mapwright::{Sources, Spec};
use mapwright_docs::{
    Block, Document, Group, Item, Section, Sequence, Table, Text, destination, markdown, page,
};
use mapwright_tests::{generated, sources};
use markup::{Element, parse};
use sha2::Digest as _;

/// The names of the shipped destinations.
fn shipped() -> Vec<String> {
    mapwright_builtin::sources().destinations().map(str::to_owned).collect()
}

fn document(sources: &Sources, name: &str) -> Document {
    let valid = Spec::load_only(sources, name).check().unwrap_or_else(|found| panic!("{found}"));
    destination(valid, name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn the_pages_of_all_destinations_are_current_valid_and_in_need_of_nothing_else() {
    for name in shipped() {
        let document = document(&mapwright_builtin::sources(), &name);
        let (html, text) = (page(&document), markdown(&document));
        check(&name, &html);
        // every example is one that the mapping takes
        assert!(!text.contains("\nrejected: ") && !text.contains("\nskipped: "), "{name}");
        assert_eq!(text.matches("\nAn event:\n").count(), text.matches("\nIts requests").count(), "{name}");
        generated(&format!("docs/generated/{name}.md"), &text);
        generated(&format!("docs/generated/{name}.html"), &html);
    }
}

/// What holds for every page.
fn check(name: &str, html: &str) {
    let page = parse(html).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let all = page.all();
    let of =
        |tag: &str| -> Vec<&Element> { all.iter().filter(|element| element.tag == tag).copied().collect() };

    // nothing is asked for, whatever a reader does but follow a link
    for element in &all {
        for (attribute, value) in &element.attributes {
            let loads = [
                "src",
                "srcset",
                "data",
                "action",
                "formaction",
                "poster",
                "background",
                "ping",
                "xlink:href",
            ];
            assert!(!loads.contains(&attribute.as_str()), "{name}: {attribute} of {}", element.tag);
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{name}: {attribute} of {}",
                element.tag
            );
            if attribute == "href" {
                let leads = value.starts_with('#') || (element.tag == "a" && value.starts_with("https://"));
                assert!(leads, "{name}: {value}");
            }
        }
    }
    for tag in ["link", "iframe", "object", "embed", "img", "base", "video", "audio", "use", "image"] {
        assert!(of(tag).is_empty(), "{name}: {tag}");
    }
    let [style] = of("style")[..] else { panic!("{name}: styles") };
    let [script] = of("script")[..] else { panic!("{name}: scripts") };
    for outside in
        ["@import", "url(", "http:", "https:", "fetch(", "XMLHttpRequest", "import(", "innerHTML", "eval("]
    {
        let allowed = outside == "https:"
            && style.text.matches(outside).count() == style.text.matches("[href^=").count();
        assert!(!script.text.contains(outside), "{name}: {outside}");
        assert!(allowed || !style.text.contains(outside), "{name}: {outside}");
    }
    let policy = of("meta")
        .into_iter()
        .find(|meta| meta.get("http-equiv") == Some("Content-Security-Policy"))
        .unwrap();
    let policy = policy.get("content").unwrap();
    let hash =
        |text: &str| base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text.as_bytes()));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            hash(&style.text),
            hash(&script.text)
        )
    );

    // landmarks, headings, names
    for tag in ["main", "nav", "header", "footer", "h1", "title"] {
        let count = of(tag)
            .iter()
            .filter(|element| tag != "title" || element.parent.as_deref() == Some("head"))
            .count();
        assert_eq!(count, 1, "{name}: {tag}");
    }
    assert_eq!(of("html")[0].get("lang"), Some("en"), "{name}");
    let levels: Vec<u32> = all.iter().filter_map(|element| element.level()).collect();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    let mut ids: Vec<&str> = all.iter().filter_map(|element| element.get("id")).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{name}: an id is there twice");
    for element in &all {
        for attribute in ["aria-labelledby", "aria-controls", "for"] {
            if let Some(id) = element.get(attribute) {
                assert!(ids.contains(&id), "{name}: {attribute}={id}");
            }
        }
        if let Some(id) = element.get("href").and_then(|href| href.strip_prefix('#')) {
            assert!(ids.contains(&id), "{name}: #{id}");
        }
    }
    for section in of("section") {
        assert!(section.get("aria-labelledby").is_some(), "{name}");
    }
    for table in of("table") {
        let inside = table.all();
        assert!(inside.iter().any(|element| element.tag == "caption"), "{name}: a table without a caption");
        let heads = inside
            .iter()
            .filter(|element| element.tag == "th" && element.get("scope") == Some("col"))
            .count();
        for row in inside.iter().filter(|element| element.tag == "tr") {
            let is_cell = |cell: &&Element| matches!(cell.tag.as_str(), "th" | "td");
            let cells: Vec<&Element> = row.children.iter().filter(is_cell).collect();
            assert_eq!(cells.len(), heads, "{name}: a row has {} cells", cells.len());
            assert!(cells.iter().any(|cell| cell.tag == "th"), "{name}: a row without a head");
        }
    }
    for svg in of("svg") {
        assert_eq!(svg.get("role"), Some("img"), "{name}");
        assert!(svg.all().iter().any(|element| element.tag == "title" && !element.text.is_empty()), "{name}");
    }
    for control in all.iter().filter(|element| matches!(element.tag.as_str(), "input" | "select")) {
        let is_named =
            control.get("id").is_some_and(|id| of("label").iter().any(|label| label.get("for") == Some(id)));
        assert!(is_named || control.parent.as_deref() == Some("label"), "{name}: a control without a label");
    }
    // what is wider than its place can be scrolled with keys
    for wide in all.iter().filter(|element| element.tag == "pre" || element.get("class") == Some("wide")) {
        assert_eq!(wide.get("tabindex"), Some("0"), "{name}");
    }
}

#[test]
fn colours_have_enough_contrast_in_light_and_in_dark() {
    let html = page(&document(&sources("message: identify\n"), "acme"));
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    colours::check(style);
}

#[test]
fn nothing_in_a_document_is_markup() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & `a|b` | [x](javascript:alert(1)) <!-- ]]> \u{202e}\n\n# x";
    let text = || {
        Text::plain(hostile).and(Text::code(hostile)).and(Text::strong(hostile)).and(Text::marked(hostile))
    };
    let mut table = Table::new(hostile, &["a", hostile]);
    table.rows.push(vec![text(), text()]);
    let call = Item::Group {
        kind: Group::Loop,
        label: hostile.into(),
        items: vec![Item::Call(hostile.into()), Item::Note(hostile.into())],
    };
    let sequence = Sequence {
        title: hostile.into(),
        caller: hostile.into(),
        callee: hostile.into(),
        items: vec![call, Item::Answer(hostile.into())],
    };
    let mut section = Section::new(text());
    section.versions = vec![hostile.to_owned()];
    section.blocks = vec![
        Block::Paragraph(text()),
        Block::List(vec![text()]),
        Block::Checklist(vec![text()]),
        Block::Note(text()),
        Block::Table(table),
        Block::Code { language: "json", text: hostile.into() },
        Block::Sequence(sequence),
        Block::Only(vec![hostile.to_owned()], vec![Block::Paragraph(text())]),
    ];
    let document = Document {
        title: hostile.into(),
        lead: Block::paragraphs(hostile),
        versions: vec![hostile.into(), "2".into()],
        chosen: None,
        sections: vec![section],
        made: hostile.into(),
    };
    let html = page(&document);
    check("hostile", &html);
    assert!(!html.contains("<img") && !html.contains("alert(1)</script>") && !html.contains('\u{202e}'));
    let markdown = markdown(&document);
    insta::assert_snapshot!(markdown);
}

#[test]
fn texts_for_readers_are_inherited_and_checked() {
    let mut files = sources(
        "message: identify\ndocs: { example: { type: identify, userId: u1 }, faq: { Why?: Because. } }\n",
    );
    let version = |text: &str| text.to_owned();
    files.insert(
        "mappings/acme/9.0/version.yaml",
        version("version: \"9.0\"\nextends: \"1.0\"\ndocs: { limits: [ten a day] }\n"),
    );
    files.insert(
        "mappings/acme/9.0/identify.yaml",
        version(
            "message: identify\ndocs: { example: { type: identify, anonymousId: a1 }, faq: { How?: So. } }\n",
        ),
    );
    let text = markdown(&document(&files, "acme"));
    for part in [
        "\"userId\": \"u1\"",
        "\"anonymousId\": \"a1\"",
        "### Why?\n\nBecause.",
        "### How? (9.0)\n\nSo.",
        "*In 9.0:*\n\n- ten a day",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // the example of the heir is a whole
    assert_eq!(text.matches("\"userId\": \"u1\"").count(), 1, "{text}");

    let wrong = [
        "docs: { exmaple: {} }",
        "docs: { example: { userId: u1 } }",
        "docs: { example: { type: group } }",
        "docs: { example: [] }",
        "docs: { faq: [Why?] }",
        "docs: Text",
    ];
    let found: Vec<String> = wrong
        .iter()
        .map(|docs| {
            format!(
                "# {docs}\n{}",
                mapwright_tests::findings(&sources(&format!("message: identify\n{docs}\n")))
            )
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"));
}
