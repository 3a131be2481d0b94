//! What is known of the results of a conversion beyond their type.

/// What is known of every result of a conversion beyond its type; names are those of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Nothing.
    Any,
    /// A value of the kinds of the input.
    Input,
    /// An item of the input, or the input itself if it is not a list.
    Item,
    /// A list of the items of the input, or of the input itself if it is not a list; of so many as the parameter says.
    Items(Option<&'static str>),
    /// A value of one of the types that a parameter names.
    Kinds(&'static str),
    /// Text without letters in upper case.
    Lowercase,
    /// Text without letters in lower case.
    Uppercase,
    /// Text of so many hexadecimal digits, in lower case.
    Hex(u64),
    /// Text of digits.
    Digits,
    /// An email address.
    Email,
    /// A phone number: `+` and digits.
    Phone,
    /// A date with time in ISO 8601 format.
    DateTime,
    /// A date in the format of a parameter.
    Formatted(&'static str),
    /// A time since 1970, in so many units to a second.
    Epoch(i64),
    /// Text of as many characters as a parameter says, or fewer.
    AtMost(&'static str),
    /// A number between two parameters.
    Between(&'static str, &'static str),
    /// A number without a fraction, if a parameter is not stated.
    WholeWithout(&'static str),
    /// A value of the table of a parameter.
    Looked(&'static str),
    /// A whole number, 0 or more.
    Count,
    /// An object whose texts are as long as a parameter says, or shorter.
    TextsAtMost(&'static str),
    /// An object whose names are as long as a parameter says, or shorter.
    NamesAtMost(&'static str),
    /// An object of as many members as a parameter says, or fewer.
    KeysAtMost(&'static str),
}
