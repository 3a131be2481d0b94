//! Every name that a public crate exports has an example, and so has every function of the types among them: in the documentation of the
//! sources, or in a program of `engine/core/examples`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mapwright_tests::{rust_files, workspace};
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, ImplItem, Item, Type, UseTree, Visibility};

/// The crates that other programs use, by their folders.
const PUBLIC: [&str; 6] = ["core", "driver", "sandbox", "loopback", "json", "builtin"];

/// What a crate exports: the folder of the crate that defines it, and its names there and outside.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Export {
    origin: String,
    name: String,
    shown: String,
}

/// A public function: what it belongs to, if to a type, and whether it has a receiver.
struct Function {
    owner: Option<String>,
    name: String,
    is_method: bool,
}

impl Function {
    /// Whether examples call it, or name it as a value.
    fn is_in(&self, examples: &str) -> bool {
        let of_type = |owner: &String| {
            is_word(examples, &format!("{owner}::{}", self.name)) || self.is_called(examples)
        };
        self.owner.as_ref().map_or_else(|| is_word(examples, &self.name), of_type)
    }

    fn is_called(&self, examples: &str) -> bool {
        self.is_method
            && ["(", "::<"].iter().any(|after| examples.contains(&format!(".{}{after}", self.name)))
    }

    fn shown(&self) -> String {
        self.owner.iter().map(|owner| format!("{owner}::")).chain([self.name.clone()]).collect()
    }
}

/// Returns whether a string has a word, which is not a part of a longer one.
fn is_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// Returns what readers see of the examples in the documentation of all sources, and the programs.
fn examples() -> String {
    let mut text = String::new();
    for path in rust_files("engine") {
        let source = fs::read_to_string(workspace().join(&path)).unwrap();
        if path.starts_with("engine/core/examples/") {
            text += &source;
            continue;
        }
        let (mut inside, mut is_rust) = (false, false);
        for line in source.lines().map(str::trim_start) {
            let Some(doc) = line.strip_prefix("//!").or_else(|| line.strip_prefix("///")) else { continue };
            let doc = doc.trim_start();
            match doc.strip_prefix("```") {
                Some(kind) => (inside, is_rust) = (!inside, ["", "rust", "no_run"].contains(&kind.trim())),
                None if inside && is_rust && doc != "#" && !doc.starts_with("# ") => {
                    text += &format!("{doc}\n")
                }
                None => {}
            }
        }
    }
    text
}

/// Returns the items of a file.
fn parsed(path: &Path) -> Vec<Item> {
    let text = fs::read_to_string(path).unwrap();
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())).items
}

/// Adds what the root or a public module of a crate exports.
fn add_exports(origin: &str, items: &[Item], folder: &Path, exports: &mut BTreeSet<Export>) {
    for item in items {
        let (vis, name) = match item {
            Item::Use(item) if is_public(&item.vis) => {
                add_used(origin, &item.tree, exports);
                continue;
            }
            Item::Mod(item) if is_public(&item.vis) => {
                let inside = folder.join(item.ident.to_string());
                match &item.content {
                    Some((_, items)) => add_exports(origin, items, &inside, exports),
                    None => add_exports(origin, &parsed(&inside.with_extension("rs")), &inside, exports),
                }
                continue;
            }
            Item::Fn(item) => (&item.vis, &item.sig.ident),
            Item::Struct(item) => (&item.vis, &item.ident),
            Item::Enum(item) => (&item.vis, &item.ident),
            Item::Trait(item) => (&item.vis, &item.ident),
            Item::Const(item) => (&item.vis, &item.ident),
            Item::Type(item) => (&item.vis, &item.ident),
            _ => continue,
        };
        if is_public(vis) {
            add(origin, name.to_string(), name.to_string(), exports);
        }
    }
}

/// Adds the names of a `pub use`, whose path may begin with another crate of the engine.
fn add_used(origin: &str, tree: &UseTree, exports: &mut BTreeSet<Export>) {
    match tree {
        UseTree::Path(path) => {
            let first = path.ident.to_string();
            add_used(first.strip_prefix("mapwright_").unwrap_or(origin), &path.tree, exports);
        }
        UseTree::Name(name) => add(origin, name.ident.to_string(), name.ident.to_string(), exports),
        UseTree::Rename(name) => add(origin, name.ident.to_string(), name.rename.to_string(), exports),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_used(origin, tree, exports)),
        UseTree::Glob(_) => panic!("a crate names what it exports"),
    }
}

fn add(origin: &str, name: String, shown: String, exports: &mut BTreeSet<Export>) {
    exports.insert(Export { origin: origin.to_owned(), name, shown });
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

/// Returns what the public crates export.
fn exports() -> BTreeSet<Export> {
    let mut exports = BTreeSet::new();
    for origin in PUBLIC {
        let folder = workspace().join("engine").join(origin).join("src");
        add_exports(origin, &parsed(&folder.join("lib.rs")), &folder, &mut exports);
    }
    exports
}

/// The public functions of a crate: those of its types, and free ones.
#[derive(Default)]
struct Functions(Vec<Function>);

impl Visit<'_> for Functions {
    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        if is_public(&function.vis) {
            self.0.push(Function { owner: None, name: function.sig.ident.to_string(), is_method: false });
        }
    }

    fn visit_item_impl(&mut self, block: &syn::ItemImpl) {
        let Type::Path(path) = &*block.self_ty else { return };
        let (None, Some(owner)) = (&block.trait_, path.path.segments.last()) else { return };
        for item in &block.items {
            if let ImplItem::Fn(function) = item
                && is_public(&function.vis)
                && !is_hidden(&function.attrs)
            {
                self.0.push(Function {
                    owner: Some(owner.ident.to_string()),
                    name: function.sig.ident.to_string(),
                    is_method: matches!(function.sig.inputs.first(), Some(FnArg::Receiver(_))),
                });
            }
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|what| what.is_ident("test"))
    })
}

/// Returns whether an item is meant for the other crates of the engine, and left out of the documentation.
fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute.parse_args::<syn::Path>().is_ok_and(|what| what.is_ident("hidden"))
    })
}

/// Returns the public functions that a crate defines.
fn functions(origin: &str) -> Vec<Function> {
    let mut functions = Functions::default();
    for path in rust_files(&format!("engine/{origin}/src")) {
        let items = parsed(&workspace().join(path));
        items.iter().for_each(|item| functions.visit_item(item));
    }
    functions.0
}

#[test]
fn every_exported_name_has_an_example() {
    let (examples, exports) = (examples(), exports());
    assert!(exports.len() > 100, "{}", exports.len());
    let missing: Vec<String> = exports
        .iter()
        .filter(|export| !is_word(&examples, &export.shown))
        .map(|export| format!("{}: {}", export.origin, export.shown))
        .collect();
    assert!(missing.is_empty(), "no example shows {missing:#?}");
}

#[test]
fn every_exported_function_has_an_example() {
    let (examples, exports) = (examples(), exports());
    let origins: BTreeSet<&str> = exports.iter().map(|export| export.origin.as_str()).collect();
    let (mut seen, mut missing) = (0, Vec::new());
    for origin in origins {
        let names: BTreeSet<&str> = exports
            .iter()
            .filter(|export| export.origin == origin)
            .map(|export| export.name.as_str())
            .collect();
        for function in functions(origin) {
            let owner = function.owner.as_ref().unwrap_or(&function.name);
            if names.contains(owner.as_str()) {
                seen += 1;
                if !function.is_in(&examples) {
                    missing.push(format!("{origin}: {}", function.shown()));
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
    assert!(missing.is_empty(), "{} of {seen} functions are in no example: {missing:#?}", missing.len());
}
