//! Conditions as a tree over variables: names, and whatever is not looked into.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use mapwright_convert::{Matcher, PathStep};
use mapwright_language::spec::{Comparison, Expr, Expression, Filter, Name, SettingType, Test};
use serde_json::Value;

use crate::known::domain::Knows;
use crate::values::{Known, ValueSet, Work};

/// A condition, ready to be decided.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    /// The tree.
    pub tree: Tree,
    /// Its variables, by what they stand for.
    pub variables: BTreeMap<String, Variable>,
    /// What may be tried to decide the conditions of its version.
    pub work: Rc<Work>,
}

/// A node of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    /// A value; nothing is a missing one.
    Const(Option<Constant>),
    /// A variable, by what it stands for.
    Variable(String),
    /// `not a`.
    Not(Box<Tree>),
    /// `a and b`.
    And(Box<Tree>, Box<Tree>),
    /// `a or b`.
    Or(Box<Tree>, Box<Tree>),
    /// `a == b`, `a < b` and so on, of values that can be looked into.
    Compare(Box<Tree>, Comparison, Box<Tree>),
    /// `a in [b, c]`.
    In(Box<Tree>, Vec<Tree>),
    /// The same, where all items are known.
    Among(Box<Tree>, Arc<ValueSet>),
    /// `a is test`.
    Is(Box<Tree>, Test),
    /// `a is matching(pattern)`, where all values of `a` are known.
    Found(Box<Tree>, Matcher),
    /// `a if test else b`.
    If(Box<Tree>, Box<Tree>, Box<Tree>),
}

/// A value that is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    /// One that the condition states.
    Own(Value),
    /// The only one of a name, which others share.
    Only(Arc<ValueSet>),
}

/// The comparisons of a variable in a condition, and the facts about its values.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// What is known of its values.
    pub known: Known,
    /// Whether more counts than whether it holds.
    pub compared: bool,
    /// Whether its kind counts, or it is compared with another variable.
    pub kinds: bool,
    /// Whether only `true` and `false` are distinguished.
    pub boolean: bool,
    /// The constants that it is compared with.
    pub constants: Vec<Constant>,
    /// The lists that it is looked for in.
    pub sets: Vec<Arc<ValueSet>>,
    /// The numbers that it is put in order with.
    pub ordered: bool,
}

/// A comparison, or a membership, of a condition.
#[derive(Debug)]
pub(crate) struct Atom {
    /// It alone.
    pub condition: Compiled,
    /// It, as it is written.
    pub whole: Expr,
    /// The operands.
    pub left: Expr,
    /// The other one.
    pub right: Expr,
    /// The operator.
    pub operator: Comparison,
}

/// Reads a condition.
pub(crate) fn compile(knows: Knows<'_, '_>, expression: &Expression) -> Compiled {
    compile_part(knows, &expression.expr, &expression.names)
}

/// Reads a part of a condition.
pub(crate) fn compile_part(knows: Knows<'_, '_>, expr: &Expr, names: &[Name]) -> Compiled {
    let mut compiler = Compiler { knows, names, variables: BTreeMap::new() };
    let tree = compiler.tree(expr);
    compiler.used(&tree, false);
    Compiled { tree, variables: compiler.variables, work: knows.version.kept.work() }
}

/// The operands of `and` and `or` at any depth, and what is negated; the condition itself is not among them.
pub(crate) fn parts(expr: &Expr) -> Vec<&Expr> {
    let mut all = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        let inner: Vec<&Expr> = match expr {
            Expr::And(a, b) | Expr::Or(a, b) => vec![a, b],
            Expr::Not(a) => vec![a],
            _ => Vec::new(),
        };
        all.extend(&inner);
        open.extend(inner);
    }
    all
}

impl Variable {
    /// Adds what another condition does with the same variable.
    pub(crate) fn add(&mut self, other: &Variable) {
        self.compared |= other.compared;
        self.kinds |= other.kinds;
        self.ordered |= other.ordered;
        self.boolean &= other.boolean;
        self.constants.extend(other.constants.iter().cloned());
        self.sets.extend(other.sets.iter().cloned());
    }
}

impl Deref for Constant {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Constant::Own(value) => value,
            Constant::Only(values) => values.first().unwrap_or(&Value::Null),
        }
    }
}

impl Constant {
    /// How many values it has in it that others share.
    pub(crate) fn size(&self) -> usize {
        match self {
            Constant::Own(_) => 1,
            Constant::Only(values) => 1 + values.items().map_or(0, |items| items.len()),
        }
    }
}

impl Compiled {
    /// The opposite.
    pub(crate) fn negated(self) -> Self {
        Self { tree: Tree::Not(Box::new(self.tree)), ..self }
    }

    /// One or the other.
    pub(crate) fn or(mut self, other: Self) -> Self {
        for (name, variable) in other.variables {
            self.variables.entry(name).or_insert(variable);
        }
        Self { tree: Tree::Or(Box::new(self.tree), Box::new(other.tree)), ..self }
    }
}

impl Atom {
    /// Returns whether it compares with a constant that is stated elsewhere: that decides the condition, and is not a mistake of the comparison.
    pub(crate) fn is_constant(&self) -> bool {
        self.condition.variables.is_empty()
            && !matches!((&self.left, &self.right), (Expr::Const(_), Expr::Const(_)))
    }

    /// All comparisons of a condition.
    pub(crate) fn all(knows: Knows<'_, '_>, expression: &Expression) -> Vec<Atom> {
        let mut all = Vec::new();
        let mut open = vec![&expression.expr];
        while let Some(expr) = open.pop() {
            match expr {
                Expr::And(a, b) | Expr::Or(a, b) => open.extend([&**a, &**b]),
                Expr::Not(a) => open.push(a),
                Expr::If { test, then, otherwise } => {
                    open.extend([&**test, &**then]);
                    open.extend(otherwise.as_deref());
                }
                Expr::Compare(left, rest) => {
                    if let [(operator, right)] = rest.as_slice() {
                        all.push(Atom {
                            condition: compile_part(knows, expr, &expression.names),
                            whole: expr.clone(),
                            left: (**left).clone(),
                            right: right.clone(),
                            operator: *operator,
                        });
                    }
                }
                _ => {}
            }
        }
        all
    }
}

struct Compiler<'k, 'n, 'c> {
    knows: Knows<'k, 'c>,
    names: &'n [Name],
    variables: BTreeMap<String, Variable>,
}

impl Compiler<'_, '_, '_> {
    fn tree(&mut self, expr: &Expr) -> Tree {
        match expr {
            Expr::Const(value) => Tree::Const(Some(Constant::Own(value.clone()))),
            Expr::Pattern(pattern) => Tree::Const(Some(Constant::Own(pattern.text().into()))),
            Expr::Name(at) => match self.names.get(*at) {
                Some(name) => self.name(name),
                None => self.opaque(expr, Known::Anything, false),
            },
            Expr::Not(a) => Tree::Not(Box::new(self.tree(a))),
            Expr::And(a, b) => Tree::And(Box::new(self.tree(a)), Box::new(self.tree(b))),
            Expr::Or(a, b) => Tree::Or(Box::new(self.tree(a)), Box::new(self.tree(b))),
            Expr::Compare(first, rest) => self.compare(expr, first, rest),
            Expr::Is(a, test, None) if !matches!(test, Test::Even | Test::Integer | Test::Float) => {
                Tree::Is(Box::new(self.tree(a)), *test)
            }
            Expr::If { test, then, otherwise } => {
                let otherwise = otherwise.as_ref().map_or(Tree::Const(None), |other| self.tree(other));
                Tree::If(Box::new(self.tree(test)), Box::new(self.tree(then)), Box::new(otherwise))
            }
            Expr::Is(a, _, Some(argument)) => match (&**argument, self.is_listed(a)) {
                (Expr::Pattern(pattern), true) => Tree::Found(Box::new(self.tree(a)), pattern.clone()),
                _ => self.opaque(expr, Known::Anything, true),
            },
            Expr::Is(..) => self.opaque(expr, Known::Anything, true),
            Expr::Filter(_, filter, args) => {
                let known =
                    if args.iter().any(Option::is_some) { Known::Anything } else { of_filter(*filter) };
                self.opaque(expr, known, false)
            }
            Expr::Item(_)
            | Expr::Loop(..)
            | Expr::Negative(_)
            | Expr::Arithmetic(..)
            | Expr::Concat(..)
            | Expr::Member(..)
            | Expr::Slice(..)
            | Expr::List(_)
            | Expr::Object(_) => self.opaque(expr, Known::Anything, false),
        }
    }

    fn compare(&mut self, whole: &Expr, first: &Expr, rest: &[(Comparison, Expr)]) -> Tree {
        let mut all: Option<Tree> = None;
        let mut left = first;
        for (operator, right) in rest {
            let tree = match operator {
                Comparison::In | Comparison::NotIn if is_text(right) && self.is_whole(left) => {
                    let (a, b) = (self.tree(left), self.tree(right));
                    Tree::Compare(Box::new(a), *operator, Box::new(b))
                }
                Comparison::In | Comparison::NotIn => {
                    let is_in = match (right, self.items(right)) {
                        (_, Some(items)) => Tree::Among(Box::new(self.tree(left)), items),
                        (Expr::List(items), None) => {
                            let items = items.iter().map(|item| self.tree(item)).collect();
                            Tree::In(Box::new(self.tree(left)), items)
                        }
                        _ => return self.opaque(whole, Known::Anything, true),
                    };
                    if *operator == Comparison::NotIn { Tree::Not(Box::new(is_in)) } else { is_in }
                }
                Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge
                    if !is_number(left) && !is_number(right) && !self.differ(left, right) =>
                {
                    return self.opaque(whole, Known::Anything, true);
                }
                _ => {
                    let (a, b) = (self.tree(left), self.tree(right));
                    Tree::Compare(Box::new(a), *operator, Box::new(b))
                }
            };
            all = Some(match all {
                None => tree,
                Some(before) => Tree::And(Box::new(before), Box::new(tree)),
            });
            left = right;
        }
        all.unwrap_or(Tree::Const(None))
    }

    /// Whether all values of an expression are known.
    fn is_listed(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Const(_) => true,
            Expr::Name(at) => {
                let known = self.names.get(*at).map(|name| self.knows.name(name));
                matches!(known, Some(Known::OneOf { .. }))
            }
            _ => false,
        }
    }

    /// Whether an expression is a list or an object, which no text contains.
    fn is_whole(&self, expr: &Expr) -> bool {
        let Expr::Name(at) = expr else { return false };
        let known = self.names.get(*at).map(|name| self.knows.name(name));
        matches!(known, Some(Known::Typed { kind: SettingType::List | SettingType::Object, .. }))
    }

    /// Whether values of two expressions are never of one kind, so that they are never in order.
    fn differ(&self, a: &Expr, b: &Expr) -> bool {
        let kind = |expr: &Expr| match expr {
            Expr::Const(Value::String(_)) => Some(SettingType::Text),
            Expr::Const(Value::Number(_)) => Some(SettingType::Number),
            Expr::Name(at) => match self.knows.name(self.names.get(*at)?) {
                Known::Typed { kind: SettingType::Integer, .. } | Known::Status => Some(SettingType::Number),
                Known::Typed { kind, .. } => Some(kind),
                Known::Text => Some(SettingType::Text),
                _ => None,
            },
            Expr::Filter(_, filter, args) if args.iter().all(Option::is_none) => match of_filter(*filter) {
                Known::Typed { kind, .. } => Some(kind),
                Known::Text => Some(SettingType::Text),
                _ => None,
            },
            _ => None,
        };
        kind(a).zip(kind(b)).is_some_and(|(a, b)| a != b)
    }

    /// The items of what follows `in`, if they are known.
    fn items(&self, list: &Expr) -> Option<Arc<ValueSet>> {
        match list {
            Expr::Const(Value::Array(items)) => Some(ValueSet::of(items.iter().cloned())),
            Expr::Name(at) => match self.knows.name(self.names.get(*at)?) {
                Known::OneOf { values, missing: false } => values.items().cloned(),
                _ => None,
            },
            _ => None,
        }
    }

    fn name(&mut self, name: &Name) -> Tree {
        let known = self.knows.name(name);
        if let Known::OneOf { values, missing: false } = &known
            && values.len() == 1
        {
            return Tree::Const(Some(Constant::Only(values.clone())));
        }
        self.variable(canonical(name), known, false)
    }

    fn opaque(&mut self, expr: &Expr, known: Known, boolean: bool) -> Tree {
        let mut key = format!("{expr:?}");
        for (at, name) in self.names.iter().enumerate() {
            key = key.replace(&format!("Name({at})"), &canonical(name));
        }
        self.variable(key, known, boolean)
    }

    fn variable(&mut self, key: String, known: Known, boolean: bool) -> Tree {
        self.variables.entry(key.clone()).or_insert(Variable {
            known,
            compared: false,
            kinds: false,
            boolean,
            constants: Vec::new(),
            sets: Vec::new(),
            ordered: false,
        });
        Tree::Variable(key)
    }

    /// Notes what is done with variables; `as_value` if more counts than whether they hold.
    fn used(&mut self, tree: &Tree, as_value: bool) {
        match tree {
            Tree::Const(_) => {}
            Tree::Variable(key) => {
                if let Some(variable) = self.variables.get_mut(key) {
                    variable.compared |= as_value;
                    variable.kinds |= as_value;
                }
            }
            Tree::Not(a) => self.used(a, false),
            Tree::And(a, b) | Tree::Or(a, b) => {
                self.used(a, as_value);
                self.used(b, as_value);
            }
            Tree::Is(a, _) | Tree::Found(a, _) => self.used(a, true),
            Tree::If(test, a, b) => {
                self.used(test, false);
                self.used(a, as_value);
                self.used(b, as_value);
            }
            Tree::Compare(a, operator, b) => {
                let ordered = !matches!(operator, Comparison::Eq | Comparison::Ne);
                self.with(a, b, ordered);
                self.with(b, a, ordered);
            }
            Tree::In(a, items) => {
                for item in items {
                    self.with(a, item, false);
                    self.with(item, a, false);
                }
                if items.is_empty() {
                    self.used(a, true);
                }
            }
            Tree::Among(a, items) => match &**a {
                Tree::Variable(key) if !items.is_empty() => {
                    if let Some(variable) = self.variables.get_mut(key) {
                        variable.compared = true;
                        variable.sets.push(items.clone());
                    }
                }
                a => {
                    self.used(a, true);
                    self.looked_for(a, items);
                }
            },
        }
    }

    /// Notes that what a tree gives, which may be the value of any of its variables, is looked for in a set.
    fn looked_for(&mut self, tree: &Tree, items: &Arc<ValueSet>) {
        match tree {
            Tree::Variable(key) => {
                if let Some(variable) = self.variables.get_mut(key) {
                    variable.sets.push(items.clone());
                }
            }
            Tree::And(a, b) | Tree::Or(a, b) | Tree::If(_, a, b) => {
                self.looked_for(a, items);
                self.looked_for(b, items);
            }
            // these give a boolean, or what is known
            Tree::Const(_)
            | Tree::Not(_)
            | Tree::Compare(..)
            | Tree::In(..)
            | Tree::Among(..)
            | Tree::Is(..)
            | Tree::Found(..) => {}
        }
    }

    /// Notes that `a` is compared with `b`.
    fn with(&mut self, a: &Tree, b: &Tree, ordered: bool) {
        let Tree::Variable(key) = a else { return self.used(a, true) };
        let Some(variable) = self.variables.get_mut(key) else { return };
        variable.compared = true;
        variable.ordered |= ordered;
        match b {
            Tree::Const(Some(value)) => variable.constants.push(value.clone()),
            Tree::Const(None) => {}
            _ => variable.kinds = true,
        }
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Const(Value::String(_)))
}

fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Const(value) => value.is_number(),
        Expr::Negative(inner) => is_number(inner),
        _ => false,
    }
}

/// A name, in whatever spelling.
pub(crate) fn canonical(name: &Name) -> String {
    let steps = if name.is_path() { name.steps.get(1..).unwrap_or_default() } else { &name.steps };
    let own = name.is_path()
        && matches!(steps.first(), Some(PathStep::Key(first)) if mapwright_convert::Root::named(first).is_some());
    format!("{}{steps:?}", if own { "$" } else { "" })
}

/// What a filter makes.
fn of_filter(filter: Filter) -> Known {
    match filter {
        Filter::Abs | Filter::Float | Filter::Int | Filter::Length | Filter::Round => {
            Known::Typed { kind: SettingType::Number, missing: true }
        }
        Filter::Capitalize
        | Filter::Lower
        | Filter::String
        | Filter::Title
        | Filter::Trim
        | Filter::Upper => Known::Text,
        _ => Known::Anything,
    }
}
