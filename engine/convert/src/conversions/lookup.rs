//! Looking values up in a table.

use crate::action::action;
use crate::definition::Definition;
use crate::error::{Refusal, quoted};
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::scalar;

pub(crate) static LOOKUP: Definition = Definition {
    name: "lookup",
    group: Group::Text,
    summary: "the table's entry for the value",
    doc: "A table is one of the version's `tables`, an inline map, or a setting. The setting is a map, or a list of rows with a column to search and a \
          column with results, of which the first matching row with a result is used. Use the row's `default` for values that are not in the table.",
    takes: Type::Scalar,
    gives: Type::Any,
    shape: Shape::Looked("table"),
    params: &[
        Param::required("table", ParamType::Table, "the table"),
        Param::optional(
            "from",
            ParamType::Text,
            "the column to search, if the table is a setting with rows; `from` by default",
        ),
        Param::optional(
            "to",
            ParamType::Text,
            "the column of the result, if the table is a setting with rows; `to` by default",
        ),
        Param::optional(
            "case",
            ParamType::Word(&["exact", "ignore"]),
            "whether upper and lower case are distinguished (the default) or not",
        ),
        Param::optional(
            "missing",
            ParamType::Word(&["omit", "keep", "fail"]),
            "a value that is not in the table becomes no value (the default), stays unchanged, or is an error",
        ),
    ],
    examples: &[
        Example::gives("lookup: gender", r#""f""#, r#""female""#),
        Example::gives("lookup: { table: gender, case: ignore }", r#""M""#, r#""male""#),
        Example::gives(r#"lookup: { table: { 1: one, "true": yes } }"#, "1", r#""one""#),
        Example::gives("lookup: settings.customMappings", r#""Signed Up""#, r#""def456""#),
        Example::nothing("lookup: settings.customMappings", r#""Page""#),
        Example::gives("lookup: { table: gender, missing: keep }", r#""x""#, r#""x""#),
        Example::fails(
            "lookup: { table: gender, missing: fail }",
            r#""x""#,
            r#"`"x"` is not in the table `gender`"#,
        ),
    ],
    build: |arguments| {
        let table = arguments.table("table");
        let ignore_case = arguments.word("case").map(|word| word == "ignore");
        let missing = arguments.word("missing");
        let (table, ignore_case, missing) = (table?, ignore_case?, missing?);
        action(move |value, notes| {
            let found = table.get(&scalar(&value)?, ignore_case, notes)?.filter(|found| !found.is_null());
            match (found, missing) {
                (Some(found), _) => Ok(Some(found)),
                (None, "keep") => Ok(Some(value)),
                (None, "omit") => Ok(None),
                (None, _) => {
                    Err(Refusal::NotInTable { found: quoted(&value), table: table.name().to_owned() }.into())
                }
            }
        })
    },
};
