//! The Markdown pages: links are valid, every page is reachable from `docs/README.md`, and the README's commands are up to date.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use mapwright_tests::{files, rust_files, workspace};

/// The pages of a folder, by their path from the workspace.
fn pages_in(folder: &str, pages: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(workspace().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = Path::new(folder).join(path.file_name().unwrap());
        if path.is_dir() && folder != "." {
            pages_in(name.to_str().unwrap(), pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.insert(normal(&name), std::fs::read_to_string(path).unwrap());
        }
    }
}

fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    pages_in(".", &mut pages);
    pages_in("docs", &mut pages);
    let engine = PathBuf::from("engine/README.md");
    pages.insert(engine.clone(), std::fs::read_to_string(workspace().join(engine)).unwrap());
    assert!(pages.len() > 50);
    pages
}

/// Returns the path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => assert!(normal.pop(), "{} leaves the repository", path.display()),
            component => normal.push(component),
        }
    }
    normal
}

/// Returns the prose of a page, without its code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// Returns the targets of the links of a page, without those to other sites.
fn links(page: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for line in prose(page) {
        let mut parts = line.split("](");
        parts.next();
        links.extend(parts.filter_map(|part| part.split_once(')').map(|(target, _)| target)));
    }
    links.retain(|target| !target.contains("://"));
    links
}

/// Returns the anchors of a page, as GitHub makes them of its headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    let slug = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in links(page) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => normal(&path.parent().unwrap().join(file)),
            };
            let found = match pages.get(&target) {
                Some(page) => anchor.is_empty() || anchors(page).contains(anchor),
                None => anchor.is_empty() && workspace().join(&target).exists(),
            };
            if !found {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Returns whether a line has a phrase as whole words; `answer_schema` is one word.
fn says(line: &str, phrase: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(phrase)
        .any(|(at, _)| !line[..at].ends_with(is_word) && !line[at + phrase.len()..].starts_with(is_word))
}

#[test]
fn the_phrases_of_the_style_guide_are_avoided() {
    let pages = pages();
    let guide = Path::new("docs/style.md");
    let (_, phrases) = pages[guide].split_once("A test reports these phrases").unwrap();
    let (phrases, _) = phrases.split_once(".\n").unwrap();
    let phrases: Vec<String> = phrases.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let read =
        |path: String| (PathBuf::from(&path), std::fs::read_to_string(workspace().join(path)).unwrap());
    let sources = rust_files("engine").into_iter().map(read);
    let shipped =
        files(workspace()).iter().map(|(path, text)| (path.into(), text.to_owned())).collect::<Vec<_>>();
    let mut found = Vec::new();
    for (path, text) in pages.into_iter().chain(sources).chain(shipped).filter(|(path, _)| path != guide) {
        for (line, text) in text.lines().enumerate() {
            let text = text.to_lowercase();
            let phrases = phrases.iter().filter(|phrase| says(&text, phrase));
            found.extend(phrases.map(|phrase| format!("{}:{}: {phrase}", path.display(), line + 1)));
        }
    }
    assert_eq!(found, [""; 0]);
}

/// Returns whether the documentation of a function starts with a verb in the third person.
fn starts_with_a_verb(doc: &str) -> bool {
    const NO_VERBS: [&str; 4] = ["Its", "Others", "This", "Those"];
    let word = doc.split([' ', ',']).next().unwrap_or_default();
    word.ends_with('s') && word.chars().all(char::is_alphabetic) && !NO_VERBS.contains(&word)
}

#[test]
fn the_documentation_of_public_functions_starts_with_a_verb() {
    let mut found = Vec::new();
    let mut seen = 0;
    for path in rust_files("engine").into_iter().filter(|path| path.contains("/src/")) {
        let source = std::fs::read_to_string(workspace().join(&path)).unwrap();
        let mut doc: Option<&str> = None;
        for (line, text) in source.lines().map(str::trim).enumerate() {
            if let Some(text) = text.strip_prefix("///") {
                doc.get_or_insert(text.trim());
                continue;
            }
            let is_function =
                ["pub fn ", "pub const fn ", "pub async fn "].iter().any(|it| text.starts_with(it));
            if let Some(doc) = doc.filter(|_| is_function) {
                seen += 1;
                if !starts_with_a_verb(doc) {
                    found.push(format!("{path}:{}: {doc}", line + 1));
                }
            }
            // attributes stand between the documentation and its function
            if !text.starts_with("#[") {
                doc = None;
            }
        }
    }
    assert!(seen > 500, "{seen}");
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_page_is_reachable_from_the_index() {
    let pages = pages();
    let mut reached = BTreeSet::new();
    let mut open = vec![PathBuf::from("docs/README.md")];
    while let Some(path) = open.pop() {
        let Some(page) = pages.get(&path) else { continue };
        if reached.insert(path.clone()) {
            let folder = path.parent().unwrap();
            let files = links(page).into_iter().filter_map(|link| link.split('#').next());
            open.extend(files.filter(|file| !file.is_empty()).map(|file| normal(&folder.join(file))));
        }
    }
    let missed: Vec<_> = pages.keys().filter(|path| !reached.contains(*path)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn the_commands_of_the_readme_are_current() {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let command = |start: &str| {
        let line = readme.lines().find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("README.md has no `{start}`"))
    };
    let map = command("cargo run --bin mapwright -- map ");
    let files: Vec<&str> = map.split(' ').filter(|word| word.contains('/')).collect();
    assert_eq!(files.len(), 2, "{map}");
    for file in files {
        assert!(workspace().join(file).is_file(), "{file} of README.md does not exist");
    }
    let test = command("cargo test ");
    let ci = std::fs::read_to_string(workspace().join(".ci/run")).unwrap();
    assert!(ci.contains(&format!("step {test}\n")), "`.ci/run` does not run `{test}`");
}

#[test]
fn every_limit_that_an_error_names_is_listed() {
    let listed = std::fs::read_to_string(workspace().join("docs/limits.md")).unwrap();
    let mut missing = BTreeSet::new();
    let mut found = 0;
    for path in rust_files("engine") {
        let source = std::fs::read_to_string(workspace().join(&path)).unwrap();
        for named in source.split("limit `").skip(1).filter_map(|rest| rest.split_once('`')) {
            let is_name = named.0.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            found += usize::from(is_name);
            if is_name && !listed.contains(&format!("| `{}` |", named.0)) {
                missing.insert(named.0.to_owned());
            }
        }
    }
    assert!(found > 30, "{found}");
    assert!(missing.is_empty(), "docs/limits.md does not list {missing:?}");
}
