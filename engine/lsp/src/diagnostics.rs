//! Findings as editors show them, and their fixes.

use std::collections::{BTreeMap, HashMap};

use ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, DocumentChanges, NumberOrString, OneOf,
    OptionalVersionedTextDocumentIdentifier, PublishDiagnosticsParams, Range, TextDocumentEdit, TextEdit,
    Uri, WorkspaceEdit,
};
use mapwright::{Edit, Finding, Severity};

use crate::text::Text;
use crate::workspace::Workspace;

/// The name of the server in what it says.
pub(crate) const SOURCE: &str = "mapwright";

/// The action that applies all fixes that are certain.
pub(crate) const FIX_ALL: &str = "source.fixAll.mapwright";

/// What is to be shown of files, by the paths that findings show. Files in which nothing is found any more are `cleared`.
pub(crate) fn published<'p>(
    workspace: &Workspace<'_>,
    findings: impl Iterator<Item = &'p Finding>,
    cleared: impl Iterator<Item = &'p String>,
) -> Vec<PublishDiagnosticsParams> {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> =
        cleared.map(|path| (path.as_str(), Vec::new())).collect();
    for finding in findings {
        by_file.entry(&finding.place.path).or_default().push(finding);
    }
    let files = by_file.into_iter().filter_map(|(path, findings)| {
        let (uri, version) = (workspace.uri(path)?, workspace.version(path));
        let text = workspace.text(path)?;
        let diagnostics = findings.into_iter().map(|finding| diagnostic(workspace, &text, finding)).collect();
        Some(PublishDiagnosticsParams { uri, diagnostics, version })
    });
    files.collect()
}

fn diagnostic(workspace: &Workspace<'_>, text: &Text, finding: &Finding) -> Diagnostic {
    let related = finding.related.iter().filter_map(|(place, label)| {
        let location = workspace.location(&place.path, place.bytes)?;
        Some(DiagnosticRelatedInformation { location, message: label.clone() })
    });
    let related: Vec<_> = related.collect();
    let severity = match finding.severity() {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Hint => DiagnosticSeverity::HINT,
    };
    let tag = match finding.rule.id {
        "unused-definition" | "unreachable" | "unused-suppression" => Some(DiagnosticTag::UNNECESSARY),
        "deprecated-property" => Some(DiagnosticTag::DEPRECATED),
        _ => None,
    };
    let parts = [Some(&finding.message), finding.help.as_ref(), finding.diff.as_ref()];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    Diagnostic {
        range: text.range(finding.place.bytes),
        severity: Some(severity),
        code: Some(NumberOrString::String(finding.rule.id.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: parts.join("\n"),
        related_information: (!related.is_empty()).then_some(related),
        tags: tag.map(|tag| vec![tag]),
        ..Diagnostic::default()
    }
}

/// The fixes of findings in a part of a file.
pub(crate) fn actions(
    workspace: &Workspace<'_>,
    text: &Text,
    findings: &[&Finding],
    range: Range,
    only: Option<&[CodeActionKind]>,
) -> Vec<CodeActionOrCommand> {
    let wants = |kind: &CodeActionKind| {
        let of = |wanted: &CodeActionKind| {
            let rest = kind.as_str().strip_prefix(wanted.as_str());
            wanted.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        only.is_none_or(|only| only.iter().any(of))
    };
    let mut actions = Vec::new();
    for finding in findings {
        let here = text.range(finding.place.bytes);
        let Some(fix) = finding.fix.as_ref().filter(|_| here.start <= range.end && range.start <= here.end)
        else {
            continue;
        };
        if wants(&CodeActionKind::QUICKFIX) {
            actions.push(CodeAction {
                title: fix.title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostic(workspace, text, finding)]),
                edit: edit(workspace, fix.edits.iter()),
                is_preferred: Some(fix.safe),
                ..CodeAction::default()
            });
        }
    }
    let all = CodeActionKind::from(FIX_ALL);
    if wants(&all) {
        let edits = certain(findings);
        if !edits.is_empty() {
            actions.push(CodeAction {
                title: "apply all fixes that are certain".to_owned(),
                kind: Some(all),
                edit: edit(workspace, edits.into_iter()),
                ..CodeAction::default()
            });
        }
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// The edits of fixes that are certain, of those that overlap only the first.
fn certain<'f>(findings: &[&'f Finding]) -> Vec<&'f Edit> {
    let mut all: Vec<&Edit> = Vec::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safe) {
        let overlaps = |edit: &Edit| {
            let (start, end) = edit.place.bytes;
            all.iter().any(|other| {
                let (from, to) = other.place.bytes;
                other.place.path == edit.place.path && start <= to && from <= end
            })
        };
        if !fix.edits.iter().any(overlaps) {
            all.extend(&fix.edits);
        }
    }
    all
}

fn edit<'e>(workspace: &Workspace<'_>, edits: impl Iterator<Item = &'e Edit>) -> Option<WorkspaceEdit> {
    let edits = edits.map(|edit| (edit.place.path.as_str(), edit.place.bytes, edit.text.clone()));
    workspace_edit(workspace, edits)
}

/// Bytes, and the text that takes their place.
type NewText = ((usize, usize), String);

/// Texts in place of bytes of files.
pub(crate) fn workspace_edit<'e>(
    workspace: &Workspace<'_>,
    edits: impl Iterator<Item = (&'e str, (usize, usize), String)>,
) -> Option<WorkspaceEdit> {
    let mut by_file: BTreeMap<&str, Vec<NewText>> = BTreeMap::new();
    for (path, bytes, new_text) in edits {
        by_file.entry(path).or_default().push((bytes, new_text));
    }
    let mut changes: Vec<(Uri, Option<i32>, Vec<TextEdit>)> = Vec::new();
    for (path, edits) in by_file {
        // a file that is missing is created by the editor when it is written to
        let text = workspace.text(path)?;
        let edits =
            edits.into_iter().map(|(bytes, new_text)| TextEdit { range: text.range(bytes), new_text });
        changes.push((workspace.uri(path)?, workspace.version(path), edits.collect()));
    }
    let documents = changes.iter().map(|(uri, version, edits)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri: uri.clone(), version: *version },
        edits: edits.iter().cloned().map(OneOf::Left).collect(),
    });
    match workspace.versions_of_changes() {
        true => {
            let document_changes = Some(DocumentChanges::Edits(documents.collect()));
            Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() })
        }
        false => {
            let changes: HashMap<Uri, Vec<TextEdit>> =
                changes.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
            Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
        }
    }
}
