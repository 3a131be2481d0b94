//! What the files say, typed, with places: nothing is resolved yet.

mod destination;
mod expression;
mod mapping;
mod path;
mod row;
mod schema;
mod step;
mod test;
mod version;

pub(crate) use destination::{DestinationSpec, RateSpec, SettingSpec, SettingType};
pub(crate) use expression::{
    Compare, Expr, Expression, Is, Name, Template, TemplatePart, jinja, jinja_templates,
};
pub(crate) use mapping::{Fault, MappingSpec, Needs, RequireSpec};
pub(crate) use path::{PathError, PathStep, Root, Source, SourcePath, parse_path};
pub(crate) use row::{
    Alternatives, Args, Call, FIELD_SPREAD, FORM_PARTS, FORMS, Fields, Form, Keep, OnError, OnMissing,
    RowSpec,
};
pub use schema::language_schemas;
pub(crate) use step::{BodySpec, Class, ResponseRuleSpec, StatusSpec, StepSpec, WarnSpec};
pub(crate) use test::{
    CaseSpec, ExpectSpec, FailureSpec, RejectedSpec, RequestSpec, ResponseSpec, TestFileSpec, TestSpec,
};
pub(crate) use version::{Encoding, Method, OperationSpec, VersionNumber, VersionSpec};
