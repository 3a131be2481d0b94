//! `docs`: what the pages of a destination say beside what follows from its files.

use serde_json::Value;

use crate::decode::record;
use mapwright_findings::At;

record! {
    /// What the page of a destination says beside what follows from its files.
    "`docs`"
    pub struct DocsSpec {
        /// Paragraphs at the start of the page, or of the section of the version.
        opt "text" text: String,
        /// Limits of the API that no row and no rate states.
        list "limits" limits: String,
        /// Questions with their answers.
        map "faq" faq: String,
    }
}

record! {
    /// What the page of a destination says of a version beside what follows from its files.
    "`docs` of a version"
    pub struct VersionDocsSpec {
        /// Paragraphs about the version.
        opt "text" text: String,
        /// Limits of the API that no row and no rate states.
        list "limits" limits: String,
        /// Questions with their answers.
        map "faq" faq: String,
        /// Information for users of another version, by that version.
        map "migration" migration: MigrationSpec,
    }
}

record! {
    /// What a migration guide says beside what follows from the files of both versions.
    "a migration"
    pub struct MigrationSpec {
        /// Paragraphs at the start.
        opt "text" text: String,
        /// What no row and no step of either version says, by what it is about.
        map "notes" notes: String,
        /// What has to be done, beside what follows from the changes.
        list "checklist" checklist: String,
        /// Events that show the difference, beside the examples of the mappings.
        list "examples" examples: At<Value>,
    }
}

record! {
    /// What the page of a destination says of a mapping beside what follows from its file.
    "`docs` of a mapping"
    pub struct MappingDocsSpec {
        /// Paragraphs before the trait table.
        opt "text" text: String,
        /// An event that shows what the mapping does; the page has it with its requests.
        opt "example" example: At<Value>,
        /// Questions with their answers.
        map "faq" faq: String,
    }
}
