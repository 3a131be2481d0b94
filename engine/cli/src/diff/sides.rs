//! The two sides of a comparison: two versions, two folders, or a revision and the work tree.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use mapwright::{Mapper, NotFound, Plan, Plans, Sources, Spec};
use mapwright_describe::{Description, describe_all};
use mapwright_diff::{Diff, diff};
use serde_json::Value;

use crate::args::{DiffArgs, MappingArgs};
use crate::error::CommandError;
use crate::folder::{self, folder};
use crate::{git, mappings, settings};

/// One side, loaded.
pub(crate) struct Loaded {
    /// The destinations that are compared, with all their versions.
    pub(crate) descriptions: Vec<Description>,
    pub(crate) plans: Plans,
}

/// A version of each side, and what changes.
pub(crate) struct Pair {
    /// The positions of the descriptions; none, if a side has no such version.
    pub(crate) old: Option<usize>,
    pub(crate) new: Option<usize>,
    pub(crate) diff: Diff,
}

/// Both sides, and the versions that belong together.
pub(crate) struct Compared {
    pub(crate) old: Loaded,
    pub(crate) new: Loaded,
    pub(crate) pairs: Vec<Pair>,
}

/// A version of a side.
#[derive(Clone, Copy)]
pub(crate) struct Of<'l> {
    pub(crate) loaded: &'l Loaded,
    pub(crate) description: &'l Description,
}

/// The one version of each side that takes events.
#[derive(Clone, Copy)]
pub(crate) struct Chosen<'l> {
    pub(crate) old: Of<'l>,
    pub(crate) new: Of<'l>,
}

/// A version with its settings.
pub(crate) struct Bound {
    pub(crate) plan: Plan,
    pub(crate) settings: Value,
    pub(crate) mapper: Mapper,
}

impl Compared {
    /// The version of each side that both have, if it is one.
    pub(crate) fn chosen(&self) -> Result<Chosen<'_>, CommandError> {
        let both = self.pairs.iter().filter_map(|pair| {
            let (old, new) = (self.old.descriptions.get(pair.old?)?, self.new.descriptions.get(pair.new?)?);
            Some(Chosen {
                old: Of { loaded: &self.old, description: old },
                new: Of { loaded: &self.new, description: new },
            })
        });
        let both: Vec<Chosen<'_>> = both.collect();
        match both.as_slice() {
            [one] => Ok(*one),
            several => {
                let known = several.iter().map(|Chosen { new: Of { description, .. }, .. }| {
                    format!("{}/{}", description.destination, description.version)
                });
                Err(CommandError::DiffOne { known: known.collect() })
            }
        }
    }
}

impl Of<'_> {
    /// The version with the settings of the arguments. With `redacted`, requests show no secrets, and cannot be sent.
    pub(crate) fn bound(self, args: &DiffArgs, redacted: bool) -> Result<Bound, CommandError> {
        let Of { loaded, description } = self;
        let any = loaded.plans.versions(&description.destination).next();
        let settings = settings::read(&args.settings, any, |name| std::env::var(name).ok())?;
        let plan = loaded.plans.plan(&description.destination, Some(&description.version), &settings)?;
        let bound = if redacted { plan.bind_redacted(&settings) } else { plan.bind(&settings) };
        let mapper = bound.map_err(|error| CommandError::Settings {
            destination: format!("{} {}", plan.title(), plan.version()),
            error,
        })?;
        Ok(Bound { plan: plan.clone(), settings, mapper })
    }
}

/// Loads both sides, and compares what belongs together.
pub(crate) fn compared(args: &DiffArgs) -> Result<Compared, CommandError> {
    if let Some(revision) = &args.against {
        let folders = folders(&args.mappings)?;
        let (old, new) = at_revision(&folders, revision, args.mappings.no_builtin)?;
        return all(args, (old, Some(revision.clone())), (new, None));
    }
    let (Some(old), Some(new)) = (&args.old, &args.new) else { return Err(CommandError::NoMappings) };
    match (Path::new(old).is_dir(), Path::new(new).is_dir()) {
        (true, true) => {
            let side = |path: &OsStr| {
                let sources = over(folder(Path::new(path))?, args.mappings.no_builtin);
                Ok::<_, CommandError>((sources, Some(path.to_string_lossy().into_owned())))
            };
            all(args, side(old)?, side(new)?)
        }
        (false, false) => versions(args, &old.to_string_lossy(), &new.to_string_lossy()),
        _ => Err(CommandError::DiffSides {
            old: old.to_string_lossy().into_owned(),
            new: new.to_string_lossy().into_owned(),
        }),
    }
}

/// The folders that a revision is compared with.
pub(crate) fn folders(args: &MappingArgs) -> Result<Vec<PathBuf>, CommandError> {
    match args.mappings.as_slice() {
        [] if Path::new("mappings").is_dir() => Ok(vec![PathBuf::from("mappings")]),
        [] => Err(CommandError::NoMappings),
        folders => Ok(folders.to_vec()),
    }
}

/// The files of folders as they were in a revision, and as they are.
pub(crate) fn at_revision(
    folders: &[PathBuf],
    revision: &str,
    no_builtin: bool,
) -> Result<(Sources, Sources), CommandError> {
    let (mut old, mut new) = (Sources::new(), Sources::new());
    for path in folders {
        old.extend(git::mappings(path, revision, &folder::slashes)?);
        new.extend(folder(path)?);
    }
    Ok((over(old, no_builtin), over(new, no_builtin)))
}

/// Files with the built-in destinations that they do not have, which they may extend.
fn over(own: Sources, no_builtin: bool) -> Sources {
    if no_builtin {
        return own;
    }
    let named: Vec<String> = own.destinations().map(str::to_owned).collect();
    let is_other = |path: &str| {
        let of = path.split('/').nth(1);
        // a folder that only changes a built-in destination is laid over it
        let is_whole = of.is_some_and(|name| own.get(&format!("mappings/{name}/destination.yaml")).is_some());
        !(is_whole && of.is_some_and(|name| named.iter().any(|known| known == name)))
    };
    let mut sources = mappings::built_in().only(is_other);
    sources.extend(own);
    sources
}

fn loaded(sources: &Sources, destinations: &[String]) -> Result<Loaded, CommandError> {
    let sources = sources.clone().without_tests();
    let spec = match destinations {
        [one] => Spec::load_only(&sources, one),
        _ => Spec::load(&sources),
    };
    let valid = spec
        .check()
        .map_err(|found| CommandError::Findings { report: mappings::render(&found.findings, &sources) })?;
    let descriptions = destinations.iter().flat_map(|name| describe_all(&valid, name)).collect();
    Ok(Loaded { descriptions, plans: valid.compile() })
}

/// Two versions of the mappings at hand.
fn versions(args: &DiffArgs, old: &str, new: &str) -> Result<Compared, CommandError> {
    let sources = mappings::marked(&args.mappings)?;
    let side = |address: &str| {
        let (destination, version) = match address.split('/').collect::<Vec<_>>().as_slice() {
            [destination, version] => ((*destination).to_owned(), (*version).to_owned()),
            _ => {
                let expected = "`DESTINATION/VERSION` or a folder of mappings";
                return Err(NotFound::Address { address: address.to_owned(), expected });
            }
        };
        if !sources.destinations().any(|known| known == destination) {
            return Err(NotFound::destination(&destination, sources.destinations().collect::<Vec<_>>()));
        }
        Ok((destination, version))
    };
    let (old, new) = (side(old)?, side(new)?);
    let load = |(destination, version): &(String, String)| {
        let loaded = loaded(&sources, std::slice::from_ref(destination))?;
        let number = loaded.plans.plan(destination, Some(version), &Value::Null)?.version().to_owned();
        let at = loaded.descriptions.iter().position(|known| known.version == number);
        Ok::<_, CommandError>((loaded, at))
    };
    let ((old, at), (new, to)) = (load(&old)?, load(&new)?);
    let pair = at.zip(to).and_then(|(at, to)| {
        let diff = diff(old.descriptions.get(at)?, new.descriptions.get(to)?);
        Some(Pair { old: Some(at), new: Some(to), diff })
    });
    Ok(Compared { old, new, pairs: pair.into_iter().collect() })
}

/// All versions of two sets of mappings that have the same address.
fn all(
    args: &DiffArgs,
    (old, old_from): (Sources, Option<String>),
    (new, new_from): (Sources, Option<String>),
) -> Result<Compared, CommandError> {
    let only =
        args.only.as_deref().map(|only| only.split_once('/').map_or((only, None), |(a, b)| (a, Some(b))));
    let mut names: Vec<String> = old.destinations().chain(new.destinations()).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    if let Some((destination, _)) = only {
        if !names.iter().any(|name| name == destination) {
            return Err(NotFound::destination(
                destination,
                names.iter().map(String::as_str).collect::<Vec<_>>(),
            )
            .into());
        }
        names.retain(|name| name == destination);
    }
    // what is the same on both sides has no changes
    names.retain(|name| only.is_some() || files(&old, name) != files(&new, name));
    let (mut old, mut new) = (loaded(&old, &names)?, loaded(&new, &names)?);
    if let Some((destination, Some(version))) = only {
        let both = || old.descriptions.iter().chain(&new.descriptions);
        if !both().any(|description| description.version == version) {
            let mut known: Vec<&str> = both().map(|description| description.version.as_str()).collect();
            known.sort_unstable();
            known.dedup();
            return Err(NotFound::version(destination, version, &known).into());
        }
        for side in [&mut old, &mut new] {
            side.descriptions.retain(|description| description.version == version);
        }
    }
    let mut pairs = pairs(&old.descriptions, &new.descriptions);
    for pair in &mut pairs {
        (pair.diff.old.from, pair.diff.new.from) = (old_from.clone(), new_from.clone());
    }
    Ok(Compared { old, new, pairs })
}

/// The files of a destination and of its schemas, without those of tests.
fn files<'s>(sources: &'s Sources, name: &str) -> Vec<(&'s str, &'s str)> {
    let folders = [format!("mappings/{name}/"), format!("schemas/{name}/")];
    let is_own = |path: &str| folders.iter().any(|folder| path.starts_with(folder.as_str()));
    sources.iter().filter(|(path, _)| is_own(path) && !path.ends_with(".test.yaml")).collect()
}

/// The versions of both sides by their addresses.
pub(crate) fn pairs(old: &[Description], new: &[Description]) -> Vec<Pair> {
    let address = |of: &Description| (of.destination.clone(), of.version.clone());
    let find = |list: &[Description], of: &Description| list.iter().position(|it| address(it) == address(of));
    let mut all: Vec<Pair> = Vec::new();
    for (at, was) in old.iter().enumerate() {
        let to = find(new, was);
        let diff = match to.and_then(|to| new.get(to)) {
            Some(is) => diff(was, is),
            None => Diff::removed(was),
        };
        all.push(Pair { old: Some(at), new: to, diff });
    }
    for (to, is) in new.iter().enumerate().filter(|(_, is)| find(old, is).is_none()) {
        all.push(Pair { old: None, new: Some(to), diff: Diff::added(is) });
    }
    all
}
