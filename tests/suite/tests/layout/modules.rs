//! The modules of a crate, and the paths that each of them writes, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A module, as its own text says; the modules within it are modules of their own.
#[derive(Default)]
pub struct Module {
    /// From the root of the crate, which is empty.
    pub path: Vec<String>,
    pub file: PathBuf,
    pub parent: Option<usize>,
    pub children: BTreeMap<String, usize>,
    /// Types, functions, constants, traits and macros.
    pub items: BTreeSet<String>,
    /// The structs, enums, unions, traits and aliases among them, each with its line; not those with `cfg`, which are alternatives.
    pub types: Vec<(String, usize)>,
    /// What `use` brings into scope, by its name there.
    pub imports: BTreeMap<String, Vec<Vec<String>>>,
    /// What `use …::*` opens.
    pub globs: Vec<Vec<String>>,
    pub mentions: Vec<Mention>,
    /// Functions in `impl Type` blocks, each as the path of its type and its name.
    pub methods: Vec<(Vec<String>, String)>,
}

impl Module {
    pub fn has_import(&self, path: &[String]) -> bool {
        self.imports.values().flatten().any(|import| import == path)
    }
}

/// A path somewhere in a module.
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
    /// `pub use`: the module shows a name and does not need it itself.
    pub shown_only: bool,
}

/// All modules of the crate (a library, a program, a test) that starts in this file; the first is its root. `text` has the files.
pub fn read(root: &Path, text: &dyn Fn(&Path) -> Option<String>) -> Vec<Module> {
    let modules = vec![Module { file: root.to_owned(), ..Module::default() }];
    let mut reader = Reader { text, modules, module: 0, this: Vec::new() };
    reader.file(root, root.parent().unwrap());
    reader.modules
}

struct Reader<'a> {
    text: &'a dyn Fn(&Path) -> Option<String>,
    modules: Vec<Module>,
    /// The module that is being read.
    module: usize,
    /// The type that `Self` stands for.
    this: Vec<String>,
}

impl Reader<'_> {
    /// Reads the file of the current module, whose modules lie in `folder`.
    fn file(&mut self, file: &Path, folder: &Path) {
        let text = (self.text)(file).unwrap_or_else(|| panic!("{} is not there", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.items(&parsed.items, folder);
    }

    fn items(&mut self, items: &[Item], folder: &Path) {
        for item in items {
            match item {
                Item::Mod(child) if !is_test(&child.attrs) => self.child(child, folder),
                item => self.visit_item(item),
            }
        }
    }

    fn child(&mut self, child: &syn::ItemMod, folder: &Path) {
        let name = child.ident.to_string();
        let (parent, module) = (self.module, self.modules.len());
        let around = &self.modules[parent];
        let file = match &child.content {
            Some(_) => around.file.clone(),
            None => self.file_of(child, &around.file, folder),
        };
        let path = around.path.iter().cloned().chain([name.clone()]).collect();
        self.modules.push(Module { path, file: file.clone(), parent: Some(parent), ..Module::default() });
        self.modules[parent].children.insert(name.clone(), module);
        self.module = module;
        match &child.content {
            Some((_, items)) => self.items(items, &folder.join(name)),
            None => self.file(&file, &folder.join(name)),
        }
        self.module = parent;
    }

    /// Where the text of `mod name;` is.
    fn file_of(&self, module: &syn::ItemMod, parent: &Path, folder: &Path) -> PathBuf {
        for attribute in &module.attrs {
            if let syn::Meta::NameValue(pair) = &attribute.meta
                && pair.path.is_ident("path")
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value
            {
                return parent.parent().unwrap().join(path.value());
            }
        }
        let file = folder.join(format!("{}.rs", module.ident));
        if (self.text)(&file).is_some() { file } else { folder.join(module.ident.to_string()).join("mod.rs") }
    }

    fn mention(&mut self, mut path: Vec<String>, at: &Ident, shown_only: bool) {
        if path.first().is_some_and(|first| first == "Self") {
            path.splice(..1, self.this.iter().cloned());
        }
        let line = at.span().start().line;
        self.modules[self.module].mentions.push(Mention { path, line, shown_only });
    }

    fn import(&mut self, tree: &UseTree, prefix: &[String], is_public: bool) {
        let with = |name: &Ident| {
            let mut path = prefix.to_vec();
            // `{self}` is the module before it
            if name != "self" || path.is_empty() {
                path.push(name.to_string());
            }
            path
        };
        let (name, path, at) = match tree {
            UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), is_public),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, prefix, is_public));
            }
            UseTree::Glob(glob) => {
                let at = Ident::new("glob", glob.star_token.spans[0]);
                self.modules[self.module].globs.push(prefix.to_vec());
                return self.mention(prefix.to_vec(), &at, is_public);
            }
            UseTree::Name(name) => {
                let path = with(&name.ident);
                (path.last().unwrap().clone(), path, &name.ident)
            }
            UseTree::Rename(name) => (name.rename.to_string(), with(&name.ident), &name.ident),
        };
        self.modules[self.module].imports.entry(name).or_default().push(path.clone());
        self.mention(path, at, is_public);
    }

    /// The paths in the text of a macro call or of an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        // before the first token there is nothing that a name could belong to
        let mut before = String::new();
        for token in tokens {
            match token {
                TokenTree::Ident(name) if before.ends_with("::") && !path.is_empty() => path.push(name),
                TokenTree::Ident(name) => {
                    self.flush(&mut path);
                    // what follows a dot is a field or a method
                    if !before.ends_with('.') || before.ends_with("..") {
                        path.push(name);
                    }
                    before.clear();
                }
                TokenTree::Punct(sign) => {
                    before.push(sign.as_char());
                    continue;
                }
                TokenTree::Group(group) => {
                    self.flush(&mut path);
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => self.flush(&mut path),
            }
            before.clear();
        }
        self.flush(&mut path);
    }

    fn flush(&mut self, path: &mut Vec<Ident>) {
        if let Some(first) = path.first() {
            let names = path.iter().map(ToString::to_string).collect();
            self.mention(names, &first.clone(), false);
            path.clear();
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (name, attributes) = match item {
            Item::Const(item) => (Some(&item.ident), &item.attrs),
            Item::Enum(item) => (Some(&item.ident), &item.attrs),
            Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
            Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
            Item::Static(item) => (Some(&item.ident), &item.attrs),
            Item::Struct(item) => (Some(&item.ident), &item.attrs),
            Item::Trait(item) => (Some(&item.ident), &item.attrs),
            Item::Type(item) => (Some(&item.ident), &item.attrs),
            Item::Union(item) => (Some(&item.ident), &item.attrs),
            Item::Impl(item) => (None, &item.attrs),
            Item::Use(item) => (None, &item.attrs),
            Item::Mod(item) => (None, &item.attrs),
            _ => return visit::visit_item(self, item),
        };
        // tests within the sources may look at everything around them, and nothing is built on them
        if !is_test(attributes) {
            let module = &mut self.modules[self.module];
            module.items.extend(name.map(ToString::to_string));
            if is_type(item) && !attributes.iter().any(|attribute| attribute.path().is_ident("cfg")) {
                module.types.extend(name.map(|name| (name.to_string(), name.span().start().line)));
            }
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.mention(names(path), &path.segments[0].ident, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let path = match &*item.self_ty {
            syn::Type::Path(path) => names(&path.path),
            _ => Vec::new(),
        };
        if item.trait_.is_none() {
            for function in &item.items {
                if let syn::ImplItem::Fn(function) = function {
                    self.modules[self.module].methods.push((path.clone(), function.sig.ident.to_string()));
                }
            }
        }
        let outer = std::mem::replace(&mut self.this, path);
        visit::visit_item_impl(self, item);
        self.this = outer;
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let syn::Expr::Path(receiver) = &*call.receiver
            && receiver.path.is_ident("self")
        {
            self.mention(vec!["Self".to_owned(), call.method.to_string()], &call.method, false);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    // `pub(super)` uses nothing
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn names(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn is_type(item: &Item) -> bool {
    matches!(item, Item::Struct(_) | Item::Enum(_) | Item::Union(_) | Item::Trait(_) | Item::Type(_))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}
