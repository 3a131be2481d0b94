//! What the files of a destination say for readers.

use mapwright_language::catalog::{Catalog, Destination, Version};
use mapwright_language::spec::{DocsSpec, MappingDocsSpec, MigrationSpec, VersionDocsSpec};
use serde_json::Value;

use crate::document::Block;

/// The texts of a destination.
#[derive(Debug)]
pub(crate) struct Texts {
    about: Option<String>,
    docs: Option<DocsSpec>,
    versions: Vec<OfVersion>,
}

/// The texts of a version.
#[derive(Debug)]
struct OfVersion {
    name: String,
    about: Option<String>,
    docs: Option<VersionDocsSpec>,
    mappings: Vec<(String, MappingDocsSpec)>,
}

impl Texts {
    /// Reads the texts of a destination.
    pub(crate) fn of(catalog: &Catalog, destination: &str) -> Option<Self> {
        let of: &Destination = catalog.destinations.iter().find(|known| known.name == destination)?;
        let version = |version: &Version| OfVersion {
            name: version.number.0.clone(),
            about: version.spec.description.clone(),
            docs: version.spec.docs.clone(),
            mappings: version
                .mappings
                .iter()
                .filter_map(|mapping| Some((mapping.message.clone(), mapping.spec.docs.clone()?)))
                .collect(),
        };
        Some(Self {
            about: of.spec.description.clone(),
            docs: of.spec.docs.clone(),
            versions: of.versions.iter().map(version).collect(),
        })
    }

    /// The start of the page.
    pub(crate) fn lead(&self) -> Vec<Block> {
        let text = self.docs.as_ref().and_then(|docs| docs.text.as_ref());
        self.about.iter().chain(text).flat_map(|text| Block::paragraphs(text)).collect()
    }

    /// What a version says of itself.
    pub(crate) fn version(&self, name: &str) -> Vec<Block> {
        let Some(version) = self.versions.iter().find(|known| known.name == name) else { return Vec::new() };
        let text = version.docs.as_ref().and_then(|docs| docs.text.as_ref());
        version.about.iter().chain(text).flat_map(|text| Block::paragraphs(text)).collect()
    }

    /// The paragraphs about a mapping of a version.
    pub(crate) fn mapping(&self, version: &str, mapping: &str) -> Vec<Block> {
        let docs = self.of_mapping(version, mapping);
        docs.and_then(|docs| docs.text.as_ref()).map_or_else(Vec::new, |text| Block::paragraphs(text))
    }

    /// The event that shows what a mapping of a version does.
    pub(crate) fn example(&self, version: &str, mapping: &str) -> Option<&Value> {
        Some(&self.of_mapping(version, mapping)?.example.as_ref()?.value)
    }

    /// Returns the information for users of another version.
    pub(crate) fn migration(&self, from: &str, to: &str) -> Option<&MigrationSpec> {
        let version = self.versions.iter().find(|known| known.name == to)?;
        let stated = &version.docs.as_ref()?.migration;
        stated.iter().find(|(known, _)| known.value == from).map(|(_, migration)| migration)
    }

    fn of_mapping(&self, version: &str, mapping: &str) -> Option<&MappingDocsSpec> {
        let version = self.versions.iter().find(|known| known.name == version)?;
        version.mappings.iter().find(|(name, _)| name == mapping).map(|(_, docs)| docs)
    }

    /// The limits of the destination, then those of versions with the versions.
    pub(crate) fn limits(&self) -> Vec<(String, Vec<String>)> {
        let own = self.docs.iter().flat_map(|docs| docs.limits.iter().map(|limit| (limit.clone(), None)));
        let of_versions = self.versions.iter().flat_map(|version| {
            let limits = version.docs.iter().flat_map(|docs| &docs.limits);
            limits.map(|limit| (limit.clone(), Some(version.name.clone())))
        });
        gathered(own.chain(of_versions))
    }

    /// Questions with their answers, and the versions that they are about if not all.
    pub(crate) fn questions(&self) -> Vec<(String, String, Vec<String>)> {
        let own =
            self.docs.iter().flat_map(|docs| &docs.faq).map(|(question, answer)| ((question, answer), None));
        let of_versions = self.versions.iter().flat_map(|version| {
            let stated = version.docs.iter().flat_map(|docs| &docs.faq);
            let of_mappings = version.mappings.iter().flat_map(|(_, docs)| &docs.faq);
            let name = Some(version.name.clone());
            stated.chain(of_mappings).map(move |(question, answer)| ((question, answer), name.clone()))
        });
        let all = own
            .chain(of_versions)
            .map(|((question, answer), version)| ((question.value.clone(), answer.clone()), version));
        let all = gathered(all).into_iter().map(|((question, answer), versions)| {
            // what all of them say holds for the destination
            let versions = if versions.len() == self.versions.len() { Vec::new() } else { versions };
            (question, answer, versions)
        });
        all.collect()
    }
}

/// Gathers what several versions say alike. What is said without a version holds for all.
fn gathered<T: PartialEq>(all: impl Iterator<Item = (T, Option<String>)>) -> Vec<(T, Vec<String>)> {
    let mut found: Vec<(T, Vec<String>)> = Vec::new();
    for (item, version) in all {
        match found.iter_mut().find(|(known, _)| *known == item) {
            Some((_, versions)) if !versions.is_empty() => versions.extend(version),
            Some(_) => {}
            None => found.push((item, version.into_iter().collect())),
        }
    }
    found
}
