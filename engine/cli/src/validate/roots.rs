//! The mapping folders that paths belong to, and their files.

use std::collections::{BTreeSet, HashSet};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use mapwright::{FIXTURES, Finding, Severity, Sources};
use mapwright_validate::{CONFIG_FILE, Config, Mentioned, Over, Page, Presence, Report};

use crate::error::CommandError;
use crate::folder::{self, Named, ReadFile};

/// A mapping folder to check.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) path: PathBuf,
    /// The folder that the paths in findings begin at, unless they are absolute.
    here: Option<PathBuf>,
    /// The file that standard input takes the place of, with its text.
    replaced: Option<(PathBuf, Vec<u8>)>,
    /// The pages of Markdown to check in place of the folder, each with its path as it was passed.
    pages: Vec<(PathBuf, Option<Over>)>,
    /// Whether there is no folder, since the pages belong to none.
    is_empty: bool,
}

impl Root {
    fn of(path: PathBuf, absolute: bool) -> Self {
        let here = env::current_dir().and_then(fs::canonicalize).ok().filter(|_| !absolute);
        Self { path, here, replaced: None, pages: Vec::new(), is_empty: false }
    }

    /// Reads the files of the folder, and the nearest `mapwright.toml` in it or above it.
    pub(crate) fn sources(&self) -> Result<Sources, CommandError> {
        self.sources_by(&folder::text_of)
    }

    /// The same, where something else reads the files.
    pub(crate) fn sources_by(&self, reading: ReadFile<'_>) -> Result<Sources, CommandError> {
        let show = |path: &Path| self.show(path);
        let mut sources = match self.is_empty {
            true => Sources::new(),
            false => folder::root(&self.path, &show, reading)?,
        };
        for (path, _) in &self.pages {
            sources.insert_text_as(folder::slashes(path), self.show(path), reading(path)?);
        }
        if let Some(path) = self.config() {
            sources.insert_text_as(CONFIG_FILE, self.show(&path), reading(&path)?);
            let (config, _) = Config::read(&sources);
            let beside = path.parent().unwrap_or(&self.path);
            folder::named(beside, named(&config), &show, reading, &mut sources)?;
        }
        if let Some((path, text)) = &self.replaced {
            sources.insert_bytes_as(self.key(path), self.show(path), text.clone());
        }
        Ok(sources)
    }

    /// Whether there is no mapping folder.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether a file would be read by the next check, if it were there.
    pub(crate) fn would_read(&self, file: &Path) -> bool {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // a folder that is not there is an error of its own
        let Ok(folder) = fs::canonicalize(folder) else { return false };
        if file.file_name() == Some(OsStr::new(CONFIG_FILE)) {
            return within_repository(&self.config_start()).any(|above| above == folder);
        }
        let ending = file.extension().and_then(OsStr::to_str);
        let is_in = |above: &Path| folder.starts_with(above);
        let is_named = || {
            self.stated().is_some_and(|(path, config)| {
                let named = [&config.schemas, &config.fixtures, &config.named].into_iter().flatten();
                named.into_iter().any(|named| is_in(&path.with_file_name(named)))
            })
        };
        let is_part = || !self.is_empty && (is_in(&self.path) || is_in(&self.path.with_file_name("schemas")));
        match ending {
            Some("json") => is_part() || is_named(),
            Some("yaml" | "yml") => is_part(),
            _ => false,
        }
    }

    /// The files that the paths select, by the paths that findings show.
    pub(crate) fn selected(&self, sources: &Sources, paths: &[PathBuf]) -> HashSet<String> {
        let wanted: Vec<PathBuf> = paths.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        let is_wanted = |path: &str| {
            let full = fs::canonicalize(sources.shown(path)).unwrap_or_default();
            // a path above the folder selects all of it, and so does none
            wanted.is_empty()
                || wanted.iter().any(|wanted| full.starts_with(wanted) || self.path.starts_with(wanted))
        };
        let files = sources.iter().filter(|(path, _)| is_wanted(path));
        files.map(|(path, _)| sources.shown(path).to_owned()).collect()
    }

    /// Returns the nearest `mapwright.toml`.
    fn config(&self) -> Option<PathBuf> {
        config_above(&self.config_start())
    }

    /// The folder in which it is looked for first.
    fn config_start(&self) -> PathBuf {
        let page = self.pages.first().map(|(page, _)| page.parent().unwrap_or(page));
        page.unwrap_or(&self.path).to_owned()
    }

    /// Returns what the nearest `mapwright.toml` says, with its path.
    pub(crate) fn stated(&self) -> Option<(PathBuf, Config)> {
        let path = self.config()?;
        let mut sources = Sources::new();
        sources.insert_bytes_as(CONFIG_FILE, CONFIG_FILE, folder::read(&path).unwrap_or_default());
        let (config, _) = Config::read(&sources);
        Some((path, config))
    }

    /// Returns the pages of Markdown among the sources that are checked in place of the folder.
    pub(crate) fn pages(&self) -> Vec<Page> {
        let page =
            |(path, over): &(PathBuf, Option<Over>)| Page { path: folder::slashes(path), over: over.clone() };
        self.pages.iter().map(page).collect()
    }

    /// Returns all files that a check reads; those that cannot be read are left out.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = match self.is_empty {
            true => Vec::new(),
            false => folder::root_files(&self.path).unwrap_or_default(),
        };
        files.extend(self.pages.iter().map(|(path, _)| path.clone()));
        if let Some((path, config)) = self.stated() {
            let beside = path.parent().unwrap_or(&self.path);
            let named = folder::named_files(beside, named(&config)).unwrap_or_default();
            files.extend(named.into_iter().map(|(_, path)| path));
            files.push(path);
        }
        files
    }

    /// Returns the path of a file among the sources.
    pub(crate) fn key(&self, path: &Path) -> String {
        match path.strip_prefix(&self.path) {
            Ok(inner) if !inner.starts_with("schemas") => format!("mappings/{}", folder::slashes(inner)),
            Ok(inner) => folder::slashes(inner),
            Err(_) => folder::slashes(path.strip_prefix(self.path.parent().unwrap_or(path)).unwrap_or(path)),
        }
    }

    /// Returns a path as findings show it: relative to the current folder, unless an absolute path was passed.
    pub(crate) fn show(&self, path: &Path) -> String {
        let Some(here) = &self.here else { return folder::slashes(path) };
        let common = path.components().zip(here.components()).take_while(|(a, b)| a == b).count();
        let up = here.components().skip(common).map(|_| Component::ParentDir);
        folder::slashes(&up.chain(path.components().skip(common)).collect::<PathBuf>())
    }
}

fn named(config: &Config) -> Named<'_> {
    Named { schemas: &config.schemas, fixtures: &config.fixtures, others: &config.named }
}

/// Returns the mapping folders that the arguments select, without duplicates.
pub(crate) fn roots(paths: &[PathBuf], stdin_filename: Option<&Path>) -> Result<Vec<Root>, CommandError> {
    let stdin = Path::new("-");
    match (stdin_filename, paths) {
        (Some(path), [dash]) if dash == stdin => return Ok(vec![of_stdin(path)?]),
        (Some(_), _) => return Err(CommandError::NameWithoutStdin),
        (None, paths) if paths.iter().any(|path| path == stdin) => {
            return Err(CommandError::StdinWithoutName);
        }
        (None, _) => {}
    }
    let paths = if paths.is_empty() { default_paths()? } else { paths.to_owned() };
    let mut roots: Vec<Root> = Vec::new();
    for path in &paths {
        let no_path = |error| CommandError::NoPath { path: path.clone(), error };
        let real = fs::canonicalize(path).map_err(no_path)?;
        if real.is_file() && real.extension() == Some(OsStr::new("md")) {
            let new = of_page(&real, path.is_absolute())?;
            match roots
                .iter_mut()
                .find(|root| !root.pages.is_empty() && root.path == new.path && root.config() == new.config())
            {
                Some(known) => {
                    known.pages.extend(
                        new.pages.into_iter().filter(|page| !known.pages.contains(page)).collect::<Vec<_>>(),
                    );
                }
                None => roots.push(new),
            }
            continue;
        }
        let root = folder::root_of(&real).ok_or_else(|| CommandError::NoRoot { path: path.clone() })?;
        if !roots.iter().any(|known| known.path == root && known.pages.is_empty()) {
            roots.push(Root::of(root, path.is_absolute()));
        }
    }
    Ok(roots)
}

/// A page of Markdown, with the mappings that its examples are laid over: the version that `mapwright.toml` names, or else the nearest folder `mappings`.
fn of_page(page: &Path, absolute: bool) -> Result<Root, CommandError> {
    let above = page.parent().unwrap_or(page);
    let over = match config_above(above) {
        Some(config) => over(page, &config)?,
        None => None,
    };
    let (root, over) = match over {
        Some((root, over)) => (Some(root), Some(over)),
        None => {
            (above.ancestors().map(|folder| folder.join("mappings")).find(|folder| folder.is_dir()), None)
        }
    };
    let is_empty = root.is_none();
    let root = Root::of(root.unwrap_or_else(|| above.to_owned()), absolute);
    Ok(Root { pages: vec![(page.to_owned(), over)], is_empty, ..root })
}

/// The version that a configuration lays the examples of a page over, with its mapping folder.
fn over(page: &Path, config: &Path) -> Result<Option<(PathBuf, Over)>, CommandError> {
    let mut sources = Sources::new();
    sources.insert_bytes_as(CONFIG_FILE, CONFIG_FILE, folder::read(config)?);
    let folder = config.parent().unwrap_or(config);
    let inner = folder::slashes(page.strip_prefix(folder).unwrap_or(page));
    let (config, _) = Config::read(&sources);
    let Some(rule) = config.pages.iter().rev().find(|rule| rule.is_for(&inner)) else { return Ok(None) };
    // that there is none is a finding in the file that names it
    Ok(version(&folder.join(&rule.over)))
}

/// A version, with its mapping folder.
fn version(path: &Path) -> Option<(PathBuf, Over)> {
    let version = fs::canonicalize(path).ok().filter(|path| path.join("version.yaml").is_file())?;
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let destination = version.parent()?;
    let over = Over { destination: name(destination)?, version: name(&version)? };
    Some((destination.parent()?.to_owned(), over))
}

/// What configurations say is there, and is not, or is not used. Each checked folder is with the paths of its files among the sources, and `report` is what was found in
/// all of them.
pub(crate) fn missing(
    checked: &[(Root, Vec<String>)],
    report: &Report,
) -> Result<Vec<Finding>, CommandError> {
    let mut findings = Vec::new();
    let configs: BTreeSet<PathBuf> = checked.iter().filter_map(|(root, _)| root.config()).collect();
    for path in configs {
        let those: Vec<_> =
            checked.iter().filter(|(root, _)| root.config().as_ref() == Some(&path)).collect();
        let Some(((first, _), beside)) = those.first().zip(path.parent()) else { continue };
        let mut sources = Sources::new();
        sources.insert_bytes_as(CONFIG_FILE, first.show(&path), folder::read(&path)?);
        let (config, _) = Config::read(&sources);
        let is_checked = |folder: &Path| {
            let real = fs::canonicalize(folder).ok().and_then(|real| folder::root_of(&real));
            those.iter().any(|(root, _)| root.pages.is_empty() && Some(&root.path) == real.as_ref())
        };
        // files of folders that are not checked now may match
        let is_all = match config.folders.as_slice() {
            [] => is_checked(beside) || is_checked(&beside.join("mappings")),
            folders => folders.iter().all(|folder| is_checked(&beside.join(folder))),
        };
        let has_pages = those.iter().any(|(root, _)| !root.pages.is_empty());
        let there = |is_there: bool| if is_there { Presence::There } else { Presence::Missing };
        findings.extend(config.missing(&sources, &|mentioned| match mentioned {
            Mentioned::Files(glob) => {
                there(!is_all || those.iter().any(|(_, files)| files.iter().any(|file| glob.is_match(file))))
            }
            Mentioned::Pages(glob) => {
                let is_literal = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
                let start: PathBuf = glob.glob().glob().split('/').take_while(is_literal).collect();
                let mut budget = MAX_LOOKED_AT;
                let is_page = |path: &Path| {
                    path.strip_prefix(beside).is_ok_and(|inner| glob.is_match(folder::slashes(inner)))
                };
                there(!has_pages || is_any(&beside.join(start), &is_page, &mut budget))
            }
            Mentioned::Version(path) => there(version(&beside.join(path)).is_some()),
            Mentioned::Fixtures(path) => match fixtures(beside, path) {
                Some(files) if is_all && !has_pages => match unused(files, report) {
                    unused if unused.is_empty() => Presence::There,
                    unused => Presence::Unused(unused),
                },
                files => there(files.is_some()),
            },
        }));
    }
    Ok(findings)
}

/// The files of a folder of fixtures, by their paths in it; none if it has none.
fn fixtures(beside: &Path, path: &str) -> Option<Vec<String>> {
    let named = Named { schemas: &[], fixtures: &[path.to_owned()], others: &[] };
    let files = folder::named_files(beside, named).ok()?;
    let inner = |(inner, _): (String, PathBuf)| Some(inner.strip_prefix(FIXTURES)?.to_owned());
    let files: Vec<String> = files.into_iter().filter_map(inner).collect();
    (!files.is_empty()).then_some(files)
}

/// Those of these fixtures that no test reads. What a test reads is not known while there are errors.
fn unused(mut files: Vec<String>, report: &Report) -> Vec<String> {
    match report.count(Severity::Error) {
        0 => files.retain(|file| !report.fixtures.contains(&format!("{FIXTURES}{file}"))),
        _ => files.clear(),
    }
    files.sort();
    files
}

/// How many files are looked at for a page.
const MAX_LOOKED_AT: usize = 20_000;

/// Whether this is such a file, or one is in it. Where there are too many to look at, one may be.
fn is_any(path: &Path, is_wanted: &dyn Fn(&Path) -> bool, budget: &mut usize) -> bool {
    let Some(left) = budget.checked_sub(1) else { return true };
    *budget = left;
    match path.symlink_metadata() {
        Ok(kind) if kind.is_dir() => fs::read_dir(path).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| is_any(&entry.path(), is_wanted, budget)))
        }),
        Ok(_) => is_wanted(path),
        Err(_) => false,
    }
}

/// The file need not exist yet, its folder does.
fn of_stdin(path: &Path) -> Result<Root, CommandError> {
    let no_path = |error| CommandError::NoPath { path: path.to_owned(), error };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| no_path(io::ErrorKind::IsADirectory.into()))?;
    let real = fs::canonicalize(folder).map_err(no_path)?.join(name);
    let root = folder::root_of(&real).ok_or_else(|| CommandError::NoRoot { path: path.to_owned() })?;
    let text = folder::read_from(path, io::stdin().lock())?;
    Ok(Root { replaced: Some((real, text)), ..Root::of(root, path.is_absolute()) })
}

/// Returns what is checked if no path is given.
fn default_paths() -> Result<Vec<PathBuf>, CommandError> {
    let here = env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    // what is here is nearer than what a file above names
    let has_own = here.join("mappings").is_dir() && !here.join(CONFIG_FILE).exists();
    if let Some(path) = config_above(&here).filter(|_| !has_own) {
        let mut sources = Sources::new();
        sources.insert_bytes_as(CONFIG_FILE, CONFIG_FILE, folder::read(&path)?);
        let up = here.components().count() - path.components().count().saturating_sub(1);
        let base: PathBuf = (0..up).map(|_| "..").collect();
        let folders = Config::read(&sources).0.folders;
        if !folders.is_empty() {
            return Ok(folders.iter().map(|folder| base.join(folder)).collect());
        }
    }
    Ok(vec![PathBuf::from("mappings")])
}

/// Returns the nearest `mapwright.toml` in a folder or above it, in the repository that the folder is in.
fn config_above(folder: &Path) -> Option<PathBuf> {
    // one that cannot be read is an error, and not ignored
    within_repository(folder).map(|folder| folder.join(CONFIG_FILE)).find(|path| is_there(path))
}

/// A folder and those above it, up to the root of its repository: what is above that is not of it.
fn within_repository(folder: &Path) -> impl Iterator<Item = &Path> {
    let mut is_left = false;
    folder.ancestors().take_while(move |folder| {
        let is_in = !is_left;
        is_left |= is_there(&folder.join(".git"));
        is_in
    })
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
