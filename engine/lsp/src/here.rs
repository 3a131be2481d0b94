//! A file as a request sees it.

use std::path::Path;

use ls_types::{Position, TextDocumentPositionParams, Uri};

use crate::model::File;
use crate::text::Text;
use crate::workspace::{Workspace, slashes};

/// A file, with everything that is known of its destinations.
pub(crate) struct Here<'w, 'f> {
    pub workspace: &'w Workspace<'f>,
    pub file: &'w File<'w>,
    /// The text in the editor, which need not be YAML.
    pub text: &'w Text,
    /// Its path, as findings show it.
    pub shown: &'w str,
}

/// Answers a question about a file that is open.
pub(crate) fn about<R>(
    workspace: &mut Workspace<'_>,
    uri: &Uri,
    answer: impl FnOnce(&Here<'_, '_>) -> Option<R>,
) -> Option<R> {
    let path: Box<Path> = workspace.document(uri)?.0.into();
    let model = workspace.model(&path)?;
    let shown = slashes(&path);
    let file = model.file(&shown)?;
    let (_, document) = workspace.document(uri)?;
    answer(&Here { workspace, file: &file, text: &document.text, shown: &shown })
}

/// Answers a question about a byte of a file that is open.
pub(crate) fn at<R>(
    workspace: &mut Workspace<'_>,
    params: &TextDocumentPositionParams,
    answer: impl FnOnce(&Here<'_, '_>, usize) -> Option<R>,
) -> Option<R> {
    let position: Position = params.position;
    about(workspace, &params.text_document.uri, |here| answer(here, here.text.byte(position)))
}
