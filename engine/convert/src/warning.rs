//! Warnings about values of mapped events that were dropped or changed.

/// Text was truncated to the length that an API accepts.
pub const TEXT_CUT: &str = "text_cut";
/// A value of a type that an API does not accept was dropped.
pub const VALUE_DROPPED: &str = "value_dropped";
/// A member was dropped because of its name.
pub const NAME_DROPPED: &str = "name_dropped";
/// Members beyond the number that an API accepts were dropped.
pub const KEY_DROPPED: &str = "key_dropped";
/// Items beyond the number that an API accepts were dropped.
pub const ITEM_DROPPED: &str = "item_dropped";
/// In a preview: a step rejects the event, if responses lead to it.
pub const MAY_BE_REJECTED: &str = "may_be_rejected";
/// There are more warnings than are listed.
pub const MORE_WARNINGS: &str = "more_warnings";

/// A warning about a dropped or truncated value.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Warning {
    /// The stable code, such as `text_cut`.
    pub code: String,
    /// The field, such as `contact.custom_attributes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The user's message.
    pub message: String,
}

impl Warning {
    /// Creates a warning without a field.
    ///
    /// ```
    /// use mapwright_convert::Warning;
    ///
    /// let warning = Warning::new("no_consent", "the person did not agree to emails");
    /// assert_eq!((warning.code.as_str(), warning.field), ("no_consent", None));
    /// ```
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: None, message: message.into() }
    }
}
