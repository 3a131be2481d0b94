//! A language server for mappings, over standard input and output: LSP 3.17.
//!
//! What an editor asks is answered from the records of the language and from the index of their names; the only text that is looked at is
//! what is being typed.

mod completion;
mod cursor;
mod diagnostics;
mod folder;
mod grammar;
mod here;
mod hints;
mod hover;
mod lenses;
mod model;
mod navigate;
mod repair;
mod requests;
mod server;
mod stdio;
mod symbols;
mod text;
mod tokens;
mod uri;
mod workspace;

pub use folder::{Folder, Folders};
pub use server::{ServeError, serve};
