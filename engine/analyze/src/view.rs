//! A version as the rules see it: every row with its place, what it reads, and whether anything reads it.

mod becomes;
mod flow;
mod reached;
mod row_scope;
mod rows;
mod step;
mod version;

pub use crate::schema::PointerStep;
pub(crate) use becomes::{Becomes, made_of};
pub use flow::FlowView;
pub use row_scope::RowScope;
pub use rows::{
    Call, ConditionId, ConditionView, ItemOf, Place, ReadView, Reading, RootId, RootView, RowId, RowView,
    Rows, Site, TemplateView, Whether, is_property,
};
pub(crate) use rows::{is_items, table_of, written};
pub use step::{RuleOf, RuleView, StepId, StepView};
pub use version::VersionView;
