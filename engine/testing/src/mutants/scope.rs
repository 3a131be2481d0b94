//! What a change of a file can have an effect on.

use std::collections::BTreeSet;

use mapwright_check::Plans;
use mapwright_findings::{FIXTURES, FileId, Sources, Span};

/// The files that are needed to run the tests on which a change can have an effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scope {
    /// The folders of versions, as in `acme/1.0`, that have the file, or a part of what has it.
    versions: BTreeSet<String>,
    /// The mapping, if it is that of one: no other is needed.
    message: Option<String>,
}

impl Scope {
    /// The versions of the folder that a file is in.
    pub(super) fn own(path: &str, sources: &Sources, plans: &Plans) -> Self {
        let folder = match version_of(path) {
            Some((version, _)) => format!("{version}/"),
            None => path.split('/').nth(1).map(|name| format!("{name}/")).unwrap_or_default(),
        };
        Self::of(path, sources, plans, |version| format!("{version}/").starts_with(&folder))
    }

    /// All versions, those that inherit the file too.
    pub(super) fn all(path: &str, sources: &Sources, plans: &Plans) -> Self {
        Self::of(path, sources, plans, |_| true)
    }

    fn of(path: &str, sources: &Sources, plans: &Plans, wanted: impl Fn(&str) -> bool) -> Self {
        let catalog = plans.catalog();
        let shown = |file: FileId| catalog.texts.place(Span { file, start: 0, end: 0 }).path;
        let changed = sources.shown(path);
        let paths: Vec<(&str, &str)> = sources.iter().map(|(path, _)| (path, sources.shown(path))).collect();
        let mut versions = BTreeSet::new();
        for destination in &catalog.destinations {
            let own = shown(destination.node.span.file);
            for version in &destination.versions {
                let name = format!("{}/{}", destination.name, version.number.0);
                let files: BTreeSet<String> = version.files().into_iter().map(shown).collect();
                if wanted(&name) && (own == changed || files.contains(changed)) {
                    versions.insert(name);
                    let folders = paths.iter().filter(|(_, shown)| files.contains(*shown));
                    versions.extend(
                        folders.filter_map(|(path, _)| version_of(path)).map(|(of, _)| of.to_owned()),
                    );
                }
            }
        }
        let message = version_of(path).map(|(_, file)| file).and_then(message_of);
        Self { versions, message: message.map(str::to_owned) }
    }

    /// Whether a file is needed.
    pub(super) fn holds(&self, path: &str) -> bool {
        let is_of =
            |name: &str| self.versions.iter().any(|of| of.split_once('/').is_some_and(|(of, _)| of == name));
        match version_of(path).and_then(|(version, file)| Some((version, message_of(file)?))) {
            Some((version, message)) => {
                self.versions.contains(version) && self.message.as_deref().is_none_or(|of| of == message)
            }
            None => path.starts_with(FIXTURES) || path.split('/').nth(1).is_none_or(is_of),
        }
    }
}

/// The version whose folder a file is in, and the rest of its path.
fn version_of(path: &str) -> Option<(&str, &str)> {
    let below = path.strip_prefix("mappings/").or_else(|| path.strip_prefix("schemas/"))?;
    let (name, rest) = below.split_once('/')?;
    let (version, file) = rest.split_once('/')?;
    Some((below.get(..name.len() + 1 + version.len())?, file))
}

/// The mapping that a file of a version's folder is of.
fn message_of(file: &str) -> Option<&str> {
    let name = file.strip_suffix(".yaml").filter(|name| *name != "version" && !name.contains('/'))?;
    let of_tests = name.strip_suffix(".test").and_then(|name| name.split('.').next());
    Some(of_tests.unwrap_or(name))
}
