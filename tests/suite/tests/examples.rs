//! Every name that a public crate exports has an example, and so has every function of the types among them: in the documentation of the
//! sources, or in a program of `engine/core/examples`. Every exported type can grow, or says why it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mapwright_tests::{rust_files, workspace};
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, ImplItem, Item, Type, UseTree, Visibility};

/// The crates that other programs use, by their folders.
const PUBLIC: [&str; 6] = ["core", "driver", "sandbox", "loopback", "json", "builtin"];

/// Methods that the types of the standard library have.
const STD: [&str; 12] =
    ["first", "get", "insert", "is_empty", "iter", "join", "last", "len", "path", "remove", "take", "zip"];

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
    /// Whether another type of the engine has one of the name, or many of the standard library do.
    is_shared: bool,
}

impl Function {
    /// Whether examples call it, or name it as a value.
    fn is_in(&self, examples: &[Examples]) -> bool {
        examples.iter().any(|examples| match &self.owner {
            None => is_word(&examples.text, &self.name),
            Some(owner) => {
                is_word(&examples.text, &format!("{owner}::{}", self.name)) || self.is_called(owner, examples)
            }
        })
    }

    /// Whether a method of its name is called. Of a name that methods of other types have, too, on a variable that is called as the type is, or in a
    /// file that names the type.
    fn is_called(&self, owner: &str, examples: &Examples) -> bool {
        let last = owner.rfind(char::is_uppercase).and_then(|at| owner.get(at..)).unwrap_or(owner);
        let variable = last.to_lowercase();
        let calls = |before: &str| {
            ["(", "::<"].iter().any(|after| examples.text.contains(&format!("{before}.{}{after}", self.name)))
        };
        self.is_method
            && (calls(&variable) || calls("") && (!self.is_shared || is_word(&examples.file, owner)))
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

/// The examples of a file.
struct Examples {
    file: String,
    /// What readers see of them.
    text: String,
}

/// Returns the examples in the documentation of all sources, and the programs.
fn examples() -> Vec<Examples> {
    let mut all = Vec::new();
    for path in rust_files("engine") {
        let source = fs::read_to_string(workspace().join(&path)).unwrap();
        if path.starts_with("engine/core/examples/") {
            all.push(Examples { text: source.clone(), file: source });
            continue;
        }
        let mut text = String::new();
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
        all.push(Examples { file: source, text });
    }
    all
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
            self.0.push(Function {
                owner: None,
                name: function.sig.ident.to_string(),
                is_method: false,
                is_shared: false,
            });
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
                    is_shared: false,
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
        .filter(|export| !examples.iter().any(|examples| is_word(&examples.text, &export.shown)))
        .map(|export| format!("{}: {}", export.origin, export.shown))
        .collect();
    assert!(missing.is_empty(), "no example shows {missing:#?}");
}

#[test]
fn every_exported_function_has_an_example() {
    let (examples, exports) = (examples(), exports());
    let origins: BTreeSet<&str> = exports.iter().map(|export| export.origin.as_str()).collect();
    let (mut seen, mut missing) = (0, Vec::new());
    let mut all: BTreeMap<&str, Vec<Function>> =
        origins.into_iter().map(|origin| (origin, functions(origin))).collect();
    let mut named: BTreeMap<String, usize> = STD.map(|name| (name.to_owned(), 1)).into();
    for function in all.values().flatten() {
        *named.entry(function.name.clone()).or_default() += 1;
    }
    for function in all.values_mut().flatten() {
        function.is_shared = named[&function.name] > 1;
    }
    for (origin, functions) in all {
        let names: BTreeSet<&str> = exports
            .iter()
            .filter(|export| export.origin == origin)
            .map(|export| export.name.as_str())
            .collect();
        for function in functions {
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

/// The public types of a crate that other crates can take apart, and that do not say why.
#[derive(Default)]
struct Closed(Vec<String>);

impl Closed {
    fn look(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        let is_open = attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
        if !is_open && !documentation(attributes).contains("It is exhaustive") {
            self.0.push(name.to_string());
        }
    }
}

impl Visit<'_> for Closed {
    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_enum(&mut self, item: &syn::ItemEnum) {
        if is_public(&item.vis) {
            self.look(&item.ident, &item.attrs);
        }
    }

    fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
        // one with a private field cannot be taken apart
        let is_bare = !item.fields.is_empty() && item.fields.iter().all(|field| is_public(&field.vis));
        if is_public(&item.vis) && is_bare {
            self.look(&item.ident, &item.attrs);
        }
    }
}

/// The text of a documentation.
fn documentation(attributes: &[Attribute]) -> String {
    let docs = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines = docs.filter_map(|doc| match &doc.meta {
        syn::Meta::NameValue(syn::MetaNameValue { value: syn::Expr::Lit(text), .. }) => match &text.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_exported_type_can_grow_or_says_why_it_does_not() {
    let exports = exports();
    let origins: BTreeSet<&str> = exports.iter().map(|export| export.origin.as_str()).collect();
    let mut closed = Vec::new();
    for origin in origins {
        let mut found = Closed::default();
        for path in rust_files(&format!("engine/{origin}/src")) {
            parsed(&workspace().join(path)).iter().for_each(|item| found.visit_item(item));
        }
        let is_exported =
            |name: &String| exports.iter().any(|export| export.origin == origin && export.name == *name);
        closed.extend(found.0.into_iter().filter(is_exported).map(|name| format!("{origin}: {name}")));
    }
    assert!(
        closed.is_empty(),
        "add `#[non_exhaustive]` and a constructor, or say in the documentation why the type does not grow (`It is exhaustive`): {closed:#?}"
    );
}
