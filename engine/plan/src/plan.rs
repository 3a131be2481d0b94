//! A checked mapping, in the form in which it runs: names are positions, paths are slots.

mod absence;
mod applied;
mod auth;
mod batch;
mod claims;
mod constant;
mod expression;
mod flow;
mod operation;
mod part;
mod place;
mod places;
mod program;
pub mod reach;
mod row;
mod turns;

pub use absence::Absence;
pub use applied::{Applied, Stage};
pub use auth::{Auth, HmacAuth, OAuth1Auth, SignedPiece, WsseAuth};
pub use batch::{BatchLists, BatchPlan, FailedRule, ItemName};
pub use claims::Claim;
pub use constant::Constant;
pub use expression::{Condition, Said, Template};
pub use flow::{Flow, MessagePlan, Need, Property, Requirement, SkipRule};
pub use operation::{
    EndpointPath, ErrorRows, HostPattern, Operation, Rate, RateHeaders, ResponseRule, RuleEnd, Server, Target,
};
pub use part::{Depends, Part, PartRead, Reads};
pub use place::{NameSet, Place, Slot};
pub use places::Places;
pub use program::{CachePlan, Call, Guard, Instruction, Page, Repeat, Warn};
pub use row::{CheckedRow, Field, Form, RestOf, Row};
pub use turns::{OrderedSteps, StepOrder};
