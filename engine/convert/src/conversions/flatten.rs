//! `flatten`: nested objects become one.

use crate::action::action_on_members;
use crate::definition::Definition;
use crate::flatten::{Arrays, Flatten, Order};
use crate::pass::Pass;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};

pub(crate) static FLATTEN: Definition = Definition {
    name: "flatten",
    group: Group::Objects,
    summary: "a flat object: the members of nested objects move up, under joined names",
    doc: "The items of a list are numbered, as in `tags[0]` and `items[0].price`. Empty objects and lists are omitted. A list that is joined \
          has no null and no empty strings; one that contains lists or objects is numbered instead. If two members get the \
          same name, the later one with a value takes precedence, at the position of the first, with a warning if both have a value.",
    takes: Type::Object,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[
        Param::required("separator", ParamType::Text, "the separator between two names"),
        Param::optional(
            "arrays",
            ParamType::Word(&["index", "keep", "json", "join", "objects"]),
            "the items of lists are numbered (the default), lists stay unchanged, become JSON text, or are joined to one string; or only the items of lists of \
             objects are numbered, and other lists stay unchanged",
        ),
        Param::optional(
            "with",
            ParamType::Text,
            "with `arrays: join`, the separator between items; `,` by default",
        ),
        Param::optional(
            "keep",
            ParamType::Shapes,
            "objects that have all the names of one of these lists are not flattened",
        ),
        Param::optional(
            "order",
            ParamType::Word(&["given", "flat_first"]),
            "members stay in their order (the default), or those that are flat already come before what nested ones contain: for APIs that take a \
             number of names and drop the rest",
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
            r#"flatten: { separator: "_", arrays: join, with: "; " }"#,
            r#"{"a": {"tags": ["new", null, 2]}, "items": [{"price": 1}], "none": [""]}"#,
            r#"{"a_tags": "new; 2", "items[0]_price": 1}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", arrays: objects }"#,
            r#"{"tags": ["new", "paid"], "items": [{"price": 1}, {"price": 2}]}"#,
            r#"{"tags": ["new", "paid"], "items[0].price": 1, "items[1].price": 2}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", keep: [[amount, currency]] }"#,
            r#"{"order": {"price": {"amount": 5, "currency": "eur"}, "id": 1}}"#,
            r#"{"order.price": {"amount": 5, "currency": "eur"}, "order.id": 1}"#,
        ),
        Example::gives(
            r#"flatten: { separator: ".", order: flat_first }"#,
            r#"{"order": {"id": 1}, "total": 5, "tags": ["a"], "currency": "eur"}"#,
            r#"{"total": 5, "currency": "eur", "order.id": 1, "tags[0]": "a"}"#,
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
        let order = if arguments.word("order")? == "flat_first" { Order::FlatFirst } else { Order::Given };
        let with = arguments.text_or("with", ",");
        if arguments.given("with") && arrays? != "join" {
            return arguments.bad("with", "`arrays: join` beside it");
        }
        let arrays = match arrays? {
            "keep" => Arrays::Keep,
            "json" => Arrays::Json,
            "join" => Arrays::Join(with?),
            "objects" => Arrays::Objects,
            _ => Arrays::Index,
        };
        action_on_members(Pass::flatten(Flatten { separator: separator?, arrays, keep: keep?, order }))
    },
};
