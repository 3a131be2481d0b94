//! Conditions and templates: minijinja's syntax, read into a small tree that is checked and evaluated by us.

use std::sync::LazyLock;

use minijinja::machinery::{self, ast};
use minijinja::{Environment, UndefinedBehavior};

use crate::decode::Decode;
use crate::yaml::{Data, Node};
use mapwright_convert::PathStep;
use mapwright_findings::Span;
use mapwright_findings::rules;
use mapwright_findings::{Reports, suggest};

/// Names, texts and signs of one condition or template: the limit `expression_tokens`.
pub const EXPRESSION_TOKENS: usize = 250;

/// How much work one condition or template may do, in minijinja's units (an instruction, or 64 bytes of text): the limit
/// `template_fuel`.
pub const TEMPLATE_FUEL: u64 = 20_000;

/// The filters that expressions may use; all are minijinja's own.
const FILTERS: [&str; 18] = [
    "abs",
    "bool",
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "replace",
    "round",
    "string",
    "title",
    "trim",
    "upper",
];

/// The tests that expressions may use (`x is defined`); all are minijinja's own.
const TESTS: [&str; 15] = [
    "boolean",
    "defined",
    "endingwith",
    "even",
    "false",
    "float",
    "integer",
    "mapping",
    "none",
    "number",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// The one environment that all conditions share: no loader, no functions, bounded.
pub fn jinja() -> &'static Environment<'static> {
    static ENV: LazyLock<Environment<'static>> = LazyLock::new(|| bounded(UndefinedBehavior::Chainable));
    &ENV
}

/// The one that all templates share: printing what is not there is an error, which leaves the row absent.
pub fn jinja_templates() -> &'static Environment<'static> {
    static ENV: LazyLock<Environment<'static>> = LazyLock::new(|| bounded(UndefinedBehavior::SemiStrict));
    &ENV
}

fn bounded(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(undefined);
    env.set_fuel(Some(TEMPLATE_FUEL));
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env
}

/// What minijinja says is wrong.
fn problem(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// A name inside an expression, and the bytes of the text where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub steps: Vec<PathStep>,
    pub at: (usize, usize),
}

impl Name {
    /// As the author would write it.
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

/// A condition, or an expression inside a template.
#[derive(Debug, Clone)]
pub struct Expression {
    pub text: String,
    pub span: Span,
    pub names: Vec<Name>,
    pub expr: Expr,
}

/// What we evaluate ourselves; anything else is left to minijinja.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Const(serde_json::Value),
    /// The name at this position of the expression's names.
    Name(usize),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Compare, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    Is(Box<Expr>, Is),
    /// The text of an expression that minijinja evaluates.
    Jinja(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Defined,
    Undefined,
    None,
    Text,
    Number,
    Boolean,
    List,
    Object,
}

/// A template: its parts if it only puts names between texts, else minijinja's.
#[derive(Debug, Clone)]
pub struct Template {
    pub text: String,
    pub span: Span,
    pub names: Vec<Name>,
    pub parts: Option<Vec<TemplatePart>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    Text(String),
    /// The name at this position of the template's names.
    Name(usize),
}

impl Decode for Expression {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let text = match &node.data {
            Data::Text(text) => text.clone(),
            Data::Bool(b) => b.to_string(),
            _ => return rules::wrong_type::report(reports, &node.found(), "a condition"),
        };
        match is_short(&text, true) {
            Ok(true) => {}
            Ok(false) => return rules::invalid_condition::report_long(reports, node.span, EXPRESSION_TOKENS),
            Err((error, end)) => {
                return rules::invalid_condition::report(
                    reports,
                    node.span,
                    &text,
                    &problem(&error),
                    Some(end),
                );
            }
        }
        let mut reader = Reader::new(&text);
        let expr = match machinery::parse_expr(&text) {
            Ok(expr) => reader.expr(&expr),
            Err(error) => {
                let stop = error.range().map(|range| range.start);
                return rules::invalid_condition::report(reports, node.span, &text, &problem(&error), stop);
            }
        };
        let (names, problems) = (reader.names, reader.problems);
        // the parser's places do not tell where a part begins, so that minijinja gets all or nothing
        let expr = if reader.jinja { Expr::Jinja(text.clone()) } else { expr };
        if problems.is_empty() {
            return Some(Self { span: node.span, names, expr, text });
        }
        for (at, problem, help) in problems {
            rules::invalid_condition::unsupported(reports, inside(node.span, at), problem, help);
        }
        None
    }

    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "boolean"] })
    }
}

impl Decode for Template {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let text = String::decode(node, reports)?;
        match is_short(&text, false) {
            Ok(true) => {}
            Ok(false) => return rules::invalid_template::report_long(reports, node.span, EXPRESSION_TOKENS),
            Err((error, _)) => {
                return rules::invalid_template::report(reports, node.span, &text, &problem(&error));
            }
        }
        let mut reader = Reader::new(&text);
        let parts = match machinery::parse(&text, "template", Default::default()) {
            Ok(template) => reader.template(&template),
            Err(error) => {
                return rules::invalid_template::report(reports, node.span, &text, &problem(&error));
            }
        };
        let (names, problems) = (reader.names, reader.problems);
        if problems.is_empty() {
            return Some(Self { span: node.span, names, parts, text });
        }
        for (at, problem, help) in problems {
            rules::invalid_template::unsupported(reports, inside(node.span, at), problem, help);
        }
        None
    }

    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

/// The place of a part of a text, if the text stands in the file as it is; else of the whole.
fn inside(span: Span, at: (usize, usize)) -> Span {
    let (start, end) = (span.start + at.0 as u32, span.start + at.1 as u32);
    if end <= span.end && start < end { Span { start, end, ..span } } else { span }
}

/// Whether an expression or a template has few enough tokens that reading it needs little of the stack.
///
/// # Errors
/// When something is no token, with the byte after the last one that is. The parser does not always say so: behind a constant it takes
/// such a thing for the end.
fn is_short(text: &str, is_expression: bool) -> Result<bool, (minijinja::Error, usize)> {
    let (mut tokens, mut end) = (0, 0);
    for token in machinery::tokenize(text, is_expression, Default::default()) {
        let (token, span) = token.map_err(|error| (error, end))?;
        end = span.end_offset as usize;
        tokens += usize::from(!matches!(token, machinery::Token::TemplateData(_)));
        if tokens > EXPRESSION_TOKENS {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Reader<'t> {
    text: &'t str,
    names: Vec<Name>,
    /// There is something that minijinja has to evaluate.
    jinja: bool,
    /// Names that the template itself binds.
    bound: Vec<String>,
    /// Where, what and what to do.
    problems: Vec<((usize, usize), String, String)>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, names: Vec::new(), jinja: false, bound: Vec::new(), problems: Vec::new() }
    }

    fn name(&mut self, steps: Vec<PathStep>, at: (usize, usize)) -> Expr {
        let known = self.names.iter().position(|name| name.steps == steps);
        Expr::Name(known.unwrap_or_else(|| {
            self.names.push(Name { steps, at });
            self.names.len() - 1
        }))
    }

    fn expr(&mut self, expr: &ast::Expr<'_>) -> Expr {
        let at = range(expr);
        if let Some(steps) = dotted(expr) {
            if matches!(steps.first(), Some(PathStep::Key(name)) if self.bound.contains(name)) {
                return self.left();
            }
            return self.name(steps, at);
        }
        match expr {
            ast::Expr::Const(constant) => match serde_json::to_value(&constant.value) {
                Ok(value) => Expr::Const(value),
                Err(_) => self.jinja(&[]),
            },
            ast::Expr::UnaryOp(op) if matches!(op.op, ast::UnaryOpKind::Not) => {
                Expr::Not(Box::new(self.expr(&op.expr)))
            }
            ast::Expr::UnaryOp(op) => self.jinja(&[&op.expr]),
            ast::Expr::BinOp(op) => match op.op {
                ast::BinOpKind::ScAnd => {
                    Expr::And(Box::new(self.expr(&op.left)), Box::new(self.expr(&op.right)))
                }
                ast::BinOpKind::ScOr => {
                    Expr::Or(Box::new(self.expr(&op.left)), Box::new(self.expr(&op.right)))
                }
                ast::BinOpKind::In => Expr::In(Box::new(self.expr(&op.left)), Box::new(self.expr(&op.right))),
                kind => match compare(kind) {
                    Some(compare) => {
                        Expr::Compare(Box::new(self.expr(&op.left)), compare, Box::new(self.expr(&op.right)))
                    }
                    None => {
                        if matches!(kind, ast::BinOpKind::Mul) && !(numeric(&op.left) && numeric(&op.right)) {
                            self.problem(
                                at,
                                "both sides of `*` have to be numbers",
                                "write `|float` or `|int` behind a name",
                            );
                        }
                        self.jinja(&[&op.left, &op.right])
                    }
                },
            },
            ast::Expr::Compare(chain) => {
                let operands: Vec<&ast::Expr<'_>> =
                    std::iter::once(&chain.expr).chain(chain.ops.iter().map(|op| &op.expr)).collect();
                self.jinja(&operands)
            }
            ast::Expr::Test(test) => {
                if !TESTS.contains(&test.name) {
                    self.problem(at, format!("no test is called `{}`", test.name), suggest(test.name, TESTS));
                }
                let is = match test.name {
                    "defined" => Some(Is::Defined),
                    "undefined" => Some(Is::Undefined),
                    "none" => Some(Is::None),
                    "string" => Some(Is::Text),
                    "number" => Some(Is::Number),
                    "boolean" => Some(Is::Boolean),
                    "sequence" => Some(Is::List),
                    "mapping" => Some(Is::Object),
                    _ => None,
                };
                match is {
                    Some(is) if test.args.is_empty() => Expr::Is(Box::new(self.expr(&test.expr)), is),
                    _ => {
                        self.arguments(at, &test.args);
                        self.jinja(&[&test.expr])
                    }
                }
            }
            ast::Expr::Filter(filter) => {
                if !FILTERS.contains(&filter.name) {
                    self.problem(
                        at,
                        format!("no filter is called `{}`", filter.name),
                        suggest(filter.name, FILTERS),
                    );
                }
                self.arguments(at, &filter.args);
                match &filter.expr {
                    Some(expr) => self.jinja(&[expr]),
                    None => self.jinja(&[]),
                }
            }
            ast::Expr::IfExpr(choice) => {
                let mut operands = vec![&choice.test_expr, &choice.true_expr];
                operands.extend(choice.false_expr.as_ref());
                self.jinja(&operands)
            }
            ast::Expr::GetAttr(get) => self.jinja(&[&get.expr]),
            ast::Expr::GetItem(get) => self.jinja(&[&get.expr, &get.subscript_expr]),
            ast::Expr::List(list) => match expr.as_const().and_then(|v| serde_json::to_value(v).ok()) {
                Some(value) => Expr::Const(value),
                None => self.jinja(&list.items.iter().collect::<Vec<_>>()),
            },
            ast::Expr::Tuple(tuple) => self.jinja(&tuple.items.iter().collect::<Vec<_>>()),
            ast::Expr::Map(map) => self.jinja(&map.keys.iter().chain(&map.values).collect::<Vec<_>>()),
            ast::Expr::Slice(slice) => self.jinja(&[&slice.expr]),
            ast::Expr::Call(_) => {
                self.problem(
                    at,
                    "functions cannot be called here",
                    "what a filter does is written `value | filter`",
                );
                self.left()
            }
            ast::Expr::Var(_) => self.jinja(&[]),
        }
    }

    /// Leaves the expression to minijinja, after the operands of this part were looked through for names.
    fn jinja(&mut self, operands: &[&ast::Expr<'_>]) -> Expr {
        for operand in operands {
            self.expr(operand);
        }
        self.left()
    }

    fn left(&mut self) -> Expr {
        self.jinja = true;
        Expr::Jinja(String::new())
    }

    fn arguments(&mut self, at: (usize, usize), args: &[ast::CallArg<'_>]) {
        for arg in args {
            match arg {
                ast::CallArg::Pos(expr) | ast::CallArg::Kwarg(_, expr) => {
                    self.expr(expr);
                }
                _ => self.problem(at, "arguments cannot be unpacked here", "write them one by one"),
            }
        }
    }

    fn problem(&mut self, at: (usize, usize), problem: impl Into<String>, help: impl Into<String>) {
        self.problems.push((at, problem.into(), help.into()));
    }

    /// The parts, if the template only puts names between texts.
    fn template(&mut self, stmt: &ast::Stmt<'_>) -> Option<Vec<TemplatePart>> {
        let ast::Stmt::Template(template) = stmt else { return None };
        let mut parts = Some(Vec::new());
        for child in &template.children {
            let part = match child {
                ast::Stmt::EmitRaw(raw) => Some(TemplatePart::Text(raw.raw.to_owned())),
                ast::Stmt::EmitExpr(emit) => match self.expr(&emit.expr) {
                    Expr::Name(name) => Some(TemplatePart::Name(name)),
                    _ => None,
                },
                _ => {
                    self.statement(child);
                    None
                }
            };
            match (&mut parts, part) {
                (Some(parts), Some(part)) => parts.push(part),
                _ => parts = None,
            }
        }
        parts
    }

    fn statements(&mut self, body: &[ast::Stmt<'_>]) {
        for stmt in body {
            self.statement(stmt);
        }
    }

    fn statement(&mut self, stmt: &ast::Stmt<'_>) {
        match stmt {
            ast::Stmt::EmitRaw(_) => {}
            ast::Stmt::EmitExpr(emit) => {
                self.expr(&emit.expr);
            }
            ast::Stmt::IfCond(cond) => {
                self.expr(&cond.expr);
                self.statements(&cond.true_body);
                self.statements(&cond.false_body);
            }
            ast::Stmt::ForLoop(each) => {
                self.expr(&each.iter);
                let bound = self.bound.len();
                self.bound.push("loop".to_owned());
                if let ast::Expr::Var(var) = &each.target {
                    self.bound.push(var.id.to_owned());
                } else {
                    self.problem(
                        range(&each.target),
                        "a loop has one variable here",
                        "write `{% for item in list %}`",
                    );
                }
                if let Some(filter) = &each.filter_expr {
                    self.expr(filter);
                }
                self.statements(&each.body);
                self.bound.truncate(bound);
                self.statements(&each.else_body);
            }
            _ => self.problem(
                (0, self.text.len()),
                "this statement cannot be used here",
                "only `{{ … }}`, `{% if %}` and `{% for %}` can be used",
            ),
        }
    }
}

/// Whether an expression gives a number or nothing, whatever the values of its names are. Only such are multiplied: a text or
/// list times a number could be of any size.
fn numeric(expr: &ast::Expr<'_>) -> bool {
    use ast::BinOpKind::{Add, Div, FloorDiv, Mul, Pow, Rem, Sub};
    match expr {
        ast::Expr::Const(constant) => constant.value.is_number(),
        ast::Expr::Filter(filter) => matches!(filter.name, "abs" | "float" | "int" | "length" | "round"),
        ast::Expr::UnaryOp(op) => matches!(op.op, ast::UnaryOpKind::Neg) && numeric(&op.expr),
        ast::Expr::BinOp(op) => {
            matches!(op.op, Add | Sub | Mul | Div | FloorDiv | Rem | Pow)
                && numeric(&op.left)
                && numeric(&op.right)
        }
        _ => false,
    }
}

fn compare(kind: ast::BinOpKind) -> Option<Compare> {
    Some(match kind {
        ast::BinOpKind::Eq => Compare::Eq,
        ast::BinOpKind::Ne => Compare::Ne,
        ast::BinOpKind::Lt => Compare::Lt,
        ast::BinOpKind::Lte => Compare::Le,
        ast::BinOpKind::Gt => Compare::Gt,
        ast::BinOpKind::Gte => Compare::Ge,
        _ => return None,
    })
}

fn range(expr: &ast::Expr<'_>) -> (usize, usize) {
    (start(expr), expr.span().end_offset as usize)
}

/// Where an expression begins: the parser's place of `a.b`, `a[0]`, `a | f` and `a is t` leaves out the `a`.
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

/// `a.b[0]['c']` as steps; `None` for anything that is more than a name.
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
                None => PathStep::Index(usize::try_from(constant.value.as_i64()?).ok()?),
            });
            Some(steps)
        }
        _ => None,
    }
}
