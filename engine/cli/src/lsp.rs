//! `mapwright lsp`: the language server, on files on disk.

use std::path::{Path, PathBuf};

use mapwright_lsp::{Folder, Folders, serve};
use mapwright_validate::CONFIG_FILE;

use crate::args::LspArgs;
use crate::error::CommandError;
use crate::exit::DONE;
use crate::mappings;
use crate::validate::roots::{Root, roots};

pub(crate) fn run(args: &LspArgs) -> Result<u8, CommandError> {
    serve(&Disk { builtin: args.builtin }).map(|()| DONE).map_err(|error| CommandError::Serve { error })
}

/// Folders on disk.
struct Disk {
    /// Whether they are laid over the built-in mappings.
    builtin: bool,
}

impl Disk {
    fn root(file: &Path) -> Result<Option<Root>, String> {
        // that of a configuration is beside it, and a new file has a folder
        let is_config = file.file_name().is_some_and(|name| name == CONFIG_FILE);
        let there = file.ancestors().skip(usize::from(is_config)).find(|path| path.exists());
        let Some(there) = there else { return Ok(None) };
        match roots(&[there.to_owned()], None) {
            Ok(roots) => Ok(roots.into_iter().next()),
            Err(CommandError::NoRoot { .. }) => Ok(None),
            Err(error) => Err(error.report()),
        }
    }
}

impl Folders for Disk {
    fn folder(&self, file: &Path) -> Result<Option<Folder>, String> {
        let Some(root) = Self::root(file)? else { return Ok(None) };
        let own = root.sources().map_err(|error| error.report())?;
        Ok(Some(Folder { root: root.path, sources: mappings::beside(&own, self.builtin) }))
    }

    fn key(&self, root: &Path, file: &Path) -> Option<String> {
        let root: Option<Root> = roots(&[PathBuf::from(root)], None).ok()?.into_iter().next();
        root.map(|root| root.key(file))
    }
}
