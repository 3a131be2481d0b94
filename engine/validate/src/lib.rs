//! Checks mappings, runs their tests, and collects the findings.
//!
//! ```
//! use mapwright::Sources;
//! use mapwright_validate::{Options, validate};
//!
//! let mut sources = Sources::new();
//! sources.insert("mappings/acme/destination.yaml", "title: Acme\nnmaes: [Acme]\nversions: { default: \"1\" }\n");
//! let report = validate(&sources, &Options::default());
//! assert!(report.fails(false));
//! let help: Vec<&str> = report.findings.iter().filter_map(|finding| finding.help.as_deref()).collect();
//! assert!(help.contains(&"did you mean `names`?"));
//! ```

mod baseline;
mod check;
mod comments;
mod config;
mod config_schema;
mod fingerprint;
mod markdown;
mod mend;
mod pages;
mod report;
mod selector;
mod suppress;

pub use baseline::Baseline;
pub use check::{Options, validate};
pub use config::{CONFIG_FILE, Config, PageRule};
pub use config_schema::config_schema;
pub use mend::{Mended, mend};
pub use pages::{Over, Page, validate_pages};
pub use report::{CheckCounts, Report, Suppressed, Suppression};
pub use selector::{Selector, UnknownRule};
