//! The syntax tree of expressions and templates. Specs and plans share it: the check resolves the names, and the evaluator runs the tree.

use serde_json::Value;

use mapwright_convert::{Matcher, PathStep};
use mapwright_findings::Span;

/// A name in an expression, and its range of bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The path from the root, which is the first step; that of a named value starts with `$`, and that of a JSONPath is `$`.
    pub steps: Vec<PathStep>,
    /// The first byte of the name in the text, and the byte after its last.
    pub at: (usize, usize),
    /// The bytes of the file before the text: of quotes one. Nothing, if the text stands in the file in another way, such as with escapes.
    pub before: Option<usize>,
    /// How often the text has the name.
    pub times: usize,
}

/// The place of a part of a string at `span`, before which the file has so many bytes; `span`, if that is not known.
pub(super) fn inside(span: Span, before: Option<usize>, at: (usize, usize)) -> Span {
    let Some(before) = before else { return span };
    let place = |byte: usize| span.start + (before + byte) as u32;
    let (start, end) = (place(at.0), place(at.1));
    if start < end && end <= span.end { Span { start, end, ..span } } else { span }
}

impl Name {
    /// Returns the name of the named value that it reads, without its `$`.
    pub fn value(&self) -> Option<&str> {
        match self.steps.first() {
            Some(PathStep::Key(first)) => first.strip_prefix('$').filter(|name| !name.is_empty()),
            _ => None,
        }
    }

    /// Returns whether it is a JSONPath into the event.
    pub fn is_path(&self) -> bool {
        matches!(self.steps.first(), Some(PathStep::Key(first)) if first == "$")
    }

    /// Returns the position of the name in an expression at `span`, if that is on one line and unescaped; else `span`.
    pub fn inside(&self, span: Span) -> Span {
        inside(span, self.before, self.at)
    }

    /// Returns the first name, and the path from there.
    pub fn split(&self) -> (&str, &[PathStep]) {
        match self.steps.split_first() {
            Some((PathStep::Key(first), rest)) => (first, rest),
            _ => ("", &[]),
        }
    }

    /// Returns the name as a mapping states it.
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
    /// A literal.
    Const(Value),
    /// A pattern that a mapping states, as the argument of `is matching`.
    Pattern(Matcher),
    /// The name at this index of the names of the condition or template.
    Name(usize),
    /// The current item of an enclosing loop, counted from the innermost one.
    Item(usize),
    /// A fact about the current round of such a loop.
    Loop(usize, Round),
    /// `not a`.
    Not(Box<Expr>),
    /// `-a`.
    Negative(Box<Expr>),
    /// `a and b`.
    And(Box<Expr>, Box<Expr>),
    /// `a or b`.
    Or(Box<Expr>, Box<Expr>),
    /// `a < b <= c`: every operand is compared with the next.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// `a + b` and the other operators on numbers.
    Arithmetic(Box<Expr>, Operator, Box<Expr>),
    /// `a ~ b`
    Concat(Box<Expr>, Box<Expr>),
    /// `a is test`, with the argument of the test if it takes one.
    Is(Box<Expr>, Test, Option<Box<Expr>>),
    /// `a | filter(…)`, with an optional argument for each parameter.
    Filter(Box<Expr>, Filter, Vec<Option<Expr>>),
    /// `then if test else otherwise`
    If {
        /// The condition.
        test: Box<Expr>,
        /// The value if the condition holds.
        then: Box<Expr>,
        /// The value if it does not; absent without `else`.
        otherwise: Option<Box<Expr>>,
    },
    /// `a.name` and `a[index]`, where `a` is not a path or the index is not a constant.
    Member(Box<Expr>, Box<Expr>),
    /// `a[start:stop:step]`
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{a: b}`.
    Object(Vec<(Expr, Expr)>),
}

impl Expr {
    /// Returns the direct subexpressions.
    pub fn inside(&self) -> Vec<&Expr> {
        match self {
            Expr::Const(_) | Expr::Pattern(_) | Expr::Name(_) | Expr::Item(_) | Expr::Loop(..) => Vec::new(),
            Expr::Not(a) | Expr::Negative(a) => vec![a],
            Expr::And(a, b)
            | Expr::Or(a, b)
            | Expr::Arithmetic(a, _, b)
            | Expr::Concat(a, b)
            | Expr::Member(a, b) => vec![a, b],
            Expr::Compare(first, links) => {
                [&**first].into_iter().chain(links.iter().map(|(_, expr)| expr)).collect()
            }
            Expr::Is(of, _, argument) => [&**of].into_iter().chain(argument.as_deref()).collect(),
            Expr::Filter(of, _, arguments) => [&**of].into_iter().chain(arguments.iter().flatten()).collect(),
            Expr::If { test, then, otherwise } => {
                [&**test, &**then].into_iter().chain(otherwise.as_deref()).collect()
            }
            Expr::Slice(of, bounds) => [&**of].into_iter().chain(bounds.iter().flatten()).collect(),
            Expr::List(items) => items.iter().collect(),
            Expr::Object(members) => members.iter().flat_map(|(name, value)| [name, value]).collect(),
        }
    }
}

impl Expr {
    /// Whether its value has something of a name: more than how many there are, or whether something holds. `in_loop`, if items around it have.
    fn gives(&self, is: &dyn Fn(usize) -> bool, in_loop: bool) -> bool {
        match self {
            Expr::Name(at) => is(*at),
            Expr::Item(_) => in_loop,
            Expr::Loop(..)
            | Expr::Not(_)
            | Expr::Compare(..)
            | Expr::Is(..)
            | Expr::Filter(_, Filter::Length | Filter::Bool, _) => false,
            Expr::If { then, otherwise, .. } => {
                [&**then].into_iter().chain(otherwise.as_deref()).any(|value| value.gives(is, in_loop))
            }
            other => other.inside().into_iter().any(|inside| inside.gives(is, in_loop)),
        }
    }
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

impl Comparison {
    /// Returns the operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
            Comparison::In => "in",
            Comparison::NotIn => "not in",
        }
    }
}

/// An arithmetic operator; `+` also concatenates two strings or two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// Division rounded down.
    DivideWhole,
    /// `%`
    Remainder,
    /// `**`
    Power,
}

/// A fact about the current round of a loop: `loop.index` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// `loop.index`: the round, from 1.
    Index,
    /// `loop.index0`: the round, from 0.
    Index0,
    /// `loop.revindex`: the rounds that are left, with this one.
    Reverse,
    /// `loop.revindex0`: the rounds that are left after this one.
    Reverse0,
    /// `loop.first`: whether it is the first round.
    First,
    /// `loop.last`: whether it is the last round.
    Last,
    /// `loop.length`: the number of rounds.
    Length,
    /// `loop.depth`: the number of nested loops, from 1.
    Depth,
    /// `loop.depth0`: the number of nested loops, from 0.
    Depth0,
}

impl Round {
    /// All members of `loop`, with their names.
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
    /// `is boolean`
    Boolean,
    /// `is defined`
    Defined,
    /// `is endingwith`
    EndingWith,
    /// `is even`
    Even,
    /// `is false`
    False,
    /// `is float`
    Float,
    /// `is integer`
    Integer,
    /// `is mapping`
    Mapping,
    /// `is matching(pattern)`: a string in which a pattern is found
    Matching,
    /// `is none`
    None,
    /// `is number`
    Number,
    /// `is sequence`
    Sequence,
    /// `is startingwith`
    StartingWith,
    /// `is string`
    String,
    /// `is true`
    True,
    /// `is undefined`
    Undefined,
}

impl Test {
    /// All tests, with their names.
    pub const ALL: [(&str, Test); 16] = [
        ("boolean", Test::Boolean),
        ("defined", Test::Defined),
        ("endingwith", Test::EndingWith),
        ("even", Test::Even),
        ("false", Test::False),
        ("float", Test::Float),
        ("integer", Test::Integer),
        ("mapping", Test::Mapping),
        ("matching", Test::Matching),
        ("none", Test::None),
        ("number", Test::Number),
        ("sequence", Test::Sequence),
        ("startingwith", Test::StartingWith),
        ("string", Test::String),
        ("true", Test::True),
        ("undefined", Test::Undefined),
    ];

    /// Returns the names of its parameters, all of which are required.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Test::StartingWith | Test::EndingWith => &["other"],
            Test::Matching => &["pattern"],
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
    /// `abs`: the absolute value.
    Abs,
    /// `bool`: whether the value counts as true.
    Bool,
    /// `capitalize`: the first character in upper case, the others in lower case.
    Capitalize,
    /// `default`: another value if there is none.
    Default,
    /// `first`: the first item or character.
    First,
    /// `float`: the value as a number with a fraction.
    Float,
    /// `int`: the value as an integer.
    Int,
    /// `join`: the items as one string.
    Join,
    /// `last`: the last item or character.
    Last,
    /// `length`: the number of items, members or characters.
    Length,
    /// `list`: the items, names or characters as a list.
    List,
    /// `lower`: in lower case.
    Lower,
    /// `replace`: with a string replaced by another.
    Replace,
    /// `round`: rounded to a number of digits.
    Round,
    /// `string`: as it is printed.
    String,
    /// `title`: each word capitalized.
    Title,
    /// `trim`: without white space at both ends.
    Trim,
    /// `upper`: in upper case.
    Upper,
}

impl Filter {
    /// All filters, with their names.
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

    /// Returns the names of its parameters, and how many of them are required.
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
    /// Text outside of tags.
    Text(String),
    /// `{{ … }}`
    Print(Expr),
    /// `{% if … %}`
    If {
        /// The condition.
        test: Expr,
        /// The parts if the condition holds.
        then: Vec<TemplatePart>,
        /// The parts of `else` or `elif`.
        otherwise: Vec<TemplatePart>,
    },
    /// `{% for … in … %}`
    For {
        /// The list.
        list: Expr,
        /// The condition of the items.
        filter: Option<Expr>,
        /// The parts for each item.
        each: Vec<TemplatePart>,
        /// The parts for a list without items.
        otherwise: Vec<TemplatePart>,
    },
}

impl TemplatePart {
    /// Calls `take` with the expressions of the part.
    pub fn each_expression<'e>(&'e self, take: &mut dyn FnMut(&'e Expr)) {
        match self {
            TemplatePart::Text(_) => {}
            TemplatePart::Print(expr) => take(expr),
            TemplatePart::If { test, then, otherwise } => {
                take(test);
                then.iter().chain(otherwise).for_each(|part| part.each_expression(take));
            }
            TemplatePart::For { list, filter, each, otherwise } => {
                [Some(list), filter.as_ref()].into_iter().flatten().for_each(&mut *take);
                each.iter().chain(otherwise).for_each(|part| part.each_expression(take));
            }
        }
    }

    /// Whether it prints something of a name: more than how many there are, or whether something holds. `in_loop`, if items around it have.
    pub(super) fn gives(&self, is: &dyn Fn(usize) -> bool, in_loop: bool) -> bool {
        let any = |parts: &[TemplatePart], in_loop| parts.iter().any(|part| part.gives(is, in_loop));
        match self {
            TemplatePart::Text(_) => false,
            TemplatePart::Print(expr) => expr.gives(is, in_loop),
            TemplatePart::If { then, otherwise, .. } => any(then, in_loop) || any(otherwise, in_loop),
            TemplatePart::For { list, each, otherwise, .. } => {
                any(each, in_loop || list.gives(is, in_loop)) || any(otherwise, in_loop)
            }
        }
    }

    /// Returns true if the part contains a loop.
    pub fn has_loop(&self) -> bool {
        match self {
            TemplatePart::Text(_) | TemplatePart::Print(_) => false,
            TemplatePart::If { then, otherwise, .. } => then.iter().chain(otherwise).any(Self::has_loop),
            TemplatePart::For { .. } => true,
        }
    }
}
