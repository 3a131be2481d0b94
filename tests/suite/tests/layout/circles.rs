//! Which modules of a crate use each other.
//!
//! A module uses another one beside it if anything within the first names anything within the second. What a module says itself, outside of
//! the modules within it, counts as one more of those: it may use them, but then they may not use it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::modules::{Mention, Module};

/// What a module says itself, among the modules within it.
const OWN: &str = "itself";

/// Names that lead to names that lead to names: more of them go round.
const MOST_STEPS: usize = 32;

/// Modules that use each other.
pub struct Circle {
    /// The module in which they are, as in `crate::check`.
    pub within: String,
    pub modules: BTreeSet<String>,
    /// The uses that make it, a line each.
    pub uses: String,
}

/// From a module to one beside it: where that is said.
type Uses = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// All circles of a crate; files are named from `root`.
pub fn circles(modules: &[Module], root: &Path) -> Vec<Circle> {
    let names = Names::new(modules);
    let mut within: BTreeMap<Vec<String>, Uses> = BTreeMap::new();
    for (from, module) in modules.iter().enumerate() {
        for mention in &module.mentions {
            let Some(to) = names.module(from, &mention.path) else { continue };
            let (from, to) = (&module.path, &modules[to].path);
            let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
            let beside = |path: &[String]| path.get(common).map_or(OWN, String::as_str).to_owned();
            let (user, used) = (beside(from), beside(to));
            // showing what is within is no use of it
            if user != used && !(user == OWN && mention.shown_only) {
                let uses = within.entry(from[..common].to_vec()).or_default();
                uses.entry(user).or_default().entry(used).or_default().push(said(module, mention, root));
            }
        }
    }
    within.into_iter().flat_map(|(path, uses)| circles_of(&path, &uses)).collect()
}

fn said(module: &Module, mention: &Mention, root: &Path) -> String {
    let file = module.file.strip_prefix(root).unwrap_or(&module.file);
    format!("{}:{} `{}`", file.display(), mention.line, mention.path.join("::"))
}

/// The modules of one level that can be reached from each other.
fn circles_of(path: &[String], uses: &Uses) -> Vec<Circle> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|from| (from.as_str(), reached(from, uses))).collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let mut circles: Vec<Circle> = Vec::new();
    for &start in reached.keys().filter(|start| reaches(start, start)) {
        if circles.iter().any(|circle| circle.modules.contains(start)) {
            continue;
        }
        let both_ways = |other: &&&str| reaches(start, other) && reaches(other, start);
        let modules: BTreeSet<String> = reached.keys().filter(both_ways).map(ToString::to_string).collect();
        let mut text = String::new();
        for from in &modules {
            for (to, places) in uses[from].iter().filter(|(to, _)| modules.contains(*to)) {
                writeln!(text, "  {from} → {to}: {}", places[0]).unwrap();
            }
        }
        let within = std::iter::once("crate").chain(path.iter().map(String::as_str)).collect::<Vec<_>>();
        circles.push(Circle { within: within.join("::"), modules, uses: text });
    }
    circles
}

/// The modules that a module leads to, over any number of others.
fn reached<'a>(from: &str, uses: &'a Uses) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = uses[from].keys().map(String::as_str).collect();
    while let Some(module) = next.pop() {
        if found.insert(module) {
            next.extend(uses.get(module).into_iter().flat_map(BTreeMap::keys).map(String::as_str));
        }
    }
    found
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Named<'a> {
    Module(usize),
    /// Something of this name that this module defines.
    Item(usize, &'a str),
}

/// The names of a crate.
struct Names<'a> {
    modules: &'a [Module],
    /// For each type, as the module that defines it and its name: where its functions are.
    methods: BTreeMap<(usize, &'a str), BTreeMap<&'a str, usize>>,
}

impl<'a> Names<'a> {
    fn new(modules: &'a [Module]) -> Self {
        let mut names = Names { modules, methods: BTreeMap::new() };
        let mut methods: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (within, module) in modules.iter().enumerate() {
            for (path, name) in &module.methods {
                if let Some(Named::Item(module, of)) = names.find(within, path, 0) {
                    methods.entry((module, of)).or_default().insert(name.as_str(), within);
                }
            }
        }
        names.methods = methods;
        names
    }

    /// The module that a path leads to: itself, or the one that defines the item. None if it is of another crate.
    fn module(&self, from: usize, path: &'a [String]) -> Option<usize> {
        match self.find(from, path, 0)? {
            // a name alone may be that of a variable
            Named::Module(module) if path.len() > 1 || self.modules[from].has_import(path) => Some(module),
            Named::Module(_) => None,
            Named::Item(module, _) => Some(module),
        }
    }

    fn find(&self, from: usize, path: &'a [String], steps: usize) -> Option<Named<'a>> {
        let (first, rest) = path.split_first()?;
        let mut found = match first.as_str() {
            "crate" => Named::Module(0),
            "self" => Named::Module(from),
            "super" => Named::Module(self.modules[from].parent?),
            name => self.lookup(from, name, steps)?,
        };
        for name in rest {
            found = match (found, name.as_str()) {
                (Named::Module(module), "super") => Named::Module(self.modules[module].parent?),
                // what a macro makes is not seen; it is of this module
                (Named::Module(module), name) => {
                    self.lookup(module, name, steps).unwrap_or(Named::Item(module, name))
                }
                (Named::Item(module, of), name) => {
                    let method = self.methods.get(&(module, of)).and_then(|methods| methods.get(name));
                    return Some(Named::Item(*method.unwrap_or(&module), name));
                }
            };
        }
        Some(found)
    }

    /// What a name means within a module: its own modules and items, what it imports, what it opens.
    fn lookup(&self, within: usize, name: &'a str, steps: usize) -> Option<Named<'a>> {
        let module = &self.modules[within];
        if let Some(child) = module.children.get(name) {
            return Some(Named::Module(*child));
        }
        if module.items.contains(name) {
            return Some(Named::Item(within, name));
        }
        if steps == MOST_STEPS {
            return None;
        }
        let imports = module.imports.get(name).into_iter().flatten();
        let imported = imports.filter_map(|path| self.find(within, path, steps + 1)).next();
        imported.or_else(|| {
            module.globs.iter().find_map(|path| match self.find(within, path, steps + 1)? {
                Named::Module(opened) if opened != within => self.lookup(opened, name, steps + 1),
                _ => None,
            })
        })
    }
}
