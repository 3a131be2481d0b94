//! New means YAML: no Rust source of the engine knows a destination.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use mapwright::Sources;
use mapwright_tests::{rust_files, workspace};
use mapwright_validate::{Options, validate};
use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

/// The words of a string, in lower case: `mappings/acmeCloud` has three.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = None;
    for c in text.chars() {
        let starts = c.is_uppercase() && before.is_some_and(|before: char| before.is_lowercase());
        if !c.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().unwrap().extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether words that follow each other are the name, written together or apart: `customer.io`, `CustomerIo`, `customerio`.
fn names(words: &[String], name: &str) -> bool {
    (0..words.len()).any(|start| {
        let mut rest = name;
        for word in &words[start..] {
            match rest.strip_prefix(word.as_str()) {
                Some("") => return true,
                Some(more) => rest = more,
                None => return false,
            }
        }
        false
    })
}

/// Whether a string that may use the name as the ordinary word that it is means the destination all the same: it is a part of a path, a host
/// or a header, or it starts with a capital, as names do and messages do not.
fn addresses(text: &str, name: &str) -> bool {
    let is_name = |part: &str| part.eq_ignore_ascii_case(name);
    text.split_whitespace().any(|token| {
        let parts: Vec<&str> = token.split(['/', '.', ':', '@', '-']).collect();
        let inner = parts.iter().filter(|part| !part.is_empty()).count();
        let bare = token.trim_matches(|c: char| !c.is_alphanumeric());
        inner > 1 && parts.into_iter().any(is_name) || is_name(bare) && bare.starts_with(char::is_uppercase)
    })
}

/// What of a Rust source may name a destination: its texts, with their words.
#[derive(Default)]
struct Mentions {
    identifiers: BTreeMap<String, Vec<String>>,
    literals: BTreeMap<String, Vec<String>>,
}

impl Mentions {
    /// Comments may name destinations: documentation shows them. Literals count, and identifiers but for methods and fields, which may be those
    /// of a library, as in `text.split(',')`.
    fn of(source: TokenStream) -> Self {
        let mut mentions = Self::default();
        mentions.add(source);
        mentions
    }

    fn add(&mut self, tokens: TokenStream) {
        let note = |texts: &mut BTreeMap<String, Vec<String>>, text: String| {
            texts.entry(text).or_insert_with_key(|text| words(text));
        };
        let mut before = [None, None];
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) if before[1] != Some('.') || before[0] == Some('.') => {
                    note(&mut self.identifiers, ident.to_string());
                }
                TokenTree::Literal(literal) => note(&mut self.literals, literal.to_string()),
                // an attribute that is a comment
                TokenTree::Group(group) if before[1] == Some('#') || before == [Some('#'), Some('!')] => {
                    let first = group.stream().into_iter().next();
                    if !matches!(first, Some(TokenTree::Ident(first)) if first == "doc") {
                        self.add(group.stream());
                    }
                }
                TokenTree::Group(group) => self.add(group.stream()),
                _ => {}
            }
            before =
                [before[1], if let TokenTree::Punct(sign) = &token { Some(sign.as_char()) } else { None }];
        }
    }

    /// What names the destination, if anything does.
    ///
    /// Of a destination that is called by a word of the language, as `split` is a conversion, the engine uses the word for what it means; then
    /// only literals count that mean the destination. That the engine does not compare with such a word either is for
    /// `a_destination_may_have_any_name` to see.
    fn named(&self, name: &str, is_word: bool) -> Option<&str> {
        let whole = words(name).concat();
        let mut literals = self.literals.iter();
        let found = match is_word {
            true => literals.find(|(text, _)| addresses(text, name)),
            false => literals.chain(&self.identifiers).find(|(_, words)| names(words, &whole)),
        };
        found.map(|(text, _)| text.as_str())
    }
}

/// The words that the language itself has: its keys, its conversions and the words that these take.
fn words_of_the_language() -> BTreeSet<String> {
    fn collect(schema: &Value, words: &mut BTreeSet<String>) {
        match schema {
            Value::Object(members) => {
                for (key, value) in members {
                    if let ("properties", Value::Object(properties)) = (key.as_str(), value) {
                        words.extend(properties.keys().cloned());
                    }
                    if let ("const" | "enum", value) = (key.as_str(), value) {
                        let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                        words.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    collect(value, words);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
            _ => {}
        }
    }
    let mut words = BTreeSet::new();
    mapwright::language_schemas().iter().for_each(|(_, schema)| collect(schema, &mut words));
    words
}

fn destinations() -> Vec<String> {
    let folders = fs::read_dir(workspace().join("mappings")).unwrap();
    folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The sources of the engine, without tests, benchmarks and examples.
fn engine() -> impl Iterator<Item = (String, TokenStream)> {
    let beside =
        |path: &String| ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder));
    rust_files("engine").into_iter().filter(move |path| !beside(path)).map(|path| {
        let text = fs::read_to_string(workspace().join(&path)).unwrap();
        (path, text.parse().unwrap())
    })
}

#[test]
fn the_engine_names_no_destination() {
    let language = words_of_the_language();
    let names = destinations();
    assert!(!names.is_empty());
    let mut found = String::new();
    for (path, tokens) in engine() {
        let mentions = Mentions::of(tokens);
        // names that destinations may get as well
        for name in names.iter().map(String::as_str).chain(["mp", "split", "customer.io"]) {
            if let Some(text) = mentions.named(name, language.contains(name)) {
                found += &format!("{path} names {name}: {text}\n");
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn names_are_told_from_words() {
    assert!(!words_of_the_language().contains("mp") && words_of_the_language().contains("split"));
    let named = |source: &str, name: &str, is_word: bool| {
        Mentions::of(source.parse().unwrap()).named(name, is_word).map(str::to_owned)
    };
    for (name, is_word, source) in [
        ("mp", false, r#"if name == "mp" {}"#),
        ("mp", false, r#"const PATH: &str = "mappings/mp/1/version.yaml";"#),
        ("mp", false, r##"const URL: &str = r#"https://api.mp.example.com"#;"##),
        ("mp", false, r#"println!("send it to MP");"#),
        ("mp", false, "fn mp_headers() {}"),
        ("mp", false, "struct MpClient;"),
        ("mp", false, "enum Kind { Mp }"),
        ("mp", false, "mod mp;"),
        ("mp", false, "const MP_TOKEN: u8 = 0;"),
        ("mp", false, r#"#[serde(rename = "mp")] struct A;"#),
        ("customer.io", false, "struct CustomerIo;"),
        ("customer_io", false, r#"const HOST: &str = "track.customer.io";"#),
        ("customerio", false, "fn of_customer_io() {}"),
        ("split", true, r#"const PATH: &str = "mappings/split/1.0/version.yaml";"#),
        ("split", true, r#"const URL: &str = "https://api.split.io/events";"#),
        ("split", true, r#"header("X-Split-Key");"#),
        ("split", true, r#"println!("the token of Split is missing");"#),
        ("split", true, r#"println!("`Split` rejects it");"#),
    ] {
        assert!(named(source, name, is_word).is_some(), "{source} names {name}");
    }
    for (name, is_word, source) in [
        ("mp", false, "fn compile(tmp: &str, mpsc: u8) -> Example { impl_ }"),
        ("mp", false, r#"println!("an example, `tmp`, MPEG, amp");"#),
        ("mp", false, "// mp\n/// mp\n/** mp */\nfn f() {}"),
        ("mp", false, "//! mp\nfn f() { x.mp() }"),
        ("drain", false, "fn f() { all.drain(..); self.drain }"),
        ("split", true, "fn split_path(text: &str) { text.split(',').rsplit_once(' ') }"),
        ("split", true, r#"println!("the event is too large; split it");"#),
        ("split", true, r#"println!("`split` takes a text, as in `split: a`");"#),
        ("split", true, r##"const SPLIT: A = A { name: "split", example: r#"[split: " ", first]"# };"##),
    ] {
        assert_eq!(named(source, name, is_word), None, "{source} does not name {name}");
    }
    assert!(named("fn f() { 0..mp }", "mp", false).is_some());
}

/// Whatever a destination is called, its mappings do the same.
#[test]
fn a_destination_may_have_any_name() {
    let shipped = mapwright_builtin::sources();
    let does_the_same = |destination: &str, name: &str| {
        let parent = |name: &str| {
            let text = shipped.get(&format!("mappings/{name}/destination.yaml"))?;
            text.lines().find_map(|line| line.strip_prefix("extends: ")).map(str::to_owned)
        };
        // those that extend others need them; what is as it was is not checked again
        let is_own = |path: &str| {
            let folder = path.split('/').nth(1);
            folder.is_some_and(|name| name == destination || parent(destination).as_deref() == Some(name))
                || path.starts_with("schemas/events/")
        };
        let (mut own, mut renamed) = (Sources::new(), Sources::new());
        for (path, text) in shipped.iter().filter(|(path, _)| is_own(path)) {
            own.insert(path, text);
            let path = ["mappings", "schemas"].iter().fold(path.to_owned(), |path, folder| {
                path.replace(&format!("{folder}/{destination}/"), &format!("{folder}/{name}/"))
            });
            renamed.insert(path, text);
        }
        let report = validate(&renamed, &Options::default());
        assert_eq!(report.findings, [], "{destination} as {name}");
        let checked = validate(&own, &Options::default()).checked;
        assert_eq!(report.checked, checked, "{destination} as {name}");
    };
    std::thread::scope(|scope| {
        for (destination, name) in destinations().into_iter().zip(["mp", "split"].into_iter().cycle()) {
            let does_the_same = &does_the_same;
            scope.spawn(move || does_the_same(&destination, name));
        }
    });
}
