//! Reads only the requested paths of a JSON document, in one pass over its bytes.
//!
//! A [`Trie`] contains the requested paths. [`scan()`] reads the text of a document once, validates all of it,
//! and records the position of each requested value. It copies nothing and keeps nothing else. [`walk()`] returns the same
//! [`Doc`] for a document that is already a [`serde_json::Value`]. The values of a [`Doc`] are [`Json`]: borrowed
//! values, either as JSON text or as a node of a parsed tree.
//!
//! The crate accepts exactly the documents that `serde_json::from_slice::<serde_json::Value>` accepts, within
//! [`Limits`]. As in `serde_json`, the last value of a duplicate key takes precedence.
//!
//! ```
//! use mapwright_json::{Limits, Scratch, Step, TrieBuilder, scan};
//!
//! let mut paths = TrieBuilder::new();
//! let email = paths.path(&[Step::Key("traits"), Step::Key("email")])?;
//! let first_tag = paths.path(&[Step::Key("tags"), Step::Index(0)])?;
//! let trie = paths.build();
//!
//! let text = br#"{"traits": {"email": "ada@example.com", "age": 36}, "tags": ["new", "paid"]}"#;
//! let mut scratch = Scratch::new();
//! let doc = scan(&trie, text, &mut scratch, &Limits::default())?;
//!
//! let email = doc.get(email).and_then(|value| value.as_str());
//! assert_eq!(email.as_deref(), Some("ada@example.com"));
//! let mut out = Vec::new();
//! doc.get(first_tag).unwrap().write(&mut out);
//! assert_eq!(out, br#""new""#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod compact;
mod doc;
mod error;
mod fingerprint;
mod found;
mod id;
mod keys;
mod kind;
mod lex;
mod limits;
mod members;
mod node;
mod notes;
mod read;
mod scan;
mod scratch;
mod span;
mod specials;
mod string;
mod text;
mod tree;
mod trie;
mod value;
mod write;

pub use doc::{Doc, Member, Members, Piece, TakeMembers, TakeOne};
pub use error::{Expected, Found, SyntaxError, SyntaxErrorKind};
pub use id::NodeId;
pub use kind::{Kind, Number};
pub use limits::Limits;
pub use node::Node;
pub use scan::{scan, scan_written};
pub use scratch::Scratch;
pub use text::Text;
pub use tree::walk;
pub use trie::{Step, Trie, TrieBuilder, TrieError};
pub use value::{Entries, Items, Json};
pub use write::{Snippet, write_int, write_key, write_str};
