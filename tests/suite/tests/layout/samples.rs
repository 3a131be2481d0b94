//! Small crates, to see that circles are found, and nothing else.

use std::path::Path;

use crate::circles::circles;
use crate::modules::read;

/// The circles of a crate of these files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let text = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new("src").join(name) == path);
        file.map(|(_, text)| (*text).to_owned())
    };
    circles(&read(Path::new("src/lib.rs"), &text), Path::new("src"))
        .into_iter()
        .map(|circle| {
            let modules: Vec<String> = circle.modules.into_iter().collect();
            format!("{} of {}", modules.join(", "), circle.within)
        })
        .collect()
}

/// A crate whose module `b` is as it should be, and its `a` has this text.
fn with_a(a: &str) -> Vec<String> {
    let b = "//! B\nuse crate::a::A;\npub struct B(A);\nimpl B { pub fn new() {} }\npub mod inner { pub struct C; }";
    found(&[
        (
            "lib.rs",
            "mod a; mod b; mod c { pub struct D; } pub use b::B; pub use b::B as Renamed; macro_rules! m { () => {} }",
        ),
        ("a.rs", &format!("pub struct A;\n{a}")),
        ("b.rs", b),
    ])
}

#[test]
fn every_way_of_naming_a_module_counts() {
    for a in [
        "use crate::b;",
        "use crate::b::B;",
        "use crate::{c::D, b::{inner::C}};",
        "use crate::b::*;",
        "use super::b::B;",
        "use super::{c, b as other};",
        "use self::super::b::B;",
        // what the root shows is where it is defined
        "use crate::B;",
        "use crate::Renamed;",
        "use super::*; fn f(_: B) {}",
        "fn f(_: crate::b::B) {}",
        "fn f() { crate::b::B::new() }",
        "fn f() { use crate::b::B; }",
        "use super as root; fn f(_: root::b::B) {}",
        "fn f() { println!(\"{}\", crate::b::B::new()) }",
        "#[derive(Debug)] #[command(help = super::b::help())] struct S;",
        "mod deep { mod deeper { use crate::b::B; } }",
        "mod deep { use super::super::b::B; }",
        "pub use crate::b::B;",
        "impl From<crate::b::B> for A { fn from(_: crate::b::B) -> A { A } }",
    ] {
        assert_eq!(with_a(a), ["a, b of crate"], "{a}");
    }
}

#[test]
fn what_names_no_other_module_does_not_count() {
    for a in [
        "",
        "use std::b::B;",
        "use ::b::B;",
        "use crate::c::D;",
        "fn f(b: u8) -> u8 { b }",
        "fn f(x: X) { x.b(); }",
        "fn f() { println!(\"crate::b::B\") }",
        "// crate::b::B\n/// [`crate::b::B`]\nfn f() {}",
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(test)] use crate::b::B;",
        "pub(super) fn f() {}",
        "mod b { pub struct B; } use self::b::B;",
    ] {
        assert_eq!(with_a(a), [""; 0], "{a}");
    }
}

#[test]
fn circles_have_any_length_and_depth() {
    let uses = |other: &str| format!("use super::{other}::Item as Other; pub struct Item(Other);");
    let files = [
        ("lib.rs", "mod outer;"),
        ("outer/mod.rs", "mod a; mod b; mod c; mod d;"),
        ("outer/a.rs", &uses("b")),
        ("outer/b.rs", &uses("c")),
        ("outer/c.rs", &uses("a")),
        ("outer/d.rs", &uses("a")),
    ];
    assert_eq!(found(&files), ["a, b, c of crate::outer"]);
}

#[test]
fn a_module_may_use_what_is_within_it_unless_that_uses_it() {
    let of = |own: &str, inner: &str| {
        found(&[
            ("lib.rs", "mod a;"),
            ("a.rs", &format!("mod inner; pub struct A; {own}")),
            ("a/inner.rs", inner),
        ])
    };
    assert_eq!(of("use inner::I; struct S(I);", "pub struct I;"), [""; 0]);
    assert_eq!(of("pub use inner::I;", "use super::A; pub struct I(A);"), [""; 0]);
    assert_eq!(of("struct S(inner::I);", "use super::A; pub struct I(A);"), ["inner, itself of crate::a"]);
}

#[test]
fn methods_count_where_they_are_defined() {
    let files = |a: &'static str| {
        found(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", a),
            ("b.rs", "use crate::a::A; impl A { pub fn more(&self) {} }"),
        ])
    };
    assert_eq!(files("pub struct A; impl A { fn f(&self) { self.more() } }"), ["a, b of crate"]);
    assert_eq!(files("pub struct A; impl A { fn f(&self) { Self::more(self) } }"), ["a, b of crate"]);
    assert_eq!(files("pub struct A; impl A { fn f(&self) { self.less() } }"), [""; 0]);
}

#[test]
fn types_are_structs_enums_unions_traits_and_aliases() {
    let text =
        "struct A; enum B {} trait C { type Inner; } type D = A; union E { a: u8 } fn f() { struct G; }
        impl C for A { type Inner = B; }
        const H: A = A; #[cfg(unix)] struct I; #[cfg(test)] mod tests { struct J; } mod inner { struct K; }";
    let modules = read(Path::new("src/lib.rs"), &|_| Some(text.to_owned()));
    let types = modules.iter().flat_map(|module| &module.types);
    let names: Vec<&str> = types.map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C", "D", "E", "G", "K"]);
}
