//! What the words of sources, conversions and conditions are, for their colours.

use std::collections::BTreeMap;

use ls_types::{SemanticToken, SemanticTokenType, SemanticTokens, SemanticTokensLegend};
use mapwright_analyze::view::{Reading, Rows};
use mapwright_convert::Root;
use mapwright_findings::Span;
use mapwright_language::spec::{Expression, RowSpec};

use crate::here::Here;

/// The kinds of tokens, in the order of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A named value.
    Variable,
    /// A member of the event, or of another document.
    Property,
    /// A setting.
    Parameter,
    /// A capture, or a part of the payload.
    Field,
    /// A conversion.
    Function,
    /// A word of conditions.
    Keyword,
}

const KINDS: [(Kind, SemanticTokenType); 6] = [
    (Kind::Variable, SemanticTokenType::VARIABLE),
    (Kind::Property, SemanticTokenType::PROPERTY),
    (Kind::Parameter, SemanticTokenType::PARAMETER),
    (Kind::Field, SemanticTokenType::ENUM_MEMBER),
    (Kind::Function, SemanticTokenType::FUNCTION),
    (Kind::Keyword, SemanticTokenType::KEYWORD),
];

/// Which kinds of tokens there are.
pub(crate) fn legend() -> SemanticTokensLegend {
    let token_types = KINDS.iter().map(|(_, name)| name.clone()).collect();
    SemanticTokensLegend { token_types, token_modifiers: Vec::new() }
}

/// The words of conditions.
const WORDS: [&str; 9] = ["and", "or", "not", "in", "is", "if", "else", "true", "false"];

/// The tokens of a file.
pub(crate) fn tokens(here: &Here<'_, '_>) -> Option<SemanticTokens> {
    let view = here.file.view()?;
    // by their starts: what several versions or variants share is there several times
    let mut found: BTreeMap<u32, (u32, Kind)> = BTreeMap::new();
    for rows in view.flows.iter().map(|flow| &flow.rows).chain([&view.rows]) {
        of_rows(here, rows, &mut found);
    }
    let mut data = Vec::new();
    let (mut line, mut column, mut behind) = (0, 0, 0);
    for (start, (end, kind)) in found {
        let range = here.text.range((start as usize, end as usize));
        if start < behind
            || range.start.line != range.end.line
            || range.end.character <= range.start.character
        {
            continue;
        }
        behind = end;
        let delta_line = range.start.line - line;
        let delta_start =
            if delta_line == 0 { range.start.character - column } else { range.start.character };
        (line, column) = (range.start.line, range.start.character);
        let token_type = KINDS.iter().position(|(known, _)| *known == kind).unwrap_or(0) as u32;
        let length = range.end.character - range.start.character;
        data.push(SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset: 0 });
    }
    Some(SemanticTokens { result_id: None, data })
}

fn of_rows(here: &Here<'_, '_>, rows: &Rows<'_>, found: &mut BTreeMap<u32, (u32, Kind)>) {
    let file = here.file.id;
    let mut add = |span: Span, kind| {
        if span.file == file {
            let span = unquoted(here, span);
            found.insert(span.start, (span.end, kind));
        }
    };
    for condition in &rows.conditions {
        words(here, condition.expression, &mut |span| add(span, Kind::Keyword));
    }
    for row in &rows.rows {
        conversions(row.spec, &mut |span| add(span, Kind::Function));
    }
    for read in &rows.reads {
        let kind = match &read.reading {
            Reading::Value(..) => Kind::Variable,
            Reading::Path(Root::Settings, _) => Kind::Parameter,
            Reading::Path(Root::Captures | Root::Payload, _) => Kind::Field,
            Reading::Path(..) => Kind::Property,
        };
        add(read.span, kind);
    }
}

fn conversions(row: &RowSpec, take: &mut dyn FnMut(Span)) {
    row.conversions.iter().for_each(|call| take(call.name.span));
}

/// The span of what is written between quotes.
fn unquoted(here: &Here<'_, '_>, span: Span) -> Span {
    let text = here.text.text.get(span.start as usize..span.end as usize).unwrap_or("");
    let is_quoted = text.len() > 1 && text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']);
    match is_quoted {
        true => Span { start: span.start + 1, end: span.end - 1, ..span },
        false => span,
    }
}

/// The words of a condition that stands in its file as it is: those that are neither names nor in quotes.
fn words(here: &Here<'_, '_>, condition: &Expression, take: &mut dyn FnMut(Span)) {
    let span = unquoted(here, condition.span);
    let Some(text) = here.text.text.get(span.start as usize..span.end as usize) else { return };
    if span.file != here.file.id || text != condition.text {
        return;
    }
    let is_name = |at: usize| condition.names.iter().any(|name| name.at.0 <= at && at < name.at.1);
    let (mut quote, mut start): (Option<char>, Option<usize>) = (None, None);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (quote, c) {
            (Some(mark), c) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_alphabetic() => {
                start.get_or_insert(at);
            }
            (None, _) => {
                if let Some(first) = start.take()
                    && text.get(first..at).is_some_and(|word| WORDS.contains(&word))
                    && !is_name(first)
                {
                    let place = |at: usize| span.start + at as u32;
                    take(Span { start: place(first), end: place(at), ..span });
                }
            }
        }
    }
}
