//! What an editor asks, and who answers it.

use ls_types::request::{
    CodeActionRequest, CodeLensRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest,
    ExecuteCommand, FoldingRangeRequest, Formatting, GotoDefinition, HoverRequest, InlayHintRequest,
    PrepareRenameRequest, References, Rename, Request, SemanticTokensFullRequest,
};
use ls_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, CodeLensOptions,
    CodeLensParams, CompletionOptions, CompletionParams, DocumentFormattingParams, DocumentHighlightParams,
    DocumentSymbolParams, ExecuteCommandOptions, ExecuteCommandParams, FoldingRangeParams,
    FoldingRangeProviderCapability, GotoDefinitionParams, HoverParams, HoverProviderCapability,
    InlayHintParams, OneOf, ReferenceParams, RenameOptions, RenameParams, SaveOptions,
    SemanticTokensFullOptions, SemanticTokensOptions, SemanticTokensParams, SemanticTokensServerCapabilities,
    ServerCapabilities, TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TextEdit,
};
use mapwright_format::{Formatted, format};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::completion::completion;
use crate::diagnostics::{self, FIX_ALL};
use crate::here::{about, at};
use crate::hints::hints;
use crate::hover::hover;
use crate::lenses::{self, RUN_TESTS, Ran};
use crate::navigate;
use crate::symbols;
use crate::text::Encoding;
use crate::tokens;
use crate::workspace::{Workspace, slashes};

/// A response.
pub(crate) enum Answered {
    With(Value),
    /// What the editor shows to the person as well.
    Told(Ran),
    /// Such a request is not known.
    Unknown,
    /// Why it cannot be answered, in words.
    Refused(String),
}

/// What the server can do.
pub(crate) fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::from(FIX_ALL)]),
            ..CodeActionOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "$", " ", "{", "["].map(str::to_owned).into()),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![RUN_TESTS.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        document_formatting_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

/// Answers a request.
pub(crate) fn answer(workspace: &mut Workspace<'_>, method: &str, params: Value) -> Answered {
    match method {
        CodeActionRequest::METHOD => with(params, |params: CodeActionParams| {
            let (path, document) = workspace.document(&params.text_document.uri)?;
            let shown = slashes(path);
            let known = workspace.roots.get(&workspace.root_of(path)?)?;
            let here = known.findings().filter(|finding| finding.place.path == shown);
            let here: Vec<_> = here.collect();
            let only = params.context.only.as_deref();
            Some(diagnostics::actions(workspace, &document.text, &here, params.range, only))
        }),
        HoverRequest::METHOD => {
            with(params, |params: HoverParams| at(workspace, &params.text_document_position_params, hover))
        }
        Completion::METHOD => {
            with(params, |params: CompletionParams| at(workspace, &params.text_document_position, completion))
        }
        GotoDefinition::METHOD => with(params, |params: GotoDefinitionParams| {
            at(workspace, &params.text_document_position_params, navigate::definitions)
        }),
        References::METHOD => with(params, |params: ReferenceParams| {
            let with_definitions = params.context.include_declaration;
            at(workspace, &params.text_document_position, |here, byte| {
                navigate::references(here, byte, with_definitions)
            })
        }),
        DocumentHighlightRequest::METHOD => with(params, |params: DocumentHighlightParams| {
            at(workspace, &params.text_document_position_params, navigate::highlights)
        }),
        PrepareRenameRequest::METHOD => {
            with(params, |params: TextDocumentPositionParams| at(workspace, &params, navigate::renamed))
        }
        Rename::METHOD => rename(workspace, params),
        DocumentSymbolRequest::METHOD => with(params, |params: DocumentSymbolParams| {
            about(workspace, &params.text_document.uri, |here| Some(symbols::symbols(here)))
        }),
        FoldingRangeRequest::METHOD => with(params, |params: FoldingRangeParams| {
            about(workspace, &params.text_document.uri, |here| Some(symbols::folds(here)))
        }),
        SemanticTokensFullRequest::METHOD => with(params, |params: SemanticTokensParams| {
            about(workspace, &params.text_document.uri, tokens::tokens)
        }),
        InlayHintRequest::METHOD => with(params, |params: InlayHintParams| {
            about(workspace, &params.text_document.uri, |here| Some(hints(here, params.range)))
        }),
        CodeLensRequest::METHOD => {
            with(params, |params: CodeLensParams| about(workspace, &params.text_document.uri, lenses::lenses))
        }
        ExecuteCommand::METHOD => execute(workspace, params),
        Formatting::METHOD => formatted(workspace, params),
        _ => Answered::Unknown,
    }
}

fn with<P: DeserializeOwned, R: Serialize>(params: Value, answer: impl FnOnce(P) -> Option<R>) -> Answered {
    match serde_json::from_value(params) {
        Ok(params) => valued(&answer(params)),
        Err(error) => Answered::Refused(error.to_string()),
    }
}

fn valued(value: &impl Serialize) -> Answered {
    match serde_json::to_value(value) {
        Ok(value) => Answered::With(value),
        Err(error) => Answered::Refused(error.to_string()),
    }
}

fn rename(workspace: &mut Workspace<'_>, params: Value) -> Answered {
    let params: RenameParams = match serde_json::from_value(params) {
        Ok(params) => params,
        Err(error) => return Answered::Refused(error.to_string()),
    };
    let renamed = at(workspace, &params.text_document_position, |here, byte| {
        Some(navigate::rename(here, byte, &params.new_name))
    });
    match renamed {
        Some(Ok(edit)) => valued(&edit),
        Some(Err(why)) => Answered::Refused(why),
        None => Answered::Refused("the file is none of a mapping".to_owned()),
    }
}

fn execute(workspace: &Workspace<'_>, params: Value) -> Answered {
    match serde_json::from_value::<ExecuteCommandParams>(params) {
        Ok(params) if params.command == RUN_TESTS => {
            match params.arguments.first().and_then(|argument| lenses::run(workspace, argument)) {
                Some(ran) => Answered::Told(ran),
                None => Answered::Refused("the tests of this file cannot be found".to_owned()),
            }
        }
        Ok(params) => Answered::Refused(format!("there is no command `{}`", params.command)),
        Err(error) => Answered::Refused(error.to_string()),
    }
}

fn formatted(workspace: &Workspace<'_>, params: Value) -> Answered {
    let params: DocumentFormattingParams = match serde_json::from_value(params) {
        Ok(params) => params,
        Err(error) => return Answered::Refused(error.to_string()),
    };
    let Some((_, document)) = workspace.document(&params.text_document.uri) else {
        return valued(&None::<Vec<TextEdit>>);
    };
    match format(&document.text.text) {
        Ok(Formatted::Same) => valued(&Vec::<TextEdit>::new()),
        Ok(Formatted::Changed(new_text)) => {
            let range = ls_types::Range::new(ls_types::Position::new(0, 0), document.text.end());
            valued(&vec![TextEdit { range, new_text }])
        }
        Err(error) => Answered::Refused(error.to_string()),
    }
}
