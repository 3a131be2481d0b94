//! Documents that are made from mappings: as Markdown, and as one HTML file that needs nothing else.
//!
//! A [`Document`] is plain data. Whatever is in it, such as a value of an event, is text: only the renderers make markup.
//!
//! ```
//! use mapwright_docs::{Block, Document, Section, Table, Text, markdown, page};
//!
//! let mut table = Table::new("The fields of a contact", &["Event", "Field"]);
//! table.rows.push(vec![Text::code("traits.email"), Text::code("email")]);
//! let section = Section::new("identify").with(Block::paragraph("Creates a **contact**.")).with(Block::Table(table));
//! let document = Document {
//!     title: "Acme".to_owned(),
//!     lead: Vec::new(),
//!     versions: Vec::new(),
//!     chosen: None,
//!     sections: vec![section],
//!     made: String::new(),
//! };
//! assert_eq!(
//!     markdown(&document),
//!     "# Acme\n\n## identify\n\nCreates a **contact**.\n\n| Event | Field |\n|---|---|\n| `traits.email` | `email` |\n"
//! );
//! assert!(page(&document).contains("<td><code>email</code></td>"));
//! ```

mod changes;
mod destination;
mod document;
mod escape;
mod explained;
mod guide;
mod html;
mod markdown;
mod mask;
mod mermaid;
mod sequence;
mod svg;
mod text;
mod usual;

pub use changes::changes;
pub use destination::destination;
pub use document::{Block, Document, Section, Table, merged, merged_rows};
pub use explained::{Explained, explained};
pub use guide::guide;
pub use html::page;
pub use markdown::markdown;
pub use mask::{MASKED, shape};
pub use mermaid::mermaid;
pub use sequence::{Group, Item, Sequence};
pub use text::{Span, Text};
