//! Arguments of the commands that start something new.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::examples;

/// Start a destination, a version or a mapping
///
/// Writes files that `validate-mappings` accepts at once, with comments that say what is left to do. A file that exists is never changed.
#[derive(Debug, Args)]
#[command(after_help = examples::NEW, arg_required_else_help = true)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    pub(crate) what: NewWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewWhat {
    /// Start a destination, with one version that maps `identify`
    Destination {
        /// The name of its folder
        #[arg(value_name = "NAME")]
        fresh: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Start a version that inherits from another one
    Version {
        /// The destination and the new version
        #[arg(value_name = "DESTINATION/VERSION")]
        fresh: String,
        /// The version that it inherits from
        #[arg(long, value_name = "VERSION")]
        extends: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Start a mapping, from a trait table if there is one
    Mapping {
        /// The destination, the version and the message type
        #[arg(value_name = "DESTINATION/VERSION/MESSAGE")]
        fresh: String,
        /// Take the rows from a table with the columns `source`, `target`, `required` and `type`: CSV, or Markdown in a file that ends in `.md`
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        from_table: Option<PathBuf>,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Where the files go.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// The folder that contains `mappings` and `schemas`, or is to contain them
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Know nothing of the built-in mappings
    #[arg(long)]
    pub(crate) no_builtin: bool,
}

/// Read mappings in the formats of other platforms
///
/// What cannot be said in the mapping language is listed on standard error, and stands as a comment where it belongs.
#[derive(Debug, Args)]
#[command(after_help = examples::IMPORT, arg_required_else_help = true)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) from: ImportFrom,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportFrom {
    /// Read mapping rows of RudderStack: JSON with `destKey`, `sourceKeys`, `required` and `metadata`
    Rudderstack(FormatArgs),
    /// Read presets of Segment: JSON with `@path`, `@template`, `@if`, `@arrayPath` and `@case`
    Segment(FormatArgs),
    /// Read operations of an API that OpenAPI 3.0 or 3.1 describes: their schemas, and what a version says of them
    Openapi(OpenApiArgs),
}

/// A document of an API, and what to read of it.
#[derive(Debug, Args)]
pub(crate) struct OpenApiArgs {
    /// The document, in YAML or JSON
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// An operation, by its `operationId`, or by its method and path, such as `POST /contacts`; repeatable
    #[arg(long = "operation", value_name = "ID", required = true)]
    pub(crate) operations: Vec<String>,
    /// A JSON Merge Patch of the document, in YAML or JSON, for what is known to be wrong in it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) patch: Option<PathBuf>,
    /// Overwrite schemas that exist, and report what changes in them
    #[arg(long)]
    pub(crate) update: bool,
    /// The version that the schemas are for. If there is no such destination, it is started, too
    #[arg(long, value_name = "DESTINATION/VERSION")]
    pub(crate) into: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// A file in another format, and where its rows go.
#[derive(Debug, Args)]
pub(crate) struct FormatArgs {
    /// The file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Write a new mapping with its test, instead of printing the payload part
    #[arg(long, value_name = "DESTINATION/VERSION/MESSAGE")]
    pub(crate) into: Option<String>,
    /// The name of the payload part
    #[arg(long, value_name = "NAME", default_value = "payload")]
    pub(crate) part: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}
