//! What a mapped event lost or had changed, so that nothing is lost in silence.

/// Text was cut to the length that an API takes.
pub const TEXT_CUT: &str = "text_cut";
/// A value of a kind that an API does not take was left out.
pub const VALUE_DROPPED: &str = "value_dropped";
/// A member was left out because of its name.
pub const NAME_DROPPED: &str = "name_dropped";
/// Members beyond the number that an API takes were left out.
pub const KEY_DROPPED: &str = "key_dropped";
/// Items beyond the number that an API takes were left out.
pub const ITEM_DROPPED: &str = "item_dropped";
/// In a preview: a step rejects the event, if answers lead to it.
pub const MAY_BE_REJECTED: &str = "may_be_rejected";
/// There were more warnings than are listed.
pub const MORE_WARNINGS: &str = "more_warnings";

/// Something that was dropped or cut.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// Stable name, as in `text_cut`.
    pub code: String,
    /// The field that it belongs to, as in `contact.custom_attributes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the user reads.
    pub message: String,
}

impl Warning {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: None, message: message.into() }
    }
}
