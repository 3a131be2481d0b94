//! Encodings of bodies: a payload part is built as JSON, and sent as what the operation says.

mod form;
mod xml;

pub use xml::{XmlError, is_xml_name};

use mapwright_json::{Json, Text};
use mapwright_language::spec::Encoding;

use crate::request::Body;

/// A body that is not the text of a part.
#[derive(Clone)]
pub(crate) struct MadeBody {
    pub body: Body<'static>,
    /// The JSON that a body in another encoding was made from.
    pub json: Option<Vec<u8>>,
}

impl MadeBody {
    /// The body that JSON text is sent as.
    pub(crate) fn new(encoding: Encoding, json: Vec<u8>) -> Result<Self, XmlError> {
        let written = std::str::from_utf8(&json).ok().map(|text| Json::Text(Text::written(text)));
        Ok(match encoded(encoding, written)? {
            Some(body) => Self { body, json: Some(json) },
            None => Self { body: Body::Json(json.into()), json: None },
        })
    }
}

/// The content type that a body needs when no header of the mapping states one.
pub(crate) fn content_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Json => "application/json",
        Encoding::Form => "application/x-www-form-urlencoded",
        Encoding::Xml => "application/xml",
    }
}

/// Whether there are objects that an encoding cannot write.
pub(crate) fn may_refuse(encoding: Encoding) -> bool {
    match encoding {
        Encoding::Json | Encoding::Form => false,
        Encoding::Xml => true,
    }
}

/// Writes an object in an encoding; nothing for JSON, as which it is built. Without an object, no field of the part has a value.
pub(crate) fn encoded(
    encoding: Encoding,
    object: Option<Json<'_>>,
) -> Result<Option<Body<'static>>, XmlError> {
    match encoding {
        Encoding::Json => Ok(None),
        Encoding::Form => Ok(Some(Body::Form(object.map(form::write).unwrap_or_default()))),
        Encoding::Xml => Ok(Some(Body::Xml(xml::write(object)?))),
    }
}
