//! Valid spec → plans.

use std::fmt;
use std::sync::Arc;

use crate::valid::{Checked, CheckedVersion, Spec, Valid};
use mapwright_findings::Sources;
use mapwright_language::catalog::Catalog;
use mapwright_language::{NotFound, unaliased};
use mapwright_plan::mapper::Plan;
use mapwright_plan::version::{DestinationPlan, VersionPlan};

/// All compiled versions of all destinations. Immutable, `Send + Sync`, cheap to clone.
///
/// To reload mappings while events are being mapped, compile a new one and swap it for the old: runs that have started keep
/// the plan that they started with.
#[derive(Clone)]
pub struct Plans {
    inner: Arc<Inner>,
}

struct Inner {
    versions: Vec<Plan>,
    destinations: Vec<Arc<DestinationPlan>>,
    catalog: Arc<Catalog>,
}

impl Valid<Checked> {
    /// Compiles all versions. Nothing can fail any more.
    pub fn compile(self) -> Plans {
        let Checked { versions, destinations, catalog, .. } = self.value;
        let versions = versions.into_iter().map(|version| compile_version(version, &catalog)).collect();
        Plans { inner: Arc::new(Inner { versions, destinations, catalog }) }
    }
}

fn compile_version(version: CheckedVersion, catalog: &Arc<Catalog>) -> Plan {
    Plan::from(VersionPlan {
        destination: version.destination,
        number: version.number,
        trie: version.trie.build(),
        response_trie: version.response_trie.build(),
        batch_trie: version.batch_trie.build(),
        admission: version.admission,
        sources: version.sources,
        settings: version.settings,
        server: version.server,
        operations: version.operations,
        rules: version.rules,
        error: version.error,
        unsupported: version.unsupported,
        messages: version.messages,
        lazy: version.lazy,
        texts: catalog.texts.clone(),
    })
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.inner.versions).finish()
    }
}

impl Plans {
    /// Returns everything that the files say.
    pub fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    /// Reads the files again after some have changed. The tests that have not are taken as they are, which is most of the work.
    ///
    /// ```
    /// use mapwright_check::Spec;
    /// use mapwright_findings::Sources;
    ///
    /// let files = [
    ///     ("destination.yaml", "title: Acme\nnames: [Acme]\nversions: { default: \"1\" }\nhosts: [api.example.com]"),
    ///     ("1/version.yaml", "version: \"1\"\nserver: { value: https://api.example.com }\noperations: { send: { method: POST, path: /a } }"),
    ///     ("1/track.yaml", "message: track\nsteps: { send: { operation: send, body: { id: userId } } }"),
    /// ];
    /// let file = |(path, text): (&str, &str)| (format!("mappings/acme/{path}"), text.to_owned());
    /// let mut sources: Sources = files.into_iter().map(file).collect();
    /// let plans = Spec::load(&sources).check()?.compile();
    ///
    /// sources.insert("mappings/acme/1/track.yaml", "message: track\nsteps: { send: { operation: sent } }");
    /// assert!(plans.reload(&sources).check().is_err());
    /// # Ok::<(), Box<mapwright_check::WithFindings>>(())
    /// ```
    pub fn reload(&self, sources: &Sources) -> Spec {
        Spec::load_again(sources, self.catalog())
    }

    /// Returns the names of all destinations.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.inner.destinations.iter().map(|destination| destination.name.as_str())
    }

    /// Returns the versions of a destination, oldest first.
    pub fn versions(&self, destination: &str) -> impl Iterator<Item = &Plan> {
        self.inner.versions.iter().filter(move |plan| plan.destination() == destination)
    }

    /// Returns the plan of a version: by its number, an alias, or what the settings say; else the destination's default.
    ///
    /// # Errors
    /// Returns an error if the destination or the version does not exist.
    pub fn plan(
        &self,
        destination: &str,
        version: Option<&str>,
        settings: &serde_json::Value,
    ) -> Result<&Plan, NotFound> {
        let Some(found) = self.inner.destinations.iter().find(|d| d.name == destination) else {
            let known: Vec<&str> = self.destinations().collect();
            return Err(NotFound::destination(destination, known));
        };
        let setting = match &found.version_setting {
            Some(name) if version.is_none() => picked(name, settings.get(name))?,
            _ => None,
        };
        let wanted = version.or(setting).unwrap_or(&found.default_version);
        let aliases = || found.aliases.iter().map(|(alias, number)| (alias.as_str(), number.as_str()));
        let number = unaliased(wanted, aliases());
        self.versions(destination).find(|plan| plan.version() == number).ok_or_else(|| {
            let versions = self.versions(destination).map(Plan::version);
            let known: Vec<&str> = versions.chain(aliases().map(|(alias, _)| alias)).collect();
            NotFound::version(destination, wanted, &known)
        })
    }
}

/// The version that a setting names.
fn picked<'s>(setting: &str, value: Option<&'s serde_json::Value>) -> Result<Option<&'s str>, NotFound> {
    match value {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(found) => Err(NotFound::VersionNotText { setting: setting.to_owned(), found: found.clone() }),
    }
}
