//! Files in memory, places in them, what is wrong there, and the rules that say so.
//!
//! The bottom floor of the workspace: rules take plain data, so that every stage above can report with the same words.

mod finding;
mod fix;
mod marks;
pub mod rules;
mod source;

pub use finding::{
    Finding, Heir, KnownNames, Report, Reports, Rule, Severity, Unread, all_of, differ_by_a_letter, nearest,
    one_of, suggest,
};
pub use fix::{Edit, Fix, Mend, Update};
pub use marks::{Mark, Open};
pub use source::{At, FIXTURES, FileId, FileText, Found, Layer, Place, Sources, Span, Texts};
