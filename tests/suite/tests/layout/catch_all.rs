//! No `match` over the forms of a row, classes of responses or encodings has an arm for whatever else there is: a new one does not compile until
//! each has decided.

use syn::spanned::Spanned as _;
use syn::visit::{Visit, visit_expr_match};
use syn::{ExprMatch, Ident, Pat, Path};

use crate::sources;

/// The enums whose variants every place decides: the forms of a row (as it is written, and as it is evaluated), classes of responses, encodings of bodies.
const DECIDED: [&str; 3] = ["Form", "Class", "Encoding"];

/// The lines of the catch-alls of a source.
#[derive(Default)]
struct CatchAlls(Vec<usize>);

impl<'a> Visit<'a> for CatchAlls {
    fn visit_expr_match(&mut self, found: &'a ExprMatch) {
        let named: Vec<&Pat> =
            found.arms.iter().map(|arm| &arm.pat).filter(|arm| names_variant(arm)).collect();
        let caught =
            found.arms.iter().filter(|arm| named.iter().any(|named| catches_others(named, &arm.pat)));
        self.0.extend(caught.map(|arm| arm.span().start().line));
        visit_expr_match(self, found);
    }
}

/// What a pattern is made of.
enum Parts<'p> {
    /// Such a variant.
    Variant,
    /// The name of another variant or a struct, if it is one, and the patterns in it.
    Inside(Option<&'p Ident>, Vec<&'p Pat>),
    /// One of these.
    Alternatives(Vec<&'p Pat>),
    /// Whatever there is.
    Anything,
    Other,
}

fn parts(pattern: &Pat) -> Parts<'_> {
    let is_variant = |path: &Path| {
        let name = path.segments.iter().rev().nth(1);
        name.is_some_and(|segment| DECIDED.iter().any(|name| segment.ident == name))
    };
    match pattern {
        Pat::Path(pattern) if is_variant(&pattern.path) => Parts::Variant,
        Pat::Struct(pattern) if is_variant(&pattern.path) => Parts::Variant,
        Pat::TupleStruct(pattern) if is_variant(&pattern.path) => Parts::Variant,
        Pat::Struct(pattern) => {
            Parts::Inside(last(&pattern.path), pattern.fields.iter().map(|field| &*field.pat).collect())
        }
        Pat::TupleStruct(pattern) => Parts::Inside(last(&pattern.path), pattern.elems.iter().collect()),
        Pat::Tuple(pattern) => Parts::Inside(None, pattern.elems.iter().collect()),
        Pat::Slice(pattern) => Parts::Inside(None, pattern.elems.iter().collect()),
        Pat::Ident(pattern) => match &pattern.subpat {
            Some((_, inner)) => parts(inner),
            // a variant such as `None`, or a constant
            None if pattern.ident.to_string().starts_with(char::is_uppercase) => Parts::Other,
            None => Parts::Anything,
        },
        Pat::Wild(_) => Parts::Anything,
        Pat::Or(pattern) => Parts::Alternatives(pattern.cases.iter().collect()),
        Pat::Paren(pattern) => parts(&pattern.pat),
        Pat::Reference(pattern) => parts(&pattern.pat),
        _ => Parts::Other,
    }
}

fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}

/// A pattern without the condition after it.
fn unguarded(pattern: &Pat) -> &Pat {
    if let Pat::Guard(guarded) = pattern { &guarded.pat } else { pattern }
}

/// Whether a pattern has such a variant, at whatever depth.
fn names_variant(pattern: &Pat) -> bool {
    match parts(unguarded(pattern)) {
        Parts::Variant => true,
        Parts::Inside(_, inside) | Parts::Alternatives(inside) => inside.into_iter().any(names_variant),
        Parts::Anything | Parts::Other => false,
    }
}

/// Whether a pattern takes all other variants where another one names one.
fn catches_others(named: &Pat, pattern: &Pat) -> bool {
    match (parts(unguarded(named)), parts(pattern)) {
        (_, Parts::Anything) => names_variant(named),
        (_, Parts::Alternatives(all)) => all.into_iter().any(|pattern| catches_others(named, pattern)),
        (Parts::Alternatives(all), _) => all.into_iter().any(|named| catches_others(named, pattern)),
        (Parts::Inside(name, named), Parts::Inside(same, inside)) if name == same => {
            let are_open = |at: usize| {
                let mut others = inside.iter().enumerate().filter(|(other, _)| *other != at);
                others.all(|(_, pattern)| matches!(parts(pattern), Parts::Anything))
            };
            let mut pairs = named.iter().zip(&inside).enumerate();
            pairs.any(|(at, (named, pattern))| catches_others(named, pattern) && are_open(at))
        }
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
        (
            "match (form, role) {\n    (Form::Value(_), _) => 1,\n    (_, Role::Key) => 2,\n    _ => 3,\n}",
            vec![5],
        ),
        ("match (form, role) {\n    (Form::Value(_), _) => 1,\n    (other, _) => 2,\n}", vec![4]),
        ("match rows.last() {\n    Some(Form::List(_)) if late => 1,\n    Some(_) | None => 2,\n}", vec![4]),
        ("match rows.last() {\n    Some(Form::List(_)) => 1,\n    None => 2,\n}", vec![]),
        ("match &row {\n    &(Form::List(_) | Form::Value(_)) => 1,\n    &_ => 2,\n}", vec![4]),
        ("match (a, b) {\n    (Form::List(_), Some(1)) => 1,\n    (Form::List(_), _) => 2,\n}", vec![]),
        ("match kind {\n    Kind::Text => Form::Value(text),\n    _ => Form::List(list),\n}", vec![]),
    ] {
        assert_eq!(catch_alls(&format!("fn f() {{\n{source}\n}}")), lines, "{source}");
    }
}
