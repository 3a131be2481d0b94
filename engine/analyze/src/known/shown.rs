//! Parts of conditions, as a mapping writes them.

use mapwright_language::spec::{Expr, Name, Test};

/// The text of a part of a condition, if it is simple.
pub(crate) fn shown(expr: &Expr, names: &[Name]) -> Option<String> {
    Some(match expr {
        Expr::Const(value) => value.to_string(),
        Expr::Name(at) => names.get(*at)?.text(),
        Expr::Not(a) if matches!(**a, Expr::And(..) | Expr::Or(..)) => format!("not ({})", shown(a, names)?),
        Expr::Not(a) => format!("not {}", shown(a, names)?),
        Expr::And(a, b) => {
            let side = |expr: &Expr| match expr {
                Expr::Or(..) => Some(format!("({})", shown(expr, names)?)),
                _ => shown(expr, names),
            };
            format!("{} and {}", side(a)?, side(b)?)
        }
        Expr::Or(a, b) => format!("{} or {}", shown(a, names)?, shown(b, names)?),
        Expr::Compare(left, rest) => {
            let [(operator, right)] = rest.as_slice() else { return None };
            format!("{} {} {}", operand(left, names)?, operator.sign(), operand(right, names)?)
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

/// An operand of a comparison.
fn operand(expr: &Expr, names: &[Name]) -> Option<String> {
    let text = shown(expr, names)?;
    Some(if matches!(expr, Expr::And(..) | Expr::Or(..) | Expr::Not(_)) { format!("({text})") } else { text })
}
