//! What can be written at a byte. What is typed is not YAML yet: a word that stands for it is put there, and the place of that word is looked at.

mod names;
mod typed;

use ls_types::{CompletionItem, CompletionTextEdit, Documentation, MarkupContent, MarkupKind, TextEdit};
use mapwright_findings::FileId;
use mapwright_language::yaml::parse;

use self::names::{Offer, offers};
use self::typed::{Typed, WORD};
use crate::cursor::Cursor;
use crate::grammar::Grammar;
use crate::here::Here;

/// What can be written at a byte.
pub(crate) fn completion(here: &Here<'_, '_>, byte: usize) -> Option<Vec<CompletionItem>> {
    let typed = Typed::new(&here.text.text, byte)?;
    let mut all: Vec<Offer> = Vec::new();
    for text in typed.readings() {
        let Ok(node) = parse(FileId(0), &text) else { continue };
        let Some(cursor) = Cursor::at(&node, typed.start + 1) else { continue };
        let Some(grammar) = Grammar::at(here.file.kind, &node, &cursor.path, WORD) else { continue };
        for offer in offers(here.file, &node, &cursor, &grammar, &typed) {
            if !all.iter().any(|known| known.label == offer.label) {
                all.push(offer);
            }
        }
    }
    let range = here.text.range((typed.start, byte));
    let items = all.into_iter().enumerate().map(|(at, offer)| {
        let Offer { label, text, detail, doc, kind } = offer;
        let new_text = text.unwrap_or_else(|| label.clone());
        let is_documented = !doc.is_empty();
        let documentation = is_documented.then_some(Documentation::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: doc,
        }));
        CompletionItem {
            filter_text: Some(new_text.clone()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
            sort_text: Some(format!("{at:04}")),
            kind: Some(kind),
            detail: (!detail.is_empty()).then_some(detail),
            documentation,
            label,
            ..CompletionItem::default()
        }
    });
    Some(items.collect())
}
