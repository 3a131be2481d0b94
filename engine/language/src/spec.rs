//! The typed records of the files, with positions. Names are not resolved yet.

mod argument;
mod auth;
mod batch;
mod declared;
mod destination;
mod docs;
mod expression;
mod fault;
mod inside;
mod mapping;
mod modifier;
mod notation;
mod row;
mod row_schema;
mod schema;
mod source;
mod step;
mod test;
mod value;
mod version;

pub use auth::{
    AuthSpec, BasicSpec, DigestEncoding, HashAlgorithm, HmacSpec, KeyEncoding, OAuth1Algorithm, OAuth1Spec,
    SignedPieceSpec, SignedTextSpec, SignedWord, TimeFormat, WsseDigest, WsseNonce, WsseSpec,
};
pub use batch::{BatchListsSpec, BatchSpec, ByteCount, FailedSpec, ItemClass, SplitInto, Wait};
pub use declared::Declared;
pub use destination::{DestinationSpec, RateSpec, SettingSpec, SettingType, SourceSpec};
pub use docs::{DocsSpec, MappingDocsSpec, MigrationSpec, VersionDocsSpec};
pub use expression::{
    Comparison, Expr, Expression, Filter, Name, Operator, Round, Template, TemplatePart, Test,
    WrittenTemplate,
};
pub use fault::Fault;
pub use inside::Role;
pub use mapping::{MappingSpec, Needs, RequireEntry, RequireSpec, SkipSpec, UnsupportedSpec, VariantSpec};
pub use modifier::{Keep, OnError, OnMissing};
pub use row::{ArgsSpec, ConversionSpec, DefaultSpec, FIELD_SPREAD, Fields, Form, RowSpec};
pub use schema::language_schemas;
pub use step::{
    ArgumentsSpec, BodySpec, CacheSpec, Class, FIELD_ITEMS, NextSpec, OnFailure, PageSpec, ResponseRuleSpec,
    StatusSpec, StepSpec, WarnSpec,
};
pub use test::{
    ApiSpec, CallSpec, CaseSpec, EndSpec, EventSpec, ExpectSpec, FailureSpec, HeaderText, OrNull,
    OrderKeySpec, PropertySpec, RejectedSpec, RequestSpec, ResponseSpec, RetrySpec, TestFileSpec, TestSpec,
    WarnedSpec, WarningSpec,
};
pub use value::{TableSpec, ValueSpec};
pub use version::{Compression, Encoding, Method, OperationSpec, VersionNumber, VersionSpec};
