//! The typed records of the files, with positions. Names are not resolved yet.

mod destination;
mod expression;
mod mapping;
mod path;
mod row;
mod schema;
mod step;
mod test;
mod version;

pub use destination::{DestinationSpec, RateSpec, SettingSpec, SettingType};
pub use expression::{Compare, Expr, Expression, Is, Name, Template, TemplatePart, jinja, jinja_templates};
pub use mapping::{Fault, MappingSpec, Needs, RequireSpec};
pub use path::{PathError, PathStep, Root, Source, SourcePath, parse_path};
pub use row::{
    Alternatives, Args, Call, FIELD_SPREAD, FORM_PARTS, FORMS, Fields, Form, Keep, OnError, OnMissing,
    RowSpec,
};
pub use schema::language_schemas;
pub use step::{BodySpec, Class, ResponseRuleSpec, StatusSpec, StepSpec, WarnSpec};
pub use test::{
    CaseSpec, ExpectSpec, FailureSpec, RejectedSpec, RequestSpec, ResponseSpec, TestFileSpec, TestSpec,
};
pub use version::{Encoding, Method, OperationSpec, VersionNumber, VersionSpec};
