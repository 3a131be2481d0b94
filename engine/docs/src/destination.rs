//! The page of a destination: its settings, sources, messages, calls, responses and limits, in all versions.

mod answers;
mod calls;
mod example;
mod fields;
mod limits;
mod message;
mod overview;
mod texts;

use mapwright_check::{Checked, Valid};
use mapwright_describe::describe_all;

use crate::document::{Document, Section};
use crate::text::Text;

pub(crate) use answers::{of_operation, table as rules};
pub(crate) use example::{requests, shown};
pub(crate) use texts::Texts;

/// Makes the page of a destination, of all its versions without errors. Nothing, if there is no such destination.
pub fn destination(valid: Valid<Checked>, name: &str) -> Option<Document> {
    let all = describe_all(&valid, name);
    let texts = Texts::of(valid.catalog(), name)?;
    let default = all.iter().find(|version| version.version == version.choice.default).or(all.last())?;
    let (title, chosen) = (default.title.clone(), default.version.clone());
    let plans = valid.compile();

    let mut sections = vec![overview::versions(&all, &texts), overview::settings(&all)];
    sections.push(overview::sources(default));
    sections.push(overview::messages(&all));
    sections.extend(message::sections(&all, &texts, &plans));
    sections.push(answers::section(&all));
    sections.push(limits::section(&all, &texts));
    sections.push(questions(&texts));
    let sections = sections.into_iter().filter(|section| !section.is_empty()).collect();
    Some(Document {
        title,
        lead: texts.lead(),
        versions: all.iter().map(|version| version.version.clone()).collect(),
        chosen: Some(chosen),
        sections,
        made: format!(
            "Made by `mapwright docs {name}` from the mappings; what is missing here is to be added there."
        ),
    })
}

/// Questions and answers that the files state.
fn questions(texts: &Texts) -> Section {
    let mut section = Section::new("Questions and answers");
    for (question, answer, versions) in texts.questions() {
        let mut one = Section::new(Text::marked(&question));
        one.blocks = crate::document::Block::paragraphs(&answer);
        one.versions = versions;
        section.sections.push(one);
    }
    section
}
