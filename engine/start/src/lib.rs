//! The first text of mappings: skeletons, trait tables of documents, and mappings in the formats of other platforms. It reads and writes no files.

mod destination;
mod error;
mod file;
mod json;
mod mapping;
mod message;
mod name;
mod openapi;
mod part;
mod rudderstack;
mod segment;
mod source;
mod table;
mod version;
mod yaml;

pub use destination::destination;
pub use error::StartError;
pub use file::NewFile;
pub use mapping::mapping;
pub use message::example;
pub use name::{Address, Names};
pub use openapi::{ApiDocument, Beside, NewOperation, OpenApi, openapi, operations_text};
pub use part::{Imported, Note, Part};
pub use rudderstack::rudderstack;
pub use segment::segment;
pub use table::{TableFormat, table};
pub use version::{Operation, Version, version};
