//! `user_agent`: parts of a user agent.

use woothee::parser::Parser;

use crate::action::action;
use crate::definition::Definition;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::{some_text, text};

/// The longest user agent, in bytes. Those of browsers have a few hundred.
const LONGEST: usize = 4_096;

/// What the library returns for a part that it does not find.
const UNKNOWN: &str = "UNKNOWN";
const UNKNOWN_WINDOWS: &str = "Windows UNKNOWN Ver";

pub(crate) static USER_AGENT: Definition = Definition {
    name: "user_agent",
    group: Group::Text,
    summary: "a part of a user agent, or no value if it is not recognized",
    doc: "Names are those of [Woothee](https://github.com/woothee/woothee), such as `Windows 10`, `Mac OSX`, `iPhone` and `Android`; `lookup` maps them to those of \
          an API. `device` is `pc`, `smartphone` (also tablets), `mobilephone`, `appliance`, `crawler` or `misc`. A user agent with more than 4,096 bytes is \
          not recognized.",
    takes: Type::Text,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[Param::required(
        "part",
        ParamType::Word(&["browser", "browser_version", "os", "os_version", "device"]),
        "the part",
    )],
    examples: &[
        Example::gives("user_agent: browser", CHROME, r#""Chrome""#),
        Example::gives("user_agent: browser_version", CHROME, r#""126.0.0.0""#),
        Example::gives("user_agent: os", CHROME, r#""Mac OSX""#),
        Example::gives("user_agent: os_version", CHROME, r#""10.15.7""#),
        Example::gives("user_agent: device", CHROME, r#""pc""#),
        Example::gives(
            "user_agent: os",
            r#""Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1""#,
            r#""iPhone""#,
        ),
        Example::nothing("user_agent: os", r#""analytics-ruby 2.4""#),
    ],
    build: |arguments| {
        let part = arguments.word("part")?;
        action(move |value, _| {
            let text = text(&value)?;
            let agent = text.trim();
            let parser = Parser::new();
            let Some(found) =
                Some(agent).filter(|agent| agent.len() <= LONGEST).and_then(|agent| parser.parse(agent))
            else {
                return Ok(None);
            };
            let found = match part {
                "browser" => found.name,
                "browser_version" => found.version,
                "os" => found.os,
                "os_version" => &found.os_version,
                _ => found.category,
            };
            some_text(match found {
                UNKNOWN => String::new(),
                UNKNOWN_WINDOWS => "Windows".to_owned(),
                found => found.to_owned(),
            })
        })
    },
};

const CHROME: &str = r#""Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36""#;
