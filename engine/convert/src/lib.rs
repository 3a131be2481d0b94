//! Values on their way from an event to a request, paths into them, and conversions: named, typed functions on one value.
//!
//! Each entry of the [table](definitions) defines one conversion: its name, signature, documentation, examples, and how it is built from its
//! arguments. The [reference()], the editor schema and a test of every example are generated from the table.

mod action;
mod arguments;
mod bounds;
mod call;
mod chars;
mod combination;
mod conversions;
mod decimal;
mod definition;
mod distinct;
mod error;
mod examples;
mod flatten;
mod keep;
mod kinds;
mod made;
mod markup;
mod members;
mod names;
mod notes;
mod pass;
mod path;
mod pattern;
mod pictures;
mod reference;
mod shape;
mod signature;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod union;
mod unit;
mod value;
pub mod warning;
mod whole;

pub use action::{Action, Conversion, ReadNumber};
pub use arguments::Arguments;
pub use call::{Args, BuildError, Call, CallPart, Mistake, Scope};
pub use combination::Combination;
pub use conversions::time::parse_time;
pub use conversions::url::RESERVED;
pub use decimal::{Rounding, TooLarge, rounded};
pub use definition::Definition;
pub use error::{
    CONVERSION_BYTES, ConvertError, Converted, PART_PATTERN_STEPS, PATTERN_STEPS, Refusal, quoted, shown,
};
pub use examples::ExampleScope;
pub use keep::{KEEP, Keep};
pub use kinds::Kinds;
pub use markup::Markup;
pub use members::Member;
pub use notes::{Notes, SettingPath};
pub use pass::{Members, Name, Pass, Passed, Refused, Stop, TakeEntry, TakeMember, distinct};
pub use path::{NamedValue, PathError, PathStep, Root, Source, SourcePath, parse_path, parse_source};
pub use pattern::{Matcher, Patterns, compile_pattern, is_too_large};
pub use reference::reference;
pub use shape::Shape;
pub use signature::{EXAMPLE_SCOPE, Example, ExampleResult, Group, Param, ParamType, Type};
pub use table::{
    build, call_schema, conversions_param, definitions, find, is_first_argument, takes_conversions,
};
pub use tables::Tables;
pub use tree::Tree;
pub use union::Union;
pub use value::Val;
pub use warning::Warning;
pub use whole::exact_tree;
