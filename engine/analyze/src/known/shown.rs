//! Parts of conditions, as a mapping writes them.

use mapwright_language::spec::{Comparison, Expr, Name, Test};

/// The text of a part of a condition, if it is simple.
pub(crate) fn shown(expr: &Expr, names: &[Name]) -> Option<String> {
    Some(match expr {
        Expr::Const(value) => value.to_string(),
        Expr::Name(at) => names.get(*at)?.text(),
        Expr::Not(a) => format!("not {}", shown(a, names)?),
        Expr::And(a, b) => format!("{} and {}", shown(a, names)?, shown(b, names)?),
        Expr::Or(a, b) => format!("{} or {}", shown(a, names)?, shown(b, names)?),
        Expr::Compare(left, rest) => {
            let [(operator, right)] = rest.as_slice() else { return None };
            format!("{} {} {}", shown(left, names)?, word(*operator), shown(right, names)?)
        }
        Expr::Is(a, test, None) => {
            let (name, _) = Test::ALL.into_iter().find(|(_, known)| known == test)?;
            format!("{} is {name}", shown(a, names)?)
        }
        Expr::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| shown(item, names)).collect();
            format!("[{}]", items?.join(", "))
        }
        _ => return None,
    })
}

/// An operator as it is written.
fn word(operator: Comparison) -> &'static str {
    match operator {
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
