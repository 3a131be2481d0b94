//! Conditions and templates in one spelling, whatever their author's: blanks, quotes and parentheses that mean nothing are those of this module.

use serde_json::Value;

use super::syntax::{Comparison, Expr, Filter, Name, Operator, Round, TemplatePart, Test};
use super::{Expression, Template};

impl Expression {
    /// Returns the condition in a canonical spelling: conditions with the same syntax tree have the same.
    pub fn spelled(&self) -> String {
        self.expr.spelled(&self.names)
    }
}

impl Expr {
    /// Returns a part of a condition or a template in a canonical spelling. `names` are those of the whole.
    pub fn spelled(&self, names: &[Name]) -> String {
        Spelling { names }.expr(self)
    }
}

impl Template {
    /// Returns the template in a canonical spelling: templates with the same syntax tree have the same.
    pub fn spelled(&self) -> String {
        Spelling { names: &self.names }.parts(&self.parts, 0)
    }
}

/// How tightly an expression holds together: one that holds less tightly than what is around it stands in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    If,
    Or,
    And,
    Not,
    Compare,
    Calculate,
    Negative,
    Filtered,
    Whole,
}

fn tightness(expr: &Expr) -> Tightness {
    match expr {
        Expr::If { .. } => Tightness::If,
        Expr::Or(..) => Tightness::Or,
        Expr::And(..) => Tightness::And,
        Expr::Not(inner) if !has_not(inner) => Tightness::Not,
        Expr::Compare(..) | Expr::Is(..) | Expr::Not(_) => Tightness::Compare,
        Expr::Arithmetic(..) | Expr::Concat(..) => Tightness::Calculate,
        Expr::Negative(_) => Tightness::Negative,
        Expr::Filter(..) => Tightness::Filtered,
        _ => Tightness::Whole,
    }
}

/// Whether `not` stands within it: `a is not b`, `a not in b`.
fn has_not(inner: &Expr) -> bool {
    match inner {
        Expr::Is(..) => true,
        Expr::Compare(_, links) => matches!(links.as_slice(), [(Comparison::In, _)]),
        _ => false,
    }
}

struct Spelling<'n> {
    names: &'n [Name],
}

impl Spelling<'_> {
    /// An expression as a part of another one.
    fn within(&self, expr: &Expr, least: Tightness) -> String {
        let text = self.expr(expr);
        if tightness(expr) < least { format!("({text})") } else { text }
    }

    fn whole(&self, expr: &Expr) -> String {
        self.within(expr, Tightness::Whole)
    }

    fn expr(&self, expr: &Expr) -> String {
        match expr {
            Expr::Const(value) => constant(value),
            Expr::Pattern(pattern) => constant(&pattern.text().into()),
            Expr::Name(at) => self.names.get(*at).map(Name::text).unwrap_or_default(),
            Expr::Item(at) => item(*at),
            Expr::Loop(at, round) => {
                let name = Round::ALL.iter().find(|(_, known)| known == round).map_or("", |(name, _)| name);
                format!("loop{}.{name}", "'".repeat(*at))
            }
            Expr::Not(inner) => match &**inner {
                Expr::Is(of, test, argument) => self.is(of, "is not", *test, argument.as_deref()),
                Expr::Compare(of, links) if has_not(inner) => {
                    let links = links.iter().map(|(_, list)| (Comparison::NotIn, list.clone()));
                    self.compare(of, &links.collect::<Vec<_>>())
                }
                inner => format!("not {}", self.within(inner, Tightness::Not)),
            },
            Expr::Negative(inner) => format!("-{}", self.whole(inner)),
            Expr::And(a, b) => self.both(a, "and", b, Tightness::And),
            Expr::Or(a, b) => self.both(a, "or", b, Tightness::Or),
            Expr::Compare(first, links) => self.compare(first, links),
            Expr::Arithmetic(a, operator, b) => {
                let sign = sign(*operator);
                format!("{} {sign} {}", self.operand(a), self.operand(b))
            }
            Expr::Concat(a, b) => format!("{} ~ {}", self.operand(a), self.operand(b)),
            Expr::Is(of, test, argument) => self.is(of, "is", *test, argument.as_deref()),
            Expr::Filter(of, filter, arguments) => {
                let name = Filter::ALL.iter().find(|(_, known)| known == filter).map_or("", |(name, _)| name);
                let (parameters, _) = filter.parameters();
                let stated = parameters.iter().zip(arguments).filter_map(|(parameter, argument)| {
                    Some(format!("{parameter}={}", self.expr(argument.as_ref()?)))
                });
                // the first ones by their place, as they are usually written
                let of_place = arguments.iter().map_while(Option::as_ref).count();
                let texts: Vec<String> = match of_place == arguments.iter().flatten().count() {
                    true => arguments.iter().flatten().map(|argument| self.expr(argument)).collect(),
                    false => stated.collect(),
                };
                let texts = if texts.is_empty() { String::new() } else { format!("({})", texts.join(", ")) };
                format!("{} | {name}{texts}", self.within(of, Tightness::Filtered))
            }
            Expr::If { test, then, otherwise } => {
                let otherwise = otherwise.as_ref().map(|it| format!(" else {}", self.expr(it)));
                let inner = |expr: &Expr| self.within(expr, Tightness::Or);
                format!("{} if {}{}", inner(then), inner(test), otherwise.unwrap_or_default())
            }
            Expr::Member(of, name) => match &**name {
                Expr::Const(Value::String(name)) if is_word(name) => format!("{}.{name}", self.whole(of)),
                name => format!("{}[{}]", self.whole(of), self.expr(name)),
            },
            Expr::Slice(of, bounds) => {
                let bounds: Vec<String> = bounds
                    .iter()
                    .map(|bound| bound.as_ref().map_or_else(String::new, |it| self.expr(it)))
                    .collect();
                let bounds = bounds.join(":");
                format!("{}[{}]", self.whole(of), bounds.strip_suffix(':').unwrap_or(&bounds))
            }
            Expr::List(items) => {
                let texts: Vec<String> = items.iter().map(|item| self.expr(item)).collect();
                format!("[{}]", texts.join(", "))
            }
            Expr::Object(members) => {
                let member = |(name, value): &(Expr, Expr)| {
                    format!("{}: {}", self.within(name, Tightness::Or), self.expr(value))
                };
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn compare(&self, first: &Expr, links: &[(Comparison, Expr)]) -> String {
        let operand = |expr: &Expr| self.within(expr, Tightness::Calculate);
        let links = links.iter().map(|(sign, of)| format!(" {} {}", sign.sign(), operand(of)));
        operand(first) + &links.collect::<String>()
    }

    /// Several that are joined by the same word need no parentheses.
    fn both(&self, a: &Expr, word: &str, b: &Expr, least: Tightness) -> String {
        format!("{} {word} {}", self.within(a, least), self.within(b, least))
    }

    /// Whatever calculates is in parentheses within what calculates.
    fn operand(&self, expr: &Expr) -> String {
        self.within(expr, Tightness::Negative)
    }

    fn is(&self, of: &Expr, word: &str, test: Test, argument: Option<&Expr>) -> String {
        let name = Test::ALL.iter().find(|(_, known)| *known == test).map_or("", |(name, _)| name);
        let argument = argument.map(|it| format!("({})", self.expr(it))).unwrap_or_default();
        format!("{} {word} {name}{argument}", self.within(of, Tightness::Filtered))
    }

    fn parts(&self, parts: &[TemplatePart], depth: usize) -> String {
        parts.iter().map(|part| self.part(part, depth)).collect()
    }

    fn part(&self, part: &TemplatePart, depth: usize) -> String {
        match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Print(expr) => format!("{{{{ {} }}}}", self.expr(expr)),
            TemplatePart::If { test, then, otherwise } => format!(
                "{{% if {} %}}{}{}{{% endif %}}",
                self.expr(test),
                self.parts(then, depth),
                self.otherwise(otherwise, depth)
            ),
            TemplatePart::For { list, filter, each, otherwise } => {
                let filter = filter.as_ref().map(|it| format!(" if {}", self.within(it, Tightness::Or)));
                format!(
                    "{{% for item in {}{} %}}{}{}{{% endfor %}}",
                    self.within(list, Tightness::Or),
                    filter.unwrap_or_default(),
                    self.parts(each, depth + 1),
                    self.otherwise(otherwise, depth)
                )
            }
        }
    }

    fn otherwise(&self, parts: &[TemplatePart], depth: usize) -> String {
        match parts {
            [] => String::new(),
            parts => format!("{{% else %}}{}", self.parts(parts, depth)),
        }
    }
}

/// The item of the innermost loop, or of one around it.
fn item(at: usize) -> String {
    format!("item{}", "'".repeat(at))
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn constant(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.contains('"') && !text.contains(['\'', '\\', '\n']) => {
            format!("'{text}'")
        }
        Value::Array(items) => format!("[{}]", items.iter().map(constant).collect::<Vec<_>>().join(", ")),
        value => value.to_string(),
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::DivideWhole => "//",
        Operator::Remainder => "%",
        Operator::Power => "**",
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::Decode as _;
    use crate::spec::{Expression, Template};
    use crate::yaml::{Data, Node};
    use mapwright_findings::{FileId, Reports, Span};

    fn node(text: &str) -> Node {
        Node { span: Span { file: FileId(0), start: 0, end: 0 }, data: Data::Text(text.to_owned()) }
    }

    fn condition(text: &str) -> String {
        Expression::decode(&node(text), &mut Reports::default()).unwrap().spelled()
    }

    fn template(text: &str) -> String {
        Template::decode(&node(text), &mut Reports::default()).unwrap().spelled()
    }

    #[test]
    fn spellings_of_the_same_condition_are_one() {
        for (text, spelled) in [
            ("traits.plan=='pro'", r#"traits.plan == "pro""#),
            ("((a))and(b and (c))", "a and b and c"),
            ("(a or b) and not(c or d)", "(a or b) and not (c or d)"),
            ("not a is defined", "a is not defined"),
            ("not (a in ['x',2])", r#"a not in ["x", 2]"#),
            ("a not in $plans", "a not in $plans"),
            ("(a|length)>3", "a | length > 3"),
            ("a|default('x',true)|lower == \"it's\"", r#"a | default("x", true) | lower == "it's""#),
            ("(a + b) * 2 > -c", "(a + b) * 2 > -c"),
            ("(1 if a else 2) == b[0]", "(1 if a else 2) == b[0]"),
            ("$.a.b is startingwith('x')", r#"$.a.b is startingwith("x")"#),
            ("(a|list)[1:3][0].name", "(a | list)[1:3][0].name"),
        ] {
            assert_eq!(condition(text), spelled, "{text}");
        }
    }

    #[test]
    fn what_is_spelled_means_the_same() {
        for text in [
            "a and b or c and not d",
            "a and (b or c)",
            "not (a and b)",
            "(a if b else c) or d",
            "a < b <= c",
            "(a | first).name == none",
            "a ~ 'x' == b",
            "(a or b) is true",
            "(a - b) - c == a - (b - c)",
            "{'a': b, 'c d': [e]} == f",
        ] {
            let once = condition(text);
            assert_eq!(condition(&once), once, "{text}");
        }
        for text in [
            "x{{a}}",
            "x{{ a if b }}{% if c == 1 %}y{% elif d %}z{% else %}w{% endif %}",
            "{% for one in list if one.a %}{{ one.b }}{{ loop.index }}{% else %}-{% endfor %}",
        ] {
            let once = template(text);
            assert_eq!(template(&once), once, "{text}");
        }
        assert_eq!(template("x{{a}} {%if b%}c{%endif%}"), "x{{ a }} {% if b %}c{% endif %}");
    }
}
