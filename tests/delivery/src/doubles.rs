//! The destinations that doubles are made of, shipped and made up, with the events of their tests.

use std::fs;
use std::path::{Path, PathBuf};

use mapwright::{Plans, Sources, Spec};
use serde_json::{Map, Value};

/// The folder of the workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The mappings of some destinations, with the files of their tests.
pub struct Known {
    /// The compiled mappings.
    pub plans: Plans,
    /// All files.
    pub sources: Sources,
}

/// An event of a test, with the settings of the test.
pub struct Told {
    /// The version, by its destination and number.
    pub version: (String, String),
    /// The settings.
    pub settings: Value,
    /// The event.
    pub event: Value,
}

/// The shipped destinations, and each that is made up for tests.
#[must_use]
pub fn all() -> Vec<Known> {
    let made_up = workspace().join("tests/mappings");
    let folders = fs::read_dir(&made_up).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).chain([workspace()]).collect();
    folders.sort();
    folders.iter().map(|folder| Known::read(folder)).collect()
}

/// A destination that is made up for tests.
#[must_use]
pub fn made_up(name: &str) -> Known {
    Known::read(&workspace().join("tests/mappings").join(name))
}

/// A destination of a single version, by the text of its files.
#[must_use]
pub fn of_text(destination: &str, version: &str, messages: &[(&str, &str)]) -> Known {
    let mut sources = Sources::new();
    sources.insert("mappings/acme/destination.yaml", destination);
    sources.insert("mappings/acme/1/version.yaml", version);
    for (message, text) in messages {
        sources.insert(format!("mappings/acme/1/{message}.yaml"), *text);
    }
    Known::of(sources)
}

impl Known {
    fn read(folder: &Path) -> Known {
        let mut sources = Sources::new();
        for part in ["mappings", "schemas"] {
            add(&mut sources, folder, &folder.join(part));
        }
        Known::of(sources)
    }

    fn of(sources: Sources) -> Known {
        let checked = Spec::load(&sources).check();
        let plans = checked.unwrap_or_else(|found| panic!("{found}")).compile();
        Known { plans, sources }
    }

    /// The events of all tests, each with its settings laid over those of its file.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let mut told = Vec::new();
        for (path, text) in self.sources.iter().filter(|(path, _)| path.ends_with(".test.yaml")) {
            let budget = serde_saphyr::budget! { enforce_alias_anchor_ratio: false };
            let options = serde_saphyr::options! { budget: budget, strict_booleans: true };
            let file: Value = serde_saphyr::from_str_with_options(text, options).unwrap();
            let mut names = path.split('/').skip(1).map(str::to_owned);
            let version = (names.next().unwrap(), names.next().unwrap());
            for test in file["tests"].as_array().into_iter().flatten() {
                let mut settings = file["settings"].as_object().cloned().unwrap_or_else(Map::new);
                settings.extend(test["settings"].as_object().cloned().into_iter().flatten());
                let several = test["events"].as_array().into_iter().flatten();
                for event in several.chain([&test["event"]]).filter(|event| event.is_object()) {
                    let (version, settings) = (version.clone(), settings.clone().into());
                    told.push(Told { version, settings, event: event.clone() });
                }
            }
        }
        told
    }
}

fn add(sources: &mut Sources, root: &Path, folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add(sources, root, &path);
        } else if path.extension().is_some_and(|kind| kind == "yaml" || kind == "json") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            sources.insert(&name, fs::read_to_string(&path).unwrap());
        }
    }
}
