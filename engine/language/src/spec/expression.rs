//! Conditions and templates, in minijinja's syntax.

mod dollar;
mod parse;
mod spelled;
mod syntax;

pub use syntax::{Comparison, Expr, Filter, Name, Operator, Round, TemplatePart, Test};

use crate::decode::Decode;
use crate::definitions::Definitions;
use crate::limits::EXPRESSION_TOKENS;
use crate::yaml::{Data, Node};
use mapwright_findings::Reports;
use mapwright_findings::Span;
use mapwright_findings::rules;
use serde_json::{Value, json};

use parse::{Parsed, Problem, Unreadable};

/// What the parser says is wrong.
fn problem(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// A condition.
#[derive(Debug, Clone)]
pub struct Expression {
    /// The condition as it is written.
    pub text: String,
    /// Its position.
    pub span: Span,
    /// The names that it reads.
    pub names: Vec<Name>,
    /// Its syntax tree.
    pub expr: Expr,
}

/// A template.
#[derive(Debug, Clone)]
pub struct Template {
    /// The template as it is written.
    pub text: String,
    /// Its position.
    pub span: Span,
    /// The names that it reads.
    pub names: Vec<Name>,
    /// Its parts in order.
    pub parts: Vec<TemplatePart>,
}

impl Decode for Expression {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let text = match &node.data {
            Data::Text(text) => text.clone(),
            Data::Bool(b) => b.to_string(),
            _ => return rules::wrong_type::report(reports, &node.found(), "a condition"),
        };
        let Parsed { tree, names, problems } = match parse::expression(&text) {
            Ok(parsed) => parsed,
            Err(Unreadable::TooLong) => {
                return rules::invalid_condition::report_long(reports, node.span, EXPRESSION_TOKENS);
            }
            Err(Unreadable::Syntax(error, stop)) => {
                return rules::invalid_condition::report(reports, node.span, &text, &problem(&error), stop);
            }
        };
        let is_supported = problems.is_empty();
        for Problem { at, message, help } in problems {
            rules::invalid_condition::unsupported(
                reports,
                syntax::inside(node.span, before(node.span, &text), at),
                message,
                help,
            );
        }
        let names = placed(names, node.span, &text);
        is_supported.then_some(Self { span: node.span, names, expr: tree, text })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": ["string", "boolean"] })
    }
}

impl Decode for Template {
    fn decode(node: &Node, reports: &mut Reports) -> Option<Self> {
        let text = String::decode(node, reports)?;
        let Parsed { tree, names, problems } = match parse::template(&text) {
            Ok(parsed) => parsed,
            Err(Unreadable::TooLong) => {
                return rules::invalid_template::report_long(reports, node.span, EXPRESSION_TOKENS);
            }
            Err(Unreadable::Syntax(error, _)) => {
                return rules::invalid_template::report(reports, node.span, &text, &problem(&error));
            }
        };
        let is_supported = problems.is_empty();
        for Problem { at, message, help } in problems {
            rules::invalid_template::unsupported(
                reports,
                syntax::inside(node.span, before(node.span, &text), at),
                message,
                help,
            );
        }
        let names = placed(names, node.span, &text);
        is_supported.then_some(Self { span: node.span, names, parts: tree, text })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string" })
    }
}

impl Template {
    /// Returns whether it prints something of a name: more than how many there are, or whether something holds.
    pub fn gives(&self, is: impl Fn(&Name) -> bool) -> bool {
        let is = |at: usize| self.names.get(at).is_some_and(&is);
        self.parts.iter().any(|part| part.gives(&is, false))
    }
}

/// A template that no mapping states, and that an operator has written.
#[derive(Debug, Clone)]
pub struct WrittenTemplate {
    /// The names that it reads.
    pub names: Vec<Name>,
    /// Its parts in order.
    pub parts: Vec<TemplatePart>,
}

impl WrittenTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// Says what cannot be read, or is not supported.
    pub fn read(text: &str) -> Result<Self, String> {
        match parse::written_template(text) {
            Ok(Parsed { tree, names, problems }) => match problems.into_iter().next() {
                None => Ok(Self { names, parts: tree }),
                Some(Problem { message, help, .. }) => Err(format!("{message} ({help})")),
            },
            Err(Unreadable::TooLong) => {
                Err(format!("it has more than {EXPRESSION_TOKENS} tokens (limit `expression_tokens`)"))
            }
            Err(Unreadable::Syntax(error, _)) => Err(problem(&error)),
        }
    }
}

/// The bytes of the file before a string at `span`: none if it stands there as it is, and one in quotes. Nothing, if it is written in another way.
fn before(span: Span, text: &str) -> Option<usize> {
    match ((span.end - span.start) as usize).checked_sub(text.len()) {
        Some(0) => Some(0),
        Some(2) => Some(1),
        _ => None,
    }
}

/// The names of a string at `span`.
fn placed(mut names: Vec<Name>, span: Span, text: &str) -> Vec<Name> {
    let before = before(span, text);
    names.iter_mut().for_each(|name| name.before = before);
    names
}
