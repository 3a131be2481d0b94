//! The syntax tree of expressions and templates. Specs and plans share it: the check resolves the names, and the evaluator runs the tree.

use serde_json::Value;

use mapwright_convert::PathStep;

/// A name in an expression, and its range of bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub steps: Vec<PathStep>,
    pub at: (usize, usize),
}

impl Name {
    /// The name as a mapping states it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            match step {
                PathStep::Key(key) if text.is_empty() => text.push_str(key),
                PathStep::Key(key) => {
                    text.push('.');
                    text.push_str(key);
                }
                PathStep::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Const(Value),
    /// The name at this index of the names of the condition or template.
    Name(usize),
    /// The current item of an enclosing loop, counted from the innermost one.
    Item(usize),
    /// A fact about the current round of such a loop.
    Loop(usize, Round),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// `a < b <= c`: every operand is compared with the next.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    Arithmetic(Box<Expr>, Operator, Box<Expr>),
    /// `a ~ b`
    Concat(Box<Expr>, Box<Expr>),
    /// `a is test`, with the argument of the test if it takes one.
    Is(Box<Expr>, Test, Option<Box<Expr>>),
    /// `a | filter(…)`, with an optional argument for each parameter.
    Filter(Box<Expr>, Filter, Vec<Option<Expr>>),
    /// `then if test else otherwise`
    If {
        test: Box<Expr>,
        then: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    /// `a.name` and `a[index]`, where `a` is not a path or the index is not a constant.
    Member(Box<Expr>, Box<Expr>),
    /// `a[start:stop:step]`
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    List(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

/// An arithmetic operator; `+` also concatenates two strings or two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Division rounded down.
    DivideWhole,
    Remainder,
    Power,
}

/// A fact about the current round of a loop: `loop.index` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    Index,
    Index0,
    Reverse,
    Reverse0,
    First,
    Last,
    Length,
    Depth,
    Depth0,
}

impl Round {
    pub const ALL: [(&str, Round); 9] = [
        ("index", Round::Index),
        ("index0", Round::Index0),
        ("revindex", Round::Reverse),
        ("revindex0", Round::Reverse0),
        ("first", Round::First),
        ("last", Round::Last),
        ("length", Round::Length),
        ("depth", Round::Depth),
        ("depth0", Round::Depth0),
    ];
}

/// A test: the right side of `is`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    Boolean,
    Defined,
    EndingWith,
    Even,
    False,
    Float,
    Integer,
    Mapping,
    None,
    Number,
    Sequence,
    StartingWith,
    String,
    True,
    Undefined,
}

impl Test {
    pub const ALL: [(&str, Test); 15] = [
        ("boolean", Test::Boolean),
        ("defined", Test::Defined),
        ("endingwith", Test::EndingWith),
        ("even", Test::Even),
        ("false", Test::False),
        ("float", Test::Float),
        ("integer", Test::Integer),
        ("mapping", Test::Mapping),
        ("none", Test::None),
        ("number", Test::Number),
        ("sequence", Test::Sequence),
        ("startingwith", Test::StartingWith),
        ("string", Test::String),
        ("true", Test::True),
        ("undefined", Test::Undefined),
    ];

    /// The names of its parameters, all of which are required.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Test::StartingWith | Test::EndingWith => &["other"],
            Test::Boolean
            | Test::Defined
            | Test::Even
            | Test::False
            | Test::Float
            | Test::Integer
            | Test::Mapping
            | Test::None
            | Test::Number
            | Test::Sequence
            | Test::String
            | Test::True
            | Test::Undefined => &[],
        }
    }
}

/// A filter: the right side of `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    Abs,
    Bool,
    Capitalize,
    Default,
    First,
    Float,
    Int,
    Join,
    Last,
    Length,
    List,
    Lower,
    Replace,
    Round,
    String,
    Title,
    Trim,
    Upper,
}

impl Filter {
    pub const ALL: [(&str, Filter); 18] = [
        ("abs", Filter::Abs),
        ("bool", Filter::Bool),
        ("capitalize", Filter::Capitalize),
        ("default", Filter::Default),
        ("first", Filter::First),
        ("float", Filter::Float),
        ("int", Filter::Int),
        ("join", Filter::Join),
        ("last", Filter::Last),
        ("length", Filter::Length),
        ("list", Filter::List),
        ("lower", Filter::Lower),
        ("replace", Filter::Replace),
        ("round", Filter::Round),
        ("string", Filter::String),
        ("title", Filter::Title),
        ("trim", Filter::Trim),
        ("upper", Filter::Upper),
    ];

    /// The names of its parameters, and how many of them are required.
    pub fn parameters(self) -> (&'static [&'static str], usize) {
        match self {
            Filter::Default => (&["default_value", "boolean"], 0),
            Filter::Float | Filter::Int => (&["default"], 0),
            Filter::Join => (&["d", "attribute"], 0),
            Filter::Replace => (&["old", "new", "count"], 2),
            Filter::Round => (&["precision", "method"], 0),
            Filter::Trim => (&["chars"], 0),
            Filter::Abs
            | Filter::Bool
            | Filter::Capitalize
            | Filter::First
            | Filter::Last
            | Filter::Length
            | Filter::List
            | Filter::Lower
            | Filter::String
            | Filter::Title
            | Filter::Upper => (&[], 0),
        }
    }
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    Text(String),
    Print(Expr),
    If {
        test: Expr,
        then: Vec<TemplatePart>,
        otherwise: Vec<TemplatePart>,
    },
    For {
        list: Expr,
        /// The condition of the items.
        filter: Option<Expr>,
        each: Vec<TemplatePart>,
        /// The parts for a list without items.
        otherwise: Vec<TemplatePart>,
    },
}

impl TemplatePart {
    /// Returns true if the part contains a loop.
    pub fn has_loop(&self) -> bool {
        match self {
            TemplatePart::Text(_) | TemplatePart::Print(_) => false,
            TemplatePart::If { then, otherwise, .. } => then.iter().chain(otherwise).any(Self::has_loop),
            TemplatePart::For { .. } => true,
        }
    }
}
