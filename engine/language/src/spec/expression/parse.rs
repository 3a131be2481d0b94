//! Parses expressions and templates: minijinja parses the text, and its syntax tree becomes ours. No other module depends on minijinja's syntax tree.

use minijinja::machinery::{self, ast};
use minijinja::value::ValueKind;
use serde_json::{Number, Value};

use super::dollar;
use super::syntax::{Comparison, Expr, Filter, Name, Operator, Round, TemplatePart, Test};
use crate::limits;
use mapwright_convert::{Matcher, PathStep};
use mapwright_findings::suggest;

/// A parsed text, and what of it is not supported.
pub(crate) struct Parsed<T> {
    pub tree: T,
    pub names: Vec<Name>,
    pub problems: Vec<Problem>,
}

/// Syntax that minijinja supports and the language does not.
pub(crate) struct Problem {
    /// Its range of bytes in the text.
    pub at: (usize, usize),
    pub message: String,
    pub help: String,
}

/// The reason why a string does not parse.
pub(crate) enum Unreadable {
    /// The text has more tokens than the limit `expression_tokens`.
    TooLong,
    /// A syntax error, and the byte at which parsing stopped.
    Syntax(minijinja::Error, Option<usize>),
}

/// Parses an expression.
pub(crate) fn expression(text: &str) -> Result<Parsed<Expr>, Unreadable> {
    let renamed = dollar::in_expression(text);
    check_tokens(&renamed.text, true)?;
    let parsed = machinery::parse_expr(&renamed.text).map_err(unreadable)?;
    let mut reader = Reader::new(text, renamed.at);
    let tree = reader.expr(&parsed);
    Ok(reader.parsed(tree))
}

/// Parses a template of a mapping.
pub(crate) fn template(text: &str) -> Result<Parsed<Vec<TemplatePart>>, Unreadable> {
    template_of(text, false)
}

/// Parses a template that an operator has written: what has no limit of its own there is not supported.
pub(crate) fn written_template(text: &str) -> Result<Parsed<Vec<TemplatePart>>, Unreadable> {
    template_of(text, true)
}

fn template_of(text: &str, is_written: bool) -> Result<Parsed<Vec<TemplatePart>>, Unreadable> {
    let renamed = dollar::in_template(text);
    check_tokens(&renamed.text, false)?;
    let parsed = machinery::parse(&renamed.text, "template", Default::default()).map_err(unreadable)?;
    let mut reader = Reader { is_written, ..Reader::new(text, renamed.at) };
    let tree = match &parsed {
        ast::Stmt::Template(template) => reader.statements(&template.children),
        other => reader.statement(other).into_iter().collect(),
    };
    Ok(reader.parsed(tree))
}

fn unreadable(error: minijinja::Error) -> Unreadable {
    let stop = error.range().map(|range| range.start);
    Unreadable::Syntax(error, stop)
}

/// Checks the number of tokens, which bounds the depth of the syntax tree, and that the whole text consists of tokens: after a constant, the
/// parser takes anything else for the end of the text.
fn check_tokens(text: &str, is_expression: bool) -> Result<(), Unreadable> {
    let (mut tokens, mut end) = (0, 0);
    for token in machinery::tokenize(text, is_expression, Default::default()) {
        let (token, span) = token.map_err(|error| Unreadable::Syntax(error, Some(end)))?;
        end = span.end_offset as usize;
        tokens += usize::from(!matches!(token, machinery::Token::TemplateData(_)));
        if tokens > limits::EXPRESSION_TOKENS {
            return Err(Unreadable::TooLong);
        }
    }
    Ok(())
}

struct Reader<'t> {
    text: &'t str,
    /// The bytes at which the `$` of named values stand that have not been read yet.
    dollars: Vec<usize>,
    names: Vec<Name>,
    /// The enclosing loops, outermost first.
    loops: Vec<Loop>,
    /// Whether an operator has written the text.
    is_written: bool,
    problems: Vec<Problem>,
}

struct Loop {
    /// The name of its variable.
    variable: Option<String>,
    /// False in the filter of the loop, where `loop` is not available.
    has_begun: bool,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, dollars: Vec<usize>) -> Self {
        let (names, loops, problems) = (Vec::new(), Vec::new(), Vec::new());
        Self { text, dollars, names, loops, is_written: false, problems }
    }

    fn parsed<T>(mut self, tree: T) -> Parsed<T> {
        for at in std::mem::take(&mut self.dollars) {
            let name = self.text.get(at..).unwrap_or("");
            let end =
                name.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).unwrap_or(name.len());
            let name = name.get(..end).unwrap_or("");
            let message = format!("`{name}` cannot stand here");
            let help = "a named value stands on its own, as a source does: `$email == traits.email`";
            self.problem((at, at + end), message, help);
        }
        Parsed { tree, names: self.names, problems: self.problems }
    }

    fn problem(&mut self, at: (usize, usize), problem: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem { at, message: problem.into(), help: help.into() });
    }

    fn expr(&mut self, expr: &ast::Expr<'_>) -> Expr {
        let at = range(expr);
        if let Some(steps) = dotted(expr) {
            return self.name(steps, at);
        }
        match expr {
            ast::Expr::Var(_) => NOTHING,
            ast::Expr::Const(constant) => Expr::Const(self.constant(&constant.value, at)),
            ast::Expr::UnaryOp(op) => match (&op.op, self.boxed(&op.expr)) {
                (ast::UnaryOpKind::Not, inner) => Expr::Not(inner),
                (ast::UnaryOpKind::Neg, inner) => self.negative(inner, at),
            },
            ast::Expr::BinOp(op) => self.operation(op, at),
            ast::Expr::Compare(chain) => {
                let first = self.boxed(&chain.expr);
                let links = chain.ops.iter().map(|link| (comparison(link.op), self.expr(&link.expr)));
                Expr::Compare(first, links.collect())
            }
            ast::Expr::Test(test) => self.test(test, at),
            ast::Expr::Filter(filter) => self.filter(filter, at),
            ast::Expr::IfExpr(choice) => Expr::If {
                test: self.boxed(&choice.test_expr),
                then: self.boxed(&choice.true_expr),
                otherwise: choice.false_expr.as_ref().map(|expr| self.boxed(expr)),
            },
            ast::Expr::GetAttr(get) => {
                let of = self.boxed(&get.expr);
                Expr::Member(of, Box::new(Expr::Const(get.name.into())))
            }
            ast::Expr::GetItem(get) => Expr::Member(self.boxed(&get.expr), self.boxed(&get.subscript_expr)),
            ast::Expr::Slice(slice) => {
                let of = self.boxed(&slice.expr);
                let bounds = [&slice.start, &slice.stop, &slice.step];
                Expr::Slice(of, Box::new(bounds.map(|bound| bound.as_ref().map(|bound| self.expr(bound)))))
            }
            ast::Expr::List(list) => self.list(&list.items),
            ast::Expr::Tuple(tuple) => self.list(&tuple.items),
            ast::Expr::Map(map) => {
                let members = map.keys.iter().zip(&map.values);
                Expr::Object(members.map(|(key, value)| (self.expr(key), self.expr(value))).collect())
            }
            ast::Expr::Call(_) => {
                let help = "use a filter: `value | filter`";
                self.problem(at, "function calls are not supported", help);
                NOTHING
            }
        }
    }

    fn boxed(&mut self, expr: &ast::Expr<'_>) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    /// Resolves a path to the variable of an enclosing loop, or adds it to the names.
    fn name(&mut self, mut steps: Vec<PathStep>, at: (usize, usize)) -> Expr {
        let dollar = self.dollars.iter().position(|dollar| *dollar == at.0);
        if let (Some(dollar), Some(PathStep::Key(first))) = (dollar, steps.first_mut()) {
            self.dollars.swap_remove(dollar);
            first.replace_range(..1, "$");
            return self.read(steps, at);
        }
        let Some((PathStep::Key(first), rest)) = steps.split_first() else { return NOTHING };
        if first == "loop"
            && let Some(outer) = self.loops.iter().rev().position(|around| around.has_begun)
        {
            return self.round(outer, rest, at);
        }
        let is_variable = |around: &Loop| around.variable.as_ref() == Some(first);
        if let Some(outer) = self.loops.iter().rev().position(is_variable) {
            return rest.iter().fold(Expr::Item(outer), |of, step| {
                let step = match step {
                    PathStep::Key(key) => key.as_str().into(),
                    PathStep::Index(index) => (*index).into(),
                };
                Expr::Member(Box::new(of), Box::new(Expr::Const(step)))
            });
        }
        self.read(steps, at)
    }

    fn read(&mut self, steps: Vec<PathStep>, at: (usize, usize)) -> Expr {
        let known = self.names.iter().position(|name| name.steps == steps);
        let place = known.unwrap_or_else(|| {
            self.names.push(Name { steps, at, before: Some(0), times: 0 });
            self.names.len() - 1
        });
        if let Some(name) = self.names.get_mut(place) {
            name.times += 1;
        }
        Expr::Name(place)
    }

    fn round(&mut self, outer: usize, steps: &[PathStep], at: (usize, usize)) -> Expr {
        let facts = Round::ALL.map(|(name, _)| name);
        let written = match steps {
            [PathStep::Key(written)] => written.as_str(),
            _ => "",
        };
        match named(&Round::ALL, written) {
            Some(fact) => Expr::Loop(outer, fact),
            None => {
                self.problem(
                    at,
                    format!("unknown loop variable `loop.{written}`"),
                    format!("expected one of {}", facts.map(|fact| format!("`loop.{fact}`")).join(", ")),
                );
                NOTHING
            }
        }
    }

    fn constant(&mut self, value: &minijinja::Value, at: (usize, usize)) -> Value {
        let number = |value: &minijinja::Value| match value.is_integer() {
            true => {
                let signed = i64::try_from(value.clone()).ok().map(Number::from);
                signed.or_else(|| u64::try_from(value.clone()).ok().map(Number::from))
            }
            false => Number::from_f64(value.to_string().parse().ok()?),
        };
        match value.kind() {
            ValueKind::Bool => value.is_true().into(),
            ValueKind::String => value.as_str().into(),
            ValueKind::Number => match number(value) {
                Some(number) => number.into(),
                None => {
                    self.out_of_range(at);
                    Value::Null
                }
            },
            _ => Value::Null,
        }
    }

    fn out_of_range(&mut self, at: (usize, usize)) {
        let help =
            "numbers have up to 64 bits; `traits.id|string == \"…\"` compares the digits of longer ones";
        self.problem(at, "the number is out of range", help);
    }

    fn negative(&mut self, inner: Box<Expr>, at: (usize, usize)) -> Expr {
        if let Expr::Const(Value::Number(number)) = inner.as_ref() {
            let integer = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
            let negative = match integer {
                Some(integer) => i64::try_from(-integer).ok().map(Number::from),
                None => number.as_f64().and_then(|float| Number::from_f64(-float)),
            };
            return match negative {
                Some(negative) => Expr::Const(negative.into()),
                None => {
                    self.out_of_range(at);
                    NOTHING
                }
            };
        }
        self.check_number(&inner, "-", at);
        Expr::Negative(inner)
    }

    fn operation(&mut self, op: &ast::BinOp<'_>, at: (usize, usize)) -> Expr {
        let (left, right) = (self.boxed(&op.left), self.boxed(&op.right));
        let (operator, sign) = match op.op {
            ast::BinOpKind::ScAnd => return and(*left, right),
            ast::BinOpKind::ScOr => return or(*left, right),
            ast::BinOpKind::Concat => return Expr::Concat(left, right),
            ast::BinOpKind::Eq => return Expr::Compare(left, vec![(Comparison::Eq, *right)]),
            ast::BinOpKind::Ne => return Expr::Compare(left, vec![(Comparison::Ne, *right)]),
            ast::BinOpKind::Lt => return Expr::Compare(left, vec![(Comparison::Lt, *right)]),
            ast::BinOpKind::Lte => return Expr::Compare(left, vec![(Comparison::Le, *right)]),
            ast::BinOpKind::Gt => return Expr::Compare(left, vec![(Comparison::Gt, *right)]),
            ast::BinOpKind::Gte => return Expr::Compare(left, vec![(Comparison::Ge, *right)]),
            ast::BinOpKind::In => return Expr::Compare(left, vec![(Comparison::In, *right)]),
            ast::BinOpKind::Add => return Expr::Arithmetic(left, Operator::Add, right),
            ast::BinOpKind::Sub => (Operator::Subtract, "-"),
            ast::BinOpKind::Mul => (Operator::Multiply, "*"),
            ast::BinOpKind::Div => (Operator::Divide, "/"),
            ast::BinOpKind::FloorDiv => (Operator::DivideWhole, "//"),
            ast::BinOpKind::Rem => (Operator::Remainder, "%"),
            ast::BinOpKind::Pow => (Operator::Power, "**"),
        };
        if !self.check_number(&left, sign, at) {
            self.check_number(&right, sign, at);
        }
        Expr::Arithmetic(left, operator, right)
    }

    /// Reports an operand that is not a number for any values of its names.
    fn check_number(&mut self, operand: &Expr, sign: &str, at: (usize, usize)) -> bool {
        let is_reported = !may_be_number(operand) && *operand != NOTHING;
        if is_reported {
            let problem = format!("`{sign}` takes numbers, and one operand is never a number");
            self.problem(at, problem, "convert a string with `|float` or `|int`");
        }
        is_reported
    }

    fn test(&mut self, test: &ast::Test<'_>, at: (usize, usize)) -> Expr {
        let of = self.boxed(&test.expr);
        let Some(kind) = named(&Test::ALL, test.name) else {
            let names = Test::ALL.map(|(name, _)| name);
            self.problem(at, format!("unknown test `{}`", test.name), suggest(test.name, names));
            return NOTHING;
        };
        let parameters = kind.parameters();
        let mut arguments = self.arguments(test.name, parameters, parameters.len(), &test.args, at);
        let argument = arguments.pop().flatten().map(|argument| match (kind, argument) {
            (Test::Matching, Expr::Const(Value::String(pattern))) => self.pattern(&pattern, test, at),
            (_, argument) => argument,
        });
        Expr::Is(of, kind, argument.map(Box::new))
    }

    /// Compiles a pattern that a mapping states.
    fn pattern(&mut self, pattern: &str, test: &ast::Test<'_>, at: (usize, usize)) -> Expr {
        if self.is_written {
            self.problem(at, "`is matching` takes no pattern here", "only mappings state patterns");
            return NOTHING;
        }
        let (error, help) = match Matcher::stated(pattern) {
            Ok(_) if pattern.contains('\u{8}') => {
                ("it has a backspace".to_owned(), r"a word boundary is written as `\\b`")
            }
            Ok(matcher) => return Expr::Pattern(matcher),
            Err(error) => (error, "see https://docs.rs/regex/latest/regex/#syntax"),
        };
        let at = match test.args.first() {
            Some(ast::CallArg::Pos(argument) | ast::CallArg::Kwarg(_, argument)) => range(argument),
            _ => at,
        };
        let found = pattern.replace('\u{8}', r"\b");
        self.problem(at, format!("expected a regular expression, found `{found}` ({error})"), help);
        NOTHING
    }

    fn filter(&mut self, filter: &ast::Filter<'_>, at: (usize, usize)) -> Expr {
        let of = filter.expr.as_ref().map_or_else(|| Box::new(NOTHING), |of| self.boxed(of));
        let Some(kind) = named(&Filter::ALL, filter.name) else {
            let names = Filter::ALL.map(|(name, _)| name);
            self.problem(at, format!("unknown filter `{}`", filter.name), suggest(filter.name, names));
            return NOTHING;
        };
        let (parameters, required) = kind.parameters();
        let arguments = self.arguments(filter.name, parameters, required, &filter.args, at);
        Expr::Filter(of, kind, arguments)
    }

    /// Assigns the arguments to the parameters.
    fn arguments(
        &mut self,
        name: &str,
        parameters: &[&str],
        required: usize,
        args: &[ast::CallArg<'_>],
        at: (usize, usize),
    ) -> Vec<Option<Expr>> {
        let mut arguments: Vec<Option<Expr>> = parameters.iter().map(|_| None).collect();
        let takes = || match parameters {
            [] => format!("`{name}` takes no arguments"),
            parameters => format!("write `{name}({})`", parameters.join(", ")),
        };
        for (place, arg) in args.iter().enumerate() {
            let (place, expr) = match arg {
                ast::CallArg::Pos(expr) => (Some(place), expr),
                ast::CallArg::Kwarg(keyword, expr) => {
                    (parameters.iter().position(|parameter| parameter == keyword), expr)
                }
                ast::CallArg::PosSplat(_) | ast::CallArg::KwargSplat(_) => {
                    self.problem(at, "unpacking of arguments is not supported", "state them one by one");
                    continue;
                }
            };
            let argument = self.expr(expr);
            match place.and_then(|place| arguments.get_mut(place)) {
                Some(free @ None) => *free = Some(argument),
                Some(Some(_)) => self.problem(at, format!("duplicate argument of `{name}`"), takes()),
                None => self.problem(at, format!("too many arguments of `{name}`"), takes()),
            }
        }
        if arguments.iter().take(required).any(Option::is_none) {
            self.problem(at, format!("missing argument of `{name}`"), takes());
        }
        arguments
    }

    /// Reads a list; one of constants is a constant.
    fn list(&mut self, items: &[ast::Expr<'_>]) -> Expr {
        let items: Vec<Expr> = items.iter().map(|item| self.expr(item)).collect();
        let constants = items.iter().map(|item| match item {
            Expr::Const(value) => Some(value.clone()),
            _ => None,
        });
        match constants.collect::<Option<Vec<_>>>() {
            Some(constants) => Expr::Const(constants.into()),
            None => Expr::List(items),
        }
    }

    fn statements(&mut self, body: &[ast::Stmt<'_>]) -> Vec<TemplatePart> {
        body.iter().filter_map(|stmt| self.statement(stmt)).collect()
    }

    fn statement(&mut self, stmt: &ast::Stmt<'_>) -> Option<TemplatePart> {
        Some(match stmt {
            ast::Stmt::EmitRaw(raw) => TemplatePart::Text(raw.raw.to_owned()),
            ast::Stmt::EmitExpr(emit) => TemplatePart::Print(self.expr(&emit.expr)),
            ast::Stmt::IfCond(cond) => TemplatePart::If {
                test: self.expr(&cond.expr),
                then: self.statements(&cond.true_body),
                otherwise: self.statements(&cond.false_body),
            },
            ast::Stmt::ForLoop(each) => self.for_loop(each),
            _ => {
                let help = "templates support only `{{ … }}`, `{% if %}` and `{% for %}`";
                self.problem((0, self.text.len()), "this statement is not supported", help);
                return None;
            }
        })
    }

    fn for_loop(&mut self, each: &ast::ForLoop<'_>) -> TemplatePart {
        let list = self.expr(&each.iter);
        let variable = match &each.target {
            ast::Expr::Var(var) => Some(var.id.to_owned()),
            other => {
                let help = "write `{% for item in list %}`";
                self.problem(range(other), "a loop takes one variable", help);
                None
            }
        };
        if each.recursive {
            let help = "nest a loop inside the loop";
            self.problem(range(&each.target), "recursive loops are not supported", help);
        }
        self.loops.push(Loop { variable, has_begun: false });
        let filter = each.filter_expr.as_ref().map(|filter| self.expr(filter));
        self.loops.iter_mut().last().into_iter().for_each(|each| each.has_begun = true);
        let body = self.statements(&each.body);
        self.loops.pop();
        let otherwise = self.statements(&each.else_body);
        TemplatePart::For { list, filter, each: body, otherwise }
    }
}

/// Stands for an expression with a reported problem.
const NOTHING: Expr = Expr::Const(Value::Null);

fn named<T: Copy>(all: &[(&str, T)], name: &str) -> Option<T> {
    all.iter().find(|(known, _)| *known == name).map(|(_, thing)| *thing)
}

/// Turns `(a and b) and c` into `a and (b and c)`, which is decided as soon as `a` is false.
fn and(a: Expr, b: Box<Expr>) -> Expr {
    match a {
        Expr::And(first, second) => Expr::And(first, Box::new(and(*second, b))),
        a => Expr::And(Box::new(a), b),
    }
}

/// Does the same for `or`.
fn or(a: Expr, b: Box<Expr>) -> Expr {
    match a {
        Expr::Or(first, second) => Expr::Or(first, Box::new(or(*second, b))),
        a => Expr::Or(Box::new(a), b),
    }
}

/// Returns true if an expression may evaluate to a number.
fn may_be_number(expr: &Expr) -> bool {
    match expr {
        Expr::Const(value) => value.is_number(),
        Expr::Pattern(_) => false,
        Expr::Name(_) | Expr::Item(_) | Expr::Loop(..) | Expr::Member(..) => true,
        Expr::Negative(_) | Expr::Arithmetic(..) => true,
        Expr::And(a, b) | Expr::Or(a, b) => may_be_number(a) || may_be_number(b),
        Expr::If { then, otherwise, .. } => {
            may_be_number(then) || otherwise.as_ref().is_some_and(|otherwise| may_be_number(otherwise))
        }
        Expr::Filter(of, filter, arguments) => match filter {
            Filter::Abs | Filter::Float | Filter::Int | Filter::Length | Filter::Round => true,
            Filter::Default => may_be_number(of) || arguments.iter().flatten().take(1).any(may_be_number),
            Filter::First | Filter::Last => true,
            Filter::Bool
            | Filter::Capitalize
            | Filter::Join
            | Filter::List
            | Filter::Lower
            | Filter::Replace
            | Filter::String
            | Filter::Title
            | Filter::Trim
            | Filter::Upper => false,
        },
        Expr::Not(_) | Expr::Compare(..) | Expr::Is(..) => false,
        Expr::Concat(..) | Expr::Slice(..) | Expr::List(_) | Expr::Object(_) => false,
    }
}

fn comparison(kind: ast::CompareOpKind) -> Comparison {
    match kind {
        ast::CompareOpKind::Eq => Comparison::Eq,
        ast::CompareOpKind::Ne => Comparison::Ne,
        ast::CompareOpKind::Lt => Comparison::Lt,
        ast::CompareOpKind::Lte => Comparison::Le,
        ast::CompareOpKind::Gt => Comparison::Gt,
        ast::CompareOpKind::Gte => Comparison::Ge,
        ast::CompareOpKind::In => Comparison::In,
        ast::CompareOpKind::NotIn => Comparison::NotIn,
    }
}

fn range(expr: &ast::Expr<'_>) -> (usize, usize) {
    (start(expr), expr.span().end_offset as usize)
}

/// The first byte of an expression. The parser's spans of `a.b`, `a[0]`, `a | f` and `a is t` omit the `a`.
fn start(expr: &ast::Expr<'_>) -> usize {
    match expr {
        ast::Expr::GetAttr(get) => start(&get.expr),
        ast::Expr::GetItem(get) => start(&get.expr),
        ast::Expr::Test(test) => start(&test.expr),
        ast::Expr::Filter(filter) => match &filter.expr {
            Some(inner) => start(inner),
            None => expr.span().start_offset as usize,
        },
        _ => expr.span().start_offset as usize,
    }
}

/// The steps of `a.b[0]['c']`; `None` for anything that is not a path.
fn dotted(expr: &ast::Expr<'_>) -> Option<Vec<PathStep>> {
    match expr {
        ast::Expr::Var(var) => Some(vec![PathStep::Key(var.id.to_owned())]),
        ast::Expr::GetAttr(get) => {
            let mut steps = dotted(&get.expr)?;
            steps.push(PathStep::Key(get.name.to_owned()));
            Some(steps)
        }
        ast::Expr::GetItem(get) => {
            let ast::Expr::Const(constant) = &get.subscript_expr else { return None };
            let mut steps = dotted(&get.expr)?;
            steps.push(match constant.value.as_str() {
                Some(key) => PathStep::Key(key.to_owned()),
                None if !constant.value.is_number() => return None,
                None => PathStep::Index(usize::try_from(constant.value.as_i64()?).ok()?),
            });
            Some(steps)
        }
        _ => None,
    }
}
