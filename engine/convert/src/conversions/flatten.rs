//! `flatten`: nested objects become one.

use crate::action::made_of_members;
use crate::definition::Definition;
use crate::flatten::Flatten;
use crate::pass::Pass;
use crate::signature::{Example, Group, Param, ParamType, Type};

pub(crate) static FLATTEN: Definition = Definition {
    name: "flatten",
    group: Group::Objects,
    summary: "a flat object: the members of nested objects move up, under joined names",
    doc: "The items of a list are numbered, as in `tags[0]` and `items[0].price`. Empty objects and lists are omitted. If two members get the \
          same name, the later one with a value takes precedence, at the position of the first, with a warning if both have a value.",
    takes: Type::Object,
    gives: Type::Object,
    params: &[
        Param::required("separator", ParamType::Text, "the separator between two names"),
        Param::optional(
            "arrays",
            ParamType::Word(&["index", "keep", "json"]),
            "the items of lists are numbered (the default), lists stay unchanged, or become JSON text",
        ),
        Param::optional(
            "keep",
            ParamType::Shapes,
            "objects that have all the names of one of these lists are not flattened",
        ),
    ],
    examples: &[
        Example::gives(
            r#"flatten: "_""#,
            r#"{"plan": "pro", "address": {"city": "Bath", "geo": {"lat": 51.4}}, "none": {}}"#,
            r#"{"plan": "pro", "address_city": "Bath", "address_geo_lat": 51.4}"#,
        ),
        Example::gives(
            r#"flatten: ".""#,
            r#"{"tags": ["a", "b"], "items": [{"price": 1}, [2]]}"#,
            r#"{"tags[0]": "a", "tags[1]": "b", "items[0].price": 1, "items[1][0]": 2}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", arrays: json }"#,
            r#"{"tags": ["a"], "a": {"ids": [1, 2]}}"#,
            r#"{"tags": "[\"a\"]", "a.ids": "[1,2]"}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", keep: [[amount, currency]] }"#,
            r#"{"order": {"price": {"amount": 5, "currency": "eur"}, "id": 1}}"#,
            r#"{"order.price": {"amount": 5, "currency": "eur"}, "order.id": 1}"#,
        ),
        Example::gives(r#"flatten: "_""#, r#"{"a_b": 1, "a": {"b": null}}"#, r#"{"a_b": 1}"#),
        Example::warns(
            r#"flatten: "_""#,
            r#"{"a": {"b": 1}, "c": 2, "a_b": 3}"#,
            r#"{"a_b": 3, "c": 2}"#,
            &[(
                "value_dropped",
                "a value of `a_b` was dropped: two members have this name, and the later one takes precedence",
            )],
        ),
    ],
    build: |arguments| {
        let separator = arguments.text("separator");
        let arrays = arguments.word("arrays");
        let keep = arguments.shapes("keep");
        made_of_members(Pass::flatten(Flatten { separator: separator?, arrays: arrays?, keep: keep? }))
    },
};
