//! `escape`: text for markup.

use std::borrow::Cow;

use crate::action::action;
use crate::definition::Definition;
use crate::error::bounded;
use crate::markup::Markup;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::scalar;
use crate::value::Val;

pub(crate) static ESCAPE: Definition = Definition {
    name: "escape",
    group: Group::Encodings,
    summary: "text that markup shows as it is, between tags and in quoted attributes",
    doc: "`&`, `<`, `>`, `\"` and `'` are escaped. In XML, characters that no document may contain, such as U+0000, become U+FFFD, and a carriage return becomes `&#13;`, which parsers would read as a line feed otherwise.",
    takes: Type::Scalar,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[Param::required("format", ParamType::Word(&["xml", "html"]), "the markup language")],
    examples: &[
        Example::gives("escape: xml", r#""Ben & Jerry's""#, r#""Ben &amp; Jerry&apos;s""#),
        Example::gives("escape: xml", r#""a\r\nb""#, r#""a&#13;\nb""#),
        Example::gives("escape: html", r#""<b title='x'>""#, r#""&lt;b title=&#39;x&#39;&gt;""#),
    ],
    build: |arguments| {
        let markup = if arguments.word("format")? == "xml" { Markup::Xml } else { Markup::Html };
        action(move |value, _| {
            let text = scalar(&value)?;
            if !text.chars().any(|c| markup.escaped(c).is_some()) {
                return Ok(Some(Val::Text(text)));
            }
            let mut out = String::with_capacity(text.len() + 16);
            for c in text.chars() {
                match markup.escaped(c) {
                    Some(escaped) => out.push_str(escaped),
                    None => out.push(c),
                }
                bounded(out.len(), ())?;
            }
            Ok(Some(Val::Text(Cow::Owned(out))))
        })
    },
};
