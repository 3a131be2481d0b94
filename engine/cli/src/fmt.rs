//! `mapwright fmt`: formats mapping files.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use mapwright_format::{Formatted, format};

use crate::args::FmtArgs;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::folder;
use crate::terminal;
use crate::validate::outputs::print;
use crate::validate::roots::roots;
use crate::whole::WholeFile;

pub(crate) fn run(args: &FmtArgs) -> Result<u8, CommandError> {
    let (mut changed, mut failed) = (Vec::new(), false);
    for (path, shown) in files(&args.paths)? {
        let unread = |error| CommandError::Format { path: shown.clone(), error };
        // reading a pipe would wait for ever
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(unread("it is a device or a pipe, expected a file".to_owned()));
        }
        let text = folder::text(&path).map_err(unread)?;
        match format(&text) {
            Ok(Formatted::Same) => {}
            Ok(Formatted::Changed(new)) => {
                if !args.check {
                    WholeFile::new(&path)?.write(new.as_bytes())?;
                }
                changed.push(shown);
            }
            Err(error) => {
                failed = true;
                terminal::complain(&format!("error: `{}` is left as it is: {error}", shown.display()));
            }
        }
    }
    let list: String = changed.iter().map(|path| format!("{}\n", path.display())).collect();
    print(&list)?;
    Ok(if failed || args.check && !changed.is_empty() { REJECTED } else { DONE })
}

/// The files of mappings that the paths select, each as it is shown.
fn files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, PathBuf)>, CommandError> {
    let is_mapping = |path: &Path| path.extension() == Some(OsStr::new("yaml"));
    let mut files: Vec<(PathBuf, PathBuf)> = Vec::new();
    for root in roots(paths, None)? {
        let wanted: Vec<PathBuf> = paths.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        for path in root.files().into_iter().filter(|path| is_mapping(path)) {
            let is_wanted = wanted.is_empty()
                || wanted.iter().any(|wanted| path.starts_with(wanted) || root.path.starts_with(wanted));
            if is_wanted && !files.iter().any(|(known, _)| *known == path) {
                let shown = PathBuf::from(root.show(&path));
                files.push((path, shown));
            }
        }
    }
    files.sort();
    Ok(files)
}
