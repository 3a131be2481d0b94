//! What a mapped event lost or had changed, so that nothing is lost in silence.

/// Something that was dropped or cut.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
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
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: None, message: message.into() }
    }
}
