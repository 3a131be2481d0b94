//! No `match` over the forms of a row, classes of responses or encodings has an arm for whatever else there is: a new one does not compile until
//! each has decided.

use syn::spanned::Spanned as _;
use syn::visit::{Visit, visit_expr_match};
use syn::{Arm, ExprMatch, Pat};

use crate::sources;

/// The enums whose variants every place decides: the forms of a row (as it is written, and as it is evaluated), classes of responses, encodings of bodies.
const DECIDED: [&str; 3] = ["Form", "Class", "Encoding"];

/// The lines of the catch-alls of a source.
#[derive(Default)]
struct CatchAlls(Vec<usize>);

impl<'a> Visit<'a> for CatchAlls {
    fn visit_expr_match(&mut self, found: &'a ExprMatch) {
        if found.arms.iter().any(|arm| names_variant(&arm.pat)) {
            let caught = found.arms.iter().filter(|arm| catches_all(arm));
            self.0.extend(caught.map(|arm| arm.span().start().line));
        }
        visit_expr_match(self, found);
    }
}

/// Whether a pattern has such a variant at its top.
fn names_variant(pattern: &Pat) -> bool {
    let path = match pattern {
        Pat::Path(pattern) => &pattern.path,
        Pat::Struct(pattern) => &pattern.path,
        Pat::TupleStruct(pattern) => &pattern.path,
        Pat::Ident(pattern) => {
            return pattern.subpat.as_ref().is_some_and(|(_, inner)| names_variant(inner));
        }
        Pat::Or(pattern) => return pattern.cases.iter().any(names_variant),
        Pat::Paren(pattern) => return names_variant(&pattern.pat),
        Pat::Guard(pattern) => return names_variant(&pattern.pat),
        Pat::Reference(pattern) => return names_variant(&pattern.pat),
        _ => return false,
    };
    path.segments.iter().rev().nth(1).is_some_and(|segment| DECIDED.iter().any(|name| segment.ident == name))
}

fn catches_all(arm: &Arm) -> bool {
    match &arm.pat {
        Pat::Wild(_) => true,
        Pat::Ident(pattern) => pattern.subpat.is_none(),
        _ => false,
    }
}

fn catch_alls(source: &str) -> Vec<usize> {
    let mut found = CatchAlls::default();
    found.visit_file(&syn::parse_file(source).unwrap());
    found.0
}

#[test]
fn every_form_class_and_encoding_is_decided() {
    let engine = sources().filter(|(path, _)| path.starts_with("engine/"));
    let found: Vec<String> = engine
        .flat_map(|(path, text)| {
            catch_alls(&text).into_iter().map(|line| format!("{path}:{line}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(
        found.is_empty(),
        "arms for all other variants; name these, or ask for one with `if let` or `matches!`: {found:#?}"
    );
}

#[test]
fn catch_alls_are_found() {
    for (source, lines) in [
        ("match form {\n    Form::Value(_) => 1,\n    _ => 2,\n}", vec![4]),
        (
            "match form {\n    spec::Form::Each { .. } | spec::Form::List(_) => 1,\n    other => 2,\n}",
            vec![4],
        ),
        ("match form {\n    Form::Value(_) if late => 1,\n    _ => 2,\n}", vec![4]),
        ("match form {\n    _ if late => 1,\n    known @ Form::Value(_) => 2,\n}", vec![]),
        (
            "match form {\n    Form::Value(_) => match text { \"a\" => 1, _ => 2 },\n    Form::List(_) => 3,\n}",
            vec![],
        ),
        ("match kind {\n    Kind::Text => Form::Value(text),\n    _ => Form::List(list),\n}", vec![]),
    ] {
        assert_eq!(catch_alls(&format!("fn f() {{\n{source}\n}}")), lines, "{source}");
    }
}
