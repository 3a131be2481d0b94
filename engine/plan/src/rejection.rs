//! Why an event cannot be mapped, and who has to act.

use mapwright_json::{SyntaxError, SyntaxErrorKind};
use mapwright_language::spec::Fault;

use crate::tally::Point;

/// Why an event cannot be mapped, or a run cannot continue.
#[derive(Debug, Clone, PartialEq, serde::Serialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Rejection {
    /// Stable name: `invalid_json`, `missing_type`, `missing_required`, `invalid_value`, `limit_exceeded`, `schema_violation`,
    /// `invalid_parameter`, `invalid_header`, `destructive`, or one that the mapping gives.
    pub code: String,
    /// The field, as in `contact.signed_up_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The message for the user.
    pub message: String,
    /// Who has to act: `event`, `settings` or `destination`.
    pub fault: FaultOf,
    /// The line of the mapping that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// For JSON that does not parse: the byte at which reading stopped, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// For a body that its schema refuses: the place in the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The point of the mapping that rejected the event, for coverage.
    #[serde(skip)]
    pub(crate) point: Option<Point>,
}

/// Who has to act on a rejection or failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FaultOf {
    /// The sender of the event.
    Event,
    /// The operator who configures the destination.
    Settings,
    /// The provider of the API.
    Destination,
}

impl FaultOf {
    /// Returns its name: `event`, `settings` or `destination`.
    ///
    /// ```
    /// assert_eq!(mapwright_plan::rejection::FaultOf::Settings.name(), "settings");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            FaultOf::Event => "event",
            FaultOf::Settings => "settings",
            FaultOf::Destination => "destination",
        }
    }
}

impl From<Fault> for FaultOf {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Event => FaultOf::Event,
            Fault::Settings => FaultOf::Settings,
            Fault::Destination => FaultOf::Destination,
        }
    }
}

impl Rejection {
    /// Creates a rejection that the sender of the event must act on, without field and position.
    ///
    /// ```
    /// use mapwright::{FaultOf, Rejection};
    ///
    /// let mut rejection = Rejection::new("too_old", "the event is older than a year");
    /// assert_eq!(rejection.fault, FaultOf::Event);
    /// rejection.field = Some("timestamp".to_owned());
    /// ```
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            field: None,
            message: message.into(),
            fault: FaultOf::Event,
            mapping: None,
            offset: None,
            schema: None,
            point: None,
        }
    }

    pub(crate) fn of_syntax(error: &SyntaxError) -> Self {
        let (code, limit) = match error.kind() {
            SyntaxErrorKind::TooDeep { .. } => ("limit_exceeded", " (limit `event_depth`)"),
            SyntaxErrorKind::TooLarge { .. } => ("limit_exceeded", " (limit `event_bytes`)"),
            _ => ("invalid_json", ""),
        };
        Self { offset: Some(error.offset()), ..Self::new(code, format!("{error}{limit}")) }
    }
}
